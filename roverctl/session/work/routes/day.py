"""The draft as a lunar day's plan, carried out on paper, and the commands that it comes to."""

import math
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from roverctl.core.times import parse_utc
from roverctl.mission.profile import Mission
from roverctl.session.api.draft import DAY_WAIVER, Draft
from roverctl.session.api.outlook import Begin
from roverctl.session.api.values import Place
from roverctl.session.drafting.day_plans import day_plan_of
from roverctl.session.drafting.edits import order_stops
from roverctl.session.work.planning import command_content
from roverctl.session.work.routes.asking import draft_of, request_of
from roverctl.session.work.routes.day_begin import begins
from roverctl.terrain.source import Terrain
from roverctl.traverse.day_plan.commands import commands_of
from roverctl.traverse.day_plan.evaluating import Waits, evaluate, kept_in_contact
from roverctl.traverse.day_plan.legs import Leg, legs_of
from roverctl.traverse.day_plan.outcome import Evaluation
from roverctl.traverse.day_plan.plan import DayPlan
from roverctl.traverse.day_plan.telling import plan_document
from roverctl.traverse.day_plan.violations import violations
from roverctl.traverse.ordering import ordered_around


class DayWork:
    """Job ``day``. Drives are kept while limits and zones stay the same.

    Parameters
    ----------
    mission, terrain
        The vehicle, and the map's ground.
    """

    def __init__(self, mission: Mission, terrain: Terrain) -> None:
        self._mission, self._terrain = mission, terrain
        self._legs: dict[tuple[Place, Place], Leg] = {}
        self._legs_for: object = None

    def day(self, content: dict[str, Any]) -> dict[str, Any]:
        """The draft's day: items, series, totals, violations; commands, or why there are none."""
        draft = content["draft"] if isinstance(content["draft"], Draft) else draft_of(content["draft"])
        east, north = content["start_m"]
        plan = day_plan_of(draft, (float(east), float(north)), int(content["now_ns"]))
        known = msgspec.convert(content["begin"], Begin | None)
        start_ns, begin, notes = begins(self._mission, known, draft.depart_ns)
        plan = replace(plan, start_ns=start_ns or plan.start_ns)
        limits = (plan.objective, plan.max_slope_rad, plan.spacing_m, plan.annotations)
        if limits != self._legs_for:
            self._legs, self._legs_for = {}, limits
        legs = legs_of(self._terrain, self._mission, plan, self._legs)
        evaluation = evaluate(self._terrain, self._mission, plan, legs, begin)
        waits: Waits = ()
        if not all(item.contact for item in evaluation.items):
            waits = kept_in_contact(self._terrain, self._mission, plan, legs, begin)[1]
        document = plan_document(self._mission, evaluation)
        # The series are at the ends of pieces: the beginning of the first is put before them.
        first = {
            "at_s": 0.0, "charge": evaluation.begin.charge, "memory_mb": evaluation.begin.stored_b / 1e6,
            "sun_elevation_deg": math.degrees(float(evaluation.sun_at(np.zeros(1))[0])),
        }  # fmt: skip
        series = {
            name: np.concatenate(([float(first.get(name, values[0]))], np.asarray(values, dtype=np.float64)))
            for name, values in document["series"].items()
        }
        return {
            "start_ns": plan.start_ns, "end_ns": parse_utc(document["end"]), "night_ns": parse_utc(document["night"]),
            "items": _items(plan, document["items"]),
            "totals": {name: value for name, value in document["totals"].items() if value is not None},
            "at_ns": plan.start_ns + 1e9 * series["at_s"], "charge": series["charge"],
            "memory_mb": series["memory_mb"], "sun_deg": series["sun_elevation_deg"], "lit": series["lit"],
            "contact": series["contact"], "room_mb": self._mission.vehicle.store_size_b / 1e6,
            "least_charge": self._mission.vehicle.plan_charge,
            "notes": notes, "waits": waits, **self._commanded(draft, evaluation),
        }  # fmt: skip

    def order(self, content: dict[str, Any]) -> dict[str, Any]:
        """The best order of the stops but the goal and those that are locked, and the waits for contact that the day
        has in that order."""
        draft = draft_of(content["draft"])
        east, north = content["start_m"]
        request = replace(request_of(draft, (float(east), float(north))), depart_ns=None, need_contact=False)
        locked = frozenset(i for i, stop in enumerate(draft.stops[:-1]) if stop.locked)
        best = ordered_around(self._terrain, self._mission, request, locked)
        order = (*best.order, len(draft.stops) - 1)
        ordered = order_stops(draft, order).draft
        has_day = any(ordered.activities_at(place) for place in range(len(order) + 1))
        waits = self.day({**content, "draft": ordered})["waits"] if has_day else ()
        return {"order": list(order), "waits": waits}

    def _commanded(self, draft: Draft, evaluation: Evaluation) -> dict[str, Any]:
        """Violations, and the commands with what was waived in their comments, or why there may be none."""
        start_ns = evaluation.plan.start_ns
        let = {w.violation: f"{w.name}: {w.reason}" for w in draft.waivers}
        broken, told = violations(self._mission, evaluation), []
        for number, violation in enumerate(broken, start=1):
            key = f"{DAY_WAIVER}{violation.kind}-{number}"
            t_ns = start_ns + round(1e9 * violation.at_s)
            told.append([key, violation.text, t_ns, violation.item, let.get(key, "")])
        left = [row for row in told if not row[4]]
        if left:
            more = f", and {len(left) - 1} more" if len(left) > 1 else ""
            return {
                "violations": told,
                "refused": f"the plan breaks a limit: {left[0][1]}{more}; change it, or waive it",
            }
        waived = "".join(f"; {row[0]} waived by {row[4]}" for row in told)
        commands = commands_of(self._mission, evaluation, frozenset(violation.kind for violation in broken))
        if not commands:
            return {"violations": told, "refused": "the plan has nothing to command: no drives and no activities"}
        return {"violations": told, "commands": [command_content(command, waived) for command in commands]}


def _items(plan: DayPlan, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with the number of its activity at its place: activities are carried out in order."""
    done = [0] * len(plan.stops)
    items = []
    for row in rows:
        place, asked = row["stop"], row["asked_for"] and row["kind"] != "drive"
        items.append(
            {
                "kind": row["kind"], "place": place, "begin_ns": parse_utc(row["begin"]),
                "end_ns": parse_utc(row["end"]), "charge": row["charge"], "activity": done[place] if asked else None,
                "data_mb": row.get("data_mb", 0.0), "distance_m": row.get("distance_m", 0.0),
                "max_slope_deg": row.get("max_slope_deg", 0.0),
            }
        )  # fmt: skip
        done[place] += asked
    return items
