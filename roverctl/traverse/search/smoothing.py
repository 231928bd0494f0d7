"""The line that the vehicle is told to follow: straight legs at any angle between points of the grid's path.

The legs are chosen by dynamic programming over pairs of path points: the sum of what the legs cost on the ground, of
the turns between them and of sending each waypoint is the least. A leg is taken where

- the four nodes around each of its points are free (on a grid line, the two), the grid's own rule against cut corners,
  so that no cell that it touches is in a hazard and it keeps the distance that ``Ground.free`` keeps;
- the step between samples, half a cell apart at most, holds the limits up, down and across on both surfaces;
- it costs at most ``DEARER`` times what the path costs between the same points.

Straight steps of the path itself are always taken: the search allowed them, at the cost that it gave them.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel
from roverctl.mission.profile import Mission
from roverctl.traverse.costs import CostModel
from roverctl.traverse.ground import Ground, Mask
from roverctl.traverse.request import Point
from roverctl.traverse.search.edges import over_ground

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# Smoothing climbs into no hazard that the search went around: a leg may cost this part more than the path, for what
# its corners take. A choice.
DEARER = 1.05
# The longest leg: 60 m or 400 cells, whichever is longer. It bounds the work, and what an error of heading becomes.
MOST_LEG_M = 60.0
MOST_LEG_CELLS = 400
# Every pair of points is tried up to as many steps apart as about this many samples in all allow (measured: 0.1 µs
# each), at least 16; pairs further apart are tried between posts, spread so that they take as many samples again.
_SAMPLES = 2e6
_NEAR_LEAST = 16
# A waypoint takes 8 bytes of the command at most, two 4-byte steps.
_WAYPOINT_BITS = 64.0
_ON_NODE = 1e-9  # cells
_NO_LIMITS = np.full(3, np.inf)


@dataclass(frozen=True, slots=True)
class SmoothLine:
    """Waypoints [k, 2] (east, north) after the start, and when the vehicle is there, seconds from departure.

    ``waypoint_s`` counts driving, slip, looks between steps, and turning on the spot from the first heading on.
    """

    waypoints_m: Array
    waypoint_s: Array


def smoothed(
    mission: Mission, ground: Ground, model: CostModel, timed: CostModel, cells: Indices, cost: Array,
    stops: list[int], goal_m: Point,
) -> SmoothLine:  # fmt: skip
    """Smooth a path over ``ground``.

    Parameters
    ----------
    model, timed
        What legs are weighed by, and the model of objective ``time`` that the clock goes by.
    cells, cost
        The path's nodes [n, 2] (row, column) and the cost of its n - 1 steps in the unit of ``model``.
    stops
        Path points that stay: via points, in order.
    goal_m
        Where the line ends, (east, north), if a leg there is free; else at the path's last node.
    """
    box = ground.box
    along = np.concatenate(([0.0], np.cumsum(cost)))
    place = cells[:, ::-1].astype(np.float64)  # column, row
    goal = np.array(((goal_m[0] - box.east_m) / box.spacing_m, (goal_m[1] - box.north_m) / box.spacing_m))
    exact = False
    if not np.array_equal(goal, place[-1]):
        tail = _leg(ground, model, place[-1], goal)
        exact = math.isfinite(tail)
        if exact:
            place = np.concatenate((place, goal[np.newaxis]))
            along = np.append(along, along[-1] + tail)
    count = len(place)
    kept = np.zeros(count, dtype=np.bool_)
    kept[stops] = True
    kept[[0, -1]] = True
    reach = max(MOST_LEG_CELLS, math.ceil(MOST_LEG_M / box.spacing_m))
    near = int(min(max(math.sqrt(_SAMPLES / count), _NEAR_LEAST), reach))
    per_rad = model.second / mission.vehicle.turn_rate_rad_s
    per_point = model.second * _WAYPOINT_BITS / mission.link.forward_rate_bit_s
    chosen = _choose(
        ground.elevation_m, ground.base_m, ground.base_m is not ground.elevation_m, ground.price, ground.free,
        box.spacing_m, model.rates, model.limits, model.slip_slope_rad, model.slip,
        place, along, kept, near, reach, math.ceil(reach / near), per_rad, per_point,
    )  # fmt: skip
    line = place[chosen]
    waypoints = np.array([box.east_m, box.north_m]) + line[1:] * box.spacing_m
    if exact:
        waypoints[-1] = goal_m
    return SmoothLine(waypoints, _seconds(mission, ground, timed, line))


def _leg(ground: Ground, model: CostModel, begin: Array, end: Array) -> float:
    """Cost of a straight leg between (column, row)s, infinite where it must not be taken."""
    if not _is_clear(ground.free, begin[0], begin[1], end[0], end[1]):
        return math.inf
    return _along(
        ground.elevation_m, ground.base_m, ground.base_m is not ground.elevation_m, ground.price, 1.0,
        ground.box.spacing_m, model.rates, model.limits, model.slip_slope_rad, model.slip,
        begin[0], begin[1], end[0], end[1], math.inf,
    )  # fmt: skip


def _seconds(mission: Mission, ground: Ground, timed: CostModel, line: Array) -> Array:
    """When the vehicle is at each point but the first; the hazard's price is no time that passes."""
    leg_s = [
        _along(
            ground.elevation_m, ground.base_m, False, ground.price, 0.0,
            ground.box.spacing_m, timed.rates, _NO_LIMITS, timed.slip_slope_rad, timed.slip,
            begin[0], begin[1], end[0], end[1], math.inf,
        )
        for begin, end in itertools.pairwise(line)
    ]  # fmt: skip
    east, north = np.diff(line, axis=0).T
    turns = np.abs(np.angle(np.exp(1j * np.diff(np.arctan2(east, north)))))
    return np.cumsum(leg_s + np.concatenate(([0.0], turns / mission.vehicle.turn_rate_rad_s)))


