"""The drives of a plan: a route and its track for each, and the order of stops that makes them cheapest."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InfeasibleError, InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain
from roverctl.traverse.annotations import zones_of
from roverctl.traverse.day_plan.plan import DayPlan, reordered
from roverctl.traverse.ground import Box
from roverctl.traverse.ordering import Ordered, ordered_around
from roverctl.traverse.planner import plan_field
from roverctl.traverse.request import Point, RouteRequest
from roverctl.traverse.route import Route
from roverctl.traverse.track import Track, track

Array = npt.NDArray[np.float64]

_TRACK_POINTS = 500
_HERE_M = 0.1  # stops nearer than this are one place
_MARGIN_M = 50.0


@dataclass(frozen=True, slots=True)
class Leg:
    """The drive to a stop: its route and track; both None where the stop is where the vehicle stands already."""

    route: Route | None
    track: Track | None

    @property
    def headings_rad(self) -> tuple[float, float] | None:
        """Of the first and the last straight piece, from north, clockwise; None without a drive."""
        if self.route is None:
            return None
        corners = np.vstack([[self.route.east_m[0], self.route.north_m[0]], self.route.waypoints_m])
        steps = np.diff(corners, axis=0)
        steps = steps[np.hypot(*steps.T) > 1e-6]
        return math.atan2(*steps[0]), math.atan2(*steps[-1])


def leg_request(plan: DayPlan, mission: Mission, start_m: Point, goal_m: Point) -> RouteRequest:
    """What the planner is asked for a drive; without a time, so that the order of the day can be changed at once."""
    limit = mission.vehicle.plan_slope_rad if plan.max_slope_rad is None else plan.max_slope_rad
    avoid, within = zones_of(plan.annotations)
    return RouteRequest(
        start_m=start_m, goal_m=goal_m, objective=plan.objective, max_slope_rad=limit, spacing_m=plan.spacing_m,
        avoid=avoid, within=within,
    )  # fmt: skip


def legs_of(terrain: Terrain, mission: Mission, plan: DayPlan, known: dict[tuple[Point, Point], Leg]) -> list[Leg]:
    """The drives to the second stop and all that follow; those in ``known``, by start and goal, are taken from there,
    and new ones put in: it is for one plan's limits, terrain and mission.

    Raises
    ------
    InputError, InfeasibleError
        As the planner does, with the stops' names.
    """
    legs = []
    for before, stop in zip(plan.stops, plan.stops[1:], strict=False):
        places = before.point_m, stop.point_m
        if places not in known:
            try:
                known[places] = _leg(terrain, mission, leg_request(plan, mission, *places))
            except (InputError, InfeasibleError) as error:
                raise _of(f"drive from '{before.name}' to '{stop.name}'", error) from None
        legs.append(known[places])
    return legs


def _of(what: str, error: InputError | InfeasibleError) -> InputError | InfeasibleError:
    """The error, told of what it happened to."""
    kind = InputError if isinstance(error, InputError) else InfeasibleError
    return kind(f"{what}: {error}")


def _leg(terrain: Terrain, mission: Mission, request: RouteRequest) -> Leg:
    if math.dist(request.start_m, request.goal_m) < _HERE_M:
        return Leg(None, None)
    field = plan_field(terrain, mission, request, whole_field=False)
    route = field.route_to(request.goal_m)
    route.waypoints()  # one command must carry it
    return Leg(route, track(mission, field.ground, route, _TRACK_POINTS))


def day_box(plan: DayPlan, legs: list[Leg]) -> Box:
    """A box around all that is driven, as Sun and relay are looked at over it."""
    places = np.vstack(
        [[stop.point_m for stop in plan.stops]]
        + [np.column_stack((leg.track.east_m, leg.track.north_m)) for leg in legs if leg.track is not None]
    )
    low, high = places.min(axis=0) - _MARGIN_M, places.max(axis=0) + _MARGIN_M
    spacing = max(0.5, float((high - low).max()) / 160.0)
    width, height = (np.ceil((high - low) / spacing).astype(int) + 1).tolist()
    return Box(float(low[0]), float(low[1]), spacing, width, height)


def cells_in(box: Box, east_m: Array, north_m: Array) -> npt.NDArray[np.int64]:
    """The nodes of a box nearest to places, [n, 2] of (row, column)."""
    row = np.clip(np.round((north_m - box.north_m) / box.spacing_m), 0, box.height - 1)
    column = np.clip(np.round((east_m - box.east_m) / box.spacing_m), 0, box.width - 1)
    return np.stack((row, column), axis=1).astype(np.int64)


def best_order(terrain: Terrain, mission: Mission, plan: DayPlan) -> tuple[DayPlan, Ordered]:
    """The plan with the stops between the first and the last, but those that are locked, in the order whose drives cost
    least.

    Raises
    ------
    InputError
        Where there is nothing to order: it takes four stops.
    """
    if len(plan.stops) < 4:
        raise InputError(f"a plan of {len(plan.stops)} stops has no order to choose: the first and the last stay")
    places = [stop.point_m for stop in plan.stops]
    request = replace(leg_request(plan, mission, places[0], places[-1]), via_m=tuple(places[1:-1]))
    try:
        locked = frozenset(i for i, stop in enumerate(plan.stops[1:-1]) if stop.locked)
        found = ordered_around(terrain, mission, request, locked)
    except (InputError, InfeasibleError) as error:
        raise _of("order of the stops", error) from None
    order = (0, *(i + 1 for i in found.order), len(places) - 1)
    return reordered(plan, order), found
