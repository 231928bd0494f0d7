"""The traverse being planned, as shown, and what can be done with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from roverctl.session.api.changes import Changes
from roverctl.session.api.values import Array, Place


@dataclass(frozen=True, slots=True)
class RouteView:
    """A planned route: ``n`` points, ``n - 1`` segments."""

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
    duration_s: float
    max_slope_deg: float
    spacing_m: float
    terrain: str  # what it was planned on, and where generated detail fills in
    comment: str = ""  # what the command will carry: the route's hash and its waivers
    refusal: str = ""  # why it may not become a command: a violation that nobody waived


@dataclass(frozen=True, slots=True)
class PlanState:
    """The traverse being planned. ``problem`` is what stood in the way, in one sentence."""

    goal_m: tuple[float, float] | None = None
    via_m: tuple[tuple[float, float], ...] = ()
    max_slope_rad: float = 0.0
    busy: bool = False
    route: RouteView | None = None
    problem: str = ""


class Traverse(Protocol):
    """The traverse being planned."""

    @property
    def state(self) -> PlanState:
        """What was asked, and the route or what stood in the way."""

    def plan(self, goal_m: Place, via_m: tuple[Place, ...], max_slope_rad: float) -> Changes:
        """Plan from the known rover over ``via_m`` to the goal, in the background."""

    def clear(self) -> Changes:
        """Forget goal and route."""

    def queue(self) -> Changes:
        """Put the planned route into the queue as one FOLLOW_ROUTE."""

    def save(self, file: Path) -> None:
        """Write the planned route as GeoJSON."""
