"""The parameter store: columns per packet, two time axes, asked as of a time.

Rows keep the order of reception. A question carries ``at_ns``: only what had been received by then counts, so live
and replay ask the same way.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]
_FIRST_ROWS = 1024
# A gap is drawn as a gap: more than this many periods between two samples of a packet.
_GAP_PERIODS = 2.5


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a parameter with both its times."""

    name: str
    value: float
    generation_ns: int
    reception_ns: int


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one packet kind, as they cross from engine or reader: n rows, one column a parameter."""

    packet: str
    generation_ns: Times
    reception_ns: Times
    values: Array


class _Columns:
    """The rows of one packet kind; arrays grow by doubling."""

    def __init__(self, names: tuple[str, ...], period_s: float) -> None:
        self.names = names
        self.period_s = period_s
        self.rows = 0
        self.generation_ns: Times = np.empty(_FIRST_ROWS, dtype=np.int64)
        self.reception_ns: Times = np.empty(_FIRST_ROWS, dtype=np.int64)
        self.values: Array = np.empty((len(names), _FIRST_ROWS))

    def append(self, block: Block) -> None:
        need = self.rows + len(block.generation_ns)
        if need > len(self.generation_ns):
            size = max(need, 2 * len(self.generation_ns))
            self.generation_ns = _grown(self.generation_ns, size)
            self.reception_ns = _grown(self.reception_ns, size)
            self.values = _grown(self.values, size)
        self.generation_ns[self.rows : need] = block.generation_ns
        self.reception_ns[self.rows : need] = block.reception_ns
        self.values[:, self.rows : need] = block.values.T
        self.rows = need

    def received_by(self, at_ns: int) -> int:
        return int(np.searchsorted(self.reception_ns[: self.rows], at_ns, side="right"))


class ParameterStore:
    """All parameters of a session.

    Parameters
    ----------
    packets
        Of each packet kind its parameters' names and its period in seconds.
    """

    def __init__(self, packets: dict[str, tuple[tuple[str, ...], float]]) -> None:
        self._columns = {name: _Columns(names, period_s) for name, (names, period_s) in packets.items()}
        self._place = {p: (packet, i) for packet, (names, _) in packets.items() for i, p in enumerate(names)}
        self.revision = 0

    @property
    def names(self) -> list[str]:
        """The parameters, in the order of their packets."""
        return list(self._place)

    def append(self, block: Block) -> None:
        """Add rows, received no earlier than those before."""
        if len(block.generation_ns):
            self._columns[block.packet].append(block)
            self.revision += 1

    def rows(self) -> int:
        """How many rows there are, over all packets."""
        return sum(columns.rows for columns in self._columns.values())

    def period_s(self, name: str) -> float:
        """How often a parameter is due."""
        return self._columns[self._place[name][0]].period_s

    def latest(self, name: str, at_ns: int) -> Sample | None:
        """The last sample received by ``at_ns``."""
        packet, column = self._place[name]
        columns = self._columns[packet]
        row = columns.received_by(at_ns) - 1
        if row < 0:
            return None
        return Sample(
            name,
            float(columns.values[column, row]),
            int(columns.generation_ns[row]),
            int(columns.reception_ns[row]),
        )

    def window(self, name: str, from_ns: int, to_ns: int, at_ns: int) -> tuple[Times, Array]:
        """Generation times and values within a span of generation time, as known at ``at_ns``; views, not copies."""
        packet, column = self._place[name]
        columns = self._columns[packet]
        times = columns.generation_ns[: columns.received_by(at_ns)]
        # Generation times rise with reception: delivery is in order on each link.
        first = int(np.searchsorted(times, from_ns, side="left"))
        last = int(np.searchsorted(times, to_ns, side="right"))
        return times[first:last], columns.values[column, first:last]

    def plot(self, name: str, from_ns: int, to_ns: int, at_ns: int, buckets: int) -> tuple[Times, Array]:
        """As ``window``, at most about ``4 * buckets`` points: of each bucket its first, least, greatest and last
        sample in their order, so that no excursion is lost; NaN where a gap is to be drawn.
        """
        times, values = self.window(name, from_ns, to_ns, at_ns)
        if len(times) > 4 * buckets:
            keep = _extremes(values, buckets)
            times, values = times[keep], values[keep]
            gap_ns = max(self.period_s(name) * _GAP_PERIODS * 1e9, 2.5 * (to_ns - from_ns) / buckets)
        else:
            gap_ns = self.period_s(name) * _GAP_PERIODS * 1e9
        if len(times) < 2:
            return times, values
        gaps = np.flatnonzero(np.diff(times) > gap_ns) + 1
        if len(gaps):
            times = np.insert(times, gaps, times[gaps - 1] + 1)
            values = np.insert(values, gaps, np.nan)
        return times, values


def _grown(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """A copy with room for more along the last axis."""
    grown = np.empty((*array.shape[:-1], size), dtype=array.dtype)
    grown[..., : array.shape[-1]] = array
    return grown


def _extremes(values: Array, buckets: int) -> npt.NDArray[np.intp]:
    """Indices of first, least, greatest and last of each of ``buckets`` runs of equal length."""
    length = len(values) // buckets
    whole = length * buckets
    runs = values[:whole].reshape(buckets, length)
    start = np.arange(buckets) * length
    unknown = np.isnan(runs)  # a value that is no number is neither least nor greatest
    least = np.where(unknown, np.inf, runs).argmin(axis=1)
    greatest = np.where(unknown, -np.inf, runs).argmax(axis=1)
    picks = np.stack([start, start + least, start + greatest, start + length - 1])
    tail = np.arange(whole, len(values))
    return np.unique(np.concatenate([picks.ravel(), tail]))
