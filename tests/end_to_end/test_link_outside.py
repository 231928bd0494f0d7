"""The console on a vehicle outside: the example rover of the docs, over a real socket, without a window."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roverctl.archive.reader import open_log
from roverctl.core.errors import CommandRefusedError, InputError
from roverctl.core.nouns import Direction, Stage
from roverctl.session.api.session import Mode
from roverctl.session.console import ConsoleSession
from roverctl.session.opening import begin, resume

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "loopback_rover.py"


@contextlib.contextmanager
def _rover(*arguments: str, port: int = 0) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    command = [sys.executable, "-u", str(EXAMPLE), "--port", str(port), "--period", "0.1", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            yield int(line.rsplit(" ", 1)[1]), process
        finally:
            process.kill()


def _until(session: ConsoleSession, holds: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        session.poll()
        assert time.monotonic() < end, [m.text for m in session.take_messages()]
        time.sleep(0.01)


def _named(session: ConsoleSession, name: str) -> bool:
    return any(event.name == name for event in session.events)


def test_the_example_rover_talks_to_the_console_in_frames(tmp_path: Path) -> None:
    with _rover("--frames") as (port, _):
        link = f"tcp://127.0.0.1:{port}?framing=frames"
        session = begin(tmp_path / "op", "change4", (), time.time_ns(), link)
        try:
            assert session.mode is Mode.LIVE and session.can_command
            _until(session, lambda: session.known is not None)
            assert abs(session.clock.now_ns - time.time_ns()) < 5e9
            session.add_command("DRIVE", {"distance": 8.0, "heading": 90.0})
            session.release([1])
            _until(session, lambda: session.commands[0].stages[Stage.COMPLETED].learnt_ns is not None)
            learnt = [stage for stage, row in enumerate(session.commands[0].stages) if row.learnt_ns is not None]
            assert set(learnt) >= {Stage.SENT, Stage.RECEIVED, Stage.ACCEPTED, Stage.STARTED, Stage.COMPLETED}
            _until(session, lambda: session.known is not None and session.known.east_m > 7.9)
            with pytest.raises(CommandRefusedError):
                session.impair("loss", {"probability": 0.5}, 10.0)
        finally:
            session.close()
    (log,) = (tmp_path / "op" / "logs").glob("*.mcap")
    packets = list(open_log(log).packets())
    assert sum(p.direction is Direction.TC for p in packets) == 1
    assert sum(p.direction is Direction.TM for p in packets) > 5


def test_a_rover_that_goes_and_comes_back_with_packets(tmp_path: Path) -> None:
    with _rover() as (port, _):
        session = begin(tmp_path / "op", "change4", (), time.time_ns(), f"tcp://127.0.0.1:{port}")
        _until(session, lambda: session.known is not None)
    _until(session, lambda: _named(session, "LINK_DOWN"))
    session.add_command("PING", {})
    session.release([1])
    _until(session, lambda: _named(session, "COMMAND_WITHDRAWN"))
    session.close()
    session = resume(tmp_path / "op")
    assert session.mode is Mode.LIVE
    with _rover(port=port) as (_, _process):
        _until(session, lambda: sum(event.name == "LINK_UP" for event in session.events) == 2)
        session.add_command("PING", {})
        session.release([2])
        _until(session, lambda: session.commands[1].stages[Stage.COMPLETED].learnt_ns is not None)
    session.close()


def test_a_link_that_is_none_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not of the form"):
        begin(tmp_path / "op", "change4", (), None, "carrier pigeon")
    assert not (tmp_path / "op").exists()
