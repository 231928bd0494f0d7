"""The line that the vehicle is told to follow, against hazards, costs and choices found by brute force."""

import itertools
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy.interpolate import RegularGridInterpolator

from roverctl.traverse.planner import RouteField, plan, plan_field
from roverctl.traverse.route import Route
from tests.unit.traverse.made import LIMIT, MISSION, Made, ask

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
VEHICLE = MISSION.vehicle


FLAT = Made(lambda e, n: 0.0 * e)


def wave(east: Array, north: Array) -> Array:
    return np.asarray(12.0 * np.sin(east / 60.0) * np.cos(north / 45.0) + 0.02 * east)


def pits(seed: int, count: int, reach_m: float) -> Callable[[Array, Array], Array]:
    """Round pits with steep walls, at random, none near the corners that the routes go between."""
    random = np.random.default_rng(seed)
    places = random.uniform(-reach_m, reach_m, (count, 2))
    places = places[np.abs(np.abs(places) - reach_m * 0.8).max(axis=1) > 0.15 * reach_m]
    sizes = random.uniform(0.02, 0.09, len(places)) * reach_m

    def height(east: Array, north: Array) -> Array:
        z = 0.02 * east + 0.01 * north
        for (e, n), size in zip(places, sizes, strict=True):
            z = z - size * np.exp(-(((np.hypot(east - e, north - n)) / size) ** 4))
        return np.asarray(z)

    return height


def line_of(route: Route) -> Array:
    return np.concatenate((np.array([[route.east_m[0], route.north_m[0]]]), route.waypoints_m))


def supercover(field: RouteField, begin: Array, end: Array) -> Mask:
    """The cells whose closed square around the node meets a segment, by clipping it against every one."""
    box = field.ground.box
    near, far = np.zeros((box.height, box.width)), np.ones((box.height, box.width))
    rows, columns = np.mgrid[: box.height, : box.width]
    for axis, low, nodes in ((0, box.east_m, columns), (1, box.north_m, rows)):
        at, step = (begin[axis] - low) / box.spacing_m, (end[axis] - begin[axis]) / box.spacing_m
        if abs(step) < 1e-12:
            far = np.where(np.abs(nodes - at) <= 0.5, far, -1.0)
            continue
        a, b = (nodes - 0.5 - at) / step, (nodes + 0.5 - at) / step
        near, far = np.maximum(near, np.minimum(a, b)), np.minimum(far, np.maximum(a, b))
    return np.asarray(near <= far + 1e-12)


def line_cost(field: RouteField, begin: Array, end: Array, per_cell: int) -> tuple[float, float]:
    """Cost, and the steepest slope between samples, of a straight line on scipy's bilinear surfaces."""
    ground, model = field.ground, field.model
    box = ground.box
    axes = (box.north_m + box.spacing_m * np.arange(box.height), box.east_m + box.spacing_m * np.arange(box.width))
    steps = max(1, math.ceil(per_cell * math.dist(begin, end) / box.spacing_m - 1e-9))
    points = begin + (end - begin) * np.linspace(0.0, 1.0, steps + 1)[:, np.newaxis]
    z, base, hazard = (
        RegularGridInterpolator(axes, surface)(points[:, ::-1])
        for surface in (ground.elevation_m, ground.base_m, ground.hazard)
    )
    plan_m = np.full(steps, math.dist(begin, end) / steps)
    terms = model.terms(plan_m, np.diff(z), hazard[:-1], hazard[1:])
    steepest = max(float(np.abs(np.diff(surface)).max()) for surface in (z, base)) / plan_m[0]
    return float(sum(term.sum() for term in terms.values())), math.atan(steepest)


def turns(line: Array) -> Array:
    heading = np.arctan2(*np.diff(line, axis=0).T)
    return np.asarray(np.abs((np.diff(heading) + np.pi) % (2.0 * np.pi) - np.pi))


@pytest.mark.parametrize("goal", [(120.0, 0.0), (40.0, 90.0), (-71.0, 23.0), (-60.0, -60.0)])
def test_a_flat_plain_is_crossed_in_one_leg(goal: tuple[float, float]) -> None:
    route = plan(FLAT, MISSION, ask((0, 0), goal, spacing_m=1.0))
    assert route.waypoints() == [goal]
    away = math.hypot(*goal)
    slipping = away / VEHICLE.speed_m_s / (1.0 - VEHICLE.slip[0])
    assert route.drive_s == pytest.approx(slipping + away / VEHICLE.step_length_m * VEHICLE.look_time_s)
    assert route.drive_s <= route.duration_s + 1e-9


