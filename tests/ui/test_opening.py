"""What cannot be a terrain is refused, in a process beside the window, before anything else is touched."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.crs
import rasterio.transform

from roverctl.core.errors import InputError
from roverctl.session.work.terrain_check import TerrainCheck


def test_a_text_file_is_no_terrain(tmp_path: Path) -> None:
    wrong = tmp_path / "notes.tif"
    wrong.write_text("not a raster\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"notes\.tif is not an elevation raster"):
        TerrainCheck("change4", [str(wrong)]).wait()


def test_a_raster_on_the_moon_is(tmp_path: Path) -> None:
    file = tmp_path / "floor.tif"
    moon = rasterio.crs.CRS.from_proj4("+proj=longlat +R=1737400 +no_defs")
    place = rasterio.transform.from_origin(177.0, -45.0, 0.01, 0.01)
    with rasterio.open(
        file, "w", driver="GTiff", width=8, height=8, count=1, dtype="float32", crs=moon, transform=place
    ) as dataset:
        dataset.write(np.zeros((8, 8), dtype=np.float32), 1)
    check = TerrainCheck("change4", [str(file)])
    assert check.poll() is None
    check.wait()
    assert check.poll() == ""
