"""The session behind the window, live or replayed: one store, one queue, one clock, whatever feeds them."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from roverctl.commanding.journal import Act, Journal
from roverctl.commanding.queue import Command, CommandQueue
from roverctl.core.errors import CommandRefusedError, InputError, RoverctlError
from roverctl.core.nouns import ContactWindow, Event, Pose, Severity, Stage, StageChange
from roverctl.core.times import SECOND_NS, format_clock
from roverctl.mission.mdb import Value
from roverctl.mission.packets import decode_tc
from roverctl.mission.profile import Mission
from roverctl.session.api import (
    Array,
    Change,
    Changes,
    ClockState,
    CommandRow,
    Forecast,
    MapInfo,
    MapTile,
    Message,
    Mode,
    PlanState,
    RouteView,
    SkyNow,
    TileKey,
)  # fmt: skip
from roverctl.session.bench import Bench
from roverctl.session.feed import Feed, clamp_speed, count_until
from roverctl.session.ground_segment import Report
from roverctl.session.rows import command_row
from roverctl.telemetry.decoder import empty_store
from roverctl.telemetry.store import ParameterStore

_LOOK_EVERY: Final = 12  # polls: 2.5 times a second
_TRACK_POINTS: Final = 2000
_PING_PACKET_B: Final = 13
_HK: Final = "ROVER_HK"


class ConsoleSession:
    """Implements ``session.api.Session``.

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
        self.store: ParameterStore = empty_store(mission.mdb)
        self.map_info = MapInfo("", 0.0, 0.0)
        self.folder = folder
        self.source = source
        self._feed = feed
        self._bench = bench
        self._journal = journal
        self._queue = CommandQueue(mission.mdb)
        self._events: list[Event] = []
        self._event_times: list[int] = []
        # What the log or the link said about commands, in the order it was learnt, and how much of it has been applied.
        self._learnt: list[tuple[int, StageChange | bytes]] = []
        self._applied = 0
        self._applied_ns = 0
        self._messages: list[Message] = []
        self._forecast: Forecast | None = None
        self._path: tuple[Times, Array] | None = None
        self._predicted: dict[int, dict[Stage, int]] = {}
        self._sky: SkyNow | None = None
        self._passes: list[ContactWindow] = []
        self._passes_asked_ns: int | None = None
        self._plan = PlanState(max_slope_rad=mission.vehicle.plan_slope_rad)
        self._plan_job = -1
        self._plan_document = ""
        self._polls = 0
        self._looked_ns = -1
        if journal is not None:
            self._restore(journal)
        bench.ask("about", {})

    def _restore(self, journal: Journal) -> None:
        """The queue as the journal tells it; what was released but never left is held, not sent by itself."""
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

    # What there is

    @property
    def ready(self) -> bool:
        """Whether map and telemetry have come; also when they never will."""
        come = self.store.rows() > 0 and self._sky is not None and self._bench.quiet
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
        return self._events[: count_until(self._event_times, self.clock.now_ns)]

    @property
    def commands(self) -> list[CommandRow]:
        """The queue, in order."""
        now_ns, mdb = self.clock.now_ns, self.mission.mdb
        return [command_row(c, mdb, self._predicted.get(c.id, {}), now_ns) for c in self._queue.commands]

    @property
    def plan_state(self) -> PlanState:
        """The traverse being planned."""
        return self._plan

    @property
    def forecast(self) -> Forecast | None:
        """The last forecast, its pose and its STOP moved on to the clock's now."""
        forecast, path = self._forecast, self._path
        if forecast is None or path is None:
            return None
        now_ns = self.clock.now_ns
        times, places = path
        east_m, north_m, heading_rad = (float(np.interp(now_ns - times[0], times - times[0], c)) for c in places.T)
        pose = replace(forecast.pose, t_ns=now_ns, east_m=east_m, north_m=north_m, heading_rad=heading_rad)
        stop_ns = forecast.stop_arrival_ns
        arrival_ns = None if stop_ns is None else stop_ns + now_ns - forecast.made_ns
        return replace(forecast, pose=pose, stop_arrival_ns=arrival_ns)

    @property
    def sky(self) -> SkyNow | None:
        """Delay, contact, Sun."""
        return self._sky

    @property
    def known(self) -> Pose | None:
        """The rover as last reported."""
        values = self._latest_values()
        if values is None:
            return None
        t_ns, row = values
        heading_rad = float(np.radians(row["ROVER_HEADING"]))
        return Pose(t_ns, row["ROVER_EAST"], row["ROVER_NORTH"], heading_rad)

    def track(self) -> tuple[Array, Array]:
        """Reported places up to now, thinned."""
        now_ns = self.clock.now_ns
        _, east = self.store.window("ROVER_EAST", 0, now_ns, now_ns)
        _, north = self.store.window("ROVER_NORTH", 0, now_ns, now_ns)
        thin = slice(None, None, len(east) // _TRACK_POINTS + 1)
        return east[thin], north[thin]

    def passes(self) -> list[ContactWindow]:
        """From an hour before to a day after now, as far as computed."""
        return self._passes

    def take_messages(self) -> list[Message]:
        """Messages since the last call."""
        messages, self._messages = self._messages, []
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
        changes |= self._apply_learnt(clock.now_ns)
        for done, content in self._bench.poll():
            changes |= self._finished(done.kind, done.number, done.problem, content)
        for messages in (self._feed.messages, self._bench.messages):
            if messages:
                self._messages += messages
                messages.clear()
        if self._messages:
            changes.add(Change.MESSAGES)
        self._polls += 1
        if self._polls % _LOOK_EVERY == 0:
            self._look(clock.now_ns)
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
        self._apply_learnt(self.clock.now_ns)
        return {Change.CLOCK, Change.TELEMETRY, Change.EVENTS, Change.QUEUE}

    # Commanding

    def add_command(self, name: str, arguments: dict[str, Value]) -> Changes:
        """At the end of the queue."""
        self._may_command()
        self._do(self._queue.prepare_add(self.clock.now_ns, name, arguments))
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

    def release(self, command_ids: list[int]) -> Changes:
        """Send them, in the queue's order; all or none."""
        self._may_command()
        wanted = set(command_ids)
        for command_id in command_ids:
            self._queue.prepare_release(self.clock.now_ns, command_id)
        for command in [c for c in self._queue.commands if c.id in wanted]:
            self._release(command)
        return {Change.QUEUE}

    def stop_rover(self) -> Changes:
        """A STOP, released at once."""
        self._may_command()
        command = self._do(self._queue.prepare_add(self.clock.now_ns, "STOP", {}))
        self._release(command)
        return {Change.QUEUE}

    def _release(self, command: Command) -> None:
        self._do(self._queue.prepare_release(self.clock.now_ns, command.id))
        self._feed.uplink(command.id, command.packet)

    def _may_command(self) -> None:
        if not self.can_command:
            raise CommandRefusedError(self.why_not_command)

    def _do(self, act: Act) -> Command:
        """The journal first, then the queue."""
        if self._journal is not None:
            self._journal.write(act)
        return self._queue.apply(act)

    # Routes

    def plan(
        self, goal_m: tuple[float, float], via_m: tuple[tuple[float, float], ...], max_slope_rad: float
    ) -> Changes:
        """Plan from the known rover, in the background."""
        known = self.known
        start = self.mission.start_state
        start_m = (start.east_m, start.north_m) if known is None else (known.east_m, known.north_m)
        content = {"start_m": start_m, "goal_m": goal_m, "via_m": via_m, "max_slope_rad": max_slope_rad}
        self._plan = PlanState(goal_m, via_m, max_slope_rad, busy=True, route=None)
        self._plan_job = self._bench.ask_patiently("plan", content)
        return {Change.ROUTE}

    def clear_plan(self) -> Changes:
        """Forget goal and route."""
        self._bench.give_up()
        self._plan = PlanState(max_slope_rad=self._plan.max_slope_rad)
        self._plan_document = ""
        return {Change.ROUTE}

    def queue_route(self) -> Changes:
        """One FOLLOW_ROUTE; the route itself is kept in the operation folder."""
        self._may_command()
        route = self._route()
        self._do(self._queue.prepare_add(self.clock.now_ns, "FOLLOW_ROUTE", {"waypoints": list(route.waypoints)}))
        if self.folder is not None:
            stamp = format_clock(self.clock.now_ns).replace(":", "")
            self.save_route(self.folder / "routes" / f"{route.name}-{stamp}.geojson")
        return {Change.QUEUE}

    def save_route(self, file: Path) -> None:
        """Write the planned route as GeoJSON."""
        self._route()
        try:
            file.write_text(self._plan_document, encoding="utf-8")
        except OSError as error:
            raise InputError(f"{file}: cannot be written: {error.strerror}") from None

    def _route(self) -> RouteView:
        if self._plan.route is None:
            raise CommandRefusedError("no route has been planned")
        return self._plan.route

    # The map

    def want_tiles(self, keys: list[TileKey]) -> None:
        """What the map shows now, most wanted first."""
        self._bench.want_tiles(keys)

    def tile(self, key: TileKey) -> MapTile | None:
        """A tile that is there."""
        return self._bench.tile(key)

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
            self._events += report.events
            if any(a > b.reception_ns for a, b in zip(self._event_times[-1:], report.events[:1], strict=False)):
                self._events.sort(key=lambda event: event.reception_ns)
            self._event_times = [event.reception_ns for event in self._events]
            changes.add(Change.EVENTS)
        came: list[tuple[int, StageChange | bytes]] = list(report.released)
        came += [(change.learnt_ns, change) for change in report.stages]
        if came:
            self._learnt += sorted(came, key=lambda item: item[0])
        return changes

    def _apply_learnt(self, now_ns: int) -> Changes:
        """Bring the queue to what was known at now; back in time that means from the beginning."""
        changed = False
        if now_ns < self._applied_ns:
            self._forecast = None  # of a later time than now
            self._queue = CommandQueue(self.mission.mdb)
            self._predicted.clear()
            self._applied = 0
            changed = True
        while self._applied < len(self._learnt) and self._learnt[self._applied][0] <= now_ns:
            t_ns, what = self._learnt[self._applied]
            self._applied += 1
            changed = True
            if isinstance(what, StageChange):
                self._queue.learn(what)
            elif self._queue.seen_released(t_ns, what) is None:
                self._from_log(t_ns, what)
        self._applied_ns = now_ns
        return {Change.QUEUE} if changed else set()

    def _from_log(self, t_ns: int, packet: bytes) -> None:
        """A telecommand that the queue does not know: replay's only source of commands."""
        try:
            tc = decode_tc(packet)
            command, arguments = self.mission.mdb.decode_arguments(tc.service, tc.subservice, tc.body)
        except RoverctlError as error:
            self._messages.append(Message(f"a telecommand that cannot be read: {error}", Severity.WARNING))
            return
        self._queue.add_from_log(t_ns, packet, command.name, arguments)

    # Looking ahead

    def _latest_values(self) -> tuple[int, dict[str, float]] | None:
        """The last housekeeping packet, as known now: generation time and values."""
        now_ns = self.clock.now_ns
        names = self.mission.mdb.packet(_HK).names
        values = {}
        generation_ns = 0
        for name in names:
            sample = self.store.latest(name, now_ns)
            if sample is None:
                return None
            values[name] = sample.value
            generation_ns = sample.generation_ns
        return generation_ns, values

    def _look(self, now_ns: int) -> None:
        """Ask for forecast and sky at now, unless nothing moved since or the last question is open."""
        if now_ns <= 0 or now_ns == self._looked_ns or not self._bench.idle("look"):
            return
        self._looked_ns = now_ns
        latest = self._latest_values()
        in_flight = [c for c in self._queue.commands if c.released_ns is not None and not c.ended]
        what, length = self._next_to_send()
        self._bench.ask(
            "look",
            {
                "now_ns": now_ns,
                "send_what": what,
                "send_length": length,
                "known_ns": 0 if latest is None else latest[0],
                "values": None if latest is None else latest[1],
                "commands": [self._in_flight(c) for c in in_flight],
            },
        )
        asked = self._passes_asked_ns
        if (asked is None or abs(now_ns - asked) > 1800 * SECOND_NS) and self._bench.idle("passes"):
            self._passes_asked_ns = now_ns
            self._bench.ask("passes", {"now_ns": now_ns})

    def _next_to_send(self) -> tuple[str, int]:
        """What the delay up is shown for: the first command that could be released, else a PING."""
        for command in self._queue.commands:
            if command.released_ns is None and not command.held:
                data = self.mission.mdb.encode_arguments(command.name, command.arguments)
                return f"{command.id} {command.name}", _PING_PACKET_B + len(data)
        return "PING", _PING_PACKET_B

    def _in_flight(self, command: Command) -> dict[str, Any]:
        started = command.changes.get(Stage.STARTED)
        start_m = None
        if started is not None:
            at_ns = started.occurred_ns + SECOND_NS
            _, east = self.store.window("ROVER_EAST", 0, at_ns, self.clock.now_ns)
            _, north = self.store.window("ROVER_NORTH", 0, at_ns, self.clock.now_ns)
            if len(east):
                start_m = [float(east[-1]), float(north[-1])]
        return {
            "id": command.id,
            "name": command.name,
            "arguments": command.arguments,
            "length": len(command.packet),
            "released_ns": command.released_ns,
            "learnt": [[int(s), c.occurred_ns, c.learnt_ns] for s, c in command.changes.items()],
            "start_m": start_m,
        }

    def _finished(self, kind: str, number: int, problem: str, content: dict[str, Any]) -> Changes:
        """A result of the workshop."""
        if kind == "plan":
            return self._planned(number, problem, content)
        if problem:
            self._messages.append(Message(problem, Severity.WARNING))
            return {Change.MESSAGES}
        if kind == "tile":
            return {Change.TILES}
        if kind == "about":
            self.map_info = MapInfo(content["label"], content["resolution_m"], content["generated_below_m"])
            return {Change.TILES}
        if kind == "passes":
            self._passes = [ContactWindow(*row) for row in content["windows"]]
            if self._sky is not None:
                self._sky = replace(self._sky, next_change_ns=self._next_change(self._sky.t_ns, self._sky.station))
            return {Change.SKY}
        return self._looked(content)

    def _planned(self, number: int, problem: str, content: dict[str, Any]) -> Changes:
        if number != self._plan_job:
            return set()
        plan = self._plan
        route = None
        if not problem:
            self._plan_document = content["document"]
            view = content["view"]
            waypoints = tuple((east, north) for east, north in view.pop("waypoints"))
            route = RouteView(**view, waypoints=waypoints)
        self._plan = PlanState(plan.goal_m, plan.via_m, plan.max_slope_rad, False, route, problem)
        return {Change.ROUTE}

    def _looked(self, content: dict[str, Any]) -> Changes:
        changes: Changes = {Change.SKY}
        sky = content["sky"]
        self._sky = SkyNow(**sky, next_change_ns=self._next_change(sky["t_ns"], sky["station"]))
        if "forecast" in content:
            f = content["forecast"]
            t_ns, east_m, north_m, heading_rad, covariance = f["pose"]
            self._path = (f["path_ns"], f["path_m"])
            self._forecast = Forecast(
                made_ns=f["made_ns"],
                known_ns=f["known_ns"],
                pose=Pose(t_ns, east_m, north_m, heading_rad, (covariance[0], covariance[1], covariance[2])),
                path_east_m=f["path_m"][:, 0],
                path_north_m=f["path_m"][:, 1],
                times_ns=f["times_ns"],
                series=f["series"],
                stop_arrival_ns=f["stop_arrival_ns"],
                stop_distance_m=f["stop_distance_m"],
            )
            for command_id, stages in content["stages"]:
                self._predicted.setdefault(command_id, {}).update({Stage(s): t for s, t in stages})
            changes.add(Change.FORECAST)
            if content["stages"]:
                changes.add(Change.QUEUE)
        return changes

    def _next_change(self, now_ns: int, station: str) -> int | None:
        """LOS of the station in contact; without contact the next AOS of any."""
        if station:
            return next(
                (w.los_ns for w in self._passes if w.station == station and w.aos_ns <= now_ns < w.los_ns), None
            )
        return min((w.aos_ns for w in self._passes if w.aos_ns > now_ns), default=None)
