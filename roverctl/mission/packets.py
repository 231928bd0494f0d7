"""PUS packets: telemetry and telecommands as bytes, made by spacepackets, read with their checksum verified."""

import struct
from dataclasses import dataclass
from functools import lru_cache

from fastcrc.crc16 import ibm_3740 as crc16
from spacepackets.ecss.tc import PusTc
from spacepackets.ecss.tm import PusTm

from roverctl.core.errors import PacketError
from roverctl.core.times import DAY_NS, MILLISECOND_NS

_CDS_EPOCH_DAYS = 4383  # days from 1958-01-01, the CCSDS epoch, to 1970-01-01
_TM_HEADER = struct.Struct(">HHHBBBHH BHI")  # primary 6, secondary 7, CDS short time 7
_TM_TIME = 13  # where the time field begins
_CDS = struct.Struct(">BHI")
_TC_HEADER = struct.Struct(">HHHBBBH")


@dataclass(frozen=True, slots=True)
class TmPacket:
    """A telemetry packet, read. ``generation_ns`` comes from its time field, good to a millisecond."""

    apid: int
    sequence: int
    service: int
    subservice: int
    generation_ns: int
    body: bytes


@dataclass(frozen=True, slots=True)
class TcPacket:
    """A telecommand packet, read. ``request`` is what ST[1] reports refer to."""

    apid: int
    sequence: int
    service: int
    subservice: int
    request: int
    body: bytes


def cds_time(t_ns: int) -> bytes:
    """CDS short time code (CCSDS 301.0-B-4, 3.3): days since 1958 and milliseconds of the day, cut.

    Raises
    ------
    PacketError
        Before 1958 and after 2137, which 16 bits of days do not reach.
    """
    days, rest = divmod(t_ns, DAY_NS)
    if not 0 <= days + _CDS_EPOCH_DAYS <= 0xFFFF:
        raise PacketError("a packet's time must lie between 1958 and 2137")
    return _CDS.pack(0x40, days + _CDS_EPOCH_DAYS, rest // MILLISECOND_NS)


@lru_cache(maxsize=256)
def _tm_head(apid: int, service: int, subservice: int, body_length: int) -> bytes:
    """Primary and secondary header of a telemetry packet as spacepackets makes them, sequence count 0."""
    packet = PusTm(
        service=service, message_subtype=subservice, timestamp=cds_time(0), source_data=bytes(body_length), apid=apid
    ).pack()
    return bytes(packet[:_TM_TIME])


def encode_tm(apid: int, sequence: int, service: int, subservice: int, t_ns: int, body: bytes) -> bytes:
    """A telemetry packet with PUS-C secondary header and CRC.

    The header comes from spacepackets, once for each kind and length; sequence count, time, body and checksum are put
    in here: making the library's object for every packet would take most of a simulated second.
    """
    head = _tm_head(apid, service, subservice, len(body))
    control = (0xC000 | sequence & 0x3FFF).to_bytes(2, "big")
    packet = head[:2] + control + head[4:] + cds_time(t_ns) + body
    return packet + crc16(packet).to_bytes(2, "big")


def encode_tc(apid: int, sequence: int, service: int, subservice: int, body: bytes) -> bytes:
    """A telecommand packet that asks for every ST[1] report."""
    return bytes(
        PusTc(service=service, message_subtype=subservice, apid=apid, seq_count=sequence & 0x3FFF, app_data=body).pack()
    )


def decode_tm(data: bytes) -> TmPacket:
    """Read a telemetry packet.

    Raises
    ------
    PacketError
        When length, version or checksum are not those of a PUS-C telemetry packet.
    """
    if len(data) < _TM_HEADER.size + 2:
        raise PacketError(f"a telemetry packet of {len(data)} bytes; {_TM_HEADER.size + 2} are the least")
    word, control, length, pus, service, subservice, _, _, p_field, days, milliseconds = _TM_HEADER.unpack_from(data)
    if len(data) != length + 7:
        raise PacketError(f"a telemetry packet of {len(data)} bytes that claims {length + 7}")
    if word >> 11 != 0b00001 or pus >> 4 != 2 or p_field != 0x40:
        raise PacketError("not a PUS-C telemetry packet with a CDS short time")
    if crc16(data) != 0:
        raise PacketError("telemetry packet checksum failed")
    generation_ns = (days - _CDS_EPOCH_DAYS) * DAY_NS + milliseconds * MILLISECOND_NS
    return TmPacket(word & 0x7FF, control & 0x3FFF, service, subservice, generation_ns, data[_TM_HEADER.size : -2])


def decode_tc(data: bytes) -> TcPacket:
    """Read a telecommand packet.

    Raises
    ------
    PacketError
        When length, version or checksum are not those of a PUS-C telecommand packet.
    """
    if len(data) < _TC_HEADER.size + 2:
        raise PacketError(f"a telecommand packet of {len(data)} bytes; {_TC_HEADER.size + 2} are the least")
    word, control, length, pus, service, subservice, _ = _TC_HEADER.unpack_from(data)
    if len(data) != length + 7:
        raise PacketError(f"a telecommand packet of {len(data)} bytes that claims {length + 7}")
    if word >> 11 != 0b00011 or pus >> 4 != 2:
        raise PacketError("not a PUS-C telecommand packet")
    if crc16(data) != 0:
        raise PacketError("telecommand packet checksum failed")
    return TcPacket(
        word & 0x7FF, control & 0x3FFF, service, subservice, word << 16 | control, data[_TC_HEADER.size : -2]
    )


def request_id(packet: bytes) -> int:
    """The request identifier of a telecommand: its first four bytes (ECSS-E-ST-70-41C 8.1.2.1)."""
    return int.from_bytes(packet[:4], "big")
