"""Commands of the queue, as shown."""

from dataclasses import dataclass
from enum import StrEnum

from roverctl.core.nouns import Stage


class CommandState(StrEnum):
    """Where a command of the queue stands, on our side."""

    QUEUED = "queued"
    HELD = "held"
    WAITING = "waiting"  # let go, for its time or for what is under way to end
    RELEASED = "released"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StageView:
    """One cell of a command's row. Until ``learnt_ns`` a stage is hollow, and late once ``predicted_ns`` has passed."""

    stage: Stage
    predicted_ns: int | None = None  # when the evidence is due here
    occurred_ns: int | None = None
    learnt_ns: int | None = None
    failed: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command of the queue, as shown. ``stages`` has all eight, in order."""

    id: int
    name: str
    arguments: str  # in a few characters
    state: CommandState
    significance: str
    stages: tuple[StageView, ...]
    note: str  # in words, where it is now: 'queued', 'at relay', 'progress 18 %', 'late 0.8 s'
    late: bool
    done_by_ns: int | None  # predicted completion, or the real one once learnt
    comment: str = ""  # what it was made from, and who let what be
    details: str = ""  # the arguments in full, '' where the short form says it all
    not_before_ns: int | None = None  # it does not leave before
    outdated: bool = False  # made from a route, and has not left, and the draft's is another by now
