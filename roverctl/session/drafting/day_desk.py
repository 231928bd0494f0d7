"""The draft as a lunar day's plan: asked about at each edit while it is looked at; the last answer stays meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from roverctl.session.api.day import DayState
from roverctl.session.api.draft import Draft
from roverctl.session.api.outlook import Begin
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
    here
        Where one begins while nothing is known of the rover.
    """

    def __init__(self, bench: Bench, now: Callable[[], int], here: Callable[[], Place]) -> None:
        self._bench, self._now, self._here = bench, now, here
        self._job: int | None = None
        self._asked: object = None  # of what draft the answer under way, or the last one, is
        self._looked_at = False
        self.state = DayState()

    def look(self, looked_at: bool, draft: Draft, begin: Begin | None) -> None:
        """Whether the plan is looked at: then it follows the draft."""
        self._looked_at = looked_at
        self.draft_changed(draft, begin)

    def plan_anew(self, draft: Draft, begin: Begin | None) -> None:
        """The rover will be elsewhere, or the stations take turns by another plan."""
        self._asked = None
        self.draft_changed(draft, begin)

    def draft_changed(self, draft: Draft, begin: Begin | None) -> None:
        """Another draft, perhaps of another day."""
        wanted = (draft.day, draft.waivers)
        if wanted == self._asked and (self._job is not None or self.state.current or self.state.problem):
            return
        self.state = replace(self.state, current=False, problem="")
        if not self._looked_at:
            self._asked = None
            return
        self.state = replace(self.state, busy=True)
        if self._job is None:
            self._asked = wanted
            self.state = replace(self.state, begin=begin)
            content = {
                "draft": draft, "start_m": self._here(), "now_ns": self._now(), "begin": begin,
            }  # fmt: skip
            self._job = self._bench.ask_aside(_STUDY, "day", content)

    def waits_for(self, number: int) -> bool:
        """Whether an answer is this one's."""
        return number == self._job

    def take(self, problem: str, content: dict[str, Any], draft: Draft, begin: Begin | None) -> None:
        """The answer has come; where the draft is another by now it is asked about."""
        self._job = None
        if not problem:
            self.state = replace(self.state, view=day_of(content))
        now_current = self._asked == (draft.day, draft.waivers)
        self.state = replace(
            self.state, current=now_current and not problem, busy=False, problem=problem if now_current else ""
        )
        self.draft_changed(draft, begin)

    def poll(self) -> bool:
        """Whether the answer was lost with its process."""
        if self._job is None or self._job in self._bench.under_way(_STUDY):
            return False
        self._job = self._asked = None
        self.state = replace(self.state, busy=False, problem="The planner has stopped; any edit plans anew.")
        return True
