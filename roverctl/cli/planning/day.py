"""``roverctl plan --day FILE``: a lunar day's plan evaluated, put in order, and made into a command sequence."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roverctl.cli.ground import layers_of, tell_offsets
from roverctl.cli.main import print_json, say, tell_first_use
from roverctl.cli.planning.check import waiver_words
from roverctl.core.errors import InputError

if TYPE_CHECKING:
    from roverctl.mission.profile import Mission
    from roverctl.traverse.violations import Waiver


def add_day_arguments(parser: argparse.ArgumentParser) -> None:
    """The plan's file."""
    parser.add_argument(
        "--day", type=Path, metavar="PLAN.geojson",
        help="evaluate a plan of stops with activities; with --order in the best order and waiting for contact, with "
        "-o as a .ycs sequence (or as the plan itself, .geojson)",
    )  # fmt: skip


def plan_day(arguments: argparse.Namespace, mission: "Mission") -> int:
    """Read, evaluate, write, print."""
    from roverctl.traverse.day_plan.file import plan_to_geojson, read_plan

    output: Path | None = arguments.output
    if output is not None and output.suffix not in (".ycs", ".json", ".geojson"):
        raise InputError(f"{output}: a plan is written as .geojson, its commands as a .ycs (or .json) sequence")
    plan = read_plan(arguments.day, mission)
    # Only now what loads compiled kernels: a bad plan is told at once.
    from roverctl.terrain.opening import open_terrain
    from roverctl.traverse.day_plan.evaluating import evaluate, kept_in_contact
    from roverctl.traverse.day_plan.legs import best_order, legs_of
    from roverctl.traverse.day_plan.telling import plan_document

    tell_first_use()
    terrain = open_terrain(mission, layers_of(arguments))
    tell_offsets(terrain)
    more: dict[str, Any] = {}
    if arguments.order:
        plan, found = best_order(terrain, mission, plan)
        more["order"] = {"order": [0, *(i + 1 for i in found.order), len(plan.stops) - 1], "method": found.method,
                         "cost": found.cost, "cost_as_given": found.cost_as_given}  # fmt: skip
    legs = legs_of(terrain, mission, plan, {})
    if arguments.order:
        plan, waits = kept_in_contact(terrain, mission, plan, legs)
        more["order"]["waits"] = waits
    evaluation = evaluate(terrain, mission, plan, legs)
    document = plan_document(mission, evaluation) | more
    let = _waivers(arguments.waive, document["violations"])
    for row in document["violations"]:
        if row["kind"] in let:
            row["waiver"] = {"name": let[row["kind"]].name, "reason": let[row["kind"]].reason}
    if output is not None and output.suffix == ".geojson":
        _write(output, plan_to_geojson(plan, mission))
    elif output is not None:
        _write(output, _sequence(mission, evaluation, let))
    if arguments.json:
        print_json(document)
        return 0
    totals = document["totals"]
    say(
        f"{plan.name}: {document['start']} to {document['end']}, {totals['distance_m']:.1f} m, "
        f"{totals['data_mb']:.0f} MB, lowest charge {100.0 * totals['lowest_charge']:.0f} %, "
        f"{totals['sunset_margin_h']:.1f} h before night"
    )
    for item in document["items"]:
        say(f"{item['begin']} {item['kind']} '{plan.stops[item['stop']].name}' "
            f"{(item['end_s'] - item['begin_s']) / 60.0:.1f} min, then {100.0 * item['charge']:.0f} %")  # fmt: skip
    for violation in document["violations"]:
        waiver = violation.get("waiver")
        say(f"{violation['at']} {violation['kind']}: {violation['text']}"
            + (f" (waived by {waiver['name']}: {waiver['reason']})" if waiver else ""))  # fmt: skip
    return 0


def _waivers(texts: list[str], broken: list[dict[str, Any]]) -> "dict[str, Waiver]":
    """Waivers by the kind of violation that they let be."""
    from roverctl.traverse.violations import Waiver

    kinds = sorted({row["kind"] for row in broken})
    let: dict[str, Waiver] = {}
    for text in texts:
        which, name, reason = waiver_words(text)
        if which != "all" and which not in kinds:
            raise InputError(f"no violation '{which}' to waive ({', '.join(kinds) or 'there are none'})")
        let |= {kind: Waiver(name, reason, kind) for kind in kinds if which in ("all", kind)}
    return let


def _sequence(mission: "Mission", evaluation: Any, let: "dict[str, Waiver]") -> str:
    from roverctl.commanding.sequence import Entry, Sequence, Start, sequence_to_json
    from roverctl.traverse.day_plan.commands import commands_of
    from roverctl.traverse.day_plan.telling import start_heading_rad

    waivers = "".join(f"; {waiver}" for waiver in let.values())
    entries = [
        Entry(command.name, command.arguments, command.comment + waivers, command.not_before_ns)
        for command in commands_of(mission, evaluation, frozenset(let))
    ]
    if not entries:
        raise InputError("the plan has nothing to command: no drives and no activities")
    east_m, north_m = evaluation.plan.stops[0].point_m
    start = Start(evaluation.plan.start_ns, east_m, north_m, start_heading_rad(mission, evaluation))
    return sequence_to_json(Sequence(tuple(entries), start))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from None
