"""What is in a product: a test pattern. Nothing makes what the instruments would see yet."""

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=2)
def content(number: int, size: int) -> bytes:
    """A product's octets: 12-bit grey values of a test pattern, big-endian in 16 bits, different in each product."""
    values = np.arange((size + 1) // 2, dtype=np.uint32)
    pattern = (values * 7 + (values >> 7) * 13 + number * 257) & 0x0FFF
    return pattern.astype(">u2").tobytes()[:size]


@lru_cache(maxsize=64)
def checksum(number: int, size: int) -> int:
    """Its modular checksum (727.0-B-5, 4.2.2)."""
    words = np.frombuffer(content(number, size) + bytes(-size % 4), dtype=">u4")
    return int(words.sum(dtype=np.uint64)) & 0xFFFFFFFF


def product_name(kind: str, number: int) -> str:
    """The name that its file is sent under."""
    return f"{kind}_{number:05d}.raw"
