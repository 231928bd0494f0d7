"""Each impairment does what its name says, for its time, and leaves an event with its cause."""

import itertools
import json
import tomllib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from roverctl.core.errors import InputError
from roverctl.core.nouns import Direction
from roverctl.core.times import SECOND_NS
from roverctl.mission.packets import decode_tm
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.frames import cltu_length
from roverctl.relay.impairments import KINDS, duration_ns, read_impairment, read_scenario
from tests.unit.relay.worlds import FAR_NS, NEAR_NS, START, World, telemetry

ARGUMENTS: dict[str, dict[str, object]] = {
    "loss": {"probability": 0.5}, "burst": {}, "fade": {"depth_db": 10.0}, "station_down": {"station": "Kashi"},
    "relay_safe_mode": {}, "duplicate": {"probability": 0.5}, "reorder": {"probability": 0.5},
    "clock_drift": {"ppm": 40.0}, "rate_drop": {"factor": 0.5}, "conjunction": {},
}  # fmt: skip


def _counts(world: World) -> list[int]:
    """Sequence counts of the rover's telemetry as it came."""
    packets = [decode_tm(p.data) for p in world.at_console if p.direction is Direction.TM]
    return [p.sequence for p in packets if p.apid == 161]


@pytest.mark.parametrize("name", KINDS)
def test_its_beginning_and_its_end_are_told_by_name(mission: Mission, name: str) -> None:
    world = World(mission)
    world.impair(name, 30.0, begin_s=10.0, **ARGUMENTS[name])
    world.run(60.0)
    (began,) = world.told("IMPAIRMENT_BEGAN")
    (ended,) = world.told("IMPAIRMENT_ENDED")
    assert mission.mdb.word("IMPAIRMENT", began["impairment"]) == name
    assert mission.mdb.word("IMPAIRMENT", ended["impairment"]) == name
    times = {event: t_ns for t_ns, event, _ in world.events}
    assert times["IMPAIRMENT_BEGAN"] - START == 10 * SECOND_NS + 50_000_000
    assert times["IMPAIRMENT_ENDED"] - START == 40 * SECOND_NS + 50_000_000


def test_loss_loses_its_share_on_its_leg_and_no_other(mission: Mission) -> None:
    for leg in ("return", "earth"):
        world = World(mission, seed=3)
        world.impair("loss", 2000.0, probability=0.3, leg=leg)
        world.run(2000.0)
        lost = 1.0 - len(_counts(world)) / 1998
        assert lost == pytest.approx(0.3, abs=0.04)  # four sigma
    world = World(mission)
    world.impair("loss", 100.0, probability=1.0, leg="forward")
    world.send()
    world.run(100.0)
    assert len(_counts(world)) > 95 and not world.taken


def test_bursts_lose_everything_in_their_time_and_nothing_between(mission: Mission) -> None:
    world = World(mission)
    world.impair("burst", 95.0, begin_s=0.5, length_s=3.0, gap_s=7.0, leg="return")
    world.run(120.0)
    gaps = [b - a - 1 for a, b in itertools.pairwise(_counts(world)) if b > a + 1]
    assert gaps == [3] * 10


def test_a_shallow_fade_costs_nothing_and_a_deep_one_everything(mission: Mission) -> None:
    come = {}
    for depth in (0.0, 3.0, 20.0):
        world = World(mission)
        world.run(0.5)
        world.impair("fade", 100.0, depth_db=depth, leg="return")
        world.run(100.0)
        come[depth] = _counts(world)
    assert come[3.0] == come[0.0] == list(range(1, 100)) and come[20.0] == [1]


def test_a_station_that_is_down_hands_over_to_the_next(mission: Mission) -> None:
    world = World(mission)
    world.impair("station_down", 60.0, station=mission.stations[0].name)
    world.run(1.0)
    world.send()
    world.run(20.0)
    assert world.told("FRAME_RADIATED")[0]["station"] == 1 and len(world.taken) == 1


def test_a_frame_that_a_station_was_radiating_as_it_went_down_is_sent_again(mission: Mission) -> None:
    world = World(mission)
    world.send(60)
    world.impair("station_down", 5.0, begin_s=3.0, station=mission.stations[0].name)
    world.run(60.0)
    assert not world.told("FRAME_RADIATED"), "nobody saw it end"
    assert len(world.taken) == 1 and world.told("FRAME_RETRANSMITTED")


