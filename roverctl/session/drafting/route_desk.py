"""The route to the draft, and the line that follows the hand.

The last good route stays until the next one is there. One question of a kind is under way, and the newest waits.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from roverctl.session.api.draft import Draft, Stop
from roverctl.session.api.outlook import Begin
from roverctl.session.api.traverse import FollowLine, PlanState
from roverctl.session.api.values import Place
from roverctl.session.drafting.unpacking import follow_of, route_of
from roverctl.session.work.bench import Bench

_ROUTE: Final = "route"  # the process
# A plan that is no longer wanted is ended after so many polls (2 s): a new process needs about one to start.
_PATIENCE: Final = 60


class RouteDesk:
    """Keeps the plan's state: what is shown of the draft and of its route.

    Parameters
    ----------
    bench
        Where routes are made.
    here, begin
        Where a route begins, and what that comes from.
    now
        The clock, UTC ns.
    draft
        The first, which is asked about once the rover is known.
    """

    def __init__(
        self, bench: Bench, here: Callable[[], Place], begin: Callable[[], Begin | None], now: Callable[[], int],
        draft: Draft,
    ) -> None:  # fmt: skip
        self._bench = bench
        self._here, self._begin, self._now = here, begin, now
        self._polls = 0
        self._plan_job: int | None = None
        self._plan_since = 0
        self._plan_asked: object = None  # the question that is under way, or was answered last
        self._plan_number = 0
        self._plan_waits = bool(draft.stops)
        self._prepared = False
        self._warm_job: int | None = None
        self._hand: tuple[int, bool, Place] | None = None  # the newest place, until it is asked about
        self._held: Draft | None = None  # what the fields in the process were made for
        self._follow_job: int | None = None
        self.document = ""  # the route as GeoJSON
        self.state = PlanState(draft=draft, busy=self._plan_waits)

    def draft_changed(self, draft: Draft, undo_word: str, redo_word: str) -> None:
        """The draft is another."""
        before = self.state
        state = replace(before, draft=draft, number=before.number + 1, undo_word=undo_word, redo_word=redo_word)
        self._hand = None
        if draft.question == before.draft.question:  # names and notes: the route stays what it is
            self.state = replace(state, route_of=state.number if before.current else before.route_of)
            return
        state = replace(state, current=False, problem="", offer_m=None)
        if not draft.stops:
            self._plan_job = self._plan_asked = None
            self._plan_waits = False
            self.document = ""
            self.state = replace(state, busy=False, route=None, line=None)
            return
        self.state = replace(state, busy=True)
        self._plan_waits = True
        self._go_on()

    def plan_anew(self) -> None:
        """The rover will be elsewhere."""
        self.state = replace(self.state, current=False, busy=True)
        self._plan_waits = True
        self._go_on()

    def contacts_changed(self) -> None:
        """The stations take turns by another plan: a route over time is no longer what it was, and is planned anew."""
        state, self._held = self.state, None  # the process has dropped its fields
        if state.draft.stops and state.draft.depart_ns is not None:
            self._hand = None
            self._plan_waits, self._plan_asked = True, None
            self.state = replace(state, current=False, problem="", offer_m=None, busy=True)
            self._go_on()

    def follow(self, number: int, inserted: bool, place_m: Place | None) -> None:
        """The hand is there now."""
        if place_m is None:  # the line stays until the route is there
            self._hand = self._held = None
            if not self.state.busy:
                self.state = replace(self.state, line=None)
            return
        self._hand = (number, inserted, place_m)
        self._go_on()

    # Asking

    def _go_on(self) -> None:
        """Ask what waits, where nothing of its kind is under way."""
        if self._plan_waits and self._plan_job is None:
            draft = self.state.draft
            self._plan_waits = False
            self._plan_asked, self._plan_number, self._plan_since = draft.question, self.state.number, self._polls
            self.state = replace(self.state, begin=self._begin())
            asked = {"draft": draft, "start_m": self._here(), "begin": self.state.begin, "now_ns": self._now()}
            self._plan_job = self._ask("plan", asked)
            self._held = None
        if self._hand is not None and self._follow_job is None and self._plan_job is None:
            number, inserted, place = self._hand
            self._hand = None
            draft = _with_hand(self.state.draft, number, inserted, place)
            content = {"number": number, "place_m": place, "start_m": self._here()}
            if self._held is None:
                self._held = draft
                self._follow_job = self._ask("hold", {**content, "draft": draft})
            else:
                self._follow_job = self._ask("follow", content)

    def _ask(self, kind: str, content: dict[str, Any]) -> int:
        self.prepare()
        return self._bench.ask_aside(_ROUTE, kind, content)

    def prepare(self) -> None:
        """Load what planning needs, once."""
        if not self._prepared:
            self._prepared = True
            self._warm_job = self._bench.ask_aside(_ROUTE, "warm", {"start_m": self._here()})
            self.state = replace(self.state, preparing=True)

    def poll(self, rover_known: bool) -> bool:
        """Ask what waits, end what nobody wants any more; whether something was lost with its process."""
        self._polls += 1
        lost = self._prepared and not self._bench.under_way(_ROUTE) and self._asks
        if lost:
            self._lost()
        unwanted = self._plan_job is not None and self._plan_waits and self._warm_job is None
        if unwanted and self._polls - self._plan_since > _PATIENCE:
            self._bench.give_up(_ROUTE)
            self._plan_job = self._follow_job = self._held = None
        if rover_known or self.state.number:
            self._go_on()
        return lost

    @property
    def _asks(self) -> bool:
        return (self._plan_job, self._follow_job, self._warm_job) != (None, None, None)

    def _lost(self) -> None:
        """The process is gone with what it was at."""
        asked = self._plan_job is not None
        self._plan_job = self._follow_job = self._warm_job = self._held = None
        self.state = replace(self.state, preparing=False)
        if asked and not self._plan_waits:
            problem = "The planner has stopped; any edit plans anew."
            self.state = replace(self.state, busy=False, problem=problem, line=None)

    # Answers

    def take(self, number: int, problem: str, content: dict[str, Any]) -> bool:
        """An answer has come; whether something changed: nobody may wait for it any more."""
        problem = problem or content.get("problem", "")
        if number == self._warm_job:
            self._warm_job = None
            self.state = replace(self.state, preparing=False)
            return True
        if number == self._follow_job:
            self._follow_job = None
            changed = self._take_line(problem, content)
            self._go_on()
            return changed
        if number != self._plan_job:
            return False
        self._plan_job = None
        if self._plan_asked == self.state.draft.question and not self._plan_waits:
            self._take_plan(problem, content)
        elif not problem and self._plan_waits:  # of the draft before: better than the one shown
            self.state = replace(self.state, route=route_of(content), route_of=self._plan_number)
        self._go_on()
        return True

    def _take_plan(self, problem: str, content: dict[str, Any]) -> None:
        if problem:
            offer = content.get("offer_m")
            self.state = replace(
                self.state, busy=False, line=None, problem=problem, offer_stop=int(content.get("offer_stop", -1)),
                offer_m=None if offer is None else (offer[0], offer[1]),
            )  # fmt: skip
            return
        self.document = content["document"]
        self.state = replace(
            self.state, busy=False, problem="", offer_m=None, route=route_of(content), route_of=self.state.number,
            current=True, line=None,
        )  # fmt: skip

    def _take_line(self, problem: str, content: dict[str, Any]) -> bool:
        if self._held is None and self._hand is None:  # the hand has let go
            return False
        line: FollowLine | None = None
        if content.get("beyond"):
            self._held = None  # ask again, with the ground around the hand
            if self._hand is None:
                return False
        elif not problem:
            line = follow_of(content)
        else:
            self._held = None
        if line is None and self.state.line is None:
            return False
        self.state = replace(self.state, line=line)
        return True


def _with_hand(draft: Draft, number: int, inserted: bool, place_m: Place) -> Draft:
    """The draft with the held stop where the hand is."""
    stops = list(draft.stops)
    if inserted or number >= len(stops):
        stops.insert(number, Stop(place_m))
    else:
        stops[number] = replace(stops[number], place_m=place_m)
    return replace(draft, stops=tuple(stops))
