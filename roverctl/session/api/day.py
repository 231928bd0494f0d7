"""A lunar day's plan as it comes out: what happens when, with Sun, contact, charge and memory."""

from collections.abc import Mapping
from dataclasses import dataclass

from roverctl.session.api.outlook import Begin
from roverctl.session.api.values import Array
from roverctl.traverse.commanded import PlannedCommand


@dataclass(frozen=True, slots=True)
class DayItem:
    """One thing after the other: a ``drive`` to a place, an activity there, or a ``wait`` that the next drive needs.

    ``place`` 0 is where the plan begins, n + 1 the draft's stop n. ``activity`` is its number at the place; None for
    drives, and for waits that nobody asked for. ``charge`` (0..1) is that at its end.
    """

    kind: str
    place: int
    begin_ns: int
    end_ns: int
    charge: float
    activity: int | None = None
    data_mb: float = 0.0
    distance_m: float = 0.0
    max_slope_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class DayViolation:
    """A limit that the plan breaks first at ``t_ns``, during an item where it is one's own, and who let it be."""

    key: str
    text: str
    t_ns: int
    item: int | None
    waived: str = ""


@dataclass(frozen=True, slots=True)
class DayView:
    """What a plan comes to. The series are at ``at_ns``: parts of a battery, megabytes, degrees, 0 or 1."""

    start_ns: int
    end_ns: int
    night_ns: int
    items: tuple[DayItem, ...]
    violations: tuple[DayViolation, ...]
    totals: Mapping[str, float]
    at_ns: Array
    charge: Array
    memory_mb: Array
    sun_deg: Array
    lit: Array
    contact: Array
    room_mb: float  # that the memory has
    least_charge: float  # that plans keep
    commands: tuple[PlannedCommand, ...] = ()
    refused: str = ""  # why it may not become commands
    notes: tuple[str, ...] = ()  # what is assumed of how it begins, in sentences
    waits: tuple[tuple[int, int, float | None], ...] = ()  # for contact: at which place, before which activity, seconds


@dataclass(frozen=True, slots=True)
class DayState:
    """The last plan of the day that could be carried out on paper; ``current`` says whether it is the draft's."""

    view: DayView | None = None
    current: bool = False
    busy: bool = False
    problem: str = ""
    begin: Begin | None = None  # of the plan under way, or of the last one
