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
from roverctl.traverse.search.buckets import put, taken_out, with_room
from roverctl.traverse.search.edges import (
    DIAGONAL,
    LOWEST,
    Array,
    Bytes,
    Offsets,
    cheaper,
    edge_bounds,
    keeps_limits,
    offsets,
)
from roverctl.traverse.search.rises import NO_RISES, Rises, by_rise, of_rise
from roverctl.traverse.search.sparse import sparse_zeros

Indices = npt.NDArray[np.int64]
Cell = tuple[int, int]  # row, column
Block = tuple[slice, slice]  # rows, columns

_MOST_BUCKETS = 1 << 20
NO_PARENT = 127  # of the start; below 8 is the direction of the last step


@dataclass(frozen=True, slots=True)
class Field:
    """The least cost from ``start`` to every cell, kept with the way there.

    ``border`` cells of each side of the arrays belong to no cell. A field that was searched for a goal is complete only
    up to the goal's cost; one that was searched in blocks has zero for cost outside them.
    """

    start: Cell
    border: int
    cost: Array
    parent: Bytes

    def cost_to(self, cell: Cell) -> float:
        """The least cost, infinite where no way leads."""
        cost = float(self.cost[cell[0] + self.border, cell[1] + self.border])
        return cost if cost > 0.0 or cell == self.start else np.inf

    def path_to(self, cell: Cell) -> Indices:
        """Cells from start to ``cell``, [n, 2] of (row, column); empty where no way leads."""
        if not np.isfinite(self.cost_to(cell)):
            return np.empty((0, 2), dtype=np.int64)
        stride = self.cost.shape[1]
        at = (cell[0] + self.border) * stride + cell[1] + self.border
        steps = _trace(self.parent.reshape(-1), offsets(stride), at)
        return np.stack((steps // stride - self.border, steps % stride - self.border), axis=1)


def least_cost_field(cost_per_metre: Array, spacing_m: float, start: Cell, goal: Cell | None = None) -> Field:
    """The field where a step costs its length times the mean of its two cells' costs.

    Cells that are negative, infinite or NaN are not entered.
    """
    height, width = cost_per_metre.shape
    price = np.ascontiguousarray(cost_per_metre, dtype=np.float64)
    cost = np.zeros((height + 2, width + 2))
    cheapest, dearest = np.inf, 0.0
    for rows in _blocks(height):
        here = price[rows]
        free = np.isfinite(here) & (here >= 0.0)
        cost[1:-1, 1:-1][rows][free] = np.inf
        cheapest = min(cheapest, float(here.min(where=free, initial=np.inf)))
        dearest = max(dearest, float(here.max(where=free, initial=0.0)))
    return _field(
        None, None, price, cost, 1, spacing_m, start, goal,
        np.zeros(3), NO_RISES, 0.0, cheapest, dearest,
    )  # fmt: skip


def ground_field(
    elevation_m: Array, base_m: Array, price: Array, free: npt.NDArray[np.bool_], spacing_m: float,
    model: CostModel, start: Cell, goal: Cell | None = None, blocks: list[Block] | None = None,
) -> Field:  # fmt: skip
    """The field over ground, with the edge costs of ``model``, which differ up and down.

    All arrays have the grid's shape. ``price`` is per plan metre. ``base_m`` is the ground without generated detail, or
    the same array; an edge keeps the limits on both. The outermost cells are not entered, whatever ``free`` says. With
    ``blocks`` nothing outside them is entered, and no memory there is touched; there ``free`` must be false at the rim.
    """
    height, width = free.shape
    cost = np.zeros(free.shape) if blocks is None else sparse_zeros((height, width), np.float64)
    price_least, price_most = np.inf, 0.0
    for block in blocks or [(rows, slice(0, width)) for rows in _blocks(height)]:
        cost[block][free[block]] = np.inf
        price_least = min(price_least, float(price[block].min(where=free[block], initial=np.inf)))
        price_most = max(price_most, float(price[block].max(where=free[block], initial=0.0)))
    if blocks is None:
        cost[0] = cost[-1] = cost[:, 0] = cost[:, -1] = 0.0
    if not np.isfinite(price_least):
        price_least = 0.0
    least, most = edge_bounds(model)
    return _field(
        elevation_m, base_m, price, cost, 0, spacing_m, start, goal,
        model.limits, by_rise(model), least, least + price_least, most + price_most, blocks is None,
    )  # fmt: skip


def field_towards(
    elevation_m: Array, base_m: Array, price: Array, free: npt.NDArray[np.bool_], spacing_m: float,
    model: CostModel, goal: Cell,
) -> Field:  # fmt: skip
    """The field of the least cost from every cell to ``goal``: the search on the ground turned upside down."""
    turned = -elevation_m
    base = turned if base_m is elevation_m else -base_m
    return ground_field(turned, base, price, free, spacing_m, model, goal, None)


def _field(
    z: Array | None, base: Array | None, price: Array, cost: Array, border: int, spacing_m: float,
    start: Cell, goal: Cell | None, limits: Array, rises: Rises,
    least: float, cheapest: float, dearest: float, whole: bool = True,
) -> Field:  # fmt: skip
    """``least`` is what a plan metre costs at least without its price; with it, from ``cheapest`` to ``dearest``."""
    height, width = price.shape
    for name, cell in (("start", start), ("goal", goal)):
        if cell is not None and not all(0 <= i < n for i, n in zip(cell, (height, width), strict=True)):
            raise InputError(f"{name}: cell {cell} lies outside the grid")
    stride = cost.shape[1]
    parent = np.zeros(cost.shape, dtype=np.uint8) if whole else sparse_zeros(cost.shape, np.uint8)
    origin = (start[0] + border) * stride + start[1] + border
    target = -1 if goal is None else (goal[0] + border) * stride + goal[1] + border
    parent.flat[origin] = NO_PARENT
    entered = bool(cost.flat[origin] > 0.0) and np.isfinite(cheapest)
    if entered:
        dearest_edge = spacing_m * DIAGONAL * dearest
        delta = max(spacing_m * cheapest, dearest_edge / (_MOST_BUCKETS // 2), 1e-300)
        buckets = 1 << int(np.ceil(np.log2(dearest_edge / delta + 3.0)))
        _search(
            None if z is None else z.reshape(-1), None if base is None else base.reshape(-1), base is not z,
            price.reshape(-1), border, offsets(stride), spacing_m, limits, *rises, least,
            delta, buckets, origin, target, cost.reshape(-1), parent.reshape(-1),
        )  # fmt: skip
    if whole:
        for rows in _blocks(cost.shape[0]):
            here = cost[rows]
            here[here <= 0.0] = np.inf
    if entered:
        cost.flat[origin] = 0.0
    return Field(start, border, cost, parent)


def _blocks(rows: int) -> list[slice]:
    """The rows in blocks, so that what is made of them on the way stays small."""
    return [slice(first, min(first + 256, rows)) for first in range(0, rows, 256)]


@kernel
def _search(
    z: Array | None, base: Array | None, two_surfaces: bool, price: Array, border: int, offsets: Offsets,
    spacing: float, limits: Array, pieces: Array, cubics: Array, least: float,
    delta: float, buckets: int, start: int, goal: int, cost: Array, parent: Bytes,
) -> None:  # fmt: skip
    """Fill ``cost`` and ``parent``; ``price`` lacks the ``border`` that these have; walls cost nothing.

    Walls are zeros so that memory that nothing is written to, which reads as zeros, is wall.
    """
    mask = buckets - 1
    per_delta = 1.0 / delta
    least *= 1.0 - 1e-12  # what rounding might take off
    stride = offsets[1]
    per_stride = 1.0 / np.float64(stride)
    # From a cell's number to its price's, row by row.
    narrower = np.uint64(2 * border)
    head = np.full(buckets, -1, dtype=np.int32)
    entry_cell = np.empty(4096, dtype=np.int32)
    entry_next = np.empty(4096, dtype=np.int32)
    batch = np.empty(4096, dtype=np.int32)
    priced = np.empty(8)
    cost[start] = 5e-324  # the least that is no wall
    spare, used = put(start, head, 0, entry_cell, entry_next, -1, 0)
    waiting, bucket = 1, 0
    while waiting > 0:
        while head[bucket & mask] < 0:
            bucket += 1
        if goal >= 0 and cost[goal] < bucket * delta:
            break
        slot = bucket & mask
        while head[slot] >= 0:
            while batch.size < waiting:
                batch = with_room(batch)
            count, entries, spare = taken_out(
                head, slot, entry_cell, entry_next, spare, cost, 0.0, per_delta, bucket, batch
            )
            waiting -= entries
            while used + 8 * count > entry_cell.size:
                entry_cell, entry_next = with_room(entry_cell), with_room(entry_next)
            for number in range(count):
                u = np.uint64(batch[number])
                of_price = u
                if border > 0:
                    # Exact for 32-bit numbers, and much sooner done than a division.
                    row = np.uint64((np.float64(u) + 0.5) * per_stride)
                    of_price = u - stride - np.uint64(1) - (row - np.uint64(1)) * narrower
                ways = cheaper(cost, u, offsets, price, of_price, stride - narrower, spacing, least, priced)
                while ways:
                    k = LOWEST[ways]
                    ways &= ways - 1
                    v = u + offsets[k]
                    before, reached = cost[v], priced[k]
                    if z is not None:
                        plan = spacing if k < 4 else spacing * DIAGONAL
                        if not keeps_limits(z, u, v, k, offsets, spacing, plan, limits):
                            continue
                        if (
                            base is not None
                            and two_surfaces
                            and not keeps_limits(base, u, v, k, offsets, spacing, plan, limits)
                        ):
                            continue
                        reached += plan * of_rise((z[v] - z[u]) / plan, pieces, cubics)
                        if reached >= before:
                            continue
                    cost[v] = reached
                    parent[v] = k
                    to = np.int64(reached * per_delta)
                    # Where it waits in that bucket already it need not wait twice, unless that is being worked off.
                    if before * per_delta >= to + 1 or to == bucket:
                        spare, used = put(v, head, to & mask, entry_cell, entry_next, spare, used)
                        waiting += 1


@kernel
def _trace(parent: Bytes, offsets: Offsets, cell: int) -> Indices:
    count = 1
    at = np.uint64(cell)
    while parent[at] != NO_PARENT:
        at -= offsets[parent[at]]
        count += 1
    steps = np.empty(count, dtype=np.int64)
    at = np.uint64(cell)
    for i in range(count - 1, -1, -1):
        steps[i] = at
        if i > 0:
            at -= offsets[parent[at]]
    return steps
