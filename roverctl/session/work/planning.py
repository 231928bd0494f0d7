"""A planned route as it crosses from the workshop to the window: the line that will be commanded, with its profile."""

import itertools
import math
from typing import Any

import numpy as np

from roverctl.core.errors import CommandRefusedError
from roverctl.terrain.source import Terrain
from roverctl.traverse.route import Route
from roverctl.traverse.violations import check_waived, command_comment

_MOST_POINTS = 6000


def _length_text(metres: float) -> str:
    return f"{metres / 1000:.3g} km" if metres >= 1000 else f"{metres:.3g} m"


def route_content(route: Route, terrain: Terrain) -> dict[str, Any]:
    """What crosses: the commanded line, sampled at the route's spacing on the map's terrain, and the document."""
    note = route.terrain
    generated = note.generated_below_m
    below = f", generated below {_length_text(generated)}" if route.spacing_m < generated else ""
    corners = np.vstack([[route.east_m[0], route.north_m[0]], route.waypoints_m])
    legs_m = np.hypot(*np.diff(corners, axis=0).T)
    at_corner_m = np.concatenate([[0.0], np.cumsum(legs_m)])
    spacing_m = max(route.spacing_m, at_corner_m[-1] / _MOST_POINTS)
    # Every corner, and points between them no farther apart than the spacing.
    inside = [
        np.linspace(a, b, max(2, math.ceil((b - a) / spacing_m) + 1))[:-1]
        for a, b in itertools.pairwise(at_corner_m.tolist())
    ]
    plan_m = np.concatenate([*inside, at_corner_m[-1:]])
    east_m, north_m = np.interp(plan_m, at_corner_m, corners[:, 0]), np.interp(plan_m, at_corner_m, corners[:, 1])
    elevation_m = terrain.elevation(east_m, north_m, route.spacing_m)
    run, rise = np.diff(plan_m), np.diff(elevation_m)
    steps_m = np.hypot(run, rise)
    slope_deg = np.degrees(np.arctan2(rise, run))
    refusal = ""
    try:
        check_waived(route.violations, route.waivers)
    except CommandRefusedError as error:
        refusal = str(error)
    return {
        "document": route.to_geojson(),
        "view": {
            "name": f"R-{route.sha256[:4]}",
            "sha256": route.sha256,
            "east_m": east_m,
            "north_m": north_m,
            "elevation_m": elevation_m,
            "along_m": np.concatenate([[0.0], np.cumsum(steps_m)]),
            "slope_deg": slope_deg,
            "seconds": np.interp(plan_m, at_corner_m, np.concatenate([[0.0], route.waypoint_s])),
            "waypoints": [list(point) for point in route.waypoints()],
            "distance_m": float(steps_m.sum()),
            "duration_s": route.drive_s,
            "max_slope_deg": float(np.abs(slope_deg).max()),
            "spacing_m": route.spacing_m,
            "terrain": f"{note.label}{below}",
            "comment": command_comment(route.sha256, route.waivers),
            "refusal": refusal,
        },
    }
