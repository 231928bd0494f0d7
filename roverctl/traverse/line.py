"""The line that a vehicle is told to follow, on the ground that routes are searched on: one sampling for all figures.

Heights between nodes are bilinear. A leg from node to node along the grid or its diagonals is sampled at its nodes, as
the search steps; any other at points half a cell apart at most, as smoothing tries its legs. So what a plan kept, a
check of its line keeps, and both tell the same figures.
"""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain
from roverctl.traverse.costs import CostModel
from roverctl.traverse.ground import Box, Ground, survey
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.search.corridor import REACHES, corridor_blocks, survey_blocks
from roverctl.traverse.search.field import Cell
from roverctl.vehicle.motions import turning_s

Array = npt.NDArray[np.float64]
Values = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]

_WHOLE_CELLS = 250_000  # a box of so many is surveyed at once, a larger one in blocks along the line. Our choice
_ON_NODE = 1e-6  # cells: well above what longitude and latitude make of a node, well below what slopes feel
_LITTLE = 1e-9  # radians: what rounding makes of a limit that is just kept
_RIM = 4  # cells around a line that figures reach for, beside the vehicle's half width


@dataclass(frozen=True, slots=True, eq=False)
class LineOnGround:
    """n samples of a line and the n - 1 pieces between them; site metres, radians.

    ``vertex`` are the samples at which its vertices stand. ``elevation_m`` and ``base_m`` (the ground without generated
    detail) are NaN without data. ``price`` is the hazard's per plan metre, that at the limit where it is steeper,
    ``rough_s_m`` what rough ground adds to one, and ``shade`` the part of time in shadow; each 0 where it does not
    count. ``tilt_east`` and ``tilt_north`` are the gradient at the nearest node, ``cell``, where one side has no data
    that of the other.

    Of each piece: ``run_m`` in the plan, ``up_rad`` and ``down_rad`` the steeper rise and fall of both surfaces,
    ``across_rad`` (rising to the right) of the ground and ``aside_rad`` the steeper of both without a sign,
    ``cell_slope_rad`` the steepest node around it (NaN where one has no data), ``free`` whether all those may be
    entered.
    """

    vertex: Indices
    cell: Indices
    east_m: Array
    north_m: Array
    elevation_m: Array
    base_m: Array
    price: Array
    rough_s_m: Array
    shade: Array
    tilt_east: Array
    tilt_north: Array
    run_m: Array
    up_rad: Array
    down_rad: Array
    across_rad: Array
    aside_rad: Array
    cell_slope_rad: Array
    free: Mask

    @property
    def ground_m(self) -> Array:
        """Each piece's length over the ground."""
        return np.asarray(np.hypot(self.run_m, np.diff(self.elevation_m)))

    @property
    def slope_rad(self) -> Array:
        """The slope along each piece, uphill positive."""
        return np.asarray(np.arctan2(np.diff(self.elevation_m), self.run_m))

    @property
    def length_m(self) -> float:
        """Over the ground."""
        return math.fsum(self.ground_m.tolist())

    @property
    def max_slope_deg(self) -> float:
        """The steepest piece, up or down."""
        return float(np.degrees(np.abs(self.slope_rad).max()))

    @property
    def cell_slope_deg(self) -> float:
        """The steepest node around the line."""
        return float(np.degrees(np.nanmax(self.cell_slope_rad)))

    def seconds(self, clock: CostModel, turn_rate_rad_s: float) -> Array:
        """What each piece takes by the model of objective ``time``, and the turn before it."""
        still = np.zeros_like(self.run_m)
        timed = clock.terms(self.run_m, np.diff(self.elevation_m), still, still, 0.0, _means(self.rough_s_m))
        heading = np.arctan2(np.diff(self.east_m), np.diff(self.north_m))
        still_s = np.concatenate(([0.0], turning_s(np.diff(heading), turn_rate_rad_s)))
        return np.asarray(timed["drive"] + timed["slip"] + timed["look"] + timed["rough"] + still_s)

    def terms(self, model: CostModel) -> dict[str, Array]:
        """What each piece costs, by name."""
        return model.terms(
            self.run_m, np.diff(self.elevation_m), self.price[:-1], self.price[1:],
            _means(self.shade), _means(self.rough_s_m),
        )  # fmt: skip

    def directed(self, model: CostModel) -> list[tuple[str, Array, float, Mask]]:
        """The limits that hold for a direction: the kind, each piece's value, the limit, and which pieces break it."""
        rows = [("climb", self.up_rad, model.max_up_rad), ("descent", self.down_rad, model.max_down_rad)]
        if model.max_across_rad < model.max_slope_rad:
            rows.append(("cross slope", self.aside_rad, model.max_across_rad))
        return [(kind, value, limit, value > limit + _LITTLE) for kind, value, limit in rows]

    def most_beside(self, ground: Ground, grid: Values, reach_m: float, pieces: Mask) -> Array:
        """What closes the nodes around ``pieces``: the most of a grid within ``reach_m`` of one; 0 for other pieces."""
        out = np.zeros(len(pieces))
        if pieces.any():
            row, column = self._nodes(ground, np.flatnonzero(pieces))
            number, of = np.unique(row * ground.box.width + column, return_inverse=True)
            cells = np.stack(np.divmod(number, ground.box.width), axis=1)
            near = most_near(grid, cells, reach_m / ground.box.spacing_m)
            most = np.where(ground.free[cells[:, 0], cells[:, 1]], 0.0, near)
            out[pieces] = most[of].reshape(row.shape).max(axis=0)
        return out

    def closed_node(self, ground: Ground, piece: int) -> Cell:
        """The first of the nodes around a piece that is not free."""
        row, column = (nodes[:, 0] for nodes in self._nodes(ground, np.array([piece])))
        first = int(np.flatnonzero(~ground.free[row, column])[0])
        return int(row[first]), int(column[first])

    def _nodes(self, ground: Ground, pieces: Indices) -> tuple[Indices, Indices]:
        """Rows and columns [12, n] of the nodes around the begin, the middle and the end of pieces."""
        box = ground.box
        x = _snapped((self.east_m - box.east_m) / box.spacing_m)
        y = _snapped((self.north_m - box.north_m) / box.spacing_m)
        after = pieces + 1
        middle = 0.5 * (x[pieces] + x[after]), 0.5 * (y[pieces] + y[after])
        at = [_corners(*place) for place in ((x[pieces], y[pieces]), middle, (x[after], y[after]))]
        nodes = [(row, column) for corners in at for _, row, column in corners]
        return np.array([row for row, _ in nodes]), np.array([column for _, column in nodes])


