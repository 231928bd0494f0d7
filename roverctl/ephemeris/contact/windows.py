"""Contact windows out of a continuous margin: sampled, extrema sought out, crossings bisected."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError
from roverctl.core.nouns import ContactWindow
from roverctl.core.times import DAY_NS, MILLISECOND_NS, SECOND_NS, format_utc

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]
Contact = Callable[[Times], tuple[Array, Array]]  # margin and elevation, [s, n] radians

_SAMPLE_NS = 600 * SECOND_NS
_MOST_SAMPLES = 5_000_000
_CHUNK = 4096
_MOST_NS = 50 * 366 * DAY_NS
_GOLDEN = 0.6180339887498949
# A crest is flat: a tenth of a second from it the elevation is the same to 1e-11 rad.
_EXTREMUM_NS = 100 * MILLISECOND_NS


def find_windows(
    contact: Contact, stations: list[str], from_ns: int, to_ns: int, sample_ns: int = _SAMPLE_NS
) -> list[ContactWindow]:
    """Windows in which the margin is positive, per station, sorted by AOS; exact to a millisecond.

    Extrema of the margin between samples are found first, so that a contact or a gap shorter than the sampling is not
    missed: between samples the margin is taken to have one extremum at most. Windows open at an end of the span begin
    or end there.
    """
    if not from_ns < to_ns:
        raise InputError(f"the span must end after it begins, not {format_utc(from_ns)} to {format_utc(to_ns)}")
    if to_ns - from_ns > _MOST_NS:
        raise InputError("the span must be 50 years at most")
    count = max(3, -(-(to_ns - from_ns) // sample_ns) + 1)
    if count > _MOST_SAMPLES:
        most_d = _MOST_SAMPLES * sample_ns // DAY_NS
        raise InputError(f"the span must be {most_d} days at most with a relay that moves so fast")
    grid = from_ns + np.round(np.linspace(0.0, float(to_ns - from_ns), count)).astype(np.int64)
    grid[-1] = to_ns
    parts = [contact(grid[i : i + _CHUNK]) for i in range(0, count, _CHUNK)]
    margins = np.concatenate([part[0] for part in parts], axis=1)
    elevations = np.concatenate([part[1] for part in parts], axis=1)
    many = len(stations)
    # Extrema of the margin matter where they could lie on the other side of zero than the samples around them; the
    # crests of the elevation are the peaks. All are sought together: one question to the sky serves every bracket.
    tops = _brackets(grid, margins, margins <= 0.0, 1.0)
    dips = _brackets(grid, -margins, margins > 0.0, -1.0)
    crests = _brackets(grid, elevations, np.ones_like(margins, dtype=bool), 1.0)
    brackets = _Brackets(*(np.concatenate(parts) for parts in zip(tops, dips, crests, strict=True)))
    of_elevation = np.arange(brackets.station.size) >= tops.station.size + dips.station.size
    extrema = _maxima(contact, brackets, of_elevation)
    turning = ~of_elevation
    turning_margin = _pick(contact(extrema[turning])[0], brackets.station[turning]) if turning.any() else np.empty(0)
    edges = [
        _sign_changes(
            np.concatenate((grid, extrema[turning][brackets.station[turning] == s])),
            np.concatenate((margins[s], turning_margin[brackets.station[turning] == s])) > 0.0,
        )
        for s in range(many)
    ]
    station = np.repeat(np.arange(many), [len(e.low) for e in edges])
    crossings = _crossings(contact, station, *(np.concatenate(part) for part in zip(*edges, strict=True)))
    windows: list[ContactWindow] = []
    for s, name in enumerate(stations):
        rises = edges[s].rises
        mine = crossings[station == s]
        begins, ends = mine[rises], mine[~rises]
        if margins[s, 0] > 0.0:
            begins = np.concatenate((grid[:1], begins))
        if margins[s, -1] > 0.0:
            ends = np.concatenate((ends, grid[-1:]))
        peaks = extrema[of_elevation & (brackets.station == s)]
        windows += _with_peaks(contact, s, name, begins, ends, peaks)
    return sorted(windows, key=lambda w: (w.aos_ns, w.station))


def find_spans(
    margin: Callable[[Times], Array], from_ns: int, to_ns: int, sample_ns: int = _SAMPLE_NS
) -> list[tuple[int, int]]:
    """Spans in which one margin, [n] radians, is positive; found as ``find_windows`` finds windows."""

    def alone(t_ns: Times) -> tuple[Array, Array]:
        values = margin(t_ns)[None]
        return values, values

    return [(w.aos_ns, w.los_ns) for w in find_windows(alone, [""], from_ns, to_ns, sample_ns)]


class _Brackets(NamedTuple):
    """Spans with one extremum each; ``sign`` -1 where a minimum is sought."""

    station: Times
    low: Times
    high: Times
    sign: Array


class _Edges(NamedTuple):
    """Spans over which the sign of the margin changes, up where ``rises``."""

    low: Times
    high: Times
    rises: npt.NDArray[np.bool_]


def _brackets(grid: Times, values: Array, wanted: npt.NDArray[np.bool_], sign: float) -> _Brackets:
    inner = values[:, 1:-1]
    station, index = np.nonzero((inner >= values[:, :-2]) & (inner >= values[:, 2:]) & wanted[:, 1:-1])
    return _Brackets(station, grid[index], grid[index + 2], np.full(station.size, sign))


def _sign_changes(times: Times, positive: npt.NDArray[np.bool_]) -> _Edges:
    order = np.argsort(times, kind="stable")
    times, positive = times[order], positive[order]
    change = np.flatnonzero(positive[1:] != positive[:-1])
    return _Edges(times[change], times[change + 1], positive[change + 1])


def _with_peaks(contact: Contact, s: int, name: str, begins: Times, ends: Times, peaks: Times) -> list[ContactWindow]:
    candidates = [
        np.concatenate(([aos, los], peaks[(peaks > aos) & (peaks < los)]))
        for aos, los in zip(begins, ends, strict=True)
    ]
    if not candidates:
        return []
    heights = np.split(contact(np.concatenate(candidates))[1][s], np.cumsum([len(c) for c in candidates])[:-1])
    return [
        ContactWindow(name, int(c[0]), int(c[1]), int(c[h.argmax()]), float(h.max()))
        for c, h in zip(candidates, heights, strict=True)
    ]


def _pick(values: Array, station: Times) -> Array:
    """Of [s, n] the value of each epoch's own station."""
    return np.asarray(values[station, np.arange(station.size)])


