"""A route cut at its waypoints, or at the stops of its draft: distances, times, slopes of the parts."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from roverctl.session.api.draft import Draft
from roverctl.session.api.traverse import RouteView
from roverctl.session.api.values import Place


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a route, in sums; slope is the steepest, with its sign. ``first`` and ``last`` are its points."""

    first: int
    last: int
    distance_m: float
    duration_s: float
    slope_deg: float
    climb_m: float


def cuts_at(route: RouteView, places: Iterable[Place]) -> list[int]:
    """The points nearest to places that come in this order, each not before the last; the route's ends beside them."""
    cuts = [0]
    for east, north in places:
        apart = np.hypot(route.east_m[cuts[-1] :] - east, route.north_m[cuts[-1] :] - north)
        cuts.append(cuts[-1] + int(apart.argmin()))
    return [*cuts, len(route.along_m) - 1]


def legs(route: RouteView) -> list[Leg]:
    """From waypoint to waypoint of the command."""
    return _parts(route, cuts_at(route, route.waypoints[:-1]))


def stop_legs(route: RouteView, draft: Draft) -> list[Leg]:
    """From stop to stop, one for each; of a draft that the route does not answer yet, as good as that goes."""
    return _parts(route, cuts_at(route, draft.via_m))


def stop_after(route: RouteView, draft: Draft, along_m: float) -> int:
    """The number of the stop that a point of the route leads to."""
    cuts = cuts_at(route, draft.via_m)
    ends = route.along_m[cuts[1:]]
    return min(int(np.searchsorted(ends, along_m, side="left")), max(len(draft.stops) - 1, 0))


def leg_at(route: RouteView, along_m: float) -> int:
    """The number of the leg between waypoints at a distance along the route."""
    found = legs(route)
    ends = [float(route.along_m[leg.last]) for leg in found]
    return min(int(np.searchsorted(ends, along_m, side="left")), len(found) - 1)


def _parts(route: RouteView, cuts: list[int]) -> list[Leg]:
    result = []
    for a, b in itertools.pairwise(cuts):
        slopes = route.slope_deg[a:b]
        result.append(
            Leg(
                a,
                b,
                float(route.along_m[b] - route.along_m[a]),
                float(route.seconds[b] - route.seconds[a]),
                float(slopes[np.abs(slopes).argmax()]) if b > a else 0.0,
                float(route.elevation_m[b] - route.elevation_m[a]),
            )
        )
    return result
