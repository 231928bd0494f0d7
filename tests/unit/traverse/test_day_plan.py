"""A lunar day's plan: its file, its course against the vehicle's own steps, its limits, its commands."""

import itertools
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from roverctl.core.errors import CommandRefusedError, InfeasibleError, InputError
from roverctl.core.times import SECOND_NS, parse_utc
from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import Mission
from roverctl.mission.route_code import pack_route
from roverctl.traverse.day_plan.commands import commands_of
from roverctl.traverse.day_plan.evaluating import evaluate, kept_in_contact
from roverctl.traverse.day_plan.file import plan_from_geojson, plan_to_geojson
from roverctl.traverse.day_plan.legs import Leg, best_order, legs_of
from roverctl.traverse.day_plan.outcome import Evaluation
from roverctl.traverse.day_plan.plan import (
    Activity,
    DayPlan,
    Stop,
    changed_stop,
    moved_stop,
    reordered,
    with_stop,
    without_stop,
)
from roverctl.traverse.day_plan.telling import plan_document
from roverctl.traverse.day_plan.violations import violations
from roverctl.traverse.request import Point
from roverctl.vehicle import state as st
from roverctl.vehicle.figures import load_w
from roverctl.vehicle.ground import Ground
from roverctl.vehicle.instruments import work_of
from roverctl.vehicle.machine import NO_MOTIONS, Machine
from roverctl.vehicle.motions import motions_of
from tests.unit.traverse.made import MISSION, Made, hills

EVENING = parse_utc("2019-01-11T12:00:00Z")
SKY = Sky(MISSION)
LEGS: dict[tuple[Point, Point], Leg] = {}


def made(start_ns: int = EVENING, *stops: Stop, **more: Any) -> DayPlan:
    usual = (
        Stop("lander", (0.0, 0.0), (Activity("panorama", 6),)),
        Stop("rock", (60.0, 20.0), (Activity("spectrum", 2), Activity("radar", 300))),
        Stop("ridge", (30.0, 90.0), (Activity("charge", 0.9), Activity("panorama", 28))),
    )
    return DayPlan("a day", start_ns, stops or usual, spacing_m=2.0, **more)


def carried_out(plan: DayPlan, mission: Mission = MISSION) -> Evaluation:
    return evaluate(Made(hills), mission, plan, legs_of(Made(hills), mission, plan, LEGS))


def stepped(evaluation: Evaluation) -> tuple[float, float, float]:
    """End, charge and body temperature of the same items, each as its command says, by the vehicle's own steps."""
    plan, mission = evaluation.plan, MISSION
    machine = Machine(mission, Ground(Made(hills), 0.5), SKY.sun, plan.start_ns)
    state = st.start_state(mission.start_state, mission.vehicle)
    state[[st.EAST, st.EST_EAST]], state[[st.NORTH, st.EST_NORTH]] = plan.stops[0].point_m
    first = next(leg.headings_rad for leg in evaluation.legs if leg.headings_rad is not None)
    state[[st.HEADING, st.EST_HEADING]] = first[0] % (2.0 * math.pi)
    step, mode = 0, ""
    gap = round(mission.activities.command_gap_s / 0.25)

    def stand(load: float, steps: int) -> None:
        nonlocal step
        machine.run(state, NO_MOTIONS, load, step, steps)
        step += steps

    for command in commands_of(mission, evaluation, frozenset({"contact"})):
        if command.name == "SET_MODE":
            if command.not_before_ns is not None:
                stand(load_w(mission, mode, False), machine.step_at(command.not_before_ns) - step)
            else:
                stand(load_w(mission, "", False), gap if step else 0)
            mode = str(command.arguments["mode"])
            continue
        if command.not_before_ns is not None:
            step = max(step, machine.step_at(command.not_before_ns))
        else:
            stand(load_w(mission, "", False), gap if step else 0)
        if command.name == "FOLLOW_ROUTE":
            state[[st.MOTION, st.STOP, st.SINCE_LOOK, st.LOOK_LEFT]] = 0.0
            run = machine.run(
                state, motions_of(command.name, command.arguments, state), load_w(mission, "", True), step, 10**7
            )
            assert run.ended and state[st.STOP] == st.STOP_DONE
            step += run.steps
        elif command.name != "SEND_PRODUCTS":
            work = work_of(mission, command.name, command.arguments)
            stand(work.load_w, round(work.duration_s / 0.25))
    return step * 0.25, state[st.CHARGE] / mission.vehicle.battery_capacity_j, float(state[st.TEMPERATURE])