def _maxima(contact: Contact, brackets: _Brackets, of_elevation: npt.NDArray[np.bool_]) -> Times:
    """The instant of the extremum in each bracket, by golden section: of the elevation, or else of the margin."""
    low, high = brackets.low.copy(), brackets.high.copy()
    if not low.size:
        return low
    station, sign = np.tile(brackets.station, 2), np.tile(brackets.sign, 2)
    elevation_wanted = np.tile(of_elevation, 2)
    width = float((high - low).max())
    for _ in range(math.ceil(math.log(width / _EXTREMUM_NS) / -math.log(_GOLDEN))):
        reach = np.round((high - low) * _GOLDEN).astype(np.int64)
        left, right = high - reach, low + reach
        margin, elevation = contact(np.concatenate((left, right)))
        value = sign * np.where(elevation_wanted, _pick(elevation, station), _pick(margin, station))
        rising = value[: left.size] < value[left.size :]
        low, high = np.where(rising, left, low), np.where(rising, high, right)
    return np.asarray((low + high) // 2)


def _crossings(contact: Contact, station: Times, low: Times, high: Times, rises: npt.NDArray[np.bool_]) -> Times:
    """The instant in each bracket at which the margin changes its sign, by bisection; at or after the change."""
    while low.size and int((high - low).max()) > MILLISECOND_NS:
        middle = (low + high) // 2
        before = (_pick(contact(middle)[0], station) > 0.0) != rises
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    return high
