"""numba, set up once: where compiled kernels are cached, and the one decorator that they wear.

Importing this costs half a second; only modules with kernels do, and the window's process never needs to.
"""

import os
from collections.abc import Callable
from typing import TypeVar

import numba
from platformdirs import user_cache_dir

F = TypeVar("F", bound=Callable[..., object])

# Before the first kernel: beside the sources (numba's default) fails at import in a read-only installation.
if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = user_cache_dir("roverctl") + "/numba"


def kernel(function: F) -> F:
    """Compile without fastmath or parallel reductions, so that the same input gives the same bits; releases the GIL."""
    compiled: F = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return compiled
