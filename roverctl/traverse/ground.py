"""The ground that a search runs over: a box of the terrain as a grid, with what may be entered and what it costs."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel
from roverctl.core.errors import InputError
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.products.gradient import slope_rad
from roverctl.terrain.source import Terrain
from roverctl.traverse.costs import CostModel
from roverctl.traverse.request import Point
from roverctl.traverse.search.field import Cell
from roverctl.traverse.zones import Zone, covered, near_outline

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Some 60 bytes a cell while it is surveyed and searched: 1.2 GB.
MOST_CELLS = 20_000_000


@dataclass(frozen=True, slots=True)
class Box:
    """A grid's place in the site frame: its south-west node, spacing and size; row 0 is the south."""

    east_m: float
    north_m: float
    spacing_m: float
    width: int
    height: int

    def cell(self, point: Point) -> Cell:
        """The node nearest to a point, (row, column); it may lie outside."""
        return round((point[1] - self.north_m) / self.spacing_m), round((point[0] - self.east_m) / self.spacing_m)

    def point(self, cell: Cell) -> Point:
        """Where a node stands."""
        return self.east_m + cell[1] * self.spacing_m, self.north_m + cell[0] * self.spacing_m


def box_around(points: tuple[Point, ...], spacing_m: float, margin: float) -> Box:
    """The box around ``points`` with a margin of that part of its longer side, at least 20 cells; the first is a node.

    Raises
    ------
    InputError
        When it has more than ``MOST_CELLS`` cells, with a spacing that fits.
    """
    east, north = np.array(points).T
    extent = max(float(np.ptp(east)), float(np.ptp(north)))
    reach = max(margin * extent, 20.0 * spacing_m)
    cells = [
        math.ceil(length / spacing_m)
        for length in (
            points[0][0] - east.min() + reach, east.max() - points[0][0] + reach,
            points[0][1] - north.min() + reach, north.max() - points[0][1] + reach,
        )
    ]  # fmt: skip
    west, more_east, south, more_north = cells
    width, height = west + more_east + 1, south + more_north + 1
    if width * height > MOST_CELLS:
        fits = spacing_m * math.sqrt(width * height / MOST_CELLS)
        digits = max(0, 2 - math.floor(math.log10(fits)))
        step = 10.0**-digits
        raise InputError(
            f"{width} × {height} cells of {spacing_m:g} m are too many for one search ({MOST_CELLS:,} at most); "
            f"--resolution {math.ceil(fits * 1.02 / step) * step:.{digits}f} would fit"
        )
    return Box(points[0][0] - west * spacing_m, points[0][1] - south * spacing_m, spacing_m, width, height)


@dataclass(frozen=True, slots=True)
class Ground:
    """A box of terrain. ``base_m`` is without generated detail, the same array where there is none.

    ``slope_rad`` is the steeper of the two surfaces' (Horn), NaN without data, and ``step_m`` how far a node stands out
    of the ground around it, at the scale of the wheels (None where the spacing does not resolve it). ``free`` is false
    where either is above the vehicle's limit or missing, within half the vehicle's width of such a cell, where a zone
    forbids it, and in the outermost cells. ``hazard`` is the price of slope per plan metre, ``rough_s_m`` what rough
    ground adds to one (None as ``step_m``), ``shade`` the part of time in shadow where it counts (else None), and
    ``price`` what they come to: the same array as ``hazard`` with neither.
    """

    box: Box
    elevation_m: Array
    base_m: Array
    slope_rad: npt.NDArray[np.float32]
    hazard: Array
    rough_s_m: Array | None
    step_m: npt.NDArray[np.float32] | None
    shade: Array | None
    price: Array
    free: Mask


def survey(
    terrain: Terrain, box: Box, model: CostModel, vehicle_width_m: float,
    avoid: tuple[Zone, ...] = (), within: tuple[Zone, ...] = (), shade: Array | None = None,
) -> Ground:  # fmt: skip
    """Sample ``terrain`` over ``box`` and say what may be entered; what lies just beyond it counts for its rim."""
    reach = 0.5 * vehicle_width_m / box.spacing_m
    feels = box.spacing_m <= model.rough_arm_m * (1.0 + 1e-9)
    margin = math.ceil(reach + (model.rough_arm_m / box.spacing_m if feels else 0.0)) + 1
    place = (
        box.east_m - margin * box.spacing_m, box.north_m - margin * box.spacing_m, box.spacing_m,
        box.width + 2 * margin, box.height + 2 * margin,
    )  # fmt: skip
    inner = slice(margin, -margin), slice(margin, -margin)
    wide = np.ascontiguousarray(sample_grid(terrain, *place).elevation_m)
    elevation = np.ascontiguousarray(wide[inner])
    steep = slope_rad(wide, box.spacing_m, box.spacing_m)
    base = elevation
    undetailed = getattr(terrain, "base", None)
    if undetailed is not None and terrain.generated_below_m > 0.0:
        wide_base = sample_grid(undetailed, *place).elevation_m
        steep = np.maximum(steep, slope_rad(wide_base, box.spacing_m, box.spacing_m))
        base = np.ascontiguousarray(wide_base[inner])
    slope = np.ascontiguousarray(steep[inner])
    free = steep <= model.max_slope_rad  # false for NaN
    if reach > 1.0:
        free = _inflated(free, reach)
    rough = step = None
    if feels:
        off_plane, out_of_it = _unevenness(wide, model.rough_arm_m / box.spacing_m)
        step = out_of_it.astype(np.float32)
        low = step <= model.max_step_m
        # What stands out stands on its node: a wheel just half the width away meets it.
        if not low.all():
            free &= _inflated(low, reach)
        step = np.ascontiguousarray(step[inner])
        rough = np.interp(off_plane[inner], model.rough_m, model.rough_s_m)
    free = np.ascontiguousarray(free[inner])
    free &= ~forbidden(box, vehicle_width_m, avoid, within)
    free[0] = free[-1] = False
    free[:, 0] = free[:, -1] = False
    hazard = np.zeros_like(elevation)
    hazard[free] = model.hazard(slope[free])
    return Ground(box, elevation, base, slope, hazard, rough, step, shade, priced(model, hazard, rough, shade), free)


