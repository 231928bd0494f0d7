"""Long routes at a fine spacing: a coarse route first, then the exact search in a corridor of fine ground around it.

The fine arrays span the whole box, but only the corridor's blocks are ever written, so that only they take memory.
What lies outside the corridor is not looked at: the route is the best of the corridor, which may cost more than the
best of all. On hills of some 10 m over some 100 m it cost no more than the best in all cases tried
(benchmarks/route_timed.py measures it); where hazards finer than the coarse step close the
corridor, a wider one is taken.
"""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain
from roverctl.traverse.costs import CostModel
from roverctl.traverse.ground import MOST_CELLS, Box, Ground, survey
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.search.field import Block
from roverctl.traverse.search.sparse import sparse_zeros

Indices = npt.NDArray[np.int64]

_BLOCK = 128  # cells
# How far from the coarse route a block may begin, in cells; the next where the one before holds no route. A choice.
REACHES = (64, 256, 768)
# A coarse step is so many fine ones, or what makes the coarse search small enough.
_COARSENING = 16
_COARSE_CELLS = 1_500_000
# Where that closes what fine ground leaves open, or leads to nothing, steps of these parts of it are tried.
_COARSE_PARTS = (0.5, 0.25)
MOST_CORRIDOR_CELLS = 30_000_000
_MOST_BOX_CELLS = 2_000_000_000  # numbers of cells are 32 bits wide


def coarse_requests(request: RouteRequest, spacing_m: float) -> list[RouteRequest]:
    """The request at the spacings of coarse searches, the coarsest first; none has too many cells but that one."""
    points = np.array(request.stops_m)
    extent = float(np.ptp(points, axis=0).max())
    # A box reaches a quarter beyond the stops on each side: 2.25 of the longer side squared at most.
    step_m = max(_COARSENING * spacing_m, extent * 1.5 / math.sqrt(_COARSE_CELLS))
    finest_m = 1.5 * extent / math.sqrt(MOST_CELLS)
    steps_m = [step_m, *(part * step_m for part in _COARSE_PARTS if part * step_m >= finest_m)]
    return [replace(request, spacing_m=each_m, depart_ns=None) for each_m in steps_m]


def corridor_blocks(
    box: Box, east_m: npt.NDArray[np.floating], north_m: npt.NDArray[np.floating], reach: int
) -> Indices:
    """Numbers (row, column) [n, 2] of the blocks of ``box`` within ``reach`` cells of a line of points."""
    rows, columns = (north_m - box.north_m) / box.spacing_m, (east_m - box.east_m) / box.spacing_m
    steps = np.maximum(np.abs(np.diff(rows)), np.abs(np.diff(columns)))
    # Points no further apart than half a block.
    along = np.concatenate(([0.0], np.cumsum(np.maximum(steps, 1e-9))))
    at = np.arange(0.0, along[-1] + 0.5 * _BLOCK, 0.5 * _BLOCK)
    rows, columns = np.interp(at, along, rows), np.interp(at, along, columns)
    last = -(-box.height // _BLOCK), -(-box.width // _BLOCK)
    taken = np.zeros(last, dtype=np.bool_)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        low_row, low_column = (max(0, int((v - reach) // _BLOCK)) for v in (row, column))
        high_row, high_column = int((row + reach) // _BLOCK), int((column + reach) // _BLOCK)
        taken[low_row : high_row + 1, low_column : high_column + 1] = True
    return np.argwhere(taken)


def fine_box(request: RouteRequest, coarse: Box, spacing_m: float) -> Box:
    """The coarse box at the fine spacing, with the start on a node.

    Raises
    ------
    InputError
        When it has more cells than can be numbered.
    """
    west = math.floor((request.start_m[0] - coarse.east_m) / spacing_m)
    south = math.floor((request.start_m[1] - coarse.north_m) / spacing_m)
    width = math.ceil((coarse.width - 1) * coarse.spacing_m / spacing_m)
    height = math.ceil((coarse.height - 1) * coarse.spacing_m / spacing_m)
    if width * height > _MOST_BOX_CELLS:
        fits = spacing_m * math.sqrt(width * height / _MOST_BOX_CELLS)
        raise InputError(
            f"{width} × {height} cells of {spacing_m:g} m are too many; --resolution {1.02 * fits:.2g} would fit"
        )
    return Box(
        request.start_m[0] - west * spacing_m, request.start_m[1] - south * spacing_m, spacing_m, width, height
    )  # fmt: skip


def survey_blocks(
    terrain: Terrain, mission: Mission, request: RouteRequest, box: Box, model: CostModel, numbers: Indices
) -> tuple[Ground, list[Block]]:
    """The ground of the blocks ``numbers`` of a box; zero and not free elsewhere.

    Elevations reach a node beyond the blocks, since slopes across and tilts at their edges are read from there.

    Raises
    ------
    InputError
        When the blocks have more cells than a search can have.
    """
    if len(numbers) * _BLOCK**2 > MOST_CORRIDOR_CELLS:
        raise InputError(
            f"the corridor has {len(numbers) * _BLOCK**2:,} cells of {box.spacing_m:g} m, {MOST_CORRIDOR_CELLS:,} at "
            f"most; --resolution {box.spacing_m * len(numbers) * _BLOCK**2 / MOST_CORRIDOR_CELLS:.2g} would fit"
        )
    shape = (box.height, box.width)
    elevation, hazard = sparse_zeros(shape, np.float64), sparse_zeros(shape, np.float64)
    price, rough, step = hazard, None, None
    base, slope, free = elevation, sparse_zeros(shape, np.float32), sparse_zeros(shape, np.bool_)
    blocks: list[Block] = []
    for row, first, last in _runs(numbers):
        south, north = row * _BLOCK, min((row + 1) * _BLOCK, box.height)
        west, east = first * _BLOCK, min((last + 1) * _BLOCK, box.width)
        rows, columns = (max(0, south - 1), min(north + 1, box.height)), (max(0, west - 1), min(east + 1, box.width))
        begin = box.point((rows[0], columns[0]))
        wide = Box(*begin, box.spacing_m, columns[1] - columns[0], rows[1] - rows[0])
        part = survey(terrain, wide, model, mission.vehicle.width_m, request.avoid, request.within)
        block, around = (slice(south, north), slice(west, east)), (slice(*rows), slice(*columns))
        inner = slice(south - rows[0], north - rows[0]), slice(west - columns[0], east - columns[0])
        if part.base_m is not part.elevation_m and base is elevation:
            base = sparse_zeros(shape, np.float64)
        elevation[around], hazard[block] = part.elevation_m, part.hazard[inner]
        if part.rough_s_m is not None and part.step_m is not None:
            if rough is None or step is None:
                rough, price = sparse_zeros(shape, np.float64), sparse_zeros(shape, np.float64)
                step = sparse_zeros(shape, np.float32)
            rough[block], price[block] = part.rough_s_m[inner], part.price[inner]
            step[block] = part.step_m[inner]
        slope[block], free[block] = part.slope_rad[inner], part.free[inner]
        if base is not elevation:
            base[around] = part.base_m
        blocks.append(block)
    return Ground(box, elevation, base, slope, hazard, rough, step, None, price, free), blocks


def _runs(numbers: Indices) -> list[tuple[int, int, int]]:
    """Blocks side by side taken together: row, first and last column."""
    runs: list[tuple[int, int, int]] = []
    for row, column in numbers.tolist():
        if runs and runs[-1][0] == row and runs[-1][2] == column - 1:
            runs[-1] = (row, runs[-1][1], column)
        else:
            runs.append((row, column, column))
    return runs
