"""What a route is asked for on the command line: places, limits, zones, departure."""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from roverctl.cli.main import say
from roverctl.core.errors import InputError

if TYPE_CHECKING:
    from roverctl.mission.profile import Mission
    from roverctl.traverse.request import Point, RouteRequest

_NEAR_M = 50e3  # from the site: further off than anything of Von Kármán that is worth a drive. A choice


def add_request_arguments(parser: argparse.ArgumentParser) -> None:
    """Places, limits, zones, departure, spacing."""
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
    parser.add_argument("--annotations", type=Path, metavar="F.geojson", help="its keep-outs and keep-ins hold as well")
    parser.add_argument("--depart", metavar="UTC", help="then Sun, shadow, naps, contact and battery count")
    parser.add_argument("--contact", action="store_true", help="drive only in contact")
    parser.add_argument("--resolution", type=float, metavar="M", help="spacing of the search, site-frame metres")


def place_of(mission: "Mission", option: str, text: str) -> "Point":
    """Site metres of LON,LAT; says so where it lies far off, and the same numbers meant otherwise lie near."""
    longitude, latitude = _lon_lat(mission, option, text)
    east, north = mission.site.to_site(longitude, latitude)
    away_m = math.hypot(float(east), float(north))
    if away_m > _NEAR_M and (meant := _meant(mission, longitude, latitude)):
        say(f"roverctl: {option} {text} lies {away_m / 1000.0:,.0f} km from the site; {meant}")
    return float(east), float(north)


def request_of(arguments: argparse.Namespace, mission: "Mission", start_m: "Point", goal_m: "Point") -> "RouteRequest":
    """The request from one place to another; all but these is from the options."""
    from roverctl.core.times import parse_utc
    from roverctl.traverse.annotations import zones_of
    from roverctl.traverse.files.annotation_file import read_annotations
    from roverctl.traverse.files.zone_file import read_zones
    from roverctl.traverse.request import RouteRequest
    from roverctl.traverse.zones import Zone

    def limit(degrees: float | None) -> float | None:
        return None if degrees is None else math.radians(degrees)

    out: tuple[Zone, ...] = ()
    within: tuple[Zone, ...] = ()
    if arguments.annotations is not None:
        annotations, problems = read_annotations(arguments.annotations, mission)
        for problem in problems:
            say(f"roverctl: {problem}")
        out, within = zones_of(annotations)
    if arguments.weight and arguments.objective:
        raise InputError("--objective and --weight exclude each other; a weight alone is an objective")
    return RouteRequest(
        start_m=start_m,
        goal_m=goal_m,
        via_m=tuple(place_of(mission, "--via", text) for text in arguments.via),
        objective="weighted" if arguments.weight else arguments.objective or "time",
        weights=tuple(_weight(text) for text in arguments.weight),
        max_slope_rad=(
            mission.vehicle.plan_slope_rad if arguments.max_slope is None else math.radians(arguments.max_slope)
        ),
        max_up_rad=limit(arguments.max_up),
        max_down_rad=limit(arguments.max_down),
        max_across_rad=limit(arguments.max_across),
        spacing_m=arguments.resolution,
        avoid=(*(zone for file in arguments.avoid for zone in read_zones(file, mission)), *out),
        within=(*(zone for file in arguments.within for zone in read_zones(file, mission)), *within),
        depart_ns=None if arguments.depart is None else parse_utc(arguments.depart),
        need_contact=arguments.contact,
    )


def _weight(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise InputError(f"--weight '{text}' is not NAME=NUMBER, such as energy=0.01") from None


def _lon_lat(mission: "Mission", option: str, text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        longitude, latitude = (float(part) for part in parts)
    except ValueError:
        raise InputError(f"{option} '{text}' is not LON,LAT in degrees") from None
    if not _is_place(longitude, latitude):
        meant = _meant(mission, longitude, latitude)
        raise InputError(f"{option} '{text}': longitude lies in -180..360, latitude in -90..90{meant and f'; {meant}'}")
    return longitude, latitude


def _is_place(longitude: float, latitude: float) -> bool:
    return -180.0 <= longitude <= 360.0 and -90.0 <= latitude <= 90.0


def _meant(mission: "Mission", longitude: float, latitude: float) -> str:
    """How two numbers would give a place near the site: exchanged, or with another sign; '' where they would not."""
    for how, lon, lat in (
        ("exchanged", latitude, longitude), ("with the other longitude's sign", -longitude, latitude),
        ("with the other latitude's sign", longitude, -latitude), ("with both signs turned", -longitude, -latitude),
    ):  # fmt: skip
        if _is_place(lon, lat):
            away_m = math.hypot(*map(float, mission.site.to_site(lon, lat)))
            if away_m <= _NEAR_M:
                return f"{how}, {lon:.9g},{lat:.9g} lies {away_m:,.0f} m from it"
    return ""
