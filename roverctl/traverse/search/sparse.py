"""Large arrays of zeros that take memory only where they are written, page by page."""

import math
import mmap
from typing import Any

import numpy as np
import numpy.typing as npt


def sparse_zeros(shape: tuple[int, int], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Zeros as ``numpy.zeros`` gives them, but never on pages so large that a narrow strip would fill them all."""
    kind = np.dtype(dtype)
    memory = mmap.mmap(-1, max(1, math.prod(shape) * kind.itemsize))
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, dtype=kind, count=math.prod(shape)).reshape(shape)
