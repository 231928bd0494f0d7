"""The link: light times from the ephemeris itself, nothing faster than light, order kept, contact waited for."""

import dataclasses
import itertools

import msgspec
import numpy as np
import pytest

from roverctl.core.errors import PacketError
from roverctl.core.nouns import Direction, RawPacket
from roverctl.core.scheduler import Scheduler
from roverctl.core.times import SECOND_NS, parse_utc
from roverctl.ephemeris.sky import Sky
from roverctl.mission.packets import decode_tm, encode_tc, encode_tm
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.tables import LinkTables
from roverctl.relay.link import Link

LIGHT_M_S = 299_792_458.0
START = parse_utc("2019-01-11T12:00:00Z")


class _World:
    """A link with what came out at both ends."""

    def __init__(self, mission: Mission, sky: Sky, start_ns: int = START) -> None:
        self.scheduler = Scheduler(start_ns)
        self.at_rover: list[tuple[int, bytes]] = []
        self.at_console: list[RawPacket] = []
        self.link = Link(
            mission, LinkTables(sky), self.scheduler, lambda t, p: self.at_rover.append((t, p)), self.at_console.append
        )


def _tm(number: int, size: int = 60) -> bytes:
    return encode_tm(161, number, 3, 25, START, bytes(size))


def _one_station(mission: Mission) -> Mission:
    return dataclasses.replace(mission, stations=mission.stations[:1])


def test_tabulated_light_times_are_those_of_the_ephemeris_to_nanoseconds(sky: Sky) -> None:
    tables = LinkTables(sky)
    times = START + np.random.default_rng(1).integers(0, 10**6 * SECOND_NS, 60)
    legs = sky.leg_times(times)
    for i, t in enumerate(times.tolist()):
        assert abs(tables.up_far_ns(t) - legs.relay_to_rover_s[i] * 1e9) < 5
        assert abs(tables.down_far_ns(t) - legs.rover_to_relay_s[i] * 1e9) < 5
        for s in range(3):
            assert abs(tables.up_near_ns(s, t) - legs.station_to_relay_s[s, i] * 1e9) < 5
            assert abs(tables.down_near_ns(s, t) - legs.relay_to_station_s[s, i] * 1e9) < 5


def test_contact_is_now_when_a_station_sees_the_relay_else_the_next_aos(mission: Mission) -> None:
    sky = Sky(_one_station(mission))
    tables = LinkTables(sky)
    windows = sky.passes(START, START + 4 * 86_400 * SECOND_NS)
    assert len(windows) >= 3
    for window, following in itertools.pairwise(windows):
        middle = (window.aos_ns + window.los_ns) // 2
        assert tables.contact(middle) == (middle, 0)
        found = tables.contact(window.los_ns + 60 * SECOND_NS)
        assert found is not None and abs(found[0] - following.aos_ns) <= 10 * SECOND_NS


def test_a_telecommand_takes_the_sum_of_its_parts_and_leaves_its_traces(mission: Mission, sky: Sky) -> None:
    world = _World(mission, sky)
    ping = encode_tc(161, 0, 17, 1, b"")
    world.link.uplink(ping)
    world.scheduler.advance_to(START + 7 * SECOND_NS)  # before T1 runs out: no telemetry brings a CLCW here
    (arrived_ns, packet), *more = world.at_rover
    assert packet == ping and not more
    radiated_s = 0.05 + 2.176
    legs = sky.leg_times([START + round(radiated_s * 1e9)])
    station = int(sky.best_station([START])[0])
    near_s = legs.station_to_relay_s[station, 0]
    light_s = near_s + sky.leg_times([START + round((radiated_s + near_s + 0.02) * 1e9)]).relay_to_rover_s[0]
    assert (arrived_ns - START) / 1e9 == pytest.approx(radiated_s + light_s + 0.02 + 0.10, abs=1e-8)
    reports = [decode_tm(p.data) for p in world.at_console]
    assert [mission.mdb.decode_event(r.body)[0].name for r in reports] == ["FRAME_RADIATED", "FRAME_FORWARDED"]
    assert world.at_console[0].generation_ns == START + round(radiated_s * 1e9)


def test_nothing_arrives_before_its_light_and_order_is_kept(mission: Mission, sky: Sky) -> None:
    world = _World(mission, sky)
    rng = np.random.default_rng(5)
    commands = [encode_tc(161, i, 8, 1, rng.bytes(int(rng.integers(1, 200)))) for i in range(20)]
    handed = np.sort(START + rng.integers(0, 600, 300) * SECOND_NS)
    for command in commands:
        world.link.uplink(command)
    for i, t_ns in enumerate(handed.tolist()):
        world.scheduler.advance_to(t_ns)
        world.link.downlink(t_ns, _tm(i, int(rng.integers(0, 400))))
    world.scheduler.advance_to(START + 1200 * SECOND_NS)
    assert [p for _, p in world.at_rover] == commands
    geometry = sky.geometry([START])
    shortest_ns = (geometry.relay_rover_m.min() + geometry.station_relay_m.min()) / LIGHT_M_S * 1e9 - 1e6
    down = [p for p in world.at_console if p.direction is Direction.TM and decode_tm(p.data).apid == 161]
    assert [decode_tm(p.data).sequence for p in down] == list(range(300))
    assert all(p.reception_ns - p.generation_ns > shortest_ns for p in down)
    assert all(b.reception_ns >= a.reception_ns for a, b in itertools.pairwise(world.at_console))
    assert all(t - START > shortest_ns for t, _ in world.at_rover)


