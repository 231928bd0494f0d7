"""What a terrain is to everyone else: elevations at site-frame points, at the spacing that the caller needs."""

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


@runtime_checkable
class RegularTerrain(Protocol):
    """A terrain that has a faster way for regular grids; the values are those of ``elevation``."""

    def elevation_grid(self, east_m: float, north_m: float, spacing_m: float, width: int, height: int) -> Array:
        """Elevations of shape (height, width); row 0 is the southernmost, node (0, 0) stands at east_m, north_m."""
        ...
