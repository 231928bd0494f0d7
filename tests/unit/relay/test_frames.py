"""Telecommand frames, CLTUs and CLCWs against the standards' own arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roverctl.core.errors import PacketError
from roverctl.mission.packets import encode_tc
from roverctl.relay.delivery.frames import (
    MAX_PACKET_B,
    Clcw,
    Frame,
    cltu_length,
    decode_clcw,
    decode_cltu,
    encode_cltu,
    encode_frame,
)

packets = st.binary(min_size=1, max_size=MAX_PACKET_B)


def _remainder(block: bytes) -> int:
    """Of the block's polynomial times x^7, divided by x^7 + x^6 + x^2 + 1, bit by bit."""
    generator = 0b11000101
    value = int.from_bytes(block, "big") << 7
    for bit in range(value.bit_length() - 1, 6, -1):
        if value >> bit & 1:
            value ^= generator << (bit - 7)
    return value


@given(st.binary(min_size=7, max_size=70))
def test_every_codeblock_ends_in_inverted_bch_parity_and_a_zero(frame: bytes) -> None:
    cltu = encode_cltu(frame)
    assert cltu[:2] == bytes.fromhex("EB90") and cltu[-8:] == bytes.fromhex("C5C5C5C5C5C5C579")
    blocks = [cltu[i : i + 8] for i in range(2, len(cltu) - 8, 8)]
    for block in blocks:
        assert block[7] == (~_remainder(block[:7]) & 0x7F) << 1
    content = b"".join(block[:7] for block in blocks)
    assert content[: len(frame)] == frame and set(content[len(frame) :]) <= {0x55} and len(content) - len(frame) < 7


def test_known_lengths() -> None:
    ping = encode_tc(161, 0, 17, 1, b"")
    assert len(ping) == 13
    assert len(encode_cltu(encode_frame(ping, 61, 0, 0))) == cltu_length(13) == 34
    assert 34 * 8 / 125 == 2.176
    assert len(encode_cltu(encode_frame(bytes(64), 61, 0, 0))) == cltu_length(64) == 98


@given(packets, st.integers(0, 1023), st.integers(0, 63), st.integers(0, 255))
def test_a_packet_comes_back_and_takes_the_length_foretold(
    packet: bytes, craft: int, channel: int, number: int
) -> None:
    frame = encode_frame(packet, craft, channel, number)
    # 232.0-B, 4.1.2: version 00, type AD (bypass 0, control 0), spare 00, craft; channel, length less one; number
    assert int.from_bytes(frame[:2], "big") == craft
    assert frame[2] >> 2 == channel and int.from_bytes(frame[2:4], "big") & 0x3FF == len(frame) - 1
    cltu = encode_cltu(frame)
    assert len(cltu) == cltu_length(len(packet))
    assert decode_cltu(cltu) == Frame(number, packet, channel=channel)


def test_a_packet_too_long_for_a_frame_is_refused() -> None:
    with pytest.raises(PacketError, match="a frame takes 1017"):
        encode_frame(bytes(MAX_PACKET_B + 1), 61, 0, 0)


def test_each_single_flipped_bit_between_start_and_tail_is_detected() -> None:
    cltu = encode_cltu(encode_frame(encode_tc(161, 3, 8, 1, b"\x03"), 61, 0, 9))
    for bit in range(8 * (len(cltu) - 8)):
        if bit >= 16 and bit % 64 == 15:  # the filler bit that ends a codeblock carries nothing
            continue
        broken = bytearray(cltu)
        broken[bit // 8] ^= 0x80 >> bit % 8
        with pytest.raises(PacketError):
            decode_cltu(bytes(broken))


@given(st.binary(max_size=120))
def test_random_bytes_are_refused(data: bytes) -> None:
    for candidate in (data, b"\xeb\x90" + data, encode_cltu(data + bytes(7))):
        with pytest.raises(PacketError):
            decode_cltu(candidate)


@given(packets, st.integers(0, 200))
def test_a_cut_cltu_is_the_whole_packet_or_refused(packet: bytes, cut: int) -> None:
    cltu = encode_cltu(encode_frame(packet, 61, 0, 7))
    try:
        assert decode_cltu(cltu[: max(0, len(cltu) - cut)]) == Frame(7, packet)
    except PacketError:
        assert cut > 8  # the tail itself carries nothing


@given(st.integers(0, 63), st.integers(0, 255), st.booleans(), st.booleans(), st.booleans(), st.integers(0, 3))
def test_clcw_fields_stand_where_the_standard_puts_them(
    channel: int, expected: int, retransmit: bool, wait: bool, lockout: bool, bypassed: int
) -> None:
    clcw = Clcw(expected, retransmit, wait, lockout, bypassed)
    bits = f"{clcw.encode(channel):032b}"
    assert bits[0] == "0" and bits[1:3] == "00" and bits[3:6] == "000", "type, version, status"
    assert bits[6:8] == "01", "COP-1"
    assert bits[8:14] == f"{channel:06b}" and bits[14:16] == "00"
    assert bits[16:18] == "00", "radio and bit lock are not reported as missing"
    assert bits[18:21] == f"{int(lockout)}{int(wait)}{int(retransmit)}"
    assert bits[21:23] == f"{bypassed:02b}" and bits[23] == "0"
    assert bits[24:] == f"{expected:08b}" and decode_clcw(int(bits, 2)) == clcw
