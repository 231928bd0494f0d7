"""Map tiles: the ground's elevations with one pixel around, and their shading by a draughtsman's light or the Sun's."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.terrain.grid import sample_grid
from roverctl.terrain.products.gradient import hillshade
from roverctl.terrain.source import Array, Terrain
from roverctl.terrain.tiling import LEVELS, TILE, spacing_m

# A draughtsman's light comes from the north-west, as relief is read; all over the map from the same side of it.
DRAWN_AZIMUTH_RAD: Final = math.radians(315.0)
DRAWN_ELEVATION_RAD: Final = math.radians(35.0)
# Far out all slopes are gentle: from here on relief is drawn steeper, by a power of the spacing. Our choice, so that
# the basin reads at 8 km a pixel (4.5 times) and nothing jumps from level to level (1.24 times).
_STEEPER_FROM_M: Final = 64.0
_STEEPER_POWER: Final = 0.31
_INNER: Final = np.s_[TILE:0:-1, 1:-1]  # without the pixel around, north first


@dataclass(frozen=True, slots=True)
class Ground:
    """Elevations of a tile and one pixel around, (TILE + 2)², row 0 the south, NaN without data."""

    level: int
    column: int
    row: int
    elevation_m: Array

    @property
    def picture_m(self) -> npt.NDArray[np.float32]:
        """The tile's own elevations as a picture: row 0 the north."""
        return np.ascontiguousarray(self.elevation_m[_INNER], dtype=np.float32)

    @property
    def corner_m(self) -> tuple[float, float]:
        """East and north of the south-western of all pixels, the one around the tile."""
        step = spacing_m(self.level)
        return (self.column * TILE - 0.5) * step, (self.row * TILE - 0.5) * step


def sample_tile(terrain: Terrain, level: int, column: int, row: int) -> Ground:
    """The ground of east [column, column + 1) and north (row, row + 1] sides; either may be negative.

    One pixel around is sampled too, so that what is derived joins its neighbours without a seam.
    """
    if level not in LEVELS:
        raise ValueError(f"map tiles have levels {LEVELS[0]} to {LEVELS[-1]}, not {level}")
    step = spacing_m(level)
    west, south = (column * TILE - 0.5) * step, (row * TILE - 0.5) * step
    elevation = sample_grid(terrain, west, south, step, TILE + 2, TILE + 2).elevation_m
    return Ground(level, column, row, elevation)


def drawn_shade(ground: Ground) -> npt.NDArray[np.uint8]:
    """Grey levels 1..255 under the draughtsman's light, 0 without data; row 0 the north. Far out it exaggerates."""
    step = spacing_m(ground.level)
    steeper = exaggeration(ground.level)
    shade = hillshade(ground.elevation_m, step, step, DRAWN_AZIMUTH_RAD, DRAWN_ELEVATION_RAD, steeper)
    return np.ascontiguousarray(shade[_INNER])


def exaggeration(level: int) -> float:
    """How many times steeper than it is the ground of a level is drawn."""
    return math.pow(max(spacing_m(level) / _STEEPER_FROM_M, 1.0), _STEEPER_POWER)


def sun_shade(
    ground: Ground, body_radius_m: float, sun_azimuth_rad: float, sun_elevation_rad: float
) -> npt.NDArray[np.uint8]:
    """Grey levels 1..255 under the Sun, whose direction is given at the site, 0 without data; row 0 the north.

    1 + 254 times the cosine between the Sun and the surface's normal, which turns with the body: far from the site the
    Sun stands elsewhere. The normal of a sphere with relief: at an angle d from the site, towards azimuth a, up is
    sin d (sin a E + cos a N) + cos d U, outward along the map's radius cos d (sin a E + cos a N) - sin d U, and across
    it cos a E - sin a N, where the map (azimuthal equidistant) is stretched by d / sin d. Without shadows cast.
    """
    step = spacing_m(ground.level)
    z = ground.elevation_m
    west, south = ground.corner_m
    east = (west + step * np.arange(1, TILE + 1))[None, :]
    north = (south + step * np.arange(1, TILE + 1))[:, None]
    distance = np.maximum(np.hypot(east, north), 1e-6)
    sin_a, cos_a = east / distance, north / distance
    angle = distance / body_radius_m
    sin_d, cos_d = np.sin(angle), np.cos(angle)
    # Horn's differences, as in ``gradient``
    to_east = z[:, 2:] - z[:, :-2]
    to_east = (to_east[:-2] + 2.0 * to_east[1:-1] + to_east[2:]) / (8.0 * step)
    to_north = z[2:] - z[:-2]
    to_north = (to_north[:, :-2] + 2.0 * to_north[:, 1:-1] + to_north[:, 2:]) / (8.0 * step)
    outward = to_east * sin_a + to_north * cos_a
    across = (to_east * cos_a - to_north * sin_a) * (angle / np.maximum(sin_d, 1e-9))
    level_e = math.sin(sun_azimuth_rad) * math.cos(sun_elevation_rad)
    level_n = math.cos(sun_azimuth_rad) * math.cos(sun_elevation_rad)
    up = math.sin(sun_elevation_rad)
    along = level_e * sin_a + level_n * cos_a
    facing = along * sin_d + up * cos_d
    facing -= outward * (along * cos_d - up * sin_d) + across * (level_e * cos_a - level_n * sin_a)
    cosine = facing / np.sqrt(1.0 + outward * outward + across * across)
    grey = 1.5 + 254.0 * np.maximum(cosine, 0.0)
    return np.ascontiguousarray(np.where(np.isnan(grey), 0.0, grey)[::-1].astype(np.uint8))
