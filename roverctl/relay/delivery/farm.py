"""The frame acceptance at the far end: FARM-1 of COP-1 (CCSDS 232.1-B-2, section 6). In order, once, or refused.

Rows and states are those of its table 6-1: S1 open, S3 lockout. S2 (wait) and with it E2 and E10 do not occur: the
executive takes every packet at once, so there is always a buffer.
"""

from typing import Any, Final

from roverctl.relay.delivery.frames import UNLOCK, Clcw, Frame, FrameType

WINDOW: Final = (
    127  # frame numbers ahead (PW) and behind (NW) that are no reason for lockout; the widest allowed is 254
)


class Farm:
    """V(R), the flags of the CLCW, and the sequence counts of the last packets taken.

    The counts are a check above the frames: a packet whose count is not ahead of the last one taken in sequence is a
    repetition that a late control frame let through; a bypass with the count of the last bypass came twice. Neither
    goes further.
    """

    def __init__(self) -> None:
        self.expected = 0
        self.retransmit = False
        self.lockout = False
        self.bypassed = 0
        self.last_count = -1
        self.last_bypass = -1

    def take(self, frame: Frame) -> bytes | None:
        """The packet of a valid frame when it may go on, else None. A frame that fails its checks (E9) never gets
        here.
        """
        if frame.kind is FrameType.BD:  # E6
            self.bypassed = self.bypassed + 1 & 3
            last, self.last_bypass = self.last_bypass, _count(frame.packet)
            return frame.packet if self.last_bypass != last else None
        if frame.kind is FrameType.BC:
            self._control(frame.packet)
            return None
        return frame.packet if self._in_sequence(frame.sequence) and self._is_new(frame.packet) else None

    def _in_sequence(self, number: int) -> bool:
        """Whether a type-AD frame is the one expected."""
        if self.lockout:  # S3: E1, E3, E4 and E5 all discard
            return False
        ahead = (number - self.expected) & 0xFF
        if ahead == 0:  # E1
            self.expected = (self.expected + 1) & 0xFF
            self.retransmit = False
            return True
        if ahead < WINDOW:  # E3: a gap
            self.retransmit = True
        elif ahead < 256 - WINDOW:  # E5: in neither window
            self.lockout = True
        return False  # E4, behind: a duplicate, which asks for nothing

    def _control(self, command: bytes) -> None:
        """Unlock (E7) and Set V(R) (E8), which lockout refuses; anything else is invalid (E9)."""
        if command == UNLOCK:
            self.retransmit = self.lockout = False
        elif len(command) == 3 and command[:2] == b"\x82\x00":
            if not self.lockout:
                self.expected = command[2]
                self.retransmit = False
        else:
            return
        self.bypassed = self.bypassed + 1 & 3

    def _is_new(self, packet: bytes) -> bool:
        count = _count(packet)
        if self.last_count >= 0 and (count - self.last_count - 1) & 0x3FFF >= 0x2000:
            return False
        self.last_count = count
        return True

    def report(self) -> Clcw:
        """What the CLCW says now (E11)."""
        return Clcw(self.expected, self.retransmit, False, self.lockout, self.bypassed)

    def save(self) -> list[Any]:
        """Everything, as plain data."""
        return [self.expected, self.retransmit, self.lockout, self.bypassed, self.last_count, self.last_bypass]

    def load(self, saved: list[Any]) -> None:
        """Take the place of what ``save`` gave."""
        self.expected, self.retransmit, self.lockout, self.bypassed, self.last_count, self.last_bypass = saved


def _count(packet: bytes) -> int:
    """A packet's sequence count."""
    return int.from_bytes(packet[2:4], "big") & 0x3FFF
