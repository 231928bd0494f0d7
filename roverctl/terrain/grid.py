"""A regular grid of elevations in the site frame."""

from dataclasses import dataclass

import numpy as np

from roverctl.core.errors import InputError
from roverctl.terrain.source import Array, RegularTerrain, Terrain


@dataclass(frozen=True, slots=True)
class Grid:
    """Elevations at nodes: (row, column) stands at north_m + row * spacing_m, east_m + column * spacing_m.

    Row 0 is the south. Site-frame metres; NaN where there is no data.
    """

    east_m: float
    north_m: float
    spacing_m: float
    elevation_m: Array

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.elevation_m.shape[1])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.elevation_m.shape[0])


def sample_grid(terrain: Terrain, east_m: float, north_m: float, spacing_m: float, width: int, height: int) -> Grid:
    """Sample ``terrain`` at ``height`` × ``width`` nodes from the south-west node (east_m, north_m) on.

    Raises
    ------
    InputError
        When spacing or size are not positive.
    """
    if not spacing_m > 0.0 or width < 1 or height < 1:
        raise InputError(f"a grid of {width} × {height} at {spacing_m} m is empty; size and spacing must be positive")
    if isinstance(terrain, RegularTerrain):
        return Grid(east_m, north_m, spacing_m, terrain.elevation_grid(east_m, north_m, spacing_m, width, height))
    east = east_m + spacing_m * np.arange(width, dtype=np.float64)
    north = north_m + spacing_m * np.arange(height, dtype=np.float64)
    return Grid(east_m, north_m, spacing_m, terrain.elevation(east[np.newaxis, :], north[:, np.newaxis], spacing_m))
