"""What crosses between the window's process and its engine, reader and workshop: MessagePack, no pickle."""

from multiprocessing.connection import Connection
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from roverctl.core.errors import EngineError
from roverctl.core.nouns import Event, Severity, Stage, StageChange
from roverctl.session.report import Report
from roverctl.telemetry.store import Block


class Columns(msgspec.Struct, frozen=True, array_like=True):
    """A block of rows as raw bytes."""

    packet: str
    rows: int
    generation_ns: bytes
    reception_ns: bytes
    values: bytes


class EventRow(msgspec.Struct, frozen=True, array_like=True):
    """An event."""

    generation_ns: int
    reception_ns: int
    source: str
    name: str
    severity: int
    text: str


class StageRow(msgspec.Struct, frozen=True, array_like=True):
    """A stage change."""

    request: int
    stage: int
    occurred_ns: int
    learnt_ns: int
    failed: bool
    detail: str


class Update(msgspec.Struct, frozen=True, tag=True):
    """What happened since the last update, and where the clock stands; ``loaded`` counts up to 1 while reading."""

    now_ns: int
    playing: bool
    achieved: float
    columns: list[Columns]
    events: list[EventRow]
    stages: list[StageRow]
    released: list[tuple[int, bytes]]
    loaded: float = 1.0


class Told(msgspec.Struct, frozen=True, tag=True):
    """Something for the operator's eyes."""

    text: str
    severity: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The process cannot go on."""

    text: str


class Poll(msgspec.Struct, frozen=True, tag=True):
    """Asks for an update; one is under way at a time."""


class SetClock(msgspec.Struct, frozen=True, tag=True):
    """Play or pause, and how fast."""

    playing: bool
    speed: float


class Await(msgspec.Struct, frozen=True, tag=True):
    """Stand still at that UTC, or where ``end`` as soon as a command is learnt to have ended: what is to be sent then
    is sent then, however fast the clock. It goes on with the next of these from who has ``seen`` so many updates, the
    one that tells of it among them, or who awaits nothing.
    """

    seen: int
    until_ns: int | None = None
    end: bool = False


class Send(msgspec.Struct, frozen=True, tag=True):
    """A telecommand packet to be uplinked now."""

    command: int
    packet: bytes


class Follow(msgspec.Struct, frozen=True, tag=True):
    """Stations take turns by another contact plan from now on."""

    plan: str


class Impair(msgspec.Struct, frozen=True, tag=True):
    """Something is to go wrong with the link from now on, for so long; for training."""

    name: str
    arguments: dict[str, float | str]
    duration_s: float


class Close(msgspec.Struct, frozen=True, tag=True):
    """Save and end."""


class Job(msgspec.Struct, frozen=True, tag=True):
    """Work for the workshop."""

    number: int
    kind: str
    content: bytes


class Done(msgspec.Struct, frozen=True, tag=True):
    """A job's result; ``problem`` instead when it could not be done."""

    number: int
    kind: str
    content: bytes
    problem: str = ""


Upward = Update | Told | Failed | Done
Downward = Poll | SetClock | Await | Send | Impair | Follow | Close | Job

_encode = msgspec.msgpack.Encoder().encode
_decode_up = msgspec.msgpack.Decoder(Upward).decode
_decode_down = msgspec.msgpack.Decoder(Downward).decode


def send(connection: Connection, message: Upward | Downward) -> None:
    """Put a message on its way.

    Raises
    ------
    EngineError
        When the other side is gone.
    """
    try:
        connection.send_bytes(_encode(message))
    except (BrokenPipeError, OSError) as error:
        raise EngineError(f"the other process is gone: {error}") from None


def receive_up(connection: Connection) -> Upward:
    """The next message from a worker; waits for it.

    Raises
    ------
    EngineError
        When the other side is gone.
    """
    try:
        message: Upward = _decode_up(connection.recv_bytes())
    except (EOFError, OSError) as error:
        raise EngineError(f"the other process is gone: {error!r}") from None
    return message


def receive_down(connection: Connection) -> Downward:
    """The next message to a worker; waits for it."""
    message: Downward = _decode_down(connection.recv_bytes())
    return message


def pack_update(report: Report, now_ns: int, playing: bool, achieved: float, loaded: float = 1.0) -> Update:
    """A report as it crosses."""
    return Update(
        now_ns,
        playing,
        achieved,
        [
            Columns(
                b.packet, len(b.generation_ns), b.generation_ns.tobytes(), b.reception_ns.tobytes(), b.values.tobytes()
            )
            for b in report.blocks
        ],
        [EventRow(e.generation_ns, e.reception_ns, e.source, e.name, e.severity, e.text) for e in report.events],
        [StageRow(s.request, s.stage, s.occurred_ns, s.learnt_ns, s.failed, s.detail) for s in report.stages],
        report.released,
        loaded,
    )


def unpack_update(update: Update) -> Report:
    """A report as it came."""
    return Report(
        [
            Block(
                c.packet,
                np.frombuffer(c.generation_ns, dtype=np.int64),
                np.frombuffer(c.reception_ns, dtype=np.int64),
                np.frombuffer(c.values, dtype=np.float64).reshape(c.rows, -1),
            )
            for c in update.columns
        ],
        [Event(e.generation_ns, e.reception_ns, e.source, e.name, Severity(e.severity), e.text) for e in update.events],
        [StageChange(s.request, Stage(s.stage), s.occurred_ns, s.learnt_ns, s.failed, s.detail) for s in update.stages],
        [(t, p) for t, p in update.released],
    )


def pack(content: Any) -> bytes:
    """Plain data, arrays of numbers among them."""
    return msgspec.msgpack.encode(content, enc_hook=_array_out)


def unpack(content: bytes) -> Any:
    """What ``pack`` packed."""
    return msgspec.msgpack.decode(content, ext_hook=_array_in)


_ARRAY = 1


def _array_out(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        head = msgspec.msgpack.encode([value.dtype.str, list(value.shape)])
        return msgspec.msgpack.Ext(_ARRAY, len(head).to_bytes(2, "big") + head + np.ascontiguousarray(value).tobytes())
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} does not cross between processes")


def _array_in(code: int, data: memoryview) -> npt.NDArray[Any]:
    if code != _ARRAY:
        raise ValueError(f"unknown extension {code}")
    end = 2 + int.from_bytes(data[:2], "big")
    dtype, shape = msgspec.msgpack.decode(data[2:end])
    return np.frombuffer(data[end:], dtype=np.dtype(dtype)).reshape(shape)
