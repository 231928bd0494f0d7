"""The horizon of a window within terrain that goes on far around it: grids within grids, each twice as coarse.

Ring 0 has the window's spacing and reaches ``REACH`` spacings around it; ring k has 2^k times the spacing and reaches
2^k times as far, so that a node of the map is looked up at about one part in ``REACH`` of its distance. What lies far
away changes little from node to node: ring k is seen from the nodes of its own lattice, and handed down to the finer
one as the point that made the horizon there, so that each finer node sees it from its own height.

The lattices are those of multiples of 2^k spacings, not of the window: neighbouring windows share them, and their
horizons join.
"""

import math
from dataclasses import dataclass

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.products.marching import Floats32, distances, in_two, march
from roverctl.terrain.source import Array, Terrain

REACH = 96
# The highest summit of the Moon (LROC, "Highest Point on the Moon!", 2010): nothing beyond can rise above it.
HIGHEST_M = 10_786.0


def far_reach_m(lowest_m: float, radius_m: float, highest_m: float = HIGHEST_M) -> float:
    """Beyond this distance no ground can rise above the level plane of an observer at ``lowest_m``.

    At distance d the body's curvature hides d² / 2R; the highest summit stands no more than ``highest_m`` above the
    sphere. On a body without curvature it is where that summit would be 0.25° high: the Sun's own radius.
    """
    rise = max(highest_m - lowest_m, 0.0)
    if math.isinf(radius_m):
        return rise / math.tan(math.radians(0.25))
    return math.sqrt(2.0 * radius_m * rise)


@dataclass(frozen=True, slots=True)
class Ring:
    """A grid, and the nodes in it that look out: ``height`` × ``width`` from (row0, column0) on.

    ``row`` and ``column`` are the lattice numbers of that first node; in the next coarser lattice they halve.
    """

    spacing_m: float
    elevation_m: Floats32
    row0: int
    column0: int
    row: int
    column: int
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Nest:
    """The rings around a window, the finest first; ``radius_m`` is the body's."""

    rings: tuple[Ring, ...]
    radius_m: float


def sample_nest(
    terrain: Terrain, east_m: float, north_m: float, spacing_m: float, width: int, height: int, radius_m: float
) -> Nest:
    """Sample the rings around a window of nodes (row 0 the south) as far as relief can rise above its lowest node."""
    first_row, first_column = math.floor(north_m / spacing_m), math.floor(east_m / spacing_m)
    # what the window's nodes stand off the lattice of whole spacings; every ring keeps it
    off_north, off_east = north_m - first_row * spacing_m, east_m - first_column * spacing_m
    last_row, last_column = first_row + height - 1, first_column + width - 1
    rings: list[Ring] = []
    reach_m = math.inf
    while True:
        k = len(rings)
        step = spacing_m * 2.0**k
        row, column = first_row >> k, first_column >> k
        rows, columns = -(-last_row >> k) - row + 1, -(-last_column >> k) - column + 1
        margin = REACH + 1
        grid = sample_grid(
            terrain,
            off_east + (column - margin) * step,
            off_north + (row - margin) * step,
            step,
            columns + 2 * margin,
            rows + 2 * margin,
        )
        elevation = np.ascontiguousarray(grid.elevation_m, dtype=np.float32)
        rings.append(Ring(step, elevation, margin, margin, row, column, rows, columns))
        if k == 0:
            own = elevation[margin:-margin, margin:-margin]
            if bool(np.isnan(own).all()):
                break
            reach_m = far_reach_m(float(np.nanmin(own)), radius_m)
        if REACH * step >= reach_m:
            break
    return Nest(tuple(rings), radius_m)


@kernel
def _hand_down(
    tangent: Floats32, inverse: Floats32, coarse_z: Floats32, row_off: int, column_off: int, fine_z: Floats32,
    out_tangent: Floats32, out_inverse: Floats32,
) -> None:  # fmt: skip
    """The horizon of coarse nodes as finer ones between them see it, each from its own height ``fine_z``.

    A coarse node at height z sees its horizon at tangent t and distance 1/q: over a node of another height that point
    stands at (t + z q) - height · q. Both parts are the mean of the two or four coarse nodes around that see anything.
    """
    for r in range(out_tangent.shape[0]):
        i, odd_row = (r + row_off) >> 1, (r + row_off) & 1
        for c in range(out_tangent.shape[1]):
            j, odd_column = (c + column_off) >> 1, (c + column_off) & 1
            above, q, count = 0.0, 0.0, 0
            for m in range(i, i + odd_row + 1):
                for n in range(j, j + odd_column + 1):
                    t = tangent[m, n]
                    if t > -np.inf:
                        above += t + coarse_z[m, n] * inverse[m, n]
                        q += inverse[m, n]
                        count += 1
            if count > 0:
                out_tangent[r, c] = (above - fine_z[r, c] * q) / count
                out_inverse[r, c] = q / count
            else:
                out_tangent[r, c] = -np.inf
                out_inverse[r, c] = 0.0


def nest_horizon_rad(nest: Nest, azimuth_rad: float) -> Floats32:
    """Elevation angle of the horizon one way, radians, float32 (height, width); NaN where nothing is known."""
    tangent: Floats32 = np.empty((0, 0), dtype=np.float32)
    inverse = tangent
    below: Ring | None = None
    for ring in reversed(nest.rings):
        rows = slice(ring.row0, ring.row0 + ring.height)
        own = np.ascontiguousarray(ring.elevation_m[rows, ring.column0 : ring.column0 + ring.width])
        out = np.full(own.shape, -np.inf, dtype=np.float32)
        far = np.zeros(own.shape, dtype=np.float32)
        if below is not None:
            coarse = below.elevation_m[below.row0 :, below.column0 :]
            _hand_down(
                tangent, inverse, np.ascontiguousarray(coarse[: below.height, : below.width]),
                ring.row - 2 * below.row, ring.column - 2 * below.column, own, out, far,
            )  # fmt: skip
        steps = distances(0.5 if ring is nest.rings[0] else 0.5 * REACH, REACH)
        _look(ring, steps, azimuth_rad, nest.radius_m, out, far)
        tangent, inverse, below = out, far, ring
    tangent[np.isneginf(tangent)] = np.nan
    own = nest.rings[0].elevation_m[nest.rings[0].row0 :, nest.rings[0].column0 :]
    tangent[np.isnan(own[: tangent.shape[0], : tangent.shape[1]])] = np.nan
    return np.arctan(tangent)


def _look(ring: Ring, steps: Array, azimuth_rad: float, radius_m: float, tangent: Floats32, inverse: Floats32) -> None:
    east, north = steps * math.sin(azimuth_rad), steps * math.cos(azimuth_rad)

    def rows(first: int, last: int) -> None:
        march(
            ring.elevation_m, ring.row0, ring.column0, east, north, steps, ring.spacing_m, radius_m,
            first, last, tangent, inverse,
        )  # fmt: skip

    in_two(rows, ring.height, tangent.size * steps.size)
