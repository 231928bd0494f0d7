"""When something is above something: spans out of samples, and the lunar days of a site."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from roverctl.core.times import DAY_NS, SECOND_NS
from roverctl.ephemeris.sky import Sky

_SAMPLE_NS: Final = 3 * 3600 * SECOND_NS  # the Sun moves 1.5 degrees
_MARGIN_NS: Final = 16 * DAY_NS  # more than a lunar day from sunrise to sunset
Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


def crossings(times: Times, margin: Array) -> tuple[list[int], list[int]]:
    """When a sampled margin rises through zero, and when it falls; straight lines between samples."""
    before, after = margin[:-1], margin[1:]
    change = np.flatnonzero((before > 0.0) != (after > 0.0))
    part = before[change] / (before[change] - after[change])
    at = times[change] + np.rint(part * (times[change + 1] - times[change])).astype(np.int64)
    rises = after[change] > 0.0
    return at[rises].tolist(), at[~rises].tolist()


def spans_above(times: Times, margin: Array) -> list[list[int]]:
    """Spans with a positive margin; those open at an end begin or end there."""
    rises, falls = crossings(times, margin)
    if margin[0] > 0.0:
        rises.insert(0, int(times[0]))
    if margin[-1] > 0.0:
        falls.append(int(times[-1]))
    return [list(span) for span in zip(rises, falls, strict=True)]


def lunar_days(sky: Sky, from_ns: int, to_ns: int) -> list[list[Any]]:
    """Number, sunrise, noon and sunset of the lunar days that touch a span, to some seconds.

    Sunrise and sunset are of the Sun's centre at zero elevation. Day 1 is the one on which the mission's epoch falls,
    or the first that begins after it.
    """
    times = np.arange(from_ns - _MARGIN_NS, to_ns + _MARGIN_NS, _SAMPLE_NS, dtype=np.int64)
    elevation = sky.sun(times)[1]
    rises, falls = crossings(times, elevation)
    days = []
    first_ns = sky.mission.halo.epoch_ns
    for rise_ns in rises:
        set_ns = next((t for t in falls if t > rise_ns), None)
        if set_ns is None or set_ns < from_ns or rise_ns > to_ns:
            continue
        inside = np.flatnonzero((times > rise_ns) & (times < set_ns))
        noon_ns = _summit(times[inside], elevation[inside])
        number = 1 + round((noon_ns - first_ns) / (29.530589 * DAY_NS) - 0.1)
        days.append([number, rise_ns, noon_ns, set_ns])
    return days


def _summit(times: Times, elevation: Array) -> int:
    """Of a parabola through the three highest samples."""
    i = min(max(int(elevation.argmax()), 1), len(times) - 2)
    a, b, c = elevation[i - 1 : i + 2]
    return int(times[i] + 0.5 * (a - c) / (a - 2.0 * b + c) * _SAMPLE_NS)
