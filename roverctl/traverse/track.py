"""The commanded line of a route, sampled closely along the ground, as time and battery are reckoned on it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Mission
from roverctl.traverse.costs import cost_model
from roverctl.traverse.ground import Ground
from roverctl.traverse.line import LineOnGround, line_on
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.route import Route

Array = npt.NDArray[np.float64]

MOST_POINTS = 2000


@dataclass(frozen=True, slots=True)
class Track:
    """n points of a line and the n - 1 pieces between them.

    ``cell`` [n, 2] is each point's nearest node (row, column) in the box; ``drive_s`` are seconds of driving, looks
    and turns counted, and ``wheels_j`` what the wheels take; ``tilt_east`` and ``tilt_north`` [n] the gradient.
    ``plan_m`` is along the line in the plane of the site frame, ``elevation_m`` that of the ground planned on.
    """

    east_m: Array
    north_m: Array
    plan_m: Array
    elevation_m: Array
    cell: npt.NDArray[np.int64]
    drive_s: Array
    wheels_j: Array
    tilt_east: Array
    tilt_north: Array


def track(mission: Mission, ground: Ground, route: Route, most_points: int = MOST_POINTS) -> Track:
    """A route's commanded line over the ground that it was planned on, as its figures are told of it."""
    corners = np.vstack(([route.east_m[0], route.north_m[0]], route.waypoints_m))
    return track_of(mission, route.request, line_on(ground, cost_model(mission, route.request), corners), most_points)


def track_of(mission: Mission, request: RouteRequest, at: LineOnGround, most_points: int = MOST_POINTS) -> Track:
    """The samples of a line, thinned out to so many points."""
    count = len(at.east_m)
    chosen = np.unique(np.linspace(0, count - 1, min(count, most_points)).round().astype(np.int64))
    still = np.zeros_like(at.run_m)
    work = cost_model(mission, request, "energy").terms(at.run_m, np.diff(at.elevation_m), still, still)
    seconds = at.seconds(cost_model(mission, request, "time"), mission.vehicle.turn_rate_rad_s)

    def upto(amounts: Array) -> Array:
        return np.concatenate(([0.0], np.cumsum(amounts)))[chosen]

    return Track(
        at.east_m[chosen], at.north_m[chosen], upto(at.run_m), at.elevation_m[chosen], at.cell[chosen],
        np.diff(upto(seconds)), np.diff(upto(work["roll"] + work["climb"])),
        at.tilt_east[chosen], at.tilt_north[chosen],
    )  # fmt: skip
