"""``roverctl terrain``: what is in an elevation raster, and pictures of the ground."""

import argparse
from pathlib import Path

from roverctl.cli import render
from roverctl.cli.main import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="info|render")
    info = actions.add_parser("info", help="size, resolution, bounds, elevations")
    info.add_argument("file", type=Path)
    info.add_argument("--mission", default="change4", metavar="NAME|DIR")
    info.add_argument("--json", action="store_true", help="one JSON document on standard output")
    render.add_arguments(actions)


def run(arguments: argparse.Namespace) -> int:
    """Print the figures, or draw."""
    if arguments.action == "render":
        return render.run(arguments)
    from roverctl.mission.profile import load_mission
    from roverctl.terrain.information import terrain_info

    info = terrain_info(load_mission(arguments.mission), arguments.file)
    if arguments.json:
        print_json(info)
    else:
        for key, value in info.items():
            print(f"{key:<18} {value}")  # noqa: T201
    return 0
