"""The forecast against a simulated world: when evidence comes, where the rover is, what a STOP still lets it drive."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from roverctl.core.nouns import Stage
from roverctl.core.times import SECOND_NS
from roverctl.ephemeris.sky import Sky
from roverctl.forecast.outlook import Forecaster, InFlight, Outlook, Queued
from roverctl.mission.manual_delay import ManualDelay
from roverctl.mission.mdb import Value
from roverctl.mission.packets import encode_tc
from roverctl.mission.profile import Mission
from roverctl.session.engine import Engine
from roverctl.terrain.source import Terrain
from roverctl.vehicle import state as st
from tests.unit.doubles import Ground, flat, quiet, waves


class _World:
    """An engine, and what its console knows: the last housekeeping and the stages learnt."""

    def __init__(self, mission: Mission, ground: Terrain, start_ns: int | None = None) -> None:
        self.mission = mission
        self.engine = Engine(mission, ground, mission.start_ns if start_ns is None else start_ns, seed=5)
        self.known_ns = 0
        self.values: dict[str, float] = {}
        self.commands: list[InFlight] = []
        self.requests: list[int] = []
        self.track: list[tuple[int, float, float]] = []

    def send(self, name: str, arguments: dict[str, Value]) -> None:
        mdb = self.mission.mdb
        command = mdb.command(name)
        data = mdb.encode_arguments(name, arguments)
        packet = encode_tc(mdb.apids["rover"], len(self.commands), command.service, command.subservice, data)
        self.engine.uplink(packet)
        self.commands.append(InFlight(len(self.commands), name, arguments, len(packet), self.engine.now_ns))
        self.requests.append(int.from_bytes(packet[:4], "big"))

    def run(self, seconds: float) -> None:
        self.engine.advance_to(self.engine.now_ns + round(seconds * SECOND_NS))
        report = self.last = self.engine.report()
        names = self.mission.mdb.packet("ROVER_HK").names
        for block in report.blocks:
            rows = [dict(zip(names, row, strict=True)) for row in block.values.tolist()]
            self.known_ns, self.values = int(block.generation_ns[-1]), rows[-1]
            places = zip(block.generation_ns.tolist(), rows, strict=True)
            self.track += [(t, row["ROVER_EAST"], row["ROVER_NORTH"]) for t, row in places]
        for change in report.stages:
            i = self.requests.index(change.request)
            self.commands[i].learnt.setdefault(change.stage, (change.occurred_ns, change.learnt_ns))
            if change.stage is Stage.STARTED and self.commands[i].start_m is None:
                before = [p for p in self.track if p[0] <= change.occurred_ns]
                self.commands[i] = dataclasses.replace(self.commands[i], start_m=before[-1][1:])

    def ahead(self, forecaster: Forecaster) -> Outlook:
        open_ones = [c for c in self.commands if Stage.COMPLETED not in c.learnt]
        return forecaster.look_ahead(self.engine.now_ns, self.known_ns, self.values, open_ones)

    @property
    def true(self) -> tuple[float, float]:
        state = self.engine.rover.state
        return float(state[st.EAST]), float(state[st.NORTH])


@pytest.fixture(scope="module")
def calm(mission: Mission) -> Mission:
    return quiet(mission)


def _forecaster(world: _World, ground: Terrain, sky: Sky) -> Forecaster:
    return Forecaster(world.mission, ground, sky, world.engine.start_ns)


def _check_stages(world: _World, outlook: Outlook, wanted: dict[int, tuple[Stage, ...]]) -> None:
    for i, stages in wanted.items():
        for stage in stages:
            late_ms = (world.commands[i].learnt[stage][1] - outlook.stages[i][stage]) / 1e6
            assert abs(late_ms) < 1.0, f"{world.commands[i].name} {stage.name}: {late_ms:.2f} ms"


LINKS = (Stage.SENT, Stage.AT_RELAY, Stage.RECEIVED, Stage.ACCEPTED, Stage.STARTED)


def test_a_pings_stages_come_when_they_were_foretold_to_a_millisecond(calm: Mission, sky: Sky) -> None:
    world = _World(calm, flat())
    forecaster = _forecaster(world, flat(), sky)
    world.run(10.3)
    world.send("PING", {})
    world.send("PING", {})
    outlook = world.ahead(forecaster)
    world.run(30)
    _check_stages(world, outlook, dict.fromkeys((0, 1), (*LINKS, Stage.COMPLETED)))


@pytest.mark.parametrize("offset_ns", [0, 370_000_000])
def test_a_drives_stages_and_end_come_when_they_were_foretold(calm: Mission, sky: Sky, offset_ns: int) -> None:
    world = _World(calm, flat(), calm.start_ns + offset_ns)
    forecaster = _forecaster(world, flat(), sky)
    world.run(10.3)
    world.send("DRIVE", {"distance": 10.0, "heading": 250.0})
    outlook = world.ahead(forecaster)
    world.run(400)
    _check_stages(world, outlook, {0: (*LINKS, Stage.COMPLETED)})


def test_commands_that_wait_their_turn_are_foretold_too(calm: Mission, sky: Sky) -> None:
    world = _World(calm, flat())
    forecaster = _forecaster(world, flat(), sky)
    world.run(10.3)
    world.send("DRIVE", {"distance": 12.0, "heading": 250.0})
    world.send("DRIVE", {"distance": 12.0, "heading": 270.0})
    world.send("PCAM_PANORAMA", {"frames": 3.0})
    world.send("SET_MODE", {"mode": "NOON_NAP"})
    world.send("TURN", {"heading": 10.0})
    outlook = world.ahead(forecaster)
    world.run(900)
    for i in range(4):
        late_s = (world.commands[i].learnt[Stage.COMPLETED][1] - outlook.stages[i][Stage.COMPLETED]) / 1e9
        assert abs(late_s) < 0.05, world.commands[i].name
    assert Stage.STARTED in world.commands[4].learnt and outlook.stages[4][Stage.STARTED]
    # Asleep it uses less and turns nowhere.
    assert outlook.series["ROVER_LOAD_POWER"][-1] == calm.vehicle.load_nap_w
    assert world.values["ROVER_HEADING"] == pytest.approx(270.0, abs=0.1)
    assert outlook.path_m[-1, :2] == pytest.approx(world.true, abs=0.05)


def test_what_is_sent_after_a_stop_is_still_done(calm: Mission, sky: Sky) -> None:
    world = _World(calm, flat())
    forecaster = _forecaster(world, flat(), sky)
    world.run(10)
    world.send("DRIVE", {"distance": 50.0, "heading": 250.0})
    world.run(60)
    world.send("STOP", {})
    world.send("DRIVE", {"distance": 4.0, "heading": 250.0})
    outlook = world.ahead(forecaster)
    world.run(400)
    assert outlook.path_m[-1, :2] == pytest.approx(world.true, abs=0.15)
    assert abs(world.commands[2].learnt[Stage.COMPLETED][1] - outlook.stages[2][Stage.COMPLETED]) < 2 * SECOND_NS


def test_where_when_and_how_the_rover_is_after_what_is_in_flight_and_queued(calm: Mission, sky: Sky) -> None:
    world = _World(calm, flat())
    forecaster = _forecaster(world, flat(), sky)
    world.run(10)
    world.send("DRIVE", {"distance": 12.0, "heading": 250.0})
    world.run(60)  # on its way
    rest: list[tuple[str, dict[str, Value]]] = [
        ("FOLLOW_ROUTE", {"waypoints": [(-30.0, -15.0), (-30.0, 0.0)]}), ("PCAM_PANORAMA", {"frames": 5.0}),
    ]  # fmt: skip
    known = world.engine.now_ns, world.known_ns, world.values, world.commands
    found = forecaster.after(*known, [Queued(name, arguments, 40, after_done=True) for name, arguments in rest])
    for name, arguments in rest:
        world.send(name, arguments)
    world.run(1500)
    learnt = world.commands[-1].learnt[Stage.COMPLETED]
    # Sent at once they do not come one after the other, each some six seconds after the end of the one before.
    assert 10 * SECOND_NS < found.t_ns - learnt[0] < 14 * SECOND_NS
    assert (found.east_m, found.north_m) == pytest.approx(world.true, abs=0.1)
    assert found.stored_b == 5 * calm.vehicle.frame_size_b
    assert found.stored_b / 1e6 == pytest.approx(world.values["ROVER_STORE_USED"], abs=0.1)
    assert 100.0 * found.charge == pytest.approx(world.values["ROVER_BATTERY_SOC"], abs=1.5)
    later = forecaster.after(*known, [Queued("PING", {}, 13), Queued(*rest[0], 40, known[0] + 3600 * SECOND_NS)])
    assert (later.t_ns - known[0]) / SECOND_NS > 3600.0 + 15.0 / (calm.vehicle.speed_m_s)
    still = forecaster.after(known[0], known[1], known[2], [], [])
    assert still.t_ns == known[0]


ROUTE: list[tuple[float, float]] = [(-20.0, -12.0), (-30.0, -5.0), (-45.0, -5.0), (-45.0, 20.0)]


def test_ten_minutes_ahead_the_rover_is_within_a_few_decimetres(mission: Mission, sky: Sky) -> None:
    world = _World(mission, waves(0.1))
    forecaster = _forecaster(world, waves(0.1), sky)
    world.run(10)
    world.send("FOLLOW_ROUTE", {"waypoints": ROUTE})
    outlook = world.ahead(forecaster)
    world.run(600)
    later = forecaster.look_ahead(world.engine.now_ns, outlook.known_ns, _first(world), [world.commands[0]])
    east, north = world.true
    assert np.hypot(later.pose.east_m - east, later.pose.north_m - north) < 0.4
    ee, en, nn = later.pose.covariance_m2
    assert ee > 0 and nn > 0 and ee * nn >= en * en


def _first(world: _World) -> dict[str, float]:
    """Housekeeping as it was at the route's beginning: at rest, at the start."""
    start = world.mission.start_state
    return world.values | {
        "ROVER_EAST": start.east_m, "ROVER_NORTH": start.north_m, "ROVER_HEADING": 250.0, "ROVER_ACTIVITY": 0.0,
        "ROVER_MODE": 0.0, "ROVER_SPEED": 0.0, "ROVER_WAYPOINTS_LEFT": 0.0, "ROVER_PROGRESS": 0.0,
        "ROVER_ODOMETER": 0.0,
    }  # fmt: skip


