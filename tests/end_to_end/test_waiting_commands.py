"""Commands that wait, in a real operation: sent at their time however fast the clock, after what they follow has ended,
never after a failure, a STOP or a restart."""

import itertools
import math
from pathlib import Path

import pytest

from roverctl.commanding.queue import NewCommand
from roverctl.core.times import SECOND_NS, parse_utc
from roverctl.session.api.commands import CommandRow, CommandState
from roverctl.session.api.outlook import Begin
from roverctl.session.console import ConsoleSession
from roverctl.session.drafting.edits import set_goal
from roverctl.session.opening import begin, resume
from tests.end_to_end.operating import poll_until

START = parse_utc("2019-01-11T12:00:00Z")  # in contact for hours
MINUTE_NS = 60 * SECOND_NS


@pytest.fixture
def session(tmp_path: Path) -> ConsoleSession:
    opened = begin(tmp_path / "operation", "change4", (), START)
    opened.play()
    poll_until(opened, lambda: opened.known is not None)
    return opened


def released_ns(row: CommandRow) -> int:
    at_ns = row.stages[0].learnt_ns
    assert at_ns is not None
    return at_ns


def test_a_fast_clock_stands_until_what_is_due_is_sent(session: ConsoleSession) -> None:
    try:
        at_ns = START + 90 * MINUTE_NS
        session.add_commands(
            [
                NewCommand("PING", {}, not_before_ns=at_ns),
                NewCommand("PCAM_PANORAMA", {"frames": 4.0}, after_done=True),
                NewCommand("SEND_PRODUCTS", {"count": 4.0}, after_done=True),
                NewCommand("PING", {}, after_done=True),
            ]
        )
        session.release([1, 2, 3, 4])
        assert {row.state for row in session.commands} == {CommandState.WAITING}
        assert [row.note for row in session.commands] == [
            "at 13:30:00",
            "waits for 1",
            "waits for 2",
            "waits for 3",
        ]
        session.set_speed(100_000.0)
        poll_until(session, lambda: all(row.state is CommandState.COMPLETED for row in session.commands))
        rows = session.commands
        assert 0 <= released_ns(rows[0]) - at_ns < SECOND_NS
        for before, row in itertools.pairwise(rows):
            assert before.done_by_ns is not None
            assert 0 <= released_ns(row) - before.done_by_ns <= 2 * SECOND_NS, row.name
    finally:
        session.close()


def test_nothing_waits_on_after_a_failure_or_a_stop(session: ConsoleSession) -> None:
    try:
        session.add_commands(
            [
                NewCommand("SET_MODE", {"mode": "NOON_NAP"}),
                NewCommand("DRIVE", {"distance": 5.0, "heading": 0.0}, after_done=True),  # asleep it refuses
                NewCommand("PING", {}, after_done=True),
                NewCommand("PING", {}, not_before_ns=START + 600 * MINUTE_NS),
            ]
        )
        session.release([1, 2, 3, 4])
        session.set_speed(1000.0)
        poll_until(session, lambda: session.commands[1].state is CommandState.FAILED)
        assert [row.state for row in session.commands[2:]] == [CommandState.QUEUED] * 2
        session.release([4])
        assert session.commands[3].state is CommandState.WAITING
        session.stop_rover()
        assert session.commands[-1].state is CommandState.QUEUED and session.commands[-1].id == 4
        session.release([4])
        session.release([4])  # once more: now, in spite of its time
        assert session.commands[-1].id == 3 and next(r for r in session.commands if r.id == 4).state is not (
            CommandState.WAITING
        )
    finally:
        session.close()


def test_after_a_restart_what_waited_is_queued_with_its_time_and_told_when_it_is_late(
    session: ConsoleSession, tmp_path: Path
) -> None:
    session.add_commands([NewCommand("PING", {}, not_before_ns=START + 10 * MINUTE_NS)])
    session.release([1])
    session.close()
    again = resume(tmp_path / "operation")
    try:
        assert any("1 wait no longer" in message.text for message in again.take_messages())
        (row,) = again.commands
        assert (row.state, row.not_before_ns) == (CommandState.QUEUED, START + 10 * MINUTE_NS)
        again.play()
        again.set_speed(10_000.0)
        poll_until(again, lambda: again.clock.now_ns > START + 13 * MINUTE_NS)
        again.pause()
        (row,) = again.commands
        assert row.late and row.state is CommandState.QUEUED and row.note.startswith("overdue ")
        again.set_time([1], None)
        assert again.commands[0].note == "queued"
    finally:
        again.close()


def test_a_plan_made_while_the_rover_drives_begins_where_the_drive_will_end(session: ConsoleSession) -> None:
    try:
        session.add_command("FOLLOW_ROUTE", {"waypoints": [(-2.0, -9.0), (6.0, -12.0)]})
        session.release([1])
        session.set_speed(20.0)
        poll_until(session, lambda: session.commands[0].stages[5].learnt_ns is not None)
        session.add_command("DRIVE", {"distance": 3.0, "heading": 90.0})  # queued, and not sent
        session.pause()

        def begin() -> Begin | None:
            found = session._lookout.begin(session.clock.now_ns)
            return found if found is not None and found.predicted and found.after == 2 else None

        poll_until(session, lambda: begin() is not None)
        session.traverse.edit(set_goal(session.traverse.state.draft, (14.0, -10.0)))
        poll_until(session, lambda: session.traverse.state.current, 120.0)
        route = session.traverse.route
        assert math.dist((route.east_m[0], route.north_m[0]), (9.0, -12.0)) < 0.3
        session.traverse.queue()
        session.release([2])
        session.play()
        session.set_speed(1000.0)
        poll_until(session, lambda: session.commands[1].state is CommandState.COMPLETED)
        known = session.known
        assert known is not None
        assert math.dist((route.east_m[0], route.north_m[0]), (known.east_m, known.north_m)) < 0.5
        session.traverse.queue()  # still from where it stands
        assert session.commands[-1].name == "FOLLOW_ROUTE"
    finally:
        session.close()
