"""Where a session's packets come from, live or replayed: the same updates, another clock."""

from collections.abc import Callable
from typing import Protocol

from roverctl.commanding.waiting import Awaited
from roverctl.core.errors import CommandRefusedError, EngineError
from roverctl.core.nouns import Severity
from roverctl.session.api.session import ClockState, Message, Mode
from roverctl.session.operation import Operation
from roverctl.session.report import Report
from roverctl.session.wire import Await, Failed, Follow, Impair, Poll, Send, SetClock, Told, Update, unpack_update
from roverctl.session.work.worker import Worker

SPEEDS = (1.0, 100_000.0)
_REPLAY = "This is a replay of a log: what happened cannot be changed."


class Feed(Protocol):
    """A source of updates with its clock."""

    mode: Mode
    can_command: bool
    why_not_command: str  # a sentence, when it cannot
    can_seek: bool
    messages: list[Message]
    failed: str

    @property
    def clock(self) -> ClockState:
        """The clock as last heard of."""

    def poll(self) -> list[Report]:
        """What has come, without waiting."""

    def set_clock(self, playing: bool, speed: float) -> None:
        """Play or pause, and how fast."""

    def seek(self, t_ns: int) -> None:
        """Go to a time."""

    def uplink(self, command_id: int, packet: bytes) -> None:
        """Send a telecommand packet now."""

    def wait_for(self, awaited: Awaited) -> None:
        """The clock is not to run past what is waited for; called after each poll."""

    def impair(self, name: str, arguments: dict[str, float | str], duration_s: float) -> None:
        """Let something go wrong with the link."""

    def follow(self, plan: str) -> None:
        """Let the stations take turns by another contact plan."""

    def leave(self) -> None:
        """Ask the process behind to end, without waiting."""

    @property
    def gone(self) -> bool:
        """Whether it has ended."""

    def close(self) -> None:
        """End it, and wait for that."""


class EngineFeed:
    """An operation under way: the process behind has the clock, be it the engine's or that of a link to a vehicle
    outside, whose time is the wall's and goes at its own speed.
    """

    can_command = True
    why_not_command = ""
    can_seek = False

    def __init__(self, operation: Operation) -> None:
        self._outside = bool(operation.link)
        self.mode = Mode.LIVE if self._outside else Mode.SIMULATION
        target = "outside_process:outside_main" if self._outside else "engine_process:engine_main"
        self._worker = Worker("engine", f"roverctl.session.{target}", str(operation.folder))
        self._start_ns = self._now_ns = operation.start_ns
        self._playing = False
        self._speed = 1.0
        self._achieved = 0.0
        self._asked = False
        self._seen = self._answered = 0  # updates
        self._awaited = Awaited()
        self.messages: list[Message] = []
        self.failed = ""

    @property
    def pid(self) -> int | None:
        """The engine's process."""
        return self._worker.pid

    @property
    def clock(self) -> ClockState:
        """As of the last update."""
        return ClockState(self._now_ns, self._start_ns, self._now_ns, self._playing, self._speed, self._achieved)

    def poll(self) -> list[Report]:
        """Take updates in and ask for the next: one question is under way at a time, so nothing piles up."""
        reports: list[Report] = []
        if self.failed:
            return reports
        try:
            for message in self._worker.receive():
                if isinstance(message, Update):
                    self._asked = False
                    self._seen += 1
                    self._now_ns = message.now_ns
                    self._achieved = message.achieved
                    reports.append(unpack_update(message))
                elif isinstance(message, Told):
                    self.messages.append(Message(message.text, Severity(message.severity)))
                elif isinstance(message, Failed):
                    raise EngineError(message.text)
            if not self._asked:
                self._worker.send(Poll())
                self._asked = True
        except EngineError as error:
            self.failed = str(error)
            self.can_command = False
            self.why_not_command = f"The engine has stopped: {error}"
            self.messages.append(Message(self.why_not_command, Severity.CRITICAL))
        return reports

    def set_clock(self, playing: bool, speed: float) -> None:
        """Play or pause, and how fast; a real vehicle's time does neither."""
        if self._outside:
            self._playing, self._speed = True, 1.0
            return
        self._playing, self._speed = playing, speed
        self._worker.send(SetClock(playing, speed))

    def seek(self, t_ns: int) -> None:
        """A simulation's time only runs forward."""
        raise CommandRefusedError("time cannot be moved in a simulation; replay its log to go back")

    def uplink(self, command_id: int, packet: bytes) -> None:
        """Hand a telecommand packet to the engine, which journals it before it acts."""
        self._worker.send(Send(command_id, packet))

    def wait_for(self, awaited: Awaited) -> None:
        """Told when it is another, and after each update, since the engine may stand still there."""
        if self._outside or self.failed or (awaited == self._awaited and self._seen in (0, self._answered)):
            return
        if awaited != Awaited() or self._awaited != Awaited():
            self._worker.send(Await(self._seen, awaited.until_ns, awaited.end))
        self._awaited, self._answered = awaited, self._seen

    def impair(self, name: str, arguments: dict[str, float | str], duration_s: float) -> None:
        """Hand an impairment to the engine, which journals it before it acts."""
        if self._outside:
            raise CommandRefusedError("A real link is impaired by nobody from here.")
        self._worker.send(Impair(name, arguments, duration_s))

    def follow(self, plan: str) -> None:
        """Hand a contact plan to the engine, which journals it before it acts."""
        self._worker.send(Follow(plan))

    def leave(self) -> None:
        """Let the engine save and end."""
        self._worker.leave()

    @property
    def gone(self) -> bool:
        """Whether the engine has ended."""
        return self._worker.gone

    def close(self) -> None:
        """Save and end."""
        self._worker.close()


