"""Sun and relay over the ground: turned with the body, dimmed at the horizon, counted over a span."""

import dataclasses
import math

import numpy as np
import pytest

from roverctl.mission.profile import Mission
from roverctl.terrain.products.catalogue import Setting, Window, compute
from roverctl.terrain.products.sunlight import SUN_RADIUS_RAD, direction_at, lit_fraction
from tests.unit.doubles import Ground, flat

MOON_M = 1_737_400.0


def axes(longitude_deg: float, latitude_deg: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """East, north, up in body-fixed axes."""
    lon, lat = math.radians(longitude_deg), math.radians(latitude_deg)
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    return np.stack((east, np.cross(up, east), up))


@pytest.mark.parametrize("place", [(0.0, 0.0), (250_000.0, 0.0), (-100_000.0, 180_000.0), (30_000.0, -400_000.0)])
def test_a_direction_is_turned_with_the_body(mission: Mission, place: tuple[float, float]) -> None:
    site = mission.site
    azimuth, elevation = math.radians(70.0), math.radians(15.0)
    level = math.cos(elevation)
    local = np.array([level * math.sin(azimuth), level * math.cos(azimuth), math.sin(elevation)])
    sun = local @ axes(site.longitude_deg, site.latitude_deg)

    here_azimuth, here_elevation = direction_at(*place, azimuth, elevation, MOON_M)
    lon, lat = (float(value) for value in site.to_geographic(*place))
    east, north, up = axes(lon, lat) @ sun
    assert float(here_elevation) == pytest.approx(math.asin(up), abs=1e-9)
    # a little way along that direction on the map leads towards the Sun's bearing on the ground
    step = 10.0
    onward = site.to_geographic(
        place[0] + step * math.sin(float(here_azimuth)), place[1] + step * math.cos(float(here_azimuth))
    )
    moved = axes(lon, lat) @ axes(float(onward[0]), float(onward[1]))[2]
    turn = math.atan2(moved[0], moved[1]) - math.atan2(east, north)
    # the map stretches across the way to the site by 1 in 100 at 400 km
    assert math.degrees((turn + math.pi) % (2 * math.pi) - math.pi) == pytest.approx(0.0, abs=0.3)


def test_the_disc_sets_little_by_little() -> None:
    height = np.linspace(-1.2, 1.2, 25)
    random = np.random.default_rng(0)
    x, y = random.uniform(-1.0, 1.0, (2, 400_000))
    disc = y[x * x + y * y <= 1.0]
    expected = [(disc > -h).mean() for h in height]
    assert np.allclose(lit_fraction(height * SUN_RADIUS_RAD), expected, atol=0.005)


def test_a_wall_casts_a_shadow_of_its_height_over_the_tangent() -> None:
    wall = Ground(lambda east, north: np.where(np.abs(east) < 0.6, 6.0, 0.0))
    for elevation_deg in (8.0, 15.0, 30.0):
        setting = Setting(
            sun_azimuth_rad=np.array([math.pi / 2]), sun_elevation_rad=np.radians([elevation_deg]), radius_m=MOON_M
        )
        light = compute(wall, "sunlit", Window(-60.0, 0.0, 0.5, 121, 3), setting)[1]
        west = -60.0 + 0.5 * np.arange(121)
        shaded = west[(light < 50.0) & (west < -1.0)]
        assert -shaded.min() == pytest.approx(6.0 / math.tan(math.radians(elevation_deg)), abs=1.1)


def test_hours_of_sun_add_up_to_the_day() -> None:
    elevations = np.radians([-5.0, -1.0, 5.0, 20.0, 5.0, -5.0])
    setting = Setting(
        sun_azimuth_rad=np.radians(np.linspace(80.0, 280.0, 6)), sun_elevation_rad=elevations, step_s=7200.0,
        radius_m=MOON_M,
    )  # fmt: skip
    assert np.allclose(compute(flat(), "sun_hours", Window(0.0, 0.0, 10.0, 4, 4), setting), 6.0)


def test_the_relay_is_seen_for_the_part_that_it_stands_above_the_ground() -> None:
    # a scarp 100 m high to the north: 45° at its foot's distance of 100 m
    scarp = Ground(lambda east, north: np.where(north > 100.0, 100.0, 0.0))
    setting = Setting(
        relay_azimuth_rad=np.zeros(4), relay_elevation_rad=np.radians([20.0, 35.0, 50.0, 60.0]), radius_m=MOON_M
    )
    values = compute(scarp, "relay", Window(0.0, -1.0, 1.0, 2, 2), setting)
    assert np.all(values == 50.0)
    assert np.all(compute(scarp, "relay", Window(0.0, 300.0, 1.0, 2, 2), setting) == 100.0)


def test_the_horizon_product_looks_towards_the_sun() -> None:
    scarp = Ground(lambda east, north: np.where(north > 100.0, 100.0, 0.0))
    north = Setting(sun_azimuth_rad=np.zeros(1), sun_elevation_rad=np.zeros(1), radius_m=MOON_M)
    south = dataclasses.replace(north, sun_azimuth_rad=np.array([math.pi]))
    window = Window(0.0, 0.0, 1.0, 3, 3)
    assert np.allclose(compute(scarp, "horizon", window, north)[0], 45.0, atol=0.7)
    assert np.all(np.abs(compute(scarp, "horizon", window, south)) < 0.5)
