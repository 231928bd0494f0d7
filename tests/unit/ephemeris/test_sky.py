"""The sky over the site against published Sun times, its own equations, and brute force."""

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from roverctl.core.errors import InputError
from roverctl.core.times import DAY_NS, SECOND_NS, parse_utc
from roverctl.ephemeris.contact.windows import find_windows
from roverctl.ephemeris.report import pass_rows, relay_rows
from roverctl.ephemeris.sky import Sky
from roverctl.mission.contacts import ContactRules
from roverctl.mission.profile import load_mission

Array = npt.NDArray[np.float64]

NOON = parse_utc("2019-01-11T12:00:00Z")

# FACTS, "Sun, Moon, Earth": Sun's centre at 0°, from DE421 with its MOON_ME frame.
SUN_TIMES = [
    ("2018-12-30T03:19:00Z", "2019-01-13T20:50:00Z"),
    ("2019-01-28T16:15:00Z", "2019-02-12T12:56:00Z"),
    ("2019-02-27T04:58:00Z", "2019-03-14T04:00:00Z"),
    ("2019-03-28T17:34:00Z", "2019-04-12T17:24:00Z"),
    ("2019-04-27T06:05:00Z", "2019-05-12T05:02:00Z"),
    ("2019-05-26T18:32:00Z", "2019-06-10T15:13:00Z"),
]


@pytest.fixture(scope="module")
def sky() -> Sky:
    return Sky(load_mission())


def shared_data() -> Path | None:
    for folder in Path(__file__).resolve().parents:
        if (folder / "shared" / "data").is_dir():
            return folder / "shared" / "data"
    return None


def test_the_sun_rises_and_sets_when_it_was_published_to(sky: Sky) -> None:
    for rise, down in SUN_TIMES:
        azimuth, elevation = sky.sun([parse_utc(rise), parse_utc(down)])
        # The Sun climbs 0.36 degrees an hour here: 0.02 degrees are three minutes.
        assert np.abs(np.degrees(elevation)).max() < 0.02
        assert 80.0 < np.degrees(azimuth[0]) < 100.0
        assert 260.0 < np.degrees(azimuth[1]) < 280.0


