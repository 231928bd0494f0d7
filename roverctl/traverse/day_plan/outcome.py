"""What a day's plan comes to, and the state that it begins in."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Mission
from roverctl.traverse.day_plan.legs import Leg
from roverctl.traverse.day_plan.plan import Activity, DayPlan
from roverctl.traverse.time.day import Day

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Begin:
    """The vehicle as a plan begins: the battery 0..1, the body in kelvin, octets aboard; ``heading_rad`` from north,
    clockwise, None where it looks along the first drive."""

    charge: float
    temperature_k: float
    heading_rad: float | None = None
    stored_b: float = 0.0


@dataclass(frozen=True, slots=True)
class Item:
    """One thing after the other: a ``drive`` to a stop, an activity at it, or a ``wait`` (``nap`` where the Sun asks
    for it) that the next drive needs; ``activity`` is None for drives and waits.

    Times are seconds after the plan's start. ``data_b`` is what it leaves in memory, ``contact`` whether its command
    can be given as it begins; a wait has none.
    """

    kind: str
    stop: int
    begin_s: float
    end_s: float
    activity: Activity | None = None
    leg: int | None = None
    data_b: float = 0.0
    contact: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The plan's course at the ends of its n pieces, for a timeline: seconds after the start; charge 0..1; kelvin;
    bytes aboard; the Sun's elevation, whether it is seen, and whether there is contact."""

    at_s: Array
    charge: Array
    temperature_k: Array
    memory_b: Array
    sun_elevation_rad: Array
    lit: Mask
    seen: Mask  # the relay above the terrain
    contact: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What a plan comes to."""

    plan: DayPlan
    begin: Begin
    legs: tuple[Leg, ...]
    items: tuple[Item, ...]
    series: Series
    blocked: tuple[bool, ...]  # of each item: a drive that is never let through
    night_s: float  # when the vehicle is put to sleep
    contact_s: float  # seconds of contact from the start to then
    down_s: float  # when the ground has all data; infinite where it has not before night
    aboard_b: tuple[float, ...]  # of each item: octets kept as it begins
    day: Day

    def sun_at(self, at_s: Array) -> Array:
        """The Sun's elevation, radians."""
        return self.day.course.elevation_at(at_s)

    def charge_at(self, at_s: float) -> float:
        """The battery then, 0..1."""
        return float(np.interp(at_s, self.series.at_s, self.series.charge))

    def next_contact_s(self, at_s: float) -> float | None:
        """When a station has contact again; None where that is not until night."""
        return next((begin for begin, _ in self.day.contact.tolist() if begin > at_s), None)

    @property
    def data_b(self) -> float:
        """What all activities leave."""
        return sum(item.data_b for item in self.items)

    def downlink_s(self, mission: Mission) -> float:
        """Seconds of contact that sending the data takes, transfer frames' overhead counted."""
        link = mission.link
        share = link.tm_frame_b / (link.tm_frame_b + link.tm_frame_overhead_b)
        return self.data_b * 8.0 / (link.return_rate_bit_s * share)
