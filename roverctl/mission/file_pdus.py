"""CFDP PDUs of class 2 (CCSDS 727.0-B-5) in space packets without a secondary header, made and read by spacepackets.

A file goes down as Metadata, file data and EOF; up come ACK, NAK and Finished, which is acknowledged. File data, of
which there are thousands a second at speed, is read and written here by its layout.
"""

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from spacepackets.cfdp import (
    ChecksumType,
    ConditionCode,
    CrcFlag,
    EntityIdTlv,
    PduConfig,
    PduFactory,
    TransmissionMode,
)
from spacepackets.cfdp.pdu import AckPdu, DirectiveType, EofPdu, FileDataPdu, FinishedPdu, MetadataPdu, NakPdu
from spacepackets.cfdp.pdu.ack import TransactionStatus
from spacepackets.cfdp.pdu.file_data import FileDataParams
from spacepackets.cfdp.pdu.finished import DeliveryCode, FileStatus, FinishedParams
from spacepackets.cfdp.pdu.metadata import MetadataParams
from spacepackets.util import UnsignedByteField

from roverctl.core.errors import PacketError

ROVER_ENTITY: Final = 1  # entity identifiers: ours to define
CONSOLE_ENTITY: Final = 2
DATA_OVERHEAD_B: Final = 6 + 8 + 4  # space packet header, PDU header, offset: around a segment
LARGEST_FILE_B: Final = (1 << 32) - 1  # without the large-file flag
_PRIMARY: Final = struct.Struct(">HHH")
_TELECOMMAND: Final = 0x1000
_UNSEGMENTED: Final = 0xC000
_OFFSET: Final = struct.Struct(">I")


class Transaction(NamedTuple):
    """A transfer's identity, with the widths that its numbers are written in."""

    source: int
    destination: int
    number: int
    entity_b: int = 1
    number_b: int = 2


@dataclass(frozen=True, slots=True)
class FileData:
    """A segment of a file."""

    transaction: Transaction
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is coming: a name and a size."""

    transaction: Transaction
    name: str
    size: int
    modular: bool = True  # whether its checksum is the modular one


@dataclass(frozen=True, slots=True)
class Eof:
    """All has been sent once; ``cancelled`` when the sender has given up."""

    transaction: Transaction
    checksum: int
    size: int
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Ack:
    """Of an EOF or of a Finished."""

    transaction: Transaction
    of_eof: bool


@dataclass(frozen=True, slots=True)
class Nak:
    """Segments wanted again, each (begin, end); (0, 0) is the metadata."""

    transaction: Transaction
    begin: int
    end: int
    wanted: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The receiver has closed the transfer."""

    transaction: Transaction
    complete: bool
    checksum_failed: bool = False


Pdu = FileData | Metadata | Eof | Ack | Nak | Finished


def modular_checksum(data: bytes, offset: int = 0) -> int:
    """The part of the modular checksum (727.0-B-5, 4.2.2) that ``data`` at ``offset`` contributes: the sum of a file's
    big-endian words of four octets modulo 2^32. Parts add up in any order.
    """
    before = offset % 4
    padded = bytes(before) + data + bytes(-(before + len(data)) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words) & 0xFFFFFFFF


# Space packets


def wrap(apid: int, sequence: int, pdu: bytes, telecommand: bool) -> bytes:
    """A PDU in a space packet."""
    word = (_TELECOMMAND if telecommand else 0) | apid
    return _PRIMARY.pack(word, _UNSEGMENTED | sequence & 0x3FFF, len(pdu) - 1) + pdu


def is_file_packet(packet: bytes, apid: int | None) -> bool:
    """Whether a space packet is of the file service."""
    return apid is not None and int.from_bytes(packet[:2], "big") & 0x0FFF == apid


def unwrap(packet: bytes) -> bytes:
    """The PDU in a space packet.

    Raises
    ------
    PacketError
        When it is none, or not whole.
    """
    if len(packet) < 7 or len(packet) != int.from_bytes(packet[4:6], "big") + 7:
        raise PacketError(f"a space packet of {len(packet)} bytes that is not whole")
    return packet[6:]


# PDUs


def _config(transaction: Transaction) -> PduConfig:
    return PduConfig(
        UnsignedByteField(transaction.source, transaction.entity_b),
        UnsignedByteField(transaction.destination, transaction.entity_b),
        UnsignedByteField(transaction.number, transaction.number_b),
        TransmissionMode.ACKNOWLEDGED,
        crc_flag=CrcFlag.NO_CRC,
    )


@lru_cache(maxsize=64)
def _data_head(transaction: Transaction) -> tuple[bytes, bytes]:
    """The header of file data as spacepackets makes it, before and after its length."""
    head = bytes(FileDataPdu(_config(transaction), FileDataParams(b"", 0)).pack())
    return head[:1], head[3 : 4 + 2 * transaction.entity_b + transaction.number_b]


def encode_data(transaction: Transaction, offset: int, data: bytes) -> bytes:
    """A file data PDU."""
    before, after = _data_head(transaction)
    return b"".join((before, (4 + len(data)).to_bytes(2, "big"), after, _OFFSET.pack(offset), data))


