"""The search against scipy's Dijkstra on the same graph, with blocked cells, walls and slopes up and down."""

import itertools
import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from skimage.graph import MCP_Geometric

from roverctl.core.errors import InputError
from roverctl.mission.profile import load_mission
from roverctl.traverse.costs import CostModel, cost_model
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.search.field import ground_field, least_cost_field

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MISSION = load_mission()
STEPS = [(0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, -1), (-1, 1)]


def edge_cost(objective: str, plan: float, rise: float, prices: float) -> float:
    """The formulas of the documentation, written once more from the mission's figures."""
    vehicle = MISSION.vehicle
    slope = math.atan(rise / plan)
    slip = float(np.interp(slope, vehicle.slip_slope_rad, vehicle.slip))
    ground = math.sqrt(plan**2 + rise**2)
    if objective in ("distance", "risk"):
        return ground + plan * prices / 2.0
    seconds = ground / vehicle.speed_m_s / (1.0 - slip) + plan / vehicle.step_length_m * vehicle.look_time_s
    if objective == "energy":
        figure = vehicle.drive_flat + vehicle.drive_climb * max(0.0, math.degrees(slope)) * (
            MISSION.body.gravity_m_s2 / 1.62
        )
        rolled = ground / (1.0 - slip)
        return vehicle.mass_kg * figure * rolled + vehicle.load_moving_w * seconds + plan * prices / 2.0
    return seconds + plan * prices / 2.0


def across(z: Array, begin: tuple[int, int], end: tuple[int, int], spacing: float) -> float:
    """Rise over run square to an edge: between the two cells beside a diagonal, else the mean at both its ends."""
    (r, c), (i, j) = begin, end
    if r != i and c != j:
        return float(z[i, c] - z[r, j]) / (spacing * math.sqrt(2.0))
    dr, dc = j - c, i - r
    return float(z[r + dr, c + dc] - z[r - dr, c - dc] + z[i + dr, j + dc] - z[i - dr, j - dc]) / (4.0 * spacing)


def reference(price: Array, free: Mask, spacing: float, start: int, z: Array | None, model: CostModel | None) -> Array:
    """scipy's Dijkstra over every edge written out."""
    height, width = price.shape
    rows, columns, costs = [], [], []
    for r in range(height):
        for c in range(width):
            for dr, dc in STEPS:
                i, j = r + dr, c + dc
                if not (0 <= i < height and 0 <= j < width and free[r, c] and free[i, j]):
                    continue
                if dr and dc and not (free[r, j] and free[i, c]):
                    continue
                plan = spacing * math.hypot(dr, dc)
                if model is None or z is None:
                    cost = plan * (price[r, c] + price[i, j]) / 2.0
                else:
                    rise = z[i, j] - z[r, c]
                    if not -plan * math.tan(model.max_down_rad) <= rise <= plan * math.tan(model.max_up_rad):
                        continue
                    if abs(across(z, (r, c), (i, j), spacing)) > math.tan(model.max_across_rad):
                        continue
                    cost = edge_cost(model.objective, plan, rise, price[r, c] + price[i, j])
                rows.append(r * width + c)
                columns.append(i * width + j)
                costs.append(cost)
    graph = coo_array((costs, (rows, columns)), shape=(price.size, price.size)).tocsr()
    return np.asarray(dijkstra(graph, indices=start)).reshape(price.shape)


def time_model(limit_deg: float = 20.0, objective: str = "time", **limits: float) -> CostModel:
    directions = {name: math.radians(value) for name, value in limits.items()}
    request = RouteRequest(start_m=(0, 0), goal_m=(1, 1), max_slope_rad=math.radians(limit_deg), objective=objective)
    request = replace(request, **directions)  # type: ignore[arg-type]
    return cost_model(MISSION, request)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), height=st.integers(1, 14), width=st.integers(1, 14),
       blocked=st.floats(0.0, 0.5), ratio=st.sampled_from([1.0, 10.0, 1e4, 1e9]))  # fmt: skip
