"""Rasters of any kind as terrain: against rasterio's own sampling, GDAL's warper and analytic surfaces."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.transform
import rasterio.warp

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.information import terrain_info
from roverctl.terrain.rasters import raster
from roverctl.terrain.rasters.raster import RasterTerrain

MOON = "+proj=longlat +R=1737400 +no_defs"


def write(file: Path, z: np.ndarray[Any, Any], transform: Any, crs: str | None = MOON, **options: Any) -> Path:
    with rasterio.open(
        file, "w", driver="GTiff", width=z.shape[1], height=z.shape[0], count=1, dtype=z.dtype,
        transform=transform, crs=crs, **options,
    ) as dataset:  # fmt: skip
        dataset.write(z, 1)
    return file


def smooth(lon: np.ndarray[Any, Any], lat: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A surface that bilinear interpolation reproduces to centimetres on the rasters below."""
    return np.asarray(-3000.0 + 40.0 * np.sin(lon * 8.0) + 60.0 * np.cos(lat * 6.0))


def around_site(mission: Mission, step: float = 0.002, half: int = 150, turn: float = 0.0) -> tuple[Any, Any]:
    lon0, lat0 = mission.site.longitude_deg + turn, mission.site.latitude_deg
    transform = rasterio.transform.from_origin(lon0 - half * step, lat0 + half * step, step, step)
    index = np.arange(2 * half) + 0.5 - half
    return transform, smooth(lon0 - turn + index * step, (lat0 - index * step)[:, None])


def points(n: int = 400, reach_m: float = 3000.0) -> tuple[Any, Any]:
    random = np.random.default_rng(1)
    return random.uniform(-reach_m, reach_m, n), random.uniform(-reach_m, reach_m, n)


def test_nodes_of_the_real_dem_are_the_files_own_values(mission: Mission, gld100: Path) -> None:
    terrain = RasterTerrain(gld100, mission)
    with rasterio.open(gld100) as dataset:
        z = dataset.read(1)
        rows, columns = np.mgrid[3:1280:97, 5:1792:101]
        lon, lat = rasterio.transform.xy(dataset.transform, rows.ravel(), columns.ravel())
    east, north = mission.site.to_site(lon, lat)
    assert np.abs(terrain.elevation(east, north, 100.0) - z[rows.ravel(), columns.ravel()]).max() < 1e-3
    assert terrain.resolution_m == pytest.approx(0.015625 * math.pi / 180 * 1737400, rel=1e-9)
    assert terrain.generated_below_m == 0.0


def test_coarse_sampling_averages(mission: Mission, gld100: Path) -> None:
    terrain = RasterTerrain(gld100, mission)
    with rasterio.open(gld100) as dataset:
        z = dataset.read(1).astype(float)
        lon, lat = rasterio.transform.xy(dataset.transform, 8 * 50, 8 * 40, offset="ul")
        # the centre of the 8 × 8 block whose corner that is
        lon, lat = lon + 4 * dataset.transform.a, lat + 4 * dataset.transform.e
    east, north = mission.site.to_site(lon, lat)
    expected = z[400:408, 320:328].mean()
    assert terrain.elevation(east, north, 8 * terrain.resolution_m) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("turn", [0.0, -360.0])
def test_longitudes_of_either_convention_are_the_same_place(mission: Mission, tmp_path: Path, turn: float) -> None:
    transform, z = around_site(mission, turn=turn)
    terrain = RasterTerrain(write(tmp_path / "a.tif", z.astype(np.float32), transform), mission)
    east, north = points()
    expected = smooth(*mission.site.to_geographic(east, north))
    assert np.abs(terrain.elevation(east, north, 1.0) - expected).max() < 0.05


def test_a_raster_across_the_date_line_is_whole(mission: Mission, tmp_path: Path) -> None:
    transform = rasterio.transform.from_origin(-180.0, 90.0, 1.0, 1.0)
    z = np.tile(np.arange(180, dtype=np.float32)[:, None], (1, 360))
    terrain = RasterTerrain(write(tmp_path / "world.tif", z, transform), mission)
    lat = np.full(2, -45.0)
    east, north = mission.site.to_site([179.9, 180.1], lat)
    assert terrain.elevation(east, north, 10.0) == pytest.approx([134.5, 134.5], abs=1e-4)


