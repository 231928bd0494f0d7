"""Reads ``mdb.toml`` and checks that what refers to something finds it, and that numbers fit what carries them."""

import math
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from roverctl.core.errors import ProfileError
from roverctl.core.nouns import Severity
from roverctl.mission.mdb import RAW_FORMATS, Mdb, MdbFile

# What the simulated rover, station and relay report by name: without it an operation would end in the middle.
_NEEDED_EVENTS = (
    "MOTION_STARTED", "MOTION_DONE", "MOTION_STOPPED", "COMMANDED_STOP", "MODE_CHANGED", "PANORAMA_DONE",
    "FRAME_RADIATED", "FRAME_FORWARDED", "FRAME_RETRANSMITTED", "BYPASS_RADIATED", "BYPASS_FORWARDED",
    "CONTROL_RADIATED", "SERVICE_BEGUN", "SERVICE_ENDED", "COMMAND_UNCONFIRMED", "COMMAND_WITHDRAWN",
    "RELAY_MEMORY_FULL", "IMPAIRMENT_BEGAN", "IMPAIRMENT_ENDED", "TIME_CORRELATED",
)  # fmt: skip
_NEEDED_FOR_FILES = (
    "PRODUCT_BEGUN", "PRODUCT_PROGRESS", "PRODUCT_PIECES_MISSING", "PRODUCT_COMPLETE", "PRODUCT_FAILED",
)  # fmt: skip


def load_mdb(file: Path) -> Mdb:
    """Read and check ``mdb.toml``.

    Raises
    ------
    ProfileError
        Naming file and key.
    """
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
        content = msgspec.convert(written, MdbFile)
    except FileNotFoundError:
        raise ProfileError(f"{file}: missing; a mission folder has mission.toml and mdb.toml") from None
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ProfileError(f"{file}: {error}") from None
    key = _no_number(written)
    if key is not None:
        raise ProfileError(f"{file}: {key[1:]}: must be finite")
    _check(file, content)
    return Mdb(content)


def _no_number(node: Any) -> str | None:
    """Where a NaN or an infinity stands; TOML can write both."""
    if isinstance(node, float):
        return None if math.isfinite(node) else ""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in items:
        rest = _no_number(item)
        if rest is not None:
            return f".{key}{rest}"
    return None


def _check(file: Path, content: MdbFile) -> None:
    """What refers to something must find it."""

    def fail(where: str, problem: str) -> ProfileError:
        return ProfileError(f"{file}: {where}: {problem}")

    for name, words in content.enumerations.items():
        if not all(number.isascii() and number.isdigit() for number in words):
            raise fail(f"enumerations.{name}", "keys must be whole numbers")
    for name, parameter in content.parameters.items():
        if parameter.enumeration and parameter.enumeration not in content.enumerations:
            raise fail(f"parameters.{name}", f"no enumeration '{parameter.enumeration}'")
    for name, apid in content.apids.items():
        if not 0 <= apid < 2047:
            raise fail(f"apids.{name}", "must lie between 0 and 2046")
    for kind, numbers in (
        ("packets", [(p.apid, p.structure) for p in content.packets]),
        ("packets", [p.name for p in content.packets]),
        ("events", [e.id for e in content.events]),
        ("events", [e.name for e in content.events]),
        ("commands", [c.name for c in content.commands]),
        ("commands", [c.function for c in content.commands if c.function is not None]),
        ("commands", [(c.service, c.subservice) for c in content.commands if c.function is None]),
    ):
        twice = next((number for number in numbers if list(numbers).count(number) > 1), None)
        if twice is not None:
            raise fail(kind, f"{twice} is there twice")
    for packet in content.packets:
        if packet.apid not in content.apids:
            raise fail(f"packets.{packet.name}", f"no apid '{packet.apid}'")
        if not 0 <= packet.structure <= 255 or not packet.period_s > 0.0:
            raise fail(f"packets.{packet.name}", "structure must lie between 0 and 255, period_s above 0")
        for field in packet.fields:
            if field.parameter not in content.parameters:
                raise fail(f"packets.{packet.name}", f"no parameter '{field.parameter}'")
            if field.raw not in RAW_FORMATS or field.scale == 0.0:
                raise fail(
                    f"packets.{packet.name}.{field.parameter}",
                    f"raw must be one of {', '.join(RAW_FORMATS)}, scale not 0",
                )
    for apid_user in content.events:
        if apid_user.apid not in content.apids:
            raise fail(f"events.{apid_user.name}", f"no apid '{apid_user.apid}'")
        if apid_user.severity.upper() not in Severity.__members__:
            raise fail(
                f"events.{apid_user.name}", f"severity must be one of {', '.join(s.name.lower() for s in Severity)}"
            )
        if not 0 <= apid_user.id <= 65_535:
            raise fail(f"events.{apid_user.name}", "id must lie between 0 and 65535")
    needed_events = _NEEDED_EVENTS + (_NEEDED_FOR_FILES if "files" in content.apids else ())
    for kind, needed, there in (
        ("packets", ("ROVER_HK",), [p.name for p in content.packets]),
        ("events", needed_events, [e.name for e in content.events]),
    ):
        lacking = [name for name in needed if name not in there]
        if lacking:
            raise fail(kind, f"{', '.join(lacking)} is missing: the simulated rover reports by it")
    for command in content.commands:
        numbered = (command.service, command.subservice, command.function or 0)
        if not all(0 <= number <= 255 for number in numbered):
            raise fail(f"commands.{command.name}", "service, subservice and function must lie between 0 and 255")
    for kind, items in (("events", content.events), ("commands", content.commands)):
        for item in items:
            for argument in item.arguments:
                where = f"{kind}.{item.name}.{argument.name}"
                if argument.raw not in RAW_FORMATS and not (kind == "commands" and argument.raw == "route"):
                    raise fail(where, f"raw must be one of {', '.join(RAW_FORMATS)}")
                if argument.enumeration and argument.enumeration not in content.enumerations:
                    raise fail(where, f"no enumeration '{argument.enumeration}'")
                known = content.enumerations[argument.enumeration].values() if argument.enumeration else ()
                if not set(argument.allowed) <= set(known):
                    raise fail(where, f"allowed may be of {', '.join(known)}")
                if argument.raw == "route":
                    continue
                if argument.scale == 0.0 or argument.range[0] > argument.range[1]:
                    raise fail(where, "scale must not be 0, and min not above max")
                if argument.default is not None and not argument.range[0] <= argument.default <= argument.range[1]:
                    raise fail(where, f"the default {argument.default:g} is out of range")
    for event in content.events:
        shown: dict[str, float | str] = {a.name: "" if a.enumeration else 0.0 for a in event.arguments}
        try:
            event.text.format(**shown)
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            raise fail(f"events.{event.name}", f"its text cannot be filled with its arguments: {error!r}") from None
