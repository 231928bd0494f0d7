"""Departures, battery, order of stops, corridors, explanations and chances, on ground whose answers are known."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from roverctl.core.errors import InfeasibleError, InputError
from roverctl.core.times import SECOND_NS, parse_utc
from roverctl.ephemeris.sky import Sky
from roverctl.traverse.alternatives import alternatives, comparison
from roverctl.traverse.costs import cost_model
from roverctl.traverse.explaining import straight_leg
from roverctl.traverse.ground import Box, Ground
from roverctl.traverse.ordering import ordered
from roverctl.traverse.planner import plan, plan_field
from roverctl.traverse.route import from_geojson
from roverctl.traverse.search.field import ground_field
from roverctl.traverse.search.smoothing import smoothed
from roverctl.traverse.time.departures import nearest_safe_place, sweep
from roverctl.traverse.uncertainty import ErrorModel, breaking_chances
from roverctl.vehicle.figures import load_w
from roverctl.vehicle.ground import Ground as DrivenGround
from roverctl.vehicle.machine import Machine
from roverctl.vehicle.motions import GOTO
from roverctl.vehicle.state import CHARGE, start_state
from tests.unit.traverse.made import MISSION, Array, Made, ask, hills, level

MORNING = parse_utc("2019-01-01T06:00:00Z")
EVENING = parse_utc("2019-01-11T12:00:00Z")
SKY = Sky(MISSION)


def sun_deg(t_ns: int) -> float:
    return math.degrees(float(SKY.sun(np.array([t_ns]))[1][0]))


def test_a_departure_by_day_arrives_when_the_drive_is_done() -> None:
    route = plan(Made(level), MISSION, ask((0, 0), (120, 40), spacing_m=2.0, depart_ns=EVENING))
    assert route.timing is not None
    assert route.timing["waits"] == []
    assert route.timing["arrive_ns"] - EVENING == pytest.approx(route.drive_s * SECOND_NS, rel=1e-9)
    night = EVENING + round((route.timing["sunset_margin_h"] * 3600.0 + route.drive_s) * SECOND_NS)
    assert sun_deg(night) == pytest.approx(math.degrees(MISSION.vehicle.sleep_sun_rad), abs=0.01)
    again = from_geojson(route.to_geojson(), "route")
    assert again.sha256 == route.sha256
    assert again.request.depart_ns == EVENING


def test_the_battery_is_that_of_the_simulated_vehicle() -> None:
    mission = replace(MISSION, start_state=replace(MISSION.start_state, charge=0.5, heading_rad=math.pi / 2.0))
    depart = parse_utc("2019-01-12T16:00:00Z")  # the Sun low, so that the battery is drawn on
    request = ask((0, 0), (150, 0), spacing_m=2.0, depart_ns=depart)
    route = plan(Made(level), mission, request)
    machine = Machine(mission, DrivenGround(Made(level), 0.25), SKY.sun, depart)
    state = start_state(mission.start_state, mission.vehicle)
    state[:6] = 0.0, 0.0, math.pi / 2.0, 0.0, 0.0, math.pi / 2.0
    motions = np.array([[GOTO, 150.0, 0.0]])
    run = machine.run(state, motions, load_w(mission, "", True), 0, 4_000_000)
    assert run.ended and route.timing is not None
    seconds = (machine.time_of(run.steps) - depart) / SECOND_NS
    assert (route.timing["arrive_ns"] - depart) / SECOND_NS == pytest.approx(seconds, rel=0.03)
    charge = state[CHARGE] / mission.vehicle.battery_capacity_j
    assert route.timing["arrival_charge"] == pytest.approx(charge, abs=0.02)
    assert abs(charge - 0.5) > 0.02


def test_the_noon_nap_is_waited_for_and_named() -> None:
    forenoon = parse_utc("2019-01-03T00:00:00Z")
    while sun_deg(forenoon) < math.degrees(MISSION.vehicle.nap_sun_rad) - 0.4:
        forenoon += 600 * SECOND_NS
    route = plan(Made(level), MISSION, ask((0, 0), (400, 0), spacing_m=4.0, depart_ns=forenoon))
    assert route.timing is not None
    (wait,) = route.timing["waits"]
    assert wait["reason"] == "noon nap"
    end = forenoon + round((wait["after_s"] + wait["wait_s"]) * SECOND_NS)
    assert sun_deg(end) < math.degrees(MISSION.vehicle.nap_sun_rad) + 0.01
    assert wait["wait_s"] > 48.0 * 3600.0


def test_a_departure_at_night_is_told_with_the_next_morning() -> None:
    with pytest.raises(InfeasibleError, match=r"at night: the Sun stands at -\d.*it does again from 2019-01-29T"):
        plan(Made(level), MISSION, ask((0, 0), (100, 0), spacing_m=2.0, depart_ns=parse_utc("2019-01-20T00:00:00Z")))


def test_a_sweep_agrees_with_plans_of_their_own_and_finds_the_last_departure() -> None:
    request = ask((0, 0), (160, 120), spacing_m=4.0)
    end = parse_utc("2019-01-12T20:00:00Z")
    found = sweep(Made(hills), MISSION, request, EVENING, end, 9)
    assert len(found.departures) == 9
    for one in found.departures[::4]:
        if one.timeline is None:
            continue
        alone = plan(Made(hills), MISSION, replace(request, depart_ns=one.depart_ns))
        assert alone.timing is not None
        assert one.timeline.arrive_ns == pytest.approx(alone.timing["arrive_ns"], abs=120 * SECOND_NS)
    safe = [one.is_safe for one in found.departures]
    assert safe[0] and not safe[-1]
    latest = found.latest_safe
    assert latest is not None and latest.timeline is not None
    assert latest.timeline.sunset_margin_s >= 0.0
    assert latest.depart_ns >= max(one.depart_ns for one in found.departures if one.is_safe)


def test_a_sweep_that_ends_before_it_begins_is_told() -> None:
    with pytest.raises(InputError, match="must end after it begins"):
        sweep(Made(level), MISSION, ask((0, 0), (100, 0)), EVENING, EVENING - 1, 5)


def test_the_safe_place_is_level_lit_and_the_nearest() -> None:
    field = plan_field(Made(hills), MISSION, ask((0, 0), (160, 120), spacing_m=4.0))
    whole = plan_field(Made(hills), MISSION, ask((0, 0), (160, 120), spacing_m=4.0, depart_ns=EVENING))
    assert whole.day is not None
    place = nearest_safe_place(field, whole.day)
    assert place.slope_deg <= 5.0
    assert sun_deg(place.sun_from_ns) == pytest.approx(7.2, abs=0.01)
    lit = whole.day.light.lit(place.sun_from_ns)
    good = field.ground.free & (np.degrees(field.ground.slope_rad) <= 5.0) & lit
    assert place.drive_s == field.field.cost[good].min()


@pytest.mark.parametrize("count", [1, 4, 6])
def test_the_order_of_few_stops_is_the_best_of_all(count: int) -> None:
    random = np.random.default_rng(count)
    via = tuple((float(e), float(n)) for e, n in random.uniform(-80.0, 80.0, (count, 2)))
    request = ask((0, 0), (100, 0), spacing_m=5.0, via_m=via)
    found = ordered(Made(hills), MISSION, request)
    assert found.method == "exact"
    costs = [
        plan(Made(hills), MISSION, replace(request, via_m=tuple(via[i] for i in order))).cost
        for order in itertools.islice(itertools.permutations(range(count)), 24)
    ]
    assert found.cost <= min(costs) * (1.0 + 1e-9)
    assert plan(Made(hills), MISSION, found.request).cost == pytest.approx(found.cost, rel=1e-9)


def test_many_stops_are_improved_and_say_so() -> None:
    random = np.random.default_rng(3)
    via = tuple((float(e), float(n)) for e, n in random.uniform(-80.0, 80.0, (12, 2)))
    found = ordered(Made(level), MISSION, ask((0, 0), (100, 0), spacing_m=5.0, via_m=via))
    assert found.method == "2-opt"
    assert sorted(found.order) == list(range(12))
    assert found.cost < 0.8 * found.cost_as_given


def test_a_corridor_holds_nearly_the_best_route(monkeypatch: pytest.MonkeyPatch) -> None:
    request = ask((0, 0), (900, 500), spacing_m=2.0)
    exact = plan(Made(hills), MISSION, request)
    monkeypatch.setattr("roverctl.traverse.ground.MOST_CELLS", 100_000)
    found = plan_field(Made(hills), MISSION, request, whole_field=False)
    route = found.route_to(request.goal_m)
    assert found.corridor_m == 128.0
    assert np.count_nonzero(found.ground.free) < 0.7 * found.ground.free.size
    assert exact.cost <= route.cost * (1.0 + 1e-12)
    assert route.cost <= 1.01 * exact.cost
    assert any("coarser spacing" in note for note in route.notes)
    assert from_geojson(route.to_geojson(), "route").sha256 == route.sha256


@pytest.mark.parametrize("limit", ["max_up_rad", "max_down_rad", "max_across_rad"])
def test_the_straight_line_names_the_first_limit_that_it_breaks(limit: str) -> None:
    def ridge(east: Array, north: Array) -> Array:
        along = north if limit == "max_across_rad" else east
        return np.asarray(-5900.0 + 6.0 * np.exp(-(((along - 60.0) / 30.0) ** 2)))

    begin, end = ((0, 40), (120, 40)) if limit == "max_across_rad" else ((0, 0), (120, 0))
    request = ask(begin, end, spacing_m=2.0, **{limit: math.radians(4.0)})
    field = plan_field(Made(ridge), MISSION, ask(begin, end, spacing_m=2.0))
    leg = straight_leg(MISSION, field.ground, request, field.ground.box.cell(begin), field.ground.box.cell(end))
    assert leg.violation is not None and leg.along_m is not None
    kind = {"max_up_rad": "climb", "max_down_rad": "descent", "max_across_rad": "cross slope"}[limit]
    assert leg.violation.kind == kind
    assert leg.violation.limit == pytest.approx(4.0)
    assert leg.violation.value is not None
    if kind != "cross slope":
        # Where the slope of the formula first passes 4°, to a cell.
        x = np.arange(0.0, 120.0, 0.1)
        slope = np.degrees(np.arctan(6.0 * np.exp(-(((x - 60.0) / 30.0) ** 2)) * -2.0 * (x - 60.0) / 900.0))
        first = x[(slope if kind == "climb" else -slope) > 4.0][0]
        assert leg.along_m == pytest.approx(first, abs=4.0)
    else:
        assert leg.violation.value == pytest.approx(
            math.degrees(math.atan(6.0 * math.exp(-(4 / 9)) * 40 / 900)), abs=0.1
        )


def test_alternatives_are_each_the_best_by_its_own_measure() -> None:
    rows = comparison(MISSION, alternatives(Made(hills), MISSION, ask((0, 0), (240, 150), spacing_m=4.0)))
    by_name = {row["name"]: row for row in rows}
    assert set(by_name) == {"fastest", "shortest", "gentlest", "thriftiest", "sunniest"}
    assert by_name["gentlest"]["cell_slope_deg"] <= by_name["shortest"]["cell_slope_deg"]
    assert by_name["shortest"]["distance_m"] <= by_name["gentlest"]["distance_m"]


def test_a_known_slope_error_gives_the_chance_of_a_known_normal() -> None:
    """On a plane that rises at 14° to the east the gradient's error is a normal one of known width."""

    def plane(east: Array, north: Array) -> Array:
        return np.asarray(-5900.0 + math.tan(math.radians(14.0)) * east)

    request = ask((0, 0), (0, 40), spacing_m=2.0)
    field = plan_field(Made(plane), MISSION, request)
    route = field.route_to((0.0, 40.0))
    errors = ErrorModel(sigma_m=0.1, length_m=6.0, copies=4000)
    each, any_of_them = breaking_chances(field.ground, route, errors, math.radians(15.0))
    # Central differences over 4 m: variance 2 sigma² (1 - exp(-4² / 2 L²)) / 4².
    sigma = math.sqrt(2.0 * 0.01 * (1.0 - math.exp(-16.0 / 72.0))) / 4.0
    random = np.random.default_rng(9)
    draws = random.normal((math.tan(math.radians(14.0)), 0.0), sigma, (400_000, 2))
    one_end = (np.hypot(*draws.T) > math.tan(math.radians(15.0))).mean()
    assert one_end - 0.02 < each.mean() < 2.0 * one_end
    assert each.max() <= any_of_them <= 1.0
    assert (breaking_chances(field.ground, route, errors, math.radians(15.0))[0] == each).all()


