"""The same profile, seed and commands give the same bytes, however time is sliced and whatever is saved and loaded."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from roverctl.commanding.queue import CommandQueue
from roverctl.core.nouns import RawPacket
from roverctl.core.times import SECOND_NS
from roverctl.mission.mdb import Value
from roverctl.mission.profile import Mission, load_mission
from roverctl.relay.impairments import Planned, read_impairment
from roverctl.session.engine import Engine
from roverctl.session.ground_segment import GroundSegment
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.source import Terrain

COMMANDS: list[tuple[float, str, dict[str, Value]]] = [
    (5.0, "FOLLOW_ROUTE", {"waypoints": [(-4.0, -9.0), (3.0, -12.0)]}),
    (9.5, "PING", {}),
    (61.25, "PCAM_PANORAMA", {"frames": 3}),
    (70.0, "TURN", {"heading": 90.0}),
    (333.333, "DRIVE", {"distance": 5.0, "heading": 45.0}),
    (560.0, "STOP", {}),
]
END_S = 700.0
Trouble = Sequence[tuple[float, float, str, dict[str, object]]]
LOSSES: Trouble = [
    (0.0, 300.0, "loss", {"probability": 0.1, "leg": "return"}),
    (80.0, 300.0, "loss", {"probability": 0.3, "leg": "forward"}),
]
TROUBLE: Trouble = [
    (0.0, 700.0, "loss", {"probability": 0.3, "leg": "forward"}),
    (0.0, 700.0, "loss", {"probability": 0.1, "leg": "return"}),
    (20.0, 300.0, "reorder", {"probability": 0.2, "delay_s": 3.0, "leg": "earth"}),
    (50.0, 500.0, "duplicate", {"probability": 0.2, "leg": "return"}),
    (60.0, 400.0, "clock_drift", {"ppm": 120.0}),
    (90.0, 100.0, "rate_drop", {"factor": 0.05, "leg": "return"}),
    (200.0, 90.0, "conjunction", {}),
    (300.0, 200.0, "station_down", {"station": "Kashi"}),
    (400.0, 40.0, "relay_safe_mode", {}),
    (450.0, 60.0, "burst", {"leg": "earth"}),
    (520.0, 60.0, "fade", {"depth_db": 9.0}),
]
Packets = list[RawPacket]


class Keeping(GroundSegment):
    """A ground that keeps what comes."""

    def __init__(self, packets: Packets) -> None:
        self.take = packets.append  # type: ignore[assignment, method-assign]


@pytest.fixture(scope="module")
def world() -> tuple[Mission, Terrain]:
    mission = load_mission()
    return mission, open_terrain(mission)


def run(
    world: tuple[Mission, Terrain], rng: np.random.Generator | None, slice_s: float, save: float = 0.0,
    trouble: Trouble = (), commands: list[tuple[float, str, dict[str, Value]]] = COMMANDS,
) -> Packets:  # fmt: skip
    """Run the commands in slices of ``slice_s`` (or random up to it), saved and loaded with probability ``save``; with
    the link in ``trouble``.
    """
    mission, terrain = world
    packets: Packets = []

    def fresh() -> Engine:
        engine = Engine(mission, terrain, mission.start_ns, 11)
        engine.ground = Keeping(packets)
        return engine

    engine = fresh()
    for at_s, seconds, what, numbers in trouble:
        impairment = read_impairment(what, numbers, mission)
        begin_ns = mission.start_ns + round(at_s * SECOND_NS)
        engine.schedule([Planned(begin_ns, round(seconds * SECOND_NS), impairment)])
    queue = CommandQueue(mission.mdb)
    begin = mission.start_ns
    stops = [(begin + round(at * SECOND_NS), name, arguments) for at, name, arguments in commands]
    for until_ns, name, arguments in [*stops, (begin + round(END_S * SECOND_NS), "", {})]:
        while engine.now_ns < until_ns:
            length = slice_s if rng is None else float(rng.uniform(1e-6, slice_s))
            engine.advance_to(min(until_ns, engine.now_ns + max(1, round(length * SECOND_NS))))
            if rng is not None and rng.random() < save:
                saved = engine.save()
                engine = fresh()
                engine.load(saved)
        if name:
            command = queue.apply(queue.prepare_add(until_ns, name, arguments))
            queue.apply(queue.prepare_release(until_ns, command.id))
            engine.uplink(command.packet)
    return packets


@pytest.fixture(scope="module")
def expected(world: tuple[Mission, Terrain]) -> Packets:
    packets = run(world, None, 1e9)
    assert len(packets) > 700
    return packets


@pytest.mark.parametrize("slice_s", [1.0 / 30.0, 10_000.0 / 30.0], ids=["1x at 30 polls a second", "10,000x"])
def test_at_any_speed(world: tuple[Mission, Terrain], expected: Packets, slice_s: float) -> None:
    assert run(world, None, slice_s) == expected


@pytest.mark.parametrize("seed", range(3))
def test_in_random_slices(world: tuple[Mission, Terrain], expected: Packets, seed: int) -> None:
    assert run(world, np.random.default_rng(seed), 40.0) == expected


@pytest.mark.parametrize("seed", range(4))
def test_saved_loaded_and_continued_at_random_instants(
    world: tuple[Mission, Terrain], expected: Packets, seed: int
) -> None:
    assert run(world, np.random.default_rng(seed), 20.0, save=0.5) == expected


@pytest.fixture(scope="module")
def troubled(world: tuple[Mission, Terrain], expected: Packets) -> Packets:
    packets = run(world, None, 1e9, trouble=TROUBLE)
    assert packets != expected
    return packets


@pytest.mark.parametrize("seed", range(3))
def test_in_trouble_saved_loaded_and_continued_at_random_instants(
    world: tuple[Mission, Terrain], troubled: Packets, seed: int
) -> None:
    assert run(world, np.random.default_rng(seed), 20.0, save=0.5, trouble=TROUBLE) == troubled
    assert run(world, np.random.default_rng(seed), 5.0, trouble=TROUBLE) == troubled


def test_a_product_downlink_saved_loaded_and_continued_at_random_instants(world: tuple[Mission, Terrain]) -> None:
    mission, terrain = world
    small = dataclasses.replace(mission, vehicle=dataclasses.replace(mission.vehicle, frame_size_b=300_000.0))
    commands: list[tuple[float, str, dict[str, Value]]] = [
        (5.0, "PCAM_PANORAMA", {"frames": 3}), (40.0, "SEND_PRODUCTS", {}), (55.0, "HOLD_PRODUCTS", {}),
        (70.0, "SEND_PRODUCTS", {"count": 1}), (90.0, "TURN", {"heading": 90.0}),
    ]  # fmt: skip
    whole = run((small, terrain), None, 1e9, trouble=LOSSES, commands=commands)
    kinds = [p.data[20:22] for p in whole if p.data[:2] == b"\x08\xa3" and p.data[7] == 5]
    assert kinds.count((53).to_bytes(2, "big")) == 3 and (52).to_bytes(2, "big") in kinds
    for seed in range(2):
        rng = np.random.default_rng(seed)
        assert run((small, terrain), rng, 20.0, save=0.5, trouble=LOSSES, commands=commands) == whole


def test_another_seed_gives_other_packets(world: tuple[Mission, Terrain], expected: Packets) -> None:
    mission, terrain = world
    other: Packets = []
    engine = Engine(mission, terrain, mission.start_ns, 12)
    engine.ground = Keeping(other)
    for packet in (p for p in expected if p.direction == "tc"):
        engine.advance_to(packet.reception_ns)
        engine.uplink(packet.data)
    engine.advance_to(mission.start_ns + round(END_S * SECOND_NS))
    assert other != expected


def test_a_snapshot_of_another_operation_is_refused(world: tuple[Mission, Terrain], tmp_path: Path) -> None:
    from roverctl.core.errors import EngineError

    mission, terrain = world
    snapshot = Engine(mission, terrain, mission.start_ns, 1).save()
    with pytest.raises(EngineError, match="seed"):
        Engine(mission, terrain, mission.start_ns, 2).load(snapshot)
    with pytest.raises(EngineError, match="cannot be read"):
        Engine(mission, terrain, mission.start_ns, 1).load(snapshot[:-5])