@pytest.mark.parametrize("spacing_m", [1.0, 0.25])
@pytest.mark.parametrize("seed", range(6))
def test_no_hazard_is_touched(seed: int, spacing_m: float) -> None:
    reach = 40.0 * spacing_m
    request = ask((-0.8 * reach, -0.8 * reach), (0.8 * reach, 0.8 * reach), spacing_m=spacing_m)
    field = plan_field(Made(pits(seed, 30, reach)), MISSION, request)
    route = field.route_to(request.goal_m)
    ground, box = field.ground, field.ground.box
    assert (~ground.free[1:-1, 1:-1]).sum() > 100
    steep = np.argwhere(~(ground.slope_rad <= LIMIT))[:, ::-1] * spacing_m + np.array([box.east_m, box.north_m])
    line = line_of(route)
    assert len(line) > 2
    for begin, end in itertools.pairwise(line):
        assert ground.free[supercover(field, begin, end)].all()
        share = np.clip((steep - begin) @ (end - begin) / ((end - begin) @ (end - begin)), 0.0, 1.0)
        clear = np.hypot(*(steep - begin - share[:, np.newaxis] * (end - begin)).T).min()
        if spacing_m < 0.5 * VEHICLE.width_m:
            # Nodes are kept off by half the width; halfway between two nodes that is less by what a chord dips.
            assert clear >= math.sqrt((0.5 * VEHICLE.width_m) ** 2 - (0.5 * spacing_m) ** 2) - 1e-9


@pytest.mark.parametrize("objective", ["time", "distance"])
@pytest.mark.parametrize("seed", range(4))
def test_the_line_costs_no_more_than_a_twentieth_over_the_path(seed: int, objective: str) -> None:
    shape = wave if seed == 0 else pits(seed, 25, 150.0)
    request = ask((-120, -120), (120, 120), spacing_m=3.0, objective=objective)
    field = plan_field(Made(shape), MISSION, request)
    route = field.route_to(request.goal_m)
    legs = [line_cost(field, begin, end, per_cell=20) for begin, end in itertools.pairwise(line_of(route))]
    assert len(legs) > 1
    assert sum(cost for cost, _ in legs) <= 1.05 * route.cost
    path = np.stack((route.east_m, route.north_m), axis=1)
    assert turns(line_of(route)).sum() < turns(path).sum()


@pytest.mark.parametrize("seed", range(4))
def test_slopes_along_the_line_hold_the_limit_on_both_surfaces(seed: int) -> None:
    detailed = Made(pits(seed, 25, 60.0), base=Made(pits(seed + 10, 25, 60.0)), generated_below_m=10.0)
    request = ask((-48, -48), (48, 48), spacing_m=1.0)
    field = plan_field(detailed, MISSION, request)
    assert (field.ground.base_m != field.ground.elevation_m).any()
    for begin, end in itertools.pairwise(line_of(field.route_to(request.goal_m))):
        assert line_cost(field, begin, end, per_cell=2)[1] <= LIMIT


def test_the_time_is_that_of_the_legs_and_the_turns() -> None:
    request = ask((-120, -120), (120, 120), spacing_m=3.0)
    field = plan_field(Made(pits(3, 25, 150.0)), MISSION, request)
    route = field.route_to(request.goal_m)
    field.ground.hazard[:] = 0.0
    line = line_of(route)
    legs = [line_cost(field, begin, end, per_cell=2)[0] for begin, end in itertools.pairwise(line)]
    # The last 6° of a turn are turned while driving.
    turning = np.concatenate(([0.0], np.maximum(turns(line) - math.radians(6.0), 0.0))) / VEHICLE.turn_rate_rad_s
    # Legs along diagonals are timed from node to node, not by halves of cells.
    assert route.waypoint_s == pytest.approx(np.cumsum(np.array(legs) + turning), rel=1e-5)
    assert route.drive_s == route.waypoint_s[-1] < route.duration_s


def test_the_points_are_passed_in_time_with_the_waypoints() -> None:
    route = plan(Made(pits(3, 25, 150.0)), MISSION, ask((-120, -120), (120, 121), spacing_m=3.0))
    seconds = route.passing_s
    assert (np.diff(seconds) > 0.0).all()
    assert (seconds[0], seconds[-1]) == (0.0, route.drive_s)
    for (east, north), at_s in zip(route.waypoints()[:-1], route.waypoint_s, strict=False):
        assert seconds[np.hypot(route.east_m - east, route.north_m - north).argmin()] == pytest.approx(at_s)