def most_near(grid: Values, cells: Indices, reach: float) -> Array:
    """The most that a grid has within ``reach`` nodes of each of ``cells`` [n, 2]; 0 where there are no data."""
    height, width = grid.shape
    row, column = cells.T
    found = np.zeros(len(row))
    whole = math.floor(reach)
    for i in range(-whole, whole + 1):
        for j in range(-whole, whole + 1):
            if i * i + j * j <= reach * reach:
                r, c = np.clip(row + i, 0, height - 1), np.clip(column + j, 0, width - 1)
                found = np.fmax(found, grid[r, c])
    return found


def ground_under(
    terrain: Terrain, mission: Mission, model: CostModel, request: RouteRequest, vertices_m: Array, spacing_m: float
) -> Ground:
    """The ground around a line at a spacing; its first vertex is a node, as a plan's start is. Zones are left out.

    Raises
    ------
    InputError
        When it has more cells than a search can have.
    """
    rim = math.ceil(0.5 * mission.vehicle.width_m / spacing_m) + _RIM
    first = vertices_m[0]
    low = np.ceil((first - vertices_m.min(axis=0)) / spacing_m).astype(np.int64) + rim
    high = np.ceil((vertices_m.max(axis=0) - first) / spacing_m).astype(np.int64) + rim
    west, south = low.tolist()
    width, height = (low + high + 1).tolist()
    box = Box(float(first[0]) - west * spacing_m, float(first[1]) - south * spacing_m, spacing_m, width, height)
    if width * height <= _WHOLE_CELLS:
        return survey(terrain, box, model, mission.vehicle.width_m)
    plain = replace(request, avoid=(), within=())
    # As wide as a plan's corridor, whose blocks are taken around places half a block apart.
    numbers = corridor_blocks(box, vertices_m[:, 0], vertices_m[:, 1], REACHES[0] + rim)
    return survey_blocks(terrain, mission, plain, box, model, numbers)[0]


def line_on(ground: Ground, model: CostModel, vertices_m: Array) -> LineOnGround:
    """Sample the line over ``vertices_m`` [k, 2] (east, north) on ``ground``."""
    box = ground.box
    corner = (vertices_m - (box.east_m, box.north_m)) / box.spacing_m
    corner = _snapped(corner)
    parts = [_parts(a, b) for a, b in itertools.pairwise(corner)]
    vertex = np.concatenate(([0], np.cumsum(parts)))
    at = np.arange(vertex[-1] + 1)
    x, y = (_snapped(np.interp(at, vertex, corner[:, k])) for k in (0, 1))
    column, row = np.round(x).astype(np.int64), np.round(y).astype(np.int64)
    z, base = ground.elevation_m, ground.base_m
    height = _between(z, x, y)
    below = height if base is z else _between(base, x, y)
    step_x, step_y = np.diff(x), np.diff(y)
    length = np.hypot(step_x, step_y)
    run = box.spacing_m * length
    rises = [np.arctan2(np.diff(surface), run) for surface in (height, below)]
    across = _across(z, x, y, step_x / length, step_y / length, box.spacing_m)
    aside = np.abs(across)
    if base is not z:
        aside = np.maximum(aside, np.abs(_across(base, x, y, step_x / length, step_y / length, box.spacing_m)))
    middle_x, middle_y = 0.5 * (x[1:] + x[:-1]), 0.5 * (y[1:] + y[:-1])
    ends = _steepest(ground, x, y)
    steepest = np.maximum(np.maximum(ends[1:], ends[:-1]), _steepest(ground, middle_x, middle_y))
    open_ends = _all_free(ground, x, y)
    limit = model.max_slope_rad
    price = sum(
        weight * model.hazard(np.minimum(np.nan_to_num(ground.slope_rad[r, c]), limit))
        for weight, r, c in _corners(x, y)
    )
    rough, shade = (
        np.zeros_like(x) if grid is None else _between(grid, x, y) for grid in (ground.rough_s_m, ground.shade)
    )
    tilt_east = _gradient(z[row, column - 1], z[row, column], z[row, column + 1], box.spacing_m)
    tilt_north = _gradient(z[row - 1, column], z[row, column], z[row + 1, column], box.spacing_m)
    east, north = box.east_m + x * box.spacing_m, box.north_m + y * box.spacing_m
    east[vertex], north[vertex] = vertices_m.T
    return LineOnGround(
        vertex, np.stack((row, column), axis=1), east, north, height, below, np.asarray(price), rough, shade,
        tilt_east, tilt_north, run, np.maximum(*rises), np.maximum(-rises[0], -rises[1]), across, aside, steepest,
        open_ends[1:] & open_ends[:-1] & _all_free(ground, middle_x, middle_y),
    )  # fmt: skip


