"""Map tiles: shaded ground, elevations and slopes over 256 × 256 pixels, in powers of two of an eighth of a metre."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.terrain.grid import sample_grid
from roverctl.terrain.products.gradient import hillshade, slope_rad
from roverctl.terrain.source import Terrain

TILE = 256
LEVELS = 15
FINEST_M = 0.125


@dataclass(frozen=True, slots=True)
class Tile:
    """Row 0 is the north, as in images; pixel centres. shade is 0 and the others NaN where there is no data."""

    level: int
    column: int
    row: int
    shade: npt.NDArray[np.uint8]
    elevation_m: npt.NDArray[np.float32]
    slope_deg: npt.NDArray[np.float32]


def spacing_m(level: int) -> float:
    """Metres a pixel: 0.125 at level 0, 2048 at level 14."""
    return FINEST_M * 2.0**level


def tile_at(level: int, east_m: float, north_m: float) -> tuple[int, int]:
    """Column and row of the tile that holds a point."""
    side = TILE * spacing_m(level)
    return math.floor(east_m / side), math.ceil(north_m / side) - 1


def render_tile(
    terrain: Terrain,
    level: int,
    column: int,
    row: int,
    sun_azimuth_rad: float,
    sun_elevation_rad: float,
    exaggeration: float = 1.0,
) -> Tile:
    """The tile that covers east [column * side, (column + 1) * side) and north (row * side, (row + 1) * side].

    Columns and rows may be negative. One pixel around is sampled too, so that neighbours join without a seam.
    """
    if not 0 <= level < LEVELS:
        raise ValueError(f"map tiles have levels 0 to {LEVELS - 1}, not {level}")
    step = spacing_m(level)
    west, south = (column * TILE - 0.5) * step, (row * TILE - 0.5) * step
    elevation = sample_grid(terrain, west, south, step, TILE + 2, TILE + 2).elevation_m
    shade = hillshade(elevation, step, step, sun_azimuth_rad, sun_elevation_rad, exaggeration)
    slope = np.degrees(slope_rad(elevation, step, step))
    inner = np.s_[TILE:0:-1, 1:-1]
    return Tile(
        level,
        column,
        row,
        np.ascontiguousarray(shade[inner]),
        np.ascontiguousarray(elevation[inner], dtype=np.float32),
        np.ascontiguousarray(slope[inner], dtype=np.float32),
    )
