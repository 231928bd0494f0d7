"""Kill window and engine in the middle of a drive: nothing acknowledged is lost, the world goes on as it would have."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from roverctl.archive.reader import log_summary, open_log
from roverctl.commanding.journal import Journal
from roverctl.core.errors import LogError
from roverctl.core.nouns import Direction, RawPacket, Stage
from roverctl.mission.profile import load_mission
from roverctl.session.api.commands import CommandState
from roverctl.session.engine import Engine
from roverctl.session.ground_segment import GroundSegment
from roverctl.session.opening import resume
from roverctl.session.operation import Operation, open_operation
from roverctl.terrain.opening import open_terrain
from tests.end_to_end.operating import poll_until

ROOT = Path(__file__).parents[2]


def recorded(operation: Operation) -> list[RawPacket]:
    """All raw packets of an operation's logs, in order."""
    packets: list[RawPacket] = []
    for log in operation.logs():
        with contextlib.suppress(LogError):  # killed before anything was received: a log with a head alone
            packets.extend(open_log(log).packets())
    return packets


class Collector(GroundSegment):
    """A ground that only keeps what comes."""

    def __init__(self, packets: list[RawPacket]) -> None:
        self.take = packets.append  # type: ignore[assignment, method-assign]


def uninterrupted(operation: Operation, until_ns: int) -> list[RawPacket]:
    """The same operation run in one piece, with the uplinks and impairments that the journal has."""
    mission = load_mission(operation.mission)
    engine = Engine(mission, open_terrain(mission, seed=operation.seed), operation.start_ns, operation.seed)
    packets: list[RawPacket] = []
    engine.ground = Collector(packets)
    journal = Journal(operation.journal)
    impairments = journal.impairments()
    for number, uplink in enumerate(journal.uplinks()):
        for impairment in [i for i in impairments if i.uplinks == number]:
            engine.advance_to(impairment.at_ns)
            engine.impair(impairment.name, impairment.arguments, impairment.duration_s)
        engine.advance_to(uplink.at_ns)
        engine.uplink(uplink.packet)
    engine.advance_to(until_ns)
    return packets


def test_killed_in_a_drive_and_resumed_the_bytes_are_those_of_an_undisturbed_run(tmp_path: Path) -> None:
    folder = tmp_path / "operation"
    window = subprocess.Popen(
        [sys.executable, "-m", "tests.end_to_end.operating", str(folder), "60"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert window.stdout is not None
    engine_pid = int(window.stdout.readline())
    time.sleep(2.5)  # of driving at 60 times real time
    killed_at = time.time()
    os.kill(engine_pid, signal.SIGKILL)
    os.kill(window.pid, signal.SIGKILL)
    window.wait()
    operation = open_operation(folder)
    (log,) = operation.logs()
    last_written = log.stat().st_mtime
    assert killed_at - last_written < 1.1, "what the log has is up to a second of wall time old"
    summary = log_summary(log)
    assert summary["messages"] > 100
    before = recorded(operation)

    session = resume(folder)
    try:
        poll_until(session, lambda: session.known is not None and session.clock.now_ns > operation.start_ns)
        assert not session.clock.playing, "time stands still until the operator lets it run"
        assert session.clock.now_ns >= before[-1].reception_ns
        assert [(row.name, row.state) for row in session.commands] == [
            ("FOLLOW_ROUTE", CommandState.RELEASED),
            ("PING", CommandState.QUEUED),
        ], "nothing is resent by itself, nothing queued is forgotten"
        session.set_speed(2000.0)
        session.play()
        poll_until(session, lambda: session.commands[0].stages[Stage.COMPLETED].learnt_ns is not None)
    finally:
        session.close()
    after = recorded(operation)
    assert len(operation.logs()) == 2
    assert after[: len(before)] == before
    expected = uninterrupted(operation, after[-1].reception_ns)
    assert after == expected[: len(after)]
    received = [packet.data for packet in after if packet.direction is Direction.TM]
    assert len(received) > 500
    assert len(received) - len(set(received)) > 20, "the impairment set live is part of the world that was resumed"
