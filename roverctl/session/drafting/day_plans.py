"""A draft as a lunar day's plan, and a plan from a file as a draft."""

import math
from dataclasses import replace
from typing import Final

from roverctl.core.errors import InputError
from roverctl.session.api.draft import Draft, Edit, Stay, Stop
from roverctl.session.api.values import Place
from roverctl.traverse.day_plan.plan import DayPlan
from roverctl.traverse.day_plan.plan import Stop as PlanStop

# A plan whose first stop is no farther from the rover begins where the rover stands: odometry and telemetry know a
# standing rover's place no better. A choice.
HERE_M: Final = 0.5


def day_plan_of(draft: Draft, here_m: Place, now_ns: int) -> DayPlan:
    """The plan of a draft; it begins at its departure, else now.

    Raises
    ------
    InputError
        For what a plan of a day cannot have.
    """
    if draft.objective == "sun":
        raise InputError("a day's drives are planned for time, distance, energy or risk; sunniest is for one route")
    stays = [PlanStop(draft.here.name, here_m, draft.here.activities)]
    for number, stop in enumerate(draft.stops, start=1):
        stays.append(PlanStop(draft.place_word(number), stop.place_m, stop.activities, stop.locked))
    return DayPlan(
        name=draft.name, start_ns=now_ns if draft.depart_ns is None else draft.depart_ns, stops=tuple(stays),
        objective=draft.objective, max_slope_rad=draft.max_slope_rad, spacing_m=draft.spacing_m,
        need_contact=draft.need_contact, annotations=draft.marks,
    )  # fmt: skip


def open_plan(draft: Draft, plan: DayPlan, here_m: Place, max_slope_rad: float, source: str) -> tuple[Edit, float]:
    """The draft that a plan is, and how far its first stop is from the rover; 0 where it is the rover's place.

    A first stop elsewhere is driven to: nothing of the plan is lost.
    """
    apart_m = math.dist(plan.stops[0].point_m, here_m)
    begins_here = apart_m <= HERE_M
    first, rest = plan.stops[0], plan.stops[1:] if begins_here else plan.stops
    stops = [Stop(stop.point_m, stop.name, stop.locked, stop.activities) for stop in rest]
    opened = replace(
        draft, stops=tuple(stops), here=Stay(first.name, first.activities) if begins_here else Stay(),
        objective=plan.objective, depart_ns=plan.start_ns, need_contact=plan.need_contact, spacing_m=plan.spacing_m,
        max_slope_rad=max_slope_rad if plan.max_slope_rad is None else plan.max_slope_rad,
        marks=plan.annotations, waivers=(), name=plan.name, serial=draft.serial + 1,
    )  # fmt: skip
    unnamed = replace(opened, stops=tuple(replace(stop, name="") for stop in opened.stops))
    stops = [
        replace(stop, name="") if stop.name == unnamed.place_word(number) else stop
        for number, stop in enumerate(stops, start=1)
    ]
    return Edit(f"open {source}", replace(opened, stops=tuple(stops))), 0.0 if begins_here else apart_m