@pytest.mark.parametrize(
    "crs",
    [
        "+proj=stere +lat_0=-90 +lon_0=0 +R=1737400 +units=m +no_defs",
        "+proj=eqc +lat_ts=-45 +lon_0=180 +R=1737400 +units=m +no_defs",
        "+proj=aeqd +lat_0=-45.457 +lon_0=177.588 +R=1737400 +units=m +no_defs",
    ],
)
def test_projected_rasters_stand_where_proj_puts_them(mission: Mission, tmp_path: Path, crs: str) -> None:
    (x,), (y,) = rasterio.warp.transform(MOON, crs, [177.588], [-45.457])
    step, half = 50.0, 200
    transform = rasterio.transform.from_origin(x - half * step, y + half * step, step, step)
    index = (np.arange(2 * half) + 0.5) * step
    xs, ys = np.meshgrid(transform.c + index, transform.f - index)
    lon, lat = rasterio.warp.transform(crs, MOON, xs.ravel(), ys.ravel())
    z = smooth(np.array(lon) % 360.0, np.array(lat)).reshape(xs.shape).astype(np.float32)
    terrain = RasterTerrain(write(tmp_path / "p.tif", z, transform, crs), mission)
    east, north = points()
    expected = smooth(*mission.site.to_geographic(east, north))
    assert np.abs(terrain.elevation(east, north, 1.0) - expected).max() < 0.1
    grid = sample_grid(terrain, -2000.0, -1500.0, 37.0, 90, 70)
    e, n = np.meshgrid(-2000.0 + 37.0 * np.arange(90), -1500.0 + 37.0 * np.arange(70))
    assert np.abs(grid.elevation_m - smooth(*mission.site.to_geographic(e, n))).max() < 0.1


@pytest.mark.parametrize(("east", "north", "spacing"), [(0.0, 0.0, 8.0), (-250_000.0, -250_000.0, 2048.0)])
def test_the_fast_projection_of_a_grid_is_projs(
    mission: Mission, tmp_path: Path, east: float, north: float, spacing: float
) -> None:
    crs = "+proj=stere +lat_0=-90 +lon_0=0 +R=1737400 +units=m +no_defs"
    z = np.zeros((8, 8), np.float32)
    terrain = RasterTerrain(
        write(tmp_path / "p.tif", z, rasterio.transform.from_origin(0.0, 0.0, 100.0, 100.0), crs), mission
    )
    columns = np.asarray(east + spacing * np.arange(258), dtype=np.float64)
    rows = np.asarray(north + spacing * np.arange(250), dtype=np.float64)
    fitted = terrain._fitted_pixels(columns, rows)
    assert fitted is not None
    e, n = np.meshgrid(columns, rows)
    exact = terrain.pixels(e.ravel(), n.ravel())
    # near the ground so exactly that neighbouring tiles join; over 500 km to what a pixel does not show
    limit = 1e-6 if spacing < 100.0 else 1e-3
    assert max(np.abs(a - b).max() for a, b in zip(fitted, exact, strict=True)) < limit


def test_where_no_polynomial_follows_the_projection_proj_is_asked(mission: Mission, tmp_path: Path) -> None:
    crs = "+proj=eqc +lon_0=-2.4 +R=1737400 +units=m +no_defs"  # its seam runs by the site
    z = np.zeros((8, 8), np.float32)
    terrain = RasterTerrain(
        write(tmp_path / "p.tif", z, rasterio.transform.from_origin(0.0, 0.0, 100.0, 100.0), crs), mission
    )
    axis = np.asarray(-5000.0 + 100.0 * np.arange(101), dtype=np.float64)
    assert terrain._fitted_pixels(axis, axis) is None


def test_scale_offset_and_missing_values_are_applied(mission: Mission, tmp_path: Path) -> None:
    transform, z = around_site(mission)
    raw = np.round((z + 3000.0) / 0.5).astype(np.int16)
    raw[:, :20] = -32768
    file = write(tmp_path / "s.tif", raw, transform, nodata=-32768)
    with rasterio.open(file, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.5,), (-3000.0,)
    terrain = RasterTerrain(file, mission)
    east, north = points()
    assert np.abs(terrain.elevation(east, north, 1.0) - smooth(*mission.site.to_geographic(east, north))).max() < 0.35
    lon = transform.c + 10 * transform.a
    missing_east, missing_north = mission.site.to_site(lon, mission.site.latitude_deg)
    assert math.isnan(terrain.elevation(missing_east, missing_north, 1.0))
    info = terrain_info(mission, file)
    assert info["elevation_min_m"] == pytest.approx(raw[:, 20:].min() * 0.5 - 3000.0)
    assert info["elevation_max_m"] == pytest.approx(raw[:, 20:].max() * 0.5 - 3000.0)


