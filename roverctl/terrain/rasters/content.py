"""What a raster is, whatever it is called and wherever it lies: a digest of its content."""

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from roverctl.core.errors import InputError
from roverctl.terrain.rasters.dataset import open_dataset
from roverctl.terrain.rasters.shelf import is_url

# Larger rasters are summed in part: at some GB/s a plan would wait for them. Our choice.
_WHOLE_BYTES = 256 * 2**20
_PIECES, _PIECE_BYTES = 64, 2**20
# What programs leave beside a raster and can make again.
_DERIVED = (".ovr", ".xml", ".msk")


def content_sha256(file: str) -> str:
    """SHA-256 of a raster's files in the order of their names' ends; of one over 256 MiB, of its size and 64 pieces of
    1 MiB spread over it; of one on the web, of its size and place alone, which take no more than its header.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    if is_url(file):
        with open_dataset(file) as dataset:
            about = f"{dataset.width} {dataset.height} {tuple(dataset.transform)} {dataset.crs} {dataset.nodata}"
        return hashlib.sha256(about.encode()).hexdigest()
    try:
        with open_dataset(file) as dataset:
            parts = [Path(part) for part in dataset.files]
        parts = sorted((p for p in parts if p.suffix.lower() not in _DERIVED), key=lambda p: p.suffix.lower())
        digest = hashlib.sha256()
        for part in parts or [Path(file)]:
            status = part.stat()
            digest.update(bytes.fromhex(_file_sha256(os.path.realpath(part), status.st_size, status.st_mtime_ns)))
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    return digest.hexdigest()


@lru_cache(maxsize=64)
def _file_sha256(path: str, size: int, modified_ns: int) -> str:
    """Of one file as it was then; size and time are there so that a changed file is summed anew."""
    digest = hashlib.sha256(f"{size} ".encode())
    with Path(path).open("rb") as stream:
        if size <= _WHOLE_BYTES:
            while piece := stream.read(_PIECE_BYTES):
                digest.update(piece)
        else:
            for k in range(_PIECES):
                stream.seek((size - _PIECE_BYTES) * k // (_PIECES - 1))
                digest.update(stream.read(_PIECE_BYTES))
    return digest.hexdigest()
