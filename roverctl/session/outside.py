"""The engine's place taken by a vehicle outside: what comes over a link is read as telemetry, telecommands go out.

Time is the wall clock's, at its own speed, which whoever runs it hands in; the link's delay is what it is. That a
telecommand was handed over is told as the station's report of a bypass frame, which is the evidence of SENT.
"""

import heapq
from typing import Any, Final

from roverctl.core.errors import InputError
from roverctl.core.nouns import Direction, RawPacket
from roverctl.ephemeris.sky import Sky
from roverctl.mission.file_pdus import LARGEST_FILE_B, is_file_packet, wrap
from roverctl.mission.packets import decode_tm, encode_tm, request_id
from roverctl.mission.profile import Mission
from roverctl.relay.adapters.address import read_address
from roverctl.relay.adapters.peer import Peer
from roverctl.relay.delivery.tables import LinkTables
from roverctl.relay.delivery.timing import Timing
from roverctl.relay.products.receiver import Receiver
from roverctl.session.ground_segment import GroundSegment
from roverctl.session.report import Report

NO_IMPAIRMENTS: Final = "A real link is impaired by nobody from here."
_NAK_PACKET_B: Final = 63


class OutsideEngine:
    """What the engine's process runs where an operation has a link.

    Parameters
    ----------
    mission
        What the packets mean; the geometry and rates that answers are waited for by.
    link
        An address as in ``relay.adapters.address``.
    start_ns
        Where the clock stands as it begins.

    Raises
    ------
    InputError
        When the address is none, or cannot be used.
    """

    def __init__(self, mission: Mission, link: str, start_ns: int) -> None:
        self.mission = mission
        self.now_ns = start_ns
        self.ground = GroundSegment(mission.mdb)
        self._peer = Peer(read_address(link), mission)
        self._timing = Timing(mission, LinkTables(Sky(mission)))
        self._files_apid = mission.mdb.apids.get("files")
        self._receiver = Receiver(
            self._uplink_file,
            self._tell,
            self._await_file,
            merge_b=int(8 * mission.link.return_rate_bit_s / mission.link.forward_rate_bit_s),
            largest_b=int(min(mission.vehicle.store_size_b, LARGEST_FILE_B)),
        )
        self._timers: list[tuple[int, int, list[Any]]] = []
        self._timer_number = 0
        self._sequences = {"ground": 0, "files": 0}

    @property
    def up(self) -> bool:
        """Whether there is a peer, as far as it is known."""
        return self._peer.up

    def uplink(self, packet: bytes) -> None:
        """A telecommand packet leaves the console now; that it did, or could not, is told."""
        self.ground.take(RawPacket(Direction.TC, self.now_ns, self.now_ns, packet))
        sent = self._peer.send(packet)
        request = request_id(packet)
        if sent:
            self._tell(self.now_ns, "BYPASS_RADIATED", [request, 0])
        else:
            self._tell(self.now_ns, "COMMAND_WITHDRAWN", [request, _NO_PEER])

    def impair(self, name: str, arguments: dict[str, Any], duration_s: float) -> None:
        """Never.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(NO_IMPAIRMENTS)

    def advance_to(self, t_ns: int, budget: int | None = None) -> bool:
        """Take what has come; it came at ``t_ns``."""
        self.now_ns = t_ns = max(t_ns, self.now_ns)
        packets, words = self._peer.receive(t_ns)
        for word in words:
            self.ground.take(RawPacket(Direction.CLCW, t_ns, t_ns, word.to_bytes(4, "big")))
        for packet in packets:
            is_file = is_file_packet(packet, self._files_apid)
            self.ground.take(RawPacket(Direction.TM, t_ns if is_file else _generated(packet, t_ns), t_ns, packet))
            if is_file:
                self._receiver.take(t_ns, packet)
        while self._timers and self._timers[0][0] <= t_ns:
            self._receiver.expired(t_ns, heapq.heappop(self._timers)[2])
        told, self._peer.told = self._peer.told, []
        for item in told:
            self._tell(t_ns, item.name, item.values)
        return True

    def report(self) -> Report:
        """What reached the console since the last call."""
        return self.ground.report()

    def close(self) -> None:
        """End the link."""
        self._peer.close()

    # The file service, and what the ground says of itself

    def _uplink_file(self, t_ns: int, pdu: bytes) -> None:
        packet = wrap(self._files_apid or 0, self._sequences["files"], pdu, telecommand=True)
        self._sequences["files"] = (self._sequences["files"] + 1) & 0x3FFF
        self.ground.take(RawPacket(Direction.TC, t_ns, t_ns, packet))
        self._peer.send(packet)

    def _await_file(self, t_ns: int, pdus: int, wait: int, payload: list[Any]) -> None:
        sent_ns = t_ns + self._timing.ground_ns + pdus * self._timing.cltu_ns(_NAK_PACKET_B)
        due_ns = self._timing.answer_due_ns(sent_ns) + (wait - 1) * self._timing.round_trip_ns(t_ns)
        self._timer_number += 1
        heapq.heappush(self._timers, (due_ns, self._timer_number, payload))

    def _tell(self, t_ns: int, name: str, values: list[float]) -> None:
        mdb = self.mission.mdb
        if name not in mdb.event_by_name:
            return
        sequence = self._sequences["ground"]
        self._sequences["ground"] = (sequence + 1) & 0x3FFF
        packet = encode_tm(mdb.apids["ground"], sequence, 5, 1, t_ns, mdb.encode_event(name, values))
        self.ground.take(RawPacket(Direction.TM, t_ns, t_ns, packet))


_NO_PEER: Final = 8  # in the MDB's COP_ALERT


def _generated(packet: bytes, t_ns: int) -> int:
    """A packet's own time; its reception where it cannot be read."""
    try:
        return decode_tm(packet).generation_ns
    except InputError:
        return t_ns
