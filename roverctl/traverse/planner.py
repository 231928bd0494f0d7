"""Plans a route: an exact least-cost search over a box of terrain, through the stops in their order."""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InfeasibleError, InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.source import Terrain, source_at
from roverctl.traverse.basis import Basis, basis_of
from roverctl.traverse.costs import CostModel, cost_model
from roverctl.traverse.explaining import hazard_at, no_route, place_text
from roverctl.traverse.ground import Box, Ground, box_around, survey
from roverctl.traverse.hazards import StopInHazardError
from roverctl.traverse.request import Point, RouteRequest, TerrainNote
from roverctl.traverse.route import Route
from roverctl.traverse.route_along import route_along
from roverctl.traverse.search.corridor import REACHES, coarse_requests, corridor_blocks, fine_box, survey_blocks
from roverctl.traverse.search.field import Block, Cell, Field, ground_field
from roverctl.traverse.search.timed import Openings
from roverctl.traverse.spacing import usual_spacing_m
from roverctl.traverse.time.day import Day, day_over, fields_over, rough_s
from roverctl.traverse.time.power import Reserves
from roverctl.traverse.time.timeline import Drive, Timeline, drive, timeline
from roverctl.traverse.time.walking import open_throughout
from roverctl.traverse.track import Track, track
from roverctl.traverse.violations import numbered, timed_violations

Array = npt.NDArray[np.float64]

_NO_CELLS = np.empty((0, 2), dtype=np.int64)
# The box reaches a quarter of its longer side beyond the stops; once a whole side where that holds no route, and at
# last four, so that a short way goes around what closes it, if that is not too many cells.
_MARGINS = (0.25, 1.0, 4.0)
_WIDE_CELLS = 2_000_000
# A zone further off than this is taken for a mistake. A choice.
_FAR_M = 100e3


def plan_spacing_m(terrain: Terrain, mission: Mission, request: RouteRequest) -> float:
    """The request's spacing, else the usual one for a way as long as the straight lines between its stops."""
    if request.spacing_m is not None:
        return request.spacing_m
    length_m = sum(math.dist(a, b) for a, b in itertools.pairwise(request.stops_m))
    return usual_spacing_m(terrain, mission, request.stops_m, length_m)


@dataclass(frozen=True, slots=True)
class RouteField:
    """The ground around a request and the field from its last stop but the goal, so that the goal can be moved.

    ``lead`` holds the cells of the legs before it. With a departure there is the ``day``, and for objective time the
    ``times`` that the field of arrivals was searched by. ``corridor_m`` is how far from a coarse route the search went,
    None where it went everywhere. ``reserves`` is what the vehicle departs with, None for what the mission begins with.
    """

    mission: Mission
    terrain: TerrainNote
    request: RouteRequest
    model: CostModel
    ground: Ground
    lead: npt.NDArray[np.int64]
    field: Field
    day: Day | None
    times: Openings | None
    corridor_m: float | None = None
    basis: Basis | None = None
    reserves: Reserves | None = None

    def cells_to(self, goal_m: Point) -> npt.NDArray[np.int64]:
        """Cells from the start to the node nearest to a goal, (row, column); empty where no way leads."""
        cell = self.ground.box.cell(goal_m)
        if not _inside(self.ground, cell):
            return np.empty((0, 2), dtype=np.int64)
        last = self.field.path_to(cell)
        return last if not (len(self.lead) and len(last)) else np.concatenate((self.lead[:-1], last))

    def route_to(self, goal_m: Point) -> Route:
        """The route to another goal.

        Raises
        ------
        InputError, InfeasibleError
            As ``plan`` does, for this box alone.
        """
        cell = _stop_cell(self.mission, self.ground, self.request, "goal", goal_m)
        cells = self.cells_to(goal_m)
        if not len(cells):
            raise no_route(self.mission, self.ground, self.request, self.field.start, cell)
        request = replace(self.request, goal_m=goal_m)
        ground = self.ground
        if self.times is not None:
            ground = open_ground(ground, self.times, cells, 0.0, self.field.cost_to(cell))
        route = route_along(self.mission, self.terrain, request, self.model, ground, cells)
        route = replace(route, corridor_m=self.corridor_m, basis=self.basis)
        if self.day is None or request.depart_ns is None:
            return route
        timing = self.timeline(route).document()
        broken = timed_violations(self.mission, timing, len(route.segment_m) - 1, request.goal_m)
        return replace(route, timing=timing, violations=numbered(broken))

    def route_through(self, cells: npt.NDArray[np.int64], ground: Ground | None = None) -> Route:
        """The request's route along given cells [n, 2] of (row, column), start to goal; the line keeps to ``ground``
        that is free."""
        route = route_along(self.mission, self.terrain, self.request, self.model, ground or self.ground, cells)
        return replace(route, basis=self.basis)

    def timeline(self, route: Route) -> Timeline:
        """The route over the day of its departure.

        Raises
        ------
        InfeasibleError
            Where it is not finished in time.
        """
        assert self.day is not None
        way = track(self.mission, self.ground, route)
        return timeline(self.mission, self.day, way, self.driven(way), 0.0)

    def driven(self, way: Track) -> Drive:
        """A route's track over the day of its departure.

        Raises
        ------
        InfeasibleError
            Where it is not finished in time.
        """
        assert self.day is not None
        if self.times is not None:
            return drive(self.mission, self.day, self.times, way, way.cell, 0.0, self.reserves)
        times, cells = self.day.openings_along(way.cell)
        return drive(self.mission, self.day, times, way, cells, 0.0, self.reserves)


