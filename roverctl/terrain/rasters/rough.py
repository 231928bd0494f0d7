"""A first look at a large compressed raster without overviews, from some of its blocks.

A pixel of a compressed tile costs the whole tile. So only so many tiles are decoded as a second allows, evenly spread;
each gives its mean, and the ground between is drawn linearly. Strips give their mean along every column. What is shown
so is replaced as soon as there are overviews.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio.enums
import rasterio.windows

from roverctl.terrain.rasters.heights import Heights, Values, read_heights
from roverctl.terrain.source import Array

# A quarter of a second of one core: deflated float32 is decoded at some 100 MB/s, tile by tile.
DECODED_BYTES = 24 * 2**20


def costs_whole_blocks(dataset: Any) -> bool:
    """Whether a pixel here and there means decoding more than a second allows."""
    decoded = dataset.width * dataset.height * np.dtype(dataset.dtypes[0]).itemsize
    return dataset.compression is not None and decoded > DECODED_BYTES


def from_some_blocks(dataset: Any, heights: Heights, width: int, height: int) -> Values:
    """The whole raster as width × height nodes."""
    rows, columns = dataset.block_shapes[0]
    down, across = -(-dataset.height // rows), -(-dataset.width // columns)
    decoded = dataset.width * dataset.height * np.dtype(dataset.dtypes[0]).itemsize
    every = decoded / DECODED_BYTES
    step_y, step_x = (math.ceil(every), 1) if across == 1 else (math.ceil(math.sqrt(every)),) * 2
    nodes = min(width, columns) if across == 1 else 1
    tops, lefts = range(step_y // 2, down, step_y), range(step_x // 2, across, step_x)
    known = np.empty((len(tops), len(lefts) * nodes))
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            window = rasterio.windows.Window(
                left * columns, top * rows,
                min(columns, dataset.width - left * columns), min(rows, dataset.height - top * rows),
            )  # fmt: skip
            kind = rasterio.enums.Resampling.average
            known[i, j * nodes : (j + 1) * nodes] = read_heights(dataset, heights, window, (1, nodes), kind)
    y = (np.array(tops) + 0.5) * rows / dataset.height * height
    x = (np.arange(nodes) + 0.5) if across == 1 else (np.array(lefts) + 0.5) * columns / dataset.width * width
    tall = _drawn(known, y, np.arange(height) + 0.5)
    return _drawn(tall.T, x, np.arange(width) + 0.5).T.astype(np.float32, order="C")


def _drawn(values: Array, at: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> Array:
    """Rows at places ``wanted``, linear between rows at ``at``, held beyond them."""
    if len(at) == 1:
        return np.repeat(values, len(wanted), axis=0)
    first = np.clip(np.searchsorted(at, wanted) - 1, 0, len(at) - 2)
    part = np.clip((wanted - at[first]) / (at[first + 1] - at[first]), 0.0, 1.0)[:, np.newaxis]
    drawn: Array = values[first] * (1.0 - part) + values[first + 1] * part
    return drawn
