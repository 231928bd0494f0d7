"""PDUs of the file service against spacepackets and cfdp-py, and against bytes that are none."""

import itertools
import random
from pathlib import Path

import pytest
from cfdppy.crc import calc_modular_checksum
from hypothesis import given
from hypothesis import strategies as st
from spacepackets.ccsds.spacepacket import SpacePacketHeader
from spacepackets.cfdp import PduFactory
from spacepackets.cfdp.pdu import FileDataPdu

from roverctl.core.errors import PacketError
from roverctl.mission.file_pdus import (
    Ack,
    Eof,
    FileData,
    Finished,
    Metadata,
    Nak,
    Pdu,
    Transaction,
    decode_pdu,
    encode_data,
    encode_pdu,
    is_file_packet,
    modular_checksum,
    unwrap,
    wrap,
)  # fmt: skip

ONE = Transaction(1, 2, 300)


@given(st.binary(min_size=1, max_size=200), st.integers(0, 2**32 - 1), st.integers(0, 65_535))
def test_file_data_is_what_spacepackets_reads(data: bytes, offset: int, number: int) -> None:
    written = encode_data(Transaction(1, 2, number), offset, data)
    read = FileDataPdu.unpack(written)
    assert (read.offset, bytes(read.file_data), read.transaction_seq_num.value) == (offset, data, number)
    assert bytes(read.pack()) == written
    assert decode_pdu(written) == FileData(Transaction(1, 2, number), offset, data)


@pytest.mark.parametrize(
    "pdu",
    [
        Metadata(ONE, "PCAM_00001.raw", 8_128_512), Metadata(ONE, "x", 0, modular=False), Eof(ONE, 0xDEADBEEF, 7),
        Eof(ONE, 0, 0, cancelled=True), Ack(ONE, True), Ack(ONE, False), Nak(ONE, 0, 99, ((0, 0), (5, 9))),
        Finished(ONE, True), Finished(ONE, False, True), Ack(Transaction(700, 3, 5, 2, 4), True),
    ],
)  # fmt: skip
def test_directives_are_read_as_written(pdu: Pdu) -> None:
    assert not isinstance(pdu, FileData)
    written = encode_pdu(pdu)
    assert decode_pdu(written) == pdu
    if not (isinstance(pdu, Eof) and pdu.cancelled):  # spacepackets 0.32 reads an EOF's condition unshifted
        assert bytes(PduFactory.from_raw(written).pack()) == written


@given(st.binary(max_size=300), st.data())
def test_the_checksum_adds_up_in_any_order(data: bytes, draw: st.DataObject) -> None:
    cuts = sorted({0, len(data), *draw.draw(st.lists(st.integers(0, len(data)), max_size=6))})
    pieces = [(begin, data[begin:end]) for begin, end in itertools.pairwise(cuts)]
    random.Random(1).shuffle(pieces)
    assert sum(modular_checksum(piece, begin) for begin, piece in pieces) % 2**32 == modular_checksum(data)


def test_the_checksum_is_cfdp_pys(tmp_path: Path) -> None:
    data = random.Random(2).randbytes(10_001)
    (tmp_path / "file").write_bytes(data)
    assert modular_checksum(data).to_bytes(4, "big") == calc_modular_checksum(tmp_path / "file")


@pytest.mark.parametrize("telecommand", [False, True])
def test_a_packet_around_a_pdu_is_a_space_packet(telecommand: bool) -> None:
    packet = wrap(164, 5, b"pdu", telecommand)
    head = SpacePacketHeader.unpack(packet)
    assert (head.apid, head.seq_count, head.data_len, bool(head.packet_type)) == (164, 5, 2, telecommand)
    assert not head.sec_header_flag and unwrap(packet) == b"pdu"
    assert is_file_packet(packet, 164) and not is_file_packet(packet, 165) and not is_file_packet(packet, None)


@given(st.binary(max_size=80), st.booleans())
def test_what_is_no_pdu_is_refused_in_a_sentence(data: bytes, begun: bool) -> None:
    data = b"\x20" + data if begun else data
    try:
        decode_pdu(data)
    except PacketError as error:
        assert "\n" not in str(error)
    for cut in range(1, 20):
        with pytest.raises(PacketError):
            decode_pdu(encode_data(ONE, 4, b"x" * 5)[:-cut])
