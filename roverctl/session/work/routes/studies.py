"""What else is asked about a draft: alternatives, departures, chances, reach."""

import math
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from roverctl.core.errors import InputError
from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import Mission
from roverctl.session.api.draft import Stop
from roverctl.session.api.outlook import Begin
from roverctl.session.api.values import Place
from roverctl.session.work.planning import times_content
from roverctl.session.work.routes.asking import draft_of, request_of
from roverctl.session.work.routes.day_begin import reserves_at
from roverctl.terrain.source import Terrain
from roverctl.traverse.alternatives import alternatives, comparison
from roverctl.traverse.explaining import place_text
from roverctl.traverse.isochrones import check_times, isochrones, reach_field
from roverctl.traverse.planner import plan_field
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.time.day import day_over
from roverctl.traverse.time.departures import nearest_safe_place, sweep
from roverctl.traverse.uncertainty import ErrorModel, breaking_chances

_DEPARTURES = 97  # a chart some hundred points wide


class StudyWork:
    """Jobs ``alternatives``, ``sweep``, ``chances`` and ``reach``; each is told the draft and the start."""

    def __init__(self, mission: Mission, terrain: Terrain) -> None:
        self._mission, self._terrain = mission, terrain

    def alternatives(self, content: dict[str, Any]) -> dict[str, Any]:
        """The draft's route by each of the named objectives."""
        request = _request(content)
        found = alternatives(self._terrain, self._mission, request)
        rows = []
        for one, row in zip(found, comparison(self._mission, found), strict=True):
            figures = {name: float(value) for name, value in row.items() if isinstance(value, int | float)}
            line = np.empty((0, 2))
            if one.route is not None:
                line = np.vstack([[one.route.east_m[0], one.route.north_m[0]], one.route.waypoints_m])
            rows.append(
                {"name": one.name, "objective": one.objective, "figures": figures, "problem": one.problem,
                 "east_m": line[:, 0], "north_m": line[:, 1]}
            )  # fmt: skip
        return {"rows": rows}

    def sweep(self, content: dict[str, Any]) -> dict[str, Any]:
        """Departures from a time to night, and where to be then."""
        request, begin_ns = _request(content), int(content["from_ns"])
        still = replace(request, objective="time", weights=(), depart_ns=None)
        there = replace(still, start_m=still.goal_m, goal_m=still.start_m, via_m=())
        around = plan_field(self._terrain, self._mission, there)
        day = day_over(self._mission, self._terrain, around.ground.box, begin_ns, request.need_contact)
        end_ns = begin_ns + round(day.night_s * SECOND_NS)
        begin = msgspec.convert(content["begin"], Begin | None)
        found = sweep(
            self._terrain, self._mission, still, begin_ns, end_ns, _DEPARTURES,
            lambda depart_ns: reserves_at(self._mission, begin, depart_ns),
        )  # fmt: skip
        place = nearest_safe_place(around, day)
        text = (
            f"{place_text(self._mission, place.point_m)}, {place.drive_s / 60.0:.0f} min from the goal, "
            f"slope {place.slope_deg:.1f}°"
        )
        return {
            "departures": [times_content(departure.document()) for departure in found.departures],
            "latest_safe": None if found.latest_safe is None else times_content(found.latest_safe.document()),
            "safe_place_m": list(place.point_m),
            "safe_place_text": text,
        }

    def chances(self, content: dict[str, Any]) -> dict[str, Any]:
        """The chance of each segment to break the tilt limit."""
        errors = ErrorModel(float(content["sigma_m"]), float(content["length_m"]))
        field = plan_field(self._terrain, self._mission, _request(content), whole_field=False)
        if field.corridor_m is not None:
            raise InputError("chances are reckoned for routes that one search holds; plan a shorter one")
        route = field.route_to(field.request.goal_m)
        limit_rad = self._mission.vehicle.max_tilt_rad
        each, whole = breaking_chances(field.ground, route, errors, limit_rad)
        return {
            "east_m": route.east_m, "north_m": route.north_m, "chance": each, "any": whole,
            "limit_deg": math.degrees(limit_rad), "sigma_m": errors.sigma_m, "length_m": errors.length_m,
        }  # fmt: skip

    def reach(self, content: dict[str, Any]) -> dict[str, Any]:
        """Lines of equal drive time from the start, whatever the stops."""
        seconds = tuple(float(value) for value in content["seconds"])
        check_times(seconds)
        draft, start_m = draft_of(content["draft"]), _start(content)
        draft = replace(draft, stops=draft.stops or (Stop(start_m),), depart_ns=None)
        request = request_of(draft, start_m)
        if request.wants_sun:
            request = replace(request, objective="time")
        field = reach_field(self._terrain, self._mission, request, max(seconds))
        lines = [
            [found.seconds, *np.vstack((ring, ring[:1])).T] for found in isochrones(field, seconds)
            for ring in found.rings_m
        ]  # fmt: skip
        return {"lines": lines, "seconds": list(seconds)}


def _request(content: dict[str, Any]) -> RouteRequest:
    return request_of(draft_of(content["draft"]), _start(content))


def _start(content: dict[str, Any]) -> Place:
    east, north = content["start_m"]
    return float(east), float(north)
