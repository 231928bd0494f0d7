"""Which station has the contact when: hand-overs by rules that one can edit, and the gaps with their causes.

Of the stations in contact the one goes first that a duty names; then one that has been in contact for the minimum
overlap and will be for as long again; then the more preferred; then the one that has the relay higher.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.core.nouns import ContactWindow
from roverctl.core.times import MILLISECOND_NS, SECOND_NS
from roverctl.ephemeris.contact.causes import Cause
from roverctl.mission.contacts import ContactRules

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

# Two stations' elevations cross once at most in five minutes.
_SAMPLE_NS: Final = 300 * SECOND_NS


@dataclass(frozen=True, slots=True)
class ContactSpan:
    """One station's turn, or a gap, whose ``station`` is empty and which has the cause of every station.

    ``overlap_ns`` is how long this station and the one before it see the relay together, around the hand-over; None
    where there was none. ``short`` where that is less than the rules ask.
    """

    begin_ns: int
    end_ns: int
    station: str
    overlap_ns: int | None = None
    short: bool = False
    causes: tuple[tuple[str, Cause], ...] = ()


def turns(
    windows: list[ContactWindow],
    rules: ContactRules,
    names: list[str],
    elevation: Callable[[Times], Array],
    from_ns: int,
    to_ns: int,
) -> list[ContactSpan]:
    """Who has the contact over a span, gaps without causes; spans touch and cover it all.

    ``elevation`` tells the relay's at each station, [s, n].
    """
    edges = {from_ns, to_ns}
    for window in windows:
        edges |= {window.aos_ns, window.los_ns, window.aos_ns + rules.overlap_ns, window.los_ns - rules.overlap_ns}
    for span in rules.duty:
        edges |= {span.begin_ns, span.end_ns}
    times = np.array(sorted(edge for edge in edges if from_ns <= edge <= to_ns), dtype=np.int64)
    if times.size < 2:
        return []
    middles = (times[:-1] + times[1:]) // 2
    rank = _ranks(middles, windows, rules, names)
    best = rank.max(axis=0)
    tied = (rank == best) & (best >= 0)
    alone = tied.argmax(axis=0)
    pieces: list[tuple[int, int, int]] = []
    shared = np.flatnonzero(tied.sum(axis=0) > 1)
    split = _split(times, shared, tied, elevation)
    for i in range(middles.size):
        if i in split:
            pieces += split[i]
        else:
            pieces.append((int(times[i]), int(times[i + 1]), int(alone[i]) if best[i] >= 0 else -1))
    return _with_overlaps(_merged(pieces), windows, rules, names)


def _ranks(middles: Times, windows: list[ContactWindow], rules: ContactRules, names: list[str]) -> Times:
    """[s, n]: -1 without contact, else the higher the sooner chosen."""
    many = len(names)
    rank = np.full((many, middles.size), -1, dtype=np.int64)
    liked = {name: len(rules.prefer) - i for i, name in enumerate(rules.prefer)}
    for window in windows:
        s = names.index(window.station)
        first, last = np.searchsorted(middles, (window.aos_ns, window.los_ns))
        mine = rank[s, first:last]
        mine[:] = np.maximum(mine, liked.get(window.station, 0))
        settled = slice(*np.searchsorted(middles, (window.aos_ns + rules.overlap_ns, window.los_ns - rules.overlap_ns)))
        rank[s, settled] |= 1024
    for span in rules.duty:
        s = names.index(span.station)
        part = rank[s, slice(*np.searchsorted(middles, (span.begin_ns, span.end_ns)))]
        part[part >= 0] |= 2048
    return rank


def _split(
    times: Times, shared: Times, tied: npt.NDArray[np.bool_], elevation: Callable[[Times], Array]
) -> dict[int, list[tuple[int, int, int]]]:
    """Spans in which several stations are equal, cut where another has the relay highest."""
    grids = []
    for i in shared.tolist():
        count = max(2, -(-int(times[i + 1] - times[i]) // _SAMPLE_NS) + 1)
        grids.append(times[i] + np.linspace(0.0, float(times[i + 1] - times[i]), count).astype(np.int64))
    if not grids:
        return {}
    owner = np.repeat(shared, [g.size for g in grids])
    grid = np.concatenate(grids)

    def highest(at: Times, of: Times) -> Times:
        return np.asarray(np.where(tied[:, of], elevation(at), -np.inf).argmax(axis=0), dtype=np.int64)

    station = highest(grid, owner)
    change = np.flatnonzero((owner[1:] == owner[:-1]) & (station[1:] != station[:-1]))
    low, high = grid[change], grid[change + 1]
    while low.size and int((high - low).max()) > MILLISECOND_NS:
        middle = (low + high) // 2
        same = highest(middle, owner[change]) == station[change]
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    found: dict[int, list[tuple[int, int, int]]] = {}
    for i in shared.tolist():
        mine = np.flatnonzero(owner[change] == i)
        cuts = [int(times[i]), *high[mine].tolist(), int(times[i + 1])]
        first = int(station[np.searchsorted(owner, i)])
        who = [first, *station[change[mine] + 1].tolist()]
        found[i] = list(zip(cuts, cuts[1:], who, strict=False))
    return found


def _merged(pieces: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    merged: list[tuple[int, int, int]] = []
    for begin, end, station in pieces:
        if begin == end:
            continue
        if merged and merged[-1][2] == station:
            merged[-1] = (merged[-1][0], end, station)
        else:
            merged.append((begin, end, station))
    return merged


def _with_overlaps(
    pieces: list[tuple[int, int, int]], windows: list[ContactWindow], rules: ContactRules, names: list[str]
) -> list[ContactSpan]:
    spans = []
    for i, (begin, end, s) in enumerate(pieces):
        overlap_ns = None
        if i and s >= 0 and pieces[i - 1][2] >= 0:
            mine = _window_at(windows, names[s], begin)
            other = _window_at(windows, names[pieces[i - 1][2]], begin)
            overlap_ns = max(0, min(mine[1], other[1]) - max(mine[0], other[0]))
        spans.append(
            ContactSpan(
                begin, end, names[s] if s >= 0 else "", overlap_ns,
                overlap_ns is not None and overlap_ns < rules.overlap_ns,
            )
        )  # fmt: skip
    return spans


def _window_at(windows: list[ContactWindow], station: str, t_ns: int) -> tuple[int, int]:
    return next(
        ((w.aos_ns, w.los_ns) for w in windows if w.station == station and w.aos_ns <= t_ns <= w.los_ns), (t_ns, t_ns)
    )
