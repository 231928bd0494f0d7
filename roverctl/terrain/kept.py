"""A terrain whose sampled nodes are kept: for views that need the same wide surroundings again and again.

Horizons of neighbouring windows look over much the same ground, and so does one window at another time of day: of a
sheet of shadows, nine tenths of the time went into elevations that had been there before.
"""

import math
from collections import OrderedDict
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.terrain.grid import sample_grid
from roverctl.terrain.source import Array, Terrain

_SIDE: Final = 32  # nodes of a chunk
_KEPT: Final = 8192  # chunks, 64 MiB: the surroundings of a screenful
_PARTS: Final = 1 << 20  # of a spacing: how finely a lattice's offset is told
ChunkKey = tuple[float, int, int, int, int]  # spacing, offsets of its lattice in parts, row, column


class KeptTerrain:
    """Another terrain, with the nodes of its regular grids kept in chunks; the least used go first.

    A grid stands on a lattice: its spacing, and what its nodes stand off the whole multiples of that. Grids on one
    lattice share nodes. Values are those of the other terrain's own grids.
    """

    def __init__(self, terrain: Terrain) -> None:
        self._terrain = terrain
        self._chunks: OrderedDict[ChunkKey, Array] = OrderedDict()
        self.label = terrain.label
        self.resolution_m = terrain.resolution_m
        self.generated_below_m = terrain.generated_below_m

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        """See ``Terrain.elevation``; nothing is kept of it."""
        return self._terrain.elevation(east_m, north_m, spacing_m)

    def elevation_grid(self, east_m: float, north_m: float, spacing_m: float, width: int, height: int) -> Array:
        """See ``RegularTerrain.elevation_grid``."""
        column, east_parts = _lattice(east_m, spacing_m)
        row, north_parts = _lattice(north_m, spacing_m)
        rows = range(row // _SIDE, (row + height - 1) // _SIDE + 1)
        columns = range(column // _SIDE, (column + width - 1) // _SIDE + 1)
        lattice = (spacing_m, north_parts, east_parts)
        found: dict[tuple[int, int], Array] = {}
        for r in rows:
            for c in columns:
                chunk = self._chunks.get((*lattice, r, c))
                if chunk is not None:
                    self._chunks.move_to_end((*lattice, r, c))
                    found[r, c] = chunk
        missing = np.array([[(r, c) not in found for c in columns] for r in rows])
        for south, west, tall, wide in _boxes(missing):
            found |= self._sample(lattice, rows[south], columns[west], tall, wide)
        out = np.block([[found[r, c] for c in columns] for r in rows])
        south, west = row - rows[0] * _SIDE, column - columns[0] * _SIDE
        return np.ascontiguousarray(out[south : south + height, west : west + width])

    def _sample(
        self, lattice: tuple[float, int, int], row: int, column: int, tall: int, wide: int
    ) -> dict[tuple[int, int], Array]:
        """So many rows and columns of chunks from one on, sampled at once; they are kept."""
        spacing_m, north_parts, east_parts = lattice
        east_m = (column * _SIDE + east_parts / _PARTS) * spacing_m
        north_m = (row * _SIDE + north_parts / _PARTS) * spacing_m
        z = sample_grid(self._terrain, east_m, north_m, spacing_m, wide * _SIDE, tall * _SIDE).elevation_m
        chunks = {
            (row + r, column + c): z[r * _SIDE : (r + 1) * _SIDE, c * _SIDE : (c + 1) * _SIDE].copy()
            for r in range(tall)
            for c in range(wide)
        }
        for (r, c), chunk in chunks.items():
            self._chunks[(*lattice, r, c)] = chunk
            if len(self._chunks) > _KEPT:
                self._chunks.popitem(last=False)
        return chunks


def _lattice(place_m: float, spacing_m: float) -> tuple[int, int]:
    """A node's number on its lattice, and what the lattice stands off whole spacings, in parts."""
    parts = round(place_m / spacing_m * _PARTS)
    return math.floor(parts / _PARTS), parts % _PARTS


def _boxes(missing: npt.NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """Boxes that cover exactly what is missing: row, column, height, width."""
    left, boxes = missing.copy(), []
    while left.any():
        row, column = (int(v) for v in np.argwhere(left)[0])
        wide, tall = 1, 1
        while column + wide < left.shape[1] and left[row, column + wide]:
            wide += 1
        while row + tall < left.shape[0] and left[row + tall, column : column + wide].all():
            tall += 1
        left[row : row + tall, column : column + wide] = False
        boxes.append((row, column, tall, wide))
    return boxes
