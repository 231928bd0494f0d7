"""The mission database (MDB): parameters, packets, events and commands, and their encoding to and from bytes."""

import itertools
import math
import struct
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError, ProfileError
from roverctl.core.nouns import Severity

_FORMATS = {"u8": "B", "u16": "H", "u32": "I", "i8": "b", "i16": "h", "i32": "i", "f32": "f", "f64": "d"}
_RANGES = {
    "B": (0, 255), "H": (0, 65_535), "I": (0, 4_294_967_295),
    "b": (-128, 127), "h": (-32_768, 32_767), "i": (-2_147_483_648, 2_147_483_647),
}  # fmt: skip
ROUTE_MAX_WAYPOINTS = 200
_ROUTE_UNIT_M = 0.01

Value = float | int | str | list[tuple[float, float]]
Bounds = tuple[float, float]
Array = npt.NDArray[np.float64]


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A telemetry value: unit and decimals as shown, limits as (low, high) by severity; outside is a violation."""

    text: str
    unit: str = ""
    decimals: int = 2
    enumeration: str = ""
    watch: Bounds | None = None
    warning: Bounds | None = None
    distress: Bounds | None = None
    critical: Bounds | None = None
    severe: Bounds | None = None

    @property
    def limits(self) -> list[tuple[Severity, Bounds]]:
        """The limits that are set, most severe first."""
        pairs = [
            (Severity.SEVERE, self.severe), (Severity.CRITICAL, self.critical), (Severity.DISTRESS, self.distress),
            (Severity.WARNING, self.warning), (Severity.WATCH, self.watch),
        ]  # fmt: skip
        return [(severity, bounds) for severity, bounds in pairs if bounds is not None]

    def severity(self, value: float) -> Severity | None:
        """The most severe limit that ``value`` breaks, None when it is in limits."""
        for severity, (low, high) in self.limits:
            if not low <= value <= high:
                return severity
        return None


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A parameter's place in a packet: value = raw * scale + offset."""

    parameter: str
    raw: str
    scale: float = 1.0
    offset: float = 0.0


class Argument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An argument of a command or an event."""

    name: str
    raw: str
    scale: float = 1.0
    unit: str = ""
    enumeration: str = ""
    allowed: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    default: float | None = None
    text: str = ""


class Packet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A housekeeping structure, ST[3,25]."""

    name: str
    text: str
    apid: str
    structure: int
    period_s: float
    fields: tuple[Field, ...]


class EventReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event report, ST[5]."""

    id: int
    name: str
    apid: str
    severity: str
    text: str
    arguments: tuple[Argument, ...] = ()


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A telecommand; one with a ``function`` is ST[8,1]."""

    name: str
    text: str
    service: int = 8
    subservice: int = 1
    function: int | None = None
    significance: str = "none"
    arguments: tuple[Argument, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    apids: dict[str, int]
    enumerations: dict[str, dict[str, str]]
    parameters: dict[str, Parameter]
    packets: tuple[Packet, ...]
    events: tuple[EventReport, ...]
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class PacketCodec:
    """A housekeeping structure with its body's layout; rows are in the order of ``names``."""

    packet: Packet
    names: tuple[str, ...]
    layout: struct.Struct
    divisors: Array  # value = raw / divisor + offset: 123 / 100 is 1.23, 123 * 0.01 is not
    offsets: Array
    lows: Array
    highs: Array
    whole: bool  # no field is floating-point

    def encode(self, values: list[float]) -> bytes:
        """Body bytes of engineering values; what does not fit is held at the end of its range."""
        raw = np.rint((np.array(values) - self.offsets) * self.divisors)
        if self.whole:
            return self.layout.pack(*np.minimum(np.maximum(raw, self.lows), self.highs).astype(np.int64).tolist())
        return self._encode_mixed(values)

    def _encode_mixed(self, values: list[float]) -> bytes:
        """With floating-point fields among them, which are not rounded."""
        raw: list[float] = []
        for value, divisor, offset, low, high in zip(
            values, self.divisors.tolist(), self.offsets.tolist(), self.lows.tolist(), self.highs.tolist(), strict=True
        ):
            scaled = (value - offset) * divisor
            raw.append(scaled if math.isinf(high) else round(min(max(scaled, low), high)))
        return self.layout.pack(*raw)

    def decode(self, body: bytes) -> list[float]:
        """Engineering values of body bytes."""
        raw = self.layout.unpack_from(body)
        values: list[float] = (np.array(raw) / self.divisors + self.offsets).tolist()
        return values


class Mdb:
    """The database, with what encodes and decodes by it."""

    def __init__(self, content: _File) -> None:
        self.apids = content.apids
        self.enumerations = {
            name: {int(number): word for number, word in words.items()} for name, words in content.enumerations.items()
        }
        self.parameters = content.parameters
        self.packets = {(self.apids[p.apid], p.structure): _codec(p) for p in content.packets}
        self.events = {event.id: event for event in content.events}
        self.event_by_name = {event.name: event for event in content.events}
        self.commands = {command.name: command for command in content.commands}
        self._by_function = {c.function: c for c in content.commands if c.function is not None}
        self._by_service = {(c.service, c.subservice): c for c in content.commands if c.function is None}

    def packet(self, name: str) -> PacketCodec:
        """A housekeeping structure by name."""
        for codec in self.packets.values():
            if codec.packet.name == name:
                return codec
        raise InputError(f"no packet '{name}' in the MDB")

    def word(self, enumeration: str, number: float) -> str:
        """The word of an enumerated value, the number itself where there is none."""
        return self.enumerations[enumeration].get(int(number), str(int(number)))

    def number(self, enumeration: str, word: str) -> int:
        """The number of a word."""
        for number, known in self.enumerations[enumeration].items():
            if known == word:
                return number
        raise InputError(
            f"'{word}' is no {enumeration}; known are {', '.join(self.enumerations[enumeration].values())}"
        )

    def format_value(self, name: str, value: float) -> str:
        """A parameter's value as shown, without its unit."""
        parameter = self.parameters[name]
        if parameter.enumeration:
            return self.word(parameter.enumeration, value)
        return f"{value:.{parameter.decimals}f}"

    def command(self, name: str) -> Command:
        """A command by name."""
        if name not in self.commands:
            raise InputError(f"no command '{name}'; known are {', '.join(self.commands)}")
        return self.commands[name]

    def check_arguments(self, name: str, arguments: dict[str, Value]) -> dict[str, Value]:
        """The arguments in full, defaults filled in, each within its range; enumerated ones as words.

        Raises
        ------
        InputError
            Naming command and argument, and what would be right.
        """
        command = self.command(name)
        unknown = set(arguments) - {a.name for a in command.arguments}
        if unknown:
            raise InputError(f"{name} has no argument '{min(unknown)}'")
        full: dict[str, Value] = {}
        for argument in command.arguments:
            value = arguments.get(argument.name, argument.default)
            if value is None:
                raise InputError(f"{name}: argument '{argument.name}' is missing")
            full[argument.name] = self._checked(f"{name}: {argument.name}", argument, value)
        return full

    def _checked(self, where: str, argument: Argument, value: Value) -> Value:
        if argument.raw == "route":
            return _checked_route(where, value)
        if argument.enumeration:
            word = value if isinstance(value, str) else self.word(argument.enumeration, float(value))  # type: ignore[arg-type]
            words = argument.allowed or tuple(self.enumerations[argument.enumeration].values())
            if word not in words:
                raise InputError(f"{where} must be one of {', '.join(words)}, not '{value}'")
            return word
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise InputError(f"{where} must be a number, not '{value}'") from None
        low, high = argument.min, argument.max
        if not math.isfinite(number) or (low is not None and number < low) or (high is not None and number > high):
            unit = f" {argument.unit}" if argument.unit else ""
            raise InputError(f"{where} must lie between {low:g} and {high:g}{unit}, not {number:g}")
        return number

    def encode_arguments(self, name: str, arguments: dict[str, Value]) -> bytes:
        """Application data of a telecommand: the function's number for ST[8], then the arguments."""
        command = self.command(name)
        full = self.check_arguments(name, arguments)
        data = b"" if command.function is None else bytes([command.function])
        for argument in command.arguments:
            value = full[argument.name]
            if argument.raw == "route":
                data += _pack_route(value)  # type: ignore[arg-type]
                continue
            number = self.number(argument.enumeration, str(value)) if argument.enumeration else float(value)  # type: ignore[arg-type]
            data += struct.pack(">" + _FORMATS[argument.raw], round(number / argument.scale))
        return data

    def decode_arguments(self, service: int, subservice: int, data: bytes) -> tuple[Command, dict[str, Value]]:
        """The command that application data carries, with its arguments.

        Raises
        ------
        InputError
            When no command is encoded so.
        """
        command = self._by_service.get((service, subservice))
        if command is None and (service, subservice) == (8, 1) and data:
            command, data = self._by_function.get(data[0]), data[1:]
        if command is None:
            raise InputError(f"no command is ST[{service},{subservice}] with these {len(data)} bytes")
        values: dict[str, Value] = {}
        for argument in command.arguments:
            if argument.raw == "route":
                values[argument.name], data = _unpack_route(data)
                continue
            layout = struct.Struct(">" + _FORMATS[argument.raw])
            if len(data) < layout.size:
                raise InputError(f"{command.name}: {len(data)} bytes where '{argument.name}' needs {layout.size}")
            raw = layout.unpack_from(data)[0]
            data = data[layout.size :]
            values[argument.name] = (
                self.word(argument.enumeration, raw) if argument.enumeration else raw * argument.scale
            )
        if data:
            raise InputError(f"{command.name}: {len(data)} bytes too many")
        return command, self.check_arguments(command.name, values)

    def encode_event(self, name: str, values: list[float]) -> bytes:
        """ST[5] body: the event's number, then its arguments."""
        event = self.event_by_name[name]
        raw = [round(v / a.scale) for v, a in zip(values, event.arguments, strict=True)]
        return struct.pack(">H" + "".join(_FORMATS[a.raw] for a in event.arguments), event.id, *raw)

    def decode_event(self, body: bytes) -> tuple[EventReport, dict[str, float]]:
        """The event of an ST[5] body, with its arguments as numbers.

        Raises
        ------
        InputError
            When the number is unknown or the body too short.
        """
        if len(body) < 2 or (number := int.from_bytes(body[:2], "big")) not in self.events:
            raise InputError("an event report with an unknown number")
        event = self.events[number]
        layout = struct.Struct(">" + "".join(_FORMATS[a.raw] for a in event.arguments))
        if len(body) != 2 + layout.size:
            raise InputError(f"{event.name}: {len(body) - 2} bytes of arguments, {layout.size} expected")
        raw = layout.unpack_from(body, 2)
        return event, {a.name: v * a.scale for a, v in zip(event.arguments, raw, strict=True)}

    def event_text(self, event: EventReport, values: dict[str, float]) -> str:
        """The event's sentence, enumerated arguments as words."""
        shown: dict[str, float | str] = dict(values)
        for argument in event.arguments:
            if argument.enumeration:
                shown[argument.name] = self.word(argument.enumeration, values[argument.name])
        return event.text.format(**shown)


def _codec(packet: Packet) -> PacketCodec:
    formats = [_FORMATS[field.raw] for field in packet.fields]
    ranges = [_RANGES.get(f, (-math.inf, math.inf)) for f in formats]
    return PacketCodec(
        packet=packet,
        names=tuple(field.parameter for field in packet.fields),
        layout=struct.Struct(">" + "".join(formats)),
        divisors=np.array([_divisor(field.scale) for field in packet.fields]),
        offsets=np.array([field.offset for field in packet.fields]),
        lows=np.array([float(r[0]) for r in ranges]),
        highs=np.array([float(r[1]) for r in ranges]),
        whole=not any(f in "fd" for f in formats),
    )


def _divisor(scale: float) -> float:
    """The whole number that a scale such as 0.01 stands for, else its plain inverse."""
    inverse = 1.0 / scale
    return float(round(inverse)) if abs(inverse - round(inverse)) < 1e-9 * abs(inverse) else inverse


def _checked_route(where: str, value: Any) -> list[tuple[float, float]]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= ROUTE_MAX_WAYPOINTS:
        raise InputError(f"{where} must be 1 to {ROUTE_MAX_WAYPOINTS} points (east, north)")
    points = []
    for point in value:
        if len(point) != 2 or not all(math.isfinite(float(c)) and abs(float(c)) < 2e7 for c in point):
            raise InputError(f"{where}: '{point}' is no point (east, north) in metres")
        points.append((float(point[0]), float(point[1])))
    return points


def _pack_route(points: list[tuple[float, float]]) -> bytes:
    """Count, the first point in whole centimetres, then steps; 2 bytes a coordinate when all steps fit, else 4."""
    whole = [(round(e / _ROUTE_UNIT_M), round(n / _ROUTE_UNIT_M)) for e, n in points]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(whole)]
    wide = any(not -32_768 <= c <= 32_767 for step in steps for c in step)
    data = struct.pack(">BBii", len(whole), wide, *whole[0])
    return data + b"".join(struct.pack(">ii" if wide else ">hh", *step) for step in steps)


