"""The vehicle's state as one vector, so that a kernel can step it and a snapshot can keep it.

Angles radians (heading from north, clockwise), lengths metres in the site frame, energy joules, temperature kelvin.
``EAST .. HEADING`` is where the vehicle is; ``EST_*`` where it believes to be, and what it steers by.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import StartState, Vehicle

Array = npt.NDArray[np.float64]

EAST: Final = 0
NORTH: Final = 1
HEADING: Final = 2
EST_EAST: Final = 3
EST_NORTH: Final = 4
EST_HEADING: Final = 5
ELEVATION: Final = 6
PITCH: Final = 7  # nose up
ROLL: Final = 8  # right side down
TILT: Final = 9
ODOMETER: Final = 10  # rolled by the wheels
SPEED: Final = 11  # over ground, m/s
SLIP: Final = 12  # 0..1
CHARGE: Final = 13
TEMPERATURE: Final = 14
ARRAY_POWER: Final = 15
LOAD_POWER: Final = 16
DRIVE_POWER: Final = 17
MOTION: Final = 18  # index of the motion under way
LOOK_LEFT: Final = 19  # seconds still to look
SINCE_LOOK: Final = 20  # metres since the last look
DRIVEN: Final = 21  # metres over ground since the motions began
STOP: Final = 22  # why motion ended, one of STOP_*
SIZE: Final = 23


# Why a motion ended; the numbers are those of the MDB's STOP_REASON.
STOP_NONE: Final = 0
STOP_DONE: Final = 1
STOP_COMMANDED: Final = 2
STOP_TILT: Final = 3
STOP_OBSTACLE: Final = 4
STOP_BATTERY: Final = 5
STOP_NO_GROUND: Final = 6
STOP_SLIP: Final = 7


def start_state(start: StartState, vehicle: Vehicle) -> Array:
    """The state in which an operation begins; attitude follows with the first step."""
    state = np.zeros(SIZE)
    state[[EAST, EST_EAST]] = start.east_m
    state[[NORTH, EST_NORTH]] = start.north_m
    state[[HEADING, EST_HEADING]] = start.heading_rad
    state[CHARGE] = start.charge * vehicle.battery_capacity_j
    state[TEMPERATURE] = start.body_temperature_k
    return state
