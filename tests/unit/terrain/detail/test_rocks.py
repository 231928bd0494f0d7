"""Rocks: as many and as large as the published law, the same from every window, and there in the ground."""

import math

import numpy as np
import pytest

from roverctl.mission.profile import Mission
from roverctl.terrain.detail.detailed import DetailedTerrain
from roverctl.terrain.detail.rocks import COVER, HIGHEST, LOWEST, rocks_in
from roverctl.terrain.grid import sample_grid
from tests.unit.terrain.detail.level import Level

SIDE = 600.0
DECAY = 0.5648 + 0.01258 / 0.0021


def test_rocks_cover_what_the_landing_site_has() -> None:
    areas = math.pi / 4.0 * rocks_in(4, 0.0, 0.0, SIDE, SIDE)[:, 2] ** 2
    error = math.sqrt(np.sum(areas**2))  # of a sum over a Poisson process
    assert error < 0.02 * areas.sum()
    assert areas.sum() / SIDE**2 == pytest.approx(0.0021, abs=3.0 * error / SIDE**2)


@pytest.mark.parametrize("diameter", [0.1, 0.2, 0.4])
def test_the_cover_falls_exponentially_with_size(diameter: float) -> None:
    areas = math.pi / 4.0 * rocks_in(4, -SIDE, -SIDE, SIDE, SIDE, diameter)[:, 2] ** 2
    expected = COVER * math.exp(-DECAY * (diameter - 0.05))
    error = math.sqrt(np.sum(areas**2)) / (4.0 * SIDE**2)
    assert areas.sum() / (4.0 * SIDE**2) == pytest.approx(expected, abs=3.5 * error)


def test_heights_are_the_part_that_is_not_buried() -> None:
    ratio = np.divide(*rocks_in(4, 0.0, 0.0, 200.0, 200.0)[:, [3, 2]].T)
    assert ratio.min() >= LOWEST
    assert ratio.max() < HIGHEST
    assert ratio.mean() == pytest.approx(0.5 * (LOWEST + HIGHEST), abs=0.01)


def test_a_window_has_the_rocks_of_a_larger_one_that_lie_in_it() -> None:
    large = rocks_in(4, -50.0, -50.0, 50.0, 50.0)
    small = rocks_in(4, -7.3, 11.1, 20.0, 31.7)
    east, north = large[:, 0], large[:, 1]
    assert np.array_equal(small, large[(east >= -7.3) & (east < 20.0) & (north >= 11.1) & (north < 31.7)])
    assert len(rocks_in(5, -50.0, -50.0, 50.0, 50.0)) > 0
    assert not np.array_equal(rocks_in(5, -50.0, -50.0, 50.0, 50.0)[:5], large[:5])


def test_a_rock_stands_in_the_ground_where_it_is_listed(mission: Mission) -> None:
    terrain = DetailedTerrain(Level(), mission, 0.1, 0.05, 4)  # no craters, no waves: rocks and the site's own craters
    rocks = terrain.rocks_in(300.0, 300.0, 500.0, 500.0, 0.4)
    assert len(rocks) > 5
    east, north, diameter, height = rocks.T
    away = 1.5 * diameter
    around = np.median([terrain.elevation(east + away * c, north + away * s, 0.05) for c, s in CORNERS], axis=0)
    assert terrain.elevation(east, north, 0.05) - around == pytest.approx(height, abs=0.02)
    seen_by_the_wheels = terrain.elevation(east, north, 0.25) - around
    assert np.all(seen_by_the_wheels > 0.6 * height)


CORNERS = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (0.7, 0.7), (-0.7, -0.7)]


def test_the_ground_is_higher_by_the_volume_of_the_rocks(mission: Mission) -> None:
    terrain = DetailedTerrain(Level(), mission, 0.1, 0.05, 4)
    side = 60.0
    ground = sample_grid(terrain, 3000.025, 3000.025, 0.05, 1200, 1200).elevation_m
    rocks = terrain.rocks_in(3000.0, 3000.0, 3000.0 + side, 3000.0 + side)
    # the profile sqrt(1 - x**4) fills pi / 4 of the disc times the height; of rocks of one node only a part is drawn
    volumes = math.pi / 4.0 * rocks[:, 3] * math.pi / 4.0 * rocks[:, 2] ** 2
    assert ground.mean() * side**2 == pytest.approx(volumes.sum(), rel=0.05)


def test_a_coarse_view_has_no_rocks(mission: Mission) -> None:
    terrain = DetailedTerrain(Level(), mission, 0.1, 0.05, 4)
    assert np.abs(sample_grid(terrain, 3000.0, 3000.0, 8.0, 64, 64).elevation_m).max() == 0.0