def test_out_and_back_differ_where_the_ground_slopes_and_only_there() -> None:
    def ramp(east: Array, north: Array) -> Array:
        return np.asarray(-5900.0 + 0.15 * east)

    for formula, differs in ((ramp, True), (level, False)):
        there = plan(Made(formula), MISSION, ask((0, 0), (80, 20), spacing_m=2.0)).cost
        back = plan(Made(formula), MISSION, ask((80, 20), (0, 0), spacing_m=2.0)).cost
        assert (abs(there - back) > 1.0) == differs


@pytest.mark.parametrize("turn", range(8))
def test_turning_and_mirroring_the_ground_leaves_the_cost(turn: int) -> None:
    def turned(east: Array, north: Array) -> tuple[Array, Array]:
        if turn >= 4:
            east, north = north, east
        for _ in range(turn % 4):
            east, north = -north, east
        return east, north

    def formula(east: Array, north: Array) -> Array:
        return hills(*turned(east, north))

    # Where the turned ground has what lies at (120, 80) of the hills.
    images = itertools.product((120.0, -120.0, 80.0, -80.0), repeat=2)
    goal = next((e, n) for e, n in images if [float(v) for v in turned(np.array(e), np.array(n))] == [120.0, 80.0])
    expected = plan(Made(hills), MISSION, ask((0, 0), (120, 80), spacing_m=4.0)).cost
    assert plan(Made(formula), MISSION, ask((0, 0), goal, spacing_m=4.0)).cost == pytest.approx(expected, rel=1e-9)


