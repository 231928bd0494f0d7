"""Every view is the mean of a finer one: of whole windows, of single features, and on average."""

import numpy as np
import pytest

from roverctl.mission.profile import Mission
from roverctl.terrain.detail.craters import SMALLEST_M, unseen_m
from roverctl.terrain.detail.detailed import DetailedTerrain
from roverctl.terrain.detail.profiles import RIM_OF_DEPTH, crater_profile, crater_table, rock_profile, rock_table
from roverctl.terrain.detail.roughness import roughness_points
from roverctl.terrain.detail.stamping import at_point
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.source import Array
from tests.unit.terrain.detail.level import Level

LEVELS = [0.1 * 2.0**k for k in range(10)] + [64.0]  # each against one twice as fine: 5 cm to 64 m
STATED_RMS = 0.10  # of the root-mean-square step between neighbouring nodes of the level
STATED_BIAS = 0.005
HIGHLANDS = np.array([[1e9, 1e9, 1.0]])


@pytest.mark.parametrize("spacing", LEVELS)
@pytest.mark.parametrize("plains", [None, HIGHLANDS], ids=["plains", "highlands"])
def test_a_level_is_the_mean_of_the_finer_one_to_the_stated_error(
    mission: Mission, spacing: float, plains: Array | None
) -> None:
    terrain = DetailedTerrain(Level(), mission, 2000.0, 2000.0, 4, plains)
    side, east, north = 192, 5000.0, 7000.0
    level = sample_grid(terrain, east, north, spacing, side, side).elevation_m
    quarter = spacing / 4.0
    finer = sample_grid(terrain, east - quarter, north - quarter, spacing / 2.0, 2 * side, 2 * side).elevation_m
    error = level - finer.reshape(side, 2, side, 2).mean(axis=(1, 3))
    step = np.sqrt(np.mean(np.diff(level, axis=1) ** 2))
    assert np.sqrt(np.mean(error**2)) < STATED_RMS * step
    assert abs(error.mean()) < STATED_BIAS * step


def test_from_the_finest_level_to_metres_no_height_is_lost(mission: Mission) -> None:
    terrain = DetailedTerrain(Level(), mission, 64.0, 64.0, 4)
    finest = sample_grid(terrain, 400.0, 300.0, 0.05, 1280, 1280).elevation_m.reshape(32, 40, 32, 40).mean(axis=(1, 3))
    metres = sample_grid(terrain, 400.975, 300.975, 2.0, 32, 32).elevation_m
    assert abs(np.mean(finest - metres)) < 0.002
    assert np.std(finest - metres) < 0.1 * np.std(np.diff(metres, axis=1))


@pytest.mark.parametrize("spacings", [1.5, 3.0, 12.0])  # across the feature; from 1.5 on it is drawn in full
@pytest.mark.parametrize("kind", ["fresh", "worn", "rock"])
def test_a_feature_seen_coarsely_is_its_mean_over_the_square(spacings: float, kind: str) -> None:
    diameter, spacing = 2.0, 2.0 / spacings
    worn, table = (1.0 if kind == "worn" else 0.0), (rock_table() if kind == "rock" else crater_table())
    feature = np.array([0.0, 0.0, diameter, 1.0 / diameter, 0.0, 1.0, 0.0, worn])
    inside = (np.arange(200) + 0.5) / 200.0 - 0.5
    for east, north in ((0.0, 0.0), (0.3, 0.1), (0.5, 0.0), (0.7, 0.7)):
        x = east * diameter + spacing * inside[:, None]
        y = north * diameter + spacing * inside[None, :]
        radii = np.hypot(x, y) / (0.5 * diameter)
        mean = (rock_profile(radii) if kind == "rock" else crater_profile(radii, worn)).mean()
        seen = at_point(east * diameter, north * diameter, spacing, feature, table)
        assert seen == pytest.approx(mean, abs=0.05 if kind == "rock" else 0.03)  # of the feature's own height


def test_the_craters_not_drawn_are_in_the_mean() -> None:
    assert unseen_m(0.05, 1000.0, 0.0) == pytest.approx(0.0, abs=1e-4)
    heights = [unseen_m(spacing, 1000.0, 0.0) for spacing in (0.5, 1.0, 2.0, 4.0)]
    assert np.all(np.diff(heights) < 0.0)
    # in equilibrium, craters of all sizes up to D lower the ground in proportion to D
    assert heights[3] / heights[2] == pytest.approx(2.0, rel=0.05)
    assert unseen_m(4.0, SMALLEST_M, 0.0) == 0.0


def test_roughness_seen_coarsely_is_its_mean() -> None:
    random = np.random.default_rng(3)
    east, north = random.uniform(-1e4, 1e4, (2, 50))
    spacing, fine = 4.0, 0.125
    offsets = (np.arange(32) + 0.5) * fine - 0.5 * spacing
    x = (east[:, None, None] + offsets[:, None] + 0.0 * offsets).ravel()
    y = (north[:, None, None] + offsets + 0.0 * offsets[:, None]).ravel()
    coarse, sums = np.zeros(50), np.zeros(x.size)
    roughness_points(east, north, np.zeros(50), spacing, 64.0, 4, coarse)
    roughness_points(x, y, np.zeros(x.size), fine, 64.0, 4, sums)
    means = sums.reshape(50, -1).mean(axis=1)
    assert np.std(coarse - means) < 0.05 * np.std(means)


@pytest.mark.parametrize("worn", [0.0, 0.5, 1.0])
def test_a_crater_is_as_deep_and_as_high_as_it_says_and_ends(worn: float) -> None:
    x = np.linspace(0.0, 2.5, 5001)
    z = crater_profile(x, worn)
    assert z[0] == pytest.approx(RIM_OF_DEPTH - 1.0, abs=1e-9)
    assert 0.05 < z.max() <= RIM_OF_DEPTH + 1e-9
    assert 0.8 < x[z.argmax()] < 1.5
    assert np.all(z[x >= 2.0] == 0.0)
    assert np.abs(np.diff(z)).max() < 0.003  # no step anywhere
