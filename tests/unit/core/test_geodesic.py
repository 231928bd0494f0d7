"""Great circles: distances and bearings against the sphere's own trigonometry and against straight lines nearby."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roverctl.core.geodesic import bearing_deg, distance_m, line_points
from roverctl.core.site import SiteFrame

RADIUS_M = 1_737_400.0
SITE = SiteFrame(177.588, -45.457, -5935.0, RADIUS_M)
NEAR = st.tuples(st.floats(-2e3, 2e3), st.floats(-2e3, 2e3))
FAR = st.tuples(st.floats(-1.2e6, 1.2e6), st.floats(-1.2e6, 1.2e6))


def at(longitude_deg: float, latitude_deg: float) -> tuple[float, float]:
    east, north = SITE.to_site(longitude_deg, latitude_deg)
    return float(east), float(north)


def test_a_degree_of_a_meridian_and_of_the_equator_is_a_360th_of_the_way_around() -> None:
    degree = 2 * math.pi * RADIUS_M / 360
    assert distance_m(SITE, at(170.0, -40.0), at(170.0, -41.0)) == pytest.approx(degree, rel=1e-9)
    assert distance_m(SITE, at(170.0, 0.0), at(171.0, 0.0)) == pytest.approx(degree, rel=1e-9)
    assert bearing_deg(SITE, at(170.0, -41.0), at(170.0, -40.0)) == pytest.approx(0.0, abs=1e-9)
    assert bearing_deg(SITE, at(170.0, 0.0), at(171.0, 0.0)) == pytest.approx(90.0)


@given(FAR)
def test_from_the_site_distance_and_bearing_are_those_of_the_site_frame(place: tuple[float, float]) -> None:
    """Azimuthal equidistant: exact from the centre."""
    assert distance_m(SITE, (0.0, 0.0), place) == pytest.approx(math.hypot(*place), rel=1e-9, abs=1e-5)
    if math.hypot(*place) > 1.0:
        expected = math.degrees(math.atan2(*place)) % 360
        assert (bearing_deg(SITE, (0.0, 0.0), place) - expected + 180) % 360 - 180 == pytest.approx(0.0, abs=1e-4)


@given(NEAR, NEAR)
def test_nearby_it_is_the_straight_line(one: tuple[float, float], other: tuple[float, float]) -> None:
    assert distance_m(SITE, one, other) == pytest.approx(math.dist(one, other), abs=2e-3)


@given(FAR, FAR)
def test_points_of_a_line_lie_on_its_great_circle_evenly(one: tuple[float, float], other: tuple[float, float]) -> None:
    east, north, along, spacing = line_points(SITE, [one, other], 16)
    assert (east[0], north[0]) == one
    assert math.dist((east[-1], north[-1]), other) < 0.02
    total = distance_m(SITE, one, other)
    assert along[-1] == pytest.approx(total, abs=1e-6)
    assert np.all(np.diff(along) <= spacing * (1 + 1e-9))
    middle = len(east) // 2
    there = distance_m(SITE, one, (east[middle], north[middle]))
    back = distance_m(SITE, (east[middle], north[middle]), other)
    assert there == pytest.approx(along[middle], abs=0.02)
    assert there + back == pytest.approx(total, abs=0.02)


def test_every_corner_is_a_point() -> None:
    corners = [(0.0, 0.0), (30.0, 5.0), (31.0, -40.0)]
    east, north, along, _ = line_points(SITE, corners, 50)
    for corner in corners:
        assert np.hypot(east - corner[0], north - corner[1]).min() < 1e-6
    assert along[-1] == pytest.approx(math.dist(*corners[:2]) + math.dist(*corners[1:]), abs=1e-4)
