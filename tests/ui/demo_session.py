"""A session wholly in memory, with data one could believe: what the tests of the window stand on.

``python -m tests.ui.demo_session OUT.png [light] [plan|operate|replay] [WIDTHxHEIGHT]`` renders the window with it.
"""

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from roverctl.core.errors import CommandRefusedError
from roverctl.core.nouns import ContactWindow, Event, Pose, Severity, Stage
from roverctl.core.times import SECOND_NS
from roverctl.mission.mdb import Value
from roverctl.mission.profile import Mission, load_mission
from roverctl.relay.impairments import read_impairment
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.commands import CommandRow, CommandState, StageView
from roverctl.session.api.map import (
    GROUND,
    LegendRow,
    ProductInfo,
)
from roverctl.session.api.outlook import Forecast, SkyNow
from roverctl.session.api.session import ClockState, Message, Mode
from roverctl.session.api.values import Array
from roverctl.telemetry.store import Block, ParameterStore
from tests.ui import demo_ground
from tests.ui.demo_desks import DemoMap, DemoTraverse
from tests.ui.demo_relay import DemoRelay

MINUTES = 20
DELAY_NS = 1_730_000_000
UP_NS = 5_840_000_000
ALL = set(Change)
_PRODUCTS = (
    ProductInfo(
        "slope", "Slope", "deg", frozenset(), True, False,
        (LegendRow(0, 34, 78, 255, "0 deg"), LegendRow(254, 232, 56, 255, "30 deg")),
    ),
    ProductInfo(
        "hazard", "Hazard", "", frozenset({"vehicle"}), False, True,
        (LegendRow(0, 0, 0, 0, "safe"), LegendRow(200, 30, 30, 255, "hazard")),
    ),
    ProductInfo("sunlit", "Sunlit", "", frozenset({"sun"}), False, True, (LegendRow(0, 0, 0, 200, "shadow"),)),
)  # fmt: skip
_ROUTE = [(-9.0, -7.0), (2.0, -1.5), (14.0, -2.5), (25.0, 4.5), (40.0, 3.0), (49.0, 8.0)]


