"""What telemetry proves about telecommands: packets in, stage changes out. No stage is filled without its evidence."""

from dataclasses import dataclass, field
from typing import Final

from roverctl.core.nouns import Stage, StageChange
from roverctl.mission.packets import TmPacket

_VERIFIED: Final = {
    1: (Stage.ACCEPTED, False),
    2: (Stage.ACCEPTED, True),
    3: (Stage.STARTED, False),
    4: (Stage.STARTED, True),
    5: (Stage.PROGRESS, False),
    7: (Stage.COMPLETED, False),
    8: (Stage.COMPLETED, True),
}
_FAILURE_WORDS: Final = {
    1: "checksum failed",
    2: "unknown command",
    3: "argument out of range",
    4: "not in this mode",
    5: "stopped before its end",
    6: "dropped by a STOP",
    7: "no room for instrument data",
}
_GIVEN_UP_WORDS: Final = {
    0: "transmission limit reached",
    1: "no answer in time",
    2: "the receiver is locked out",
    3: "out of step",
    4: "an impossible acknowledgement",
    5: "an unreadable acknowledgement",
    6: "the service ended",
    7: "withdrawn by a STOP",
    8: "nobody is at the other end of the link",
}
_WINDOW: Final = 128  # half of the frame numbers: behind or ahead of what the CLCW expects


@dataclass(slots=True)
class Evidence:
    """Matches frames to requests (the station's report carries both) and reads the reports.

    ``frames`` holds frames radiated whose reception no CLCW has confirmed yet; ``bypassing`` requests radiated out of
    sequence, of which it only counts how many came; ``doubtful`` requests given up on, until the rover answers.
    """

    frames: dict[int, int] = field(default_factory=dict)
    forwarded: dict[int, int] = field(default_factory=dict)
    bypassing: list[int] = field(default_factory=list)
    bypassed: int = 0
    doubtful: set[int] = field(default_factory=set)

    def verification(self, packet: TmPacket, learnt_ns: int) -> list[StageChange] | None:
        """An ST[1] report. The first of a command that nothing else shows to have come proves that, too."""
        known = _VERIFIED.get(packet.subservice)
        if known is None or len(packet.body) < 4:
            return None
        stage, failed = known
        request = int.from_bytes(packet.body[:4], "big")
        rest = packet.body[4:]
        detail = ""
        if stage is Stage.PROGRESS and rest:
            detail = f"{rest[0]} %"
        elif failed and rest:
            detail = _FAILURE_WORDS.get(rest[0], f"failure code {rest[0]}")
        changes = [StageChange(request, stage, packet.generation_ns, learnt_ns, failed, detail)]
        if request in self.doubtful or request in self.bypassing:
            self.doubtful.discard(request)
            self.bypassing = [other for other in self.bypassing if other != request]
            changes.insert(0, StageChange(request, Stage.RECEIVED, packet.generation_ns, learnt_ns))
        return changes

    def event(self, name: str, values: dict[str, float], occurred_ns: int, learnt_ns: int) -> StageChange | None:
        """The station's and the relay's reports."""
        frame, request = int(values.get("frame", -1)), int(values.get("request", -1))
        if name in ("FRAME_RADIATED", "FRAME_RETRANSMITTED"):
            again = name == "FRAME_RETRANSMITTED"
            if again and self.frames.get(frame) != request:
                return None  # a CLCW has confirmed it meanwhile
            self.frames[frame] = self.forwarded[frame] = request
            detail = f"transmission {values['transmission']:.0f}" if again else ""
            return StageChange(request, Stage.SENT, occurred_ns, learnt_ns, False, detail)
        if name == "FRAME_FORWARDED" and frame in self.forwarded:
            return StageChange(self.forwarded.pop(frame), Stage.AT_RELAY, occurred_ns, learnt_ns)
        if name == "BYPASS_RADIATED":
            self.bypassing.append(request)
            return StageChange(request, Stage.SENT, occurred_ns, learnt_ns, False, "bypass")
        if name == "BYPASS_FORWARDED":
            return StageChange(request, Stage.AT_RELAY, occurred_ns, learnt_ns)
        if name == "COMMAND_UNCONFIRMED":
            self.doubtful.add(request)
            self.frames = {number: other for number, other in self.frames.items() if other != request}
            why = _GIVEN_UP_WORDS.get(int(values["reason"]), f"reason {values['reason']:.0f}")
            return StageChange(request, Stage.RECEIVED, occurred_ns, learnt_ns, True, f"unconfirmed: {why}")
        if name == "COMMAND_WITHDRAWN":
            why = _GIVEN_UP_WORDS.get(int(values["reason"]), f"reason {values['reason']:.0f}")
            return StageChange(request, Stage.SENT, occurred_ns, learnt_ns, True, f"not sent: {why}")
        return None

    def clcw(self, word: int, sampled_ns: int, learnt_ns: int) -> list[StageChange]:
        """All frames before the one that the rover expects next have been received; when, is known no better than
        that the CLCW was sampled then.
        """
        changes = []
        come = (word >> 9) - self.bypassed & 3
        self.bypassed = word >> 9 & 3
        if come and come == len(self.bypassing):  # otherwise it is open which of them came
            changes = [StageChange(request, Stage.RECEIVED, sampled_ns, learnt_ns) for request in self.bypassing]
            self.bypassing = []
        expected = word & 0xFF
        received = [frame for frame in self.frames if 0 < (expected - frame) & 0xFF <= _WINDOW]
        return changes + [
            StageChange(self.frames.pop(frame), Stage.RECEIVED, sampled_ns, learnt_ns) for frame in received
        ]
