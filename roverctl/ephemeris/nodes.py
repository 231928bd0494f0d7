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

    What is kept never changes what comes out: the nodes stand at fixed instants, and what is kept of them are the
    polynomials between. With ``rates`` the second half of the values are rates per second of the first, and the
    polynomials are Hermite's cubics; without, straight lines.
    """

    def __init__(self, series: Callable[[Array], Array], step_s: float, rates: bool = True) -> None:
        self.step_s = step_s
        self._series = series
        self._shape = _cubics if rates else _lines
        self._kept: tuple[int, Array] = (0, np.empty((0, 0, 0)))

    def _around(self, tt_s: Array) -> tuple[Array, Array]:
        """Coefficients [order, k, n], lowest first, of the polynomials at each instant, and the fraction of a step."""
        scaled = tt_s / self.step_s
        whole = np.floor(scaled)
        index = whole.astype(np.int64)
        low, high = (int(index.min()), int(index.max()) + 1) if index.size else (0, 1)
        first, kept = self._kept
        if not (first <= low and high <= first + kept.shape[2]):
            if high - low > 4 * index.size + _SPARE_NODES:
                unique, row = np.unique(index, return_inverse=True)
                nodes, place = np.unique(np.concatenate((unique, unique + 1)), return_inverse=True)
                values = self._series(np.asarray(nodes * self.step_s, dtype=np.float64))
                before, after = values[:, place[: unique.size]], values[:, place[unique.size :]]
                return self._shape(before, after, self.step_s)[:, :, row], scaled - whole
            first = low - _BEHIND
            values = self._series(np.arange(first, high + _AHEAD, dtype=np.float64) * self.step_s)
            kept = self._shape(values[:, :-1], values[:, 1:], self.step_s)
            self._kept = (first, kept)
        return kept.take(index - first, axis=2), scaled - whole

    def linear(self, tt_s: Array) -> Array:
        """Straight interpolation, [k, n]."""
        (start, rise), u = self._around(tt_s)
        return np.asarray(start + u * rise)

    def hermite(self, tt_s: Array) -> tuple[Array, Array]:
        """Cubic interpolation of a series of k values and their k rates per second: values and rates, [k, n] each.

        The error of the value is at most step⁴/384 times the fourth derivative.
        """
        (p, a, b, c), u = self._around(tt_s)
        value = p + u * (a + u * (b + u * c))
        rate = (a + u * (2.0 * b + u * (3.0 * c))) / self.step_s
        return value, rate


def _lines(before: Array, after: Array, _: float) -> Array:
    return np.stack((before, after - before))


def _cubics(before: Array, after: Array, step: float) -> Array:
    half = len(before) // 2
    p0, p1 = before[:half], after[:half]
    a, end = before[half:] * step, after[half:] * step
    rise = p1 - p0
    return np.stack((p0, a, 3.0 * rise - 2.0 * a - end, a + end - 2.0 * rise))
