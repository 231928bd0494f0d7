"""A lunar day's plan from its file to the simulated rover: what was foretold is what is done."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roverctl.cli.main import main
from roverctl.core.times import SECOND_NS, parse_utc
from roverctl.mission.profile import load_mission
from roverctl.traverse.day_plan.file import plan_to_geojson
from roverctl.traverse.day_plan.plan import Activity, DayPlan, Stop

FRAME_MB = 8.2  # a product: it is freed as a whole
NAP_ENDS = parse_utc("2019-01-09T11:00:00Z")  # an hour or so before the end of that day's noon nap


def written(folder: Path, *stops: Stop, start_ns: int = NAP_ENDS) -> Path:
    mission = load_mission()
    file = folder / "day.geojson"
    file.write_text(plan_to_geojson(DayPlan("day", start_ns, stops, spacing_m=1.0), mission), encoding="utf-8")
    return file


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert main(list(words)) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], code: int, *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == code
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = [text for text in told.err.splitlines() if text.startswith("roverctl: ")]
    return line


def test_a_plan_with_a_nap_is_simulated_as_it_was_foretold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(
        tmp_path,
        Stop("here", (-9.0, -7.0), (Activity("nap"), Activity("panorama", 6))),
        Stop("rock", (2.0, -12.0), (Activity("spectrum", 1),)),
        Stop("ridge", (15.0, -10.0), (Activity("radar", 120),)),
    )
    sequence = tmp_path / "day.ycs"
    plan = printed(capsys, "plan", "--day", str(file), "-o", str(sequence), "--json")
    assert plan["violations"] == [] and plan["items"][0]["kind"] == "nap"
    assert 600.0 < plan["items"][0]["end_s"] < 20_000.0
    names = [command["name"] for command in json.loads(sequence.read_text(encoding="utf-8"))["commands"]]
    assert names.count("FOLLOW_ROUTE") == 2
    done = printed(capsys, "simulate", str(sequence), "--json")
    assert done["status"] == "completed"
    assert [command["name"] for command in done["commands"]] == names
    start_ns = parse_utc(plan["start"])
    foretold_s = (parse_utc(plan["end"]) - start_ns) / SECOND_NS
    ended = [parse_utc(command["stages"]["completed"]["occurred"]) for command in done["commands"]]
    assert (max(ended) - start_ns) / SECOND_NS == pytest.approx(foretold_s, rel=0.03)
    nap_s = plan["items"][0]["end_s"]
    assert (max(ended) - start_ns) / SECOND_NS - nap_s == pytest.approx(foretold_s - nap_s, rel=0.03)
    assert done["battery_percent"] == pytest.approx(100.0 * plan["totals"]["end_charge"], abs=2.0)
    assert done["stored_mb"] == pytest.approx(plan["series"]["memory_mb"][-1], abs=FRAME_MB)
    for key in ("at_s", "charge", "temperature_degc", "memory_mb", "sun_elevation_deg", "lit", "contact"):
        assert len(plan["series"][key]) == len(plan["series"]["at_s"])


NAPPING = (
    Stop("here", (-9.0, -7.0), (Activity("nap"), Activity("panorama", 28))),
    Stop("rock", (2.0, -12.0), (Activity("spectrum", 1), Activity("radar", 600))),
    Stop("ridge", (15.0, -10.0), (Activity("charge", 0.95), Activity("panorama", 12), Activity("radar", 60))),
)
# Begins 1 h 40 before a gap of 50 minutes, which the charge just runs into and ends after.
OVER_A_GAP = (
    Stop("here", (-9.0, -7.0), (Activity("panorama", 28),)),
    Stop("rock", (2.0, -12.0), (Activity("spectrum", 3), Activity("radar", 600), Activity("charge", 0.97),
                                Activity("wait"))),
    Stop("ridge", (15.0, -10.0), (Activity("nap", 1200.0), Activity("panorama", 12), Activity("wait", 900.0),
                                  Activity("radar", 60))),
)  # fmt: skip


@pytest.mark.parametrize(
    ("stops", "start", "looked_at"),
    [
        (NAPPING, "2019-01-09T11:00:00Z", "2019-01-09T12:40:00Z"),
        (OVER_A_GAP, "2019-02-01T19:29:50Z", "2019-02-01T22:02:00Z"),
    ],
    ids=["nap", "gap"],
)
def test_a_days_times_charge_and_memory_are_what_the_simulated_rover_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stops: tuple[Stop, ...], start: str, looked_at: str
) -> None:
    file, sequence = written(tmp_path, *stops, start_ns=parse_utc(start)), str(tmp_path / "day.ycs")
    plan = printed(capsys, "plan", "--day", str(file), "-o", sequence, "--json")
    assert plan["violations"] == []
    done = printed(capsys, "simulate", sequence, "--json")
    assert done["status"] == "completed"
    # Times of drives and activities; a nap or a charge is a mode and the way back from it.
    started: list[int] = []
    ended: list[int] = []
    for command in done["commands"]:
        stages = {name: parse_utc(stage["occurred"]) for name, stage in command["stages"].items()}
        if command["name"] == "SET_MODE" and command["comment"].startswith("end of"):
            ended[-1] = stages["completed"]
        elif command["name"] != "SEND_PRODUCTS":
            started.append(stages["started"])
            ended.append(stages["completed"])
    items = [item for item in plan["items"] if item["kind"] != "wait" and item["end_s"] > item["begin_s"]]
    assert len(items) == len(started)
    for item, began_ns, ended_ns in zip(items, started, ended, strict=True):
        for foretold_s, at_ns in ((item["begin_s"], began_ns), (item["end_s"], ended_ns)):
            at_s = (at_ns - parse_utc(plan["start"])) / SECOND_NS
            assert at_s == pytest.approx(foretold_s, rel=0.005, abs=15.0), item["kind"]
    assert done["battery_percent"] == pytest.approx(100.0 * plan["totals"]["end_charge"], abs=2.0)
    assert done["stored_mb"] == pytest.approx(plan["series"]["memory_mb"][-1], abs=FRAME_MB)
    then = printed(capsys, "simulate", sequence, "--until", looked_at, "--json")
    at_s = (parse_utc(looked_at) - parse_utc(plan["start"])) / SECOND_NS
    series = plan["series"]
    assert then["stored_mb"] == pytest.approx(np.interp(at_s, series["at_s"], series["memory_mb"]), abs=FRAME_MB)
    assert then["battery_percent"] == pytest.approx(100.0 * np.interp(at_s, series["at_s"], series["charge"]), abs=2.0)


def test_what_cannot_be_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = Stop("here", (-9.0, -7.0), (Activity("panorama", 112),) * 5)
    evening = parse_utc("2019-01-11T12:00:00Z")
    full = str(written(tmp_path, here, start_ns=evening))
    told = refused(capsys, 2, "plan", "--day", full, "-o", str(tmp_path / "x.ycs"))
    assert "there is room for 4000 MB" in told
    assert not (tmp_path / "x.ycs").exists()
    let = ["--waive", "memory:Chen:sent down on the way", "--waive", "downlink:Chen:a station more"]
    assert main(["plan", "--day", full, "-o", str(tmp_path / "x.ycs"), *let]) == 0
    commands = json.loads((tmp_path / "x.ycs").read_text(encoding="utf-8"))["commands"]
    assert all("; memory waived by Chen: sent down on the way" in command["comment"] for command in commands)
    assert "no violation 'noon'" in refused(capsys, 2, "plan", "--day", full, "--waive", "noon:Chen:no")
    night = str(written(tmp_path, here, start_ns=parse_utc("2019-01-20T00:00:00Z")))
    assert "at night" in refused(capsys, 3, "plan", "--day", night)
    assert "cannot be read" in refused(capsys, 2, "plan", "--day", str(tmp_path / "none.geojson"))
    assert "--from does not go with --day" in refused(capsys, 2, "plan", "--day", night, "--from", "177,-45")
    assert "no sequence" in refused(capsys, 2, "simulate", night)
    assert "exclude each other" in refused(capsys, 2, "simulate", night, "--route", night)
