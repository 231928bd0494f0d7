"""The regional floor between the craters: one surface of total degree 8 at most, ``regional.toml`` of a mission.

window_deg         : west, east, south, north of the window that it was measured in
join_km            : width over which it passes into the basin, outward from the window's outline
centre_km, half_km : east and north of a box about the site that holds window and join, and half its widths
coefficients_m     : row i, entry j: metres of u**i * v**j; u east, v north from the box's centre, in half widths
"""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from roverctl.core.errors import ProfileError
from roverctl.core.site import SiteFrame
from roverctl.terrain.source import Array

HIGHEST_DEGREE = 8
LARGEST = 1e7  # metres of a coefficient, kilometres of the box
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Regional:
    """ground: see ``ground_numbers``; coefficients as ``surface.ground_at`` takes them."""

    ground: Array
    coefficients: Array


def read_regional(file: Path, site: SiteFrame) -> Regional | None:
    """The file's surface, None without a file.

    Raises
    ------
    ProfileError
        Naming file and key.
    """
    if not file.is_file():
        return None
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{file}: {error}") from None
    centre, half = (_numbers(content.get(key), f"{file}: {key}") for key in ("centre_km", "half_km"))
    join = _numbers([content.get("join_km")], f"{file}: join_km")
    if len(centre) != 2 or len(half) != 2 or min(*half, *join) <= 0.0:
        raise ProfileError(
            f"{file}: centre_km and half_km need two numbers each; half_km and join_km greater than zero"
        )
    window = _numbers(content.get("window_deg"), f"{file}: window_deg")
    if len(window) != 4 or not (-360.0 <= window[0] < window[1] <= 720.0 and -90.0 <= window[2] < window[3] <= 90.0):
        raise ProfileError(f"{file}: window_deg must be west, east, south, north in degrees")
    rows = content.get("coefficients_m")
    if not isinstance(rows, list) or not rows:
        raise ProfileError(f"{file}: coefficients_m: must be a list of rows")
    size = len(rows)
    if size > HIGHEST_DEGREE + 1:
        raise ProfileError(f"{file}: coefficients_m: is of degree {size - 1}, at most {HIGHEST_DEGREE} is allowed")
    table = np.zeros((size, size))
    for i, row in enumerate(rows):
        numbers = _numbers(row, f"{file}: coefficients_m: row {i + 1}")
        if len(numbers) != size - i:
            raise ProfileError(f"{file}: coefficients_m: row {i + 1}: has {len(numbers)} numbers, must have {size - i}")
        table[i, : size - i] = numbers
    box = (1000.0 * centre[0], 1000.0 * centre[1], 1000.0 * half[0], 1000.0 * half[1])
    west, east, south, north = window
    return Regional(ground_numbers(site, (west, east, south, north), box, 1000.0 * join[0]), table)


def flat(site: SiteFrame) -> Regional:
    """Where nothing is measured: the site's elevation, at the site alone."""
    window = (site.longitude_deg, site.longitude_deg, site.latitude_deg, site.latitude_deg)
    return Regional(ground_numbers(site, window, (0.0, 0.0, 1.0, 1.0), 1.0), np.array([[site.elevation_m]]))


def ground_numbers(site: SiteFrame, window_deg: Box, box_m: Box, join_m: float) -> Array:
    """The box's centre and half widths, the join's width (m); the body's radius; sine and cosine of the site's
    latitude; the window's middle, longitude from the site's, and half widths (radians); a distance from the site (m)
    within which all is in the window."""
    west, east, south, north = (math.radians(v) for v in window_deg)
    here = math.radians(site.latitude_deg)
    middle = (0.5 * (west + east) - math.radians(site.longitude_deg), 0.5 * (south + north))
    halves = (0.5 * (east - west), 0.5 * (north - south))
    share = np.linspace(0.0, 1.0, 200)
    outline = (
        np.concatenate(
            [window_deg[0] + share * (window_deg[1] - window_deg[0])] * 2 + [np.repeat(window_deg[:2], 200)]
        ),
        np.concatenate(
            [np.repeat(window_deg[2:], 200)] + [window_deg[2] + share * (window_deg[3] - window_deg[2])] * 2
        ),
    )
    inside = abs(middle[0]) < halves[0] and abs(here - middle[1]) < halves[1]
    clear = 0.98 * float(np.hypot(*site.to_site(*outline)).min()) if inside else -1.0  # 0.98: between the points
    numbers = [*box_m, join_m, site.body_radius_m, math.sin(here), math.cos(here), *middle, *halves, clear]
    return np.array(numbers)


def _numbers(values: Any, where: str) -> list[float]:
    if not isinstance(values, list):
        raise ProfileError(f"{where}: must be a list of numbers")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ProfileError(f"{where}: '{value}' is not a finite number")
        if abs(value) > LARGEST:
            raise ProfileError(f"{where}: {value:g} is beyond {LARGEST:g}")
    return [float(value) for value in values]
