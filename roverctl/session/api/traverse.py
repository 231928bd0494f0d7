"""The traverse being planned, as shown, and what can be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from roverctl.session.api.changes import Changes
from roverctl.session.api.day import DayState
from roverctl.session.api.draft import Draft, Edit
from roverctl.session.api.outlook import Begin
from roverctl.session.api.values import Array, Place
from roverctl.traverse.commanded import PlannedCommand


@dataclass(frozen=True, slots=True)
class StraightView:
    """The straight line between two stops: the first limit that it breaks, in a sentence, and where; '' when free.

    ``costs`` says what a free one costs beside the way taken.
    """

    text: str
    place_m: Place | None
    along_m: float
    costs: str = ""


@dataclass(frozen=True, slots=True)
class TimesView:
    """What a departure comes to; seconds, hours and parts of a battery. ``problem`` in place of figures."""

    depart_ns: int
    arrive_ns: int = 0
    wait_s: float = 0.0
    shadow_s: float = 0.0
    contact_gap_s: float = 0.0
    lowest_charge: float = 0.0
    sunset_margin_h: float = 0.0
    safe: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ViolationView:
    """A limit that the route breaks, where it is worst, and who let it be: 'name: reason', or ''."""

    key: str
    text: str
    place_m: Place
    waived: str = ""


@dataclass(frozen=True, slots=True)
class RouteView:
    """A planned route: ``n`` points, ``n - 1`` segments; ``k`` legs between the waypoints of the command."""

    name: str
    sha256: str
    east_m: Array
    north_m: Array
    elevation_m: Array
    along_m: Array  # distance from the start, at each point
    slope_deg: Array  # of each segment along the track, uphill positive
    seconds: Array  # from departure, at each point
    waypoints: tuple[tuple[float, float], ...]  # what the command will carry
    distance_m: float
    duration_s: float  # of driving
    max_slope_deg: float
    spacing_m: float
    terrain: str  # what it was planned on, and where generated detail fills in
    cost: float = 0.0
    cost_unit: str = "s"
    terms: Mapping[str, Array] = field(default_factory=dict)  # of each leg; all of them add up to the cost
    strips: Mapping[str, Array] = field(default_factory=dict)  # more of the profile, by name, at each point
    straight: tuple[StraightView, ...] = ()  # from stop to stop
    times: TimesView | None = None  # where it has a departure
    violations: tuple[ViolationView, ...] = ()
    refused: str = ""  # why it may not become a command
    rests_s: float = 0.0  # about, where one lunar day is too short: the nights and noons between
    notices: tuple[str, ...] = ()  # why it will not be driven like that; sentences
    commands: tuple[PlannedCommand, ...] = ()  # one drive, or one between each two waits of its departure


@dataclass(frozen=True, slots=True)
class FollowLine:
    """The least-cost way by a place under the hand, before it is let go; empty where no way leads there."""

    place_m: Place
    east_m: Array
    north_m: Array
    distance_m: float
    cost: float  # of these legs, in the unit of the objective


@dataclass(frozen=True, slots=True)
class AlternativeView:
    """A route by another objective, with its figures; ``problem`` in their place where there is none."""

    name: str
    objective: str
    east_m: Array
    north_m: Array
    figures: Mapping[str, float]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SweepView:
    """Departures in order, the latest safe one, and the nearest place to be when the Sun goes."""

    departures: tuple[TimesView, ...]
    latest_safe: TimesView | None
    safe_place_m: Place | None = None
    safe_place_text: str = ""


@dataclass(frozen=True, slots=True)
class ChanceView:
    """The chance of each segment of the search to break the tilt limit if the DEM errs, where it is, and of any."""

    east_m: Array
    north_m: Array
    chance: Array
    any: float
    limit_deg: float
    sigma_m: float
    length_m: float


@dataclass(frozen=True, slots=True)
class ReachView:
    """Lines of equal drive time from the start: (seconds, east, north) each."""

    lines: tuple[tuple[float, Array, Array], ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TrackView:
    """A line from a file, thinned for the map, and what it would have cost by the draft's limits: ``drive_s``,
    ``max_slope_deg``, ``cost`` and ``broken``, the number of limits broken; ``problem`` in the figures' place."""

    name: str
    source: str
    length_m: float
    east_m: Array
    north_m: Array
    figures: Mapping[str, float] = field(default_factory=dict)
    violations: tuple[ViolationView, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Studies:
    """What else was asked about the draft; each None until it is there. ``under_way`` names those that are not yet."""

    alternatives: tuple[AlternativeView, ...] | None = None
    sweep: SweepView | None = None
    chances: ChanceView | None = None
    reach: ReachView | None = None
    under_way: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PlanState:
    """The traverse being planned.

    ``route`` is the last good one and stays while another is sought; ``current`` says whether it answers the draft.
    ``problem`` is what stood in the way of the draft's own, in one sentence; where a stop stands in a hazard,
    ``offer_m`` is the nearest free ground for stop ``offer_stop`` (-1: the rover's own place).
    """

    draft: Draft = field(default_factory=Draft)
    number: int = 0  # counts the edits
    busy: bool = False
    preparing: bool = False  # kernels are being loaded
    route: RouteView | None = None
    route_of: int = 0  # the number of the draft that it answers
    current: bool = False
    problem: str = ""
    begin: Begin | None = None  # of the route under way, or of the last one
    offer_m: Place | None = None
    offer_stop: int = -1
    line: FollowLine | None = None
    undo_word: str = ""
    redo_word: str = ""
    studies: Studies = field(default_factory=Studies)
    day: DayState = field(default_factory=DayState)
    tracks: tuple[TrackView, ...] = ()

    @property
    def goal_m(self) -> Place | None:
        """The draft's goal."""
        return self.draft.goal_m

    @property
    def via_m(self) -> tuple[Place, ...]:
        """The draft's stops before it."""
        return self.draft.via_m

    @property
    def max_slope_rad(self) -> float:
        """The draft's limit."""
        return self.draft.max_slope_rad


class Traverse(Protocol):
    """The traverse being planned."""

    @property
    def state(self) -> PlanState:
        """The draft, and the route or what stood in the way."""

    def edit(self, edit: Edit) -> Changes:
        """The next draft; it is saved, then planned in the background."""

    def undo(self) -> Changes:
        """A step back."""

    def redo(self) -> Changes:
        """A step forth again."""

    def prepare(self) -> None:
        """Load what planning needs; the first route comes sooner then."""

    def follow(self, number: int, inserted: bool, place_m: Place | None) -> None:
        """The hand holds a stop (or one to be inserted before that number) at a place: find the way by it; None: the
        hand has let go. The newest place counts."""

    def compare(self) -> Changes:
        """Routes by other objectives."""

    def sweep(self, from_ns: int) -> Changes:
        """Departures from a time to night."""

    def order(self) -> Changes:
        """Find the best order of the stops between those that are locked; one edit."""

    def chances(self, sigma_m: float, length_m: float) -> Changes:
        """How sure the route is if the DEM errs so much over such a distance."""

    def reach(self, seconds: tuple[float, ...]) -> Changes:
        """How far one comes in such times; none: no longer shown."""

    def look_at_day(self, looked_at: bool) -> Changes:
        """Whether the plan of the day is looked at; while it is, each edit is carried out on paper."""

    def wait_for_contact(self) -> Changes:
        """Let the day wait for contact before all that it would command in a gap; one edit."""

    def queue_day(self) -> Changes:
        """Put the commands of the day's plan into the queue, each after the one before it."""

    def open_tracks(self, file: Path) -> Changes:
        """The lines of a file as a reference on the map, checked by the draft's limits; one edit."""

    def open_day(self, file: Path) -> Changes:
        """The draft becomes the plan of a file, as one edit."""

    def save_day(self, file: Path) -> None:
        """Write the draft as a day's plan, which ``plan --day`` takes."""

    def queue(self) -> Changes:
        """Put the planned route into the queue as one FOLLOW_ROUTE."""

    def save(self, file: Path) -> None:
        """Write the planned route as GeoJSON."""

    def import_marks(self, file: Path) -> Changes:
        """Zones and points of a GeoJSON file, as one edit; those that cannot be taken are told one by one."""

    def export_marks(self, file: Path) -> None:
        """Write zones and points as GeoJSON."""
