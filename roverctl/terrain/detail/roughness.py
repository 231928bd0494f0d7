"""Fractal roughness between the craters: cubic B-splines over random lattices, an octave each.

The slope of an octave falls with its length as length**(H - 1), H the Hurst exponent. On the Moon H is near 0.95 in
the highlands and near 0.76 on the maria over 57 m to 2.7 km (Rosenburg+ 2011, JGR 116:E02001: cited, not re-read; the
range as on the pages of the LOLA Hurst map); one value between is used throughout. How steep an octave is at 10 m, and
the contrast between smooth plains and highlands, are our choice: with the generated craters the slopes stay near the
medians of that paper.
"""

import math

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.terrain.scatter import cell, mean_weights, ramp, scatter, unit
from roverctl.terrain.source import Array

HURST = 0.85
SLOPE_AT_10_M = 0.010  # root-mean-square slope of the octave at 10 m on smooth plains (0.6 degrees); our choice
HIGHLAND_FACTOR = 8.0  # of that, from 500 m up; the contrast is gone below CONTRAST_FROM_M (regolith everywhere)
CONTRAST_FROM_M = 50.0
SHORTEST_M = 0.05
LAYER = 1000
ROWS_AT_ONCE = 32
COARSE = 4.0  # spacings: octaves from this lattice on are sampled as one
# Of cubic B-splines over independent values uniform in [-1, 1], on a unit lattice: root-mean-square of the gradient,
# sqrt(2 * (1/3) * (2/3) * 0.4794), by the spline's and its derivative's mean squares.
UNIT_GRADIENT = 0.462


@kernel
def octave(index: int) -> tuple[float, float, float]:
    """Lattice length (m) of octave ``index``, a power of two, and its amplitude on plains and in highlands (m)."""
    length = 2.0**index
    slope = SLOPE_AT_10_M * (length / 10.0) ** (HURST - 1.0)
    plain = slope * length / UNIT_GRADIENT
    return (
        length,
        plain,
        plain * (1.0 + (HIGHLAND_FACTOR - 1.0) * ramp(math.log(length / CONTRAST_FROM_M) / math.log(10.0))),
    )


@kernel
def value(seed: int, index: int, column: int, row: int) -> float:
    """The lattice's random value, in [-1, 1)."""
    return 2.0 * unit(scatter(seed, LAYER + index, column, row)) - 1.0


@kernel
def octaves(longest_m: float, spacing_m: float) -> tuple[int, int]:
    """First and last octave that a sampling sees, both included: lattices finer than half the sampling average out."""
    last = math.floor(math.log2(longest_m) + 1e-9)
    first = math.floor(math.log2(max(0.5 * spacing_m, SHORTEST_M))) + 1
    return first, last


@kernel
def visible(length_m: float, spacing_m: float) -> float:
    """Weight of an octave's mean over the sampling: none where two of its cells fit in, all where only one does."""
    return float(ramp(2.0 * length_m / spacing_m - 1.0))


@kernel
def roughness_points(
    east: Array, north: Array, highland: Array, spacing_m: float, longest_m: float, seed: int, out: Array
) -> None:
    """Add roughness at points; ``highland`` is 0 on plains, 1 in highlands."""
    first, last = octaves(longest_m, spacing_m)
    for index in range(last, first - 1, -1):
        length, plain, high = octave(index)
        weight, width = visible(length, spacing_m), spacing_m / length
        for i in range(east.size):
            x, y = east[i] / length, north[i] / length
            ix, iy = cell(x), cell(y)
            wx, wy = mean_weights(x - ix, width), mean_weights(y - iy, width)
            total = 0.0
            for a in range(4):
                line = 0.0
                for b in range(4):
                    line += wy[b] * value(seed, index, ix + a - 1, iy + b - 1)
                total += wx[a] * line
            out[i] += weight * (plain + highland[i] * (high - plain)) * total


@kernel
def refined(coarse: Array, column: int, row: int, coarse_column: int, coarse_row: int, out: Array) -> None:
    """The values on a lattice half as long that give the same spline as ``coarse`` (Lane and Riesenfeld 1980).

    ``column`` and ``row`` number the first node of ``out``, the others that of ``coarse``.
    """
    height, width = out.shape
    across = np.empty((coarse.shape[0], width))
    for c in range(width):
        j = (column + c) // 2 - coarse_column
        for r in range(coarse.shape[0]):
            if (column + c) % 2 == 0:
                across[r, c] = 0.125 * (coarse[r, j - 1] + coarse[r, j + 1]) + 0.75 * coarse[r, j]
            else:
                across[r, c] = 0.5 * (coarse[r, j] + coarse[r, j + 1])
    for r in range(height):
        j = (row + r) // 2 - coarse_row
        for c in range(width):
            if (row + r) % 2 == 0:
                out[r, c] = 0.125 * (across[j - 1, c] + across[j + 1, c]) + 0.75 * across[j, c]
            else:
                out[r, c] = 0.5 * (across[j, c] + across[j + 1, c])


