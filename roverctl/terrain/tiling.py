"""How the map is cut into tiles: 256 × 256 pixels, in powers of two of an eighth of a metre. Numbers only, so that a
window may read it.
"""

import math
from typing import Final

TILE: Final = 256
# From 3 cm a pixel, which shows the finest generated relief, to 8 km, at which 16 tiles hold the basin and all around.
LEVELS: Final = range(-2, 17)
_LEVEL_0_M: Final = 0.125

TileKey = tuple[int, int, int]  # level, column, row


def spacing_m(level: int) -> float:
    """Metres a pixel: 0.03125 at level -2, 0.125 at level 0, 8192 at level 16."""
    return _LEVEL_0_M * 2.0**level


def side_m(level: int) -> float:
    """Metres that a tile spans."""
    return TILE * spacing_m(level)


def tile_at(level: int, east_m: float, north_m: float) -> tuple[int, int]:
    """Column and row of the tile that holds a point: columns begin at their west, rows end at their north."""
    return math.floor(east_m / side_m(level)), math.ceil(north_m / side_m(level)) - 1


def level_of(m_per_px: float) -> int:
    """The level whose pixels come nearest: between 1/√2 and √2 of one, within what levels there are."""
    return min(max(round(math.log2(m_per_px / _LEVEL_0_M)), LEVELS[0]), LEVELS[-1])


def parent(key: TileKey, up: int) -> TileKey:
    """The tile ``up`` levels coarser that holds a tile."""
    level, column, row = key
    return level + up, column >> up, row >> up