def test_without_contact_a_command_waits_for_aos_and_stored_telemetry_comes_at_the_relays_rate(
    mission: Mission,
) -> None:
    one = _one_station(mission)
    one = dataclasses.replace(one, link=dataclasses.replace(one.link, relay_rate_bit_s=1_000_000.0))
    sky = Sky(one)
    first, second = sky.passes(START, START + 3 * 86_400 * SECOND_NS)[:2]
    dark_ns = first.los_ns + 60 * SECOND_NS
    world = _World(one, sky, dark_ns)
    world.link.uplink(encode_tc(161, 0, 17, 1, b""))
    for i in range(2000):
        world.link.downlink(world.scheduler.now_ns, _tm(i, 1000))
        world.scheduler.advance_to(dark_ns + i * SECOND_NS)
    assert not world.at_rover and not world.at_console
    world.scheduler.advance_to(second.aos_ns + 300 * SECOND_NS)
    assert len(world.at_rover) == 1
    assert world.at_rover[0][0] >= second.aos_ns + round(2.176e9)
    down = [p for p in world.at_console if p.direction is Direction.TM and decode_tm(p.data).apid == 161]
    assert len(down) == 2000 and [decode_tm(p.data).sequence for p in down] == list(range(2000))
    assert down[0].reception_ns > second.aos_ns
    bits = sum(len(p.data) * 8 for p in down[1:])
    assert (down[-1].reception_ns - down[0].reception_ns) / 1e9 >= bits / 1e6


def test_clcws_come_with_the_first_frame_after_each_change(mission: Mission, sky: Sky) -> None:
    world = _World(mission, sky)
    for i in range(3):
        world.link.uplink(encode_tc(161, i, 17, 1, b""))
    for i in range(30):
        world.scheduler.advance_to(START + i * SECOND_NS)
        world.link.downlink(world.scheduler.now_ns, _tm(i))
    world.scheduler.advance_to(START + 60 * SECOND_NS)
    words = [int.from_bytes(p.data, "big") & 0xFF for p in world.at_console if p.direction is Direction.CLCW]
    assert words == [0, 1, 2, 3]


def test_a_link_saved_at_any_instant_delivers_the_same(mission: Mission, sky: Sky) -> None:
    def begin(world: _World) -> None:
        for i in range(8):
            world.link.uplink(encode_tc(161, i, 8, 1, bytes(20 * i)))
            world.link.downlink(START, _tm(i, 50 * i))

    whole = _World(mission, sky)
    begin(whole)
    whole.scheduler.advance_to(START + 300 * SECOND_NS)
    for cut_s in np.random.default_rng(8).uniform(0, 60, 12):
        part = _World(mission, sky)
        begin(part)
        part.scheduler.advance_to(START + int(cut_s * 1e9))
        saved = msgspec.msgpack.decode(msgspec.msgpack.encode([part.scheduler.save(), part.link.save()]))
        other = _World(mission, sky)
        other.scheduler.load(saved[0])
        other.link.load(saved[1])
        other.scheduler.advance_to(START + 300 * SECOND_NS)
        assert part.at_console + other.at_console == whole.at_console
        assert part.at_rover + other.at_rover == whole.at_rover


def test_a_packet_that_fits_no_frame_is_refused_at_once(mission: Mission, sky: Sky) -> None:
    world = _World(mission, sky)
    with pytest.raises(PacketError, match="a frame takes 1017"):
        world.link.uplink(bytes(1018))
    assert world.scheduler.next_ns is None


def test_a_frame_that_los_would_cut_is_radiated_in_the_next_pass(mission: Mission) -> None:
    one = _one_station(mission)
    sky = Sky(one)
    first, second = sky.passes(START, START + 3 * 86_400 * SECOND_NS)[:2]
    for seconds_before, window in ((60, first), (30, second)):
        world = _World(one, sky, first.los_ns - seconds_before * SECOND_NS)
        world.link.uplink(encode_tc(161, 0, 8, 1, bytes(550)))  # some 40 s at 125 bit/s
        world.scheduler.advance_to(second.aos_ns + 300 * SECOND_NS)
        radiated_ns = world.at_console[0].generation_ns
        assert window.aos_ns + 40 * SECOND_NS < radiated_ns <= window.los_ns
        assert len(world.at_rover) == 1 and world.at_rover[0][0] > radiated_ns
