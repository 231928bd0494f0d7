"""Horizons of all nodes against one ray at a time, and against shapes whose horizon is known."""

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import rasterio

from roverctl.mission.profile import Mission
from roverctl.terrain.products.marching import horizon_cube
from roverctl.terrain.products.nest import far_reach_m, nest_horizon_rad, sample_nest
from roverctl.terrain.products.skyline import skyline
from roverctl.terrain.rasters.raster import RasterTerrain
from tests.unit.doubles import Ground, flat, plane
from tests.unit.terrain.products import marched

MOON_M = 1_737_400.0
# on the axes, near them, on the diagonal and anywhere
AZIMUTHS = np.radians([0.0, 1.3, 45.0, 71.7, 90.0, 133.3, 180.0, 222.2, 268.9, 305.0])


def errors_deg(z: npt.NDArray[np.floating], spacing: float, nodes: int) -> marched.Array:
    cube = np.degrees(horizon_cube(z, spacing, AZIMUTHS, MOON_M))
    random = np.random.default_rng(1)
    rows, columns = random.integers(0, z.shape[0], nodes), random.integers(0, z.shape[1], nodes)
    right = np.array(
        [[math.degrees(marched.horizon(z, spacing, r, c, a, MOON_M)) for r, c in zip(rows, columns, strict=True)]
         for a in AZIMUTHS]
    )  # fmt: skip
    ours = cube[:, rows, columns]
    assert np.array_equal(np.isnan(ours), np.isnan(right))
    return np.asarray(np.abs(ours - right)[~np.isnan(right)], dtype=np.float64)


def test_horizons_on_real_relief_are_within_half_a_degree(gld100: Path) -> None:
    with rasterio.open(gld100) as dataset:
        z = np.ascontiguousarray(dataset.read(1)[200:600, 300:700][::-1].astype(np.float32))
    assert np.quantile(errors_deg(z, 474.0, 150), 0.99) < 0.1
    # the same ground four times as high, with slopes beyond 60°
    assert np.quantile(errors_deg(4.0 * z, 474.0, 150), 0.99) < 0.5


@pytest.mark.parametrize("seed", [1, 2])
def test_horizons_on_rough_ground_are_within_half_a_degree(seed: int) -> None:
    assert np.quantile(errors_deg(marched.fractal(256, seed, 0.4), 1.0, 150), 0.99) < 0.5


def test_shadow_masks_are_the_oracles_within_a_percent() -> None:
    z = marched.fractal(160, 4, 0.35)
    for azimuth in (0.4, 2.0):
        ours = horizon_cube(z, 1.0, np.array([azimuth]))[0]
        nodes = [(r, c) for r in range(2, 158, 3) for c in range(2, 158, 3)]
        right = np.array([marched.horizon(z, 1.0, r, c, azimuth) for r, c in nodes])
        mine = np.array([ours[node] for node in nodes])
        for sun in np.radians([3.0, 10.0, 20.0]):
            assert 0.01 < np.mean(right > sun) < 0.99
            assert np.mean((mine > sun) != (right > sun)) < 0.01


def test_a_plane_rises_by_its_slope_in_every_direction() -> None:
    rows, columns = np.mgrid[0:41, 0:41].astype(float)
    z = 0.2 * columns + 0.1 * rows
    cube = horizon_cube(z, 1.0, AZIMUTHS)
    for azimuth, horizon in zip(AZIMUTHS, cube, strict=True):
        assert horizon[20, 20] == pytest.approx(math.atan(0.2 * math.sin(azimuth) + 0.1 * math.cos(azimuth)), abs=1e-4)


def test_a_cone_is_seen_at_its_own_steepness() -> None:
    rows, columns = np.mgrid[-60:61, -60:61].astype(float)
    z = 30.0 - 0.5 * np.hypot(rows, columns)
    for row, column in ((30, 60), (100, 60), (60, 15), (95, 95)):
        azimuth = math.atan2(60 - column, 60 - row)
        horizon = horizon_cube(z, 1.0, np.array([azimuth]))[0, row, column]
        assert math.degrees(horizon) == pytest.approx(math.degrees(math.atan(0.5)), abs=0.1)


