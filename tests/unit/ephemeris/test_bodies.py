"""Sun and Moon against JPL's DE421, the halo against scipy's integrator and the published ranges."""

from pathlib import Path

import erfa
import numpy as np
import pytest
import skyfield_data
from skyfield.api import load, load_file, wgs84

from roverctl.core.errors import InputError
from roverctl.core.times import DAY_NS, parse_utc
from roverctl.ephemeris.bodies import Bodies, moon_orientation
from roverctl.ephemeris.nodes import NodeSeries
from roverctl.ephemeris.scales import DAY_S, J2000_JD, epochs
from roverctl.mission.profile import load_mission

TIMES = parse_utc("2019-01-01") + np.arange(0, 12 * 365, 5, dtype=np.int64) * (DAY_NS + 3_456_789_012_345)


@pytest.fixture(scope="module")
def de421():  # type: ignore[no-untyped-def]
    return load_file(str(Path(skyfield_data.__file__).parent / "data" / "de421.bsp"))


def positions(de421, target: str):  # type: ignore[no-untyped-def]
    """Geocentric, kilometres, GCRS axes, at our TT."""
    days = epochs(TIMES).tt_s / DAY_S
    t = load.timescale(builtin=True).tt_jd(J2000_JD, days)
    return (de421[target] - de421["earth"]).at(t).position.km


def test_time_scales_agree_with_skyfield() -> None:
    t = load.timescale(builtin=True).utc(2016, 12, 31, 23, 59, np.array([59.0, 61.0]))  # either side of a leap second
    ours = epochs([parse_utc("2016-12-31T23:59:59Z"), parse_utc("2017-01-01T00:00:00Z")])
    assert np.allclose(ours.tt_s, (t.tt - J2000_JD) * DAY_S, atol=1e-4)
    assert ours.tt_s[1] - ours.tt_s[0] == pytest.approx(2.0, abs=1e-6)


def test_the_moon_is_within_12_km_of_de421_in_distance_and_12_arcseconds_in_direction(de421) -> None:  # type: ignore[no-untyped-def]
    theirs = positions(de421, "moon")
    ours = Bodies().moon(epochs(TIMES))[0] / 1000.0
    assert np.abs(np.linalg.norm(ours, axis=0) - np.linalg.norm(theirs, axis=0)).max() < 12.0
    angle = np.linalg.norm(np.cross(ours.T, theirs.T), axis=1) / (ours * theirs).sum(axis=0)
    assert np.degrees(angle).max() * 3600.0 < 12.0


def test_the_sun_is_within_a_tenth_of_an_arcsecond_of_de421(de421) -> None:  # type: ignore[no-untyped-def]
    theirs = positions(de421, "sun")
    ours = Bodies().sun(epochs(TIMES))[0] / 1000.0
    angle = np.linalg.norm(np.cross(ours.T, theirs.T), axis=1) / (ours * theirs).sum(axis=0)
    assert np.degrees(angle).max() * 3600.0 < 0.1


def test_the_earth_turns_as_skyfield_has_it() -> None:
    at = epochs(TIMES)
    t = load.timescale(builtin=True).tt_jd(J2000_JD, at.tt_s / DAY_S)
    theirs = wgs84.latlon(-38.1914, -70.1495, elevation_m=35.0).at(t).position.m
    station = load_mission().stations[2]
    fixed = np.asarray(erfa.gd2gc(1, station.longitude_rad, station.latitude_rad, station.altitude_m))[None, :]
    ours = Bodies().from_earth(at, fixed)[0]
    # UT1 as UTC: 465 m/s times cos(latitude) times at most 0.4 s in these years.
    assert np.linalg.norm(ours - theirs, axis=0).max() < 200.0


def test_interpolated_series_equal_the_series_themselves() -> None:
    at = epochs(TIMES)
    bodies = Bodies()
    moon = np.asarray(erfa.moon98(J2000_JD, at.tt_s / DAY_S)["p"]).T * 149_597_870_700.0
    sun = np.asarray(erfa.epv00(J2000_JD, at.tt_s / DAY_S)[0]["p"]).T * -149_597_870_700.0
    assert np.abs(bodies.moon(at)[0] - moon).max() < 10.0
    assert np.abs(bodies.sun(at)[0] - sun).max() < 200.0


def test_nodes_give_the_same_answer_however_they_are_asked() -> None:
    together, scattered, alone = (NodeSeries(lambda t: np.stack([np.sin(t), np.cos(t)]), 0.1) for _ in range(3))
    instants = np.array([0.03, 7.0, 1e6 + 0.01, -5.55])
    dense = np.linspace(-6.0, 8.0, 2000)
    together.hermite(dense)
    for t in instants:
        expected = alone.hermite(np.array([t]))[0]
        assert together.hermite(np.array([t]))[0] == expected
        assert scattered.hermite(instants)[0][0, list(instants).index(t)] == expected
    value, rate = alone.hermite(dense)
    assert np.abs(value - np.sin(dense)).max() < 1e-6
    assert np.abs(rate - np.cos(dense)).max() < 2e-5


def test_the_moons_orientation_is_a_rotation_that_faces_the_earth() -> None:
    at = epochs(TIMES)
    axes = moon_orientation(at)
    product = np.einsum("ijn,kjn->ikn", axes, axes)
    assert np.abs(product - np.eye(3)[:, :, None]).max() < 1e-12
    assert np.linalg.det(axes.transpose(2, 0, 1)) == pytest.approx(1.0)
    to_earth = -Bodies().moon(at)[0]
    x, y, z = np.einsum("ijn,jn->in", axes, to_earth / np.linalg.norm(to_earth, axis=0))
    # Optical librations: 7.9 degrees in longitude, 6.9 in latitude (Meeus 1998, chapter 53).
    assert 7.0 < np.degrees(np.abs(np.arctan2(y, x)).max()) < 8.2
    assert 6.5 < np.degrees(np.abs(np.arcsin(z)).max()) < 7.0


def test_times_outside_the_series_are_told() -> None:
    with pytest.raises(InputError, match="1971-12-31T00:00:00Z: the ephemeris holds from 1972"):
        epochs(parse_utc("1971-12-31"))
    with pytest.raises(InputError, match="2100-01-01"):
        epochs(parse_utc("2100-01-01"))
