"""The camera: places and pixels belong together, whatever is done."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roverctl.core.resources import resource_path
from roverctl.mission.profile import load_mission
from roverctl.terrain.tiling import LEVELS, side_m, spacing_m
from roverctl.ui.map.camera import FARTHEST_ACROSS_M, NEAREST_ACROSS_M, REACH_M, Camera, length_text, round_length
from roverctl.ui.map.graticule import graticule

CAMERAS = st.builds(
    Camera, st.floats(-1e5, 1e5), st.floats(-1e5, 1e5), st.floats(0.02, 100), st.integers(200, 2000),
    st.integers(200, 1500),
)  # fmt: skip
SPOTS = st.tuples(st.floats(0, 200), st.floats(0, 200))


@given(CAMERAS, SPOTS)
def test_a_pixel_comes_back_to_itself(camera: Camera, spot: tuple[float, float]) -> None:
    assert camera.to_screen(*camera.to_ground(*spot)) == pytest.approx(spot, abs=1e-4)


@given(CAMERAS, SPOTS, st.floats(0.1, 10))
def test_zooming_leaves_the_place_under_the_cursor(camera: Camera, spot: tuple[float, float], factor: float) -> None:
    zoomed = camera.zoomed(factor, *spot)
    if math.hypot(zoomed.east_m, zoomed.north_m) < 0.99 * REACH_M:
        before, after = camera.to_ground(*spot), zoomed.to_ground(*spot)
        assert math.dist(before, after) < 1e-6 * camera.m_per_px * 2000


@given(CAMERAS, SPOTS, st.floats(1e-9, 1e9))
def test_the_view_spans_from_20_cm_to_2500_km_and_stays_within_reach(
    camera: Camera, spot: tuple[float, float], factor: float
) -> None:
    zoomed = camera.zoomed(factor, *spot)
    across_m = zoomed.m_per_px * min(camera.width_px, camera.height_px)
    assert NEAREST_ACROSS_M * 0.999 <= across_m <= FARTHEST_ACROSS_M * 1.001
    moved = zoomed.moved(1e7, -1e7)
    assert math.hypot(moved.east_m, moved.north_m) <= REACH_M * 1.001


@given(CAMERAS)
def test_a_tile_pixel_is_near_a_screen_pixel(camera: Camera) -> None:
    ratio = spacing_m(camera.level) / camera.m_per_px
    assert camera.level in LEVELS
    if LEVELS[0] < camera.level < LEVELS[-1]:
        assert 1 / math.sqrt(2) - 1e-9 <= ratio <= math.sqrt(2) + 1e-9


@given(CAMERAS, st.floats(0, 1), st.floats(0, 1))
def test_the_wish_covers_the_view_and_asks_for_no_more_than_a_screenful(camera: Camera, u: float, v: float) -> None:
    east, north = camera.to_ground(u * camera.width_px, v * camera.height_px)
    side = side_m(camera.level)
    wish = camera.wish()
    assert (camera.level, math.floor(east / side), math.floor(north / side)) in wish
    assert len(wish) < 200


def test_north_is_up_and_east_is_right() -> None:
    camera = Camera(0, 0, 1.0, 200, 100)
    assert camera.to_screen(10, 0) == (110, 50)
    assert camera.to_screen(0, 10) == (100, 40)


def test_lengths_of_the_scale_bar_are_round() -> None:
    assert [round_length(x) for x in (0.7, 1.0, 19.9, 20, 49, 50, 999, 1e4)] == [0.5, 1, 10, 20, 20, 50, 500, 1e4]
    assert [length_text(x) for x in (0.05, 0.5, 20, 5000)] == ["5 cm", "50 cm", "20 m", "5 km"]


def test_meridians_are_told_east_up_to_360_like_places() -> None:
    site = load_mission(resource_path("missions", "change4")).site
    camera = Camera(0.0, 0.0, 4000.0, 1000, 600)
    names = [mark.text for mark in graticule(camera, site).marks if mark.top]
    assert "180° E" in names and all(name.endswith(" E") for name in names)
    assert any(int(name.partition("°")[0]) > 180 for name in names)
