"""The reference tracks of a draft: its files are read and checked beside the window, once for each set of limits."""

from typing import Any, Final

from roverctl.core.nouns import Severity
from roverctl.session.api.draft import Draft
from roverctl.session.api.session import Message
from roverctl.session.api.traverse import TrackView
from roverctl.session.drafting.unpacking import tracks_of
from roverctl.session.work.bench import Bench

_STUDY: Final = "study"  # the process, shared with the study desk


class TrackDesk:
    """Asks for the files that a draft names and keeps what they hold.

    Parameters
    ----------
    bench
        Where they are read.
    messages
        Where problems are told.
    """

    def __init__(self, bench: Bench, messages: list[Message]) -> None:
        self._bench = bench
        self._messages = messages
        self._jobs: dict[int, str] = {}
        self._read: dict[str, tuple[TrackView, ...]] = {}
        self._limits: dict[str, object] = {}  # by which each was asked about
        self.found: tuple[TrackView, ...] = ()

    def draft_changed(self, draft: Draft) -> None:
        """Another draft: read what it names more, and check anew by other limits."""
        limits = _limits(draft)
        for file in draft.tracks:
            if self._limits.get(file) != limits:
                self._limits[file] = limits
                self._jobs[self._bench.ask_aside(_STUDY, "tracks", {"file": file, "draft": draft})] = file
        for file in set(self._limits) - set(draft.tracks):
            del self._limits[file]
        self._gather(draft)

    def contacts_changed(self, draft: Draft) -> None:
        """The stations take turns by another plan: what is checked over time is checked anew."""
        if draft.depart_ns is not None:
            self._limits.clear()
            self.draft_changed(draft)

    def _gather(self, draft: Draft) -> None:
        self.found = tuple(track for file in draft.tracks for track in self._read.get(file, ()))

    def waits_for(self, number: int) -> bool:
        """Whether an answer is one of these."""
        return number in self._jobs

    def take(self, number: int, problem: str, content: dict[str, Any], draft: Draft) -> None:
        """A file was read, or cannot be."""
        file = self._jobs.pop(number)
        if problem:
            self._read.pop(file, None)
            self._messages.append(Message(problem, Severity.WARNING))
        else:
            self._read[file] = tracks_of(content)
            if content["left"]:
                self._messages.append(Message(f"{file}: {content['left']} more lines are not shown", Severity.WARNING))
        self._gather(draft)

    def poll(self) -> bool:
        """Whether something was lost with its process; it is read with the next edit."""
        lost = set(self._jobs) - self._bench.under_way(_STUDY)
        for number in lost:
            self._limits.pop(self._jobs.pop(number), None)
        return bool(lost)


def _limits(draft: Draft) -> object:
    """What the check of a line depends on."""
    return draft.reach, draft.depart_ns, draft.need_contact