def test_while_it_drives_the_predicted_rover_is_where_the_true_one_is(calm: Mission, sky: Sky) -> None:
    """At times on and off the grid, at straights, turns and looks; the age of what is known is some two seconds."""
    world = _World(calm, waves(0.1))
    forecaster = _forecaster(world, waves(0.1), sky)
    world.run(10)
    world.send("FOLLOW_ROUTE", {"waypoints": ROUTE})
    world.run(15)
    errors, ends = [], []
    for _ in range(60):
        world.run(12.37)
        if Stage.COMPLETED in world.commands[0].learnt:
            break
        outlook = world.ahead(forecaster)
        east, north = world.true
        errors.append(float(np.hypot(outlook.pose.east_m - east, outlook.pose.north_m - north)))
        ends.append(outlook.stages[0][Stage.COMPLETED])
    world.run(900)
    assert len(errors) > 40 and max(errors) < 0.15
    ended_ns = world.commands[0].learnt[Stage.COMPLETED][1]
    assert np.abs(np.array(ends) - ended_ns).max() < 15 * SECOND_NS


@pytest.mark.parametrize("wait_s", [40.0, 101.3, 163.9, 200.1, 260.7])
def test_the_distance_until_a_stop_is_what_the_rover_still_drives(calm: Mission, sky: Sky, wait_s: float) -> None:
    world = _World(calm, waves(0.1))
    forecaster = _forecaster(world, waves(0.1), sky)
    world.run(10)
    world.send("FOLLOW_ROUTE", {"waypoints": ROUTE})
    world.run(wait_s)
    outlook = world.ahead(forecaster)
    assert outlook.stop_distance_m is not None and outlook.stop_arrival_ns is not None
    begun_m = float(world.engine.rover.state[st.ODOMETER])
    now_ns = world.engine.now_ns
    world.send("STOP", {})
    world.run(60)
    driven_m = float(world.engine.rover.state[st.ODOMETER]) - begun_m
    # The state is as of the last cycle, up to a second old: 6 cm at 200 m/h.
    assert abs(outlook.stop_distance_m - driven_m) < 0.3
    occurred_ns = world.commands[1].learnt[Stage.ACCEPTED][0]
    assert abs(outlook.stop_arrival_ns - occurred_ns) < 2_000_000 and occurred_ns > now_ns