def test_in_conjunction_commands_wait_and_telemetry_is_kept_until_it_is_over(mission: Mission) -> None:
    world = World(mission)
    world.impair("conjunction", 600.0, begin_s=20.0)
    world.run(30.0)
    before = len(_counts(world))
    command = world.send()
    world.run(500.0)
    assert len(_counts(world)) == before and not world.taken
    world.run(200.0)
    assert _counts(world) == list(range(1, len(_counts(world)) + 1)), "all of it, in order"
    assert world.taken == [command] and world.at_rover[0][0] > START + 620 * SECOND_NS


def test_in_safe_mode_the_relay_passes_nothing_on(mission: Mission) -> None:
    world = World(mission)
    world.impair("relay_safe_mode", 60.0, begin_s=20.0)
    world.run(25.0)
    world.send()
    world.run(50.0)
    assert not world.taken and not world.told("FRAME_FORWARDED")
    world.run(100.0)
    counts = _counts(world)
    assert max(b - a for a, b in itertools.pairwise(counts)) == 61, "what the rover sent then is lost"
    assert len(world.taken) == 1, "the command was sent again"


def test_duplicates_reach_the_console_twice_and_the_executive_once(mission: Mission) -> None:
    world = World(mission)
    world.impair("duplicate", 100.0, probability=1.0, leg="forward")
    world.impair("duplicate", 100.0, probability=1.0, leg="return")
    commands = []
    for i in range(4):
        commands.append(world.send(bypass=i == 2))
        world.run(20.0)
    world.run(19.0)
    assert world.taken == commands
    counts = _counts(world)
    assert all(counts.count(n) == 2 for n in range(2, 90)), "all but the first, which was sent before"


def test_reordered_telemetry_overtakes(mission: Mission) -> None:
    world = World(mission)
    world.impair("reorder", 200.0, probability=0.4, delay_s=5.0, leg="earth")
    world.run(210.0)
    counts = _counts(world)
    assert counts != sorted(counts) and sorted(counts) == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("leg", ["forward", "return", "earth"])
def test_a_rate_drop_makes_its_leg_as_much_slower(mission: Mission, leg: str) -> None:
    def way_s(factor: float | None) -> float:
        world = World(mission, beat_s=0.0)
        if factor is not None:
            world.impair("rate_drop", 1000.0, factor=factor, leg=leg)
        world.run(1.0)
        if leg == "forward":
            world.send(100)
            world.run(100.0)
            return (world.at_rover[0][0] - START) / 1e9
        world.link.downlink(world.scheduler.now_ns, telemetry(1, 5000))
        world.run(100.0)
        return (world.at_console[-1].reception_ns - START) / 1e9

    link = mission.link
    packet_b = len(telemetry(1, 5000)) * (link.tm_frame_b + link.tm_frame_overhead_b) / link.tm_frame_b
    bits = {"forward": cltu_length(113) * 8.0, "return": packet_b * 8.0, "earth": packet_b * 8.0}[leg]
    rate = {"forward": link.forward_rate_bit_s, "return": link.return_rate_bit_s, "earth": link.relay_rate_bit_s}[leg]
    assert way_s(0.25) - way_s(None) == pytest.approx(3.0 * bits / rate, rel=1e-6)


def test_a_transmitter_far_behind_drops_housekeeping_and_keeps_reports(mission: Mission) -> None:
    world = World(mission)
    world.impair("rate_drop", 600.0, factor=0.002, leg="return")  # 280 bit/s for 800 that housekeeping needs
    world.run(300.0)
    world.link.downlink(world.scheduler.now_ns, telemetry(9999, 10, service=1))
    world.run(60.0)
    counts = _counts(world)
    assert 9999 in counts, "within the minute: the queue is bounded"
    assert len(counts) < 200


def test_chance_is_part_of_the_saved_state(mission: Mission) -> None:
    def begin() -> World:
        world = World(mission, seed=8)
        for name, leg in itertools.product(("loss", "duplicate", "reorder"), ("forward", "return", "earth")):
            world.impair(name, 80.0, begin_s=5.0, probability=0.3, leg=leg)
        world.impair("conjunction", 20.0, begin_s=40.0)
        world.impair("station_down", 50.0, begin_s=20.0, station="Kashi")
        for i in range(9):
            world.send(10 * i, bypass=i == 6)
        return world

    whole = begin()
    whole.run(300.0)
    for cut_s in np.random.default_rng(2).uniform(0.0, 120.0, 10):
        part = begin()
        part.run(float(cut_s))
        saved = msgspec.msgpack.decode(msgspec.msgpack.encode([part.scheduler.save(), part.link.save()]))
        other = World(mission, seed=8)
        other.scheduler.load(saved[0])
        other.link.load(saved[1])
        other._beats = part._beats
        other.run(300.0 - float(cut_s))
        assert part.at_console + other.at_console == whole.at_console
        assert part.at_rover + other.at_rover == whole.at_rover


