"""Horizons and views beside brute force and gdal_viewshed: ``uv run python benchmarks/terrain_horizons.py [DEM]``.

Brute force is a ray, or a line of sight, from every node alone: half a spacing at a time over bilinear ground. The
relief is a fractal with a root mean square slope of 17°; a raster given as DEM is looked at too. gdal_viewshed reads
and writes files (in memory where /dev/shm exists); ours takes and gives arrays.
"""

import functools
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.transform

from roverctl.core.compiled import kernel
from roverctl.terrain.products.marching import horizon_cube
from roverctl.terrain.products.viewshed import viewshed

CUBE_SIDE, VIEW_SIDE = 1024, 4096
AZIMUTHS = np.radians(np.arange(72) * 5.0 + 1.3)
NODES = 2000
ROUNDS = 5
EYE_M = 3.0
CUBE_BUDGET_S = 10.0

Elevations = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@kernel
def _ground(z: Elevations, row: float, column: float) -> float:
    r, c = min(int(row), z.shape[0] - 2), min(int(column), z.shape[1] - 2)
    fy, fx = row - r, column - c
    south = z[r, c] * (1.0 - fx) + z[r, c + 1] * fx
    north = z[r + 1, c] * (1.0 - fx) + z[r + 1, c + 1] * fx
    return float(south * (1.0 - fy) + north * fy)


@kernel
def brute_horizon(
    z: Elevations, spacing_m: float, rows: Indices, columns: Indices, azimuth: float, out: npt.NDArray[np.float64]
) -> None:  # fmt: skip
    for i in range(rows.size):
        best, d = -math.inf, 0.5
        x, y = columns[i] + d * math.sin(azimuth), rows[i] + d * math.cos(azimuth)
        while 0.0 <= x <= z.shape[1] - 1.0 and 0.0 <= y <= z.shape[0] - 1.0:
            best = max(best, (_ground(z, y, x) - z[rows[i], columns[i]]) / (d * spacing_m))
            d += 0.5
            x, y = columns[i] + d * math.sin(azimuth), rows[i] + d * math.cos(azimuth)
        out[i] = math.atan(best) if best > -math.inf else math.nan


