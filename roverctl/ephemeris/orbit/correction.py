"""Halos of any amplitude, by differential correction along their family.

From a known halo the Z amplitude is changed in steps; at each, x and the speed at the crossing are corrected by
Newton's method until half a revolution later the orbit crosses y = 0 at right angles again (Breakwell and Brown 1979,
Celest. Mech. 20:389; Howell 1984, Celest. Mech. 32:53). The state transition matrix is integrated beside the orbit.
The amplitude grows up to 77,600 km; orbits nearer to the Moon, past that turn of the family, are given by their state.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import ProfileError
from roverctl.mission.relay_orbit import Halo, HaloShape

Array = npt.NDArray[np.float64]

# A halo about L2 at mu = 0.0121505856 to begin from: Z amplitude 13,000 km at 384,400 km (FACTS, from Zhang 2021).
_SEED: Final = (1.1797357081, -0.0338192, -0.1621496190)
_STEP: Final = 0.01  # of the amplitude, units
_LEAST_STEP: Final = 2e-4
_LEAST_AMPLITUDE: Final = 1e-4  # 40 km: below lies the plane, in which the family begins
_TOLERANCE: Final = 1e-11  # of the velocity at the crossing
_NEWTON_STEPS: Final = 8
_LARGEST_CHANGE: Final = 0.02
_LONGEST_HALF: Final = 4.0


@lru_cache(maxsize=16)
def find_halo(shape: HaloShape) -> Halo:
    """The halo about L2 of an amplitude and family.

    Raises
    ------
    ProfileError
        When the family has no member of that amplitude, with the greatest that was found.
    """
    goal = shape.amplitude_m / shape.unit_length_m
    if goal < _LEAST_AMPLITUDE:
        raise ProfileError(f"halo.amplitude: must be at least {_LEAST_AMPLITUDE * shape.unit_length_m / 1000.0:.0f} km")
    x, z, vy = _SEED
    found = _corrected(shape.mu, x, z, vy)
    if found is None:
        raise ProfileError("halo.mu: no halo was found about L2 with this mass ratio")
    here, before = found, None
    step = _STEP
    while abs(here[1]) != goal:
        away = goal + here[1]  # z is negative on the way
        next_z = -goal if abs(away) <= step else here[1] - np.sign(away) * step
        guess = here if before is None else _ahead(before, here, next_z)
        found = _corrected(shape.mu, guess[0], float(next_z), guess[2])
        if found is None or abs(found[0] - here[0]) > _LARGEST_CHANGE:
            step /= 2.0
            if step < _LEAST_STEP:
                reached = -here[1] * shape.unit_length_m / 1000.0
                raise ProfileError(
                    f"halo.amplitude: no halo about L2 stands {shape.amplitude_m / 1000.0:.0f} km off the plane; they "
                    f"were found up to {reached:.0f} km"
                )
            continue
        before, here = here, found
        step = min(_STEP, step * 1.5)
    x, z, vy, period = here
    return Halo(
        shape.mu, x, z if shape.southern else -z, vy, period, shape.unit_length_m, shape.unit_time_s, shape.phase,
        shape.epoch_ns,
    )  # fmt: skip


Member = tuple[float, float, float, float]  # x, z, vy, period


def _ahead(before: Member, here: Member, z: float) -> Member:
    """The line through two members of the family, at another amplitude."""
    share = (z - here[1]) / (here[1] - before[1])
    return here[0] + share * (here[0] - before[0]), z, here[2] + share * (here[2] - before[2]), here[3]


def _corrected(mu: float, x: float, z: float, vy: float) -> Member | None:
    """The member of the family with this z, None where Newton's method finds none."""
    for _ in range(_NEWTON_STEPS):
        crossing = _half_turn(mu, x, z, vy)
        if crossing is None:
            return None
        half, state, transition = crossing
        if max(abs(state[3]), abs(state[5])) < _TOLERANCE:
            return x, z, vy, 2.0 * half
        rates = _rates(mu, state)
        # The crossing itself moves in time: dt = -dy / vy.
        columns = transition[np.ix_((3, 5), (0, 4))]
        columns -= np.outer(rates[[3, 5]], transition[1, [0, 4]]) / state[4]
        if not np.isfinite(columns).all() or abs(np.linalg.det(columns)) < 1e-12:
            return None
        dx, dvy = np.linalg.solve(columns, -state[[3, 5]])
        if max(abs(dx), abs(dvy)) > 0.1:
            return None
        x, vy = float(x + dx), float(vy + dvy)
    return None


def _half_turn(mu: float, x: float, z: float, vy: float) -> tuple[float, Array, Array] | None:
    """When the orbit crosses y = 0 again, the state [6] there and the transition matrix [6, 6] from the start."""
    from scipy.integrate import solve_ivp

    def crosses(_: float, y: Array) -> float:
        return float(y[1])

    crosses.terminal, crosses.direction = True, -np.sign(vy)  # type: ignore[attr-defined]
    start = np.concatenate(([x, 0.0, z, 0.0, vy, 0.0], np.eye(6).ravel()))
    # The start itself lies on y = 0: with this direction it is no crossing.
    solution = solve_ivp(
        lambda t, y: _with_transition(mu, y), (0.0, _LONGEST_HALF), start, "DOP853", rtol=1e-12, atol=1e-13,
        events=crosses,
    )  # fmt: skip
    if not solution.success or not solution.t_events[0].size:
        return None
    end = solution.y_events[0][-1]
    return float(solution.t_events[0][-1]), end[:6], end[6:].reshape(6, 6)


def _rates(mu: float, y: Array) -> Array:
    return _with_transition(mu, np.concatenate((y, np.zeros(36))))[:6]


def _with_transition(mu: float, y: Array) -> Array:
    """Rates of the state and of its transition matrix, [42]."""
    px, py, pz, vx, vy, vz = y[:6].tolist()
    a, b = px + mu, px - 1.0 + mu
    across = py * py + pz * pz
    r1, r2 = (a * a + across) ** 0.5, (b * b + across) ** 0.5
    e3, m3 = (1.0 - mu) / r1**3, mu / r2**3
    e5, m5 = 3.0 * e3 / r1**2, 3.0 * m3 / r2**2
    both, five = e3 + m3, e5 + m5
    xx, yy, zz = 1.0 - both + e5 * a * a + m5 * b * b, 1.0 - both + five * py * py, -both + five * pz * pz
    xy, xz, yz = (e5 * a + m5 * b) * py, (e5 * a + m5 * b) * pz, five * py * pz
    matrix = y[6:].reshape(6, 6)
    gradient = np.array([[xx, xy, xz, 0.0, 2.0, 0.0], [xy, yy, yz, -2.0, 0.0, 0.0], [xz, yz, zz, 0.0, 0.0, 0.0]])
    rates = np.empty(42)
    rates[:6] = vx, vy, vz, px + 2.0 * vy - e3 * a - m3 * b, py - 2.0 * vx - both * py, -both * pz
    rates[6:24] = matrix[3:].ravel()
    rates[24:] = (gradient @ matrix).ravel()
    return rates