def priced(model: CostModel, hazard: Array, rough_s_m: Array | None, shade: Array | None) -> Array:
    """The price of a plan metre of each cell."""
    price = hazard
    if rough_s_m is not None and model.rough_price > 0.0:
        price = price + model.rough_price * rough_s_m
    return price if shade is None else price + model.shade_price * shade


def forbidden(box: Box, vehicle_width_m: float, avoid: tuple[Zone, ...], within: tuple[Zone, ...]) -> Mask:
    """The nodes of a box where the vehicle would touch a zone to avoid, or leave those to stay within.

    No edge of the grid between nodes that are not forbidden comes nearer to an outline than half the vehicle's width,
    however thin the zone: the middle of a diagonal is half of it from either node.
    """
    place = (box.east_m, box.north_m, box.spacing_m, box.width, box.height)
    reach_m = math.hypot(0.5 * vehicle_width_m, 0.5 * math.sqrt(2.0) * box.spacing_m)
    out = np.zeros((box.height, box.width), dtype=np.bool_)
    for zone in avoid:
        out |= covered(zone, *place) | near_outline(zone, reach_m, *place)
    if within:
        kept = np.zeros_like(out)
        for zone in within:
            kept |= covered(zone, *place) & ~near_outline(zone, reach_m, *place)
        out |= ~kept
    return out


@kernel
def _unevenness(z: Array, arm: float) -> tuple[Array, Array]:
    """How uneven each node's ground is at the scale of the wheels, metres, from nine heights ``arm`` cells apart.

    First the root mean square of the nine about their plane of least squares, as the vehicle's own model takes it;
    second how far the middle one stands out of the mean of the others, up or down. Heights between nodes are bilinear;
    zero along the rim, where some are missing, and beside missing data.
    """
    height, width = z.shape
    off_plane, out_of_it = np.zeros(z.shape), np.zeros(z.shape)
    whole = int(np.ceil(arm))
    low = int(np.floor(arm))
    part = arm - low
    for r in range(whole, height - whole):
        for c in range(whole, width - whole):
            total, squares, to_east, to_north = 0.0, 0.0, 0.0, 0.0
            for i in range(-1, 2):
                for j in range(-1, 2):
                    south, west = r + i * low, c + j * low
                    north, east = r + i * whole, c + j * whole
                    near = z[south, west] * (1.0 - part) + z[south, east] * part
                    far = z[north, west] * (1.0 - part) + z[north, east] * part
                    rise = near * (1.0 - part) + far * part - z[r, c]
                    total += rise
                    squares += rise * rise
                    to_east += j * rise
                    to_north += i * rise
            left = squares - total * total / 9.0 - (to_east * to_east + to_north * to_north) / 6.0
            if left == left:
                off_plane[r, c] = np.sqrt(max(left, 0.0) / 9.0)
                out_of_it[r, c] = abs(total) / 8.0
    return off_plane, out_of_it


@kernel
def _inflated(free: Mask, reach: float) -> Mask:
    """``free`` without the cells that are nearer than ``reach`` cells to one that is not."""
    height, width = free.shape
    out = free.copy()
    whole = int(reach)
    for r in range(height):
        for c in range(width):
            if free[r, c]:
                continue
            # A cell in the midst of others that are not free reaches nothing that its neighbours do not.
            if (
                0 < r < height - 1 and 0 < c < width - 1
                and not (free[r - 1, c] or free[r + 1, c] or free[r, c - 1] or free[r, c + 1])
            ):  # fmt: skip
                continue
            for i in range(max(0, r - whole), min(height, r + whole + 1)):
                for j in range(max(0, c - whole), min(width, c + whole + 1)):
                    if (i - r) * (i - r) + (j - c) * (j - c) <= reach * reach:
                        out[i, j] = False
    return out
