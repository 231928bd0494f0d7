"""Zones on the ground that a route stays out of, or within: polygons, rasterised with the vehicle's footprint."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Ring = tuple[tuple[float, float], ...]

MOST_CORNERS = 100_000  # of all zones of a file
_AT_ONCE = 512  # points, and edges, that are compared with each other at once


@dataclass(frozen=True, slots=True)
class Zone:
    """A named polygon: rings of (east, north) corners in site-frame metres, open, holes by the even-odd rule.

    Raises
    ------
    InputError
        For no ring, a ring of fewer than three corners, without area, or that crosses itself.
    """

    name: str
    rings: tuple[Ring, ...]

    def __post_init__(self) -> None:
        if not self.rings:
            raise InputError(f"{self.name}: the polygon is empty; give it three corners or more")
        for ring in self.rings:
            corners = np.array(ring, dtype=np.float64).reshape(-1, 2)
            if len(corners) < 3:
                raise InputError(f"{self.name}: a ring of {len(corners)} corners is no polygon; give it three or more")
            if not np.isfinite(corners).all():
                raise InputError(f"{self.name}: a corner is no number")
            crossing = _crossing(corners)
            if crossing is not None:
                raise InputError(
                    f"{self.name}: the polygon crosses itself, edge {crossing[0] + 1} with edge {crossing[1] + 1}; "
                    "give its corners in order"
                )
            east, north = (corners - corners[0]).T
            if abs(float(np.dot(east, np.roll(north, -1)) - np.dot(north, np.roll(east, -1)))) == 0.0:
                raise InputError(f"{self.name}: the polygon has no area")

    def away_m(self, east_m: float, north_m: float) -> float:
        """How far a point is from the box around the zone."""
        corners = np.array([corner for ring in self.rings for corner in ring])
        nearest = np.clip((east_m, north_m), corners.min(axis=0), corners.max(axis=0))
        return math.dist(nearest.tolist(), (east_m, north_m))


def _crossing(corners: Array) -> tuple[int, int] | None:
    """Two edges of a ring that meet elsewhere than at a corner they share; None where there are none.

    Edges are put into columns of the plane, so that each is compared with those near it alone.
    """
    count = len(corners)
    ends = np.roll(corners, -1, axis=0)
    low, high = np.minimum(corners[:, 0], ends[:, 0]), np.maximum(corners[:, 0], ends[:, 0])
    order = np.argsort(low, kind="stable")
    starts = low[order]
    for place, i in enumerate(order.tolist()):
        last = int(np.searchsorted(starts, high[i], side="right"))
        others = order[place + 1 : last]
        others = others[(others != (i + 1) % count) & (others != (i - 1) % count)]
        if not others.size:
            continue
        a, b = corners[i], ends[i]
        c, d = corners[others], ends[others]
        sides = _side(a, b, c) * _side(a, b, d) <= 0.0
        sides &= _side(c, d, a) * _side(c, d, b) <= 0.0
        sides &= np.maximum(c[:, 1], d[:, 1]) >= min(a[1], b[1])
        sides &= np.minimum(c[:, 1], d[:, 1]) <= max(a[1], b[1])
        if sides.any():
            return i, int(others[sides.argmax()])
    return None


def _side(a: Array, b: Array, c: Array) -> Array:
    """Which side of the line from ``a`` to ``b`` a point ``c`` lies on, by the sign."""
    return np.asarray(
        np.sign((b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0]))
    )


def covered(zone: Zone, east_m: float, north_m: float, spacing_m: float, width: int, height: int) -> Mask:
    """Nodes of a grid (row 0 in the south) that lie inside a zone, [height, width]."""
    rings = [(np.array(ring) - (east_m, north_m)) / spacing_m for ring in zone.rings]
    begin = np.concatenate(rings)
    end = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    inside = np.zeros((height, width), dtype=np.bool_)
    first = max(0, math.ceil(begin[:, 1].min()))
    last = min(height - 1, math.floor(begin[:, 1].max()))
    for row in range(first, last + 1):
        cut = (begin[:, 1] <= row) != (end[:, 1] <= row)
        a, b = begin[cut], end[cut]
        places = np.sort(a[:, 0] + (row - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1]))
        for west, east in zip(places[::2].tolist(), places[1::2].tolist(), strict=True):
            if east >= 0.0 and west <= width - 1:
                inside[row, max(0, math.ceil(west)) : math.floor(min(east, width - 1)) + 1] = True
    return inside


def near_outline(
    zone: Zone, reach_m: float, east_m: float, north_m: float, spacing_m: float, width: int, height: int
) -> Mask:
    """Nodes of a grid within ``reach_m`` of a zone's outline, [height, width]."""
    reach = reach_m / spacing_m
    near = np.zeros((height, width), dtype=np.bool_)
    for ring in zone.rings:
        corners = (np.array(ring) - (east_m, north_m)) / spacing_m
        for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            parts = max(1, math.ceil(float(np.abs(b - a).max()) / 64.0))
            for k in range(parts):
                _mark_near(near, a + (b - a) * k / parts, a + (b - a) * (k + 1) / parts, reach)
    return near


