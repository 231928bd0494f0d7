"""The operation folder: what one works in.

    operation.toml     mission, terrain, start, seed: what a simulated world is made from
    journal.sqlite     every act and every uplink, written before it acts
    engine.snapshot    the engine's state at some instant; with later uplinks it gives the world back
    logs/              console-0001.mcap ... one file for each time the operation was opened
    routes/            GeoJSON
    products/          science products as they come

An operation is opened by one program at a time.
"""

import fcntl
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from roverctl.core.errors import InputError
from roverctl.core.times import format_utc, parse_utc

_FILE: Final = "operation.toml"


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mission: str
    start: str
    seed: int
    terrain: list[str] = []
    link: str = ""
    dem: str = ""  # of operations that were made when terrain was one file


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation folder, read."""

    folder: Path
    mission: str
    layers: tuple[str, ...]  # files and URLs, the uppermost first
    start_ns: int
    seed: int
    link: str = ""  # to a vehicle outside, in the simulated one's place

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.folder / "journal.sqlite"

    @property
    def snapshot(self) -> Path:
        """The engine's last snapshot."""
        return self.folder / "engine.snapshot"

    @property
    def routes(self) -> Path:
        """Where routes are kept."""
        return self.folder / "routes"

    @property
    def products(self) -> Path:
        """Where science products are put."""
        return self.folder / "products"

    def logs(self) -> list[Path]:
        """The logs so far, oldest first."""
        return sorted((self.folder / "logs").glob("console-*.mcap"))

    def next_log(self) -> Path:
        """The file for a new log."""
        return self.folder / "logs" / f"console-{len(self.logs()) + 1:04d}.mcap"


def new_operation(
    folder: Path, mission: str, layers: Sequence[str], start_ns: int, seed: int, link: str = ""
) -> Operation:
    """Make an operation folder; one that exists must be empty.

    Raises
    ------
    InputError
        When the folder has something in it or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError(f"{folder}: not empty; a new operation needs an empty folder, or resume this one")
        (folder / "logs").mkdir()
        (folder / "routes").mkdir()
        lines = [
            "# An operation of roverctl: what its simulated world is made from. Not to be edited while it is open.",
            f"mission = {_quoted(mission)}",
            f"start = {_quoted(format_utc(start_ns, 9))}",
            f"seed = {seed}",
            f"terrain = [{', '.join(_quoted(layer) for layer in layers)}]",
            *([f"link = {_quoted(link)}"] if link else []),
        ]
        (folder / _FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder}: cannot be made an operation folder: {error.strerror}") from None
    return open_operation(folder)


def open_operation(folder: Path) -> Operation:
    """Read an operation folder.

    Raises
    ------
    InputError
        Naming file and key.
    """
    file = folder / _FILE
    try:
        content = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _Content)
        start_ns = parse_utc(content.start)
    except FileNotFoundError:
        raise InputError(f"{folder}: no operation is here ({_FILE} is missing)") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, InputError) as error:
        raise InputError(f"{file}: {error}") from None
    layers = tuple(content.terrain) or ((content.dem,) if content.dem else ())
    return Operation(folder, content.mission, layers, start_ns, content.seed, content.link)


def is_operation(folder: Path) -> bool:
    """Whether there is one."""
    return (folder / _FILE).is_file()


class OperationLock:
    """Held while an operation is open; gives way when the process that held it dies.

    Raises
    ------
    InputError
        When another program has the operation open.
    """

    def __init__(self, operation: Operation) -> None:
        self._stream: BinaryIO = (operation.folder / ".lock").open("wb")
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._stream.close()
            raise InputError(f"{operation.folder}: another roverctl has this operation open") from None

    def release(self) -> None:
        """Let go."""
        self._stream.close()


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped: Any = msgspec.json.encode(text).decode()
    return str(escaped)