def open_ground(ground: Ground, times: Openings, cells: npt.NDArray[np.int64], from_s: float, to_s: float) -> Ground:
    """The ground without what closes between two instants, where ``cells`` themselves do not lead through it."""
    kept = open_throughout(times, from_s, to_s) & ground.free
    kept[cells[:, 0], cells[:, 1]] = True
    return replace(ground, free=kept)


def plan(terrain: Terrain, mission: Mission, request: RouteRequest) -> Route:
    """The least-cost route of a request.

    The grid's nodes stand at multiples of the spacing from the start, which is a node; via points and goal are taken to
    their nearest nodes, and the route says how far its end lies from the goal asked for.

    Raises
    ------
    InputError
        For a stop off the terrain, or more cells than one search can have.
    InfeasibleError
        For a stop in a hazard, or where there is no route: with the first thing in the way.
    """
    route = _plan(terrain, mission, request, whole_field=False)
    return route.route_to(request.goal_m)


def plan_field(terrain: Terrain, mission: Mission, request: RouteRequest, whole_field: bool = True) -> RouteField:
    """The same search, to every cell of the box or (not ``whole_field``) to the goal alone; errors as for ``plan``."""
    return _plan(terrain, mission, request, whole_field)


def _plan(terrain: Terrain, mission: Mission, request: RouteRequest, whole_field: bool) -> RouteField:
    spacing_m = plan_spacing_m(terrain, mission, request)
    _check_on_terrain(terrain, mission, request, spacing_m)
    _check_zones(request)
    if len(set(request.stops_m)) == 1:
        raise InputError("start and goal are the same place; give a goal that is elsewhere")
    model = cost_model(mission, request)
    clock = cost_model(mission, request, "time")
    failure: InfeasibleError | None = None
    for margin in _MARGINS:
        try:
            box = box_around(request.stops_m, spacing_m, margin)
        except InputError:
            # Where only the larger box has too many cells, the smaller one's answer stands.
            if failure is None:
                return _plan_in_corridor(terrain, mission, request, spacing_m, whole_field)
            break
        if margin == _MARGINS[-1] and box.width * box.height > _WIDE_CELLS:
            break
        day = _day(terrain, mission, request, box)
        enough_s = rough_s(request.stops_m, clock)
        shade = None
        if day is not None and model.shade_price > 0.0:
            shade = day.shade(enough_s, (box.height, box.width))
        ground = survey(terrain, box, model, mission.vehicle.width_m, request.avoid, request.within, shade)
        cells = [_stop_cell(mission, ground, request, name, point) for name, point in request.named_stops()]
        if all(cell == cells[0] for cell in cells):
            raise InputError(f"start and goal are the same cell at {spacing_m:g} m; give a finer --resolution")
        if day is not None and request.objective == "time" and request.depart_ns is not None:
            fields, times = fields_over(day, ground, clock, cells, enough_s, whole_field)
        else:
            fields, times = _fields(ground, model, cells, whole_field), None
        paths = [field.path_to(end) for field, end in zip(fields, cells[1:], strict=False)]
        broken = next((leg for leg, path in enumerate(paths) if not len(path)), None)
        if broken is not None:
            found = no_route(mission, ground, request, cells[broken], cells[broken + 1])
            reach_m = min(east for east, _ in request.stops_m) - box.east_m
            failure = InfeasibleError(f"{found}; searched {reach_m:.0f} m around the stops")
            continue
        lead = [path if leg == 0 else path[1:] for leg, path in enumerate(paths[:-1])]
        note = _note(terrain, request, spacing_m)
        return RouteField(
            mission, note, request, model, ground, np.concatenate([_NO_CELLS, *lead]), fields[-1], day, times,
            basis=basis_of(mission, terrain),
        )  # fmt: skip
    assert failure is not None
    raise failure