def nap_ends() -> int:
    """Two hours before the Sun has sunk to where the vehicle wakes from its nap."""
    times = parse_utc("2019-01-05T00:00:00Z") + np.arange(0, 6 * 86_400, 60, dtype=np.int64) * SECOND_NS
    below = SKY.sun(times)[1] < MISSION.vehicle.nap_sun_rad
    return int(times[below.argmax()]) - 2 * 3600 * SECOND_NS


def napping() -> DayPlan:
    return made(
        nap_ends(),
        Stop("here", (0.0, 0.0), (Activity("nap"), Activity("panorama", 3))),
        Stop("there", (70.0, -30.0), (Activity("spectrum", 1),)),
    )


@pytest.mark.parametrize("plan", [made(), napping()], ids=["evening", "nap"])
def test_the_course_of_a_plan_is_that_of_the_vehicle(plan: DayPlan) -> None:
    evaluation = carried_out(plan)
    assert [v.kind for v in violations(MISSION, evaluation)] == []
    end_s, charge, temperature_k = stepped(evaluation)
    assert evaluation.items[-1].end_s == pytest.approx(end_s, rel=0.03)
    assert float(evaluation.series.charge[-1]) == pytest.approx(charge, abs=0.02)
    assert float(evaluation.series.temperature_k[-1]) == pytest.approx(temperature_k, abs=0.5)


def test_activities_cost_what_the_profile_says() -> None:
    evaluation = carried_out(made())
    by_kind = {(item.kind, item.stop): item for item in evaluation.items}
    vehicle, figures = MISSION.vehicle, MISSION.activities
    panorama = by_kind["panorama", 0]
    assert panorama.end_s - panorama.begin_s == pytest.approx(6 * vehicle.frame_time_s)
    assert panorama.data_b == pytest.approx(6 * vehicle.frame_size_b)
    radar = by_kind["radar", 1]
    assert radar.data_b == pytest.approx(300 * figures.radar_rate_bit_s / 8.0)
    spectrum = by_kind["spectrum", 1]
    assert spectrum.end_s - spectrum.begin_s == pytest.approx(2 * figures.spectrum_time_s)
    assert evaluation.data_b == sum(item.data_b for item in evaluation.items)
    # The first panorama and spectra have come down by the end, the last panorama is being kept.
    assert float(evaluation.series.memory_b[-1]) == pytest.approx(28 * vehicle.frame_size_b)
    assert (np.diff(evaluation.series.at_s) > 0.0).all()
    assert panorama.end_s < 6 * 500.0 < evaluation.down_s < evaluation.night_s
    charge = by_kind["charge", 2]
    assert evaluation.charge_at(charge.end_s) == pytest.approx(0.9, abs=0.002)


def test_a_drive_that_would_run_into_the_noon_waits_for_it_as_a_nap() -> None:
    plan = made(nap_ends(), Stop("here", (0.0, 0.0)), Stop("there", (70.0, -30.0)))
    evaluation = carried_out(plan)
    nap, drive = evaluation.items
    assert nap.kind == "nap" and nap.activity is None and nap.begin_s == 0.0
    assert nap.end_s == pytest.approx(2 * 3600.0, abs=70.0)
    assert drive.begin_s == nap.end_s
    modes = [(c.name, c.arguments.get("mode")) for c in commands_of(MISSION, evaluation)]
    assert modes == [("SET_MODE", "NOON_NAP"), ("SET_MODE", "IDLE"), ("FOLLOW_ROUTE", None)]


