"""Packets against spacepackets' own readers."""

from datetime import UTC, datetime, timedelta

import pytest
from fastcrc.crc16 import ibm_3740
from hypothesis import given
from hypothesis import strategies as st
from spacepackets.ccsds.time import CdsShortTimestamp
from spacepackets.ecss.tc import PusTc
from spacepackets.ecss.tm import PusTm

from roverctl.core.errors import PacketError
from roverctl.core.times import parse_utc
from roverctl.mission.packets import cds_time, decode_tc, decode_tm, encode_tc, encode_tm, request_id

apids = st.integers(0, 2046)
counts = st.integers(0, 0x3FFF)
octets = st.integers(0, 255)
# Milliseconds, as the time code carries them, within its 16 bits of days.
times = st.integers(parse_utc("1958-01-01") // 10**6, parse_utc("2137-06-06") // 10**6).map(lambda ms: ms * 10**6)


@given(apids, counts, octets, octets, times, st.binary(max_size=300))
def test_telemetry_is_what_spacepackets_reads_byte_for_byte(
    apid: int, count: int, service: int, subservice: int, t_ns: int, body: bytes
) -> None:
    data = encode_tm(apid, count, service, subservice, t_ns, body)
    theirs = PusTm.unpack(data, timestamp_len=7)
    assert bytes(theirs.pack()) == data
    assert (theirs.apid, theirs.seq_count, theirs.service, theirs.message_subtype) == (apid, count, service, subservice)
    assert bytes(theirs.source_data) == body
    stamp = CdsShortTimestamp.unpack(bytes(theirs.timestamp))
    since = timedelta(days=stamp.ccsds_days, milliseconds=stamp.ms_of_day)
    assert datetime(1958, 1, 1, tzinfo=UTC) + since == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        milliseconds=t_ns // 10**6
    )
    ours = decode_tm(data)
    assert (ours.apid, ours.sequence, ours.service, ours.subservice) == (apid, count, service, subservice)
    assert ours.generation_ns == t_ns and ours.body == body


@given(apids, counts, octets, octets, st.binary(max_size=300))
def test_telecommands_are_what_spacepackets_reads_byte_for_byte(
    apid: int, count: int, service: int, subservice: int, body: bytes
) -> None:
    data = encode_tc(apid, count, service, subservice, body)
    theirs = PusTc.unpack(data)
    assert bytes(theirs.pack()) == data
    assert (theirs.apid, theirs.seq_count, theirs.service, theirs.message_subtype) == (apid, count, service, subservice)
    assert bytes(theirs.app_data) == body
    assert theirs.sp_header.packet_seq_control.raw() == int.from_bytes(data[2:4], "big")
    ours = decode_tc(data)
    assert (ours.apid, ours.sequence, ours.service, ours.subservice) == (apid, count, service, subservice)
    assert ours.body == body and ours.request == request_id(data)


def test_times_that_sixteen_bits_of_days_do_not_reach_are_refused() -> None:
    assert cds_time(parse_utc("1958-01-01")) == bytes([0x40, 0, 0, 0, 0, 0, 0])
    for text in ("1957-12-31T23:59:59Z", "2200-01-01"):
        with pytest.raises(PacketError, match="between 1958 and 2137"):
            cds_time(parse_utc(text))


@given(st.binary(max_size=80))
def test_random_bytes_are_refused(data: bytes) -> None:
    for decode in (decode_tm, decode_tc):
        with pytest.raises(PacketError):
            decode(data)


@given(st.sampled_from([0b00001, 0b00011]), st.binary(min_size=5, max_size=60))
def test_random_bytes_with_a_right_length_and_checksum_raise_nothing_else(kind: int, content: bytes) -> None:
    head = (kind << 11 | 161).to_bytes(2, "big") + b"\xc0\x00" + (len(content) + 1).to_bytes(2, "big")
    data = head + content
    data += ibm_3740(data).to_bytes(2, "big")
    for decode in (decode_tm, decode_tc):
        try:
            assert decode(data).apid == 161
        except PacketError as error:
            assert "\n" not in str(error)


@given(st.binary(max_size=40), st.data())
def test_any_flipped_bit_is_noticed(body: bytes, data: st.DataObject) -> None:
    for packet, decode in ((encode_tm(161, 5, 3, 25, 0, body), decode_tm), (encode_tc(161, 5, 8, 1, body), decode_tc)):
        bit = data.draw(st.integers(0, 8 * len(packet) - 1))
        broken = bytearray(packet)
        broken[bit // 8] ^= 0x80 >> bit % 8
        with pytest.raises(PacketError):
            decode(bytes(broken))
