"""Overviews of large rasters that have none, made once in the background and kept in the user's cache.

Level k holds means of 2**k × 2**k pixels, of those that have data; each level is the halved one below it. They are
kept as plain ``.npy`` files of metres above the sphere, so that a block is read by its place in the file. The folder's
name stands for the raster as it was: path, size, time of change and how its numbers become metres. A raster that
changed has another name and its old overviews are not found.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import rasterio.windows
from numpy.lib import format as npy
from platformdirs import user_cache_path

from roverctl.core.errors import InputError
from roverctl.terrain.rasters.halving import halve, level_count, level_size
from roverctl.terrain.rasters.heights import Heights, Values, read_heights
from roverctl.terrain.rasters.shelf import is_url

FIRST = 2  # finer levels are read from the raster itself: at most 16 pixels for each node
CHUNK_PIXELS = 4 * 2**20  # of the raster, decoded at a time
MAKING = ".making-"
ABANDONED_S = 86_400.0  # unfinished overviews this old are of a process that was killed


def _cache() -> Path:
    return user_cache_path("roverctl") / "overviews"


def overview_folder(dataset: Any, heights: Heights) -> Path | None:
    """Where the overviews of a local raster are kept, whether they are there or not; None for a URL."""
    if is_url(dataset.name):
        return None
    file = Path(dataset.name).resolve()
    status = [(Path(part).stat().st_size, Path(part).stat().st_mtime_ns) for part in sorted(dataset.files)]
    identity = f"1 {file} {status} {dataset.width} {dataset.height} {heights.scale!r} {heights.offset_m!r}"
    return _cache() / hashlib.sha256(identity.encode()).hexdigest()[:32]


def needs_overviews(dataset: Any) -> bool:
    """Whether looking at the whole raster means reading more than 4096 pixels a side."""
    coarsest = max(dataset.overviews(1), default=1)
    return bool(max(dataset.width, dataset.height) / coarsest > 4096)


class StoredLevels:
    """The levels from FIRST on, on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, level: int, column: int, row: int, width: int, height: int) -> Values:
        """Nodes of a level, copied.

        Raises
        ------
        InputError
            When the overviews have been removed or damaged meanwhile.
        """
        file = self._folder / f"{level}.npy"
        try:
            # Mapped for this block only: pages that stay mapped would count against the memory bound.
            mapped = np.load(file, mmap_mode="r", allow_pickle=False)
            return np.array(mapped[row : row + height, column : column + width], dtype=np.float32)
        except (OSError, ValueError) as error:
            raise InputError(f"{file}: the overviews are damaged ({error}); delete {self._folder}") from None


def find_overviews(dataset: Any, heights: Heights) -> StoredLevels | None:
    """The overviews that were made of this raster as it is now."""
    folder = overview_folder(dataset, heights)
    if folder is None or not folder.is_dir():
        return None
    return StoredLevels(folder)


def build_overviews(dataset: Any, heights: Heights, progress: Callable[[float], None]) -> None:
    """Make the overviews of a local raster; nothing is left of them unless all were made.

    Parameters
    ----------
    progress : called with 0..1 after each strip; what it raises stops the work.

    Raises
    ------
    InputError
        When the raster is damaged, or the cache cannot be written, as on a full disk.
    """
    final = overview_folder(dataset, heights)
    if final is None:
        raise InputError(f"{dataset.name}: overviews are made of local files only")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=MAKING, dir=final.parent))
        _sweep(making)
    except OSError as error:
        raise InputError(f"{final.parent}: overviews cannot be written: {error.strerror}") from None
    try:
        _first_level(dataset, heights, making, progress)
        for level in range(FIRST + 1, level_count(dataset.width, dataset.height)):
            _next_level(making, level, dataset.width, dataset.height)
        with suppress(FileExistsError):  # made by another process meanwhile: as good
            making.rename(final)
    except OSError as error:
        raise InputError(f"{making.parent}: overviews cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(making, ignore_errors=True)


def remove_overviews(dataset: Any, heights: Heights) -> None:
    """Delete what ``build_overviews`` made of this raster."""
    folder = overview_folder(dataset, heights)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(making: Path) -> None:
    """Delete what killed processes left unfinished, by the age beside the folder that was begun just now."""
    now_s = making.stat().st_mtime
    for folder in making.parent.glob(MAKING + "*"):
        with suppress(OSError):
            if now_s - folder.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(folder, ignore_errors=True)


def _begin(file: Path, width: int, height: int) -> BinaryIO:
    stream = file.open("wb")
    npy.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": (height, width)})
    return stream


def _first_level(dataset: Any, heights: Heights, folder: Path, progress: Callable[[float], None]) -> None:
    """Level FIRST from the raster: strips as high as its own blocks, cut where they are wide."""
    factor = 1 << FIRST
    width, height = level_size(dataset.width, dataset.height, FIRST)
    block_rows, block_columns = dataset.block_shapes[0]
    rows = factor * -(-min(block_rows, 1024) // factor)
    rows *= max(1, CHUNK_PIXELS // (rows * dataset.width))
    columns = max(1, CHUNK_PIXELS // rows // max(block_columns, factor)) * max(block_columns, factor)
    columns = factor * -(-columns // factor)
    with _begin(folder / f"{FIRST}.npy", width, height) as stream:
        for top in range(0, dataset.height, rows):
            high = min(rows, dataset.height - top)
            strip = np.empty((-(-high // factor), width), dtype=np.float32)
            for left in range(0, dataset.width, columns):
                wide = min(columns, dataset.width - left)
                values = read_heights(dataset, heights, rasterio.windows.Window(left, top, wide, high))
                for _ in range(FIRST):
                    values = halve(values)
                strip[:, left // factor : left // factor + values.shape[1]] = values
            stream.write(strip.tobytes())
            progress((top + high) / dataset.height)
        stream.flush()
        os.fsync(stream.fileno())


def _next_level(folder: Path, level: int, full_width: int, full_height: int) -> None:
    width, height = level_size(full_width, full_height, level)
    below_width, below_height = level_size(full_width, full_height, level - 1)
    finer = StoredLevels(folder)
    rows = 2 * max(1, CHUNK_PIXELS // (2 * below_width))
    with _begin(folder / f"{level}.npy", width, height) as stream:
        for top in range(0, below_height, rows):
            values = finer.read(level - 1, 0, top, below_width, min(rows, below_height - top))
            stream.write(halve(values).tobytes())
