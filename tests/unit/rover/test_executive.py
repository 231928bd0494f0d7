"""The executive: a telecommand's life in ST[1] reports, refusals, STOP, the data store, snapshots at any instant."""

import dataclasses
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roverctl.core.times import SECOND_NS
from roverctl.mission.mdb import Value
from roverctl.mission.packets import TmPacket, decode_tm, encode_tc
from roverctl.mission.profile import Mission, load_mission
from roverctl.rover.executive import CYCLE_NS, Executive
from roverctl.rover.reports import Failure
from roverctl.telemetry.decoder import empty_store
from roverctl.vehicle.ground import Ground
from roverctl.vehicle.machine import Machine
from roverctl.vehicle.state import STOP
from tests.unit.doubles import flat, overhead_sun, quiet, with_vehicle

MISSION = load_mission()
START = MISSION.start_ns
GROUND = flat(MISSION.site.elevation_m)


class _Rover:
    """An executive in cycles of a second, with the packets that it sent."""

    def __init__(self, mission: Mission = MISSION, noisy: bool = True) -> None:
        self.mission = mission
        self.sent: list[tuple[int, bytes]] = []
        machine = Machine(mission, Ground(GROUND, 0.25), overhead_sun(0.4), START, seed=3, noisy=noisy)
        self.executive = Executive(mission, machine, START, lambda t, p: self.sent.append((t, p)))
        self.t_ns = START
        self.count = 0

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.t_ns += CYCLE_NS
            self.executive.cycle(self.t_ns)

    def command(self, name: str, after_ns: int = 0, **arguments: Value) -> int:
        definition = self.mission.mdb.command(name)
        data = self.mission.mdb.encode_arguments(name, dict(arguments))
        packet = encode_tc(161, self.count, definition.service, definition.subservice, data)
        self.count += 1
        self.executive.telecommand(self.t_ns + after_ns, packet)
        return int.from_bytes(packet[:4], "big")

    def reports(self, request: int) -> list[tuple[int, int | None]]:
        """(subservice, failure code) of a command's reports but for progress."""
        found = []
        for _, data in self.sent:
            tm = decode_tm(data)
            if tm.service == 1 and tm.subservice != 5 and int.from_bytes(tm.body[:4], "big") == request:
                found.append((tm.subservice, tm.body[4] if len(tm.body) > 4 else None))
        return found

    def events(self) -> list[str]:
        packets = [decode_tm(data) for _, data in self.sent]
        return [self.mission.mdb.decode_event(tm.body)[0].name for tm in packets if tm.service == 5]

    def housekeeping(self) -> list[tuple[TmPacket, dict[str, float]]]:
        codec = self.mission.mdb.packet("ROVER_HK")
        packets = [decode_tm(data) for _, data in self.sent]
        return [
            (tm, dict(zip(codec.names, codec.decode(tm.body[1:]), strict=True))) for tm in packets if tm.service == 3
        ]

    @property
    def last(self) -> dict[str, float]:
        return self.housekeeping()[-1][1]


def test_a_drives_life_is_told_in_order() -> None:
    rover = _Rover()
    request = rover.command("DRIVE", distance=5.0, heading=250.0)
    rover.run(150)
    assert rover.reports(request) == [(1, None), (3, None), (7, None)]
    assert rover.events() == ["MODE_CHANGED", "MOTION_STARTED", "MOTION_DONE", "MODE_CHANGED"]
    progress = [
        tm.body[4] for tm in map(decode_tm, (d for _, d in rover.sent)) if (tm.service, tm.subservice) == (1, 5)
    ]
    assert progress == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert rover.last["ROVER_ODOMETER"] == pytest.approx(5.0 / 0.98, abs=0.1)
    assert MISSION.mdb.word("STOP_REASON", rover.last["ROVER_STOP_REASON"]) == "DONE"


