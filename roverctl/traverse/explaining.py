"""Why not straight there: the first limit that the straight line between two places breaks, or what it costs more."""

import itertools
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InfeasibleError
from roverctl.mission.profile import Mission
from roverctl.traverse.costs import TERM_WORDS, UNITS, CostModel, cost_model
from roverctl.traverse.ground import MOST_CELLS, Ground, forbidden
from roverctl.traverse.line import line_on, steepest_near
from roverctl.traverse.request import Point, RouteRequest
from roverctl.traverse.route import Route
from roverctl.traverse.search.field import Cell, field_towards, ground_field
from roverctl.traverse.violations import RouteViolation

Array = npt.NDArray[np.float64]

# An end that less than this part of all free ground leads to, or from, is told as closed in. A choice.
_LITTLE_PART = 0.1
# Terms that differ by less than this part of the whole are left out of the words. A choice.
_LITTLE_DIFFERENCE = 0.005


@dataclass(frozen=True, slots=True)
class StraightLeg:
    """The straight line from one stop to the next, and the first violation on it, if any, so far along it.

    ``terms`` are what it costs by name where it is free, and None where it is not; ``taken`` what the line that is
    driven costs between the same stops, where that was asked for.
    """

    begin_m: Point
    end_m: Point
    length_m: float
    violation: RouteViolation | None
    along_m: float | None
    terms: dict[str, float] | None = None
    taken: dict[str, float] | None = None


def place_text(mission: Mission, point: Point) -> str:
    """LON,LAT as messages give them."""
    lon, lat = mission.site.to_geographic(*point)
    return f"{float(lon):.5f},{float(lat):.5f}"


def hazard_at(mission: Mission, ground: Ground, request: RouteRequest, cell: Cell) -> RouteViolation:
    """Why a cell that is not free is not."""
    box = ground.box

    def found(kind: str, text: str, slope_deg: float | None = None) -> RouteViolation:
        limit = None if slope_deg is None else round(math.degrees(request.max_slope_rad), 9)
        unit = "" if slope_deg is None else "deg"
        return RouteViolation("", kind, 0, 0, 0, box.point(cell), slope_deg, limit, unit, text)

    limit = f"the limit is {math.degrees(request.max_slope_rad):g}°"
    slope = float(ground.slope_rad[cell])
    if math.isnan(slope):
        return found("no data", "no elevation data")
    if slope > request.max_slope_rad:
        return found("slope", f"slope {math.degrees(slope):.1f}°, {limit}", math.degrees(slope))
    if min(cell) == 0 or cell[0] == box.height - 1 or cell[1] == box.width - 1:
        return found("edge", "the edge of the ground that was searched")
    around = type(box)(*box.point(cell), box.spacing_m, 1, 1)
    for zone in request.avoid:
        if forbidden(around, mission.vehicle.width_m, (zone,), ()).any():
            return found("keep-out", f"keep-out '{zone.name}'")
    if request.within and forbidden(around, mission.vehicle.width_m, (), request.within).any():
        return found("keep-in", f"outside the corridor '{request.within[0].name}'")
    half = 0.5 * mission.vehicle.width_m
    steepest = float(steepest_near(ground, np.array([cell]), half)[0])
    if not steepest > request.max_slope_rad:
        return found("edge", "beside ground that was not searched or has no data")
    text = f"ground within half the vehicle's width, {half:g} m, of {math.degrees(steepest):.1f}°, {limit}"
    return found("footprint", text, math.degrees(steepest))


def straight_leg(mission: Mission, ground: Ground, request: RouteRequest, begin: Cell, end: Cell) -> StraightLeg:
    """The straight line between two cells, as a check samples it, up to the first thing in the way."""
    box = ground.box
    model = cost_model(mission, request)
    ends = box.point(begin), box.point(end)
    length_m = math.dist(*ends)
    if begin == end:
        return StraightLeg(*ends, 0.0, None, None, {})
    line = line_on(ground, model, np.array(ends))
    directed = line.directed(model)
    broken = np.flatnonzero(np.logical_or.reduce([~line.free, *(over for *_, over in directed)]))
    if not len(broken):
        return StraightLeg(*ends, length_m, None, None, _sums(line.terms(model)))
    first = int(broken[0])
    along_m = float(line.run_m[:first].sum())
    if not line.free[first]:
        return StraightLeg(
            *ends, length_m, hazard_at(mission, ground, request, line.closed_node(ground, first)), along_m
        )
    kind, values, limit_rad, _ = next(row for row in directed if row[3][first])
    value, limit = math.degrees(float(values[first])), round(math.degrees(limit_rad), 9)
    place = float(line.east_m[first + 1]), float(line.north_m[first + 1])
    text = f"a {kind} of {value:.1f}°, the limit is {limit:g}°"
    broken_limit = RouteViolation("", kind, first, first, first, place, value, limit, "deg", text)
    return StraightLeg(*ends, length_m, broken_limit, along_m)


