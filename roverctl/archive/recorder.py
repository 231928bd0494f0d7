"""Records what passes the console to MCAP, as it arrives: raw packets for replay, decoded values for other programs.

``log_time`` is reception, ``publish_time`` generation. Everything handed over is on disk within a second of wall time
or a mebibyte, whichever comes first: the caller's clock asks ``flush_if_due``.
"""

import os
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
from mcap.writer import CompressionType, Writer

from roverctl import __version__
from roverctl.archive.topics import PROFILE, RAW_ENCODINGS, RAW_TOPICS
from roverctl.core.errors import InputError
from roverctl.core.nouns import RawPacket
from roverctl.mission.mdb import Mdb

_FLUSH_NS: Final = 900_000_000
_CHUNK_B: Final = 1 << 19  # decoded text compresses well; two chunks are below the promised mebibyte


class Recorder:
    """Writes one log file.

    Parameters
    ----------
    file
        Must not exist yet, unless ``overwrite``.
    mdb
        Names the decoded channels and their schemas.
    metadata
        About the operation: mission, seed, profile's checksum, terrain.
    """

    def __init__(self, file: Path, mdb: Mdb, metadata: dict[str, str], overwrite: bool = False) -> None:
        try:
            self._stream: BinaryIO = file.open("wb" if overwrite else "xb")
        except OSError as error:
            raise InputError(f"{file}: cannot be recorded to: {error.strerror}") from None
        self.file = file
        self._writer = Writer(self._stream, chunk_size=_CHUNK_B, compression=CompressionType.ZSTD)
        self._writer.start(profile=PROFILE, library=f"roverctl {__version__}")
        self._writer.add_metadata("operation", metadata)
        self._sequence = 0
        self._unflushed = 0
        self._flushed_at_ns: int | None = None
        self.messages = 0
        self._raw = {
            direction: self._writer.register_channel(topic, RAW_ENCODINGS[direction], 0)
            for direction, topic in RAW_TOPICS.items()
        }
        self._decoded = {
            codec.packet.name: self._channel(
                f"/tm/{codec.packet.name}", codec.packet.name, _packet_schema(mdb, codec.names)
            )
            for codec in mdb.packets.values()
        }
        self._events = self._channel("/events", "event", _EVENT_SCHEMA)

    def _channel(self, topic: str, name: str, schema: dict[str, Any]) -> int:
        schema_id = self._writer.register_schema(name, "jsonschema", msgspec.json.encode(schema))
        return self._writer.register_channel(topic, "json", schema_id)

    def raw(self, packet: RawPacket) -> None:
        """A packet as it passed."""
        self._add(self._raw[packet.direction], packet.reception_ns, packet.generation_ns, packet.data)

    def values(self, packet_name: str, reception_ns: int, generation_ns: int, values: dict[str, float]) -> None:
        """A housekeeping packet, decoded."""
        self._add(self._decoded[packet_name], reception_ns, generation_ns, msgspec.json.encode(values))

    def event(self, reception_ns: int, generation_ns: int, event: dict[str, str]) -> None:
        """An event report, decoded."""
        self._add(self._events, reception_ns, generation_ns, msgspec.json.encode(event))

    def _add(self, channel: int, log_time: int, publish_time: int, data: bytes) -> None:
        self._writer.add_message(channel, log_time, data, publish_time, self._sequence)
        self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        self._unflushed += 1
        self.messages += 1

    def flush_if_due(self, monotonic_ns: int) -> None:
        """Put on disk what is there when nearly a second of wall time has passed since that was last done."""
        if self._flushed_at_ns is None:
            self._flushed_at_ns = monotonic_ns
        if self._unflushed and monotonic_ns - self._flushed_at_ns >= _FLUSH_NS:
            self.flush()
        if not self._unflushed:
            self._flushed_at_ns = monotonic_ns

    def flush(self) -> None:
        """Put on disk what is there."""
        self._writer.flush()  # type: ignore[no-untyped-call]
        os.fsync(self._stream.fileno())
        self._unflushed = 0

    def close(self) -> None:
        """Write the index and close the file."""
        self._writer.finish()  # type: ignore[no-untyped-call]
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()


def _packet_schema(mdb: Mdb, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            name: {"type": "number", "description": mdb.parameters[name].text, "unit": mdb.parameters[name].unit}
            for name in names
        },
    }


_EVENT_SCHEMA: Final = {
    "type": "object",
    "properties": {key: {"type": "string"} for key in ("source", "name", "severity", "text")},
}
