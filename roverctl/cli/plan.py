"""``roverctl plan``: a route between two places, to GeoJSON or JSON."""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roverctl.cli.ground import add_ground_arguments, layers_of, tell_offsets
from roverctl.cli.main import print_json, say
from roverctl.cli.plan_day import add_day_arguments, plan_day
from roverctl.core.errors import InputError

if TYPE_CHECKING:
    from roverctl.mission.profile import Mission
    from roverctl.traverse.request import RouteRequest
    from roverctl.traverse.route import Route


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Places, limits, output."""
    parser.add_argument("--mission", default="change4", metavar="NAME|DIR")
    add_ground_arguments(parser)
    parser.add_argument("--from", dest="begin", metavar="LON,LAT")
    parser.add_argument("--to", metavar="LON,LAT")
    parser.add_argument("--via", action="append", default=[], metavar="LON,LAT", help="may be repeated")
    parser.add_argument("--objective", choices=("time", "distance", "energy", "sun", "risk"), help="time without it")
    parser.add_argument(
        "--weight", action="append", default=[], metavar="NAME=W", help="a mix of objectives; may be repeated"
    )
    parser.add_argument("--max-slope", type=float, metavar="DEG", help="the vehicle's planning slope without it")
    for way in ("up", "down", "across"):
        parser.add_argument(f"--max-{way}", type=float, metavar="DEG", help=f"limit of the slope {way}, where less")
    parser.add_argument(
        "--avoid", action="append", default=[], type=Path, metavar="F.geojson", help="keep-out polygons"
    )
    parser.add_argument(
        "--within", action="append", default=[], type=Path, metavar="F.geojson", help="keep-in polygons"
    )
    parser.add_argument("--order", action="store_true", help="put the via points into the order that costs least")
    parser.add_argument("--depart", metavar="UTC", help="then Sun, shadow, naps, contact and battery count")
    parser.add_argument("--contact", action="store_true", help="drive only in contact")
    parser.add_argument(
        "--sweep", type=int, nargs="?", const=48, metavar="N", help="compare N departures from --depart to night"
    )
    parser.add_argument("--alternatives", action="store_true", help="compare the best routes of all objectives")
    parser.add_argument("--explain", action="store_true", help="why the straight line is not taken")
    parser.add_argument(
        "--dem-error", metavar="SIGMA,LENGTH", help="metres; the chance of each segment to break 'max-tilt'"
    )
    parser.add_argument("--resolution", type=float, metavar="M", help="spacing of the search, site-frame metres")
    add_day_arguments(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="ROUTE.geojson")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Plan, write, print."""
    from roverctl.mission.profile import load_mission
    from roverctl.terrain.opening import open_terrain

    mission = load_mission(arguments.mission)
    if arguments.day is not None:
        return plan_day(arguments, mission)
    if arguments.begin is None or arguments.to is None:
        raise InputError("a plan needs --from LON,LAT and --to LON,LAT; or give --day FILE")
    if arguments.output is not None and arguments.output.suffix not in (".geojson", ".json"):
        raise InputError(f"{arguments.output}: routes are written as .geojson")
    if arguments.sweep is not None and arguments.depart is None:
        raise InputError("--sweep compares departures from --depart on; give that too")
    request = _request(arguments, mission)
    # Only now what loads compiled kernels: a bad option is told at once.
    from roverctl.traverse.ordering import ordered
    from roverctl.traverse.planner import plan_field
    from roverctl.traverse.telling import more_about

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
    more |= more_about(
        terrain, mission, field, route, explained=arguments.explain, compared=arguments.alternatives,
        departures=arguments.sweep, dem_error=_pair("--dem-error", arguments.dem_error),
    )  # fmt: skip
    if arguments.output is not None:
        try:
            arguments.output.write_text(route.to_geojson(), encoding="utf-8")
        except OSError as error:
            raise InputError(f"{arguments.output}: cannot be written: {error.strerror}") from None
    if arguments.json:
        print_json({**route.to_json(), **more})
    else:
        _say_route(route, more)
    return 0


