"""Products by CFDP class 2: with cfdp-py at either end, over a channel that loses; and both our ends over the link."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from cfdppy.handler.dest import DestHandler

from roverctl.core.nouns import Direction
from roverctl.core.times import SECOND_NS
from roverctl.mission.file_pdus import (
    FileData,
    Metadata,
    Nak,
    Transaction,
    decode_pdu,
    encode_data,
    encode_pdu,
    unwrap,
    wrap,
)
from roverctl.mission.packets import encode_tm
from roverctl.mission.profile import Mission
from roverctl.relay.products.receiver import Receiver
from roverctl.rover.products.content import content
from roverctl.rover.products.sender import Sender
from tests.unit.relay.cfdp_peers import Clock, Destination, Source, _setting
from tests.unit.relay.worlds import START, World

_MS = 1_000_000
_STEP_MS = 100


class _Timers:
    """Timers of ours that run out ten seconds after they were started."""

    def __init__(self) -> None:
        self.due: list[tuple[int, list[Any]]] = []

    def start(self, t_ns: int, payload: list[Any], wait: int) -> None:
        self.due.append((t_ns + wait * 10 * SECOND_NS, payload))

    def run(self, t_ns: int, expired: Callable[[int, list[Any]], None]) -> None:
        over = [payload for due_ns, payload in self.due if due_ns <= t_ns]
        self.due = [item for item in self.due if item[0] > t_ns]
        for payload in over:
            expired(t_ns, payload)


@pytest.mark.parametrize(("seed", "loss"), [(0, 0.0), (1, 0.1), (2, 0.3), (3, 0.5)])
def test_we_receive_what_cfdp_py_sends(tmp_path: Path, monkeypatch: Any, seed: int, loss: float) -> None:
    rng = random.Random(seed)
    clock, timers = Clock(monkeypatch), _Timers()
    data = rng.randbytes(40_003)
    (tmp_path / "made.raw").write_bytes(data)
    source = Source(tmp_path / "made.raw")
    up: list[bytes] = []
    told: list[tuple[str, list[float]]] = []
    receiver = Receiver(
        lambda t, pdu: up.append(pdu),
        lambda t, name, values: told.append((name, values)),
        lambda t, pdus, wait, payload: timers.start(t, payload, wait),
        merge_b=600,
        largest_b=10**6,
    )
    came = bytearray(len(data))
    for _ in range(40_000):
        clock.ms += _STEP_MS
        incoming = [pdu for pdu in up if rng.random() >= loss]
        up.clear()
        down = [pdu for pdu in incoming for pdu in source.step(pdu)] + source.step(None)
        for pdu in down:
            if rng.random() >= loss:
                read = decode_pdu(pdu)
                if isinstance(read, FileData):
                    came[read.offset : read.offset + len(read.data)] = read.data
                receiver.take(clock.ms * _MS, wrap(164, 0, pdu, telecommand=False))
        timers.run(clock.ms * _MS, receiver.expired)
        if any(name in ("PRODUCT_COMPLETE", "PRODUCT_FAILED") for name, _ in told):
            break
    names = [name for name, _ in told]
    assert names[-1] == "PRODUCT_COMPLETE" and bytes(came) == data
    assert ("PRODUCT_PIECES_MISSING" in names) == (loss > 0.0)


@pytest.mark.parametrize(("seed", "loss"), [(0, 0.0), (1, 0.1), (2, 0.3), (3, 0.5)])
def test_cfdp_py_receives_what_we_send(tmp_path: Path, monkeypatch: Any, seed: int, loss: float) -> None:
    monkeypatch.chdir(tmp_path)
    rng = random.Random(seed)
    clock, timers = Clock(monkeypatch), _Timers()
    sender = Sender(164, 16_000.0, timer=lambda t, wait, payload: timers.start(t, payload, wait))
    number = sender.keep("PCAM", 40_003)
    sender.send(0, 1)
    destination = Destination()
    for _ in range(40_000):
        clock.ms += _STEP_MS
        packet = sender.next_packet(clock.ms * _MS)
        lost = packet is None or rng.random() < loss
        for pdu in destination.step(None if packet is None or lost else unwrap(packet)):
            if rng.random() >= loss:
                sender.take(clock.ms * _MS, wrap(164, 0, pdu, telecommand=True))
        timers.run(clock.ms * _MS, sender.expired)
        if not sender.waiting:
            break
    assert not sender.waiting, "it was kept until the other end had it whole"
    assert (tmp_path / f"PCAM_{number:05d}.raw").read_bytes() == content(number, 40_003)


def test_cfdp_pys_receivers_share_what_they_miss() -> None:
    """Why it is not the console's end: what is lost of one file would be asked for again of another."""
    one, other = DestHandler(*_setting(2, 1)), DestHandler(*_setting(2, 1))
    assert one._params.acked_params.lost_seg_tracker is other._params.acked_params.lost_seg_tracker


class _Downlink(World):
    """A link with a sender of products at the rover."""

    def __init__(self, mission: Mission, seed: int = 0) -> None:
        super().__init__(mission, seed=seed, science=self._science)
        self.sender = Sender(164, mission.link.return_rate_bit_s, self.link.science_ready, self._start)
        self.scheduler.handlers["test.sender"] = self.sender.expired

    def _start(self, t_ns: int, wait: int, payload: list[int]) -> None:
        self.scheduler.at(t_ns + wait * 20 * SECOND_NS, "test.sender", payload)

    def _science(self, t_ns: int) -> tuple[bytes, int] | None:
        packet = self.sender.next_packet(t_ns)
        return None if packet is None else (packet, t_ns)

    def _rover(self, t_ns: int, packet: bytes) -> None:
        if packet[:2] == b"\x10\xa4":
            self.sender.take(t_ns, packet)
        else:
            super()._rover(t_ns, packet)

    def came(self, number: int, size: int) -> bytes:
        """What came of a product, in its place."""
        found = bytearray(size)
        for packet in self.at_console:
            if packet.direction is Direction.TM and packet.data[:2] == b"\x00\xa4":
                pdu = decode_pdu(unwrap(packet.data))
                if pdu.transaction.number == number and isinstance(pdu, FileData):
                    found[pdu.offset : pdu.offset + len(pdu.data)] = pdu.data
        return bytes(found)


