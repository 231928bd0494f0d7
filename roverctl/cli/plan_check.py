"""``roverctl plan --check``: what a line from elsewhere would cost, and which limits it breaks."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roverctl.cli.ground import layers_of, tell_offsets
from roverctl.cli.main import say, tell_first_use
from roverctl.cli.plan_request import request_of
from roverctl.core.errors import InputError

if TYPE_CHECKING:
    from roverctl.mission.profile import Mission
    from roverctl.traverse.basis import Basis
    from roverctl.traverse.reference import ReferenceTrack
    from roverctl.traverse.route import Route
    from roverctl.traverse.violations import Waiver


def add_check_arguments(parser: argparse.ArgumentParser) -> None:
    """The line to check, and waivers."""
    parser.add_argument(
        "--check", type=Path, metavar="FILE", help="plan nothing: what this line (GeoJSON, KML, GPX, CSV) would cost"
    )
    parser.add_argument("--track", metavar="NAME", help="which line of --check, where the file has several")
    parser.add_argument(
        "--waive", action="append", default=[], metavar="[WHICH:]NAME:REASON",
        help="let a violation be (its key, its kind, or all), with the name of who lets it and why; may be repeated",
    )  # fmt: skip


def check(arguments: argparse.Namespace, mission: "Mission") -> "tuple[Route, dict[str, Any]]":
    """The line as a route with its violations; of a route of ours, what is otherwise now than it was planned on."""
    from roverctl.traverse.files.track_file import read_tracks

    line = _chosen(read_tracks(arguments.check, mission), arguments)
    ends = [(float(line.east_m[i]), float(line.north_m[i])) for i in (0, -1)]
    request = request_of(arguments, mission, ends[0], ends[1])
    from roverctl.terrain.opening import open_terrain
    from roverctl.traverse.basis import differences
    from roverctl.traverse.checking import check_line

    tell_first_use()
    terrain = open_terrain(mission, layers_of(arguments))
    tell_offsets(terrain)
    route = check_line(terrain, mission, line, request)
    route = route.waive(waivers_of(arguments.waive, route))
    planned = _basis_of_file(arguments.check)
    told: dict[str, Any] = {}
    if planned is not None and route.basis is not None:
        told["differs"] = differences(planned, route.basis)
        for difference in told["differs"]:
            say(f"roverctl: {arguments.check}: {difference}")
    return route, told


def waivers_of(texts: list[str], route: "Route") -> "tuple[Waiver, ...]":
    """Waivers as the command line gives them."""
    from roverctl.traverse.violations import waived, with_waivers

    waivers: tuple[Waiver, ...] = ()
    for text in texts:
        which, name, reason = waiver_words(text)
        waivers = with_waivers(waivers, waived(route.violations, name, reason, which))
    return waivers


def waiver_words(text: str) -> tuple[str, str, str]:
    """What ``--waive`` says: which violations, who lets them be, and why."""
    parts = [part.strip() for part in text.split(":", 2)]
    if len(parts) == 1:
        raise InputError(f"--waive '{text}' is not NAME:REASON or WHICH:NAME:REASON")
    which, name, reason = parts if len(parts) == 3 else ("all", *parts)
    return which, name, reason


def _chosen(lines: "list[ReferenceTrack]", arguments: argparse.Namespace) -> "ReferenceTrack":
    if arguments.track is None and len(lines) == 1:
        return lines[0]
    names = ", ".join(f"'{line.name}'" for line in lines[:20]) + (", ..." if len(lines) > 20 else "")
    if arguments.track is None:
        raise InputError(f"{arguments.check}: has {len(lines)} lines; choose one with --track: {names}")
    for line in lines:
        if line.name == arguments.track:
            return line
    raise InputError(f"{arguments.check}: has no line '{arguments.track}', but {names}")


def _basis_of_file(file: Path) -> "Basis | None":
    """What a route of ours was planned on; None of other files."""
    from roverctl.traverse.route import open_route

    if file.suffix.lower() not in (".geojson", ".json"):
        return None
    try:
        return open_route(file).basis
    except InputError:
        return None
