"""The command line as a user and a script meet it: what it prints, how it refuses."""

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcap.reader import make_reader

from roverctl.core.resources import resource_path
from tests.shared_data import shared_data

ROOT = Path(__file__).parents[2]
FEW_METRES = ["--from", "177.58757687,-45.45723084", "--to", "177.58900,-45.45755"]


def roverctl(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program."""
    env = {
        k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    } | environment
    command = [sys.executable, str(ROOT / "main.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, env=env)


def document(*words: str) -> Any:
    """The JSON that a command prints."""
    result = roverctl(*words)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def refused(code: int, *words: str) -> str:
    """The one line of a refusal."""
    result = roverctl(*words)
    assert result.returncode == code, result.stdout + result.stderr
    assert result.stdout == ""
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("roverctl: "), result.stderr
    assert "Traceback" not in result.stderr
    return lines[0]


@pytest.fixture(scope="module")
def route(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short route on the reconstruction."""
    file = tmp_path_factory.mktemp("route") / "R.geojson"
    result = roverctl("plan", *FEW_METRES, "-o", str(file))
    assert result.returncode == 0, result.stderr
    return file


@pytest.fixture(scope="module")
def recording(route: Path) -> tuple[Path, dict[str, Any]]:
    """The drive of it, recorded."""
    log = route.parent / "A.mcap"
    words = ["--route", str(route), "--start", "2019-01-04T00:00:00Z", "--seed", "7", "--record", str(log), "--json"]
    return log, document("simulate", *words)


def test_relay_on_a_published_day() -> None:
    (row,) = document("relay", "--at", "2019-01-11T12:00:00Z", "--json")
    assert row["utc"] == "2019-01-11T12:00:00.000Z"
    assert 356_000 < row["earth_moon_km"] < 407_000
    assert 46_000 < row["relay_rover_km"] < 79_000
    assert 1.5 < row["owlt_up_s"] < 1.9
    light_s = (row["station_relay_km"] + row["relay_rover_km"]) / 299_792.458
    assert math.isclose(row["owlt_up_s"], light_s, abs_tol=1e-4)
    two = document("relay", "--at", "2019-01-11T12:00:00Z", "--at", "2019-01-11T13:00:00Z", "--json")
    assert two[0] == row and len(two) == 2


def test_a_simulated_drive_ends_where_the_route_does_and_is_the_same_twice(
    route: Path, recording: tuple[Path, dict[str, Any]]
) -> None:
    _, first = recording
    assert first["status"] == "completed"
    assert first["commands"][0]["stage"] == "completed"
    goal = json.loads(route.read_text())["features"][0]["geometry"]["coordinates"][-1]
    apart_m = math.hypot(
        (first["position"]["lon"] - goal[0]) * math.cos(math.radians(goal[1])), first["position"]["lat"] - goal[1]
    ) * (math.pi / 180 * 1_737_400)
    assert apart_m < 1.0
    again = route.parent / "B.mcap"
    words = ["--route", str(route), "--start", "2019-01-04T00:00:00Z", "--seed", "7", "--record", str(again), "--json"]
    second = document("simulate", *words)
    assert second == first
    other = document("simulate", *words[:4], "--seed", "8", "--json")
    assert other["packets_sha256"] != first["packets_sha256"]


def test_the_recording_opens_with_the_mcap_library_alone(recording: tuple[Path, dict[str, Any]]) -> None:
    log, result = recording
    with log.open("rb") as stream:
        reader = make_reader(stream)
        summary = reader.get_summary()
        assert summary is not None and summary.statistics is not None
        decoded = [c for c in summary.channels.values() if c.message_encoding == "json"]
        assert {c.topic for c in decoded} == {"/tm/ROVER_HK", "/events"}
        for channel in decoded:
            assert summary.schemas[channel.schema_id].encoding == "jsonschema"
        last = {}
        for _, _, message in reader.iter_messages(topics=["/tm/ROVER_HK"]):
            last = json.loads(message.data)
            assert message.log_time > message.publish_time, "reception is later than generation"
    assert last["ROVER_ODOMETER"] == result["odometer_m"]


def test_log_info_of_a_whole_and_of_a_cut_file(recording: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    log, _ = recording
    whole = document("log", "info", str(log), "--json")
    assert whole["damaged"] == 0 and whole["lost"] == 0
    assert {"name": "ROVER_BATTERY_SOC", "samples": whole["topics"][0]["messages"], "unit": "%"}.keys() <= set(
        whole["parameters"][0]
    )
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(log.read_bytes()[: log.stat().st_size * 2 // 3])
    result = roverctl("log", "info", str(cut), "--json")
    assert result.returncode == 0
    summary = json.loads(result.stdout)
    assert summary["damaged"] >= 1 and 0 < summary["messages"] < whole["messages"]
    assert "cut within a record" in result.stderr


def test_a_picture_of_the_window_without_a_display(recording: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    picture = tmp_path / "shot.png"
    result = roverctl("--replay", str(recording[0]), "--screenshot", str(picture), "--after", "0.5")
    assert result.returncode == 0, result.stderr
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture.stat().st_size > 50_000, "a window with a map in it, not an empty one"


class TestRefusals:
    """Bad input is one line and exit 2; no feasible answer is exit 3."""

    def test_a_dem_that_is_a_text_file(self, tmp_path: Path) -> None:
        text = tmp_path / "not_a_dem.tif"
        text.write_text("these are no elevations")
        assert str(text) in refused(2, "plan", "--dem", str(text), *FEW_METRES)
        assert str(text) in refused(2, "terrain", "info", str(text))

    def test_a_start_outside_the_dem(self) -> None:
        dem = shared_data("terrain/vonkarman_gld100_64ppd.tif")
        line = refused(2, "plan", "--dem", str(dem), "--from", "20,10", "--to", "177.6,-45.4")
        assert "start" in line and "20" in line

    def test_a_route_file_with_a_missing_key(self, route: Path, tmp_path: Path) -> None:
        content = json.loads(route.read_text())
        del content["features"][0]["geometry"]["coordinates"]
        broken = tmp_path / "broken.geojson"
        broken.write_text(json.dumps(content))
        line = refused(2, "simulate", "--route", str(broken))
        assert "broken.geojson" in line and "coordinates" in line

    def test_a_mission_folder_with_an_unknown_unit(self, tmp_path: Path) -> None:
        folder = tmp_path / "mission"
        shutil.copytree(resource_path("missions", "change4"), folder)
        file = folder / "mission.toml"
        file.write_text(file.read_text().replace('value = 200, unit = "m/h"', 'value = 200, unit = "furlong/h"'))
        for words in (["mission", "check", str(folder)], ["relay", "--mission", str(folder), "--at", "2019-01-11"]):
            line = refused(2, *words)
            assert "mission.toml" in line and "vehicle.speed" in line and "furlong/h" in line

    def test_a_log_with_nothing_readable(self, tmp_path: Path) -> None:
        nothing = tmp_path / "nothing.mcap"
        for content in (b"", b"\x89MCAP0\r\n", b"just some text\n" * 50):
            nothing.write_bytes(content)
            assert "nothing.mcap" in refused(2, "log", "info", str(nothing))
            assert "nothing.mcap" in refused(2, "--replay", str(nothing), "--screenshot", str(tmp_path / "x.png"))

    def test_no_display(self, tmp_path: Path) -> None:
        line = refused(2, "--data-dir", str(tmp_path))
        assert "display" in line and "--screenshot" in line

    def test_no_route(self, tmp_path: Path) -> None:
        line = refused(3, "plan", *FEW_METRES, "--max-slope", "0.2")
        assert "slope" in line

    @pytest.mark.parametrize(
        "words",
        [
            ["plan", "--from", "177.6", "--to", "177.5,-45.4"],
            ["plan", "--from", "177.6,-45.4", "--to", "nan,-45.4"],
            ["relay", "--at", "yesterday"],
            ["relay"],
            ["simulate", "--until", "done"],
            ["simulate", "--until", "2018-01-01"],
            ["relay", "--at", "1850-01-01"],
            ["--warp", "0"],
            ["fly"],
            ["plan", "--nonsense"],
            ["--mission", "atlantis", "--screenshot", "x.png"],
            ["--dem", "/nowhere.tif", "--screenshot", "x.png"],
        ],
        ids=" ".join,
    )
    def test_words_that_cannot_be_meant(self, words: list[str]) -> None:
        refused(2, *words)


def test_a_western_longitude_is_a_place_and_no_option() -> None:
    text = refused(2, "plan", "--from", "-172.412,-45.457", "--to", "-172.412,-95")
    assert "latitude in -90..90" in text


@pytest.mark.parametrize("spacing", ["1e308", "1e-300", "nan", "0"])
def test_a_spacing_that_no_ground_has_is_refused(spacing: str) -> None:
    assert "spacing must lie between" in refused(2, "plan", *FEW_METRES, "--resolution", spacing)


def test_a_simulation_of_centuries_is_refused_and_a_seed_beyond_64_bits() -> None:
    assert "366 days" in refused(2, "simulate", "--until", "2090-01-01")
    assert "64 bits" in refused(2, "simulate", "--until", "2019-01-11T12:01:00Z", "--seed", str(2**63))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_told_in_a_line() -> None:
    text = refused(2, "simulate", "--until", "2019-01-11T12:01:00Z", "--record", "/dev/full")
    assert "No space left on device" in text


def test_a_route_file_without_an_end_is_refused() -> None:
    assert "too large" in refused(2, "simulate", "--route", "/dev/zero")
