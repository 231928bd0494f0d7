"""An evaluated plan as commands: a route is one FOLLOW_ROUTE, a nap or a charge a mode and the way back from it."""

from roverctl.core.errors import CommandRefusedError
from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import Mission
from roverctl.traverse.commanded import PlannedCommand, in_mode
from roverctl.traverse.day_plan.evaluating import Evaluation, Item
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
    found = [command for item in evaluation.items for command in _of_item(evaluation, item)]
    for command in found:
        mission.mdb.check_arguments(command.name, command.arguments)
    return found


def _of_item(evaluation: Evaluation, item: Item) -> list[PlannedCommand]:
    stop = evaluation.plan.stops[item.stop].name
    end_ns = evaluation.plan.start_ns + round(item.end_s * SECOND_NS)
    if item.leg is not None:
        route = evaluation.legs[item.leg].route
        assert route is not None
        begin_ns = evaluation.plan.start_ns + round(item.begin_s * SECOND_NS)
        waited = any(other.end_s == item.begin_s and other.kind in ("wait", "nap") for other in evaluation.items)
        comment = f"{command_comment(route.sha256, route.waivers)}; to '{stop}', {route.drive_m:.0f} m"
        return [
            PlannedCommand(
                "FOLLOW_ROUTE", {"waypoints": list(route.waypoints())}, comment, begin_ns if waited else None
            )
        ]
    if item.activity is not None and item.activity.command is not None:
        name, arguments = item.activity.command
        return [PlannedCommand(name, arguments, f"{item.kind} at '{stop}'")]
    if item.kind == "wait" or item.end_s <= item.begin_s:
        return []
    mode = "NOON_NAP" if item.kind == "nap" else "CHARGING"
    return in_mode(mode, f"{item.kind} at '{stop}'", end_ns)
