"""Why not straight there: the first limit that the straight line between two places breaks, with place and value."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from roverctl.core.errors import InfeasibleError
from roverctl.mission.profile import Mission
from roverctl.traverse.costs import CostModel, cost_model
from roverctl.traverse.ground import MOST_CELLS, Ground, forbidden
from roverctl.traverse.request import Point, RouteRequest
from roverctl.traverse.search.field import Cell, field_towards, ground_field

# An end that less than this part of all free ground leads to, or from, is told as closed in. A choice.
_LITTLE_PART = 0.1


@dataclass(frozen=True, slots=True)
class Violation:
    """A limit that is broken: ``kind`` is slope, climb, descent, cross slope, footprint, zone, no data or edge.

    ``value`` and ``limit`` are degrees for slopes, metres for a footprint; None where there is none.
    """

    kind: str
    value: float | None
    limit: float | None
    text: str


@dataclass(frozen=True, slots=True)
class StraightLeg:
    """The straight line from one stop to the next, and the first violation on it, if any."""

    begin_m: Point
    end_m: Point
    length_m: float
    violation: Violation | None
    place_m: Point | None
    along_m: float | None


def place_text(mission: Mission, point: Point) -> str:
    """LON,LAT as messages give them."""
    lon, lat = mission.site.to_geographic(*point)
    return f"{float(lon):.5f},{float(lat):.5f}"


def hazard_at(mission: Mission, ground: Ground, request: RouteRequest, cell: Cell) -> Violation:
    """Why a cell that is not free is not."""
    box = ground.box
    limit = math.degrees(request.max_slope_rad)
    slope = float(ground.slope_rad[cell])
    if math.isnan(slope):
        return Violation("no data", None, None, "no elevation data")
    if slope > request.max_slope_rad:
        degrees = math.degrees(slope)
        return Violation("slope", degrees, limit, f"slope {degrees:.1f}°, the limit is {limit:g}°")
    if min(cell) == 0 or cell[0] == box.height - 1 or cell[1] == box.width - 1:
        return Violation("edge", None, None, "the edge of the ground that was searched")
    east, north = box.point(cell)
    around = type(box)(east, north, box.spacing_m, 1, 1)
    for zone in request.avoid:
        if forbidden(around, mission.vehicle.width_m, (zone,), ()).any():
            return Violation("zone", None, None, f"keep-out '{zone.name}'")
    if request.within and forbidden(around, mission.vehicle.width_m, (), request.within).any():
        return Violation("zone", None, None, f"outside the corridor '{request.within[0].name}'")
    half = mission.vehicle.width_m / 2.0
    text = f"steeper ground within half the vehicle's width, {half:g} m; the limit is {limit:g}°"
    return Violation("footprint", half, limit, text)


def straight_leg(mission: Mission, ground: Ground, request: RouteRequest, begin: Cell, end: Cell) -> StraightLeg:
    """Follow the straight line between two cells to the first thing in the way."""
    box = ground.box
    model = cost_model(mission, request)
    steps = max(abs(end[0] - begin[0]), abs(end[1] - begin[1]))
    length_m = math.dist(box.point(begin), box.point(end))
    before = begin
    for i in range(steps + 1):
        part = i / max(steps, 1)
        cell = (round(begin[0] + (end[0] - begin[0]) * part), round(begin[1] + (end[1] - begin[1]) * part))
        found = _step_violation(ground, model, before, cell) if ground.free[cell] else None
        if not ground.free[cell]:
            found = hazard_at(mission, ground, request, cell)
        if found is not None:
            along_m = math.dist(box.point(begin), box.point(cell))
            return StraightLeg(box.point(begin), box.point(end), length_m, found, box.point(cell), along_m)
        before = cell
    return StraightLeg(box.point(begin), box.point(end), length_m, None, None, None)


def _step_violation(ground: Ground, model: CostModel, before: Cell, cell: Cell) -> Violation | None:
    """The limit that a step between two free cells breaks, in its own direction or across it."""
    spacing_m = ground.box.spacing_m
    run_m = math.dist(before, cell) * spacing_m
    if run_m == 0.0:
        return None
    north, east = (cell[0] - before[0]) * spacing_m / run_m, (cell[1] - before[1]) * spacing_m / run_m
    for surface in (ground.elevation_m, ground.base_m):
        degrees = math.degrees(math.atan((surface[cell] - surface[before]) / run_m))
        r, c = cell
        slope_east = float(surface[r, c + 1] - surface[r, c - 1]) / (2.0 * spacing_m)
        slope_north = float(surface[r + 1, c] - surface[r - 1, c]) / (2.0 * spacing_m)
        aside = math.degrees(math.atan(abs(slope_north * east - slope_east * north)))
        for kind, value, limit_rad in (
            ("climb", degrees, model.max_up_rad),
            ("descent", -degrees, model.max_down_rad),
            ("cross slope", aside, model.max_across_rad),
        ):
            limit = math.degrees(limit_rad)
            if value > limit:
                return Violation(kind, value, limit, f"a {kind} of {value:.1f}°, the limit is {limit:g}°")
    return None


def no_route(mission: Mission, ground: Ground, request: RouteRequest, begin: Cell, end: Cell) -> InfeasibleError:
    """That there is no route between two cells, which end is closed in, and what the straight line meets first."""
    leg = straight_leg(mission, ground, request, begin, end)
    limit = math.degrees(request.max_slope_rad)
    head = f"no route from {place_text(mission, leg.begin_m)} to {place_text(mission, leg.end_m)} under {limit:g}°"
    head += _closed_in(ground, cost_model(mission, request), begin, end)
    if leg.violation is None or leg.place_m is None:
        return InfeasibleError(
            f"{head}: what may not be entered closes it off, though the straight line itself is free"
        )
    where = f"{leg.along_m:.1f} m along the straight line, at {place_text(mission, leg.place_m)}"
    return InfeasibleError(f"{head}: first in the way, {where}: {leg.violation.text}")


def _closed_in(ground: Ground, model: CostModel, begin: Cell, end: Cell) -> str:
    """Which of two ends stands on ground apart, and how much that is; empty where neither does, or in a corridor, whose
    ground is not looked at as a whole."""
    if ground.free.size > MOST_CELLS:
        return ""
    grids = ground.elevation_m, ground.base_m, ground.price, ground.free, ground.box.spacing_m, model
    little = _LITTLE_PART * np.count_nonzero(ground.free)
    cell_m2 = ground.box.spacing_m**2
    there = np.count_nonzero(np.isfinite(field_towards(*grids, end).cost))
    if there < little:
        return f" (the end is closed in, it is reached from {there * cell_m2:.0f} m² around it alone)"
    here = np.count_nonzero(np.isfinite(ground_field(*grids, begin).cost))
    if here < little:
        return f" (the beginning is closed in, {here * cell_m2:.0f} m² around it are all that is reached)"
    return ""


def explanation(mission: Mission, legs: list[StraightLeg]) -> list[dict[str, Any]]:
    """As the command line tells it."""
    told = []
    for leg in legs:
        content: dict[str, Any] = {"length_m": leg.length_m, "free": leg.violation is None}
        if leg.violation is not None and leg.place_m is not None:
            lon, lat = mission.site.to_geographic(*leg.place_m)
            content |= {
                "violation": leg.violation.kind, "value": leg.violation.value, "limit": leg.violation.limit,
                "text": leg.violation.text, "along_m": leg.along_m, "at": [float(lon), float(lat)],
            }  # fmt: skip
        told.append(content)
    return told
