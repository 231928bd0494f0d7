"""Map tiles: where their pixels are, that neighbours join, that levels show the same ground."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from roverctl.mission.profile import Mission
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.products.gradient import hillshade
from roverctl.terrain.source import Array, Terrain
from roverctl.terrain.tiles import (
    DRAWN_AZIMUTH_RAD,
    DRAWN_ELEVATION_RAD,
    drawn_shade,
    exaggeration,
    sample_tile,
    sun_shade,
)
from roverctl.terrain.tiling import LEVELS, TILE, parent, side_m, spacing_m, tile_at

LIGHT = (DRAWN_AZIMUTH_RAD, DRAWN_ELEVATION_RAD)


class Ramp:
    """Rises by a metre per metre to the north, half that to the east; no data west of -1 km."""

    label, resolution_m, generated_below_m = "ramp", 1.0, 0.0

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        east, north = np.broadcast_arrays(east_m, north_m)
        return np.where(east < -1000.0, np.nan, 0.5 * east + north)


@pytest.mark.parametrize("level", [0, 3, 14])
@pytest.mark.parametrize(("column", "row"), [(0, 0), (-1, -1), (2, -3)])
def test_pixels_stand_at_their_centres_row_0_north(level: int, column: int, row: int) -> None:
    step = spacing_m(level)
    tile = sample_tile(Ramp(), level, column, row)
    east = np.asarray((column * TILE + np.arange(TILE) + 0.5) * step, dtype=np.float64)
    north = np.asarray(((row + 1) * TILE - np.arange(TILE) - 0.5) * step, dtype=np.float64)
    expected = Ramp().elevation(east[None, :], north[:, None], step).astype(np.float32)
    assert np.array_equal(tile.picture_m, expected, equal_nan=True)
    assert np.array_equal(drawn_shade(tile) == 0, np.isnan(expected))


def test_the_tile_of_a_point_holds_it() -> None:
    assert tile_at(0, 0.0, 0.0) == (0, -1)  # its southern edge is open, its northern closed
    assert tile_at(0, -0.01, 0.01) == (-1, 0)
    assert tile_at(14, 600_000.0, -600_000.0) == (1, -2)
    assert spacing_m(14) == 2048.0
    column, row = tile_at(3, 700.0, -100.0)
    above = parent((3, column, row), 4)
    assert above == (7, *tile_at(7, 700.0, -100.0))
    assert side_m(7) == 16 * side_m(3)


BESIDE = 40  # pixels along each seam


@pytest.mark.parametrize("dem", [False, True])
@pytest.mark.parametrize("level", [-2, 0, 4, 9, 12])
def test_neighbours_join_without_a_seam(
    mission: Mission, request: pytest.FixtureRequest, dem: bool, level: int
) -> None:
    file: Path | None = request.getfixturevalue("gld100") if dem else None
    terrain: Terrain = open_terrain(mission, [] if file is None else [file])
    west, east = (sample_tile(terrain, level, column, 0) for column in (-1, 0))
    south = sample_tile(terrain, level, 0, -1)
    step = spacing_m(level)
    # one picture around the place where all three meet, point by point, made at once
    columns = np.asarray((np.arange(-BESIDE, BESIDE) + 0.5) * step, dtype=np.float64)
    rows = np.asarray((BESIDE - np.arange(2 * BESIDE) - 0.5) * step, dtype=np.float64)
    z = terrain.elevation(columns[None, :], rows[:, None], step)
    shade = hillshade(z, step, -step, *LIGHT, exaggeration(level))[1:-1, 1:-1].astype(int)
    reach = BESIDE - 1
    assert np.abs(drawn_shade(west)[-reach:, -reach:] - shade[:reach, :reach]).max() <= 1
    assert np.abs(drawn_shade(east)[-reach:, :reach] - shade[:reach, reach:]).max() <= 1
    assert np.abs(drawn_shade(south)[:reach, :reach] - shade[reach:, reach:]).max() <= 1


def test_there_is_no_level_beyond_the_last() -> None:
    with pytest.raises(ValueError, match="levels -2 to 16"):
        sample_tile(Ramp(), LEVELS[-1] + 1, 0, 0)


def test_relief_is_drawn_as_it_is_near_and_ever_steeper_far_out() -> None:
    steeper = [exaggeration(level) for level in LEVELS]
    assert steeper[: LEVELS.index(9) + 1] == [1.0] * (LEVELS.index(9) + 1)
    assert all(1.0 < b / a < 1.25 for a, b in itertools.pairwise(steeper[LEVELS.index(9) :]))


def test_near_the_site_the_suns_shading_is_the_drawn_one_of_the_same_light() -> None:
    tile = sample_tile(Ramp(), 2, 0, 0)
    apart = sun_shade(tile, 1_737_400.0, *LIGHT).astype(int) - drawn_shade(tile)
    assert np.abs(apart).max() <= 1


class Ball:
    """A body without relief."""

    label, resolution_m, generated_below_m = "ball", 1.0, 0.0

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        return np.zeros(np.broadcast_shapes(east_m.shape, north_m.shape))


def test_far_from_the_site_the_sun_stands_lower_by_the_way_there() -> None:
    """Overhead at the site: a place an angle d away is lit by cos d, whatever its direction; beyond 90° it is night."""
    radius_m = 1_737_400.0
    for column, row in ((0, 0), (-1, 0), (1, -1), (-2, 1)):
        tile = sample_tile(Ball(), 16, column, row)
        shade = sun_shade(tile, radius_m, 0.0, math.pi / 2)
        step = spacing_m(16)
        east = (column * TILE + np.arange(TILE) + 0.5) * step
        north = ((row + 1) * TILE - np.arange(TILE) - 0.5) * step
        d = np.hypot(east[None, :], north[:, None]) / radius_m
        expected = 1.0 + 254.0 * np.maximum(np.cos(d), 0.0)
        assert np.abs(shade - expected)[d < math.pi].max() <= 1.0


def test_the_suns_direction_turns_with_the_body() -> None:
    """On the horizon in the east at the site, it is overhead a quarter of the way around, to the east."""
    radius_m = 1_737_400.0
    quarter_m = math.pi / 2 * radius_m
    column, row = tile_at(12, quarter_m, 0.0)
    shade = sun_shade(sample_tile(Ball(), 12, column, row), radius_m, math.pi / 2, 0.0)
    assert shade.max() == 255
