"""``roverctl passes``: contact windows."""

import argparse

from roverctl.cli.main import print_json
from roverctl.core.times import parse_utc


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Span, mission, format."""
    parser.add_argument("--mission", default="change4", metavar="NAME|DIR")
    parser.add_argument("--from", dest="begin", required=True, metavar="UTC")
    parser.add_argument("--to", required=True, metavar="UTC")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Print windows."""
    begin_ns, end_ns = parse_utc(arguments.begin), parse_utc(arguments.to)
    from roverctl.ephemeris.report import pass_rows
    from roverctl.ephemeris.sky import Sky
    from roverctl.mission.profile import load_mission

    rows = pass_rows(Sky(load_mission(arguments.mission)).passes(begin_ns, end_ns))
    if arguments.json:
        print_json(rows)
    else:
        for row in rows:
            print(  # noqa: T201
                f"{row['station']:<10} {row['aos']}  to  {row['los']}  peak {row['peak_elevation_deg']:5.1f} deg"
            )
    return 0