def _note(terrain: Terrain, request: RouteRequest, spacing_m: float) -> TerrainNote:
    """What the route lies on; where its stops lie on several sources, the coarsest of them is told."""
    sources = [source_at(terrain, *point, spacing_m) for point in request.stops_m]
    return TerrainNote(terrain.label, max(s.resolution_m for s in sources), max(s.generated_below_m for s in sources))


def _plan_in_corridor(
    terrain: Terrain, mission: Mission, request: RouteRequest, spacing_m: float, whole_field: bool
) -> RouteField:
    """Coarse first, then fine in a corridor around that; less coarse where that comes to nothing."""
    if request.wants_sun:
        raise InputError(f"objective sun cannot be planned this far at {spacing_m:g} m; give a coarser --resolution")
    failure: InfeasibleError | None = None
    for coarsely in coarse_requests(request, spacing_m):
        try:
            coarse = _plan(terrain, mission, coarsely, whole_field=False)
        except InfeasibleError as error:
            error.args = (f"at {coarsely.spacing_m:g} m, from which the search at {spacing_m:g} m begins: {error}",)
            failure = error
            continue
        try:
            return _in_corridor(terrain, mission, request, spacing_m, whole_field, coarse)
        except StopInHazardError:
            raise
        except InfeasibleError as error:
            failure = error
    assert failure is not None
    raise failure


def _in_corridor(
    terrain: Terrain, mission: Mission, request: RouteRequest, spacing_m: float, whole_field: bool, coarse: RouteField
) -> RouteField:
    """The search in a corridor around a coarse route; in a wider one where that holds no route."""
    way = coarse.cells_to(request.goal_m)
    step_m = coarse.ground.box.spacing_m
    east_m, north_m = coarse.ground.box.east_m + way[:, 1] * step_m, coarse.ground.box.north_m + way[:, 0] * step_m
    model = cost_model(mission, request)
    box = fine_box(request, coarse.ground.box, spacing_m)
    note = _note(terrain, request, spacing_m)
    for reach in REACHES:
        numbers = corridor_blocks(box, east_m, north_m, reach)
        ground, blocks = survey_blocks(terrain, mission, request, box, model, numbers)
        cells = [_stop_cell(mission, ground, request, name, point) for name, point in request.named_stops()]
        fields = _fields(ground, model, cells, whole_field, blocks)
        paths = [field.path_to(end) for field, end in zip(fields, cells[1:], strict=False)]
        if all(len(path) for path in paths):
            lead = [path if leg == 0 else path[1:] for leg, path in enumerate(paths[:-1])]
            return RouteField(
                mission, note, request, model, ground, np.concatenate([_NO_CELLS, *lead]), fields[-1],
                _day(terrain, mission, request, box), None, reach * spacing_m, basis_of(mission, terrain),
            )  # fmt: skip
    raise InfeasibleError(
        f"no route at {spacing_m:g} m within {REACHES[-1] * spacing_m:g} m of the coarse one, which was found at "
        f"{step_m:g} m; a coarser --resolution searches all ground"
    )


