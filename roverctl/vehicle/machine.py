"""The vehicle, ready to run: figures, ground and sky around the kernel."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Mission
from roverctl.vehicle import state as st
from roverctl.vehicle.figures import STEP_NS, kernel_figures
from roverctl.vehicle.ground import Ground
from roverctl.vehicle.kernel import ENDED, OFF_PATCH, advance, reach_m

Array = npt.NDArray[np.float64]
Sun = Callable[[npt.NDArray[np.int64]], tuple[Array, Array]]  # t_ns -> azimuth, elevation (radians) at the site

_SUN_NODE_STEPS: Final = 2400  # the Sun is tabulated every 600 s: straight lines between are good to 0.0001 deg
_SUN_NODES: Final = 145  # a day at a time
_NO_TRACE: Final = np.empty((0, st.SIZE))
NO_MOTIONS: Final = np.empty((0, 3))


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did: how many steps, and whether the motions ended (``state[STOP]`` says why)."""

    steps: int
    ended: bool


class Machine:
    """Steps a state vector over the grid that begins at ``origin_ns``.

    Parameters
    ----------
    mission, ground, sun
        Figures, elevations and the Sun's direction.
    origin_ns
        Step number 0.
    seed, noisy
        Of the odometry's and heading's errors; a forecast runs without.
    """

    def __init__(
        self, mission: Mission, ground: Ground, sun: Sun, origin_ns: int, seed: int = 0, noisy: bool = False
    ) -> None:
        self._figures = kernel_figures(mission)
        self._ground = ground.reaching(reach_m(self._figures.scalars))
        self._sun = sun
        self._origin_ns = origin_ns
        self._seed = seed
        self._noisy = noisy
        self._sun_day: int | None = None
        self._sun_table = np.empty((0, 2))

    def step_at(self, t_ns: int) -> int:
        """The number of the last step that ends by ``t_ns``."""
        return (t_ns - self._origin_ns) // STEP_NS

    def time_of(self, step: int) -> int:
        """When a step begins."""
        return self._origin_ns + step * STEP_NS

    def sun_at(self, step: int) -> tuple[float, float]:
        """Elevation and azimuth of the Sun at a step, as the kernel sees them."""
        table, first = self._sun_around(step)
        node, part = divmod(step - first, _SUN_NODE_STEPS)
        (e0, a0), (e1, a1) = table[node : node + 2].tolist()
        share = part / _SUN_NODE_STEPS
        return e0 + (e1 - e0) * share, (a0 + (a1 - a0) * share) % (2.0 * math.pi)

    def run(
        self, state: Array, motions: Array, base_load_w: float, step: int, steps: int,
        trace: Array = _NO_TRACE, trace_every: int = 1,
    ) -> Run:  # fmt: skip
        """Step ``state`` in place, up to ``steps`` steps from number ``step`` or to the end of the motions."""
        done = 0
        traced = 0
        while done < steps:
            table, first = self._sun_around(step + done)
            until_night = first + (_SUN_NODES - 1) * _SUN_NODE_STEPS - (step + done)
            patch = self._ground.at(float(state[st.EAST]), float(state[st.NORTH]))
            count, why = advance(
                state, motions, self._figures.scalars, self._figures.slip_slope_rad, self._figures.slip,
                self._figures.rough_m, self._figures.rough_s_m,
                patch.elevation_m, patch.east_m, patch.north_m, patch.spacing_m, patch.core,
                table, first, _SUN_NODE_STEPS,
                base_load_w, self._seed, self._noisy, step + done, min(steps - done, until_night),
                trace[traced:], trace_every,
            )  # fmt: skip
            traced += (step + done + count) // trace_every - (step + done) // trace_every
            done += count
            if why == ENDED:
                return Run(done, True)
            if why == OFF_PATCH and count == 0 and not np.isfinite(state[st.EAST] + state[st.NORTH]):
                raise ArithmeticError("the vehicle's position is no longer a number")
        return Run(done, False)

    def _sun_around(self, step: int) -> tuple[Array, int]:
        """The table that serves a step, a day of nodes from a fixed origin, and the number of its first step."""
        span = (_SUN_NODES - 1) * _SUN_NODE_STEPS
        day = step // span
        if day != self._sun_day:
            steps = day * span + np.arange(_SUN_NODES, dtype=np.int64) * _SUN_NODE_STEPS
            azimuth, elevation = self._sun(self._origin_ns + steps * STEP_NS)
            self._sun_table = np.column_stack([elevation, np.unwrap(azimuth)])
            self._sun_day = day
        return self._sun_table, day * span
