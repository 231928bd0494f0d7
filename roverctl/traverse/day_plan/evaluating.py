"""A plan over time: drives, activities and waits one after the other, with Sun, contact, battery, heat and memory.

Each item begins when the one before is done and the command for it has come (``command_gap`` of the profile). Before a
drive that would meet the noon nap, a shadow or (where asked for) a gap of contact, the vehicle waits at its stop until
it can drive through; while the Sun stands above the nap's height it naps in that wait. What an instrument has taken is
asked for at its end. Battery and heat are the vehicle's own formulas over pieces of ten minutes at most.
"""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InfeasibleError
from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain
from roverctl.traverse.day_plan.legs import Leg, cells_in, day_box
from roverctl.traverse.day_plan.outcome import Begin, Evaluation, Item, Series
from roverctl.traverse.day_plan.plan import Activity, DayPlan, with_activity
from roverctl.traverse.day_plan.store import Store, sends_products
from roverctl.traverse.time.day import Day, day_over
from roverctl.traverse.time.power import Reserves
from roverctl.traverse.time.timeline import Drive, drive
from roverctl.traverse.track import Track
from roverctl.vehicle.energy import EnergyCourse, energy_course
from roverctl.vehicle.figures import kernel_figures, load_w
from roverctl.vehicle.instruments import work_of
from roverctl.vehicle.motions import turning_s

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Waits = tuple[tuple[int, int, float | None], ...]  # stop, before which of its activities, seconds

_PIECE_S = 600.0
_TRIES = 30
_LONGEST_CHARGE_S = 14 * 86_400.0
_SOON_S = 1.0


def evaluate(
    terrain: Terrain, mission: Mission, plan: DayPlan, legs: list[Leg], begin: Begin | None = None
) -> Evaluation:
    """Carry a plan out on paper, from how the vehicle is at its ``begin``, else as an operation begins. What breaks a
    limit is no error: see ``violations``.

    Raises
    ------
    InfeasibleError
        When the plan begins at night.
    """
    day = day_over(mission, terrain, day_box(plan, legs), plan.start_ns, plan.need_contact)
    return _Run(mission, plan, legs, day, begin).carried_out()


def kept_in_contact(
    terrain: Terrain, mission: Mission, plan: DayPlan, legs: list[Leg], begin: Begin | None = None
) -> tuple[DayPlan, Waits]:
    """The plan with waits for contact before all that would be commanded in a gap, and these: at which stop, before
    which activity of it as they stand with the waits before, and how long (None: until there is contact). Where contact
    does not come back before night the plan is left as it is from there on.

    Raises
    ------
    InfeasibleError
        When the plan begins at night.
    """
    day = day_over(mission, terrain, day_box(plan, legs), plan.start_ns, plan.need_contact)
    run = _Run(mission, plan, legs, day, begin, waits=[])
    run.carried_out()
    for stop, number, seconds in run.waits or ():
        plan = with_activity(plan, stop, number, Activity("wait", seconds))
    return plan, tuple(run.waits or ())


