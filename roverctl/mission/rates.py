"""How often housekeeping comes, which rover and ground must agree on, and what it takes of the return link."""

import math

from roverctl.mission.mdb import PacketCodec
from roverctl.mission.profile import Link

_SHARE = 0.8  # of the return rate that housekeeping may take
# PUS around a body: primary header 6, secondary header 14 with its time, structure 1, checksum 2.
_AROUND_B = 23


_TIME_REPORT_B = 30
_TIME_REPORTS_S = 60.0  # between two of them


def housekeeping_cycles(codec: PacketCodec, link: Link) -> int:
    """Seconds between two packets of a kind: its own period in whole seconds, stretched until it takes at most four
    fifths of the return rate, transfer frames' overhead taken off.
    """
    share = link.tm_frame_b / (link.tm_frame_b + link.tm_frame_overhead_b)
    packet_s = (codec.layout.size + _AROUND_B) * 8.0 / (link.return_rate_bit_s * share)
    return max(1, round(max(codec.packet.period_s, math.ceil(packet_s / _SHARE))))


def housekeeping_s(codec: PacketCodec, link: Link) -> float:
    """The part of a second that the transmitter gives to housekeeping and time reports, 0..1."""
    share = (link.tm_frame_b + link.tm_frame_overhead_b) / link.tm_frame_b
    per_s = (codec.layout.size + _AROUND_B) / housekeeping_cycles(codec, link) + _TIME_REPORT_B / _TIME_REPORTS_S
    return per_s * share * 8.0 / link.return_rate_bit_s
