"""The draft as a lunar day's plan: asked about at each edit while it is looked at; the last answer stays meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from roverctl.session.api.day import DayState
from roverctl.session.api.draft import Draft
from roverctl.session.api.values import Place
from roverctl.session.drafting.unpacking import day_of
from roverctl.session.work.bench import Bench

_STUDY: Final = "study"  # the process, shared with the study desk


class DayDesk:
    """One question is under way, and the newest draft waits.

    Parameters
    ----------
    bench
        Where it is worked out.
    now
        The clock, which begins a plan without a departure; UTC ns.
    """

    def __init__(self, bench: Bench, now: Callable[[], int]) -> None:
        self._bench, self._now = bench, now
        self._job: int | None = None
        self._asked: object = None  # of what draft the answer under way, or the last one, is
        self._way: object = None  # that the last answer's drives are of
        self._way_asked: object = None
        self._looked_at = False
        self.state = DayState()

    def look(self, looked_at: bool, draft: Draft, here_m: Place) -> None:
        """Whether the plan is looked at: then it follows the draft."""
        self._looked_at = looked_at
        self.draft_changed(draft, here_m)

    def draft_changed(self, draft: Draft, here_m: Place) -> None:
        """Another draft, perhaps of another day."""
        wanted = _question(draft)
        if wanted == self._asked and (self._job is not None or self.state.current or self.state.problem):
            return
        self.state = replace(self.state, current=False, problem="")
        if not self._looked_at:
            self._asked = None
            return
        self.state = replace(self.state, busy=True)
        if self._job is None:
            self._asked, self._way_asked = wanted, draft.way
            content = {"draft": draft, "start_m": here_m, "now_ns": self._now()}
            self._job = self._bench.ask_aside(_STUDY, "day", content)

    def contacts_changed(self, draft: Draft, here_m: Place) -> None:
        """The stations take turns by another plan."""
        self._asked = None
        self.draft_changed(draft, here_m)

    def has_route(self, sha256: str, draft: Draft) -> bool:
        """Whether a route is a drive of the draft's day, as far as that is known."""
        return self.state.view is not None and self._way == draft.way and sha256 in self.state.view.routes

    def waits_for(self, number: int) -> bool:
        """Whether an answer is this one's."""
        return number == self._job

    def take(self, problem: str, content: dict[str, Any], draft: Draft, here_m: Place) -> None:
        """The answer has come; where the draft is another by now it is asked about."""
        self._job = None
        if not problem:
            self.state, self._way = replace(self.state, view=day_of(content)), self._way_asked
        now_current = self._asked == _question(draft)
        self.state = replace(
            self.state, current=now_current and not problem, busy=False, problem=problem if now_current else ""
        )
        self.draft_changed(draft, here_m)

    def poll(self) -> bool:
        """Whether the answer was lost with its process."""
        if self._job is None or self._job in self._bench.under_way(_STUDY):
            return False
        self._job = self._asked = None
        self.state = replace(self.state, busy=False, problem="The planner has stopped; any edit plans anew.")
        return True


def _question(draft: Draft) -> object:
    return draft.day, draft.waivers
