"""Predicted passages: their parts add up exactly, and the simulated link does what they say, whatever the delay."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from roverctl.core.nouns import Direction
from roverctl.core.scheduler import Scheduler
from roverctl.core.times import SECOND_NS, format_utc, parse_utc
from roverctl.ephemeris.sky import Sky
from roverctl.forecast.delays import Delays, Released
from roverctl.mission.manual_delay import ManualDelay
from roverctl.mission.packets import encode_tc
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.tables import LinkTables
from roverctl.relay.link import Link
from tests.unit.relay.worlds import START, World, telemetry

DELAYS = [
    None,
    ManualDelay((START,), (1200.0,), 0.0),
    ManualDelay((START, START + 3600 * SECOND_NS), (3.0, 400.0), 0.0),
]


def _with_delay(mission: Mission, delay: ManualDelay | None) -> Mission:
    return dataclasses.replace(mission, link=dataclasses.replace(mission.link, delay=delay))


@pytest.mark.parametrize("delay", DELAYS, ids=["light", "twenty minutes", "growing"])
def test_parts_add_up_exactly_and_the_link_does_as_predicted(mission: Mission, delay: ManualDelay | None) -> None:
    mission = _with_delay(mission, delay)
    tables = LinkTables(Sky(mission))
    world = World(mission, tables)
    rng = np.random.default_rng(4)
    released = []
    for _ in range(15):
        world.run(float(rng.choice([0.0, 1.3, 20.0])))
        size = int(rng.integers(0, 150))
        world.send(size)
        released.append(Released(world.scheduler.now_ns, 13 + size))
    passages = Delays(mission, tables).passages(released)
    world.run(2600.0)
    assert len(world.at_rover) == 15
    arrivals = [t_ns for t_ns, _ in world.at_rover]
    for command, passage, arrived_ns in zip(released, passages, arrivals, strict=True):
        assert passage is not None
        assert passage.up.total_ns == passage.arrived_ns - command.released_ns
        assert passage.down.total_ns == passage.arrival_learnt_ns - passage.arrived_ns
        assert min(dataclasses.astuple(passage.up)) >= 0 and min(dataclasses.astuple(passage.down)) >= 0
        assert passage.up.light_ns > 0 and passage.up.serialisation_ns > 2 * SECOND_NS
        assert arrived_ns == passage.arrived_ns
    radiated = [t for t, name, _ in world.events if name == "FRAME_RADIATED"]
    assert radiated == [p.sent_learnt_ns for p in passages if p is not None]
    forwarded = [t for t, name, _ in world.events if name == "FRAME_FORWARDED"]
    foretold = [p.relay_learnt_ns for p in passages if p is not None]
    assert np.abs(np.array(forwarded) - foretold).max() < 1_000_000


def test_a_stop_is_foretold_to_overtake_and_to_withdraw(mission: Mission) -> None:
    tables = LinkTables(Sky(mission))
    world = World(mission, tables)
    world.run(1.0)
    released = []
    for bypass in (False, False, False, True):
        world.send(40, bypass)
        released.append(Released(world.scheduler.now_ns, 53, bypass))
    first, second, third, stop = Delays(mission, tables).passages(released)
    assert second is None and third is None and first is not None and stop is not None
    world.run(60.0)
    assert [t for t, _ in world.at_rover] == [first.arrived_ns, stop.arrived_ns]
    (forwarded,) = (t for t, name, _ in world.events if name == "BYPASS_FORWARDED")
    assert abs(forwarded - stop.relay_learnt_ns) < 1_000_000


def test_what_was_radiated_is_foretold_from_then_on(mission: Mission) -> None:
    delays = Delays(mission, LinkTables(Sky(mission)))
    (early,) = delays.passages([Released(START, 53)])
    assert early is not None
    (late,) = delays.passages([Released(START, 53, radiated_ns=early.radiated_ns + 30 * SECOND_NS)])
    assert late is not None and late.radiated_ns == early.radiated_ns + 30 * SECOND_NS
    assert late.up.queueing_ns == 30 * SECOND_NS and late.up.total_ns == late.arrived_ns - START


def test_jitter_strays_as_far_as_it_may_and_lets_nothing_overtake(mission: Mission) -> None:
    mission = _with_delay(mission, ManualDelay((START,), (60.0,), 4.0))
    sky = Sky(mission)
    jittered, plain = LinkTables(sky, jitter_seed=3), LinkTables(sky)
    times = START + np.arange(0, 4 * 3600, 3) * SECOND_NS
    ways = np.array([jittered.up_near_ns(0, int(t)) for t in times]) / 1e9
    assert 3.0 < np.abs(ways - 60.0).max() <= 4.0
    assert (np.diff(times / 1e9 + ways) > 0.0).all()
    assert all(plain.up_near_ns(0, int(t)) == 60 * SECOND_NS for t in times[:50])
    assert LinkTables(sky, jitter_seed=4).up_near_ns(0, int(times[77])) != jittered.up_near_ns(0, int(times[77]))
    world = World(mission, jittered)
    commands = [world.send() for _ in range(10)]
    world.run(400.0)
    assert world.taken == commands and not world.told("FRAME_RETRANSMITTED")


def test_random_traffic_never_beats_range_over_c(mission: Mission, sky: Sky) -> None:
    scheduler = Scheduler(START)
    up: list[tuple[int, bytes]] = []
    down: list[tuple[int, int]] = []
    link = Link(
        mission, LinkTables(sky), scheduler, lambda t_ns, packet: up.append((t_ns, packet)),
        lambda p: down.append((p.generation_ns, p.reception_ns)) if p.direction is Direction.TM else None,
    )  # fmt: skip
    rng = np.random.default_rng(6)
    released = {}
    for i in range(400):
        scheduler.advance_to(START + i * 90 * SECOND_NS + int(rng.integers(0, 80 * SECOND_NS)))
        packet = encode_tc(161, i, 8, 1, rng.bytes(int(rng.integers(0, 40))))
        released[packet] = scheduler.now_ns
        link.uplink(packet, bypass=rng.random() < 0.1)
        for j in range(3):
            link.downlink(scheduler.now_ns, telemetry(3 * i + j, int(rng.integers(0, 900))), science=rng.random() < 0.3)
    scheduler.advance_to(scheduler.now_ns + 600 * SECOND_NS)
    assert len(up) > 350 and len(down) > 1900
    geometry = sky.geometry([t_ns for t_ns, _ in up])
    least_ns = (geometry.relay_rover_m + geometry.station_relay_m.min(axis=0)) / 299_792_458.0 * 1e9 - 1e5
    assert all(t_ns - released[packet] > least for (t_ns, packet), least in zip(up, least_ns, strict=True))
    nearest_ns = sky.geometry([g for g, _ in down]).station_relay_m.min(axis=0) / 299_792_458.0 * 1e9 - 1e5
    assert (np.array([r - g for g, r in down]) > 50_000_000 - 1).all(), "the stations' own reports: ground time"
    rover_ns = [(g, r, n) for (g, r), n in zip(down, nearest_ns, strict=True) if r - g > 60_000_000]
    assert len(rover_ns) > 1500 and all(r - g > n for g, r, n in rover_ns)


def test_a_delay_from_a_file_is_read_and_followed(mission: Mission, tmp_path: Path) -> None:
    import shutil

    from roverctl.mission.profile import load_mission

    folder = Path(shutil.copytree(mission.folder, tmp_path / "far"))
    rows = [f"{format_utc(mission.start_ns + k * 3600 * SECOND_NS)},{600.0 + 100.0 * k}" for k in range(3)]
    (folder / "delay.csv").write_text("utc,one_way_s\n" + "\n".join(rows) + "\n")
    profile = folder / "mission.toml"
    profile.write_text(profile.read_text(encoding="utf-8") + '\n[link.delay]\nfile = "delay.csv"\n', encoding="utf-8")
    far = load_mission(folder)
    assert far.link.delay is not None and far.sha256 != mission.sha256
    tables = LinkTables(Sky(far))
    for minutes, one_way_s in ((0, 600.0), (30, 650.0), (120, 800.0), (300, 800.0)):
        assert tables.up_near_ns(0, mission.start_ns + minutes * 60 * SECOND_NS) == round(one_way_s * 1e9)
    (folder / "delay.csv").write_text("utc,one_way_s\n" + "\n".join(rows[:2]) + "\n")
    assert load_mission(folder).sha256 != far.sha256


def test_in_a_gap_the_way_here_is_that_in_contact_and_the_wait(mission: Mission, sky: Sky) -> None:
    delays = Delays(mission, LinkTables(sky))
    in_contact, in_gap = parse_utc("2019-01-11T02:10:00Z"), parse_utc("2019-01-11T02:25:00Z")
    near, far = delays.down(in_contact), delays.down(in_gap)
    assert near is not None and far is not None
    assert near.contact_ns == 0 and far.contact_ns > 400 * SECOND_NS
    assert abs(far.total_ns - far.contact_ns - near.total_ns) < 0.05 * SECOND_NS
    assert delays.seen(in_gap) == in_gap + far.total_ns
