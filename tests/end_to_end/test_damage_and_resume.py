"""An operation folder that was damaged is recovered to the same world, or refused with a reason."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from roverctl.core.errors import InputError
from roverctl.core.nouns import Direction, RawPacket
from roverctl.core.times import SECOND_NS
from roverctl.session.opening import begin, resume
from roverctl.session.operation import Operation, open_operation
from tests.end_to_end.operating import ROUTE, poll_until
from tests.end_to_end.test_kill_and_resume import recorded, uninterrupted

SPEED = 300.0


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An operation closed in the middle of a drive."""
    folder = tmp_path_factory.mktemp("drive") / "operation"
    session = begin(folder, "change4", (), None)
    try:
        session.set_speed(SPEED)
        session.play()
        poll_until(session, lambda: session.known is not None)
        session.add_command("FOLLOW_ROUTE", {"waypoints": list(ROUTE)})
        session.release([1])
        goal_ns = session.clock.now_ns + 200 * SECOND_NS
        poll_until(session, lambda: session.clock.now_ns > goal_ns)
    finally:
        session.close()
    return folder


def go_on(folder: Path) -> Operation:
    """Resume, run for another five minutes, close; what is told goes to standard error."""
    session = resume(folder)
    try:
        poll_until(session, lambda: session.known is not None or bool(session._feed.failed))
        if not session._feed.failed:
            session.set_speed(SPEED)
            session.play()
            goal_ns = session.clock.now_ns + 300 * SECOND_NS
            poll_until(session, lambda: session.clock.now_ns > goal_ns)
    finally:
        session.close()
    return open_operation(folder)


def nothing(folder: Path) -> None:
    pass


def no_snapshot(folder: Path) -> None:
    (folder / "engine.snapshot").unlink()


def bit_of_snapshot(folder: Path) -> None:
    content = bytearray((folder / "engine.snapshot").read_bytes())
    content[-100] ^= 4
    (folder / "engine.snapshot").write_bytes(content)


def empty_snapshot(folder: Path) -> None:
    (folder / "engine.snapshot").write_bytes(b"")


def no_journal(folder: Path) -> None:
    for file in folder.glob("journal.sqlite*"):
        file.unlink()


def no_journal_and_no_snapshot(folder: Path) -> None:
    no_journal(folder)
    no_snapshot(folder)


def half_a_log(folder: Path) -> None:
    (log,) = (folder / "logs").iterdir()
    log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        pytest.param(nothing, "resumed at", marks=pytest.mark.soak),
        pytest.param(no_snapshot, "made again from the beginning", marks=pytest.mark.soak),
        (bit_of_snapshot, "checksum fails"),
        pytest.param(empty_snapshot, "checksum fails", marks=pytest.mark.soak),
        pytest.param(no_journal, "resumed at", marks=pytest.mark.soak),
        pytest.param(no_journal_and_no_snapshot, "those of the logs are done again", marks=pytest.mark.soak),
        pytest.param(half_a_log, "is made again", marks=pytest.mark.soak),
    ],
)
def test_the_world_goes_on_as_it_would_have(
    drive: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], damage: Callable[[Path], None], what: str
) -> None:
    undamaged = open_operation(drive)
    folder = Path(shutil.copytree(drive, tmp_path / "operation"))
    damage(folder)
    operation = go_on(folder)
    assert what in capfd.readouterr().err
    packets = recorded(operation)
    assert packets == uninterrupted(undamaged, packets[-1].reception_ns)[: len(packets)]
    assert packets[-1].reception_ns > recorded(undamaged)[-1].reception_ns + 60 * SECOND_NS


def test_what_a_log_lost_in_its_midst_stays_a_gap_and_nothing_is_there_twice(
    drive: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(drive, tmp_path / "operation"))
    first = go_on(folder).logs()[0]
    content = first.read_bytes()
    first.write_bytes(content[: len(content) // 2])
    before = recorded(open_operation(folder))
    operation = go_on(folder)
    after = recorded(operation)
    assert after[: len(before)] == before
    expected = uninterrupted(operation, after[-1].reception_ns)[-(len(after) - len(before)) :]
    assert after[len(before) :] == expected
    assert len({(p.reception_ns, p.data) for p in after}) == len(after)
    assert "is cut" in capfd.readouterr().err


def test_another_mission_under_an_operation_is_refused(
    drive: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(drive, tmp_path / "operation"))
    mine = Path(shutil.copytree("resources/missions/change4", tmp_path / "mine"))
    text = (mine / "mission.toml").read_text(encoding="utf-8")
    (mine / "mission.toml").write_text(text.replace("value = 200, unit", "value = 150, unit"), encoding="utf-8")
    file = folder / "operation.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"change4"', f'"{mine}"'), encoding="utf-8")
    no_snapshot(folder)
    go_on(folder)
    assert "the mission was changed after console-0001.mcap" in capfd.readouterr().err


def test_a_file_that_is_no_journal_is_refused_by_name(drive: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(drive, tmp_path / "operation"))
    no_journal(folder)
    (folder / "journal.sqlite").write_bytes(bytes(range(256)) * 64)
    with pytest.raises(InputError, match="not a journal"):
        resume(folder)


def test_the_drive_is_under_way(drive: Path) -> None:
    packets: list[RawPacket] = recorded(open_operation(drive))
    assert sum(p.direction is Direction.TC for p in packets) == 1
