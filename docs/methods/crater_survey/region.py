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
from roverctl.terrain.reconstruction.regional import ground_numbers
from roverctl.terrain.reconstruction.squares import squares_of
from roverctl.terrain.reconstruction.surface import RIM, basin_at, region_share, surface
from roverctl.terrain.source import Array

STEP = 500.0
JOIN_M = 200e3  # over which the regional floor passes into the basin, outward from the window
FAR_STEP = 6_000.0  # spacing of the points in the join, where the floor is drawn to the basin


@dataclass(frozen=True, slots=True)
class Region:
    """Axes (m) and elevations, NaN outside the raster; filled: the nearest there.

    window : west, east, south, north of the raster, degrees; ground: see ``regional.ground_numbers``
    behind, seen : what the basin's craters add to the window, and how much of the regional floor they leave to be seen
    beyond : points of the join outside the window: east, north, the basin's elevation, share of the basin
    """

    site: SiteFrame
    east: Array
    north: Array
    z: Array
    filled: Array
    window: tuple[float, float, float, float]
    ground: Array
    behind: Array
    seen: Array
    beyond: Array


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
    window = (bounds.left, bounds.right, bounds.bottom, bounds.top)
    halves = [np.ceil((0.5 * (axis[-1] - axis[0]) + 1.05 * JOIN_M) / 1e3) * 1e3 for axis in (east, north)]
    middles = [np.round(0.5 * (axis[0] + axis[-1]) / 1e3) * 1e3 for axis in (east, north)]
    ground = ground_numbers(mission.site, window, (*middles, *halves), JOIN_M)
    basin = read_basin(mission.folder / "basin.toml", mission.site)
    behind, seen = _craters_behind(basin, mission, east, north)
    beyond = _beyond(basin, ground)
    return Region(mission.site, east, north, z, z[tuple(nearest)], window, ground, behind, seen, beyond)


def _beyond(basin: Basin, ground: Array) -> Array:
    """Rows of east, north, the basin's elevation and its share, in the join."""
    axes = [np.arange(c - h, c + h, FAR_STEP) for c, h in zip(ground[:2], ground[2:4], strict=True)]
    rows = []
    for e in axes[0]:
        for n in axes[1]:
            share = region_share(e, n, ground)
            if 0.0 < share < 1.0:
                rows.append((e, n, basin_at(e, n, basin.numbers, basin.rings), 1.0 - share))
    return np.array(rows)


def _craters_behind(basin: Basin, mission: Mission, east: Array, north: Array) -> tuple[Array, Array]:
    """What the basin's craters show, and the share of the ground that they leave."""
    e, n = (np.ascontiguousarray(v.ravel()) for v in np.meshgrid(east, north))
    everywhere = ground_numbers(mission.site, (-360.0, 720.0, -90.0, 90.0), (0.0, 0.0, 1.0, 1.0), 1.0)

    def drawn(rows: Array, profiles: Array, level_m: float) -> Array:
        squares, out = squares_of(rows), np.empty(e.size)
        surface(
            e, n, rows, profiles, squares.bins, squares.starts, squares.members,
            everywhere, np.array([[level_m]]), basin.numbers, basin.rings, 0.0, out,
        )  # fmt: skip
        return out.reshape(len(north), len(east))

    rows, profiles = crater_rows(basin.craters, mission.site)
    without_heights = rows.copy()
    without_heights[:, RIM] = 0.0
    return drawn(rows, profiles, 0.0), drawn(without_heights, 0.0 * profiles, 1.0)
