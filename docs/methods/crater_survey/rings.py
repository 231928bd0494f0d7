"""Prints the mean elevations of a raster by rings of the basin's ellipse, which basin.toml holds where it says so.

uv run python -m docs.methods.crater_survey.rings RASTER.tif
"""

import sys

import numpy as np
import rasterio

from roverctl.mission.profile import load_mission
from roverctl.terrain.reconstruction.basin import read_basin
from roverctl.terrain.reconstruction.surface import basin_at

EVERY = 16  # pixels
STEP = 0.1  # of the ellipse's radius


def main() -> None:
    """Distance from the basin's centre, mean elevation, and the number of pixels that it is made of."""
    mission = load_mission()
    basin = read_basin(mission.folder / "basin.toml", mission.site)
    with rasterio.open(sys.argv[1]) as dataset:
        z, place = dataset.read(1)[::EVERY, ::EVERY].astype(float), dataset.transform
    lon = place.c + place.a * (EVERY * np.arange(z.shape[1]) + 0.5)
    lat = place.f + place.e * (EVERY * np.arange(z.shape[0]) + 0.5)
    lon, lat = np.meshgrid(lon, lat)
    east, north = mission.site.to_site(lon, lat)
    steps = np.arange(40.0)  # a profile that tells the distance, in steps
    distance = [basin_at(e, n, basin.numbers, steps) for e, n in zip(east.ravel(), north.ravel(), strict=True)]
    ring = (np.array(distance) * basin.numbers[12] / STEP).round().astype(int)
    area = np.cos(np.radians(lat)).ravel()
    for k in range(ring.max() + 1):
        there = ring == k
        print(f"{k * STEP:.1f} {np.average(z.ravel()[there], weights=area[there]):8.0f} m {there.sum():6d}")


if __name__ == "__main__":
    main()
