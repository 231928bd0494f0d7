"""Elevations from a raster file: anything that GDAL reads, in any planetary coordinate system.

Between its nodes a raster is bilinear, never steeper than the data themselves; sampled more coarsely than its own
spacing it is averaged by powers of two (``pyramid``). Up to half a pixel outside the outermost nodes, where the pixels
still reach, the outermost value holds; beyond that, and beside missing data, it is NaN.

A file without a coordinate system whose bounds look like degrees is read as longitude and latitude on the mission's
body, and its label says so.
"""

import math
from pathlib import Path

import numpy as np
import rasterio.warp
from numpy.polynomial import chebyshev

from roverctl.core.compiled import kernel
from roverctl.mission.profile import Mission
from roverctl.terrain.rasters.dataset import open_dataset
from roverctl.terrain.rasters.feather import Feather
from roverctl.terrain.rasters.heights import heights_of
from roverctl.terrain.rasters.overviews import find_overviews, needs_overviews
from roverctl.terrain.rasters.placement import place
from roverctl.terrain.rasters.pyramid import IN_MEMORY_BYTES, BlockPyramid, MemoryPyramid, Pyramid
from roverctl.terrain.rasters.shelf import is_url
from roverctl.terrain.source import Array

EXACT_POINTS = 1000  # grids of up to so many nodes are projected node by node
DEGREE = 8  # of the polynomials that stand in for the projection over a larger grid
WHOLE_TURN = 0.999  # of 360 degrees: a raster that wide joins itself


@kernel
def _geographic_pixels(
    east: Array, north: Array, lon0: float, lat0: float, radius: float, inverse: Array, period: float, width: float,
    column: Array, row: Array,
) -> None:  # fmt: skip
    """Pixel coordinates of site-frame points: Snyder's inverse azimuthal equidistant (20-14, 20-15), then affine."""
    sin0, cos0 = math.sin(lat0), math.cos(lat0)
    for i in range(east.size):
        distance = math.hypot(east[i], north[i])
        unit = distance if distance > 0.0 else 1.0
        angle = distance / radius
        sine, cosine = math.sin(angle), math.cos(angle)
        lat = math.asin(min(1.0, max(-1.0, cosine * sin0 + north[i] * sine * cos0 / unit)))
        turn = math.atan2(east[i] * sine, distance * cos0 * cosine - north[i] * sin0 * sine) if distance > 0.0 else 0.0
        lon_deg = math.degrees(lon0 + turn)
        lat_deg = math.degrees(lat)
        x = inverse[0] * lon_deg + inverse[1] * lat_deg + inverse[2]
        if period > 0.0:
            # whichever turn of the circle brings the point into the raster
            x -= math.floor(x / period) * period
            if x > width and x - period >= -1e-6:
                x -= period
        column[i] = x
        row[i] = inverse[3] * lon_deg + inverse[4] * lat_deg + inverse[5]


