"""Slope and hillshade against gdaldem and against Horn's formula written out cell by cell."""

import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import rasterio

from roverctl.terrain.products.gradient import hillshade, slope_rad


def gdaldem(tmp_path: Path, *arguments: str) -> npt.NDArray[np.float64]:
    if shutil.which("gdaldem") is None:
        pytest.skip("gdaldem is not installed here")
    out = tmp_path / "out.tif"
    subprocess.run(["gdaldem", *arguments[:2], str(out), "-q", *arguments[2:]], check=True, capture_output=True)
    with rasterio.open(out) as dataset:
        return np.asarray(dataset.read(1), dtype=np.float64)


def horn(z: npt.NDArray[np.float64], row: int, column: int, dx: float, dy: float) -> tuple[float, float]:
    """Horn 1981, written out: slopes to the east and to the north; rows go north."""
    w = z[row - 1 : row + 2, column - 1 : column + 2]
    east = (w[0, 2] + 2 * w[1, 2] + w[2, 2] - w[0, 0] - 2 * w[1, 0] - w[2, 0]) / (8 * dx)
    north = (w[2, 0] + 2 * w[2, 1] + w[2, 2] - w[0, 0] - 2 * w[0, 1] - w[0, 2]) / (8 * dy)
    return float(east), float(north)


def test_slope_is_gdaldems_on_the_real_dem(gld100: Path, tmp_path: Path) -> None:
    with rasterio.open(gld100) as dataset:
        z = dataset.read(1).astype(np.float32)
    expected = gdaldem(tmp_path, "slope", str(gld100), "-compute_edges", "-s", "30000")
    step = 0.015625 * 30000
    assert np.abs(np.degrees(slope_rad(z, step, -step)) - expected).max() < 0.01


@pytest.mark.parametrize(("azimuth_deg", "altitude_deg", "times"), [(315, 45, 1), (70, 10, 1), (200, 80, 3)])
def test_hillshade_is_gdaldems_on_the_real_dem(
    gld100: Path, tmp_path: Path, azimuth_deg: int, altitude_deg: int, times: int
) -> None:
    with rasterio.open(gld100) as dataset:
        z = dataset.read(1).astype(np.float64)
    expected = gdaldem(
        tmp_path, "hillshade", str(gld100), "-compute_edges", "-s", "30000",
        "-az", str(azimuth_deg), "-alt", str(altitude_deg), "-z", str(times),
    )  # fmt: skip
    step = 0.015625 * 30000
    shade = hillshade(z, step, -step, math.radians(azimuth_deg), math.radians(altitude_deg), times)
    assert np.abs(shade.astype(float) - expected).max() <= 2


def test_missing_cells_are_treated_as_gdaldem_treats_them(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    z = random.normal(0.0, 2.0, (40, 50)).astype(np.float32)
    z[random.random(z.shape) < 0.1] = np.nan
    file = tmp_path / "holes.tif"
    transform = rasterio.transform.from_origin(0.0, 100.0, 2.0, 2.0)
    with rasterio.open(
        file, "w", driver="GTiff", width=50, height=40, count=1, dtype="float32", nodata=-9999.0, transform=transform
    ) as dataset:
        dataset.write(np.where(np.isnan(z), np.float32(-9999.0), z), 1)
    expected = gdaldem(tmp_path, "slope", str(file), "-compute_edges")
    ours = np.degrees(slope_rad(z, 2.0, -2.0))
    assert np.array_equal(np.isnan(ours), expected == -9999.0)
    # within: gdaldem extrapolates past the border only where both cells it needs have data, and so do we
    inside = np.s_[1:-1, 1:-1]
    assert np.nanmax(np.abs(ours[inside] - np.where(expected == -9999.0, np.nan, expected)[inside])) < 0.01
    assert np.array_equal(hillshade(z, 2.0, -2.0, 1.0, 0.7) == 0, np.isnan(z))


def test_interior_cells_follow_horn() -> None:
    z = np.random.default_rng(3).normal(0.0, 5.0, (12, 17))
    dx, dy = 1.5, 2.5
    slope = slope_rad(z, dx, dy)
    azimuth, elevation = 0.4, 0.6
    shade = hillshade(z, dx, dy, azimuth, elevation, exaggeration=1.7)
    sun = (
        math.sin(azimuth) * math.cos(elevation),
        math.cos(azimuth) * math.cos(elevation),
        math.sin(elevation),
    )
    for row in range(1, 11):
        for column in range(1, 16):
            east, north = horn(z, row, column, dx, dy)
            assert slope[row, column] == pytest.approx(math.atan(math.hypot(east, north)), abs=1e-6)
            east, north = 1.7 * east, 1.7 * north
            cosine = (sun[2] - east * sun[0] - north * sun[1]) / math.sqrt(1 + east * east + north * north)
            assert abs(int(shade[row, column]) - (1 + 254 * max(cosine, 0.0))) <= 0.5 + 1e-3


def test_a_plane_has_its_slope_up_to_the_border() -> None:
    rows, columns = np.mgrid[0:6, 0:7].astype(float)
    z = 0.3 * columns * 2.0 - 0.1 * rows * 3.0
    slope = slope_rad(z, 2.0, 3.0)
    # gdaldem repeats a column in the corners, where the slope along the row is halved; so do we
    slope[[0, 0, -1, -1], [0, -1, 0, -1]] = math.atan(math.hypot(0.3, 0.1))
    assert np.allclose(slope, math.atan(math.hypot(0.3, 0.1)), atol=1e-6)


def test_a_slope_that_faces_the_sun_is_brighter() -> None:
    rows = np.arange(8.0)[:, None] * np.ones(8)
    north_up = 0.5 * rows  # rises to the north: faces south
    assert hillshade(north_up, 1.0, 1.0, math.pi, 0.5).mean() > hillshade(north_up, 1.0, 1.0, 0.0, 0.5).mean()
    # as an image, row 0 north, the same array rises to the south
    assert hillshade(north_up, 1.0, -1.0, math.pi, 0.5).mean() < hillshade(north_up, 1.0, -1.0, 0.0, 0.5).mean()


@pytest.mark.parametrize("slope", [0.0, 1e-6, 0.2, 0.4142, 0.4143, 1.0, 2.414, 2.415, 40.0])
def test_every_steepness_has_its_arc_tangent(slope: float) -> None:
    z = slope * np.arange(5.0) * np.ones((5, 1))
    assert slope_rad(z, 1.0, 1.0)[2, 2] == pytest.approx(math.atan(slope), abs=2e-7)