def test_packets_are_numbered_and_their_times_never_fall() -> None:
    rover = _Rover()
    rover.command("DRIVE", distance=2.0, heading=0.0)
    rover.run(100)
    packets = [decode_tm(data) for _, data in rover.sent]
    assert [p.sequence for p in packets] == list(range(len(packets)))
    assert all(b.generation_ns >= a.generation_ns for a, b in pairwise(packets))
    assert all(p.generation_ns == t // 10**6 * 10**6 for p, (t, _) in zip(packets, rover.sent, strict=True))


def test_a_ping_is_answered_at_once_whatever_is_under_way() -> None:
    rover = _Rover()
    drive = rover.command("DRIVE", distance=5.0, heading=0.0)
    rover.run(5)
    ping = rover.command("PING")
    assert rover.reports(ping) == [(1, None), (3, None), (7, None)]
    assert rover.reports(drive) == [(1, None), (3, None)]


def test_commands_wait_their_turn() -> None:
    rover = _Rover()
    first = rover.command("TURN", heading=260.0)
    second = rover.command("DRIVE", distance=1.0, heading=260.0)
    assert rover.reports(second) == [(1, None)]
    rover.run(60)
    order = [(tm.subservice, int.from_bytes(tm.body[:4], "big")) for tm in map(decode_tm, (d for _, d in rover.sent))
             if tm.service == 1 and tm.subservice in (3, 7)]  # fmt: skip
    assert order == [(3, first), (7, first), (3, second), (7, second)]


def test_stop_ends_what_is_under_way_drops_what_waits_and_the_rover_stands() -> None:
    rover = _Rover()
    drive = rover.command("DRIVE", distance=5.0, heading=250.0)
    waiting = [rover.command("TURN", heading=0.0), rover.command("PCAM_PANORAMA", frames=2.0)]
    rover.run(20)
    stop = rover.command("STOP", after_ns=400_000_000)
    assert rover.reports(drive) == [(1, None), (3, None), (8, Failure.DROPPED)]
    for request in waiting:
        assert rover.reports(request) == [(1, None), (4, Failure.DROPPED)]
    assert rover.reports(stop) == [(1, None), (3, None), (7, None)]
    rover.run(1)
    there = rover.last["ROVER_ODOMETER"]
    rover.run(30)
    assert rover.last["ROVER_ODOMETER"] == there and rover.last["ROVER_SPEED"] == 0.0
    assert MISSION.mdb.word("MODE", rover.last["ROVER_MODE"]) == "IDLE"
    assert MISSION.mdb.word("STOP_REASON", rover.last["ROVER_STOP_REASON"]) == "COMMANDED"
    again = rover.command("DRIVE", distance=1.0, heading=250.0)
    rover.run(40)
    assert rover.reports(again)[-1] == (7, None)


def test_a_motion_that_was_done_before_the_stop_came_is_done() -> None:
    mission = quiet(MISSION)
    for after_ms in range(0, 1000, 125):
        rover = _Rover(mission, noisy=False)
        drive = rover.command("DRIVE", after_ns=after_ms * 10**6, distance=1.0, heading=250.0)
        while rover.executive.state[STOP] == 0.0 and rover.t_ns < START + 60 * SECOND_NS:
            rover.run(1)
            rover.executive.telecommand(rover.t_ns + 900_000_000, encode_tc(161, 900, 17, 1, b""))
        # The wheels have stood still since the goal was reached, within the last second.
        rover.command("STOP", after_ns=950_000_000)
        assert rover.reports(drive)[-1] == (7, None)


@pytest.mark.parametrize(
    ("packet", "failure"),
    [
        (encode_tc(161, 0, 8, 1, b"\x63"), Failure.BAD_ARGUMENTS),
        (encode_tc(161, 0, 8, 1, b"\x01\x00\x00\x00\x00"), Failure.BAD_ARGUMENTS),
        (encode_tc(161, 0, 8, 1, b"\x01\x00"), Failure.BAD_ARGUMENTS),
        (encode_tc(161, 0, 17, 1, b"x"), Failure.BAD_ARGUMENTS),
        (encode_tc(161, 0, 99, 1, b""), Failure.UNKNOWN_COMMAND),
        (encode_tc(162, 0, 17, 1, b""), Failure.UNKNOWN_COMMAND),
        (encode_tc(161, 0, 17, 1, b"")[:-1] + b"\xff", Failure.CHECKSUM),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_code(packet: bytes, failure: int) -> None:
    rover = _Rover()
    rover.executive.telecommand(START, packet)
    assert rover.reports(int.from_bytes(packet[:4], "big")) == [(2, failure)]
    rover.run(1)
    assert (rover.last["ROVER_TC_ACCEPTED"], rover.last["ROVER_TC_REJECTED"]) == (0, 1)


@given(st.binary(max_size=60))
@settings(max_examples=60)
def test_random_bytes_are_refused_and_harm_nothing(packet: bytes) -> None:
    rover = SHARED
    before = len(rover.sent)
    rover.executive.telecommand(START, packet)
    (report,) = [decode_tm(data) for _, data in rover.sent[before:]]
    assert (report.service, report.subservice, report.body[4]) == (1, 2, Failure.CHECKSUM)


SHARED = _Rover()


@pytest.mark.parametrize("mode", ["NOON_NAP", "DORMANT"])
def test_asleep_it_neither_drives_nor_looks_until_woken(mode: str) -> None:
    rover = _Rover()
    rover.command("SET_MODE", mode=mode)
    drive = rover.command("DRIVE", distance=1.0, heading=0.0)
    look = rover.command("PCAM_PANORAMA", frames=1.0)
    rover.run(3)
    assert rover.reports(drive) == rover.reports(look) == [(1, None), (4, Failure.WRONG_MODE)]
    assert rover.last["ROVER_LOAD_POWER"] == {"NOON_NAP": 22.0, "DORMANT": 2.0}[mode]
    rover.command("SET_MODE", mode="IDLE")
    drive = rover.command("DRIVE", distance=1.0, heading=250.0)
    rover.run(40)
    assert rover.reports(drive)[-1] == (7, None)


def test_a_panorama_takes_its_time_and_keeps_its_bytes_until_the_store_is_full() -> None:
    size_b = 8_128_512
    rover = _Rover(with_vehicle(MISSION, store_size_b=7.5 * size_b))
    first = rover.command("PCAM_PANORAMA", frames=4.0)
    rover.run(35)
    assert rover.reports(first) == [(1, None), (3, None)]
    assert rover.last["ROVER_LOAD_POWER"] == 66.0
    assert rover.last["ROVER_STORE_USED"] == pytest.approx(3 * size_b / 1e6, abs=0.05)
    rover.run(1)
    assert rover.reports(first)[-1] == (7, None)
    assert rover.last["ROVER_STORE_USED"] == pytest.approx(4 * size_b / 1e6, abs=0.05)
    too_much = rover.command("PCAM_PANORAMA", frames=4.0)
    fits = rover.command("PCAM_PANORAMA", frames=3.0)
    rover.run(40)
    assert rover.reports(too_much) == [(1, None), (4, Failure.NO_SPACE)]
    assert rover.reports(fits)[-1] == (7, None)
    assert rover.last["ROVER_STORE_USED"] == pytest.approx(7 * size_b / 1e6, abs=0.05)


def test_housekeeping_fits_the_slowest_return_mode_and_has_its_own_period_in_the_fast_one() -> None:
    fast = _Rover()
    fast.run(10)
    assert len(fast.housekeeping()) == 10
    link = dataclasses.replace(MISSION.link, return_rate_bit_s=700.0)
    slow = _Rover(dataclasses.replace(MISSION, link=link))
    slow.run(120)
    share = link.tm_frame_b / (link.tm_frame_b + link.tm_frame_overhead_b)
    bits_s = sum(len(data) * 8 for _, data in slow.sent) / 120 / share
    assert 0.4 * 700 < bits_s <= 0.8 * 700
    received = [decode_tm(data) for _, data in slow.sent]
    times = [tm.generation_ns for tm in received if (tm.service, tm.subservice) == (3, 25)]
    period_s = empty_store(dataclasses.replace(MISSION, link=link)).period_s("ROVER_EAST")
    assert {b - a for a, b in pairwise(times)} == {period_s * SECOND_NS}, "what the ground waits for"


SCRIPT: list[tuple[int, str, dict[str, Value]]] = [
    (2, "FOLLOW_ROUTE", {"waypoints": [(-10.0, -6.0), (-12.0, -9.0)]}),
    (3, "PCAM_PANORAMA", {"frames": 3.0}),
    (5, "SET_MODE", {"mode": "CHARGING"}),
    (230, "DRIVE", {"distance": 3.0, "heading": 215.0}),
    (250, "STOP", {}),
    (255, "TURN", {"heading": 200.0}),
]


def _play(rover: _Rover, until: int) -> None:
    while (second := (rover.t_ns - START) // SECOND_NS) < until:
        for at, name, arguments in SCRIPT:
            if at == second:
                rover.command(name, 300_000_000, **arguments)
        rover.run(1)


def test_saved_and_loaded_at_random_instants_the_packets_are_the_same() -> None:
    whole = _Rover()
    _play(whole, 300)
    assert {"MOTION_DONE", "PANORAMA_DONE", "COMMANDED_STOP"} <= set(whole.events())
    for cut in np.random.default_rng(6).integers(1, 299, 15).tolist():
        part = _Rover()
        _play(part, cut)
        other = _Rover()
        other.executive.load(msgspec.msgpack.decode(msgspec.msgpack.encode(part.executive.save())))
        other.t_ns, other.count = part.t_ns, part.count
        _play(other, 300)
        assert part.sent + other.sent == whole.sent
