"""How products are kept aboard and cut for the return link, which the rover and plans of its days agree on."""

from typing import Final

from roverctl.mission.file_pdus import DATA_OVERHEAD_B

JOINED_S: Final = 1.0  # pieces that come as fast as this are kept as one product; our choice
JOINED_B: Final = 8_000_000  # of a product made of pieces: about a panorama's frame; our choice
_LARGEST_SEGMENT_B: Final = 1024
_LEAST_SEGMENT_B: Final = 64
_SHARE_S: Final = 1.0  # of the return link for one segment, at most: housekeeping waits for no more; our choice


def segment_b(rate_bit_s: float) -> int:
    """Octets of a file in one packet, at a rate of the return link."""
    fitting = int(rate_bit_s / 8.0 * _SHARE_S) - DATA_OVERHEAD_B
    return min(_LARGEST_SEGMENT_B, max(_LEAST_SEGMENT_B, fitting)) // 4 * 4
