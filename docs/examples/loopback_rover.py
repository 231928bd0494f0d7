"""A rover of your own at the other end of the console's link, as small as it can be.

    uv run python docs/examples/loopback_rover.py [--port 10015] [--frames]
    uv run main.py console --link tcp://127.0.0.1:10015

It waits for the console, sends housekeeping once a second, takes telecommands, reports on each by ST[1], and drives at
once to wherever DRIVE sends it. The packets are those of the default mission's database; with ``--frames`` they come in
telemetry transfer frames with a CLCW, and telecommands are taken from CLTUs (add ``?framing=frames`` to the link).
"""

import argparse
import math
import socket
import struct
import time

from fastcrc.crc16 import ibm_3740 as crc16
from spacepackets.ecss.pus_1_verification import VerificationParams
from spacepackets.ecss.req_id import RequestId

from roverctl.core.errors import RoverctlError
from roverctl.mission.packets import decode_tc, encode_tm
from roverctl.mission.profile import Mission, load_mission
from roverctl.relay.delivery.frames import decode_cltu

APID = 161
SYNC = b"\x1a\xcf\xfc\x1d"
CLTU_START, CLTU_TAIL = b"\xeb\x90", b"\xc5\xc5\xc5\xc5\xc5\xc5\xc5\x79"


class Rover:
    """What it is, and what it answers."""

    def __init__(self, mission: Mission) -> None:
        self.mission = mission
        self.sequence = 0
        self.values = dict.fromkeys(mission.mdb.packet("ROVER_HK").names, 0.0)
        self.values |= {"ROVER_BATTERY_SOC": 80.0, "ROVER_BATTERY_VOLTAGE": 28.0, "ROVER_BODY_TEMP": 15.0}

    def packet(self, service: int, subservice: int, body: bytes) -> bytes:
        """A telemetry packet of now."""
        self.sequence += 1
        return encode_tm(APID, self.sequence & 0x3FFF, service, subservice, time.time_ns(), body)

    def housekeeping(self) -> bytes:
        """ST[3,25]."""
        codec = self.mission.mdb.packet("ROVER_HK")
        row = [self.values[name] for name in codec.names]
        return self.packet(3, 25, bytes([codec.packet.structure]) + codec.encode(row))

    def telecommand(self, data: bytes) -> list[bytes]:
        """Carry it out; accepted, started and completed, or refused."""
        try:
            tc = decode_tc(data)
            command, arguments = self.mission.mdb.decode_arguments(tc.service, tc.subservice, tc.body)
        except RoverctlError as error:
            print(f"refused: {error}")
            return []
        print(f"{command.name} {arguments}")
        if command.name == "DRIVE":
            heading, distance = math.radians(float(arguments["heading"])), float(arguments["distance"])  # type: ignore[arg-type]
            self.values["ROVER_EAST"] += distance * math.sin(heading)
            self.values["ROVER_NORTH"] += distance * math.cos(heading)
            self.values["ROVER_ODOMETER"] += distance
        self.values["ROVER_TC_ACCEPTED"] += 1
        report = bytes(VerificationParams(req_id=RequestId.unpack(data[:4])).pack())
        return [self.packet(1, subservice, report) for subservice in (1, 3, 7)]


class Framer:
    """Packets in, telemetry transfer frames out (CCSDS 132.0-B); a frame is filled up with an idle packet."""

    def __init__(self, mission: Mission) -> None:
        self.length_b = int(mission.link.tm_frame_b)
        self.spacecraft_id = mission.link.spacecraft_id
        self.count = 0
        self.taken = 0  # type-B frames, for the CLCW

    def frame(self, packets: list[bytes]) -> bytes:
        """One frame, from a packet's beginning on."""
        room_b = self.length_b - 6 - 4 - 2
        data = b"".join(packets)
        if room_b - len(data) >= 7:
            data += struct.pack(">HHH", 0x7FF, 0xC000, room_b - len(data) - 7)
            data = data.ljust(room_b, b"\0")
        head = struct.pack(">HBBH", self.spacecraft_id << 4 | 1, self.count, self.count, 0x1800)
        self.count = self.count + 1 & 0xFF
        frame = head + data[:room_b].ljust(room_b, b"\0") + struct.pack(">I", 1 << 24 | (self.taken & 3) << 9)
        return SYNC + frame + struct.pack(">H", crc16(frame))


def telecommands(buffer: bytes, frames: bool) -> tuple[list[bytes], bytes]:
    """Whole telecommand packets at the beginning of what has come, and the rest."""
    found = []
    while True:
        if frames:
            begin, end = buffer.find(CLTU_START), buffer.find(CLTU_TAIL)
            if begin < 0 or end < begin:
                return found, buffer
            end += len(CLTU_TAIL)
            found.append(decode_cltu(buffer[begin:end]).packet)
        else:
            end = int.from_bytes(buffer[4:6], "big") + 7 if len(buffer) > 6 else 7
            if len(buffer) < end:
                return found, buffer
            found.append(buffer[:end])
        buffer = buffer[end:]


def serve(peer: socket.socket, rover: Rover, framer: Framer | None, period_s: float) -> None:
    """One console, until it goes."""
    peer.settimeout(0.05)
    buffer, due_s = b"", time.monotonic()
    while True:
        out: list[bytes] = []
        try:
            data = peer.recv(65536)
            if not data:
                return
            found, buffer = telecommands(buffer + data, framer is not None)
            for packet in found:
                if framer is not None:
                    framer.taken += 1
                out += rover.telecommand(packet)
        except TimeoutError:
            pass
        if time.monotonic() >= due_s:
            due_s += period_s
            out.append(rover.housekeeping())
        if out:
            peer.sendall(b"".join(out) if framer is None else framer.frame(out))


def main() -> None:
    """Wait for consoles, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=10015)
    parser.add_argument("--frames", action="store_true")
    parser.add_argument("--period", type=float, default=1.0, help="seconds between two housekeeping packets")
    arguments = parser.parse_args()
    mission = load_mission()
    rover, framer = Rover(mission), Framer(mission) if arguments.frames else None
    with socket.create_server(("127.0.0.1", arguments.port)) as server:
        print(f"waiting at port {server.getsockname()[1]}", flush=True)
        while True:
            peer, _ = server.accept()
            print("the console is there", flush=True)
            with peer:
                try:
                    serve(peer, rover, framer, arguments.period)
                except OSError as error:
                    print(f"the console is gone: {error}")


if __name__ == "__main__":
    main()
