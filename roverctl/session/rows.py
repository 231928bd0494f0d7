"""The queue as shown: a row for each command, its stages from evidence and prediction, its state in words."""

from typing import Final

from roverctl.commanding.queue import Command, CommandQueue
from roverctl.commanding.waiting import in_the_way
from roverctl.core.nouns import Stage
from roverctl.core.times import SECOND_NS, format_clock, format_duration
from roverctl.mission.mdb import Mdb
from roverctl.session.api.commands import CommandRow, CommandState, StageView

_WORDS: Final = {
    Stage.RELEASED: "released",
    Stage.SENT: "sent by the station",
    Stage.AT_RELAY: "at relay",
    Stage.RECEIVED: "received",
    Stage.ACCEPTED: "accepted",
    Stage.STARTED: "started",
    Stage.PROGRESS: "progress",
    Stage.COMPLETED: "completed",
}

_OVERDUE_S: Final = 1.0  # before a command that waits for nobody but the operator is called late
_TOLERANCE_NS: Final = SECOND_NS // 2  # before evidence that has not come is called late


def command_row(
    command: Command, queue: CommandQueue, mdb: Mdb, predicted: dict[Stage, int], now_ns: int, outdated: bool = False
) -> CommandRow:
    """The row of a command of a queue; ``predicted`` says when the evidence of each stage is due here, ``outdated``
    whether the route that it was made from is another by now."""
    stages = tuple(_stage(command, stage, predicted) for stage in Stage)
    if command.released_ns is None:
        note, late = _unsent_note(command, queue, now_ns)
    else:
        note, late = _note(command, stages, now_ns)
    completed = command.changes.get(Stage.COMPLETED)
    return CommandRow(
        id=command.id,
        name=command.name,
        arguments=short_text(command, mdb),
        details=arguments_text(command),
        comment=command.comment,
        state=_state(command),
        significance=mdb.command(command.name).significance,
        stages=stages,
        note=note,
        late=late,
        not_before_ns=command.not_before_ns,
        outdated=outdated and command.released_ns is None,
        done_by_ns=completed.learnt_ns if completed is not None else predicted.get(Stage.COMPLETED),
    )


def short_text(command: Command, mdb: Mdb) -> str:
    """The arguments in a few characters: ``8 m · 40°``, ``5 waypoints``, ``NOON_NAP``, ``28 frames``."""
    parts = []
    for argument in mdb.command(command.name).arguments:
        value = command.arguments.get(argument.name)
        if value is None:
            continue
        if isinstance(value, list):
            parts.append("1 waypoint" if len(value) == 1 else f"{len(value)} waypoints")
        elif argument.enumeration:
            parts.append(str(value))
        elif argument.unit == "deg":
            parts.append(f"{value:g}°")
        else:
            parts.append(f"{value:g} {argument.unit or argument.name}" if not isinstance(value, str) else value)
    return " · ".join(parts)


def arguments_text(command: Command) -> str:
    """The arguments in full."""
    parts = []
    for name, value in command.arguments.items():
        if isinstance(value, list):
            east, north = value[-1]
            parts.append(f"{len(value)} waypoints to {east:.1f} E {north:.1f} N")
        elif isinstance(value, float):
            parts.append(f"{name} {value:g}")
        else:
            parts.append(f"{name} {value}")
    return "  ".join(parts)


def _stage(command: Command, stage: Stage, predicted: dict[Stage, int]) -> StageView:
    if stage is Stage.RELEASED:
        return StageView(stage, None, command.released_ns, command.released_ns)
    change = command.changes.get(stage)
    if change is None:
        # Progress between start and end is not promised; once the end is known, what came before it is past.
        due = None if command.ended else predicted.get(stage)
        return StageView(stage, due)
    return StageView(stage, predicted.get(stage), change.occurred_ns, change.learnt_ns, change.failed, change.detail)


def _state(command: Command) -> CommandState:
    if command.failed is not None:
        return CommandState.FAILED
    if command.ended:
        return CommandState.COMPLETED
    if command.released_ns is not None:
        return CommandState.RELEASED
    if command.held:
        return CommandState.HELD
    return CommandState.QUEUED if command.armed_ns is None else CommandState.WAITING


def _unsent_note(command: Command, queue: CommandQueue, now_ns: int) -> tuple[str, bool]:
    """What a command is waiting for, and whether it should have left by its own time."""
    over_s = 0.0 if command.not_before_ns is None else (now_ns - command.not_before_ns) / SECOND_NS
    late = over_s >= _OVERDUE_S
    if command.armed_ns is not None:
        before = in_the_way(command, queue)
        if before is not None:
            return f"waits for {before.id}", late
        return "waits" if command.not_before_ns is None else f"at {format_clock(command.not_before_ns)}", late
    if command.held:
        return f"held, {format_duration(over_s)} late" if late else "held", late
    return f"overdue {format_duration(over_s)}" if late else "queued", late


def _note(command: Command, stages: tuple[StageView, ...], now_ns: int) -> tuple[str, bool]:
    if command.failed is not None:
        return f"failed: {command.failed.detail}" if command.failed.detail else "failed", False
    if command.ended:
        return "completed", False
    learnt = [view for view in stages if view.learnt_ns is not None]
    last = learnt[-1] if learnt else stages[0]
    for view in stages[last.stage + 1 :]:
        if view.predicted_ns is None or view.stage is Stage.PROGRESS:
            continue
        if now_ns > view.predicted_ns + _TOLERANCE_NS:
            return f"{_WORDS[view.stage]} late {(now_ns - view.predicted_ns) / SECOND_NS:.1f} s", True
        break
    if last.stage is Stage.PROGRESS:
        return f"progress {last.detail}", False
    return _WORDS[last.stage], False
