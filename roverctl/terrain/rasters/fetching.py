"""Published products into the terrain library: whole files, or a window of one where the server gives ranges."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.errors
import rasterio.windows

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.rasters.catalogue import Product
from roverctl.terrain.rasters.dataset import gdal, open_dataset
from roverctl.terrain.rasters.download import download
from roverctl.terrain.rasters.library import Progress, add
from roverctl.terrain.rasters.raster import RasterTerrain
from roverctl.terrain.rasters.shelf import Entry, Provenance, check_name

Bounds = tuple[float, float, float, float]  # west, south, east, north; degrees
OUTLINE_POINTS = 65  # along each side of a window, where it is projected into the raster
STRIP_PIXELS = 4 * 2**20


def fetch(
    folder: Path,
    mission: Mission,
    product: Product,
    base_url: str | None,
    bounds: Bounds | None,
    name: str,
    added: str,
    progress: Progress,
) -> Entry:
    """Download a product into the library's ``files`` and enter it.

    Parameters
    ----------
    base_url : a mirror's folder with the same file names; the official home without it.
    bounds : only this part, read by ranges; all of it without.

    Raises
    ------
    InputError
        As ``download`` and ``library.add`` do. A part that can be gone on with stays; nothing is entered.
    """
    check_name(name)
    if not product.file:
        raise InputError(
            f"'{product.name}' is handed out at {product.page} after signing in; get it there, then terrain add FILE"
        )
    if os.path.lexists(folder / f"{name}.json"):
        raise InputError(f"the terrain library has a '{name}' already; remove it, or give another --name")
    urls = {part.name: part.url if base_url is None else f"{base_url.rstrip('/')}/{part.name}" for part in product.file}
    place = folder / "files" / name
    provenance = Provenance(urls[product.raster], product.title, product.credit, product.licence)
    if bounds is not None:
        raster = place / f"{Path(product.raster).stem}.tif"
        copy_window(urls[product.raster], mission, bounds, raster, lambda part: progress("window", part))
    else:
        raster = place / product.raster
        for part in product.file:
            if not (place / part.name).exists():
                told = _told(progress, part.name)
                download(urls[part.name], place / part.name, told, part.bytes, part.sha256)
    try:
        return add(folder, mission, str(raster), name, added, progress, provenance)
    except InputError:
        shutil.rmtree(place, ignore_errors=True)  # it is no terrain, and would not be at the next try
        raise


def _told(progress: Progress, name: str) -> Callable[[int, int], None]:
    """Bytes as progress."""

    def tell(done: int, total: int) -> None:
        progress(f"{name}, {done / 2**20:.1f} MiB", done / total if total else 0.0)

    return tell


def copy_window(url: str, mission: Mission, bounds: Bounds, target: Path, progress: Callable[[float], None]) -> None:
    """Copy the pixels of a part of a raster, as they are, into a GeoTIFF in the same coordinate system.

    Raises
    ------
    InputError
        When the raster does not reach into the bounds, or the target cannot be written.
    """
    window = _window(RasterTerrain(url, mission), mission, bounds)
    if window is None:
        raise InputError(f"{url} has nothing within {', '.join(f'{b:g}' for b in bounds)} (west, south, east, north)")
    passing = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open_dataset(url) as dataset:
            _copy(dataset, window, passing, progress)
        passing.replace(target)
    except (OSError, rasterio.errors.RasterioError) as error:
        full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        reason = "the disk is full" if full else " ".join(str(error).split())
        raise InputError(f"{target}: the window cannot be written: {reason}") from None
    finally:
        passing.unlink(missing_ok=True)


def _window(raster: RasterTerrain, mission: Mission, bounds: Bounds) -> Any:
    """The window of pixels that the bounds lie in; None where they lie outside."""
    west, south, east, north = bounds
    part = np.linspace(0.0, 1.0, OUTLINE_POINTS)
    lon, lat = np.meshgrid(west + part * (east - west), south + part * (north - south))
    column, row = raster.pixels(*(np.ravel(v) for v in mission.site.to_site(lon, lat)))
    inside = (column >= 0.0) & (column <= raster.size[0]) & (row >= 0.0) & (row <= raster.size[1])
    if not inside.any():
        return None
    left, right = int(np.floor(column[inside].min())), int(np.ceil(column[inside].max()))
    top, bottom = int(np.floor(row[inside].min())), int(np.ceil(row[inside].max()))
    left, right, top, bottom = max(0, left - 1), min(raster.size[0], right + 1), max(0, top - 1), bottom + 1
    return rasterio.windows.Window(left, top, right - left, min(raster.size[1], bottom) - top)


def _copy(dataset: Any, window: Any, target: Path, progress: Callable[[float], None]) -> None:
    width, height = int(window.width), int(window.height)
    profile = {
        "driver": "GTiff", "width": width, "height": height, "count": 1, "dtype": dataset.dtypes[0],
        "crs": dataset.crs, "transform": dataset.window_transform(window), "nodata": dataset.nodata,
        "tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate", "BIGTIFF": "IF_SAFER",
    }  # fmt: skip
    rows = max(256, STRIP_PIXELS // width // 256 * 256)
    with gdal(dataset.name), rasterio.open(target, "w", **profile) as out:
        out.scales, out.offsets, out.units = dataset.scales[:1], dataset.offsets[:1], dataset.units[:1]
        for top in range(0, height, rows):
            high = min(rows, height - top)
            read = rasterio.windows.Window(window.col_off, window.row_off + top, width, high)
            out.write(dataset.read(1, window=read), 1, window=rasterio.windows.Window(0, top, width, high))
            progress((top + high) / height)
