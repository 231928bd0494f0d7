"""``roverctl relay``, ``passes`` and ``mission check``: what they print, and what they say of bad input."""

import itertools
import json
import shutil
from pathlib import Path

import pytest

from roverctl.cli.main import main
from roverctl.core.resources import resource_path
from roverctl.core.times import DAY_NS, parse_utc
from roverctl.ephemeris.sky import Sky
from roverctl.mission.contacts import ContactRules, StationSpan, contact_text
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.tables import LinkTables
from tests.unit.ephemeris.test_links import MASK, with_table
from tests.unit.ephemeris.test_orbit_file import with_file

NOON = "2019-01-11T12:00:00Z"
SPAN = ["--from", "2019-01-11", "--to", "2019-01-13"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource_path("missions", "change4"), tmp_path / "mine"))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    out, err = capsys.readouterr()
    return code, out, err


def test_relay_prints_rates_sun_earth_and_day(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "relay", "--at", NOON, "--at", "2019-01-11T12:00:10Z", "--json")
    first, second = json.loads(out)
    assert code == 0 and first["lunar_day"] == 1 and first["sunrise"] < "2018-12-30T03:23" and first["link"] == "relay"
    for leg in ("earth_moon", "station_relay", "relay_rover"):
        moved = (second[f"{leg}_km"] - first[f"{leg}_km"]) * 1000.0 / 10.0
        assert (first[f"{leg}_m_s"] + second[f"{leg}_m_s"]) / 2 == pytest.approx(moved, abs=0.15)  # km to three places
    code, out, _ = run(capsys, "relay", "--at", NOON)
    assert code == 0 and "lunar day 1" in out and "m/s" in out and "% lit, waning" in out


def test_passes_print_turns_gaps_and_days(capsys: pytest.CaptureFixture[str], tmp_path: Path, mission: Mission) -> None:
    backwards = [SPAN[0], SPAN[3], SPAN[2], SPAN[1]]
    code, _, err = run(capsys, "passes", *backwards, "--timeline")
    assert code == 2 and "must end after it begins" in err
    code, out, _ = run(capsys, "passes", *SPAN, "--timeline", "--json")
    rows = json.loads(out)
    assert code == 0 and rows[0]["from"] == "2019-01-11T00:00:00.000Z" and rows[-1]["to"] == "2019-01-13T00:00:00.000Z"
    assert all(a["to"] == b["from"] for a, b in itertools.pairwise(rows))
    begin = parse_utc("2019-01-11")
    rules = ContactRules(maintenance=(StationSpan("Kashi", begin, begin + 2 * DAY_NS, "antenna"),))
    plan = tmp_path / "plan.toml"
    plan.write_text(contact_text(rules), encoding="utf-8")
    code, out, _ = run(capsys, "passes", *SPAN, "--timeline", "--plan", str(plan))
    assert code == 0 and "Kashi: maintenance: antenna" in out and "\nKashi" not in out
    code, out, _ = run(capsys, "passes", *SPAN, "--days", "--json")
    assert [row["lunar_day"] for row in json.loads(out)] == [1]
    code, out, err = run(capsys, "passes", *SPAN, "--plan", str(tmp_path / "none.toml"))
    assert code == 2 and "none.toml" in err and err.count("\n") == 1


def test_an_orbit_file_that_ends_is_told(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    with_file(folder, "2019-01-11", 37)
    code, out, err = run(capsys, "mission", "check", str(folder))
    assert code == 0 and "relay.oem ends tomorrow, at 2019-01-12T13:00:00Z: after that there is no contact" in err
    code, out, err = run(capsys, "relay", "--mission", str(folder), "--at", "2019-02-01")
    assert code == 2 and "covers 2019-01-11T00:00:00Z to 2019-01-12T13:00:00Z, not 2019-02-01" in err and not out
    code, out, err = run(capsys, "passes", "--mission", str(folder), *SPAN, "--timeline")
    assert code == 0 and out.splitlines()[-1].endswith("the orbit file does not cover this time")
    code, out, err = run(
        capsys, "simulate", "--mission", str(folder), "--start", "2019-02-01", "--until", "2019-02-02", "--record",
        str(folder / "x.mcap"),
    )  # fmt: skip
    assert code == 2 and "covers" in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("vy = { value = -0.1621496190", "vy = { value = -0.15", "are no periodic orbit"),
        (
            'epoch = "2019-01-03T00:00:00Z"',
            'epoch = "1960-01-01"',
            "halo.epoch: 1960-01-01T00:00:00Z: the ephemeris holds",
        ),
        (
            'start = "2019-01-11T12:00:00Z"',
            'start = "2200-01-01"',
            "mission.start: 2200-01-01T00:00:00Z: the ephemeris",
        ),
    ],
)
def test_a_mission_without_a_sky_is_told_by_its_check(
    capsys: pytest.CaptureFixture[str], folder: Path, old: str, new: str, says: str
) -> None:
    text = (folder / "mission.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "mission.toml").write_text(text.replace(old, new), encoding="utf-8")
    code, _, err = run(capsys, "mission", "check", str(folder))
    assert code == 2 and says in err and err.count("\n") == 1


def test_a_direct_mission_prints_its_one_leg(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    with_table(folder, "[direct]\n" + MASK)
    code, out, _ = run(capsys, "relay", "--mission", str(folder), "--at", NOON)
    assert code == 0 and "station - rover" in out and "relay -" not in out and "no contact" in out


@pytest.mark.parametrize("at", ["1971-01-01", "2100-06-01"])
def test_times_outside_the_series_are_told(capsys: pytest.CaptureFixture[str], at: str) -> None:
    code, _, err = run(capsys, "relay", "--at", at)
    assert code == 2 and "the ephemeris holds from 1972-01-01 to 2099-12-31" in err


def test_the_link_follows_the_plan(mission: Mission) -> None:
    begin = parse_utc("2019-01-11T10:00:00Z")  # Jiamusi and Kashi both see the relay
    plain, hour = LinkTables(Sky(mission)), 3600 * 10**9
    assert plain.contact(begin) == (begin, 1)
    duty = ContactRules(duty=(StationSpan("Jiamusi", begin - hour, begin + hour),))
    assert LinkTables(Sky(mission, rules=duty)).contact(begin) == (begin, 0)
    assert LinkTables(Sky(mission, rules=duty)).contact(begin, without=frozenset({0})) == (begin, 1)
    works = ContactRules(exclude=("Jiamusi",), maintenance=(StationSpan("Kashi", begin - hour, begin + hour, "works"),))
    found = LinkTables(Sky(mission, rules=works)).contact(begin)
    assert found is not None and found[1] == 1 and found[0] == begin + hour
