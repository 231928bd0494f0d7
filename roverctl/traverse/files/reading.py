"""XML from outside, read without entities or network, and the body that a file says it is on."""

import re
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission

_DEEPEST = 64  # elements of XML within each other. Our choice; KML of other programs has a dozen
# NAIF numbers (naif_ids.req), which IAU codes of coordinate systems are made of: body × 100 + kind.
_BODIES = {
    199: "Mercury", 299: "Venus", 399: "Earth", 301: "Moon", 499: "Mars", 401: "Phobos", 402: "Deimos",
    501: "Io", 502: "Europa", 503: "Ganymede", 504: "Callisto", 606: "Titan", 602: "Enceladus",
}  # fmt: skip
_IAU = re.compile(r"IAU_?(?:2000|2015)?[:/]{1,2}(?:\d{4}[:/])?(\d{5})\b", re.IGNORECASE)
# What RFC 7946 and its predecessor take for granted, and GIS programs write for any body: it names none.
_DEFAULT = re.compile(r"CRS84|EPSG[:/]{1,2}(?:[\d.]*[:/])?4326\b|WGS ?84", re.IGNORECASE)


def walk_xml(
    text: str, name: str, begin: Callable[[str, dict[str, str]], None], end: Callable[[str, str], None]
) -> None:
    """Call ``begin`` (name, attributes) and ``end`` (name, text within) for every element, names without namespace.

    Raises
    ------
    InputError
        For what is no XML, has a document type (and so perhaps entities), or is too deep.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    texts: list[list[str]] = []

    def started(tag: str, attributes: dict[str, str]) -> None:
        if len(texts) >= _DEEPEST:
            raise InputError(f"{name}: line {parser.CurrentLineNumber}: elements lie more than {_DEEPEST} deep")
        texts.append([])
        begin(tag.rpartition(":")[2], attributes)

    def ended(tag: str) -> None:
        end(tag.rpartition(":")[2], "".join(texts.pop()))

    def characters(found: str) -> None:
        if texts:
            texts[-1].append(found)

    def refused(*_: Any) -> int:
        raise InputError(f"{name}: has a document type or entities, which are not read; save it without")

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refused
    parser.EntityDeclHandler = refused
    parser.ExternalEntityRefHandler = refused
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise InputError(f"{name}: no XML: {error}") from None


def body_of_crs(crs: str, name: str) -> str | None:
    """The body that a coordinate system's name stands on; None for GeoJSON's own default, which GIS programs write for
    any body.

    Raises
    ------
    InputError
        For one that is not known, or not of longitude and latitude.
    """
    code = _IAU.search(crs)
    if code is not None:
        naif, kind = divmod(int(code.group(1)), 100)
        if kind <= 4:
            return _BODIES.get(naif, f"NAIF {naif}")
        raise InputError(f"{name}: crs '{crs[:80]}' is a projection; give longitude and latitude")
    if _DEFAULT.search(crs):
        return None
    raise InputError(f"{name}: crs '{crs[:80]}' is not known; give longitude and latitude, such as IAU_2015:30100")


def file_body(content: dict[str, Any], name: str) -> str | None:
    """The body that a GeoJSON document says it is on: by ours, a member ``body``, or by ``crs``; None where by neither.

    Raises
    ------
    InputError
        For a coordinate system that cannot be taken.
    """
    body = content.get("body")
    if isinstance(body, dict) and isinstance(body.get("name"), str):
        return str(body["name"])
    crs = content.get("crs")
    named = crs.get("properties") if isinstance(crs, dict) else None
    system = named.get("name") if isinstance(named, dict) else None
    if crs is not None and not isinstance(system, str):
        raise InputError(f"{name}: crs: must name a coordinate system, such as IAU_2015:30100")
    return body_of_crs(system, name) if isinstance(system, str) else None


def check_body(body: str | None, mission: Mission, name: str) -> None:
    """That a file is on the mission's body.

    Raises
    ------
    InputError
        Where it says that it is on another.
    """
    if body is not None and body.casefold() != mission.body.name.casefold():
        raise InputError(f"{name}: is on {body}, the mission {mission.name} on {mission.body.name}; give --mission")
