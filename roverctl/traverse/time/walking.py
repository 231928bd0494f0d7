"""A line driven against the clock: when each of its points is reached and left."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel
from roverctl.core.errors import InfeasibleError
from roverctl.core.times import format_utc
from roverctl.traverse.search.timed import Openings, Words, _driven, _entry
from roverctl.traverse.time.conditions import SunCourse

Array = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int64]

_PIECE_S = 600.0  # a wait is reckoned in pieces this long, over which the Sun moves 0.1°


@dataclass(frozen=True, slots=True)
class Walk:
    """When each of n points is reached and left, seconds after the course of the Sun begins."""

    reach_s: Array
    leave_s: Array


@dataclass(frozen=True, slots=True)
class Pieces:
    """Stays and drives one after the other: begin and length in seconds, the point they begin at.

    ``first`` [n] is the number of the first piece of each point (of the last point: how many there are).
    """

    begin_s: Array
    length_s: Array
    point: Cells
    drives: npt.NDArray[np.bool_]
    first: Cells


@kernel
def _walk(
    spans: Array, words: Words, slice_s: float, drive: Array, at: float, reach: Array, leave: Array
) -> int:  # fmt: skip
    """Fill ``reach`` and ``leave``; how many points were reached in time."""
    now = at
    last = reach.size - 1
    for i in range(last):
        reach[i] = now
        entered = _entry(spans, words[i + 1], slice_s, _driven(spans, now, drive[i], 0), 0)
        if np.isinf(entered):
            return i + 1
        leave[i] = max(now, entered - drive[i])
        now = entered
    reach[last] = now
    leave[last] = now
    return last + 1


def walk(course: SunCourse, openings: Openings, cells: Cells, drive_s: Array, depart_s: float) -> Walk:
    """Over points whose nodes are ``cells`` [n, 2] and whose pieces take ``drive_s`` [n - 1], waiting where it must.

    Raises
    ------
    InfeasibleError
        Where the way is not finished before the Sun goes or the shadows stay.
    """
    count = len(cells)
    reach, leave = np.empty(count), np.empty(count)
    words = np.ascontiguousarray(openings.words[cells[:, 0], cells[:, 1]])
    done = _walk(openings.spans, words, openings.slice_s, np.ascontiguousarray(drive_s), depart_s, reach, leave)
    if done < count:
        raise InfeasibleError(
            f"departing {format_utc(course.begin_ns + round(depart_s * 1e9), 0)} the way is not finished in time: "
            f"{done} of {count} points are reached before Sun or light are gone"
        )
    return Walk(reach, leave)


def pieces(way: Walk) -> Pieces:
    """The stays and drives of a walk; a stay of less than a millisecond is none."""
    stay = way.leave_s - way.reach_s
    stays = np.where(stay > 1e-3, np.ceil(stay / _PIECE_S), 0).astype(np.int64)
    count = stays + 1
    count[-1] = stays[-1]
    first = np.concatenate(([0], np.cumsum(count)[:-1]))
    point = np.repeat(np.arange(len(stay)), count)
    number = np.arange(len(point)) - first[point]
    drives = number == stays[point]
    part = stay[point] / np.maximum(stays[point], 1)
    begin = np.where(drives, way.leave_s[point], way.reach_s[point] + number * part)
    next_reach = np.append(way.reach_s[1:], way.reach_s[-1])
    length = np.where(drives, next_reach[point] - way.leave_s[point], part)
    return Pieces(begin, length, point, drives, first)


def are_open(openings: Openings, cells: Cells, at_s: Array) -> npt.NDArray[np.bool_]:
    """Whether each of n nodes is open at a time of its own."""
    if not openings.words.shape[2]:
        return np.ones(len(cells), dtype=np.bool_)
    number = np.minimum((at_s / openings.slice_s).astype(np.int64), 64 * openings.words.shape[2] - 1)
    words = openings.words[cells[:, 0], cells[:, 1], number >> 6]
    return np.asarray((words >> (number & 63).astype(np.uint64)) & np.uint64(1) != 0)


def open_throughout(openings: Openings, from_s: float, to_s: float) -> npt.NDArray[np.bool_]:
    """Nodes [height, width] that are open all the time between two instants."""
    first = max(0, int(from_s / openings.slice_s))
    last = min(int(min(to_s, openings.end_s) / openings.slice_s), 64 * openings.words.shape[2] - 1)
    open_all = np.ones(openings.words.shape[:2], dtype=np.bool_)
    for word in range(first >> 6, (last >> 6) + 1 if openings.words.shape[2] else 0):
        low, high = max(first - 64 * word, 0), min(last - 64 * word, 63)
        wanted = np.uint64(((1 << (high - low + 1)) - 1) << low)
        open_all &= (openings.words[:, :, word] & wanted) == wanted
    return open_all
