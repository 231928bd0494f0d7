"""Layers: finer over coarser without steps, each with its own detail, the reconstruction below them all."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.transform
from scipy import ndimage

from roverctl.mission.profile import Mission
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.rasters.feather import FEATHER_PX, edge_distance
from roverctl.terrain.rasters.layered import Layer, LayeredTerrain
from roverctl.terrain.rasters.raster import RasterTerrain
from roverctl.terrain.source import source_at

AT_SITE = "+proj=aeqd +lat_0=-45.457 +lon_0=177.588 +R=1737400 +units=m +no_defs"


def flat(file: Path, value: float, side: int, step: float, hole: Any = None, east: float = 0.0) -> Path:
    """A square of ``side`` pixels about a point east of the site."""
    z = np.full((side, side), value, np.float32)
    if hole is not None:
        z[hole] = np.nan
    half = 0.5 * side * step
    with rasterio.open(
        file, "w", driver="GTiff", width=side, height=side, count=1, dtype="float32", crs=AT_SITE,
        transform=rasterio.transform.from_origin(east - half, half, step, step),
    ) as dataset:  # fmt: skip
        dataset.write(z, 1)
    return file


@pytest.fixture
def two(mission: Mission, tmp_path: Path) -> LayeredTerrain:
    """100 m high, 2 m fine, 400 m across; over 0 m high, 20 m fine, 4 km across."""
    fine = RasterTerrain(flat(tmp_path / "fine.tif", 100.0, 200, 2.0), mission)
    coarse = RasterTerrain(flat(tmp_path / "coarse.tif", 0.0, 200, 20.0), mission)
    return LayeredTerrain((Layer(fine, fine), Layer(coarse, coarse)), open_terrain(mission, detail=False))


def line(terrain: Any, east: Any, spacing_m: float = 1.0) -> Any:
    return terrain.elevation(np.asarray(east, np.float64), np.zeros(len(east)), spacing_m)


def test_the_finer_lies_on_top_and_the_seam_is_a_ramp(two: LayeredTerrain) -> None:
    east = np.arange(0.0, 260.0, 0.25)
    z = line(two, east)
    width = FEATHER_PX * 2.0
    inside, outside = east < 200.0 - width - 4.0, east > 200.0
    assert np.allclose(z[inside], 100.0)
    assert np.allclose(z[outside], 0.0, atol=1e-4)
    assert np.abs(np.diff(z)).max() < 1.2 * 100.0 * 0.25 / width, "no step anywhere"
    assert np.all(np.diff(z) <= 1e-9)


def test_a_hole_in_the_data_shows_what_lies_below_without_a_step(mission: Mission, tmp_path: Path) -> None:
    fine = RasterTerrain(flat(tmp_path / "f.tif", 100.0, 400, 2.0, np.s_[195:206, 195:206]), mission)
    coarse = RasterTerrain(flat(tmp_path / "c.tif", 0.0, 200, 20.0), mission)
    both = LayeredTerrain((Layer(fine, fine), Layer(coarse, coarse)), open_terrain(mission, detail=False))
    z = line(both, np.arange(-300.0, 300.0, 0.25))
    assert np.isfinite(z).all()
    assert z.min() < 1e-4
    assert z[0] == pytest.approx(100.0)
    assert np.abs(np.diff(z)).max() < 1.2 * 100.0 * 0.25 / (FEATHER_PX * 2.0)


def test_the_same_from_any_window_and_from_points(two: LayeredTerrain) -> None:
    big = sample_grid(two, -300.0, -300.0, 5.0, 120, 120).elevation_m
    small = sample_grid(two, 100.0, -50.0, 5.0, 20, 20).elevation_m
    assert np.allclose(big[50:70, 80:100], small, atol=1e-6)
    east, north = np.meshgrid(-300.0 + 5.0 * np.arange(120), -300.0 + 5.0 * np.arange(120))
    assert np.allclose(two.elevation(east, north, 5.0), big, atol=1e-3)


def test_beyond_all_rasters_there_is_the_reconstruction(mission: Mission, two: LayeredTerrain) -> None:
    far = [50_000.0, -80_000.0]
    assert np.array_equal(line(two, far), line(open_terrain(mission, detail=False), far))


def test_a_place_tells_its_source(two: LayeredTerrain) -> None:
    names = [source_at(two, east, 0.0, 1.0) for east in (0.0, 1000.0, 100_000.0)]
    assert [s.label for s in names[:2]] == ["fine.tif", "coarse.tif"]
    assert [s.resolution_m for s in names[:2]] == pytest.approx([2.0, 20.0])
    assert "reconstruction" in names[2].label
    assert [s.chosen for s in names] == [True, True, False]


def test_sources_that_disagree_are_left_and_told(two: LayeredTerrain) -> None:
    ((upper, lower, offset_m),) = two.offsets_m()
    assert (upper, lower) == ("fine.tif", "coarse.tif")
    assert offset_m == pytest.approx(100.0)


def test_detail_begins_below_what_each_layer_resolves(mission: Mission, tmp_path: Path) -> None:
    fine = flat(tmp_path / "fine.tif", -5935.0, 400, 5.0)
    coarse = flat(tmp_path / "coarse.tif", -5935.0, 200, 100.0)
    terrain = open_terrain(mission, [fine, coarse])

    def roughness(east: float, spacing_m: float) -> float:
        return float(np.std(sample_grid(terrain, east, 0.0, spacing_m, 40, 40).elevation_m))

    assert source_at(terrain, 0.0, 0.0, 1.0).generated_below_m == pytest.approx(10.0)
    assert source_at(terrain, 5000.0, 0.0, 1.0).generated_below_m == pytest.approx(200.0)
    # ten metres a node: the fine layer's own flat ground has nothing to add, the coarse one's has
    assert roughness(-200.0, 10.0) < 0.01
    assert roughness(4000.0, 10.0) > 0.05
    assert roughness(-20.0, 0.5) > 0.005


def test_a_raster_all_around_the_body_has_no_seam(mission: Mission, tmp_path: Path) -> None:
    file = tmp_path / "world.tif"
    with rasterio.open(
        file, "w", driver="GTiff", width=720, height=360, count=1, dtype="float32",
        crs="+proj=longlat +R=1737400 +no_defs", transform=rasterio.transform.from_origin(-180.0, 90.0, 0.5, 0.5),
    ) as dataset:  # fmt: skip
        dataset.write(np.full((360, 720), 7.0, np.float32), 1)
    terrain = open_terrain(mission, [file], detail=False)
    east, north = mission.site.to_site([179.0, 179.9, 180.1, 181.0], [-45.0] * 4)
    assert terrain.elevation(east, north, 1.0) == pytest.approx([7.0] * 4)


def test_the_distance_to_missing_data_is_scipys() -> None:
    random = np.random.default_rng(2)
    values = random.normal(size=(90, 110)).astype(np.float32)
    values[random.uniform(size=values.shape) < 0.003] = np.nan
    exact = np.minimum(ndimage.distance_transform_edt(~np.isnan(values)), 20.0)
    assert np.abs(edge_distance(values, 20) - exact).max() < 1e-4
