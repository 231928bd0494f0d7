"""A skyline: how high the ground stands around an observer."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Skyline:
    """Elevation of the horizon by azimuth, radians, straight between samples and all around.

    Azimuths rise within 0 to 2π, clockwise from north; NaN where nothing is known that way, which hides nothing.

    Raises
    ------
    InputError
        When the samples are none, do not match, or do not rise.
    """

    azimuth_rad: Array
    elevation_rad: Array

    def __post_init__(self) -> None:
        azimuth = np.asarray(self.azimuth_rad, dtype=np.float64)
        elevation = np.asarray(self.elevation_rad, dtype=np.float64)
        if azimuth.ndim != 1 or not azimuth.size or azimuth.shape != elevation.shape:
            raise InputError("a skyline needs as many elevations as azimuths, and at least one")
        if azimuth[0] < 0.0 or azimuth[-1] > 2.0 * np.pi or not (np.diff(azimuth) > 0.0).all():
            raise InputError("the azimuths of a skyline must rise from 0 to 360 deg")
        object.__setattr__(self, "azimuth_rad", azimuth)
        object.__setattr__(self, "elevation_rad", np.nan_to_num(elevation, nan=-np.pi / 2.0))

    def at(self, azimuth_rad: Array) -> Array:
        """Elevation of the horizon at any azimuths."""
        return np.asarray(np.interp(azimuth_rad, self.azimuth_rad, self.elevation_rad, period=2.0 * np.pi))
