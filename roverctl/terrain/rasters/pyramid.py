"""A raster's values at powers of two of its spacing, in bounded memory: all of it when small, else blocks on demand."""

import threading
from collections import OrderedDict
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import rasterio.enums
import rasterio.errors
import rasterio.windows

from roverctl.core.compiled import kernel
from roverctl.core.errors import InputError
from roverctl.terrain.source import Array

Values = npt.NDArray[np.float32]

IN_MEMORY_BYTES = 64 * 2**20  # rasters up to this, as float32, are decoded whole
CACHE_BYTES = 192 * 2**20  # blocks of larger ones that are kept
BLOCK = 256  # nodes along a block's side
DENSE_SIDE = 2048  # source pixels along a block that are still averaged in full where the file has no overviews
SPARSE = 4  # beyond that, so many rows and columns of the source are read per node and averaged


class Pyramid(Protocol):
    """Levels of a raster; level k averages 2**k × 2**k pixels."""

    levels: int

    def sample(self, level: int, x: Array, y: Array, outside: npt.NDArray[np.bool_]) -> Array:
        """Bilinear values at node coordinates of that level; NaN where ``outside`` or beside missing data."""
        ...


def level_count(width: int, height: int) -> int:
    """Levels until one node is left."""
    return max(width, height, 1).bit_length()


@kernel
def halve(values: Values) -> Values:
    """Averages of 2 × 2, of those that have data; the last row or column of an odd side stands for itself."""
    height, width = values.shape
    out = np.empty(((height + 1) // 2, (width + 1) // 2), dtype=np.float32)
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            total, count = 0.0, 0
            for i in range(2 * r, min(2 * r + 2, height)):
                for j in range(2 * c, min(2 * c + 2, width)):
                    v = values[i, j]
                    if not np.isnan(v):
                        total += v
                        count += 1
            out[r, c] = total / count if count else np.nan
    return out


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


def _decoded(dataset: Any, data: npt.NDArray[Any], mask: npt.NDArray[Any]) -> Values:
    """Metres as float32: scale and offset applied, missing data NaN."""
    scale, offset = float(dataset.scales[0]), float(dataset.offsets[0])
    values: Values = (data if (scale, offset) == (1.0, 0.0) else data.astype(np.float64) * scale + offset).astype(
        np.float32
    )
    values[(mask == 0) | ~np.isfinite(values)] = np.nan
    return values


class MemoryPyramid:
    """A small raster, decoded whole; coarser levels are made when first asked for."""

    def __init__(self, dataset: Any) -> None:
        try:
            base = _decoded(dataset, dataset.read(1), dataset.read_masks(1))
        except rasterio.errors.RasterioError as error:
            raise InputError(f"{dataset.name} is damaged: {' '.join(str(error).split())}") from None
        self._levels = [base]
        self._lock = threading.Lock()
        self.levels = level_count(dataset.width, dataset.height)

    def sample(self, level: int, x: Array, y: Array, outside: npt.NDArray[np.bool_]) -> Array:
        """See ``Pyramid.sample``."""
        with self._lock:
            while len(self._levels) <= level:
                self._levels.append(halve(self._levels[-1]))
        values = self._levels[level]
        out = np.empty(x.shape)
        bilinear(values, x, y, 0.0, 0.0, values.shape[1], values.shape[0], outside, out)
        return out


def _spans(first: int, count: int, factor: int, size: int) -> list[tuple[int, int, slice]]:
    """First pixel, pixels, nodes (as a slice of ``count``): of the whole nodes, then of a last one cut by the side."""
    whole = min(count, size // factor - first)
    spans = [(first * factor, whole * factor, slice(0, whole))] if whole > 0 else []
    if whole < count:
        start = (first + whole) * factor
        spans.append((start, size - start, slice(whole, count)))
    return spans


class BlockPyramid:
    """A large raster, read in blocks as they are needed; the file's overviews are used where it has them.

    Without overviews a very coarse block reads only some rows and columns of the source (``SPARSE`` per node), so that
    the first picture of a large file does not wait for all of it.
    """

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self._blocks: OrderedDict[tuple[int, int, int], Values] = OrderedDict()
        self._lock = threading.Lock()
        self._overviews = max(dataset.overviews(1), default=1)
        self.levels = level_count(dataset.width, dataset.height)

    def _size(self, level: int) -> tuple[int, int]:
        factor = 1 << level
        return -(-self._dataset.width // factor), -(-self._dataset.height // factor)

    def _block(self, level: int, column: int, row: int) -> Values:
        """Nodes column*BLOCK.. and row*BLOCK.. of a level, one more on each far side for interpolation."""
        key = (level, column, row)
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
                return self._blocks[key]
            block = self._read(level, column, row)
            self._blocks[key] = block
            limit = max(4, CACHE_BYTES // ((BLOCK + 1) ** 2 * 4))
            while len(self._blocks) > limit:
                self._blocks.popitem(last=False)
            return block

    def _read(self, level: int, column: int, row: int) -> Values:
        width, height = self._size(level)
        factor = 1 << level
        nodes_x = min(BLOCK + 1, width - column * BLOCK)
        nodes_y = min(BLOCK + 1, height - row * BLOCK)
        sparse = BLOCK * factor > DENSE_SIDE and self._overviews < factor
        values = np.empty((nodes_y, nodes_x), dtype=np.float32)
        # nodes at the raster's far sides average what pixels there are: read apart, or all others would be stretched
        for y, high, row_slice in _spans(row * BLOCK, nodes_y, factor, self._dataset.height):
            for x, wide, column_slice in _spans(column * BLOCK, nodes_x, factor, self._dataset.width):
                window = rasterio.windows.Window(x, y, wide, high)
                part = values[row_slice, column_slice]
                part[...] = self._window(window, part.shape, sparse)
        return values

    def _window(self, window: Any, shape: tuple[int, int], sparse: bool) -> Values:
        """A window of the file at the size of ``shape``."""
        kind = rasterio.enums.Resampling.average
        if sparse:
            shape, kind = (shape[0] * SPARSE, shape[1] * SPARSE), rasterio.enums.Resampling.nearest
        try:
            data = self._dataset.read(1, window=window, out_shape=shape, resampling=kind, masked=True)
        except rasterio.errors.RasterioError as error:
            raise InputError(f"{self._dataset.name} is damaged: {' '.join(str(error).split())}") from None
        values = _decoded(self._dataset, data.data, ~np.ma.getmaskarray(data))
        return halve(halve(values)) if sparse else values

    def sample(self, level: int, x: Array, y: Array, outside: npt.NDArray[np.bool_]) -> Array:
        """See ``Pyramid.sample``."""
        width, height = self._size(level)
        u = np.clip(np.where(outside, 0.0, x), 0.0, width - 1.0)
        v = np.clip(np.where(outside, 0.0, y), 0.0, height - 1.0)
        number = (v // BLOCK).astype(np.int64) * (width // BLOCK + 1) + (u // BLOCK).astype(np.int64)
        number[outside] = -1
        out = np.full(x.shape, np.nan)
        for block_number in np.unique(number):
            if block_number < 0:
                continue
            row, column = divmod(int(block_number), width // BLOCK + 1)
            values = self._block(level, column, row)
            here = number == block_number
            part = np.empty(int(here.sum()))
            bilinear(
                values, x[here], y[here], column * float(BLOCK), row * float(BLOCK), width, height, outside[here], part
            )
            out[here] = part
        return out
