"""Earliest arrival against brute force over a time-expanded graph, waiting included."""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roverctl.core.errors import InputError
from roverctl.mission.profile import load_mission
from roverctl.traverse.costs import CostModel, cost_model
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.search.field import ground_field
from roverctl.traverse.search.timed import Openings, always_open, arrival_field, packed

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Cell = tuple[int, int]

STEPS = [(0, 1), (1, 0), (0, -1), (-1, 0)]
SLICE_S = 6


def whole_seconds(price: int = 0) -> CostModel:
    """A clock on which a level metre takes two seconds, so that brute force can count in seconds."""
    request = RouteRequest(start_m=(0, 0), goal_m=(1, 1), max_slope_rad=math.radians(20.0))
    model = cost_model(load_mission(), request)
    return replace(model, pace=2.0, look=float(price), slip=np.zeros_like(model.slip))


def brute_force(
    free: Mask, price: npt.NDArray[np.int64], masks: Mask, spans: list[tuple[int, int]], start: Cell, depart: int
) -> dict[Cell, int]:
    """Every second of every vehicle: it may stand, or begin to drive to a neighbour; nothing is known of Dijkstra.

    States are (second, cell). A drive takes its seconds out of those that lie in a span, one by one; then the vehicle
    stands at the cell's edge, until it may enter or longer. Diagonals are walls here: their length is no whole number.
    """
    end = masks.shape[0] * SLICE_S

    def may_enter(cell: Cell, t: int) -> bool:
        return t < end and any(a <= t <= b for a, b in spans) and bool(masks[t // SLICE_S][cell])

    ticks = [any(a <= t and t + 1 <= b for a, b in spans) for t in range(end)]

    def done(t: int, seconds: int) -> int:
        while seconds and t < end:
            seconds -= ticks[t]
            t += 1
        return end if seconds else t

    present: list[set[Cell]] = [set() for _ in range(end + 1)]
    for t in range(depart, end):
        if may_enter(start, t):
            present[t].add(start)
            break
    arrival: dict[Cell, int] = {}
    for t in range(end):
        for cell in present[t]:
            arrival.setdefault(cell, t)
            present[t + 1].add(cell)  # stand
            for dr, dc in STEPS:
                to = cell[0] + dr, cell[1] + dc
                if not free[to]:
                    continue
                there = done(t, 2 + (int(price[cell]) + int(price[to])) // 2)
                for later in range(there, end):
                    if to not in present[later] and may_enter(to, later):
                        present[later].add(to)
    return arrival


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), height=st.integers(2, 4), width=st.integers(2, 4), dark=st.floats(0.0, 0.7),
       blocked=st.floats(0.0, 0.3), depart=st.integers(0, 40))  # fmt: skip
def test_arrivals_are_those_of_brute_force_over_time(
    seed: int, height: int, width: int, dark: float, blocked: float, depart: int
) -> None:
    random = np.random.default_rng(seed)
    # Cells with walls between the diagonals: every second row and column, as rooms and doors.
    free = random.random((2 * height + 1, 2 * width + 1)) >= blocked
    free[::2, ::2] = False
    free[0] = free[-1] = free[:, 0] = free[:, -1] = False
    free[1, 1] = True
    price = 2 * random.integers(0, 3, free.shape)
    masks = random.random((30, *free.shape)) >= dark
    edges = np.sort(random.choice(180, 6, replace=False))
    spans = [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
    openings = Openings(0, np.array(spans, dtype=np.float64), float(SLICE_S), packed_exactly(masks))
    level = np.zeros(free.shape)
    field = arrival_field(
        level, level, price.astype(np.float64), free, 1.0, whole_seconds(), openings, (1, 1), float(depart)
    )
    expected = brute_force(free, price, masks, spans, (1, 1), depart)
    found = {(int(r), int(c)): float(field.cost[r, c]) for r, c in np.argwhere(np.isfinite(field.cost))}
    # The last slice of a word is followed by closed ones; brute force ends with the masks.
    assert found == pytest.approx({cell: float(t) for cell, t in expected.items()})


def packed_exactly(masks: Mask) -> npt.NDArray[np.uint64]:
    return packed(list(masks), (masks.shape[1], masks.shape[2]))


def hills(size: int, seed: int) -> tuple[Array, Mask]:
    random = np.random.default_rng(seed)
    z = np.cumsum(np.cumsum(random.normal(0.0, 0.01, (size, size)), axis=0), axis=1) * 0.3
    free = random.random((size, size)) > 0.15
    free[0] = free[-1] = free[:, 0] = free[:, -1] = False
    free[1, 1] = True
    return z, free


def test_with_all_open_it_is_the_plain_search() -> None:
    z, free = hills(60, 3)
    request = RouteRequest(start_m=(0, 0), goal_m=(1, 1), max_slope_rad=math.radians(15.0))
    model = cost_model(load_mission(), request)
    price = np.where(free, 3.0, 0.0)
    openings = Openings(0, np.array([[0.0, 1e7]]), 1e7, always_open(60, 60))
    plain = ground_field(z, z, price, free, 2.0, model, (1, 1)).cost
    timed = arrival_field(z, z, price, free, 2.0, model, openings, (1, 1), 500.0).cost
    assert (np.isfinite(plain) == np.isfinite(timed)).all()
    reached = np.isfinite(plain)
    assert reached.sum() > 1000
    assert timed[reached] == pytest.approx(plain[reached] + 500.0, rel=1e-12)


def test_it_waits_for_light_where_that_is_sooner_than_going_round() -> None:
    free = np.zeros((5, 40), dtype=bool)
    free[1:-1, 1:-1] = True
    level = np.zeros(free.shape)
    masks = np.ones((40, *free.shape), dtype=bool)
    masks[:20, 1:-1, 20] = False  # a shadow over the whole width, gone after 20 slices
    openings = Openings(0, np.array([[0.0, 1e6]]), 60.0, packed_exactly(masks))
    model = whole_seconds()
    field = arrival_field(level, level, level, free, 1.0, model, openings, (2, 1), 0.0)
    assert field.cost[2, 19] == 36.0
    assert field.cost[2, 20] == 1200.0  # the light's own instant
    assert field.cost[2, 38] == 1236.0
    masks[:20, 3, 20] = True  # a gap: going round is sooner
    openings = replace(openings, words=packed_exactly(masks))
    assert arrival_field(level, level, level, free, 1.0, model, openings, (2, 1), 0.0).cost[2, 38] < 80.0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), first=st.floats(0.0, 300.0), later=st.floats(0.0, 300.0))
