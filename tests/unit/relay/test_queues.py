"""What waits for what: bypass before sequence, housekeeping before science, the relay's memory, the window and T1."""

import dataclasses

import pytest

from roverctl.core.nouns import Direction
from roverctl.core.times import SECOND_NS
from roverctl.mission.manual_delay import ManualDelay
from roverctl.mission.packets import decode_tm, request_id
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.timing import Timing
from tests.unit.relay.worlds import FAR_NS, NEAR_NS, START, StillTables, World, telemetry


def _with_link(mission: Mission, **figures: object) -> Mission:
    return dataclasses.replace(mission, link=dataclasses.replace(mission.link, **figures))  # type: ignore[arg-type]


def test_a_stop_waits_only_for_the_cltu_being_radiated_and_what_waits_is_withdrawn(mission: Mission) -> None:
    world = World(mission)
    first, *others = [world.send(60) for _ in range(4)]
    world.run(1.0)
    stop = world.send(1, bypass=True)
    world.run(60.0)
    assert world.taken == [first, stop]
    told_ns = {name: t_ns for t_ns, name, _ in world.events}
    # 73 bytes in a frame of 80 are 12 codeblocks, 106 bytes; 14 bytes in a frame of 21 are 3, 34 bytes.
    assert told_ns["FRAME_RADIATED"] == START + 100_000_000 + 106 * 8 * SECOND_NS // 125
    assert told_ns["BYPASS_RADIATED"] - told_ns["FRAME_RADIATED"] == 34 * 8 * SECOND_NS // 125
    assert [int(e["request"]) for e in world.told("COMMAND_WITHDRAWN")] == [request_id(p) for p in others]
    after = world.send()
    world.run(30.0)
    assert world.taken[-1] == after, "delivery goes on"


def test_what_was_sent_before_a_stop_is_not_sent_again_after_it(mission: Mission) -> None:
    world = World(mission)
    world.impair("loss", 9.0, probability=1.0, leg="forward")
    drive = world.send(20)
    world.run(7.0)
    world.send(1, bypass=True)
    world.run(120.0)
    assert drive not in world.taken and not world.told("FRAME_RETRANSMITTED")
    assert [int(e["request"]) for e in world.told("COMMAND_UNCONFIRMED")] == [request_id(drive)]


def test_housekeeping_goes_before_science_packet_by_packet(mission: Mission) -> None:
    world = World(mission, beat_s=0.0)
    for i in range(200):
        world.link.downlink(START, telemetry(1000 + i, 1000), science=True)
    for i in range(5):
        world.run(1.0)
        world.link.downlink(world.scheduler.now_ns, telemetry(i, 60))
    world.run(60.0)
    packets = [(decode_tm(p.data).sequence, p.reception_ns) for p in world.at_console if p.direction is Direction.TM]
    science_ns = round((1022) * 1287 / 1115 * 8 / 140_000 * 1e9)
    way_ns = NEAR_NS + FAR_NS + 70_000_000
    for i, reception_ns in [p for p in packets if p[0] < 1000]:
        late_ns = reception_ns - (START + (i + 1) * SECOND_NS) - way_ns
        assert late_ns < science_ns + 12_000_000, "at most one science packet and its own bits"
    assert [s for s, _ in packets if s >= 1000] == [1000 + i for i in range(200)]
    assert world.link.frames == -(-(200 * 1022 + 5 * 82) // 1115)


def test_the_relays_memory_gives_up_science_first_and_says_so_once(mission: Mission) -> None:
    world = World(_with_link(mission, relay_memory_b=20_000.0), beat_s=0.0)
    world.impair("conjunction", 100.0)
    world.run(1.0)
    for i in range(30):
        world.link.downlink(world.scheduler.now_ns, telemetry(1000 + i, 978), science=True)  # 1000 bytes each
    world.run(20.0)
    for i in range(15):
        world.link.downlink(world.scheduler.now_ns, telemetry(i, 478))  # 500 bytes each
        world.run(1.0)
    world.run(200.0)
    packets = [decode_tm(p.data) for p in world.at_console if p.direction is Direction.TM]
    sequences = [packet.sequence for packet in packets if packet.apid == 161]
    assert sequences[:15] == list(range(15)), "housekeeping is whole, and comes first"
    assert sequences[15:] == [1000 + i for i in range(12)], "the oldest science that leaves it room"
    assert len(world.told("RELAY_MEMORY_FULL")) == 1


@pytest.mark.parametrize("one_way_s", [0.0, 1.7, 60.0, 1200.0])
def test_window_limit_and_t1_follow_the_round_trip(mission: Mission, one_way_s: float) -> None:
    far = _with_link(mission, delay=ManualDelay((START,), (one_way_s,), 0.0))
    timing = Timing(far, StillTables(round(one_way_s * 1e9), 0))
    trip_s = timing.round_trip_ns(START) / 1e9
    assert trip_s == pytest.approx(2 * one_way_s + 98 * 8 / 125 + 2 * 0.07 + 0.1 + 1.0)
    window = timing.window(START)
    assert window == min(127, 2 + -(-int(trip_s * 1e9) // 2_176_000_000))
    assert timing.transmission_limit(START) == max(3, min(8, int(120 / trip_s)))
    due_s = (timing.answer_due_ns(START) - START) / 1e9
    assert 2 * one_way_s + 3.0 < due_s < 2 * one_way_s + 4.0


def test_commands_that_fill_the_window_are_not_held_up_by_it(mission: Mission) -> None:
    world = World(mission)
    for _ in range(40):
        world.send()
    world.run(130.0)
    times = [t for t, name, _ in world.events if name == "FRAME_RADIATED"]
    assert len(times) == 40 and times[-1] - times[0] == 39 * 2_176_000_000, "one after the other, without a pause"
    assert not world.told("FRAME_RETRANSMITTED")


def test_twenty_minutes_away_a_lost_command_is_sent_again_when_its_answer_is_due(mission: Mission) -> None:
    far = _with_link(mission, delay=ManualDelay((START,), (1200.0,), 0.0))
    world = World(far, StillTables(1_200_000_000_000, 0), beat_s=10.0)
    world.impair("loss", 1300.0, probability=1.0, leg="forward")
    command = world.send()
    world.run(2400.0)
    assert not world.told("FRAME_RETRANSMITTED")
    world.run(2600.0)
    assert world.taken == [command] and len(world.told("FRAME_RETRANSMITTED")) == 1
    again = next(t for t, name, _ in world.events if name == "FRAME_RETRANSMITTED")
    assert 2405 < (again - START) / 1e9 < 2412
    world.run(2000.0)
    assert not world.told("SERVICE_ENDED")
