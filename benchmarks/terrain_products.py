"""Slope and hillshade of 4096² cells beside gdaldem, in one run: ``uv run python benchmarks/terrain_products.py``.

gdaldem reads and writes files (uncompressed, in memory where /dev/shm exists); ours takes and gives arrays, so the time
with reading the same file and writing the same results is measured too, and has a ratio of its own.
"""

import shutil
import statistics
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

from roverctl.terrain.products.gradient import hillshade, slope_rad

SIDE = 4096
ROUNDS = 5


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    if shutil.which("gdaldem") is None:
        sys.exit("gdaldem is not installed: apt-get install gdal-bin")
    shm = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as name:
        folder = Path(name)
        random = np.random.default_rng(1)
        z = np.cumsum(np.cumsum(random.normal(size=(SIDE, SIDE)), axis=0), axis=1).astype(np.float32)
        z *= np.float32(0.01)
        transform = rasterio.transform.from_origin(0.0, 0.0, 30.0, 30.0)
        profile: dict[str, Any] = {"driver": "GTiff", "width": SIDE, "height": SIDE, "count": 1, "transform": transform}
        source = folder / "dem.tif"
        with rasterio.open(source, "w", dtype="float32", **profile) as dataset:
            dataset.write(z, 1)

        def theirs() -> None:
            for product in ("slope", "hillshade"):
                command = ["gdaldem", product, str(source), str(folder / f"{product}.tif"), "-q", "-compute_edges"]
                subprocess.run(command, check=True)

        def products(elevation: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
            shade = hillshade(elevation, 30.0, -30.0, np.radians(315.0), np.radians(45.0))
            return slope_rad(elevation, 30.0, -30.0), shade

        def ours() -> None:
            products(z)

        def ours_with_files() -> None:
            with rasterio.open(source) as dataset:
                slope, shade = products(dataset.read(1))
            for name, values in (("a", slope), ("b", shade)):
                with rasterio.open(folder / f"{name}.tif", "w", dtype=values.dtype, **profile) as dataset:
                    dataset.write(values, 1)

        ours()
        rows = [(timed(theirs), timed(ours), timed(ours_with_files)) for _ in range(ROUNDS)]
        print(f"{'':24}{'min s':>9}{'median s':>10}")
        labels = ("gdaldem, files", "ours, arrays", "ours, files")
        columns = list(zip(*rows, strict=True))
        for label, column in zip(labels, columns, strict=True):
            print(f"{label:24}{min(column):9.3f}{statistics.median(column):10.3f}")
        for label, column in zip(labels[1:], columns[1:], strict=True):
            ratio = statistics.median(columns[0]) / statistics.median(column)
            print(f"gdaldem / {label}: {ratio:.1f}")


if __name__ == "__main__":
    main()
