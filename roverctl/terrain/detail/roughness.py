"""Fractal roughness between the craters: cubic B-splines over random lattices, an octave each.

The slope of an octave falls with its length as length**(H - 1), H the Hurst exponent. On the Moon H is near 0.95 in the
highlands and near 0.76 on the maria over 17 m to 2.7 km (Rosenburg+ 2011, JGR 116:E02001); one value between is used
throughout. How steep an octave is at 10 m, and the contrast between smooth plains and highlands, are our choice: with
the generated craters the slopes stay near the medians of that paper.
"""

import math

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.terrain.scatter import cell, ramp, scatter, spline_weights, unit
from roverctl.terrain.source import Array

HURST = 0.85
SLOPE_AT_10_M = 0.010  # root-mean-square slope of the octave at 10 m on smooth plains (0.6 degrees); our choice
HIGHLAND_FACTOR = 8.0  # of that, from 500 m up; the contrast is gone below some 50 m (regolith everywhere)
SHORTEST_M = 0.05
LAYER = 1000
# Of cubic B-splines over independent values uniform in [-1, 1], on a unit lattice: root-mean-square of the gradient,
# sqrt(2 * (1/3) * (2/3) * 0.4794), by the spline's and its derivative's mean squares.
UNIT_GRADIENT = 0.462


@kernel
def octave(index: int) -> tuple[float, float, float]:
    """Lattice length (m) of octave ``index``, a power of two, and its amplitude on plains and in highlands (m)."""
    length = 2.0**index
    slope = SLOPE_AT_10_M * (length / 10.0) ** (HURST - 1.0)
    plain = slope * length / UNIT_GRADIENT
    return length, plain, plain * (1.0 + (HIGHLAND_FACTOR - 1.0) * ramp(math.log(length / 50.0) / math.log(10.0)))


@kernel
def value(seed: int, index: int, column: int, row: int) -> float:
    """The lattice's random value, in [-1, 1)."""
    return 2.0 * unit(scatter(seed, LAYER + index, column, row)) - 1.0


@kernel
def octaves(longest_m: float, spacing_m: float) -> tuple[int, int]:
    """First and last octave that a sampling sees, both included; a lattice no finer than the sampling."""
    last = math.floor(math.log2(longest_m) + 1e-9)
    first = math.floor(math.log2(max(spacing_m, SHORTEST_M))) + 1
    return first, last


@kernel
def visible(length_m: float, spacing_m: float) -> float:
    """Weight of an octave: none where its lattice is as fine as the sampling, all from twice that."""
    return ramp(length_m / spacing_m - 1.0)


@kernel
def roughness_points(
    east: Array, north: Array, highland: Array, spacing_m: float, longest_m: float, seed: int, out: Array
) -> None:
    """Add roughness at points; ``highland`` is 0 on plains, 1 in highlands."""
    first, last = octaves(longest_m, spacing_m)
    for index in range(last, first - 1, -1):
        length, plain, high = octave(index)
        weight = visible(length, spacing_m)
        for i in range(east.size):
            x, y = east[i] / length, north[i] / length
            ix, iy = cell(x), cell(y)
            wx, wy = spline_weights(x - ix), spline_weights(y - iy)
            total = 0.0
            for a in range(4):
                line = 0.0
                for b in range(4):
                    line += wy[b] * value(seed, index, ix + a - 1, iy + b - 1)
                total += wx[a] * line
            out[i] += weight * (plain + highland[i] * (high - plain)) * total


@kernel
def roughness_grid(
    east0: float, north0: float, step: float, highland: Array, longest_m: float, seed: int, out: Array
) -> None:
    """``roughness_points`` for a regular grid, the same values, separably."""
    height, width = out.shape
    first, last = octaves(longest_m, step)
    column_of = np.empty(width, dtype=np.int64)
    weights = np.empty((width, 4))
    for index in range(last, first - 1, -1):
        length, plain, high = octave(index)
        weight = visible(length, step)
        low = cell(east0 / length) - 1
        nodes = cell((east0 + (width - 1) * step) / length) + 3 - low
        for c in range(width):
            x = (east0 + c * step) / length
            ix = cell(x)
            column_of[c] = ix - 1 - low
            w = spline_weights(x - ix)
            weights[c, 0], weights[c, 1], weights[c, 2], weights[c, 3] = w
        lattice = np.empty((4, nodes))
        line = np.empty(nodes)
        held = cell(north0 / length) - 100
        for r in range(height):
            y = (north0 + r * step) / length
            iy = cell(y)
            if iy != held:
                for b in range(4):
                    # Node by node: assigning rows would compile numpy's broadcasting and its messages, seconds of it.
                    for j in range(nodes):
                        if iy == held + 1 and b < 3:
                            lattice[b, j] = lattice[b + 1, j]
                        else:
                            lattice[b, j] = value(seed, index, low + j, iy + b - 1)
                held = iy
            wy = spline_weights(y - iy)
            for j in range(nodes):
                line[j] = wy[0] * lattice[0, j] + wy[1] * lattice[1, j] + wy[2] * lattice[2, j] + wy[3] * lattice[3, j]
            for c in range(width):
                j = column_of[c]
                total = weights[c, 0] * line[j] + weights[c, 1] * line[j + 1]
                total = total + weights[c, 2] * line[j + 2] + weights[c, 3] * line[j + 3]
                out[r, c] += weight * (plain + highland[r, c] * (high - plain)) * total
