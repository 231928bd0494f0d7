"""The order of stops that costs least: exact for few stops, else improved until no reversal of a part helps."""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InfeasibleError
from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain
from roverctl.traverse.planner import plan_field
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.search.field import ground_field

Array = npt.NDArray[np.float64]

MOST_EXACT = 9  # stops between start and goal: 9² · 2⁹ steps


@dataclass(frozen=True, slots=True)
class Ordered:
    """A request with its via points in the best order found: numbers of the given ones, what it costs, and how."""

    request: RouteRequest
    order: tuple[int, ...]
    cost: float
    cost_as_given: float
    method: str  # "exact", or "2-opt" where that was needed


def ordered(terrain: Terrain, mission: Mission, request: RouteRequest) -> Ordered:
    """Order the via points of a request between its start and its goal, which stay.

    Costs between stops are those of the fields from each, which differ by direction. Up to ``MOST_EXACT`` via points
    the order is the best (dynamic programming, Held and Karp 1962); beyond, it is the nearest next each time, improved
    by 2-opt.

    Raises
    ------
    InfeasibleError
        Where no order of the stops has a way.
    """
    costs = _between(terrain, mission, replace(request, depart_ns=None))
    count = len(request.via_m)
    given = tuple(range(count))
    if count <= MOST_EXACT:
        order, method = _exact(costs), "exact"
    else:
        order, method = _two_opt(costs, _nearest_next(costs)), "2-opt"
    cost = _length(costs, order)
    if not math.isfinite(cost):
        raise InfeasibleError(
            f"no order of the {count} stops has a route; plan without --order to see what is in the way"
        )
    request = replace(request, via_m=tuple(request.via_m[i] for i in order))
    return Ordered(request, order, cost, _length(costs, given), method)


def ordered_around(terrain: Terrain, mission: Mission, request: RouteRequest, locked: frozenset[int]) -> Ordered:
    """The same, ``locked`` via points staying where they are: each run between them is ordered for itself. The costs
    are those of the runs that have a choice.

    Raises
    ------
    InfeasibleError
        As ``ordered``.
    """
    if not locked:
        return ordered(terrain, mission, request)
    stops, order = request.stops_m, []
    cost = as_given = 0.0
    methods = {"exact"}
    for before, end in itertools.pairwise([-1, *sorted(locked), len(request.via_m)]):
        run = list(range(before + 1, end))
        if len(run) > 1:
            part = replace(
                request, start_m=stops[before + 1], goal_m=stops[end + 1], via_m=tuple(request.via_m[i] for i in run)
            )
            best = ordered(terrain, mission, part)
            run = [run[i] for i in best.order]
            cost, as_given = cost + best.cost, as_given + best.cost_as_given
            methods.add(best.method)
        order += [*run, *([end] if end < len(request.via_m) else [])]
    request = replace(request, via_m=tuple(request.via_m[i] for i in order))
    return Ordered(request, tuple(order), cost, as_given, max(methods, key=("exact", "2-opt").index))


def _between(terrain: Terrain, mission: Mission, request: RouteRequest) -> Array:
    """Costs [n, n] from stop to stop: start, via points, goal."""
    # A plan over all stops as they are surveys their ground, and says what is wrong with a stop.
    field = plan_field(terrain, mission, request)
    ground = field.ground
    cells = [ground.box.cell(point) for point in request.stops_m]
    costs = np.full((len(cells), len(cells)), math.inf)
    for i, begin in enumerate(cells[:-1]):
        reached = ground_field(
            ground.elevation_m, ground.base_m, ground.price, ground.free, ground.box.spacing_m, field.model, begin
        )
        costs[i] = [reached.cost_to(end) for end in cells]
    return costs


def _length(costs: Array, order: tuple[int, ...]) -> float:
    stops = [0, *(i + 1 for i in order), len(costs) - 1]
    return float(sum(costs[a, b] for a, b in itertools.pairwise(stops)))


def _exact(costs: Array) -> tuple[int, ...]:
    """The best order: the least cost to have seen a set of stops and stand at one of them, set by set."""
    count = len(costs) - 2
    if count == 0:
        return ()
    best = np.full((1 << count, count), math.inf)
    come = np.full((1 << count, count), -1)
    for i in range(count):
        best[1 << i, i] = costs[0, i + 1]
    for seen in range(1, 1 << count):
        for last in range(count):
            if not math.isfinite(best[seen, last]):
                continue
            for then in range(count):
                if seen >> then & 1:
                    continue
                cost = best[seen, last] + costs[last + 1, then + 1]
                if cost < best[seen | 1 << then, then]:
                    best[seen | 1 << then, then] = cost
                    come[seen | 1 << then, then] = last
    seen = (1 << count) - 1
    last = int((best[seen] + costs[1:-1, -1]).argmin())
    order = []
    while last >= 0:
        order.append(last)
        seen, last = seen & ~(1 << last), int(come[seen, last])
    return tuple(order[::-1]) if len(order) == count else tuple(range(count))


def _nearest_next(costs: Array) -> tuple[int, ...]:
    left = set(range(len(costs) - 2))
    order: list[int] = []
    at = 0
    while left:
        then = min(left, key=lambda i: (costs[at, i + 1], i))
        order.append(then)
        left.remove(then)
        at = then + 1
    return tuple(order)


def _two_opt(costs: Array, order: tuple[int, ...]) -> tuple[int, ...]:
    """Reverse parts of the order as long as that helps."""
    best, cost = order, _length(costs, order)
    improved = True
    while improved:
        improved = False
        for i, j in itertools.combinations(range(len(best) + 1), 2):
            tried = best[:i] + best[i:j][::-1] + best[j:]
            length = _length(costs, tried)
            if length < cost - 1e-9:
                best, cost, improved = tried, length, True
    return best
