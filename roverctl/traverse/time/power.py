"""The battery along a route: array, loads and wheels, with the figures and the formulas of the vehicle's kernel."""

import math

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Mission
from roverctl.traverse.time.conditions import NAP_SUN_RAD, SunCourse
from roverctl.traverse.track import Track
from roverctl.vehicle import figures as fig
from roverctl.vehicle.figures import kernel_figures, load_w

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_STEP_S = 600.0  # a wait is reckoned in pieces this long, over which the Sun moves 0.1°


def charge_along(
    mission: Mission, course: SunCourse, track: Track, reach_s: Array, leave_s: Array, lit: Mask
) -> tuple[float, float]:
    """The lowest charge on the way and that on arrival, 0..1, from the charge that an operation begins with.

    ``reach_s`` and ``leave_s`` are when each point of the track is reached and left, seconds after the course begins.
    """
    scalars = kernel_figures(mission).scalars
    capacity, efficiency = float(scalars[fig.CAPACITY]), float(scalars[fig.EFFICIENCY])
    begin, length, point, wheels_w = _pieces(track, reach_s, leave_s)
    middle = begin + 0.5 * length
    elevation = course.elevation_at(middle)
    up, level = np.sin(elevation), np.cos(elevation)
    azimuth = course.azimuth_at(middle)
    east, north = track.tilt_east[point], track.tilt_north[point]
    facing = (up - level * (east * np.sin(azimuth) + north * np.cos(azimuth))) / np.sqrt(1.0 + east**2 + north**2)
    array_w = scalars[fig.ARRAY_PEAK] * np.where(lit[point] & (elevation > 0.0), np.maximum(facing, 0.0), 0.0)
    idle = np.where(elevation >= NAP_SUN_RAD, load_w(mission, "NOON_NAP", False), load_w(mission, "", False))
    load = np.where(wheels_w >= 0.0, load_w(mission, "", True) + np.maximum(wheels_w, 0.0), idle)
    surplus = array_w - load
    gained = np.where(surplus > 0.0, surplus * efficiency, surplus) * length
    charge = mission.start_state.charge * capacity
    lowest = charge
    for joules in gained.tolist():
        charge = min(max(charge + joules, 0.0), capacity)
        lowest = min(lowest, charge)
    return lowest / capacity, charge / capacity


def _pieces(track: Track, reach_s: Array, leave_s: Array) -> tuple[Array, Array, npt.NDArray[np.int64], Array]:
    """Begin, length, point and wheel power of all stays and drives in turn; the power of a stay is -1."""
    begin: list[Array] = []
    length: list[Array] = []
    point: list[int] = []
    power: list[float] = []
    for i, (reached, left) in enumerate(zip(reach_s.tolist(), leave_s.tolist(), strict=True)):
        parts = math.ceil((left - reached) / _STEP_S)
        if parts:
            edges = np.linspace(reached, left, parts + 1)
            begin.append(edges[:-1])
            length.append(np.diff(edges))
            point += [i] * parts
            power += [-1.0] * parts
        if i < len(track.drive_s):
            seconds = reach_s[i + 1] - left
            begin.append(np.array([left]))
            length.append(np.array([seconds]))
            point.append(i)
            power.append(float(track.wheels_j[i] / seconds) if seconds > 0.0 else 0.0)
    return np.concatenate(begin), np.concatenate(length), np.array(point, dtype=np.int64), np.array(power)
