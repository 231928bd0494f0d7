"""Missions with other relays, or none: the sky as it is then, and what a wrong profile is told."""

import dataclasses
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from roverctl.core.errors import InputError, ProfileError
from roverctl.core.resources import resource_path
from roverctl.core.times import DAY_NS, SECOND_NS, parse_utc
from roverctl.ephemeris.geometry import Geometry, LightTimes
from roverctl.ephemeris.report import relay_rows
from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import Mission, load_mission
from roverctl.mission.relay_orbit import FixedPlace, Halo

BEGIN = parse_utc("2019-01-11T12:00:00Z")
MONTH = BEGIN + np.arange(0, 28 * 24, dtype=np.int64) * 3600 * SECOND_NS
C = 299_792_458.0


def near_side(mission: Mission, latitude_deg: float = 44.12, longitude_deg: float = -19.51) -> Mission:
    """Another site, such as Chang'e-3's in Mare Imbrium, and no relay."""
    site = dataclasses.replace(
        mission.site, longitude_deg=longitude_deg, latitude_deg=latitude_deg, elevation_m=-2630.0
    )
    return dataclasses.replace(mission, site=site, orbit=None, relay="")


def finite(*answers: Geometry | LightTimes) -> bool:
    return all(np.isfinite(getattr(a, f.name)).all() for a in answers for f in dataclasses.fields(a))


def test_a_direct_link_has_one_leg(mission: Mission) -> None:
    sky = Sky(near_side(mission))
    geometry, light, legs = sky.geometry(MONTH), sky.light_times(MONTH), sky.leg_times(MONTH)
    assert finite(geometry, light)
    assert (geometry.relay_rover_m == 0.0).all() and (light.relay_to_rover_s == 0.0).all()
    assert (legs.relay_to_rover_s == 0.0).all() and (legs.rover_to_relay_s == 0.0).all()
    # The Earth is always up there; contact is a matter of the stations.
    assert np.degrees(geometry.relay_elevation_rad.min()) > 25.0
    masks = np.array([[s.mask_rad] for s in mission.stations])
    up = geometry.station_elevation_rad > masks
    assert (geometry.visible == (up & (sky.margins(MONTH).sun > 0.0))).all() and 0.3 < up.mean() < 0.6
    # The light time by its own equation, there and back.
    for s, name in enumerate(sky.names):
        sent, there = sky.state(name, MONTH)[0], np.round(light.up_s[s] * 1e9).astype(np.int64)
        way = np.linalg.norm(sky.state("rover", MONTH + there)[0] - sent, axis=0)
        assert way / C == pytest.approx(light.up_s[s], abs=1e-9)
        here = np.round(light.down_s[s] * 1e9).astype(np.int64)
        way = np.linalg.norm(sky.state(name, MONTH + here)[0] - sky.state("rover", MONTH)[0], axis=0)
        assert way / C == pytest.approx(light.down_s[s], abs=1e-9)
    row = relay_rows(sky, [BEGIN])[0]
    assert (
        row["link"] == "direct" and row["relay_rover_km"] == 0.0 and row["owlt_up_s"] == pytest.approx(1.34, abs=0.05)
    )
    with pytest.raises(
        InputError, match="'relay' is not known to this sky; known are earth, moon, sun, rover, Jiamusi"
    ):
        sky.between("rover", "relay", BEGIN)


