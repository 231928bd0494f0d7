"""Logs as raw packets, for replay, and as a summary, for ``roverctl log info``."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from roverctl.archive.mcap_file import McapFile
from roverctl.archive.topics import PROFILE, RAW_TOPICS
from roverctl.core.errors import LogError
from roverctl.core.nouns import RawPacket
from roverctl.core.times import format_utc

_DIRECTIONS: Final = {topic: direction for direction, topic in RAW_TOPICS.items()}


@dataclass(slots=True)
class LogReader:
    """A log being read; ``file`` knows of damage once the packets have been read."""

    file: McapFile

    def packets(self) -> Iterator[RawPacket]:
        """The raw packets in the order of reception.

        Raises
        ------
        LogError
            When the file is no MCAP file, or none of ours.
        """
        count = 0
        for message in self.file.messages():
            direction = _DIRECTIONS.get(message.channel.topic)
            if direction is not None:
                count += 1
                yield RawPacket(direction, message.publish_time, message.log_time, message.data)
        if count == 0:
            raise LogError(f"{self.file.path}: no raw packets in it; only logs recorded by roverctl can be replayed")


def open_log(path: Path) -> LogReader:
    """A log for reading; the file itself is opened when packets are asked for."""
    return LogReader(McapFile(path))


def operation_metadata(path: Path) -> dict[str, str]:
    """What a log's head says of the operation it was recorded from; empty when it says nothing.

    Raises
    ------
    LogError
        When nothing in the file is readable.
    """
    file = McapFile(path)
    for _ in file.messages():
        return file.metadata.get("operation", {})
    reason = f": {file.notes[0]}" if file.notes else ""
    raise LogError(f"{path}: nothing readable in it{reason}")


def log_summary(path: Path) -> dict[str, Any]:
    """What is in a log, as documented for ``roverctl log info``; ``lost`` counts bytes that gave nothing.

    Raises
    ------
    LogError
        When nothing in the file is readable.
    """
    file = McapFile(path)
    messages = 0
    start = end = None
    counts: dict[str, int] = {}
    for message in file.messages():
        messages += 1
        start = message.log_time if start is None else min(start, message.log_time)
        end = message.log_time if end is None else max(end, message.log_time)
        counts[message.channel.topic] = counts.get(message.channel.topic, 0) + 1
    if messages == 0:
        reason = f": {file.notes[0]}" if file.notes else ""
        raise LogError(f"{path}: nothing readable in it{reason}")
    parameters = []
    for channel in file.channels.values():
        samples = counts.get(channel.topic, 0)
        for name, unit in _properties(channel.encoding, channel.schema):
            parameters.append({"name": name or channel.topic, "samples": samples, "unit": unit})
    return {
        "format": f"mcap ({PROFILE})" if file.profile == PROFILE else "mcap",
        "start": None if start is None else format_utc(start),
        "end": None if end is None else format_utc(end),
        "messages": messages,
        "damaged": len(file.notes),
        "lost": file.lost_b,
        "notes": file.notes,
        "topics": [{"topic": topic, "messages": count} for topic, count in counts.items()],
        "operation": file.metadata.get("operation", {}),
        "parameters": parameters,
    }


def _properties(encoding: str, schema: bytes) -> list[tuple[str, str]]:
    """The numbers that a JSON schema declares, with their units; one unnamed for any other channel with a schema."""
    if encoding != "json":
        return [("", "")] if schema else []
    try:
        properties = msgspec.json.decode(schema).get("properties", {})
        return [(name, str(p.get("unit", ""))) for name, p in properties.items() if p.get("type") == "number"]
    except (msgspec.DecodeError, AttributeError):
        return [("", "")]
