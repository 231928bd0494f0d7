"""Battery and heat along a route, by the vehicle's kernel, over its stays and drives."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Mission
from roverctl.traverse.time.conditions import SunCourse
from roverctl.traverse.time.walking import Pieces
from roverctl.traverse.track import Track
from roverctl.vehicle.energy import EnergyCourse, energy_course
from roverctl.vehicle.figures import kernel_figures, load_w

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reserves:
    """What a vehicle has as it departs: joules in the battery, the body in kelvin."""

    charge_j: float
    temperature_k: float


def energy_along(
    mission: Mission, course: SunCourse, track: Track, pieces: Pieces, lit: Mask, has: Reserves | None = None
) -> EnergyCourse:
    """Charge and temperature at the ends of all pieces; ``lit`` says for each point whether the Sun is seen there.

    They begin with what the vehicle ``has``, or with what an operation begins with. A vehicle that waits naps
    while the Sun stands above the nap's height, else it idles.
    """
    start, vehicle = mission.start_state, mission.vehicle
    middle = pieces.begin_s + 0.5 * pieces.length_s
    elevation = course.elevation_at(middle)
    napping, idle = load_w(mission, "NOON_NAP", False), load_w(mission, "", False)
    wheels_j = np.append(track.wheels_j, 0.0)[pieces.point]
    with np.errstate(invalid="ignore", divide="ignore"):
        wheels_w = np.where(pieces.length_s > 0.0, wheels_j / pieces.length_s, 0.0)
    waiting = np.where(elevation >= course.nap_rad, napping, idle)
    return energy_course(
        kernel_figures(mission).scalars,
        start.charge * vehicle.battery_capacity_j if has is None else has.charge_j,
        start.body_temperature_k if has is None else has.temperature_k,
        pieces.length_s, np.where(pieces.drives, load_w(mission, "", True) + wheels_w, waiting),
        elevation, course.azimuth_at(middle),
        track.tilt_east[pieces.point], track.tilt_north[pieces.point], lit[pieces.point],
    )  # fmt: skip
