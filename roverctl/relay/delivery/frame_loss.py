"""From bit errors to frames lost, in closed form, and what a fade makes of a bit-error rate.

Forward: a CLTU's code detects errors and corrects none, so one wrong bit loses it: P = 1 - (1 - p)^n for n bits.
Return and relay to Earth: RS(255,223), interleaved to depth 5 (CCSDS 131.0-B), corrects 16 of the 255 symbols of a
codeword: with s = 1 - (1 - p)^8 a symbol's error rate, a frame is lost with P = 1 - F(16; 255, s)^5, F the binomial
distribution.
A fade takes its decibels from Eb/N0, which follows from p by coherent PSK: p = Q(sqrt(2 Eb/N0)).
"""

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

_SYMBOLS: Final = 255
_CORRECTED: Final = 16
_DEPTH: Final = 5
_NORMAL: Final = NormalDist()


def cltu_loss(bit_errors: float, length_b: int) -> float:
    """Probability that a CLTU of so many bytes is lost."""
    return -math.expm1(8 * length_b * math.log1p(-bit_errors))


@lru_cache(maxsize=64)
def tm_frame_loss(bit_errors: float) -> float:
    """Probability that a telemetry frame is lost."""
    symbol = -math.expm1(8 * math.log1p(-bit_errors))
    if symbol >= 1.0:
        return 1.0
    bad = sum(
        math.comb(_SYMBOLS, k) * symbol**k * (1.0 - symbol) ** (_SYMBOLS - k)
        for k in range(_CORRECTED + 1, _SYMBOLS + 1)
    )
    return -math.expm1(_DEPTH * math.log1p(-min(bad, 1.0 - 1e-16)))


@lru_cache(maxsize=64)
def faded(bit_errors: float, depth_db: float) -> float:
    """The bit-error rate under a fade of so many decibels."""
    root = -_NORMAL.inv_cdf(bit_errors)  # sqrt(2 Eb/N0)
    return _NORMAL.cdf(-root * 10.0 ** (-depth_db / 20.0))