def test_outside_is_nan_and_up_to_the_border_is_not(mission: Mission, gld100: Path) -> None:
    terrain = RasterTerrain(gld100, mission)
    east, north = mission.site.to_site([163.99, 164.001, 191.999, 192.01], [-45.0] * 4)
    assert np.isnan(terrain.elevation(east, north, 100.0)).tolist() == [True, False, False, True]


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("overviews", [False, True])
def test_a_large_file_read_in_blocks_gives_what_the_decoded_one_gives(
    mission: Mission, gld100: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overviews: bool, cut: bool
) -> None:
    file = tmp_path / "copy.tif"
    with rasterio.open(gld100) as dataset:
        z, transform = dataset.read(1).astype(np.float32), dataset.transform
    if cut:
        z = z[:-3, :-5]  # no power of two divides the sides
    write(file, z, transform)
    if overviews:
        with rasterio.open(file, "r+") as dataset:
            dataset.build_overviews([2, 4, 8], rasterio.enums.Resampling.average)
    whole = RasterTerrain(file, mission)
    monkeypatch.setattr(raster, "IN_MEMORY_BYTES", 1000)
    blocks = RasterTerrain(file, mission)
    east, north = points(3000, 200_000.0)
    for spacing in (10.0, 900.0, 2000.0, 8000.0):
        a, b = whole.elevation(east, north, spacing), blocks.elevation(east, north, spacing)
        assert np.array_equal(np.isnan(a), np.isnan(b))
        if spacing == 8000.0 and not overviews:
            # read sparsely: 16 of 256 pixels stand for a node, in highlands that differ by kilometres
            assert np.nanstd(a - b) < 40.0
            assert abs(np.nanmean(a - b)) < 3.0
        elif overviews and cut and spacing > 900.0:
            # GDAL's overviews stretch a side that two does not divide, and its windows on them are whole pixels: the
            # ground moves by up to half a node
            assert np.nanstd(a - b) < 60.0
            assert abs(np.nanmean(a - b)) < 5.0
        else:
            assert np.nanmax(np.abs(a - b)) < 0.01


def test_the_fast_grid_is_the_same_as_point_by_point(mission: Mission, gld100: Path) -> None:
    terrain = RasterTerrain(gld100, mission)
    grid = sample_grid(terrain, -1000.0, 2000.0, 130.0, 40, 30)
    east, north = np.meshgrid(-1000.0 + 130.0 * np.arange(40), 2000.0 + 130.0 * np.arange(30))
    assert np.array_equal(grid.elevation_m, terrain.elevation(east, north, 130.0))


def test_a_file_without_coordinates_is_read_as_degrees(mission: Mission, tmp_path: Path) -> None:
    transform, z = around_site(mission)
    terrain = RasterTerrain(write(tmp_path / "plain.tif", z.astype(np.float32), transform, crs=None), mission)
    assert "read as degrees" in terrain.label
    east, north = points()
    assert np.abs(terrain.elevation(east, north, 1.0) - smooth(*mission.site.to_geographic(east, north))).max() < 0.05


def refusal(mission: Mission, file: Path) -> str:
    messages = []
    for attempt in (lambda: RasterTerrain(file, mission), lambda: terrain_info(mission, file)):
        with pytest.raises(InputError) as caught:
            attempt()
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert "\n" not in messages[0]
    assert file.name in messages[0]
    return messages[0]


def test_what_is_no_terrain_is_refused_in_a_line(mission: Mission, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("these are notes\nof a drive\n")
    assert "is not an elevation raster that GDAL can read" in refusal(mission, text)
    assert "no such file" in refusal(mission, tmp_path / "absent.tif")
    transform, z = around_site(mission)
    mars = write(tmp_path / "mars.tif", z, transform, "+proj=longlat +R=3396190 +no_defs")
    assert "3396.2 km" in refusal(mission, mars)
    assert "1737.4 km" in refusal(mission, mars)
    metres = write(tmp_path / "metres.tif", z, rasterio.transform.from_origin(5000.0, 9000.0, 10.0, 10.0), None)
    assert "no coordinate system" in refusal(mission, metres)
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        bare = write(tmp_path / "bare.tif", z, rasterio.transform.Affine.identity(), None)
    assert "no geotransform" in refusal(mission, bare)


def test_a_damaged_raster_is_refused_in_a_line(mission: Mission, gld100: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tif"
    cut.write_bytes(gld100.read_bytes()[:600_000])
    assert "damaged" in refusal(mission, cut) or "cannot" in refusal(mission, cut) or "GDAL" in refusal(mission, cut)


def test_the_real_dem_is_described(mission: Mission, gld100: Path) -> None:
    info = terrain_info(mission, gld100)
    assert (info["driver"], info["width"], info["height"]) == ("GTiff", 1792, 1280)
    assert info["bounds"] == [164.0, -54.0, 192.0, -34.0]
    assert info["body_radius_m"] == 1737400.0
    assert (info["elevation_min_m"], info["elevation_max_m"]) == (-8120.0, -173.0)