@kernel
def _snapped(x: float) -> float:
    """``x``, or the whole number that it misses by rounding."""
    whole = np.floor(x + 0.5)
    return float(whole if abs(x - whole) < _ON_NODE else x)


@kernel
def _at(grid: Array, x: float, y: float) -> float:
    """Bilinear at column ``x`` and row ``y``; nodes without weight are not asked."""
    c, r = int(x), int(y)
    u, v = x - c, y - r
    value = grid[r, c]
    if u > 0.0:
        value += u * (grid[r, c + 1] - value)
    if v > 0.0:
        above = grid[r + 1, c]
        if u > 0.0:
            above += u * (grid[r + 1, c + 1] - above)
        value += v * (above - value)
    return float(value)


@kernel
def _is_clear(free: Mask, x0: float, y0: float, x1: float, y1: float) -> bool:
    """Whether the corners of every square between nodes that a leg crosses are free."""
    height, width = free.shape
    if x1 < x0:
        x0, y0, x1, y1 = x1, y1, x0, y0
    first, last = int(np.floor(x0)), int(np.ceil(x1))
    if first < 0 or last >= width or min(y0, y1) < 0.0 or max(y0, y1) > height - 1:
        return False
    for c in range(first, max(last, first + 1)):
        # Where the leg enters and leaves this column of squares.
        enter, leave = y0, y1
        if x1 > x0:
            enter = y0 + (y1 - y0) * (max(x0, float(c)) - x0) / (x1 - x0)
            leave = y0 + (y1 - y0) * (min(x1, c + 1.0) - x0) / (x1 - x0)
        low = int(np.floor(_snapped(min(enter, leave))))
        high = int(np.ceil(_snapped(max(enter, leave))))
        for r in range(low, high + 1):
            if not free[r, c]:
                return False
            if last > first and not free[r, c + 1]:
                return False
    return True


@kernel
def _across(grid: Array, x: float, y: float, u: float, v: float, spacing: float) -> float:
    """The slope at a point across the unit direction (u, v), rise over run, between the points a cell to each side."""
    height, width = grid.shape
    left_x, left_y = min(max(x - v, 0.0), width - 1.0), min(max(y + u, 0.0), height - 1.0)
    right_x, right_y = min(max(x + v, 0.0), width - 1.0), min(max(y - u, 0.0), height - 1.0)
    run = spacing * np.hypot(left_x - right_x, left_y - right_y)
    return float((_at(grid, left_x, left_y) - _at(grid, right_x, right_y)) / run)


