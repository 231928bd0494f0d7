"""Light and contact: a direction in the sky against the horizon of the ground.

Directions are given at the site and turned to where they are looked from: 30 km away the Sun stands a degree
differently on the Moon. The azimuth is taken at the window's middle, the elevation at every node.
"""

import math

import numpy as np
import numpy.typing as npt

from roverctl.terrain.products.marching import Floats32
from roverctl.terrain.products.nest import Nest, nest_horizon_rad
from roverctl.terrain.source import Array

# Of the Sun's disc, seen from the Moon: 695,700 km (IAU 2015 resolution B3) at 149.6 million km.
SUN_RADIUS_RAD = math.radians(0.27)


def direction_at(
    east_m: npt.ArrayLike, north_m: npt.ArrayLike, azimuth_rad: float, elevation_rad: float, radius_m: float
) -> tuple[Array, Array]:
    """Azimuth and elevation, at points of the site frame, of what stands in that direction at the site, far away.

    Azimuth is the direction on the map, which keeps the site's north: the site frame is azimuthal equidistant, so the
    direction turns only in the vertical plane through site and point, by the angle between them.
    """
    east, north = np.asarray(east_m, dtype=np.float64), np.asarray(north_m, dtype=np.float64)
    angle = np.hypot(east, north) / radius_m
    bearing = np.arctan2(east, north)
    level = math.cos(elevation_rad)
    outward, across, up = (
        level * np.cos(azimuth_rad - bearing),
        level * np.sin(azimuth_rad - bearing),
        math.sin(elevation_rad),
    )
    turned = outward * np.cos(angle) - up * np.sin(angle)
    raised = outward * np.sin(angle) + up * np.cos(angle)
    return (bearing + np.arctan2(across, turned)) % (2.0 * np.pi), np.arcsin(np.clip(raised, -1.0, 1.0))


def lit_fraction(above_horizon_rad: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """The part of the Sun's disc that is seen when its centre stands so high above the horizon, 0..1.

    The segment of a circle above a chord; the horizon is straight over the width of the disc.
    """
    x = np.clip(above_horizon_rad / SUN_RADIUS_RAD, -1.0, 1.0)
    return np.asarray(0.5 + (x * np.sqrt(1.0 - x * x) + np.arcsin(x)) / np.pi)


def above_horizon_rad(nest: Nest, east_m: Array, north_m: Array, azimuth_rad: float, elevation_rad: float) -> Floats32:
    """How high a direction stands above the horizon of every node, radians; NaN where no horizon is known.

    ``east_m`` (width) and ``north_m`` (height) are where the nodes of the nest's window stand.
    """
    middle = east_m.mean(), north_m.mean()
    azimuth, _ = direction_at(*middle, azimuth_rad, elevation_rad, nest.radius_m)
    _, elevation = direction_at(
        east_m[np.newaxis, :], north_m[:, np.newaxis], azimuth_rad, elevation_rad, nest.radius_m
    )
    return np.asarray(elevation - nest_horizon_rad(nest, float(azimuth)), dtype=np.float32)
