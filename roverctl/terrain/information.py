"""What a raster file holds: the answer of ``roverctl terrain info``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio.windows

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.rasters.dataset import open_dataset
from roverctl.terrain.rasters.heights import Heights, heights_of, read_heights
from roverctl.terrain.rasters.placement import body_radius_m, place

STRIP_PIXELS = 8 * 2**20  # read at a time, so that a file of any size is looked through in bounded memory


def _unheard(_: float) -> None:
    """Progress that nobody asked for."""


def terrain_info(
    mission: Mission, file: Path | str, progress: Callable[[float], None] = _unheard, extremes: bool = True
) -> dict[str, Any]:
    """Driver, size, resolution, body, bounds (west, south, east, north, in the file's own units) and extremes.

    The extremes are exact: every pixel is looked at, in strips, and ``progress`` is told 0..1 after each. Without
    ``extremes`` only the header is read and they are None.

    Raises
    ------
    InputError
        When the file is no elevation raster on the mission's body, or holds no data at all.
    """
    with open_dataset(file) as dataset:
        placement = place(dataset, mission)
        heights = heights_of(dataset, mission.body.radius_m)
        low, high = _extremes(dataset, heights, progress) if extremes else (None, None)
        west, south, east, north = dataset.bounds
        return {
            "driver": dataset.driver,
            "width": int(dataset.width),
            "height": int(dataset.height),
            "resolution_m": placement.resolution_m,
            "body_radius_m": body_radius_m(dataset, mission),
            "bounds": [west, min(south, north), east, max(south, north)],
            "elevation_min_m": low,
            "elevation_max_m": high,
            "crs": None if dataset.crs is None else dataset.crs.to_string(),
            "nodata": None if dataset.nodata is None or np.isnan(dataset.nodata) else float(dataset.nodata),
            "overviews": [int(factor) for factor in dataset.overviews(1)],
            "converted": "; ".join(note for note in (placement.note, heights.note) if note),
        }


def _extremes(dataset: Any, heights: Heights, progress: Callable[[float], None]) -> tuple[float, float]:
    """Lowest and highest elevation."""
    low, high = np.inf, -np.inf
    block_rows = int(dataset.block_shapes[0][0])
    rows = max(block_rows, STRIP_PIXELS // dataset.width // block_rows * block_rows)
    columns = max(1, STRIP_PIXELS // rows)
    for top in range(0, dataset.height, rows):
        for left in range(0, dataset.width, columns):
            wide, tall = min(columns, dataset.width - left), min(rows, dataset.height - top)
            values = read_heights(dataset, heights, rasterio.windows.Window(left, top, wide, tall))
            if not np.isnan(values).all():
                low, high = min(low, float(np.nanmin(values))), max(high, float(np.nanmax(values)))
        progress(min(1.0, (top + rows) / dataset.height))
    if low > high:
        raise InputError(f"{dataset.name} holds no data: every pixel is missing")
    return low, high