def test_a_forecast_asks_the_map_and_never_the_truth(calm: Mission, sky: Sky) -> None:
    truth: Ground = flat(5.0)
    chart: Ground = flat(-3.0)
    world = _World(calm, truth)
    world.run(10)
    world.send("DRIVE", {"distance": 10.0, "heading": 250.0})
    asked = truth.calls
    forecaster = _forecaster(world, chart, sky)
    outlook = world.ahead(forecaster)
    assert truth.calls == asked and chart.calls > 0
    assert outlook.pose.east_m == pytest.approx(-9.0)


def test_while_it_stands_the_tilt_is_the_one_it_told_and_from_then_on_the_maps(calm: Mission, sky: Sky) -> None:
    world = _World(calm, waves(0.2))
    world.run(10)
    world.send("DRIVE", {"distance": 10.0, "heading": 250.0})
    outlook = world.ahead(_forecaster(world, flat(-3.0), sky))
    tilt = outlook.series["ROVER_TILT"]
    assert tilt[0] == pytest.approx(world.values["ROVER_TILT"], abs=1e-9) and tilt[0] > 1.0
    assert tilt[-1] == pytest.approx(0.0, abs=1e-6)


def test_the_forecasts_modules_lead_to_neither_rover_nor_session() -> None:
    script = (
        "import sys, roverctl.forecast.outlook, roverctl.forecast.delays;"
        "print([m for m in sys.modules if m.startswith(('roverctl.rover', 'roverctl.session'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("one_way_s", [1200.0, 8.0])
def test_stages_follow_a_delay_set_by_hand(calm: Mission, one_way_s: float) -> None:
    delay = ManualDelay((calm.start_ns,), (one_way_s,), 0.0)
    far = dataclasses.replace(calm, link=dataclasses.replace(calm.link, delay=delay))
    world = _World(far, flat())
    forecaster = _forecaster(world, flat(), Sky(far))
    world.run(one_way_s + 10.3)
    world.send("PING", {})
    world.send("DRIVE", {"distance": 5.0, "heading": 250.0})
    outlook = world.ahead(forecaster)
    world.run(2.0 * one_way_s + 200.0)
    _check_stages(world, outlook, {0: (*LINKS, Stage.COMPLETED), 1: LINKS})
    up_s = (world.commands[0].learnt[Stage.ACCEPTED][0] - world.commands[0].released_ns) / 1e9
    assert one_way_s < up_s < one_way_s + 3.0


def test_a_command_sent_again_is_foretold_from_its_last_transmission(calm: Mission, sky: Sky) -> None:
    world = _World(calm, flat())
    forecaster = _forecaster(world, flat(), sky)
    world.run(10.3)
    world.engine.impair("loss", {"probability": 1.0}, 8.0)
    world.send("PING", {})
    early = world.ahead(forecaster).stages[0]
    sent: tuple[int, int] | None = None
    while Stage.ACCEPTED not in world.commands[0].learnt:
        world.run(0.5)
        for change in world.last.stages:
            if change.stage is Stage.SENT and change.detail:
                assert change.detail == "transmission 2"
                sent = world.commands[0].learnt[Stage.SENT] = (change.occurred_ns, change.learnt_ns)
                late = world.ahead(forecaster).stages[0]
    assert sent is not None and late[Stage.ACCEPTED] > early[Stage.ACCEPTED] + 5 * SECOND_NS
    assert abs(world.commands[0].learnt[Stage.ACCEPTED][1] - late[Stage.ACCEPTED]) < 1_000_000