@kernel
def brute_view(
    z: Elevations, spacing_m: float, row: int, column: int, eye_m: float, rows: Indices, columns: Indices,
    out: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    for i in range(rows.size):
        away = math.hypot(rows[i] - row, columns[i] - column)
        out[i] = True
        if away == 0.0:
            continue
        own = (z[rows[i], columns[i]] - eye_m) / (away * spacing_m)
        d = 0.5
        while d < away:
            ground = _ground(z, row + (rows[i] - row) * d / away, column + (columns[i] - column) * d / away)
            if (ground - eye_m) / (d * spacing_m) > own:
                out[i] = False
                break
            d += 0.5


def fractal(side: int, seed: int) -> Elevations:
    noise = np.fft.rfft2(np.random.default_rng(seed).normal(size=(side, side)))
    wave = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    wave[0, 0] = np.inf
    z = np.fft.irfft2(noise * wave**-1.65, s=(side, side))
    z *= 0.3 / np.sqrt((np.hypot(*np.gradient(z)) ** 2).mean())
    return z.astype(np.float32)


def best_of(*works: Callable[[], Any]) -> list[tuple[float, Any]]:
    """Best seconds and result of each, turn by turn, so that a busy machine is as busy for all of them."""
    results: list[tuple[float, Any]] = [(math.inf, work()) for work in works]
    for _ in range(ROUNDS):
        for k, work in enumerate(works):
            start = time.perf_counter()
            result = work()
            results[k] = min(results[k][0], time.perf_counter() - start), result
    return results


def cube(name: str, z: Elevations, spacing_m: float) -> bool:
    horizon_cube(z[:8, :8], spacing_m, AZIMUTHS[:1])
    start, processor = time.perf_counter(), time.process_time()
    ours = horizon_cube(z, spacing_m, AZIMUTHS)
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    random = np.random.default_rng(1)
    rows, columns = random.integers(0, z.shape[0], NODES), random.integers(0, z.shape[1], NODES)
    errors, shadows = [], []
    for azimuth, horizon in zip(AZIMUTHS[::4], ours[::4], strict=True):
        right = np.empty(NODES)
        brute_horizon(z, spacing_m, rows, columns, float(azimuth), right)
        known = ~np.isnan(right)
        mine = horizon[rows, columns][known]
        errors.append(np.degrees(np.abs(mine - right[known])))
        shadows += [np.mean((mine > sun) != (right[known] > sun)) for sun in np.radians([2.0, 5.0, 10.0])]
    error = np.concatenate(errors)
    good = float(np.mean(error < 0.5))
    print(
        f"horizon cube, {name}: {len(AZIMUTHS)} × {z.shape[0]} × {z.shape[1]} in {seconds:.2f} s "
        f"({processor:.2f} s of processor time); within 0.5 deg {100 * good:.3f} %, 99 % within "
        f"{np.quantile(error, 0.99):.3f} deg; shadow masks differ by at most {100 * max(shadows):.2f} %"
    )
    return seconds <= CUBE_BUDGET_S and good >= 0.99 and max(shadows) <= 0.01


def view(folder: Path) -> bool:
    z = fractal(VIEW_SIDE, 5)
    source, out = folder / "dem.tif", folder / "view.tif"
    transform = rasterio.transform.from_origin(-0.5, VIEW_SIDE - 0.5, 1.0, 1.0)
    with rasterio.open(
        source, "w", driver="GTiff", width=VIEW_SIDE, height=VIEW_SIDE, count=1, dtype="float32", transform=transform
    ) as dataset:
        dataset.write(z[::-1], 1)
    passed = True
    for row, column in ((VIEW_SIDE // 2, VIEW_SIDE // 2), (VIEW_SIDE // 4, 4 * VIEW_SIDE // 5)):
        options = ["-q", "-md", "0", "-cc", "0", "-ox", str(column), "-oy", str(row), "-oz", str(EYE_M)]
        command = ["gdal_viewshed", *options, str(source), str(out)]
        (ours_s, ours), (theirs_s, _) = best_of(
            functools.partial(viewshed, z, 1.0, row, column, EYE_M),
            functools.partial(subprocess.run, command, check=True),
        )
        with rasterio.open(out) as dataset:
            theirs = dataset.read(1)[::-1] == 255
        random = np.random.default_rng(2)
        rows, columns = random.integers(0, VIEW_SIDE, (2, 200 * NODES))
        right = np.empty(rows.size, dtype=np.bool_)
        brute_view(z, 1.0, row, column, float(z[row, column]) + EYE_M, rows, columns, right)
        mine, gdals = (float(np.mean((seen[rows, columns] == 1) != right)) for seen in (ours, theirs))
        print(
            f"viewshed from {row}, {column}: ours {ours_s:.3f} s, gdal_viewshed {theirs_s:.3f} s; of the nodes "
            f"{100 * right.mean():.2f} % are seen; wrong ours {100 * mine:.3f} %, gdal_viewshed {100 * gdals:.3f} %"
        )
        passed &= ours_s <= theirs_s and mine < gdals
    return passed


def main() -> None:
    if shutil.which("gdal_viewshed") is None:
        sys.exit("gdal_viewshed is not installed: apt-get install gdal-bin")
    passed = cube("fractal", fractal(CUBE_SIDE, 1), 1.0)
    if len(sys.argv) > 1:
        with rasterio.open(sys.argv[1]) as dataset:
            z = np.ascontiguousarray(dataset.read(1)[-CUBE_SIDE:, -CUBE_SIDE:][::-1], dtype=np.float32)
            spacing_m = abs(dataset.transform.e)
            if dataset.crs is not None and dataset.crs.is_geographic:
                spacing_m = math.radians(spacing_m) * 1_737_400.0
        passed &= cube(Path(sys.argv[1]).name, z, spacing_m)
    shm = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as name:
        passed &= view(Path(name))
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
