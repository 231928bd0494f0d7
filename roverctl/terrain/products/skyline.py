"""The skyline of one observer: what a rover, a lander or a mast sees rise around it.

Every azimuth is marched along its great circle over the sphere, by half steps first and by a part of the distance
then, and the terrain is asked for its elevation there, as coarsely as the samples stand.
"""

import math

import numpy as np

from roverctl.core.errors import InputError
from roverctl.terrain.products.marching import distances
from roverctl.terrain.products.nest import far_reach_m
from roverctl.terrain.source import Array, Terrain


def skyline(
    terrain: Terrain, east_m: float, north_m: float, height_m: float, azimuths_rad: Array, radius_m: float,
    spacing_m: float = 0.5,
) -> Array:  # fmt: skip
    """Elevation angle of the horizon, radians, for each azimuth, from ``height_m`` over the ground at a point.

    Azimuths are directions on the map (north of the site frame, clockwise). ``spacing_m`` is that of the finest ground
    looked at; it ends where no relief can rise any more (``nest.far_reach_m``). NaN where nothing is known that way.

    Raises
    ------
    InputError
        When there is no ground under the observer.
    """
    ground = float(terrain.elevation(np.array([east_m]), np.array([north_m]), spacing_m)[0])
    if math.isnan(ground):
        raise InputError(f"there is no ground at {east_m:.1f} m east, {north_m:.1f} m north to stand on")
    eye_m = radius_m + ground + height_m
    up, tangents = _directions(east_m, north_m, azimuths_rad, radius_m)
    steps = distances(0.5, far_reach_m(ground, radius_m) / spacing_m) * spacing_m
    steepest = np.full(len(azimuths_rad), -np.inf)
    octave = np.floor(np.log2(np.diff(steps, append=2.0 * steps[-1] - steps[-2])))
    for level in np.unique(octave):
        angle = steps[octave == level] / radius_m
        sine, cosine = np.sin(angle), np.cos(angle)
        place = cosine[:, np.newaxis] * up + sine[:, np.newaxis] * tangents[:, np.newaxis, :]
        level_part = np.hypot(place[..., 0], place[..., 1])
        scale = radius_m * np.arctan2(level_part, place[..., 2]) / np.maximum(level_part, 1e-300)
        there = radius_m + terrain.elevation(
            scale * place[..., 0], scale * place[..., 1], max(2.0 ** float(level), spacing_m)
        )
        steepest = np.fmax(steepest, np.fmax.reduce((there * cosine - eye_m) / (there * sine), axis=1))
    return np.where(np.isneginf(steepest), np.nan, np.arctan(steepest))


def _directions(east_m: float, north_m: float, azimuths_rad: Array, radius_m: float) -> tuple[Array, Array]:
    """The observer's vertical and the tangents (azimuths, 3) as unit vectors in the site's east, north, up."""
    angle, bearing = math.hypot(east_m, north_m) / radius_m, math.atan2(east_m, north_m)
    sb, cb, sa, ca = math.sin(bearing), math.cos(bearing), math.sin(angle), math.cos(angle)
    outward, across = np.array([ca * sb, ca * cb, -sa]), np.array([cb, -sb, 0.0])
    turn = np.asarray(azimuths_rad, dtype=np.float64)[:, np.newaxis] - bearing
    return np.array([sa * sb, sa * cb, ca]), np.cos(turn) * outward + np.sin(turn) * across
