"""An orbit from a CCSDS OEM file: Lagrange's or Hermite's polynomials through the states around each instant.

What is asked outside the file's span stands where the orbit was last known, and ``covered`` tells so.
"""

from dataclasses import dataclass
from typing import Final

import erfa
import numpy as np
import numpy.typing as npt

from roverctl.core.errors import ProfileError
from roverctl.core.times import SECOND_NS, format_utc
from roverctl.ephemeris.bodies import Bodies
from roverctl.ephemeris.scales import J2000_JD, J2000_NS, TT_TAI_S, Epochs, epochs, utc_ns
from roverctl.ephemeris.vectors import cross, dot
from roverctl.mission.oem import OrbitFile, OrbitSegment

Array = npt.NDArray[np.float64]

# What to add to a scale to get TT. TDB strays from TT by 2 ms at most, in which a relay moves some metres.
_TO_TT_S: Final = {"TT": 0.0, "TDB": 0.0, "TAI": TT_TAI_S, "GPS": 19.0 + TT_TAI_S}
_LEAST_SAMPLE_S: Final = 10.0
_MOST_SAMPLE_S: Final = 600.0
_TURN_RAD: Final = 0.1  # about the Moon between samples of a search for contacts


@dataclass(frozen=True, slots=True)
class _Segment:
    tt_s: Array
    states: Array  # [n, 6], GCRS axes, from its centre
    of_moon: bool
    hermite: bool
    degree: int
    begin_s: float
    end_s: float


class TabulatedPath:
    """The relay of an orbit file, in GCRS axes from the Earth's centre.

    Raises
    ------
    ProfileError
        When a time lies outside what the ephemeris holds for.
    """

    def __init__(self, orbit: OrbitFile, bodies: Bodies) -> None:
        self.orbit = orbit
        self._bodies = bodies
        try:
            self._segments = [_converted(segment) for segment in orbit.segments]
        except Exception as error:
            raise ProfileError(f"{orbit.file}: {error}") from None
        self._begins = np.array([s.begin_s for s in self._segments])
        self._ends = np.array([s.end_s for s in self._segments])
        self.begin_ns, self.end_ns = utc_ns(self._begins[0]), utc_ns(self._ends[-1])
        self.sample_ns = round(self._sample_s() * SECOND_NS)

    def covered(self, at: Epochs) -> npt.NDArray[np.bool_]:
        """Where the file tells the orbit, [n]."""
        index = self._index(at.tt_s)
        return np.asarray((at.tt_s >= self._begins[index]) & (at.tt_s <= self._ends[index]))

    def check(self, at: Epochs) -> None:
        """Refuse times that the file does not cover.

        Raises
        ------
        ProfileError
            With the file's span and the first such time.
        """
        outside = np.flatnonzero(~self.covered(at))
        if outside.size:
            raise ProfileError(
                f"{self.orbit.file}: covers {format_utc(self.begin_ns, 0)} to {format_utc(self.end_ns, 0)}"
                f"{' with gaps' if len(self._segments) > 1 else ''}, not {format_utc(utc_ns(at.tt_s[outside[0]]), 0)}"
            )

    def state(self, at: Epochs) -> tuple[Array, Array]:
        """Metres and metres per second, [3, n] each."""
        place, rate = np.empty((3, at.tt_s.size)), np.empty((3, at.tt_s.size))
        index = self._index(at.tt_s)
        for number in np.unique(index):
            segment, mine = self._segments[number], index == number
            held = np.clip(at.tt_s[mine], segment.begin_s, segment.end_s)
            p, v = _interpolated(segment, held)
            if segment.of_moon:
                moon, velocity = self._bodies.moon(Epochs(held, held))
                p, v = p + moon, v + velocity
            place[:, mine], rate[:, mine] = p, v
        return place, rate

    def _index(self, tt_s: Array) -> npt.NDArray[np.int64]:
        """The segment of each instant; between two, the earlier."""
        return np.maximum(np.searchsorted(self._begins, tt_s, side="right") - 1, 0)

    def _sample_s(self) -> float:
        """How far apart the samples of a search may stand, by the fastest turn about the Moon."""
        fastest = 0.0
        for segment in self._segments:
            p, v = segment.states[:, :3].T, segment.states[:, 3:].T
            if not segment.of_moon:
                moon, velocity = self._bodies.moon(Epochs(segment.tt_s, segment.tt_s))
                p, v = p - moon, v - velocity
            turn = cross(p, v)
            fastest = max(fastest, float(np.sqrt(np.max(dot(turn, turn) / np.maximum(dot(p, p), 1.0) ** 2))))
        return min(_MOST_SAMPLE_S, max(_LEAST_SAMPLE_S, _TURN_RAD / max(fastest, 1e-9)))


def _converted(segment: OrbitSegment) -> _Segment:
    ends = np.array([segment.begin_ns, segment.end_ns])
    if segment.scale == "UTC":
        tt_s, (begin_s, end_s) = epochs(segment.times_ns).tt_s, epochs(ends).tt_s
    else:
        shift = _TO_TT_S[segment.scale]
        tt_s, (begin_s, end_s) = ((t - J2000_NS) / SECOND_NS + shift for t in (segment.times_ns, ends))
        utc_ns(tt_s[[0, -1]])
    states = segment.states
    if segment.frame == "EME2000":
        bias = np.asarray(erfa.bp06(J2000_JD, 0.0)[0])  # GCRS to the mean equator and equinox of J2000.0; 23 mas
        states = np.concatenate((states[:, :3] @ bias, states[:, 3:] @ bias), axis=1)
    hermite = segment.method == "HERMITE"
    return _Segment(
        tt_s, states, segment.centre == "MOON", hermite, segment.degree, float(begin_s), float(end_s)
    )  # fmt: skip


def _interpolated(segment: _Segment, tt_s: Array) -> tuple[Array, Array]:
    """Newton's form of the polynomial through the states around each instant, and its rate, [3, n] each."""
    times, count = segment.tt_s, len(segment.tt_s)
    many = (segment.degree + 1) // 2 if segment.hermite else segment.degree + 1
    interval = np.clip(np.searchsorted(times, tt_s, side="right") - 1, 0, count - 2)
    first = np.clip(interval - (many - 1) // 2, 0, count - many)
    unique, back = np.unique(first, return_inverse=True)
    rows = unique[:, None] + np.arange(many)
    origin, scale = times[unique], times[unique + many - 1] - times[unique]
    nodes = (times[rows] - origin[:, None]) / scale[:, None]  # [m, many]
    values, rates = segment.states[rows, :3], segment.states[rows, 3:] * scale[:, None, None]
    if segment.hermite:
        nodes, values = np.repeat(nodes, 2, axis=1), np.repeat(values, 2, axis=1)
    table, order = values.copy(), segment.degree
    for level in range(1, order + 1):
        gap = nodes[:, level:] - nodes[:, :-level]
        rise = table[:, level:] - table[:, level - 1 : -1]
        twice = gap == 0.0
        step = rise / np.where(twice, 1.0, gap)[:, :, None]
        if level == 1 and segment.hermite:
            step[:, ::2] = rates
        table[:, level:] = step
    u = (tt_s - origin[back]) / scale[back]
    value, rate = table[back, order].T, np.zeros((3, tt_s.size))
    for level in range(order - 1, -1, -1):
        away = u - nodes[back, level]
        rate = value + away * rate
        value = table[back, level].T + away * value
    return value, rate / scale[back]
