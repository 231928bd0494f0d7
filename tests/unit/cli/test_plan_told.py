"""What ``roverctl plan`` tells people: departures in a table, places that were meant otherwise, ways of many days."""

from dataclasses import replace
from typing import Any

import pytest

from roverctl.cli.planning.command import say_route
from roverctl.cli.planning.request import place_of
from roverctl.cli.planning.sweep_table import sweep_table
from roverctl.core.errors import InputError
from roverctl.traverse.planner import plan
from roverctl.traverse.telling import days_of_driving
from tests.unit.traverse.made import MISSION, Made, ask, level


def departure(hour: int, wait_min: float = 0.0, safe: bool = True) -> dict[str, Any]:
    at = f"2019-01-{11 + hour // 24}T{hour % 24:02d}"
    return {
        "depart": f"{at}:00:00Z", "safe": safe, "arrive": f"{at}:50:00Z",
        "drive_s": 3000.0, "wait_s": 60.0 * wait_min, "shadow_min": 3.0, "contact_gap_min": 7.0,
        "lowest_charge": 0.614, "sunset_margin_h": 30.0 - hour,
    }  # fmt: skip


def test_a_sweep_is_a_table_of_some_twenty_rows_with_both_ends_and_two_marks() -> None:
    rows = [departure(hour, wait_min=90.0 if hour < 5 else 0.0, safe=hour < 30) for hour in range(48)]
    latest = departure(29) | {"depart": "2019-01-12T05:31:00Z"}
    head, *lines = sweep_table({"departures": rows, "latest_safe": latest})
    assert 17 <= len(lines) <= 20 and lines == sorted(lines)
    assert lines[0].startswith(rows[0]["depart"]) and lines[-1].startswith(rows[-1]["depart"])
    assert [line[:20] for line in lines if "recommended" in line] == [rows[5]["depart"]]
    assert [line[:20] for line in lines if "latest safe" in line] == [latest["depart"]]
    assert all(line.endswith("not safe") for line in lines if line[:20] > latest["depart"])
    assert lines[0].split() == [
        rows[0]["depart"], rows[0]["arrive"], "3", "min", "7", "min", "61", "%", "30.0", "h"
    ]  # fmt: skip
    # Columns stand under their words.
    assert head.index("shadow") + len("shadow") == lines[0].index("3 min") + len("3 min")
    assert head.index("to night") + len("to night") == lines[0].index("30.0 h") + len("30.0 h")


def test_a_sweep_without_a_safe_departure_marks_none_and_tells_problems() -> None:
    rows = [departure(0, safe=False), {"depart": "2019-01-11T01:00:00Z", "safe": False, "problem": "night"}]
    lines = sweep_table({"departures": rows, "latest_safe": None})
    assert "<-" not in "".join(lines) and lines[-1] == "2019-01-11T01:00:00Z  night"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("-177.5895,-45.4565", "with the other longitude's sign, 177.5895,-45.4565 lies 1"),
        ("177.5895,45.4565", "with the other latitude's sign, 177.5895,-45.4565 lies 1"),
        ("-177.5895,45.4565", "with both signs turned, 177.5895,-45.4565 lies 1"),
        ("177.9,-45.5", ""),
        ("10,20", ""),
    ],
)
def test_a_place_far_off_is_told_as_what_it_may_have_been_meant(
    text: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place_of(MISSION, "--to", text)
    said = capsys.readouterr().err
    assert (meant[:-3] in said and " km from the site; " in said) if meant else said == ""


def test_slopes_and_compared_routes_say_what_they_are_of(capsys: pytest.CaptureFixture[str]) -> None:
    route = plan(Made(level), MISSION, ask((0.0, 0.0), (20.0, 5.0)))
    row = {"name": "fastest", "distance_m": 20.6, "drive_s": 400.0, "energy_j": 36e3, "cell_slope_deg": 1.0}
    say_route(replace(route, max_slope_deg=12.7, cell_slope_deg=11.1), {"alternatives": [row]})
    said = "".join(capsys.readouterr())
    assert "steepest piece 12.7 deg, ground around it up to 11.1 deg (over 3 x 3 nodes), " in said
    assert "fastest: 20.6 m" in said and "the thriftiest may use more energy than another" in said


def test_longitude_and_latitude_exchanged_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"latitude in -90\.\.90; exchanged, 177\.5895,-45\.4565 lies \d+ m from it"):
        place_of(MISSION, "--to", "-45.4565,177.5895")
    with pytest.raises(InputError, match=r"latitude in -90\.\.90$"):
        place_of(MISSION, "--to", "10,200")
    near = replace(MISSION, site=replace(MISSION.site, longitude_deg=40.0, latitude_deg=20.0))
    place_of(near, "--to", "20.01,40.01")
    assert "exchanged, 40.01,20.01 lies" in capsys.readouterr().err


def test_a_way_of_many_lunar_days_says_how_many() -> None:
    short = plan(Made(level), MISSION, ask((0, 0), (900, 0), spacing_m=10.0))
    assert days_of_driving(MISSION, short) is None
    far = plan(Made(level), MISSION, ask((0, 0), (60_000, 0), spacing_m=300.0))
    found = days_of_driving(MISSION, far)
    assert found is not None
    days, text = found
    # Twice from 9.2° to 34° at some half a degree an hour around noons of 43 to 46°.
    assert 100.0 < far.drive_s / 3600.0 / days < 200.0
    assert f"60 km are {far.drive_s / 3600.0:.0f} h of driving, {days:.1f} lunar days" in text
