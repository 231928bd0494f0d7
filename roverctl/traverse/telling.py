"""What else can be told of a planned route, as documents: why, what else, when, how sure."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from roverctl.core.times import DAY_NS, SECOND_NS, format_utc
from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain
from roverctl.traverse.alternatives import alternatives, comparison
from roverctl.traverse.explaining import explanation, straight_legs
from roverctl.traverse.planner import RouteField, plan_field
from roverctl.traverse.route import Route
from roverctl.traverse.time.conditions import sun_course
from roverctl.traverse.time.departures import nearest_safe_place, sweep
from roverctl.traverse.uncertainty import ErrorModel, breaking_chances

_SHORT_S = 6 * 3600.0  # of driving: no lunar day gives less
LUNAR_DAY_S = 29.530588 * DAY_NS / SECOND_NS  # the mean synodic month


def days_of_driving(mission: Mission, route: Route) -> tuple[float, str] | None:
    """The lunar days that a route takes, and that in words; None where one gives it hours enough to drive in.

    The vehicle drives while the Sun stands between the heights at which it is put to sleep and naps.
    """
    if route.drive_s < _SHORT_S:
        return None
    begin_ns = mission.start_ns if route.request.depart_ns is None else route.request.depart_ns
    course = sun_course(Sky(mission), begin_ns)
    spans = np.minimum(course.spans(course.sleep_rad, course.nap_rad), LUNAR_DAY_S)
    day_s = float(np.diff(spans, axis=1).sum())
    if route.drive_s <= day_s or day_s == 0.0:  # where it never drives, departures are refused
        return None
    days = route.drive_s / day_s
    return days, (
        f"{route.drive_m / 1000.0:,.0f} km are {route.drive_s / 3600.0:,.0f} h of driving, {days:,.1f} lunar days with "
        f"{day_s / 3600.0:.0f} h each of the Sun between {math.degrees(course.sleep_rad):g}° and "
        f"{math.degrees(course.nap_rad):g}°"
    )


def more_about(
    terrain: Terrain, mission: Mission, field: RouteField, route: Route, *, explained: bool, compared: bool,
    departures: int | None, dem_error: tuple[float, float] | None,
) -> dict[str, Any]:  # fmt: skip
    """The documents asked for, by name: ``explain``, ``alternatives``, ``sweep``, ``uncertainty``."""
    told: dict[str, Any] = {}
    request, ground = field.request, field.ground
    if explained:
        told["explain"] = explanation(mission, straight_legs(mission, ground, route), request)
    if compared:
        told["alternatives"] = comparison(mission, alternatives(terrain, mission, request))
    if departures is not None:
        told["sweep"] = _sweep(terrain, mission, field, departures)
    if dem_error is not None:
        errors = ErrorModel(*dem_error)
        limit = mission.vehicle.max_tilt_rad
        each, chance = breaking_chances(ground, route, errors, limit)
        told["uncertainty"] = {
            "sigma_m": errors.sigma_m, "length_m": errors.length_m, "copies": errors.copies, "seed": errors.seed,
            "limit_deg": math.degrees(limit), "chance": chance, "segments": each.tolist(),
        }  # fmt: skip
    return told


def _sweep(terrain: Terrain, mission: Mission, field: RouteField, count: int) -> dict[str, Any]:
    """Departures from the request's to night, and the safe place that is nearest to the goal."""
    assert field.day is not None and field.request.depart_ns is not None
    begin_ns = field.request.depart_ns
    found = sweep(terrain, mission, field.request, begin_ns, begin_ns + round(field.day.night_s * SECOND_NS), count)
    there = replace(
        field.request, start_m=field.request.goal_m, goal_m=field.request.start_m, via_m=(), objective="time",
        weights=(), depart_ns=None,
    )  # fmt: skip
    place = nearest_safe_place(plan_field(terrain, mission, there), field.day)
    lon, lat = mission.site.to_geographic(*place.point_m)
    return {
        "departures": [departure.document() for departure in found.departures],
        "latest_safe": None if found.latest_safe is None else found.latest_safe.document(),
        "safe_place": {
            "at": [float(lon), float(lat)], "site_m": list(place.point_m), "drive_s": place.drive_s,
            "slope_deg": place.slope_deg, "sun_from": format_utc(place.sun_from_ns, 0),
        },
    }  # fmt: skip