def test_the_horizon_in_a_hemispherical_bowl_is_its_rim() -> None:
    side, radius = 201, 90.0
    rows, columns = np.mgrid[-100:101, -100:101].astype(float)
    z = -np.sqrt(np.maximum(radius**2 - rows**2 - columns**2, 0.0))
    cube = horizon_cube(z, 1.0, AZIMUTHS)
    assert np.degrees(cube[:, side // 2, side // 2]) == pytest.approx(np.full(len(AZIMUTHS), 45.0), abs=0.7)
    # from off the middle the rim lies where the line of that azimuth meets the circle
    for row, column in ((120, 100), (100, 60), (70, 130)):
        y, x = row - 100.0, column - 100.0
        for azimuth, horizon in zip(AZIMUTHS, cube[:, row, column], strict=True):
            along = x * math.sin(azimuth) + y * math.cos(azimuth)
            reach = -along + math.sqrt(along**2 + radius**2 - x * x - y * y)
            expected = math.atan2(math.sqrt(radius**2 - x * x - y * y), reach)
            assert math.degrees(horizon) == pytest.approx(math.degrees(expected), abs=0.7)


def test_curvature_decides_whether_a_far_mountain_is_seen() -> None:
    # 2 km high, 100 km away: 1.15° on a flat world, below the level on the Moon, where 100 km hide 2.9 km
    mountain = Ground(lambda east, north: np.where(np.hypot(east - 100_000.0, north) < 4000.0, 2000.0, 0.0))
    east = np.array([math.pi / 2])

    def seen_deg(radius_m: float) -> float:
        nest = sample_nest(mountain, 0.0, 0.0, 100.0, 4, 4, radius_m, 150_000.0)
        line = math.degrees(float(skyline(mountain, 0.0, 0.0, 0.0, east, radius_m, 100.0)[0]))
        assert math.degrees(nest_horizon_rad(nest, math.pi / 2)[0, 0]) == pytest.approx(line, abs=0.1)
        return line

    assert seen_deg(1e12) == pytest.approx(1.17, abs=0.06)
    assert -0.1 < seen_deg(MOON_M) < 0.0
    # at 60 km it is higher than what 1.0 km of curvature hides
    near = Ground(lambda east, north: np.where(np.hypot(east - 60_000.0, north) < 4000.0, 2000.0, 0.0))
    expected = math.degrees(math.atan(2000.0 / 56_000.0 - 56_000.0 / (2.0 * MOON_M)))
    assert math.degrees(skyline(near, 0.0, 0.0, 0.0, east, MOON_M, 100.0)[0]) == pytest.approx(expected, abs=0.06)


def test_reach_is_where_the_highest_summit_sinks_below_the_level() -> None:
    reach_m = far_reach_m(-5935.0, MOON_M)
    assert 240_000.0 < reach_m < 242_000.0
    assert (10_786.0 + 5935.0) - reach_m**2 / (2.0 * MOON_M) == pytest.approx(0.0, abs=1e-6)


def test_a_windows_horizon_knows_the_ground_far_outside_it(gld100: Path, mission: Mission) -> None:
    terrain = RasterTerrain(gld100, mission)
    spacing = 474.0
    west, south = -20_000.0, -45_000.0  # by Zhinyu and under the southern wall
    nest = sample_nest(terrain, west, south, spacing, 40, 40, MOON_M)
    random = np.random.default_rng(3)
    errors = []
    d = spacing * 0.5 * np.arange(1, 1100)
    for azimuth in AZIMUTHS:
        horizon = nest_horizon_rad(nest, float(azimuth))
        for row, column in random.integers(0, 40, (40, 2)):
            east, north = west + column * spacing, south + row * spacing
            own = terrain.elevation(np.array([east]), np.array([north]), spacing)[0]
            ground = terrain.elevation(east + d * math.sin(azimuth), north + d * math.cos(azimuth), spacing)
            right = math.atan(np.nanmax((ground - own) / d - d / (2.0 * MOON_M)))
            errors.append(abs(math.degrees(horizon[row, column] - right)))
    assert np.quantile(errors, 0.99) < 0.5


def test_windows_that_overlap_have_the_same_horizon(gld100: Path, mission: Mission) -> None:
    terrain = RasterTerrain(gld100, mission)
    one = nest_horizon_rad(sample_nest(terrain, 0.0, 0.0, 500.0, 24, 24, MOON_M), 1.0)
    # off by odd numbers of nodes, so that every coarser lattice is met elsewhere
    other = nest_horizon_rad(sample_nest(terrain, 3500.0, 2500.0, 500.0, 24, 24, MOON_M), 1.0)
    assert np.degrees(np.abs(one[5:, 7:] - other[:-5, :-7])).max() < 0.02


def test_ground_that_is_not_known_makes_no_horizon() -> None:
    z = np.zeros((30, 30))
    z[10:20, 10:20] = np.nan
    cube = horizon_cube(z, 1.0, np.radians([90.0]))
    assert np.isnan(cube[0, 15, 12]) and np.isnan(cube[0, 3, -1])
    assert cube[0, 15, 2] == pytest.approx(0.0, abs=1e-6)


def test_a_skyline_from_a_mast_dips() -> None:
    level = skyline(flat(), 0.0, 0.0, 10.0, AZIMUTHS, MOON_M)
    # the dip of the sphere: sqrt(2 h / R)
    assert np.allclose(level, -math.sqrt(20.0 / MOON_M), rtol=0.02)


def test_a_skyline_far_from_the_site_follows_great_circles() -> None:
    # a narrow peak 120 km north and 40 km east of the observer, who stands 300 km east of the site
    summit = np.array([340_000.0, 120_000.0])

    def height(east: marched.Array, north: marched.Array) -> marched.Array:
        away = np.hypot(east - summit[0], north - summit[1])
        return np.asarray(10_000.0 * np.exp(-(away**2) / (2.0 * 1500.0**2)), dtype=np.float64)

    azimuths = np.radians(np.arange(0.0, 40.0, 0.1))
    horizon = skyline(Ground(height), 300_000.0, 0.0, 2.0, azimuths, MOON_M, 50.0)

    # spherical trigonometry from the site's pole: distance and direction as vectors
    def place(east: float, north: float) -> marched.Array:
        angle, bearing = math.hypot(east, north) / MOON_M, math.atan2(east, north)
        return np.array([math.sin(angle) * math.sin(bearing), math.sin(angle) * math.cos(bearing), math.cos(angle)])

    eye, peak = place(300_000.0, 0.0), place(*summit)
    to_site = np.array([0.0, 0.0, 1.0]) - eye * eye[2]
    to_peak = peak - eye * (eye @ peak)
    # the site lies due west on the map
    turn = math.acos(to_site @ to_peak / np.linalg.norm(to_site) / np.linalg.norm(to_peak))
    assert math.degrees(azimuths[int(np.nanargmax(horizon))]) == pytest.approx(math.degrees(turn) - 90.0, abs=0.25)


def test_a_plane_seen_from_a_window_is_the_planes_slope() -> None:
    nest = sample_nest(plane(0.1, -0.05), 10.0, 20.0, 2.0, 30, 20, math.inf, 5000.0)
    for azimuth in AZIMUTHS:
        expected = math.atan(0.1 * math.sin(azimuth) - 0.05 * math.cos(azimuth))
        assert np.allclose(nest_horizon_rad(nest, float(azimuth)), expected, atol=1e-3)
