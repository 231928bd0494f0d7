"""An evaluated plan as a document: items, series, totals and violations, as the command line prints it."""

import math
from typing import Any

import numpy as np

from roverctl.core.times import SECOND_NS, format_utc
from roverctl.mission.profile import Mission
from roverctl.traverse.day_plan.outcome import Evaluation, Item
from roverctl.traverse.day_plan.plan import KINDS
from roverctl.traverse.day_plan.violations import violations


def plan_document(mission: Mission, evaluation: Evaluation) -> dict[str, Any]:
    """Keys: ``name``, ``start``, ``end``, ``night``, ``stops``, ``items``, ``totals``, ``violations``, ``series``."""
    plan, series = evaluation.plan, evaluation.series
    end_s = evaluation.items[-1].end_s if evaluation.items else 0.0
    drives = [item for item in evaluation.items if item.kind == "drive"]
    routes = [route for leg in evaluation.legs if (route := leg.route) is not None]
    return {
        "name": plan.name,
        "start": format_utc(plan.start_ns, 0),
        "end": _utc(evaluation, end_s),
        "night": _utc(evaluation, evaluation.night_s),
        "stops": [{"name": stop.name, "site_m": list(stop.point_m)} for stop in plan.stops],
        "items": [_item(mission, evaluation, item) for item in evaluation.items],
        "totals": {
            "distance_m": sum(route.drive_m for route in routes),
            "drive_s": sum(item.end_s - item.begin_s for item in drives),
            "data_mb": evaluation.data_b / 1e6,
            "downlink_s": evaluation.downlink_s(mission),
            "contact_s": evaluation.contact_s,
            "down_s": evaluation.down_s if math.isfinite(evaluation.down_s) else None,
            "lowest_charge": float(series.charge.min()),
            "end_charge": float(series.charge[-1]),
            "lowest_temperature_degc": float(series.temperature_k.min()) - 273.15,
            "highest_temperature_degc": float(series.temperature_k.max()) - 273.15,
            "most_memory_mb": float(series.memory_b.max()) / 1e6,
            "sunset_margin_h": (evaluation.night_s - end_s) / 3600.0,
        },
        "violations": [violation.document(plan.start_ns) for violation in violations(mission, evaluation)],
        "series": {
            "at_s": series.at_s.tolist(),
            "charge": series.charge.tolist(),
            "temperature_degc": (series.temperature_k - 273.15).tolist(),
            "memory_mb": (series.memory_b / 1e6).tolist(),
            "sun_elevation_deg": np.degrees(series.sun_elevation_rad).tolist(),
            "lit": series.lit.tolist(),
            "contact": series.contact.tolist(),
        },
    }


def _item(mission: Mission, evaluation: Evaluation, item: Item) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": item.kind, "stop": item.stop,
        "begin": _utc(evaluation, item.begin_s), "end": _utc(evaluation, item.end_s),
        "begin_s": item.begin_s, "end_s": item.end_s, "charge": evaluation.charge_at(item.end_s),
        "asked_for": item.kind == "drive" or item.activity is not None,
    }  # fmt: skip
    if item.activity is not None and item.activity.amount is not None:
        told[KINDS[item.activity.kind].key] = item.activity.amount
    if item.data_b > 0.0:
        told["data_mb"] = item.data_b / 1e6
    if item.leg is not None and (route := evaluation.legs[item.leg].route) is not None:
        told |= {
            "distance_m": route.drive_m, "max_slope_deg": route.max_slope_deg, "route_sha256": route.sha256,
            "waypoints_m": route.waypoints_m.tolist(),
        }  # fmt: skip
    return told


def start_heading_rad(mission: Mission, evaluation: Evaluation) -> float:
    """Where the vehicle looks at the start: along its first drive, else as an operation begins."""
    for leg in evaluation.legs:
        headings = leg.headings_rad
        if headings is not None:
            return headings[0] % math.tau
    return mission.start_state.heading_rad


def _utc(evaluation: Evaluation, seconds: float) -> str:
    return format_utc(evaluation.plan.start_ns + round(seconds * SECOND_NS), 0)
