"""Exact least-cost search from one cell to all, or until one is reached, on a grid of eight neighbours.

Cells wait in a ring of buckets by cost (Dial 1969). A cell that becomes cheaper while its bucket is worked off goes
through it again, so the result is exact whatever the width; at the width of the cheapest edge, which is what is taken
unless the ring would grow too long, nothing goes twice. A diagonal step needs both cells beside it free.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel
from roverctl.core.errors import InputError
from roverctl.traverse.costs import CostModel

Array = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]
Cell = tuple[int, int]  # row, column

_MOST_BUCKETS = 1 << 20
_NO_PARENT = 127  # below 8: the direction of the last step; 128 more once a cell is worked off
_SQRT2 = 2.0**0.5


@dataclass(frozen=True, slots=True)
class Field:
    """The least cost from ``start`` to every cell, kept with the way there.

    ``border`` cells of each side of the arrays belong to no cell. A field that was searched for a goal is complete only
    up to the goal's cost.
    """

    start: Cell
    border: int
    cost: Array
    parent: Bytes

    def cost_to(self, cell: Cell) -> float:
        """The least cost, infinite where no way leads."""
        return float(self.cost[cell[0] + self.border, cell[1] + self.border])

    def path_to(self, cell: Cell) -> Indices:
        """Cells from start to ``cell``, [n, 2] of (row, column); empty where no way leads."""
        if not np.isfinite(self.cost_to(cell)):
            return np.empty((0, 2), dtype=np.int64)
        stride = self.cost.shape[1]
        at = (cell[0] + self.border) * stride + cell[1] + self.border
        steps = _trace(self.parent.reshape(-1), _offsets(stride), at)
        return np.stack((steps // stride - self.border, steps % stride - self.border), axis=1)


def least_cost_field(cost_per_metre: Array, spacing_m: float, start: Cell, goal: Cell | None = None) -> Field:
    """The field where a step costs its length times the mean of its two cells' costs.

    Cells that are negative, infinite or NaN are not entered.
    """
    height, width = cost_per_metre.shape
    price = np.full((height + 2, width + 2), -1.0)
    price[1:-1, 1:-1] = cost_per_metre
    free = np.isfinite(price) & (price >= 0.0)
    cheapest = float(price.min(where=free, initial=np.inf))
    dearest = float(price.max(where=free, initial=0.0))
    nothing = np.zeros(2)
    return _field(
        price, price, price, free, 1, spacing_m, start, goal,
        (0.0, 0.0, np.inf), nothing, nothing, 0.5 * cheapest, spacing_m * cheapest, spacing_m * _SQRT2 * dearest,
    )  # fmt: skip


def ground_field(
    elevation_m: Array, base_m: Array, hazard: Array, free: npt.NDArray[np.bool_], spacing_m: float,
    model: CostModel, start: Cell, goal: Cell | None = None,
) -> Field:  # fmt: skip
    """The field over ground, with the edge costs of ``model``, which differ up and down.

    All arrays have the grid's shape. ``base_m`` is the ground without generated detail, or the same array; an edge
    keeps the slope limit on both. The outermost cells are not entered, whatever ``free`` says of them.
    """
    price_least = float(hazard.min(where=free, initial=np.inf))
    price_most = float(hazard.max(where=free, initial=0.0))
    if not np.isfinite(price_least):
        price_least = 0.0
    least = model.pace / (1.0 - float(model.slip.min())) + model.look
    most = model.pace * np.hypot(1.0, model.steepest) / (1.0 - float(model.slip.max())) + model.look
    return _field(
        elevation_m, base_m, hazard, free, 0, spacing_m, start, goal,
        (model.pace, model.look, model.steepest), model.slip_slope_rad, model.slip,
        least + 0.5 * price_least, spacing_m * (least + price_least), spacing_m * _SQRT2 * (most + price_most),
    )  # fmt: skip


def _field(
    z: Array, base: Array, price: Array, free: npt.NDArray[np.bool_], border: int, spacing_m: float,
    start: Cell, goal: Cell | None, drive: tuple[float, float, float], slopes: Array, slips: Array,
    least_per_metre: float, cheapest_edge: float, dearest_edge: float,
) -> Field:  # fmt: skip
    height, width = price.shape
    for name, cell in (("start", start), ("goal", goal)):
        if cell is not None and not all(0 <= i < n - 2 * border for i, n in zip(cell, (height, width), strict=True)):
            raise InputError(f"{name}: cell {cell} lies outside the grid")
    # Walls cost less than anything while the search runs, so that nothing improves on them.
    cost = np.where(free, np.inf, -1.0)
    cost[0] = cost[-1] = cost[:, 0] = cost[:, -1] = -1.0
    parent = np.full(price.shape, _NO_PARENT, dtype=np.uint8)
    origin = (start[0] + border) * width + start[1] + border
    target = -1 if goal is None else (goal[0] + border) * width + goal[1] + border
    if cost.flat[origin] > 0.0 and np.isfinite(cheapest_edge):
        delta = max(cheapest_edge, dearest_edge / (_MOST_BUCKETS // 2), 1e-300)
        buckets = 1 << int(np.ceil(np.log2(dearest_edge / delta + 3.0)))
        pace, look, steepest = drive
        _search(
            z.reshape(-1), base.reshape(-1), base is not z, price.reshape(-1), _offsets(width),
            spacing_m, pace, look, steepest, slopes, slips, least_per_metre * (1.0 - 1e-12),
            delta, buckets, origin, target, cost.reshape(-1), parent.reshape(-1),
        )  # fmt: skip
    cost[cost < 0.0] = np.inf
    return Field(start, border, cost, parent)


def _offsets(stride: int) -> npt.NDArray[np.uint64]:
    """East, north, west, south, then the diagonals between each and the next; unsigned, so that indices never wrap."""
    steps = [1, stride, -1, -stride, stride + 1, stride - 1, -stride - 1, -stride + 1]
    return np.array(steps, dtype=np.int64).astype(np.uint64)


@kernel
def over_ground(plan: float, rise: float, pace: float, look: float, slopes: Array, slips: Array) -> float:
    """Drive, slip and look of an edge; see ``CostModel``."""
    slope = np.arctan(rise / plan)
    slip = slips[0]
    if slope > slopes[0]:
        last = slopes.size - 1
        slip = slips[last]
        for k in range(last):
            if slope < slopes[k + 1]:
                slip = slips[k] + (slips[k + 1] - slips[k]) * (slope - slopes[k]) / (slopes[k + 1] - slopes[k])
                break
    return float(np.sqrt(plan * plan + rise * rise) * pace / (1.0 - slip) + plan * look)


@kernel
def _search(
    z: Array, base: Array, two_surfaces: bool, price: Array, offsets: npt.NDArray[np.uint64],
    spacing: float, pace: float, look: float, steepest: float, slopes: Array, slips: Array, least_per_metre: float,
    delta: float, buckets: int, start: int, goal: int, cost: Array, parent: Bytes,
) -> None:  # fmt: skip
    mask = buckets - 1
    per_delta = 1.0 / delta
    diagonal = spacing * 1.4142135623730951
    head = np.full(buckets, -1, dtype=np.int32)
    # Entries waiting: a cell and its bucket's next entry, last in first out; freed ones are chained from ``spare``.
    room = 4096
    entry_cell = np.empty(room, dtype=np.int32)
    entry_next = np.empty(room, dtype=np.int32)
    cost[start] = 0.0
    entry_cell[0], entry_next[0], head[0] = start, -1, 0
    used, spare, waiting, bucket = 1, -1, 1, 0
    while waiting > 0:
        while head[bucket & mask] < 0:
            bucket += 1
        if goal >= 0 and cost[goal] < bucket * delta:
            break
        slot = bucket & mask
        while head[slot] >= 0:
            entry = head[slot]
            head[slot] = entry_next[entry]
            entry_next[entry] = spare
            spare = entry
            waiting -= 1
            u = np.uint64(entry_cell[entry])
            if parent[u] >= 128:
                continue
            parent[u] |= 128
            here = cost[u]
            half = 0.5 * price[u]
            # What even the cheapest step to a neighbour comes to: most neighbours need no more than this look.
            least = here + spacing * (half + least_per_metre)
            least_diagonal = here + diagonal * (half + least_per_metre)
            for k in range(8):
                v = u + offsets[k]
                before = cost[v]
                if before <= (least if k < 4 else least_diagonal):
                    continue
                plan = spacing
                if k >= 4:
                    plan = diagonal
                    if cost[u + offsets[k - 4]] < 0.0 or cost[u + offsets[(k + 1) & 3]] < 0.0:
                        continue
                reached = here + plan * (half + 0.5 * price[v])
                if pace > 0.0:
                    rise = z[v] - z[u]
                    if abs(rise) > plan * steepest:
                        continue
                    if two_surfaces and abs(base[v] - base[u]) > plan * steepest:
                        continue
                    reached += over_ground(plan, rise, pace, look, slopes, slips)
                if reached >= before:
                    continue
                cost[v] = reached
                waits = parent[v] < 8
                parent[v] = k
                to = np.int64(reached * per_delta)
                if waits and np.int64(before * per_delta) == to:
                    continue
                if spare >= 0:
                    entry = spare
                    spare = entry_next[entry]
                else:
                    if used == room:
                        grown_cell = np.empty(2 * room, dtype=np.int32)
                        grown_next = np.empty(2 * room, dtype=np.int32)
                        grown_cell[:room] = entry_cell
                        grown_next[:room] = entry_next
                        entry_cell, entry_next = grown_cell, grown_next
                        room *= 2
                    entry = used
                    used += 1
                to &= mask
                entry_cell[entry] = v
                entry_next[entry] = head[to]
                head[to] = entry
                waiting += 1


@kernel
def _trace(parent: Bytes, offsets: npt.NDArray[np.uint64], cell: int) -> Indices:
    count = 1
    at = np.uint64(cell)
    while parent[at] & 127 != 127:
        at -= offsets[parent[at] & 127]
        count += 1
    steps = np.empty(count, dtype=np.int64)
    at = np.uint64(cell)
    for i in range(count - 1, -1, -1):
        steps[i] = at
        if i > 0:
            at -= offsets[parent[at] & 127]
    return steps