def test_the_sun_stands_where_it_stood_at_the_published_events(sky: Sky) -> None:
    data = shared_data()
    if data is None:
        pytest.skip("shared/data/facts/wake_sleep_events.csv is not beside this checkout")
    with (data / "facts" / "wake_sleep_events.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 17
    t_ns = [parse_utc(row["utc"].replace(" ", "T") + ":00Z") for row in rows]
    azimuth, elevation = np.degrees(sky.sun(t_ns))
    assert np.abs(elevation - [float(row["sun_elevation_deg"]) for row in rows]).max() < 0.05
    # Azimuths are published to a tenth.
    assert np.abs(azimuth - [float(row["sun_azimuth_deg"]) for row in rows]).max() < 0.1
    # The rover wakes by itself at 7.2 deg and is put to sleep at 9.2 deg (FACTS.md).
    for event, middle, stray in (("wake", 7.2, 1.7), ("sleep", 9.2, 0.8)):
        its = [row["vehicle"] == "rover" and row["event"] == event for row in rows]
        assert any(its) and np.abs(elevation[its] - middle).max() < stray


def test_noon_is_in_the_north_as_high_as_published(sky: Sky) -> None:
    t_ns = parse_utc("2019-01-01") + np.arange(0, 365 * 24, dtype=np.int64) * 3600 * SECOND_NS
    azimuth, elevation = np.degrees(sky.sun(t_ns))
    days = elevation[: 12 * 709].reshape(12, 709)  # a synodic day is 708.7 h
    assert days.max(axis=1).min() == pytest.approx(43.1, abs=0.2)
    assert days.max(axis=1).max() == pytest.approx(46.1, abs=0.2)
    assert min(azimuth[elevation.argmax()], 360.0 - azimuth[elevation.argmax()]) < 2.0


def test_the_year_stays_within_the_facts(sky: Sky) -> None:
    t_ns = parse_utc("2019-01-01") + np.arange(0, 365 * 24, dtype=np.int64) * 3600 * SECOND_NS
    geometry, light = sky.geometry(t_ns), sky.light_times(t_ns)
    assert geometry.earth_moon_m.min() / 1000 == pytest.approx(356_761, abs=60)
    assert geometry.earth_moon_m.max() / 1000 == pytest.approx(406_555, abs=60)
    assert geometry.moon_relay_m.min() > 47_000e3 and geometry.moon_relay_m.max() < 79_500e3
    assert geometry.relay_elevation_rad.min() > np.radians(20.0)
    seen = geometry.visible
    assert light.up_s[seen].min() > 1.5 and light.up_s[seen].max() < 1.9
    assert seen.any(axis=0).mean() > 0.9
    # Never behind the Moon: the margin is that of a mask, or the Sun's.
    masks = np.array([[s.mask_rad] for s in sky.mission.stations])
    open_sky = np.minimum(geometry.station_elevation_rad - masks, geometry.relay_elevation_rad - np.radians(5.0))
    far_from_sun = sky.margins(t_ns).sun > 0.0
    assert (seen == ((open_sky > 0.0) & far_from_sun)).all()
    assert 0 < (~far_from_sun).any(axis=0).sum() < 48  # hours of the year


def test_light_times_satisfy_their_own_equation(sky: Sky) -> None:
    """Each leg again, from positions that Geometry gives at the instants of sending and receiving."""
    t = NOON + 86_400 * SECOND_NS * np.arange(0, 30, dtype=np.int64)
    light = sky.light_times(t)
    for s in range(3):
        at_relay = t + np.round(light.station_to_relay_s[s] * 1e9).astype(np.int64)
        at_rover = at_relay + np.round(light.relay_to_rover_s[s] * 1e9).astype(np.int64)
        sent, passed, received = (_places(sky, x) for x in (t, at_relay, at_rover))
        assert _leg_s(sent["stations"][s], passed["relay"]) == pytest.approx(light.station_to_relay_s[s], abs=1e-9)
        assert _leg_s(passed["relay"], received["rover"]) == pytest.approx(light.relay_to_rover_s[s], abs=1e-9)
        at_relay = t + np.round(light.rover_to_relay_s * 1e9).astype(np.int64)
        at_station = at_relay + np.round(light.relay_to_station_s[s] * 1e9).astype(np.int64)
        passed, received = _places(sky, at_relay), _places(sky, at_station)
        assert _leg_s(sent["rover"], passed["relay"]) == pytest.approx(light.rover_to_relay_s, abs=1e-9)
        assert _leg_s(passed["relay"], received["stations"][s]) == pytest.approx(light.relay_to_station_s[s], abs=1e-9)
    assert np.allclose(light.up_s, light.station_to_relay_s + light.relay_to_rover_s, rtol=0, atol=1e-15)
    assert np.allclose(light.up_s, light.down_s, atol=1e-5)


def _places(sky: Sky, t_ns: npt.NDArray[np.int64]) -> dict[str, Array]:
    stations = np.stack([sky.state(station.name, t_ns)[0] for station in sky.mission.stations])
    return {"stations": stations, "relay": sky.state("relay", t_ns)[0], "rover": sky.state("rover", t_ns)[0]}


def _leg_s(a: Array, b: Array) -> Array:
    return np.asarray(np.linalg.norm(a - b, axis=0) / 299_792_458.0)


def test_a_single_time_and_many_give_the_same(sky: Sky) -> None:
    t_ns = NOON + np.arange(40_000, dtype=np.int64) * 10 * SECOND_NS
    many = sky.geometry(t_ns)
    one = sky.geometry(int(t_ns[39_000]))
    assert one.station_relay_m[:, 0] == pytest.approx(many.station_relay_m[:, 39_000], rel=1e-14)
    assert one.sun_azimuth_rad[0] == pytest.approx(many.sun_azimuth_rad[39_000], abs=1e-13)
    assert many.visible.shape == (3, 40_000)
    assert one.t_ns.tolist() == [t_ns[39_000]]
    shuffled = np.random.default_rng(0).permutation(t_ns)
    mixed, light = sky.geometry(shuffled), sky.light_times(shuffled)
    there = int(np.flatnonzero(shuffled == t_ns[39_000])[0])
    assert mixed.t_ns[there] == t_ns[39_000] and mixed.station_relay_m[:, there] == pytest.approx(
        one.station_relay_m[:, 0], rel=1e-14
    )
    assert light.up_s[:, there] == pytest.approx(sky.light_times(int(t_ns[39_000])).up_s[:, 0], abs=1e-14)
    assert sky.geometry([]).visible.shape == (3, 0)


def test_passes_are_where_visibility_changes(sky: Sky) -> None:
    end = NOON + 5 * DAY_NS
    windows = sky.passes(NOON, end)
    assert [w.aos_ns for w in windows] == sorted(w.aos_ns for w in windows)
    t_ns = np.arange(NOON, end, 10 * SECOND_NS)
    geometry = sky.geometry(t_ns)
    for s, station in enumerate(sky.mission.stations):
        mine = [w for w in windows if w.station == station.name]
        inside = np.zeros(t_ns.size, dtype=bool)
        for w in mine:
            inside |= (t_ns >= w.aos_ns) & (t_ns < w.los_ns)
            during = geometry.station_elevation_rad[s][(t_ns >= w.aos_ns) & (t_ns <= w.los_ns)]
            assert w.peak_elevation_rad >= during.max() - 1e-9
            # The Earth turns 7.3e-4 rad in the 10 s between samples; a crest is flat, a cut end is not.
            cut = w.peak_ns in (w.aos_ns, w.los_ns)
            assert w.peak_elevation_rad == pytest.approx(during.max(), abs=8e-4 if cut else 1e-6)
            for edge, open_at_end in ((w.aos_ns, NOON), (w.los_ns, end)):
                if edge != open_at_end:
                    around = sky.geometry([edge - SECOND_NS, edge + SECOND_NS]).visible[s]
                    assert around[0] != around[1]
        assert (inside == geometry.visible[s]).all()


def test_a_contact_shorter_than_the_sampling_is_found() -> None:
    centre, begin = 123_456 * SECOND_NS, 0

    def contact(t_ns):  # type: ignore[no-untyped-def]
        margin = 1e-4 - ((t_ns - centre) / (3600.0 * SECOND_NS)) ** 2  # positive for 36 s either side
        return margin[None, :], (margin + 0.1)[None, :]

    (window,) = find_windows(contact, ["X"], begin, 3 * DAY_NS)
    assert window.aos_ns == pytest.approx(centre - 36 * SECOND_NS, abs=2_000_000)
    assert window.los_ns == pytest.approx(centre + 36 * SECOND_NS, abs=2_000_000)
    assert window.peak_ns == pytest.approx(centre, abs=SECOND_NS // 10)


def test_an_empty_span_is_told(sky: Sky) -> None:
    with pytest.raises(InputError, match="must end after it begins"):
        sky.passes(NOON, NOON)


def test_the_best_station_sees_the_relay_highest(sky: Sky) -> None:
    t_ns = NOON + np.arange(0, 14 * 24, dtype=np.int64) * 3600 * SECOND_NS
    sky = Sky(sky.mission, rules=ContactRules())  # without rules it is the highest that goes first
    best = sky.best_station(t_ns)
    geometry = sky.geometry(t_ns)
    for i, s in enumerate(best):
        seen = [k for k in range(3) if geometry.visible[k, i]]
        if s < 0:
            assert not seen
        else:
            assert s in seen
            assert geometry.station_elevation_rad[s, i] == max(geometry.station_elevation_rad[k, i] for k in seen)


def test_relay_rows_have_the_documented_keys(sky: Sky) -> None:
    (row,) = relay_rows(sky, [NOON])
    assert {
        "utc", "station", "earth_moon_km", "station_relay_km", "relay_rover_km", "station_elevation_deg",
        "relay_elevation_deg", "sun_elevation_deg", "sun_azimuth_deg", "owlt_up_s", "owlt_down_s", "contact",
    } <= set(row)  # fmt: skip
    assert row["utc"] == "2019-01-11T12:00:00.000Z"
    assert row["owlt_up_s"] == pytest.approx((row["station_relay_km"] + row["relay_rover_km"]) / 299_792.458, abs=1e-5)
    assert relay_rows(sky, []) == []


def test_a_row_without_contact_says_so(sky: Sky) -> None:
    t_ns = NOON + np.arange(0, 60 * 24, dtype=np.int64) * 3600 * SECOND_NS
    silent = t_ns[sky.best_station(t_ns) < 0]
    assert silent.size
    (row,) = relay_rows(sky, [int(silent[0])])
    assert row["contact"] is False
    assert "no station" in row["note"]
    rows = pass_rows(sky, sky.passes(NOON, NOON + DAY_NS))
    assert {"station", "aos", "los", "peak", "peak_elevation_deg", "lunar_day"} <= set(rows[0])