@kernel
def lattice(
    seed: int, first: int, last: int, contrast: bool, west: float, south: float, east: float, north: float
) -> Array:
    """Values on the lattice of octave ``first`` that give the sum of all octaves to ``last`` over a window.

    With ``contrast``, of what highlands have more than plains. The first node is two before the window's corner.
    """
    values = np.zeros((0, 0))
    column, row = 0, 0
    for index in range(last, first - 1, -1):
        length, plain, high = octave(index)
        amplitude = high - plain if contrast else plain
        coarse, coarse_column, coarse_row = values, column, row
        column, row = cell(west / length) - 1, cell(south / length) - 1
        values = np.zeros((cell(north / length) + 3 - row, cell(east / length) + 3 - column))
        if coarse.size > 0:
            refined(coarse, column, row, coarse_column, coarse_row, values)
        if amplitude > 0.0:
            for r in range(values.shape[0]):
                for c in range(values.shape[1]):
                    values[r, c] += amplitude * value(seed, index, column + c, row + r)
    return values


@kernel
def add_spline(
    values: Array, column: int, row: int, length: float, weight: float, contrast: bool, highland: Array,
    east0: float, north0: float, step: float, south: int, north: int, out: Array,
) -> None:  # fmt: skip
    """Add the means of a spline to rows of a grid; ``contrast`` multiplies by ``highland``."""
    width = out.shape[1]
    place = np.empty(width, dtype=np.uint32)
    w0, w1, w2, w3 = np.empty(width), np.empty(width), np.empty(width), np.empty(width)
    for c in range(width):
        x = (east0 + c * step) / length
        ix = cell(x)
        place[c] = ix - 1 - column
        w0[c], w1[c], w2[c], w3[c] = mean_weights(x - ix, step / length)
    line = np.empty(values.shape[1])
    for r in range(south, north):
        y = (north0 + r * step) / length
        iy = cell(y)
        a, b, c_, d = mean_weights(y - iy, step / length)
        below = iy - 1 - row
        for j in range(line.size):
            total = a * values[below, j] + b * values[below + 1, j] + c_ * values[below + 2, j]
            line[j] = weight * (total + d * values[below + 3, j])
        ground, high = out[r], highland[r]
        for c in range(width):
            j = place[c]
            total = w0[c] * line[j] + w1[c] * line[j + 1] + w2[c] * line[j + 2] + w3[c] * line[j + 3]
            ground[c] += high[c] * total if contrast else total


@kernel
def roughness_grid(
    east0: float, north0: float, step: float, south: int, north: int, highland: Array, longest_m: float, seed: int,
    out: Array,
) -> None:  # fmt: skip
    """``roughness_points`` for rows ``south`` to ``north`` (excluded) of a grid, the same values.

    A spline on a lattice is one on half the lattice too: all octaves well above the sampling are summed there, and
    only the sum is sampled. The finer ones are taken a few rows at a time, so that their lattices stay small.
    """
    first, last = octaves(longest_m, step)
    coarse = max(first, math.ceil(math.log2(COARSE * step)))
    west, east = east0, east0 + (out.shape[1] - 1) * step
    rough = False
    for r in range(south, north):
        for c in range(out.shape[1]):
            rough = rough or highland[r, c] > 0.0
    for contrast in range(2 if rough else 1):
        finest = max(coarse, math.ceil(math.log2(CONTRAST_FROM_M))) if contrast else coarse
        for index in range(min(finest, last), first - 1, -1):
            if contrast and 2.0**index < CONTRAST_FROM_M:
                continue
            to = last if index == finest else index
            length = 2.0**index
            rows = north - south if index == finest else ROWS_AT_ONCE
            for bottom in range(south, north, rows):
                top = min(north, bottom + rows)
                low, high = north0 + bottom * step, north0 + (top - 1) * step
                values = lattice(seed, index, to, contrast == 1, west, low, east, high)
                column, row = cell(west / length) - 1, cell(low / length) - 1
                add_spline(
                    values, column, row, length, visible(length, step), contrast == 1, highland,
                    east0, north0, step, bottom, top, out,
                )  # fmt: skip
