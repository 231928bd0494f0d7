"""Zones out of GeoJSON (RFC 7946): polygons in longitude and latitude of the mission's body."""

from pathlib import Path
from typing import Any

from roverctl.core.errors import InputError
from roverctl.core.text_files import json_of, text_of
from roverctl.mission.profile import Mission
from roverctl.traverse.zones import MOST_CORNERS, Ring, Zone

_MOST_CHARACTERS = 16 * 1024 * 1024


def read_zones(file: Path, mission: Mission) -> list[Zone]:
    """The polygons of a file, named by their property ``name``.

    Raises
    ------
    InputError
        When the file cannot be read, is no GeoJSON, has no polygon or a bad one, or too many corners.
    """
    content = json_of(text_of(file, _MOST_CHARACTERS, "polygons"), str(file))
    zones: list[Zone] = []
    corners = 0
    for name, rings in _polygons(file, content):
        corners += sum(len(ring) for ring in rings)
        if corners > MOST_CORNERS:
            raise InputError(f"{file}: more than {MOST_CORNERS:,} corners; simplify the polygons")
        zones.append(Zone(f"{file.name}: {name}", tuple(_ring(file, name, ring, mission) for ring in rings)))
    if not zones:
        raise InputError(f"{file}: no polygon in it; a zone is a Polygon or MultiPolygon")
    return zones


def _polygons(file: Path, content: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """Name and rings of every polygon."""
    features = content.get("features") if content.get("type") == "FeatureCollection" else [content]
    if not isinstance(features, list):
        raise InputError(f"{file}: features: must be a list")
    found: list[tuple[str, list[Any]]] = []
    for number, feature in enumerate(features, start=1):
        is_feature = isinstance(feature, dict) and feature.get("type") == "Feature"
        geometry = feature.get("geometry") if is_feature else feature
        properties = feature.get("properties") if is_feature else None
        name = properties.get("name") if isinstance(properties, dict) else None
        name = name if isinstance(name, str) and name else f"polygon {number}"
        if not isinstance(geometry, dict):
            raise InputError(f"{file}: {name}: has no geometry")
        kind, coordinates = geometry.get("type"), geometry.get("coordinates")
        polygons = coordinates if kind == "MultiPolygon" else [coordinates]
        if kind not in ("Polygon", "MultiPolygon") or not isinstance(polygons, list):
            raise InputError(f"{file}: {name}: a {kind} is no zone; give a Polygon or MultiPolygon")
        for rings in polygons:
            if not isinstance(rings, list) or not all(isinstance(ring, list) for ring in rings):
                raise InputError(f"{file}: {name}: coordinates: must be a list of rings of [longitude, latitude]")
            found.append((name, rings))
    return found


def _ring(file: Path, name: str, ring: list[Any], mission: Mission) -> Ring:
    corners = []
    for corner in ring:
        numbers = isinstance(corner, list) and len(corner) >= 2 and all(
            isinstance(c, int | float) and not isinstance(c, bool) for c in corner[:2]
        )  # fmt: skip
        if not numbers or not (-180.0 <= corner[0] <= 360.0 and -90.0 <= corner[1] <= 90.0):
            raise InputError(
                f"{file}: {name}: {str(corner)[:40]} is no [longitude, latitude] in degrees (-180..360, -90..90)"
            )
        east, north = mission.site.to_site(corner[0], corner[1])
        corners.append((float(east), float(north)))
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    return tuple(corners)
