"""Generated ground below what a source knows: craters, rocks and roughness that the statistics of the Moon demand.

Deterministic by position and seed. An elevation at a spacing is the mean of the ground over a square of that side, so
a coarser view is the mean of a finer one; see ``craters``, ``rocks`` and ``roughness`` for the laws and ``profiles``
for the means. What is known of the ground at the site (``site_craters.csv`` of the mission) stands where it is known,
and generated craters keep away from it. At the finest spacing the detail vanishes at the site itself, whose elevation
is the source's.
"""

import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.core.errors import ProfileError
from roverctl.mission.profile import Mission
from roverctl.terrain.detail.craters import FRESH_DEPTH, craters_grid, craters_points, plainness, unseen_m, wear
from roverctl.terrain.detail.profiles import LAST, crater_table, rock_table
from roverctl.terrain.detail.rocks import SMALLEST_M, rocks_grid, rocks_in, rocks_points
from roverctl.terrain.detail.roughness import SHORTEST_M, roughness_grid, roughness_points
from roverctl.terrain.detail.stamping import COLUMNS, at_point, stamp
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.source import Array, Terrain

SITE_REACH_M = 2_000.0  # within which the detail is shifted to vanish at the site
EVERYWHERE_PLAIN = np.array([[0.0, 0.0, 1e12]])
ALONE = 1 << 16  # nodes of a grid below which a second thread is not worth its start


@kernel
def _highland(east: Array, north: Array, plains: Array, out: Array) -> None:
    for i in range(east.size):
        out[i] = 1.0 - plainness(east[i], north[i], plains)


@kernel
def _highland_grid(east0: float, north0: float, step: float, south: int, north: int, plains: Array, out: Array) -> None:
    for r in range(south, north):
        for c in range(out.shape[1]):
            out[r, c] = 1.0 - plainness(east0 + c * step, north0 + r * step, plains)


@kernel
def _known_points(east: Array, north: Array, spacing_m: float, craters: Array, table: Array, out: Array) -> None:
    for k in range(craters.shape[0]):
        for i in range(east.size):
            out[i] += at_point(east[i], north[i], spacing_m, craters[k], table)


@kernel
def _known_grid(
    east0: float, north0: float, step: float, south: int, north: int, craters: Array, table: Array, out: Array
) -> None:
    mixed = np.empty(LAST + 2)
    for k in range(craters.shape[0]):
        stamp(east0, north0, step, south, north, craters[k], table, mixed, out)


@kernel
def _level_points(
    east: Array, north: Array, shift: float, plain: float, high: float, highland: Array, out: Array
) -> None:
    for i in range(east.size):
        out[i] += plain + highland[i] * (high - plain)
        q = 1.0 - (east[i] * east[i] + north[i] * north[i]) / (SITE_REACH_M * SITE_REACH_M)
        if q > 0.0:
            out[i] += shift * q * q


@kernel
def _level_grid(
    east0: float, north0: float, step: float, south: int, north: int, shift: float, plain: float, high: float,
    highland: Array, out: Array,
) -> None:  # fmt: skip
    for r in range(south, north):
        y = north0 + r * step
        for c in range(out.shape[1]):
            x = east0 + c * step
            out[r, c] += plain + highland[r, c] * (high - plain)
            q = 1.0 - (x * x + y * y) / (SITE_REACH_M * SITE_REACH_M)
            if q > 0.0:
                out[r, c] += shift * q * q


