"""``roverctl mission check``: read a mission folder as the program does, and list what is assumed in it."""

import argparse

from roverctl.cli.main import print_json, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="check")
    check = actions.add_parser("check", help="read a mission folder, list its assumed figures")
    check.add_argument("folder", metavar="NAME|DIR")
    check.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Print figures and where they come from."""
    from roverctl.ephemeris.sky import Sky
    from roverctl.mission.profile import load_mission

    mission = load_mission(arguments.folder)
    sky = Sky(mission)
    sky.check(mission.start_ns)
    if warning := sky.warning(mission.start_ns):
        say(f"roverctl: {warning}")
    if arguments.json:
        figures = [
            {"key": f.key, "value": f.value, "unit": f.unit, "source": f.source or None}
            for f in mission.figures.values()
        ]
        print_json({"name": mission.name, "sha256": mission.sha256, "figures": figures})
        return 0
    assumed = [f for f in mission.figures.values() if not f.source]
    print(f"{mission.folder}: {len(mission.figures)} figures, {len(assumed)} of them assumed")  # noqa: T201
    for figure in assumed:
        print(f"  assumed  {figure.key} = {figure.value} {figure.unit}")  # noqa: T201
    return 0
