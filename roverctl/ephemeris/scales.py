"""Time scales: ``t_ns`` (UTC) to seconds of UTC and of TT since J2000.0, with leap seconds from ERFA's table."""

from dataclasses import dataclass
from typing import Any

import erfa
import numpy as np
import numpy.typing as npt

from roverctl.core.times import SECOND_NS, check_sky_time, parse_utc

Array = npt.NDArray[np.float64]

J2000_NS = parse_utc("2000-01-01T12:00:00Z")
DAY_S = 86_400.0
J2000_JD = 2_451_545.0
# TT - TAI, exact by definition (IAU 1991 recommendation IV).
TT_TAI_S = 32.184

_LEAPS = [(int(row["year"]), int(row["month"]), float(row["tai_utc"])) for row in erfa.leap_seconds.get()]
_LEAP_NS = np.array([parse_utc(f"{y:04d}-{m:02d}-01") for y, m, _ in _LEAPS if y >= 1972], dtype=np.int64)
_LEAP_S = np.array([s for y, _, s in _LEAPS if y >= 1972])


@dataclass(frozen=True, slots=True)
class Epochs:
    """Instants, shape [n]: seconds since 2000-01-01 12:00 of UTC (POSIX count) and of TT.

    Doubles hold them to 0.1 µs, in which nothing here moves farther than 3 mm.
    """

    utc_s: Array
    tt_s: Array

    def later(self, seconds: Array) -> "Epochs":
        """The same instants, each later by so much."""
        return Epochs(self.utc_s + seconds, self.tt_s + seconds)

    def part(self, begin: int, end: int) -> "Epochs":
        """Some of them."""
        return Epochs(self.utc_s[begin:end], self.tt_s[begin:end])


def epochs(t_ns: npt.ArrayLike) -> Epochs:
    """Epochs of UTC times, flattened to [n].

    Raises
    ------
    InputError
        For a time before 1972 or after 2099, where UTC or the Earth's series end.
    """
    times = np.atleast_1d(np.asarray(t_ns, dtype=np.int64)).ravel()
    if times.size:
        check_sky_time(int(times.min()))
        check_sky_time(int(times.max()))
    utc = (times - J2000_NS) / SECOND_NS
    tai_utc = _LEAP_S[np.searchsorted(_LEAP_NS, times, side="right") - 1]
    return Epochs(utc, utc + (tai_utc + TT_TAI_S))


def utc_ns(tt_s: npt.ArrayLike) -> Any:
    """``t_ns`` of seconds of TT since J2000, to a microsecond: a number for a number.

    Raises
    ------
    InputError
        As ``epochs``.
    """
    seconds = np.asarray(tt_s, dtype=np.float64)
    leap_tt_s = (_LEAP_NS - J2000_NS) / SECOND_NS + _LEAP_S + TT_TAI_S
    tai_utc = _LEAP_S[np.maximum(np.searchsorted(leap_tt_s, seconds, side="right") - 1, 0)]
    whole = np.round((seconds - tai_utc - TT_TAI_S) * 1e6).astype(np.int64) * 1000 + J2000_NS
    epochs(whole)
    return whole if whole.ndim else int(whole)
