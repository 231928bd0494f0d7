"""Lines from elsewhere: what they would have cost, and how one that breaks a limit becomes a command all the same."""

import json
from pathlib import Path

import pytest

from roverctl.cli.main import main
from tests.shared_data import shared_data

LINE = "longitude,latitude\n177.58757687,-45.45723084\n177.58785,-45.45725\n"
KEPT_OUT = """{"type": "Feature", "properties": {"name": "instrument"}, "geometry": {"type": "Polygon", "coordinates":
 [[[177.5877, -45.4573], [177.58775, -45.4573], [177.58775, -45.4572], [177.5877, -45.4572], [177.5877, -45.4573]]]}}"""


def test_a_line_through_a_keep_out_is_driven_only_when_somebody_answers_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line, zone, route = tmp_path / "line.csv", tmp_path / "zone.geojson", tmp_path / "R.geojson"
    line.write_text(LINE, encoding="utf-8")
    zone.write_text(KEPT_OUT, encoding="utf-8")
    words = ["plan", "--check", str(line), "--avoid", str(zone), "-o", str(route)]
    assert main(words) == 0
    assert "keep-out-1: keep-out 'zone.geojson: instrument'" in capsys.readouterr().err
    drive = ["simulate", "--route", str(route), "--start", "2019-01-04T00:00:00Z", "--json"]
    assert main(drive) == 2
    assert "waive it with a name and a reason" in capsys.readouterr().err

    assert main([*words, "--waive", "keep-out:Chen:the lid is closed", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["violations"][0]["waiver"] == {
        "name": "Chen", "reason": "the lid is closed", "violation": "keep-out-1"
    }  # fmt: skip
    assert main(drive) == 0
    (command,) = json.loads(capsys.readouterr().out)["commands"]
    assert command["stage"] == "completed"
    assert command["comment"] == f"route {told['sha256']}; keep-out-1 waived by Chen: the lid is closed"

    # What was planned on then and is otherwise now is told: here other figures of the vehicle's.
    changed = json.loads(route.read_text(encoding="utf-8"))
    changed["features"][0]["properties"]["vehicle"]["sha256"] = "0" * 64
    route.write_text(json.dumps(changed), encoding="utf-8")
    assert main(drive) == 2
    assert "changed after it was planned" in capsys.readouterr().err


def test_what_the_way_of_yutu_2_would_have_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--check", str(shared_data("path/CE4_coordinates.txt")), "--resolution", "5", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    # 1.74 km in 40,022 radar traces (Sci. Data 11:118); at 5 m the line's small bends are cut.
    assert 1600.0 < told["distance_m"] < 1800.0
    assert "40022 points" in told["checked"]
    assert sum(sum(segment["cost_terms"].values()) for segment in told["segments"]) == pytest.approx(told["cost"])
    assert {violation["kind"] for violation in told["violations"]} <= {"slope", "climb", "descent", "footprint"}


def test_waypoints_on_mars_are_no_way_on_the_moon(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--check", str(shared_data("path/m20_waypoints.json"))]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "Moon, of the mission change4" in told


def test_a_planned_route_checked_from_its_files_tells_the_plans_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = ["plan", "--from", "177.588,-45.457", "--to", "177.5895,-45.4565", "--max-across", "8"]
    for suffix in (".geojson", ".kml", ".gpx"):
        file = str(tmp_path / f"route{suffix}")
        assert main([*places, "-o", file, "--json"]) == 0
        planned = json.loads(capsys.readouterr().out)
        assert main(["plan", "--check", file, "--max-across", "8", "--json"]) == 0
        checked = json.loads(capsys.readouterr().out)
        assert "violations" not in checked
        for name in ("max_slope_deg", "cell_slope_deg", "drive_m", "drive_s", "spacing_m"):
            assert checked[name] == pytest.approx(planned[name], rel=1e-3), (suffix, name)
    assert len(planned["segments"]) != len(checked["segments"])  # the path's steps, the line's samples
