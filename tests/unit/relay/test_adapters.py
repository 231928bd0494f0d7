"""Links to a vehicle outside: addresses, streams in pieces and in nonsense, real sockets and files on this machine."""

import contextlib
import random
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from fastcrc.crc16 import ibm_3740 as crc16
from hypothesis import given, settings
from hypothesis import strategies as st

from roverctl.core.errors import InputError
from roverctl.mission.packets import encode_tc, encode_tm
from roverctl.mission.profile import Mission
from roverctl.relay.adapters.address import Address, read_address
from roverctl.relay.adapters.peer import Peer
from roverctl.relay.adapters.splitting import FrameStream, PacketStream
from roverctl.relay.delivery.frames import FrameType, decode_cltu

APIDS = frozenset({161, 162, 163, 164})
SYNC = b"\x1a\xcf\xfc\x1d"
FRAME_B, CRAFT = 128, 61


def _packets(count: int, seed: int = 0) -> list[bytes]:
    rng = random.Random(seed)
    return [encode_tm(161, i, 3, 25, 0, rng.randbytes(rng.randint(0, 300))) for i in range(count)]


def _frames(packets: list[bytes], channel: int = 0) -> list[bytes]:
    """As 132.0-B, 4.1 lays frames out; packets run on from frame to frame, idle data fills the last."""
    room = FRAME_B - 6 - 4 - 2
    starts, data = [], b""
    for packet in packets:
        starts.append(len(data))
        data += packet
    frames = []
    for count, at in enumerate(range(0, len(data), room)):
        pointer = next((start - at for start in starts if at <= start < at + room), 0x7FF)
        piece = data[at : at + room]
        if len(piece) < room:
            fill = room - len(piece)
            pointer = pointer if pointer != 0x7FF else len(piece)
            piece += struct.pack(">HHH", 0x7FF, 0xC000, max(0, fill - 7)) + bytes(fill)
        head = struct.pack(">HBBH", CRAFT << 4 | channel << 1 | 1, count & 0xFF, count & 0xFF, 0x1800 | pointer)
        body = head + piece[:room] + (0x01000000 | count & 0xFF).to_bytes(4, "big")
        frames.append(SYNC + body + crc16(body).to_bytes(2, "big"))
    return frames


@given(st.integers(0, 10**6), st.lists(st.integers(1, 500), min_size=1, max_size=60))
def test_packets_in_any_pieces(seed: int, cuts: list[int]) -> None:
    packets = _packets(20, seed)
    found: list[bytes] = []
    data, stream = b"".join(packets), PacketStream(APIDS)
    while data:
        cut = cuts[len(found) % len(cuts)]
        found += stream.take(data[:cut]).packets
        data = data[cut:]
    assert found == packets


@given(st.integers(0, 10**6))
def test_after_nonsense_packets_come_again(seed: int) -> None:
    rng = random.Random(seed)
    packets = _packets(30, seed)
    data = b"".join(packets[:10]) + bytes([0xF0 | rng.randint(0, 15)]) * rng.randint(1, 3000) + b"".join(packets[10:])
    came = PacketStream(APIDS).take(data)
    assert came.packets == packets and came.discarded_b > 0


@given(st.binary(max_size=3000))
def test_no_octets_upset_a_stream(data: bytes) -> None:
    PacketStream(APIDS).take(data)
    FrameStream(FRAME_B, CRAFT, APIDS).take(SYNC + data)


@given(st.integers(0, 10**6), st.integers(1, 700))
@settings(max_examples=50)
def test_packets_across_frames_in_any_pieces(seed: int, cut: int) -> None:
    packets = _packets(15, seed)
    data = b"noise" + b"".join(_frames(packets))
    found: list[bytes] = []
    words: list[int] = []
    stream = FrameStream(FRAME_B, CRAFT, APIDS)
    for at in range(0, len(data), cut):
        came = stream.take(data[at : at + cut])
        found += came.packets
        words += came.words
    assert found == packets
    assert [word & 0xFF for word in words] == [i & 0xFF for i in range(len(words))]