def test_a_plan_becomes_one_packed_command_for_each_drive() -> None:
    evaluation = carried_out(made())
    commands = commands_of(MISSION, evaluation)
    names = [command.name for command in commands]
    assert names == [
        "PCAM_PANORAMA", "SEND_PRODUCTS", "FOLLOW_ROUTE", "VNIS_SPECTRUM", "SEND_PRODUCTS", "LPR_SOUNDING",
        "SEND_PRODUCTS", "FOLLOW_ROUTE", "SET_MODE", "SET_MODE", "PCAM_PANORAMA", "SEND_PRODUCTS",
    ]  # fmt: skip
    for command, leg in zip([c for c in commands if c.name == "FOLLOW_ROUTE"], evaluation.legs, strict=True):
        assert leg.route is not None
        assert command.arguments["waypoints"] == leg.route.waypoints()
        assert len(pack_route(leg.route.waypoints())) < 1000
        assert leg.route.sha256[:16] in command.comment


@pytest.mark.parametrize(
    ("plan", "mission", "kind", "message"),
    [
        (made(parse_utc("2019-01-12T16:30:00Z")), MISSION, "night", "after the vehicle is put to sleep"),
        (made(nap_ends(), Stop("a", (0.0, 0.0), (Activity("panorama", 3),))), MISSION, "noon", "above 34° the vehicle"),
        (
            made(EVENING, Stop("a", (0.0, 0.0), tuple([Activity("panorama", 112)] * 5))), MISSION, "memory",
            "MB are kept aboard, there is room for 4000 MB",
        ),
        (
            made(EVENING, Stop("a", (0.0, 0.0), (Activity("radar", 36_000),) * 2)),
            replace(MISSION, link=replace(MISSION.link, return_rate_bit_s=700.0)), "downlink",
            "h to send, contact until",
        ),
        (made(), replace(MISSION, vehicle=replace(MISSION.vehicle, plan_charge=0.83)), "charge", "falls to 82 %"),
        (
            made(), replace(MISSION, vehicle=replace(MISSION.vehicle, highest_temperature_k=291.2)), "temperature",
            "the body warms to",
        ),
        (made(EVENING, Stop("a", (0.0, 0.0), (Activity("nap"),))), MISSION, "nap", "does not rise to the nap's height"),
    ],
)  # fmt: skip
def test_a_broken_limit_is_named_and_stops_the_commands(
    plan: DayPlan, mission: Mission, kind: str, message: str
) -> None:
    evaluation = carried_out(plan, mission)
    found = [v for v in violations(mission, evaluation) if v.kind == kind]
    assert found and message in found[0].text
    with pytest.raises(CommandRefusedError, match="the plan cannot be commanded"):
        commands_of(mission, evaluation)
    waived = frozenset(v.kind for v in violations(mission, evaluation))
    commands_of(mission, evaluation, waived)
    told = plan_document(mission, evaluation)["violations"]
    assert kind in {row["kind"] for row in told}


def test_no_contact_for_a_command_is_told() -> None:
    spans = SKY.passes(EVENING, EVENING + 86_400 * SECOND_NS)
    edges = sorted((w.aos_ns, w.los_ns) for w in spans)
    reach = edges[0][1]
    gap_ns = None
    for aos, los in edges:
        if aos > reach + 600 * SECOND_NS:
            gap_ns = reach + 120 * SECOND_NS
            break
        reach = max(reach, los)
    if gap_ns is None:  # this mission's stations leave no gap that day: then with one station alone
        mission = replace(MISSION, stations=MISSION.stations[:1])
        window = Sky(mission).passes(EVENING, EVENING + 86_400 * SECOND_NS)[0]
        gap_ns = window.los_ns + 600 * SECOND_NS
    else:
        mission = MISSION
    plan = made(gap_ns, Stop("a", (0.0, 0.0), (Activity("panorama", 3),)), Stop("b", (30.0, 0.0)))
    evaluation = carried_out(plan, mission)
    told = [v for v in violations(mission, evaluation) if v.kind == "contact"]
    assert [v.item for v in told] == [0, 1] and "again from 2019-01-1" in told[0].text
    # The plan's own answer: one wait, and what follows is in contact.
    kept, waits = kept_in_contact(Made(hills), mission, plan, legs_of(Made(hills), mission, plan, LEGS))
    assert waits == ((0, 0, None),) and kept.stops[0].activities == (Activity("wait"), Activity("panorama", 3))
    found = carried_out(kept, mission)
    assert "contact" not in {v.kind for v in violations(mission, found)}
    wait, panorama = found.items[:2]
    sky = Sky(mission)
    begins = [w.aos_ns for w in sky.passes(gap_ns, gap_ns + 86_400 * SECOND_NS) if w.aos_ns > gap_ns]
    assert wait.kind == "wait" and plan.start_ns + wait.end_s * 1e9 == pytest.approx(min(begins), abs=1e9)
    first = commands_of(mission, found)[0]
    assert first.name == "PCAM_PANORAMA" and first.not_before_ns == plan.start_ns + round(wait.end_s * SECOND_NS)
    assert panorama.begin_s > wait.end_s
    again, none = kept_in_contact(Made(hills), mission, kept, legs_of(Made(hills), mission, kept, LEGS))
    assert again == kept and none == ()


