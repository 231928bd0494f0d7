"""The map's work: sheets of a tile fit together, and light and shadow are the Sun's."""

import math

import numpy as np
import pytest

from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import Mission, load_mission
from roverctl.session.api.map import GROUND, SHADOW, Sheet
from roverctl.session.work.map_work import MapWork
from roverctl.terrain.source import Array
from roverctl.terrain.tiles import drawn_shade, sample_tile


class Wall:
    """A plain with a wall 40 m high that runs from north to south, 2 m thick, at the site."""

    label, resolution_m, generated_below_m = "wall", 1.0, 0.0

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        east, _ = np.broadcast_arrays(east_m, north_m)
        return np.where(np.abs(east) < max(1.0, spacing_m), 40.0, 0.0)


@pytest.fixture(scope="module")
def mission() -> Mission:
    return load_mission()


@pytest.fixture(scope="module")
def work(mission: Mission) -> MapWork:
    return MapWork(mission, Wall(), Sky(mission))


def picture(work: MapWork, sheet: Sheet, level: int, column: int, row: int) -> np.ndarray:
    return np.asarray(work.tile({"key": [level, column, row], "sheet": list(sheet)})["picture"])


def test_the_ground_comes_with_its_elevations(work: MapWork) -> None:
    tile = work.tile({"key": [3, 0, 0], "sheet": list(GROUND)})
    ground = sample_tile(Wall(), 3, 0, 0)
    assert np.array_equal(tile["picture"], drawn_shade(ground))
    assert np.array_equal(tile["elevation_m"], ground.picture_m)


def test_a_walls_shadow_is_as_long_as_the_sun_is_low_on_the_side_away_from_it(mission: Mission, work: MapWork) -> None:
    t_ns = mission.start_ns
    azimuth, elevation = (float(part[0]) for part in Sky(mission).sun(t_ns))
    reach_m = 40.0 / math.tan(elevation) * abs(math.sin(azimuth))  # across the wall
    side = 1 if math.sin(azimuth) < 0 else -1
    column = 0 if side > 0 else -1
    alpha = picture(work, Sheet(SHADOW, t_ns), 2, column, 0)[128, :, 3]  # half a metre a pixel
    away_m = (np.arange(256) + 0.5) * 0.5
    away_m = away_m if side > 0 else away_m[::-1]
    dark = alpha > 110
    assert dark[(away_m > 4.0) & (away_m < reach_m - 4.0)].all()
    assert not dark[away_m > reach_m + 4.0].any()
    other = picture(work, Sheet(SHADOW, t_ns), 2, -1 - column, 0)[128, :, 3]
    assert (other[(away_m[::-1] > 4.0)] < 110).mean() > 0.95


def test_far_products_join_from_tile_to_tile(mission: Mission, work: MapWork) -> None:
    """Also where two blocks of tiles meet."""
    for column in (0, 1):
        west, east = (picture(work, Sheet("horizon", mission.start_ns), 4, c, 0) for c in (column, column + 1))
        step = np.abs(west[:, -1].astype(int) - east[:, 0]).max()
        inside = np.abs(np.diff(west[:, 64:].astype(int), axis=1)).max()
        assert step <= inside + 12


def test_every_product_can_be_shown(mission: Mission, work: MapWork) -> None:
    about = work.about({})
    assert {"slope", "sunlit", "hazard"} <= {p["name"] for p in about["products"]}
    for product in about["products"]:
        if "sun_span" not in product["needs"]:
            made = picture(work, Sheet(product["name"], mission.start_ns, (40.0, 10.0)), 5, 0, 0)
            assert made.shape == (256, 256, 4) and made.dtype == np.uint8
        assert product["legend"]


def test_a_line_over_the_wall_rises_by_its_height(work: MapWork) -> None:
    content = work.measure({"corners_m": [[-50.0, 0.0], [50.0, 0.0]]})
    assert content["along_m"][-1] == pytest.approx(100.0, abs=1e-3)
    assert np.ptp(content["elevation_m"]) == pytest.approx(40.0)
