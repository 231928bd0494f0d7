"""The great basin around the region, as a coarser view: an ellipse with a mean profile, and its main craters.

``basin.toml`` of a mission holds it:

[ellipse]  latitude, longitude (degrees), axes_km (long, short; full lengths), azimuth (of the long axis, degrees east
           of north), rings (elevations in metres at equal steps of the ellipse's radius), step (in radii)
[[crater]] name, latitude, longitude, diameter_km; depth and rim are WORN of Pike's 1977, no deeper than DEEPEST_M
"""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from roverctl.core.errors import ProfileError
from roverctl.core.site import SiteFrame
from roverctl.terrain.reconstruction import morphometry
from roverctl.terrain.reconstruction.catalogue import HIGHEST_M, WALLS, WIDEST_KM, Crater
from roverctl.terrain.reconstruction.surface import basin_at
from roverctl.terrain.source import Array

WORN = 0.6  # of the depth and rim of a fresh crater: about the median of those measured above 40 km in craters.csv
DEEPEST_M = 3_500.0  # old basins have relaxed and filled. Our choice
HIGHEST_RIM_M = 1_000.0  # our choice, as above


@dataclass(frozen=True, slots=True)
class Basin:
    """numbers and rings as ``surface.basin_at`` takes them; craters: the largest, taken as the oldest, first."""

    numbers: Array
    rings: Array
    craters: tuple[Crater, ...]


def read_basin(file: Path, site: SiteFrame) -> Basin:
    """``basin.toml`` of a mission; without one, the site's elevation everywhere and no craters.

    Raises
    ------
    ProfileError
        Naming file and key.
    """
    if not file.is_file():
        numbers = _numbers(site, site.latitude_deg, site.longitude_deg, (1.0, 1.0), 0.0, 1.0)
        return Basin(numbers, np.full(2, site.elevation_m), ())
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{file}: {error}") from None
    ellipse = content.get("ellipse")
    if not isinstance(ellipse, dict):
        raise ProfileError(f"{file}: [ellipse] is missing")
    where = f"{file}: [ellipse]"
    latitude, longitude, azimuth, step = (
        _number(ellipse, key, low, high, where)
        for key, low, high in (
            ("latitude", -90.0, 90.0), ("longitude", -360.0, 360.0), ("azimuth", -360.0, 360.0), ("step", 0.01, 10.0)
        )
    )  # fmt: skip
    axes = _numbers_of(ellipse, "axes_km", 1.0, 20_000.0, where)
    rings = _numbers_of(ellipse, "rings", -HIGHEST_M, HIGHEST_M, where)
    if len(axes) != 2 or len(rings) < 2:
        raise ProfileError(f"{where}: axes_km needs two lengths, rings two elevations or more")
    numbers = _numbers(site, latitude, longitude, (1000.0 * axes[0], 1000.0 * axes[1]), azimuth, step)
    profile = np.array(rings)
    rows = content.get("crater", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ProfileError(f"{file}: craters are [[crater]] tables")
    craters = [_crater(row, f"{file}: [[crater]] {k}", site, numbers, profile) for k, row in enumerate(rows, start=1)]
    return Basin(numbers, profile, tuple(sorted(craters, key=lambda c: -c.numbers["diameter_km"])))


def _number(table: dict[str, Any], key: str, low: float, high: float, where: str) -> float:
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ProfileError(f"{where} {key}: must be a number from {low:g} to {high:g}")
    return float(value)


def _numbers_of(table: dict[str, Any], key: str, low: float, high: float, where: str) -> list[float]:
    values = table.get(key)
    if not isinstance(values, list):
        raise ProfileError(f"{where} {key}: must be a list of numbers")
    return [_number({key: value}, key, low, high, where) for value in values]


def _numbers(
    site: SiteFrame, latitude: float, longitude: float, axes_m: tuple[float, float], azimuth: float, step: float
) -> Array:
    """Body radius; unit vectors to the centre, along and across the ellipse, in the site's east, north, up; half axes
    (m); step."""
    lat0, lat = math.radians(site.latitude_deg), math.radians(latitude)
    lon, turn = math.radians(longitude - site.longitude_deg), math.radians(azimuth)
    to_site = np.array(
        [[0.0, 1.0, 0.0], [-math.sin(lat0), 0.0, math.cos(lat0)], [math.cos(lat0), 0.0, math.sin(lat0)]]
    )  # from axes: the site's meridian at the equator, a quarter turn east of it, the pole
    centre = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    north = np.cross(centre, east)
    along = math.sin(turn) * east + math.cos(turn) * north
    across = math.cos(turn) * east - math.sin(turn) * north
    vectors = [to_site @ vector for vector in (centre, along, across)]
    return np.array([site.body_radius_m, *np.concatenate(vectors), 0.5 * axes_m[0], 0.5 * axes_m[1], step])


def _crater(row: dict[str, Any], where: str, site: SiteFrame, numbers: Array, rings: Array) -> Crater:
    name = row.get("name")
    if not isinstance(name, str):
        raise ProfileError(f"{where} name: must be a text")
    latitude = _number(row, "latitude", -90.0, 90.0, where)
    longitude = _number(row, "longitude", -360.0, 360.0, where)
    diameter = _number(row, "diameter_km", 1.0, WIDEST_KM, where)
    east, north = site.to_site(longitude, latitude)
    ground = float(basin_at(float(east), float(north), numbers, rings))
    rim = min(HIGHEST_RIM_M, WORN * morphometry.rim_height_m(1000.0 * diameter))
    depth = min(DEEPEST_M, WORN * morphometry.depth_m(1000.0 * diameter))
    share = min(0.7, morphometry.floor_diameter_m(1000.0 * diameter) / (1000.0 * diameter))
    figures = {"lat": latitude, "lon_east": longitude, "diameter_km": diameter, "depth_m": depth,
               "floor_m": ground + rim - depth, "rim_m": ground + rim}  # fmt: skip
    for column, x in zip(WALLS, (0.40, 0.60, 0.75, 0.88), strict=True):
        figures[column] = depth * max(0.0, (x - share) / (1.0 - share)) ** 1.5
    return Crater(name, "flat", figures)
