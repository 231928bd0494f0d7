"""Contact windows out of a continuous margin: sampled, extrema sought out, crossings bisected."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError
from roverctl.core.nouns import ContactWindow
from roverctl.core.times import DAY_NS, MILLISECOND_NS, SECOND_NS, format_utc

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]
Contact = Callable[[Times], tuple[Array, Array]]  # margin and elevation, [s, n] radians

# The relay rises and sets with the Earth's turning; in ten minutes the margin has one extremum at most.
_SAMPLE_NS = 600 * SECOND_NS
_CHUNK = 4096
_MOST_NS = 50 * 366 * DAY_NS
_GOLDEN = 0.6180339887498949


def find_windows(contact: Contact, stations: list[str], from_ns: int, to_ns: int) -> list[ContactWindow]:
    """Windows in which the margin is positive, per station, sorted by AOS; exact to a millisecond.

    Extrema of the margin between samples are found first, so that a contact or a gap shorter than the sampling is not
    missed. Windows open at an end of the span begin or end there.
    """
    if not from_ns < to_ns:
        raise InputError(f"the span must end after it begins, not {format_utc(from_ns)} to {format_utc(to_ns)}")
    if to_ns - from_ns > _MOST_NS:
        raise InputError("the span must be 50 years at most")
    count = max(3, -(-(to_ns - from_ns) // _SAMPLE_NS) + 1)
    grid = from_ns + np.round(np.linspace(0.0, float(to_ns - from_ns), count)).astype(np.int64)
    grid[-1] = to_ns
    parts = [contact(grid[i : i + _CHUNK]) for i in range(0, count, _CHUNK)]
    margins = np.concatenate([part[0] for part in parts], axis=1)
    elevations = np.concatenate([part[1] for part in parts], axis=1)
    windows: list[ContactWindow] = []
    for s, name in enumerate(stations):
        windows += _station_windows(contact, s, name, grid, margins[s], elevations[s])
    return sorted(windows, key=lambda w: (w.aos_ns, w.station))


def _station_windows(
    contact: Contact, s: int, name: str, grid: Times, margin: Array, elevation: Array
) -> list[ContactWindow]:
    def margin_at(t_ns: Times) -> Array:
        return np.asarray(contact(t_ns)[0][s])

    def elevation_at(t_ns: Times) -> Array:
        return np.asarray(contact(t_ns)[1][s])

    inner = margin[1:-1]
    # Extrema matter only where they could lie on the other side of zero than the samples around them.
    high = np.flatnonzero((inner >= margin[:-2]) & (inner >= margin[2:]) & (inner <= 0.0)) + 1
    low = np.flatnonzero((inner <= margin[:-2]) & (inner <= margin[2:]) & (inner > 0.0)) + 1
    tops = _maxima(margin_at, grid[high - 1], grid[high + 1])
    dips = _maxima(lambda t: -margin_at(t), grid[low - 1], grid[low + 1])
    times = np.unique(np.concatenate((grid, tops, dips)))
    positive = np.empty(times.size, dtype=bool)
    positive[np.searchsorted(times, grid)] = margin > 0.0
    for extra in (tops, dips):
        if extra.size:
            positive[np.searchsorted(times, extra)] = margin_at(extra) > 0.0
    change = np.flatnonzero(positive[1:] != positive[:-1])
    crossings = _crossings(margin_at, times[change], times[change + 1], positive[change])
    begins = list(crossings[positive[change + 1]])
    ends = list(crossings[positive[change]])
    if positive[0]:
        begins.insert(0, grid[0])
    if positive[-1]:
        ends.append(grid[-1])
    crest = np.flatnonzero((elevation[1:-1] >= elevation[:-2]) & (elevation[1:-1] >= elevation[2:])) + 1
    peaks = _maxima(elevation_at, grid[crest - 1], grid[crest + 1])
    windows = []
    for aos, los in zip(begins, ends, strict=True):
        inside = np.unique(np.concatenate(([aos, los], peaks[(peaks > aos) & (peaks < los)])))
        heights = elevation_at(inside)
        top = int(heights.argmax())
        windows.append(ContactWindow(name, int(aos), int(los), int(inside[top]), float(heights[top])))
    return windows


def _maxima(value: Callable[[Times], Array], low: Times, high: Times) -> Times:
    """The instant of the one maximum in each bracket, by golden section, to a millisecond."""
    if not low.size:
        return low
    low, high = low.copy(), high.copy()
    width = float((high - low).max())
    for _ in range(int(np.ceil(np.log(width / MILLISECOND_NS) / -np.log(_GOLDEN)))):
        reach = np.round((high - low) * _GOLDEN).astype(np.int64)
        left, right = high - reach, low + reach
        both = value(np.concatenate((left, right)))
        rising = both[: left.size] < both[left.size :]
        low, high = np.where(rising, left, low), np.where(rising, high, right)
    return (low + high) // 2


def _crossings(value: Callable[[Times], Array], low: Times, high: Times, positive_low: npt.NDArray[np.bool_]) -> Times:
    """The instant in each bracket at which the sign changes, by bisection, to a millisecond; at or after the change."""
    if not low.size:
        return low
    low, high = low.copy(), high.copy()
    while int((high - low).max()) > MILLISECOND_NS:
        middle = (low + high) // 2
        same = (value(middle) > 0.0) == positive_low
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return high
