"""Map tiles: where their pixels are, that neighbours join, that levels show the same ground."""

import math
from pathlib import Path

import numpy as np
import pytest

from roverctl.mission.profile import Mission
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.products.gradient import hillshade, slope_rad
from roverctl.terrain.source import Array, Terrain
from roverctl.terrain.tiles import LEVELS, TILE, render_tile, spacing_m, tile_at

SUN = (math.radians(315.0), math.radians(35.0))


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
    tile = render_tile(Ramp(), level, column, row, *SUN)
    east = np.asarray((column * TILE + np.arange(TILE) + 0.5) * step, dtype=np.float64)
    north = np.asarray(((row + 1) * TILE - np.arange(TILE) - 0.5) * step, dtype=np.float64)
    expected = Ramp().elevation(east[None, :], north[:, None], step).astype(np.float32)
    assert np.array_equal(tile.elevation_m, expected, equal_nan=True)
    assert np.array_equal(tile.shade == 0, np.isnan(expected))
    inside = ~np.isnan(tile.slope_deg)
    assert tile.slope_deg[inside][-1:] == pytest.approx(
        [math.degrees(math.atan(math.hypot(1.0, 0.5)))] * min(1, inside.sum()), abs=1e-3
    )


def test_the_tile_of_a_point_holds_it() -> None:
    assert tile_at(0, 0.0, 0.0) == (0, -1)  # its southern edge is open, its northern closed
    assert tile_at(0, -0.01, 0.01) == (-1, 0)
    assert tile_at(14, 600_000.0, -600_000.0) == (1, -2)
    assert spacing_m(LEVELS - 1) == 2048.0


@pytest.mark.parametrize("dem", [False, True])
@pytest.mark.parametrize("level", [0, 4, 9, 12])
def test_neighbours_join_without_a_seam(
    mission: Mission, request: pytest.FixtureRequest, dem: bool, level: int
) -> None:
    file: Path | None = request.getfixturevalue("gld100") if dem else None
    terrain: Terrain = open_terrain(mission, [] if file is None else [file])
    west, east = (render_tile(terrain, level, column, 0, *SUN) for column in (-1, 0))
    south = render_tile(terrain, level, 0, -1, *SUN)
    step = spacing_m(level)
    # one picture over all three, made at once
    columns = np.asarray((np.arange(-TILE, TILE) + 0.5) * step, dtype=np.float64)
    rows = np.asarray((TILE - np.arange(2 * TILE) - 0.5) * step, dtype=np.float64)
    z = terrain.elevation(columns[None, :], rows[:, None], step)
    shade = hillshade(z, step, -step, *SUN)
    slope = np.degrees(slope_rad(z, step, -step))
    for tile, r, c in ((west, 0, 0), (east, 0, TILE), (south, TILE, TILE)):
        window = np.s_[max(r, 1) : min(r + TILE, 2 * TILE - 1), max(c, 1) : min(c + TILE, 2 * TILE - 1)]
        part = np.s_[max(r, 1) - r : TILE - (r + TILE == 2 * TILE), max(c, 1) - c : TILE - (c + TILE == 2 * TILE)]
        assert np.abs(tile.shade[part].astype(int) - shade[window]).max() <= 1
        assert np.abs(tile.slope_deg[part] - slope[window]).max() < 0.01


def test_there_is_no_level_beyond_the_last() -> None:
    with pytest.raises(ValueError, match="levels 0 to 14"):
        render_tile(Ramp(), 15, 0, 0, *SUN)