def test_a_departure_at_night_is_told() -> None:
    with pytest.raises(InfeasibleError, match="at night"):
        carried_out(made(parse_utc("2019-01-20T00:00:00Z")))


def test_the_best_order_is_no_worse_than_any_other() -> None:
    random = np.random.default_rng(5)
    stops = tuple(Stop(str(i), (float(e), float(n))) for i, (e, n) in enumerate(random.uniform(-70, 70, (5, 2))))
    plan = made(EVENING, *stops)
    best, found = best_order(Made(hills), MISSION, plan)
    assert best.stops[0] == stops[0] and best.stops[-1] == stops[-1]

    def drive_s(tried: DayPlan) -> float:
        return sum(leg.route.cost for leg in legs_of(Made(hills), MISSION, tried, LEGS) if leg.route is not None)

    costs = [drive_s(reordered(plan, (0, *middle, 4))) for middle in itertools.permutations((1, 2, 3))]
    # Boxes of single drives differ from that of all; the costs do so by their last digits, where a way is as free.
    assert drive_s(best) <= min(costs) * 1.001
    assert found.cost <= found.cost_as_given
    (number,) = [i for i, stop in enumerate(best.stops) if stop == stops[1]]
    held = replace(plan, stops=tuple(replace(s, locked=i == (1 if number != 1 else 2)) for i, s in enumerate(stops)))
    kept, _ = best_order(Made(hills), MISSION, held)
    assert [i for i, stop in enumerate(kept.stops) if stop.locked] == [i for i, s in enumerate(held.stops) if s.locked]
    with pytest.raises(InputError, match="no order to choose"):
        best_order(Made(hills), MISSION, made())


def test_acts_change_the_order_and_nothing_else() -> None:
    plan = made()
    names = [stop.name for stop in plan.stops]
    assert [s.name for s in moved_stop(plan, 2, 0).stops] == ["ridge", "lander", "rock"]
    assert moved_stop(moved_stop(plan, 0, 2), 2, 0) == plan
    extra = Stop("extra", (1.0, 2.0))
    assert without_stop(with_stop(plan, 1, extra), 1) == plan
    assert [s.name for s in changed_stop(plan, 1, extra).stops] == ["lander", "extra", "ridge"]
    assert names == [stop.name for stop in plan.stops]
    with pytest.raises(InputError, match="no stop 3"):
        without_stop(plan, 3)
    with pytest.raises(InputError, match="no place 9"):
        with_stop(plan, 9, extra)
    with pytest.raises(InputError, match="does not name each"):
        reordered(plan, (0, 0, 1))


def test_a_file_gives_the_same_plan_back_and_is_geojson() -> None:
    plan = made(EVENING + 1, objective="energy", max_slope_rad=math.radians(12.0), need_contact=True)
    plan = with_stop(plan, 0, Stop("Öl/麦", (0.1, -0.2), (Activity("nap"), Activity("nap", 7200.0))))
    text = plan_to_geojson(plan, MISSION)
    again = plan_from_geojson(text, MISSION, "p")
    assert replace(again, max_slope_rad=None) == replace(plan, max_slope_rad=None)
    assert again.max_slope_rad == pytest.approx(plan.max_slope_rad, abs=1e-9)
    for feature, stop in zip(json.loads(text)["features"], plan.stops, strict=True):
        assert feature["geometry"]["type"] == "Point"
        east, north = MISSION.site.to_site(*feature["geometry"]["coordinates"])
        assert math.dist((east, north), stop.point_m) < 1e-3


