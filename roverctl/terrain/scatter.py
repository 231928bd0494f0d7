"""Numbers that depend on nothing but a place and a seed: what is generated is the same from every window."""

import math
from typing import Any

import numpy as np

from roverctl.core.compiled import kernel

Bits = Any  # an unsigned integer of 64 bits: numpy's in a kernel, where it must not become signed


@kernel
def scatter(seed: int, layer: int, column: int, row: int) -> Bits:
    """64 well-mixed bits of a lattice cell; the finaliser of splitmix64 (Steele, Lea and Flood 2014), thrice."""
    h = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(layer)
    for part in (np.uint64(column), np.uint64(row), np.uint64(0x5851F42D4C957F2D)):
        h = h ^ (part + np.uint64(0x9E3779B97F4A7C15))
        h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        h = h ^ (h >> np.uint64(31))
    return h


@kernel
def next_bits(h: Bits) -> Bits:
    """The next state of a cell's own sequence."""
    h = np.uint64(h) + np.uint64(0x9E3779B97F4A7C15)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return h ^ (h >> np.uint64(29))


@kernel
def unit(h: Bits) -> float:
    """In [0, 1), from the upper 53 bits."""
    return float(np.uint64(h) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@kernel
def number(u: float, mean: float, nobody: float, most: int) -> int:
    """How many there are where ``mean`` are expected (Poisson), ``most`` at most, from u in [0, 1).

    nobody: exp(-mean), which most callers know beforehand.
    """
    term, count = nobody, 0
    while u >= term and count < most:
        u -= term
        count += 1
        term *= mean / count
    return count


@kernel
def ramp(x: float) -> float:
    """0 below 0, 1 above 1, smooth between."""
    x = min(1.0, max(0.0, x))
    return x * x * (3.0 - 2.0 * x)


@kernel
def spline_weights(t: float) -> tuple[float, float, float, float]:
    """Uniform cubic B-spline weights of four neighbouring nodes, t in [0, 1) from the second."""
    s = 1.0 - t
    return (
        s * s * s / 6.0,
        (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0,
        (4.0 - 6.0 * s * s + 3.0 * s * s * s) / 6.0,
        t * t * t / 6.0,
    )


@kernel
def mean_weights(t: float, width: float) -> tuple[float, float, float, float]:
    """``spline_weights`` for the mean over ``width`` lattice lengths about t, up to the fourth power of the width.

    The mean of a function over a width is the function and width**2 / 24 of its second derivative.
    """
    a, b, c, d = spline_weights(t)
    k = width * width / 24.0
    return a + k * (1.0 - t), b + k * (3.0 * t - 2.0), c + k * (1.0 - 3.0 * t), d + k * t


@kernel
def cell(x: float) -> int:
    """The lattice cell that holds x."""
    return math.floor(x)
