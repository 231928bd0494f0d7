"""Telecommand transfer frames and CLTUs as real bytes (CCSDS 232.0-B, 231.0-B), and the CLCW (232.0-B, 4.2).

Their length is what the forward link charges for: a 64-byte packet becomes a 98-byte CLTU.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from fastcrc.crc16 import ibm_3740 as crc16

from roverctl.core.errors import PacketError

MAX_PACKET_B: Final = 1024 - 5 - 2  # of a frame, less header and frame error control
_HEADER: Final = struct.Struct(">HHB")
_START: Final = b"\xeb\x90"
_TAIL: Final = b"\xc5\xc5\xc5\xc5\xc5\xc5\xc5\x79"
_FILL: Final = 0x55
_BLOCK: Final = 7


def _parity_table() -> list[int]:
    """One step of the BCH(63,56) register, x^7 + x^6 + x^2 + 1, for each byte put in (231.0-B, 3.3)."""
    table = []
    for value in range(256):
        register = value
        for _ in range(8):
            register = (register << 1) ^ (0x8A if register & 0x80 else 0)
        table.append(register & 0xFF)
    return table


_PARITY: Final = _parity_table()


def _bch_byte(block: bytes) -> int:
    """The eighth byte of a codeblock: seven parity bits, inverted, and a zero."""
    register = 0
    for value in block:
        register = _PARITY[register ^ value]
    return (register ^ 0xFE) & 0xFE


class FrameType(IntEnum):
    """What a frame asks of the far end: its bypass and control command flags (232.0-B, 4.1.2.3), bypass first."""

    AD = 0b00  # data, in sequence
    BD = 0b10  # data that bypasses the sequence
    BC = 0b11  # a control command for the frame acceptance itself


UNLOCK: Final = b"\x00"  # 232.0-B, 4.1.3.3.2


def set_vr(number: int) -> bytes:
    """The control command that sets the frame number expected next (232.0-B, 4.1.3.3.3)."""
    return bytes([0x82, 0x00, number & 0xFF])


def encode_frame(
    packet: bytes, spacecraft_id: int, virtual_channel: int, sequence: int, kind: FrameType = FrameType.AD
) -> bytes:
    """A frame around one packet, or around a control command.

    Raises
    ------
    PacketError
        When the packet does not fit a frame.
    """
    if len(packet) > MAX_PACKET_B:
        raise PacketError(f"a telecommand packet of {len(packet)} bytes; a frame takes {MAX_PACKET_B}")
    length = _HEADER.size + len(packet) + 2
    frame = (
        _HEADER.pack(kind << 12 | spacecraft_id & 0x3FF, (virtual_channel & 0x3F) << 10 | (length - 1), sequence & 0xFF)
        + packet
    )
    return frame + struct.pack(">H", crc16(frame))


def encode_cltu(frame: bytes) -> bytes:
    """Start sequence, codeblocks of seven bytes and parity, tail sequence."""
    padded = frame + bytes([_FILL]) * (-len(frame) % _BLOCK)
    blocks = [padded[i : i + _BLOCK] for i in range(0, len(padded), _BLOCK)]
    return _START + b"".join(block + bytes([_bch_byte(block)]) for block in blocks) + _TAIL


@dataclass(frozen=True, slots=True)
class Frame:
    """A telecommand frame, read."""

    sequence: int
    packet: bytes
    kind: FrameType = FrameType.AD
    channel: int = 0


def decode_cltu(data: bytes) -> Frame:
    """Undo ``encode_cltu`` and ``encode_frame``.

    Raises
    ------
    PacketError
        When start, parity, length or frame error control are wrong.
    """
    if data[:2] != _START:
        raise PacketError("no CLTU start sequence")
    content = b""
    position = 2
    while len(data) - position >= 8 and data[position : position + 8] != _TAIL:
        block = data[position : position + _BLOCK]
        if _bch_byte(block) != data[position + _BLOCK]:
            break
        content += block
        position += 8
    if len(content) < _HEADER.size + 2:
        raise PacketError("a CLTU without a whole frame")
    first, word, sequence = _HEADER.unpack_from(content)
    length = (word & 0x3FF) + 1
    if length < _HEADER.size + 2 or length > len(content) or crc16(content[:length]) != 0:
        raise PacketError("frame error control failed")
    if first >> 12 not in tuple(FrameType):
        raise PacketError(f"no frame has version and flags {first >> 12:04b}")
    return Frame(sequence, content[_HEADER.size : length - 2], FrameType(first >> 12), word >> 10)


def cltu_length(packet_length: int) -> int:
    """Bytes on the forward link for a packet of so many bytes."""
    frame = _HEADER.size + packet_length + 2
    return len(_START) + -(-frame // _BLOCK) * 8 + len(_TAIL)


@dataclass(frozen=True, slots=True)
class Clcw:
    """A communications link control word (232.0-B, 4.2.1): what the far end's frame acceptance reports of itself.

    ``expected`` is N(R), the frame number expected next; ``bypassed`` counts type-B frames modulo 4.
    """

    expected: int
    retransmit: bool = False
    wait: bool = False
    lockout: bool = False
    bypassed: int = 0

    def encode(self, virtual_channel: int) -> int:
        """The 32-bit word; COP-1 in effect, nothing said of the radio."""
        flags = self.lockout << 13 | self.wait << 12 | self.retransmit << 11 | (self.bypassed & 3) << 9
        return 1 << 24 | (virtual_channel & 0x3F) << 18 | flags | self.expected & 0xFF


def decode_clcw(word: int) -> Clcw:
    """Read a CLCW."""
    return Clcw(word & 0xFF, bool(word >> 11 & 1), bool(word >> 12 & 1), bool(word >> 13 & 1), word >> 9 & 3)
