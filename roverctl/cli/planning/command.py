"""``roverctl plan``: a route between two places, to GeoJSON or JSON."""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roverctl.cli.ground import add_ground_arguments, layers_of, tell_offsets
from roverctl.cli.main import print_json, say, tell_first_use
from roverctl.cli.planning.check import add_check_arguments, check, waivers_of
from roverctl.cli.planning.day import add_day_arguments, plan_day
from roverctl.cli.planning.modes import mode_of
from roverctl.cli.planning.reach import add_reach_arguments, reach
from roverctl.cli.planning.request import add_request_arguments, place_of, request_of
from roverctl.cli.planning.sweep_table import sweep_table
from roverctl.core.errors import InputError
from roverctl.core.times import format_duration

if TYPE_CHECKING:
    from roverctl.mission.profile import Mission
    from roverctl.traverse.route import Route

_MANY_MIN = 1440.0  # longer ways are told in days and hours

_PRICED = (
    "every objective also prices steep ground, and the figures are those of the driven line: the thriftiest may use "
    "more energy than another"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Places, limits, output."""
    parser.add_argument("--mission", default="change4", metavar="NAME|DIR")
    add_ground_arguments(parser)
    add_request_arguments(parser)
    parser.add_argument("--order", action="store_true", help="put the via points into the order that costs least")
    parser.add_argument(
        "--sweep", type=int, nargs="?", const=48, metavar="N", help="compare N departures from --depart to night"
    )
    parser.add_argument("--alternatives", action="store_true", help="compare the best routes of all objectives")
    parser.add_argument("--explain", action="store_true", help="why the straight line is not taken")
    parser.add_argument(
        "--dem-error", metavar="SIGMA,LENGTH", help="metres; the chance of each segment to break 'max-tilt'"
    )
    add_day_arguments(parser)
    add_check_arguments(parser)
    add_reach_arguments(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="ROUTE.geojson|.kml|.gpx|.csv")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Plan, write, print."""
    from roverctl.mission.profile import load_mission
    from roverctl.terrain.opening import open_terrain
    from roverctl.traverse.files.exporting import check_suffix

    mode = mode_of(arguments)
    mission = load_mission(arguments.mission)
    if mode == "day":
        return plan_day(arguments, mission)
    if mode == "isochrones":
        return reach(arguments, mission)
    if arguments.output is not None:
        check_suffix(arguments.output)
    if mode == "check":
        route, told = check(arguments, mission)
        return _hand_out(arguments, mission, route, told)
    if arguments.begin is None or arguments.to is None:
        raise InputError(
            "a plan needs --from LON,LAT and --to LON,LAT; or give --day FILE, --check FILE or --isochrones S,S"
        )
    start_m, goal_m = place_of(mission, "--from", arguments.begin), place_of(mission, "--to", arguments.to)
    request = request_of(arguments, mission, start_m, goal_m)
    # Only now what loads compiled kernels: a bad option is told at once.
    from roverctl.traverse.ordering import ordered
    from roverctl.traverse.planner import plan_field
    from roverctl.traverse.telling import more_about

    tell_first_use()
    terrain = open_terrain(mission, layers_of(arguments))
    tell_offsets(terrain)
    more: dict[str, Any] = {}
    if arguments.order:
        best = ordered(terrain, mission, request)
        request = best.request
        more["order"] = {
            "order": list(best.order), "method": best.method, "cost": best.cost,
            "cost_as_given": best.cost_as_given if math.isfinite(best.cost_as_given) else None,
        }  # fmt: skip
    field = plan_field(terrain, mission, request, whole_field=False)
    route = field.route_to(request.goal_m)
    route = route.waive(waivers_of(arguments.waive, route))
    more |= more_about(
        terrain, mission, field, route, explained=arguments.explain, compared=arguments.alternatives,
        departures=arguments.sweep, dem_error=_pair("--dem-error", arguments.dem_error),
    )  # fmt: skip
    return _hand_out(arguments, mission, route, more)


def _hand_out(arguments: argparse.Namespace, mission: "Mission", route: "Route", more: dict[str, Any]) -> int:
    """Write and print."""
    from roverctl.traverse.files.exporting import write_route
    from roverctl.traverse.telling import days_of_driving

    if (longer := days_of_driving(mission, route)) is not None:
        more["lunar_days"], text = longer
        say(f"roverctl: {text}")
    if arguments.output is not None:
        write_route(route, arguments.output)
    if arguments.json:
        print_json({**route.to_json(), **more})
    else:
        say_route(route, more)
    return 0


def say_route(route: "Route", more: dict[str, Any]) -> None:
    """The route in a few lines."""
    minutes = route.drive_s / 60.0
    takes = f"{minutes:.1f} min" if minutes < _MANY_MIN else format_duration(route.drive_s)
    legs = "one leg" if len(route.waypoints_m) == 1 else f"{len(route.waypoints_m)} legs"
    say(
        f"{route.drive_m:.1f} m in {takes} over {legs}, "
        f"steepest piece {route.max_slope_deg:.1f} deg, "
        f"ground around it up to {route.cell_slope_deg:.1f} deg (over 3 x 3 nodes), "
        f"at {route.spacing_m:.3g} m on {route.terrain.label}"
    )
    for note in route.notes:
        say(note)
    let = {waiver.violation: waiver for waiver in route.waivers}
    for violation in route.violations:
        waiver = let.get(violation.key)
        say(f"{violation.key}: {violation.text}" + (f" (waived by {waiver.name}: {waiver.reason})" if waiver else ""))
    if route.timing is not None:
        timing = route.timing
        reasons = ", ".join(dict.fromkeys(wait["reason"] for wait in timing["waits"]))
        say(
            f"departs {timing['depart']}, arrives {timing['arrive']}, waits {timing['wait_s'] / 60.0:.0f} min"
            f"{reasons and f' ({reasons})'}, "
            f"{timing['shadow_min']:.0f} min in shadow, {timing['contact_gap_min']:.0f} min without contact, "
            f"lowest charge {100.0 * timing['lowest_charge']:.0f} %, {timing['sunset_margin_h']:.1f} h before night"
        )
    if "order" in more:
        say(f"order of the stops ({more['order']['method']}): {', '.join(str(i + 1) for i in more['order']['order'])}")
    for leg in (leg for leg in more.get("explain", []) if leg["length_m"] > 0.0):
        say(
            f"straight: free, {leg['text']}"
            if leg["free"]
            else f"straight: {leg['text']}, {leg['along_m']:.1f} m along"
        )
    for row in more.get("alternatives", []):
        say(
            f"{row['name']}: {row['problem']}" if "problem" in row else
            f"{row['name']}: {row['distance_m']:.1f} m, {row['drive_s'] / 60.0:.1f} min, "
            f"{row['energy_j'] / 3600.0:.1f} Wh, up to {row['cell_slope_deg']:.1f} deg"
        )  # fmt: skip
    if more.get("alternatives"):
        say(_PRICED)
    if "sweep" in more:
        for row in sweep_table(more["sweep"]):
            say(row)
        latest = more["sweep"]["latest_safe"]
        say(f"latest safe departure: {latest['depart'] if latest else 'none in this span'}")
    if "uncertainty" in more:
        say(f"chance that the DEM's error takes it over {more['uncertainty']['limit_deg']:g} deg: "
            f"{100.0 * more['uncertainty']['chance']:.1f} %")  # fmt: skip


def _pair(option: str, text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"{option} '{text}' is not two numbers with a comma") from None
    return first, second
