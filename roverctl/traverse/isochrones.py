"""How far the vehicle comes in a given time: the ground it reaches, as polygons, from a kept field.

Seconds are those of driving, slip and looks along the field's own ways, whatever it was searched for; turns are not
counted, nor is the price of slope. In a field of arrivals (objective time, with a departure) they are from the
departure on, waits and the price counted, as the search counts them.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel
from roverctl.core.errors import InfeasibleError, InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain, source_at
from roverctl.traverse.basis import basis_of
from roverctl.traverse.costs import CostModel, cost_model
from roverctl.traverse.explaining import hazard_at, place_text
from roverctl.traverse.ground import Ground, box_around, survey
from roverctl.traverse.planner import RouteField
from roverctl.traverse.request import RouteRequest, TerrainNote
from roverctl.traverse.search.edges import offsets, over_ground
from roverctl.traverse.search.field import Field, ground_field

Array = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]

# Of a square, by which of its nodes are inside (south-west 1, south-east 2, north-east 4, north-west 8): from which
# side to which the outline passes, the inside on its left; 0 south, 1 east, 2 north, 3 west.
_WAYS = np.array(
    [[-1, -1, -1, -1], [0, 3, -1, -1], [1, 0, -1, -1], [1, 3, -1, -1], [2, 1, -1, -1], [0, 1, 2, 3], [2, 0, -1, -1],
     [2, 3, -1, -1], [3, 2, -1, -1], [0, 2, -1, -1], [3, 0, 1, 2], [1, 2, -1, -1], [3, 1, -1, -1], [0, 1, -1, -1],
     [3, 0, -1, -1], [-1, -1, -1, -1]],
    dtype=np.int64,
)  # fmt: skip
MOST_TIMES = 20
MOST_SECONDS = 30.0 * 86_400.0
_CELLS_A_SIDE = 800  # of the box that a reach is sought in, unless a spacing is asked for. Our choice
_LEAST_PART = 1e-3  # of a cell, between a crossing and the node beside it, so that no ring touches itself


@dataclass(frozen=True, slots=True, eq=False)
class Isochrone:
    """The ground reached within ``seconds``: an outer ring and the holes in it, [n, 2] of (east, north), not closed.

    Rings run with the reached ground on their left. ``is_cut`` where it reaches the edge of what was searched.
    """

    seconds: float
    rings_m: tuple[Array, ...]
    area_m2: float
    is_cut: bool


def seconds_from_start(field: RouteField) -> Array:
    """Seconds from the start to every node of the field's box, [height, width]; infinite where no way leads.

    Raises
    ------
    InputError
        For a field that was searched in a corridor alone, which says nothing of the ground around it.
    """
    if field.corridor_m is not None:
        raise InputError("isochrones are of ground that one search holds; give a coarser --resolution, or no --to")
    if field.times is not None:
        arrival = field.field.cost.copy()
        if not len(field.lead):
            arrival[field.field.start] = 0.0  # the vehicle is there, though it may have to wait before it drives
        return arrival
    clock = cost_model(field.mission, field.request, "time")
    rows, columns = field.lead[:, 0], field.lead[:, 1]
    before = 0.0
    if len(rows) > 1:
        h = field.ground.box.spacing_m
        plan = np.hypot(np.diff(rows), np.diff(columns)) * h
        still = np.zeros_like(plan)
        rough = field.ground.rough_s_m
        between = 0.0 if rough is None else 0.5 * (rough[rows, columns][1:] + rough[rows, columns][:-1])
        terms = clock.terms(plan, np.diff(field.ground.elevation_m[rows, columns]), still, still, 0.0, between)
        before = float(sum(terms[name].sum() for name in ("drive", "slip", "look", "rough")))
    return _tree_seconds(field.field, field.ground, clock, before)


def isochrones(field: RouteField, seconds: tuple[float, ...], reached: Array | None = None) -> list[Isochrone]:
    """The ground reached within each of the given times, in their order; times too short to leave the start's node give
    that alone.

    ``reached`` is what ``seconds_from_start`` gave of this field: who asks again keeps it, as it takes ten times as
    long as an outline.

    Raises
    ------
    InputError
        For no time, too many, or one that is not greater than zero; for a field of a corridor.
    """
    check_times(seconds)
    reached = seconds_from_start(field) if reached is None else reached
    box = field.ground.box
    found = []
    for limit in seconds:
        points, starts = _rings(reached, limit, _LEAST_PART)
        if not len(starts):
            continue
        place = np.array([box.east_m, box.north_m]) + points * box.spacing_m
        rings = np.split(place, starts[1:])
        areas = np.array([_area_m2(ring) for ring in rings])
        first = int(areas.argmax())
        ordered = (rings[first], *(ring for k, ring in enumerate(rings) if k != first))
        edge = min(reached[1].min(), reached[-2].min(), reached[:, 1].min(), reached[:, -2].min())
        found.append(Isochrone(limit, ordered, float(areas.sum()), bool(edge <= limit)))
    return found


def check_times(seconds: tuple[float, ...]) -> None:
    """That isochrones can be made of these times; raises InputError."""
    if not 1 <= len(seconds) <= MOST_TIMES:
        raise InputError(f"{len(seconds)} isochrones; 1 to {MOST_TIMES} can be made at once")
    for value in seconds:
        if not 0.0 < value <= MOST_SECONDS:
            raise InputError(f"isochrone of {value:g} s: must be greater than zero, and {MOST_SECONDS:g} s at most")


def reach_field(terrain: Terrain, mission: Mission, request: RouteRequest, seconds: float) -> RouteField:
    """The field around a request's start, as far as the vehicle could come in ``seconds`` on the best of ground.

    The request's goal and via points count for nothing. The spacing is the request's, else such that the box has some
    800 cells a side, but no finer than the map's.

    Raises
    ------
    InputError
        For a start off the terrain, or more cells than one search can have.
    InfeasibleError
        For a start in a hazard.
    """
    if request.wants_sun or request.depart_ns is not None:
        raise InputError("isochrones from a place alone know no Sun; give --to as well, then they follow the departure")
    start = request.start_m
    request = replace(request, goal_m=start, via_m=())
    model, clock = cost_model(mission, request), cost_model(mission, request, "time")
    reach_m = seconds / (clock.pace + clock.look)
    source = source_at(terrain, *start, 2.0 * reach_m / _CELLS_A_SIDE)
    spacing_m = request.spacing_m
    if spacing_m is None:
        spacing_m = max(2.0 * reach_m / _CELLS_A_SIDE, min(mission.terrain.map_spacing_m, source.resolution_m))
    corners = tuple((start[0] + i * reach_m, start[1] + j * reach_m) for i, j in ((-1, -1), (1, 1)))
    box = box_around((start, *corners), spacing_m, 0.0)
    ground = survey(terrain, box, model, mission.vehicle.width_m, request.avoid, request.within)
    cell = box.cell(start)
    if not math.isfinite(ground.elevation_m[cell]):
        raise InputError(f"start {place_text(mission, start)} has no elevation in {terrain.label}")
    if not ground.free[cell]:
        why = hazard_at(mission, ground, request, cell).text
        raise InfeasibleError(f"start {place_text(mission, start)} stands in a hazard: {why}")
    field = ground_field(ground.elevation_m, ground.base_m, ground.price, ground.free, box.spacing_m, model, cell)
    note = TerrainNote(source.label, source.resolution_m, source.generated_below_m)
    return RouteField(
        mission, note, request, model, ground, np.empty((0, 2), dtype=np.int64), field, None, None,
        basis=basis_of(mission, terrain),
    )  # fmt: skip


def isochrone_features(mission: Mission, found: list[Isochrone]) -> dict[str, Any]:
    """As GeoJSON: a polygon each, the longest time first, so that shorter ones lie on top."""
    features = []
    for one in sorted(found, key=lambda isochrone: -isochrone.seconds):
        rings = []
        for ring in one.rings_m:
            lon, lat = mission.site.to_geographic(*np.vstack((ring, ring[:1])).T)
            rings.append(np.stack((lon.round(9), lat.round(9)), axis=1).tolist())
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": rings},
                "properties": {
                    "kind": "isochrone", "name": f"{one.seconds:g} s", "seconds": one.seconds,
                    "area_m2": one.area_m2, "is_cut": one.is_cut,
                },
            }
        )  # fmt: skip
    body = {"name": mission.body.name, "radius_m": mission.body.radius_m}
    return {"type": "FeatureCollection", "body": body, "features": features}


def _area_m2(ring: Array) -> float:
    """Positive where the ring runs counter-clockwise."""
    x, y = (ring - ring[0]).T
    return 0.5 * float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


def _tree_seconds(field: Field, ground: Ground, clock: CostModel, before: float) -> Array:
    out = np.where(np.isfinite(field.cost), -1.0, np.inf)
    if field.cost.shape != ground.elevation_m.shape:
        raise InputError("the field is not one over this ground")
    start = field.start[0] * out.shape[1] + field.start[1]
    out.flat[start] = before
    _accumulate(
        field.parent.reshape(-1), ground.elevation_m.reshape(-1),
        None if ground.rough_s_m is None else ground.rough_s_m.reshape(-1), offsets(out.shape[1]), ground.box.spacing_m,
        clock.rates, clock.slip_slope_rad, clock.slip, out.reshape(-1),
    )  # fmt: skip
    return out


@kernel
def _accumulate(
    parent: Bytes, z: Array, rough: Array | None, offsets: npt.NDArray[np.uint64], spacing: float,
    rates: Array, slopes: Array, slips: Array, out: Array,
) -> None:  # fmt: skip
    """Fill ``out`` where it is negative, from the cell that each cell was reached from."""
    stack = np.empty(1024, dtype=np.int64)
    for cell in range(out.size):
        if out[cell] >= 0.0:
            continue
        at = np.uint64(cell)
        count = 0
        while out[at] < 0.0:
            if count == stack.size:
                grown = np.empty(2 * count, dtype=np.int64)
                grown[:count] = stack
                stack = grown
            stack[count] = at
            count += 1
            at -= offsets[parent[at]]
        here = out[at]
        for k in range(count - 1, -1, -1):
            to = np.uint64(stack[k])
            plan = spacing if parent[to] < 4 else spacing * 1.4142135623730951
            here += over_ground(plan, z[to] - z[at], rates, slopes, slips)
            if rough is not None:
                here += plan * 0.5 * (rough[at] + rough[to])
            out[to] = here
            at = to


@kernel
def _rings(values: Array, level: float, least: float) -> tuple[Array, Indices]:
    """Rings around the nodes up to ``level``, by marching squares: points (column, row), and where each ring starts.

    Nodes beyond the grid count as outside. Nodes that touch by a corner alone are taken as joined. A crossing lies
    between its nodes by their values, in the middle where one has none.
    """
    height, width = values.shape
    wide = width + 2
    # Crossings by number: 2 (r wide + c) on the side to the east of a padded node, one more on that to the north.
    following = np.full(2 * wide * (height + 2), -1, dtype=np.int32)
    inside = np.zeros((height + 2, wide), dtype=np.bool_)
    for r in range(height):
        for c in range(width):
            inside[r + 1, c + 1] = values[r, c] <= level
    # The crossings south, east, north and west of a square.
    steps = (0, 3, 2 * wide, 1)
    room = 4096
    begun = np.empty(room, dtype=np.int32)
    count = 0
    for r in range(height + 1):
        for c in range(width + 1):
            kind = inside[r, c] + 2 * inside[r, c + 1] + 4 * inside[r + 1, c + 1] + 8 * inside[r + 1, c]
            if kind in (0, 15):
                continue
            if count + 2 > room:
                grown = np.empty(2 * room, dtype=np.int32)
                grown[:room] = begun
                begun = grown
                room *= 2
            square = 2 * (r * wide + c)
            for k in range(0, 4, 2):
                if _WAYS[kind, k] < 0:
                    break
                edge = square + steps[_WAYS[kind, k]]
                following[edge] = square + steps[_WAYS[kind, k + 1]]
                begun[count] = edge
                count += 1
    points = np.empty((count, 2))
    starts = np.empty(count, dtype=np.int64)
    used, rings = 0, 0
    for k in range(count):
        edge = begun[k]
        if following[edge] < 0:
            continue
        starts[rings] = used
        rings += 1
        while following[edge] >= 0:
            node = edge >> 1
            r, c = node // wide - 1, node % wide - 1
            r2, c2 = (r + 1, c) if edge & 1 else (r, c + 1)
            part = 0.5
            if r >= 0 and c >= 0 and r2 < height and c2 < width:
                a, b = values[r, c], values[r2, c2]
                if np.isfinite(a) and np.isfinite(b):
                    part = min(max((level - a) / (b - a), least), 1.0 - least)
            points[used, 0] = c + part * (c2 - c)
            points[used, 1] = r + part * (r2 - r)
            used += 1
            to = following[edge]
            following[edge] = -1
            edge = to
    return points[:used].copy(), starts[:rings].copy()
