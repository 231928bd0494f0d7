"""``roverctl simulate``: a whole operation without a window, the engine inline."""

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roverctl.cli.ground import add_ground_arguments, layers_of, tell_offsets
from roverctl.cli.main import print_json, say, tell_first_use
from roverctl.core.errors import InfeasibleError, InputError, LogError
from roverctl.core.times import DAY_NS, SECOND_NS, format_utc, parse_utc

if TYPE_CHECKING:
    from roverctl.commanding.queue import CommandQueue
    from roverctl.commanding.sequence import Sequence, Start
    from roverctl.mission.profile import Mission
    from roverctl.relay.impairments import Planned
    from roverctl.session.engine import Engine
    from roverctl.terrain.source import Terrain
    from roverctl.traverse.route import Route

_LONGEST_NS = 30 * DAY_NS  # until done
_FARTHEST_NS = 366 * DAY_NS  # until a time
_SLICE_NS = 60 * SECOND_NS
_SETTLE_NS = 5 * SECOND_NS  # of telemetry before the first command
_JUST_NOW_S = 60.0
_SAME_START_NS = 600 * SECOND_NS  # within it a departure is taken as kept: the Sun moves 0.1°. Our choice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, when, and where to record it."""
    parser.add_argument("--mission", default="change4", metavar="NAME|DIR")
    add_ground_arguments(parser)
    parser.add_argument("sequence", nargs="?", type=Path, metavar="SEQUENCE", help="carry out this command stack")
    parser.add_argument("--route", type=Path, metavar="R.geojson", help="drive this; the rover stands at its start")
    parser.add_argument("--start", metavar="UTC", help="the mission's own without it")
    parser.add_argument("--until", default="done", metavar="UTC|done", help="a time, or until all commands have ended")
    parser.add_argument("--seed", type=int, metavar="N", help="the mission's own without it")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[,KEY=VALUE]...",
        help="impair the link from the start to the end, as in --fault loss,probability=0.2,leg=return",
    )
    parser.add_argument("--scenario", type=Path, metavar="FILE", help="impairments at their times, TOML or JSON")
    parser.add_argument("--record", type=Path, metavar="OUT.mcap", help="log; an existing one is replaced")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Simulate, record, print; 3 where a command failed, or not all was done."""
    from roverctl.commanding.queue import CommandQueue
    from roverctl.commanding.sequence import read_sequence
    from roverctl.mission.profile import load_mission
    from roverctl.session.engine import Engine
    from roverctl.terrain.opening import open_terrain

    mission = load_mission(arguments.mission)
    if arguments.sequence is not None and arguments.route is not None:
        raise InputError("a SEQUENCE and --route exclude each other: a sequence has its own FOLLOW_ROUTE commands")
    sequence, route = None, None
    if arguments.sequence is not None:
        sequence = read_sequence(arguments.sequence, mission.mdb)
    elif arguments.route is not None:
        sequence, route = _sequence_of_route(arguments.route, mission, arguments.start)
    start_ns, until_ns = _span(arguments, mission, sequence)
    seed = mission.seed if arguments.seed is None else arguments.seed
    if not -(2**63) <= seed < 2**63:
        raise InputError(f"--seed {seed} does not fit 64 bits")
    planned = _impairments(arguments, mission, start_ns, until_ns)
    if sequence is not None and sequence.start is not None:
        mission = _placed(mission, sequence.start, "sequence's start" if route is None else "route's first point")
    layers = layers_of(arguments)
    tell_first_use()
    terrain = open_terrain(mission, layers, seed=seed)
    tell_offsets(terrain)
    if route is not None:
        _tell_differences(arguments.route, route, mission, terrain, arguments.start, start_ns)
    if sequence is not None:
        _tell_rest(mission, sequence, start_ns)
    recorder = None
    if arguments.record is not None:
        from roverctl.archive.recorder import Recorder

        metadata = {
            "mission": mission.name, "mission_source": str(arguments.mission), "profile_sha256": mission.sha256,
            "start": format_utc(start_ns, 9), "seed": str(seed), "terrain": terrain.label,
            "layers": json.dumps(layers), "part": "1",
        }  # fmt: skip
        recorder = Recorder(arguments.record, mission.mdb, metadata, overwrite=True)
    engine = Engine(mission, terrain, start_ns, seed, recorder)
    if engine.warning:
        say(f"roverctl: {engine.warning}")
    engine.schedule(planned)
    queue = CommandQueue(mission.mdb)
    last = _carried_out(engine, queue, sequence, until_ns)
    if recorder is not None:
        recorder.close()
    if not last:
        raise LogError("no housekeeping had arrived by the end; simulate for longer")
    result = _result(engine.start_ns, engine.now_ns, mission.site, queue.commands, last)
    result |= {"tm_frames": engine.tm_frames, "packets": engine.packets, "packets_sha256": engine.packets_sha256}
    if arguments.json:
        print_json(result)
    else:
        say(f"{result['status']}: odometer {result['odometer_m']} m at {result['end']}, {engine.packets} packets")
        for command in queue.commands:
            if (failed := command.failed) is not None:
                when = format_utc(failed.occurred_ns)
                say(f"{command.name}: {failed.stage.name.lower()} failed at {when}: {failed.detail}")
    unfinished = until_ns is None and result["status"] == "running"
    if unfinished:
        say(f"roverctl: not done within {_LONGEST_NS // DAY_NS} days; --until says when to end")
    return InfeasibleError.exit_code if unfinished or result["status"] == "failed" else 0


def _sequence_of_route(file: Path, mission: "Mission", start: str | None) -> "tuple[Sequence, Route]":
    """The commands that drive a route, begun at its first point and looking along it; its waits are kept where the
    simulation starts when the route was planned to depart."""
    from roverctl.commanding.sequence import Entry, Sequence, Start
    from roverctl.traverse.commanded import commands_of_route
    from roverctl.traverse.route import read_route

    route = read_route(file, mission)
    start_ns = mission.start_ns if start is None else parse_utc(start)
    commands = commands_of_route(route, _departs(route, start_ns))
    east_m, north_m = float(route.east_m[0]), float(route.north_m[0])
    heading_rad = math.atan2(route.waypoints_m[0][0] - east_m, route.waypoints_m[0][1] - north_m) % math.tau
    entries = [Entry(c.name, c.arguments, c.comment, c.not_before_ns) for c in commands]
    return Sequence(tuple(entries), Start(start_ns, east_m, north_m, heading_rad)), route


def _departs(route: "Route", start_ns: int) -> bool:
    """Whether a simulation starts when a route was planned to depart."""
    depart_ns = route.request.depart_ns
    return depart_ns is not None and abs(depart_ns - start_ns) <= _SAME_START_NS


def _span(arguments: argparse.Namespace, mission: "Mission", sequence: "Sequence | None") -> tuple[int, int | None]:
    """When the simulation starts and ends; None for an end when all is done."""
    begun = mission.start_ns if sequence is None or sequence.start is None else sequence.start.t_ns
    start_ns = begun if arguments.start is None else parse_utc(arguments.start)
    if arguments.until == "done":
        if sequence is None:
            raise InputError("--until done needs something to do: give --route, a SEQUENCE, or a time")
        return start_ns, None
    until_ns = parse_utc(arguments.until)
    if until_ns <= start_ns:
        raise InputError(f"--until {arguments.until} lies before the start {format_utc(start_ns)}")
    if until_ns - start_ns > _FARTHEST_NS:
        raise InputError(f"--until {arguments.until} lies more than 366 days after the start {format_utc(start_ns)}")
    return start_ns, until_ns


def _impairments(
    arguments: argparse.Namespace, mission: "Mission", start_ns: int, until_ns: int | None
) -> "list[Planned]":
    """Those of the scenario, and those that last from the start to the end."""
    from roverctl.relay.impairments import Planned, read_scenario

    planned = [] if arguments.scenario is None else read_scenario(arguments.scenario, mission, start_ns)
    lasting_ns = _LONGEST_NS if until_ns is None else min(_LONGEST_NS, until_ns - start_ns)
    return planned + [Planned(start_ns, lasting_ns, _read_fault(text, mission)) for text in arguments.fault]


def _placed(mission: "Mission", start: "Start", where: str) -> "Mission":
    """The mission with its rover where a sequence or a route begins."""
    say(f"roverctl: the rover is placed at the {where}, {start.east_m:.2f} m east {start.north_m:.2f} m north")
    begin = replace(
        mission.start_state, east_m=start.east_m, north_m=start.north_m, heading_rad=start.heading_rad
    )  # fmt: skip
    return replace(mission, start_state=begin)


def _tell_differences(
    file: Path, route: "Route", mission: "Mission", terrain: "Terrain", start: str | None, start_ns: int
) -> None:
    """Say what is otherwise than it was planned: ground, vehicle, departure."""
    from roverctl.traverse.basis import basis_of, differences

    if route.basis is not None:
        for difference in differences(route.basis, basis_of(mission, terrain)):
            say(f"roverctl: {file}: {difference}")
    depart_ns = route.request.depart_ns
    if depart_ns is None or _departs(route, start_ns):
        return
    waits = 0 if route.timing is None else len(route.timing["waits"])
    kept = "" if not waits else ", its wait is not kept" if waits == 1 else f", its {waits} waits are not kept"
    depart = format_utc(depart_ns, 0)
    other = f"--start {depart} drives it as planned" if start is None else "Sun, contact and battery are other ones"
    say(f"roverctl: {file}: planned to depart {depart}, this starts {format_utc(start_ns, 0)}{kept}; {other}")


def _tell_rest(mission: "Mission", sequence: "Sequence", start_ns: int) -> None:
    """Say when the first drive falls into night or noon, which a vehicle rests through."""
    from roverctl.ephemeris.sky import Sky
    from roverctl.traverse.time.conditions import rest_text, sun_course
    from roverctl.vehicle.motions import MOTION_COMMANDS

    drives = [entry for entry in sequence.entries if entry.name in MOTION_COMMANDS]
    if not drives:
        return
    drive_ns = max(start_ns, drives[0].not_before_ns or start_ns)
    course = sun_course(Sky(mission), drive_ns)
    rest = rest_text(course)
    # A drive that waits for the end of a nap begins in the second in which that ends.
    if rest is not None and course.rest_s > _JUST_NOW_S:
        say(
            f"roverctl: the first drive, {format_utc(drive_ns, 0)}, is {rest}; the simulated rover is awake and drives "
            "all the same"
        )


def _carried_out(
    engine: "Engine", queue: "CommandQueue", sequence: "Sequence | None", until_ns: int | None
) -> dict[str, float]:
    """Release what is due, learn what comes back, to the end; the last housekeeping by parameter."""
    from roverctl.commanding.sequence import Sequence
    from roverctl.commanding.sequence_run import SequenceRun

    mdb, start_ns = engine.mission.mdb, engine.now_ns
    engine.advance_to(start_ns + _SETTLE_NS)
    carried = SequenceRun(queue, sequence or Sequence(()), engine.now_ns)
    last: dict[str, float] = {}
    limit_ns = until_ns if until_ns is not None else start_ns + _LONGEST_NS
    while True:
        while (due := carried.take(engine.now_ns)) is not None:
            queue.apply(queue.prepare_release(engine.now_ns, due.id))
            engine.uplink(due.packet)
        # While a completion is waited for its evidence is looked for every second.
        due_ns = carried.due_ns()
        slice_ns = _SLICE_NS if carried.all_released else SECOND_NS if due_ns is None else due_ns - engine.now_ns
        engine.advance_to(min(engine.now_ns + min(max(slice_ns, 1), _SLICE_NS), limit_ns))
        report = engine.report()
        for change in report.stages:
            queue.learn(change)
        for block in report.blocks:
            last = dict(zip(mdb.packet(block.packet).names, block.values[-1].tolist(), strict=True))
        if engine.now_ns >= limit_ns or (until_ns is None and carried.ended):
            return last


def _read_fault(text: str, mission: Any) -> Any:
    """An impairment as written on the command line."""
    from roverctl.relay.impairments import read_impairment

    name, *pairs = text.split(",")
    values: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"--fault {text}: '{pair}' must be KEY=VALUE")
        try:
            values[key] = float(value)
        except ValueError:
            values[key] = value
    return read_impairment(name, values, mission)


def _unreached(command: Any) -> str:
    return "queued" if command.released_ns is None else "released"


def _result(start_ns: int, end_ns: int, site: Any, commands: list[Any], last: dict[str, float]) -> dict[str, Any]:
    """The documented keys; position and odometer as the last housekeeping packet told them."""
    lon, lat = site.to_geographic(last["ROVER_EAST"], last["ROVER_NORTH"])
    rows = []
    for command in commands:
        stages = {
            stage.name.lower(): {
                "occurred": format_utc(change.occurred_ns), "learnt": format_utc(change.learnt_ns),
                "failed": change.failed, "detail": change.detail,
            }
            for stage, change in sorted(command.changes.items())
        }  # fmt: skip
        reached = max(command.changes, default=None)
        rows.append(
            {"name": command.name, "comment": command.comment,
             "stage": _unreached(command) if reached is None else reached.name.lower(),
             "failed": command.failed is not None,
             "released": None if command.released_ns is None else format_utc(command.released_ns), "stages": stages}
        )  # fmt: skip
    failed = any(row["failed"] for row in rows)
    status = "failed" if failed else "completed" if all(c.ended for c in commands) else "running"
    return {
        "status": status,
        "start": format_utc(start_ns),
        "end": format_utc(end_ns),
        "odometer_m": last["ROVER_ODOMETER"],
        "position": {"lon": round(float(lon), 9), "lat": round(float(lat), 9)},
        "battery_percent": last["ROVER_BATTERY_SOC"],
        "stored_mb": last["ROVER_STORE_USED"],
        "commands": rows,
    }
