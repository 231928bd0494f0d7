"""What is seen from a point: a fan of rays swept outwards row by row, each carrying the steepest ground it has met.

The grid is swept in four quarters, those to east and west on its transpose. In a quarter the rays cross every row, one
through each node of the outermost and closer together on the inner ones, and are sampled there; a node
is seen when it stands as high as the two rays that pass it have met between them. This comes close to a line of sight
to each node, at the price of one sweep (docs/decisions/0007).
"""

import math

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel
from roverctl.core.errors import InputError
from roverctl.terrain.products.marching import Floats32, in_two

NOTHING = -1e30  # a ray that has met no ground: lower than any, and a number that can be interpolated
BLOCK = 32  # nodes a side that are transposed at a time: their rows and columns fit the first cache together


@kernel
def _transposed(z: Floats32, out: Floats32) -> None:
    height, width = z.shape
    for r0 in range(0, height, BLOCK):
        for c0 in range(0, width, BLOCK):
            for c in range(c0, min(c0 + BLOCK, width)):
                for r in range(r0, min(r0 + BLOCK, height)):
                    out[c, r] = z[r, c]


@kernel
def _joined(
    z: Floats32, seen: npt.NDArray[np.uint8], across: npt.NDArray[np.uint8], first: int, end: int
) -> None:  # fmt: skip
    """Rows of both pairs of quarters as one picture, in place of the elevations; ``across`` is transposed."""
    for r0 in range(first, end, BLOCK):
        for c0 in range(0, z.shape[1], BLOCK):
            for r in range(r0, min(r0 + BLOCK, end)):
                for c in range(c0, min(c0 + BLOCK, z.shape[1])):
                    z[r, c] = np.nan if math.isnan(z[r, c]) else np.float32(seen[r, c] | across[c, r])


@kernel
def _sweep(
    z: Floats32, row0: int, column0: int, way: int, target_m: float, spacing_m: float, radius_m: float,
    seen: npt.NDArray[np.uint8],
) -> None:  # fmt: skip
    """Mark what is seen of the quarter to the north (``way`` 1) or south (-1) of the point; z is above its eye.

    Ray k of -last..last crosses the n-th row of the quarter at column0 + k · n / last.
    """
    height, width = z.shape
    most_rows = height - 1 - row0 if way > 0 else row0
    last = most_rows
    steepest = np.full(2 * last + 1, NOTHING, dtype=np.float32)
    slant = np.empty(2 * last + 1, dtype=np.float32)  # one over a ray's length from row to row
    sunk = np.empty(2 * last + 1, dtype=np.float32)  # what curvature takes off its tangent from row to row
    for k in range(-last, last + 1):
        length = spacing_m * math.hypot(1.0, k / max(last, 1))
        slant[k + last] = 1.0 / length
        sunk[k + last] = length / (2.0 * radius_m)
    lift, end_column = np.float32(target_m), np.int32(width - 2)
    # Plain loops over scratch rows, of which only those that look something up do not vectorise.
    tangent = np.empty(max(width, 2 * last + 1), dtype=np.float32)
    part = np.empty(2 * last + 1, dtype=np.float32)
    left = np.empty(2 * last + 1, dtype=np.int32)
    for n in range(1, most_rows + 1):
        ground, marks = z[row0 + way * n], seen[row0 + way * n]
        begin, end = max(0, column0 - n), min(width, column0 + n + 1)
        away2, across2 = (n * spacing_m) ** 2, spacing_m**2
        for c in range(begin, end):
            inverse = 1.0 / math.sqrt(float(c - column0) * float(c - column0) * across2 + away2)
            tangent[c] = (ground[c] + lift) * inverse - 0.5 / (inverse * radius_m)
        per_column = last / n
        for c in range(begin, end):
            place = (c - column0) * per_column + last
            ray = min(int(place), 2 * last - 1)
            met = steepest[ray] + np.float32(place - ray) * (steepest[ray + 1] - steepest[ray])
            marks[c] = np.uint8(tangent[c] >= met)
        # the rays that are still over the grid
        begin = last - int(min(column0 / n, 1.0) * last)
        end = last + int(min((width - 1 - column0) / n, 1.0) * last) + 1
        stride, start = np.float32(n / last), np.float32(column0 + (begin - last) * n / last)
        for i in range(end - begin):
            x = start + np.float32(i) * stride
            left[i] = min(np.int32(x), end_column)
            part[i] = x - np.float32(left[i])
        for i in range(end - begin):
            j = left[i]
            tangent[i] = ground[j] + part[i] * (ground[j + 1] - ground[j])
        best, lengths, sinks = steepest[begin:end], slant[begin:end], sunk[begin:end]
        rows, shrink = np.float32(n), np.float32(1.0 / n)
        for i in range(best.size):
            t = tangent[i] * (lengths[i] * shrink) - sinks[i] * rows
            best[i] = t if t > best[i] else best[i]


def viewshed(
    elevation_m: npt.NDArray[np.floating],
    spacing_m: float,
    row: int,
    column: int,
    eye_height_m: float,
    target_height_m: float = 0.0,
    radius_m: float = math.inf,
) -> Floats32:
    """1 where a target that stands so high over the ground is seen from over node (row, column), 0 where not.

    float32 of the grid's shape, NaN where it has no data. Missing ground hides nothing.

    Raises
    ------
    InputError
        When the node is outside, or has no elevation.
    """
    height, width = elevation_m.shape
    if min(height, width) < 2:
        raise InputError(f"a view needs at least 2 × 2 elevations, not {height} × {width}")
    if not (0 <= row < height and 0 <= column < width) or math.isnan(elevation_m[row, column]):
        raise InputError("there is no ground under the point to look from")
    # above the eye, so that float32 is fine where it matters
    z = np.ascontiguousarray(elevation_m - (elevation_m[row, column] + eye_height_m), dtype=np.float32)
    seen = np.zeros(z.shape, dtype=np.uint8)
    across = np.zeros((width, height), dtype=np.uint8)
    seen[row, column] = 1

    def look(grid: Floats32, row0: int, column0: int, marks: npt.NDArray[np.uint8]) -> None:
        for way in (1, -1):
            _sweep(grid, row0, column0, way, target_height_m, spacing_m, radius_m, marks)

    def directions(first: int, end: int) -> None:
        for pair in range(first, end):
            if pair == 0:
                look(z, row, column, seen)
            else:
                turned = np.empty((width, height), dtype=np.float32)
                _transposed(z, turned)
                look(turned, column, row, across)

    def rows(first: int, end: int) -> None:
        _joined(z, seen, across, first, end)

    in_two(directions, 2, 4 * z.size)
    in_two(rows, height, 4 * z.size)
    return z
