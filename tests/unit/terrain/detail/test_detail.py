"""Generated ground: the same from anywhere, as the statistics say, and fit to drive on."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roverctl.mission.profile import Mission
from roverctl.terrain.detail import craters
from roverctl.terrain.detail.detailed import EVERYWHERE_PLAIN, DetailedTerrain
from roverctl.terrain.detail.roughness import HURST, roughness_points
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.products.gradient import slope_rad
from roverctl.terrain.source import Array, Terrain


@pytest.fixture(scope="module")
def ground(mission: Mission) -> Terrain:
    return open_terrain(mission)


class Level:
    """A plain without anything."""

    label, resolution_m, generated_below_m = "level", 1000.0, 0.0

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        return np.zeros(np.broadcast(east_m, north_m).shape)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-50_000.0, 50_000.0), st.floats(-50_000.0, 50_000.0), st.integers(-3, 11), st.integers(1, 40)
)  # fmt: skip
def test_a_window_holds_what_its_points_hold(east: float, north: float, level: int, size: int) -> None:
    terrain = SHARED[0]
    step = 2.0**level
    grid = sample_grid(terrain, east, north, step, size, size + 3)
    columns = np.asarray(east + step * np.arange(size), dtype=np.float64)
    rows = np.asarray(north + step * np.arange(size + 3), dtype=np.float64)
    points = terrain.elevation(columns[None, :], rows[:, None], step)
    assert np.abs(grid.elevation_m - points).max() < 1e-7


SHARED: list[Terrain] = []


@pytest.fixture(scope="module", autouse=True)
def _share(ground: Terrain) -> None:
    SHARED[:] = [ground]


def test_overlapping_windows_agree_to_the_bit(ground: Terrain) -> None:
    a = sample_grid(ground, -64.0, -32.0, 0.25, 300, 200).elevation_m
    b = sample_grid(ground, -64.0 + 50 * 0.25, -32.0 + 80 * 0.25, 0.25, 100, 60).elevation_m
    assert np.array_equal(a[80:140, 50:150], b)


def test_the_seed_decides(mission: Mission, ground: Terrain) -> None:
    same = sample_grid(open_terrain(mission), 40.0, 90.0, 0.5, 64, 64).elevation_m
    other = sample_grid(open_terrain(mission, seed=5), 40.0, 90.0, 0.5, 64, 64).elevation_m
    assert np.array_equal(same, sample_grid(ground, 40.0, 90.0, 0.5, 64, 64).elevation_m)
    assert np.abs(other - same).max() > 0.05


def test_a_coarser_view_shows_the_same_ground_less_what_is_small(ground: Terrain) -> None:
    fine = sample_grid(ground, 3000.0, 3000.0, 1.0, 512, 512).elevation_m
    coarse = sample_grid(ground, 3000.0, 3000.0, 16.0, 32, 32).elevation_m
    # what is left out is below 6 spacings across: craters under 100 m are under 14 m deep, most a few
    assert np.std(fine[::16, ::16] - coarse) < 1.0
    assert np.std(coarse) > 2.0 * np.std(fine[::16, ::16] - coarse)


def population(largest_m: float, first: int, last: int, side_m: float, plains: Array) -> Array:
    rows = []
    found = np.empty((craters.SLOTS, 7))
    for index in range(first, last + 1):
        cells = int(side_m / 2.0 ** (index + 1))
        for column in range(cells):
            for row in range(cells):
                for k in range(craters.in_cell(4, index, column, row, largest_m, plains, 0.0, found)):
                    rows.append(found[k].copy())  # noqa: PERF401 found is filled anew
    return np.array(rows)


def test_sizes_follow_the_equilibrium_law() -> None:
    side = 1024.0
    diameters = population(64.0, 2, 5, side, EVERYWHERE_PLAIN)[:, 2]
    for size in (4.0, 8.0, 16.0):
        expected = (10.0**-1.1) * (size**-2 - 64.0**-2) * side * side
        assert (diameters >= size).sum() == pytest.approx(expected, abs=4.0 * math.sqrt(expected))


def test_above_the_equilibrium_the_plains_have_the_craters_of_their_age() -> None:
    side = 65_536.0
    diameters = population(1500.0, 8, 10, side, EVERYWHERE_PLAIN)[:, 2]
    expected = 6.7e-9 * ((0.3) ** -3 - 1.5**-3) * side * side
    assert (diameters >= 300.0).sum() == pytest.approx(expected, rel=0.2)


def test_depths_have_the_measured_mean() -> None:
    depths = population(64.0, 2, 4, 1024.0, EVERYWHERE_PLAIN)[:, 3]
    assert depths.mean() == pytest.approx(0.061, abs=0.002)
    assert depths.min() > 0.015
    assert depths.max() <= craters.FRESH_DEPTH


@pytest.mark.parametrize("worn", [0.0, 0.5, 1.0])
def test_a_crater_is_as_deep_and_as_high_as_it_says_and_ends(worn: float) -> None:
    x = np.linspace(0.0, 2.5, 5001)
    z = np.array([craters.shape(v, 1.0, 0.2, worn) for v in x])
    assert z[0] == pytest.approx(-1.0, abs=1e-9)
    assert 0.05 < z.max() <= 0.2 + 1e-9
    assert 0.8 < x[z.argmax()] < 1.5
    assert np.all(z[x >= craters.REACH] == 0.0)
    assert np.abs(np.diff(z)).max() < 0.003  # no step anywhere


def test_the_crater_by_the_lander_is_there(mission: Mission) -> None:
    terrain = DetailedTerrain(Level(), mission, 1000.0, 1000.0, 4)
    north = np.arange(0.0, 33.0, 0.25)
    z = terrain.elevation(np.zeros(1), north, 0.25)
    bottom, rim = north[z.argmin()], north[z[:80].argmax()]
    assert bottom == pytest.approx(20.85, abs=4.0)
    assert rim == pytest.approx(8.35, abs=4.0)
    assert 1.0 < z[:80].max() - z.min() < 2.2
    assert terrain.elevation(np.zeros(1), np.zeros(1), 0.05)[0] == pytest.approx(0.0, abs=1e-6)


def test_the_rover_can_drive_there(ground: Terrain) -> None:
    slope = np.degrees(slope_rad(sample_grid(ground, -100.0, -100.0, 0.5, 401, 401).elevation_m, 0.5, 0.5))
    assert (slope < 10.0).mean() > 0.85
    assert (slope < 15.0).mean() > 0.94
    assert slope.max() > 15.0  # and yet there is something to avoid


def test_roughness_grows_with_the_hurst_exponent() -> None:
    random = np.random.default_rng(8)
    east, north = random.uniform(-5e5, 5e5, (2, 20_000))
    plain = np.zeros(east.size)

    def rise(baseline: float) -> float:
        a, b = np.zeros(east.size), np.zeros(east.size)
        roughness_points(east, north, plain, 0.05, 16_384.0, 4, a)
        roughness_points(east + baseline, north, plain, 0.05, 16_384.0, 4, b)
        return float(np.std(b - a))

    slope = math.log(rise(320.0) / rise(5.0)) / math.log(64.0)
    assert slope == pytest.approx(HURST, abs=0.08)


def test_missing_data_stays_missing(mission: Mission) -> None:
    class Half(Level):
        def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
            east, _ = np.broadcast_arrays(east_m, north_m)
            return np.where(east < 0.0, np.nan, 0.0)

    terrain = DetailedTerrain(Half(), mission, 100.0, 100.0, 4)
    z = sample_grid(terrain, -10.0, 0.0, 1.0, 21, 5).elevation_m
    assert np.isnan(z[:, :10]).all()
    assert np.isfinite(z[:, 10:]).all()
    assert terrain.base.label == "level"
