"""The mission database (MDB): parameters, packets, events and commands, and their encoding to and from bytes."""

import math
import struct
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError
from roverctl.core.nouns import Severity
from roverctl.mission.route_code import ROUTE_MAX_WAYPOINTS as ROUTE_MAX_WAYPOINTS
from roverctl.mission.route_code import checked_route, pack_route, unpack_route

RAW_FORMATS = {"u8": "B", "u16": "H", "u32": "I", "i8": "b", "i16": "h", "i32": "i", "f32": "f", "f64": "d"}
_RANGES = {
    "B": (0, 255), "H": (0, 65_535), "I": (0, 4_294_967_295),
    "b": (-128, 127), "h": (-32_768, 32_767), "i": (-2_147_483_648, 2_147_483_647),
    "f": (-3.4028234663852886e38, 3.4028234663852886e38), "d": (-1.7976931348623157e308, 1.7976931348623157e308),
}  # fmt: skip

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

    @property
    def range(self) -> Bounds:
        """Least and greatest value: the narrower of ``min``, ``max`` and what ``raw`` can carry."""
        first, last = (value / _divisor(self.scale) for value in _RANGES[RAW_FORMATS[self.raw]])
        low, high = min(first, last), max(first, last)
        return low if self.min is None else max(low, self.min), high if self.max is None else min(high, self.max)

    def encode(self, value: float) -> bytes:
        """The raw bytes of a value; whole numbers are rounded to, and must fit."""
        raw = value * _divisor(self.scale)
        return struct.pack(">" + RAW_FORMATS[self.raw], raw if self.raw in ("f32", "f64") else round(raw))

    def value(self, raw: float) -> float:
        """The value of a raw number: 123 / 100 is 1.23, 123 * 0.01 is not."""
        return raw / _divisor(self.scale)


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
    """A telecommand; one with a ``function`` is ST[8,1]. A ``bypass`` command goes out of sequence, before others."""

    name: str
    text: str
    service: int = 8
    subservice: int = 1
    function: int | None = None
    significance: str = "none"
    bypass: bool = False
    arguments: tuple[Argument, ...] = ()


class MdbFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A database as written."""

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

    def __init__(self, content: MdbFile) -> None:
        self.apids = content.apids
        self.enumerations = {
            name: {int(number): word for number, word in words.items()} for name, words in content.enumerations.items()
        }
        self._numbers = {
            name: {word: number for number, word in words.items()} for name, words in self.enumerations.items()
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
        number = self._numbers[enumeration].get(word)
        if number is not None:
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
            return checked_route(where, value)
        if argument.enumeration:
            is_number = isinstance(value, int | float) and math.isfinite(value)
            word = self.word(argument.enumeration, float(value)) if is_number else value  # type: ignore[arg-type]
            words = argument.allowed or tuple(self.enumerations[argument.enumeration].values())
            if word not in words:
                raise InputError(f"{where} must be one of {', '.join(words)}, not '{value}'")
            return str(word)
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            raise InputError(f"{where} must be a number, not '{value}'") from None
        low, high = argument.range
        if not low <= number <= high:
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
                data += pack_route(value)  # type: ignore[arg-type]
                continue
            number = self.number(argument.enumeration, str(value)) if argument.enumeration else float(value)  # type: ignore[arg-type]
            data += argument.encode(number)
        return data

    def bypasses(self, service: int, subservice: int, data: bytes) -> bool:
        """Whether a telecommand is of those that go out of sequence."""
        command = self._by_service.get((service, subservice))
        if command is None and (service, subservice) == (8, 1) and data:
            command = self._by_function.get(data[0])
        return command is not None and command.bypass

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
                values[argument.name], data = unpack_route(data)
                continue
            layout = struct.Struct(">" + RAW_FORMATS[argument.raw])
            if len(data) < layout.size:
                raise InputError(f"{command.name}: {len(data)} bytes where '{argument.name}' needs {layout.size}")
            raw = layout.unpack_from(data)[0]
            data = data[layout.size :]
            values[argument.name] = (
                self.word(argument.enumeration, raw) if argument.enumeration else argument.value(raw)
            )
        if data:
            raise InputError(f"{command.name}: {len(data)} bytes too many")
        return command, self.check_arguments(command.name, values)

    def encode_event(self, name: str, values: list[float]) -> bytes:
        """ST[5] body: the event's number, then its arguments; what does not fit is held at the end of its range."""
        event = self.event_by_name[name]
        parts = [
            argument.encode(min(max(value, argument.range[0]), argument.range[1]))
            for value, argument in zip(values, event.arguments, strict=True)
        ]
        return event.id.to_bytes(2, "big") + b"".join(parts)

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
        layout = struct.Struct(">" + "".join(RAW_FORMATS[a.raw] for a in event.arguments))
        if len(body) != 2 + layout.size:
            raise InputError(f"{event.name}: {len(body) - 2} bytes of arguments, {layout.size} expected")
        raw = layout.unpack_from(body, 2)
        return event, {a.name: a.value(v) for a, v in zip(event.arguments, raw, strict=True)}

    def event_text(self, event: EventReport, values: dict[str, float]) -> str:
        """The event's sentence, enumerated arguments as words."""
        shown: dict[str, float | str] = dict(values)
        for argument in event.arguments:
            if argument.enumeration:
                shown[argument.name] = self.word(argument.enumeration, values[argument.name])
        return event.text.format(**shown)


def _codec(packet: Packet) -> PacketCodec:
    formats = [RAW_FORMATS[field.raw] for field in packet.fields]
    ranges = [(-math.inf, math.inf) if f in "fd" else _RANGES[f] for f in formats]
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
