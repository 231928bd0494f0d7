"""When the vehicle drives, by the Sun's height and contact, and where, by the shadows: what a timed search goes by."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InfeasibleError
from roverctl.core.times import SECOND_NS, format_utc
from roverctl.ephemeris.sky import Sky
from roverctl.traverse.search.timed import Openings, packed

Array = npt.NDArray[np.float64]

SAMPLE_S = 600
_AHEAD_S = 30 * 86_400  # a lunar day and a little
_MOST_SLICES = 128
_LEAST_SLICE_S = 600.0


@dataclass(frozen=True, slots=True)
class SunCourse:
    """The Sun at the site, sampled every ten minutes from ``begin_ns`` on, and what follows from it.

    Azimuth is unwrapped. Spans are [n, 2] seconds from ``begin_ns``. The vehicle naps while the Sun stands above
    ``nap_rad``, is put to sleep as it sinks to ``sleep_rad`` and wakes when it has risen to ``wake_rad``: the profile's
    figures.
    """

    begin_ns: int
    azimuth_rad: Array
    elevation_rad: Array
    nap_rad: float
    sleep_rad: float
    wake_rad: float

    def spans(self, low_rad: float, high_rad: float) -> Array:
        """When the Sun stands between two elevations."""
        return _positive(np.minimum(self.elevation_rad - low_rad, high_rad - self.elevation_rad))

    def elevation_at(self, at_s: Array | float) -> Array:
        """Elevation in radians, seconds after ``begin_ns``."""
        return np.asarray(np.interp(at_s, np.arange(len(self.elevation_rad)) * SAMPLE_S, self.elevation_rad))

    def azimuth_at(self, at_s: Array | float) -> Array:
        """Azimuth in radians, unwrapped, seconds after ``begin_ns``."""
        return np.asarray(np.interp(at_s, np.arange(len(self.azimuth_rad)) * SAMPLE_S, self.azimuth_rad))

    @property
    def night_s(self) -> float:
        """When the vehicle is put to sleep."""
        return self.down_s(self.sleep_rad)

    def down_s(self, limit_rad: float, after_s: float = 0.0) -> float:
        """When the Sun, above ``limit_rad`` then, next falls to it; ``after_s`` itself where it stands below."""
        for begin, end in self.spans(limit_rad, math.inf).tolist():
            if end > after_s:
                return float(end) if begin <= after_s else after_s
        return after_s


def sun_course(sky: Sky, begin_ns: int) -> SunCourse:
    """The Sun from an instant on, for a lunar day and a little."""
    steps = np.arange(0, _AHEAD_S + 1, SAMPLE_S, dtype=np.int64)
    azimuth, elevation = sky.sun(begin_ns + steps * SECOND_NS)
    vehicle = sky.mission.vehicle
    return SunCourse(
        begin_ns, np.unwrap(azimuth), elevation, vehicle.nap_sun_rad, vehicle.sleep_sun_rad, vehicle.wake_sun_rad
    )


def check_day(course: SunCourse) -> None:
    """Refuse a departure at night.

    Raises
    ------
    InfeasibleError
        With the Sun's elevation, and when the vehicle drives again.
    """
    if float(course.elevation_rad[0]) <= course.sleep_rad:
        raise InfeasibleError(f"departure {format_utc(course.begin_ns, 0)} is {rest_text(course)}")


def rest_text(course: SunCourse) -> str | None:
    """Why the vehicle rests as the course begins, at night or through noon, and when it drives again; None where it
    drives."""
    now = float(course.elevation_rad[0])
    if course.sleep_rad < now < course.nap_rad:
        return None
    spans = course.spans(course.sleep_rad, course.nap_rad)
    again = f" again from {format_utc(_at(course, spans[0, 0]), 0)}" if len(spans) else ""
    stands = f"the Sun stands at {math.degrees(now):.1f}°, the vehicle"
    if now <= course.sleep_rad:
        return f"at night: {stands} drives above {math.degrees(course.sleep_rad):g}°{again and f'; it does{again}'}"
    return f"in the noon nap: {stands} naps above {math.degrees(course.nap_rad):g}°{again and f'; it drives{again}'}"


def _at(course: SunCourse, seconds: float) -> int:
    return course.begin_ns + round(seconds * SECOND_NS)


def contact_spans(sky: Sky, begin_ns: int, end_ns: int) -> Array:
    """When any station has contact through the relay, [n, 2] seconds from ``begin_ns``, those that touch joined."""
    joined: list[list[float]] = []
    for window in sorted(sky.passes(begin_ns, end_ns), key=lambda w: w.aos_ns):
        begin, end = (window.aos_ns - begin_ns) / SECOND_NS, (window.los_ns - begin_ns) / SECOND_NS
        if joined and begin <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([begin, end])
    return np.array(joined).reshape(-1, 2)


def common(first: Array, second: Array) -> Array:
    """What two sets of spans have in common."""
    found = [
        (max(a, c), min(b, d)) for a, b in first.tolist() for c, d in second.tolist() if max(a, c) < min(b, d)
    ]  # fmt: skip
    return np.array(found).reshape(-1, 2)


def openings(
    course: SunCourse, lit: Callable[[int], npt.NDArray[np.bool_]], spans: Array, end_s: float, shape: tuple[int, int]
) -> Openings:
    """Cells open while they are lit, up to ``end_s`` after the course begins; ``lit`` tells them at an instant.

    A slice counts as lit where the Sun is seen at its middle.
    """
    spans = common(spans, np.array([[0.0, end_s]]))
    slice_s = max(_LEAST_SLICE_S, end_s / _MOST_SLICES)
    count = math.ceil(end_s / slice_s)
    words = packed((lit(_at(course, (k + 0.5) * slice_s)) for k in range(count)), shape)
    return Openings(course.begin_ns, spans, slice_s, words)


def _positive(values: Array) -> Array:
    """Spans over which samples, straight between them, are positive."""
    up = values > 0.0
    change = np.flatnonzero(up[1:] != up[:-1])
    where = (change + values[change] / (values[change] - values[change + 1])) * SAMPLE_S
    edges = np.concatenate(([0.0] if up[0] else [], where, [(len(values) - 1.0) * SAMPLE_S] if up[-1] else []))
    return edges.reshape(-1, 2)