def straight_legs(mission: Mission, ground: Ground, route: Route) -> list[StraightLeg]:
    """The straight lines between a route's stops, each with what the line that is driven costs there."""
    request = route.request
    model = cost_model(mission, request)
    line = line_on(ground, model, np.vstack(([route.east_m[0], route.north_m[0]], route.waypoints_m)))
    terms = line.terms(model)
    cells = [ground.box.cell(point) for point in request.stops_m]
    at_stop, after = [0], 0
    for cell in cells[1:-1]:
        corners = line.cell[line.vertex]
        after += int(np.flatnonzero((corners[after:] == cell).all(axis=1))[0])
        at_stop.append(int(line.vertex[after]))
    at_stop.append(len(line.run_m))
    legs = []
    for number, (begin, end) in enumerate(itertools.pairwise(cells)):
        part = slice(at_stop[number], at_stop[number + 1])
        leg = straight_leg(mission, ground, request, begin, end)
        legs.append(replace(leg, taken=_sums({name: values[part] for name, values in terms.items()})))
    return legs


def _sums(terms: dict[str, Array]) -> dict[str, float]:
    return {name: math.fsum(values.tolist()) for name, values in terms.items()}


def dearer_text(leg: StraightLeg, request: RouteRequest) -> str:
    """What a straight line that is free costs beside the line that is driven, term by term; '' where it is not free."""
    if leg.terms is None or leg.taken is None:
        return ""
    objective, waits = request.objective, "" if request.depart_ns is None else " (waits are not counted)"
    straight, taken = math.fsum(leg.terms.values()), math.fsum(leg.taken.values())
    apart = {name: leg.terms[name] - leg.taken[name] for name in leg.terms}
    shown = sorted((n for n in apart if abs(apart[n]) > _LITTLE_DIFFERENCE * straight), key=lambda n: -abs(apart[n]))
    if not shown:
        return f"costs {_amount(straight, objective)}, as the way taken does{waits}"
    more = ", ".join(
        f"{_amount(abs(apart[name]), objective)} {'more' if apart[name] > 0.0 else 'less'} for {TERM_WORDS[name]}"
        for name in shown
    )
    return f"costs {_amount(straight, objective)}, the way taken {_amount(taken, objective)}: {more}{waits}"


def _amount(value: float, objective: str) -> str:
    unit = UNITS[objective]
    return f"{value / 60.0:.1f} min" if unit == "s" else f"{value:.1f}" if unit == "1" else f"{value:.1f} {unit}"


def no_route(mission: Mission, ground: Ground, request: RouteRequest, begin: Cell, end: Cell) -> InfeasibleError:
    """That there is no route between two cells, which end is closed in, and what the straight line meets first."""
    leg = straight_leg(mission, ground, request, begin, end)
    limit = math.degrees(request.max_slope_rad)
    head = f"no route from {place_text(mission, leg.begin_m)} to {place_text(mission, leg.end_m)} under {limit:g}°"
    head += _closed_in(ground, cost_model(mission, request), begin, end)
    if leg.violation is None:
        return InfeasibleError(
            f"{head}: what may not be entered closes it off, though the straight line itself is free"
        )
    where = f"{leg.along_m:.1f} m along the straight line, at {place_text(mission, leg.violation.place_m)}"
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


def explanation(mission: Mission, legs: list[StraightLeg], request: RouteRequest) -> list[dict[str, Any]]:
    """As the command line tells it."""
    told = []
    for leg in legs:
        content: dict[str, Any] = {"length_m": leg.length_m, "free": leg.violation is None}
        if leg.violation is not None:
            lon, lat = mission.site.to_geographic(*leg.violation.place_m)
            content |= {
                "violation": leg.violation.kind, "value": leg.violation.value, "limit": leg.violation.limit,
                "text": leg.violation.text, "along_m": leg.along_m, "at": [float(lon), float(lat)],
            }  # fmt: skip
        else:
            content |= {"text": dearer_text(leg, request), "cost_terms": leg.terms, "taken_terms": leg.taken}
        told.append(content)
    return told
