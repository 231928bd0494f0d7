"""How much a raster counts where it lies over another: nothing at the edge of its data, all of it further inside.

The edge is wherever data end: at the raster's sides and at missing pixels within. The weight grows with the distance
from the nearest missing pixel, over FEATHER_PX pixels of the raster, so that no seam shows as a step.
"""

import math
import threading
from collections import OrderedDict

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel
from roverctl.terrain.rasters.heights import Values
from roverctl.terrain.rasters.pyramid import BLOCK, Pyramid, sample_blocks
from roverctl.terrain.source import Array

FEATHER_PX = 32.0  # our choice: wide against a pixel's noise, narrow against what a raster covers
KEPT = 256  # blocks of weights


@kernel
def edge_distance(values: Values, reach: int) -> Values:
    """Distance of each node from the nearest one without data, in nodes, at most ``reach``. Exact: rows, then columns.

    The separable Euclidean transform of Saito and Toriwaki (1994), stopped at ``reach``.
    """
    height, width = values.shape
    along = np.empty((height, width), dtype=np.float32)
    for r in range(height):
        run = float(reach)
        for c in range(width):
            run = 0.0 if np.isnan(values[r, c]) else min(run + 1.0, float(reach))
            along[r, c] = run
        run = float(reach)
        for c in range(width - 1, -1, -1):
            run = 0.0 if np.isnan(values[r, c]) else min(run + 1.0, float(reach))
            along[r, c] = min(along[r, c], run)
    out = np.empty((height, width), dtype=np.float32)
    for r in range(height):
        for c in range(width):
            best = along[r, c] * along[r, c]
            for k in range(max(0, r - reach), min(height, r + reach + 1)):
                best = min(best, along[k, c] * along[k, c] + float((k - r) * (k - r)))
            out[r, c] = math.sqrt(best)
    return out


class Feather:
    """Weights of a raster, 0 to 1, from its pyramid.

    ``wraps`` says that the raster goes all around the body: its first and last columns are neighbours.
    """

    def __init__(self, pyramid: Pyramid, wraps: bool) -> None:
        self._pyramid = pyramid
        self._wraps = wraps
        self._blocks: OrderedDict[tuple[int, int, int], Values] = OrderedDict()
        self._ones = np.ones((BLOCK + 1, BLOCK + 1), dtype=np.float32)
        self._lock = threading.Lock()

    def sample(self, level: int, x: Array, y: Array, outside: npt.NDArray[np.bool_]) -> Array:
        """Weights at node coordinates of a level; 0 where ``outside``."""

        def block(column: int, row: int) -> Values:
            return self._block(level, column, row)

        weights = sample_blocks(x, y, outside, self._pyramid.size(level), block)
        weights[outside] = 0.0
        return weights

    def _block(self, level: int, column: int, row: int) -> Values:
        key = (level, column, row)
        with self._lock:
            if key not in self._blocks:
                self._blocks[key] = self._weights(level, column * BLOCK, row * BLOCK)
                while len(self._blocks) > KEPT:
                    self._blocks.popitem(last=False)
            self._blocks.move_to_end(key)
            return self._blocks[key]

    def _weights(self, level: int, column: int, row: int) -> Values:
        """Weights of the nodes of a block. A node beside a missing one has none, so that the ramp begins at 0."""
        ramp = max(1.0, FEATHER_PX / (1 << level))
        reach = math.ceil(ramp) + 1
        around = self._around(level, column, row, reach)
        if not np.isnan(around).any():
            return self._ones
        inner = edge_distance(around, reach)[reach:-reach, reach:-reach]
        weights: Values = np.clip((inner - 1.0) / np.float32(ramp), 0.0, 1.0).astype(np.float32)
        return weights

    def _around(self, level: int, column: int, row: int, reach: int) -> Values:
        """A block with ``reach`` nodes around it; NaN beyond the raster's sides."""
        width, height = self._pyramid.size(level)
        side = BLOCK + 1 + 2 * reach
        out = np.full((side, side), np.nan, dtype=np.float32)
        top, bottom = max(0, row - reach), min(height, row - reach + side)
        pieces = [(column - reach, max(0, column - reach), min(width, column - reach + side))]
        if self._wraps:
            pieces += [(column - reach + turn, max(0, column - reach + turn), min(width, column - reach + turn + side))
                       for turn in (width, -width)]  # fmt: skip
        for first, left, right in pieces:
            if left < right:
                part = self._pyramid.window(level, left, top, right - left, bottom - top)
                out[top - row + reach : bottom - row + reach, left - first : right - first] = part
        return out
