"""A planned route as it crosses from the workshop to the window: the line that will be commanded, with its profile."""

import itertools
import math
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from roverctl.core.times import parse_utc
from roverctl.mission.profile import Mission
from roverctl.traverse.commanded import PlannedCommand
from roverctl.traverse.costs import UNITS, cost_model
from roverctl.traverse.ground import Ground
from roverctl.traverse.line import line_on
from roverctl.traverse.route import Route
from roverctl.traverse.time.profile import RouteProfile

Array = npt.NDArray[np.float64]

_MOST_POINTS = 6000


def _length_text(metres: float) -> str:
    return f"{metres / 1000:.3g} km" if metres >= 1000 else f"{metres:.3g} m"


def route_content(mission: Mission, ground: Ground, route: Route) -> dict[str, Any]:
    """What crosses: the commanded line as its figures are told of it, thinned out, and the document."""
    note = route.terrain
    generated = note.generated_below_m
    below = f", generated below {_length_text(generated)}" if route.spacing_m < generated else ""
    corners = np.vstack([[route.east_m[0], route.north_m[0]], route.waypoints_m])
    line = line_on(ground, cost_model(mission, route.request), corners)
    count = len(line.east_m)
    chosen = np.unique(np.linspace(0, count - 1, min(count, _MOST_POINTS)).round().astype(np.int64))
    steps_s = line.seconds(cost_model(mission, route.request, "time"), mission.vehicle.turn_rate_rad_s)
    plan_m, along_m, seconds = (
        np.concatenate(([0.0], np.cumsum(steps)))[chosen] for steps in (line.run_m, line.ground_m, steps_s)
    )
    elevation_m = line.elevation_m[chosen]
    strips = {
        "across_deg": -np.degrees(np.append(line.across_rad, line.across_rad[-1:])[chosen]),
        "speed_m_h": _speed_m_h(np.diff(along_m), seconds),
    }
    return {
        "document": route.to_geojson(),
        "view": {
            "name": f"R-{route.sha256[:4]}",
            "sha256": route.sha256,
            "east_m": line.east_m[chosen],
            "north_m": line.north_m[chosen],
            "elevation_m": elevation_m,
            "along_m": along_m,
            "slope_deg": np.degrees(np.arctan2(np.diff(elevation_m), np.diff(plan_m))),
            "seconds": seconds,
            "waypoints": [list(point) for point in route.waypoints()],
            "distance_m": route.drive_m,
            "duration_s": route.drive_s,
            "max_slope_deg": route.max_slope_deg,
            "spacing_m": route.spacing_m,
            "terrain": f"{note.label}{below}",
            "cost": route.cost,
            "cost_unit": UNITS[route.request.objective],
            "terms": leg_terms(route),
            "strips": strips,
            "times": None if route.timing is None else times_content(route.timing),
        },
    }


def command_content(command: PlannedCommand, waived: str = "") -> list[Any]:
    """A command, with what was ``waived`` added to its comment."""
    arguments = msgspec.to_builtins(command.arguments)
    return [command.name, arguments, f"{command.comment}{waived}", command.not_before_ns]


def leg_terms(route: Route) -> dict[str, Array]:
    """The cost terms of each leg between waypoints: those of the segments beside it. All add up to the cost."""
    cuts = [0]
    for east, north in route.waypoints_m[:-1].tolist():
        away = np.hypot(route.east_m[cuts[-1] :] - east, route.north_m[cuts[-1] :] - north)
        cuts.append(cuts[-1] + int(away.argmin()))
    cuts.append(len(route.segment_m))
    return {
        name: np.array([math.fsum(values[a:b].tolist()) for a, b in itertools.pairwise(cuts)])
        for name, values in route.terms.items()
        if values.any()
    }


def strips_over_time(profile: RouteProfile, along_m: Array) -> dict[str, Array]:
    """What the profile of a timed route has beyond the ground, at points of the same line, by their distance."""
    if profile.sky is None:
        return {}
    sky, share = profile.sky, profile.along_m * (along_m[-1] / max(profile.along_m[-1], 1e-9))

    def at(values: Array) -> Array:
        return np.asarray(np.interp(along_m, share, values))

    return {
        "sun_deg": at(np.degrees(sky.sun_elevation_rad)),
        "lit": np.round(at(sky.lit.astype(np.float64))),
        "contact": np.round(at(sky.contact.astype(np.float64))),
        "charge": at(100.0 * sky.charge),
        "temperature_degc": at(sky.temperature_k - 273.15),
        "after_h": at(profile.reach_s) / 3600.0,
    }


def times_content(timing: dict[str, Any]) -> dict[str, Any]:
    """A route's timing, or a departure of a sweep, with its times in ns."""
    if "problem" in timing:
        return {"depart_ns": parse_utc(timing["depart"]), "problem": timing["problem"]}
    return {
        "depart_ns": parse_utc(timing["depart"]),
        "arrive_ns": parse_utc(timing["arrive"]),
        "wait_s": timing["wait_s"],
        "shadow_s": 60.0 * timing["shadow_min"],
        "contact_gap_s": 60.0 * timing["contact_gap_min"],
        "lowest_charge": timing["lowest_charge"],
        "sunset_margin_h": timing["sunset_margin_h"],
        "safe": bool(timing.get("safe", False)),
    }


def _speed_m_h(steps_m: Array, seconds: Array) -> Array:
    """Metres an hour over the segment that ends at each point, looks and turns counted."""
    took = np.diff(seconds)
    speed = np.divide(steps_m * 3600.0, took, out=np.zeros_like(steps_m), where=took > 0.0)
    return np.concatenate((speed[:1], speed))
