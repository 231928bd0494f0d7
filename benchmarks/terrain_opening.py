"""The first picture of a 20,000² raster without overviews: ``uv run python benchmarks/terrain_opening.py``.

A striped and a tiled GeoTIFF of float32 are written (1.6 GB each), then each is opened in a process of its own and
sampled as 700 × 1000 nodes over its whole extent, compiled kernels warm. Beside it, in the same run: ``gdal_translate
-outsize`` of the same file to a picture of that size, and the building of overviews, after which the picture is made
again. The peak of resident memory is the process's own.
"""

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.transform
import rasterio.windows

from roverctl.mission.profile import load_mission
from roverctl.terrain.rasters.dataset import open_dataset
from roverctl.terrain.rasters.heights import heights_of
from roverctl.terrain.rasters.overviews import build_overviews, find_overviews, remove_overviews
from roverctl.terrain.rasters.raster import RasterTerrain

SIDE = 20_000
PIXEL_DEG = 1.0 / 30_322.0  # about a metre
WIDTH, HEIGHT = 700, 1000
PICTURE_S, RESIDENT_MIB = 1.0, 1024.0
ROUNDS = 3  # of each picture, by the median: the first also waits for what was written to reach the disk
KINDS: dict[str, dict[str, Any]] = {
    "striped": {},
    "tiled": {"tiled": True, "blockxsize": 256, "blockysize": 256},
    "tiled, deflate": {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate", "predictor": 3},
}


def write(file: Path, options: dict[str, Any]) -> None:
    """Hills of some hundred metres with noise, about the site."""
    random = np.random.default_rng(1)
    transform = rasterio.transform.from_origin(
        177.588 - 0.5 * SIDE * PIXEL_DEG, -45.457 + 0.5 * SIDE * PIXEL_DEG, PIXEL_DEG, PIXEL_DEG
    )
    across = np.arange(SIDE, dtype=np.float32)
    with rasterio.open(
        file, "w", driver="GTiff", width=SIDE, height=SIDE, count=1, dtype="float32", transform=transform,
        crs="+proj=longlat +R=1737400 +no_defs", **options,
    ) as dataset:  # fmt: skip
        for row in range(0, SIDE, 256):
            rows = min(256, SIDE - row)
            down = np.arange(row, row + rows, dtype=np.float32)[:, np.newaxis]
            z = -5900.0 + 100.0 * np.sin(across / 700.0) * np.cos(down / 900.0)
            z += random.normal(0.0, 0.1, z.shape)
            dataset.write(z.astype(np.float32), 1, window=rasterio.windows.Window(0, row, SIDE, rows))


def picture(file: str) -> None:
    """In a process of its own: time and memory of opening and of the first picture."""
    mission = load_mission()
    warm = RasterTerrain(file + ".small.tif", mission)
    warm.elevation_grid(0.0, 0.0, 10.0, 300, 300)
    start, busy = time.perf_counter(), time.process_time()
    terrain = RasterTerrain(file, mission)
    opened = time.perf_counter()
    # degrees of longitude are 0.7 of those of latitude there: the raster stands upright, and so does its picture
    step = 0.97 * SIDE / HEIGHT
    z = terrain.elevation_grid(-0.5 * WIDTH * step, -0.5 * HEIGHT * step, step, WIDTH, HEIGHT)
    end, busy = time.perf_counter(), time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print(json.dumps([opened - start, end - start, peak, busy]))
    assert np.isfinite(z).all()


def overviews(file: str) -> None:
    """In a process of its own: time and memory of building overviews."""
    start = time.perf_counter()
    with open_dataset(file) as dataset:
        build_overviews(dataset, heights_of(dataset, 1737400.0), lambda _: None)
    print(json.dumps([time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0]))


def apart(part: str, file: Path) -> list[float]:
    """The figures of a part that runs in a process of its own."""
    command = [sys.executable, __file__, part, str(file)]
    result: list[float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return result


def timed(command: list[str]) -> float:
    """Seconds that a program takes."""
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def main() -> None:
    translate = shutil.which("gdal_translate")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        missed = False
        heads = f"{'':16}{'open':>8}{'picture':>9}{'of CPU':>8}{'MiB':>7}"
        print(f"{heads}{'translate':>11}{'overviews':>11}{'MiB':>7}{'then':>8}  s")
        for kind, options in KINDS.items():
            file = folder / f"{kind.split(',')[0]}{len(options)}.tif"
            write(file, options)
            with rasterio.open(
                f"{file}.small.tif", "w", driver="GTiff", width=400, height=400, count=1, dtype="float32",
                transform=rasterio.transform.from_origin(177.5, -45.4, 0.001, 0.001),
                crs="+proj=longlat +R=1737400 +no_defs",
            ) as small:  # fmt: skip
                small.write(np.full((400, 400), -5900.0, dtype=np.float32), 1)
            opened, first, peak, busy = sorted(
                (apart("picture", file) for _ in range(ROUNDS)), key=lambda figures: figures[1]
            )[ROUNDS // 2]
            theirs = float("nan")
            if translate is not None:
                size = ["-outsize", str(WIDTH), str(HEIGHT)]
                command = [translate, "-q", *size, str(file), str(folder / "small.tif")]
                theirs = statistics.median(timed(command) for _ in range(ROUNDS))
            building, building_peak = apart("overviews", file)
            _, again, _, _ = apart("picture", file)
            print(
                f"{kind:16}{opened:8.3f}{first:9.3f}{busy:8.3f}{peak:7.0f}{theirs:11.3f}{building:11.2f}{building_peak:7.0f}"
                f"{again:8.3f}"
            )
            missed |= opened + first > PICTURE_S or max(peak, building_peak) > RESIDENT_MIB
            with open_dataset(file) as dataset:
                heights = heights_of(dataset, 1737400.0)
                assert find_overviews(dataset, heights) is not None
                remove_overviews(dataset, heights)
            file.unlink()
        if missed:
            sys.exit(f"missed: a picture in {PICTURE_S:g} s within {RESIDENT_MIB:g} MiB")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        {"picture": picture, "overviews": overviews}[sys.argv[1]](sys.argv[2])
    else:
        main()
