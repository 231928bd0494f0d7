"""The relay's halo orbit in the circular restricted three-body problem, integrated once and read anywhere."""

from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import ProfileError
from roverctl.ephemeris.scales import epochs
from roverctl.mission.relay_orbit import Halo

Array = npt.NDArray[np.float64]

# RK4 at the least of these closes the default orbit as well as DOP853 at 1e-13 does (1 m), and cubics between its
# nodes add less; orbits that pass close to the Moon need more.
_HALF_STEPS: Final = (2048, 4096, 8192, 16_384)
_CLOSURE_M: Final = 1000.0
_JACOBI: Final = 2e-11


class HaloOrbit:
    """Position in the rotating frame (units, barycentre; x from Earth to Moon, z along the Moon's orbital momentum).

    A halo through (x, 0, z) with velocity (0, vy, 0) is its own mirror image in y, so half a period is integrated and
    the other half reflected.

    Raises
    ------
    ProfileError
        When the initial state does not come back within 1 km: it is no periodic orbit with that period.
    """

    def __init__(self, halo: Halo) -> None:
        self.halo = halo
        for steps in _HALF_STEPS:
            half = integrate(halo.mu, (halo.x, 0.0, halo.z, 0.0, halo.vy, 0.0), halo.period / (2 * steps), steps)
            constants = jacobi(halo.mu, half)
            if not np.isfinite(constants).all() or np.ptp(constants) < _JACOBI:
                break
        # At half the period the orbit must cross y = 0 at right angles.
        miss_m = float(np.abs(half[-1, [1, 3, 5]]).max()) * halo.unit_length_m
        if not miss_m < _CLOSURE_M:
            raise ProfileError(
                f"halo: x, z, vy and period are no periodic orbit: it misses its mirror image by {miss_m / 1000:.0f} km"
            )
        self._steps = 2 * steps
        step = halo.period / self._steps
        mirror = half[-2::-1] * np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
        nodes = np.concatenate((half, mirror)).T
        p0, a, p1, end = nodes[:3, :-1], step * nodes[3:, :-1], nodes[:3, 1:], step * nodes[3:, 1:]
        rise = p1 - p0
        self._cubics = np.stack((p0, a, 3.0 * rise - 2.0 * a - end, a + end - 2.0 * rise))
        self._begin_s = float(epochs(halo.epoch_ns).tt_s[0])

    def units(self, tt_s: Array) -> Array:
        """Position in units, [3, n], at seconds of TT since J2000."""
        turns = self.halo.phase + (tt_s - self._begin_s) / (self.halo.period * self.halo.unit_time_s)
        scaled = (turns - np.floor(turns)) * self._steps
        index = np.minimum(scaled.astype(np.int64), self._steps - 1)
        u = scaled - index
        p, a, b, c = self._cubics[:, :, index]
        return np.asarray(p + u * (a + u * (b + u * c)))


def jacobi(mu: float, states: Array) -> Array:
    """Jacobi's constant of states [n, 6]: x² + y² + 2(1 - mu)/r1 + 2mu/r2 - v² (Szebehely 1967, chapter 1)."""
    x, y, z = states[:, 0], states[:, 1], states[:, 2]
    r1, r2 = np.sqrt((x + mu) ** 2 + y * y + z * z), np.sqrt((x - 1.0 + mu) ** 2 + y * y + z * z)
    return np.asarray(x * x + y * y + 2.0 * (1.0 - mu) / r1 + 2.0 * mu / r2 - (states[:, 3:] ** 2).sum(axis=1))


State = tuple[float, float, float, float, float, float]


def integrate(mu: float, state: State, step: float, steps: int) -> Array:
    """States [steps + 1, 6] (position, velocity) of the CR3BP from ``state``, by fourth-order Runge-Kutta.

    Equations of motion: Szebehely 1967, Theory of Orbits, chapter 10; Earth at -mu, Moon at 1 - mu.
    """
    states = np.empty((steps + 1, 6))
    states[0] = state
    y: State = state
    for i in range(1, steps + 1):
        k1 = _rates(mu, y)
        k2 = _rates(mu, _moved(y, k1, 0.5 * step))
        k3 = _rates(mu, _moved(y, k2, 0.5 * step))
        k4 = _rates(mu, _moved(y, k3, step))
        a, b, c, d, e, f = (
            q + step / 6.0 * (r1 + 2.0 * r2 + 2.0 * r3 + r4)
            for q, r1, r2, r3, r4 in zip(y, k1, k2, k3, k4, strict=True)
        )
        y = (a, b, c, d, e, f)
        states[i] = y
    return states


def _moved(y: State, k: State, h: float) -> State:
    return (y[0] + h * k[0], y[1] + h * k[1], y[2] + h * k[2], y[3] + h * k[3], y[4] + h * k[4], y[5] + h * k[5])


def _rates(mu: float, y: State) -> State:
    px, py, pz, vx, vy, vz = y
    from_earth, from_moon = px + mu, px - 1.0 + mu
    across = py * py + pz * pz
    earth = (1.0 - mu) / (from_earth * from_earth + across) ** 1.5
    moon = mu / (from_moon * from_moon + across) ** 1.5
    return (
        vx, vy, vz,
        px + 2.0 * vy - earth * from_earth - moon * from_moon,
        py - 2.0 * vx - (earth + moon) * py,
        -(earth + moon) * pz,
    )  # fmt: skip