class _Run:
    """The state of a plan as it is carried out; with ``waits`` it puts down there what contact asks for, and waits."""

    def __init__(
        self, mission: Mission, plan: DayPlan, legs: list[Leg], day: Day, begin: Begin | None,
        waits: list[tuple[int, int, float | None]] | None = None,
    ) -> None:  # fmt: skip
        self.mission, self.plan, self.legs, self.day = mission, plan, legs, day
        self.waits = waits
        self.box = day.light.horizons.box
        self.scalars = kernel_figures(mission).scalars
        self.begin = start = begin or Begin(mission.start_state.charge, mission.start_state.body_temperature_k)
        self.now_s = 0.0
        self.store = Store(mission, day.contact, start.stored_b)
        self.unasked = start.stored_b > 0.0  # something is aboard that no command has asked for yet
        self.charge_j = start.charge * mission.vehicle.battery_capacity_j
        self.temperature_k = start.temperature_k
        self.heading_rad = start.heading_rad
        self.items: list[Item] = []
        self.blocked: set[int] = set()
        self.rows: list[tuple[Array, EnergyCourse, npt.NDArray[np.int64]]] = []  # ends, energy, cells

    def carried_out(self) -> Evaluation:
        for number, stop in enumerate(self.plan.stops):
            if number > 0:
                self._drive_to(number, self.legs[number - 1])
            for place, activity in enumerate(stop.activities):
                self._do(number, place, activity)
        if self.unasked and (contact_s := self._contact_from(len(self.plan.stops) - 1, self.now_s)) is not None:
            self.store.send(contact_s + self.mission.activities.command_gap_s)
        return Evaluation(
            self.plan, self.begin, tuple(self.legs), tuple(self.items), self._series(),
            tuple(number in self.blocked for number in range(len(self.items))), self.day.night_s, self._contact_s(),
            self.store.empty_s if sends_products(self.mission) else 0.0,
            tuple(self.store.stored_b(np.array([item.begin_s for item in self.items])).tolist()), self.day,
        )  # fmt: skip

    # Items

    def _drive_to(self, number: int, leg: Leg) -> None:
        if leg.route is None or leg.track is None:
            return
        self._command(number - 1, len(self.plan.stops[number - 1].activities))
        headings = leg.headings_rad
        assert headings is not None
        way = replace(leg.track, cell=cells_in(self.box, leg.track.east_m, leg.track.north_m))
        if self.heading_rad is not None:
            turn_s = float(turning_s(headings[0] - self.heading_rad, self.mission.vehicle.turn_rate_rad_s))
            way = replace(way, drive_s=np.concatenate(([way.drive_s[0] + turn_s], way.drive_s[1:])))
        before_s, depart_s = self.now_s, self._departure(way)
        if depart_s - self.now_s > _SOON_S:
            high = float(self.day.course.elevation_at(0.5 * (self.now_s + depart_s))) >= self.day.course.nap_rad
            contact = not high or self._in_contact(number - 1)
            self._stay(number - 1, "nap" if high else "wait", depart_s - self.now_s, high, contact=contact)
            place = len(self.plan.stops[number - 1].activities)
            self._come_into_contact(number - 1, place, before_s)  # the Sun let it drive in a gap
        begin_s, contact = self.now_s, self._in_contact(number - 1)
        driven = self._driven(way, begin_s)
        if driven is None:
            # It is told as a violation; the clock goes on as if nothing were in the way.
            self.blocked.add(len(self.items))
            end_s = begin_s + float(way.drive_s.sum())
            self._hold(way.cell[-1:], way.tilt_east[-1:], way.tilt_north[-1:], end_s - begin_s,
                       load_w(self.mission, "", True))  # fmt: skip
        else:
            ends = driven.pieces.begin_s + driven.pieces.length_s
            self.charge_j = float(driven.energy.charge_j[-1])
            self.temperature_k = float(driven.energy.temperature_k[-1])
            self.now_s = float(driven.walk.reach_s[-1])
            self.rows.append((ends, driven.energy, way.cell[driven.pieces.point]))
        self.heading_rad = headings[1]
        self.items.append(Item("drive", number, begin_s, self.now_s, leg=number - 1, contact=contact))

    def _departure(self, way: Track) -> float:
        """When a drive can be begun that then needs no wait; now, where there is no such time."""
        depart_s = self.now_s
        for _ in range(_TRIES):
            driven = self._driven(way, depart_s)
            if driven is None:
                return self.now_s
            stays = driven.walk.leave_s - driven.walk.reach_s
            if stays.max() <= 1.0:
                return float(depart_s)
            last = int(np.flatnonzero(stays > 1.0)[-1])
            depart_s = float(driven.walk.leave_s[last] - way.drive_s[:last].sum()) + 1.0
        return self.now_s

    def _driven(self, way: Track, depart_s: float) -> Drive | None:
        times, cells = self.day.openings_along(way.cell)
        try:
            return drive(
                self.mission, self.day, times, way, cells, depart_s, Reserves(self.charge_j, self.temperature_k)
            )
        except InfeasibleError:
            return None

    def _command(self, number: int, place: int) -> None:
        """The time that the next command takes to come, after the one that asks for what is aboard."""
        self._come_into_contact(number, place)
        if self.items and self.unasked and sends_products(self.mission) and self._in_contact(number):
            self._gap(number)
            self.store.send(self.now_s)
            self.unasked = False
        if self.items:
            self._gap(number)

    def _gap(self, number: int) -> None:
        self._hold(*self._place(number), self.mission.activities.command_gap_s, load_w(self.mission, "", False))

    def _stay(
        self, number: int, kind: str, seconds: float, napping: bool, activity: Activity | None = None,
        contact: bool = True,
    ) -> None:  # fmt: skip
        begin_s = self.now_s
        self._hold(*self._place(number), seconds, load_w(self.mission, "NOON_NAP" if napping else "", False))
        self.items.append(Item(kind, number, begin_s, self.now_s, activity, contact=contact))

    def _do(self, number: int, place: int, activity: Activity) -> None:
        course, command, seconds = self.day.course, activity.command, activity.amount
        if activity.kind == "wait":
            if seconds is None:
                seconds = self._until_contact_s(number)
            self._stay(number, "wait", seconds, False, activity)
            return
        self._command(number, place)
        contact = self._in_contact(number)
        if command is not None:
            work = work_of(self.mission, *command)
            begin_s = self.now_s
            self._hold(*self._place(number), work.duration_s, work.load_w)
            self.store.keep(begin_s, work)
            self.unasked = True
            self.items.append(Item(activity.kind, number, begin_s, self.now_s, activity, None, work.size_b, contact))
        elif activity.kind == "nap":
            if seconds is None:
                highs = course.spans(course.nap_rad, math.inf)
                ahead = highs[(highs[:, 1] > self.now_s) & (highs[:, 0] < self.day.night_s)]
                seconds = float(ahead[0, 1]) - self.now_s if len(ahead) else 0.0
            self._stay(number, "nap", seconds, True, activity, contact)
        else:
            self._charge(number, activity, contact)

    # Contact

    def _in_contact(self, number: int) -> bool:
        """Whether a command reaches the vehicle at a stop now."""
        return self._contact_from(number, self.now_s) == self.now_s

    def _until_contact_s(self, number: int) -> float:
        """How long to wait for contact that lasts for the next commands to come; 0 where there is none before night."""
        come_s = self.now_s + 2.0 * self.mission.activities.command_gap_s
        contact_s = self._contact_from(number, come_s)
        return 0.0 if contact_s is None or contact_s == come_s else contact_s - self.now_s

    def _contact_from(self, number: int, after_s: float) -> float | None:
        """From when on a station has the relay, and the vehicle at a stop sees it; None where not before night."""
        cell = self._place(number)[0]
        for begin, end in self.day.contact.tolist():
            at_s = max(begin, after_s)
            while at_s <= end:
                if self.day.relay.lit_at(self.day.course.begin_ns + round(at_s * SECOND_NS), cell)[0]:
                    return float(at_s)
                at_s += _PIECE_S
        return None

    def _come_into_contact(self, number: int, place: int, since_s: float | None = None) -> None:
        """Where waits are wanted: until there is contact; one that begins in contact, at ``since_s``, has a length."""
        waits_s = 0.0 if self.waits is None else self._until_contact_s(number)
        if self.waits is None or waits_s <= 0.0:
            return
        before = sum(1 for stop, _, _ in self.waits if stop == number)
        self.waits.append((number, place + before, None if since_s is None else self.now_s + waits_s - since_s))
        self._stay(number, "wait", waits_s, False)

    def _charge(self, number: int, activity: Activity, contact: bool) -> None:
        """Stand until the battery holds what is asked for, at most until night."""
        wanted_j = (activity.amount or 0.0) * self.mission.vehicle.battery_capacity_j
        longest_s = min(max(self.day.night_s - self.now_s, 0.0), _LONGEST_CHARGE_S)
        begin_s = self.now_s
        load = load_w(self.mission, "CHARGING", False)
        tried_ends, tried = self._energy(*self._place(number), longest_s, load)
        enough = np.flatnonzero(tried.charge_j >= min(wanted_j, 0.9999 * self.mission.vehicle.battery_capacity_j))
        if len(enough):
            # Within the piece in which it is reached the battery fills evenly.
            piece = int(enough[0])
            ends = np.concatenate(([0.0], tried_ends - self.now_s))
            longest_s = 0.0
            if piece:
                low, high = tried.charge_j[piece - 1 : piece + 1].tolist()
                share = (min(wanted_j, high) - low) / (high - low) if high > low else 1.0
                longest_s = float(ends[piece - 1] + share * (ends[piece] - ends[piece - 1]))
        self._hold(*self._place(number), longest_s, load)
        self.items.append(Item("charge", number, begin_s, self.now_s, activity, contact=contact))

    # Standing

    def _place(self, number: int) -> tuple[npt.NDArray[np.int64], Array, Array]:
        """A stop's node in the box and the gradient of the ground there, as far as a drive touches it."""
        stop = self.plan.stops[number]
        cell = cells_in(self.box, np.array([stop.point_m[0]]), np.array([stop.point_m[1]]))
        for leg, end in ((number - 1, -1), (number, 0)):
            way = self.legs[leg].track if 0 <= leg < len(self.legs) else None
            if way is not None:
                return cell, way.tilt_east[[end]], way.tilt_north[[end]]
        return cell, np.zeros(1), np.zeros(1)

    def _energy(
        self, cell: npt.NDArray[np.int64], tilt_east: Array, tilt_north: Array, seconds: float, load: float
    ) -> tuple[Array, EnergyCourse]:
        """Ends of the pieces of a stay from now on, and its energy."""
        count = max(1, math.ceil(seconds / _PIECE_S))
        edges = np.linspace(self.now_s, self.now_s + seconds, count + 1)
        middle = 0.5 * (edges[:-1] + edges[1:])
        still = np.zeros(count)
        energy = energy_course(
            self.scalars, self.charge_j, self.temperature_k, np.diff(edges), np.full(count, load),
            self.day.course.elevation_at(middle), self.day.course.azimuth_at(middle),
            still + tilt_east, still + tilt_north, self._lit(np.repeat(cell, count, axis=0), middle),
        )  # fmt: skip
        return edges[1:], energy

    def _hold(
        self, cell: npt.NDArray[np.int64], tilt_east: Array, tilt_north: Array, seconds: float, load: float
    ) -> None:
        """Stand for so long."""
        if seconds <= 0.0:
            return
        ends, energy = self._energy(cell, tilt_east, tilt_north, seconds, load)
        self.charge_j, self.temperature_k = float(energy.charge_j[-1]), float(energy.temperature_k[-1])
        self.now_s = float(ends[-1])
        self.rows.append((ends, energy, np.repeat(cell, len(ends), axis=0)))

    def _lit(self, cells: npt.NDArray[np.int64], at_s: Array) -> Mask:
        course = self.day.course
        return np.array(
            [
                self.day.light.lit_at(course.begin_ns + round(at * SECOND_NS), cells[i : i + 1])[0]
                for i, at in enumerate(at_s.tolist())
            ]
        )

    # The whole

    def _series(self) -> Series:
        if not self.rows:
            self._hold(*self._place(0), 1.0, load_w(self.mission, "", False))
        ends = np.concatenate([row[0] for row in self.rows])
        cells = np.concatenate([row[2] for row in self.rows])
        seen = np.ones(len(ends), dtype=np.bool_)
        lit = np.ones(len(ends), dtype=np.bool_)
        slot = (ends / _PIECE_S).astype(np.int64)
        for number in np.unique(slot).tolist():
            these = slot == number
            at_ns = self.day.course.begin_ns + round((number + 0.5) * _PIECE_S * SECOND_NS)
            seen[these] = self.day.relay.lit_at(at_ns, cells[these])
            lit[these] = self.day.light.lit_at(at_ns, cells[these])
        capacity = self.mission.vehicle.battery_capacity_j
        return Series(
            ends, np.concatenate([row[1].charge_j[1:] for row in self.rows]) / capacity,
            np.concatenate([row[1].temperature_k[1:] for row in self.rows]), self.store.stored_b(ends),
            self.day.course.elevation_at(ends), lit, seen, seen & _within(self.day.contact, ends),
        )  # fmt: skip

    def _contact_s(self) -> float:
        spans = np.minimum(self.day.contact, self.day.night_s)
        return float((spans[:, 1] - spans[:, 0]).sum())


def _within(spans: Array, at_s: Array) -> Mask:
    """Whether instants lie in spans."""
    if not len(spans):
        return np.zeros(len(at_s), dtype=np.bool_)
    number = np.searchsorted(spans[:, 0], at_s, side="right") - 1
    return np.asarray((number >= 0) & (at_s <= spans[number, 1]))
