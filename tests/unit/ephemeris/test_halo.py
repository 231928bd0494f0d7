"""Halos: the stored one and those found by amplitude, against scipy's integrator, the published ranges, and closure."""

import dataclasses

import numpy as np
import numpy.typing as npt
import pytest
from scipy.integrate import solve_ivp

from roverctl.core.errors import ProfileError
from roverctl.core.times import parse_utc
from roverctl.ephemeris.orbit.correction import find_halo
from roverctl.ephemeris.orbit.halo import HaloOrbit, integrate
from roverctl.ephemeris.orbit.rotating import libration_point
from roverctl.ephemeris.scales import epochs
from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import Mission
from roverctl.mission.relay_orbit import FixedPoint, Halo, HaloShape

Array = npt.NDArray[np.float64]
MU, LENGTH_M, TIME_S = 0.0121505856, 384.4e6, 375_699.8
EPOCH = parse_utc("2019-01-03")


def stored(mission: Mission) -> Halo:
    assert isinstance(mission.orbit, Halo)
    return mission.orbit


def shape(amplitude_km: float, southern: bool = True) -> HaloShape:
    return HaloShape(MU, amplitude_km * 1000.0, southern, LENGTH_M, TIME_S, 0.0, EPOCH)


def once_around(orbit: HaloOrbit, count: int) -> Array:
    halo = orbit.halo
    begin_s = epochs(halo.epoch_ns).tt_s[0]
    return orbit.units(begin_s + np.linspace(0.0, halo.period * halo.unit_time_s, count, endpoint=False))


def rates(_: float, s: Array) -> list[float]:
    """Equations of motion, written down a second time."""
    d = np.hypot(np.hypot(s[0] + MU, s[1]), s[2]) ** 3
    r = np.hypot(np.hypot(s[0] - 1 + MU, s[1]), s[2]) ** 3
    return [
        s[3], s[4], s[5],
        2 * s[4] + s[0] - (1 - MU) * (s[0] + MU) / d - MU * (s[0] - 1 + MU) / r,
        -2 * s[3] + s[1] - (1 - MU) * s[1] / d - MU * s[1] / r,
        -(1 - MU) * s[2] / d - MU * s[2] / r,
    ]  # fmt: skip


def jacobi_constant(s: Array) -> Array:
    r1, r2 = np.hypot(np.hypot(s[0] + MU, s[1]), s[2]), np.hypot(np.hypot(s[0] - 1 + MU, s[1]), s[2])
    return np.asarray(s[0] ** 2 + s[1] ** 2 + 2 * (1 - MU) / r1 + 2 * MU / r2 - s[3] ** 2 - s[4] ** 2 - s[5] ** 2)


def by_scipy(halo: Halo, turns: Array) -> Array:
    solution = solve_ivp(
        rates, (0.0, halo.period * turns[-1]), [halo.x, 0, halo.z, 0, halo.vy, 0], "DOP853", turns * halo.period,
        rtol=1e-13, atol=1e-13,
    )  # fmt: skip
    return np.asarray(solution.y)


def test_the_stored_halo_equals_scipys_integration_and_closes(mission: Mission) -> None:
    halo = stored(mission)
    turns = np.linspace(0.0, 1.0, 401)
    theirs = by_scipy(halo, turns)
    assert np.abs(once_around(HaloOrbit(halo), 400) - theirs[:3, :-1]).max() * 384_400.0 < 1.0
    assert np.abs(theirs[:3, -1] - theirs[:3, 0]).max() * 384_400.0 < 1.0  # a kilometre, by the other integrator
    period_s = halo.period * halo.unit_time_s
    again = HaloOrbit(halo).units(epochs(halo.epoch_ns).tt_s + 5 * period_s)
    assert np.abs(again - [[halo.x], [0.0], [halo.z]]).max() * 384_400.0 < 0.01


@pytest.mark.parametrize(("amplitude_km", "southern"), [(200, False), (5_000, True), (40_000, False), (75_000, True)])
def test_a_halo_of_any_amplitude_closes_and_keeps_jacobis_constant(amplitude_km: float, southern: bool) -> None:
    halo = find_halo(shape(amplitude_km, southern))
    turns = np.linspace(0.0, 1.0, 1001)
    theirs = by_scipy(halo, turns)
    assert np.abs(theirs[:3, -1] - theirs[:3, 0]).max() * 384_400.0 < 1.0
    constant = jacobi_constant(theirs)
    assert np.ptp(constant) < 1e-10
    ours = once_around(HaloOrbit(halo), 1000)
    assert np.abs(ours - theirs[:3, :-1]).max() * 384_400.0 < 1.0
    # Ours alone: positions and their differences, around the whole orbit.
    orbit, begin_s, h = HaloOrbit(halo), epochs(EPOCH).tt_s[0], 1.0
    at = begin_s + np.linspace(0.0, halo.period * TIME_S, 500)
    speed = (8 * (orbit.units(at + h) - orbit.units(at - h)) - orbit.units(at + 2 * h) + orbit.units(at - 2 * h)) / 12.0
    assert np.ptp(jacobi_constant(np.concatenate((orbit.units(at), speed / h * TIME_S)))) < 3e-7
    # The amplitude is the farthest from the plane; the sign is the family.
    farthest = ours[2, np.abs(ours[2]).argmax()] * 384_400.0
    assert farthest == pytest.approx(-amplitude_km if southern else amplitude_km, abs=0.01)
    assert ours[0, np.abs(ours[2]).argmax()] == pytest.approx(ours[0].max())


