"""The draft's route, and the way by the hand while it moves: the fields that a plan left are kept for that."""

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
import numpy as np

from roverctl.core.errors import CommandRefusedError, RoverctlError
from roverctl.mission.profile import Mission
from roverctl.session.api.draft import Draft
from roverctl.session.api.outlook import Begin
from roverctl.session.api.values import Place
from roverctl.session.work.planning import command_content, route_content, strips_over_time
from roverctl.session.work.routes.asking import draft_of, request_of
from roverctl.session.work.routes.day_begin import notices, reserves_at
from roverctl.terrain.source import Terrain
from roverctl.traverse.commanded import commands_of_route
from roverctl.traverse.explaining import dearer_text, straight_legs
from roverctl.traverse.hazards import StopInHazardError
from roverctl.traverse.planner import RouteField, plan_field, plan_spacing_m
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.route import Route
from roverctl.traverse.search.field import Cell, Field, field_towards, ground_field
from roverctl.traverse.telling import LUNAR_DAY_S, days_of_driving
from roverctl.traverse.time.profile import route_profile
from roverctl.traverse.time.timeline import timeline
from roverctl.traverse.track import track

# A whole field of so many cells takes some 0.2 s; for the few routes that are longer, the way to the goal alone.
_WHOLE_CELLS: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class _Hold:
    """The fields of the legs beside a stop that the hand holds; ``after`` None at the goal."""

    ground_of: RouteField
    before: Field
    after: Field | None


class RouteWork:
    """Jobs ``warm``, ``plan``, ``hold`` and ``follow``. One route is kept at a time.

    Parameters
    ----------
    mission, terrain
        The vehicle, and the map's ground.
    """

    def __init__(self, mission: Mission, terrain: Terrain) -> None:
        self._mission, self._terrain = mission, terrain
        self._kept: RouteField | None = None
        self._whole = False  # whether its field reaches every cell
        self._asked: tuple[object, Place] | None = None
        self._hold: _Hold | None = None

    def warm(self, content: dict[str, Any]) -> dict[str, Any]:
        """Plan a few metres, so that kernels are there when the first route is asked for."""
        east, north = content["start_m"]
        request = RouteRequest(
            start_m=(east, north), goal_m=(east + 3.0, north), max_slope_rad=self._mission.vehicle.max_tilt_rad,
            spacing_m=1.0,
        )  # fmt: skip
        try:
            field = plan_field(self._terrain, self._mission, request)
            route_content(self._mission, field.ground, field.route_to(request.goal_m))
        except RoverctlError:
            pass  # the ground there is not free: what could be loaded is
        return {}

    def plan(self, content: dict[str, Any]) -> dict[str, Any]:
        """The draft's route; what stood in the way comes back with the offer of a free place."""
        draft, start_m = draft_of(content["draft"]), _place(content["start_m"])
        try:
            request = request_of(draft, start_m)
            begin = msgspec.convert(content["begin"], Begin | None)
            field = self._field(draft, start_m, request, begin)
            route = _with_waivers(field.route_to(request.goal_m), draft)
            told = route_content(self._mission, field.ground, route)
            if field.day is not None and route.timing is not None:
                self._over_time(field, route, told["view"])
        except StopInHazardError as error:
            offer = None if error.nearest_m is None else list(error.nearest_m)
            return {"problem": str(error), "offer_m": offer, "offer_stop": error.stop - 1}
        except RoverctlError as error:
            return {"problem": str(error)}
        told["view"]["straight"] = self._straight(field, route)
        told["view"] |= _commanded(route)
        told["view"]["notices"] = notices(self._mission, begin, request.depart_ns, int(content["now_ns"]))
        if (longer := days_of_driving(self._mission, route)) is not None:
            told["view"]["notices"].append(longer[1])
            told["view"]["rests_s"] = longer[0] * LUNAR_DAY_S - route.drive_s
        return told

    def _over_time(self, field: RouteField, route: Route, view: dict[str, Any]) -> None:
        """Sun, contact, charge and temperature along the way."""
        assert field.day is not None
        way = track(self._mission, field.ground, route)
        driven = field.driven(way)
        profile = route_profile(self._mission, way, field.day, driven)
        view["strips"] |= strips_over_time(profile, view["along_m"])
        view["times"]["safe"] = timeline(self._mission, field.day, way, driven, 0.0).is_safe(self._mission)

    def _field(self, draft: Draft, start_m: Place, request: RouteRequest, begin: Begin | None) -> RouteField:
        self._kept = self._hold = None
        self._whole = _cells(self._terrain, self._mission, request) <= _WHOLE_CELLS
        field = plan_field(self._terrain, self._mission, request, self._whole)
        if request.depart_ns is not None:
            field = replace(field, reserves=reserves_at(self._mission, begin, request.depart_ns))
        self._kept, self._asked = field, (draft.way, start_m)
        return field

    def _straight(self, field: RouteField, route: Route) -> list[list[Any]]:
        """Why not straight there, from stop to stop: the first limit broken, its place and distance, and the costs."""
        return [
            ["", None, leg.length_m, dearer_text(leg, route.request)] if leg.violation is None
            else [leg.violation.text, list(leg.violation.place_m), leg.along_m, ""]
            for leg in straight_legs(self._mission, field.ground, route)
        ]  # fmt: skip

    # What follows the hand

    def hold(self, content: dict[str, Any]) -> dict[str, Any]:
        """The hand takes stop ``number`` at a place: make ready the ways to it from the stop before, and on from it.

        The ground is surveyed anew where the kept one does not reach the place.
        """
        draft, start_m = draft_of(content["draft"]), _place(content["start_m"])
        number, place = int(content["number"]), _place(content["place_m"])
        self._hold = None
        try:
            field = self._ground_around(draft, start_m, number, place)
        except RoverctlError as error:
            return {"problem": str(error)}
        places = [start_m, *(stop.place_m for stop in draft.stops)]
        before = places[number]
        after = places[number + 2] if number + 2 < len(places) else None
        ends = [field.ground.box.cell(point) for point in (before, after) if point is not None]
        free = field.ground.free
        if not all(_inside(field, cell) and free[cell] for cell in ends):
            return {"problem": "the stop beside it stands in a hazard"}
        self._hold = _Hold(field, self._from(field, ends[0]), None if after is None else self._towards(field, ends[1]))
        return self.follow(content)

    def _ground_around(self, draft: Draft, start_m: Place, number: int, place: Place) -> RouteField:
        kept = self._kept
        if kept is not None and self._asked == (draft.way, start_m) and _reaches(kept, place):
            return kept
        stops = list(draft.stops)
        stops[number] = replace(stops[number], place_m=place)
        request = replace(request_of(replace(draft, stops=tuple(stops)), start_m), depart_ns=None, need_contact=False)
        if request.objective == "sun":
            request = replace(request, objective="time")
        # The hand may be over a hazard: the ground around it is the same.
        try:
            self._kept = plan_field(self._terrain, self._mission, request, whole_field=True)
        except StopInHazardError as error:
            if error.nearest_m is None or error.stop != number + 1:
                raise
            stops[number] = replace(stops[number], place_m=error.nearest_m)
            request = replace(request_of(replace(draft, stops=tuple(stops)), start_m), depart_ns=None)
            self._kept = plan_field(self._terrain, self._mission, request, whole_field=True)
        self._asked, self._whole = (draft.way, start_m), True
        return self._kept

    def _from(self, field: RouteField, cell: Cell) -> Field:
        ground = field.ground
        if field is self._kept and self._whole and field.times is None and field.field.start == cell:
            return field.field
        return ground_field(
            ground.elevation_m, ground.base_m, ground.price, ground.free, ground.box.spacing_m, field.model, cell
        )

    def _towards(self, field: RouteField, cell: Cell) -> Field:
        ground = field.ground
        return field_towards(
            ground.elevation_m, ground.base_m, ground.price, ground.free, ground.box.spacing_m, field.model, cell
        )

    def follow(self, content: dict[str, Any]) -> dict[str, Any]:
        """The way by a place; ``beyond`` where the ground that is kept does not reach it."""
        place = _place(content["place_m"])
        if self._hold is None:
            return {"beyond": True, "place_m": list(place)}
        field, before, after = self._hold.ground_of, self._hold.before, self._hold.after
        if not _reaches(field, place):
            return {"beyond": True, "place_m": list(place)}
        box = field.ground.box
        cell = box.cell(place)
        cost = before.cost_to(cell) + (0.0 if after is None else after.cost_to(cell))
        nothing = np.empty(0)
        if not math.isfinite(cost):
            return {"place_m": list(place), "east_m": nothing, "north_m": nothing, "distance_m": 0.0, "cost": 0.0}
        cells = before.path_to(cell)
        if after is not None:
            cells = np.concatenate((cells, after.path_to(cell)[-2::-1]))
        east, north = box.east_m + cells[:, 1] * box.spacing_m, box.north_m + cells[:, 0] * box.spacing_m
        length = float(np.hypot(np.diff(east), np.diff(north)).sum())
        keep = _corners(cells)
        return {
            "place_m": list(place), "east_m": east[keep], "north_m": north[keep], "distance_m": length, "cost": cost,
        }  # fmt: skip


