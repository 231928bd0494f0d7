"""From a raster's numbers to metres above the body's sphere: scale and offset, units, radii, missing data."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio.enums
import rasterio.errors
import rasterio.windows

from roverctl.core.errors import InputError
from roverctl.terrain.rasters.dataset import gdal

Values = npt.NDArray[np.float32]

FOOT_M, SURVEY_FOOT_M = 0.3048, 1200.0 / 3937.0  # exact by definition (NIST SP 811, appendix B)
METRES = {
    "": 1.0, "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0,
    "km": 1000.0, "kilometre": 1000.0, "kilometres": 1000.0, "kilometer": 1000.0, "kilometers": 1000.0,
    "cm": 0.01, "mm": 0.001, "dm": 0.1,
    "ft": FOOT_M, "foot": FOOT_M, "feet": FOOT_M, "international foot": FOOT_M, "international feet": FOOT_M,
    "us-ft": SURVEY_FOOT_M, "ftus": SURVEY_FOOT_M, "us survey foot": SURVEY_FOOT_M, "us survey feet": SURVEY_FOOT_M,
}  # fmt: skip
HIGHEST_M = 1e7  # beyond stand marks for missing data that a header does not name, as ISIS's -3.4e38. Our choice
NEAR_RADIUS = 0.02  # an offset so near to the body's radius means that radii are stored, as in LOLA's archive


@dataclass(frozen=True, slots=True)
class Heights:
    """Elevation in metres = raw * scale + offset; ``note`` says what was converted, empty where nothing was."""

    scale: float
    offset_m: float
    note: str = ""


def heights_of(dataset: Any, radius_m: float) -> Heights:
    """How the first band's numbers become elevations above a sphere of ``radius_m``.

    Archives of planetary radii (PDS LOLA LDEM, SLDEM2015) give the radius as the offset, in metres or kilometres.

    Raises
    ------
    InputError
        When the band is in a unit that is no length.
    """
    scale, offset = float(dataset.scales[0]), float(dataset.offsets[0])
    text = (dataset.units[0] or "").strip()
    unit_m = METRES.get(text.lower())
    if unit_m is None:
        raise InputError(f"{dataset.name}: its band is in '{text}'; elevations are in metres, kilometres or feet")
    if not (np.isfinite([scale, offset]).all() and scale != 0.0):
        raise InputError(f"{dataset.name}: a scale of {scale} and an offset of {offset} give no elevations")
    notes = []
    if not text and abs(offset * 1000.0 / radius_m - 1.0) < NEAR_RADIUS:
        unit_m, text = 1000.0, "km"  # PDS labels tell the unit of the offset in words that GDAL does not pass on
    if unit_m != 1.0:
        notes.append(f"converted from {text}")
    scale, offset = scale * unit_m, offset * unit_m
    if abs(offset / radius_m - 1.0) < NEAR_RADIUS:
        offset -= radius_m
        notes.append("radii read as heights above the sphere")
    return Heights(scale, offset, ", ".join(notes))


def read_heights(
    dataset: Any,
    heights: Heights,
    window: Any = None,
    shape: tuple[int, int] | None = None,
    resampling: Any = rasterio.enums.Resampling.nearest,
) -> Values:
    """A window of the file in metres, float32, NaN where data are missing; resampled to ``shape`` where given.

    Raises
    ------
    InputError
        When the file is damaged there.
    """
    try:
        with gdal(dataset.name):
            data = dataset.read(1, window=window, out_shape=shape, resampling=resampling, masked=True)
    except rasterio.errors.RasterioError as error:
        why = " ".join(str(error.__cause__ or error).split())
        raise InputError(f"{dataset.name} is damaged: {why}") from None
    raw = data.data
    if (heights.scale, heights.offset_m) == (1.0, 0.0):
        values: Values = raw.astype(np.float32)
    else:
        values = (raw.astype(np.float64) * heights.scale + heights.offset_m).astype(np.float32)
    with np.errstate(invalid="ignore"):
        values[np.ma.getmaskarray(data) | ~(np.abs(values) < HIGHEST_M)] = np.nan
    return values
