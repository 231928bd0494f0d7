"""Annotations as GeoJSON (RFC 7946), longitude and latitude on the mission's body: ``annotations.geojson``."""

import json
import os
from pathlib import Path
from typing import Any

from roverctl.core.errors import InputError
from roverctl.core.text_files import json_of, text_of
from roverctl.mission.profile import Mission
from roverctl.traverse.annotations import Annotation, Annotations, Kind, added
from roverctl.traverse.files.reading import check_body, file_body
from roverctl.traverse.request import Point
from roverctl.traverse.zones import MOST_CORNERS

_MOST_CHARACTERS = 16 * 1024 * 1024
_DIGITS = 10  # of degrees: 3 µm on the Moon; what is read and written again stays the same, digit by digit


def read_annotations(file: Path, mission: Mission) -> tuple[Annotations, list[str]]:
    """The annotations of a file, and of each that cannot be taken why.

    A polygon without ``kind`` is a keep-out, a point a target; without ``name`` it is called by its number.

    Raises
    ------
    InputError
        When the file cannot be read, is no GeoJSON, or is on another body.
    """
    content = json_of(text_of(file, _MOST_CHARACTERS, "annotations"), str(file))
    check_body(file_body(content, str(file)), mission, str(file))
    features = content.get("features") if content.get("type") == "FeatureCollection" else [content]
    if not isinstance(features, list):
        raise InputError(f"{file}: features: must be a list")
    found: Annotations = ()
    problems = []
    corners = 0
    for number, feature in enumerate(features, start=1):
        try:
            one = annotation_of(feature, number, mission)
            corners += sum(len(ring) for ring in one.rings_m)
            if corners > MOST_CORNERS:
                raise InputError(f"{one.name}: more than {MOST_CORNERS:,} corners in all; simplify the polygons")
            found = added(found, one)
        except InputError as error:
            problems.append(f"{file}: feature {number}: {error}")
    return found, problems


def write_annotations(file: Path, annotations: Annotations, mission: Mission) -> None:
    """Write them; the file is replaced in one step.

    Raises
    ------
    InputError
        When it cannot be written.
    """
    passing = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        passing.write_text(annotations_text(annotations, mission), encoding="utf-8")
        passing.replace(file)
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from None


def annotations_text(annotations: Annotations, mission: Mission) -> str:
    """The file's text."""
    features = [feature_of(one, mission) for one in annotations]
    body = {"name": mission.body.name, "radius_m": mission.body.radius_m}
    content = {"type": "FeatureCollection", "body": body, "features": features}
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def feature_of(one: Annotation, mission: Mission) -> dict[str, Any]:
    """An annotation as a GeoJSON feature, which ``annotation_of`` takes back."""

    def place(point: Point) -> list[float]:
        lon, lat = mission.site.to_geographic(*point)
        return [round(float(lon), _DIGITS), round(float(lat), _DIGITS)]

    rings = [[place(corner) for corner in ring] for ring in one.rings_m]
    geometry: dict[str, Any] = {"type": "Point", "coordinates": rings[0][0]}
    if one.kind.is_zone:
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]] for ring in rings]}
    properties = {"kind": one.kind.value, "name": one.name, **({"text": one.text} if one.text else {})}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def annotation_of(feature: Any, number: int, mission: Mission) -> Annotation:
    """The annotation of a feature; ``number`` names it where it has no name.

    Raises
    ------
    InputError
        For what is none.
    """
    if not isinstance(feature, dict):
        raise InputError("is no object")
    geometry = feature.get("geometry") if feature.get("type") == "Feature" else feature
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    if not isinstance(geometry, dict):
        raise InputError("has no geometry")
    shape, places = geometry.get("type"), geometry.get("coordinates")
    if shape not in ("Polygon", "Point"):
        raise InputError(f"a {str(shape)[:40]} is no annotation; give a Polygon or a Point")
    is_polygon = shape == "Polygon"
    word = properties.get("kind", "keep-out" if is_polygon else "target")
    if word not in list(Kind):
        raise InputError(f"kind '{str(word)[:40]}' is not known; known are {', '.join(Kind)}")
    kind = Kind(word)
    if kind.is_zone is not is_polygon:
        raise InputError(f"a {kind} is a {'polygon' if kind.is_zone else 'point'}, not a {shape}")
    name, text = properties.get("name", f"{kind} {number}"), properties.get("text", "")
    if not isinstance(name, str) or not isinstance(text, str):
        raise InputError("name and text must be texts")
    rings = places if is_polygon else [[places]]
    if not isinstance(rings, list) or not all(isinstance(ring, list) for ring in rings):
        raise InputError(f"{name}: coordinates: must be a list of rings of [longitude, latitude]")
    found = []
    for ring in rings:
        corners = [_site_m(name, corner, mission) for corner in ring]
        if is_polygon and len(corners) > 1 and corners[0] == corners[-1]:
            corners.pop()
        found.append(tuple(corners))
    return Annotation(name, kind, tuple(found), text)


def _site_m(name: str, corner: Any, mission: Mission) -> Point:
    good = isinstance(corner, list) and len(corner) >= 2 and all(
        isinstance(c, int | float) and not isinstance(c, bool) for c in corner[:2]
    )  # fmt: skip
    if not good or not (-180.0 <= corner[0] <= 360.0 and -90.0 <= corner[1] <= 90.0):
        raise InputError(f"{name}: {str(corner)[:40]} is no [longitude, latitude] in degrees (-180..360, -90..90)")
    east, north = mission.site.to_site(corner[0], corner[1])
    return float(east), float(north)
