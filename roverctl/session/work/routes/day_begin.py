"""How the rover is when a day or a route begins: as it is known or predicted, and then standing until the start."""

import math
from typing import Final

import numpy as np

from roverctl.core.times import SECOND_NS, format_utc
from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import Mission
from roverctl.session.api.outlook import Begin
from roverctl.traverse.day_plan import outcome
from roverctl.traverse.time.conditions import rest_text, sun_course
from roverctl.traverse.time.power import Reserves
from roverctl.vehicle.energy import energy_course
from roverctl.vehicle.figures import kernel_figures, load_w

_ASLEEP: Final = ("NOON_NAP", "DORMANT")
_PIECE_NS: Final = 600 * SECOND_NS


def begins(
    mission: Mission, begin: Begin | None, depart_ns: int | None
) -> tuple[int | None, outcome.Begin | None, tuple[str, ...]]:
    """When a plan can begin that is to begin at ``depart_ns`` or as soon as it can, how the vehicle is by then, and
    what is to be said of it; None while nothing is known of the vehicle.

    It stands on level ground meanwhile. Over a night nothing is foretold: then it begins as an operation does.
    """
    if begin is None:
        return None, None, ()
    start_ns, notes = max(depart_ns or 0, begin.t_ns), []
    if depart_ns is not None and depart_ns < begin.t_ns - SECOND_NS:
        notes.append(
            f"{format_utc(depart_ns, 0)[5:16].replace('T', ' ')} has passed or is too early: the plan begins "
            f"{format_utc(start_ns, 0)[5:16].replace('T', ' ')}."
        )
    if begin.mode in _ASLEEP:
        notes.append(f"▲ The rover is in {begin.mode} then and refuses to work: send SET_MODE IDLE before.")
    count = max(1, math.ceil((start_ns - begin.t_ns) / _PIECE_NS))
    edges = np.linspace(begin.t_ns, start_ns, count + 1)
    azimuth, elevation = Sky(mission).sun(((edges[:-1] + edges[1:]) / 2.0).astype(np.int64))
    if elevation.min() <= mission.vehicle.sleep_sun_rad:
        charge = 100.0 * mission.start_state.charge
        notes.append(f"Before it lies a night, over which charge and heat are not foretold: {charge:.0f} % is assumed.")
        state = mission.start_state
        return start_ns, outcome.Begin(state.charge, state.body_temperature_k, None, begin.stored_b), tuple(notes)
    capacity_j, still = mission.vehicle.battery_capacity_j, np.zeros(count)
    course = energy_course(
        kernel_figures(mission).scalars, begin.charge * capacity_j, begin.temperature_k, np.diff(edges) / SECOND_NS,
        still + load_w(mission, "", False), elevation, azimuth, still, still, elevation > 0.0,
    )  # fmt: skip
    at_start = outcome.Begin(
        float(course.charge_j[-1]) / capacity_j, float(course.temperature_k[-1]), begin.heading_rad, begin.stored_b
    )
    return start_ns, at_start, tuple(notes)


def reserves_at(mission: Mission, begin: Begin | None, depart_ns: int) -> Reserves | None:
    """What the vehicle has when a route departs, by the same; None while nothing is known of it."""
    at_departure = begins(mission, begin, depart_ns)[1]
    if at_departure is None:
        return None
    return Reserves(at_departure.charge * mission.vehicle.battery_capacity_j, at_departure.temperature_k)


def notices(mission: Mission, begin: Begin | None, depart_ns: int | None, now_ns: int) -> list[str]:
    """Why the vehicle will not drive off, or not with that charge: asleep, after a night, and, where the departure is
    left open, at night, in the noon nap or with less charge than plans keep."""
    told: list[str] = []
    start_ns = now_ns if begin is None else begin.t_ns
    if begin is not None:
        told.extend(begins(mission, begin, None if depart_ns is None else max(depart_ns, begin.t_ns))[2])
    if depart_ns is not None:
        return told
    rest = rest_text(sun_course(Sky(mission), start_ns))
    if rest is not None:
        told.append(f"Driving off {format_utc(start_ns, 0)} is {rest}.")
    least = mission.vehicle.plan_charge
    if begin is not None and begin.charge < least:
        told.append(f"The battery has {100.0 * begin.charge:.0f} %, plans keep {100.0 * least:g} %.")
    return told
