"""``roverctl plan --isochrones``: the ground that is reached in given times."""

import argparse
import json
from typing import TYPE_CHECKING

from roverctl.cli.ground import layers_of, tell_offsets
from roverctl.cli.main import print_json, say, tell_first_use
from roverctl.cli.plan_request import place_of, request_of
from roverctl.core.errors import InputError

if TYPE_CHECKING:
    from roverctl.mission.profile import Mission


def add_reach_arguments(parser: argparse.ArgumentParser) -> None:
    """The times."""
    parser.add_argument(
        "--isochrones", metavar="S,S,...", help="the ground reached from --from within so many seconds, as polygons"
    )


def reach(arguments: argparse.Namespace, mission: "Mission") -> int:
    """Write, print."""
    if arguments.begin is None:
        raise InputError("--isochrones needs --from LON,LAT")
    if arguments.output is not None and arguments.output.suffix.lower() not in (".geojson", ".json"):
        raise InputError(f"{arguments.output}: isochrones are written as .geojson")
    try:
        seconds = tuple(float(part) for part in arguments.isochrones.split(","))
    except ValueError:
        raise InputError(
            f"--isochrones '{arguments.isochrones}' is not seconds with commas, such as 600,1200"
        ) from None
    start_m = place_of(mission, "--from", arguments.begin)
    goal_m = start_m if arguments.to is None else place_of(mission, "--to", arguments.to)
    request = request_of(arguments, mission, start_m, goal_m)
    from roverctl.terrain.opening import open_terrain
    from roverctl.traverse.isochrones import check_times, isochrone_features, isochrones, reach_field
    from roverctl.traverse.planner import plan_field

    check_times(seconds)
    tell_first_use()
    terrain = open_terrain(mission, layers_of(arguments))
    tell_offsets(terrain)
    if arguments.to is None:
        field = reach_field(terrain, mission, request, max(seconds))
    else:
        field = plan_field(terrain, mission, request)
    found = isochrones(field, seconds)
    content = isochrone_features(mission, found)
    if arguments.output is not None:
        try:
            arguments.output.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
        except OSError as error:
            raise InputError(f"{arguments.output}: cannot be written: {error.strerror}") from None
    if arguments.json:
        print_json(content)
    else:
        for one in found:
            islands = "1 island" if len(one.rings_m) == 2 else f"{len(one.rings_m) - 1} islands"
            cut = ", cut off by the edge of what was searched" if one.is_cut else ""
            say(f"within {one.seconds:g} s: {one.area_m2:.0f} m², {islands} not entered{cut}")
    return 0
