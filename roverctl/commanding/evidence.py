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
_WINDOW: Final = 128  # half of the frame numbers: behind or ahead of what the CLCW expects


@dataclass(slots=True)
class Evidence:
    """Matches frames to requests (the station's report carries both) and reads the reports.

    ``frames`` holds frames radiated whose reception no CLCW has confirmed yet.
    """

    frames: dict[int, int] = field(default_factory=dict)
    forwarded: dict[int, int] = field(default_factory=dict)

    def verification(self, packet: TmPacket, learnt_ns: int) -> StageChange | None:
        """An ST[1] report."""
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
        return StageChange(request, stage, packet.generation_ns, learnt_ns, failed, detail)

    def event(self, name: str, values: dict[str, float], occurred_ns: int, learnt_ns: int) -> StageChange | None:
        """The station's and the relay's reports."""
        frame = int(values.get("frame", -1))
        if name == "FRAME_RADIATED":
            request = int(values["request"])
            self.frames[frame] = self.forwarded[frame] = request
            return StageChange(request, Stage.SENT, occurred_ns, learnt_ns)
        if name == "FRAME_FORWARDED" and frame in self.forwarded:
            return StageChange(self.forwarded.pop(frame), Stage.AT_RELAY, occurred_ns, learnt_ns)
        return None

    def clcw(self, word: int, sampled_ns: int, learnt_ns: int) -> list[StageChange]:
        """All frames before the one that the rover expects next have been received; when, is known no better than
        that the CLCW was sampled then.
        """
        expected = word & 0xFF
        received = [frame for frame in self.frames if 0 < (expected - frame) & 0xFF <= _WINDOW]
        return [StageChange(self.frames.pop(frame), Stage.RECEIVED, sampled_ns, learnt_ns) for frame in received]