def test_a_stop_that_another_program_moved_is_where_it_was_moved_to() -> None:
    content = json.loads(plan_to_geojson(made(), MISSION))
    content["features"][1]["geometry"]["coordinates"] = [float(c) for c in MISSION.site.to_geographic(10.0, 5.0)]
    assert math.dist(plan_from_geojson(json.dumps(content), MISSION, "p").stops[1].point_m, (10.0, 5.0)) < 1e-3


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("features", 1, "properties", "activities", 0, "kind"), "dance", "no activity 'dance'; known are panorama"),
        (("features", 1, "properties", "activities", 1, "duration_s"), -5.0, "between 1 and 36000, not -5"),
        (("features", 1, "properties", "activities", 1, "duration_s"), 1e99, "must lie between"),
        (("features", 1, "properties", "activities", 0, "spectra"), 1.5, "must be a whole number"),
        (("features", 1, "properties", "activities", 0, "frames"), 3, "unknown key 'frames'; a spectrum has spectra"),
        (("features", 1, "properties", "activities", 0), 7, "must be an object such as"),
        (("features", 1, "properties", "activities"), [{"kind": "nap"}] * 21, "21 activities are too many"),
        (("features", 1, "properties", "name"), 7, "must be a text"),
        (("features", 1, "geometry"), None, "must be a Point"),
        (("features", 1, "geometry", "coordinates"), [177.0], r"must be \[longitude, latitude\]"),
        (("features", 1, "geometry", "coordinates"), [177.0, 95.0], "latitude in -90..90"),
        (("features",), [], "1 to 100 stops, not 0"),
        (("features",), [{}] * 10_000, "10,000 stops are too many; 100 at most"),
        (("features",), {}, "no plan of a day"),
        (("plan", "start"), "tomorrow", "'tomorrow' is not a UTC time"),
        (("plan", "objective"), "weighted", "no objective 'weighted'"),
        (("plan", "spacing_m"), "fine", "spacing_m: must be a number"),
    ],
)
def test_a_bad_plan_is_one_message_with_file_and_key(path: tuple[Any, ...], value: Any, message: str) -> None:
    content = json.loads(plan_to_geojson(made(), MISSION))
    at = content
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    with pytest.raises(InputError, match=message) as told:
        plan_from_geojson(json.dumps(content), MISSION, "bad.geojson")
    assert str(told.value).startswith("bad.geojson: ") and "\n" not in str(told.value)


def test_what_is_no_json_is_told() -> None:
    for text in ("", "[1", "[" * 100_000, "x" * 5_000_000):
        with pytest.raises(InputError, match=r"^bad\.geojson: "):
            plan_from_geojson(text, MISSION, "bad.geojson")


def test_a_stop_in_a_hazard_is_told_with_its_name() -> None:
    def cliff(east: Any, north: Any) -> Any:
        return np.asarray(-5900.0 + np.where(np.hypot(east - 60.0, north - 20.0) < 8.0, 15.0, 0.0) + 0.0 * east)

    with pytest.raises(InfeasibleError, match="drive from 'lander' to 'rock'"):
        legs_of(Made(cliff), MISSION, made(), {})


def test_a_stop_in_a_hazard_is_told_with_the_drive_to_it() -> None:
    def step(east: Any, north: Any) -> Any:
        return np.asarray(np.where(east > 30.0, 5.0, 0.0) - 5900.0 + 0.0 * north)

    plan = DayPlan("day", MISSION.start_ns, (Stop("here", (0.0, 0.0), ()), Stop("edge", (30.0, 0.0), ())))
    with pytest.raises(InfeasibleError, match=r"drive from 'here' to 'edge': goal .* stands in a hazard"):
        legs_of(Made(step), MISSION, plan, {})
