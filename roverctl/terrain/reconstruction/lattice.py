"""Fine grids of the compiled surface: cells in which it is smooth are interpolated from 16 of its points.

Nothing in the surface is finer than a crater's crest, so that over a cell that is small beside every crater seen from
it a cubic is the surface itself, to a millimetre; a cell that a crest crosses has every node computed. Cells stand at
fixed places, so that a node's value does not depend on the grid that it is asked in.
"""

import math

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.terrain.reconstruction.surface import (
    APRON,
    EAST,
    FEATHER,
    FORM,
    HILL,
    NORTH,
    PLAIN,
    REACH,
    STRETCH,
    Indices,
    crater_at,
    elevation_at,
)  # fmt: skip
from roverctl.terrain.scatter import cell
from roverctl.terrain.source import Array

MOST, FEWEST = 64, 8  # nodes of the grid across a cell; with fewer, computing each is as quick
WIDEST_M = 32.0  # a cell; the cubic's error grows with the square of it
SMALL = 1.0 / 400.0  # a cell's half diagonal beside the radius of any crater seen from it
MARGIN = 16.0  # half diagonals about a crest: an outline of harmonics that add up to half a radius cannot turn faster


@kernel
def smooth_over(
    e: float, n: float, half: float, craters: Array, profiles: Array, bins: Array, starts: Indices, members: Indices
) -> bool:
    """Whether no crest is seen within a square of half diagonal ``half``, and it is small beside all that is."""
    side = 0.7072 * half
    column, row = cell((e - side - bins[0]) / bins[2]), cell((n - side - bins[1]) / bins[2])
    if column != cell((e + side - bins[0]) / bins[2]) or row != cell((n + side - bins[1]) / bins[2]):
        return False
    if not (0 <= column < bins[3] and 0 <= row < bins[4]):
        return True
    box = row * int(bins[3]) + column
    for m in range(starts[box], starts[box + 1]):
        k = members[m]
        de, dn = e - craters[k, EAST], n - craters[k, NORTH]
        dx = craters[k, STRETCH] * de + craters[k, STRETCH + 1] * dn
        dy = craters[k, STRETCH + 2] * de + craters[k, STRETCH + 3] * dn
        off = half * max(
            math.hypot(craters[k, STRETCH], craters[k, STRETCH + 1]),
            math.hypot(craters[k, STRETCH + 2], craters[k, STRETCH + 3]),
        )
        r = math.hypot(dx, dy)
        if r - off >= craters[k, REACH]:
            continue
        if off > SMALL or craters[k, FORM] == HILL:
            return False
        reach = craters[k, REACH] if craters[k, FORM] == PLAIN else craters[k, REACH] / APRON  # the crest's farthest
        near, far = 2.0 - reach, reach
        if craters[k, FORM] == PLAIN:
            if r + off < (1.0 - FEATHER) * near:
                return True
        elif r + off < near * (1.0 - MARGIN * off):
            return True
        elif r - off < far * (1.0 + MARGIN * off):
            _, cover = crater_at(k, dx, dy, craters, profiles)
            aside = (1.0 + MARGIN * off) if cover >= 1.0 else (1.0 - MARGIN * off)
            _, there = crater_at(k, aside * dx, aside * dy, craters, profiles)
            if (cover >= 1.0) != (there >= 1.0):
                return False
            if cover >= 1.0:
                return True
    return True


@kernel
def surface_grid(
    east0: float, north0: float, step: float, craters: Array, profiles: Array, bins: Array, starts: Indices,
    members: Indices, ground: Array, coefficients: Array, basin: Array, rings: Array, bend: float, out: Array,
) -> None:  # fmt: skip
    """Elevations at the nodes of a grid; (row, column) stands at north0 + row * step, east0 + column * step."""
    height, width = out.shape
    side = min(WIDEST_M, 2.0 ** math.floor(math.log2(MOST * step)))
    fine = FEWEST * step <= side
    if not fine:  # then a cell is but a stretch of nodes
        side = MOST * step
    known, along = np.empty((4, 4)), np.empty(4)
    weights = np.empty((width, 4))
    for c in range(width):
        place = (east0 + c * step) / side
        _cubic(place - math.floor(place), weights[c])
    weight = np.empty(4)
    top = 0
    while top < height:
        y = cell((north0 + top * step) / side)
        south, top = top, top + 1
        while top < height and cell((north0 + top * step) / side) == y:
            top += 1
        right = 0
        while right < width:
            x = cell((east0 + right * step) / side)
            west, right = right, right + 1
            while right < width and cell((east0 + right * step) / side) == x:
                right += 1
            if not (
                fine
                and smooth_over(
                    (x + 0.5) * side, (y + 0.5) * side, 0.7072 * side, craters, profiles, bins, starts, members
                )
            ):
                for r in range(south, top):
                    for c in range(west, right):
                        out[r, c] = elevation_at(
                            east0 + c * step, north0 + r * step, craters, profiles, bins, starts, members, ground,
                            coefficients, basin, rings, bend,
                        )  # fmt: skip
                continue
            for i in range(4):
                for j in range(4):
                    known[i, j] = elevation_at(
                        (x + j / 3.0) * side, (y + i / 3.0) * side, craters, profiles, bins, starts, members, ground,
                        coefficients, basin, rings, bend,
                    )  # fmt: skip
            for r in range(south, top):
                _cubic((north0 + r * step) / side - y, weight)
                for j in range(4):
                    along[j] = (
                        weight[0] * known[0, j] + weight[1] * known[1, j] + weight[2] * known[2, j]
                        + weight[3] * known[3, j]
                    )  # fmt: skip
                for c in range(west, right):
                    out[r, c] = (
                        weights[c, 0] * along[0] + weights[c, 1] * along[1] + weights[c, 2] * along[2]
                        + weights[c, 3] * along[3]
                    )  # fmt: skip


@kernel
def _cubic(t: float, out: Array) -> None:
    """Lagrange's weights of values at 0, 1/3, 2/3 and 1."""
    a, b, c, d = 3.0 * t, 3.0 * t - 1.0, 3.0 * t - 2.0, 3.0 * t - 3.0
    out[0] = -b * c * d / 6.0
    out[1] = a * c * d / 2.0
    out[2] = -a * b * d / 2.0
    out[3] = a * b * c / 6.0
