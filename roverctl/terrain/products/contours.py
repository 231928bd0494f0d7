"""Contour lines of a grid by marching squares.

A cell's four corners are above a level or not; the line crosses the edges between them, at the place that linear
interpolation gives (Lorensen and Cline 1987, in the plane). Saddles are joined as the mean of the corners decides.
"""

import math

import numpy as np
import numpy.typing as npt

from roverctl.terrain.source import Array

Polyline = npt.NDArray[np.float64]

# Steps of 1, 2, 5 times a power of ten.
_NICE = (1.0, 2.0, 5.0)


def interval_m(spacing_m: float) -> float:
    """Between contours on a map of that spacing: the largest of 1, 2, 5 times a power of ten that is not above it.

    Our choice: a slope of 10° then has a line every three to six nodes.
    """
    power = 10.0 ** math.floor(math.log10(spacing_m))
    return power * max(step for step in _NICE if step * power <= spacing_m * (1.0 + 1e-9))


def crossings(elevation_m: Array, level_m: float) -> Array:
    """The pieces of a contour, one or two in each cell that it passes: (pieces, 4) row, column, row, column.

    In grid units. Cells with a missing corner have none. A node at the level counts as above it.
    """
    sw, se = elevation_m[:-1, :-1] - level_m, elevation_m[:-1, 1:] - level_m
    nw, ne = elevation_m[1:, :-1] - level_m, elevation_m[1:, 1:] - level_m
    whole = ~np.isnan(sw + se + nw + ne)
    case = (sw >= 0.0) + 2 * (se >= 0.0) + 4 * (ne >= 0.0) + 8 * (nw >= 0.0)
    saddle_high = (sw + se + nw + ne) >= 0.0
    pieces = []
    for number, joins in _JOINS.items():
        here = whole & (case == number)
        if number in (5, 10):
            for high, saddle_joins in ((True, joins), (False, _JOINS_LOW[number])):
                pieces += _cut(here & (saddle_high == high), saddle_joins, sw, se, nw, ne)
        else:
            pieces += _cut(here, joins, sw, se, nw, ne)
    return np.concatenate(pieces) if pieces else np.empty((0, 4))


# Which edges are joined (S, E, N, W) by the corners that are above: 1 south-west, 2 south-east, 4 north-east, 8
# north-west; each with the higher ground on its right. Saddles: with the middle high, then low.
_JOINS = {
    1: ("WS",), 2: ("SE",), 3: ("WE",), 4: ("EN",), 5: ("ES", "WN"), 6: ("SN",), 7: ("WN",),
    8: ("NW",), 9: ("NS",), 10: ("SW", "NE"), 11: ("NE",), 12: ("EW",), 13: ("ES",), 14: ("SW",),
}  # fmt: skip
_JOINS_LOW = {5: ("WS", "EN"), 10: ("SE", "NW")}


def _cut(
    cells: npt.NDArray[np.bool_], joins: tuple[str, ...], sw: Array, se: Array, nw: Array, ne: Array
) -> list[Array]:  # fmt: skip
    at = np.nonzero(cells)
    if at[0].size == 0:
        return []
    a, b, c, d = sw[at], se[at], nw[at], ne[at]
    rows, columns = at[0].astype(np.float64), at[1].astype(np.float64)

    def on(edge: str) -> tuple[Array, Array]:
        if edge == "S":
            return rows, columns + a / (a - b)
        if edge == "N":
            return rows + 1.0, columns + c / (c - d)
        if edge == "W":
            return rows + a / (a - c), columns
        return rows + b / (b - d), columns + 1.0

    return [np.stack((*on(join[0]), *on(join[1])), axis=1) for join in joins]


def contour_lines(
    elevation_m: Array, level_m: float, east_m: float, north_m: float, spacing_m: float
) -> list[Polyline]:
    """Polylines (points, 2) of east and north, metres, along one level; a closed one ends where it begins.

    Node (0, 0) stands at (east_m, north_m), row 0 is the south. The higher ground lies to the right.
    """
    pieces = crossings(np.asarray(elevation_m, dtype=np.float64), level_m)
    ends: dict[tuple[float, float], list[int]] = {}
    for index, (row, column, _, _) in enumerate(pieces):
        ends.setdefault((row, column), []).append(index)
    starts_elsewhere = {(row, column) for _, _, row, column in pieces}
    lines: list[Polyline] = []
    # open lines first: from where no piece ends
    order = sorted(range(len(pieces)), key=lambda i: tuple(pieces[i, :2]) in starts_elsewhere)
    used = np.zeros(len(pieces), dtype=bool)
    for index in order:
        if used[index]:
            continue
        points = [tuple(pieces[index, :2])]
        following: int | None = index
        while following is not None:
            used[following] = True
            end = tuple(pieces[following, 2:])
            if end != points[-1]:
                points.append(end)
            following = next((i for i in ends.get(end, ()) if not used[i]), None)
        if len(points) > 1:
            rows, columns = np.array(points).T
            lines.append(np.stack((east_m + columns * spacing_m, north_m + rows * spacing_m), axis=1))
    return lines


def contour_map(elevation_m: Array, interval: float) -> npt.NDArray[np.float32]:
    """A picture of all contours: the level where a line passes within half a node of a node, NaN elsewhere.

    Takes one node more on each side than it answers for. A node carries a line where it is the nearer of two
    neighbours to a level between them.
    """
    z = np.asarray(elevation_m, dtype=np.float64)
    out = np.full((z.shape[0] - 2, z.shape[1] - 2), np.nan, dtype=np.float32)
    own = z[1:-1, 1:-1]
    level = np.rint(own / interval) * interval
    for i, j in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        other = z[1 + i : z.shape[0] - 1 + i, 1 + j : z.shape[1] - 1 + j]
        crossed = (own >= level) != (other >= level)
        nearer = np.abs(own - level) <= np.abs(other - level)
        mark = crossed & nearer & ~np.isnan(other) & ~np.isnan(own)
        out[mark] = level[mark]
    return out
