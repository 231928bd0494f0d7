"""What a raster file holds: the answer of ``roverctl terrain info``."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio.errors
import rasterio.windows

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.rasters.raster import body_radius_m, open_dataset, place

STRIP_PIXELS = 8 * 2**20  # read at a time, so that a file of any size is looked through in bounded memory


def terrain_info(mission: Mission, file: Path) -> dict[str, Any]:
    """Driver, size, resolution, body, bounds (west, south, east, north, in the file's own units) and extremes.

    Raises
    ------
    InputError
        When the file is no elevation raster on the mission's body, or holds no data at all.
    """
    with open_dataset(file) as dataset:
        placement = place(dataset, mission)
        low, high = np.inf, -np.inf
        rows = max(1, STRIP_PIXELS // dataset.width)
        try:
            for row in range(0, dataset.height, rows):
                window = rasterio.windows.Window(0, row, dataset.width, min(rows, dataset.height - row))
                values = np.ma.masked_invalid(dataset.read(1, window=window, masked=True)).compressed()
                if values.size:
                    low, high = min(low, float(values.min())), max(high, float(values.max()))
        except rasterio.errors.RasterioError as error:
            raise InputError(f"{file} is damaged: {' '.join(str(error).split())}") from None
        if low > high:
            raise InputError(f"{file} holds no data: every pixel is missing")
        scale, offset = float(dataset.scales[0]), float(dataset.offsets[0])
        low, high = sorted((low * scale + offset, high * scale + offset))
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
        }
