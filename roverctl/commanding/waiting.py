"""Commands that the operator has let go and that wait, in the queue's order: for their time, for others to end.

As a sequence is carried out (``sequence_run``), for the queue of a session: a command leaves when its not-before time
has come, where it is to follow what left before it when that has ended, and when those that wait above it have left.
Nothing waits on after a failure: whether to go on is the operator's to judge.
"""

from dataclasses import dataclass

from roverctl.commanding.queue import Command, CommandQueue


@dataclass(frozen=True, slots=True)
class Awaited:
    """What the first that waits waits for: a UTC time, and whether a command must end; neither where nothing waits."""

    until_ns: int | None = None
    end: bool = False


def waiting(queue: CommandQueue) -> list[Command]:
    """Those that wait, in order."""
    return [command for command in queue.commands if command.armed_ns is not None]


def in_the_way(command: Command, queue: CommandQueue) -> Command | None:
    """What must leave or end before a waiting command does, its time apart."""
    ahead = waiting(queue)
    number = ahead.index(command)
    if number:
        return ahead[number - 1]
    return _under_way(queue) if command.after_done else None


def next_due(queue: CommandQueue, now_ns: int) -> Command | None:
    """The first that waits, when it may leave; the others wait behind it."""
    first = next(iter(waiting(queue)), None)
    if first is None or (first.not_before_ns or 0) > now_ns or in_the_way(first, queue) is not None:
        return None
    return first


def broken(queue: CommandQueue) -> Command | None:
    """What has failed since the first that waits was let go."""
    since_ns = min((command.armed_ns or 0 for command in waiting(queue)), default=None)
    if since_ns is None:
        return None
    return next((c for c in queue.commands if (failed := c.failed) is not None and failed.learnt_ns > since_ns), None)


def awaited(queue: CommandQueue, now_ns: int) -> Awaited:
    """When to look again."""
    first = next(iter(waiting(queue)), None)
    if first is None:
        return Awaited()
    ahead = first.not_before_ns is not None and first.not_before_ns > now_ns
    return Awaited(first.not_before_ns if ahead else None, first.after_done and _under_way(queue) is not None)


def _under_way(queue: CommandQueue) -> Command | None:
    """The last that has left and has not ended."""
    return next((c for c in reversed(queue.commands) if c.released_ns is not None and not c.ended), None)
