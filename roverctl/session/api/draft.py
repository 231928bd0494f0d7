"""The draft of a traverse: what is asked of the planner, and what was drawn on the map for it.

A draft is a value: every edit makes another (``session.drafting.edits``). Places are site-frame metres.
"""

from dataclasses import dataclass

from roverctl.session.api.values import Place
from roverctl.traverse.annotations import Annotation as Mark
from roverctl.traverse.annotations import Kind as MarkKind
from roverctl.traverse.violations import Waiver

__all__ = ["Draft", "Edit", "Mark", "MarkKind", "Stop", "Waiver"]


@dataclass(frozen=True, slots=True)
class Stop:
    """A place that the route comes by; the last is the goal. A locked one is neither moved nor taken away."""

    place_m: Place
    name: str = ""
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A traverse as it is being planned; it starts from the rover.

    ``depart_ns`` None leaves the departure open: the route is planned without Sun and contact.
    """

    stops: tuple[Stop, ...] = ()
    objective: str = "time"
    max_slope_rad: float = 0.0
    depart_ns: int | None = None
    need_contact: bool = False
    marks: tuple[Mark, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    @property
    def goal_m(self) -> Place | None:
        """Where it ends; None while there is no stop."""
        return self.stops[-1].place_m if self.stops else None

    @property
    def via_m(self) -> tuple[Place, ...]:
        """The stops before the goal."""
        return tuple(stop.place_m for stop in self.stops[:-1])

    @property
    def question(self) -> object:
        """What the answer depends on: two drafts with equal questions have the same route, and the same waived."""
        return self.way, self.waivers

    @property
    def way(self) -> object:
        """What the way depends on, waivers apart."""
        zones = tuple((mark.kind, mark.rings_m) for mark in self.marks if mark.kind.is_zone)
        places = tuple(stop.place_m for stop in self.stops)
        return places, self.objective, self.max_slope_rad, self.depart_ns, self.need_contact, zones

    def stop_word(self, number: int) -> str:
        """What a message calls a stop: its name, 'the goal', or 'waypoint 3' (counted from 1)."""
        if self.stops[number].name:
            return f"'{self.stops[number].name}'"
        return "the goal" if number == len(self.stops) - 1 else f"waypoint {number + 1}"


@dataclass(frozen=True, slots=True)
class Edit:
    """A draft, and a word for the step that leads to it: 'move waypoint 3'."""

    word: str
    draft: Draft
