"""Draws the reconstruction beside the raster that it was measured on, under the same light and colours.

uv run python -m docs.methods.crater_survey.pictures RASTER.tif
"""

import math
import sys
from pathlib import Path

import numpy as np
import rasterio

from roverctl.mission.profile import load_mission
from roverctl.terrain.products.gradient import hillshade
from roverctl.terrain.rasters.raster import RasterTerrain
from roverctl.terrain.reconstruction.region import Reconstruction
from roverctl.terrain.source import Array, Terrain

SUN = (math.radians(315.0), math.radians(35.0))
COLOURS = np.array([[38, 44, 108], [58, 108, 158], [128, 168, 128], [200, 190, 130], [232, 226, 220]], dtype=float)
IMAGES = Path("docs/images")
GAP = 12


def picture(terrain: Terrain, east: Array, north: Array, low: float, high: float, exaggeration: float) -> Array:
    """Red, green and blue of a view; row 0 is the north; black where there is no data."""
    step = float(east[1] - east[0])
    z = terrain.elevation(east[None, :], north[:, None], step)
    light = hillshade(z, step, step, *SUN, exaggeration) / 255.0
    place = np.clip((np.nan_to_num(z, nan=low) - low) / (high - low), 0.0, 0.999) * (len(COLOURS) - 1)
    k = place.astype(int)
    colour = COLOURS[k] + (place - k)[..., None] * (COLOURS[k + 1] - COLOURS[k])
    return np.where(np.isnan(z)[..., None], 0.0, np.clip(colour * (0.2 + light[..., None]), 0.0, 255.0))[::-1]


def write(name: str, image: Array) -> None:
    """An image of rows, columns and three colours."""
    bands = np.moveaxis(image.astype(np.uint8), -1, 0)
    with rasterio.open(
        IMAGES / name, "w", driver="PNG", dtype="uint8", count=3, height=bands.shape[1], width=bands.shape[2]
    ) as file:
        file.write(bands)


def main() -> None:
    """The window, the landing site's surroundings, and the basin."""
    mission = load_mission()
    ours, theirs = Reconstruction(mission), RasterTerrain(Path(sys.argv[1]), mission)
    for name, half_m, step, exaggeration in (("region", 360e3, 1000.0, 3.0), ("site", 100e3, 280.0, 3.0)):
        axis = np.arange(-half_m, half_m, step)
        views = [picture(t, axis, axis, -7500.0, -1500.0, exaggeration) for t in (ours, theirs)]
        gap = np.full((views[0].shape[0], GAP, 3), 255.0)
        write(f"reconstruction_{name}.png", np.concatenate([views[0], gap, views[1]], axis=1))
    axis = np.arange(-1.9e6, 1.9e6, 4500.0)
    write("reconstruction_basin.png", picture(ours, axis + 2e5, axis - 1.5e5, -7500.0, 4000.0, 6.0))


if __name__ == "__main__":
    main()
