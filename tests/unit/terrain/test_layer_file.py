"""A layer's GeoTIFF: GDAL reads it back at the same place."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.warp import transform

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.layer_file import write_layer
from roverctl.terrain.products.catalogue import Window

WINDOW = Window(-100.0, 50.0, 5.0, 40, 30)


def values() -> np.ndarray:
    return (np.arange(30 * 40, dtype=np.float32).reshape(30, 40)).copy()


def test_gdal_finds_each_value_where_its_node_stands(tmp_path: Path, mission: Mission) -> None:
    written = values()
    written[3, 4] = np.nan
    file = tmp_path / "slope.tif"
    write_layer(file, written, WINDOW, mission.site, "Slope", "deg")
    with rasterio.open(file) as dataset:
        site = mission.site
        geographic = f"+proj=longlat +R={site.body_radius_m} +no_defs"
        for row, column in ((0, 0), (29, 39), (12, 7)):
            east = WINDOW.east_m + column * WINDOW.spacing_m
            north = WINDOW.north_m + row * WINDOW.spacing_m
            longitude, latitude = site.to_geographic(east, north)
            (x,), (y,) = transform(geographic, dataset.crs, [float(longitude)], [float(latitude)])
            assert (x, y) == pytest.approx((east, north), abs=0.01)
            assert next(dataset.sample([(x, y)]))[0] == written[row, column]
        assert np.isnan(dataset.read(1)[29 - 3, 4])
        assert dataset.units == ("deg",)
    assert [f.name for f in tmp_path.iterdir()] == ["slope.tif"]


def test_what_cannot_be_written_says_so_and_leaves_nothing(tmp_path: Path, mission: Mission) -> None:
    file = tmp_path / "nowhere" / "slope.tif"
    with pytest.raises(InputError, match="the layer cannot be written"):
        write_layer(file, values(), WINDOW, mission.site, "Slope", "deg")
    assert list(tmp_path.iterdir()) == []
