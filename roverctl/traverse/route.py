"""A planned route: its points, what every segment costs and why, and what it was planned on."""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError
from roverctl.core.text_files import text_of
from roverctl.core.times import format_utc
from roverctl.mission.mdb import ROUTE_MAX_WAYPOINTS
from roverctl.mission.profile import Mission
from roverctl.traverse.basis import Basis
from roverctl.traverse.costs import UNITS
from roverctl.traverse.files.geojson import MOST_CHARACTERS, collection, parse
from roverctl.traverse.files.reading import check_body
from roverctl.traverse.request import Point, RouteRequest, TerrainNote
from roverctl.traverse.violations import RouteViolation, Waiver, check_waived, command_comment, with_waivers

Array = npt.NDArray[np.float64]

_FAR_M = 30e3  # from the site: there the Sun stands a degree higher or lower
_MANY_SEGMENTS = 5000
# Longitude and latitude give site metres back to well below this.
_SAME_PLACE_M = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """n points and the n - 1 segments between them, one for each step of the grid.

    East and north are site-frame metres, elevation is above the body's sphere, longitude 0..360. A segment's distance
    is along the ground (the plan length is in site-frame metres, the rise adds to it), its slope is signed, uphill
    positive. ``terms`` add up to the cost, in seconds or metres by the objective; the duration counts what passes:
    drive, slip, looks, and the turn from the segment before (which the search leaves out).

    The vehicle is told the smoothed line from the first point over ``waypoints_m`` [k, 2] (east, north; longitude and
    latitude in ``waypoints_deg``), and is there ``waypoint_s`` after it departs, turns and looks counted; the line ends
    at the goal asked for where the way there from the last node is free. Of that line are ``max_slope_deg``, its
    steepest piece up or down, ``cell_slope_deg``, the steepest node around it, and ``driven_m``, its length over the
    ground: as ``line.line_on`` samples it, for a plan as for a check. ``timing`` is the document of its
    ``timeline.Timeline`` where it has a departure, ``corridor_m`` how far from a coarse route it was sought, None where
    everywhere.

    ``basis`` is what it was planned on (None in files that are older than it), ``violations`` the limits that it breaks
    and ``waivers`` who lets which of them be. Of a line that was not planned but checked, ``checked`` says whose it is.
    """

    request: RouteRequest
    terrain: TerrainNote
    spacing_m: float
    east_m: Array
    north_m: Array
    elevation_m: Array
    longitude_deg: Array
    latitude_deg: Array
    segment_m: Array
    slope_deg: Array
    segment_s: Array
    terms: dict[str, Array]
    max_slope_deg: float
    cell_slope_deg: float
    waypoints_m: Array
    waypoints_deg: Array
    waypoint_s: Array
    driven_m: float | None = None
    timing: dict[str, Any] | None = None
    corridor_m: float | None = None
    basis: Basis | None = None
    violations: tuple[RouteViolation, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    checked: str = ""

    @property
    def cost(self) -> float:
        """The sum of all terms of all segments."""
        return math.fsum(value for values in self.terms.values() for value in values.tolist())

    @property
    def distance_m(self) -> float:
        """Along the ground."""
        return math.fsum(self.segment_m.tolist())

    @property
    def duration_s(self) -> float:
        """Driving, slipping, looking and turning, from the first heading on."""
        return math.fsum(self.segment_s.tolist())

    @property
    def drive_s(self) -> float:
        """What the line over the waypoints takes: driving, slipping, looking and turning, from the first heading on."""
        return float(self.waypoint_s[-1])

    @property
    def drive_m(self) -> float:
        """How long that line is over the ground; in files that are older than it, by the path's rises."""
        if self.driven_m is not None:
            return self.driven_m
        line = np.vstack(([self.east_m[0], self.north_m[0]], self.waypoints_m))
        path_m = float(np.hypot(np.diff(self.east_m), np.diff(self.north_m)).sum())
        line_m = float(np.hypot(*np.diff(line, axis=0).T).sum())
        return line_m * self.distance_m / path_m if path_m > 0.0 else 0.0

    @property
    def passing_s(self) -> Array:
        """When the vehicle is beside each point, seconds from departure: between waypoints by distance."""
        along = np.concatenate(([0.0], np.cumsum(self.segment_m)))
        cuts, seconds = [0], [0.0]
        for (east, north), at_s in zip(self.waypoints_m.tolist(), self.waypoint_s.tolist(), strict=True):
            away = np.hypot(self.east_m[cuts[-1] :] - east, self.north_m[cuts[-1] :] - north)
            cuts.append(cuts[-1] + int(away.argmin()))
            seconds.append(at_s)
        cuts[-1] = len(along) - 1
        # Where two waypoints are beside one point, it is passed with the later.
        last = np.append(np.diff(cuts) > 0, True)
        return np.asarray(np.interp(along, along[cuts][last], np.array(seconds)[last]))

    @property
    def goal_offset_m(self) -> float:
        """From the last point to the goal that was asked for."""
        return math.dist((self.east_m[-1], self.north_m[-1]), self.request.goal_m)

    @property
    def notes(self) -> list[str]:
        """What one must know before trusting the figures."""
        notes = []
        if self.checked:
            notes.append(f"checked, not planned: {self.checked}")
        if self.spacing_m < self.terrain.generated_below_m:
            notes.append(
                f"{self.terrain.label}: features under {self.terrain.generated_below_m:g} m are generated, not measured"
            )
        if len(self.segment_m) > _MANY_SEGMENTS:
            notes.append(f"{len(self.segment_m)} segments: a coarser --resolution gives fewer")
        if self.corridor_m is not None:
            notes.append(
                f"sought within {self.corridor_m:g} m of a route at a coarser spacing: the best of that corridor, "
                "which may cost a little more than the best of all"
            )
        if self.request.wants_sun and self.request.depart_ns is None:
            notes.append("the Sun is that of the mission's start; --depart gives another time")
        away_m = math.hypot(*self.request.start_m)
        if away_m > _FAR_M and (self.timing is not None or self.request.wants_sun):
            notes.append(f"Sun, night and contact are those of the site, {away_m / 1000.0:.0f} km from the start")
        return notes

    @property
    def sha256(self) -> str:
        """Hash of the document without it: JSON with sorted keys, no spaces, UTF-8."""
        text = json.dumps(self._document(), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def waypoints(self) -> list[Point]:
        """The points after the start that the vehicle is sent to, as one command can carry them.

        Raises
        ------
        InputError
            When they are more than a command can carry.
        """
        points = [(east, north) for east, north in self.waypoints_m.tolist()]
        if len(points) > ROUTE_MAX_WAYPOINTS:
            raise InputError(
                f"the route turns {len(points)} times, a command carries {ROUTE_MAX_WAYPOINTS} waypoints at most; "
                "plan it in parts or with a coarser --resolution"
            )
        return points

    def command(self) -> tuple[list[Point], str]:
        """The waypoints of the command that drives the route, and its comment: the route's hash and its waivers.

        Raises
        ------
        CommandRefusedError
            When a violation is not waived.
        InputError
            When there are more waypoints than a command can carry.
        """
        check_waived(self.violations, self.waivers)
        return self.waypoints(), command_comment(self.sha256, self.waivers)

    def waive(self, waivers: tuple[Waiver, ...]) -> "Route":
        """The same route, with more of its violations waived."""
        return replace(self, waivers=with_waivers(self.waivers, waivers))

    def to_json(self) -> dict[str, Any]:
        """The document of the command line."""
        return {**self._document(), "sha256": self.sha256}

    def to_geojson(self) -> str:
        """The route as a file's text; ``from_geojson`` gives the same route back."""
        return collection(self.to_json())

    def _document(self) -> dict[str, Any]:
        request = self.request
        points = np.stack((self.longitude_deg, self.latitude_deg, self.elevation_m), axis=1)
        names = list(self.terms)
        columns = zip(*(self.terms[name].tolist() for name in names), strict=True)
        segments = [
            {
                "distance_m": distance,
                "slope_deg": slope,
                "duration_s": seconds,
                "cost_terms": dict(zip(names, values, strict=True)),
            }
            for distance, slope, seconds, values in zip(
                self.segment_m.tolist(), self.slope_deg.tolist(), self.segment_s.tolist(), columns, strict=True
            )
        ]
        document = {
            "cost": self.cost,
            "cost_unit": UNITS[request.objective],
            "distance_m": self.distance_m,
            "duration_s": self.duration_s,
            "drive_s": self.drive_s,
            "max_slope_deg": self.max_slope_deg,
            "cell_slope_deg": self.cell_slope_deg,
            "spacing_m": self.spacing_m,
            "goal_offset_m": self.goal_offset_m,
            "terrain": {
                "label": self.terrain.label,
                "resolution_m": self.terrain.resolution_m,
                "generated_below_m": self.terrain.generated_below_m,
                **({} if self.basis is None else _sources(self.basis)),
            },
            "request": {
                "start_m": list(request.start_m),
                "goal_m": list(request.goal_m),
                "via_m": [list(point) for point in request.via_m],
                "objective": request.objective,
                "max_slope_deg": round(math.degrees(request.max_slope_rad), 9),
                "spacing_m": request.spacing_m,
                **_extras(request),
            },
            "notes": self.notes,
            "points": points.tolist(),
            "site_m": np.stack((self.east_m, self.north_m), axis=1).tolist(),
            "segments": segments,
            "waypoints": self.waypoints_deg.tolist(),
            "waypoints_m": self.waypoints_m.tolist(),
            "waypoint_s": self.waypoint_s.tolist(),
        }
        let = {waiver.violation: asdict(waiver) for waiver in self.waivers}
        optional: dict[str, Any] = {
            "drive_m": self.driven_m,
            "timing": self.timing,
            "corridor_m": self.corridor_m,
            "violations": [_violation(v, let) for v in self.violations] or None,
            "checked": self.checked or None,
        }
        if self.basis is not None:
            optional["body"] = {"name": self.basis.body, "radius_m": self.basis.body_radius_m}
            optional["vehicle"] = {"mission": self.basis.mission, "sha256": self.basis.vehicle_sha256}
        return document | {key: value for key, value in optional.items() if value is not None}


def _sources(basis: Basis) -> dict[str, Any]:
    return {"sources": [asdict(source) for source in basis.ground], "sha256": basis.ground_sha256}


def _violation(violation: RouteViolation, let: dict[str, dict[str, str]]) -> dict[str, Any]:
    content = asdict(violation) | {"segments": [violation.first, violation.last], "segment": violation.worst}
    content["site_m"] = list(content.pop("place_m"))
    for name in ("first", "last", "worst"):
        del content[name]
    return content | ({"waiver": let[violation.key]} if violation.key in let else {})


def _extras(request: RouteRequest) -> dict[str, Any]:
    """What a request asks for beyond the plain; absent where it does not, as in files that are older than it."""
    limits = {
        f"max_{name}_deg": round(math.degrees(limit), 9)
        for name, limit in (
            ("up", request.max_up_rad),
            ("down", request.max_down_rad),
            ("across", request.max_across_rad),
        )
        if limit is not None
    }
    zones = {
        key: [
            {"name": zone.name, "rings_m": [[list(corner) for corner in ring] for ring in zone.rings]} for zone in found
        ]
        for key, found in (("avoid", request.avoid), ("within", request.within))
        if found
    }  # fmt: skip
    others: dict[str, Any] = {}
    if request.weights:
        others["weights"] = dict(request.weights)
    if request.depart_ns is not None:
        others["depart"] = format_utc(request.depart_ns, 9)
    if request.need_contact:
        others["need_contact"] = True
    return {**limits, **zones, **others}


def from_geojson(text: str, name: str) -> Route:
    """The route in a GeoJSON document; ``name`` is the file that a message names.

    Raises
    ------
    InputError
        When it is no such document (naming the key), or its figures are not those that were hashed.
    """
    fields, sha256 = parse(text, name)
    route = Route(**fields)
    if sha256 != route.sha256:
        raise InputError(f"{name}: sha256: the route was changed after it was planned; plan it again")
    return route


def open_route(file: Path) -> Route:
    """The route of a file, wherever it was planned; ``basis.differences`` tells what is otherwise now.

    Raises
    ------
    InputError
        When the file cannot be read or is no route.
    """
    return from_geojson(text_of(file, MOST_CHARACTERS, "a route"), str(file))


def read_route(file: Path, mission: Mission) -> Route:
    """The route of a file, checked to stand on the mission's site.

    Raises
    ------
    InputError
        When the file cannot be read, is no route, or is one for another body or site.
    """
    route = open_route(file)
    if route.basis is not None:
        check_body(route.basis.body, mission, str(file))
    east, north = mission.site.to_site(route.longitude_deg, route.latitude_deg)
    away_m = float(np.hypot(east - route.east_m, north - route.north_m).max())
    if not away_m <= _SAME_PLACE_M:
        raise InputError(
            f"{file}: planned for another site: its points lie {away_m:.0f} m off in {mission.title}'s frame"
        )
    return route