def _request(arguments: argparse.Namespace, mission: "Mission") -> "RouteRequest":
    from roverctl.core.times import parse_utc
    from roverctl.traverse.files.zone_file import read_zones
    from roverctl.traverse.request import RouteRequest

    def place(option: str, text: str) -> tuple[float, float]:
        east, north = mission.site.to_site(*_lon_lat(option, text))
        return float(east), float(north)

    def limit(degrees: float | None) -> float | None:
        return None if degrees is None else math.radians(degrees)

    if arguments.weight and arguments.objective:
        raise InputError("--objective and --weight exclude each other; a weight alone is an objective")
    return RouteRequest(
        start_m=place("--from", arguments.begin),
        goal_m=place("--to", arguments.to),
        via_m=tuple(place("--via", text) for text in arguments.via),
        objective="weighted" if arguments.weight else arguments.objective or "time",
        weights=tuple(_weight(text) for text in arguments.weight),
        max_slope_rad=(
            mission.vehicle.plan_slope_rad if arguments.max_slope is None else math.radians(arguments.max_slope)
        ),
        max_up_rad=limit(arguments.max_up),
        max_down_rad=limit(arguments.max_down),
        max_across_rad=limit(arguments.max_across),
        spacing_m=arguments.resolution,
        avoid=tuple(zone for file in arguments.avoid for zone in read_zones(file, mission)),
        within=tuple(zone for file in arguments.within for zone in read_zones(file, mission)),
        depart_ns=None if arguments.depart is None else parse_utc(arguments.depart),
        need_contact=arguments.contact,
    )


def _say_route(route: "Route", more: dict[str, Any]) -> None:
    """The route in a few lines."""
    minutes = route.drive_s / 60.0
    legs = "one leg" if len(route.waypoints_m) == 1 else f"{len(route.waypoints_m)} legs"
    say(
        f"{route.distance_m:.1f} m in {minutes:.1f} min over {legs}, "
        f"steepest segment {route.max_slope_deg:.1f} deg, "
        f"{len(route.segment_m)} segments of {route.spacing_m:g} m on {route.terrain.label}"
    )
    for note in route.notes:
        say(note)
    if route.timing is not None:
        timing = route.timing
        say(
            f"departs {timing['depart']}, arrives {timing['arrive']}, waits {timing['wait_s'] / 60.0:.0f} min, "
            f"{timing['shadow_min']:.0f} min in shadow, {timing['contact_gap_min']:.0f} min without contact, "
            f"lowest charge {100.0 * timing['lowest_charge']:.0f} %, {timing['sunset_margin_h']:.1f} h before night"
        )
    if "order" in more:
        say(f"order of the stops ({more['order']['method']}): {', '.join(str(i + 1) for i in more['order']['order'])}")
    for leg in more.get("explain", []):
        say(f"straight: {leg['text']}, {leg['along_m']:.1f} m along" if not leg["free"] else "straight: free")
    for row in more.get("alternatives", []):
        say(
            f"{row['name']}: {row['problem']}" if "problem" in row else
            f"{row['name']}: {row['distance_m']:.1f} m, {row['drive_s'] / 60.0:.1f} min, "
            f"{row['energy_j'] / 3600.0:.1f} Wh, up to {row['cell_slope_deg']:.1f} deg"
        )  # fmt: skip
    if "sweep" in more:
        latest = more["sweep"]["latest_safe"]
        say(f"latest safe departure: {latest['depart'] if latest else 'none in this span'}")
    if "uncertainty" in more:
        say(f"chance that the DEM's error takes it over {more['uncertainty']['limit_deg']:g} deg: "
            f"{100.0 * more['uncertainty']['chance']:.1f} %")  # fmt: skip


def _weight(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise InputError(f"--weight '{text}' is not NAME=NUMBER, such as energy=0.01") from None


def _pair(option: str, text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"{option} '{text}' is not two numbers with a comma") from None
    return first, second


def _lon_lat(option: str, text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        longitude, latitude = (float(part) for part in parts)
    except ValueError:
        raise InputError(f"{option} '{text}' is not LON,LAT in degrees") from None
    if not (-180.0 <= longitude <= 360.0 and -90.0 <= latitude <= 90.0):
        raise InputError(f"{option} '{text}': longitude lies in -180..360, latitude in -90..90")
    return longitude, latitude