def test_a_direct_link_from_the_far_side_has_no_contact_and_says_why(mission: Mission) -> None:
    sky = Sky(dataclasses.replace(mission, orbit=None))
    assert not sky.geometry(MONTH).visible.any()
    assert sky.passes(BEGIN, BEGIN + 3 * DAY_NS) == []
    (gap,) = sky.timeline(BEGIN, BEGIN + DAY_NS // 4)
    assert {cause.name for _, cause in gap.causes} == {"ROVER"}


def test_a_direct_link_at_the_limb_follows_the_librations(mission: Mission) -> None:
    """At 93° E the Earth rises and sets with the libration in longitude, once a month."""
    sky = Sky(near_side(mission, latitude_deg=0.0, longitude_deg=93.0))
    elevation = sky.earth(MONTH).elevation_rad
    assert (elevation > 0.0).any() and (elevation < 0.0).any()
    margins = sky.margins(MONTH)
    assert ((margins.rover > 0.0) == (margins.rover[0] > 0.0)).mean() > 0.98  # stations differ by parallax alone
    assert np.ptp(np.degrees(margins.rover), axis=0).max() < 2.0


def test_a_relay_on_the_ground(mission: Mission) -> None:
    """On a mountain 30 km north of a rover on the near side, seen just above its level."""
    direct = near_side(mission)
    site = direct.site
    place = FixedPlace(np.radians(site.longitude_deg), np.radians(site.latitude_deg + 1.0), 3000.0)
    sky = Sky(dataclasses.replace(direct, orbit=place, rover_mask_rad=0.0, relay="Mast"))
    geometry, light = sky.geometry(MONTH), sky.light_times(MONTH)
    assert finite(geometry, light)
    # Distance and elevation by plane trigonometry over the sphere.
    r1, r2, angle = 1_737_400.0 - 2630.0, 1_740_400.0, np.radians(1.0)
    distance = np.sqrt(r1**2 + r2**2 - 2 * r1 * r2 * np.cos(angle))
    assert geometry.relay_rover_m == pytest.approx(distance, abs=0.1)
    assert geometry.relay_elevation_rad == pytest.approx(np.arcsin((r2 * np.cos(angle) - r1) / distance), abs=1e-6)
    assert np.abs(np.degrees((geometry.relay_azimuth_rad + np.pi) % (2 * np.pi) - np.pi)).max() < 0.01
    assert light.rover_to_relay_s == pytest.approx(distance / C, abs=1e-9)
    assert (
        geometry.visible.any(axis=0) == (geometry.station_elevation_rad > np.radians(7.0)).any(axis=0)
    ).mean() > 0.97
    lander = FixedPlace(np.radians(site.longitude_deg), np.radians(site.latitude_deg), site.elevation_m)
    beside = Sky(dataclasses.replace(direct, orbit=lander))
    assert finite(beside.geometry(MONTH[:5]), beside.light_times(MONTH[:5]))


def test_anything_from_anywhere_by_differences(sky: Sky) -> None:
    h = 5 * SECOND_NS
    for observer in sky.known():
        for other in sky.known():
            if observer == other:
                continue
            now = sky.between(observer, other, MONTH[:200:7])
            back = sky.between(other, observer, MONTH[:200:7])
            after, before = (sky.between(observer, other, MONTH[:200:7] + s * h).range_m for s in (1, -1))
            assert now.range_rate_m_s == pytest.approx((after - before) / 10.0, abs=2e-3)
            assert now.range_m == pytest.approx(back.range_m, rel=1e-14)
            assert now.light_there_s == pytest.approx(back.light_back_s, abs=1e-12)
            turned = np.array(
                [np.cos(now.right_ascension_rad) * np.cos(now.declination_rad), np.sin(now.declination_rad)]
            )
            other_way = np.array(
                [np.cos(back.right_ascension_rad) * np.cos(back.declination_rad), np.sin(back.declination_rad)]
            )
            assert np.allclose(turned, -other_way, atol=1e-9)
            assert (now.azimuth_rad is None) == (observer in ("earth", "moon", "sun", "relay"))


def test_directions_agree_with_geometry_and_light_times_with_their_equation(sky: Sky) -> None:
    geometry = sky.geometry(MONTH)
    seen = sky.between("rover", "relay", MONTH)
    assert seen.elevation_rad is not None and seen.azimuth_rad is not None
    assert seen.elevation_rad == pytest.approx(geometry.relay_elevation_rad, abs=1e-9)
    assert seen.azimuth_rad == pytest.approx(geometry.relay_azimuth_rad, abs=1e-9)
    kashi = sky.between("kashi", "relay", MONTH)
    assert kashi.elevation_rad == pytest.approx(geometry.station_elevation_rad[1], abs=1e-9)
    sun = sky.between("rover", "sun", MONTH)
    later = MONTH + np.round(sun.light_back_s * 1e9).astype(np.int64)
    way = np.linalg.norm(sky.state("rover", later)[0] - sky.state("sun", MONTH)[0], axis=0)
    assert way / C == pytest.approx(sun.light_back_s, abs=1e-7)
    with pytest.raises(InputError, match="cannot be seen from itself"):
        sky.between("Sun", "sun", BEGIN)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource_path("missions", "change4"), tmp_path / "mine"))


def with_table(folder: Path, table: str) -> Path:
    text = (folder / "mission.toml").read_text(encoding="utf-8")
    before, _, after = text.partition("[halo]")
    (folder / "mission.toml").write_text(before + table + "\n\n[link]" + after.partition("[link]")[2], encoding="utf-8")
    return folder


MASK = 'rover_mask = { value = 5, unit = "deg", assumed = true }\n'
INSIDE = {"x": 0.988, "y": 0, "z": 0}
SHAPE = (
    '[halo]\nmu = { value = 0.01215, unit = "1", assumed = true }\nfamily = "northern"\n'
    'amplitude = { value = 30000, unit = "km", assumed = true }\n'
    'unit_length = { value = 384400, unit = "km", source = "x" }\n'
    'unit_time = { value = 375699.8, unit = "s", source = "x" }\nphase = { value = 0.5, unit = "1", assumed = true }\n'
    'epoch = "2019-01-03T00:00:00Z"\n' + MASK
)