class RasterTerrain:
    """Elevations of one raster file in the site frame."""

    def __init__(self, file: Path | str, mission: Mission) -> None:
        dataset = open_dataset(file)
        self.file = str(file)
        self.name = Path(self.file).name
        self._site = mission.site
        self.placement = place(dataset, mission)
        heights = heights_of(dataset, mission.body.radius_m)
        self.size = (int(dataset.width), int(dataset.height))
        self.bounds = tuple(float(b) for b in dataset.bounds)
        notes = [note for note in (self.placement.note, heights.note) if note]
        self.label = self.name + (f" ({'; '.join(notes)})" if notes else "")
        self.resolution_m = self.placement.resolution_m
        self.generated_below_m = 0.0
        self.wants_overviews = False
        self._last_grid: tuple[tuple[float, ...], tuple[Array, Array]] = ((), (np.empty(0), np.empty(0)))
        self._pyramid: Pyramid
        # of a raster on the web only what is looked at is fetched
        if dataset.width * dataset.height * 4 <= IN_MEMORY_BYTES and not is_url(str(file)):
            with dataset:
                self._pyramid = MemoryPyramid(dataset, heights)
        else:
            lacking = needs_overviews(dataset)
            stored = find_overviews(dataset, heights) if lacking else None
            self.wants_overviews = lacking and stored is None and not is_url(str(file))
            self._pyramid = BlockPyramid(dataset, heights, stored)
        self._feather = Feather(self._pyramid, wraps=self.size[0] >= WHOLE_TURN * self.placement.period_px > 0.0)

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        """See ``Terrain.elevation``."""
        east, north = np.broadcast_arrays(np.asarray(east_m, np.float64), np.asarray(north_m, np.float64))
        column, row = self.pixels(east.ravel(), north.ravel())
        return self._sample(self._pyramid, column, row, spacing_m).reshape(east.shape)

    def elevation_grid(self, east_m: float, north_m: float, spacing_m: float, width: int, height: int) -> Array:
        """See ``RegularTerrain.elevation_grid``."""
        column, row = self.pixel_grid(east_m, north_m, spacing_m, width, height)
        return self._sample(self._pyramid, column, row, spacing_m).reshape(height, width)

    def weight(self, column: Array, row: Array, spacing_m: float) -> Array:
        """How much the raster counts over others at pixel coordinates, 0 to 1; see ``feather``."""
        return np.nan_to_num(self._sample(self._feather, column, row, spacing_m), copy=False)

    def pixel_grid(
        self, east_m: float, north_m: float, spacing_m: float, width: int, height: int
    ) -> tuple[Array, Array]:
        """Column and row of the nodes of a grid, flat, the southernmost first. The last answer is kept: a layer asks
        for the same grid twice, once for its heights and once for its weights.
        """
        key = (east_m, north_m, spacing_m, width, height)
        asked, kept = self._last_grid
        if asked != key:
            kept = self._project_grid(east_m, north_m, spacing_m, width, height)
            self._last_grid = (key, kept)
        return kept

    def _project_grid(
        self, east_m: float, north_m: float, spacing_m: float, width: int, height: int
    ) -> tuple[Array, Array]:
        east = east_m + spacing_m * np.arange(width, dtype=np.float64)
        north = north_m + spacing_m * np.arange(height, dtype=np.float64)
        if not self.placement.geographic and width * height > EXACT_POINTS:
            fitted = self._fitted_pixels(east, north)
            if fitted is not None:
                return fitted
        across, along = np.meshgrid(east, north)
        return self.pixels(across.ravel(), along.ravel())

    def _fitted_pixels(self, east: Array, north: Array) -> tuple[Array, Array] | None:
        """Pixel coordinates of a grid by Chebyshev interpolation of the projection, some 50 times faster than PROJ.

        None where that misses PROJ by more than a thousandth of a pixel at random points: beside a pole or a seam.
        """
        nodes = chebyshev.chebpts1(DEGREE + 1)
        inverse = np.linalg.inv(chebyshev.chebvander(nodes, DEGREE))
        centres = (0.5 * (east[0] + east[-1]), 0.5 * (north[0] + north[-1]))
        halves = (0.5 * (east[-1] - east[0]) or 1.0, 0.5 * (north[-1] - north[0]) or 1.0)
        node_east, node_north = np.meshgrid(centres[0] + halves[0] * nodes, centres[1] + halves[1] * nodes)
        across = chebyshev.chebvander((east - centres[0]) / halves[0], DEGREE)
        along = chebyshev.chebvander((north - centres[1]) / halves[1], DEGREE)
        fitted = [
            (along @ (inverse @ values.reshape(node_east.shape) @ inverse.T) @ across.T).ravel()
            for values in self.pixels(node_east.ravel(), node_north.ravel())
        ]
        tried = np.random.default_rng(0).integers(0, east.size * north.size, 64)
        tried[:4] = (0, east.size - 1, east.size * (north.size - 1), east.size * north.size - 1)
        exact = self.pixels(east[tried % east.size], north[tried // east.size])
        for values, right in zip(fitted, exact, strict=True):
            if not np.all(np.abs(values[tried] - right) < 0.001):
                return None
        return fitted[0], fitted[1]

    def pixels(self, east: Array, north: Array) -> tuple[Array, Array]:
        """Column and row (GDAL's: 0.5 is the first pixel's centre) of flat arrays of site-frame points."""
        place = self.placement
        if place.geographic:
            column, row = np.empty(east.size), np.empty(east.size)
            _geographic_pixels(
                np.ascontiguousarray(east), np.ascontiguousarray(north),
                math.radians(self._site.longitude_deg), math.radians(self._site.latitude_deg),
                self._site.body_radius_m, np.array(place.inverse), place.period_px, float(self.size[0]), column, row,
            )  # fmt: skip
            return column, row
        lon, lat = self._site.to_geographic(east, north)
        # PROJ refuses longitudes beyond 180 in some projections
        lon = (lon + 180.0) % 360.0 - 180.0
        transformed = rasterio.warp.transform(place.geographic_crs, place.crs, lon, lat)
        x, y = (np.asarray(v, np.float64) for v in transformed)
        a, b, c, d, e, f = place.inverse
        finite = np.isfinite(x) & np.isfinite(y)
        x, y = np.where(finite, x, np.nan), np.where(finite, y, np.nan)
        return a * x + b * y + c, d * x + e * y + f

    def site_points(self, column: Array, row: Array) -> tuple[Array, Array]:
        """East and north of pixel coordinates: the way back from ``pixels``."""
        place = self.placement
        a, b, c, d, e, f = place.inverse
        u, v, scale = column - c, row - f, 1.0 / (a * e - b * d)
        x, y = (e * u - b * v) * scale, (a * v - d * u) * scale
        if not place.geographic:
            transformed = rasterio.warp.transform(place.crs, place.geographic_crs, x, y)
            x, y = (np.asarray(part, np.float64) for part in transformed)
        east, north = self._site.to_site(x, y)
        return np.asarray(east), np.asarray(north)

    def _sample(self, levels: Pyramid | Feather, column: Array, row: Array, spacing_m: float) -> Array:
        level = max(0, math.floor(math.log2(max(spacing_m / self.resolution_m, 1.0)) + 1e-9))
        level = min(level, self._pyramid.levels - 1)
        width, height = self.size
        outside = ~((column >= 0.0) & (column <= width) & (row >= 0.0) & (row <= height))
        if bool(outside.all()):
            return np.full(column.shape, np.nan)
        scale = 1.0 / (1 << level)
        return levels.sample(level, column * scale - 0.5, row * scale - 0.5, outside)
