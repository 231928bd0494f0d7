"""Departures compared: when one arrives, and with what margins; the latest that is safe; where to be at night."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InfeasibleError, InputError
from roverctl.core.times import SECOND_NS, format_utc
from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain
from roverctl.traverse.costs import CostModel, cost_model
from roverctl.traverse.ground import Ground
from roverctl.traverse.planner import RouteField, open_ground, plan_field
from roverctl.traverse.request import Point, RouteRequest
from roverctl.traverse.search.field import Cell, field_towards
from roverctl.traverse.search.timed import Openings, arrival_field
from roverctl.traverse.time.day import Day, day_over
from roverctl.traverse.time.power import Reserves
from roverctl.traverse.time.timeline import Timeline, drive, timeline
from roverctl.traverse.track import Track, track

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

MOST_DEPARTURES = 5000
LEVEL_RAD = math.radians(5.0)  # a choice: ground on which the array's tilt matters little
_TRACK_POINTS = 300
_TO_THE_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Departure:
    """One departure: what it comes to, or why it does not."""

    depart_ns: int
    timeline: Timeline | None
    is_safe: bool = False
    problem: str = ""

    def document(self) -> dict[str, Any]:
        """As the command line tells it."""
        told = {"depart": format_utc(self.depart_ns, 0), "safe": self.is_safe}
        if self.timeline is None:
            return {**told, "problem": self.problem}
        figures = self.timeline.document()
        names = (
            "arrive", "drive_s", "wait_s", "shadow_min", "contact_gap_min", "lowest_charge", "arrival_charge",
            "lowest_temperature_degc", "highest_temperature_degc", "sunset_margin_h",
        )  # fmt: skip
        return {**told, **{name: figures[name] for name in names}}


@dataclass(frozen=True, slots=True)
class Sweep:
    """Departures in order, and the latest safe one, to the minute; None where none is."""

    departures: tuple[Departure, ...]
    latest_safe: Departure | None


@dataclass(slots=True)
class _Legs:
    """What all departures share: ground, times, and for each leg its cells and what is still to drive to its end."""

    ground: Ground
    clock: CostModel
    times: Openings
    cells: list[Cell]
    to_go: list[Array]
    known: list[tuple[Indices, Array]]  # the last way found for each leg, and its steps' seconds

    def ways(self, depart_s: float) -> list[Indices] | None:
        """The ways of earliest arrival from ``depart_s`` on; None where the goal is not reached.

        A known way that arrives as early as the drive alone allows is the best; else nothing is searched that could
        only arrive later than it.
        """
        at_s = depart_s
        for leg, (begin, end) in enumerate(itertools.pairwise(self.cells)):
            cells, steps = self.known[leg]
            known_s = self.times.along_s(cells, steps, at_s) if len(cells) else math.inf
            least_s = self.times.entry_s(begin, at_s) + float(self.to_go[leg][begin])
            if known_s > least_s + 1e-6:
                found = arrival_field(
                    self.ground.elevation_m, self.ground.base_m, self.ground.price, self.ground.free,
                    self.ground.box.spacing_m, self.clock, self.times, begin, at_s, end,
                    self.to_go[leg], known_s + 1e-6,
                )  # fmt: skip
                way = found.path_to(end)
                if len(way):
                    self.known[leg] = way, _steps_s(self.ground, self.clock, way)
                    known_s = found.cost_to(end)
            if not math.isfinite(known_s):
                return None
            at_s = known_s
        return [way for way, _ in self.known]


def sweep(
    terrain: Terrain, mission: Mission, request: RouteRequest, begin_ns: int, end_ns: int, count: int,
    reserves: Callable[[int], Reserves | None] = lambda _: None,
) -> Sweep:  # fmt: skip
    """Departures evenly from ``begin_ns`` to ``end_ns``, each with the way of its own that arrives earliest.

    ``reserves`` tells what the vehicle has at a departure (UTC ns); None is what the mission begins with.

    Raises
    ------
    InputError
        For a span that is empty or more departures than can be compared; else as ``plan`` does.
    InfeasibleError
        When it is night at ``begin_ns``, or there is no way at any time.
    """
    if not begin_ns < end_ns:
        raise InputError(
            f"the sweep must end after it begins, not {format_utc(begin_ns, 0)} to {format_utc(end_ns, 0)}"
        )
    if not 2 <= count <= MOST_DEPARTURES:
        raise InputError(f"{count} departures; a sweep compares 2 to {MOST_DEPARTURES}")
    still = replace(request, objective="time", weights=(), depart_ns=None)
    field = plan_field(terrain, mission, still)
    day = day_over(mission, terrain, field.ground.box, begin_ns, request.need_contact)
    legs = _legs(mission, field, day)
    tracks: dict[bytes, Track] = {}

    def depart(after_s: float) -> Departure:
        at_ns = begin_ns + round(after_s * SECOND_NS)
        has = reserves(at_ns)
        if after_s >= day.night_s:
            return Departure(at_ns, None, problem="night")
        ways = legs.ways(after_s)
        if ways is None:
            return Departure(at_ns, None, problem="not reached before night")
        cells = np.concatenate([way if leg == 0 else way[1:] for leg, way in enumerate(ways)])
        key = cells.tobytes()
        if key not in tracks:
            tracks[key] = track(mission, field.ground, field.route_through(cells), _TRACK_POINTS)
        told = _told(mission, day, legs, tracks[key], after_s, has)
        if told is None or any("ahead" in wait.reason for wait in told.waits):
            # The line that serves other times leads through what is closed then.
            end_s = legs.times.along_s(cells, _steps_s(legs.ground, legs.clock, cells), after_s)
            kept = open_ground(field.ground, legs.times, cells, after_s, end_s)
            around = track(mission, field.ground, field.route_through(cells, kept), _TRACK_POINTS)
            told = _told(mission, day, legs, around, after_s, has)
        if told is None:
            return Departure(at_ns, None, problem="not reached before night")
        return Departure(at_ns, told, told.is_safe(mission))

    seconds = np.linspace(0.0, (end_ns - begin_ns) / SECOND_NS, count).tolist()
    departures = tuple(depart(after_s) for after_s in seconds)
    return Sweep(departures, _latest_safe(departures, seconds, depart))


def _told(
    mission: Mission, day: Day, legs: _Legs, way: Track, after_s: float, has: Reserves | None
) -> Timeline | None:  # fmt: skip
    """What a departure comes to; None where the way is not finished in time."""
    try:
        driven = drive(mission, day, legs.times, way, way.cell, after_s, has)
    except InfeasibleError:
        return None
    return timeline(mission, day, way, driven, after_s)


def _latest_safe(departures: tuple[Departure, ...], seconds: list[float], depart: Any) -> Departure | None:
    """The last safe departure, sought out between it and the next that is not."""
    safe = [number for number, departure in enumerate(departures) if departure.is_safe]
    if not safe:
        return None
    best = departures[safe[-1]]
    if safe[-1] + 1 == len(departures):
        return best
    low, high = seconds[safe[-1]], seconds[safe[-1] + 1]
    while high - low > _TO_THE_MINUTE_S:
        middle = 0.5 * (low + high)
        tried = depart(middle)
        if tried.is_safe:
            best, low = tried, middle
        else:
            high = middle
    return best


def _legs(mission: Mission, field: RouteField, day: Day) -> _Legs:
    ground = field.ground
    clock = cost_model(mission, field.request, "time")
    cells = [ground.box.cell(point) for point in field.request.stops_m]
    to_go = [
        field_towards(
            ground.elevation_m, ground.base_m, ground.price, ground.free, ground.box.spacing_m, clock, end
        ).cost
        for end in cells[1:]
    ]  # fmt: skip
    none = (np.empty((0, 2), dtype=np.int64), np.empty(0))
    times = day.openings(math.inf, (ground.box.height, ground.box.width))
    return _Legs(ground, clock, times, cells, to_go, [none] * len(to_go))


def _steps_s(ground: Ground, clock: CostModel, cells: Indices) -> Array:
    """Seconds of the steps of a way, prices counted, as the search counts them."""
    rows, columns = cells[:, 0], cells[:, 1]
    diagonal = (np.diff(rows) != 0) & (np.diff(columns) != 0)
    plan_m = np.where(diagonal, ground.box.spacing_m * math.sqrt(2.0), ground.box.spacing_m)
    price = ground.price[rows, columns]
    terms = clock.terms(plan_m, np.diff(ground.elevation_m[rows, columns]), price[:-1], price[1:])
    return np.asarray(np.sum(list(terms.values()), axis=0))


@dataclass(frozen=True, slots=True)
class SafePlace:
    """Where to be when the Sun goes: how long the drive there takes, how level it is, when the Sun comes there."""

    point_m: Point
    drive_s: float
    slope_deg: float
    sun_from_ns: int


def nearest_safe_place(field: RouteField, day: Day) -> SafePlace:
    """The place that is soonest driven to from the start of a field's last leg: level, lit early, in contact.

    Level is up to ``LEVEL_RAD``; the Sun must be seen there when it has come to the height at which the vehicle wakes.
    The relay must be seen from there when the Sun goes and when it has come back.

    Raises
    ------
    InfeasibleError
        Where no such place can be reached.
    """
    mornings = day.course.spans(day.course.wake_rad, math.inf)
    mornings = mornings[mornings[:, 0] > day.night_s]
    if not len(mornings):
        raise InfeasibleError("the next morning lies beyond the time that the Sun is known for")
    wake_ns = day.course.begin_ns + round(float(mornings[0, 0]) * SECOND_NS)
    ground = field.ground
    night_ns = day.course.begin_ns + round(day.night_s * SECOND_NS)
    good = ground.free & (ground.slope_rad <= LEVEL_RAD) & day.light.lit(wake_ns) & np.isfinite(field.field.cost)
    good &= day.relay.lit(night_ns) & day.relay.lit(wake_ns)
    if not good.any():
        raise InfeasibleError(
            f"no place within reach is level ({math.degrees(LEVEL_RAD):g}°), lit at {format_utc(wake_ns, 0)} "
            "and in sight of the relay"
        )
    number = int(np.where(good, field.field.cost, np.inf).argmin())
    cell = divmod(number, ground.box.width)
    return SafePlace(
        ground.box.point(cell), float(field.field.cost[cell]), math.degrees(float(ground.slope_rad[cell])), wake_ns
    )
