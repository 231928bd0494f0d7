"""The Moon in the way: between station and relay, and under a relay that stands on it."""

import numpy as np
import numpy.typing as npt

from roverctl.ephemeris.vectors import dot, norm

Array = npt.NDArray[np.float64]


def rise_rad(path: Array, up: Array, length: Array) -> Array:
    """Elevation of each station over the level at the relay, [s, n]."""
    return np.stack([np.arcsin(np.clip(-dot(way, up) / r, -1.0, 1.0)) for way, r in zip(path, length, strict=True)])


def clearance_rad(stations: Array, paths: Array, length_m: Array, moon: Array, radius_m: float) -> Array:
    """How far each path passes from the Moon's limb, [s, n], as an angle at the station; negative when behind it."""
    to_moon = moon - stations
    along = np.clip(dot(to_moon, paths, axis=1) / length_m**2, 0.0, 1.0)
    miss = norm(to_moon - along[:, None] * paths, axis=1)
    return np.asarray((miss - radius_m) / norm(to_moon, axis=1))
