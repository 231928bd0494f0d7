"""Horizons of every node of a grid at once: all nodes look the same way, one distance after the other.

For one azimuth a sample stands at the same offset from every node, so its bilinear weights are the same for all, and a
row is looked at in a plain loop over four shifted rows. That is a quarter of a nanosecond a sample, and makes marching
from each node itself affordable: nothing is resampled onto lines (docs/decisions/0006).

Curvature: ground at distance d sinks by d² / 2R below the node's level; the tangent of its elevation angle is
(rise - d² / 2R) / d. Against the exact sphere that is short by 0.02° at 260 km.
"""

import math
import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel
from roverctl.terrain.source import Array

Floats32 = npt.NDArray[np.float32]

# Steps of half a spacing up to so many spacings, of a part of the distance from there on. Measured: decision 0006.
HALF_STEPS_TO = 32.0
STEPS_A_DISTANCE = 64.0
# Below so many samples a second thread costs more than it brings.
WORTH_A_THREAD = 50_000_000


def distances(first: float, last: float) -> Array:
    """Where to look along a ray, in spacings: from ``first`` on, not beyond ``last``."""
    out = []
    d = first
    while d <= last:
        out.append(d)
        d += 0.5 if d < HALF_STEPS_TO else max(0.5, d / STEPS_A_DISTANCE)
    return np.array(out)


@kernel
def march(
    z: Floats32, row0: int, column0: int, east: Array, north: Array, distance: Array, spacing_m: float, radius_m: float,
    from_row: int, to_row: int, tangent: Floats32, inverse: Floats32,
) -> None:  # fmt: skip
    """Raise ``tangent`` to the steepest of the samples; ``inverse``, unless empty, to one over that one's distance.

    Parameters
    ----------
    z : elevations of all nodes, row 0 the south.
    row0, column0 : the node of ``z`` where node (0, 0) of ``tangent`` stands.
    east, north, distance : offsets of the samples from a node, and their length, in spacings.
    from_row, to_row : rows of ``tangent`` to do.
    """
    height, width = z.shape
    one = np.float32(1.0)
    for r in range(from_row, to_row):
        for k in range(distance.size):
            j0, i0 = math.floor(east[k]), math.floor(north[k])
            row = row0 + r + i0
            first = max(0, -(column0 + j0))
            last = min(tangent.shape[1], width - 1 - column0 - j0)
            if row < 0 or row >= height - 1 or last <= first:
                continue
            fx, fy = np.float32(east[k] - j0), np.float32(north[k] - i0)
            inv = np.float32(1.0 / (distance[k] * spacing_m))
            sunk = np.float32(distance[k] * spacing_m / (2.0 * radius_m))
            a, b = (one - fx) * (one - fy) * inv, fx * (one - fy) * inv
            c, d = (one - fx) * fy * inv, fx * fy * inv
            at = column0 + j0
            south = z[row, at + first : at + last + 1]
            beyond = z[row + 1, at + first : at + last + 1]
            own = z[row0 + r, column0 + first : column0 + last]
            best = tangent[r, first:last]
            if inverse.size == 0:
                for j in range(best.size):
                    t = south[j] * a + south[j + 1] * b + beyond[j] * c + beyond[j + 1] * d - (own[j] * inv + sunk)
                    best[j] = t if t > best[j] else best[j]  # a missing elevation is not steeper
                continue
            far = inverse[r, first:last]
            for j in range(best.size):
                t = south[j] * a + south[j + 1] * b + beyond[j] * c + beyond[j + 1] * d - (own[j] * inv + sunk)
                steeper = t > best[j]
                far[j] = inv if steeper else far[j]
                best[j] = t if steeper else best[j]


def in_two(work: Callable[[int, int], None], rows: int, samples: int) -> None:
    """``work(from_row, to_row)`` over all rows, in two threads where that is worth it; it must release the GIL."""
    if samples < WORTH_A_THREAD or rows < 2:
        work(0, rows)
        return
    failures: list[BaseException] = []

    def half() -> None:
        try:
            work(0, rows // 2)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=half)
    thread.start()
    try:
        work(rows // 2, rows)
    finally:
        thread.join()
    if failures:
        raise failures[0]


def horizon_cube(
    elevation_m: npt.NDArray[np.floating], spacing_m: float, azimuths_rad: Array, radius_m: float = math.inf
) -> Floats32:
    """Elevation angle of the horizon from each node, radians, float32 (azimuths, height, width).

    Azimuths from north, clockwise; row 0 is the south. The array is all the ground there is: NaN where a node has no
    elevation or nothing at all lies that way. For ground that goes on around it see ``nest``.
    """
    z = np.ascontiguousarray(elevation_m, dtype=np.float32)
    height, width = z.shape
    steps = distances(0.5, math.hypot(height - 1, width - 1))
    cube = np.full((len(azimuths_rad), height, width), -np.inf, dtype=np.float32)
    unwanted = np.empty((0, 0), dtype=np.float32)

    def rows(first: int, last: int) -> None:
        for azimuth, tangent in zip(azimuths_rad, cube, strict=True):
            east, north = steps * math.sin(azimuth), steps * math.cos(azimuth)
            march(z, 0, 0, east, north, steps, spacing_m, radius_m, first, last, tangent, unwanted)
            part = tangent[first:last]
            part[np.isneginf(part)] = np.nan
            np.arctan(part, out=part)

    in_two(rows, height, z.size * steps.size * len(cube))
    return cube