def test_profiles_with_other_relays(folder: Path) -> None:
    halo = Sky(load_mission(with_table(folder, SHAPE)))
    place = halo.state("relay", MONTH)[0] - halo.state("moon", MONTH)[0]
    assert np.linalg.norm(place, axis=0).max() > 60_000e3
    direct = load_mission(with_table(folder, "[direct]\n" + MASK))
    assert direct.orbit is None and Sky(direct).relay is None
    text = (folder / "mission.toml").read_text(encoding="utf-8")
    (folder / "mission.toml").write_text(text.replace('relay = "Queqiao"\n', ""), encoding="utf-8")
    assert load_mission(folder).relay == ""
    fixed = '[fixed_relay]\npoint = "L2"\nmu = { value = 0.01215, unit = "1", assumed = true }\n'
    text = (folder / "mission.toml").read_text(encoding="utf-8").replace("[direct]\n", fixed)
    (folder / "mission.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=r"mission\.relay: this key is missing"):
        load_mission(folder)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "halo: the tables of the relay are missing; give one of [halo], [orbit_file]"),
        (SHAPE + "[direct]\n" + MASK, "halo and direct: these tables stand side by side"),
        (SHAPE.replace("northern", "eastern"), "halo.family: unknown family 'eastern'; known are northern, southern"),
        (SHAPE + 'x = { value = 1, unit = "1", assumed = true }\n', "halo.amplitude: give either"),
        (SHAPE.replace("30000", "-30000"), "halo.amplitude: must be greater than zero"),
        (SHAPE.replace("0.01215", "0.5"), "halo.mu: must lie between 0.012 and 0.0123"),
        (SHAPE.replace('"2019-01-03T00:00:00Z"', '"soon"'), "halo.epoch: 'soon' is not a UTC time"),
        ("[direct]\n", "direct.rover_mask: this figure is missing"),
        ("[direct]\n" + MASK.replace("5", "95"), "direct.rover_mask: must lie between -90 and 90 deg"),
        ("[orbit_file]\n" + MASK, "orbit_file.file: this key is missing"),
        ('[orbit_file]\nfile = "none.oem"\n' + MASK, "none.oem"),
        ("[fixed_relay]\n" + MASK, "fixed_relay.point: give longitude, latitude and elevation; or point"),
        (
            '[fixed_relay]\npoint = "L6"\nmu = { value = 0.01215, unit = "1", assumed = true }\n' + MASK,
            "fixed_relay.point: unknown point 'L6'; known are L1, L2",
        ),
        (
            '[fixed_relay]\nmu = { value = 0.01215, unit = "1", assumed = true }\n'
            + "".join(f'{k} = {{ value = {v}, unit = "1", assumed = true }}\n' for k, v in INSIDE.items())
            + MASK,
            "this point lies within the Moon",
        ),
        (
            '[fixed_relay]\nlongitude = { value = 0, unit = "deg", assumed = true }\n'
            'latitude = { value = 91, unit = "deg", assumed = true }\n'
            + 'elevation = { value = 0, unit = "m", assumed = true }\n' + MASK,
            "fixed_relay.latitude: must lie between -90 and 90 deg",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_relay_is_told_on_load(folder: Path, table: str, says: str) -> None:
    with_table(folder, table)
    with pytest.raises(ProfileError, match=re.escape(says)) as caught:
        load_mission(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("latitude = { value = 46.4939", "latitude = { value = 91", "stations[0].latitude: must lie between -90"),
        ("mask = { value = 7", "mask = { value = -3", "stations[0].mask: must lie between 0 and 90 deg"),
        ("mask = { value = 7", "mask = { value = 90", "stations[0].mask: must lie between 0 and 90 deg"),
        ("altitude = { value = 66", "altitude = { value = 66000", "stations[0].altitude: must lie between"),
        ('name = "Kashi"', 'name = "Jiamusi"', "stations[1].name: there is another station 'Jiamusi'"),
        ("conjunction = { value = 1.0", "conjunction = { value = -1.0", "contact.conjunction: must lie between 0"),
        ("overlap = { value = 5", "overlap = { value = 5000", "contact.overlap: must lie between 0 and 12 h"),
        ("overlap =", "prefers = []\noverlap =", "contact.prefers: unknown key"),
        ("overlap =", 'prefer = ["Perth"]\noverlap =', "contact.prefer: no station 'Perth'; known are Jiamusi"),
        ("overlap =", "exclude = 3\noverlap =", "contact.exclude: must be a list of stations"),
        ('landing = "2019', 'landing = "the 2019', "mission.landing: "),
    ],
)  # fmt: skip
def test_what_is_wrong_with_stations_is_told_on_load(folder: Path, old: str, new: str, says: str) -> None:
    text = (folder / "mission.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "mission.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProfileError, match=re.escape(says)):
        load_mission(folder)


def test_a_default_mission_has_the_halo_of_old(mission: Mission) -> None:
    assert isinstance(mission.orbit, Halo) and mission.relay == "Queqiao"
