"""What is seen of a window from a point anywhere, near or far, on terrain that goes on between them.

Rays run from the point over the window, one spacing apart at its far corner. They are sampled finely at both ends:
from ``NEAR_M`` at the point on by a part of the distance, down again towards the window, by its spacing within it.
The ground comes from two nests of grids, one around the point and one around the window, the finer where both have it.
So a view does not depend on how much of the map is looked at, and neighbouring windows join.
"""

import math

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.core.errors import InputError
from roverctl.terrain.products.marching import STEPS_A_DISTANCE, Floats32
from roverctl.terrain.products.nest import Ring, sample_nest
from roverctl.terrain.source import Array, Terrain

NEAR_M = 1.0
BLOCK = 256  # nodes a side that are looked at with one fan


@kernel
def _fill(
    z: Floats32, level_m: float, east0: float, north0: float, spacing_m: float, east: Array, north: Array, out: Array
) -> None:  # fmt: skip
    """Bilinear elevations of points that have none yet and lie on the grid, whose own are above ``level_m``."""
    height, width = z.shape
    for i in range(out.size):
        x, y = (east[i] - east0) / spacing_m, (north[i] - north0) / spacing_m
        if math.isnan(out[i]) and 0.0 <= x <= width - 1.0 and 0.0 <= y <= height - 1.0:
            c, r = min(int(x), width - 2), min(int(y), height - 2)
            fx, fy = x - c, y - r
            south = z[r, c] * (1.0 - fx) + z[r, c + 1] * fx
            out[i] = level_m + south * (1.0 - fy) + (z[r + 1, c] * (1.0 - fx) + z[r + 1, c + 1] * fx) * fy


def seen_from(
    terrain: Terrain, point_m: tuple[float, float], eye_height_m: float, target_height_m: float, easts_m: Array,
    norths_m: Array, spacing_m: float, radius_m: float,
) -> Floats32:  # fmt: skip
    """1 where a target over the ground at (easts_m[column], norths_m[row]) is seen from over ``point_m``, else 0.

    float32 (rows, columns), NaN without data. The nodes stand ``spacing_m`` apart both ways.

    Raises
    ------
    InputError
        When there is no ground under the point.
    """
    near_m = min(spacing_m, NEAR_M)
    eye_m = float(terrain.elevation(np.array([point_m[0]]), np.array([point_m[1]]), near_m)[0]) + eye_height_m
    if math.isnan(eye_m):
        raise InputError(f"there is no ground at {point_m[0]:.1f} m east, {point_m[1]:.1f} m north to look from")
    corners = np.hypot(easts_m[[0, 0, -1, -1]] - point_m[0], norths_m[[0, -1, 0, -1]] - point_m[1])
    around_point = sample_nest(terrain, *point_m, near_m, 1, 1, radius_m, float(corners.max())).rings
    out = np.empty((len(norths_m), len(easts_m)), dtype=np.float32)
    for r in range(0, len(norths_m), BLOCK):
        for c in range(0, len(easts_m), BLOCK):
            east, north = easts_m[c : c + BLOCK], norths_m[r : r + BLOCK]
            size = len(east), len(north)
            around_block = sample_nest(
                terrain, float(east[0]), float(north[0]), spacing_m, *size, radius_m, float(corners.max())
            ).rings
            own = around_block[0]
            rows = slice(own.row0, own.row0 + own.height)
            ground = own.elevation_m[rows, own.column0 : own.column0 + own.width] + own.level_m
            block = _Block(east[np.newaxis, :] - point_m[0], north[:, np.newaxis] - point_m[1], spacing_m)
            rings = sorted((*around_point, *around_block), key=lambda ring: ring.spacing_m)
            met = block.steepest_before(rings, point_m, eye_m, near_m, radius_m)
            away = np.maximum(block.distance, 1e-9)
            seen = (ground + target_height_m - eye_m) / away - away / (2.0 * radius_m) >= met
            seen |= block.distance < 0.5 * near_m
            out[r : r + BLOCK, c : c + BLOCK] = np.where(np.isnan(ground), np.nan, seen)
    return out


class _Block:
    """Nodes of a window, (east, north) from the point, and the fan of rays over them."""

    def __init__(self, east: Array, north: Array, spacing_m: float) -> None:
        self._spacing_m = spacing_m
        self.distance = np.hypot(east, north)
        # bearings from the middle of the block, so that they do not jump where the point is outside
        self._middle = math.atan2(float(east.mean()), float(north.mean()))
        self._bearing = (np.arctan2(east, north) - self._middle + np.pi) % (2.0 * np.pi) - np.pi

    def steepest_before(
        self, rings: list[Ring], point_m: tuple[float, float], eye_m: float, near_m: float, radius_m: float
    ) -> Array:
        """The steepest tangent on the way to each node, -inf where there is no ground on it."""
        nearest, farthest = float(self.distance.min()), float(self.distance.max())
        low, span = float(self._bearing.min()), float(np.ptp(self._bearing))
        rays = 2 + math.ceil(span * farthest / self._spacing_m)
        steps = _steps(near_m, self._spacing_m, max(nearest - 2.0 * self._spacing_m, 0.0), farthest)
        azimuths = self._middle + np.linspace(low, low + span, rays)
        met = np.full((rays, steps.size + 1), -np.inf)  # before each step; nothing before the first
        octave = np.floor(np.log2(np.diff(steps, append=steps[-1] + self._spacing_m)))
        for level in np.unique(octave):
            at = np.flatnonzero(octave == level)
            away = steps[at]
            east = point_m[0] + np.sin(azimuths)[:, np.newaxis] * away
            north = point_m[1] + np.cos(azimuths)[:, np.newaxis] * away
            ground = np.full(east.size, np.nan)
            for ring in rings:
                if ring.spacing_m >= 2.0**level and bool(np.isnan(ground).any()):
                    place = ring.level_m, ring.east_m, ring.north_m, ring.spacing_m
                    _fill(ring.elevation_m, *place, east.ravel(), north.ravel(), ground)
            met[:, at + 1] = (ground.reshape(east.shape) - eye_m) / away - away / (2.0 * radius_m)
        np.fmax.accumulate(met, axis=1, out=met)
        ray = np.rint((self._bearing - low) * ((rays - 1) / max(span, 1e-12))).astype(np.intp)
        return np.asarray(met[ray, np.searchsorted(steps, self.distance - 0.5 * self._spacing_m)])


def _steps(near_m: float, spacing_m: float, clear_m: float, last_m: float) -> Array:
    """Distances of the samples: fine at the point and from ``clear_m``, where the window begins, on."""
    out = []
    d = 0.5 * near_m
    while d < last_m:
        out.append(d)
        coarse = max(spacing_m, (clear_m - d) / STEPS_A_DISTANCE)
        d += max(0.5 * near_m, min(d / STEPS_A_DISTANCE, coarse))
    return np.array(out or [0.5 * near_m])