def _fields(
    ground: Ground, model: CostModel, cells: list[Cell], whole_field: bool, blocks: list[Block] | None = None
) -> list[Field]:
    """The fields of the legs between ``cells``, up to the first that is not reached."""
    fields: list[Field] = []
    for leg, (begin, end) in enumerate(itertools.pairwise(cells)):
        goal = None if whole_field and leg == len(cells) - 2 else end
        fields.append(
            ground_field(
                ground.elevation_m, ground.base_m, ground.price, ground.free, ground.box.spacing_m, model, begin, goal,
                blocks,
            )
        )  # fmt: skip
        if not math.isfinite(fields[-1].cost_to(end)):
            break
    return fields


def _day(terrain: Terrain, mission: Mission, request: RouteRequest, box: Box) -> Day | None:
    """The day of a request that asks for one; objective ``sun`` without a departure is for the mission's begin."""
    if request.depart_ns is None and not request.wants_sun:
        return None
    begin_ns = mission.start_ns if request.depart_ns is None else request.depart_ns
    return day_over(mission, terrain, box, begin_ns, request.need_contact)


def _check_on_terrain(terrain: Terrain, mission: Mission, request: RouteRequest, spacing_m: float) -> None:
    for name, point in request.named_stops():
        # As a grid of one node: what follows asks for grids alone, and a terrain's points are kernels of their own.
        height = sample_grid(terrain, *point, max(spacing_m, 1e-3), 1, 1).elevation_m
        if np.isfinite(height).all() and source_at(terrain, *point, spacing_m).chosen:
            continue
        bounds = getattr(terrain, "bounds", None) or getattr(getattr(terrain, "base", None), "bounds", None)
        reach = " (west, south, east, north: {:g}, {:g}, {:g}, {:g})".format(*bounds) if bounds else ""
        raise InputError(
            f"{name} {place_text(mission, point)} has no elevation in {terrain.label}{reach}; "
            "give a place within its data"
        )


def _check_zones(request: RouteRequest) -> None:
    for zone in (*request.avoid, *request.within):
        away_m = zone.away_m(*request.start_m)
        if away_m > _FAR_M:
            raise InputError(
                f"{zone.name}: the polygon lies {away_m / 1000.0:.0f} km from the start; give longitude, latitude on "
                "the mission's body"
            )


def _inside(ground: Ground, cell: Cell) -> bool:
    return 0 <= cell[0] < ground.box.height and 0 <= cell[1] < ground.box.width


def _stop_cell(mission: Mission, ground: Ground, request: RouteRequest, name: str, point: Point) -> Cell:
    """The free cell of a stop."""
    cell = ground.box.cell(point)
    where = f"{name} {place_text(mission, point)}"
    if not _inside(ground, cell):
        raise InputError(f"{where} lies outside the ground that was searched; plan anew")
    if ground.free[cell]:
        return cell
    rows, columns = np.nonzero(ground.free)
    near, nearest_m = "there is no free ground around", None
    if rows.size:
        square = (rows - cell[0]) ** 2 + (columns - cell[1]) ** 2
        nearest = int(square.argmin())
        away = math.sqrt(float(square[nearest])) * ground.box.spacing_m
        nearest_m = ground.box.point((int(rows[nearest]), int(columns[nearest])))
        near = f"the nearest free ground is {away:.1f} m away, at {place_text(mission, nearest_m)}"
    names = [each for each, _ in request.named_stops()]
    raise StopInHazardError(
        f"{where} stands in a hazard: {hazard_at(mission, ground, request, cell).text}; {near}",
        names.index(name), nearest_m,
    )  # fmt: skip
