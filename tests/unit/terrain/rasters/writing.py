"""Small rasters for tests, written with GDAL or by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.transform import from_origin

MOON = "+proj=longlat +R=1737400 +no_defs"
WEST, NORTH, STEP = 177.09375, -45.15625, 1.0 / 64.0
LDEM_LABEL = """PDS_VERSION_ID = "PDS3"
RECORD_TYPE = FIXED_LENGTH
RECORD_BYTES = {record}
FILE_RECORDS = {rows}
^IMAGE = "{image}"
OBJECT = IMAGE
  NAME = HEIGHT
  LINES = {rows}
  LINE_SAMPLES = {columns}
  SAMPLE_TYPE = {kind}
  SAMPLE_BITS = {bits}
  UNIT = {unit}
  SCALING_FACTOR = {scale}
  OFFSET = {offset}
  MISSING_CONSTANT = -32768
END_OBJECT = IMAGE
OBJECT = IMAGE_MAP_PROJECTION
  MAP_PROJECTION_TYPE = "SIMPLE CYLINDRICAL"
  MAP_RESOLUTION = 64 <pix/deg>
  A_AXIS_RADIUS = 1737.4 <km>
  B_AXIS_RADIUS = 1737.4 <km>
  C_AXIS_RADIUS = 1737.4 <km>
  POSITIVE_LONGITUDE_DIRECTION = "EAST"
  CENTER_LATITUDE = 0. <degree>
  CENTER_LONGITUDE = 180. <degree>
  LINE_PROJECTION_OFFSET = -2889.5 <pix>
  SAMPLE_PROJECTION_OFFSET = 186.5 <pix>
  MAP_SCALE = 0.4738 <km/pix>
END_OBJECT = IMAGE_MAP_PROJECTION
END
"""


def write(
    file: Path, z: npt.NDArray[Any], driver: str = "GTiff", crs: str | None = MOON, step: float = STEP, **options: Any
) -> Path:
    """A raster whose north-western corner stands at WEST, NORTH (degrees), one band or as many as ``z`` has."""
    bands = z if z.ndim == 3 else z[np.newaxis]
    units = options.pop("units", None)
    with rasterio.open(
        file, "w", driver=driver, width=bands.shape[2], height=bands.shape[1], count=bands.shape[0], dtype=z.dtype,
        transform=from_origin(WEST, NORTH, step, step), crs=crs, **options,
    ) as dataset:  # fmt: skip
        dataset.write(bands)
        if units is not None:
            dataset.units = [units] * len(bands)
    return file


def write_ldem(folder: Path, z: npt.NDArray[Any], unit: str, scale: float, offset: float) -> Path:
    """A PDS3 label and image, as LOLA's archive has them; its name is the label's."""
    image = folder / "ldem.img"
    image.write_bytes(z.astype(z.dtype.newbyteorder("<")).tobytes())
    kind = "PC_REAL" if z.dtype.kind == "f" else "LSB_INTEGER"
    text = LDEM_LABEL.format(
        record=z.shape[1] * z.itemsize, rows=z.shape[0], columns=z.shape[1], image=image.name, kind=kind,
        bits=8 * z.itemsize, unit=unit, scale=scale, offset=offset,
    )  # fmt: skip
    label = folder / "ldem.lbl"
    label.write_bytes(text.replace("\n", "\r\n").encode())
    return label


def numbers(height: int = 40, width: int = 60) -> npt.NDArray[np.int16]:
    """Whole metres that differ from pixel to pixel."""
    return (np.arange(height * width).reshape(height, width) % 251 - 3000).astype(np.int16)
