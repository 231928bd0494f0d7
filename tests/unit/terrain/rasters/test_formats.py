"""Formats, units and frames: a raster of any kind gives what GDAL reads from it, in metres, in its place."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.crs
import rasterio.warp

from roverctl.mission.profile import Mission
from roverctl.terrain.information import terrain_info
from roverctl.terrain.rasters.raster import RasterTerrain
from tests.unit.terrain.rasters.writing import MOON, NORTH, STEP, WEST, numbers, write, write_ldem


def at_nodes(mission: Mission, file: Path, terrain: RasterTerrain) -> Any:
    """Our elevations where GDAL says that the pixels' centres are."""
    with rasterio.open(file) as dataset:
        rows, columns = np.mgrid[0 : dataset.height : 7, 0 : dataset.width : 7]
        x, y = rasterio.transform.xy(dataset.transform, rows.ravel(), columns.ravel())
        if dataset.crs is not None:
            x, y = rasterio.warp.transform(dataset.crs, rasterio.crs.CRS.from_proj4(MOON), x, y)
        raw = dataset.read(1, masked=True).astype(np.float64) * dataset.scales[0] + dataset.offsets[0]
    east, north = mission.site.to_site(np.array(x), np.array(y))
    return terrain.elevation(east, north, 1.0), raw.filled(np.nan)[rows.ravel(), columns.ravel()]


FORMATS: list[tuple[str, str, dict[str, Any]]] = [
    ("a.tif", "GTiff", {}),
    ("a.tif", "GTiff", {"tiled": True, "blockxsize": 16, "blockysize": 16, "compress": "deflate"}),
    ("a.tif", "COG", {}),
    ("a.xml", "PDS4", {"VAR_TARGET": "Moon", "VAR_TARGET_TYPE": "Satellite", "VAR_LOGICAL_IDENTIFIER": "urn:a:b:c",
                       "VAR_TITLE": "t", "VAR_OBSERVING_SYSTEM_NAME": "o", "VAR_INVESTIGATION_AREA_NAME": "i",
                       "VAR_INVESTIGATION_AREA_LID_REFERENCE": "urn:a:b"}),
    ("a.lbl", "ISIS3", {}),
    ("a.jp2", "JP2OpenJPEG", {"REVERSIBLE": "YES", "QUALITY": "100"}),
    ("a.img", "HFA", {}),
    ("a.bin", "ENVI", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "driver", "options"), FORMATS)
def test_a_format_gives_what_gdal_reads(
    mission: Mission, tmp_path: Path, name: str, driver: str, options: dict[str, Any]
) -> None:
    file = write(tmp_path / name, numbers(), driver, **options)
    ours, theirs = at_nodes(mission, file, RasterTerrain(file, mission))
    assert np.abs(ours - theirs).max() < 1e-3
    assert terrain_info(mission, file)["elevation_min_m"] == -3000.0


def test_a_png_with_a_world_file_lies_in_degrees(mission: Mission, tmp_path: Path) -> None:
    file = write(tmp_path / "a.png", (numbers() + 4000).astype(np.uint16), "PNG", crs=None, WORLDFILE="YES")
    terrain = RasterTerrain(file, mission)
    assert "read as degrees" in terrain.label
    ours, theirs = at_nodes(mission, file, terrain)
    assert np.abs(ours - theirs).max() < 1e-3


@pytest.mark.parametrize(
    ("kind", "unit", "scale", "offset", "per_number"),
    [
        ("int16", "METER", 0.5, 1737400.0, 0.5),
        ("float32", "KILOMETER", 1.0, 1737.4, 1000.0),
        ("int16", "METER", 1.0, 0.0, 1.0),
    ],
)
def test_lolas_radii_are_read_as_heights(
    mission: Mission, tmp_path: Path, kind: str, unit: str, scale: float, offset: float, per_number: float
) -> None:
    z = numbers().astype(kind)
    label = write_ldem(tmp_path, z if kind == "int16" else z / np.float32(1000.0), unit, scale, offset)
    terrain = RasterTerrain(label, mission)
    ours, theirs = at_nodes(mission, label, terrain)
    metres = theirs if offset == 0.0 else (theirs - offset) * (1.0 if offset > 1e5 else 1000.0)
    assert np.abs(ours - metres).max() < 0.01
    expected = float(numbers().min()) * (per_number if kind == "int16" else 1.0)
    assert terrain_info(mission, label)["elevation_min_m"] == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("unit", "metres"), [("ft", 0.3048), ("foot", 0.3048), ("km", 1000.0), ("metre", 1.0)])
