"""Damage: a log cut at any byte or with any byte changed gives what is whole, and no error but LogError."""

import random
import resource
import struct
import time
from pathlib import Path

import pytest
import zstandard
from mcap.reader import make_reader
from mcap.writer import CompressionType, Writer

from roverctl.archive.mcap_file import McapFile, Message
from roverctl.archive.reader import log_summary, open_log, operation_metadata
from roverctl.core.errors import LogError
from roverctl.core.nouns import RawPacket
from roverctl.mission.profile import Mission
from tests.unit.archive.test_recorder import record
from tests.unit.doubles import shared_data

Row = tuple[str, int, int, bytes]


def _theirs(file: Path) -> list[Row]:
    with file.open("rb") as stream:
        return [
            (c.topic, m.log_time, m.publish_time, m.data)
            for _, c, m in make_reader(stream).iter_messages(log_time_order=False)
        ]


def _ours(file: Path) -> tuple[list[Row], McapFile]:
    log = McapFile(file)
    return [_row(m) for m in log.messages()], log


def _row(message: Message) -> Row:
    return message.channel.topic, message.log_time, message.publish_time, message.data


def _write(file: Path, compression: CompressionType, chunked: bool = True, count: int = 300) -> list[Row]:
    rows = []
    noise = random.Random(3)
    with file.open("wb") as stream:
        writer = Writer(stream, chunk_size=2000, compression=compression, use_chunking=chunked)
        writer.start(profile="roverctl")
        writer.add_metadata("operation", {"mission": "change4"})
        schema = writer.register_schema("s", "jsonschema", b'{"properties": {"x": {"type": "number", "unit": "m"}}}')
        channels = [writer.register_channel("/raw/tm", "ccsds", 0), writer.register_channel("/v", "json", schema)]
        for i in range(count):
            data = noise.randbytes(20) + bytes(20)
            writer.add_message(channels[i % 2], i * 10, data, i * 10 - 3 if i else 0, i)
            rows.append((("/raw/tm", "/v")[i % 2], i * 10, i * 10 - 3 if i else 0, data))
        writer.finish()  # type: ignore[no-untyped-call]
    return rows


KINDS = [(CompressionType.ZSTD, True), (CompressionType.LZ4, True), (CompressionType.NONE, True),
         (CompressionType.NONE, False)]  # fmt: skip


@pytest.mark.parametrize(("compression", "chunked"), KINDS)
def test_an_intact_file_is_what_the_mcap_library_reads(
    tmp_path: Path, compression: CompressionType, chunked: bool
) -> None:
    file = tmp_path / "a.mcap"
    rows = _write(file, compression, chunked)
    got, log = _ours(file)
    assert got == rows == _theirs(file)
    assert log.notes == [] and log.lost_b == 0


def test_a_file_of_another_program_is_what_the_mcap_library_reads() -> None:
    file = shared_data("logs/talker.mcap")
    got, log = _ours(file)
    assert got == _theirs(file) and len(got) > 0
    assert log.notes == []


@pytest.mark.parametrize(("compression", "chunked"), KINDS)
def test_cut_anywhere_it_gives_a_prefix_and_of_a_cut_chunk_what_is_whole(
    tmp_path: Path, compression: CompressionType, chunked: bool
) -> None:
    rows = _write(tmp_path / "a.mcap", compression, chunked)
    whole = (tmp_path / "a.mcap").read_bytes()
    cut = tmp_path / "cut.mcap"
    counts = []
    for length in sorted({*random.Random(1).sample(range(len(whole)), 50), 7, 8, 9, len(whole) - 1}):
        cut.write_bytes(whole[:length])
        try:
            got, log = _ours(cut)
        except LogError:
            assert length < 8
            continue
        assert got == rows[: len(got)]
        counts.append((length, len(got)))
        if len(got) < len(rows):
            assert log.notes, "what is missing is told"
    assert [n for _, n in counts] == sorted(n for _, n in counts)
    if compression is CompressionType.NONE:
        # Each message is 40 bytes of data and 31 of record: hardly more may be missing than the one that is cut.
        data_end = whole.rindex(rows[-1][3])
        for length, count in counts:
            before = sum(1 for row in rows if 0 <= whole.find(row[3]) + 40 <= min(length, data_end + 40))
            assert count == before


