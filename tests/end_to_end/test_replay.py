"""A recorded drive, replayed: the same views' session over the log, time going wherever it is asked to go."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roverctl.archive.recorder import Recorder
from roverctl.commanding.queue import CommandQueue
from roverctl.core.errors import CommandRefusedError, LogError
from roverctl.core.nouns import Stage
from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import load_mission
from roverctl.session.api.changes import Change
from roverctl.session.api.commands import CommandState
from roverctl.session.api.session import Mode
from roverctl.session.console import ConsoleSession
from roverctl.session.engine import Engine
from roverctl.session.opening import replay
from roverctl.terrain.opening import open_terrain

DRIVE_AT_S = 5.0
PING_AT_S = 60.0
END_S = 400.0


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drive of some metres and a ping, 400 s."""
    file = tmp_path_factory.mktemp("log") / "drive.mcap"
    mission = load_mission()
    recorder = Recorder(file, mission.mdb, {"mission": mission.name})
    engine = Engine(mission, open_terrain(mission), mission.start_ns, 3, recorder)
    queue = CommandQueue(mission.mdb)
    for at_s, name, arguments in (
        (DRIVE_AT_S, "DRIVE", {"distance": 6.0, "heading": 120.0}),
        (PING_AT_S, "PING", {}),
    ):
        engine.advance_to(mission.start_ns + round(at_s * SECOND_NS))
        command = queue.apply(queue.prepare_add(engine.now_ns, name, dict(arguments)))
        queue.apply(queue.prepare_release(engine.now_ns, command.id))
        engine.uplink(command.packet)
    engine.advance_to(mission.start_ns + round(END_S * SECOND_NS))
    engine.report()
    recorder.close()
    return file


class Wall:
    """A wall clock that the test turns."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns


def polled(session: ConsoleSession, until: Callable[[], bool]) -> None:
    """Poll until something holds."""
    end = time.monotonic() + 60.0
    while not until():
        session.poll()
        assert time.monotonic() < end, [message.text for message in session.take_messages()]
        time.sleep(0.005)


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def session(log: Path, wall: Wall) -> Iterator[ConsoleSession]:
    opened = replay(log, None, (), wall)
    try:
        start_ns = opened.mission.start_ns
        polled(opened, lambda: opened.clock.end_ns > start_ns + round((END_S - 5) * SECOND_NS))
        yield opened
    finally:
        opened.close()


def test_a_log_opens_where_it_ended(session: ConsoleSession) -> None:
    clock = session.clock
    assert session.mode is Mode.REPLAY
    assert not clock.playing and clock.now_ns == clock.end_ns
    assert [(row.name, row.state) for row in session.commands] == [
        ("DRIVE", CommandState.COMPLETED),
        ("PING", CommandState.COMPLETED),
    ]
    known = session.known
    assert known is not None
    start = session.mission.start_state
    assert abs(known.east_m - start.east_m - 6.0 * 0.8660254) < 0.2
    assert abs(known.north_m - start.north_m + 6.0 * 0.5) < 0.2


def test_going_back_shows_what_was_known_then_and_no_more(session: ConsoleSession) -> None:
    start_ns = session.mission.start_ns
    changes = session.seek(start_ns + 30 * SECOND_NS)
    assert {Change.CLOCK, Change.TELEMETRY, Change.QUEUE, Change.EVENTS} <= changes
    (drive,) = session.commands
    assert drive.state is CommandState.RELEASED
    assert drive.stages[Stage.STARTED].learnt_ns is not None
    assert drive.stages[Stage.COMPLETED].learnt_ns is None
    assert all(event.reception_ns <= session.clock.now_ns for event in session.events)
    sample = session.store.latest("ROVER_ODOMETER", session.clock.now_ns)
    assert sample is not None and sample.reception_ns <= session.clock.now_ns
    times, _ = session.store.window("ROVER_ODOMETER", 0, 2**62, session.clock.now_ns)
    assert times[-1] <= session.clock.now_ns - SECOND_NS, "what was on its way had not been received"
    session.seek(start_ns + round((PING_AT_S + 3) * SECOND_NS))
    assert [row.name for row in session.commands] == ["DRIVE", "PING"]
    session.seek(start_ns)
    assert session.commands == []


def test_playing_from_the_end_begins_anew_and_keeps_the_speed_asked(session: ConsoleSession, wall: Wall) -> None:
    session.set_speed(10.0)
    session.play()
    session.poll()
    assert session.clock.now_ns == session.clock.start_ns
    wall.ns += 3 * SECOND_NS
    session.poll()
    assert session.clock.now_ns == session.clock.start_ns + 30 * SECOND_NS
    session.pause()
    wall.ns += 9 * SECOND_NS
    session.poll()
    assert session.clock.now_ns == session.clock.start_ns + 30 * SECOND_NS
    session.play()
    wall.ns += 3600 * SECOND_NS
    session.poll()
    assert session.clock.now_ns == session.clock.end_ns and not session.clock.playing


def test_commanding_is_refused_and_says_so(session: ConsoleSession) -> None:
    assert not session.can_command
    assert "replay" in session.why_not_command
    with pytest.raises(CommandRefusedError, match="replay"):
        session.add_command("PING", {})
    with pytest.raises(CommandRefusedError, match="replay"):
        session.stop_rover()
    with pytest.raises(CommandRefusedError, match="replay"):
        session.release([1])


def test_sky_and_forecast_are_of_the_time_looked_at(session: ConsoleSession) -> None:
    moment_ns = session.mission.start_ns + 120 * SECOND_NS
    session.seek(moment_ns)
    polled(session, lambda: session.sky is not None and session.sky.t_ns == moment_ns)
    sky, forecast = session.sky, session.forecast
    assert sky is not None and sky.station == "Kashi"
    assert 1.5 < sky.owlt_up_s < 1.9
    assert forecast is not None and forecast.known_ns < moment_ns
    known = session.known
    assert known is not None
    apart_m = ((forecast.pose.east_m - known.east_m) ** 2 + (forecast.pose.north_m - known.north_m) ** 2) ** 0.5
    assert 0.01 < apart_m < 0.4, "a rover under way is predicted ahead of where it was last known"


def test_a_log_of_another_program_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "x.mcap"
    text.write_text("no log")
    with pytest.raises(LogError, match=r"x\.mcap"):
        replay(text, None, (), lambda: 0)