def _unpack_route(data: bytes) -> tuple[Value, bytes]:
    if len(data) < 10:
        raise InputError("a route of less than one point")
    count, wide, east, north = struct.unpack_from(">BBii", data)
    layout = struct.Struct(">ii" if wide else ">hh")
    end = 10 + (count - 1) * layout.size
    if count < 1 or wide > 1 or len(data) < end:
        raise InputError(f"a route of {count} points in {len(data)} bytes")
    points = [(east, north)]
    for i in range(count - 1):
        step = layout.unpack_from(data, 10 + i * layout.size)
        points.append((points[-1][0] + step[0], points[-1][1] + step[1]))
    return [(e * _ROUTE_UNIT_M, n * _ROUTE_UNIT_M) for e, n in points], data[end:]


def load_mdb(file: Path) -> Mdb:
    """Read and check ``mdb.toml``.

    Raises
    ------
    ProfileError
        Naming file and key.
    """
    try:
        content = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File)
    except FileNotFoundError:
        raise ProfileError(f"{file}: missing; a mission folder has mission.toml and mdb.toml") from None
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ProfileError(f"{file}: {error}") from None
    _check(file, content)
    return Mdb(content)


def _check(file: Path, content: _File) -> None:
    """What refers to something must find it."""

    def fail(where: str, problem: str) -> ProfileError:
        return ProfileError(f"{file}: {where}: {problem}")

    for name, words in content.enumerations.items():
        if not all(number.isdigit() for number in words):
            raise fail(f"enumerations.{name}", "keys must be whole numbers")
    for name, parameter in content.parameters.items():
        if parameter.enumeration and parameter.enumeration not in content.enumerations:
            raise fail(f"parameters.{name}", f"no enumeration '{parameter.enumeration}'")
    for packet in content.packets:
        if packet.apid not in content.apids:
            raise fail(f"packets.{packet.name}", f"no apid '{packet.apid}'")
        for field in packet.fields:
            if field.parameter not in content.parameters:
                raise fail(f"packets.{packet.name}", f"no parameter '{field.parameter}'")
            if field.raw not in _FORMATS or field.scale == 0.0:
                raise fail(
                    f"packets.{packet.name}.{field.parameter}", f"raw must be one of {', '.join(_FORMATS)}, scale not 0"
                )
    for apid_user in content.events:
        if apid_user.apid not in content.apids:
            raise fail(f"events.{apid_user.name}", f"no apid '{apid_user.apid}'")
        if apid_user.severity.upper() not in Severity.__members__:
            raise fail(
                f"events.{apid_user.name}", f"severity must be one of {', '.join(s.name.lower() for s in Severity)}"
            )
    for kind, items in (("events", content.events), ("commands", content.commands)):
        for item in items:
            for argument in item.arguments:
                where = f"{kind}.{item.name}.{argument.name}"
                if argument.raw not in _FORMATS and not (kind == "commands" and argument.raw == "route"):
                    raise fail(where, f"raw must be one of {', '.join(_FORMATS)}")
                if argument.enumeration and argument.enumeration not in content.enumerations:
                    raise fail(where, f"no enumeration '{argument.enumeration}'")