def _mark_near(near: Mask, a: Array, b: Array, reach: float) -> None:
    """Mark the nodes within ``reach`` of the straight line from ``a`` to ``b`` (column, row)."""
    height, width = near.shape
    west, south = np.minimum(a, b) - reach
    east, north = np.maximum(a, b) + reach
    if east < 0.0 or north < 0.0 or west > width - 1 or south > height - 1:
        return
    columns = np.arange(max(0, math.ceil(west)), math.floor(min(east, width - 1)) + 1)
    rows = np.arange(max(0, math.ceil(south)), math.floor(min(north, height - 1)) + 1)
    if not (rows.size and columns.size):
        return
    along = b - a
    square = float(along @ along)
    x, y = columns[np.newaxis] - a[0], rows[:, np.newaxis] - a[1]
    part = np.clip((x * along[0] + y * along[1]) / square, 0.0, 1.0) if square > 0.0 else 0.0
    close = (x - part * along[0]) ** 2 + (y - part * along[1]) ** 2 <= reach * reach
    near[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] |= close


def reached_by(zone: Zone, reach_m: float, east_m: Array, north_m: Array) -> tuple[Mask, Mask]:
    """Of the n points of a line: which lie inside a zone, and which within ``reach_m`` of its outline.

    Where the line crosses the outline between two points, both count as near it.
    """
    begin = np.concatenate([np.array(ring) for ring in zone.rings])
    end = np.concatenate([np.roll(np.array(ring), -1, axis=0) for ring in zone.rings])
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    points = np.stack((east_m, north_m), axis=1)
    inside, near = np.zeros(len(points), dtype=np.bool_), np.zeros(len(points), dtype=np.bool_)
    for first in range(0, len(points), _AT_ONCE):
        # With the point that follows, for the step to it. Neighbours on a line are neighbours on the ground.
        some = points[first : first + _AT_ONCE + 1]
        least, most = some.min(axis=0) - reach_m, some.max(axis=0) + reach_m
        beside = (low[:, 1] <= most[1]) & (high[:, 1] >= least[1]) & (high[:, 0] >= least[0])
        part = slice(first, first + len(some))
        for edges in np.array_split(np.flatnonzero(beside), 1 + np.count_nonzero(beside) // _AT_ONCE):
            a, b = begin[edges], end[edges]
            inside[first : first + _AT_ONCE] ^= _crossings(a, b, some[:_AT_ONCE])
            close = edges[low[edges, 0] <= most[0]]
            near[part] |= _within(begin[close], end[close], some, reach_m)
    return inside, near


def _crossings(a: Array, b: Array, points: Array) -> Mask:
    """Whether a ray eastwards from each point crosses the edges an odd number of times."""
    x, y = points[:, :1], points[:, 1:]
    cut = (a[:, 1] <= y) != (b[:, 1] <= y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
    return np.asarray((cut & (at > x)).sum(axis=1) % 2 == 1)


def _within(a: Array, b: Array, points: Array, reach_m: float) -> Mask:
    """Points within reach of an edge, and those that a step of the line which crosses one begins or ends at."""
    along = b - a
    square = np.maximum((along * along).sum(axis=1), 1e-300)
    away = points[:, np.newaxis] - a
    part = np.clip((away * along).sum(axis=2) / square, 0.0, 1.0)
    gap = away - part[..., np.newaxis] * along
    found = ((gap * gap).sum(axis=2) < reach_m * reach_m).any(axis=1)
    c, d = points[:-1, np.newaxis], points[1:, np.newaxis]
    crossed = (_side(a, b, c) * _side(a, b, d) < 0.0) & (_side(c, d, a) * _side(c, d, b) <= 0.0)
    steps = crossed.any(axis=1)
    found[:-1] |= steps
    found[1:] |= steps
    return np.asarray(found)
