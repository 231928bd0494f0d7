"""What a simulation says beside its figures, and how it ends: by its exit code, and by night and noon."""

import json
from pathlib import Path

import pytest

from roverctl.cli.main import main

NIGHT, NOON, EVENING = "2019-01-20T00:00:00Z", "2019-01-06T00:00:00Z", "2019-01-11T12:00:00Z"


def sequence(tmp_path: Path, *commands: tuple[str, dict[str, object]], start: str | None = None) -> str:
    rows = [
        {"name": name, "arguments": [{"name": key, "value": value} for key, value in arguments.items()]}
        for name, arguments in commands
    ]
    begun = {} if start is None else {"start": {"utc": start, "site_m": [0.0, 0.0], "heading_deg": 0.0}}
    file = tmp_path / "a.ycs"
    file.write_text(json.dumps({"commands": rows, **begun}))
    return str(file)


DRIVE: tuple[str, dict[str, object]] = ("DRIVE", {"distance": 1.0, "heading": 0.0})


def test_a_failed_command_is_told_and_exits_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asleep = sequence(tmp_path, ("SET_MODE", {"mode": "DORMANT"}), DRIVE)
    assert main(["simulate", asleep, "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "failed" and [row["failed"] for row in told["commands"]] == [False, True]
    assert main(["simulate", asleep]) == 3
    assert "DRIVE: started failed at 2019-01-11T12:" in capsys.readouterr().err


def test_what_is_done_and_what_is_cut_off_where_asked_exit_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    awake = sequence(tmp_path, DRIVE)
    assert main(["simulate", awake]) == 0
    assert "completed: odometer" in capsys.readouterr().err
    assert main(["simulate", awake, "--until", "2019-01-11T12:00:12Z"]) == 0
    assert "running: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (
            NIGHT,
            "is at night: the Sun stands at -42.4°, the vehicle drives above 9.2°; it does again from 2019-01-29",
        ),
        (
            NOON,
            "is in the noon nap: the Sun stands at 43.9°, the vehicle naps above 34°; it drives again from 2019-01-09",
        ),
        (EVENING, None),
    ],
)
def test_a_drive_at_night_or_at_noon_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], start: str, told: str | None
) -> None:
    assert main(["simulate", sequence(tmp_path, DRIVE, start=start)]) == 0
    said = capsys.readouterr().err
    assert ("the simulated rover is awake and drives all the same" in said) == (told is not None)
    assert told is None or f"the first drive, {start}, {told}" in said
    assert main(["simulate", sequence(tmp_path, ("PING", {}), start=start)]) == 0
    assert "the first drive" not in capsys.readouterr().err


def test_another_start_than_the_departure_planned_for_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever gave a start is not told to give one; who gave none is told which."""
    route = str(tmp_path / "r.geojson")
    places = ["--from", "177.588,-45.457", "--to", "177.5881,-45.457", "--resolution", "1"]
    assert main(["plan", *places, "--depart", "2019-01-12T00:00:00Z", "-o", route]) == 0
    capsys.readouterr()
    planned = "planned to depart 2019-01-12T00:00:00Z, this starts "
    assert main(["simulate", "--route", route]) == 0
    said = capsys.readouterr().err
    assert f"{planned}{EVENING}; --start 2019-01-12T00:00:00Z drives it as planned" in said
    assert main(["simulate", "--route", route, "--start", "2019-01-11T20:00:00Z"]) == 0
    said = capsys.readouterr().err
    assert f"{planned}2019-01-11T20:00:00Z; Sun, contact and battery are other ones" in said
    assert main(["simulate", "--route", route, "--start", "2019-01-12T00:00:00Z"]) == 0
    assert "planned to depart" not in capsys.readouterr().err