class DemoSession:
    """Implements ``roverctl.session.api.session.Session``; remembers every use case that was called in ``calls``."""

    def __init__(self, mode: Mode = Mode.SIMULATION, mission: Mission | None = None) -> None:
        self.mission = load_mission() if mission is None else mission
        self.mode = mode
        self.can_command = mode is Mode.SIMULATION
        self.why_not_command = "" if self.can_command else "This is a replay: commands cannot be sent."
        self.can_seek = mode is Mode.REPLAY
        self.map = DemoMap(self, _PRODUCTS)
        self.traverse = DemoTraverse(self)
        self.folder: Path | None = Path("/tmp/demo") if self.can_command else None
        self.source = "demonstration" if self.can_command else "A.mcap"
        self.calls: list[tuple[str, tuple[object, ...]]] = []
        self.closed = self.left = False
        self.start_ns = self.mission.start_ns
        self.end_ns = self.start_ns + MINUTES * 60 * SECOND_NS
        self._now_ns = self.end_ns
        self._playing = self.can_command
        self._speed = 1.0
        self._changed: Changes = set(ALL)
        self._messages: list[Message] = []
        self._route = demo_ground.route_over(_ROUTE)
        self._fill_store()
        self._fill_queue()
        self._fill_events()
        self.tiles_per_poll = 2
        self.relay = DemoRelay(self, self.mission)

    # Data
    def _fill_store(self) -> None:
        mdb = self.mission.mdb
        names = mdb.packet("ROVER_HK").names
        self.store = ParameterStore({"ROVER_HK": (names, 1.0)})
        self._names = names
        count = MINUTES * 60
        self._rows(np.arange(count, dtype=np.float64))

    def _rows(self, t: Array) -> None:
        """Rows for seconds ``t`` since the start; the rover drives from the sixth minute on."""
        rng = np.random.default_rng(int(t[0]))
        count = len(t)
        driven = np.clip((t - 360.0) * 0.0333, 0.0, self._route.distance_m)
        moving = (driven > 0) & (driven < self._route.distance_m) & ((t % 144) < 110)
        east = np.interp(driven, self._route.along_m, self._route.east_m)
        north = np.interp(driven, self._route.along_m, self._route.north_m)
        heading = np.degrees(np.arctan2(np.gradient(east) if count > 1 else [1.0], np.gradient(north) + 1e-9
                                        if count > 1 else [0.4])) % 360  # fmt: skip
        tilt = 4.5 + 2.2 * np.sin(t / 61) + 1.4 * np.sin(t / 23) + (t > 420) * (t < 440) * 9.5
        columns: dict[str, Array] = {
            "ROVER_MODE": np.where(driven > 0, 1.0, 0.0),
            "ROVER_ACTIVITY": np.where(driven > 0, 3.0, 0.0),
            "ROVER_PROGRESS": np.floor(100 * driven / self._route.distance_m),
            "ROVER_WAYPOINTS_LEFT": np.full(count, 4.0),
            "ROVER_EAST": east,
            "ROVER_NORTH": north,
            "ROVER_UP": demo_ground.elevation_m(east, north, 0.5) + 5935.0,
            "ROVER_HEADING": heading,
            "ROVER_PITCH": tilt * 0.8,
            "ROVER_ROLL": tilt * 0.5,
            "ROVER_TILT": tilt,
            "ROVER_ODOMETER": driven,
            "ROVER_SPEED": np.where(moving, 190 + rng.normal(0, 4, count), 0.0),
            "ROVER_SLIP": np.where(moving, 4 + rng.normal(0, 1.0, count), 0.0),
            "ROVER_DRIVE_POWER": np.where(moving, 9.0, 0.0),
            "ROVER_BATTERY_SOC": 80.2 - t / 700 + 0.2 * np.sin(t / 300),
            "ROVER_BATTERY_VOLTAGE": 28.3 - t / 20_000,
            "ROVER_ARRAY_POWER": 121 + 3 * np.sin(t / 200) + rng.normal(0, 0.3, count),
            "ROVER_LOAD_POWER": np.where(moving, 81.0, 62.0),
            "ROVER_BODY_TEMP": 18.4 + t / 3000,
            "ROVER_SUN_ELEVATION": 29.4 + t / 7000,
            "ROVER_SUN_AZIMUTH": 41.0 - t / 5000,
        }
        values = np.column_stack([columns.get(name, np.zeros(count)) for name in self._names])
        generation = self.start_ns + (t * 1e9).astype(np.int64)
        self.store.append(Block("ROVER_HK", generation, generation + DELAY_NS, values))
        self._last_row_s = float(t[-1])

    def _fill_queue(self) -> None:
        now = self.end_ns
        s = SECOND_NS

        def row(number: int, name: str, arguments: str, done: int, state: CommandState, note: str,
                late: bool = False, failed: bool = False, by_s: float | None = None) -> CommandRow:  # fmt: skip
            stages = []
            for stage in Stage:
                learnt = now - (190 - 3 * int(stage)) * s if int(stage) < done else None
                due = now + (-1 if late and int(stage) == done else 8 * (int(stage) - done + 1)) * s
                sent = state not in (CommandState.QUEUED, CommandState.HELD)
                stages.append(
                    StageView(stage, due if sent else None, learnt, learnt, failed and int(stage) == done - 1)
                )
            by = None if by_s is None else now + int(by_s * s)
            return CommandRow(number, name, arguments, state, "none", tuple(stages), note, late, by)

        released, queued = CommandState.RELEASED, CommandState.QUEUED
        self._commands = [
            row(39, "TURN", "heading 64°", 8, CommandState.COMPLETED, "completed", by_s=-820),
            row(40, "DRIVE", "40.0 m · 64°", 5, CommandState.FAILED, "failed: tilt", failed=True, by_s=-700),
            row(41, "FOLLOW_ROUTE", "R-7f3a · 62.4 m", 6, released, "progress 41 %", by_s=1144),
            row(42, "PCAM_PANORAMA", "28 frames", 3, released, "at relay", by_s=1285),
            row(43, "PING", "", 2, released, "late 0.8 s", late=True, by_s=4),
            row(44, "DRIVE", "8.0 m · 40°", 0, queued, "queued", by_s=1490),
            row(45, "TURN", "heading 90°", 0, CommandState.HELD, "held"),
            row(46, "SET_MODE", "NOON_NAP", 0, queued, "queued", by_s=1502),
        ]

    def _fill_events(self) -> None:
        texts = [
            (30, "ground", "FRAME_RADIATED", Severity.INFO, "frame 41 radiated"),
            (33, "relay", "FRAME_FORWARDED", Severity.INFO, "frame 41 forwarded to the rover"),
            (360, "rover", "MOTION_STARTED", Severity.INFO, "motion started, 5 waypoints"),
            (422, "rover", "TILT", Severity.WATCH, "ROVER_TILT 15.1 deg over 12"),
            (431, "rover", "TILT", Severity.WARNING, "ROVER_TILT 16.4 deg over 16"),
            (470, "rover", "MOTION_STOPPED", Severity.CRITICAL, "motion stopped after 4.10 m: TILT"),
            (610, "ground", "GAP", Severity.DISTRESS, "gap 48 s: loss of lock"),
            (900, "rover", "MODE_CHANGED", Severity.INFO, "mode MOVING"),
        ]
        self._events = [
            Event(self.start_ns + t * SECOND_NS, self.start_ns + t * SECOND_NS + DELAY_NS, source, name, severity, text)
            for t, source, name, severity, text in texts
        ]

    # What there is
    @property
    def ready(self) -> bool:
        return True

    @property
    def clock(self) -> ClockState:
        end = self.end_ns if self.can_seek else self._now_ns
        achieved = (min(self._speed, 850.0) if self._speed > 850 else self._speed) if self._playing else 0.0
        return ClockState(self._now_ns, self.start_ns, end, self._playing, self._speed, achieved)

    @property
    def events(self) -> list[Event]:
        return [event for event in self._events if event.reception_ns <= self._now_ns]

    @property
    def commands(self) -> list[CommandRow]:
        return list(self._commands)

    @property
    def forecast(self) -> Forecast | None:
        known = self.known
        if known is None:
            return None
        at_m = float(self.store.latest("ROVER_ODOMETER", self._now_ns).value)  # type: ignore[union-attr]
        ahead = np.linspace(at_m, self._route.distance_m, 40)
        east = np.interp(ahead, self._route.along_m, self._route.east_m)
        north = np.interp(ahead, self._route.along_m, self._route.north_m)
        here = at_m + 2.2
        pose = Pose(
            self._now_ns, float(np.interp(here, self._route.along_m, self._route.east_m)),
            float(np.interp(here, self._route.along_m, self._route.north_m)), known.heading_rad, (0.05, 0.03, 0.04),
        )  # fmt: skip
        t = np.linspace(0.0, 600.0, 61)
        charge = self.store.latest("ROVER_BATTERY_SOC", self._now_ns)
        series = {
            "ROVER_BATTERY_SOC": (charge.value if charge else 80.0) - t / 600,
            "ROVER_ARRAY_POWER": 121 + np.sin(t / 90),
            "ROVER_TILT": 4.5 + np.sin(t / 60),
            "ROVER_SPEED": np.where(t % 144 < 110, 190.0, 0.0),
        }
        return Forecast(
            self._now_ns, known.t_ns, pose, east, north, self._now_ns + (t * 1e9).astype(np.int64), series,
            self._now_ns + UP_NS, 0.3,
        )  # fmt: skip

    @property
    def sky(self) -> SkyNow | None:
        return SkyNow(
            self._now_ns, "Kashi", 1.71, 1.71, 4.10, "STOP", 5.84, 1.73, self._now_ns + 11_560 * SECOND_NS,
            math.radians(29.4), math.radians(41.0), 384_400e3, 61_000e3,
        )  # fmt: skip

    @property
    def known(self) -> Pose | None:
        samples = [self.store.latest(f"ROVER_{name}", self._now_ns) for name in ("EAST", "NORTH", "HEADING")]
        east, north, heading = samples
        if east is None or north is None or heading is None:
            return None
        return Pose(east.generation_ns, east.value, north.value, math.radians(heading.value), (0.01, 0.0, 0.01))

    def track(self) -> tuple[Array, Array]:
        _, east = self.store.window("ROVER_EAST", self.start_ns, self._now_ns, self._now_ns)
        _, north = self.store.window("ROVER_NORTH", self.start_ns, self._now_ns, self._now_ns)
        return east[::5], north[::5]

    def passes(self) -> list[ContactWindow]:
        hour = 3600 * SECOND_NS
        now = self._now_ns
        return [
            ContactWindow("Jiamusi", now - hour, now + hour // 2, now - hour // 2, 0.5),
            ContactWindow("Kashi", now - hour // 2, now + 3 * hour + 760 * SECOND_NS, now + hour, 0.8),
            ContactWindow("Neuquén", now + 3 * hour, now + 12 * hour, now + 7 * hour, 0.7),
            ContactWindow("Jiamusi", now + 14 * hour, now + 23 * hour, now + 18 * hour, 0.7),
        ]

    def take_messages(self) -> list[Message]:
        messages, self._messages = self._messages, []
        return messages

    def tell(self, text: str, severity: Severity = Severity.WARNING) -> None:
        """Have something to say at the next poll."""
        self._messages.append(Message(text, severity))
        self._changed.add(Change.MESSAGES)

    # The clock
    def poll(self) -> Changes:
        for sheet, key in [w for w in self.map.wanted if self.map.tile(w[1], w[0]) is None][: self.tiles_per_poll]:
            if sheet == GROUND:
                self.map.tiles[key] = demo_ground.render(key)
            else:
                ground = sheet.product == "ground"
                self.map.sheets[(sheet, key)] = demo_ground.render(key) if ground else demo_ground.overlay(key)
            self._changed.add(Change.TILES)
        if self._playing:
            self.advance(self._speed / 30)
        self.relay.give()
        changed, self._changed = self._changed, set()
        return changed

    def advance(self, seconds: float) -> None:
        """Let the clock run on by so many seconds; a simulation makes new telemetry."""
        self._now_ns += int(seconds * 1e9)
        self._changed.add(Change.CLOCK)
        if self.can_seek:
            self._now_ns = min(self._now_ns, self.end_ns)
            self._changed |= {Change.TELEMETRY, Change.EVENTS}
            return
        due_s = math.floor((self._now_ns - DELAY_NS - self.start_ns) / 1e9)
        if due_s > self._last_row_s:
            self._rows(np.arange(self._last_row_s + 1, due_s + 1))
            self._changed |= {Change.TELEMETRY, Change.FORECAST, Change.SKY}

    def done(self, name: str, *arguments: object, changes: Changes) -> Changes:
        self.calls.append((name, arguments))
        self._changed |= changes
        return changes

    def play(self) -> Changes:
        self._playing = True
        return self.done("play", changes={Change.CLOCK})

    def pause(self) -> Changes:
        self._playing = False
        return self.done("pause", changes={Change.CLOCK})

    def set_speed(self, speed: float) -> Changes:
        self._speed = speed
        return self.done("set_speed", speed, changes={Change.CLOCK})

    def seek(self, t_ns: int) -> Changes:
        if not self.can_seek:
            raise CommandRefusedError("A simulation cannot go back.")
        self._now_ns = t_ns
        return self.done("seek", t_ns, changes=set(ALL))

    # Commanding
    def change(self, change: Change) -> None:
        self._changed.add(change)

    def must_command(self) -> None:
        if not self.can_command:
            raise CommandRefusedError(self.why_not_command)

    def add_command(self, name: str, arguments: dict[str, Value]) -> Changes:
        self.must_command()
        full = self.mission.mdb.check_arguments(name, arguments)
        number = max(row.id for row in self._commands) + 1
        text = " · ".join(f"{key} {value}" for key, value in full.items())
        stages = tuple(StageView(stage) for stage in Stage)
        self._commands.append(
            CommandRow(number, name, text, CommandState.QUEUED, "none", stages, "queued", False, None)
        )
        return self.done("add_command", name, full, changes={Change.QUEUE})

    def edit_command(self, command_id: int, arguments: dict[str, Value]) -> Changes:
        self.must_command()
        return self.done("edit_command", command_id, arguments, changes={Change.QUEUE})

    def remove(self, command_ids: list[int]) -> Changes:
        self.must_command()
        self._commands = [row for row in self._commands if row.id not in command_ids]
        return self.done("remove", command_ids, changes={Change.QUEUE})

    def move(self, command_id: int, position: int) -> Changes:
        self.must_command()
        place = next(i for i, row in enumerate(self._commands) if row.id == command_id)
        self._commands.insert(position, self._commands.pop(place))
        return self.done("move", command_id, position, changes={Change.QUEUE})

    def hold(self, command_ids: list[int], held: bool) -> Changes:
        self.must_command()
        state = CommandState.HELD if held else CommandState.QUEUED
        self._commands = [
            replace(row, state=state, note=state.value) if row.id in command_ids else row for row in self._commands
        ]
        return self.done("hold", command_ids, held, changes={Change.QUEUE})

    def release(self, command_ids: list[int]) -> Changes:
        self.must_command()
        self._commands = [
            replace(row, state=CommandState.RELEASED, note="released") if row.id in command_ids else row
            for row in self._commands
        ]
        return self.done("release", command_ids, changes={Change.QUEUE, Change.FORECAST})

    def set_time(self, command_ids: list[int], not_before_ns: int | None) -> Changes:
        self.must_command()
        self._commands = [
            replace(row, not_before_ns=not_before_ns) if row.id in command_ids else row for row in self._commands
        ]
        return self.done("set_time", command_ids, not_before_ns, changes={Change.QUEUE})

    def impair(self, name: str, arguments: dict[str, float | str], duration_s: float) -> Changes:
        self.must_command()
        read_impairment(name, arguments, self.mission)
        self.relay.was_impaired(name, arguments, duration_s)
        text = f"impairment begins: {name} {next(iter(arguments.values()), 0)}"
        now = self._now_ns
        self._events.append(Event(now, now, "ground", "IMPAIRMENT_BEGAN", Severity.WATCH, text))
        return self.done("impair", name, arguments, duration_s, changes={Change.SKY, Change.EVENTS})

    def stop_rover(self) -> Changes:
        self.must_command()
        return self.done("stop_rover", changes={Change.QUEUE})

    # Routes

    def leave(self) -> None:
        self.left = True

    @property
    def gone(self) -> bool:
        return self.left

    def close(self) -> None:
        self.closed = True


class DemoLook:
    """A look at a file: text is no terrain, in the second poll."""

    def __init__(self, dem: Path) -> None:
        self._dem = dem
        self._polls = 0

    def poll(self) -> str | None:
        self._polls += 1
        if self._polls < 2:
            return None
        return f"{self._dem} is not an elevation raster" if self._dem.suffix == ".txt" else ""

    def close(self) -> None:
        pass


class DemoOpener:
    """Opens demonstration sessions, whatever is asked."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.opened: list[tuple[str, Path, Path | None]] = []

    def check_terrain(self, dem: Path) -> DemoLook:
        return DemoLook(dem)

    def new_operation(self, folder: Path, dem: Path | None) -> DemoSession:
        self.opened.append(("new", folder, dem))
        return DemoSession()

    def resume(self, folder: Path) -> DemoSession:
        self.opened.append(("resume", folder, None))
        return DemoSession()

    def replay(self, log: Path) -> DemoSession:
        self.opened.append(("replay", log, None))
        return DemoSession(Mode.REPLAY)


def demo(arguments: list[str]) -> int:
    """Render the window with a demonstration session."""
    import tempfile

    from roverctl.ui.application import run_console

    words = set(arguments[1:])
    session = DemoSession(Mode.REPLAY if "replay" in words else Mode.SIMULATION)
    session.tiles_per_poll = 4
    if "plan" in words:
        session.traverse.plan((14.0, -2.5), (25.0, 4.5), (49.0, 8.0), max_slope_rad=0.26)
    if "message" in words:
        session.tell("The log ends in the middle of a chunk: 3 messages were lost.")
    sizes = [tuple(int(part) for part in word.split("x")) for word in words if word[0].isdigit()]
    size = (sizes[0][0], sizes[0][1]) if sizes else (1600, 1000)
    with tempfile.TemporaryDirectory() as folder:
        perspective = next((word for word in ("plan", "operate", "replay") if word in words), None)
        return run_console(
            session, DemoOpener(Path(folder)), screenshot=Path(arguments[0]), after_s=3.0, light="light" in words,
            size=size, perspective=perspective,
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(demo(sys.argv[1:]))
