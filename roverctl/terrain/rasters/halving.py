"""Levels of a raster: level k has a node for each 2**k × 2**k pixels, the mean of those that have data."""

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.terrain.rasters.heights import Values


def level_count(width: int, height: int) -> int:
    """Levels until one node is left."""
    return max(width, height, 1).bit_length()


def level_size(width: int, height: int, level: int) -> tuple[int, int]:
    """Nodes across and down; the last ones may stand for fewer pixels."""
    return -(-width // (1 << level)), -(-height // (1 << level))


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
