"""Adding rasters to the terrain library and taking them out; what is in it is ``shelf``'s.

An entry is there whole or not at all: everything else is done before it is written, beside its place, and renamed.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.information import terrain_info
from roverctl.terrain.rasters.dataset import open_dataset
from roverctl.terrain.rasters.heights import heights_of
from roverctl.terrain.rasters.overviews import build_overviews, find_overviews, needs_overviews, remove_overviews
from roverctl.terrain.rasters.shelf import Entry, Provenance, check_name, is_url, read_entry

_READ_BYTES: Final = 2**20

Progress = Callable[[str, float], None]  # what is under way, and how much of it is done, 0 to 1


def add(
    folder: Path,
    mission: Mission,
    file: str,
    name: str,
    added: str,
    progress: Progress,
    provenance: Provenance | None = None,
) -> Entry:
    """Look a raster through, make the overviews it lacks, and enter it.

    Parameters
    ----------
    file : a local file, which is looked through and summed; or a URL, of which only the header is read.
    added : the time to enter, ISO 8601.

    Raises
    ------
    InputError
        When the raster cannot be used, the name is taken or no name, or the library cannot be written. Nothing of the
        entry is there then.
    """
    check_name(name)
    target = folder / f"{name}.json"
    if os.path.lexists(target):
        raise InputError(f"the terrain library has a '{name}' already; remove it, or give another --name")
    if is_url(file):
        info = terrain_info(mission, file, extremes=False)
        entry = Entry(name, file, added, "", 0, 0, info, provenance or Provenance())
        _write(folder, target, entry)
        return entry
    path = Path(os.path.abspath(file))  # noqa: PTH100, links stay as they are
    info = terrain_info(mission, path, progress=lambda part: progress("elevations", part))
    sha256 = sha256_of(path, lambda part: progress("checksum", part))
    status = path.stat()
    made = False
    try:
        made = make_overviews(str(path), mission, lambda part: progress("overviews", part))
        found = provenance or Provenance()
        entry = Entry(name, str(path), added, sha256, status.st_size, status.st_mtime_ns, info, found)
        _write(folder, target, entry)
    except BaseException:
        if made:
            with open_dataset(path) as dataset:
                remove_overviews(dataset, heights_of(dataset, mission.body.radius_m))
        raise
    return entry


def make_overviews(file: str, mission: Mission, progress: Callable[[float], None]) -> bool:
    """Make the overviews that a local raster lacks; whether there was anything to make.

    Raises
    ------
    InputError
        As ``build_overviews``.
    """
    if is_url(file):
        return False
    with open_dataset(file) as dataset:
        heights = heights_of(dataset, mission.body.radius_m)
        if not needs_overviews(dataset) or find_overviews(dataset, heights) is not None:
            return False
        build_overviews(dataset, heights, progress)
    return True


def remove(folder: Path, mission: Mission, name: str) -> Entry | None:
    """Take an entry out, with its overviews and what was fetched for it; the user's own file stays.

    Gives the entry, or None where its file was no readable entry and is gone now.

    Raises
    ------
    InputError
        When there is none.
    """
    target = folder / f"{check_name(name)}.json"
    if not os.path.lexists(target):
        raise InputError(f"the terrain library {folder} has no '{name}'")
    try:
        entry = read_entry(folder, name)
    except InputError:
        entry = None
    target.unlink()
    if entry is None or is_url(entry.path):
        return entry
    with suppress(InputError), open_dataset(entry.path) as dataset:
        remove_overviews(dataset, heights_of(dataset, mission.body.radius_m))
    fetched = folder / "files" / name
    if Path(entry.path).parent == fetched:
        for part in fetched.iterdir():
            part.unlink()
        fetched.rmdir()
    return entry


def sha256_of(file: Path, progress: Callable[[float], None]) -> str:
    """The checksum of a file, read in pieces."""
    total, done = max(1, file.stat().st_size), 0
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while piece := stream.read(_READ_BYTES):
            digest.update(piece)
            done += len(piece)
            progress(min(1.0, done / total))
    return digest.hexdigest()


def _write(folder: Path, target: Path, entry: Entry) -> None:
    """Put an entry in its place in one step."""
    passing = folder / f".{target.name}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with passing.open("wb") as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(entry), indent=1) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        passing.replace(target)
    except OSError as error:
        raise InputError(f"{folder}: the terrain library cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            passing.unlink(missing_ok=True)
