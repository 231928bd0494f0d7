"""Options of one mode of ``roverctl plan`` given with another are refused in one line, before anything is loaded."""

import argparse
import itertools

import pytest

from roverctl.cli.main import main
from roverctl.cli.planning import command
from roverctl.cli.planning.modes import mode_of
from roverctl.core.errors import InputError

MODES = {
    "route": ["--via", "1,1", "--via", "2,2"],
    "day": ["--day", "x"],
    "check": ["--check", "x"],
    "isochrones": ["--isochrones", "60"],
}
# Every option of the plan and the modes that it counts in, as the guide has it.
TAKEN_BY = {
    "--from": "route isochrones", "--to": "route isochrones", "--via": "route isochrones",
    "--objective": "route check isochrones", "--weight": "route check isochrones",
    "--max-slope": "route check isochrones", "--max-up": "route check isochrones",
    "--max-down": "route check isochrones", "--max-across": "route check isochrones",
    "--avoid": "route check isochrones", "--within": "route check isochrones",
    "--annotations": "route check isochrones", "--depart": "route check isochrones",
    "--contact": "route check isochrones", "--resolution": "route check isochrones",
    "--order": "route day", "--sweep": "route", "--alternatives": "route", "--explain": "route",
    "--dem-error": "route", "--track": "check", "--waive": "route check day",
}  # fmt: skip
VALUES = {"--objective": ["time"], "--max-slope": ["5"], "--max-up": ["5"], "--max-down": ["5"],
          "--max-across": ["5"], "--resolution": ["1"], "--contact": [], "--order": [], "--sweep": [],
          "--alternatives": [], "--explain": []}  # fmt: skip
NEEDS = {"--contact": ["--depart", "t"], "--sweep": ["--depart", "t"], "--via": ["--to", "1,1"]}
FOR_ALL = {"--help", "--mission", "--dem", "--data-dir", "--output", "--json", "--day", "--check", "--isochrones"}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    command.add_arguments(made)
    return made


def test_the_table_names_every_option() -> None:
    options = {word for action in parser()._actions for word in action.option_strings if word.startswith("--")}
    assert options == set(TAKEN_BY) | FOR_ALL


@pytest.mark.parametrize(("mode", "option"), list(itertools.product(MODES, TAKEN_BY)))
def test_an_option_is_taken_or_refused(mode: str, option: str) -> None:
    words = [*MODES[mode], option, *VALUES.get(option, ["1,1"])]
    if mode in TAKEN_BY[option].split():
        assert mode_of(parser().parse_args([*words, *NEEDS.get(option, [])])) == mode
    else:
        with pytest.raises(InputError, match=f"{option} does not go with"):
            mode_of(parser().parse_args(words))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--day", "x", "--check", "y"], "--day and --check exclude each other"),
        (["--from", "177,-45", "--to", "177,-45", "--contact"], "--contact needs --depart"),
        (["--from", "177,-45", "--to", "177,-45", "--sweep", "3"], "--sweep compares departures from --depart"),
        (["--from", "177,-45", "--isochrones", "9", "--via", "177,-45"], "give --to as well"),
        (["--from", "177,-45", "--to", "177,-45", "--via", "177,-45", "--order"], "give two at least"),
        (["--day", "x", "--sweep"], "--sweep does not go with --day: places, limits and start"),
    ],
)
def test_the_command_says_so_in_one_line(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and told in err
