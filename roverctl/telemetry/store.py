"""The parameter store: columns per packet, two time axes, asked as of a time.

Rows keep the order of reception. A question carries ``at_ns``: only what had been received by then counts, so live
and replay ask the same way.
"""

import bisect
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]
_CHUNK_ROWS = 16_384
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
    """The rows of one packet kind, in chunks of a fixed size: adding rows never moves those that are there."""

    def __init__(self, names: tuple[str, ...], period_s: float) -> None:
        self.names = names
        self.period_s = period_s
        self.rows = 0
        self._generation_ns: list[Times] = []
        self._reception_ns: list[Times] = []
        self._values: list[Array] = []

    def append(self, block: Block) -> None:
        done, count = 0, len(block.generation_ns)
        while done < count:
            chunk, place = divmod(self.rows, _CHUNK_ROWS)
            if chunk == len(self._values):
                self._generation_ns.append(np.empty(_CHUNK_ROWS, dtype=np.int64))
                self._reception_ns.append(np.empty(_CHUNK_ROWS, dtype=np.int64))
                self._values.append(np.empty((len(self.names), _CHUNK_ROWS)))
            take = min(count - done, _CHUNK_ROWS - place)
            self._generation_ns[chunk][place : place + take] = block.generation_ns[done : done + take]
            self._reception_ns[chunk][place : place + take] = block.reception_ns[done : done + take]
            self._values[chunk][:, place : place + take] = block.values[done : done + take].T
            self.rows += take
            done += take

    def _find(self, chunks: list[Times], t_ns: int, side: Literal["left", "right"], rows: int) -> int:
        """``searchsorted`` over the first ``rows`` rows of rising times."""
        if rows == 0:
            return 0
        last = (rows - 1) // _CHUNK_ROWS
        heads = [chunk[0] for chunk in chunks[: last + 1]]
        place = bisect.bisect_left(heads, t_ns) if side == "left" else bisect.bisect_right(heads, t_ns)
        chunk = max(place - 1, 0)
        filled = chunks[chunk][: min(_CHUNK_ROWS, rows - chunk * _CHUNK_ROWS)]
        return chunk * _CHUNK_ROWS + int(np.searchsorted(filled, t_ns, side=side))

    def received_by(self, at_ns: int) -> int:
        return self._find(self._reception_ns, at_ns, "right", self.rows)

    def generated(self, t_ns: int, side: Literal["left", "right"], rows: int) -> int:
        return self._find(self._generation_ns, t_ns, side, rows)

    def row(self, column: int, row: int) -> tuple[float, int, int]:
        """Value, generation and reception time."""
        chunk, place = divmod(row, _CHUNK_ROWS)
        return (
            float(self._values[chunk][column, place]),
            int(self._generation_ns[chunk][place]),
            int(self._reception_ns[chunk][place]),
        )

    def span(self, column: int, first: int, last: int) -> tuple[Times, Array]:
        """Generation times and values of rows ``first`` up to ``last``."""
        if last <= first:
            return np.empty(0, dtype=np.int64), np.empty(0)
        chunks = range(first // _CHUNK_ROWS, (last - 1) // _CHUNK_ROWS + 1)
        cuts = [slice(max(first - c * _CHUNK_ROWS, 0), min(last - c * _CHUNK_ROWS, _CHUNK_ROWS)) for c in chunks]
        times = [self._generation_ns[c][cut] for c, cut in zip(chunks, cuts, strict=True)]
        values = [self._values[c][column, cut] for c, cut in zip(chunks, cuts, strict=True)]
        return (times[0], values[0]) if len(times) == 1 else (np.concatenate(times), np.concatenate(values))


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
        return None if row < 0 else Sample(name, *columns.row(column, row))

    def window(self, name: str, from_ns: int, to_ns: int, at_ns: int) -> tuple[Times, Array]:
        """Generation times and values within a span of generation time, as known at ``at_ns``."""
        packet, column = self._place[name]
        columns = self._columns[packet]
        rows = columns.received_by(at_ns)
        # Generation times rise with reception: delivery is in order on each link.
        first, last = columns.generated(from_ns, "left", rows), columns.generated(to_ns, "right", rows)
        return columns.span(column, first, last)

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
