"""Reads MCAP records from a file that may be cut or damaged: all that is whole, and what a cut chunk still holds.

The mcap library refuses a file without its end and gives nothing of a chunk that is cut; the record layout is simple
(https://mcap.dev/spec), so the walk over records is done here, with every length checked before it is believed.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import lz4.frame
import zstandard

from roverctl.core.errors import LogError

MAGIC: Final = b"\x89MCAP0\r\n"
_HEADER: Final = struct.Struct("<BQ")
_MESSAGE: Final = struct.Struct("<HIQQ")
_CHUNK: Final = struct.Struct("<QQQII")
_LARGEST_RECORD_B: Final = 1 << 30
_LARGEST_CHUNK_B: Final = 1 << 28  # unpacked; writers make chunks of a mebibyte or a few
_OP_HEADER, _OP_FOOTER, _OP_SCHEMA, _OP_CHANNEL, _OP_MESSAGE, _OP_CHUNK = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
_OP_MESSAGE_INDEX, _OP_ATTACHMENT, _OP_STATISTICS, _OP_METADATA, _OP_DATA_END = 0x07, 0x09, 0x0B, 0x0C, 0x0F
_PRIVATE: Final = 0x80  # opcodes from here on are other programs' own
_IN_DATA: Final = (
    _OP_HEADER, _OP_SCHEMA, _OP_CHANNEL, _OP_MESSAGE, _OP_CHUNK, _OP_MESSAGE_INDEX, _OP_ATTACHMENT, _OP_METADATA,
)  # fmt: skip
_END_LENGTHS: Final = {_OP_DATA_END: 4, _OP_FOOTER: 20}
_TAIL: Final = struct.Struct("<BQQQI8s")  # the footer record and the magic after it
_LARGEST_SUMMARY_B: Final = 1 << 26


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic with its schema's name and text."""

    topic: str
    encoding: str
    schema_name: str
    schema: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A message with both its times."""

    channel: Channel
    log_time: int
    publish_time: int
    data: bytes


@dataclass(slots=True)
class McapFile:
    """What is learnt of a file while its messages are read; ``notes`` tells of each damage, ``lost_b`` how much."""

    path: Path
    profile: str = ""
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lost_b: int = 0
    read_b: int = 0
    size_b: int = 0
    _schemas: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    _summary: dict[int, Channel] = field(default_factory=dict)  # channels told again at the end of a closed file
    _stated: int | None = None  # how many messages a closed file says it has
    _orphans: int = 0

    def messages(self) -> Iterator[Message]:
        """All messages in file order.

        Raises
        ------
        LogError
            When the file cannot be opened or is no MCAP file.
        """
        try:
            self.size_b = self.path.stat().st_size
            stream = self.path.open("rb")
        except OSError as error:
            raise LogError(f"{self.path}: {error.strerror}") from None
        with stream:
            if stream.read(len(MAGIC)) != MAGIC:
                raise LogError(f"{self.path}: not a log that can be read: it does not begin as an MCAP file does")
            self._read_summary(stream)
            stream.seek(len(MAGIC))
            count = 0
            for message in self._records(stream):
                count += 1
                yield message
            if self._orphans:
                self.notes.append(f"{self._orphans} messages of an unknown channel: its description is lost")
            elif self._stated is not None and count != self._stated and not self.notes:
                self.notes.append(f"{count} messages where the file's own summary counts {self._stated}")

    def _read_summary(self, stream: BinaryIO) -> None:
        """Channels and count at the end of a closed file, for when the first chunk, which told them, is damaged."""
        if self.size_b < len(MAGIC) + _TAIL.size:
            return
        stream.seek(self.size_b - _TAIL.size)
        opcode, length, start, _, _, magic = _TAIL.unpack(stream.read(_TAIL.size))
        end = self.size_b - _TAIL.size
        if (opcode, length, magic) != (_OP_FOOTER, 20, MAGIC) or not 0 < start <= end:
            return
        stream.seek(start)
        content = stream.read(min(end - start, _LARGEST_SUMMARY_B))
        apart = McapFile(self.path)
        position = 0
        while position + _HEADER.size <= len(content):
            opcode, length = _HEADER.unpack_from(content, position)
            record = content[position + _HEADER.size : position + _HEADER.size + length]
            position += _HEADER.size + length
            try:
                if opcode == _OP_STATISTICS:
                    self._stated = struct.unpack_from("<Q", record)[0]
                elif opcode in (_OP_SCHEMA, _OP_CHANNEL):
                    for _ in apart._record(opcode, record):
                        pass
            except (struct.error, IndexError, UnicodeDecodeError):
                self.notes.append("the summary at the end of the file is damaged")
                return
        self._summary = apart.channels

    def _records(self, stream: BinaryIO) -> Iterator[Message]:
        while True:
            start = stream.tell()
            self.read_b = start
            header = stream.read(_HEADER.size)
            if len(header) < _HEADER.size:
                self._cut(start, "the file ends without its index: it was not closed")
                return
            opcode, length = _HEADER.unpack(header)
            if length > _LARGEST_RECORD_B or opcode == 0:
                self._cut(start, f"no record begins at byte {start}")
                return
            content = stream.read(length)
            whole = len(content) == length
            if not whole:
                self.notes.append(f"the file is cut within a record at byte {start}")
                if opcode != _OP_CHUNK:
                    self.lost_b += len(content)
                    return
            if _END_LENGTHS.get(opcode) == length:
                return
            if opcode == _OP_CHUNK:
                yield from self._chunk(content, start, whole)
            else:
                try:
                    yield from self._record(opcode, content)
                except (struct.error, IndexError, UnicodeDecodeError):
                    self._damage(start, length, "a record that cannot be read")
                if opcode not in _IN_DATA and opcode < _PRIVATE:
                    self._damage(start, length, "a record that has no place here")
                elif opcode == _OP_MESSAGE_INDEX and content[2:6] != (length - 6).to_bytes(4, "little"):
                    self._damage(start, length, "an index that is none")
            if not whole:
                return

    def _cut(self, start: int, note: str) -> None:
        self.notes.append(note)
        self.lost_b += self.size_b - start

    def _damage(self, start: int, length: int, note: str) -> None:
        self.notes.append(f"{note} at byte {start}")
        self.lost_b += length

    def _chunk(self, content: bytes, start: int, whole: bool) -> Iterator[Message]:
        try:
            _, _, size, crc, name_length = _CHUNK.unpack_from(content)
            position = _CHUNK.size + name_length
            compression = content[_CHUNK.size : position].decode()
            data = _decompress(compression, content[position + 8 :], size)
        except (struct.error, UnicodeDecodeError, zstandard.ZstdError, RuntimeError, EOFError, ValueError) as error:
            self._damage(start, len(content), f"a chunk that cannot be unpacked ({error})")
            return
        if whole and crc and zlib.crc32(data) != crc:
            self._damage(start, len(content), "a chunk whose checksum fails")
            return
        position = 0
        while position + _HEADER.size <= len(data):
            opcode, length = _HEADER.unpack_from(data, position)
            begin = position + _HEADER.size
            if opcode == 0:
                self.notes.append(f"no record begins within the chunk at byte {start}")
                break
            if begin + length > len(data):
                break
            try:
                yield from self._record(opcode, data[begin : begin + length])
            except (struct.error, IndexError, UnicodeDecodeError):
                self._damage(start, length, "a record that cannot be read in the chunk")
            position = begin + length
        if position < size:
            self.lost_b += max(0, size - position)

    def _record(self, opcode: int, content: bytes) -> Iterator[Message]:
        if opcode == _OP_MESSAGE:
            channel_id, _, log_time, publish_time = _MESSAGE.unpack_from(content)
            channel = self.channels.get(channel_id)
            if channel is None and channel_id in self._summary:
                channel = self.channels[channel_id] = self._summary[channel_id]
            if channel is None:
                self._orphans += 1
                self.lost_b += len(content)
            else:
                yield Message(channel, log_time, publish_time, content[_MESSAGE.size :])
        elif opcode == _OP_SCHEMA:
            schema_id = struct.unpack_from("<H", content)[0]
            name, position = _text(content, 2)
            _, position = _text(content, position)
            self._schemas[schema_id] = (name, content[position + 4 :])
        elif opcode == _OP_CHANNEL:
            channel_id, schema_id = struct.unpack_from("<HH", content)
            topic, position = _text(content, 4)
            encoding, _ = _text(content, position)
            schema_name, schema = self._schemas.get(schema_id, ("", b""))
            self.channels[channel_id] = Channel(topic, encoding, schema_name, schema)
        elif opcode == _OP_HEADER:
            self.profile, _ = _text(content, 0)
        elif opcode == _OP_METADATA:
            name, position = _text(content, 0)
            self.metadata[name] = _map(content, position)


def _text(content: bytes, position: int) -> tuple[str, int]:
    length = struct.unpack_from("<I", content, position)[0]
    end = position + 4 + length
    if end > len(content):
        raise IndexError("a text longer than its record")
    return content[position + 4 : end].decode(), end


def _map(content: bytes, position: int) -> dict[str, str]:
    end = position + 4 + struct.unpack_from("<I", content, position)[0]
    position += 4
    pairs = {}
    while position < min(end, len(content)):
        key, position = _text(content, position)
        pairs[key], position = _text(content, position)
    return pairs


def _decompress(compression: str, data: bytes, size: int) -> bytes:
    """Unpack what is there of a chunk, never more than it claims."""
    if size > _LARGEST_CHUNK_B:
        raise ValueError(f"it claims {size} bytes")
    if compression == "":
        return data[:size]
    if compression == "zstd":
        return _unpack_zstd(data, size)
    if compression == "lz4":
        part: bytes = lz4.frame.LZ4FrameDecompressor().decompress(data, max_length=size)
        return part
    raise ValueError(f"unknown compression '{compression}'")


def _unpack_zstd(data: bytes, size: int) -> bytes:
    """Piece by piece, so that a few bytes cannot become more than ``size``; of cut data what is there."""
    parts = []
    left = size
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)) as reader:
        while left > 0 and (part := reader.read(min(left, 1 << 20))):
            parts.append(part)
            left -= len(part)
    return b"".join(parts)