@pytest.mark.parametrize("seed", range(6))
def test_products_come_whole_over_a_link_in_trouble(mission: Mission, seed: int) -> None:
    world = _Downlink(mission, seed)
    rng = random.Random(seed)
    for leg in ("forward", "return", "earth"):
        world.impair("loss", 4000.0, probability=rng.uniform(0.02, 0.4), leg=leg)
    world.impair("duplicate", 4000.0, probability=0.2, leg="return")
    world.impair("reorder", 4000.0, probability=0.2, delay_s=20.0, leg="earth")
    world.impair("conjunction", 300.0, 100.0)
    sizes = [rng.randint(0, 300_000) for _ in range(3)]
    numbers = [world.sender.keep("PCAM", size) for size in sizes]
    world.sender.send(START, 255)
    command = world.send(5)
    world.run(5000.0)
    for number, size in zip(numbers, sizes, strict=True):
        assert world.came(number, size) == content(number, size)
    told = {int(values["product"]) for values in world.told("PRODUCT_COMPLETE")}
    assert told == set(numbers) and len(world.told("PRODUCT_COMPLETE")) == 3
    assert not world.sender.waiting and not world.told("PRODUCT_FAILED")
    assert world.taken.count(command) == 1


def test_saved_and_loaded_at_any_instant_the_same_bytes_come(mission: Mission) -> None:
    def begin() -> _Downlink:
        world = _Downlink(mission, 3)
        world.impair("loss", 60.0, probability=0.2, leg="return")
        world.impair("loss", 200.0, probability=0.3, leg="forward")
        return world

    whole = begin()
    for size in (120_000, 50_001):
        whole.sender.keep("PCAM", size)
    whole.sender.send(START, 2)
    saved_sender = whole.sender.save()
    whole.run(400.0)
    assert len(whole.told("PRODUCT_COMPLETE")) == 2 and whole.told("PRODUCT_PIECES_MISSING")
    for cut_s in np.random.default_rng(5).uniform(0.0, 120.0, 6):
        part = begin()
        part.sender.load(saved_sender)
        part.link.science_ready(START)
        part.run(float(cut_s))
        plain = [part.scheduler.save(), part.link.save(), part.sender.save()]
        saved = msgspec.msgpack.decode(msgspec.msgpack.encode(plain))
        other = begin()
        other.scheduler.load(saved[0])
        other.link.load(saved[1])
        other.sender.load(saved[2])
        other.scheduler.advance_to(whole.scheduler.now_ns)
        beats = [p for p in part.at_console + other.at_console if p.data[:2] != b"\x08\xa1"]
        assert beats == [p for p in whole.at_console if p.data[:2] != b"\x08\xa1"]


def test_a_command_waits_for_one_nak_at_most(mission: Mission) -> None:
    world = _Downlink(mission)
    world.impair("burst", 30.0, length_s=0.2, gap_s=1.5, leg="return")
    world.sender.keep("PCAM", 400_000)
    world.sender.send(START, 1)
    while not world.told("PRODUCT_PIECES_MISSING"):
        world.run(0.5)
    released_ns = world.scheduler.now_ns
    world.send()
    world.run(30.0)
    radiated_ns = next(t for t, name, _ in world.events if name == "FRAME_RADIATED")
    assert (radiated_ns - released_ns) / 1e9 < 0.1 + 90 * 8 / 125 + 34 * 8 / 125 + 0.05


def test_a_peer_that_talks_nonsense_is_bounded() -> None:
    up: list[bytes] = []
    told: list[str] = []
    receiver = Receiver(lambda t, p: up.append(p), lambda t, n, v: told.append(n), lambda *a: None, 0, 10_000)
    rng = random.Random(1)
    for i in range(3000):
        receiver.take(i, rng.randbytes(rng.randint(0, 60)))
        transaction = Transaction(1, 2, rng.randint(0, 60_000))
        receiver.take(i, wrap(164, 0, encode_data(transaction, rng.randint(0, 1 << 32) - 1, b"x"), False))
        receiver.take(i, wrap(164, 0, encode_pdu(Metadata(transaction, "../../etc/passwd", 1 << 31)), False))
    assert len(receiver.save()["open"]) <= 64 and len(receiver.save()["closed"]) <= 256
    assert "PRODUCT_COMPLETE" not in told


def test_nonsense_that_is_asked_for_is_not_sent() -> None:
    sender = Sender(164, 140_000.0)
    number = sender.keep("PCAM", 5000)
    sender.send(0, 1)
    while sender.next_packet(0) is not None:
        pass
    for wanted in ((4000, 9000), (300, 200), (5000, 5000)):
        nak = Nak(Transaction(1, 2, number), 0, 5000, (wanted,))
        sender.take(0, wrap(164, 0, encode_pdu(nak), telecommand=True))
        assert sender.next_packet(0) is None
    sender.take(0, encode_tm(164, 0, 3, 25, 0, b""))
    assert sender.next_packet(0) is None and sender.waiting == 1
