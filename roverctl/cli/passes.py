"""``roverctl passes``: contact windows, and the stations' turns with the causes of every gap."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roverctl.cli.ground import add_ground_arguments, layers_of
from roverctl.cli.main import print_json, say
from roverctl.core.times import format_duration, parse_utc

if TYPE_CHECKING:
    from roverctl.ephemeris.contact.skyline import Skyline
    from roverctl.mission.profile import Mission

_AZIMUTHS = 720  # of a skyline: every half degree
_MAST_M = 1.0  # the rover's antenna over the ground, assumed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Span, mission, plan, skyline, format."""
    parser.add_argument("--mission", default="change4", metavar="NAME|DIR")
    parser.add_argument("--from", dest="begin", required=True, metavar="UTC")
    parser.add_argument("--to", required=True, metavar="UTC")
    parser.add_argument(
        "--timeline", action="store_true", help="which station has the contact when, and the causes of every gap"
    )
    parser.add_argument("--days", action="store_true", help="sunrise, noon and sunset of the lunar days instead")
    parser.add_argument(
        "--plan", type=Path, metavar="FILE.toml", help="[contact] table in place of the profile's: preferences, "
        "exclusions, maintenance, duties",
    )  # fmt: skip
    parser.add_argument("--skyline", action="store_true", help="count the terrain's skyline around the site")
    add_ground_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Print windows, turns or days."""
    begin_ns, end_ns = parse_utc(arguments.begin), parse_utc(arguments.to)
    from roverctl.ephemeris.report import day_rows, pass_rows, timeline_rows
    from roverctl.ephemeris.sky import Sky
    from roverctl.mission.contacts import read_contact_file
    from roverctl.mission.profile import load_mission

    mission = load_mission(arguments.mission)
    rules = None if arguments.plan is None else read_contact_file(arguments.plan, mission.stations)
    with_ground = arguments.skyline or arguments.dem
    sky = Sky(mission, rules, _skyline(mission, layers_of(arguments)) if with_ground else None)
    if arguments.days:
        rows, line = day_rows(sky.days(begin_ns, end_ns)), _day_line
    elif arguments.timeline:
        rows, line = timeline_rows(sky, sky.timeline(begin_ns, end_ns)), _turn_line
    else:
        rows, line = pass_rows(sky, sky.passes(begin_ns, end_ns)), _pass_line
    if sky.relay is not None and not arguments.days and (warning := sky.relay.warning(end_ns)):
        say(f"roverctl: {warning}")
    if arguments.json:
        print_json(rows)
    else:
        for row in rows:
            print(line(row))  # noqa: T201
    return 0


def _skyline(mission: "Mission", layers: tuple[str, ...]) -> "Skyline":
    import numpy as np

    from roverctl.ephemeris.contact.skyline import Skyline
    from roverctl.terrain.opening import open_terrain
    from roverctl.terrain.products.skyline import skyline

    azimuths = np.arange(_AZIMUTHS, dtype=np.float64) * (2.0 * np.pi / _AZIMUTHS)
    terrain = open_terrain(mission, layers)
    return Skyline(azimuths, skyline(terrain, 0.0, 0.0, _MAST_M, azimuths, mission.body.radius_m))


def _pass_line(row: dict[str, Any]) -> str:
    return f"{row['station']:<10} {row['aos']}  to  {row['los']}  peak {row['peak_elevation_deg']:5.1f} deg"


def _turn_line(row: dict[str, Any]) -> str:
    span = f"{row['from']}  to  {row['to']}  {format_duration(row['duration_s']):>12}"
    if row["station"] is None:
        causes = [f"{name}: {cause}" for name, cause in row["causes"].items()]
        return f"{'-':<10} {span}  {'; '.join(causes)}"
    if row["overlap_s"] is None:
        return f"{row['station']:<10} {span}"
    short = ", shorter than the plan asks" if row["short_overlap"] else ""
    return f"{row['station']:<10} {span}  overlap {format_duration(row['overlap_s'])}{short}"


def _day_line(row: dict[str, Any]) -> str:
    return (
        f"lunar day {row['lunar_day']:>3}  sunrise {row['sunrise']}  noon {row['noon']} "
        f"({row['noon_elevation_deg']:.1f} deg)  sunset {row['sunset']}"
    )
