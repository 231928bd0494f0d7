"""Sun and relay over a box of ground: the terrain's horizons on a lattice, asked for a direction in the sky."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Mission
from roverctl.terrain.products.nest import Nest, nest_horizon_rad, sample_nest
from roverctl.terrain.products.sunlight import direction_at
from roverctl.terrain.source import Terrain
from roverctl.traverse.ground import Box

Array = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
# Azimuth and elevation of something in the sky at the site, radians, at a time.
Direction = Callable[[int], tuple[float, float]]

# Horizons are looked at on a lattice of so many nodes along the longer side, or the search's own where that is coarser.
# A choice: 160² horizons take some 10 ms each.
_LATTICE_NODES = 160
# Horizons are kept at whole multiples of this azimuth and interpolated between, as the Sun passes (0.5° an hour).
_AZIMUTH_STEP_RAD = math.radians(2.5)


@dataclass(slots=True)
class Horizons:
    """The horizons of a terrain over a box, those that were asked for kept."""

    box: Box
    lattice: Box
    nest: Nest
    _kept: dict[int, npt.NDArray[np.float32]] = field(default_factory=dict)
    _steepest_rad: float | None = None

    @property
    def steepest_rad(self) -> float:
        """No horizon stands higher: no line over the ground is steeper than its steepest piece."""
        if self._steepest_rad is None:
            steepest = 0.0
            for ring in self.nest.rings:
                z = ring.elevation_m.astype(np.float64)
                rises = [np.nanmax(np.abs(np.diff(z, axis=axis)), initial=0.0) for axis in (0, 1)]
                steepest = max(steepest, math.hypot(*rises) / ring.spacing_m)
            self._steepest_rad = math.atan(steepest)
        return self._steepest_rad

    def lattice_nodes(self, rows: Cells, columns: Cells) -> tuple[Cells, Cells]:
        """The nodes of the lattice that are nearest to rows and columns of the box."""
        return self._nearest(rows, self.lattice.height), self._nearest(columns, self.lattice.width)

    def _nearest(self, numbers: Cells, count: int) -> Cells:
        places = np.round(numbers * (self.box.spacing_m / self.lattice.spacing_m))
        return np.minimum(places.astype(np.int64), count - 1)

    def seeing(self, azimuth_rad: float, elevation_rad: float, rows: Cells, columns: Cells) -> Mask:
        """Whether a direction, given at the site, lies above the horizon of nodes of the lattice.

        Rows and columns are broadcast: rows [h, 1] and columns [1, w] ask for a part of the lattice.
        """
        lattice, radius_m = self.lattice, self.nest.radius_m
        shape = np.broadcast_shapes(rows.shape, columns.shape)
        width_m, height_m = lattice.spacing_m * (lattice.width - 1), lattice.spacing_m * (lattice.height - 1)
        reach_m = np.hypot(
            np.abs([lattice.east_m, lattice.east_m + width_m]).max(),
            np.abs([lattice.north_m, lattice.north_m + height_m]).max(),
        )
        # From anywhere here it stands no lower than at the site by more than the angle between them.
        if elevation_rad - float(reach_m) / radius_m > self.steepest_rad:
            return np.ones(shape, dtype=np.bool_)
        middle = lattice.east_m + 0.5 * width_m, lattice.north_m + 0.5 * height_m
        here, _ = direction_at(*middle, azimuth_rad, elevation_rad, radius_m)
        east, north = lattice.east_m + lattice.spacing_m * columns, lattice.north_m + lattice.spacing_m * rows
        _, raised = direction_at(east, north, azimuth_rad, elevation_rad, radius_m)
        number, share = divmod(float(here) / _AZIMUTH_STEP_RAD, 1.0)
        before, after = self._horizon(int(number)), self._horizon(int(number) + 1)
        return np.asarray(raised > (1.0 - share) * before[rows, columns] + share * after[rows, columns])

    def _horizon(self, number: int) -> npt.NDArray[np.float32]:
        number %= round(2.0 * math.pi / _AZIMUTH_STEP_RAD)
        if number not in self._kept:
            self._kept[number] = nest_horizon_rad(self.nest, number * _AZIMUTH_STEP_RAD)
        return self._kept[number]


@dataclass(frozen=True, slots=True)
class TerrainLight:
    """Something in the sky against the horizons of a terrain."""

    horizons: Horizons
    direction: Direction

    def lit(self, t_ns: int) -> Mask:
        """Nodes of the box, [height, width], whose nearest node of the lattice sees it above its horizon."""
        box, lattice = self.horizons.box, self.horizons.lattice
        seen = self.horizons.seeing(
            *self.direction(t_ns), np.arange(lattice.height)[:, np.newaxis], np.arange(lattice.width)[np.newaxis]
        )
        rows, columns = self.horizons.lattice_nodes(np.arange(box.height), np.arange(box.width))
        return np.asarray(seen[rows[:, np.newaxis], columns[np.newaxis]])

    def lit_at(self, t_ns: int, cells: Cells) -> Mask:
        """The same for nodes [n, 2] (row, column) alone."""
        return self.horizons.seeing(*self.direction(t_ns), *self.horizons.lattice_nodes(cells[:, 0], cells[:, 1]))

    def apart(self, cells: Cells) -> tuple[Cells, Cells]:
        """Of nodes [n, 2] those that can differ, [k, 2], and for each of the n the number of its own, [n]."""
        rows, columns = self.horizons.lattice_nodes(cells[:, 0], cells[:, 1])
        _, first, number = np.unique(
            rows * self.horizons.lattice.width + columns, return_index=True, return_inverse=True
        )  # fmt: skip
        return cells[first], number


def horizons_over(terrain: Terrain, mission: Mission, box: Box) -> Horizons:
    """The horizons over a box, from a lattice over the same ground."""
    side = max(box.width, box.height)
    spacing = box.spacing_m * max(1.0, side / _LATTICE_NODES)
    lattice = Box(
        box.east_m, box.north_m, spacing,
        math.ceil((box.width - 1) * box.spacing_m / spacing) + 1,
        math.ceil((box.height - 1) * box.spacing_m / spacing) + 1,
    )  # fmt: skip
    nest = sample_nest(
        terrain, lattice.east_m, lattice.north_m, spacing, lattice.width, lattice.height, mission.body.radius_m
    )
    return Horizons(box, lattice, nest)