def test_nothing_arrives_before_light_whatever_goes_wrong(mission: Mission) -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        world = World(mission, seed=seed)
        for name, leg in itertools.product(("loss", "duplicate", "reorder", "rate_drop"), ("forward", "return")):
            key = "factor" if name == "rate_drop" else "probability"
            world.impair(name, 100.0, float(rng.uniform(0, 60)), leg=leg, **{key: float(rng.uniform(0.1, 0.6))})
        released = {}
        for _ in range(12):
            world.run(float(rng.uniform(0.0, 15.0)))
            released[world.send(int(rng.integers(0, 80)), bypass=rng.random() < 0.2)] = world.scheduler.now_ns
        world.run(120.0)
        assert all(t_ns - released[packet] >= NEAR_NS + FAR_NS for t_ns, packet in world.at_rover)
        down = [p for p in world.at_console if p.direction is Direction.TM and decode_tm(p.data).apid == 161]
        assert down and all(p.reception_ns - p.generation_ns >= NEAR_NS + FAR_NS for p in down)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("flood", {}, "no impairment is called 'flood'; known are loss"),
        ("loss", {}, "probability is missing"),
        ("loss", {"probability": 1.5}, "between 0 and 1"),
        ("loss", {"probability": float("nan")}, "between 0 and 1"),
        ("loss", {"probability": True}, "between 0 and 1"),
        ("loss", {"probability": 0.5, "leg": "sideways"}, "leg must be one of forward, return, earth"),
        ("fade", {"depth": 3.0}, "no argument is called 'depth'; it takes depth_db, leg"),
        ("station_down", {"station": "Goldstone"}, "one of Jiamusi, Kashi"),
        ("conjunction", {"leg": "earth"}, "it takes none"),
    ],
)
def test_what_is_wrong_with_an_impairment_is_said(
    mission: Mission, name: str, arguments: dict[str, object], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        read_impairment(name, arguments, mission)


@pytest.mark.parametrize("duration", [0.0, -5.0, float("inf"), float("nan"), 1e9])
def test_a_duration_is_between_a_millisecond_and_thirty_days(duration: float) -> None:
    with pytest.raises(InputError, match="duration"):
        duration_ns(duration)


SCENARIO = """
[[impairments]]
name = "loss"
at = 60
duration = 600
arguments = { probability = 0.3, leg = "return" }

[[impairments]]
name = "conjunction"
at = "2019-01-11T12:00:10Z"
duration = 5
"""


def test_a_scenario_is_the_same_as_toml_and_as_json(mission: Mission, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SCENARIO)
    (tmp_path / "s.json").write_text(json.dumps(tomllib.loads(SCENARIO)))
    first, second = read_scenario(tmp_path / "s.toml", mission, START)
    assert [first, second] == read_scenario(tmp_path / "s.json", mission, START)
    assert (first.impairment.name, first.begin_ns, first.duration_ns) == (
        "conjunction", START + 10 * SECOND_NS, 5 * SECOND_NS,
    )  # fmt: skip
    assert second.impairment.numbers == {"probability": 0.3} and second.impairment.leg == "return"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[impairments]\n", "s.toml"),
        ("impairments = 3", "needs a list"),
        (SCENARIO.replace("0.3", "3"), "impairment 1: loss: probability"),
        (SCENARIO.replace("at = 60", "at = -60"), "impairment 1: at must"),
        (SCENARIO.replace("at = 60", 'at = "2018-01-01T00:00:00Z"'), "before the start"),
        (SCENARIO.replace("duration = 5\n", ""), "impairment 2: a duration"),
        (SCENARIO.replace("duration = 5\n", "duration = 5\nend = 3\n"), "unknown key 'end'"),
    ],
)
def test_what_is_wrong_with_a_scenario_is_said_with_its_file(
    mission: Mission, tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "s.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=says):
        read_scenario(file, mission, START)