@kernel
def _along(
    z: Array, base: Array, two_surfaces: bool, price: Array, price_share: float, spacing: float,
    rates: Array, limits: Array, slopes: Array, slips: Array,
    x0: float, y0: float, x1: float, y1: float, most: float,
) -> float:  # fmt: skip
    """Cost of a leg summed over samples half a cell apart or less, infinite past a limit or ``most``."""
    length = np.hypot(x1 - x0, y1 - y0)
    # A leg of whole cells has its samples on the nodes, whatever the last bit of its length.
    steps = max(1, int(np.ceil(2.0 * length - _ON_NODE)))
    plan = spacing * length / steps
    cost = 0.0
    z_before = _at(z, x0, y0)
    base_before = _at(base, x0, y0)
    price_before = _at(price, x0, y0)
    for k in range(1, steps + 1):
        x, y = _snapped(x0 + (x1 - x0) * k / steps), _snapped(y0 + (y1 - y0) * k / steps)
        z_here = _at(z, x, y)
        price_here = _at(price, x, y)
        rise = z_here - z_before
        if not -plan * limits[1] <= rise <= plan * limits[0]:
            return np.inf
        if not np.isinf(limits[2]):
            u, v = (x1 - x0) / length, (y1 - y0) / length
            if not abs(_across(z, x, y, u, v, spacing)) <= limits[2]:
                return np.inf
            if two_surfaces and not abs(_across(base, x, y, u, v, spacing)) <= limits[2]:
                return np.inf
        if two_surfaces:
            base_here = _at(base, x, y)
            if not -plan * limits[1] <= base_here - base_before <= plan * limits[0]:
                return np.inf
            base_before = base_here
        cost += over_ground(plan, rise, rates, slopes, slips)
        cost += price_share * plan * 0.5 * (price_before + price_here)
        if cost > most:
            return np.inf
        z_before, price_before = z_here, price_here
    return cost


@kernel
def _choose(
    z: Array, base: Array, two_surfaces: bool, price: Array, free: Mask, spacing: float,
    rates: Array, limits: Array, slopes: Array, slips: Array,
    place: Array, along: Array, kept: Mask, near: int, reach: int, posts: int, per_rad: float, per_point: float,
) -> Indices:  # fmt: skip
    """Numbers of the points of the best line, first to last.

    The state is a leg, not a point, since the price of a turn needs the leg before: ``total`` is the best way that ends
    with a leg, ``before`` the leg before it; legs that end at one point are chained from ``ending``.
    """
    count = len(place)
    most_legs = count * (min(near, count) + reach // posts + 4)
    tail = np.empty(most_legs, dtype=np.int32)
    heading = np.empty(most_legs)
    total = np.empty(most_legs)
    before = np.empty(most_legs, dtype=np.int32)
    chain = np.empty(most_legs, dtype=np.int32)
    ending = np.full(count, -1, dtype=np.int32)
    legs = 0
    stop = 0
    for i in range(count - 1):
        if i == stop:
            stop += 1
            while not kept[stop]:
                stop += 1
        straight = True
        for j in range(i + 1, min(stop, i + reach) + 1):
            x, y = place[j, 0] - place[i, 0], place[j, 1] - place[i, 1]
            if straight and j > i + 1:
                straight = (
                    place[j, 0] - place[j - 1, 0] == place[i + 1, 0] - place[i, 0]
                    and place[j, 1] - place[j - 1, 1] == place[i + 1, 1] - place[i, 1]
                )
            if j - i > near and not (
                (i % posts == 0 or kept[i]) and (j % posts == 0 or kept[j])
            ):  # fmt: skip
                continue
            if np.hypot(x, y) > reach or (x == 0.0 and y == 0.0):
                continue
            of_path = along[j] - along[i]
            cost = np.inf
            if _is_clear(free, place[i, 0], place[i, 1], place[j, 0], place[j, 1]):
                cost = _along(
                    z, base, two_surfaces, price, 1.0, spacing, rates, limits, slopes, slips,
                    place[i, 0], place[i, 1], place[j, 0], place[j, 1], DEARER * of_path,
                )  # fmt: skip
            if np.isinf(cost):
                if not straight:
                    continue
                cost = of_path
            angle = np.arctan2(x, y)
            best = 0.0 if i == 0 else np.inf
            come = -1
            leg = ending[i]
            while leg >= 0:
                turn = abs(angle - heading[leg])
                reached = total[leg] + per_rad * min(turn, 2.0 * np.pi - turn)
                if reached < best:
                    best, come = reached, leg
                leg = chain[leg]
            if np.isinf(best):
                continue
            tail[legs], heading[legs], before[legs] = i, angle, come
            total[legs] = best + cost + per_point
            chain[legs] = ending[j]
            ending[j] = legs
            legs += 1
    leg = ending[count - 1]
    last = leg
    while leg >= 0:
        if total[leg] < total[last]:
            last = leg
        leg = chain[leg]
    backwards = [count - 1]
    while last >= 0:
        backwards.append(int(tail[last]))
        last = before[last]
    return np.array(backwards[::-1], dtype=np.int64)
