"""What the rover sends: housekeeping, verification, event and time reports, as packets with a sequence count.

Their time is that of the rover's own clock.
"""

import math
import struct

from spacepackets.ecss.pus_1_verification import ErrorCode, FailureNotice, StepId, VerificationParams
from spacepackets.ecss.req_id import RequestId

from roverctl.mission.mdb import Mdb
from roverctl.mission.packets import encode_tm
from roverctl.rover.clock import RoverClock

ACCEPTED, REFUSED, STARTED, NOT_STARTED, PROGRESS, _, COMPLETED, NOT_COMPLETED = range(1, 9)


class Failure:
    """Failure codes of ST[1] reports, a byte each."""

    CHECKSUM = 1
    UNKNOWN_COMMAND = 2
    BAD_ARGUMENTS = 3
    WRONG_MODE = 4
    STOPPED = 5
    DROPPED = 6
    NO_SPACE = 7


class Reporter:
    """Makes the rover's packets; its sequence count is part of the saved state."""

    def __init__(self, mdb: Mdb) -> None:
        self._mdb = mdb
        self._apid = mdb.apids["rover"]
        self._housekeeping = mdb.packet("ROVER_HK")
        self.sequence = 0
        self.clock = RoverClock()

    def _packet(self, service: int, subservice: int, t_ns: int, body: bytes) -> bytes:
        packet = encode_tm(self._apid, self.sequence, service, subservice, self.clock.reading(t_ns), body)
        self.sequence = (self.sequence + 1) & 0x3FFF
        return packet

    def housekeeping(self, t_ns: int, values: dict[str, float]) -> bytes:
        """ST[3,25]: the structure's number, then its parameters in engineering values."""
        row = [values[name] for name in self._housekeeping.names]
        body = bytes([self._housekeeping.packet.structure]) + self._housekeeping.encode(row)
        return self._packet(3, 25, t_ns, body)

    def event(self, t_ns: int, name: str, values: list[float]) -> bytes:
        """ST[5]; the subservice follows from the event's severity (1 information, 2 low, 3 medium, 4 high)."""
        severity = self._mdb.event_by_name[name].severity
        subservice = {"info": 1, "watch": 2, "warning": 3, "distress": 3}.get(severity, 4)
        return self._packet(5, subservice, t_ns, self._mdb.encode_event(name, values))

    def time(self, t_ns: int) -> bytes:
        """ST[9,2]: the clock, in nanoseconds since 1970."""
        return self._packet(9, 2, t_ns, struct.pack(">q", self.clock.reading(t_ns)))

    def verification(
        self, t_ns: int, request: int, subservice: int, failure: int | None = None, detail: int = 0, percent: int = 0
    ) -> bytes:
        """ST[1]: a failure carries its code and a byte of detail, progress its percent as the step's number."""
        parameters = VerificationParams(
            req_id=RequestId.unpack(request.to_bytes(4, "big")),
            step_id=StepId.with_byte_size(1, percent) if subservice == PROGRESS else None,
            failure_notice=None
            if failure is None
            else FailureNotice(ErrorCode.with_byte_size(1, failure), bytes([detail])),
        )
        return self._packet(1, subservice, t_ns, bytes(parameters.pack()))


def degrees(angle_rad: float) -> float:
    """0..360, for headings and azimuths."""
    return math.degrees(angle_rad) % 360.0
