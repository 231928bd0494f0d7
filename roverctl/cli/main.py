"""The command line. Only the parser is imported here: what a command needs is imported when it is carried out."""

import argparse
import gc
import importlib
import json
import re
import sys
from collections.abc import Sequence
from typing import Any

from roverctl import __version__
from roverctl.core.errors import RoverctlError

# Command -> module with ``add_arguments(parser)`` and ``run(arguments) -> int``, and its line of help.
COMMANDS = {
    "console": ("roverctl.cli.console", "open the window (also without the word)"),
    "plan": ("roverctl.cli.planning.command", "plan a route between two places"),
    "relay": ("roverctl.cli.relay", "ranges, light times, elevations and delays at given times"),
    "passes": ("roverctl.cli.passes", "contact windows, station by station"),
    "simulate": ("roverctl.cli.simulate", "carry out an operation without a window"),
    "log": ("roverctl.cli.log", "what is in a log"),
    "terrain": ("roverctl.cli.terrain", "what is in an elevation raster"),
    "mission": ("roverctl.cli.mission", "check a mission folder"),
}

_NEGATIVE = re.compile(r"-[\d.]+,")


class Parser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> Any:
        """Usage errors are bad input: exit 2."""
        print(f"roverctl: {message} (see {self.prog} --help)", file=sys.stderr)  # noqa: T201
        raise SystemExit(2)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code: 0, 2 for bad input, 3 where there is no feasible answer."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["--version"]:
        print(f"roverctl {__version__}")  # noqa: T201
        return 0
    if words[:1] in (["--help"], ["-h"]):
        _overview().print_help()
        return 0
    name = words.pop(0) if words and words[0] in COMMANDS else "console"
    if name == "console" and words and not words[0].startswith("-"):
        print(f"roverctl: no command '{words[0]}'; known are {', '.join(COMMANDS)}", file=sys.stderr)  # noqa: T201
        return 2
    if name == "console":
        gc.disable()  # until the window stands: what is loaded for it stays, and looking through it costs a tenth
    module = importlib.import_module(COMMANDS[name][0])
    parser = Parser(prog=f"roverctl {name}", description=COMMANDS[name][1].capitalize() + ".")
    module.add_arguments(parser)
    try:
        code: int = module.run(parser.parse_args(_joined(words)))
    except RoverctlError as error:
        print(f"roverctl: {' '.join(str(error).split())}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has had enough
        return 0
    except OSError as error:  # such as a disk that is full while a log is written
        print(f"roverctl: {error.filename or name}: {error.strerror or error}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130
    return code


def _joined(words: list[str]) -> list[str]:
    """``--to -2.4,45.4`` as ``--to=-2.4,45.4``: argparse takes a western longitude for an option."""
    joined: list[str] = []
    for word in words:
        if _NEGATIVE.match(word) and joined and joined[-1].startswith("--") and "=" not in joined[-1]:
            joined[-1] += "=" + word
        else:
            joined.append(word)
    return joined


def _overview() -> Parser:
    parser = Parser(prog="roverctl", description="Mission control for a rover that is far away.")
    parser.add_argument("--version", action="version", version=f"roverctl {__version__}")
    commands = parser.add_subparsers(metavar="command")
    for name, (_, text) in COMMANDS.items():
        commands.add_parser(name, help=text)
    return parser


def print_json(document: Any) -> None:
    """One document on standard output, numbers that do not exist as null."""
    print(json.dumps(_finite(document), ensure_ascii=False, indent=1, allow_nan=False))  # noqa: T201


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if (isinstance(value, float) and value != value) or value in (float("inf"), float("-inf")):
        return None
    return value


def tell_first_use() -> None:
    """Say at a terminal that kernels which were just imported are compiled now, where they never were before."""
    from roverctl.core.compiled import made

    if made and sys.stderr.isatty():
        say("roverctl: first use on this machine: compiling, which takes up to a minute once")


def say(text: str) -> None:
    """A line for people, beside JSON on standard output."""
    print(text, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
