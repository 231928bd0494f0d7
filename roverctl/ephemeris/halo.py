"""The relay's halo orbit in the circular restricted three-body problem, integrated once and read anywhere."""

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import ProfileError
from roverctl.core.times import SECOND_NS
from roverctl.ephemeris.nodes import hermite
from roverctl.ephemeris.scales import J2000_NS, Epochs
from roverctl.mission.profile import Halo

Array = npt.NDArray[np.float64]

# RK4 at this step closes the default orbit as well as DOP853 at 1e-13 does (1 m); Hermite between its nodes adds less.
_HALF_STEPS = 2048
_CLOSURE_M = 1000.0


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
        self._step = halo.period / (2 * _HALF_STEPS)
        half = integrate(halo.mu, (halo.x, 0.0, halo.z, 0.0, halo.vy, 0.0), self._step, _HALF_STEPS)
        # At half the period the orbit must cross y = 0 at right angles.
        miss_m = float(np.abs(half[-1, [1, 3, 5]]).max()) * halo.unit_length_m
        if not miss_m < _CLOSURE_M:
            raise ProfileError(
                f"halo: x, z, vy and period are no periodic orbit: it misses its mirror image by {miss_m / 1000:.0f} km"
            )
        mirror = half[-2::-1] * np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
        self._nodes = np.ascontiguousarray(np.concatenate((half, mirror)).T)

    def position(self, at: Epochs) -> Array:
        """Units, [3, n]."""
        halo = self.halo
        since_s = at.utc_s - (halo.epoch_ns - J2000_NS) / SECOND_NS
        turns = halo.phase + since_s / (halo.period * halo.unit_time_s)
        scaled = (turns - np.floor(turns)) * (2 * _HALF_STEPS)
        index = np.minimum(scaled.astype(np.int64), 2 * _HALF_STEPS - 1)
        before, after = self._nodes[:, index], self._nodes[:, index + 1]
        return hermite(before[:3], before[3:], after[:3], after[3:], scaled - index, self._step)[0]


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
