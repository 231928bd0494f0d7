"""The day that a route is driven in: Sun, shadows and contact over a box of ground, from a departure on."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InfeasibleError
from roverctl.core.times import SECOND_NS
from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain
from roverctl.traverse.costs import CostModel
from roverctl.traverse.ground import Box, Ground
from roverctl.traverse.search.field import Cell, Field, ground_field
from roverctl.traverse.search.timed import Openings, always_open, arrival_field
from roverctl.traverse.time.conditions import (
    SAMPLE_S,
    SunCourse,
    check_day,
    common,
    contact_spans,
    openings,
    sun_course,
)
from roverctl.traverse.time.light import TerrainLight, horizons_over

Array = npt.NDArray[np.float64]

_SHADE_SAMPLES = 12


@dataclass(frozen=True, slots=True)
class Day:
    """Spans are seconds from the course's begin: ``contact`` of any station, ``driving`` as the rules allow it.

    ``light`` tells where the Sun is seen, ``relay`` where the relay is.
    """

    course: SunCourse
    light: TerrainLight
    relay: TerrainLight
    contact: Array
    driving: Array
    need_contact: bool = False

    @property
    def night_s(self) -> float:
        """When the vehicle is put to sleep."""
        return self.course.night_s

    def _open(self, t_ns: int) -> npt.NDArray[np.bool_]:
        """Where the vehicle may drive: in the Sun, and where contact is asked for in sight of the relay."""
        lit = self.light.lit(t_ns)
        return lit & self.relay.lit(t_ns) if self.need_contact else lit

    def _open_at(self, t_ns: int, cells: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        lit = self.light.lit_at(t_ns, cells)
        return lit & self.relay.lit_at(t_ns, cells) if self.need_contact else lit

    def openings(self, enough_s: float, shape: tuple[int, int]) -> Openings:
        """What a search goes by, until ``enough_s`` of driving can be done, or until night."""
        plain = Openings(self.course.begin_ns, self.driving, self.night_s, always_open(1, 1))
        end_s = min(plain.after_s(0.0, enough_s), self.night_s)
        return openings(self.course, self._open, self.driving, end_s, shape)

    def openings_along(
        self, cells: npt.NDArray[np.int64]
    ) -> tuple[Openings, npt.NDArray[np.int64]]:  # fmt: skip
        """The same until night for given cells alone, [n, 2] of (row, column); and where they stand in it."""
        apart, number = self.light.apart(cells)
        times = openings(
            self.course, lambda t_ns: self._open_at(t_ns, apart)[:, np.newaxis], self.driving, self.night_s,
            (len(apart), 1),
        )  # fmt: skip
        return times, np.stack((number, np.zeros_like(number)), axis=1)

    def shade(self, enough_s: float, shape: tuple[int, int]) -> Array:
        """The part of the next ``enough_s`` seconds that each cell lies in shadow, from a dozen instants."""
        total = np.zeros(shape)
        for k in range(_SHADE_SAMPLES):
            at_s = (k + 0.5) / _SHADE_SAMPLES * enough_s
            total += ~self.light.lit(self.course.begin_ns + round(at_s * SECOND_NS))
        return np.asarray(total / _SHADE_SAMPLES)


def day_over(mission: Mission, terrain: Terrain, box: Box, begin_ns: int, need_contact: bool) -> Day:
    """The day over a box, from ``begin_ns`` until night.

    Raises
    ------
    InfeasibleError
        When it is night then.
    """
    sky = Sky(mission)
    course = sun_course(sky, begin_ns)
    check_day(course)
    contact = contact_spans(sky, begin_ns, begin_ns + round(course.night_s * SECOND_NS))
    driving = course.spans(course.sleep_rad, course.nap_rad)
    if need_contact:
        driving = common(driving, contact)
    horizons = horizons_over(terrain, mission, box)

    steps_s = np.arange(0.0, (len(course.elevation_rad) - 0.5) * SAMPLE_S, SAMPLE_S)
    geometry = sky.geometry(begin_ns + (steps_s * SECOND_NS).astype(np.int64))
    relay_azimuth = np.unwrap(geometry.relay_azimuth_rad)

    def sun(t_ns: int) -> tuple[float, float]:
        at_s = (t_ns - begin_ns) / SECOND_NS
        return float(course.azimuth_at(at_s)), float(course.elevation_at(at_s))

    def relay(t_ns: int) -> tuple[float, float]:
        at_s = (t_ns - begin_ns) / SECOND_NS
        elevation = np.interp(at_s, steps_s, geometry.relay_elevation_rad)
        return float(np.interp(at_s, steps_s, relay_azimuth)), float(elevation)

    return Day(
        course, TerrainLight(horizons, sun), TerrainLight(horizons, relay), contact, driving, need_contact
    )  # fmt: skip


def rough_s(points: tuple[tuple[float, float], ...], model: CostModel) -> float:
    """Seconds of driving that a way over ``points`` should not exceed: three times the straight line, and six hours."""
    length_m = sum(math.dist(a, b) for a, b in itertools.pairwise(points))
    return 3.0 * length_m * (model.pace + model.look) + 6.0 * 3600.0


def fields_over(
    day: Day, ground: Ground, clock: CostModel, cells: list[Cell], enough_s: float, whole_field: bool
) -> tuple[list[Field], Openings]:
    """The fields of earliest arrival of the legs between ``cells``, each from when the one before is done.

    Raises
    ------
    InfeasibleError
        Where a stop is not reached before night, though there is a way.
    """
    shape = ground.free.shape
    for enough in (enough_s, math.inf):
        times = day.openings(enough, (shape[0], shape[1]))
        fields: list[Field] = []
        at_s = 0.0
        for leg, (begin, end) in enumerate(itertools.pairwise(cells)):
            goal = None if whole_field and leg == len(cells) - 2 else end
            field = arrival_field(
                ground.elevation_m, ground.base_m, ground.price, ground.free, ground.box.spacing_m, clock, times,
                begin, at_s, goal,
            )  # fmt: skip
            fields.append(field)
            at_s = field.cost_to(end)
            if not math.isfinite(at_s):
                break
        else:
            return fields, times
    stop, begin = len(fields), cells[len(fields) - 1]
    reachable = ground_field(
        ground.elevation_m, ground.base_m, ground.price, ground.free, ground.box.spacing_m, clock, begin, cells[stop]
    ).cost_to(cells[stop])
    if not math.isfinite(reachable):
        return fields, times
    raise InfeasibleError(
        f"stop {stop} is not reached before night, {day.night_s / 3600.0:.1f} h after departure: driving takes "
        f"{reachable / 3600.0:.1f} h, in the Sun and outside the noon nap; depart earlier or later"
    )
