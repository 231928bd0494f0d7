"""Orbit files (CCSDS OEM): polynomials against scipy's, frames against skyfield's, and what is wrong in them."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.interpolate import KroghInterpolator
from skyfield.framelib import ICRS_to_J2000

from roverctl.core.errors import InputError, ProfileError
from roverctl.core.resources import resource_path
from roverctl.core.times import DAY_NS, SECOND_NS, format_utc, parse_utc
from roverctl.ephemeris.bodies import Bodies
from roverctl.ephemeris.orbit.tabulated import TabulatedPath
from roverctl.ephemeris.scales import epochs
from roverctl.ephemeris.sky import Sky
from roverctl.mission.oem import read_oem
from roverctl.mission.profile import Mission, load_mission

Array = npt.NDArray[np.float64]
BEGIN = parse_utc("2019-01-10")
META = {
    "OBJECT_NAME": "QUEQIAO", "OBJECT_ID": "2018-045A", "CENTER_NAME": "EARTH", "REF_FRAME": "ICRF",
    "TIME_SYSTEM": "UTC", "INTERPOLATION": "HERMITE", "INTERPOLATION_DEGREE": "7",
}  # fmt: skip


def segment(times_ns: npt.NDArray[np.int64], states_km: Array, **changed: str) -> str:
    stamps = [format_utc(int(t), 9)[:-1] for t in times_ns]
    meta = {**META, "START_TIME": stamps[0], "STOP_TIME": stamps[-1], **changed}
    rows = [f"{s} " + " ".join(f"{v:.12f}" for v in state) for s, state in zip(stamps, states_km, strict=True)]
    return "\n".join(["META_START", "COMMENT made here", *(f"{k} = {v}" for k, v in meta.items()), "META_STOP", *rows])


def message(*segments: str) -> str:
    head = "CCSDS_OEM_VERS = 2.0\nCOMMENT a test\nCREATION_DATE = 2019-01-01T00:00:00\nORIGINATOR = US\n"
    return head + "\n".join(segments) + "\n"


def moving(t_s: Array) -> tuple[Array, Array]:
    """Something that turns and swings: km and km/s, [3, n]."""
    a, b = 4e-5, 1.3e-4
    return (
        np.stack([4e5 * np.cos(a * t_s), 4e5 * np.sin(a * t_s), 3e4 * np.sin(b * t_s)]),
        np.stack([-4e5 * a * np.sin(a * t_s), 4e5 * a * np.cos(a * t_s), 3e4 * b * np.cos(b * t_s)]),
    )


def uneven(count: int) -> npt.NDArray[np.int64]:
    gaps = np.random.default_rng(5).integers(900, 1800, count) * SECOND_NS
    return BEGIN + np.cumsum(gaps)


def path(tmp_path: Path, text: str) -> TabulatedPath:
    (tmp_path / "relay.oem").write_text(text, encoding="utf-8")
    return TabulatedPath(read_oem(tmp_path / "relay.oem")[0], Bodies())


def states_of(times_ns: npt.NDArray[np.int64]) -> Array:
    place, rate = moving((times_ns - BEGIN) / 1e9)
    return np.concatenate((place, rate)).T


@pytest.mark.parametrize(("method", "degree"), [("HERMITE", 7), ("HERMITE", 3), ("LAGRANGE", 7), ("LAGRANGE", 4)])
def test_interpolation_is_that_of_scipys_polynomials(tmp_path: Path, method: str, degree: int) -> None:
    times = uneven(40)
    states = states_of(times)
    table = path(tmp_path, message(segment(times, states, INTERPOLATION=method, INTERPOLATION_DEGREE=str(degree))))
    asked = np.random.default_rng(1).integers(times[0], times[-1], 200)
    place, rate = table.state(epochs(asked))
    many = (degree + 1) // 2 if method == "HERMITE" else degree + 1
    for i, t in enumerate(asked.tolist()):
        first = int(np.clip(np.searchsorted(times, t, side="right") - 1 - (many - 1) // 2, 0, len(times) - many))
        x = (times[first : first + many] - times[first]) / 1e9
        y = states[first : first + many]
        if method == "HERMITE":
            values = np.empty((2 * many, 3))
            values[::2], values[1::2] = y[:, :3], y[:, 3:]
            polynomial = KroghInterpolator(np.repeat(x, 2), values)
        else:
            polynomial = KroghInterpolator(x, y[:, :3])
        at = (t - times[first]) / 1e9
        assert place[:, i] / 1000.0 == pytest.approx(polynomial(at), abs=1e-5)
        assert rate[:, i] / 1000.0 == pytest.approx(polynomial.derivative(at), abs=1e-8)
    truth = np.concatenate(moving((asked - BEGIN) / 1e9))
    if degree == 7:
        assert np.abs(place / 1000.0 - truth[:3]).max() < 1e-3  # a metre
        assert np.abs(rate / 1000.0 - truth[3:]).max() < 1e-6


def test_frames_centres_and_scales(tmp_path: Path) -> None:
    times = BEGIN + np.arange(50, dtype=np.int64) * 1200 * SECOND_NS
    asked = epochs(np.random.default_rng(2).integers(times[2], times[-3], 50))
    states = states_of(times)
    plain = path(tmp_path, message(segment(times, states))).state(asked)
    # Written in the older axes: the same place comes out.
    old = np.concatenate((states[:, :3] @ ICRS_to_J2000.T, states[:, 3:] @ ICRS_to_J2000.T), axis=1)
    turned = path(tmp_path, message(segment(times, old, REF_FRAME="EME2000"))).state(asked)
    assert np.abs(turned[0] - plain[0]).max() < 0.01 and np.abs(turned[1] - plain[1]).max() < 1e-6
    assert np.abs(path(tmp_path, message(segment(times, old))).state(asked)[0] - plain[0]).max() > 10.0
    moon, velocity = Bodies().moon(asked)
    small = states * 0.05
    near = path(tmp_path, message(segment(times, small, CENTER_NAME="MOON"))).state(asked)
    assert np.abs(near[0] - 0.05 * plain[0] - moon).max() < 0.01
    assert np.abs(near[1] - 0.05 * plain[1] - velocity).max() < 1e-6
    # In 2019 TAI is 37 s ahead of UTC, TT 69.184 s, GPS 18 s: the same stamps mean earlier instants.
    for scale, ahead_s in (("TAI", 37.0), ("TT", 69.184), ("TDB", 69.184), ("GPS", 18.0)):
        other = path(tmp_path, message(segment(times, states, TIME_SYSTEM=scale)))
        later = other.state(asked)[0] - plain[0] - plain[1] * ahead_s
        assert np.abs(later).max() < 0.33 * ahead_s**2, scale  # half the acceleration, 4e8 m times (4e-5 / s)²
    assert np.abs(other.state(asked)[0] - plain[0]).max() > 100.0


def test_the_halo_written_as_an_orbit_file_gives_the_same_sky(tmp_path: Path, mission: Mission, sky: Sky) -> None:
    times = BEGIN + np.arange(0, 24 * 20, dtype=np.int64) * 3600 * SECOND_NS
    place, rate = sky.state("relay", times)
    text = message(segment(times, np.concatenate((place, rate)).T / 1000.0))
    (tmp_path / "relay.oem").write_text(text, encoding="utf-8")
    other = Sky(dataclasses.replace(mission, orbit=read_oem(tmp_path / "relay.oem")[0]))
    asked = BEGIN + np.random.default_rng(3).integers(0, 19 * DAY_NS, 500)
    ours, theirs = sky.geometry(asked), other.geometry(asked)
    assert np.abs(ours.station_relay_m - theirs.station_relay_m).max() < 1.0
    assert np.abs(ours.relay_elevation_rad - theirs.relay_elevation_rad).max() < 1e-7
    assert np.abs(sky.light_times(asked).up_s - other.light_times(asked).up_s).max() < 1e-8
    span = (BEGIN + DAY_NS, BEGIN + 5 * DAY_NS)
    for a, b in zip(sky.passes(*span), other.passes(*span), strict=True):
        assert a.station == b.station and abs(a.aos_ns - b.aos_ns) < SECOND_NS and abs(a.los_ns - b.los_ns) < SECOND_NS


def test_a_low_orbiters_passes_are_found_to_the_second(tmp_path: Path, mission: Mission) -> None:
    """Two hours about the Moon, through the rover's zenith about: contacts of some minutes."""
    sky = Sky(mission)
    times = BEGIN + np.arange(0, 24 * 60, dtype=np.int64) * 60 * SECOND_NS
    rover, moon = sky.state("rover", times)[0], sky.state("moon", times)[0]
    up = (rover - moon)[:, 0] / np.linalg.norm((rover - moon)[:, 0])
    east = np.cross([0.0, 0.0, 1.0], up)
    east /= np.linalg.norm(east)
    radius_km, w = 1937.4, np.sqrt(4902.8 / 1937.4**3)
    angle = w * (times - BEGIN) / 1e9
    place = radius_km * (np.outer(up, np.cos(angle)) + np.outer(east, np.sin(angle)))
    rate = radius_km * w * (np.outer(east, np.cos(angle)) - np.outer(up, np.sin(angle)))
    (tmp_path / "low.oem").write_text(message(segment(times, np.concatenate((place, rate)).T, CENTER_NAME="MOON")))
    low = Sky(dataclasses.replace(mission, orbit=read_oem(tmp_path / "low.oem")[0]))
    span = (BEGIN, BEGIN + DAY_NS - 60 * SECOND_NS)
    windows = low.passes(*span)
    fine = np.arange(*span, 5 * SECOND_NS, dtype=np.int64)
    visible = low.geometry(fine).visible
    found = np.zeros_like(visible)
    for w_ in windows:
        found[low.names.index(w_.station)] |= (fine >= w_.aos_ns) & (fine < w_.los_ns)
    assert (found == visible).all()
    # The far side: what rises over the rover is hidden from the Earth most of the time, by the Moon itself.
    assert (low.margins(fine).rover > 0.0).any() and (low.margins(fine).moon < 0.0).any()
    light = low.light_times(fine[::97])
    sent, passed = fine[::97], fine[::97] + np.round(light.station_to_relay_s[0] * 1e9).astype(np.int64)
    way = low.state("relay", passed)[0] - low.state("Jiamusi", sent)[0]
    assert np.linalg.norm(way, axis=0) / 299_792_458.0 == pytest.approx(light.station_to_relay_s[0], abs=1e-9)


