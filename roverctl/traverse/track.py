"""The commanded line of a route, sampled closely along the ground, as time and battery are reckoned on it."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Mission
from roverctl.traverse.costs import cost_model
from roverctl.traverse.ground import Ground
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
    """Sample a route's waypoints over the ground that it was planned on, at the grid's spacing or coarser."""
    box, z = ground.box, ground.elevation_m
    corners = np.vstack([[route.east_m[0], route.north_m[0]], route.waypoints_m])
    corner_s = np.concatenate(([0.0], route.waypoint_s))
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))))
    spacing = max(box.spacing_m, along[-1] / most_points)
    inside = [
        np.linspace(a, b, max(2, math.ceil((b - a) / spacing) + 1))[:-1] for a, b in itertools.pairwise(along.tolist())
    ]
    plan = np.concatenate([*inside, along[-1:]])
    east, north = np.interp(plan, along, corners[:, 0]), np.interp(plan, along, corners[:, 1])
    row = np.clip(np.round((north - box.north_m) / box.spacing_m).astype(np.int64), 1, box.height - 2)
    column = np.clip(np.round((east - box.east_m) / box.spacing_m).astype(np.int64), 1, box.width - 2)
    height = _between(z, (north - box.north_m) / box.spacing_m, (east - box.east_m) / box.spacing_m)
    height = np.where(np.isnan(height), z[row, column], height)
    run, rise = np.diff(plan), np.diff(height)
    # Beside missing data the nearest node's height is taken, which is that of the point only on the node itself.
    rise = np.clip(rise, -run * math.tan(route.request.max_slope_rad), run * math.tan(route.request.max_slope_rad))
    still = np.zeros_like(run)
    work = cost_model(mission, route.request, "energy").terms(run, rise, still, still)
    return Track(
        east, north, plan, height, np.stack((row, column), axis=1),
        np.diff(np.interp(plan, along, corner_s)), work["roll"] + work["climb"],
        (z[row, column + 1] - z[row, column - 1]) / (2.0 * box.spacing_m),
        (z[row + 1, column] - z[row - 1, column]) / (2.0 * box.spacing_m),
    )  # fmt: skip


def _between(z: Array, row: Array, column: Array) -> Array:
    """Heights between the nodes of a grid, bilinear."""
    r = np.clip(np.floor(row).astype(np.int64), 0, z.shape[0] - 2)
    c = np.clip(np.floor(column).astype(np.int64), 0, z.shape[1] - 2)
    y, x = row - r, column - c
    south = z[r, c] * (1.0 - x) + z[r, c + 1] * x
    return np.asarray(south * (1.0 - y) + (z[r + 1, c] * (1.0 - x) + z[r + 1, c + 1] * x) * y)
