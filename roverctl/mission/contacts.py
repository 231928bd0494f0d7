"""Stations, and by what rules they take turns: preferences, exclusions, maintenance, duties set by hand.

[contact]
conjunction = { value = 1.0, unit = "deg", assumed = true }   # Sun so near to the relay, seen from a station: no link
overlap = { value = 5, unit = "min", assumed = true }         # how long both stations see the relay at a hand-over
prefer = ["Jiamusi"]                                          # before others, in this order; may be left out
exclude = ["Kashi"]                                           # never used; may be left out

[[contact.maintenance]]                                       # off the air
station = "Kashi"
from = "2019-02-01T00:00:00Z"
to = "2019-02-03T00:00:00Z"
name = "antenna works"

[[contact.duty]]                                              # this station, whatever else is preferred
station = "Kashi"
from = "2019-01-12T10:00:00Z"
to = "2019-01-12T14:00:00Z"
"""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from roverctl.core.errors import ProfileError
from roverctl.core.times import SECOND_NS, format_utc
from roverctl.mission.figures import Table

_MOST_ENTRIES: Final = 10_000
_MOST_STATIONS: Final = 100
_MOST_FILE_B: Final = 4 << 20
_KEYS: Final = {"conjunction", "overlap", "prefer", "exclude", "maintenance", "duty"}
_LONGEST_OVERLAP_NS: Final = 12 * 3600 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Station:
    """A ground station on the rotating Earth (WGS 84)."""

    name: str
    longitude_rad: float
    latitude_rad: float
    altitude_m: float
    mask_rad: float


@dataclass(frozen=True, slots=True)
class StationSpan:
    """A time for which something is said of a station: why it is off the air, or nothing where it is on duty."""

    station: str
    begin_ns: int
    end_ns: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class ContactRules:
    """By what the stations take turns; names are those of the mission's stations."""

    conjunction_rad: float = 0.0
    overlap_ns: int = 0
    prefer: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    maintenance: tuple[StationSpan, ...] = ()
    duty: tuple[StationSpan, ...] = ()


def read_stations(root: Table) -> tuple[Station, ...]:
    """The stations of a profile.

    Raises
    ------
    ProfileError
        Naming file and key.
    """
    tables = root.tables("stations")
    if not tables:
        raise root.fail("stations", "at least one [[stations]] is needed: without one nothing reaches the rover")
    if len(tables) > _MOST_STATIONS:
        raise root.fail("stations", f"must be {_MOST_STATIONS} at most")
    stations: list[Station] = []
    for table in tables:
        station = table.fill(Station, name=table.text("name"))
        if abs(station.latitude_rad) > math.pi / 2:
            raise table.fail("latitude", "must lie between -90 and 90 deg")
        if abs(station.longitude_rad) > 2.0 * math.pi:
            raise table.fail("longitude", "must lie between -360 and 360 deg")
        if not 0.0 <= station.mask_rad < math.pi / 2:
            raise table.fail("mask", "must lie between 0 and 90 deg")
        if not -1000.0 <= station.altitude_m <= 10_000.0:
            raise table.fail("altitude", "must lie between -1000 and 10000 m")
        if any(station.name == other.name for other in stations):
            raise table.fail("name", f"there is another station '{station.name}'")
        stations.append(station)
    return tuple(stations)


def read_contact(root: Table, stations: tuple[Station, ...]) -> ContactRules:
    """The rules of a profile, or of a file of its own; without a table of that name there are none.

    Raises
    ------
    ProfileError
        Naming file and key.
    """
    if "contact" not in root.content:
        return ContactRules()
    table = root.table("contact")
    unknown = set(table.content) - _KEYS
    if unknown:
        raise table.fail(min(unknown), f"unknown key; known are {', '.join(sorted(_KEYS))}")
    known = [station.name for station in stations]
    conjunction_rad = table.figure("conjunction", "rad") if "conjunction" in table.content else 0.0
    if not 0.0 <= conjunction_rad < math.pi / 2:
        raise table.fail("conjunction", "must lie between 0 and 90 deg")
    overlap_ns = round(table.figure("overlap", "s") * SECOND_NS) if "overlap" in table.content else 0
    if not 0 <= overlap_ns <= _LONGEST_OVERLAP_NS:
        raise table.fail("overlap", "must lie between 0 and 12 h")
    prefer, exclude = (_names(table, key, known) for key in ("prefer", "exclude"))
    return ContactRules(
        conjunction_rad, overlap_ns, prefer, exclude,
        _spans(root, table, "maintenance", known), _spans(root, table, "duty", known),
    )  # fmt: skip


