"""Recorded files with the mcap library alone, and what a recording promises to have on disk."""

import json
from pathlib import Path

import pytest
from mcap.reader import make_reader

from roverctl.archive.reader import log_summary, open_log, operation_metadata
from roverctl.archive.recorder import Recorder
from roverctl.core.errors import InputError, LogError
from roverctl.core.nouns import Direction, RawPacket
from roverctl.core.times import SECOND_NS, parse_utc
from roverctl.mission.mdb import Mdb
from roverctl.mission.profile import Mission

START = parse_utc("2019-01-11T12:00:00Z")


def record(file: Path, mdb: Mdb, seconds: int) -> list[RawPacket]:
    """A file with housekeeping, an event and telecommands; not closed cleanly unless the caller does."""
    recorder = Recorder(file, mdb, {"mission": "change4", "seed": "4"})
    packets = fill(recorder, mdb, seconds)
    recorder.close()
    return packets


def fill(recorder: Recorder, mdb: Mdb, seconds: int) -> list[RawPacket]:
    packets = []
    codec = mdb.packet("ROVER_HK")
    for i in range(seconds):
        t_ns = START + i * SECOND_NS
        direction = (Direction.TM, Direction.TM, Direction.TC, Direction.CLCW)[i % 4]
        packet = RawPacket(direction, t_ns - 1_500_000_000, t_ns, bytes((i * k) & 0xFF for k in range(80)))
        recorder.raw(packet)
        packets.append(packet)
        recorder.values("ROVER_HK", t_ns, t_ns - 1_500_000_000, {n: float(i) for n in codec.names})
    recorder.event(START, START, {"source": "rover", "name": "X", "severity": "INFO", "text": "a text"})
    return packets


@pytest.fixture(scope="module")
def recorded(mission: Mission, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[RawPacket]]:
    file = tmp_path_factory.mktemp("log") / "a.mcap"
    return file, record(file, mission.mdb, 400)


def test_the_mcap_library_alone_reads_packets_values_and_schemas(
    recorded: tuple[Path, list[RawPacket]], mission: Mission
) -> None:
    file, packets = recorded
    with file.open("rb") as stream:
        reader = make_reader(stream)
        assert reader.get_header().profile == "roverctl"
        raw = [
            (c.topic, m.publish_time, m.log_time, m.data)
            for _, c, m in reader.iter_messages(topics=["/raw/tm", "/raw/tc", "/raw/clcw"], log_time_order=False)
        ]
        assert raw == [(f"/raw/{p.direction}", p.generation_ns, p.reception_ns, p.data) for p in packets]
        decoded = list(reader.iter_messages(topics=["/tm/ROVER_HK"]))
        assert len(decoded) == 400
        names = mission.mdb.packet("ROVER_HK").names
        for i, (schema, channel, message) in enumerate(decoded):
            assert schema is not None and schema.encoding == "jsonschema" and channel.message_encoding == "json"
            declared = json.loads(schema.data)["properties"]
            values = json.loads(message.data)
            assert set(values) == set(declared) == set(names)
            assert values["ROVER_EAST"] == float(i)
            assert declared["ROVER_TILT"]["unit"] == "deg"
        assert [m.name for m in reader.iter_metadata()] == ["operation"]


def test_our_reader_gives_the_same_packets_and_metadata(recorded: tuple[Path, list[RawPacket]]) -> None:
    file, packets = recorded
    log = open_log(file)
    assert list(log.packets()) == packets
    assert log.file.notes == [] and log.file.lost_b == 0
    assert operation_metadata(file) == {"mission": "change4", "seed": "4"}
    summary = log_summary(file)
    assert (summary["messages"], summary["damaged"], summary["lost"]) == (801, 0, 0)
    assert summary["start"] == "2019-01-11T12:00:00.000Z" and summary["end"] == "2019-01-11T12:06:39.000Z"
    assert {"name": "ROVER_TILT", "samples": 400, "unit": "deg"} in summary["parameters"]


def test_what_was_handed_over_is_readable_within_a_second_and_nothing_while_the_clock_stands(
    mission: Mission, tmp_path: Path
) -> None:
    file = tmp_path / "a.mcap"
    recorder = Recorder(file, mission.mdb, {})
    recorder.flush_if_due(0)
    packets = fill(recorder, mission.mdb, 40)
    recorder.flush_if_due(500_000_000)
    with pytest.raises(LogError):
        list(open_log(file).packets())
    recorder.flush_if_due(999_000_000)
    log = open_log(file)
    assert list(log.packets()) == packets
    assert log.file.notes == ["the file ends without its index: it was not closed"]
    recorder.close()


def test_a_recording_is_never_written_over_unless_asked(mission: Mission, tmp_path: Path) -> None:
    file = tmp_path / "a.mcap"
    Recorder(file, mission.mdb, {}).close()
    with pytest.raises(InputError, match="cannot be recorded to"):
        Recorder(file, mission.mdb, {})
    with pytest.raises(InputError, match="cannot be recorded to"):
        Recorder(tmp_path / "no" / "a.mcap", mission.mdb, {})
    Recorder(file, mission.mdb, {}, overwrite=True).close()