class LogFeed:
    """A log being replayed: the clock runs here, over reception times.

    It opens standing at the log's end, where all that happened is to be seen; playing from there begins anew.
    """

    mode = Mode.REPLAY
    can_command = False
    why_not_command = "This is a replay of a log: commands cannot be sent."
    can_seek = True

    def __init__(self, log: str, mission: str, monotonic_ns: Callable[[], int]) -> None:
        self._worker = Worker("reader", "roverctl.session.work.reader_process:reader_main", log, mission)
        self._reading = True
        self._monotonic_ns = monotonic_ns
        self._start_ns = self._end_ns = 0
        self._now_ns = 0
        self._at_end = True
        self._playing = False
        self._speed = 1.0
        self._anchor = (0, 0)
        self._asked = False
        self.loaded = 0.0
        self.messages: list[Message] = []
        self.failed = ""

    @property
    def clock(self) -> ClockState:
        """The replay's clock, over the log's span as far as read."""
        speed = self._speed if self._playing else 0.0
        return ClockState(self._now_ns, self._start_ns, self._end_ns, self._playing, self._speed, speed)

    def poll(self) -> list[Report]:
        """Take in what has been read, and let the clock run."""
        reports = self._read()
        if self._playing:
            wall_ns, then_ns = self._anchor
            self._now_ns = min(then_ns + round((self._monotonic_ns() - wall_ns) * self._speed), self._end_ns)
            if self._now_ns == self._end_ns and self.loaded == 1.0:
                self._playing = False
                self._at_end = True
        elif self._at_end:
            self._now_ns = self._end_ns
        return reports

    def _read(self) -> list[Report]:
        reports: list[Report] = []
        if not self._reading:
            return reports
        try:
            for message in self._worker.receive():
                if isinstance(message, Update):
                    self._asked = False
                    self.loaded = message.loaded
                    report = unpack_update(message)
                    self._extend(report)
                    reports.append(report)
                elif isinstance(message, Told):
                    self.messages.append(Message(message.text, Severity(message.severity)))
                elif isinstance(message, Failed):
                    raise EngineError(message.text)
            if self.loaded == 1.0:
                self._worker.leave()
                self._reading = False
            elif not self._asked:
                self._worker.send(Poll())
                self._asked = True
        except EngineError as error:
            self.failed = str(error)
            self.messages.append(Message(str(error), Severity.CRITICAL))
            self._worker.kill()
            self._reading = False
        return reports

    def _extend(self, report: Report) -> None:
        """The span of reception times; a log opens at its beginning."""
        times = [t for block in report.blocks for t in (int(block.reception_ns[0]), int(block.reception_ns[-1]))]
        times += [event.reception_ns for event in report.events] + [t for t, _ in report.released]
        if not times:
            return
        if self._end_ns == 0:
            self._start_ns = self._now_ns = min(times)
            self._anchor = (self._monotonic_ns(), self._start_ns)
        self._end_ns = max(self._end_ns, *times)

    def set_clock(self, playing: bool, speed: float) -> None:
        """Play or pause, and how fast; playing at the end begins anew."""
        if playing and self._at_end:
            self._now_ns = self._start_ns
            self._at_end = False
        self._playing, self._speed = playing, speed
        self._anchor = (self._monotonic_ns(), self._now_ns)

    def seek(self, t_ns: int) -> None:
        """Go to a time within the log."""
        self._now_ns = min(max(t_ns, self._start_ns), self._end_ns)
        self._at_end = self._now_ns == self._end_ns
        self._anchor = (self._monotonic_ns(), self._now_ns)

    def uplink(self, command_id: int, packet: bytes) -> None:
        """Never."""
        raise CommandRefusedError(self.why_not_command)

    def wait_for(self, awaited: Awaited) -> None:
        """Nothing waits in a replay."""

    def impair(self, name: str, arguments: dict[str, float | str], duration_s: float) -> None:
        """Never."""
        raise CommandRefusedError(_REPLAY)

    def follow(self, plan: str) -> None:
        """Never."""
        raise CommandRefusedError(_REPLAY)

    def leave(self) -> None:
        """Let the reader end."""
        self._reading = False
        self._worker.leave()

    @property
    def gone(self) -> bool:
        """Whether the reader has ended."""
        return self._worker.gone

    def close(self) -> None:
        """End the reader."""
        self._reading = False
        self._worker.close()


def clamp_speed(speed: float) -> float:
    """Into what a clock can be asked for."""
    return min(max(speed, SPEEDS[0]), SPEEDS[1])
