"""numba, set up once: where compiled kernels are cached, and the one decorator that they wear.

Importing this costs half a second; only modules with kernels do, and the window's process never needs to.
"""

import os
from collections.abc import Callable
from typing import TypeVar, cast

from platformdirs import user_cache_dir

# Before numba is imported: beside the sources (its default) fails in a read-only installation.
os.environ.setdefault("NUMBA_CACHE_DIR", user_cache_dir("roverctl") + "/numba")

import numba

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile without fastmath or parallel reductions, so that the same input gives the same bits; releases the GIL."""
    return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))
