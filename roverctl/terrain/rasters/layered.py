"""Several sources as one terrain: finer over coarser, seams blended, the reconstruction below them all.

A layer counts fully inside its data and less and less towards their edge (``feather``); what it leaves goes to the next
one below. Each layer's ground may carry generated detail of its own, which begins below what that layer resolves; where
two layers blend, so do their details, and what both generate alike is there unchanged.

Sources may disagree in height. They are left as they are: a shift would be a guess. ``offsets_m`` says by how much.
"""

from dataclasses import dataclass

import numpy as np

from roverctl.terrain.grid import sample_grid
from roverctl.terrain.rasters.raster import RasterTerrain
from roverctl.terrain.source import Array, Source, Terrain

OFFSET_POINTS = 48  # along a side, where heights of neighbouring sources are compared
LEAST = 1e-9  # the weight of data at their very edge: enough where nothing lies below, nothing where something does


@dataclass(frozen=True, slots=True)
class Layer:
    """A raster, and the ground it stands for: the raster itself, or with detail."""

    raster: RasterTerrain
    ground: Terrain


class LayeredTerrain:
    """``layers``, the uppermost first, over ``lowest``.

    ``resolution_m`` and ``generated_below_m`` are those of the finest source; ``source_at`` tells them for a place.
    ``base`` is the same without generated detail, where there is any.
    """

    def __init__(self, layers: tuple[Layer, ...], lowest: Terrain) -> None:
        self._layers = layers
        self._lowest = lowest
        finest = min(self.grounds, key=lambda ground: ground.resolution_m)
        self.label = " over ".join(ground.label for ground in self.grounds)
        self.resolution_m = finest.resolution_m
        self.generated_below_m = finest.generated_below_m
        self.base: Terrain | None = None
        if any(ground.generated_below_m > 0.0 for ground in self.grounds):
            bare = tuple(Layer(layer.raster, layer.raster) for layer in layers)
            self.base = LayeredTerrain(bare, getattr(lowest, "base", lowest))

    @property
    def grounds(self) -> tuple[Terrain, ...]:
        """What it is made of, with detail, the uppermost first."""
        return (*(layer.ground for layer in self._layers), self._lowest)

    @property
    def wants_overviews(self) -> bool:
        """Whether a raster would be looked at faster with overviews (``overviews``)."""
        return any(layer.raster.wants_overviews for layer in self._layers)

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        """See ``Terrain.elevation``."""
        east, north = np.broadcast_arrays(np.asarray(east_m, np.float64), np.asarray(north_m, np.float64))
        blend = _Blend(east.shape)
        for layer in self._layers:
            weight = layer.raster.weight(*layer.raster.pixels(east.ravel(), north.ravel()), spacing_m)
            if weight.any():
                blend.add(layer.ground.elevation(east, north, spacing_m), weight.reshape(east.shape))
            if blend.full:
                return blend.elevation_m
        blend.add(self._lowest.elevation(east, north, spacing_m), np.ones(east.shape))
        return blend.elevation_m

    def elevation_grid(self, east_m: float, north_m: float, spacing_m: float, width: int, height: int) -> Array:
        """See ``RegularTerrain.elevation_grid``."""
        grid = (east_m, north_m, spacing_m, width, height)
        blend = _Blend((height, width))
        for layer in self._layers:
            weight = layer.raster.weight(*layer.raster.pixel_grid(*grid), spacing_m)
            if weight.any():
                blend.add(sample_grid(layer.ground, *grid).elevation_m, weight.reshape(height, width))
            if blend.full:
                return blend.elevation_m
        blend.add(sample_grid(self._lowest, *grid).elevation_m, np.ones((height, width)))
        return blend.elevation_m

    def source_at(self, east_m: float, north_m: float, spacing_m: float) -> Source:
        """The source that counts most at a point."""
        east, north = np.array([east_m]), np.array([north_m])
        left, best, most = 1.0, self._lowest, 0.0
        for layer in self._layers:
            share = left * float(layer.raster.weight(*layer.raster.pixels(east, north), spacing_m)[0])
            if share > most:
                best, most = layer.ground, share
            left -= share
        if left > most:
            best = self._lowest
        return Source(best.label, best.resolution_m, best.generated_below_m, chosen=best is not self._lowest)

    def offsets_m(self) -> tuple[tuple[str, str, float], ...]:
        """For each raster over another that it overlaps: both labels, and the median of upper less lower, metres."""
        found = []
        for number, upper in enumerate(self._layers):
            east, north = _spread(upper.raster)
            spacing_m = upper.raster.resolution_m
            high = upper.raster.elevation(east, north, spacing_m)
            for lower in self._layers[number + 1 :]:
                both = high - lower.raster.elevation(east, north, max(spacing_m, lower.raster.resolution_m))
                if np.isfinite(both).any():
                    found.append((upper.raster.label, lower.raster.label, float(np.nanmedian(both))))
        return tuple(found)


class _Blend:
    """A weighted mean that is filled from the top."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._total = np.zeros(shape)
        self._given = np.zeros(shape)
        self._left = np.ones(shape)
        self._whole: Array | None = None

    def add(self, elevation_m: Array, weight: Array) -> None:
        """What comes next below; it gets its weight of what those above have left. Missing data have none."""
        known = np.isfinite(elevation_m)
        if not self._given.any() and weight.min() >= 1.0 and known.all():
            self._whole = elevation_m  # nothing to blend: the usual case
            return
        share = np.where(known, np.maximum(weight, LEAST), 0.0) * self._left
        self._total += share * np.where(known, elevation_m, 0.0)
        self._given += share
        self._left -= share

    @property
    def full(self) -> bool:
        """Whether nothing is left for those below."""
        return self._whole is not None or not self._left.any()

    @property
    def elevation_m(self) -> Array:
        """The mean; NaN where no source has data."""
        if self._whole is not None:
            return self._whole
        out = np.full(self._total.shape, np.nan)
        np.divide(self._total, self._given, out=out, where=self._given > 0.0)
        return out


def _spread(raster: RasterTerrain) -> tuple[Array, Array]:
    """Site-frame points spread evenly over a raster."""
    width, height = raster.size
    part = (np.arange(OFFSET_POINTS) + 0.5) / OFFSET_POINTS
    column, row = np.meshgrid(part * width, part * height)
    return raster.site_points(column.ravel(), row.ravel())
