"""Aspect, roughness, light and contours against gdaldem, least squares, the hillshade and scikit-image."""

import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
import skimage.measure

from roverctl.terrain.products import surface
from roverctl.terrain.products.contours import contour_lines, contour_map, interval_m
from roverctl.terrain.products.gradient import hillshade, slope_rad
from tests.unit.terrain.products import marched
from tests.unit.terrain.products.test_gradient import gdaldem


def test_aspect_is_gdaldems_on_the_real_dem(gld100: Path, tmp_path: Path) -> None:
    expected = gdaldem(tmp_path, "aspect", str(gld100))[1:-1, 1:-1]
    with rasterio.open(gld100) as dataset:
        z = dataset.read(1).astype(np.float64)
    ours = np.degrees(surface.aspect_rad(z[::-1], 1.0))[::-1]
    known = expected != -9999.0
    assert np.array_equal(np.isnan(ours), ~known)
    apart = np.abs((ours[known] - expected[known] + 180.0) % 360.0 - 180.0)
    assert apart.max() < 0.01


def test_light_is_the_hillshade_and_gradient_the_slope() -> None:
    z = marched.fractal(48, 3, 0.5).astype(np.float64)
    z[10, 20] = np.nan
    inner = np.s_[1:-1, 1:-1]
    ours = surface.light(z, 2.0, np.array(1.0), np.array(0.5))
    theirs = hillshade(z, 2.0, 2.0, 1.0, 0.5)[inner]
    assert np.array_equal(np.isnan(ours), theirs == 0)
    assert np.nanmax(np.abs(ours - theirs)) <= 0.51
    east, north = surface.gradient(z, 2.0)
    assert np.allclose(np.arctan(np.hypot(east, north)), slope_rad(z, 2.0, 2.0)[inner], atol=1e-6, equal_nan=True)


def test_roughness_is_what_a_plane_of_least_squares_leaves() -> None:
    z = np.random.default_rng(2).normal(0.0, 0.1, (9, 11))
    ours = surface.roughness_m(z)
    rows, columns = (index.ravel() for index in np.mgrid[-1:2, -1:2])
    design = np.stack((np.ones(9), rows, columns), axis=1)
    for row in range(7):
        for column in range(9):
            heights = z[row : row + 3, column : column + 3].ravel()
            left = heights - design @ np.linalg.lstsq(design, heights, rcond=None)[0]
            assert ours[row, column] == pytest.approx(math.sqrt((left**2).mean()), rel=1e-5)


def test_a_tilted_plane_is_smooth_and_has_steps() -> None:
    rows, columns = np.mgrid[0:6, 0:7].astype(float)
    z = 0.3 * columns - 0.1 * rows
    assert np.allclose(surface.roughness_m(z), 0.0, atol=1e-7)
    assert np.allclose(surface.step_m(z), 0.3)


def test_contours_are_scikit_images() -> None:
    z = marched.fractal(64, 5, 0.6).astype(np.float64)
    for level in np.quantile(z, [0.1, 0.5, 0.8]):
        ours = contour_lines(z, level, 100.0, 200.0, 2.0)
        theirs = skimage.measure.find_contours(z, level)  # type: ignore[no-untyped-call]

        def length(lines: list[marched.Array]) -> float:
            return float(sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in lines))

        # saddles may be joined differently, which moves a line within one cell
        assert length(ours) / 2.0 == pytest.approx(length(theirs), rel=0.02)
        points = {(round(e, 6), round(n, 6)) for line in ours for e, n in line}
        expected = {(round(100.0 + 2.0 * c, 6), round(200.0 + 2.0 * r, 6)) for line in theirs for r, c in line}
        assert points == expected


def test_contours_of_a_hill_close_with_the_summit_on_their_right() -> None:
    rows, columns = np.mgrid[0:41, 0:41].astype(float)
    (line,) = contour_lines(20.0 - np.hypot(rows - 20, columns - 20), 8.0, -20.0, -20.0, 1.0)
    assert np.array_equal(line[0], line[-1])
    assert np.allclose(np.hypot(*line.T), 12.0, atol=0.05)
    east, north = line.T
    # clockwise around the summit: the signed area is negative
    assert 0.5 * np.sum(east[:-1] * north[1:] - east[1:] * north[:-1]) == pytest.approx(-math.pi * 144.0, rel=0.01)


def test_contours_stop_beside_missing_ground() -> None:
    z = np.tile(np.arange(10.0), (10, 1))
    z[4:6, 3:7] = np.nan
    lines = contour_lines(z, 4.5, 0.0, 0.0, 1.0)
    assert len(lines) == 2
    assert sorted(round(float(np.ptp(line[:, 1])), 6) for line in lines) == [3.0, 3.0]


def test_the_contour_map_marks_each_level_once_along_a_slope() -> None:
    z = np.tile(np.linspace(0.0, 10.0, 52), (8, 1))
    picture = contour_map(z, 2.0)
    for level in (2.0, 4.0, 6.0, 8.0):
        assert np.all(np.sum(picture == level, axis=1) >= 1)
        assert np.all(np.sum(picture == level, axis=1) <= 2)
    assert np.mean(np.isnan(picture)) > 0.8


@pytest.mark.parametrize(
    ("spacing", "interval"), [(0.125, 0.1), (0.5, 0.5), (8.0, 5.0), (474.0, 200.0), (1000.0, 1000.0)]
)
def test_intervals_are_round(spacing: float, interval: float) -> None:
    assert interval_m(spacing) == pytest.approx(interval)
