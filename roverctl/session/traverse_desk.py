"""The traverse being planned: its draft with undo and redo, the route to it, what follows the hand, what else is asked.

A draft is saved, then asked about; the last good route stays until the next one is there. One question of a kind is
under way, and the newest waits.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from roverctl.core.errors import CommandRefusedError, InputError
from roverctl.core.nouns import Severity
from roverctl.mission.mdb import Value
from roverctl.mission.profile import Mission
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.draft import Draft, Edit, Stop
from roverctl.session.api.session import Message
from roverctl.session.api.traverse import FollowLine, PlanState, RouteView
from roverctl.session.api.values import Place
from roverctl.session.drafting.draft_file import read_draft, write_draft
from roverctl.session.drafting.edits import add_marks, order_stops
from roverctl.session.drafting.history import DraftHistory
from roverctl.session.drafting.study_desk import StudyDesk
from roverctl.session.drafting.unpacking import follow_of, route_of
from roverctl.session.work.bench import Bench
from roverctl.traverse.files.annotation_file import read_annotations, write_annotations

ROUTE_KINDS: Final = frozenset({"warm", "plan", "hold", "follow", "alternatives", "sweep", "order", "chances", "reach"})
_ROUTE = "route"  # the process
# A plan that is no longer wanted is ended after so many polls (2 s): a new process needs about one to start.
_PATIENCE: Final = 60
_MOST_TOLD: Final = 5  # features of a file, one by one
_TELEMETRY_WAIT: Final = 90  # polls until a restored draft is planned from where the rover began


class TraverseDesk:
    """Implements ``session.api.traverse.Traverse``.

    Parameters
    ----------
    bench
        Where routes are made.
    mission
        Says how steep a plan may be until another limit is asked for, and where longitude and latitude are.
    start
        Where a route begins: the rover's place; None while nothing is known of it.
    add_command
        Puts a command with its comment at the end of the queue.
    folder
        The operation's, which keeps the draft and the routes that became commands; None in replay.
    """

    def __init__(
        self,
        bench: Bench,
        mission: Mission,
        start: Callable[[], Place | None],
        add_command: Callable[[str, dict[str, Value], str], Changes],
        folder: Path | None,
    ) -> None:
        self._bench = bench
        self._start = start
        self._mission = mission
        self._add_command = add_command
        self._folder = folder
        self.messages: list[Message] = []
        draft, problem = Draft(max_slope_rad=mission.vehicle.plan_slope_rad), ""
        if folder is not None:
            draft, problem = read_draft(folder, draft)
        if problem:
            self.messages.append(Message(problem, Severity.WARNING))
        self._history = DraftHistory(draft)
        self._document = ""
        self._polls = 0
        self._plan_job: int | None = None
        self._plan_since = 0
        self._plan_asked: object = None  # the question that is under way, or was answered last
        self._plan_number = 0
        self._plan_waits = bool(draft.stops)  # a restored draft, until the rover is known
        self._prepared = False
        self._warm_job: int | None = None
        self._hand: tuple[int, bool, Place] | None = None  # the newest place, until it is asked about
        self._held: Draft | None = None  # what the fields in the process were made for
        self._follow_job: int | None = None
        self._studies = StudyDesk(bench, self.messages)
        self.state = PlanState(draft=draft, busy=self._plan_waits)

    @property
    def route(self) -> RouteView:
        """The planned route of the draft as it is.

        Raises
        ------
        CommandRefusedError
            When there is none.
        """
        if self.state.route is None or not self.state.draft.stops:
            raise CommandRefusedError("no route has been planned")
        if not self.state.current:
            raise CommandRefusedError("the route on the map is that of an earlier draft; wait for the new one")
        return self.state.route

    # Edits

    def edit(self, edit: Edit) -> Changes:
        """The next draft; what was waived holds for its way alone."""
        if edit.draft.way != self._history.now.way:
            edit = replace(edit, draft=replace(edit.draft, waivers=()))
        if not self._history.do(edit):
            return set()
        return self._changed()

    def undo(self) -> Changes:
        """A step back."""
        return self._changed() if self._history.undo() else set()

    def redo(self) -> Changes:
        """A step forth again."""
        return self._changed() if self._history.redo() else set()

    def _changed(self) -> Changes:
        """The draft is another: it is saved first. What cannot be saved is told, and is planned all the same."""
        before, draft = self.state, self._history.now
        if self._folder is not None:
            try:
                write_draft(self._folder, draft)
            except InputError as error:
                self.messages.append(Message(str(error), Severity.WARNING))
        state = replace(
            before, draft=draft, number=before.number + 1,
            undo_word=self._history.undo_word, redo_word=self._history.redo_word,
        )  # fmt: skip
        self._hand = None
        if draft.question == before.draft.question:  # names and notes: the route stays what it is
            self.state = replace(state, route_of=state.number if before.current else before.route_of)
            return {Change.ROUTE}
        if not draft.stops:
            self._forget_plan()
            self._plan_asked = None
            self._document = ""
            self.state = replace(
                state,
                busy=False,
                route=None,
                current=False,
                problem="",
                offer_m=None,
                line=None,
                studies=self._studies.outdate(),
            )
            return {Change.ROUTE}
        self.state = replace(
            state, busy=True, current=False, problem="", offer_m=None,
            studies=self._studies.outdate(),
        )  # fmt: skip
        self._plan_waits = True
        self._go_on()
        return {Change.ROUTE}

    # Planning

    def _here(self) -> Place:
        begin = self._mission.start_state
        return self._start() or (begin.east_m, begin.north_m)

    def _go_on(self) -> None:
        """Ask what waits, where nothing of its kind is under way."""
        if self._plan_waits and self._plan_job is None:
            draft = self.state.draft
            self._plan_waits = False
            self._plan_asked, self._plan_number, self._plan_since = draft.question, self.state.number, self._polls
            self._plan_job = self._ask("plan", {"draft": draft, "start_m": self._here()})
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
        if not self._prepared:
            self.prepare()
        return self._bench.ask_aside(_ROUTE, kind, content)

    def prepare(self) -> None:
        """Load what planning needs."""
        if not self._prepared:
            self._prepared = True
            self._warm_job = self._bench.ask_aside(_ROUTE, "warm", {"start_m": self._here()})
            self.state = replace(self.state, preparing=True)

    def _forget_plan(self) -> None:
        self._plan_job, self._plan_waits = None, False

    def poll(self) -> Changes:
        """Time passes: what waits is asked, what nobody wants any more is ended, what is lost is told."""
        self._polls += 1
        changes: Changes = set()
        jobs = self._bench.under_way(_ROUTE)
        if self._prepared and not jobs and (self._plan_job, self._follow_job, self._warm_job) != (None, None, None):
            changes |= self._lost()
        unwanted = self._plan_job is not None and self._plan_waits and self._warm_job is None
        if unwanted and self._polls - self._plan_since > _PATIENCE:
            self._bench.give_up(_ROUTE)
            self._plan_job = self._follow_job = self._held = None
        if self._start() is not None or self._polls > _TELEMETRY_WAIT or self.state.number:
            self._go_on()
        if self._studies.poll():
            changes |= self._with_studies()
        return changes

    def _lost(self) -> Changes:
        """The process is gone with what it was at."""
        asked = self._plan_job is not None
        self._plan_job = self._follow_job = self._warm_job = self._held = None
        self.state = replace(self.state, preparing=False)
        if asked and not self._plan_waits:
            self.state = replace(
                self.state, busy=False, problem="The planner has stopped; any edit plans anew.", line=None
            )
        return {Change.ROUTE}

    def follow(self, number: int, inserted: bool, place_m: Place | None) -> None:
        """The hand is there now."""
        if place_m is None:  # the line stays until the route is there
            self._hand = self._held = None
            if not self.state.busy:
                self.state = replace(self.state, line=None)
            return
        self._hand = (number, inserted, place_m)
        self._go_on()

    # Studies, which the study desk keeps

    def compare(self) -> Changes:
        """Routes by other objectives."""
        return self._ask_study("alternatives", {})

    def sweep(self, from_ns: int) -> Changes:
        """Departures from a time to night."""
        return self._ask_study("sweep", {"from_ns": from_ns})

    def order(self) -> Changes:
        """The best order of the stops."""
        if len(self.state.draft.stops) < 3:
            raise InputError("there is one order only; set two waypoints or more before the goal")
        return self._ask_study("order", {})

    def chances(self, sigma_m: float, length_m: float) -> Changes:
        """How sure the route is."""
        return self._ask_study("chances", {"sigma_m": sigma_m, "length_m": length_m})

    def reach(self, seconds: tuple[float, ...]) -> Changes:
        """How far one comes."""
        if not seconds:
            self._studies.hide_reach()
            return self._with_studies()
        return self._ask_study("reach", {"seconds": list(seconds)})

    def _ask_study(self, kind: str, content: dict[str, Any]) -> Changes:
        self._studies.ask(kind, content, self.state.draft, self._here())
        return self._with_studies()

    def _with_studies(self) -> Changes:
        self.state = replace(self.state, studies=self._studies.found)
        return {Change.ROUTE}

    def _take_study(self, number: int, problem: str, content: dict[str, Any]) -> Changes:
        order = self._studies.take(number, problem, content, self.state.draft)
        self._with_studies()
        if order is None:
            return {Change.ROUTE}
        edit = order_stops(self.state.draft, order)
        if edit.draft.question == self.state.draft.question:
            self.messages.append(Message("The stops are in the best order already.", Severity.INFO))
            return {Change.ROUTE}
        return self.edit(edit)

    # Answers

    def take(self, kind: str, number: int, problem: str, content: dict[str, Any]) -> Changes:
        """An answer has come; nothing changes when nobody waits for it any more."""
        if self._studies.waits_for(number):
            return self._take_study(number, problem, content)
        if number == self._warm_job:
            self._warm_job = None
            self.state = replace(self.state, preparing=False)
            return {Change.ROUTE}
        if number == self._follow_job:
            self._follow_job = None
            changes = self._take_line(problem or content.get("problem", ""), content)
            self._go_on()
            return changes
        if number != self._plan_job:
            return set()
        self._plan_job = None
        if self._plan_asked == self.state.draft.question and not self._plan_waits:
            self._take_plan(problem or content.get("problem", ""), content)
        elif not problem and "view" in content and self._plan_waits:  # of the draft before: better than the one shown
            self.state = replace(self.state, route=route_of(content), route_of=self._plan_number)
        self._go_on()
        return {Change.ROUTE}

    def _take_plan(self, problem: str, content: dict[str, Any]) -> None:
        if problem:
            offer = content.get("offer_m")
            self.state = replace(
                self.state, busy=False, line=None, problem=problem, offer_stop=int(content.get("offer_stop", -1)),
                offer_m=None if offer is None else (offer[0], offer[1]),
            )  # fmt: skip
            return
        self._document = content["document"]
        self.state = replace(
            self.state, busy=False, problem="", offer_m=None, route=route_of(content), route_of=self.state.number,
            current=True, line=None,
        )  # fmt: skip

    def _take_line(self, problem: str, content: dict[str, Any]) -> Changes:
        if self._held is None and self._hand is None:  # the hand has let go
            return set()
        line: FollowLine | None = None
        if content.get("beyond"):
            self._held = None  # ask again, with the ground around the hand
            if self._hand is None:
                return set()
        elif not problem:
            line = follow_of(content)
        else:
            self._held = None
        if line is None and self.state.line is None:
            return set()
        self.state = replace(self.state, line=line)
        return {Change.ROUTE}

    # What becomes of it

    def queue(self) -> Changes:
        """One FOLLOW_ROUTE; the route itself is kept in the operation folder, under its hash."""
        route = self.route
        if route.refused:
            raise CommandRefusedError(route.refused)
        changes = self._add_command("FOLLOW_ROUTE", {"waypoints": list(route.waypoints)}, route.comment)
        if self._folder is not None:
            self.save(self._folder / "routes" / f"R-{route.sha256[:16]}.geojson")
        return changes

    def save(self, file: Path) -> None:
        """Write the route as GeoJSON.

        Raises
        ------
        RoverctlError
            When there is none, or the file cannot be written.
        """
        _ = self.route
        try:
            file.write_text(self._document, encoding="utf-8")
        except OSError as error:
            raise InputError(f"{file}: cannot be written: {error.strerror}") from None

    def import_marks(self, file: Path) -> Changes:
        """What a file has, as one edit; what cannot be taken is told."""
        marks, problems = read_annotations(file, self._mission)
        for problem in problems[:_MOST_TOLD]:
            self.messages.append(Message(problem, Severity.WARNING))
        if len(problems) > _MOST_TOLD:
            left = len(problems) - _MOST_TOLD
            self.messages.append(Message(f"{file}: {left} more features cannot be taken", Severity.WARNING))
        if not marks:
            raise InputError(f"{file}: no zone or point that can be taken")
        return self.edit(add_marks(self.state.draft, marks, file.name))

    def export_marks(self, file: Path) -> None:
        """Write them."""
        write_annotations(file, self.state.draft.marks, self._mission)


def _with_hand(draft: Draft, number: int, inserted: bool, place_m: Place) -> Draft:
    """The draft with the held stop where the hand is."""
    stops = list(draft.stops)
    if inserted or number >= len(stops):
        stops.insert(number, Stop(place_m))
    else:
        stops[number] = replace(stops[number], place_m=place_m)
    return replace(draft, stops=tuple(stops))