def test_a_mix_of_objectives_costs_the_sum_of_its_terms() -> None:
    request = ask((0, 0), (120, 80), spacing_m=4.0, objective="weighted", weights=(("time", 1.0), ("energy", 0.01)))
    route = plan(Made(hills), MISSION, request)
    assert set(route.terms) == {"drive", "slip", "look", "roll", "climb", "load", "hazard"}
    field = plan_field(Made(hills), MISSION, request)
    assert route.cost == pytest.approx(field.field.cost_to(field.ground.box.cell((120.0, 80.0))), rel=1e-9)
    assert from_geojson(route.to_geojson(), "route").request == request


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"objective": "weighted"}, "needs them"),
        ({"objective": "weighted", "weights": (("time", -1.0),)}, "zero or more"),
        ({"objective": "weighted", "weights": (("time", 0.0),)}, "all weights are zero"),
        ({"objective": "weighted", "weights": (("beauty", 1.0),)}, "must be one of time"),
        ({"max_up_rad": 2.0}, "limit uphill must lie above 0"),
        ({"via_m": ((1.0, 1.0),) * 100_000}, "100,000 via points are too many"),
    ],
)
def test_what_cannot_be_asked_is_told(more: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ask((0, 0), (10, 0), **more)


def test_two_grounds_are_crossed_as_light_would() -> None:
    """A dearer half: the smoothed way bends at the border nearly as Snell's law says, and costs nearly the same."""
    width, height = 200, 200
    price = np.where(np.arange(height)[:, np.newaxis] < 100, 0.0, 20.0) * np.ones(width)
    request = ask((0, 0), (1, 1))
    model = cost_model(MISSION, request)
    flat = np.zeros((height, width))
    free = np.ones((height, width), dtype=bool)
    free[0] = free[-1] = free[:, 0] = free[:, -1] = False
    box = Box(0.0, 0.0, 1.0, width, height)
    ground = Ground(box, flat, flat, flat.astype(np.float32), price, None, price, free)
    begin, end = (20, 20), (180, 150)
    cells = ground_field(flat, flat, price, free, 1.0, model, begin, end).path_to(end)
    steps = np.hypot(*np.diff(cells, axis=0).T)
    rate = float(model.rates[1] / (1.0 - model.slip[0]) + model.rates[3])
    cost = steps * (rate + 0.5 * (price[cells[:-1, 0], cells[:-1, 1]] + price[cells[1:, 0], cells[1:, 1]]))
    line = smoothed(MISSION, ground, model, model, cells, cost, [], (150.0, 180.0)).waypoints_m
    corners = np.vstack([[20.0, 20.0], line])
    fine = np.concatenate([np.linspace(a, b, 4000) for a, b in itertools.pairwise(corners)])
    length = np.hypot(*np.diff(fine, axis=0).T)
    dear = 0.5 * (fine[1:, 1] + fine[:-1, 1]) > 99.5
    walked = float((length * np.where(dear, rate + 20.0, rate)).sum())
    crossing = np.linspace(20.0, 150.0, 2001)
    snell = (np.hypot(crossing - 20.0, 79.5) * rate + np.hypot(150.0 - crossing, 80.5) * (rate + 20.0)).min()
    assert snell <= walked * 1.001
    # The way of the grid, of eight directions, is dearer by several parts in a hundred.
    assert walked <= 1.015 * snell < 1.03 * snell < cost.sum()
