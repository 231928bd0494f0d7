"""What a line that somebody drew or drove would cost on the ground, and which limits it breaks.

The line is sampled at a spacing, the ground around each sample on the 3 × 3 nodes of that spacing: slopes are then
those that the planner has on its grid. Nothing is searched and nothing is moved.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InfeasibleError, InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain, source_at
from roverctl.traverse.basis import basis_of
from roverctl.traverse.costs import CostModel, cost_model
from roverctl.traverse.ground import box_around
from roverctl.traverse.reference import ReferenceTrack
from roverctl.traverse.request import RouteRequest, TerrainNote
from roverctl.traverse.route import Route
from roverctl.traverse.spacing import usual_spacing_m
from roverctl.traverse.time.day import day_over
from roverctl.traverse.time.timeline import drive, timeline
from roverctl.traverse.track import Track
from roverctl.traverse.violations import RouteViolation, contact_violation, numbered, timed_violations
from roverctl.traverse.zones import reached_by

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]

# Each takes nine elevations, twice where ground is generated: 50,000 take a few seconds. Our choice.
MOST_SAMPLES = 50_000
_SOURCES = 32  # places along the line at which its terrain's source is asked for
_STRAIGHT_M = 1e-3  # a vertex nearer than this to the straight line between its neighbours is no corner
_DAY_CELLS = 200_000  # of the box whose horizons are made for Sun and contact along the line
_DAY_POINTS = 2000
_LITTLE = 1e-9  # radians: what rounding makes of a limit that is just kept


@dataclass(frozen=True, slots=True)
class _Samples:
    """n samples along a line: place, heights and the gradient there; ``corners`` are samples that are waypoints."""

    east_m: Array
    north_m: Array
    elevation_m: Array
    base_m: Array
    slope_east: Array
    slope_north: Array
    slope_rad: Array
    aside_rad: Array
    known: Mask
    corners: Indices


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
    at = _sampled(terrain, mission, line, east, north, spacing_m)
    model, clock = cost_model(mission, request), cost_model(mission, request, "time")
    run = np.hypot(np.diff(at.east_m), np.diff(at.north_m))
    rise = np.diff(at.elevation_m)
    price = model.hazard(np.minimum(at.slope_rad, model.max_slope_rad))
    still = np.zeros_like(run)
    timed = clock.terms(run, rise, still, still)
    turns = np.abs(np.angle(np.exp(1j * np.diff(np.arctan2(np.diff(at.east_m), np.diff(at.north_m))))))
    segment_s = timed["drive"] + timed["slip"] + timed["look"]
    segment_s[1:] += turns / mission.vehicle.turn_rate_rad_s
    longitude, latitude = mission.site.to_geographic(at.east_m, at.north_m)
    sources = [source_at(terrain, e, n, spacing_m) for e, n in _spread(at.east_m, at.north_m)]
    corners = at.corners[1:]
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
        segment_m=np.hypot(run, rise),
        slope_deg=np.degrees(np.arctan2(rise, run)),
        segment_s=segment_s,
        terms=model.terms(run, rise, price[:-1], price[1:]),
        cell_slope_deg=float(np.degrees(at.slope_rad.max())),
        waypoints_m=np.stack((at.east_m[corners], at.north_m[corners]), axis=1),
        waypoints_deg=np.stack((longitude[corners], latitude[corners]), axis=1),
        waypoint_s=np.cumsum(segment_s)[corners - 1],
        basis=basis_of(mission, terrain),
        checked=f"{line.name} ({line.source}), {line.length_m:.1f} m in {len(line.east_m)} points",
    )
    found = _violations(mission, request, model, at, run)
    if request.depart_ns is not None:
        timing, late = _timing(terrain, mission, request, route, at)
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
    if length_m / spacing_m > MOST_SAMPLES:
        raise InputError(
            f"{line.source}: {line.name}: {length_m / 1000.0:.1f} km at {spacing_m:g} m are more than {MOST_SAMPLES:,} "
            f"samples; --resolution {math.ceil(1.1 * length_m / MOST_SAMPLES):d} would fit"
        )
    return spacing_m


def _thinned(east: Array, north: Array, least_m: float) -> Indices:
    """The vertices at least so far from the one kept before, and the last."""
    kept = [0]
    x, y = float(east[0]), float(north[0])
    for i, (e, n) in enumerate(zip(east.tolist(), north.tolist(), strict=True)):
        if math.hypot(e - x, n - y) >= least_m:
            kept.append(i)
            x, y = e, n
    if kept[-1] != len(east) - 1:
        if len(kept) > 1:
            kept.pop()
        kept.append(len(east) - 1)
    return np.array(kept, dtype=np.int64)


def _sampled(
    terrain: Terrain, mission: Mission, line: ReferenceTrack, east: Array, north: Array, spacing_m: float
) -> _Samples:
    kept = _thinned(east, north, 0.5 * spacing_m)
    x, y = east[kept], north[kept]
    legs = np.hypot(np.diff(x), np.diff(y))
    # A diagonal of the grid is one step, as it is of the planner's paths.
    parts = np.where(legs > math.sqrt(2.0) * spacing_m * (1.0 + _LITTLE), np.ceil(legs / spacing_m - _LITTLE), 1)
    vertex = np.concatenate(([0], np.cumsum(parts.astype(np.int64))))
    position = np.interp(np.arange(vertex[-1] + 1), vertex, np.arange(len(x), dtype=np.float64))
    e, n = np.interp(position, np.arange(len(x)), x), np.interp(position, np.arange(len(x)), y)
    surfaces = [terrain]
    base = getattr(terrain, "base", None)
    if base is not None and terrain.generated_below_m > 0.0:
        surfaces.append(base)
    heights, slopes = [], []
    for surface in surfaces:
        height, slope_east, slope_north = _gradient(surface, e, n, spacing_m)
        heights.append(height)
        slopes.append((np.arctan(np.hypot(slope_east, slope_north)), slope_east, slope_north))
    steepest = np.maximum(slopes[0][0], slopes[-1][0])
    known = np.isfinite(steepest) & np.isfinite(heights[0]) & np.isfinite(heights[-1])
    if not known.any():
        raise InputError(f"{line.source}: {line.name}: no elevation along it in {terrain.label}")
    half = 0.5 * mission.vehicle.width_m
    aside = steepest
    if half > spacing_m:
        # As far out as the wheels run, to both sides.
        to_east, to_north = np.gradient(e), np.gradient(n)
        unit = np.maximum(np.hypot(to_east, to_north), 1e-12)
        for side in (-half, half):
            _, *there = _gradient(terrain, e - side * to_north / unit, n + side * to_east / unit, spacing_m)
            aside = np.fmax(aside, np.arctan(np.hypot(*there)))
    return _Samples(
        e, n, _filled(heights[0], known), _filled(heights[-1], known),
        np.where(known, slopes[0][1], 0.0), np.where(known, slopes[0][2], 0.0),
        np.where(known, steepest, 0.0), np.where(known, aside, 0.0), known, _corners(x, y, vertex),
    )  # fmt: skip


def _gradient(terrain: Terrain, east: Array, north: Array, h: float) -> tuple[Array, Array, Array]:
    """Height, and rise over run to the east and to the north (Horn 1981), from the 3 × 3 nodes around."""
    z = {
        (i, j): terrain.elevation(east + i * h, north + j * h, h) for i in (-1, 0, 1) for j in (-1, 0, 1)
    }  # fmt: skip
    to_east = sum(w * (z[1, j] - z[-1, j]) for j, w in ((-1, 1.0), (0, 2.0), (1, 1.0))) / (8.0 * h)
    to_north = sum(w * (z[i, 1] - z[i, -1]) for i, w in ((-1, 1.0), (0, 2.0), (1, 1.0))) / (8.0 * h)
    return z[0, 0], np.asarray(to_east), np.asarray(to_north)


def _filled(height: Array, known: Mask) -> Array:
    """Heights with those that are missing drawn straight between their neighbours."""
    number = np.arange(len(height))
    return np.asarray(np.where(known, height, np.interp(number, number[known], height[known])))


def _corners(x: Array, y: Array, vertex: Indices) -> Indices:
    """Samples at which the line turns, and its ends."""
    if len(x) < 3:
        return vertex
    before = np.stack((x[1:-1] - x[:-2], y[1:-1] - y[:-2]))
    over = np.stack((x[2:] - x[:-2], y[2:] - y[:-2]))
    length = np.maximum(np.hypot(*over), 1e-12)
    away = np.abs(before[0] * over[1] - before[1] * over[0]) / length
    ahead = (before * over).sum(axis=0) / length
    turns = (away > _STRAIGHT_M) | (ahead > length) | (ahead < 0.0)
    # Many small turns the same way are a bend: every vertex of it stays.
    return np.asarray(vertex[np.concatenate(([True], turns, [True]))])


def _violations(
    mission: Mission, request: RouteRequest, model: CostModel, at: _Samples, run: Array
) -> list[RouteViolation]:
    found: list[RouteViolation] = []
    along = np.concatenate(([0.0], np.cumsum(run)))
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

    add("no data", ~(at.known[:-1] & at.known[1:]), None, None, "no elevation data")
    slope, aside = either(at.slope_rad), either(at.aside_rad)
    limit = model.max_slope_rad + _LITTLE
    add("slope", slope > limit, slope, model.max_slope_rad, "a slope")
    steep_aside = (aside > limit) & (slope <= limit)
    add("footprint", steep_aside, aside, model.max_slope_rad, "ground within half the vehicle's width")
    rises = [np.arctan2(np.diff(surface), run) for surface in (at.elevation_m, at.base_m)]
    up, down = np.maximum(*rises), np.maximum(-rises[0], -rises[1])
    add("climb", up > model.max_up_rad + _LITTLE, up, model.max_up_rad, "a climb")
    add("descent", down > model.max_down_rad + _LITTLE, down, model.max_down_rad, "a descent")
    if model.max_across_rad < model.max_slope_rad:
        east, north = np.diff(at.east_m) / run, np.diff(at.north_m) / run
        gradient_e, gradient_n = (0.5 * (s[:-1] + s[1:]) for s in (at.slope_east, at.slope_north))
        across = np.arctan(np.abs(gradient_n * east - gradient_e * north))
        add("cross slope", across > model.max_across_rad + _LITTLE, across, model.max_across_rad, "a cross slope")
    half = 0.5 * mission.vehicle.width_m
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
    terrain: Terrain, mission: Mission, request: RouteRequest, route: Route, at: _Samples
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
    chosen = np.unique(np.linspace(0, len(points) - 1, min(len(points), _DAY_POINTS)).round().astype(np.int64))
    run = np.hypot(np.diff(at.east_m), np.diff(at.north_m))
    along = np.concatenate(([0.0], np.cumsum(run)))
    still = np.zeros_like(run)
    work = cost_model(mission, request, "energy").terms(run, np.diff(at.elevation_m), still, still)

    def between(amounts: Array) -> Array:
        return np.diff(np.concatenate(([0.0], np.cumsum(amounts)))[chosen])

    way = Track(
        at.east_m[chosen], at.north_m[chosen], along[chosen], at.elevation_m[chosen],
        np.array([box.cell(points[i]) for i in chosen.tolist()]), between(route.segment_s),
        between(work["roll"] + work["climb"]), at.slope_east[chosen], at.slope_north[chosen],
    )  # fmt: skip
    last, end = len(route.segment_m) - 1, request.goal_m
    times, cells = day.openings_along(way.cell)
    try:
        driven = drive(mission, day, times, way, cells, 0.0)
    except InfeasibleError as error:
        return None, [RouteViolation("", "night", 0, last, last, end, None, None, "", str(error))]
    timing = timeline(mission, day, way, driven, 0.0).document()
    found = timed_violations(mission, timing, last, end)
    return timing, found + (contact_violation(timing, last, end) if request.need_contact else [])
