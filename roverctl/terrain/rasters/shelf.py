"""What is in the terrain library, and what a user means by a word: a file, a URL or a name in the library.

A folder ``terrain`` in the data folder holds a file ``NAME.json`` for each entry. An entry refers to its raster, it
does not copy it; what was fetched lies in ``terrain/files``. Nothing here opens a raster, so that the window can ask.
"""

import errno
import os
import re
from pathlib import Path
from typing import Any, Final

import msgspec
from platformdirs import user_data_path

from roverctl.core.errors import InputError

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LARGEST_ENTRY: Final = 2**20


def is_url(name: str) -> bool:
    """Whether a name is an address on the web."""
    return name.lower().startswith(("http://", "https://"))


class Provenance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a raster was fetched from; empty for a file that the user added."""

    url: str = ""
    title: str = ""
    credit: str = ""
    licence: str = ""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A raster of the library. ``sha256`` is of the file at ``path``, ``bytes`` and ``modified_ns`` are its own."""

    name: str
    path: str
    added: str
    sha256: str
    bytes: int
    modified_ns: int
    info: dict[str, Any]
    provenance: Provenance = Provenance()

    def trouble(self) -> str:
        """What has become of the raster since it was added; empty while it is as it was."""
        if is_url(self.path):
            return ""
        try:
            status = os.stat(self.path)  # noqa: PTH116, errno tells a loop of links
        except OSError as error:
            loop = error.errno == errno.ELOOP
            return f"{self.path} is a loop of symbolic links" if loop else f"{self.path} is gone"
        if (status.st_size, status.st_mtime_ns) != (self.bytes, self.modified_ns):
            return f"{self.path} has changed since it was added; remove and add it again"
        return ""


def library_folder(data_dir: Path | None = None) -> Path:
    """The library's folder in the given data folder, or in the user's."""
    return (user_data_path("roverctl") if data_dir is None else data_dir) / "terrain"


def check_name(name: str) -> str:
    """The name, when it is one; never a path.

    Raises
    ------
    InputError
        Saying what a name is.
    """
    if NAME.fullmatch(name) is None or ".." in name:
        raise InputError(f"'{name}' is no name for terrain: small letters, digits, '.', '_' and '-', at most 64")
    return name


def name_of(file: str) -> str:
    """A name made of a file's: its stem in small letters, other characters as '-'."""
    stem = re.sub(r"[^a-z0-9._-]+", "-", Path(file.split("?")[0]).stem.lower()).strip("-._") or "terrain"
    return re.sub(r"\.{2,}", ".", stem)[:64]


def read_entry(folder: Path, name: str) -> Entry:
    """An entry by name.

    Raises
    ------
    InputError
        When there is none, or its file cannot be read.
    """
    file = folder / f"{check_name(name)}.json"
    try:
        with file.open("rb") as stream:
            entry = msgspec.json.decode(stream.read(_LARGEST_ENTRY), type=Entry)
    except FileNotFoundError:
        raise InputError(f"the terrain library {folder} has no '{name}'") from None
    except OSError as error:
        reason = "is a loop of symbolic links" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}"
        raise InputError(f"{file} {reason}") from None
    except msgspec.MsgspecError as error:
        raise InputError(f"{file} is no entry of a terrain library: {error}") from None
    return entry


def entries(folder: Path) -> tuple[list[Entry], list[str]]:
    """All entries by name, and what is wrong with files that should be entries, a line each.

    Raises
    ------
    InputError
        When the folder itself cannot be read.
    """
    try:
        names = sorted(file.stem for file in folder.iterdir() if file.suffix == ".json")
    except FileNotFoundError:
        return [], []
    except OSError as error:
        raise InputError(f"{folder}: the terrain library cannot be read: {error.strerror}") from None
    found, troubles = [], []
    for name in names:
        try:
            found.append(read_entry(folder, name))
        except InputError as error:
            troubles.append(str(error))
    return found, troubles


def locate(word: str, folder: Path | None = None) -> str:
    """The file or URL that a user means: itself, or the raster of a library entry, as it was when added.

    Raises
    ------
    InputError
        When there is neither, or the entry's raster has gone or changed.
    """
    if is_url(word) or os.path.lexists(word):
        return word
    library = library_folder() if folder is None else folder
    if NAME.fullmatch(word) is None or not os.path.lexists(library / f"{word}.json"):
        raise InputError(f"{word}: there is no such file, and no such name in the terrain library")
    entry = read_entry(library, word)
    trouble = entry.trouble()
    if trouble:
        raise InputError(f"terrain '{word}': {trouble}")
    return entry.path
