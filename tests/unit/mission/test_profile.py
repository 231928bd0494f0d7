"""The mission profile: what is wrong with one is said with file and key."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from roverctl.core.errors import ProfileError
from roverctl.core.resources import resource_path
from roverctl.mission.profile import Mission, load_mission


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource_path("missions", "change4"), tmp_path / "mine"))


def _edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_figure_has_a_source_or_is_assumed_in_the_file_itself(mission: Mission) -> None:
    lines = (mission.folder / "mission.toml").read_text(encoding="utf-8").splitlines()
    written = [line for line in lines if re.search(r"\{ values? =", line)]
    assert len(written) > 70
    assert all(re.search(r'source = "[^"]+"|assumed = true', line) for line in written)
    assert len(mission.figures) == len(written)


def test_figures_are_in_si(mission: Mission) -> None:
    assert mission.vehicle.speed_m_s == pytest.approx(200 / 3600)
    assert mission.vehicle.battery_capacity_j == pytest.approx(800 * 3600)
    assert mission.start_state.body_temperature_k == pytest.approx(291.15)
    assert mission.vehicle.odometry_noise == pytest.approx(0.01)
    assert mission.rover_mask_rad == pytest.approx(np.radians(5))
    assert mission.link.return_rate_bit_s == 140_000.0


def test_a_copy_is_the_same_mission_and_an_edit_another(folder: Path, mission: Mission) -> None:
    assert load_mission(folder).sha256 == mission.sha256
    _edit(folder, "mdb.toml", "Are you alive", "Are you there")
    changed = load_mission(folder)
    assert changed.sha256 != mission.sha256
    # Craters are ground: other features are another world for a snapshot to continue in.
    with (folder / "features.csv").open("a", encoding="utf-8") as file:
        file.write("Mine,crater,1.0,-45.4,177.6,here\n")
    assert load_mission(folder).sha256 != changed.sha256


@pytest.mark.parametrize("name", ["craters.csv", "regional.toml", "basin.toml", "site_craters.csv"])
def test_other_ground_is_another_mission(folder: Path, mission: Mission, name: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write("# a word\n")
    changed = load_mission(folder).sha256
    (folder / name).unlink()
    assert len({mission.sha256, changed, load_mission(folder).sha256}) == 3


MASS = 'mass = { value = 140, unit = "kg", source = "Wikipedia (design 135 kg, Baidu)" }'


@pytest.mark.parametrize(
    ("new", "key", "what"),
    [
        (
            'mass = { value = 140, unit = "stone", assumed = true }',
            "vehicle.mass",
            "unknown unit 'stone'; use one of kg",
        ),
        ('mass = { value = 140, unit = "m", assumed = true }', "vehicle.mass", "does not fit here; use one of kg"),
        ('mass = { value = 140, unit = "kg" }', "vehicle.mass", "say where it comes from"),
        ('mass = { value = 140, unit = "kg", source = "" }', "vehicle.mass", "say where it comes from"),
        ('mass = { value = 140, unit = "kg", assumed = false }', "vehicle.mass", "say where it comes from"),
        ('mass = { value = 140, source = "x" }', "vehicle.mass", "unknown unit None"),
        ('mass = { value = 140, unit = "kg", assumed = true, error = 3 }', "vehicle.mass", "unknown key 'error'"),
        ('mass = { value = "140", unit = "kg", assumed = true }', "vehicle.mass", "must be a figure"),
        ('mass = { value = true, unit = "kg", assumed = true }', "vehicle.mass", "must be a figure"),
        ('mass = { value = nan, unit = "kg", assumed = true }', "vehicle.mass", "must be finite"),
        ('mass = { value = 0, unit = "kg", assumed = true }', "vehicle.mass", "greater than zero"),
        ('mass = { value = -1, unit = "kg", assumed = true }', "vehicle.mass", "greater than zero"),
        ("mass = 140", "vehicle.mass", "must be a figure"),
        ("", "vehicle.mass", "this figure is missing"),
    ],
)
def test_a_wrong_figure_is_told_by_file_and_key(folder: Path, new: str, key: str, what: str) -> None:
    _edit(folder, "mission.toml", MASS, new)
    with pytest.raises(ProfileError) as caught:
        load_mission(folder)
    text = str(caught.value)
    assert str(folder / "mission.toml") in text and key in text and what in text and "\n" not in text


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('start = "2019-01-11T12:00:00Z"', 'start = "noon"', "mission.start"),
        ('datum = "LRO"', 'datum = "GPS"', "mission.datum"),
        ('title = "Chang\'e-4"', "title = 4", "mission.title"),
        ("seed = 4", "seed = true", "mission.seed"),
        ('latitude = { value = 46.4939', "latitude = { value = 146.4939", "stations[0].latitude"),
        ("charge = { value = 82", "charge = { value = 182", "start_state.charge"),
        ("values = [0, 5, 10, 15", "values = [0, 5, 5, 15", "vehicle.slip"),
        ("values = [2, 5, 10, 19, 36, 60, 90]", "values = [2, 5, 10, 19, 36, 60, 100]", "vehicle.slip"),
        ("values = [2, 5, 10, 19, 36, 60, 90]", "values = [2, 5, 10, 19, 36, 60]", "vehicle.slip"),
        ("[halo]", "[orbit]", "halo"),
        ("period = { value = 3.4061388843", "period = { value = 0.0", "halo.period"),
        ("body_temperature = { value = 18", "body_temperature = { value = -300", "start_state.body_temperature"),
        ('frame = "moon"', 'frame = "mars"', "body.frame"),
    ],
)  # fmt: skip
def test_what_no_unit_can_express_is_checked_too(folder: Path, old: str, new: str, key: str) -> None:
    _edit(folder, "mission.toml", old, new)
    with pytest.raises(ProfileError) as caught:
        load_mission(folder)
    text = str(caught.value)
    assert str(folder / "mission.toml") in text and key in text and "\n" not in text


def test_files_that_are_missing_or_no_toml(folder: Path) -> None:
    (folder / "mission.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileError, match=re.escape(str(folder / "mission.toml"))):
        load_mission(folder)
    (folder / "mission.toml").unlink()
    with pytest.raises(ProfileError, match="missing"):
        load_mission(folder)
    with pytest.raises(ProfileError, match="known are change4"):
        load_mission("apollo11")
    with pytest.raises(ProfileError, match="no such mission folder"):
        load_mission("no/such/place")


def test_a_broken_feature_row_is_told_by_its_number(folder: Path) -> None:
    file = folder / "features.csv"
    file.write_text(file.read_text(encoding="utf-8") + "X,crater,wide,1,2,s\n", encoding="utf-8")
    with pytest.raises(ProfileError, match=r"features\.csv: row \d+"):
        load_mission(folder)


@pytest.mark.parametrize(
    ("section", "key", "old", "new"),
    [
        ("start_state", "east", "value = -9.0", "value = 1e308"),
        ("terrain", "ground_spacing", "value = 0.25", "value = 1e-308"),
        ("terrain", "ground_spacing", "value = 0.25", "value = 1e8"),
        ("link", "relay_rate", "value = 2,", "value = 1e-8,"),
        ("link", "ground_time", "value = 0.05", "value = 1e308"),
        ("halo", "period", "value = 3.4061388843", "value = 1e-308"),
        ("body", "radius", "value = 1737.4", "value = 1e30"),
        ("mission", "seed", "seed = 4", "seed = 1180591620717411303424"),
        ("link", "spacecraft_id", "spacecraft_id = 61", "spacecraft_id = 1024"),
    ],
)
def test_a_figure_that_nothing_can_be_computed_with_is_refused(
    folder: Path, section: str, key: str, old: str, new: str
) -> None:
    file = folder / "mission.toml"
    before, mark, after = file.read_text(encoding="utf-8").partition(f"\n{key} = ")
    assert mark
    file.write_text(before + (mark + after).replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProfileError, match=rf"mission.toml: {section}\.{key}: must"):
        load_mission(folder)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_an_mdb_has_finite_numbers_only(folder: Path, number: str) -> None:
    _edit(folder, "mdb.toml", "period_s = 1.0", f"period_s = {number}")
    with pytest.raises(ProfileError, match=r"packets\.0\.period_s: must be finite"):
        load_mission(folder)


@pytest.mark.parametrize("name", ["ROVER_HK", "MOTION_STARTED", "MOTION_STOPPED", "PANORAMA_DONE", "FRAME_RADIATED"])
def test_what_the_rover_reports_by_must_be_in_the_mdb(folder: Path, name: str) -> None:
    _edit(folder, "mdb.toml", f'name = "{name}"', f'name = "{name}_2"')
    with pytest.raises(ProfileError, match=f"{name} is missing"):
        load_mission(folder)


DELAY = '[link.delay]\none_way = { value = 20, unit = "min", assumed = true }\n'


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[halo]", "[orbit]", "halo: the tables of the relay are missing; give one of [halo], [orbit_file]"),
        ("[[stations]]", "[[dishes]]", "stations: at least one"),
        ("value = 125, unit", "value = -125, unit", "link.forward_rate: must be greater than zero"),
        ('value = 140, unit = "kbit/s"', 'value = -0.7, unit = "kbit/s"', "link.return_rate: must be greater"),
        (
            "forward_bit_errors = { value = 1e-9",
            "forward_bit_errors = { value = 0.7",
            "link.forward_bit_errors: must lie",
        ),
        ("return_bit_errors = { value = 1e-9", "return_bit_errors = { value = -1e-6", "must be greater than zero"),
        ("relay_memory = { value = 4.0", "relay_memory = { value = 0", "link.relay_memory: must be greater than zero"),
        ("relay_memory =", "relay_store =", "link.relay_memory: this figure is missing"),
        ("[link]", DELAY.replace("20", "-20") + "[link]", "link.delay.one_way: must lie between 0"),
        ("[link]", DELAY.replace("20", "nan") + "[link]", "link.delay.one_way: must be finite"),
        ("[link]", DELAY + 'file = "delay.csv"\n[link]', "give either one_way or file"),
        ("[link]", '[link.delay]\nfile = "delay.csv"\n[link]', "delay.csv"),
        ("[link]", DELAY + "seconds = 3\n[link]", "link.delay.seconds: unknown key"),
        (
            "[link]",
            DELAY + 'jitter = { value = 30, unit = "min", assumed = true }\n[link]',
            "link.delay.jitter: must lie",
        ),
    ],
)
def test_what_is_wrong_with_the_link_is_told_by_key(folder: Path, old: str, new: str, says: str) -> None:
    text = (folder / "mission.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "mission.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ProfileError, match=re.escape(says)) as caught:
        load_mission(folder)
    assert "\n" not in str(caught.value) and ("mission.toml" in str(caught.value) or "delay.csv" in str(caught.value))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("", "at least two rows"),
        ("2019-01-11T12:00:00Z,3\n", "at least two rows"),
        ("2019-01-12T12:00:00Z,3\n2019-01-11T12:00:00Z,3\n", "their times rising"),
        ("2019-01-10T12:00:00Z,3\n2019-01-11T11:00:00Z,3\n", "not the mission's start 2019-01-11T12:00:00"),
        ("2019-01-12T12:00:00Z,3\n2019-01-13T11:00:00Z,3\n", "not the mission's start 2019-01-11T12:00:00"),
        ("2019-01-11T12:00:00Z,nan\n2019-01-12T12:00:00Z,3\n", "must be finite"),
        ("2019-01-11T12:00:00Z,-3\n2019-01-12T12:00:00Z,3\n", "must lie between 0"),
        ("2019-01-11T12:00:00Z,three\n2019-01-12T12:00:00Z,3\n", "row 1"),
        ("yesterday,3\n2019-01-12T12:00:00Z,3\n", "row 1"),
    ],
)
def test_what_is_wrong_with_a_delay_file_is_told(folder: Path, rows: str, says: str) -> None:
    _edit(folder, "mission.toml", "[link]", '[link.delay]\nfile = "delay.csv"\n[link]')
    (folder / "delay.csv").write_text("utc,one_way_s\n" + rows)
    with pytest.raises(ProfileError, match=re.escape(says)):
        load_mission(folder)
