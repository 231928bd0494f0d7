"""What a terrain is to everyone else: elevations at site-frame points, at the spacing that the caller needs."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Terrain(Protocol):
    """A source of elevations.

    Attributes
    ----------
    label : shown on the map.
    resolution_m : spacing of the real data; for a reconstruction, the size below which it says nothing measured.
    generated_below_m : features smaller than this are generated, not measured; 0.0 when none are.
    """

    @property
    def label(self) -> str: ...

    @property
    def resolution_m(self) -> float: ...

    @property
    def generated_below_m(self) -> float: ...

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        """Elevation above the body's sphere, metres, float64, NaN where there is no data.

        ``east_m`` and ``north_m`` are site-frame metres of any shape, broadcast. ``spacing_m`` says how finely the
        caller samples: nothing finer than about twice that is included, so that a coarse view does not alias.
        """
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """Where an elevation comes from: its label, the spacing of its data, and below which size relief is generated.

    ``chosen`` is false of what only fills in where the rasters that were asked for have no data.
    """

    label: str
    resolution_m: float
    generated_below_m: float
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class GroundSource:
    """A source of elevations by name, and the SHA-256 of what it says; see ``identity``."""

    name: str
    sha256: str


def source_at(terrain: Terrain, east_m: float, north_m: float, spacing_m: float) -> Source:
    """The source that a terrain shows at a point, seen at a spacing."""
    if isinstance(terrain, ManySources):
        return terrain.source_at(east_m, north_m, spacing_m)
    return Source(terrain.label, terrain.resolution_m, terrain.generated_below_m)


@runtime_checkable
class ManySources(Protocol):
    """A terrain that is made of several."""

    def source_at(self, east_m: float, north_m: float, spacing_m: float) -> Source:
        """The source that counts most at a point."""
        ...


@runtime_checkable
class RegularTerrain(Protocol):
    """A terrain that has a faster way for regular grids; the values are those of ``elevation``."""

    def elevation_grid(self, east_m: float, north_m: float, spacing_m: float, width: int, height: int) -> Array:
        """Elevations of shape (height, width); row 0 is the southernmost, node (0, 0) stands at east_m, north_m."""
        ...
