"""What a route is like point by point: ground and time, and with a departure Sun, contact, battery and heat."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Mission
from roverctl.traverse.time.day import Day
from roverctl.traverse.time.timeline import Drive
from roverctl.traverse.track import Track

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class SkyAlong:
    """At each of n points as it is reached: the Sun (radians; seen or in shadow), contact, battery 0..1, body."""

    sun_elevation_rad: Array
    sun_azimuth_rad: Array
    lit: Mask
    contact: Mask
    charge: Array
    temperature_k: Array


@dataclass(frozen=True, slots=True, eq=False)
class RouteProfile:
    """n points along the commanded line; metres, radians, seconds.

    ``along_m`` is true distance over the ground. ``slope_along_rad`` is the slope ahead, uphill positive (at the last
    point the one behind), ``slope_across_rad`` rises to the right. ``reach_s`` is when a point is reached after
    departure, ``leave_s`` when it is left: they differ where the vehicle waits. ``sky`` is None without a departure.
    """

    east_m: Array
    north_m: Array
    elevation_m: Array
    along_m: Array
    slope_along_rad: Array
    slope_across_rad: Array
    reach_s: Array
    leave_s: Array
    sky: SkyAlong | None


def route_profile(
    mission: Mission, track: Track, day: Day | None = None, driven: Drive | None = None, depart_s: float = 0.0
) -> RouteProfile:
    """The profile of a track, and of its drive over a day where there is one."""
    run, rise = np.diff(track.plan_m), np.diff(track.elevation_m)
    # Pieces of no length, at corners that fall together, take the slope of the one before.
    with np.errstate(invalid="ignore", divide="ignore"):
        ahead = np.where(run > 0.0, np.arctan2(rise, run), 0.0)
        east = np.where(run > 0.0, np.diff(track.east_m) / run, 0.0)
        north = np.where(run > 0.0, np.diff(track.north_m) / run, 0.0)
    ahead, east, north = (np.append(part, part[-1:]) for part in (ahead, east, north))
    still = np.concatenate(([0.0], np.cumsum(track.drive_s)))
    return RouteProfile(
        track.east_m, track.north_m, track.elevation_m,
        np.concatenate(([0.0], np.cumsum(np.hypot(run, rise)))),
        ahead, np.arctan(track.tilt_east * north - track.tilt_north * east),
        still if driven is None else driven.walk.reach_s - depart_s,
        still if driven is None else driven.walk.leave_s - depart_s,
        None if day is None or driven is None else _sky_along(mission, day, driven),
    )  # fmt: skip


def _sky_along(mission: Mission, day: Day, driven: Drive) -> SkyAlong:
    at_s = driven.walk.reach_s
    spans, first = day.contact, driven.pieces.first
    number = np.searchsorted(spans[:, 0], at_s, side="right") - 1
    station = (number >= 0) & (at_s <= spans[number, 1]) if len(spans) else np.zeros(len(at_s), dtype=np.bool_)
    return SkyAlong(
        day.course.elevation_at(at_s), day.course.azimuth_at(at_s) % (2.0 * np.pi), driven.lit,
        station & driven.in_sight[np.minimum(first, len(driven.in_sight) - 1)],
        driven.energy.charge_j[first] / mission.vehicle.battery_capacity_j, driven.energy.temperature_k[first],
    )  # fmt: skip
