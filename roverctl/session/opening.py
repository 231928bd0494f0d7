"""Opens sessions: a new operation, one to resume, a log to replay."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from roverctl.archive.reader import operation_metadata
from roverctl.commanding.journal import Journal
from roverctl.core.times import parse_utc
from roverctl.mission.profile import Mission, load_mission
from roverctl.relay.adapters.address import read_address
from roverctl.session.console import ConsoleSession
from roverctl.session.feed import EngineFeed, LogFeed
from roverctl.session.operation import Operation, new_operation, open_operation
from roverctl.session.work.bench import Bench
from roverctl.terrain.rasters.shelf import is_url


def begin(folder: Path, mission: str, layers: Sequence[str], start_ns: int | None, link: str = "") -> ConsoleSession:
    """A new operation in a folder that is empty or not there yet, on terrain that a ``TerrainCheck`` found good; with
    the simulated rover, or with the vehicle at the other end of ``link``.

    Raises
    ------
    InputError
        When mission, folder or link cannot be used.
    """
    profile = load_mission(mission)
    if link:
        read_address(link)
    begins_ns = profile.start_ns if start_ns is None else start_ns
    name = mission if not Path(mission).is_dir() else str(Path(mission).resolve())
    return _live(new_operation(folder, name, layers, begins_ns, profile.seed, link), profile)


def resume(folder: Path) -> ConsoleSession:
    """An operation that was there before.

    Raises
    ------
    InputError
        When the folder holds none.
    """
    operation = open_operation(folder)
    return _live(operation, load_mission(operation.mission))


def _live(operation: Operation, mission: Mission) -> ConsoleSession:
    journal = Journal(operation.journal)
    bench = Bench(operation.mission, operation.layers, operation.seed, operation.start_ns)
    return ConsoleSession(mission, EngineFeed(operation), bench, journal, operation.folder, operation.folder.name)


def replay(log: Path, mission: str | None, layers: Sequence[str], monotonic_ns: Callable[[], int]) -> ConsoleSession:
    """A log; mission and terrain are those it was recorded with, unless given.

    Raises
    ------
    LogError
        When nothing in it can be read.
    """
    about = operation_metadata(log)
    name = mission or about.get("mission_source") or about.get("mission") or "change4"
    profile = load_mission(name)
    seed = int(about["seed"]) if about.get("seed", "").lstrip("-").isdigit() else profile.seed
    origin_ns = parse_utc(about["start"]) if "start" in about else profile.start_ns
    bench = Bench(name, tuple(layers) or _recorded_layers(about), seed, origin_ns)
    return ConsoleSession(profile, LogFeed(str(log), name, monotonic_ns), bench, None, None, log.name)


def _recorded_layers(about: dict[str, str]) -> tuple[str, ...]:
    """The terrain that a log was recorded with, as far as it is still there."""
    try:
        recorded = json.loads(about.get("layers", "[]"))
    except ValueError:
        recorded = []
    if not recorded and about.get("dem"):
        recorded = [about["dem"]]  # of logs from when terrain was one file
    return tuple(layer for layer in recorded if isinstance(layer, str) and (is_url(layer) or Path(layer).is_file()))
