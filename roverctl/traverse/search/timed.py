"""Earliest arrival over ground where time counts: cells that open and close, spans in which the vehicle drives.

The vehicle may stand anywhere, as long as it likes. It drives only within ``spans`` (Sun high enough, no nap, contact
where that is asked for); a drive that a span cuts off goes on in the next. It enters a cell only while the cell is open
and a span lasts; before that it waits. Leaving later therefore never lets it arrive earlier (first in, first out), and
settling cells in the order of arrival is exact (Dreyfus 1969). It would not be if standing were forbidden anywhere, or
if a place were worth more at one time than at another: prices count as time on top of the drive, at any time the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel
from roverctl.core.errors import InputError
from roverctl.traverse.costs import CostModel
from roverctl.traverse.search.buckets import put, taken_out, with_room
from roverctl.traverse.search.edges import (
    DIAGONAL,
    LOWEST,
    Array,
    Bytes,
    Offsets,
    cheaper,
    edge_bounds,
    keeps_limits,
    offsets,
)
from roverctl.traverse.search.field import NO_PARENT, Cell, Field, Indices
from roverctl.traverse.search.rises import by_rise, of_rise

Words = npt.NDArray[np.uint64]

_MOST_BUCKETS = 1 << 22


@dataclass(frozen=True, slots=True)
class Openings:
    """When cells are open and when the vehicle drives, in seconds from ``begin_ns`` on.

    ``spans`` [n, 2] are apart and in order. ``words`` [height, width, w] holds 64 slices of ``slice_s`` a word, the
    first in the lowest bit, set while the cell is open; w = 0 where all are, always. After the last slice or span
    nothing opens any more.
    """

    begin_ns: int
    spans: Array
    slice_s: float
    words: Words

    @property
    def end_s(self) -> float:
        """When the last span and the last slice are over."""
        last = float(self.spans[-1, 1]) if len(self.spans) else 0.0
        return min(last, self.words.shape[2] * 64 * self.slice_s) if self.words.shape[2] else last

    def entry_s(self, cell: Cell, at_s: float) -> float:
        """The first instant from ``at_s`` on at which a cell can be entered; infinite where there is none."""
        return float(_entry(self.spans, self.words[cell], self.slice_s, at_s, 0))

    def after_s(self, at_s: float, drive_s: float) -> float:
        """When a drive that takes ``drive_s`` is done, if it may begin at ``at_s``; infinite where it never is."""
        return float(_driven(self.spans, at_s, drive_s, 0))

    def along_s(self, cells: Indices, drive_s: Array, at_s: float) -> float:
        """When a way over ``cells`` [n, 2] is done that is begun at ``at_s``, its n - 1 steps as long as given."""
        words = self.words[cells[:, 0], cells[:, 1]]
        return float(_along_cells(self.spans, words, self.slice_s, drive_s, at_s))


def packed(masks: Iterable[npt.NDArray[np.bool_]], shape: tuple[int, int]) -> Words:
    """Masks [height, width] of one slice after the other, true where open, as the words of ``Openings``."""
    words: list[npt.NDArray[np.uint64]] = []
    for k, mask in enumerate(masks):
        if k % 64 == 0:
            words.append(np.zeros(shape, dtype=np.uint64))
        words[-1][mask] |= np.uint64(1 << (k % 64))
    return np.stack(words, axis=2) if words else always_open(*shape)


def always_open(height: int, width: int) -> Words:
    """The words of cells that never close."""
    return np.zeros((height, width, 0), dtype=np.uint64)


def arrival_field(
    elevation_m: Array, base_m: Array, price: Array, free: npt.NDArray[np.bool_], spacing_m: float,
    model: CostModel, openings: Openings, start: Cell, depart_s: float, goal: Cell | None = None,
    to_go: Array | None = None, latest_s: float = np.inf,
) -> Field:  # fmt: skip
    """Earliest arrival at every cell in seconds from the openings' begin, leaving ``start`` at ``depart_s`` or later.

    ``model`` counts seconds. Arrays and limits are those of ``search.ground_field``. With ``to_go``, what is at least
    still to drive from each cell to the goal, cells from which that cannot be reached by ``latest_s`` are left out.
    """
    for name, cell in (("start", start), ("goal", goal)):
        if cell is not None and not all(0 <= i < n for i, n in zip(cell, free.shape, strict=True)):
            raise InputError(f"{name}: cell {cell} lies outside the grid")
    if not depart_s >= 0.0:
        raise InputError("the departure lies before the time that Sun and contact are known from")
    stride = free.shape[1]
    arrival = np.zeros(free.shape)  # which is that of walls
    arrival[1:-1, 1:-1][free[1:-1, 1:-1]] = np.inf
    parent = np.zeros(free.shape, dtype=np.uint8)
    parent[start] = NO_PARENT
    price_least = float(price.min(where=free, initial=np.inf))
    first = openings.entry_s(start, depart_s)
    if arrival[start] > 0.0 and np.isfinite(first):
        least = edge_bounds(model)[0]
        delta = max(spacing_m * (least + price_least), (openings.end_s - first) / _MOST_BUCKETS)
        buckets = int((openings.end_s - first) / delta) + 2
        _arrivals(
            elevation_m.reshape(-1), base_m.reshape(-1), base_m is not elevation_m, price.reshape(-1),
            offsets(stride), spacing_m, model.limits, *by_rise(model), least, delta, buckets,
            openings.spans, openings.words.reshape(free.size, openings.words.shape[2]), openings.slice_s, first,
            np.empty(0) if to_go is None else to_go.reshape(-1), latest_s,
            start[0] * stride + start[1], -1 if goal is None else goal[0] * stride + goal[1],
            arrival.reshape(-1), parent.reshape(-1),
        )  # fmt: skip
        arrival[start] = first
    arrival[(arrival <= 0.0) & (parent != NO_PARENT)] = np.inf
    return Field(start, 0, arrival, parent)


@kernel
def _driven(spans: Array, at: float, drive: float, span: int) -> float:
    """When a drive is done that goes on through the spans from number ``span`` on."""
    left = drive
    for w in range(span, spans.shape[0]):
        if spans[w, 1] <= at:
            continue
        begin = max(at, spans[w, 0])
        if begin + left <= spans[w, 1]:
            return float(begin + left)
        left -= spans[w, 1] - begin
    return np.inf


@kernel
def _open_from(words: Words, slice_s: float, at: float) -> float:
    """The first instant from ``at`` on at which a cell is open."""
    count = words.shape[0]
    k = int(np.floor(at / slice_s))
    word = k >> 6
    if word >= count:
        return np.inf
    ahead = words[word] >> np.uint64(k & 63)
    if ahead & np.uint64(1):
        return at
    k += 1
    while True:
        word = k >> 6
        if word >= count:
            return np.inf
        ahead = words[word] >> np.uint64(k & 63)
        if ahead == 0:
            k = (word + 1) << 6
            continue
        while not ahead & np.uint64(1):
            ahead >>= np.uint64(1)
            k += 1
        return float(k * slice_s)


@kernel
def _entry(spans: Array, words: Words, slice_s: float, at: float, span: int) -> float:
    """The first instant from ``at`` on within a span at which a cell is open."""
    w = span
    while w < spans.shape[0]:
        if spans[w, 1] < at:
            w += 1
            continue
        begin = max(at, spans[w, 0])
        if words.shape[0] > 0:
            begin = _open_from(words, slice_s, begin)
        if begin <= spans[w, 1]:
            return float(begin)
        at = begin
        w += 1
    return np.inf


@kernel
def _along_cells(spans: Array, words: Words, slice_s: float, drive: Array, at: float) -> float:
    """The arrival after driving from cell to cell, entering each as it opens."""
    now = _entry(spans, words[0], slice_s, at, 0)
    for i in range(drive.size):
        now = _entry(spans, words[i + 1], slice_s, _driven(spans, now, drive[i], 0), 0)
        if np.isinf(now):
            break
    return float(now)


@kernel
def _arrivals(
    z: Array, base: Array, two_surfaces: bool, price: Array, offsets: Offsets, spacing: float,
    limits: Array, pieces: Array, cubics: Array, least: float, delta: float, buckets: int,
    spans: Array, words: Words, slice_s: float, first: float, to_go: Array, latest: float,
    start: int, goal: int, arrival: Array, parent: Bytes,
) -> None:  # fmt: skip
    """As ``field._search`` with times for costs; the buckets reach from ``first`` to the end of the last span."""
    per_delta = 1.0 / delta
    whole_sky = words.shape[1] == 0
    bounded = to_go.size > 0
    least *= 1.0 - 1e-12  # what rounding might take off
    slices = words.shape[1] << 6
    head = np.full(buckets, -1, dtype=np.int32)
    entry_cell = np.empty(4096, dtype=np.int32)
    entry_next = np.empty(4096, dtype=np.int32)
    batch = np.empty(4096, dtype=np.int32)
    priced = np.empty(8)
    arrival[start] = max(first, 5e-324)  # the least that is no wall
    spare, used = put(start, head, 0, entry_cell, entry_next, -1, 0)
    waiting, bucket, span = 1, 0, 0
    while waiting > 0:
        while head[bucket] < 0:
            bucket += 1
        if goal >= 0 and arrival[goal] < first + bucket * delta:
            break
        while span < spans.shape[0] - 1 and spans[span, 1] < first + bucket * delta:
            span += 1
        while head[bucket] >= 0:
            while batch.size < waiting:
                batch = with_room(batch)
            count, entries, spare = taken_out(
                head, bucket, entry_cell, entry_next, spare, arrival, first, per_delta, bucket, batch
            )
            waiting -= entries
            while used + 8 * count > entry_cell.size:
                entry_cell, entry_next = with_room(entry_cell), with_room(entry_next)
            for place in range(count):
                u = np.uint64(batch[place])
                here = arrival[u]
                ways = cheaper(arrival, u, offsets, price, u, offsets[1], spacing, least, priced)
                while ways:
                    k = LOWEST[ways]
                    ways &= ways - 1
                    v = u + offsets[k]
                    before = arrival[v]
                    plan = spacing if k < 4 else spacing * DIAGONAL
                    if not keeps_limits(z, u, v, k, offsets, spacing, plan, limits):
                        continue
                    if two_surfaces and not keeps_limits(base, u, v, k, offsets, spacing, plan, limits):
                        continue
                    reached = priced[k] + plan * of_rise((z[v] - z[u]) / plan, pieces, cubics)
                    if reached >= before:
                        continue
                    if here < spans[span, 0] or reached > spans[span, 1]:
                        reached = _driven(spans, here, reached - here, span)
                    if not whole_sky:
                        # Most cells are open, in this very slice and span.
                        number = np.int64(min(reached / slice_s, slices))
                        if number >= slices or not (words[v, number >> 6] >> np.uint64(number & 63)) & np.uint64(1):
                            reached = _entry(spans, words[v], slice_s, reached, span)
                    if reached >= before or (bounded and reached + to_go[v] > latest):
                        continue
                    to = np.int64(min((reached - first) * per_delta, float(buckets)))
                    if to >= buckets:
                        continue
                    arrival[v] = reached
                    parent[v] = k
                    if (before - first) * per_delta >= to + 1 or to == bucket:
                        spare, used = put(v, head, to, entry_cell, entry_next, spare, used)
                        waiting += 1
