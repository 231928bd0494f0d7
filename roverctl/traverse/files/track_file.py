"""Reference tracks out of GeoJSON, KML, GPX and tables, by the file's suffix.

Longitude and latitude are degrees on the mission's body: a file that names another body is refused. Where it names none
and its points lie further from the site than the site frame can serve, that is taken for another body too.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.traverse.files.reading import body_of_crs, check_body, json_of, text_of, walk_xml
from roverctl.traverse.reference import MOST_TRACK_POINTS, ReferenceTrack

Pairs = list[tuple[float, float]]

SUFFIXES = (".geojson", ".json", ".kml", ".gpx", ".csv", ".tsv", ".txt")
_MOST_CHARACTERS = 64 * 1024 * 1024
# Site metres hold distances to 0.4 % at 400 km (core.site); beyond this a file is for another place. A choice.
_FAR_M = 1000e3
_RADIUS_PART = 0.01  # radii of places differ by less than this on one body, in any unit that is metres
_EAST = ("east", "east_m", "easting", "x", "x_m")
_NORTH = ("north", "north_m", "northing", "y", "y_m")
_LONGITUDE = ("lon", "lon_deg", "longitude", "longitude_deg", "lng", "long")
_LATITUDE = ("lat", "lat_deg", "latitude", "latitude_deg")


@dataclass(slots=True)
class _Lines:
    """What a file holds: named lines, and the body if it says one; ``metres`` of (east, north), else degrees."""

    lines: list[tuple[str, Pairs]]
    body: str | None = None
    metres: bool = False


def read_tracks(file: Path, mission: Mission) -> list[ReferenceTrack]:
    """The tracks of a file; points that belong to no line are one track, in their order.

    A table (CSV, TSV, text) has a first row that names its columns: lon and lat, or east and north in site metres;
    without one, two columns of numbers apart by blanks are north and east from the site, as rovers' radar traces are
    published.

    Raises
    ------
    InputError
        When the file cannot be read, is of no known format, holds no point or too many, one that is no place, or is on
        another body.
    """
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{file}: tracks are read from {', '.join(SUFFIXES)}")
    text = text_of(file, _MOST_CHARACTERS, "a track")
    readers = {".geojson": _from_geojson, ".json": _from_geojson, ".kml": _from_kml, ".gpx": _from_gpx}
    found = readers.get(suffix, _from_table)(text, file, mission)
    check_body(found.body, mission, str(file))
    if sum(len(points) for _, points in found.lines) > MOST_TRACK_POINTS:
        raise InputError(f"{file}: more than {MOST_TRACK_POINTS:,} points; thin it out or split it")
    tracks = [_track(name, points, found.metres, file, mission) for name, points in found.lines if points]
    if not tracks:
        raise InputError(f"{file}: no line and no point in it")
    return tracks


def _track(name: str, points: Pairs, metres: bool, file: Path, mission: Mission) -> ReferenceTrack:
    pairs = np.array(points, dtype=np.float64)
    if metres:
        east, north = pairs[:, 0], pairs[:, 1]
    else:
        wrong = ~((np.abs(pairs[:, 1]) <= 90.0) & (pairs[:, 0] >= -180.0) & (pairs[:, 0] <= 360.0))
        if wrong.any():
            at = int(wrong.argmax())
            raise InputError(
                f"{file}: {name}: point {at + 1}, {pairs[at, 0]:g}, {pairs[at, 1]:g}, is no longitude, latitude in "
                "degrees (-180..360, -90..90)"
            )
        east, north = mission.site.to_site(pairs[:, 0], pairs[:, 1])
    track = ReferenceTrack(name, mission.body.name, east, north, file.name)
    away_m = float(np.hypot(east, north).min())
    if away_m > _FAR_M:
        raise InputError(
            f"{file}: {name}: lies {away_m / 1000.0:,.0f} km from the site of {mission.name} on {mission.body.name}; "
            "is it on another body? give its --mission"
        )
    return track


def _numbers(file: Path, where: str, values: list[Any]) -> tuple[float, float]:
    try:
        first, second = float(values[0]), float(values[1])
    except (TypeError, ValueError, IndexError, OverflowError):
        raise InputError(f"{file}: {where}: {str(values)[:60]} is no pair of numbers") from None
    if not (math.isfinite(first) and math.isfinite(second)):
        raise InputError(f"{file}: {where}: {str(values)[:60]} is no pair of numbers")
    return first, second


def _from_geojson(text: str, file: Path, mission: Mission) -> _Lines:
    content = json_of(text, str(file))
    found = _Lines([], _geojson_body(content, file))
    features = content.get("features") if content.get("type") == "FeatureCollection" else [content]
    if not isinstance(features, list):
        raise InputError(f"{file}: features: must be a list")
    title = content.get("name")
    loose: Pairs = []
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict):
            raise InputError(f"{file}: feature {number} is no object")
        geometry = feature.get("geometry", feature) if feature.get("type") == "Feature" else feature
        properties = feature.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        _check_radius(properties.get("radius"), mission, file)
        if properties.get("kind") == "route":
            # One of ours: what is driven are its waypoints, which follow as points.
            continue
        name = properties.get("name")
        name = name if isinstance(name, str) and name else f"line {number}"
        if not isinstance(geometry, dict):
            continue  # a feature without a place
        kind, places = geometry.get("type"), geometry.get("coordinates")
        lines = {"Point": [[places]], "MultiPoint": [places], "LineString": [places], "MultiLineString": places}
        if kind not in lines:
            continue
        for part, line in enumerate(lines[kind] if isinstance(lines[kind], list) else [None], start=1):
            if not isinstance(line, list):
                raise InputError(f"{file}: {name}: coordinates: must be a list of [longitude, latitude]")
            pairs = [_numbers(file, name, place if isinstance(place, list) else [place]) for place in line]
            if kind in ("Point", "MultiPoint"):
                loose += pairs
            else:
                found.lines.append((name if kind == "LineString" else f"{name}, part {part}", pairs))
    if loose and not found.lines:
        found.lines.append((title if isinstance(title, str) and title else file.stem, loose))
    return found


def _geojson_body(content: dict[str, Any], file: Path) -> str | None:
    body = content.get("body")
    if isinstance(body, dict) and isinstance(body.get("name"), str):
        return str(body["name"])
    crs = content.get("crs")
    named = crs.get("properties") if isinstance(crs, dict) else None
    name = named.get("name") if isinstance(named, dict) else None
    if crs is not None and not isinstance(name, str):
        raise InputError(f"{file}: crs: must name a coordinate system, such as IAU_2015:30100")
    return body_of_crs(name, str(file)) if isinstance(name, str) else None


def _check_radius(radius: Any, mission: Mission, file: Path) -> None:
    """Localisations of rovers (such as Perseverance's) say how far each place is from the body's centre."""
    if not isinstance(radius, int | float) or isinstance(radius, bool) or not 1e5 <= radius <= 1e8:
        return
    if abs(radius / mission.body.radius_m - 1.0) > _RADIUS_PART:
        raise InputError(
            f"{file}: its places are {radius / 1000.0:,.1f} km from the centre of their body; {mission.body.name}, of "
            f"the mission {mission.name}, has a radius of {mission.body.radius_m / 1000.0:,.1f} km: give --mission"
        )


def _from_kml(text: str, file: Path, mission: Mission) -> _Lines:
    found = _Lines([])
    loose: Pairs = []
    names: list[str] = []
    within: list[str] = []
    tracked: Pairs = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if tag == "kml":
            hint = attributes.get("hint", "")
            found.body = hint.removeprefix("target=").capitalize() if hint.startswith("target=") else None
        if tag == "Placemark":
            names.append("")
        within.append(tag)

    def end(tag: str, content: str) -> None:
        within.pop()
        place = within[-1] if within else ""
        if tag == "name" and place == "Placemark":
            names[-1] = content.strip()[:200]
        elif tag == "coordinates" and place in ("LineString", "Point"):
            title = names[-1] if names and names[-1] else f"line {len(found.lines) + 1}"
            pairs = [_numbers(file, title, triple.split(",")) for triple in content.split()]
            if place == "Point":
                loose.extend(pairs)
            else:
                found.lines.append((title, pairs))
        elif tag == "coord" and place == "Track":
            tracked.append(_numbers(file, "Track", content.split()))
        elif tag == "Track":
            found.lines.append((names[-1] if names and names[-1] else "Track", tracked.copy()))
            tracked.clear()

    walk_xml(text, str(file), begin, end)
    if loose and not found.lines:
        found.lines.append((file.stem, loose))
    return found


def _from_gpx(text: str, file: Path, mission: Mission) -> _Lines:
    found = _Lines([])
    loose: Pairs = []
    titles = {"trk": "", "rte": ""}
    within: list[str] = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if tag in titles:
            titles[tag] = ""
        if tag in ("trkseg", "rte"):
            found.lines.append(("", []))
        if tag in ("trkpt", "rtept", "wpt"):
            pair = _numbers(file, tag, [attributes.get("lon"), attributes.get("lat")])
            (loose if tag == "wpt" or not found.lines else found.lines[-1][1]).append(pair)
        within.append(tag)

    def end(tag: str, content: str) -> None:
        within.pop()
        if tag == "name" and within and within[-1] in titles:
            titles[within[-1]] = content.strip()[:200]
        elif tag == "keywords":
            said = [word.strip().removeprefix("body=") for word in content.split(",") if "body=" in word]
            found.body = said[0] if said else None
        elif tag in ("trkseg", "rte"):
            title = titles["trk" if tag == "trkseg" else "rte"] or f"line {len(found.lines)}"
            found.lines[-1] = (title, found.lines[-1][1])

    walk_xml(text, str(file), begin, end)
    if loose and not any(points for _, points in found.lines):
        found.lines = [(file.stem, loose)]
    return found


def _from_table(text: str, file: Path, mission: Mission) -> _Lines:
    lines = text.splitlines()
    comments = [line for line in lines[:20] if line.startswith("#")]
    body = next(
        (line.split("body", 1)[1].strip(" :=") for line in comments if line[1:].strip().startswith("body")), None
    )
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")]
    if not rows:
        return _Lines([], body)
    head = rows[0][1]
    delimiter = next((mark for mark in (",", ";", "\t") if mark in head), None)

    def cells(line: str) -> list[str]:
        return (
            line.split()
            if delimiter is None
            else [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
        )

    first = [cell.casefold() for cell in cells(head)]
    columns, metres = _columns(first)
    if columns is None:
        if delimiter is not None or len(first) != 2 or not all(_is_number(cell) for cell in first):
            raise InputError(
                f"{file}: line {rows[0][0]}: must name the columns, 'lon,lat' in degrees or 'east,north' in metres from "
                "the site; without names, two columns apart by blanks are north and east"
            )
        columns, metres = (1, 0), True
    else:
        rows = rows[1:]
    if len(rows) > MOST_TRACK_POINTS:
        raise InputError(f"{file}: more than {MOST_TRACK_POINTS:,} points; thin it out or split it")
    pairs = []
    for number, line in rows:
        values = cells(line)
        if len(values) <= max(columns):
            raise InputError(f"{file}: line {number}: {len(values)} columns, where {max(columns) + 1} are needed")
        pairs.append(_numbers(file, f"line {number}", [values[columns[0]], values[columns[1]]]))
    return _Lines([(file.stem, pairs)], body, metres)


def _columns(names: list[str]) -> tuple[tuple[int, int] | None, bool]:
    """Where longitude and latitude stand, or east and north, and whether it is these."""
    for first, second, metres in ((_LONGITUDE, _LATITUDE, False), (_EAST, _NORTH, True)):
        a = next((i for i, name in enumerate(names) if name in first), None)
        b = next((i for i, name in enumerate(names) if name in second), None)
        if a is not None and b is not None:
            return (a, b), metres
    return None, False


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
