"""Reference tracks out of GeoJSON, KML, GPX and tables, by the file's suffix.

Longitude and latitude are degrees on the mission's body: a file that names another body is refused. Where it names none
and its points lie further from the site than the site frame can serve, that is taken for another body too.
"""

from pathlib import Path
from typing import Any

import numpy as np

from roverctl.core.errors import InputError
from roverctl.core.text_files import json_of, text_of
from roverctl.mission.profile import Mission
from roverctl.traverse.files.lines import Lines, Pairs, pair_of
from roverctl.traverse.files.reading import check_body, file_body
from roverctl.traverse.files.table import from_table
from roverctl.traverse.files.xml_lines import from_gpx, from_kml
from roverctl.traverse.reference import MOST_TRACK_POINTS, ReferenceTrack

SUFFIXES = (".geojson", ".json", ".kml", ".gpx", ".csv", ".tsv", ".txt")
_MOST_CHARACTERS = 64 * 1024 * 1024
# Site metres hold distances to 0.4 % at 400 km (core.site); beyond this a file is for another place. A choice.
_FAR_M = 1000e3
_RADIUS_PART = 0.01  # radii of places differ by less than this on one body, in any unit that is metres


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
    readers = {".geojson": _from_geojson, ".json": _from_geojson, ".kml": from_kml, ".gpx": from_gpx}
    found = readers.get(suffix, from_table)(text, file, mission)
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


def _from_geojson(text: str, file: Path, mission: Mission) -> Lines:
    content = json_of(text, str(file))
    found = Lines([], file_body(content, str(file)))
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
        lines: dict[Any, Any] = {
            "Point": [[places]],
            "MultiPoint": [places],
            "LineString": [places],
            "MultiLineString": places,
        }
        if kind not in lines:
            continue
        for part, line in enumerate(lines[kind] if isinstance(lines[kind], list) else [None], start=1):
            if not isinstance(line, list):
                raise InputError(f"{file}: {name}: coordinates: must be a list of [longitude, latitude]")
            pairs = [pair_of(file, name, place if isinstance(place, list) else [place]) for place in line]
            if kind in ("Point", "MultiPoint"):
                loose += pairs
            else:
                found.lines.append((name if kind == "LineString" else f"{name}, part {part}", pairs))
    if loose and not found.lines:
        found.lines.append((title if isinstance(title, str) and title else file.stem, loose))
    return found


def _check_radius(radius: Any, mission: Mission, file: Path) -> None:
    """Localisations of rovers (such as Perseverance's) say how far each place is from the body's centre."""
    if not isinstance(radius, int | float) or isinstance(radius, bool) or not 1e5 <= radius <= 1e8:
        return
    if abs(radius / mission.body.radius_m - 1.0) > _RADIUS_PART:
        raise InputError(
            f"{file}: its places are {radius / 1000.0:,.1f} km from the centre of their body; {mission.body.name}, of "
            f"the mission {mission.name}, has a radius of {mission.body.radius_m / 1000.0:,.1f} km: give --mission"
        )
