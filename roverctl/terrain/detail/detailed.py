"""Generated ground below what a source knows: craters and roughness that the statistics of the Moon demand.

Deterministic by position and seed, at any spacing; see ``craters`` and ``roughness`` for the laws. What is known of
the ground at the site (``site_craters.csv`` of the mission) stands where it is known, and generated craters keep away
from it. The detail vanishes at the site itself, whose elevation is the source's.
"""

import csv
from pathlib import Path

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.core.errors import ProfileError
from roverctl.mission.profile import Mission
from roverctl.terrain.detail.craters import (
    FRESH_DEPTH,
    SEEN_FROM,
    craters_grid,
    craters_points,
    effect,
    plainness,
    stamp,
)
from roverctl.terrain.detail.roughness import SHORTEST_M, roughness_grid, roughness_points
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.scatter import ramp
from roverctl.terrain.source import Array, Terrain

SITE_REACH_M = 2_000.0  # within which the detail is shifted to vanish at the site
EVERYWHERE_PLAIN = np.array([[0.0, 0.0, 1e12]])


@kernel
def _highland(east: Array, north: Array, plains: Array, out: Array) -> None:
    for i in range(east.size):
        out[i] = 1.0 - plainness(east[i], north[i], plains)


@kernel
def _highland_grid(east0: float, north0: float, step: float, plains: Array, out: Array) -> None:
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            out[r, c] = 1.0 - plainness(east0 + c * step, north0 + r * step, plains)


@kernel
def _known_points(east: Array, north: Array, spacing_m: float, craters: Array, out: Array) -> None:
    for k in range(craters.shape[0]):
        fade = ramp(craters[k, 2] / (SEEN_FROM * spacing_m) - 1.0)
        for i in range(east.size):
            out[i] += fade * effect(east[i] - craters[k, 0], north[i] - craters[k, 1], craters[k])


@kernel
def _known_grid(east0: float, north0: float, step: float, craters: Array, out: Array) -> None:
    for k in range(craters.shape[0]):
        fade = ramp(craters[k, 2] / (SEEN_FROM * step) - 1.0)
        if fade > 0.0:
            stamp(east0, north0, step, craters[k], fade, out)


@kernel
def _shift_points(east: Array, north: Array, shift: float, out: Array) -> None:
    for i in range(east.size):
        q = 1.0 - (east[i] * east[i] + north[i] * north[i]) / (SITE_REACH_M * SITE_REACH_M)
        if q > 0.0:
            out[i] += shift * q * q


@kernel
def _shift_grid(east0: float, north0: float, step: float, shift: float, out: Array) -> None:
    for r in range(out.shape[0]):
        north = north0 + r * step
        for c in range(out.shape[1]):
            east = east0 + c * step
            q = 1.0 - (east * east + north * north) / (SITE_REACH_M * SITE_REACH_M)
            if q > 0.0:
                out[r, c] += shift * q * q


class DetailedTerrain:
    """``base`` with generated ground below ``below_m``: craters of smaller diameter, waves shorter than ``wave_m``.

    ``plains`` are rows of east, north, radius (m) of the smooth ground; without any, all is.
    """

    def __init__(
        self, base: Terrain, mission: Mission, below_m: float, wave_m: float, seed: int, plains: Array | None = None
    ) -> None:
        self.base = base
        self.label = base.label
        self.resolution_m = base.resolution_m
        self.generated_below_m = below_m
        self._wave_m = wave_m
        self._seed = seed & 0x7FFF_FFFF_FFFF_FFFF
        self._plains = EVERYWHERE_PLAIN if plains is None or len(plains) == 0 else np.ascontiguousarray(plains)
        known, self._clear_m = read_site_craters(mission.folder / "site_craters.csv")
        self._known = known[known[:, 2] < below_m]
        self._shift = 0.0
        zero = np.zeros(1)
        self._shift = -float(self._points(zero, zero, SHORTEST_M)[0])

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        """See ``Terrain.elevation``."""
        east, north = np.broadcast_arrays(np.asarray(east_m, np.float64), np.asarray(north_m, np.float64))
        below = np.asarray(self.base.elevation(east_m, north_m, spacing_m), dtype=np.float64)
        added = self._points(np.ascontiguousarray(east).ravel(), np.ascontiguousarray(north).ravel(), spacing_m)
        return below + added.reshape(east.shape)

    def elevation_grid(self, east_m: float, north_m: float, spacing_m: float, width: int, height: int) -> Array:
        """See ``RegularTerrain.elevation_grid``."""
        below = sample_grid(self.base, east_m, north_m, spacing_m, width, height).elevation_m
        out = np.zeros((height, width))
        highland = np.empty((height, width))
        _highland_grid(east_m, north_m, spacing_m, self._plains, highland)
        roughness_grid(east_m, north_m, spacing_m, highland, self._wave_m, self._seed, out)
        craters_grid(east_m, north_m, spacing_m, self.generated_below_m, self._seed, self._plains, self._clear_m, out)
        _known_grid(east_m, north_m, spacing_m, self._known, out)
        _shift_grid(east_m, north_m, spacing_m, self._shift, out)
        return below + out

    def _points(self, east: Array, north: Array, spacing_m: float) -> Array:
        out = np.zeros(east.shape)
        highland = np.empty(east.shape)
        _highland(east, north, self._plains, highland)
        roughness_points(east, north, highland, spacing_m, self._wave_m, self._seed, out)
        craters_points(east, north, spacing_m, self.generated_below_m, self._seed, self._plains, self._clear_m, out)
        _known_points(east, north, spacing_m, self._known, out)
        _shift_points(east, north, self._shift, out)
        return out


def read_site_craters(file: Path) -> tuple[Array, float]:
    """Craters known at the site, as rows for ``craters.effect``, and the radius about the site that they account for.

    The file has a line each: east_m, north_m, diameter_m, depth_m, source. None without a file.

    Raises
    ------
    ProfileError
        Naming file and row.
    """
    if not file.is_file():
        return np.empty((0, 7)), 0.0
    try:
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{file}: {error}") from None
    rows = []
    for number, row in enumerate(csv.DictReader(lines), start=1):
        try:
            east, north = float(row["east_m"]), float(row["north_m"])
            diameter, depth = float(row["diameter_m"]), float(row["depth_m"])
        except (KeyError, TypeError, ValueError) as error:
            raise ProfileError(f"{file}: row {number}: {error}") from None
        if not (diameter > 0.0 and 0.0 <= depth <= FRESH_DEPTH * diameter):
            raise ProfileError(f"{file}: row {number}: depth must lie between 0 and {FRESH_DEPTH} of the diameter")
        rows.append((east, north, diameter, depth / diameter, 0.0, 1.0, 0.0))
    craters = np.array(rows, dtype=np.float64).reshape(-1, 7)
    clear = float(np.max(np.hypot(craters[:, 0], craters[:, 1]), initial=0.0))
    return craters, clear
