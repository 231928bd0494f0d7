"""The session behind the window, live or replayed: one store, one queue, one clock, whatever feeds them."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from roverctl.commanding.journal import Act, Journal
from roverctl.commanding.queue import Command, CommandQueue, NewCommand
from roverctl.core.errors import CommandRefusedError
from roverctl.core.nouns import ContactWindow, Event, Pose, Severity
from roverctl.mission.contacts import read_contact_text
from roverctl.mission.mdb import Value
from roverctl.mission.profile import Mission
from roverctl.relay.impairments import duration_ns, read_impairment
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.commands import CommandRow
from roverctl.session.api.outlook import Forecast, SkyNow
from roverctl.session.api.session import ClockState, Message, Mode
from roverctl.session.api.values import Array, Place
from roverctl.session.feed import Feed, clamp_speed
from roverctl.session.history import History
from roverctl.session.lookout import Lookout
from roverctl.session.map_desk import MapDesk
from roverctl.session.relay_desk import KINDS_OF_WORK, RelayDesk
from roverctl.session.release_desk import ReleaseDesk
from roverctl.session.report import Report
from roverctl.session.rows import command_row
from roverctl.session.traverse_desk import ROUTE_KINDS, TraverseDesk
from roverctl.session.work.bench import Bench
from roverctl.telemetry.decoder import empty_store
from roverctl.telemetry.store import ParameterStore

_LOOK_EVERY: Final = 12  # polls: 2.5 times a second
_TRACK_POINTS: Final = 800


class ConsoleSession:
    """Implements ``session.api.session.Session``.

    Parameters
    ----------
    mission
        Profile and MDB.
    feed
        Where packets come from.
    bench
        Where tiles, forecasts and routes are made.
    journal
        Of the operation; None in replay.
    folder, source
        The operation's folder, None in replay; and what is shown as its name.
    """

    def __init__(
        self, mission: Mission, feed: Feed, bench: Bench, journal: Journal | None, folder: Path | None, source: str
    ) -> None:
        self.mission = mission
        self.mode: Mode = feed.mode
        self.can_seek = feed.can_seek
        self.store: ParameterStore = empty_store(mission)
        self.folder = folder
        self.source = source
        self._feed = feed
        self._bench = bench
        self._journal = journal
        self._messages: list[Message] = []
        self._polls = 0
        self._history = History(mission.mdb, CommandQueue(mission.mdb))
        self._lookout = Lookout(mission, bench, self.store)
        self.map = MapDesk(bench)
        self.traverse = TraverseDesk(
            bench, mission, lambda: self._lookout.begin(self.clock.now_ns), lambda: self.clock.now_ns,
            self.add_commands, folder,
        )  # fmt: skip
        self.relay = RelayDesk(
            mission, bench, self.store, lambda: self.clock, lambda: self.events, lambda: self._queue, self._place,
            self.impair, self.change_plan, journal,
        )  # fmt: skip
        self._release_desk = ReleaseDesk(
            lambda: self._queue, lambda: self.clock.now_ns, self._do, feed, self._messages.append
        )
        if journal is not None:
            self._restore(journal)

    @property
    def _queue(self) -> CommandQueue:
        return self._history.queue

    def _restore(self, journal: Journal) -> None:
        """The queue as the journal tells it; what was released but never left is held, what waited waits no longer:
        nothing is sent by itself."""
        for act in journal.acts():
            self._queue.apply(act)
        left = {uplink.command for uplink in journal.uplinks()}
        for command in list(self._queue.commands):
            if command.released_ns is not None and command.id not in left:
                self._do(Act(command.released_ns, "unsent", {"id": command.id}))
                self._messages.append(
                    Message(
                        f"command {command.id} {command.name} was released but had not left: held", Severity.WARNING
                    )
                )
        self._release_desk.wait_no_more("The operation was opened again")

    # What there is

    @property
    def ready(self) -> bool:
        """Whether map and telemetry have come; also when they never will."""
        come = self.store.rows() > 0 and self.sky is not None and self._bench.quiet
        return bool(self._feed.failed) or self._bench.broken or come

    @property
    def can_command(self) -> bool:
        """Whether commands can be sent."""
        return self._feed.can_command

    @property
    def why_not_command(self) -> str:
        """Why not, in a sentence."""
        return self._feed.why_not_command

    @property
    def clock(self) -> ClockState:
        """The clock."""
        return self._feed.clock

    @property
    def events(self) -> list[Event]:
        """Received up to now, oldest first."""
        return self._history.events(self.clock.now_ns)

    @property
    def commands(self) -> list[CommandRow]:
        """The queue, in order."""
        now_ns, mdb, lookout = self.clock.now_ns, self.mission.mdb, self._lookout
        return [
            command_row(
                command, self._queue, mdb, lookout.predicted(command.id), now_ns, not self.traverse.matches(command)
            )
            for command in self._queue.commands
        ]

    @property
    def forecast(self) -> Forecast | None:
        """The last forecast, moved on to the clock's now."""
        return self._lookout.forecast(self.clock.now_ns)

    @property
    def sky(self) -> SkyNow | None:
        """Delay, contact, Sun."""
        return self._lookout.sky

    @property
    def known(self) -> Pose | None:
        """The rover as last reported."""
        latest = self._lookout.known(self.clock.now_ns)
        if latest is None:
            return None
        t_ns, values = latest
        return Pose(t_ns, values["ROVER_EAST"], values["ROVER_NORTH"], float(np.radians(values["ROVER_HEADING"])))

    def _place(self) -> Place | None:
        """Where the rover was last known to be."""
        known = self.known
        return None if known is None else (known.east_m, known.north_m)

    def track(self) -> tuple[Array, Array]:
        """Reported places up to now, thinned."""
        now_ns = self.clock.now_ns
        _, east = self.store.window("ROVER_EAST", 0, now_ns, now_ns)
        _, north = self.store.window("ROVER_NORTH", 0, now_ns, now_ns)
        thin = slice(None, None, len(east) // _TRACK_POINTS + 1)
        return east[thin], north[thin]

    def passes(self) -> list[ContactWindow]:
        """From an hour before to a day after now, as far as computed."""
        return self._lookout.passes

    def take_messages(self) -> list[Message]:
        """Messages since the last call."""
        messages = list(self._messages)
        self._messages.clear()
        return messages

    # The clock

    def poll(self) -> Changes:
        """Take in what arrived."""
        changes: Changes = set()
        before_ns = self.clock.now_ns
        for report in self._feed.poll():
            changes |= self._take(report)
        clock = self.clock
        if clock.now_ns != before_ns:
            changes |= {Change.CLOCK, Change.TELEMETRY}
            if self.can_seek:
                changes.add(Change.EVENTS)
        if self._history.bring_to(clock.now_ns, self._forget):
            changes.add(Change.QUEUE)
        if self.can_command:
            changes |= self._release_desk.send_due()
        if self._polls:  # processes are started one in a poll, or the first would take too long
            for done, content in self._bench.poll():
                changes |= self._finished(done.kind, done.number, done.problem, content)
            changes |= self.traverse.poll()
        for messages in (
            self._feed.messages, self._bench.messages, self._history.messages, self.traverse.messages,
            self._lookout.messages,
        ):  # fmt: skip
            if messages:
                self._messages += messages
                messages.clear()
        if self._messages:
            changes.add(Change.MESSAGES)
        self._polls += 1
        if self._polls % _LOOK_EVERY == 0:
            self._lookout.ask(clock.now_ns, self._queue, self.traverse.state.draft.serial)
            self.relay.ask()
        return changes

    def play(self) -> Changes:
        """Let time run."""
        self._feed.set_clock(True, self.clock.speed_asked)
        return {Change.CLOCK}

    def pause(self) -> Changes:
        """Stop it."""
        self._feed.set_clock(False, self.clock.speed_asked)
        return {Change.CLOCK}

    def set_speed(self, speed: float) -> Changes:
        """1 to 100,000 times real time."""
        self._feed.set_clock(self.clock.playing, clamp_speed(speed))
        return {Change.CLOCK}

    def seek(self, t_ns: int) -> Changes:
        """Go to a time (replay)."""
        self._feed.seek(t_ns)
        self._history.bring_to(self.clock.now_ns, self._forget)
        return {Change.CLOCK, Change.TELEMETRY, Change.EVENTS, Change.QUEUE}

    def _forget(self) -> None:
        """Time went back."""
        self._lookout.forget()
        self.relay.forget()

    # Commanding

    def add_command(self, name: str, arguments: dict[str, Value]) -> Changes:
        """At the end of the queue."""
        return self.add_commands([NewCommand(name, arguments)])

    def add_commands(self, commands: list[NewCommand]) -> Changes:
        """Several, in order, all or none; comments stay here."""
        self._may_command()
        acts = self._queue.prepare_all(self.clock.now_ns, commands)
        if self._journal is not None:
            self._journal.write(*acts)
        for act in acts:
            self._queue.apply(act)
        return {Change.QUEUE}

    def edit_command(self, command_id: int, arguments: dict[str, Value]) -> Changes:
        """Change what has not left."""
        self._may_command()
        self._do(self._queue.prepare_edit(self.clock.now_ns, command_id, arguments))
        return {Change.QUEUE}

    def remove(self, command_ids: list[int]) -> Changes:
        """Take what has not left out of the queue."""
        self._may_command()
        acts = [self._queue.prepare_remove(self.clock.now_ns, i) for i in command_ids]
        for act in acts:
            self._do(act)
        return {Change.QUEUE}

    def move(self, command_id: int, position: int) -> Changes:
        """Move what has not left."""
        self._may_command()
        self._do(self._queue.prepare_move(self.clock.now_ns, command_id, position))
        return {Change.QUEUE}

    def hold(self, command_ids: list[int], held: bool) -> Changes:
        """Hold back, or let go again."""
        self._may_command()
        acts = [self._queue.prepare_hold(self.clock.now_ns, i, held) for i in command_ids]
        for act in acts:
            self._do(act)
        return {Change.QUEUE}

    def set_time(self, command_ids: list[int], not_before_ns: int | None) -> Changes:
        """Another time before which they do not leave."""
        self._may_command()
        acts = [self._queue.prepare_time(self.clock.now_ns, i, not_before_ns) for i in command_ids]
        for act in acts:
            self._do(act)
        return {Change.QUEUE}

    def release(self, command_ids: list[int]) -> Changes:
        """Send them, in the queue's order, or let them wait for their conditions; all or none."""
        self._may_command()
        return self._release_desk.release(command_ids)

    def stop_rover(self) -> Changes:
        """A STOP, released at once; what waits is not sent after it."""
        self._may_command()
        command = self._do(self._queue.prepare_add(self.clock.now_ns, "STOP", {}))
        return self._release_desk.stop(command)

    def impair(self, name: str, arguments: dict[str, float | str], duration_s: float) -> Changes:
        """Let something go wrong with the link; its events tell when it began and ended."""
        read_impairment(name, arguments, self.mission)
        duration_ns(duration_s)
        self._feed.impair(name, arguments, duration_s)
        self.relay.was_impaired(name, arguments, duration_s)
        return {Change.SKY}

    def change_plan(self, plan: str) -> Changes:
        """Let the stations take turns by another contact plan from now on: a table [contact], as in a profile."""
        read_contact_text(plan, self.mission.stations)
        self._feed.follow(plan)
        self.relay.plan_changed(plan)
        return {Change.SKY} | self.traverse.contacts_changed()

    def _may_command(self) -> None:
        if not self.can_command:
            raise CommandRefusedError(self.why_not_command)

    def _do(self, act: Act) -> Command:
        """The journal first, then the queue."""
        if self._journal is not None:
            self._journal.write(act)
        return self._queue.apply(act)

    def leave(self) -> None:
        """Begin to end, without waiting."""
        self._bench.close()
        self._feed.leave()

    @property
    def gone(self) -> bool:
        """Whether, after ``leave``, ``close`` has nothing to wait for."""
        return self._feed.gone

    def close(self) -> None:
        """Save and end."""
        self._bench.close()
        self._feed.close()
        if self._journal is not None:
            self._journal.close()

    # What came

    def _take(self, report: Report) -> Changes:
        changes: Changes = set()
        for block in report.blocks:
            self.store.append(block)
            changes.add(Change.TELEMETRY)
        if report.events:
            changes.add(Change.EVENTS)
        self._history.take(report)
        return changes

    def _finished(self, kind: str, number: int, problem: str, content: dict[str, Any]) -> Changes:
        """A result of the workshop."""
        if kind in ROUTE_KINDS:
            return self.traverse.take(kind, number, problem, content)
        if kind == "tile":  # the bench has it, and has told what was wrong
            return {Change.TILES}
        if kind in ("passes", "look") and problem:
            self._messages.append(Message(problem, Severity.WARNING))
            return {Change.MESSAGES}
        if kind == "contact_plan":
            self._lookout.ask_passes_again()
            return {Change.SKY}
        if kind == "passes":
            return self._lookout.take_passes(content)
        if kind == "look":
            return self._lookout.take_look(content)
        desk = self.relay if kind in KINDS_OF_WORK else self.map
        if kind == "skyline":  # contacts are those over it from now on
            self._lookout.ask_passes_again()
        changes, messages = desk.take(kind, problem, content)
        self._messages += messages
        return changes
