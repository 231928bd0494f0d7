"""What is ahead, as the window shows it: forecast, predicted stages, sky and passes, asked of the workshop in turn."""

from dataclasses import replace
from typing import Any, Final

import numpy as np

from roverctl.commanding.queue import Command, CommandQueue
from roverctl.core.nouns import ContactWindow, Pose, Severity, Stage
from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import Mission
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.draft import serial_of
from roverctl.session.api.outlook import Begin, Forecast, SkyNow, StationTurn
from roverctl.session.api.session import Message
from roverctl.session.api.values import Array, Times
from roverctl.session.work.bench import Bench
from roverctl.telemetry.store import ParameterStore

_HK: Final = "ROVER_HK"
_PING_PACKET_B: Final = 13
_PASSES_GOOD_FOR_NS: Final = 1800 * SECOND_NS


class Lookout:
    """Asks for one look at a time, and keeps the last."""

    def __init__(self, mission: Mission, bench: Bench, store: ParameterStore) -> None:
        self._mission = mission
        self._bench = bench
        self._store = store
        self._forecast: Forecast | None = None
        self._path: tuple[Times, Array] | None = None
        self._stop_waits_ns = 0
        self._stages: dict[int, dict[Stage, int]] = {}
        self._looked_ns = -1
        self._before: tuple[object, ...] = ()  # what is in flight and queued before a plan
        self._after: tuple[tuple[object, ...], dict[str, Any]] | None = None  # and the vehicle after it
        self._after_asked: tuple[object, ...] = ()
        self._passes_asked_ns: int | None = None
        self.sky: SkyNow | None = None
        self.passes: list[ContactWindow] = []
        self._turns: list[StationTurn] = []  # they touch; '' for a gap
        self.messages: list[Message] = []
        self._warned = ""  # what was said last of the relay's orbit

    def predicted(self, command_id: int) -> dict[Stage, int]:
        """When the evidence of a command's stages is due."""
        return self._stages.get(command_id, {})

    def forecast(self, now_ns: int) -> Forecast | None:
        """The last forecast, its pose and its STOP moved on to now."""
        forecast, path = self._forecast, self._path
        if forecast is None or path is None:
            return None
        times, places = path
        east_m, north_m, heading_rad = (float(np.interp(now_ns - times[0], times - times[0], c)) for c in places.T)
        pose = replace(forecast.pose, t_ns=now_ns, east_m=east_m, north_m=north_m, heading_rad=heading_rad)
        stop_ns = forecast.stop_arrival_ns
        # What it waits for comes nearer meanwhile: only from then on does a later STOP arrive later.
        later_ns = now_ns - forecast.made_ns
        arrival_ns = None if stop_ns is None else stop_ns + later_ns - min(max(later_ns, 0), self._stop_waits_ns)
        return replace(forecast, pose=pose, stop_arrival_ns=arrival_ns)

    def forget(self) -> None:
        """Time went back: what was predicted later than now is not known."""
        self._forecast = self._after = None
        self._stages.clear()

    def known(self, now_ns: int) -> tuple[int, dict[str, float]] | None:
        """The last housekeeping packet received by now: generation time and values."""
        values = {}
        generation_ns = 0
        for name in self._mission.mdb.packet(_HK).names:
            sample = self._store.latest(name, now_ns)
            if sample is None:
                return None
            values[name] = sample.value
            generation_ns = sample.generation_ns
        return generation_ns, values

    def begin(self, now_ns: int) -> Begin | None:
        """Where and how a plan begins; None while nothing is known of the rover."""
        latest = self.known(now_ns)
        if latest is None:
            return None
        known_ns, values = latest
        if self._before and self._after is not None and self._after[0] == self._before:
            after = self._after[1]
            return Begin(
                (after["east_m"], after["north_m"]), after["heading_rad"], max(now_ns, after["t_ns"]), after["charge"],
                after["temperature_k"], after["stored_b"], known_ns, len(self._before), True,
                after["mode"],
            )  # fmt: skip
        return Begin(
            (values["ROVER_EAST"], values["ROVER_NORTH"]), float(np.radians(values["ROVER_HEADING"])), now_ns,
            values["ROVER_BATTERY_SOC"] / 100.0, values["ROVER_BODY_TEMP"] + 273.15, 1e6 * values["ROVER_STORE_USED"],
            known_ns, len(self._before), mode=self._mission.mdb.word("MODE", values["ROVER_MODE"]),
        )  # fmt: skip

    # Asking

    def ask(self, now_ns: int, queue: CommandQueue, serial: int) -> None:
        """Ask for forecast and sky at now, unless nothing moved since or the last question is open; and for the vehicle
        after what comes before the traverse ``serial``, whose own commands that have not left are not before it."""
        in_flight = [c for c in queue.commands if c.released_ns is not None and not c.ended]
        queued = [
            c for c in queue.commands
            if c.released_ns is None and not c.held and serial_of(c.made_from) != serial
        ]  # fmt: skip
        self._before = (
            *((c.id, len(c.changes)) for c in in_flight),
            *((c.id, repr(c.arguments), c.not_before_ns) for c in queued),
        )
        changed = bool(self._before) and (self._after is None or self._after[0] != self._before)
        if now_ns <= 0 or (now_ns == self._looked_ns and not changed) or not self._bench.idle("look"):
            return
        self._looked_ns, self._after_asked = now_ns, self._before
        latest = self.known(now_ns)
        what, length = self._next_to_send(queue)
        self._bench.ask(
            "look",
            {
                "now_ns": now_ns,
                "send_what": what,
                "send_length": length,
                "known_ns": 0 if latest is None else latest[0],
                "values": None if latest is None else latest[1],
                "commands": [self._in_flight(c, now_ns) for c in in_flight],
                "queued": [self._queued(c) for c in queued] if changed else None,
            },
        )
        asked = self._passes_asked_ns
        if (asked is None or abs(now_ns - asked) > _PASSES_GOOD_FOR_NS) and self._bench.idle("passes"):
            self._passes_asked_ns = now_ns
            self._bench.ask("passes", {"now_ns": now_ns})

    def ask_passes_again(self) -> None:
        """The stations take turns by another plan, or the rover has another skyline."""
        self._passes_asked_ns = None

    def _next_to_send(self, queue: CommandQueue) -> tuple[str, int]:
        """What the delay up is shown for: the first command that could be released, else a PING."""
        for command in queue.commands:
            if command.released_ns is None and not command.held:
                data = self._mission.mdb.encode_arguments(command.name, command.arguments)
                return f"{command.id} {command.name}", _PING_PACKET_B + len(data)
        return "PING", _PING_PACKET_B

    def _queued(self, command: Command) -> list[Any]:
        data = self._mission.mdb.encode_arguments(command.name, command.arguments)
        length = _PING_PACKET_B + len(data)
        return [command.name, command.arguments, length, command.not_before_ns, command.after_done]

    def _in_flight(self, command: Command, now_ns: int) -> dict[str, Any]:
        started = command.changes.get(Stage.STARTED)
        start_m = None
        if started is not None:
            # Where it stood as it started: what was generated later is already on its way.
            at_ns = started.occurred_ns
            _, east = self._store.window("ROVER_EAST", 0, at_ns, now_ns)
            _, north = self._store.window("ROVER_NORTH", 0, at_ns, now_ns)
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

    # Taking in

    def take_passes(self, content: dict[str, Any]) -> Changes:
        """Contact windows have come."""
        self.passes = [ContactWindow(*row) for row in content["windows"]]
        self._turns = [StationTurn(*row) for row in content["turns"]]
        if self.sky is not None:
            self.sky = self._with_turns(self.sky)
        return {Change.SKY}

    def take_look(self, content: dict[str, Any]) -> Changes:
        """A look has come."""
        changes: Changes = {Change.SKY}
        sky = content["sky"]
        warning = sky.pop("warning")
        if warning and warning != self._warned:
            self.messages.append(Message(warning, Severity.WARNING))
            changes.add(Change.MESSAGES)
        self._warned = warning
        self.sky = self._with_turns(SkyNow(**sky, next_change_ns=None))
        if "forecast" in content:
            f = content["forecast"]
            t_ns, east_m, north_m, heading_rad, covariance = f["pose"]
            path_ns, path_m = f["path_ns"], f["path_m"]
            self._path = (path_ns, path_m)
            self._stop_waits_ns = f["stop_waits_ns"]
            self._forecast = Forecast(
                made_ns=f["made_ns"],
                known_ns=f["known_ns"],
                pose=Pose(t_ns, east_m, north_m, heading_rad, (covariance[0], covariance[1], covariance[2])),
                path_east_m=path_m[:, 0],
                path_north_m=path_m[:, 1],
                times_ns=f["times_ns"],
                series=f["series"],
                stop_arrival_ns=f["stop_arrival_ns"],
                stop_distance_m=f["stop_distance_m"],
            )
            for command_id, stages in content["stages"]:
                self._stages.setdefault(command_id, {}).update({Stage(s): t for s, t in stages})
            changes.add(Change.FORECAST)
            if "after" in content:
                self._after = self._after_asked, content["after"]
            if content["stages"]:
                changes.add(Change.QUEUE)
        return changes

    def _with_turns(self, sky: SkyNow) -> SkyNow:
        """Until when there is contact and through whom, or when it comes, as far as the turns tell."""
        ahead = [turn for turn in self._turns if turn.end_ns > sky.t_ns]
        gap = next((i for i, turn in enumerate(ahead) if not turn.station), None)
        if not sky.station:
            found = next((turn for turn in ahead if turn.station and turn.begin_ns > sky.t_ns), None)
            return replace(sky, next_change_ns=None if found is None else found.begin_ns, turns=())
        ends_ns = None if gap is None else ahead[gap].begin_ns
        return replace(sky, next_change_ns=ends_ns, turns=tuple(ahead[:gap]))
