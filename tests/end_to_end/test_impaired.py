"""Operations with an impaired link on the command line: they end, they are told, and they are the same again."""

import json
from pathlib import Path

import pytest

from roverctl.archive.reader import open_log
from roverctl.cli.main import main
from roverctl.mission.profile import load_mission
from roverctl.session.ground_segment import GroundSegment

SCENARIO = """
[[impairments]]
name = "loss"
at = 4
duration = 40
arguments = { probability = 0.7, leg = "forward" }

[[impairments]]
name = "station_down"
at = 60
duration = 30
arguments = { station = "Kashi" }
"""


def _simulate(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    until = ["--start", "2019-01-11T12:00:00Z", "--until", "2019-01-11T12:03:00Z", "--json"]
    assert main(["simulate", *until, *arguments]) == 0
    result: dict[str, object] = json.loads(capsys.readouterr().out)
    return result


def test_a_scenario_is_recorded_with_its_causes_and_comes_out_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, log = tmp_path / "scenario.toml", tmp_path / "log.mcap"
    file.write_text(SCENARIO)
    first = _simulate(capsys, "--scenario", str(file), "--record", str(log))
    assert first["packets_sha256"] == _simulate(capsys, "--scenario", str(file))["packets_sha256"]
    assert first["packets_sha256"] != _simulate(capsys)["packets_sha256"]
    assert isinstance(first["tm_frames"], int) and first["tm_frames"] > 10
    ground = GroundSegment(load_mission().mdb)
    for packet in open_log(log).packets():
        ground.take(packet)
    told = [event.text for event in ground.report().events if event.name.startswith("IMPAIRMENT")]
    assert told == [
        "impairment begins: loss 0.7", "impairment over: loss", "impairment begins: station_down 1",
        "impairment over: station_down",
    ]  # fmt: skip


def test_faults_last_from_start_to_end(capsys: pytest.CaptureFixture[str]) -> None:
    whole = _simulate(capsys)
    less = _simulate(capsys, "--fault", "loss,probability=0.5,leg=return", "--fault", "clock_drift,ppm=30")
    assert isinstance(whole["packets"], int) and isinstance(less["packets"], int)
    assert 0.3 * whole["packets"] < less["packets"] < 0.7 * whole["packets"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--fault", "flood"], "no impairment is called 'flood'"),
        (["--fault", "loss,0.5"], "'0.5' must be KEY=VALUE"),
        (["--fault", "loss,probability=high"], "probability must be a number"),
        (["--scenario", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--until", "2019-01-11T12:03:00Z", *arguments]) == 2
    told = capsys.readouterr().err
    assert says in told and told.count("\n") == 1
