"""A route over time: when the vehicle is where, what it waits for, what its battery does, what margins are left."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InfeasibleError
from roverctl.core.times import SECOND_NS, format_utc
from roverctl.mission.profile import Mission
from roverctl.traverse.search.timed import Openings
from roverctl.traverse.time.conditions import NAP_SUN_RAD, SLEEP_SUN_RAD, SunCourse
from roverctl.traverse.time.power import charge_along
from roverctl.traverse.track import Track

Array = npt.NDArray[np.float64]


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
    """What a departure comes to. Charge is 0..1 of the battery; margins are seconds, None without a figure.

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
    sunset_margin_s: float

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
            "sunset_margin_h": self.sunset_margin_s / 3600.0,
        }  # fmt: skip


def timeline(
    mission: Mission, course: SunCourse, openings: Openings, contact: Array, track: Track, depart_s: float,
    need_contact: bool = False,
) -> Timeline:  # fmt: skip
    """Drive ``track`` from ``depart_s`` (seconds after the course begins) on, waiting where it must.

    Raises
    ------
    InfeasibleError
        Where the way is not finished before the Sun goes or the shadows stay.
    """
    reach, leave, waits = _walk(course, openings, contact, track, depart_s, need_contact)
    arrive = reach[-1]
    shadow_s = 0.0
    if openings.words.shape[2]:
        lit = np.array(
            [_is_lit(openings, cell, at) for cell, at in zip(track.cell, 0.5 * (reach + leave), strict=True)]
        )
        stay = np.diff(np.concatenate((reach, [arrive])))
        shadow_s = float(stay[~lit].sum())
    else:
        lit = np.ones(len(reach), dtype=np.bool_)
    gap_s = (arrive - depart_s) - sum(
        max(0.0, min(end, arrive) - max(begin, depart_s)) for begin, end in contact.tolist()
    )  # fmt: skip
    lowest, at_end = charge_along(mission, course, track, reach, leave, lit)
    down = course.down_s(SLEEP_SUN_RAD, depart_s)
    return Timeline(
        _instant(course, depart_s), _instant(course, arrive), float(track.drive_s.sum()), waits, shadow_s, gap_s,
        lowest, at_end, down - arrive,
    )  # fmt: skip


def _walk(
    course: SunCourse, openings: Openings, contact: Array, track: Track, depart_s: float, need_contact: bool
) -> tuple[Array, Array, tuple[Wait, ...]]:
    """When each point is reached and left, and the waits, those at one place and for one reason joined."""
    count = len(track.east_m)
    reach, leave = np.empty(count), np.empty(count)
    waits: list[Wait] = []
    now = depart_s
    for i in range(count):
        reach[i] = now
        due = now
        if i + 1 < count:
            drive = float(track.drive_s[i])
            done = openings.after_s(now, drive)
            entered = openings.entry_s((int(track.cell[i + 1, 0]), int(track.cell[i + 1, 1])), done)
            if not np.isfinite(entered):
                raise InfeasibleError(
                    f"departing {format_utc(_instant(course, depart_s), 0)} the way is not finished in time: "
                    f"{i} of {count} points are reached before Sun or light are gone"
                )
            due = max(now, entered - drive)
            if due - now > 1.0:
                in_time = openings.after_s(now, drive) - now <= drive + 1.0
                reason = "shadow ahead" if in_time else _reason(course, contact, now, drive, need_contact)
                waits.append(
                    Wait(float(track.east_m[i]), float(track.north_m[i]), now - depart_s, due - now, reason)
                )  # fmt: skip
            now = entered
        leave[i] = due
    return reach, leave, tuple(waits)


def _reason(course: SunCourse, contact: Array, at_s: float, drive_s: float, need_contact: bool) -> str:
    """Why the vehicle does not drive on then."""
    ahead = np.linspace(at_s, at_s + drive_s + 1.0, 5)
    if float(course.elevation_at(ahead).max()) >= NAP_SUN_RAD:
        return "noon nap"
    if need_contact and not all(any(a <= t <= b for a, b in contact.tolist()) for t in ahead.tolist()):
        return "no contact"
    return "the Sun is too low"


def _is_lit(openings: Openings, cell: npt.NDArray[np.int64], at_s: float) -> bool:
    number = int(at_s / openings.slice_s)
    words = openings.words[cell[0], cell[1]]
    return number < 64 * len(words) and bool(int(words[number // 64]) >> (number % 64) & 1)


def _instant(course: SunCourse, seconds: float) -> int:
    return course.begin_ns + round(float(seconds) * SECOND_NS)
