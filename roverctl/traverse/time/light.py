"""Sun and shadow over a box of ground: the terrain's horizons on a lattice, asked for the Sun's place at a time."""

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import Mission
from roverctl.terrain.products.nest import Nest, nest_horizon_rad, sample_nest
from roverctl.terrain.products.sunlight import direction_at
from roverctl.terrain.source import Terrain
from roverctl.traverse.ground import Box

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Light is looked at on a lattice of so many nodes along the longer side, or the search's own where that is coarser.
# A choice: 160² horizons take some 10 ms each.
_LIGHT_NODES = 160
# Horizons are kept at whole multiples of this azimuth and interpolated between, as the Sun passes (0.5° an hour).
_AZIMUTH_STEP_RAD = math.radians(2.5)


class Light(Protocol):
    """What says where the Sun's centre is seen."""

    def lit(self, t_ns: int) -> Mask:
        """Nodes of the search's box that the Sun lights, [height, width]."""
        ...

    def lit_at(self, t_ns: int, cells: npt.NDArray[np.int64]) -> Mask:
        """Which of the nodes [n, 2] (row, column) the Sun lights, [n]."""
        ...


@dataclass(slots=True)
class TerrainLight:
    """The Sun against the horizons of a terrain, those that were asked for kept."""

    sky: Sky
    box: Box
    lattice: Box
    nest: Nest
    _horizons: dict[int, npt.NDArray[np.float32]] = field(default_factory=dict)

    def lit(self, t_ns: int) -> Mask:
        """Nodes of the box whose nearest node of the lattice sees the Sun's centre above its horizon."""
        rows = self._nearest(np.arange(self.box.height), self.lattice.height)
        columns = self._nearest(np.arange(self.box.width), self.lattice.width)
        return np.asarray(self._seen(t_ns)[rows[:, np.newaxis], columns[np.newaxis]])

    def lit_at(self, t_ns: int, cells: npt.NDArray[np.int64]) -> Mask:
        """The same for nodes [n, 2] (row, column) alone."""
        rows, columns = self._nearest(cells[:, 0], self.lattice.height), self._nearest(cells[:, 1], self.lattice.width)
        return np.asarray(self._seen(t_ns)[rows, columns])

    def _nearest(self, numbers: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
        """Rows or columns of the box as those of the lattice."""
        places = np.round(numbers * (self.box.spacing_m / self.lattice.spacing_m))
        return np.minimum(places.astype(np.int64), count - 1)

    def _seen(self, t_ns: int) -> Mask:
        """Nodes of the lattice that see the Sun's centre."""
        azimuth, elevation = (float(angle[0]) for angle in self.sky.sun(np.array([t_ns], dtype=np.int64)))
        east = self.lattice.east_m + self.lattice.spacing_m * np.arange(self.lattice.width)
        north = self.lattice.north_m + self.lattice.spacing_m * np.arange(self.lattice.height)
        here, _ = direction_at(east.mean(), north.mean(), azimuth, elevation, self.nest.radius_m)
        _, raised = direction_at(east[np.newaxis], north[:, np.newaxis], azimuth, elevation, self.nest.radius_m)
        number, share = divmod(float(here) / _AZIMUTH_STEP_RAD, 1.0)
        horizon = (1.0 - share) * self._horizon(int(number)) + share * self._horizon(int(number) + 1)
        return np.asarray(raised > horizon)

    def _horizon(self, number: int) -> npt.NDArray[np.float32]:
        number %= round(2.0 * math.pi / _AZIMUTH_STEP_RAD)
        if number not in self._horizons:
            self._horizons[number] = nest_horizon_rad(self.nest, number * _AZIMUTH_STEP_RAD)
        return self._horizons[number]


def terrain_light(terrain: Terrain, mission: Mission, sky: Sky, box: Box) -> TerrainLight:
    """The light over a box, from a lattice over the same ground."""
    side = max(box.width, box.height)
    spacing = box.spacing_m * max(1.0, side / _LIGHT_NODES)
    lattice = Box(
        box.east_m, box.north_m, spacing,
        math.ceil((box.width - 1) * box.spacing_m / spacing) + 1,
        math.ceil((box.height - 1) * box.spacing_m / spacing) + 1,
    )  # fmt: skip
    nest = sample_nest(
        terrain, lattice.east_m, lattice.north_m, spacing, lattice.width, lattice.height, mission.body.radius_m
    )
    return TerrainLight(sky, box, lattice, nest)