def _with_waivers(route: Route, draft: Draft) -> Route:
    """Those waivers of the draft that are of a violation that the route has."""
    keys = {violation.key for violation in route.violations}
    return route.waive(tuple(waiver for waiver in draft.waivers if waiver.violation in keys))


def _commanded(route: Route) -> dict[str, Any]:
    """Violations, and the commands or why there may be none."""
    let = {waiver.violation: f"{waiver.name}: {waiver.reason}" for waiver in route.waivers}
    told: dict[str, Any] = {
        "violations": [[v.key, v.text, list(v.place_m), let.get(v.key, "")] for v in route.violations]
    }
    try:
        told["commands"] = [command_content(command) for command in commands_of_route(route, True)]
    except CommandRefusedError as error:
        told["refused"] = str(error)
    return told


def _cells(terrain: Terrain, mission: Mission, request: RouteRequest) -> float:
    """About how many cells the first box around a request has."""
    spacing_m = plan_spacing_m(terrain, mission, request)
    east, north = np.array(request.stops_m).T
    reach = 0.5 * max(float(np.ptp(east)), float(np.ptp(north)))
    if not spacing_m > 0.0:
        return 0.0
    return (float(np.ptp(east)) + reach) * (float(np.ptp(north)) + reach) / spacing_m**2


def _inside(field: RouteField, cell: Cell) -> bool:
    box = field.ground.box
    return 0 <= cell[0] < box.height and 0 <= cell[1] < box.width


def _reaches(field: RouteField, place: Place) -> bool:
    return field.corridor_m is None and _inside(field, field.ground.box.cell(place))


def _corners(cells: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Both ends, and where a way of cells turns: the others lie straight between these."""
    turns = np.ones(len(cells), dtype=np.bool_)
    if len(cells) > 2:
        steps = np.diff(cells, axis=0)
        turns[1:-1] = (steps[1:] != steps[:-1]).any(axis=1)
    return turns


def _place(content: Any) -> Place:
    return float(content[0]), float(content[1])