@pytest.mark.parametrize("seed", range(5))
def test_a_lost_frame_costs_its_own_packets_and_no_others(seed: int) -> None:
    packets = _packets(30, seed)
    frames = _frames(packets)
    gone = random.Random(seed).randrange(1, len(frames) - 1)
    damaged = frames[gone][:40] + b"\xff\x00" + frames[gone][42:]
    room, at = FRAME_B - 12, 0
    whole = []
    for packet in packets:
        if at + len(packet) <= gone * room or at >= (gone + 1) * room:
            whole.append(packet)
        at += len(packet)
    for replacement in (b"", damaged):
        data = b"".join([*frames[:gone], replacement, *frames[gone + 1 :]])
        came = FrameStream(FRAME_B, CRAFT, APIDS).take(data)
        assert came.packets == whole and came.frames_lost == 1


def test_addresses() -> None:
    assert read_address("tcp://localhost:7") == Address("tcp", "localhost", 7)
    assert read_address("tcp://[::1]:7?listen&framing=frames") == Address("tcp", "::1", 7, listen=True, frames=True)
    assert read_address("udp://rover:7?tm=8") == Address("udp", "rover", 7, 8)
    assert read_address("file:/a%20b?tm=/c") == Address("file", tc_file=Path("/a b"), tm_file=Path("/c"))


@pytest.mark.parametrize(
    "text",
    ["", "tcp://", "tcp://host", "tcp://host:99999", "tcp://host:1?tm=3", "udp://host:1", "udp://host:1?tm=x", "http://h:1",
     "file:", "file:/a", "tcp://h:1?framing=usb", "tcp://h:x", "udp://h:1?tm=70000", "file://h/a?tm=/b", "tcp://[::1:7"],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match="link '"):
        read_address(text)


