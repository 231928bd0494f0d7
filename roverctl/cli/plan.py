"""``roverctl plan``: a route between two places, to GeoJSON or JSON."""

import argparse
import math
from pathlib import Path

from roverctl.cli.ground import add_ground_arguments, layers_of
from roverctl.cli.main import print_json, say
from roverctl.core.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Places, limits, output."""
    parser.add_argument("--mission", default="change4", metavar="NAME|DIR")
    add_ground_arguments(parser)
    parser.add_argument("--from", dest="begin", required=True, metavar="LON,LAT")
    parser.add_argument("--to", required=True, metavar="LON,LAT")
    parser.add_argument("--via", action="append", default=[], metavar="LON,LAT", help="may be repeated")
    parser.add_argument("--objective", default="time", choices=("time", "distance"))
    parser.add_argument("--max-slope", type=float, metavar="DEG", help="the vehicle's planning slope without it")
    parser.add_argument("--resolution", type=float, metavar="M", help="spacing of the search, site-frame metres")
    parser.add_argument("-o", "--output", type=Path, metavar="ROUTE.geojson")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Plan, write, print."""
    from roverctl.mission.profile import load_mission
    from roverctl.terrain.opening import open_terrain
    from roverctl.traverse.planner import plan
    from roverctl.traverse.request import RouteRequest

    mission = load_mission(arguments.mission)
    if arguments.output is not None and arguments.output.suffix not in (".geojson", ".json"):
        raise InputError(f"{arguments.output}: routes are written as .geojson")

    def place(option: str, text: str) -> tuple[float, float]:
        east, north = mission.site.to_site(*_lon_lat(option, text))
        return float(east), float(north)

    limit = mission.vehicle.plan_slope_rad if arguments.max_slope is None else math.radians(arguments.max_slope)
    request = RouteRequest(
        start_m=place("--from", arguments.begin),
        goal_m=place("--to", arguments.to),
        via_m=tuple(place("--via", text) for text in arguments.via),
        objective=arguments.objective,
        max_slope_rad=limit,
        spacing_m=arguments.resolution,
    )
    route = plan(open_terrain(mission, layers_of(arguments)), mission, request)
    if arguments.output is not None:
        try:
            arguments.output.write_text(route.to_geojson(), encoding="utf-8")
        except OSError as error:
            raise InputError(f"{arguments.output}: cannot be written: {error.strerror}") from None
    if arguments.json:
        print_json(route.to_json())
    else:
        minutes = route.drive_s / 60.0
        legs = "one leg" if len(route.waypoints_m) == 1 else f"{len(route.waypoints_m)} legs"
        say(
            f"{route.distance_m:.1f} m in {minutes:.1f} min over {legs}, "
            f"steepest segment {route.max_slope_deg:.1f} deg, "
            f"{len(route.segment_m)} segments of {route.spacing_m:g} m on {route.terrain.label}"
        )
        for note in route.notes:
            say(note)
    return 0


def _lon_lat(option: str, text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        longitude, latitude = (float(part) for part in parts)
    except ValueError:
        raise InputError(f"{option} '{text}' is not LON,LAT in degrees") from None
    if not (-180.0 <= longitude <= 360.0 and -90.0 <= latitude <= 90.0):
        raise InputError(f"{option} '{text}': longitude lies in -180..360, latitude in -90..90")
    return longitude, latitude
