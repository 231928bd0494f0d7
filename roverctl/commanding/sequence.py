"""Sequences: ordered commands in a file, laid out as Yamcs writes its command stacks (JSON).

``commands`` holds one object each: ``name``, ``arguments`` ([{name, value}]), ``comment``, ``advancement`` and
``extraOptions``. ``advancement.acknowledgment`` says what the next command waits for: ``CommandComplete`` (the
default here) until this one is completed, ``Acknowledge_Queued``, ``_Released`` or ``_Sent`` not at all;
``advancement.wait`` is a delay in milliseconds after that. ``extraOptions`` with the id ``not-before`` holds a UTC time
before which the command is not released. The member ``start``, ours alone, says where and when a simulation of the
sequence begins: ``{"utc": ..., "site_m": [east, north], "heading_deg": ...}``.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roverctl.core.errors import InputError
from roverctl.core.text_files import json_of, text_of
from roverctl.core.times import MILLISECOND_NS, format_utc, parse_utc
from roverctl.mission.mdb import Mdb, Value

MOST_COMMANDS = 10_000
_MOST_CHARACTERS = 32 * 1024 * 1024
_SCHEMA = "https://yamcs.org/schema/command-stack.schema.json"
_COMPLETE = "CommandComplete"
_AT_ONCE = ("Acknowledge_Queued", "Acknowledge_Released", "Acknowledge_Sent")
_LONGEST_WAIT_MS = 30 * 86_400_000
_MOST_COMMENT = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """A command with its arguments checked; the next waits for its completion where ``completes``, and so long."""

    name: str
    arguments: dict[str, Value]
    comment: str = ""
    not_before_ns: int | None = None
    completes: bool = True
    wait_ns: int = 0


@dataclass(frozen=True, slots=True)
class Start:
    """Where a simulation of a sequence begins, and when; heading from north, clockwise."""

    t_ns: int
    east_m: float
    north_m: float
    heading_rad: float


@dataclass(frozen=True, slots=True)
class Sequence:
    """Commands in order."""

    entries: tuple[Entry, ...]
    start: Start | None = None


def sequence_to_json(sequence: Sequence) -> str:
    """A sequence as a file's text."""
    commands = []
    for entry in sequence.entries:
        command: dict[str, Any] = {"name": entry.name}
        if entry.comment:
            command["comment"] = entry.comment
        if entry.not_before_ns is not None:
            command["extraOptions"] = [{"id": "not-before", "value": format_utc(entry.not_before_ns, 9)}]
        command["arguments"] = [{"name": name, "value": value} for name, value in entry.arguments.items()]
        acknowledgment = _COMPLETE if entry.completes else _AT_ONCE[1]
        command["advancement"] = {"acknowledgment": acknowledgment, "wait": entry.wait_ns // MILLISECOND_NS}
        commands.append(command)
    content: dict[str, Any] = {"$schema": _SCHEMA, "commands": commands}
    if sequence.start is not None:
        start = sequence.start
        content["start"] = {
            "utc": format_utc(start.t_ns, 9), "site_m": [start.east_m, start.north_m],
            "heading_deg": math.degrees(start.heading_rad),
        }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)


def sequence_from_json(text: str, mdb: Mdb, name: str) -> Sequence:
    """The sequence in a document; ``name`` is the file that a message names.

    Raises
    ------
    InputError
        Naming file and key: for what is no sequence, commands or arguments that the MDB does not know or take.
    """
    content = json_of(text, name)
    commands = content.get("commands")
    if not isinstance(commands, list) or not commands:
        raise InputError(f"{name}: no sequence: it needs the member commands [...] with one command at least")
    if len(commands) > MOST_COMMANDS:
        raise InputError(f"{name}: commands: {len(commands):,} are too many; {MOST_COMMANDS:,} at most")
    rest = content.get("advancement", {})
    try:
        return Sequence(
            tuple(_entry(command, rest, mdb, f"commands[{i}]") for i, command in enumerate(commands)),
            _start(content["start"]) if "start" in content else None,
        )
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def read_sequence(file: Path, mdb: Mdb) -> Sequence:
    """The sequence of a file; errors as for ``sequence_from_json``."""
    return sequence_from_json(text_of(file, _MOST_CHARACTERS, "a sequence"), mdb, str(file))


def _entry(command: Any, rest: Any, mdb: Mdb, where: str) -> Entry:
    if not isinstance(command, dict) or not isinstance(command.get("name"), str):
        raise InputError(f"{where}: must be an object with a name")
    name = command["name"].rsplit("/", 1)[-1]  # Yamcs writes names with their space systems before them
    comment = command.get("comment", "")
    if not isinstance(comment, str) or len(comment) > _MOST_COMMENT:
        raise InputError(f"{where}.comment: must be a text of {_MOST_COMMENT} characters at most")
    arguments: dict[str, Value] = {}
    given = command.get("arguments", [])
    if not isinstance(given, list):
        raise InputError(f"{where}.arguments: must be a list")
    for i, argument in enumerate(given):
        if not isinstance(argument, dict) or not isinstance(argument.get("name"), str) or "value" not in argument:
            raise InputError(f"{where}.arguments[{i}]: must be an object with name and value")
        arguments[argument["name"]] = argument["value"]
    try:
        arguments = mdb.check_arguments(name, arguments)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    advancement = command.get("advancement", rest)
    if not isinstance(advancement, dict):
        raise InputError(f"{where}.advancement: must be an object")
    acknowledgment = advancement.get("acknowledgment", _COMPLETE)
    if acknowledgment != _COMPLETE and acknowledgment not in _AT_ONCE:
        raise InputError(
            f"{where}.advancement.acknowledgment: '{acknowledgment}' is not known; use {_COMPLETE} or {_AT_ONCE[1]}"
        )
    wait = advancement.get("wait", 0)
    if not _is_number(wait) or not 0 <= wait <= _LONGEST_WAIT_MS:
        raise InputError(f"{where}.advancement.wait: must lie between 0 and {_LONGEST_WAIT_MS} milliseconds")
    return Entry(
        name, arguments, comment, _not_before(command, where), acknowledgment == _COMPLETE,
        round(wait * MILLISECOND_NS),
    )  # fmt: skip


def _not_before(command: dict[str, Any], where: str) -> int | None:
    options = command.get("extraOptions", [])
    if not isinstance(options, list):
        raise InputError(f"{where}.extraOptions: must be a list")
    for option in options:
        if isinstance(option, dict) and option.get("id") == "not-before":
            try:
                return parse_utc(str(option.get("value")))
            except InputError as error:
                raise InputError(f"{where}.extraOptions: not-before: {error}") from None
    return None


def _start(content: Any) -> Start:
    place = content.get("site_m") if isinstance(content, dict) else None
    if not isinstance(place, list) or len(place) != 2 or not all(_is_number(c) and abs(c) < 1e7 for c in place):
        raise InputError("start.site_m: must be [east, north] in metres")
    heading = content.get("heading_deg", 0.0)
    if not _is_number(heading):
        raise InputError("start.heading_deg: must be a number")
    try:
        t_ns = parse_utc(str(content.get("utc")))
    except InputError as error:
        raise InputError(f"start.utc: {error}") from None
    return Start(t_ns, float(place[0]), float(place[1]), math.radians(heading) % math.tau)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
