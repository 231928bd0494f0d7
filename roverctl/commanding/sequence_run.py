"""A sequence as it is carried out: which of its commands may be released now, and when to ask again."""

from roverctl.commanding.queue import Command, CommandQueue, NewCommand
from roverctl.commanding.sequence import Sequence
from roverctl.core.nouns import Stage


class SequenceRun:
    """Puts a sequence's commands into a queue and says when each is due.

    A command that fails ends the sequence: what waits for it is never due.
    """

    def __init__(self, queue: CommandQueue, sequence: Sequence, now_ns: int) -> None:
        self._entries = sequence.entries
        new = [NewCommand(e.name, dict(e.arguments), e.comment, e.not_before_ns) for e in self._entries]
        self.commands: list[Command] = [queue.apply(act) for act in queue.prepare_all(now_ns, new)]
        self._next = 0

    @property
    def ended(self) -> bool:
        """Whether all have ended, or one has failed and what was released has ended."""
        released = self.commands[: self._next]
        done = all(command.ended for command in released)
        return done and (self._next == len(self.commands) or any(command.failed for command in released))

    @property
    def all_released(self) -> bool:
        """Whether every command has left."""
        return self._next == len(self.commands)

    def due_ns(self) -> int | None:
        """When the next command may be released; None where that is not known yet, or never."""
        if self._next == len(self.commands) or any(command.failed for command in self.commands[: self._next]):
            return None
        due_ns = self._entries[self._next].not_before_ns or 0
        if self._next > 0:
            before, entry = self.commands[self._next - 1], self._entries[self._next - 1]
            at_ns = before.released_ns
            if entry.completes:
                done = before.changes.get(Stage.COMPLETED)
                if done is None:
                    return None
                at_ns = done.learnt_ns
            assert at_ns is not None
            due_ns = max(due_ns, at_ns + entry.wait_ns)
        return due_ns

    def take(self, now_ns: int) -> Command | None:
        """The next command, if it is due; the caller releases it at once."""
        due_ns = self.due_ns()
        if due_ns is None or due_ns > now_ns:
            return None
        self._next += 1
        return self.commands[self._next - 1]
