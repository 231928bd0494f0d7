"""What an evaluated plan breaks: each with its limit, where, when and by how much."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roverctl.core.times import SECOND_NS, format_utc
from roverctl.mission.profile import Mission
from roverctl.traverse.day_plan.outcome import Evaluation, Item

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Violation:
    """A limit that a plan breaks first at ``at_s`` (seconds after its start), during an item where it is one's own."""

    kind: str
    item: int | None
    at_s: float
    value: float
    limit: float
    text: str

    def document(self, start_ns: int) -> dict[str, Any]:
        """As the command line tells it."""
        return {
            "kind": self.kind, "item": self.item, "at": format_utc(start_ns + round(self.at_s * SECOND_NS), 0),
            "value": self.value, "limit": self.limit, "text": self.text,
        }  # fmt: skip


def violations(mission: Mission, evaluation: Evaluation) -> list[Violation]:
    """All limits that the plan breaks, the earliest first; an empty list for a plan that can be commanded.

    Kinds: ``night`` (goes on after the vehicle is put to sleep), ``noon`` (works while it should nap), ``drive`` (a
    drive that Sun or contact never let through), ``charge``, ``temperature``, ``memory``, ``contact`` (no contact when
    a command is due), ``downlink`` (data that are not all here before night), ``nap`` (nothing to nap for).
    """
    vehicle, series = mission.vehicle, evaluation.series
    found: list[Violation] = []
    for number, item in enumerate(evaluation.items):
        found += _of_item(mission, evaluation, number, item)
    least, low, high = vehicle.plan_charge, vehicle.lowest_temperature_k, vehicle.highest_temperature_k
    found += _series(
        evaluation, "charge", series.charge, least, -1.0,
        lambda v: f"the battery falls to {100 * v:.0f} %, the plan's least is {100 * least:g} %",
    )  # fmt: skip
    found += _series(
        evaluation, "temperature", series.temperature_k, low, -1.0,
        lambda v: f"the body cools to {v - 273.15:.0f} °C, its limit is {low - 273.15:g} °C",
    )  # fmt: skip
    found += _series(
        evaluation, "temperature", series.temperature_k, high, 1.0,
        lambda v: f"the body warms to {v - 273.15:.0f} °C, its limit is {high - 273.15:g} °C",
    )  # fmt: skip
    if evaluation.down_s > evaluation.night_s:
        needed_s = evaluation.downlink_s(mission)
        found.append(
            Violation(
                "downlink", None, float(series.at_s[-1]), needed_s, evaluation.contact_s,
                f"not all data are here before night: they take {needed_s / 3600.0:.1f} h to send, contact until night "
                f"is {evaluation.contact_s / 3600.0:.1f} h",
            )
        )  # fmt: skip
    return sorted(found, key=lambda v: v.at_s)


def _of_item(mission: Mission, evaluation: Evaluation, number: int, item: Item) -> list[Violation]:
    found: list[Violation] = []
    stop = evaluation.plan.stops[item.stop].name
    what = f"the drive to '{stop}'" if item.kind == "drive" else f"{item.kind} at '{stop}'"
    if item.end_s > evaluation.night_s:
        found.append(
            Violation(
                "night", number, max(item.begin_s, evaluation.night_s), item.end_s, evaluation.night_s,
                f"{what} goes on {(item.end_s - evaluation.night_s) / 3600.0:.1f} h after the vehicle is put to sleep",
            )
        )  # fmt: skip
    if item.kind == "drive" and evaluation.blocked[number]:
        found.append(
            Violation(
                "drive", number, item.begin_s, item.end_s - item.begin_s, 0.0,
                f"{what} is not finished in time: Sun, shadows or contact do not let it through before night",
            )
        )  # fmt: skip
    if item.activity is not None and item.kind not in ("nap", "charge"):
        high = evaluation.sun_at(np.linspace(item.begin_s, item.end_s, 9))
        nap = mission.vehicle.nap_sun_rad
        if high.max() > nap + 1e-6:
            at_s = float(np.linspace(item.begin_s, item.end_s, 9)[high > nap][0])
            found.append(
                Violation(
                    "noon", number, at_s, math.degrees(float(high.max())), math.degrees(nap),
                    f"{what} is done with the Sun at {math.degrees(float(high.max())):.1f}°, above "
                    f"{math.degrees(nap):g}° the vehicle naps",
                )
            )  # fmt: skip
    if item.kind == "nap" and item.activity is not None and item.end_s - item.begin_s <= 0.0:
        found.append(
            Violation("nap", number, item.begin_s, 0.0, 0.0, f"{what}: the Sun does not rise to the nap's height again")
        )
    if item.kind == "charge" and item.activity is not None and item.activity.amount is not None:
        reached = evaluation.charge_at(item.end_s)
        if reached < item.activity.amount - 0.001:
            found.append(
                Violation(
                    "charge", number, item.end_s, reached, item.activity.amount,
                    f"{what} reaches {100 * reached:.0f} % by night, not {100 * item.activity.amount:g} %",
                )
            )  # fmt: skip
    aboard_b = evaluation.aboard_b[number] + item.data_b
    if item.data_b > 0.0 and aboard_b > mission.vehicle.store_size_b:  # the vehicle refuses it
        found.append(
            Violation(
                "memory", number, item.begin_s, aboard_b, mission.vehicle.store_size_b,
                f"after {what} {aboard_b / 1e6:.0f} MB are kept aboard, there is room for "
                f"{mission.vehicle.store_size_b / 1e6:g} MB",
            )
        )  # fmt: skip
    if not item.contact:
        again_s = evaluation.next_contact_s(item.begin_s)
        when = "not again before night" if again_s is None else f"again from {_utc(evaluation, again_s)}"
        text = f"there is no contact to command {what}, {when}"
        found.append(Violation("contact", number, item.begin_s, 0.0, 1.0, text))
    return found


def _utc(evaluation: Evaluation, at_s: float) -> str:
    return format_utc(evaluation.plan.start_ns + round(at_s * SECOND_NS), 0)


def _series(evaluation: Evaluation, kind: str, values: Array, limit: float, sign: float, text: Any) -> list[Violation]:
    """Where a series is first beyond a limit, with its extreme."""
    beyond = np.flatnonzero(sign * (values - limit) > 1e-9)
    if not len(beyond):
        return []
    worst = float(values[beyond][int(np.argmax(sign * values[beyond]))])
    at_s = float(evaluation.series.at_s[beyond[0]])
    item = next((n for n, i in enumerate(evaluation.items) if i.begin_s <= at_s <= i.end_s + 1e-6), None)
    return [Violation(kind, item, at_s, worst, limit, text(worst))]
