"""An evaluated plan as commands: a route is one FOLLOW_ROUTE, a nap or a charge a mode and the way back from it.

What an instrument has taken is asked for at its end.
"""

from dataclasses import replace

from roverctl.core.errors import CommandRefusedError
from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import Mission
from roverctl.traverse.commanded import PlannedCommand, in_mode
from roverctl.traverse.day_plan.outcome import Evaluation, Item
from roverctl.traverse.day_plan.store import SEND, sends_products
from roverctl.traverse.day_plan.violations import violations
from roverctl.traverse.violations import command_comment


def commands_of(mission: Mission, evaluation: Evaluation, waived: frozenset[str] = frozenset()) -> list[PlannedCommand]:
    """The commands of a plan.

    Parameters
    ----------
    waived
        Kinds of violations that are accepted.

    Raises
    ------
    CommandRefusedError
        Where the plan breaks a limit that is not waived, naming the first.
    InputError
        Where the MDB does not take an argument.
    """
    broken = [violation for violation in violations(mission, evaluation) if violation.kind not in waived]
    if broken:
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        first = f"{broken[0].kind}: {broken[0].text}"
        raise CommandRefusedError(
            f"the plan cannot be commanded: {first}{more}; change it, or waive it with a name and a reason"
        )
    found: list[PlannedCommand] = []
    waited_ns: int | None = None  # when a wait before the next command ends
    for item in evaluation.items:
        made = _of_item(mission, evaluation, item)
        if made and waited_ns is not None:
            made[0] = replace(made[0], not_before_ns=waited_ns)
        if item.kind == "wait" or (item.kind == "nap" and item.activity is None):
            waited_ns = evaluation.plan.start_ns + round(item.end_s * SECOND_NS)
        elif made:
            waited_ns = None
        found += made
    for command in found:
        mission.mdb.check_arguments(command.name, command.arguments)
    return found


def _of_item(mission: Mission, evaluation: Evaluation, item: Item) -> list[PlannedCommand]:
    stop = evaluation.plan.stops[item.stop].name
    if item.leg is not None:
        route = evaluation.legs[item.leg].route
        assert route is not None
        comment = f"{command_comment(route.sha256, route.waivers)}; to '{stop}', {route.drive_m:.0f} m"
        return [PlannedCommand("FOLLOW_ROUTE", {"waypoints": list(route.waypoints())}, comment)]
    what = f"{item.kind} at '{stop}'"
    if item.activity is not None and item.activity.command is not None:
        send = [PlannedCommand(*SEND, f"data of the {what}")] if sends_products(mission) else []
        return [PlannedCommand(*item.activity.command, what), *send]
    if item.kind == "wait" or item.end_s <= item.begin_s:
        return []
    mode = "NOON_NAP" if item.kind == "nap" else "CHARGING"
    return in_mode(mode, what, evaluation.plan.start_ns + round(item.end_s * SECOND_NS))
