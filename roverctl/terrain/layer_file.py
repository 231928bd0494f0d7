"""A layer of the map as a GeoTIFF, in the site's own projection."""

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.errors
from rasterio.transform import Affine

from roverctl.core.errors import InputError
from roverctl.core.site import SiteFrame
from roverctl.terrain.products.catalogue import Window


def write_layer(
    file: Path, values: npt.NDArray[np.float32], window: Window, site: SiteFrame, title: str, unit: str
) -> None:
    """Write float32 values (row 0 the south, as computed) north up, NaN without data; whole or not at all.

    The projection is the site frame's, azimuthal equidistant about the site on the body's sphere, so that nothing is
    resampled and any GIS puts it where it belongs.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    beside = file.with_name(f".{file.name}.part")
    # Window nodes are the pixels' middles; GDAL counts from the corner of the north-western pixel.
    west = window.east_m - window.spacing_m / 2
    north = window.north_m + (window.height - 0.5) * window.spacing_m
    transform = Affine(window.spacing_m, 0.0, west, 0.0, -window.spacing_m, north)
    try:
        with rasterio.open(
            beside, "w", driver="GTiff", width=window.width, height=window.height, count=1, dtype="float32",
            crs=site.proj4, transform=transform, nodata=float("nan"), compress="deflate", predictor=3, tiled=True,
        ) as dataset:  # fmt: skip
            dataset.write(values[::-1], 1)
            dataset.set_band_description(1, title)
            dataset.set_band_unit(1, unit)
        os.replace(beside, file)  # noqa: PTH105
    except (OSError, rasterio.errors.RasterioError) as error:
        beside.unlink(missing_ok=True)
        raise InputError(f"{file}: the layer cannot be written: {' '.join(str(error).split())}") from None