def test_costs_equal_scipys(seed: int, height: int, width: int, blocked: float, ratio: float) -> None:
    random = np.random.default_rng(seed)
    price = np.exp(random.uniform(0.0, math.log(ratio) if ratio > 1.0 else 1e-9, (height, width)))
    free = random.random((height, width)) >= blocked
    start = int(random.integers(height * width))
    free.flat[start] = True
    expected = reference(price, free, 2.5, start, None, None)
    field = least_cost_field(np.where(free, price, np.nan), 2.5, divmod(start, width))
    ours = field.cost[1:-1, 1:-1]
    assert (np.isfinite(ours) == np.isfinite(expected)).all()
    reached = np.isfinite(expected)
    assert ours[reached] == pytest.approx(expected[reached], rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(3, 14), blocked=st.floats(0.0, 0.4),
       relief=st.floats(0.0, 1.5), objective=st.sampled_from(["time", "distance", "energy", "risk"]),
       up=st.floats(5.0, 20.0), down=st.floats(5.0, 20.0), aside=st.floats(5.0, 20.0, exclude_max=True))  # fmt: skip
def test_costs_over_ground_equal_scipys(
    seed: int, size: int, blocked: float, relief: float, objective: str, up: float, down: float, aside: float
) -> None:
    random = np.random.default_rng(seed)
    model = time_model(objective=objective, max_up_rad=up, max_down_rad=down, max_across_rad=aside)
    z = random.normal(0.0, relief, (size, size))
    price = random.uniform(0.0, 50.0, (size, size))
    free = random.random((size, size)) >= blocked
    free[0] = free[-1] = False
    free[:, 0] = free[:, -1] = False
    start = (1 + int(random.integers(size - 2)), 1 + int(random.integers(size - 2)))
    free[start] = True
    expected = reference(price, free, 3.0, start[0] * size + start[1], z, model)
    field = ground_field(z, z, price, free, 3.0, model, start)
    assert (np.isfinite(field.cost) == np.isfinite(expected)).all()
    reached = np.isfinite(expected)
    assert field.cost[reached] == pytest.approx(expected[reached], rel=1e-9)
    goal = (int(random.integers(size)), int(random.integers(size)))
    aimed = ground_field(z, z, price, free, 3.0, model, start, goal)
    assert aimed.cost_to(goal) == pytest.approx(expected[goal], rel=1e-9)
    assert (aimed.path_to(goal) == field.path_to(goal)).all()


