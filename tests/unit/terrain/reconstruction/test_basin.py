"""The basin's coarser view, and its seam with the region."""

import math

import numpy as np
import pytest

from roverctl.mission.profile import Mission
from roverctl.terrain.reconstruction.basin import read_basin
from roverctl.terrain.reconstruction.region import Reconstruction
from roverctl.terrain.reconstruction.surface import basin_at, stretch


@pytest.fixture(scope="module")
def ground(mission: Mission) -> Reconstruction:
    return Reconstruction(mission)


def great_circle(lat: float, lon: float, azimuth: float, angle: float) -> tuple[float, float]:
    """Latitude and longitude (radians) at an angle from a place: the sine and cosine rules of the sphere."""
    there = math.asin(math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(azimuth))
    turn = math.atan2(
        math.sin(azimuth) * math.sin(angle) * math.cos(lat), math.cos(angle) - math.sin(lat) * math.sin(there)
    )
    return there, lon + turn


@pytest.mark.parametrize(("turn_deg", "half_km"), [(0.0, 1200.0), (180.0, 1200.0), (90.0, 1025.0), (270.0, 1025.0)])
def test_the_ellipse_has_its_published_axes(mission: Mission, turn_deg: float, half_km: float) -> None:
    basin = read_basin(mission.folder / "basin.toml", mission.site)
    ramp = np.arange(40, dtype=float)  # elevations that count steps of 0.1 radii
    angle = 1000.0 * half_km / mission.body.radius_m
    lat, lon = great_circle(math.radians(-53.0), math.radians(191.0), math.radians(turn_deg - 19.0), angle)
    east, north = mission.site.to_site(math.degrees(lon), math.degrees(lat))
    assert basin_at(float(east), float(north), basin.numbers, ramp) == pytest.approx(10.0, abs=1e-6)


def test_the_basin_is_defined_everywhere_and_a_basin(ground: Reconstruction, mission: Mission) -> None:
    axis = np.arange(-3.9e6, 3.9e6, 20e3)
    z = ground.elevation(axis[None, :], axis[:, None], 20e3)
    assert np.isfinite(z).all()
    assert -9100.0 < z.min() < -5500.0  # the Moon's lowest ground is 9.1 km below the sphere, its highest 10.8 above
    assert 1500.0 < z.max() < 8000.0
    lat, lon = great_circle(math.radians(-53.0), math.radians(191.0), 2.0, 1.2 * 1.2e6 / mission.body.radius_m)
    east, north = mission.site.to_site(math.degrees(lon), math.degrees(lat))
    assert float(ground.elevation(east, north, 2000.0)) > -1000.0


def test_no_step_where_the_region_meets_the_basin(ground: Reconstruction) -> None:
    for turn in np.linspace(0.0, 2.0 * np.pi, 180, endpoint=False):
        r = np.arange(250e3, 700e3, 250.0)
        z = ground.elevation(r * math.sin(turn), r * math.cos(turn), 250.0)
        k = int(np.abs(np.diff(z)).argmax())
        assert abs(z[k + 1] - z[k]) < 500.0
        r = np.arange(r[k], r[k + 1], 1.0)  # where it rises most, it rises steadily
        assert np.abs(np.diff(ground.elevation(r * math.sin(turn), r * math.cos(turn), 1.0))).max() < 3.0


def test_the_ground_leaves_the_window_without_step_or_crease(ground: Reconstruction, mission: Mission) -> None:
    """Across the outline, by longitude and latitude, the surface turns no faster than it does a little way inside."""
    parameter = np.linspace(0.02, 0.98, 200)
    sides = [(164.0 + 28.0 * parameter, np.full(200, lat), (0.0, turn)) for lat, turn in ((-34.0, 1.0), (-54.0, -1.0))]
    sides += [(np.full(200, lon), -54.0 + 20.0 * parameter, (turn, 0.0)) for lon, turn in ((164.0, -1.0), (192.0, 1.0))]
    for lon, lat, (right, up) in sides:

        def turning(out_deg: float, lon=lon, lat=lat, right=right, up=up) -> float:  # type: ignore[no-untyped-def]
            z = [
                ground.elevation(*mission.site.to_site(lon + right * step, lat + up * step), 100.0)
                for step in out_deg + np.array([-0.01, 0.0, 0.01])
            ]
            return float(np.median(np.abs(z[0] - 2.0 * z[1] + z[2])))

        assert turning(0.0) < 2.0 * turning(-0.3) + 0.5


@pytest.mark.parametrize("turn_deg", range(0, 360, 10))
def test_nothing_beyond_the_window_is_absurd(ground: Reconstruction, turn_deg: int) -> None:
    turn = math.radians(turn_deg)
    r = np.arange(250e3, 900e3, 2000.0)
    z = ground.elevation(r * math.sin(turn), r * math.cos(turn), 2000.0)
    assert z.min() > -9100.0
    assert z.max() < 4000.0


def test_true_metres_of_the_site_frame(mission: Mission) -> None:
    """A kilometre on the ground, by the haversine, is a kilometre after ``stretch`` wherever it lies."""
    lat, lon, step = -20.0, 150.0, 1000.0 / mission.body.radius_m
    for azimuth in (0.0, 0.7, 1.57, 4.0):
        there = great_circle(math.radians(lat), math.radians(lon), azimuth, step)
        e0, n0 = mission.site.to_site(lon, lat)
        e1, n1 = mission.site.to_site(math.degrees(there[1]), math.degrees(there[0]))
        true = stretch(float(e0), float(n0), mission.body.radius_m) @ (float(e1 - e0), float(n1 - n0))
        assert math.hypot(*true) == pytest.approx(1000.0, rel=1e-3)
