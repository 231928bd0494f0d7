"""Slow series evaluated at fixed nodes once, and interpolated between them: the same answer however one asks."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# A span of nodes is kept when it is about as dense as the epochs asked for; scattered epochs get their own nodes.
_SPARE_NODES = 512
# Nodes kept beyond what was asked for, so that a running clock rarely asks for more.
_BEHIND, _AHEAD = 2, 32


class NodeSeries:
    """Values [k, m] of ``series`` at whole multiples of ``step_s`` (TT seconds since J2000), kept while they are near.

    What is kept never changes what comes out: the nodes stand at fixed instants.
    """

    def __init__(self, series: Callable[[Array], Array], step_s: float) -> None:
        self.step_s = step_s
        self._series = series
        self._kept: tuple[int, Array] = (0, np.empty((0, 0)))

    def around(self, tt_s: Array) -> tuple[Array, Array, Array]:
        """Values [k, n] at the node before and at the node after each instant, and the fraction [n] between them."""
        scaled = tt_s / self.step_s
        whole = np.floor(scaled)
        index = whole.astype(np.int64)
        low, high = (int(index.min()), int(index.max()) + 1) if index.size else (0, 1)
        first, values = self._kept
        if not (first <= low and high < first + values.shape[1]):
            if high - low > 4 * index.size + _SPARE_NODES:
                nodes = np.unique(np.concatenate((index, index + 1)))
                values = self._series(np.asarray(nodes * self.step_s, dtype=np.float64))
                row = np.searchsorted(nodes, index)
                return values[:, row], values[:, row + 1], scaled - whole
            first = low - _BEHIND
            values = self._series(np.arange(first, high + _AHEAD, dtype=np.float64) * self.step_s)
            self._kept = (first, values)
        row = index - first
        return values[:, row], values[:, row + 1], scaled - whole

    def linear(self, tt_s: Array) -> Array:
        """Straight interpolation, [k, n]."""
        before, after, u = self.around(tt_s)
        return before + u * (after - before)

    def hermite(self, tt_s: Array) -> tuple[Array, Array]:
        """Cubic interpolation of a series of k values and their k rates per second: values and rates, [k, n] each."""
        before, after, u = self.around(tt_s)
        half = len(before) // 2
        return hermite(before[:half], before[half:], after[:half], after[half:], u, self.step_s)


def hermite(p0: Array, v0: Array, p1: Array, v1: Array, u: Array, step: float) -> tuple[Array, Array]:
    """Cubic Hermite interpolation at fraction ``u`` of a step: value and rate.

    The error of the value is at most step⁴/384 times the fourth derivative.
    """
    rise = p1 - p0
    a = step * v0 - rise
    b = rise - step * v1
    w = 1.0 - u
    value = w * p0 + u * p1 + u * w * (w * a + u * b)
    rate = (rise + (1.0 - 2.0 * u) * (w * a + u * b) + u * w * (b - a)) / step
    return value, rate
