"""Motions: what the executive asks of the kernel, one row each, ``(kind, a, b)``.

Used by the simulated rover and the forecast alike, so that both mean the same by a command.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.mission.mdb import Value
from roverctl.vehicle.state import EST_EAST, EST_NORTH

Array = npt.NDArray[np.float64]

GOTO: Final = 0.0  # a, b: east and north to reach; turns on the spot first where it must
FACE: Final = 1.0  # a: heading to turn to

# A heading that is further off is turned to on the spot, to within this; the rest is turned away while driving.
TURN_ON_SPOT_RAD: Final = math.radians(6.0)

MOTION_COMMANDS: Final = ("DRIVE", "TURN", "FOLLOW_ROUTE")


def motions_of(command: str, arguments: dict[str, Value], state: Array) -> Array:
    """The motions of a command that begins at ``state``; shape (n, 3).

    A DRIVE aims at a point reckoned from where the vehicle believes to be.
    """
    if command == "TURN":
        return np.array([[FACE, math.radians(float(arguments["heading"])), 0.0]])  # type: ignore[arg-type]
    if command == "DRIVE":
        heading = math.radians(float(arguments["heading"]))  # type: ignore[arg-type]
        distance = float(arguments["distance"])  # type: ignore[arg-type]
        east = state[EST_EAST] + distance * math.sin(heading)
        north = state[EST_NORTH] + distance * math.cos(heading)
        return np.array([[GOTO, east, north]])
    if command == "FOLLOW_ROUTE":
        points: list[tuple[float, float]] = arguments["waypoints"]  # type: ignore[assignment]
        return np.array([[GOTO, east, north] for east, north in points])
    raise ValueError(f"{command} is no motion")


def turning_s(turn_rad: npt.ArrayLike, turn_rate_rad_s: float) -> Array:
    """How long the vehicle stands to turn by each of ``turn_rad``, whichever way, between two straight drives."""
    return np.maximum(np.abs(np.angle(np.exp(1j * np.asarray(turn_rad)))) - TURN_ON_SPOT_RAD, 0.0) / turn_rate_rad_s


def length_m(motions: Array, state: Array) -> float:
    """The straight way along the motions from where the vehicle believes to be."""
    points = motions[motions[:, 0] == GOTO, 1:]
    track = np.vstack([[state[EST_EAST], state[EST_NORTH]], points])
    return float(np.hypot(*np.diff(track, axis=0).T).sum())