def test_the_path_costs_what_the_field_says_and_cuts_no_corner() -> None:
    random = np.random.default_rng(11)
    price = random.uniform(1.0, 30.0, (80, 90))
    price[random.random(price.shape) < 0.3] = np.inf
    price[0, 0] = 1.0
    field = least_cost_field(price, 0.5, (0, 0))
    reached = np.argwhere(np.isfinite(field.cost[1:-1, 1:-1]))
    assert len(reached) > 1000
    for cell in reached[:: len(reached) // 50]:
        path = field.path_to((int(cell[0]), int(cell[1])))
        assert tuple(path[0]) == (0, 0)
        assert tuple(path[-1]) == tuple(cell)
        total = 0.0
        for (r, c), (i, j) in itertools.pairwise(path):
            assert max(abs(r - i), abs(c - j)) == 1
            assert np.isfinite(price[r, j]) and np.isfinite(price[i, c])
            total += 0.5 * math.hypot(r - i, c - j) * (price[r, c] + price[i, j]) / 2.0
        assert total == pytest.approx(field.cost_to((int(cell[0]), int(cell[1]))), rel=1e-9)


def test_a_gap_between_two_corners_is_closed() -> None:
    price = np.ones((4, 4))
    price[1, 2] = price[2, 1] = price[1, 3] = price[2, 0] = np.inf  # (1,1) to (2,2) would squeeze between two corners
    field = least_cost_field(price, 1.0, (0, 0))
    assert math.isinf(field.cost_to((3, 3)))
    assert len(field.path_to((3, 3))) == 0
    price[1, 2] = 1.0
    assert least_cost_field(price, 1.0, (0, 0)).cost_to((3, 3)) == pytest.approx(2 + 2 * math.sqrt(2.0))


def test_the_cost_is_scikit_images_on_open_ground() -> None:
    price = np.random.default_rng(3).uniform(1.0, 10.0, (200, 300))
    theirs, _ = MCP_Geometric(price).find_costs([(5, 7)])
    ours = least_cost_field(price, 1.0, (5, 7)).cost[1:-1, 1:-1]
    assert ours == pytest.approx(theirs, rel=1e-12)


def test_uphill_costs_more_than_downhill() -> None:
    model = time_model()
    z = np.tile(np.arange(12.0) * 0.25, (5, 1))
    flat = np.zeros_like(z)
    free = np.ones(z.shape, dtype=bool)
    free[0] = free[-1] = free[:, 0] = free[:, -1] = False
    up = ground_field(z, z, flat, free, 1.0, model, (2, 1)).cost_to((2, 10))
    down = ground_field(z, z, flat, free, 1.0, model, (2, 10)).cost_to((2, 1))
    slip = np.interp(math.atan(0.25), model.slip_slope_rad, model.slip)
    ground = 9 * math.hypot(1.0, 0.25) * model.pace
    assert up == pytest.approx(ground / (1 - slip) + 9 * model.look)
    assert down == pytest.approx(ground / (1 - model.slip[0]) + 9 * model.look)


def test_an_edge_keeps_the_limit_on_both_surfaces() -> None:
    model = time_model(limit_deg=10.0)
    flat = np.zeros((5, 8))
    cliff = flat.copy()
    cliff[:, 4:] = 1.0
    free = np.ones(flat.shape, dtype=bool)
    assert math.isfinite(ground_field(flat, flat, flat, free, 1.0, model, (2, 1)).cost_to((2, 6)))
    assert math.isinf(ground_field(cliff, cliff, flat, free, 1.0, model, (2, 1)).cost_to((2, 6)))
    assert math.isinf(ground_field(flat, cliff, flat, free, 1.0, model, (2, 1)).cost_to((2, 6)))


def test_what_is_no_cost_is_a_wall_however_low() -> None:
    price = np.ones((7, 9))
    price[:6, 4] = [-1e12, -np.inf, np.nan, np.inf, -1.0, -1e-300]
    field = least_cost_field(price, 1.0, (0, 0))
    assert np.all(np.isinf(field.cost[1:-1, 1:-1][:6, 4]))
    # Around the wall by its only gap, below, without cutting its corner.
    assert field.cost_to((0, 8)) == pytest.approx(
        least_cost_field(np.where(price == 1.0, 1.0, -1.0), 1.0, (0, 0)).cost_to((0, 8))
    )
    assert field.cost_to((0, 8)) == pytest.approx(2 * (3 * math.sqrt(2) + 3) + 2)


def test_ground_that_costs_nothing_is_crossed_for_nothing() -> None:
    price = np.zeros((40, 40))
    price[:, 20:] = 1.0
    field = least_cost_field(price, 2.0, (3, 3))
    assert np.all(field.cost[1:-1, 1:20] == pytest.approx(0.0, abs=1e-300))
    assert field.cost_to((30, 25)) == pytest.approx(2.0 * 5.5)
    path = field.path_to((30, 25))
    assert tuple(path[0]) == (3, 3)
    assert np.abs(np.diff(path, axis=0)).max() == 1


def test_a_blocked_start_reaches_nothing_and_one_outside_is_told() -> None:
    price = np.ones((3, 3))
    price[1, 1] = -1.0
    assert math.isinf(least_cost_field(price, 1.0, (1, 1)).cost_to((0, 0)))
    with pytest.raises(InputError, match="start: cell"):
        least_cost_field(price, 1.0, (3, 0))


@pytest.mark.parametrize("objective", ["time", "distance", "energy", "risk"])
def test_terms_add_up_to_the_formula(objective: str) -> None:
    model = time_model(objective=objective)
    random = np.random.default_rng(5)
    plan, rise = random.uniform(0.1, 30.0, 200), random.normal(0.0, 2.0, 200)
    a, b = random.uniform(0.0, 90.0, (2, 200))
    terms = model.terms(plan, rise, a, b)
    names = {"time": {"drive", "slip", "look"}, "energy": {"roll", "climb", "load"}}.get(objective, {"distance"})
    assert set(terms) == names | {"hazard"}
    expected = [edge_cost(objective, *values) for values in zip(plan, rise, a + b, strict=True)]
    assert sum(terms.values()) == pytest.approx(expected, rel=1e-12)
