"""What a line that somebody drew or drove would cost on the ground, and which limits it breaks.

The line lies on the nodes that a plan from its first point would have, and is sampled as a planned line is. Nothing is
searched and nothing is moved.
"""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InfeasibleError, InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain, source_at
from roverctl.traverse.basis import basis_of
from roverctl.traverse.costs import CostModel, cost_model
from roverctl.traverse.ground import Ground, box_around
from roverctl.traverse.line import LineOnGround, ground_under, line_on
from roverctl.traverse.reference import ReferenceTrack
from roverctl.traverse.request import RouteRequest, TerrainNote
from roverctl.traverse.route import Route
from roverctl.traverse.spacing import usual_spacing_m
from roverctl.traverse.time.day import day_over
from roverctl.traverse.time.timeline import drive, timeline
from roverctl.traverse.track import track_of
from roverctl.traverse.violations import RouteViolation, contact_violation, numbered, timed_violations
from roverctl.traverse.zones import reached_by

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]

# Cells along the line: with two samples each and the ground beside them they take a few seconds. Our choice.
MOST_CELLS_ALONG = 50_000
_SOURCES = 32  # places along the line at which its terrain's source is asked for
_STRAIGHT_M = 1e-3  # a vertex nearer than this to the straight line between its neighbours is no corner
_SAME_PART = 1e-3  # of the least distance between vertices: nearer is the same place
_DAY_CELLS = 200_000  # of the box whose horizons are made for Sun and contact along the line
_LITTLE = 1e-9  # metres: what rounding makes of a limit that is just kept


def check_line(terrain: Terrain, mission: Mission, line: ReferenceTrack, request: RouteRequest) -> Route:
    """The line as a route: the figures of a plan, and its violations.

    ``request`` gives objective, limits, zones, departure and spacing; its stops become the line's ends. A vertex nearer
    than half the spacing to the one before is left out. The price of ground steeper than the limit is that at the
    limit.

    Raises
    ------
    InputError
        For a line without length, more samples than ``MOST_SAMPLES``, no elevation anywhere along it, or objective sun,
        which has no price for a line that is given.
    """
    if request.wants_sun:
        raise InputError("a line is checked by time, distance, energy or risk; --depart tells its Sun and shadow")
    east, north = _without_repeats(line)
    spacing_m = _spacing_m(terrain, mission, line, east, north, request)
    start, goal = (float(east[0]), float(north[0])), (float(east[-1]), float(north[-1]))
    request = replace(request, start_m=start, goal_m=goal, via_m=(), spacing_m=spacing_m)
    kept = _thinned(east, north, 0.5 * spacing_m)
    if len(kept) < 2:
        raise InputError(
            f"{line.source}: {line.name}: all of it lies in one place at {spacing_m:g} m; give a finer --resolution"
        )
    vertices_m = np.stack((east[kept], north[kept]), axis=1)
    model, clock = cost_model(mission, request), cost_model(mission, request, "time")
    ground = ground_under(terrain, mission, model, request, vertices_m, spacing_m)
    at = line_on(ground, model, vertices_m)
    known = np.isfinite(at.cell_slope_rad) & np.isfinite(np.diff(at.elevation_m + at.base_m))
    if not known.any():
        raise InputError(f"{line.source}: {line.name}: no elevation along it in {terrain.label}")
    at = _filled(at)
    segment_s = at.seconds(clock, mission.vehicle.turn_rate_rad_s)
    longitude, latitude = mission.site.to_geographic(at.east_m, at.north_m)
    sources = [source_at(terrain, e, n, spacing_m) for e, n in _spread(at.east_m, at.north_m)]
    corners = _corners(vertices_m, at.vertex)[1:]
    route = Route(
        request=request,
        terrain=TerrainNote(
            terrain.label, max(s.resolution_m for s in sources), max(s.generated_below_m for s in sources)
        ),
        spacing_m=spacing_m,
        east_m=at.east_m,
        north_m=at.north_m,
        elevation_m=at.elevation_m,
        longitude_deg=longitude,
        latitude_deg=latitude,
        segment_m=at.ground_m,
        slope_deg=np.degrees(at.slope_rad),
        segment_s=segment_s,
        terms=at.terms(model),
        max_slope_deg=at.max_slope_deg,
        cell_slope_deg=at.cell_slope_deg,
        driven_m=at.length_m,
        waypoints_m=np.stack((at.east_m[corners], at.north_m[corners]), axis=1),
        waypoints_deg=np.stack((longitude[corners], latitude[corners]), axis=1),
        waypoint_s=np.cumsum(segment_s)[corners - 1],
        basis=basis_of(mission, terrain),
        checked=f"{line.name} ({line.source}), {line.length_m:.1f} m in {len(line.east_m)} points",
    )
    found = _violations(mission, request, model, ground, at, known)
    if request.depart_ns is not None:
        timing, late = _timing(terrain, mission, request, route, ground, at)
        route = replace(route, timing=timing)
        found += late
    return replace(route, violations=numbered(found))


