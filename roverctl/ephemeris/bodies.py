"""Sun, Moon and Earth: where they are, how the Earth turns, how the Moon is oriented. GCRS axes, metres, TT."""

import warnings

import erfa
import numpy as np
import numpy.typing as npt

from roverctl.ephemeris.nodes import NodeSeries
from roverctl.ephemeris.scales import DAY_S, J2000_JD, Epochs
from roverctl.ephemeris.vectors import cross

Array = npt.NDArray[np.float64]

LIGHT_M_S = 299_792_458.0
# Earth rotation angle at J2000.0 and its rate, IAU 2000 resolution B1.8: 1.00273781191135448 turns a day of UT1.
_EARTH_ANGLE_RAD = 2.0 * np.pi * 0.7790572732640
EARTH_RATE_RAD_S = 2.0 * np.pi * 1.00273781191135448 / DAY_S
AU_M = 149_597_870_700.0


def _moon_series(tt_s: Array) -> Array:
    """Geocentric Moon, metres and metres per second, [6, m]: ERFA moon98 (Meeus 1998, after ELP2000-82)."""
    pv = erfa.moon98(J2000_JD, tt_s / DAY_S)
    return np.concatenate((pv["p"].T * AU_M, pv["v"].T * (AU_M / DAY_S)))


def _sun_series(tt_s: Array) -> Array:
    """Geocentric Sun, [6, m]: ERFA epv00 (VSOP2000, simplified); TDB - TT, below 2 ms, moves the Earth 60 m."""
    with warnings.catch_warnings():
        # Blocks of nodes reach beyond 2099, where the series end; no time there is ever asked for.
        warnings.simplefilter("ignore", erfa.ErfaWarning)
        heliocentric, _ = erfa.epv00(J2000_JD, tt_s / DAY_S)
    return np.concatenate((heliocentric["p"].T * -AU_M, heliocentric["v"].T * (-AU_M / DAY_S)))


def _celestial_series(tt_s: Array) -> Array:
    """The matrix from GCRS to the Earth's intermediate system, row by row, [9, m]: IAU 2006/2000B within 1 mas."""
    return np.asarray(erfa.c2i00b(J2000_JD, tt_s / DAY_S).reshape(-1, 9).T, dtype=np.float64)


class Bodies:
    """Positions and orientations at epochs [n]; vectors are [3, n].

    The series stand on nodes and are interpolated: the Moon every 3 h (1 m), the Sun daily (100 m), precession and
    nutation every 6 h (1 cm on the ground). ``moon98`` itself is within 10 km of DE421.
    """

    def __init__(self) -> None:
        self._moon = NodeSeries(_moon_series, DAY_S / 8.0)
        self._sun = NodeSeries(_sun_series, DAY_S)
        self._celestial = NodeSeries(_celestial_series, DAY_S / 4.0, rates=False)

    def moon(self, at: Epochs) -> tuple[Array, Array]:
        """Geocentric position and velocity of the Moon."""
        return self._moon.hermite(at.tt_s)

    def sun(self, at: Epochs) -> tuple[Array, Array]:
        """Geocentric position and velocity of the Sun, geometric."""
        return self._sun.hermite(at.tt_s)

    def earth(self, at: Epochs) -> "EarthTurn":
        """How the Earth stands turned."""
        return EarthTurn(self._celestial.linear(at.tt_s), _EARTH_ANGLE_RAD + EARTH_RATE_RAD_S * at.utc_s)

    def from_earth(self, at: Epochs, fixed: Array) -> Array:
        """Earth-fixed vectors [s, 3] (ITRS) in GCRS axes, [s, 3, n]."""
        return self.earth(at).turned(fixed)


class EarthTurn:
    """The Earth's attitude at n epochs. UT1 is taken as UTC (420 m at most); the pole's motion, 10 m, is left out."""

    def __init__(self, celestial: Array, angle_rad: Array) -> None:
        c, s = np.cos(angle_rad), np.sin(angle_rad)
        # What x and y of the rotating Earth become; z stays with the axis.
        self._ahead = celestial[:3] * c + celestial[3:6] * s
        self._aside = celestial[3:6] * c - celestial[:3] * s
        self._axis = celestial[6:]

    def turned(self, fixed: Array) -> Array:
        """Earth-fixed vectors [s, 3] (ITRS) in GCRS axes, [s, 3, n]."""
        vectors = np.empty((len(fixed), 3, self._axis.shape[1]))
        for k, (x, y, z) in enumerate(fixed.tolist()):
            vectors[k] = x * self._ahead + y * self._aside + z * self._axis
        return vectors

    def rates(self, vector: Array) -> Array:
        """How fast a vector [3, n] that turns with the Earth moves, per second; precession, 5e-5 m/s, is left out."""
        return EARTH_RATE_RAD_S * cross(self._axis, vector)


def moon_orientation(at: Epochs) -> Array:
    """The matrix from GCRS axes to the Moon's mean-Earth frame, [3, 3, n].

    IAU/WGCCRE series for the Moon's pole and prime meridian, Archinal+ 2011 (Celest. Mech. Dyn. Astron. 109:101),
    table 2 with E1 to E13; within 0.0042° of DE421's MOON_ME frame (FACTS). Rows are the frame's axes.
    """
    d = at.tt_s / DAY_S
    e = np.radians(_E_START[:, None] + _E_RATE[:, None] * d)
    sines, cosines = np.sin(e), np.cos(e)
    century = d / 36_525.0
    pole_ra = np.radians(269.9949 + 0.0031 * century + _POLE_RA @ sines)
    pole_dec = np.radians(66.5392 + 0.0130 * century + _POLE_DEC @ cosines)
    meridian = np.radians((38.3213 + 13.17635815 * d - 1.4e-12 * d * d + _MERIDIAN @ sines) % 360.0)
    ca, sa = np.cos(pole_ra), np.sin(pole_ra)
    cd, sd = np.cos(pole_dec), np.sin(pole_dec)
    cw, sw = np.cos(meridian), np.sin(meridian)
    # Node of the equator on the ICRF's, and the direction a quarter turn along the equator from it.
    zero = np.zeros_like(d)
    node = np.stack([-sa, ca, zero])
    quarter = np.stack([-sd * ca, -sd * sa, cd])
    pole = np.stack([cd * ca, cd * sa, sd])
    return np.stack([cw * node + sw * quarter, cw * quarter - sw * node, pole])


# Archinal+ 2011, table 2: arguments E1..E13 (degrees, degrees a day) and their coefficients (degrees).
_E = np.array([
    (125.045, -0.0529921), (250.089, -0.1059842), (260.008, 13.0120009), (176.625, 13.3407154),
    (357.529, 0.9856003), (311.589, 26.4057084), (134.963, 13.0649930), (276.617, 0.3287146),
    (34.226, 1.7484877), (15.134, -0.1589763), (119.743, 0.0036096), (239.961, 0.1643573), (25.053, 12.9590088),
])  # fmt: skip
_E_START, _E_RATE = _E[:, 0].copy(), _E[:, 1].copy()
_POLE_RA = np.array([-3.8787, -0.1204, 0.0700, -0.0172, 0, 0.0072, 0, 0, 0, -0.0052, 0, 0, 0.0043])
_POLE_DEC = np.array([1.5419, 0.0239, -0.0278, 0.0068, 0, -0.0029, 0.0009, 0, 0, 0.0008, 0, 0, -0.0009])
_MERIDIAN = np.array(
    [3.5610, 0.1208, -0.0642, 0.0158, 0.0252, -0.0066, -0.0047, -0.0046, 0.0028, 0.0052, 0.0040, 0.0019, -0.0044]
)