@pytest.mark.parametrize(("compression", "chunked"), KINDS)
def test_changed_bytes_raise_nothing_else_and_missing_messages_are_told(
    tmp_path: Path, compression: CompressionType, chunked: bool
) -> None:
    rows = _write(tmp_path / "a.mcap", compression, chunked)
    whole = (tmp_path / "a.mcap").read_bytes()
    bad = tmp_path / "bad.mcap"
    chance = random.Random(2)
    for _ in range(80):
        content = bytearray(whole)
        for _ in range(chance.choice((1, 1, 5))):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        bad.write_bytes(bytes(content))
        try:
            got, log = _ours(bad)
            log_summary(bad)
        except LogError as error:
            assert "\n" not in str(error)
            continue
        if len(got) < len(rows):
            assert log.notes and log.lost_b > 0
        if chunked:  # a chunk carries a checksum: what comes of it is as it was
            assert [row[1:] for row in got if row[1:] in [r[1:] for r in rows]] == [row[1:] for row in got]


def test_a_lost_first_chunk_costs_its_own_messages_only(tmp_path: Path) -> None:
    """Channels are told in the first chunk, and again in the summary at the end of a closed file."""
    file = tmp_path / "a.mcap"
    rows = _write(file, CompressionType.ZSTD)
    content = bytearray(file.read_bytes())
    first = content.index(b"zstd")
    content[first + 30] ^= 0xFF
    file.write_bytes(bytes(content))
    got, log = _ours(file)
    assert log.notes and 0 < len(got) < len(rows)
    assert got == rows[-len(got) :] and len(rows) - len(got) < 60


def test_messages_whose_channel_is_lost_are_told(tmp_path: Path) -> None:
    file = tmp_path / "a.mcap"
    _write(file, CompressionType.ZSTD)
    content = bytearray(file.read_bytes())
    content[content.index(b"zstd") + 30] ^= 0xFF
    file.write_bytes(bytes(content[: len(content) - 300]))  # and the file was not closed
    got, log = _ours(file)
    assert got == []
    assert any("unknown channel" in note for note in log.notes) and log.lost_b > 250 * 40


def test_a_chunk_is_not_unpacked_beyond_what_it_claims(tmp_path: Path) -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(400_000_000))
    body = struct.pack("<QQQII", 0, 0, 1000, 0, 4) + b"zstd" + struct.pack("<Q", len(bomb)) + bomb
    file = tmp_path / "bomb.mcap"
    file.write_bytes(b"\x89MCAP0\r\n" + struct.pack("<BQ", 6, len(body)) + body)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(LogError):
        log_summary(file)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


@pytest.mark.parametrize(("size", "what"), [(200_000_000, "no record begins within"), (1 << 30, "it claims")])
def test_a_chunk_of_zeros_takes_no_time(tmp_path: Path, size: int, what: str) -> None:
    zeros = zstandard.ZstdCompressor().compress(bytes(size))
    body = struct.pack("<QQQII", 0, 0, size, 0, 4) + b"zstd" + struct.pack("<Q", len(zeros)) + zeros
    file = tmp_path / "bomb.mcap"
    file.write_bytes(b"\x89MCAP0\r\n" + struct.pack("<BQ", 6, len(body)) + body)
    begin = time.process_time()
    with pytest.raises(LogError, match=what):
        log_summary(file)
    assert time.process_time() - begin < 5.0


def test_our_own_recordings_survive_the_same(mission: Mission, tmp_path: Path) -> None:
    packets: list[RawPacket] = record(tmp_path / "a.mcap", mission.mdb, 120)
    whole = (tmp_path / "a.mcap").read_bytes()
    bad = tmp_path / "bad.mcap"
    chance = random.Random(4)
    for _ in range(60):
        content = bytearray(whole[: chance.randrange(len(whole))])
        if content and chance.random() < 0.5:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        bad.write_bytes(bytes(content))
        for read in (log_summary, operation_metadata, lambda f: list(open_log(f).packets())):
            try:
                got = read(bad)
            except LogError as error:
                assert str(bad) in str(error)
                continue
            if isinstance(got, list):
                assert all(p in packets for p in got)


@pytest.mark.parametrize("content", [b"", b"time,east,north\n0,1,2\n", b"\x89MCAP0\r\n", b"\x89MCAP0\r\n" * 9])
def test_what_is_no_log_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    for read in (log_summary, operation_metadata, lambda f: list(open_log(f).packets())):
        with pytest.raises(LogError, match=r"notes\.txt"):
            read(file)
    with pytest.raises(LogError, match="No such file"):
        log_summary(tmp_path / "absent.mcap")
    with pytest.raises(LogError, match="directory"):
        log_summary(tmp_path)


def test_a_readable_log_of_another_program_cannot_be_replayed_and_says_why() -> None:
    with pytest.raises(LogError, match="only logs recorded by roverctl"):
        list(open_log(shared_data("logs/talker.mcap")).packets())
    summary = log_summary(shared_data("logs/talker.mcap"))
    assert summary["messages"] > 0 and summary["damaged"] == 0
