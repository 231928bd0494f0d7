"""What a session offers to whoever shows it: live and replay alike, so that the views exist once.

A session is polled (30 times a second by the window); everything it hands out is ready to show, nothing blocks.
Times are ``t_ns``; angles radians unless the name says ``_deg``; positions site-frame metres.
"""

from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from roverctl.core.nouns import ContactWindow, Event, Pose, Severity, Stage
from roverctl.mission.mdb import Value
from roverctl.mission.profile import Mission
from roverctl.telemetry.store import ParameterStore
from roverctl.terrain.tiling import TileKey

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]
Place = tuple[float, float]  # east and north, site metres


class Mode(StrEnum):
    """What the window shows a session of."""

    SIMULATION = "SIMULATION"
    REPLAY = "REPLAY"


class Change(Enum):
    """What a poll or a use case changed; views refresh from that."""

    CLOCK = auto()
    TELEMETRY = auto()
    EVENTS = auto()
    QUEUE = auto()
    ROUTE = auto()
    FORECAST = auto()
    TILES = auto()
    MAP = auto()  # what is known of the map: its products, the ground under the cursor, a measured line
    SKY = auto()
    MESSAGES = auto()


Changes = set[Change]


@dataclass(frozen=True, slots=True)
class ClockState:
    """The clock under all views. ``start_ns..end_ns`` is what the time slider spans (a simulation ends at now)."""

    now_ns: int
    start_ns: int
    end_ns: int
    playing: bool
    speed_asked: float
    speed_achieved: float