def _without_repeats(line: ReferenceTrack) -> tuple[Array, Array]:
    moved = np.append(True, (np.diff(line.east_m) != 0.0) | (np.diff(line.north_m) != 0.0))
    if np.count_nonzero(moved) < 2:
        raise InputError(f"{line.source}: {line.name}: all its points are one place; a line to be checked has two")
    return line.east_m[moved], line.north_m[moved]


def _spread(east_m: Array, north_m: Array) -> list[tuple[float, float]]:
    chosen = np.unique(np.linspace(0, len(east_m) - 1, _SOURCES).round().astype(np.int64))
    return list(zip(east_m[chosen].tolist(), north_m[chosen].tolist(), strict=True))


def _spacing_m(
    terrain: Terrain, mission: Mission, line: ReferenceTrack, east: Array, north: Array, request: RouteRequest
) -> float:
    """The request's, else the usual one."""
    length_m = line.length_m
    spacing_m = request.spacing_m
    if spacing_m is None:
        spacing_m = usual_spacing_m(terrain, mission, _spread(east, north), length_m)
    if length_m / spacing_m > MOST_CELLS_ALONG:
        raise InputError(
            f"{line.source}: {line.name}: {length_m / 1000.0:.1f} km at {spacing_m:g} m are more than "
            f"{MOST_CELLS_ALONG:,} cells; --resolution {math.ceil(1.1 * length_m / MOST_CELLS_ALONG):d} would fit"
        )
    return spacing_m


def _thinned(east: Array, north: Array, least_m: float) -> Indices:
    """The vertices at least so far from the one kept before, and the last, which may be nearer but not the same."""
    kept = [0]
    x, y = float(east[0]), float(north[0])
    for i, (e, n) in enumerate(zip(east.tolist(), north.tolist(), strict=True)):
        if math.hypot(e - x, n - y) >= least_m:
            kept.append(i)
            x, y = e, n
    if math.hypot(float(east[-1]) - x, float(north[-1]) - y) > _SAME_PART * least_m:
        kept.append(len(east) - 1)
    return np.array(kept, dtype=np.int64)


def _filled(at: LineOnGround) -> LineOnGround:
    """The samples with heights that are missing drawn straight between their neighbours, on level ground."""
    known = np.isfinite(at.elevation_m)
    if known.all():
        return at
    number = np.arange(len(at.elevation_m))
    height = np.interp(number, number[known], at.elevation_m[known])
    return replace(
        at, elevation_m=height, tilt_east=np.nan_to_num(at.tilt_east), tilt_north=np.nan_to_num(at.tilt_north)
    )


def _corners(vertices_m: Array, vertex: Indices) -> Indices:
    """Samples at which the line turns, and its ends."""
    if len(vertex) < 3:
        return vertex
    x, y = vertices_m.T
    before = np.stack((x[1:-1] - x[:-2], y[1:-1] - y[:-2]))
    over = np.stack((x[2:] - x[:-2], y[2:] - y[:-2]))
    length = np.maximum(np.hypot(*over), 1e-12)
    away = np.abs(before[0] * over[1] - before[1] * over[0]) / length
    ahead = (before * over).sum(axis=0) / length
    turns = (away > _STRAIGHT_M) | (ahead > length) | (ahead < 0.0)
    # Many small turns the same way are a bend: every vertex of it stays.
    return np.asarray(vertex[np.concatenate(([True], turns, [True]))])


