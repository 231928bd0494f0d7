"""A route over time: when the vehicle is where, what it waits for, what its battery does, what margins are left."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roverctl.core.times import SECOND_NS, format_utc
from roverctl.mission.profile import Mission
from roverctl.traverse.search.timed import Openings
from roverctl.traverse.time.conditions import SunCourse
from roverctl.traverse.time.day import Day
from roverctl.traverse.time.power import Reserves, energy_along
from roverctl.traverse.time.walking import Pieces, Walk, are_open, pieces, walk
from roverctl.traverse.track import Track
from roverctl.vehicle.energy import EnergyCourse

Array = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SIGHT_S = 600.0


@dataclass(frozen=True, slots=True)
class Wait:
    """A stop on the way: where, from when (seconds after departure) for how long, and why."""

    east_m: float
    north_m: float
    after_s: float
    wait_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a departure comes to. Charge is 0..1 of the battery, temperatures are the body's.

    ``sunset_margin_s`` is from the arrival to when the Sun sinks to where the vehicle is put to sleep.
    """

    depart_ns: int
    arrive_ns: int
    drive_s: float
    waits: tuple[Wait, ...]
    shadow_s: float
    contact_gap_s: float
    lowest_charge: float
    arrival_charge: float
    lowest_temperature_k: float
    highest_temperature_k: float
    sunset_margin_s: float

    def is_safe(self, mission: Mission) -> bool:
        """Arrives before night, with charge to spare, the body neither too cold nor too warm on the way."""
        vehicle = mission.vehicle
        return (
            self.sunset_margin_s >= 0.0
            and self.lowest_charge >= vehicle.plan_charge
            and self.lowest_temperature_k >= vehicle.lowest_temperature_k
            and self.highest_temperature_k <= vehicle.highest_temperature_k
        )

    def document(self) -> dict[str, Any]:
        """As a route's file and the command line tell it."""
        return {
            "depart": format_utc(self.depart_ns, 0),
            "arrive": format_utc(self.arrive_ns, 0),
            "depart_ns": self.depart_ns,
            "arrive_ns": self.arrive_ns,
            "drive_s": self.drive_s,
            "wait_s": sum(wait.wait_s for wait in self.waits),
            "waits": [
                {"site_m": [wait.east_m, wait.north_m], "after_s": wait.after_s, "wait_s": wait.wait_s,
                 "reason": wait.reason}
                for wait in self.waits
            ],
            "shadow_min": self.shadow_s / 60.0,
            "contact_gap_min": self.contact_gap_s / 60.0,
            "lowest_charge": self.lowest_charge,
            "arrival_charge": self.arrival_charge,
            "lowest_temperature_degc": self.lowest_temperature_k - 273.15,
            "highest_temperature_degc": self.highest_temperature_k - 273.15,
            "sunset_margin_h": self.sunset_margin_s / 3600.0,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drive:
    """A track driven against the clock: its walk, the pieces of that, where Sun and relay are seen, and the energy."""

    walk: Walk
    pieces: Pieces
    lit: Mask  # of each point
    in_sight: Mask  # of each piece: the relay above the terrain
    energy: EnergyCourse


def drive(
    mission: Mission, day: Day, openings: Openings, track: Track, cells: Cells, depart_s: float,
    has: Reserves | None = None,
) -> Drive:  # fmt: skip
    """Drive ``track`` from ``depart_s`` (seconds after the course begins) on, waiting where it must.

    ``cells`` [n, 2] are the track's points in the grid of ``openings``. It departs with what
    it ``has``, None for what the mission begins with.

    Raises
    ------
    InfeasibleError
        Where the way is not finished before the Sun goes or the shadows stay.
    """
    walked = walk(day.course, openings, cells, track.drive_s, depart_s)
    parts = pieces(walked)
    lit = are_open(openings, cells, 0.5 * (walked.reach_s + walked.leave_s))
    if day.need_contact:  # what is open is then lit and in sight; where it is not, the Sun itself is asked
        for i in np.flatnonzero(~lit).tolist():
            middle_s = 0.5 * (walked.reach_s[i] + walked.leave_s[i])
            lit[i] = day.light.lit_at(_instant(day.course, middle_s), track.cell[i : i + 1])[0]
    energy = energy_along(mission, day.course, track, parts, lit, has)
    return Drive(walked, parts, lit, _in_sight(day, track, parts), energy)


def timeline(mission: Mission, day: Day, track: Track, driven: Drive, depart_s: float) -> Timeline:
    """What a drive comes to."""
    course, reach, leave = day.course, driven.walk.reach_s, driven.walk.leave_s
    arrive = float(reach[-1])
    stay = np.diff(np.append(reach, arrive))
    energy, capacity = driven.energy, mission.vehicle.battery_capacity_j
    return Timeline(
        _instant(course, depart_s), _instant(course, arrive), float(track.drive_s.sum()),
        _waits(day, track, reach, leave, depart_s), float(stay[~driven.lit].sum()), _gap_s(day, driven),
        float(energy.charge_j.min()) / capacity, float(energy.charge_j[-1]) / capacity,
        float(energy.temperature_k.min()), float(energy.temperature_k.max()),
        course.down_s(course.sleep_rad, depart_s) - arrive,
    )  # fmt: skip


def _in_sight(day: Day, track: Track, parts: Pieces) -> Mask:
    """Whether the relay is seen from where the vehicle is, piece by piece; it is looked for every ten minutes."""
    seen = np.ones(len(parts.begin_s), dtype=np.bool_)
    slot = ((parts.begin_s + 0.5 * parts.length_s) / _SIGHT_S).astype(np.int64)
    for number in range(int(slot[0]), int(slot[-1]) + 1):
        these = slice(*np.searchsorted(slot, (number, number + 1)).tolist())
        at_ns = _instant(day.course, (number + 0.5) * _SIGHT_S)
        seen[these] = day.relay.lit_at(at_ns, track.cell[parts.point[these]])
    return seen


def _gap_s(day: Day, driven: Drive) -> float:
    """Seconds without contact: no station has the relay, or the terrain stands before it."""
    begin, end = driven.pieces.begin_s, driven.pieces.begin_s + driven.pieces.length_s
    within = np.zeros(len(begin))
    for first, last in day.contact.tolist():
        within += np.maximum(0.0, np.minimum(end, last) - np.maximum(begin, first))
    return max(0.0, float((driven.pieces.length_s - np.where(driven.in_sight, within, 0.0)).sum()))


def _waits(day: Day, track: Track, reach: Array, leave: Array, depart_s: float) -> tuple[Wait, ...]:
    """The stops on the way that last more than a second."""
    found = []
    for i in np.flatnonzero(leave - reach > 1.0).tolist():
        now = float(reach[i])
        reason = _reason(day, now, float(track.drive_s[i]) if i < len(track.drive_s) else 0.0)
        found.append(
            Wait(float(track.east_m[i]), float(track.north_m[i]), now - depart_s, float(leave[i] - now), reason)
        )
    return tuple(found)


def _reason(day: Day, at_s: float, drive_s: float) -> str:
    """Why the vehicle does not drive on then."""
    if any(a <= at_s and at_s + drive_s <= b for a, b in day.driving.tolist()):
        return "no sight of Sun or relay ahead" if day.need_contact else "shadow ahead"
    ahead = np.linspace(at_s, at_s + drive_s + 1.0, 5)
    if float(day.course.elevation_at(ahead).max()) >= day.course.nap_rad:
        return "noon nap"
    if day.need_contact and not all(any(a <= t <= b for a, b in day.contact.tolist()) for t in ahead.tolist()):
        return "no contact"
    return "the Sun is too low"


def _instant(course: SunCourse, seconds: float) -> int:
    return course.begin_ns + round(float(seconds) * SECOND_NS)
