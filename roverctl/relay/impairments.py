"""Impairments of the link by name, for training: what they are called and take, and a schedule of them from a file.

[[impairments]]
name = "loss"
at = 60                     # seconds from the start, or a UTC time
duration = 600              # seconds
arguments = { probability = 0.3, leg = "return" }
"""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from roverctl.core.errors import InputError
from roverctl.core.times import SECOND_NS, parse_utc
from roverctl.mission.profile import Mission

LEGS: Final = ("forward", "return", "earth")  # station to rover, rover to relay, relay to station
_LONGEST_S: Final = 30 * 86_400.0
_LARGEST_FILE_B: Final = 1 << 20
_MOST: Final = 10_000

Number = tuple[float, float, float | None]  # least, most, default


@dataclass(frozen=True, slots=True)
class Kind:
    """An impairment that can be named: its numbers, the first of which its event tells, and whether it takes a leg."""

    numbers: dict[str, Number]
    leg: str = ""  # the default; '' where it takes none


KINDS: Final[dict[str, Kind]] = {
    "loss": Kind({"probability": (0.0, 1.0, None)}, "forward"),
    "burst": Kind({"length_s": (0.01, 86_400.0, 5.0), "gap_s": (0.01, 86_400.0, 20.0)}, "forward"),
    "fade": Kind({"depth_db": (0.0, 60.0, None)}, "return"),
    "station_down": Kind({}),
    "relay_safe_mode": Kind({}),
    "duplicate": Kind({"probability": (0.0, 1.0, None)}, "forward"),
    "reorder": Kind({"probability": (0.0, 1.0, None), "delay_s": (0.01, 300.0, 10.0)}, "forward"),
    "clock_drift": Kind({"ppm": (-1000.0, 1000.0, None)}),
    "rate_drop": Kind({"factor": (0.001, 1.0, None)}, "return"),
    "conjunction": Kind({}),
}


@dataclass(frozen=True, slots=True)
class Impairment:
    """One that was checked. ``station`` is an index, -1 where none is meant; legs as in ``LEGS``, '' likewise."""

    name: str
    numbers: dict[str, float]
    leg: str
    station: int

    @property
    def amount(self) -> float:
        """What its event tells of it: its first number, or the station's."""
        return next(iter(self.numbers.values()), float(self.station))


@dataclass(frozen=True, slots=True)
class Planned:
    """An impairment of a schedule."""

    begin_ns: int
    duration_ns: int
    impairment: Impairment


def read_impairment(name: str, arguments: dict[str, Any], mission: Mission) -> Impairment:
    """Check an impairment.

    Raises
    ------
    InputError
        When there is none of that name, or an argument is missing, unknown or out of range.
    """
    kind = KINDS.get(name)
    if kind is None:
        raise InputError(f"no impairment is called '{name}'; known are {', '.join(KINDS)}")
    takes = [*kind.numbers, *(["leg"] if kind.leg else []), *(["station"] if name == "station_down" else [])]
    for key in arguments:
        if key not in takes:
            raise InputError(f"{name}: no argument is called '{key}'; it takes {', '.join(takes) or 'none'}")
    numbers = {}
    for key, (low, high, default) in kind.numbers.items():
        value = arguments.get(key, default)
        if value is None:
            raise InputError(f"{name}: {key} is missing; it takes {', '.join(takes)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise InputError(f"{name}: {key} must be a number between {low:g} and {high:g}, not {value!r}")
        numbers[key] = float(value)
    leg = arguments.get("leg", kind.leg)
    if kind.leg and leg not in LEGS:
        raise InputError(f"{name}: leg must be one of {', '.join(LEGS)}, not {leg!r}")
    station = -1
    if name == "station_down":
        names = [s.name for s in mission.stations]
        if arguments.get("station") not in names:
            raise InputError(f"station_down: station must be one of {', '.join(names)}")
        station = names.index(arguments["station"])
    return Impairment(name, numbers, leg, station)


def duration_ns(duration_s: float) -> int:
    """A duration.

    Raises
    ------
    InputError
        When it is no number from a millisecond to 30 days.
    """
    right = isinstance(duration_s, int | float) and not isinstance(duration_s, bool) and math.isfinite(duration_s)
    if not right or not 0.001 <= duration_s <= _LONGEST_S:
        raise InputError(f"a duration must be between 0.001 and {_LONGEST_S:g} s, not {duration_s!r}")
    return round(duration_s * SECOND_NS)


def read_scenario(file: Path, mission: Mission, start_ns: int) -> list[Planned]:
    """The impairments of a scenario file, TOML or JSON, in the order of their beginnings.

    Raises
    ------
    InputError
        Naming file and entry.
    """
    try:
        if file.stat().st_size > _LARGEST_FILE_B:
            raise InputError(f"{file}: larger than {_LARGEST_FILE_B} bytes: not a scenario")
        text = file.read_text(encoding="utf-8")
        content = msgspec.json.decode(text) if file.suffix.lower() == ".json" else tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"{file}: {error}") from None
    entries = content.get("impairments") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"{file}: needs a list of [[impairments]]")
    if len(entries) > _MOST:
        raise InputError(f"{file}: {len(entries)} impairments; {_MOST} are the most")
    planned = []
    for number, entry in enumerate(entries, start=1):
        try:
            planned.append(_planned(entry, mission, start_ns))
        except InputError as error:
            raise InputError(f"{file}: impairment {number}: {error}") from None
    return sorted(planned, key=lambda item: item.begin_ns)


def _planned(entry: dict[str, Any], mission: Mission, start_ns: int) -> Planned:
    unknown = set(entry) - {"name", "at", "duration", "arguments"}
    if unknown:
        raise InputError(f"unknown key '{min(unknown)}'; known are name, at, duration, arguments")
    at, arguments = entry.get("at", 0), entry.get("arguments", {})
    if isinstance(at, str):
        begin_ns = parse_utc(at)
    elif isinstance(at, int | float) and not isinstance(at, bool) and 0.0 <= at <= 366 * 86_400.0:
        begin_ns = start_ns + round(at * SECOND_NS)
    else:
        raise InputError("at must be a UTC time or seconds from the start, within 366 days")
    if begin_ns < start_ns:
        raise InputError(f"at {at} lies before the start")
    if not isinstance(arguments, dict):
        raise InputError("arguments must be a table")
    return Planned(
        begin_ns, duration_ns(entry.get("duration", 0)), read_impairment(str(entry.get("name")), arguments, mission)
    )
