"""A raster's values at powers of two of its spacing, in bounded memory: all of it when small, else blocks on demand."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import rasterio.enums
import rasterio.windows

from roverctl.core.compiled import kernel
from roverctl.core.errors import InputError
from roverctl.terrain.rasters.dataset import open_dataset
from roverctl.terrain.rasters.halving import halve, level_count, level_size
from roverctl.terrain.rasters.heights import Heights, Values, read_heights
from roverctl.terrain.rasters.overviews import FIRST, StoredLevels
from roverctl.terrain.rasters.rough import costs_whole_blocks, from_some_blocks
from roverctl.terrain.source import Array

IN_MEMORY_BYTES = 64 * 2**20  # rasters up to this, as float32, are decoded whole
CACHE_BYTES = 192 * 2**20  # blocks of larger ones that are kept
BLOCK = 256  # nodes along a block's side
DENSE_SIDE = 2048  # source pixels along a block that are still averaged in full where there are no overviews
SPARSE = 4  # beyond that, so many rows and columns of the source are read per node and averaged
ROUGH_SIDE = 2048  # a level of up to so many nodes along its side is read sparsely in one pass over the file
ROUGH_SAMPLES = 4 * 2**20  # pixels that such a pass takes at most, where one for each node is not more


class Pyramid(Protocol):
    """Levels of a raster; level k averages 2**k × 2**k pixels."""

    levels: int

    def size(self, level: int) -> tuple[int, int]:
        """Width and height of a level in nodes."""
        ...

    def sample(self, level: int, x: Array, y: Array, outside: npt.NDArray[np.bool_]) -> Array:
        """Bilinear values at node coordinates of that level; NaN where ``outside`` or beside missing data."""
        ...

    def window(self, level: int, column: int, row: int, width: int, height: int) -> Values:
        """Nodes of a level; the window lies within it."""
        ...


@kernel
def bilinear(
    values: Values, x: Array, y: Array, x0: float, y0: float, width: int, height: int,
    outside: npt.NDArray[np.bool_], out: Array,
) -> None:  # fmt: skip
    """Bilinear within ``values``, whose first node is (x0, y0) of a level of width × height nodes; ends are held."""
    for i in range(x.size):
        if outside[i]:
            out[i] = np.nan
            continue
        u = min(max(x[i], 0.0), width - 1.0) - x0
        v = min(max(y[i], 0.0), height - 1.0) - y0
        c = min(int(u), values.shape[1] - 1)
        r = min(int(v), values.shape[0] - 1)
        p, q = u - c, v - r
        c1 = min(c + 1, values.shape[1] - 1)
        r1 = min(r + 1, values.shape[0] - 1)
        # a neighbour of weight zero does not count, so a node beside missing data keeps its value
        top = float(values[r, c]) if p == 0.0 else values[r, c] * (1.0 - p) + values[r, c1] * p
        if q == 0.0:
            out[i] = top
        else:
            low = float(values[r1, c]) if p == 0.0 else values[r1, c] * (1.0 - p) + values[r1, c1] * p
            out[i] = top * (1.0 - q) + low * q


def sample_blocks(
    x: Array, y: Array, outside: npt.NDArray[np.bool_], size: tuple[int, int], block: Callable[[int, int], Values]
) -> Array:
    """Bilinear values at node coordinates of a level that is kept in blocks.

    ``block(column, row)`` gives nodes from (column, row) * BLOCK on, one more on each far side for interpolation.
    """
    width, height = size
    u = np.clip(np.where(outside, 0.0, x), 0.0, width - 1.0)
    v = np.clip(np.where(outside, 0.0, y), 0.0, height - 1.0)
    across = width // BLOCK + 1
    number = (v // BLOCK).astype(np.int64) * across + (u // BLOCK).astype(np.int64)
    number[outside] = -1
    out = np.full(x.shape, np.nan)
    for block_number in np.unique(number):
        if block_number < 0:
            continue
        row, column = divmod(int(block_number), across)
        here = number == block_number
        part = np.empty(int(here.sum()))
        bilinear(
            block(column, row), x[here], y[here], column * float(BLOCK), row * float(BLOCK), width, height,
            outside[here], part,
        )  # fmt: skip
        out[here] = part
    return out


class MemoryPyramid:
    """A small raster, decoded whole; coarser levels are made when first asked for.

    Raises
    ------
    InputError
        When the raster is damaged, or holds no data.
    """

    def __init__(self, dataset: Any, heights: Heights) -> None:
        base = read_heights(dataset, heights)
        if np.isnan(base).all():
            raise InputError(f"{dataset.name} holds no data: every pixel is missing")
        self._levels = [base]
        self._lock = threading.Lock()
        self.levels = level_count(dataset.width, dataset.height)

    def size(self, level: int) -> tuple[int, int]:
        """See ``Pyramid.size``."""
        return level_size(self._levels[0].shape[1], self._levels[0].shape[0], level)

    def _level(self, level: int) -> Values:
        with self._lock:
            while len(self._levels) <= level:
                self._levels.append(halve(self._levels[-1]))
        return self._levels[level]

    def sample(self, level: int, x: Array, y: Array, outside: npt.NDArray[np.bool_]) -> Array:
        """See ``Pyramid.sample``."""
        values = self._level(level)
        out = np.empty(x.shape)
        bilinear(values, x, y, 0.0, 0.0, values.shape[1], values.shape[0], outside, out)
        return out

    def window(self, level: int, column: int, row: int, width: int, height: int) -> Values:
        """See ``Pyramid.window``."""
        return self._level(level)[row : row + height, column : column + width]


def _spans(first: int, count: int, factor: int, size: int) -> list[tuple[int, int, slice]]:
    """First pixel, pixels, nodes (as a slice of ``count``): of the whole nodes, then of a last one cut by the side."""
    whole = min(count, size // factor - first)
    spans = [(first * factor, whole * factor, slice(0, whole))] if whole > 0 else []
    if whole < count:
        start = (first + whole) * factor
        spans.append((start, size - start, slice(whole, count)))
    return spans


class BlockPyramid:
    """A large raster, read in blocks as they are needed, from its own overviews or from ours where there are any.

    Without overviews a very coarse block takes only some rows and columns of the source, so that the first picture of
    a large file does not wait for all of it: in one pass over the file where the level is small enough to be kept, else
    block by block.
    """

    def __init__(self, dataset: Any, heights: Heights, stored: StoredLevels | None) -> None:
        self._dataset = dataset
        self._heights = heights
        self._stored = stored
        self._blocks: OrderedDict[tuple[int, int, int], Values] = OrderedDict()
        self._rough: list[Values] = []
        self._lock = threading.Lock()
        self._overviews = max(dataset.overviews(1), default=1)
        self.levels = level_count(dataset.width, dataset.height)
        longest = max(dataset.width, dataset.height)
        sparse = (k for k in range(self.levels) if longest >> k <= ROUGH_SIDE and BLOCK << k > DENSE_SIDE)
        self._rough_from = next(sparse, self.levels)

    def size(self, level: int) -> tuple[int, int]:
        """See ``Pyramid.size``."""
        return level_size(self._dataset.width, self._dataset.height, level)

    def _block(self, level: int, column: int, row: int) -> Values:
        """Nodes column*BLOCK.. and row*BLOCK.. of a level, one more on each far side for interpolation."""
        key = (level, column, row)
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
                return self._blocks[key]
            width, height = self.size(level)
            x, y = column * BLOCK, row * BLOCK
            block = self._read(level, x, y, min(BLOCK + 1, width - x), min(BLOCK + 1, height - y))
            self._blocks[key] = block
            limit = max(4, CACHE_BYTES // ((BLOCK + 1) ** 2 * 4))
            while len(self._blocks) > limit:
                self._blocks.popitem(last=False)
            return block

    def _read(self, level: int, column: int, row: int, width: int, height: int) -> Values:
        if self._stored is not None and level >= FIRST:
            return self._stored.read(level, column, row, width, height)
        if BLOCK << level <= DENSE_SIDE or self._overviews >= 1 << level:
            return self._nodes(self._dataset, level, column, row, width, height, 0)
        if level < self._rough_from:
            return self._nodes(self._dataset, level, column, row, width, height, SPARSE)
        return self._rough_level(level)[row : row + height, column : column + width]

    def _rough_level(self, level: int) -> Values:
        """A coarse level of a file without overviews, from one pass over some of its pixels."""
        if not self._rough:
            width, height = self.size(self._rough_from)
            sparse = next((n for n in (SPARSE, 2) if width * n * height * n <= ROUGH_SAMPLES), 1)
            with open_dataset(self._dataset.name, far_apart=True) as dataset:
                if costs_whole_blocks(dataset):
                    self._rough.append(from_some_blocks(dataset, self._heights, width, height))
                else:
                    self._rough.append(self._nodes(dataset, self._rough_from, 0, 0, width, height, sparse))
        while len(self._rough) <= level - self._rough_from:
            self._rough.append(halve(self._rough[-1]))
        return self._rough[level - self._rough_from]

    def _nodes(self, dataset: Any, level: int, column: int, row: int, width: int, height: int, sparse: int) -> Values:
        """Nodes from the file: means of all their pixels, or of ``sparse`` × ``sparse`` of them where not 0."""
        factor = 1 << level
        values = np.empty((height, width), dtype=np.float32)
        # nodes at the raster's far sides average what pixels there are: read apart, or all others would be stretched
        for y, high, row_slice in _spans(row, height, factor, dataset.height):
            for x, wide, column_slice in _spans(column, width, factor, dataset.width):
                window = rasterio.windows.Window(x, y, wide, high)
                part = values[row_slice, column_slice]
                if sparse == 0:
                    kind = rasterio.enums.Resampling.average
                    part[...] = read_heights(dataset, self._heights, window, part.shape, kind)
                    continue
                read = read_heights(dataset, self._heights, window, (part.shape[0] * sparse, part.shape[1] * sparse))
                while read.shape != part.shape:
                    read = halve(read)
                part[...] = read
        return values

    def sample(self, level: int, x: Array, y: Array, outside: npt.NDArray[np.bool_]) -> Array:
        """See ``Pyramid.sample``."""

        def block(column: int, row: int) -> Values:
            return self._block(level, column, row)

        return sample_blocks(x, y, outside, self.size(level), block)

    def window(self, level: int, column: int, row: int, width: int, height: int) -> Values:
        """See ``Pyramid.window``."""
        out = np.empty((height, width), dtype=np.float32)
        for r in range(row // BLOCK, (row + height - 1) // BLOCK + 1):
            for c in range(column // BLOCK, (column + width - 1) // BLOCK + 1):
                top, left = max(row, r * BLOCK), max(column, c * BLOCK)
                bottom, right = min(row + height, (r + 1) * BLOCK), min(column + width, (c + 1) * BLOCK)
                block = self._block(level, c, r)
                out[top - row : bottom - row, left - column : right - column] = block[
                    top - r * BLOCK : bottom - r * BLOCK, left - c * BLOCK : right - c * BLOCK
                ]
        return out
