"""Routes between the same stops by other objectives, in one table."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from roverctl.core.errors import InfeasibleError
from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain
from roverctl.traverse.costs import cost_model
from roverctl.traverse.planner import plan
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.route import Route

# What each is called, and the objective that it is the best of.
NAMED = {"fastest": "time", "shortest": "distance", "gentlest": "risk", "thriftiest": "energy", "sunniest": "sun"}


@dataclass(frozen=True, slots=True)
class Alternative:
    """A named route, or why there is none."""

    name: str
    objective: str
    route: Route | None
    problem: str = ""


def alternatives(terrain: Terrain, mission: Mission, request: RouteRequest) -> list[Alternative]:
    """The request's route by each of the named objectives."""
    found = []
    for name, objective in NAMED.items():
        try:
            route = plan(terrain, mission, replace(request, objective=objective, weights=()))
        except InfeasibleError as error:
            found.append(Alternative(name, objective, None, str(error)))
        else:
            found.append(Alternative(name, objective, route))
    return found


def comparison(mission: Mission, found: list[Alternative]) -> list[dict[str, Any]]:
    """Comparable figures of each: all routes measured in every unit, whatever they were planned by."""
    rows = []
    for one in found:
        row: dict[str, Any] = {"name": one.name, "objective": one.objective}
        if one.route is None:
            rows.append({**row, "problem": one.problem})
            continue
        route = one.route
        plan_m = np.hypot(np.diff(route.east_m), np.diff(route.north_m))
        nothing = np.zeros_like(plan_m)
        energy = cost_model(mission, route.request, "energy").terms(
            plan_m, np.diff(route.elevation_m), nothing, nothing
        )
        row |= {
            "distance_m": route.drive_m,
            "drive_s": route.drive_s,
            "energy_j": float(sum(energy[name].sum() for name in ("roll", "climb", "load"))),
            "max_slope_deg": route.max_slope_deg,
            "cell_slope_deg": route.cell_slope_deg,
            "cost": route.cost,
            "waypoints": len(route.waypoints_m),
        }
        if "shade" in route.terms:
            row["shade_cost_s"] = float(route.terms["shade"].sum())
        if route.timing is not None:
            names = ("arrive", "wait_s", "shadow_min", "contact_gap_min", "lowest_charge", "sunset_margin_h")
            row |= {key: route.timing[key] for key in names}
        rows.append(row)
    return rows
