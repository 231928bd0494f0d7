"""The draft of a traverse: what is asked of the planner, and what was drawn on the map for it.

A draft is a value: every edit makes another (``session.drafting.edits``). Places are site-frame metres.
"""

import hashlib
from dataclasses import dataclass

import msgspec

from roverctl.session.api.values import Place
from roverctl.traverse.annotations import Annotation as Mark
from roverctl.traverse.annotations import Kind as MarkKind
from roverctl.traverse.day_plan.plan import Activity
from roverctl.traverse.violations import Waiver

__all__ = ["Activity", "Draft", "Edit", "Mark", "MarkKind", "Stay", "Stop", "Waiver", "serial_of"]

DAY_WAIVER = "day "  # what keys of a day's violations begin with


@dataclass(frozen=True, slots=True)
class Stop:
    """A place that the route comes by; the last is the goal. A locked one is neither moved nor taken away."""

    place_m: Place
    name: str = ""
    locked: bool = False
    activities: tuple[Activity, ...] = ()  # what a day's plan does there, in order


@dataclass(frozen=True, slots=True)
class Stay:
    """Where the rover stands when a day's plan begins: what the place is called, and what is done there first."""

    name: str = "start"
    activities: tuple[Activity, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A traverse as it is being planned; it starts from the rover.

    ``depart_ns`` None leaves the departure open: the route is planned without Sun and contact. ``here`` and the stops'
    activities make it a lunar day's plan, which begins at the departure, else now. Places of a stay are numbered from 0
    for the rover's own; the stop of number n is place n + 1.
    """

    stops: tuple[Stop, ...] = ()
    objective: str = "time"
    max_slope_rad: float = 0.0
    depart_ns: int | None = None
    need_contact: bool = False
    marks: tuple[Mark, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    here: Stay = Stay()
    spacing_m: float | None = None  # of the search; None leaves it to the planner
    name: str = "traverse"
    tracks: tuple[str, ...] = ()  # files with reference lines
    serial: int = 1  # of the operation's traverses: one begun anew has the next

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
        """What the route depends on: two drafts with equal questions have the same one, and the same of it waived."""
        return self.way, tuple(waiver for waiver in self.waivers if not waiver.violation.startswith(DAY_WAIVER))

    @property
    def way(self) -> object:
        """What the way depends on, waivers apart."""
        return tuple(stop.place_m for stop in self.stops), self.depart_ns, self.need_contact, self.reach

    @property
    def origin(self) -> str:
        """What commands made from it keep: which traverse, and which way it had then."""
        return f"{self.serial}:{hashlib.sha256(msgspec.json.encode(self.way)).hexdigest()[:16]}"

    @property
    def reach(self) -> object:
        """What the ground that can be reached depends on: the way, its stops and times apart."""
        zones = tuple((mark.kind, mark.rings_m) for mark in self.marks if mark.kind.is_zone)
        return self.objective, self.max_slope_rad, self.spacing_m, zones

    @property
    def day(self) -> object:
        """What the plan of a day depends on, waivers apart."""
        return self.way, self.name, self.here, tuple((stop.name, stop.activities) for stop in self.stops)

    def activities_at(self, place: int) -> tuple[Activity, ...]:
        """What is done at a place of the day's plan."""
        return self.stops[place - 1].activities if place else self.here.activities

    def place_word(self, place: int) -> str:
        """What a day's plan calls a place."""
        if not place:
            return self.here.name
        return self.stops[place - 1].name or ("goal" if place == len(self.stops) else f"waypoint {place}")

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


def serial_of(origin: str) -> int:
    """The traverse that a command was made from, by ``Draft.origin``; 0 where it was made from none."""
    return int(origin.partition(":")[0] or 0)
