"""The raster on a grid of the site frame."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from scipy.ndimage import distance_transform_edt, map_coordinates

from roverctl.core.site import SiteFrame
from roverctl.mission.profile import Mission
from roverctl.terrain.reconstruction.basin import Basin, read_basin
from roverctl.terrain.reconstruction.catalogue import crater_rows
from roverctl.terrain.reconstruction.squares import squares_of
from roverctl.terrain.reconstruction.surface import RIM, surface
from roverctl.terrain.source import Array

STEP = 500.0
JOIN_KM = 150.0


@dataclass(frozen=True, slots=True)
class Region:
    """Axes (m) and elevations, NaN outside the raster; filled: the nearest there; ground: the regional floor's box.

    behind, seen: what the basin's craters add to the window, and how much of the regional floor they leave to be seen.
    """

    site: SiteFrame
    east: Array
    north: Array
    z: Array
    filled: Array
    ground: Array
    behind: Array
    seen: Array
    outside: Array


def load_region(raster: Path, mission: Mission) -> Region:
    """The raster (geographic, degrees), bilinear, every STEP metres."""
    with rasterio.open(raster) as dataset:
        data, inverse, bounds = dataset.read(1).astype(float), ~dataset.transform, dataset.bounds
    edge = np.linspace(0.0, 1.0, 400)
    lon, lat = np.meshgrid(
        bounds.left + edge * (bounds.right - bounds.left), bounds.bottom + edge * (bounds.top - bounds.bottom)
    )
    e, n = mission.site.to_site(lon, lat)
    east = np.arange(np.floor(e.min() / STEP) * STEP, e.max() + STEP, STEP)
    north = np.arange(np.floor(n.min() / STEP) * STEP, n.max() + STEP, STEP)
    lon, lat = mission.site.to_geographic(east[None, :], north[:, None])
    column, row = inverse * (lon, lat)
    z = map_coordinates(data, [row - 0.5, column - 0.5], order=1, mode="nearest")
    out = (lon < bounds.left) | (lon > bounds.right) | (lat < bounds.bottom) | (lat > bounds.top)
    z[out] = np.nan
    nearest = distance_transform_edt(out, return_distances=False, return_indices=True)
    half = [0.5 * (axis[-1] - axis[0]) + 12e3 for axis in (east, north)]
    ground = np.array([0.5 * (east[0] + east[-1]), 0.5 * (north[0] + north[-1]), *half, 1e3 * JOIN_KM])
    ground = 1e3 * np.round(ground / 1e3)
    basin = read_basin(mission.folder / "basin.toml", mission.site)
    behind, seen, outside = _basin(basin, mission, east, north)
    return Region(mission.site, east, north, z, z[tuple(nearest)], ground, behind, seen, outside)


def _basin(basin: Basin, mission: Mission, east: Array, north: Array) -> tuple[Array, Array, Array]:
    """What the basin's craters show, the share of the ground that they leave, and the basin's own surface."""
    e, n = (np.ascontiguousarray(v.ravel()) for v in np.meshgrid(east, north))

    def drawn(rows: Array, profiles: Array, box_m: float, level_m: float) -> Array:
        squares, out = squares_of(rows), np.empty(e.size)
        ground = np.array([0.0, 0.0, box_m, box_m, 1.0])
        surface(
            e, n, rows, profiles, squares.bins, squares.starts, squares.members,
            ground, np.array([[level_m]]), basin.numbers, basin.rings, out,
        )  # fmt: skip
        return out.reshape(len(north), len(east))

    rows, profiles = crater_rows(basin.craters, mission.site)
    without_heights = rows.copy()
    without_heights[:, RIM] = 0.0
    everywhere, nowhere = 1e9, -1e9
    return (
        drawn(rows, profiles, everywhere, 0.0),
        drawn(without_heights, 0.0 * profiles, everywhere, 1.0),
        drawn(rows[:0], profiles[:0], nowhere, 0.0),
    )