def test_jacobis_constant_holds_along_our_own_integration(mission: Mission) -> None:
    for halo in (stored(mission), find_halo(shape(60_000))):
        states = integrate(MU, (halo.x, 0.0, halo.z, 0.0, halo.vy, 0.0), halo.period / 4096, 4096)
        assert np.ptp(jacobi_constant(states.T)) < 1e-10


def test_the_published_amplitude_gives_the_stored_halo(mission: Mission) -> None:
    halo, found = stored(mission), find_halo(shape(13_000.1))
    assert abs(halo.z) * 384_400.0 == pytest.approx(13_000.1, abs=0.01)
    assert (found.x, found.z, found.vy) == pytest.approx((halo.x, halo.z, halo.vy), abs=1e-8)
    assert found.period == pytest.approx(halo.period, abs=1e-8)


def test_families_are_mirror_images(mission: Mission) -> None:
    both = [find_halo(shape(13_000, southern)) for southern in (True, False)]
    south, north = (once_around(HaloOrbit(halo), 100) for halo in both)
    assert np.allclose(south * [[1], [1], [-1]], north, atol=1e-12)
    skies = [Sky(dataclasses.replace(mission, orbit=shape(13_000, southern))) for southern in (True, False)]
    times = EPOCH + np.arange(0, 15 * 24, dtype=np.int64) * 3600 * 10**9
    southern, northern = (np.degrees(sky.geometry(times).relay_elevation_rad) for sky in skies)
    assert southern.min() > 25.0  # the site lies at 45° S: from there a northern halo stands lower
    assert northern.mean() < southern.mean() - 2.0


@pytest.mark.parametrize(
    ("amplitude_km", "says"),
    [
        (90_000, r"no halo about L2 stands 90000 km off the plane; they were found up to 77\d\d\d km"),
        (10, "at least 38"),
    ],
)
def test_an_amplitude_that_no_halo_has_is_told(amplitude_km: float, says: str) -> None:
    with pytest.raises(ProfileError, match=says):
        find_halo(shape(amplitude_km))


@pytest.mark.parametrize("name", ["L1", "L2", "L3", "L4", "L5"])
def test_a_libration_point_is_at_rest(mission: Mission, name: str) -> None:
    point = libration_point(MU, name)
    assert np.abs(rates(0.0, np.array([*point, 0.0, 0.0, 0.0]))).max() < 1e-12
    sky = Sky(dataclasses.replace(mission, orbit=FixedPoint(MU, 0.0, 0.0, 0.0, name)))
    times = EPOCH + np.arange(0, 30, dtype=np.int64) * 86_400 * 10**9
    geometry = sky.geometry(times)
    share = {"L1": 0.849066, "L2": 1.167832, "L3": 0.992912, "L4": 1.0, "L5": 1.0}[name]  # of the Moon's distance
    assert geometry.earth_relay_m / geometry.earth_moon_m == pytest.approx(share, abs=2e-6)
    if name == "L2":  # hidden behind the Moon, always
        assert not geometry.visible.any() and (sky.margins(times).moon < 0.0).all()


def test_the_halo_has_the_published_ranges_at_the_mean_distance(mission: Mission) -> None:
    halo = stored(mission)
    relay = once_around(HaloOrbit(halo), 20_000) * halo.unit_length_m
    lon, lat = np.radians(mission.site.longitude_deg), np.radians(mission.site.latitude_deg)
    # The Moon's frame without libration: x toward the Earth, z with the orbit's.
    up = np.array([-np.cos(lat) * np.cos(lon), -np.cos(lat) * np.sin(lon), np.sin(lat)])
    rover = np.array([(1 - halo.mu) * halo.unit_length_m, 0.0, 0.0]) + up * mission.body.radius_m
    path = relay - rover[:, None]
    reach_km = np.linalg.norm(path, axis=0) / 1000.0
    assert reach_km.min() == pytest.approx(49_226, abs=10)
    assert reach_km.max() == pytest.approx(73_495, abs=10)
    earth_km = np.linalg.norm(relay + np.array([[halo.mu * halo.unit_length_m], [0.0], [0.0]]), axis=0) / 1000.0
    assert earth_km.min() == pytest.approx(433_813, abs=2)
    assert earth_km.max() == pytest.approx(458_345, abs=2)
    elevation = np.degrees(np.arcsin(up @ path / 1000.0 / reach_km))
    assert elevation.min() == pytest.approx(31.4, abs=0.15)
    assert elevation.max() == pytest.approx(53.7, abs=0.15)


def test_a_state_that_is_no_halo_is_told(mission: Mission) -> None:
    with pytest.raises(ProfileError, match="no periodic orbit"):
        HaloOrbit(dataclasses.replace(stored(mission), vy=-0.15))
