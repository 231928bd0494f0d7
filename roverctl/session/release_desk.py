"""What leaves when: commands are sent as they are released, or wait for their time and for what is under way to end."""

from collections.abc import Callable
from typing import Final

from roverctl.commanding.journal import Act
from roverctl.commanding.queue import Command, CommandQueue
from roverctl.commanding.waiting import awaited, broken, next_due, waiting
from roverctl.core.nouns import Severity
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.session import Message
from roverctl.session.feed import Feed

_MOST_NAMED: Final = 5  # commands in a message


class ReleaseDesk:
    """Releases the commands of a queue into a feed.

    Parameters
    ----------
    queue, now
        The queue, and the clock, UTC ns.
    do
        Journals an act and carries it out.
    feed, tell
        Where packets go; what takes a message.
    """

    def __init__(
        self, queue: Callable[[], CommandQueue], now: Callable[[], int], do: Callable[[Act], Command], feed: Feed,
        tell: Callable[[Message], None],
    ) -> None:  # fmt: skip
        self._queue, self._now, self._do, self._feed, self._tell = queue, now, do, feed, tell

    def release(self, command_ids: list[int]) -> Changes:
        """Send commands, in the queue's order; those with conditions wait, and are sent now where they wait already."""
        queue, now_ns, wanted = self._queue(), self._now(), set(command_ids)
        for command_id in command_ids:
            queue.prepare_release(now_ns, command_id)
        for command in [c for c in queue.commands if c.id in wanted]:
            conditional = command.after_done or (command.not_before_ns or 0) > now_ns
            if conditional and command.armed_ns is None:
                self._do(queue.prepare_arm(now_ns, command.id, True))
            else:
                self._send(command)
        return self.send_due() | {Change.QUEUE}

    def stop(self, command: Command) -> Changes:
        """Send a STOP; what waits is not to go on after it."""
        self._send(command)
        self.wait_no_more("STOP was sent")
        return {Change.QUEUE, Change.MESSAGES}

    def send_due(self) -> Changes:
        """Send what has waited as long as it had to; after a failure nothing waits on. The feed is told what is waited
        for, so that a fast clock does not run past it."""
        queue = self._queue()
        changes: Changes = set()
        failed = broken(queue)
        if failed is not None:
            self.wait_no_more(f"command {failed.id} {failed.name} has failed")
            changes |= {Change.QUEUE, Change.MESSAGES}
        while (command := next_due(queue, self._now())) is not None:
            self._send(command)
            changes.add(Change.QUEUE)
        self._feed.wait_for(awaited(queue, self._now()))
        return changes

    def wait_no_more(self, why: str) -> None:
        """What waits is queued again."""
        stopped = waiting(self._queue())
        for command in stopped:
            self._do(self._queue().prepare_arm(self._now(), command.id, False))
        if stopped:
            numbers = ", ".join(str(command.id) for command in stopped[:_MOST_NAMED])
            more = f" and {len(stopped) - _MOST_NAMED} more" if len(stopped) > _MOST_NAMED else ""
            self._tell(Message(f"{why}: {numbers}{more} wait no longer and are queued again", Severity.WARNING))

    def _send(self, command: Command) -> None:
        self._do(self._queue().prepare_release(self._now(), command.id))
        self._feed.uplink(command.id, command.packet)