class CommandState(StrEnum):
    """Where a command of the queue stands, on our side."""

    QUEUED = "queued"
    HELD = "held"
    RELEASED = "released"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StageView:
    """One cell of a command's row. Until ``learnt_ns`` a stage is hollow, and late once ``predicted_ns`` has passed."""

    stage: Stage
    predicted_ns: int | None = None  # when the evidence is due here
    occurred_ns: int | None = None
    learnt_ns: int | None = None
    failed: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command of the queue, as shown. ``stages`` has all eight, in order."""

    id: int
    name: str
    arguments: str  # in a few characters
    state: CommandState
    significance: str
    stages: tuple[StageView, ...]
    note: str  # in words, where it is now: 'queued', 'at relay', 'progress 18 %', 'late 0.8 s'
    late: bool
    done_by_ns: int | None  # predicted completion, or the real one once learnt
    details: str = ""  # the arguments in full, '' where the short form says it all


@dataclass(frozen=True, slots=True)
class RouteView:
    """A planned route: ``n`` points, ``n - 1`` segments."""

    name: str
    east_m: Array
    north_m: Array
    elevation_m: Array
    along_m: Array  # distance from the start, at each point
    slope_deg: Array  # of each segment along the track, uphill positive
    seconds: Array  # from departure, at each point
    waypoints: tuple[tuple[float, float], ...]  # what the command will carry
    distance_m: float
    duration_s: float
    max_slope_deg: float
    spacing_m: float
    terrain: str  # what it was planned on, and where generated detail fills in


@dataclass(frozen=True, slots=True)
class PlanState:
    """The traverse being planned. ``problem`` is what stood in the way, in one sentence."""

    goal_m: tuple[float, float] | None = None
    via_m: tuple[tuple[float, float], ...] = ()
    max_slope_rad: float = 0.0
    busy: bool = False
    route: RouteView | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SkyNow:
    """Delay, contact and Sun at the session's now."""

    t_ns: int
    station: str  # '' without contact
    owlt_up_s: float  # light, station to relay to rover
    owlt_down_s: float
    send_s: float  # serialisation of ``send_what`` at the forward rate
    send_what: str
    delay_up_s: float  # light, sending and processing
    delay_down_s: float  # light, sending and processing of a housekeeping packet
    next_change_ns: int | None  # LOS in contact, AOS without
    sun_elevation_rad: float
    sun_azimuth_rad: float
    earth_moon_m: float
    relay_rover_m: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The vehicle run ahead from the last known state through what is in flight."""

    made_ns: int
    known_ns: int  # generation time of the state that it starts from
    pose: Pose  # predicted now, with covariance
    path_east_m: Array  # from the known to the predicted place and on to the end of what is in flight
    path_north_m: Array
    times_ns: Times  # of the series
    series: dict[str, Array] = field(default_factory=dict)  # by parameter name, in the MDB's unit
    stop_arrival_ns: int | None = None  # when a STOP released now would act
    stop_distance_m: float | None = None  # and how far the rover would still go until then


class Sheet(NamedTuple):
    """What a tile shows: the ground (``t_ns`` 0 for the draughtsman's light, else the Sun's at that time), or a product
    over it, made for a time or seen from a point where it needs one."""

    product: str = "ground"
    t_ns: int = 0
    point_m: Place | None = None


GROUND = Sheet()
SHADOW = "shadow"  # a product of the map alone: the shadows that the ground casts, laid over its shading
Wished = tuple[Sheet, TileKey]


@dataclass(frozen=True, slots=True)
class MapTile:
    """256 x 256 pixels of map; row 0 is north. Side and corner: see roverctl.terrain.tiling.

    ``picture`` is grey for the ground, 0 where there is no data, and RGBA with straight alpha for a product, which
    has no elevations.
    """

    level: int
    column: int
    row: int
    picture: npt.NDArray[np.uint8]
    elevation_m: npt.NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class LegendRow:
    """A colour of a product and what it stands for, with its unit."""

    red: int
    green: int
    blue: int
    alpha: int
    text: str


@dataclass(frozen=True, slots=True)
class ProductInfo:
    """A product that the map can show over the ground; ``needs`` may name sun, sun_span, relay, point, vehicle."""

    name: str
    title: str
    unit: str
    needs: frozenset[str]
    opaque: bool
    stepped: bool  # classes, not a range
    legend: tuple[LegendRow, ...]


@dataclass(frozen=True, slots=True)
class MapInfo:
    """What the map is made of."""

    label: str
    resolution_m: float
    generated_below_m: float  # 0: nothing is generated
    products: tuple[ProductInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceHere:
    """Which terrain lies at a place, and how fine it is."""

    place_m: Place
    label: str
    resolution_m: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The ground along a line; ``corners_m`` is the line that was asked for, points are evenly spaced on each leg."""

    corners_m: tuple[Place, ...]
    along_m: Array  # on the body's sphere
    elevation_m: Array  # NaN without data
    spacing_m: float


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
    def plan_state(self) -> PlanState:
        """The traverse being planned."""

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

    def release(self, command_ids: list[int]) -> Changes:
        """Send them, in the queue's order."""

    def stop_rover(self) -> Changes:
        """A STOP, released at once."""

    # Training
    def impair(self, name: str, arguments: dict[str, float | str], duration_s: float) -> Changes:
        """Let something go wrong with the link from now on, for so long (``roverctl.relay.impairments``)."""

    # Routes
    def plan(
        self, goal_m: tuple[float, float], via_m: tuple[tuple[float, float], ...], max_slope_rad: float
    ) -> Changes:
        """Plan from the known rover over ``via_m`` to the goal, in the background."""

    def clear_plan(self) -> Changes:
        """Forget goal and route."""

    def queue_route(self) -> Changes:
        """Put the planned route into the queue as one FOLLOW_ROUTE."""

    def save_route(self, file: Path) -> None:
        """Write the planned route as GeoJSON."""

    # The map
    @property
    def map_info(self) -> MapInfo:
        """What the map is made of; without a label until known."""

    def want_tiles(self, wish: list[Wished], ahead: list[Wished]) -> None:
        """What the map shows now, most wanted first, and what it may show next; replaces the last wish."""

    def tile(self, key: TileKey, sheet: Sheet = GROUND) -> MapTile | None:
        """A tile that is there, else None."""

    @property
    def tiles_come(self) -> bool:
        """Whether every tile that is shown now has come."""

    def ask_source(self, place_m: Place, spacing_m: float) -> None:
        """Find out what lies at a place; the newest question counts."""

    @property
    def source_here(self) -> SourceHere | None:
        """The last answer."""

    def measure(self, corners_m: tuple[Place, ...]) -> None:
        """Find out the ground along a line; the newest question counts."""

    @property
    def measured(self) -> Measured | None:
        """The last answer."""

    def export_layer(self, sheet: Sheet, corners_m: tuple[Place, Place], spacing_m: float, file: Path) -> Changes:
        """Write a layer as GeoTIFF, in the background: what is between two corners; a message says when it is there."""

    def leave(self) -> None:
        """Begin to end, without waiting: what is under way is given up, the operation is being saved."""

    @property
    def gone(self) -> bool:
        """Whether, after ``leave``, ``close`` has nothing to wait for."""

    def close(self) -> None:
        """Save and end; it waits until that is done."""