def test_units_are_converted_and_told(mission: Mission, tmp_path: Path, unit: str, metres: float) -> None:
    file = write(tmp_path / "a.tif", numbers(), units=unit)
    terrain = RasterTerrain(file, mission)
    ours, theirs = at_nodes(mission, file, terrain)
    assert ours == pytest.approx(theirs * metres, rel=1e-6)
    assert (f"converted from {unit}" in terrain.label) == (metres != 1.0)
    assert (f"converted from {unit}" in terrain_info(mission, file)["converted"]) == (metres != 1.0)


@pytest.mark.parametrize("crs", ["IAU_2015:30100", "IAU_2015:30110", "IAU_2015:30130", "IAU_2015:30135"])
def test_a_point_goes_there_and_back_within_a_centimetre(mission: Mission, tmp_path: Path, crs: str) -> None:
    target = rasterio.crs.CRS.from_user_input(crs)
    (x,), (y,) = rasterio.warp.transform(rasterio.crs.CRS.from_proj4(MOON), target, [177.588], [-45.457])
    step = 1e-3 if target.is_geographic else 30.0
    file = tmp_path / "a.tif"
    with rasterio.open(
        file, "w", driver="GTiff", width=8, height=8, count=1, dtype="int16", crs=target,
        transform=rasterio.transform.from_origin(x - 4 * step, y + 4 * step, step, step),
    ) as dataset:  # fmt: skip
        dataset.write(numbers(8, 8), 1)
    terrain = RasterTerrain(file, mission)
    random = np.random.default_rng(3)
    east, north = random.uniform(-50_000.0, 50_000.0, (2, 500))
    back = terrain.site_points(*terrain.pixels(east, north))
    assert max(np.abs(back[0] - east).max(), np.abs(back[1] - north).max()) < 0.01
    # the raster's middle was put at the lander by PROJ
    assert np.hypot(*terrain.site_points(np.array([4.0]), np.array([4.0])))[0] < 0.01


def test_the_lander_of_either_published_frame_lands_at_its_place(mission: Mission, tmp_path: Path) -> None:
    # Liu Z.+ 2020 on LRO maps, Liu J.+ 2019 in the Chang'e-2 frame (FACTS): in one raster they are 0.44 km apart
    z = np.zeros((400, 400), dtype=np.float32)
    step = 0.0005
    places = [(177.588, -45.457), (177.5991, -45.4446)]
    corner = (177.5, -45.4)
    for value, (lon, lat) in enumerate(places, start=1):
        row, column = int((corner[1] - lat) / step), int((lon - corner[0]) / step)
        z[row - 1 : row + 2, column - 1 : column + 2] = value
    file = tmp_path / "two.tif"
    with rasterio.open(
        file, "w", driver="GTiff", width=400, height=400, count=1, dtype="float32", crs=MOON,
        transform=rasterio.transform.from_origin(*corner, step, step),
    ) as dataset:  # fmt: skip
        dataset.write(z, 1)
    terrain = RasterTerrain(file, mission)
    east, north = mission.site.to_site(*np.array(places).T)
    assert terrain.elevation(east, north, 1.0) == pytest.approx([1.0, 2.0])
    assert np.hypot(east[1] - east[0], north[1] - north[0]) == pytest.approx(440.0, abs=10.0)
    assert np.hypot(east[0], north[0]) < 1e-6


def test_missing_numbers_and_nan_are_no_data(mission: Mission, tmp_path: Path) -> None:
    z = numbers().astype(np.float32)
    z[0:7, 0:7], z[20:27, 20:27] = -9999.0, np.nan
    file = write(tmp_path / "a.tif", z, nodata=-9999.0)
    ours, _ = at_nodes(mission, file, RasterTerrain(file, mission))
    east, north = mission.site.to_site(WEST + 3.5 * STEP, NORTH - 3.5 * STEP)
    assert np.isnan(RasterTerrain(file, mission).elevation(east, north, 1.0))
    assert 0 < np.isnan(ours).sum() < ours.size // 4
