"""Generated ground: the same from anywhere, as the statistics say, and fit to drive on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roverctl.mission.profile import Mission
from roverctl.terrain.detail.detailed import ALONE, DetailedTerrain
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.products.gradient import slope_rad
from roverctl.terrain.source import Array, Terrain
from tests.unit.terrain.detail.level import Level


@pytest.fixture(scope="module")
def ground(mission: Mission) -> Terrain:
    return open_terrain(mission)


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
    # The reconstruction below interpolates its fine grids, to a millimetre.
    assert np.abs(grid.elevation_m - points).max() < 1e-3


SHARED: list[Terrain] = []


@pytest.fixture(scope="module", autouse=True)
def _share(ground: Terrain) -> None:
    SHARED[:] = [ground]


def test_overlapping_windows_agree_to_the_bit(ground: Terrain) -> None:
    a = sample_grid(ground, -64.0, -32.0, 0.25, 300, 200).elevation_m
    b = sample_grid(ground, -64.0 + 50 * 0.25, -32.0 + 80 * 0.25, 0.25, 100, 60).elevation_m
    assert np.array_equal(a[80:140, 50:150], b)


def test_a_window_shared_by_two_threads_has_the_bits_of_its_parts(ground: Terrain) -> None:
    step = 0.125
    whole = sample_grid(ground, 24.0, -80.0, step, 320, 321).elevation_m
    assert whole.size > ALONE
    for row, column in ((0, 0), (130, 200), (160, 0), (221, 220)):
        part = sample_grid(ground, 24.0 + column * step, -80.0 + row * step, step, 100, 100).elevation_m
        assert np.array_equal(whole[row : row + 100, column : column + 100], part)


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