def _violations(
    mission: Mission, request: RouteRequest, model: CostModel, ground: Ground, at: LineOnGround, known: Mask
) -> list[RouteViolation]:
    found: list[RouteViolation] = []
    along = np.concatenate(([0.0], np.cumsum(at.run_m)))
    apart_m = mission.vehicle.length_m

    def add(kind: str, broken: Mask, value_rad: Array | None, limit_rad: float | None, what: str) -> None:
        for first, last in _stretches(broken, along, apart_m):
            part = slice(first, last + 1)
            worst = first if value_rad is None else first + int(np.where(broken[part], value_rad[part], -1.0).argmax())
            place = (0.5 * (at.east_m[worst] + at.east_m[worst + 1]), 0.5 * (at.north_m[worst] + at.north_m[worst + 1]))
            value = None if value_rad is None else math.degrees(float(value_rad[worst]))
            limit = None if limit_rad is None else round(math.degrees(limit_rad), 9)
            text = what if value is None else f"{what} of {value:.1f}°, the limit is {limit:g}°"
            text += f", {along[first]:.1f} to {along[last + 1]:.1f} m along"
            found.append(
                RouteViolation("", kind, first, last, worst, (float(place[0]), float(place[1])), value, limit,
                               "" if value is None else "deg", text)
            )  # fmt: skip

    def either(points: npt.NDArray[np.generic]) -> Array:
        return np.asarray(np.maximum(points[:-1], points[1:]))

    add("no data", ~known, None, None, "no elevation data")
    slope = np.where(known, at.cell_slope_rad, 0.0)
    # As the search compares them, in single precision.
    steep = slope.astype(np.float32) > np.float32(model.max_slope_rad)
    add("slope", steep, slope, model.max_slope_rad, "a slope")
    beside = ~at.free & ~steep & known
    half = 0.5 * mission.vehicle.width_m
    aside = at.steepest_beside(ground, half, beside)
    add("footprint", beside, aside, model.max_slope_rad, "ground within half the vehicle's width")
    for kind, value, limit, over in at.directed(model):
        add(kind, known & over, value, limit, f"a {kind}")
    for zone in request.avoid:
        inside, near = reached_by(zone, half - _LITTLE, at.east_m, at.north_m)
        add("keep-out", either(inside | near) > 0, None, None, f"keep-out '{zone.name}'")
    if request.within:
        kept = np.zeros(len(at.east_m), dtype=np.bool_)
        for zone in request.within:
            inside, near = reached_by(zone, half - _LITTLE, at.east_m, at.north_m)
            kept |= inside & ~near
        add("keep-in", either(~kept) > 0, None, None, f"outside the corridor '{request.within[0].name}'")
    return found


def _stretches(broken: Mask, along: Array, apart_m: float) -> list[tuple[int, int]]:
    """Runs of segments that break a limit, first and last; those less than ``apart_m`` apart are one."""
    runs: list[tuple[int, int]] = []
    edges = np.flatnonzero(np.diff(np.concatenate(([False], broken, [False])).astype(np.int8)))
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and along[first] - along[runs[-1][1] + 1] < apart_m:
            runs[-1] = (runs[-1][0], after - 1)
        else:
            runs.append((first, after - 1))
    return runs


def _timing(
    terrain: Terrain, mission: Mission, request: RouteRequest, route: Route, ground: Ground, at: LineOnGround
) -> tuple[dict[str, object] | None, list[RouteViolation]]:
    """The route over the day of its departure, and what that breaks.

    Raises
    ------
    InfeasibleError
        When the departure is at night.
    """
    assert request.depart_ns is not None
    points = tuple(zip(at.east_m.tolist(), at.north_m.tolist(), strict=True))
    extent_m = max(float(np.ptp(at.east_m)), float(np.ptp(at.north_m)))
    box = box_around(points, max(route.spacing_m, 1.5 * extent_m / math.sqrt(_DAY_CELLS)), 0.25)
    day = day_over(mission, terrain, box, request.depart_ns, request.need_contact)
    way = track_of(mission, request, at)
    cells = np.array([box.cell(point) for point in zip(way.east_m.tolist(), way.north_m.tolist(), strict=True)])
    way = replace(way, cell=cells)
    last, end = len(route.segment_m) - 1, request.goal_m
    times, cells = day.openings_along(way.cell)
    try:
        driven = drive(mission, day, times, way, cells, 0.0)
    except InfeasibleError as error:
        return None, [RouteViolation("", "night", 0, last, last, end, None, None, "", str(error))]
    timing = timeline(mission, day, way, driven, 0.0).document()
    found = timed_violations(mission, timing, last, end)
    return timing, found + (contact_violation(timing, last, end) if request.need_contact else [])