class DetailedTerrain:
    """``base`` with generated ground: craters smaller than ``below_m``, waves shorter than ``wave_m``, rocks.

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
        self.seed = seed
        self._seed = seed & 0x7FFF_FFFF_FFFF_FFFF
        self._plains = EVERYWHERE_PLAIN if plains is None or len(plains) == 0 else np.ascontiguousarray(plains)
        known, self._clear_m = read_site_craters(mission.folder / "site_craters.csv")
        self._known = known[known[:, 2] < below_m]
        self._shift = 0.0
        # As a grid of one node, which most of the program asks for: points are kernels of their own.
        node = (0.0, 0.0, SHORTEST_M, 1, 1)
        self._shift = float((sample_grid(base, *node).elevation_m - self.elevation_grid(*node))[0, 0])

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        """See ``Terrain.elevation``."""
        east, north = np.broadcast_arrays(np.asarray(east_m, np.float64), np.asarray(north_m, np.float64))
        below = np.asarray(self.base.elevation(east_m, north_m, spacing_m), dtype=np.float64)
        added = self._points(np.ascontiguousarray(east).ravel(), np.ascontiguousarray(north).ravel(), spacing_m)
        return below + added.reshape(east.shape)

    def elevation_grid(self, east_m: float, north_m: float, spacing_m: float, width: int, height: int) -> Array:
        """See ``RegularTerrain.elevation_grid``. Two threads share a large grid; the values do not depend on it."""
        out = np.zeros((height, width))
        highland = np.empty((height, width))
        unseen = self._unseen_m(spacing_m)

        def rows(south: int, north: int) -> None:
            place = (east_m, north_m, spacing_m, south, north)
            largest, seed, plains = self.generated_below_m, self._seed, self._plains
            _highland_grid(*place, plains, highland)
            roughness_grid(*place, highland, self._wave_m, seed, out)
            craters_grid(*place, largest, seed, plains, self._clear_m, crater_table(), out)
            _known_grid(*place, self._known, crater_table(), out)
            rocks_grid(*place, seed, rock_table(), out)
            _level_grid(*place, self._shift, *unseen, highland, out)

        if width * height < ALONE:
            rows(0, height)
            return sample_grid(self.base, east_m, north_m, spacing_m, width, height).elevation_m + out
        with ThreadPoolExecutor(2) as pool:
            halves = [pool.submit(rows, 0, height // 2), pool.submit(rows, height // 2, height)]
            below = sample_grid(self.base, east_m, north_m, spacing_m, width, height).elevation_m
            for half in halves:
                half.result()
        out += below
        return out

    def rocks_in(
        self, west_m: float, south_m: float, east_m: float, north_m: float, smallest_m: float = SMALLEST_M
    ) -> Array:
        """The rocks that this ground has in a window; see ``rocks.rocks_in``."""
        return rocks_in(self._seed, west_m, south_m, east_m, north_m, smallest_m)

    def _unseen_m(self, spacing_m: float) -> tuple[float, float]:
        return unseen_m(spacing_m, self.generated_below_m, 0.0), unseen_m(spacing_m, self.generated_below_m, 1.0)

    def _points(self, east: Array, north: Array, spacing_m: float) -> Array:
        out = np.zeros(east.shape)
        highland = np.empty(east.shape)
        largest, seed, plains = self.generated_below_m, self._seed, self._plains
        _highland(east, north, plains, highland)
        roughness_points(east, north, highland, spacing_m, self._wave_m, seed, out)
        craters_points(east, north, spacing_m, largest, seed, plains, self._clear_m, crater_table(), out)
        _known_points(east, north, spacing_m, self._known, crater_table(), out)
        rocks_points(east, north, spacing_m, seed, rock_table(), out)
        _level_points(east, north, self._shift, *self._unseen_m(spacing_m), highland, out)
        return out


def read_site_craters(file: Path) -> tuple[Array, float]:
    """Craters known at the site, as rows for ``stamping``, and the radius about the site that they account for.

    The file has a line each: east_m, north_m, diameter_m, depth_m, source. None without a file.

    Raises
    ------
    ProfileError
        Naming file and row.
    """
    if not file.is_file():
        return np.empty((0, COLUMNS)), 0.0
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
        rows.append((east, north, diameter, depth / diameter, 0.0, 1.0, 0.0, wear(depth / diameter)))
    craters = np.array(rows, dtype=np.float64).reshape(-1, COLUMNS)
    clear = float(np.max(np.hypot(craters[:, 0], craters[:, 1]), initial=0.0))
    return craters, clear