def _gradient(before: Array, here: Array, after: Array, spacing_m: float) -> Array:
    """Rise over run at the middle one of three nodes; on one side alone where the other has no data."""
    known = np.where(np.isnan(before), after - here, here - before) / spacing_m
    return np.where(np.isnan(before) | np.isnan(after), known, (after - before) / (2.0 * spacing_m))


def _means(at_ends: Array) -> Array:
    """Of each piece, from the values at its ends."""
    return np.asarray(0.5 * (at_ends[1:] + at_ends[:-1]))


def _snapped(values: Array) -> Array:
    """The whole numbers that values miss by rounding."""
    whole = np.round(values)
    return np.where(np.abs(values - whole) < _ON_NODE, whole, values)


def _parts(begin: Array, end: Array) -> int:
    """Into how many pieces a leg between (column, row)s is cut."""
    x, y = np.abs(end - begin).tolist()
    on_nodes = not (begin % 1.0).any() and not (end % 1.0).any()
    if on_nodes and (x == 0.0 or y == 0.0 or x == y):
        return int(max(x, y))
    return max(1, math.ceil(2.0 * math.hypot(x, y) - _ON_NODE))


def _corners(x: Array, y: Array) -> list[tuple[Array, Indices, Indices]]:
    """The nodes around points as (weight, row, column); one without weight stands where the first does."""
    c, r = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    u, v = x - c, y - r
    right, above = c + (u > 0.0), r + (v > 0.0)
    return [
        ((1.0 - u) * (1.0 - v), r, c), (u * (1.0 - v), r, right), ((1.0 - u) * v, above, c), (u * v, above, right),
    ]  # fmt: skip


def _between(grid: Array, x: Array, y: Array) -> Array:
    """Bilinear values."""
    return np.asarray(sum(weight * grid[r, c] for weight, r, c in _corners(x, y)))


def _steepest(ground: Ground, x: Array, y: Array) -> Array:
    """The steepest of the nodes around points, NaN where one has no data."""
    first, *others = (ground.slope_rad[r, c] for _, r, c in _corners(x, y))
    for slope in others:
        first = np.maximum(first, slope)
    return np.asarray(first, dtype=np.float64)


def _all_free(ground: Ground, x: Array, y: Array) -> Mask:
    return np.asarray(np.logical_and.reduce([ground.free[r, c] for _, r, c in _corners(x, y)]))


def _across(grid: Array, x: Array, y: Array, u: Array, v: Array, spacing_m: float) -> Array:
    """The slope across each piece of direction (u, v), rising to the right.

    Of a step of the grid it is that between the nodes to both sides, in the middle of the step; elsewhere between
    points a cell to each side of the piece's end.
    """
    on_nodes = (x % 1.0 == 0.0) & (y % 1.0 == 0.0)
    steps = on_nodes[1:] & on_nodes[:-1] & (np.hypot(np.diff(x), np.diff(y)) < 1.5)
    at_x = np.where(steps, 0.5 * (x[1:] + x[:-1]), x[1:])
    at_y = np.where(steps, 0.5 * (y[1:] + y[:-1]), y[1:])
    # In the middle of a diagonal the nodes to both sides are half a diagonal away.
    reach = np.where(steps & (u != 0.0) & (v != 0.0), math.sqrt(0.5), 1.0)
    height, width = grid.shape

    def beside(side: float) -> Array:
        there_x = np.clip(at_x + side * reach * v, 0.0, width - 1.0)
        there_y = np.clip(at_y - side * reach * u, 0.0, height - 1.0)
        return _between(grid, _snapped(there_x), _snapped(there_y))

    return np.asarray(np.arctan((beside(1.0) - beside(-1.0)) / (2.0 * reach * spacing_m)))