@pytest.mark.parametrize("rough", ["none", "ground", "base"])
@pytest.mark.parametrize("seed", range(6))
def test_the_choice_is_the_best_of_all(seed: int, rough: str) -> None:
    phase = np.random.default_rng(seed).uniform(0.0, 6.0, 2)

    def bumps(east: Array, north: Array) -> Array:
        return np.asarray(1.9 * np.sin(east / 7.0 + phase[0]) * np.cos(north / 9.0 + phase[1]))

    def checked(east: Array, north: Array) -> Array:
        # Up and down from node to node, which a cell's slope does not see and a step does.
        size = 0.35 * np.sin((east + north) / 13.0 + phase[0]) ** 2
        return np.asarray(bumps(east, north) + size * np.cos(np.pi * east / 2.0) * np.cos(np.pi * north / 2.0))

    terrain = {
        "none": Made(bumps),
        "ground": Made(checked),
        "base": Made(bumps, base=Made(checked), generated_below_m=9.0),
    }[rough]
    # Turning so slowly that a leg would pay at nearly any cost: the bound on what it may cost decides.
    turn_rate = VEHICLE.turn_rate_rad_s / (20.0 if seed % 2 else 1.0)
    mission = replace(MISSION, vehicle=replace(VEHICLE, turn_rate_rad_s=turn_rate))
    request = ask((0, 0), (26, 16), spacing_m=2.0)
    field = plan_field(terrain, mission, request)
    route = field.route_to(request.goal_m)
    nodes = np.stack((route.east_m, route.north_m), axis=1)
    along = np.concatenate(([0.0], np.cumsum(sum(route.terms.values()))))
    count = len(nodes)
    price: dict[tuple[int, int], float] = {}
    for i, j in itertools.combinations(range(count), 2):
        cost, slope = line_cost(field, nodes[i], nodes[j], per_cell=2)
        corners = np.argwhere(squares_crossed(field, nodes[i], nodes[j]))
        free = all(field.ground.free[r : r + 2, c : c + 2].all() for r, c in corners)
        if free and slope <= LIMIT and cost <= 1.05 * (along[j] - along[i]):
            price[i, j] = cost
        elif not np.diff(nodes[i : j + 1], n=2, axis=0).any():
            price[i, j] = along[j] - along[i]
    per_point = 64.0 / MISSION.link.forward_rate_bit_s

    def total(chosen: tuple[int, ...]) -> float:
        legs = list(itertools.pairwise(chosen))
        if any(leg not in price for leg in legs):
            return math.inf
        turning = float(turns(nodes[list(chosen)]).sum()) / turn_rate
        return sum(price[leg] for leg in legs) + turning + per_point * len(legs)

    best = min(
        total((0, *between, count - 1))
        for size in range(count - 1)
        for between in itertools.combinations(range(1, count - 1), size)
    )
    numbers = [int(np.hypot(*(nodes - point).T).argmin()) for point in line_of(route)]
    assert total(tuple(numbers)) == pytest.approx(best, rel=1e-9)


def squares_crossed(field: RouteField, begin: Array, end: Array) -> Mask:
    """The squares between nodes whose inside a segment crosses; free legs on grid lines cross none."""
    box = field.ground.box
    steps = np.linspace(0.0, 1.0, 4001)[:, np.newaxis]
    place = ((begin + (end - begin) * steps) - np.array([box.east_m, box.north_m])) / box.spacing_m
    inside = place[(np.abs(place - np.rint(place)) > 1e-9).all(axis=1)]
    crossed = np.zeros((box.height, box.width), dtype=np.bool_)
    crossed[np.floor(inside[:, 1]).astype(int), np.floor(inside[:, 0]).astype(int)] = True
    return crossed


def test_a_gap_in_a_wall_is_kept() -> None:
    def wall(east: Array, north: Array) -> Array:
        return np.where((np.abs(east - 30.0) < 1.0) & (np.abs(north - 12.0) > 3.0), 50.0, 0.0)

    request = ask((0, 0), (60, 0), spacing_m=1.0)
    field = plan_field(Made(wall), MISSION, request)
    route = field.route_to(request.goal_m)
    line = line_of(route)
    at_wall = np.interp([29.0, 30.0, 31.0], line[:, 0], line[:, 1])
    assert (np.abs(at_wall - 12.0) < 3.0).all()
    assert len(route.waypoints()) <= 3
    for begin, end in itertools.pairwise(line):
        assert field.ground.free[supercover(field, begin, end)].all()


def test_a_goal_between_nodes_is_reached_exactly_unless_it_is_in_a_hazard() -> None:
    goal = (60.7, 20.4)
    route = plan(FLAT, MISSION, ask((0, 0), goal, spacing_m=2.0))
    assert route.waypoints() == [goal]
    assert route.goal_offset_m > 0.5

    # Steep ground begins between the last node and the goal.
    edge = Made(lambda e, n: np.where(e > 63.0, 2.0 * (e - 63.0), 0.0))
    request = ask((0, 0), (60.9, 0.0), spacing_m=2.0)
    field = plan_field(edge, MISSION, request)
    row, column = field.ground.box.cell((60.0, 0.0))
    assert field.ground.free[row, column] and not field.ground.free[row, column + 1]
    assert field.route_to(request.goal_m).waypoints() == [(60.0, 0.0)]


def test_via_points_are_waypoints() -> None:
    request = ask((0, 0), (100, 0), via_m=((50, 60), (20, -40), (20, -40)), spacing_m=2.0)
    assert plan(FLAT, MISSION, request).waypoints() == [(50.0, 60.0), (20.0, -40.0), (100.0, 0.0)]


def test_legs_are_no_longer_than_400_cells() -> None:
    route = plan(FLAT, MISSION, ask((0, 0), (3000, 1100), spacing_m=3.0))
    lengths = np.hypot(*np.diff(line_of(route), axis=0).T)
    assert lengths.max() <= 1200.0
    assert len(lengths) <= 4
    assert math.hypot(3000.0, 1100.0) <= lengths.sum() < 0.95 * route.distance_m