def test_beyond_the_file_there_is_no_contact_and_no_nan(tmp_path: Path, mission: Mission) -> None:
    times = BEGIN + np.arange(0, 48, dtype=np.int64) * 1800 * SECOND_NS
    (tmp_path / "relay.oem").write_text(message(segment(times, states_of(times))))
    sky = Sky(dataclasses.replace(mission, orbit=read_oem(tmp_path / "relay.oem")[0]))
    end = int(times[-1])
    geometry = sky.geometry([end - SECOND_NS, end + SECOND_NS, end + 30 * DAY_NS, BEGIN - DAY_NS])
    assert geometry.covered.tolist() == [True, False, False, False]
    assert not geometry.visible[:, 1:].any()
    for field in dataclasses.fields(geometry):
        assert np.isfinite(getattr(geometry, field.name)).all(), field.name
    with pytest.raises(
        InputError, match=r"relay\.oem: covers 2019-01-10T00:00:00Z to 2019-01-10T23:30:00Z, not 2019-01-11"
    ):
        sky.state("relay", end + 1800 * SECOND_NS)
    with pytest.raises(InputError, match="covers"):
        sky.passes(end + DAY_NS, end + 2 * DAY_NS)
    assert all(w.los_ns <= end for w in sky.passes(BEGIN, end + DAY_NS))
    gap = sky.timeline(end - 3600 * SECOND_NS, end + 3600 * SECOND_NS)[-1]
    assert {cause.name for _, cause in gap.causes} == {"UNKNOWN_ORBIT"} and gap.begin_ns == pytest.approx(end, abs=2e6)
    assert sky.relay is not None
    assert sky.relay.warning(end - 8 * DAY_NS) == "" or "begins" in sky.relay.warning(end - 8 * DAY_NS)
    assert "ends within a day, at 2019-01-10T23:30:00Z" in sky.relay.warning(end - DAY_NS // 2)
    assert "ended at" in sky.relay.warning(end + 1)


def test_segments_are_not_interpolated_across_and_covariances_are_passed_over(tmp_path: Path) -> None:
    times = BEGIN + np.arange(0, 40, dtype=np.int64) * 1800 * SECOND_NS
    states = states_of(times)
    covariance = "COVARIANCE_START\nEPOCH = 2019-01-10T00:00:00\n1.0\n2.0 3.0\nCOVARIANCE_STOP"
    later, shift = times[20:] + 3600 * SECOND_NS, np.repeat([1000.0, 0.0], 3)
    table = path(tmp_path, message(segment(times[:20], states[:20]), covariance, segment(later, states[20:] + shift)))
    asked = np.array([times[10] + SECOND_NS, times[19] + 1800 * SECOND_NS, later[10]])
    assert table.covered(epochs(asked)).tolist() == [True, False, True]
    place = table.state(epochs(asked))[0] / 1000.0
    assert place[:, 2] == pytest.approx(states[30, :3] + 1000.0, abs=1e-6)
    assert place[:, 1] == pytest.approx(states[19, :3], abs=1e-6)  # held where it was last known
    with pytest.raises(ProfileError, match="with gaps"):
        table.check(epochs(asked))


def test_the_useable_span_counts_and_ordinal_dates_and_accelerations_are_read(tmp_path: Path) -> None:
    times = BEGIN + np.arange(0, 20, dtype=np.int64) * 1800 * SECOND_NS
    text = message(
        segment(
            times, states_of(times), USEABLE_START_TIME="2019-01-10T02:00:00", USEABLE_STOP_TIME="2019-010T04:00:00Z"
        )
    )
    text = text.replace("2019-01-10T", "2019-010T").replace("\n2019-010T00:00:00", "\n2019-010T00:00:00", 1)
    lines = [line + " 0.0 0.0 0.0" if line.startswith("2019-010") else line for line in text.splitlines()]
    table = path(tmp_path, "\n".join(lines))
    assert (table.begin_ns, table.end_ns) == (parse_utc("2019-01-10T02:00:00Z"), parse_utc("2019-01-10T04:00:00Z"))


NINE = BEGIN + np.arange(0, 9, dtype=np.int64) * 1800 * SECOND_NS
GOOD = message(segment(NINE, states_of(NINE)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("CCSDS_OEM_VERS = 2.0", "<oem>", "is no CCSDS Orbit Ephemeris Message in keyword notation"),
        ("CCSDS_OEM_VERS = 2.0", "CCSDS_OEM_VERS = 9.0", "must begin with CCSDS_OEM_VERS = 1.0, 2.0 or 3.0"),
        ("CENTER_NAME = EARTH", "CENTER_NAME = MARS", "CENTER_NAME 'MARS' is not known here; known are EARTH, MOON"),
        ("REF_FRAME = ICRF", "REF_FRAME = TEME", "REF_FRAME 'TEME' is not known here"),
        ("TIME_SYSTEM = UTC", "TIME_SYSTEM = UT1", "TIME_SYSTEM 'UT1' is not known here"),
        ("INTERPOLATION = HERMITE", "INTERPOLATION = SPLINE", "INTERPOLATION 'SPLINE'"),
        ("INTERPOLATION_DEGREE = 7", "INTERPOLATION_DEGREE = 99", "INTERPOLATION_DEGREE must lie between 1 and 15"),
        ("INTERPOLATION_DEGREE = 7", "INTERPOLATION_DEGREE = -1", "INTERPOLATION_DEGREE must lie between 1 and 15"),
        ("CENTER_NAME = EARTH\n", "", "CENTER_NAME is missing"),
        ("META_STOP\n", "", "is no keyword of OEM metadata"),
        ("STOP_TIME = 2019-01-10T04", "STOP_TIME = 2019-01-10T05", "the states do not reach"),
        ("\n2019-01-10T00:30:00.000000000 ", "\n2019-01-10T00:00:00.000000000 ", "epochs must rise"),
        ("\n2019-01-10T00:30:00.000000000 ", "\nyesterday ", "'yesterday' is no time"),
        ("\n2019-01-10T00:30:00.000000000 ", "\n2019-02-30T00:30:00 ", "2019-02-30T00:30:00"),
        ("\n2019-01-10T00:30:00.000000000 ", "\n2019-01-10T00:30:00 nan ", "are expected"),
        ("400000.000000000000", "nan", "must be finite"),
        ("400000.000000000000", "4e9", "lies beyond 1e+07 km"),
        ("400000.000000000000", "x", "numbers are expected"),
        ("400000.000000000000 ", "", "an epoch, X Y Z in km"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_told_by_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    file = tmp_path / "relay.oem"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        read_oem(file)
    assert says in str(caught.value) and str(file) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff\xfe", b"CCSDS_OEM_VERS = 2.0\n", b"CCSDS_OEM_VERS = 2.0\nMETA_START\n"]
)
def test_what_is_no_orbit_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "relay.oem").write_bytes(content)
    with pytest.raises(ProfileError, match=r"relay\.oem"):
        read_oem(tmp_path / "relay.oem")
    with pytest.raises(ProfileError, match="none"):
        read_oem(tmp_path / "none")


def test_any_cut_of_a_file_is_read_or_refused(tmp_path: Path) -> None:
    file, rng = tmp_path / "relay.oem", np.random.default_rng(0)
    for _ in range(200):
        raw = bytearray(GOOD.encode())
        for _ in range(rng.integers(1, 4)):
            raw[rng.integers(0, len(raw))] = rng.integers(0, 256)
        file.write_bytes(bytes(raw[: rng.integers(1, len(raw) + 1)]))
        try:
            orbit, _ = read_oem(file)
        except ProfileError:
            continue
        assert all(np.isfinite(s.states).all() for s in orbit.segments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource_path("missions", "change4"), tmp_path / "mine"))


def with_file(folder: Path, begin: str, hours: int) -> Path:
    """The default mission with an orbit file, made of its own halo, in place of the halo."""
    times = parse_utc(begin) + np.arange(0, hours + 1, dtype=np.int64) * 3600 * SECOND_NS
    place, rate = Sky(load_mission()).state("relay", times)
    (folder / "relay.oem").write_text(message(segment(times, np.concatenate((place, rate)).T / 1000.0)))
    text = (folder / "mission.toml").read_text(encoding="utf-8")
    before, _, after = text.partition("[halo]")
    rest = after.partition("[link]")[2]
    table = '[orbit_file]\nfile = "relay.oem"\nrover_mask = { value = 5, unit = "deg", assumed = true }\n\n[link]'
    (folder / "mission.toml").write_text(before + table + rest, encoding="utf-8")
    return folder


def test_a_profile_with_an_orbit_file(folder: Path) -> None:
    mission = load_mission(with_file(folder, "2019-01-10", 96))
    assert Sky(mission).geometry(mission.start_ns).covered.all()
    before = mission.sha256
    (folder / "relay.oem").write_text((folder / "relay.oem").read_text().replace("ORIGINATOR = US", "ORIGINATOR = WE"))
    assert load_mission(folder).sha256 != before


def test_a_profile_whose_orbit_file_does_not_cover_the_start_is_told(folder: Path) -> None:
    with_file(folder, "2019-01-12", 48)
    with pytest.raises(ProfileError, match=r"orbit_file\.file: relay\.oem covers 2019-01-12T00:00:00Z to 2019-01-14"):
        load_mission(folder)


def test_an_orbit_file_with_several_objects_needs_a_name(tmp_path: Path) -> None:
    times = NINE
    one, two = (
        segment(times, states_of(times)),
        segment(times, states_of(times) * 0.9, OBJECT_NAME="OTHER", OBJECT_ID="1"),
    )
    (tmp_path / "both.oem").write_text(message(one, two))
    with pytest.raises(ProfileError, match="holds OTHER, QUEQIAO; say which by object"):
        read_oem(tmp_path / "both.oem")
    assert read_oem(tmp_path / "both.oem", "OTHER")[0].segments[0].states[0, 0] == pytest.approx(3.6e8)
    assert read_oem(tmp_path / "both.oem", "2018-045A")[0].segments[0].states[0, 0] == pytest.approx(4e8)
    with pytest.raises(ProfileError, match="has no object 'X'"):
        read_oem(tmp_path / "both.oem", "X")
