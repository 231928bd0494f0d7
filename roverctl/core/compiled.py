"""numba, set up once: where compiled kernels are cached, and the one decorator that they wear.

Importing this costs half a second; only modules with kernels do, and the window's process never needs to.

numba takes a kernel from its cache while the kernel's own file is unchanged, even where a kernel of another file, which
was compiled into it, has changed. So each module has a cache of its own, named by what its source and all sources of
ours that it imports say.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

from platformdirs import user_cache_dir

# Before numba is imported: beside the sources (its default) fails in a read-only installation.
os.environ.setdefault("NUMBA_CACHE_DIR", user_cache_dir("roverctl") + "/numba")

import numba
from numba.core import config

F = TypeVar("F", bound=Callable[..., object])

_CACHES = Path(os.environ["NUMBA_CACHE_DIR"])
_SOURCES = Path(__file__).parents[2]
_IMPORT = re.compile(r"^from (roverctl[.\w]*) import (\([^)]*\)|[^\n(]+)", re.MULTILINE)
made: list[str] = []  # modules whose kernels had no cache yet when they were loaded: they are compiled at first use
_FORGOTTEN_S = 30 * 86_400.0  # a cache of other sources that was made so long before a new one


def kernel(function: F, *, into_callers: bool = False) -> F:
    """Compile without fastmath or parallel reductions, so that the same input gives the same bits; releases the GIL.

    ``into_callers`` is for the innermost steps of a hot loop, whose arrays would otherwise be handed over at each call.
    """
    setattr(config, "CACHE_DIR", str(_cache_of(function.__module__)))  # noqa: B010, numba makes its settings at run time
    return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=into_callers)(function))


def inner(function: F) -> F:
    """A kernel that becomes part of those that call it: the innermost steps of hot loops."""
    return kernel(function, into_callers=True)


@cache
def _cache_of(module: str) -> Path:
    """The folder for a module's compiled kernels; those of older sources go when they have been there for long."""
    text = hashlib.sha256("".join(sorted(_sources(module).values())).encode()).hexdigest()
    folder = _CACHES / f"{module}-{text[:16]}"
    with suppress(OSError):  # numba itself says so where nothing can be written
        if not folder.exists():
            folder.mkdir(parents=True)
            made.append(module)
            for other in _CACHES.glob(f"{module}-*"):
                if folder.stat().st_mtime - other.stat().st_mtime > _FORGOTTEN_S:
                    shutil.rmtree(other, ignore_errors=True)
    return folder


@cache
def _sources(module: str) -> dict[str, str]:
    """The sources of a module and of what it imports of ours, by name."""
    file = _SOURCES / (module.replace(".", "/") + ".py")
    if not file.is_file():
        return {}  # a package: its modules are named in full
    text = file.read_text(encoding="utf-8")
    found = {module: text}
    for package, names in _IMPORT.findall(text):
        for name in (package, *(f"{package}.{word}" for word in re.findall(r"\w+", names))):
            found |= _sources(name)
    return found
