"""Space packets and telemetry transfer frames out of a stream of octets, whatever comes: bounded, and in step again.

Packets: CCSDS 133.0-B, 4.1. Frames: TM transfer frames of one length (132.0-B, 4.1) with the attached sync marker
(131.0-B, 9.2) before each, with or without CLCW, checked by their frame error control.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from fastcrc.crc16 import ibm_3740 as crc16

_LONGEST_B: Final = 1 << 16  # of a space packet, and its header
_SYNC: Final = b"\x1a\xcf\xfc\x1d"
_HEADER_B: Final = 6
_NO_PACKET: Final = 0x7FF  # first header pointers
_IDLE: Final = 0x7FE
_IDLE_APID: Final = 0x7FF


@dataclass(slots=True)
class Came:
    """What a stream gave: packets, CLCWs, and how many octets and frames were of no use."""

    packets: list[bytes] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    discarded_b: int = 0
    frames_lost: int = 0


class PacketStream:
    """Telemetry packets one after the other. After nonsense it looks for the next header that can be one: version 0,
    telemetry, an APID of ``apids``, not longer than a packet can be expected to be.
    """

    def __init__(self, apids: frozenset[int], longest_b: int = 4096) -> None:
        self._longest_b = min(longest_b, _LONGEST_B)
        words = [flag << 11 | apid for apid in sorted(apids | {_IDLE_APID}) for flag in (0, 1)]
        self._begins = re.compile(b"|".join(re.escape(word.to_bytes(2, "big")) for word in words))
        self._rest = b""

    def take(self, data: bytes) -> Came:
        """Octets that have come."""
        came = Came()
        data = self._rest + data
        at = 0
        while len(data) - at >= _HEADER_B:
            length = self._length(data, at)
            if length == 0:
                found = self._begins.search(data, at + 1)
                next_at = len(data) - 1 if found is None else found.start()
                came.discarded_b += next_at - at
                at = next_at
            elif len(data) - at < length:
                break
            else:
                if int.from_bytes(data[at : at + 2], "big") & 0x7FF != _IDLE_APID:
                    came.packets.append(data[at : at + length])
                at += length
        self._rest = data[at:]
        return came

    def _length(self, data: bytes, at: int) -> int:
        """Of the packet that begins there; 0 when none can."""
        length = int.from_bytes(data[at + 4 : at + 6], "big") + 7
        return length if length <= self._longest_b and self._begins.match(data, at) else 0

    def forget(self) -> None:
        """What was begun will not go on."""
        self._rest = b""


class FrameStream:
    """Telemetry transfer frames, ``frame_b`` long without their marker; one master channel, each virtual channel apart.

    A gap in a channel's count gives up the packet that it was in the midst of.
    """

    def __init__(self, frame_b: int, spacecraft_id: int, apids: frozenset[int]) -> None:
        self._frame_b, self._spacecraft_id, self._apids = frame_b, spacecraft_id, apids
        self._rest = b""
        self._channels: dict[int, tuple[int, PacketStream, bool]] = {}  # count, stream, in step

    def take(self, data: bytes) -> Came:
        """Octets that have come."""
        came = Came()
        data = self._rest + data
        whole_b = len(_SYNC) + self._frame_b
        at = 0
        while len(data) - at >= whole_b:
            if data.startswith(_SYNC, at):
                frame = data[at + len(_SYNC) : at + whole_b]
                if crc16(frame) == 0 and self._frame(frame, came):
                    at += whole_b
                    continue
            found = data.find(_SYNC, at + 1)
            skipped = (found if found >= 0 else len(data) - len(_SYNC) + 1) - at
            came.discarded_b += skipped
            at += skipped
        self._rest = data[at:]
        return came

    def _frame(self, frame: bytes, came: Came) -> bool:
        word = int.from_bytes(frame[:2], "big")
        if word >> 14 or word >> 4 & 0x3FF != self._spacecraft_id:
            return False
        end = len(frame) - 2
        if word & 1:
            end -= 4
            came.words.append(int.from_bytes(frame[end : end + 4], "big"))
        channel, count = word >> 1 & 7, frame[3]
        last, stream, in_step = self._channels.get(channel, (count - 1 & 0xFF, PacketStream(self._apids), False))
        lost = count - last - 1 & 0xFF
        if lost:
            came.frames_lost += lost
            stream.forget()
            in_step = False
        pointer = int.from_bytes(frame[4:6], "big") & 0x7FF
        if pointer < _IDLE or (pointer == _NO_PACKET and in_step):
            begin = 6 if in_step else 6 + pointer
            if begin <= end:
                found = stream.take(frame[begin:end])
                came.packets += found.packets
                came.discarded_b += found.discarded_b
                in_step = True
        self._channels[channel] = (count, stream, in_step)
        return True

    def forget(self) -> None:
        """What was begun will not go on."""
        self._rest = b""
        self._channels.clear()
