"""What else is asked about a draft: alternatives, departures, order, chances, reach; in a process of their own."""

from dataclasses import replace
from typing import Any, Final

from roverctl.core.errors import InputError
from roverctl.core.nouns import Severity
from roverctl.session.api.draft import Draft
from roverctl.session.api.session import Message
from roverctl.session.api.traverse import Studies
from roverctl.session.api.values import Place
from roverctl.session.drafting.unpacking import alternatives_of, chances_of, reach_of, sweep_of
from roverctl.session.work.bench import Bench

_STUDY: Final = "study"  # the process
Order = tuple[tuple[int, ...], tuple[tuple[int, int, float | None], ...]]


class StudyDesk:
    """Asks, and keeps what was found for as long as it is about the draft.

    Parameters
    ----------
    bench
        Where it is worked out.
    messages
        Where problems are told.
    """

    def __init__(self, bench: Bench, messages: list[Message]) -> None:
        self._bench = bench
        self._messages = messages
        self._jobs: dict[int, tuple[str, object]] = {}  # what it is, and for which question
        self.found = Studies()

    def ask(self, kind: str, content: dict[str, Any], draft: Draft, start_m: Place) -> None:
        """Ask about a draft; not twice at a time.

        Raises
        ------
        InputError
            When the draft has no stop; the reach needs none.
        """
        if not draft.stops and kind != "reach":
            raise InputError("there is no route yet: click the goal on the map")
        if kind not in self.found.under_way:
            number = self._bench.ask_aside(_STUDY, kind, {**content, "draft": draft, "start_m": start_m})
            self._jobs[number] = kind, _question(kind, draft)
            self.found = replace(self.found, under_way=self.found.under_way | {kind})

    def hide_reach(self) -> None:
        """The lines are no longer wanted."""
        self.found = replace(self.found, reach=None)

    def outdate(self, before: Draft, draft: Draft, start_m: Place) -> None:
        """The draft is another: what was found is no longer true. Departures that were compared stay while only the
        chosen one changes. The reach that is shown is asked for anew, where it depends on what was changed."""
        reach = self.found.reach
        sweep = self.found.sweep if _question("sweep", before) == _question("sweep", draft) else None
        self.found = Studies(reach=reach, sweep=sweep, under_way=self.found.under_way)
        if reach is not None and before.reach != draft.reach:
            self.found = replace(self.found, reach=None)
            self.ask("reach", {"seconds": list(reach.seconds)}, draft, start_m)

    def contacts_changed(self) -> None:
        """The stations take turns by another plan: what was found and what is under way is no longer true. The
        reach knows no contacts.
        """
        self.found = Studies(reach=self.found.reach, under_way=self.found.under_way)
        self._jobs = {n: (kind, of if kind == "reach" else None) for n, (kind, of) in self._jobs.items()}

    def waits_for(self, number: int) -> bool:
        """Whether an answer is one of these."""
        return number in self._jobs

    def poll(self) -> bool:
        """Whether something was lost with its process."""
        lost = set(self._jobs) - self._bench.under_way(_STUDY)
        for number in lost:
            self._done(self._jobs.pop(number)[0])
        return bool(lost)

    def _done(self, kind: str) -> None:
        self.found = replace(self.found, under_way=self.found.under_way - {kind})

    def take(self, number: int, problem: str, content: dict[str, Any], draft: Draft, start_m: Place) -> Order | None:
        """An answer has come; the order of the stops and the day's waits in it, where that was asked."""
        kind, of = self._jobs.pop(number)
        self._done(kind)
        if of != _question(kind, draft):  # another draft by now
            if kind == "reach" and not problem:
                self.ask("reach", {"seconds": content["seconds"]}, draft, start_m)
            return None
        if problem:
            self._messages.append(Message(problem, Severity.WARNING))
        elif kind == "order":
            return tuple(content["order"]), tuple((place, number, s) for place, number, s in content["waits"])
        elif kind == "alternatives":
            self.found = replace(self.found, alternatives=alternatives_of(content))
        elif kind == "sweep":
            self.found = replace(self.found, sweep=sweep_of(content))
        elif kind == "chances":
            self.found = replace(self.found, chances=chances_of(content))
        elif kind == "reach":
            self.found = replace(self.found, reach=reach_of(content))
        return None


def _question(kind: str, draft: Draft) -> object:
    """What of a draft a study depends on."""
    if kind == "reach":
        return draft.reach
    return replace(draft, depart_ns=None).way if kind == "sweep" else draft.way