def encode_pdu(pdu: Metadata | Eof | Ack | Nak | Finished) -> bytes:
    """A file directive."""
    config = _config(pdu.transaction)
    packet: Any
    if isinstance(pdu, Metadata):
        kind = ChecksumType.MODULAR if pdu.modular else ChecksumType.CRC_32
        packet = MetadataPdu(config, MetadataParams(False, kind, pdu.size, pdu.name, pdu.name))
    elif isinstance(pdu, Eof):
        condition = ConditionCode.CANCEL_REQUEST_RECEIVED if pdu.cancelled else ConditionCode.NO_ERROR
        packet = EofPdu(config, pdu.checksum.to_bytes(4, "big"), pdu.size, _fault(pdu, pdu.cancelled), condition)
    elif isinstance(pdu, Ack):
        kind = DirectiveType.EOF_PDU if pdu.of_eof else DirectiveType.FINISHED_PDU
        packet = AckPdu(config, kind, ConditionCode.NO_ERROR, TransactionStatus.ACTIVE)
    elif isinstance(pdu, Nak):
        packet = NakPdu(config, pdu.begin, pdu.end, list(pdu.wanted))
    else:
        condition = ConditionCode.FILE_CHECKSUM_FAILURE if pdu.checksum_failed else ConditionCode.NO_ERROR
        packet = FinishedPdu(
            config,
            FinishedParams(
                condition,
                DeliveryCode.DATA_COMPLETE if pdu.complete else DeliveryCode.DATA_INCOMPLETE,
                FileStatus.FILE_RETAINED if pdu.complete else FileStatus.DISCARDED_DELIBERATELY,
                fault_location=_fault(pdu, pdu.checksum_failed, pdu.transaction.destination),
            ),
        )
    return bytes(packet.pack())


def _fault(pdu: Eof | Finished, is_fault: bool, entity: int | None = None) -> EntityIdTlv | None:
    """Who saw a fault; a directive that tells of one says so."""
    one = pdu.transaction
    return EntityIdTlv((one.source if entity is None else entity).to_bytes(one.entity_b, "big")) if is_fault else None


def decode_pdu(data: bytes) -> Pdu:
    """Read a PDU.

    Raises
    ------
    PacketError
        When it is none, is cut, or asks for what is not offered here (class 1, large files, CRCs).
    """
    if len(data) < 4 or data[0] >> 5 != 1:
        raise PacketError("not a CFDP PDU of version 2")
    if data[0] & 0b111:
        raise PacketError("a CFDP PDU of class 1, of a large file or with a CRC, which is not offered")
    entity_b, number_b = (data[3] >> 4 & 7) + 1, (data[3] & 7) + 1
    head_b = 4 + 2 * entity_b + number_b
    if len(data) < head_b + 1 or len(data) != head_b + int.from_bytes(data[1:3], "big"):
        raise PacketError(f"a CFDP PDU of {len(data)} bytes that is not whole")
    number_at = 4 + entity_b
    transaction = Transaction(
        int.from_bytes(data[4:number_at], "big"),
        int.from_bytes(data[number_at + number_b : head_b], "big"),
        int.from_bytes(data[number_at : number_at + number_b], "big"),
        entity_b,
        number_b,
    )
    if data[0] & 0x10:
        if data[3] & 0x08:
            raise PacketError("a file data PDU with segment metadata, which is not offered")
        if len(data) < head_b + 5:
            raise PacketError("a file data PDU without data")
        return FileData(transaction, int.from_bytes(data[head_b : head_b + 4], "big"), data[head_b + 4 :])
    try:
        return _directive(transaction, PduFactory.from_raw(data))
    except PacketError:
        raise
    except Exception as error:  # spacepackets raises ValueError, IndexError, struct.error and its own for bad bytes
        raise PacketError(f"a CFDP PDU that cannot be read: {error}") from None


def _directive(transaction: Transaction, read: Any) -> Pdu:
    if isinstance(read, MetadataPdu):
        modular = read.checksum_type == ChecksumType.MODULAR
        return Metadata(transaction, read.dest_file_name or read.source_file_name or "", read.file_size, modular)
    if isinstance(read, EofPdu):
        cancelled = read.condition_code != ConditionCode.NO_ERROR
        return Eof(transaction, int.from_bytes(read.file_checksum, "big"), read.file_size, cancelled)
    if isinstance(read, AckPdu):
        return Ack(transaction, read.directive_code_of_acked_pdu == DirectiveType.EOF_PDU)
    if isinstance(read, NakPdu):
        wanted = tuple((int(begin), int(end)) for begin, end in read.segment_requests)
        return Nak(transaction, read.start_of_scope, read.end_of_scope, wanted)
    if isinstance(read, FinishedPdu):
        complete = read.delivery_code == DeliveryCode.DATA_COMPLETE
        return Finished(transaction, complete, read.condition_code == ConditionCode.FILE_CHECKSUM_FAILURE)
    raise PacketError(f"a CFDP PDU that is not used here: {type(read).__name__}")
