"""Large rasters without overviews: a quick rough look, then overviews of our own, exact, whole or not there."""

import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.rasters import heights, overviews, pyramid, raster, rough
from roverctl.terrain.rasters.dataset import open_dataset
from roverctl.terrain.rasters.halving import halve
from roverctl.terrain.rasters.heights import heights_of
from roverctl.terrain.rasters.raster import RasterTerrain
from tests.unit.terrain.rasters.writing import write

RADIUS = 1_737_400.0


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "roverctl" / "overviews"


@pytest.fixture
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a raster of a few thousand pixels is treated as one of 20,000."""
    monkeypatch.setattr(raster, "IN_MEMORY_BYTES", 1000)
    monkeypatch.setattr(raster, "needs_overviews", lambda dataset: not dataset.overviews(1))


def hills(height: int, width: int) -> Any:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (100.0 * np.sin(x / 90.0) * np.cos(y / 70.0) - 5900.0).astype(np.float32)


def build(file: Path) -> None:
    with open_dataset(file) as dataset:
        overviews.build_overviews(dataset, heights_of(dataset, RADIUS), lambda _: None)


def stored(file: Path) -> overviews.StoredLevels | None:
    with open_dataset(file) as dataset:
        return overviews.find_overviews(dataset, heights_of(dataset, RADIUS))


@pytest.mark.parametrize("options", [{}, {"tiled": True, "blockxsize": 64, "blockysize": 64}])
@pytest.mark.parametrize("chunk", [3000, 10**7])
def test_each_level_is_the_halved_one_below(
    tmp_path: Path, options: dict[str, Any], chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overviews, "CHUNK_PIXELS", chunk)
    z = hills(203, 331)
    z[50:60, 70:90] = np.nan
    file = write(tmp_path / "a.tif", z, **options)
    build(file)
    levels = stored(file)
    assert levels is not None
    expected = halve(halve(z))
    for level in range(2, 9):
        assert np.array_equal(levels.read(level, 0, 0, 10**6, 10**6), expected, equal_nan=True)
        expected = halve(expected)


def test_overviews_are_used_and_a_changed_raster_does_not_use_them(
    mission: Mission, tmp_path: Path, small_is_large: None
) -> None:
    file = write(tmp_path / "a.tif", hills(900, 1100), step=1e-4)
    before = RasterTerrain(file, mission)
    assert before.wants_overviews
    build(file)
    after = RasterTerrain(file, mission)
    assert not after.wants_overviews
    exact = halve(halve(halve(halve(hills(900, 1100)))))
    assert np.array_equal(after._pyramid.window(4, 3, 5, 20, 30), exact[5:35, 3:23])
    write(file, hills(900, 1100) + 1.0, step=1e-4)
    assert RasterTerrain(file, mission).wants_overviews


@pytest.mark.parametrize("options", [{}, {"tiled": True, "blockxsize": 64, "blockysize": 64}])
@pytest.mark.parametrize("compress", [None, "deflate"])
def test_the_first_look_without_overviews_shows_the_hills(
    mission: Mission, tmp_path: Path, small_is_large: None, monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any], compress: str | None,
) -> None:  # fmt: skip
    monkeypatch.setattr(rough, "DECODED_BYTES", 900 * 1100 * 4 // 5)
    file = write(tmp_path / "a.tif", hills(900, 1100), step=1e-4, compress=compress, **options)
    read: list[int] = []
    monkeypatch.setattr(rough, "read_heights", counted(heights.read_heights, read))
    terrain = RasterTerrain(file, mission)
    rough_look = terrain._pyramid.window(4, 0, 0, 68, 56)
    exact = halve(halve(halve(halve(hills(900, 1100)))))
    assert np.std(rough_look - exact[:56, :68]) < (40.0 if compress else 2.0), "the hills themselves deviate by 50 m"
    if compress:
        assert 0 < sum(read) <= 900 * 1100 // 3, "only a part of the blocks is decoded"


def counted(function: Any, pixels: list[int]) -> Any:
    def call(dataset: Any, kind: Any, window: Any, *rest: Any) -> Any:
        pixels.append(int(window.width * window.height))
        return function(dataset, kind, window, *rest)

    return call


def test_work_that_is_stopped_leaves_nothing(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overviews, "CHUNK_PIXELS", 3000)
    file = write(tmp_path / "a.tif", hills(400, 500))

    def stop(part: float) -> None:
        if part > 0.4:
            raise KeyboardInterrupt

    with open_dataset(file) as dataset, pytest.raises(KeyboardInterrupt):
        overviews.build_overviews(dataset, heights_of(dataset, RADIUS), stop)
    assert list(own_cache.iterdir()) == []
    assert stored(file) is None


def test_a_disk_that_is_full_is_told_and_leaves_nothing(tmp_path: Path, own_cache: Path) -> None:
    file = write(tmp_path / "a.tif", hills(900, 1100))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(InputError, match="overviews cannot be written"):
            build(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(own_cache.iterdir()) == []


def test_the_rasters_own_overviews_make_ours_needless(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tif", np.zeros((8, 5000), np.int16))
    with rasterio.open(file) as dataset:
        assert overviews.needs_overviews(dataset)
    with rasterio.open(file, "r+") as dataset:
        dataset.build_overviews([2, 4], rasterio.enums.Resampling.average)
    with rasterio.open(file) as dataset:
        assert not overviews.needs_overviews(dataset)


def test_blocks_that_are_kept_stay_within_the_bound(
    mission: Mission, tmp_path: Path, small_is_large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyramid, "CACHE_BYTES", 5 * 257 * 257 * 4)
    terrain = RasterTerrain(write(tmp_path / "a.tif", hills(1500, 1500), step=1e-4), mission)
    terrain._pyramid.window(0, 0, 0, 1500, 1500)
    assert len(terrain._pyramid._blocks) <= 5  # type: ignore[attr-defined]
