"""The mission's vehicle figures as the vector that the kernel reads."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Mission

Array = npt.NDArray[np.float64]

STEP_S: Final = 0.25  # the fixed grid that integration stands on
STEP_NS: Final = 250_000_000

SPEED: Final = 0
TURN_RATE: Final = 1
STEP_LENGTH: Final = 2
LOOK_TIME: Final = 3
HALF_LENGTH: Final = 4
HALF_WIDTH: Final = 5
MAX_TILT: Final = 6
MAX_STEP: Final = 7
ODOMETRY_NOISE: Final = 8
HEADING_NOISE: Final = 9
ARRAY_PEAK: Final = 10
CAPACITY: Final = 11
EFFICIENCY: Final = 12
HEAT_SOURCES: Final = 13
HEAT_CAPACITY: Final = 14
RADIATOR: Final = 15
ABSORBER: Final = 16
SOLAR_FLUX: Final = 17
DRIVE_FLAT: Final = 18
DRIVE_CLIMB: Final = 19
MASS: Final = 20
GRAVITY: Final = 21
ROUGH_ARM: Final = 22
_SIZE: Final = 23


@dataclass(frozen=True, slots=True)
class KernelFigures:
    """Scalars by the indices above, the slip curve (slope in radians, slip 0..1), and what rough ground adds to a metre
    (RMS in metres, seconds)."""

    scalars: Array
    slip_slope_rad: Array
    slip: Array
    rough_m: Array
    rough_s_m: Array


def kernel_figures(mission: Mission) -> KernelFigures:
    """The figures of a mission's vehicle on its body."""
    vehicle, body = mission.vehicle, mission.body
    scalars = np.zeros(_SIZE)
    scalars[SPEED] = vehicle.speed_m_s
    scalars[TURN_RATE] = vehicle.turn_rate_rad_s
    scalars[STEP_LENGTH] = vehicle.step_length_m
    scalars[LOOK_TIME] = vehicle.look_time_s
    scalars[HALF_LENGTH] = vehicle.length_m / 2.0
    scalars[HALF_WIDTH] = vehicle.width_m / 2.0
    scalars[MAX_TILT] = vehicle.max_tilt_rad
    scalars[MAX_STEP] = vehicle.max_step_m
    scalars[ODOMETRY_NOISE] = vehicle.odometry_noise
    scalars[HEADING_NOISE] = vehicle.heading_noise_rad
    scalars[ARRAY_PEAK] = vehicle.array_peak_w
    scalars[CAPACITY] = vehicle.battery_capacity_j
    scalars[EFFICIENCY] = vehicle.battery_efficiency
    scalars[HEAT_SOURCES] = vehicle.heat_sources_w
    scalars[HEAT_CAPACITY] = vehicle.heat_capacity_j_k
    scalars[RADIATOR] = vehicle.radiator_m2
    scalars[ABSORBER] = vehicle.absorber_m2
    scalars[SOLAR_FLUX] = body.solar_flux_w_m2
    scalars[DRIVE_FLAT] = vehicle.drive_flat
    scalars[DRIVE_CLIMB] = vehicle.drive_climb
    scalars[MASS] = vehicle.mass_kg
    scalars[GRAVITY] = body.gravity_m_s2
    scalars[ROUGH_ARM] = vehicle.rough_arm_m
    return KernelFigures(
        scalars, np.array(vehicle.slip_slope_rad), np.array(vehicle.slip),
        np.array(vehicle.rough_m), np.array(vehicle.rough_s_m),
    )  # fmt: skip


def load_w(mission: Mission, mode: str, moving: bool) -> float:
    """What everything but the drive uses, by mode."""
    vehicle = mission.vehicle
    if moving:
        return vehicle.load_moving_w
    return {"DETECTING": vehicle.load_imaging_w, "NOON_NAP": vehicle.load_nap_w, "DORMANT": vehicle.load_dormant_w}.get(
        mode, vehicle.load_idle_w
    )
