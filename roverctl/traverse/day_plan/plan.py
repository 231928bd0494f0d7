"""The nouns of a day's plan, and the acts that change one: plain data, checked when it is made."""

import math
from dataclasses import dataclass, replace

from roverctl.core.errors import InputError
from roverctl.mission.mdb import Value
from roverctl.traverse.annotations import Annotations
from roverctl.traverse.request import OBJECTIVES, Point

MOST_STOPS = 100
MOST_ACTIVITIES = 20  # at a stop
_LONGEST_NAP_S = 15 * 86_400.0


@dataclass(frozen=True, slots=True)
class Kind:
    """What an activity's amount is called in files, its unit, bounds, and what it is where it is not given."""

    key: str
    least: float
    most: float
    given: float | None
    command: str = ""
    argument: str = ""


# Frames, spectra and seconds as the MDB's commands bound them; a charge is the part of the battery to reach.
KINDS = {
    "panorama": Kind("frames", 1.0, 112.0, 28.0, "PCAM_PANORAMA", "frames"),
    "spectrum": Kind("spectra", 1.0, 100.0, 1.0, "VNIS_SPECTRUM", "spectra"),
    "radar": Kind("duration_s", 1.0, 36_000.0, 600.0, "LPR_SOUNDING", "duration"),
    "nap": Kind("duration_s", 60.0, _LONGEST_NAP_S, None),
    "charge": Kind("to", 0.0, 1.0, 1.0),
    "wait": Kind("duration_s", 1.0, _LONGEST_NAP_S, None),
}


@dataclass(frozen=True, slots=True)
class Activity:
    """Something to do at a stop: a ``panorama`` of so many frames, so many ``spectrum``, ``radar`` for so many seconds,
    a ``nap`` for so many seconds (None: until the Sun has sunk below the nap's height), a ``charge`` to 0..1, or a
    ``wait`` for so many seconds (None: until there is contact).

    Raises
    ------
    InputError
        For a kind that is not known, or an amount outside its bounds.
    """

    kind: str
    amount: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"no activity '{self.kind}'; known are {', '.join(KINDS)}")
        kind = KINDS[self.kind]
        amount = kind.given if self.amount is None else float(self.amount)
        object.__setattr__(self, "amount", amount)
        if amount is not None and not kind.least <= amount <= kind.most:
            raise InputError(
                f"{self.kind}: {kind.key} must lie between {kind.least:g} and {kind.most:g}, not {amount:g}"
            )
        if kind.command and amount is not None and amount != math.floor(amount):
            raise InputError(f"{self.kind}: {kind.key} must be a whole number, not {amount:g}")

    @property
    def command(self) -> tuple[str, dict[str, Value]] | None:
        """The instrument's command; None for a nap or a charge, which are modes, and for a wait."""
        kind = KINDS[self.kind]
        return (kind.command, {kind.argument: self.amount}) if kind.command and self.amount is not None else None


@dataclass(frozen=True, slots=True)
class Stop:
    """A place, (east, north) in site-frame metres, and what is done there, in order. A locked one keeps its number."""

    name: str
    point_m: Point
    activities: tuple[Activity, ...] = ()
    locked: bool = False

    def __post_init__(self) -> None:
        if not all(math.isfinite(c) and abs(c) < 1e7 for c in self.point_m):
            raise InputError(f"stop '{self.name}': {self.point_m} is no point (east, north) in metres")
        if len(self.activities) > MOST_ACTIVITIES:
            raise InputError(
                f"stop '{self.name}': {len(self.activities):,} activities are too many; {MOST_ACTIVITIES} at most"
            )
        object.__setattr__(self, "point_m", (float(self.point_m[0]), float(self.point_m[1])))


@dataclass(frozen=True, slots=True)
class DayPlan:
    """Stops in order; the vehicle stands at the first at ``start_ns``. Limits and objective are those of the drives,
    which keep out of the keep-outs among the annotations and within the keep-ins.

    Raises
    ------
    InputError
        For no stops or more than ``MOST_STOPS``, or an objective that a drive of a plan cannot have.
    """

    name: str
    start_ns: int
    stops: tuple[Stop, ...]
    objective: str = "time"
    max_slope_rad: float | None = None
    spacing_m: float | None = None
    need_contact: bool = False
    annotations: Annotations = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.stops) <= MOST_STOPS:
            raise InputError(f"a plan has 1 to {MOST_STOPS} stops, not {len(self.stops):,}; plan the day in parts")
        if self.objective not in OBJECTIVES[:-1]:
            raise InputError(f"no objective '{self.objective}'; known are {', '.join(OBJECTIVES[:-1])}")

    def _stop(self, number: int) -> Stop:
        if not 0 <= number < len(self.stops):
            raise InputError(f"there is no stop {number}; the plan has {len(self.stops)}, counted from 0")
        return self.stops[number]


def with_stop(plan: DayPlan, number: int, stop: Stop) -> DayPlan:
    """A stop more, before the one of that number (after all at the plan's length)."""
    if not 0 <= number <= len(plan.stops):
        raise InputError(f"there is no place {number} for a stop; the plan has {len(plan.stops)}")
    return replace(plan, stops=(*plan.stops[:number], stop, *plan.stops[number:]))


def without_stop(plan: DayPlan, number: int) -> DayPlan:
    """A stop less."""
    plan._stop(number)
    return replace(plan, stops=plan.stops[:number] + plan.stops[number + 1 :])


def changed_stop(plan: DayPlan, number: int, stop: Stop) -> DayPlan:
    """Another stop in the place of one: renamed, moved, with other activities."""
    plan._stop(number)
    return replace(plan, stops=(*plan.stops[:number], stop, *plan.stops[number + 1 :]))


def with_activity(plan: DayPlan, number: int, place: int, activity: Activity) -> DayPlan:
    """An activity more at a stop, before the one of that place."""
    stop = plan._stop(number)
    activities = (*stop.activities[:place], activity, *stop.activities[place:])
    return changed_stop(plan, number, replace(stop, activities=activities))


def moved_stop(plan: DayPlan, number: int, to: int) -> DayPlan:
    """A stop in another place of the order."""
    stop = plan._stop(number)
    return with_stop(without_stop(plan, number), to, stop) if len(plan.stops) > 1 else plan


def reordered(plan: DayPlan, order: tuple[int, ...]) -> DayPlan:
    """The stops in an order of their numbers."""
    if sorted(order) != list(range(len(plan.stops))):
        raise InputError(f"the order {order} does not name each of {len(plan.stops)} stops once")
    return replace(plan, stops=tuple(plan.stops[i] for i in order))