def test_leaving_later_never_arrives_earlier(seed: int, first: float, later: float) -> None:
    z, free = hills(16, seed % 1000)
    random = np.random.default_rng(seed)
    masks = random.random((64, 16, 16)) > 0.4
    openings = Openings(0, np.array([[0.0, 150.0], [200.0, 640.0]]), 10.0, packed_exactly(masks))
    model = whole_seconds(1)
    level = np.zeros(free.shape)
    early, late = (
        arrival_field(z, z, level, free, 1.0, model, openings, (1, 1), t).cost for t in (first, first + later)
    )
    assert (early <= late).all()


def test_what_cannot_be_in_time_may_be_left_out() -> None:
    z, free = hills(40, 5)
    masks = np.random.default_rng(1).random((64, 40, 40)) > 0.5
    openings = Openings(0, np.array([[0.0, 5000.0]]), 60.0, packed_exactly(masks))
    model = whole_seconds(1)
    level = np.zeros(free.shape)
    goal = tuple(int(i) for i in np.argwhere(free & np.isfinite(
        arrival_field(z, z, level, free, 1.0, model, openings, (1, 1), 0.0).cost))[-1])  # fmt: skip
    cell = (goal[0], goal[1])
    full = arrival_field(z, z, level, free, 1.0, model, openings, (1, 1), 0.0, cell)
    to_go = ground_field(-z, -z, level, free, 1.0, model, cell).cost
    bounded = arrival_field(
        z, z, level, free, 1.0, model, openings, (1, 1), 0.0, cell, to_go, full.cost_to(cell) + 1e-9
    )
    assert bounded.cost_to(cell) == full.cost_to(cell)
    assert np.isfinite(bounded.cost).sum() < np.isfinite(full.cost).sum()


def test_a_departure_before_what_is_known_is_told() -> None:
    z, free = hills(10, 5)
    openings = Openings(0, np.array([[0.0, 5000.0]]), 5000.0, always_open(10, 10))
    with pytest.raises(InputError, match="departure lies before"):
        arrival_field(z, z, z, free, 1.0, whole_seconds(), openings, (1, 1), -1.0)