def read_contact_file(file: Path, stations: tuple[Station, ...]) -> ContactRules:
    """The rules in a file with a ``[contact]`` table, as an operation keeps its own.

    Raises
    ------
    ProfileError
        Naming file and key.
    """
    try:
        if file.stat().st_size > _MOST_FILE_B:
            raise ProfileError(f"{file}: is larger than {_MOST_FILE_B >> 20} MiB")
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{file}: {error}") from None
    return read_contact_text(text, stations, file)


def read_contact_text(text: str, stations: tuple[Station, ...], file: Path = Path("contact plan")) -> ContactRules:
    """The rules in a text, which messages call ``file``.

    Raises
    ------
    ProfileError
        Naming file and key.
    """
    if len(text) > _MOST_FILE_B:
        raise ProfileError(f"{file}: is larger than {_MOST_FILE_B >> 20} MiB")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{file}: {error}") from None
    root = Table(file, "", content, {})
    root.table("contact")
    return read_contact(root, stations)


def contact_text(rules: ContactRules) -> str:
    """The rules as ``read_contact_file`` reads them."""
    lines = [
        "[contact]",
        f'conjunction = {{ value = {math.degrees(rules.conjunction_rad)!r}, unit = "deg", assumed = true }}',
        f'overlap = {{ value = {rules.overlap_ns / SECOND_NS!r}, unit = "s", assumed = true }}',
        f"prefer = [{', '.join(map(_quoted, rules.prefer))}]",
        f"exclude = [{', '.join(map(_quoted, rules.exclude))}]",
    ]
    for key, spans in (("maintenance", rules.maintenance), ("duty", rules.duty)):
        for span in spans:
            lines += ["", f"[[contact.{key}]]", f"station = {_quoted(span.station)}"]
            lines += [f'from = "{format_utc(span.begin_ns, 9)}"', f'to = "{format_utc(span.end_ns, 9)}"']
            lines += [f"name = {_quoted(span.name)}"] if span.name else []
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'


def _names(table: Table, key: str, known: list[str]) -> tuple[str, ...]:
    names: Any = table.content.get(key, [])
    if not isinstance(names, list) or len(set(map(str, names))) != len(names):
        raise table.fail(key, "must be a list of stations, each once")
    for name in names:
        if name not in known:
            raise table.fail(key, f"no station '{name}'; known are {', '.join(known)}")
    return tuple(names)


def _spans(root: Table, table: Table, key: str, known: list[str]) -> tuple[StationSpan, ...]:
    content = table.content.get(key, [])
    if not isinstance(content, list) or len(content) > _MOST_ENTRIES:
        raise table.fail(key, f"must be [[contact.{key}]], {_MOST_ENTRIES} at most")
    spans = []
    for i, item in enumerate(content):
        entry = Table(root.file, f"contact.{key}[{i}]", item, root.figures)
        station = entry.text("station")
        if station not in known:
            raise entry.fail("station", f"no station '{station}'; known are {', '.join(known)}")
        begin_ns, end_ns = entry.time("from"), entry.time("to")
        if not begin_ns < end_ns:
            raise entry.fail("to", "must lie after from")
        named = key == "maintenance" or "name" in entry.content
        spans.append(StationSpan(station, begin_ns, end_ns, entry.text("name") if named else ""))
    return tuple(sorted(spans, key=lambda span: (span.begin_ns, span.end_ns, span.station)))
