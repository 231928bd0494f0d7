"""Lunar days at the site: sunrise, noon, sunset, and their number since the landing.

The Sun's centre over the local level; the number counts sunrises, day 1 is the one in which the mission landed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.core.nouns import ContactWindow
from roverctl.core.times import DAY_NS, FIRST_NS, LAST_NS, SECOND_NS
from roverctl.ephemeris.contact.windows import find_windows

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

# The Sun turns by 3° in six hours.
_SAMPLE_NS: Final = 6 * 3600 * SECOND_NS
# A lunar day and night have 29.8 days at most: what surrounds an instant lies within this.
_AROUND_NS: Final = 40 * DAY_NS
# The mean synodic month; sunrises stray from it by a day at most, so that rounding counts them.
_SYNODIC_NS: Final = round(29.530588 * DAY_NS)


@dataclass(frozen=True, slots=True)
class LunarDay:
    """From a sunrise to the next. ``number`` is zero and less before the mission's day 1.

    ``noon_ns`` is when the Sun stands highest. Where the span of the ephemeris cuts a day off, it begins or ends there.
    """

    number: int
    sunrise_ns: int
    noon_ns: int
    sunset_ns: int
    noon_elevation_rad: float
    next_sunrise_ns: int | None


def lunar_days(
    sun: Callable[[Times], tuple[Array, Array]], landing_ns: int, from_ns: int, to_ns: int
) -> list[LunarDay]:
    """The days that touch a span, in order; none where the Sun does not rise there.

    Parameters
    ----------
    sun
        Azimuth and elevation of the Sun, as ``Sky.sun``.
    landing_ns
        Falls in day 1, or in the night after it.
    """

    origin_ns = min(max(landing_ns, FIRST_NS), LAST_NS - 1)
    before = [w.aos_ns for w in _up(sun, origin_ns - _AROUND_NS, origin_ns) if w.aos_ns > origin_ns - _AROUND_NS]
    first_ns = before[-1] if before else origin_ns
    begin_ns, end_ns = from_ns - _AROUND_NS, to_ns + _AROUND_NS
    windows = _up(sun, begin_ns, end_ns)
    rises = [w.aos_ns for w in windows if w.aos_ns > max(begin_ns, FIRST_NS)]
    days = []
    for window in windows:
        # One that the span cuts has no sunrise, or no sunset, of its own.
        if window.aos_ns <= max(begin_ns, FIRST_NS) or window.los_ns >= min(end_ns, LAST_NS - 1):
            continue
        after = next((rise for rise in rises if rise > window.aos_ns), None)
        if (after is None or after > from_ns) and window.aos_ns <= to_ns:
            number = 1 + round((window.aos_ns - first_ns) / _SYNODIC_NS)
            days.append(
                LunarDay(number, window.aos_ns, window.peak_ns, window.los_ns, window.peak_elevation_rad, after)
            )
    return days


def _up(sun: Callable[[Times], tuple[Array, Array]], begin_ns: int, end_ns: int) -> list[ContactWindow]:
    """When the Sun stands above the level."""

    def height(t_ns: Times) -> tuple[Array, Array]:
        elevation = sun(t_ns)[1][None]
        return elevation, elevation

    begin_ns, end_ns = max(FIRST_NS, begin_ns), min(LAST_NS - 1, end_ns)
    return find_windows(height, ["sun"], begin_ns, end_ns, _SAMPLE_NS) if begin_ns < end_ns else []


def day_at(days: list[LunarDay], t_ns: int) -> LunarDay | None:
    """The day, or the one whose night it is."""
    return next((day for day in reversed(days) if day.sunrise_ns <= t_ns), None)
