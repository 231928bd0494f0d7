"""What a session offers to whoever shows it: live and replay alike, so that the views exist once.

A session is polled (30 times a second by the window); everything it hands out is ready to show, nothing blocks.
Times are ``t_ns``; angles radians unless the name says ``_deg``; positions site-frame metres.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from roverctl.core.nouns import ContactWindow, Event, Pose, Severity
from roverctl.mission.mdb import Value
from roverctl.mission.profile import Mission
from roverctl.session.api.changes import Changes
from roverctl.session.api.commands import CommandRow
from roverctl.session.api.map import Map
from roverctl.session.api.outlook import Forecast, SkyNow
from roverctl.session.api.relay import Relay
from roverctl.session.api.traverse import Traverse
from roverctl.session.api.values import Array
from roverctl.telemetry.store import ParameterStore


class Mode(StrEnum):
    """What the window shows a session of."""

    LIVE = "LIVE"
    SIMULATION = "SIMULATION"
    REPLAY = "REPLAY"


@dataclass(frozen=True, slots=True)
class ClockState:
    """The clock under all views. ``start_ns..end_ns`` is what the time slider spans (a simulation ends at now)."""

    now_ns: int
    start_ns: int
    end_ns: int
    playing: bool
    speed_asked: float
    speed_achieved: float


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell the operator, shown where the act was and kept in the event list."""

    text: str
    severity: Severity


class Session(Protocol):
    """The one owner of state. Use cases validate, change, and return what changed; they raise RoverctlError."""

    mission: Mission
    mode: Mode
    can_seek: bool
    store: ParameterStore
    folder: Path | None  # the operation's, None in replay
    source: str  # what is shown: the operation's or the log's name

    @property
    def map(self) -> Map:
        """The map, and what can be asked of it."""

    @property
    def traverse(self) -> Traverse:
        """The traverse being planned, and what can be done with it."""

    @property
    def relay(self) -> Relay:
        """The way between console and rover."""

    # What there is
    @property
    def ready(self) -> bool:
        """Whether map and telemetry have come; also when they never will."""

    @property
    def can_command(self) -> bool:
        """Whether commands can be sent."""

    @property
    def why_not_command(self) -> str:
        """Why not, in a sentence, shown where commanding is disabled."""

    @property
    def clock(self) -> ClockState:
        """The clock."""

    @property
    def events(self) -> list[Event]:
        """All events received up to the clock's now, oldest first."""

    @property
    def commands(self) -> list[CommandRow]:
        """The queue, in order; in replay the commands that the log shows up to now."""

    @property
    def forecast(self) -> Forecast | None:
        """The last forecast, None while nothing is known."""

    @property
    def sky(self) -> SkyNow | None:
        """The sky at the clock's now, None until computed."""

    @property
    def known(self) -> Pose | None:
        """The rover as last reported, at the clock's now."""

    def track(self) -> tuple[Array, Array]:
        """East and north of all reported places up to now, oldest first, thinned to what a map can show."""

    def passes(self) -> list[ContactWindow]:
        """Contact windows from an hour before to a day after now, as far as computed."""

    def take_messages(self) -> list[Message]:
        """Messages since the last call."""

    # The clock
    def poll(self) -> Changes:
        """Take in what arrived; returns what changed since the last poll."""

    def play(self) -> Changes:
        """Let time run."""

    def pause(self) -> Changes:
        """Stop it."""

    def set_speed(self, speed: float) -> Changes:
        """1 to 100,000 times real time."""

    def seek(self, t_ns: int) -> Changes:
        """Go to a time (replay)."""

    # Commanding
    def add_command(self, name: str, arguments: dict[str, Value]) -> Changes:
        """Put a command at the end of the queue."""

    def edit_command(self, command_id: int, arguments: dict[str, Value]) -> Changes:
        """Change a command that has not left."""

    def remove(self, command_ids: list[int]) -> Changes:
        """Take commands that have not left out of the queue."""

    def move(self, command_id: int, position: int) -> Changes:
        """Move a command that has not left to a position of the queue."""

    def hold(self, command_ids: list[int], held: bool) -> Changes:
        """Hold commands back from release, or let them go again."""

    def set_time(self, command_ids: list[int], not_before_ns: int | None) -> Changes:
        """Another time before which commands that have not left do not leave; None for none."""

    def release(self, command_ids: list[int]) -> Changes:
        """Send them, in the queue's order. One whose time lies ahead, or that follows what is under way, waits and is
        sent then; one that waits already is sent now."""

    def stop_rover(self) -> Changes:
        """A STOP, released at once; what waits is queued again."""

    # Training
    def impair(self, name: str, arguments: dict[str, float | str], duration_s: float) -> Changes:
        """Let something go wrong with the link from now on, for so long (``roverctl.relay.impairments``)."""

    def leave(self) -> None:
        """Begin to end, without waiting: what is under way is given up, the operation is being saved."""

    @property
    def gone(self) -> bool:
        """Whether, after ``leave``, ``close`` has nothing to wait for."""

    def close(self) -> None:
        """Save and end; it waits until that is done."""