class _Console:
    """A peer with a clock, and what came."""

    def __init__(self, mission: Mission, link: str) -> None:
        self.peer = Peer(read_address(link), mission)
        self.packets: list[bytes] = []
        self.words: list[int] = []

    def look(self) -> None:
        packets, words = self.peer.receive(time.monotonic_ns())
        self.packets += packets
        self.words += words

    def until(self, holds: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not holds():
            self.look()
            assert time.monotonic() < end, "not in time"
            time.sleep(0.002)

    @property
    def told(self) -> list[str]:
        return [item.name for item in self.peer.told]


def _server() -> tuple[socket.socket, int]:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(10.0)
    return server, server.getsockname()[1]


def test_tcp_both_ways_and_again_after_it_broke_off(mission: Mission) -> None:
    server, port = _server()
    console = _Console(mission, f"tcp://127.0.0.1:{port}")
    packets = _packets(50)
    for _ in range(2):
        console.until(lambda: console.peer.up)
        vehicle, _ = server.accept()
        vehicle.settimeout(10.0)
        assert console.peer.send(encode_tc(161, 0, 17, 1, b""))
        assert vehicle.recv(100) == encode_tc(161, 0, 17, 1, b"")
        vehicle.sendall(b"".join(packets) + packets[0][:9])  # the last is cut off with the connection
        console.until(lambda: len(console.packets) >= 50)
        vehicle.close()
        console.until(lambda: not console.peer.up)
        assert not console.peer.send(b"nobody")
        assert console.packets == packets
        console.packets.clear()
    assert console.told == ["LINK_UP", "LINK_DOWN"] * 2
    console.peer.close()
    server.close()


def test_tcp_waits_for_a_peer_and_frames_carry_both_ways(mission: Mission) -> None:
    server, port = _server()
    server.close()
    console = _Console(mission, f"tcp://127.0.0.1:{port}?listen&framing=frames")
    assert not console.peer.up
    vehicle = socket.create_connection(("127.0.0.1", port))
    console.until(lambda: console.peer.up)
    assert console.peer.send(encode_tc(161, 5, 17, 1, b""))
    frame = decode_cltu(vehicle.recv(1000))
    assert (frame.packet, frame.kind) == (encode_tc(161, 5, 17, 1, b""), FrameType.BD)
    frame_b = int(mission.link.tm_frame_b)
    packet = _packets(1)[0]
    filled = (packet + struct.pack(">HHH", 0x7FF, 0xC000, frame_b - 12 - len(packet) - 7)).ljust(frame_b - 12, b"\0")
    body = struct.pack(">HBBH", mission.link.spacecraft_id << 4 | 1, 0, 0, 0x1800) + filled + b"\x01\0\0\x07"
    vehicle.sendall(SYNC + body + crc16(body).to_bytes(2, "big"))
    console.until(lambda: bool(console.packets))
    assert console.packets == [packet] and console.words == [0x01000007]
    console.peer.close()
    vehicle.close()


def test_udp_both_ways(mission: Mission) -> None:
    vehicle = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    vehicle.bind(("127.0.0.1", 0))
    vehicle.settimeout(10.0)
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.bind(("127.0.0.1", 0))
    tm_port = probe.getsockname()[1]
    probe.close()
    console = _Console(mission, f"udp://127.0.0.1:{vehicle.getsockname()[1]}?tm={tm_port}")
    assert console.peer.send(encode_tc(161, 0, 17, 1, b""))
    assert vehicle.recv(100) == encode_tc(161, 0, 17, 1, b"")
    packets = _packets(20)
    for i, packet in enumerate(packets):
        vehicle.sendto(packet[:9] if i == 3 else packet, ("127.0.0.1", tm_port))
    console.until(lambda: len(console.packets) == 19)
    assert console.packets == packets[:3] + packets[4:], "a cut datagram does not swallow the next"
    console.peer.close()
    vehicle.close()


def test_files_both_ways(mission: Mission, tmp_path: Path) -> None:
    tc, tm = tmp_path / "tele commands", tmp_path / "tm"
    console = _Console(mission, f"file:{quote(str(tc))}?tm={quote(str(tm))}")
    console.look()  # the telemetry's is not there yet
    packets = _packets(20)
    with tm.open("wb", buffering=0) as stream:
        for packet in packets:
            stream.write(packet[:5])
            console.look()
            stream.write(packet[5:])
            console.look()
    console.until(lambda: len(console.packets) == 20)
    assert console.packets == packets
    assert console.peer.send(b"one") and console.peer.send(b"two")
    assert tc.read_bytes() == b"onetwo"
    console.peer.close()


def test_a_flood_of_nonsense_is_bounded_and_told(mission: Mission) -> None:
    server, port = _server()
    console = _Console(mission, f"tcp://127.0.0.1:{port}")
    console.until(lambda: console.peer.up)
    vehicle, _ = server.accept()
    vehicle.setblocking(False)
    nonsense = random.Random(3).randbytes(1 << 16)
    longest_s, sent = 0.0, 0
    for _ in range(60):
        with contextlib.suppress(BlockingIOError):  # the flood waits in its own socket
            sent += vehicle.send(nonsense)
        begun = time.process_time()
        console.look()
        longest_s = max(longest_s, time.process_time() - begun)
    assert sent > 1 << 18 and longest_s < 0.1
    assert "LINK_NONSENSE" in console.told and len(console.peer.told) <= 3
    console.peer.close()
    server.close()


def test_a_peer_that_takes_nothing_is_given_no_more_than_a_megabyte(mission: Mission) -> None:
    server, port = _server()
    console = _Console(mission, f"tcp://127.0.0.1:{port}")
    console.until(lambda: console.peer.up)
    taken = [console.peer.send(bytes(1000)) for _ in range(20_000)]
    assert taken[0] and not taken[-1]
    console.peer.close()
    server.close()


def test_ports_and_files_that_cannot_be_used_are_told(mission: Mission, tmp_path: Path) -> None:
    server, port = _server()
    for link in (
        f"tcp://127.0.0.1:{port}?listen",
        f"file:{tmp_path}/none/tc?tm=tm",
        "udp://no.such.host.invalid:1?tm=2",
    ):
        with pytest.raises(InputError, match="link: "):
            Peer(read_address(link), mission)
    server.close()
