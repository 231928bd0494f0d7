"""Lunar days at the site: sunrise, noon, sunset, and their number since the landing.

The Sun's centre over the local level; the number counts sunrises, day 1 is the one in which the mission landed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.core.times import DAY_NS, SECOND_NS
from roverctl.ephemeris.contact.windows import find_windows
from roverctl.ephemeris.scales import FIRST_NS, LAST_NS

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

# The Sun turns by 3° in six hours.
_SAMPLE_NS: Final = 6 * 3600 * SECOND_NS
# A lunar day and night have 29.8 days at most: what surrounds an instant lies within this.
_AROUND_NS: Final = 40 * DAY_NS
_MOST_NS: Final = 50 * 365 * DAY_NS


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

    def height(t_ns: Times) -> tuple[Array, Array]:
        elevation = sun(t_ns)[1][None]
        return elevation, elevation

    begin_ns = max(FIRST_NS, min(from_ns, landing_ns) - _AROUND_NS)
    end_ns = min(LAST_NS - 1, max(to_ns, landing_ns) + _AROUND_NS)
    if end_ns - begin_ns > _MOST_NS:  # the count would take long: days are counted from where they are asked for
        begin_ns, end_ns = max(FIRST_NS, from_ns - _AROUND_NS), min(LAST_NS - 1, to_ns + _AROUND_NS)
    windows = find_windows(height, ["sun"], begin_ns, end_ns, _SAMPLE_NS)
    # The first was cut off if the Sun stood above the level at the beginning.
    risen = [w for w in windows if w.aos_ns > begin_ns and w.los_ns < end_ns]
    rises = [w.aos_ns for w in windows if w.aos_ns > begin_ns]
    first = sum(rise <= landing_ns for rise in rises)
    days = []
    for i, window in enumerate(risen):
        after = rises[i + 1] if i + 1 < len(rises) else None
        if (after is None or after > from_ns) and window.aos_ns <= to_ns:
            days.append(
                LunarDay(i + 2 - first, window.aos_ns, window.peak_ns, window.los_ns, window.peak_elevation_rad, after)
            )
    return days


def day_at(days: list[LunarDay], t_ns: int) -> LunarDay | None:
    """The day, or the one whose night it is."""
    return next((day for day in reversed(days) if day.sunrise_ns <= t_ns), None)
