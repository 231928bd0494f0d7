"""A planned route as it crosses from the workshop to the window."""

from typing import Any

import numpy as np

from roverctl.traverse.route import Route


def route_content(route: Route) -> dict[str, Any]:
    """What crosses: arrays and figures of the view, and the document for files."""
    note = route.terrain
    generated = note.generated_below_m
    below = f", generated below {generated:g} m" if route.spacing_m < generated else ""
    return {
        "document": route.to_geojson(),
        "view": {
            "name": f"R-{route.sha256[:4]}",
            "east_m": route.east_m,
            "north_m": route.north_m,
            "elevation_m": route.elevation_m,
            "along_m": np.concatenate([[0.0], np.cumsum(route.segment_m)]),
            "slope_deg": route.slope_deg,
            "seconds": route.passing_s,
            "waypoints": [list(point) for point in route.waypoints()],
            "distance_m": route.distance_m,
            "duration_s": route.drive_s,
            "max_slope_deg": route.max_slope_deg,
            "spacing_m": route.spacing_m,
            "terrain": f"{note.label}{below}",
        },
    }
