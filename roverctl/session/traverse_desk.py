"""The traverse being planned: its draft with undo and redo, what is found out about it, and what becomes of it.

A draft is saved, then asked about: its route (``drafting.route_desk``), its day (``day_desk``), other studies.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from roverctl.commanding.queue import Command, NewCommand
from roverctl.core.errors import CommandRefusedError, InputError
from roverctl.core.nouns import Severity
from roverctl.mission.profile import Mission
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.draft import DAY_WAIVER, Draft, Edit, serial_of
from roverctl.session.api.outlook import Begin
from roverctl.session.api.session import Message
from roverctl.session.api.traverse import PlanState, RouteView
from roverctl.session.api.values import Place
from roverctl.session.drafting.begins import passed_text
from roverctl.session.drafting.day_desk import DayDesk
from roverctl.session.drafting.day_edits import wait_for_contact
from roverctl.session.drafting.day_plans import HERE_M, day_plan_of, open_plan
from roverctl.session.drafting.draft_file import read_draft, write_draft
from roverctl.session.drafting.edits import add_marks, open_track, order_stops
from roverctl.session.drafting.history import DraftHistory
from roverctl.session.drafting.route_desk import RouteDesk
from roverctl.session.drafting.study_desk import StudyDesk
from roverctl.session.drafting.track_desk import TrackDesk
from roverctl.session.work.bench import Bench
from roverctl.traverse.commanded import PlannedCommand
from roverctl.traverse.day_plan.file import plan_to_geojson, read_plan
from roverctl.traverse.files.annotation_file import read_annotations, write_annotations

ROUTE_KINDS: Final = frozenset(
    {"warm", "plan", "hold", "follow", "alternatives", "sweep", "order", "chances", "reach", "day", "tracks"}
)
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
    begin
        Where and how a plan begins; None while nothing is known of the rover.
    now
        The clock, UTC ns.
    add_commands
        Puts commands at the end of the queue, all or none.
    folder
        The operation's, which keeps the draft and the routes that became commands; None in replay.
    """

    def __init__(
        self,
        bench: Bench,
        mission: Mission,
        begin: Callable[[], Begin | None],
        now: Callable[[], int],
        add_commands: Callable[[list[NewCommand]], Changes],
        folder: Path | None,
    ) -> None:
        self._begin, self._now = begin, now
        self._mission = mission
        self._add_commands = add_commands
        self._folder = folder
        self._polls = 0
        self.messages: list[Message] = []
        draft, problem = Draft(max_slope_rad=mission.vehicle.plan_slope_rad), ""
        if folder is not None:
            draft, problem = read_draft(folder, draft)
        if problem:
            self.messages.append(Message(problem, Severity.WARNING))
        self._history = DraftHistory(draft)
        self._routes = RouteDesk(bench, self._here, begin, now, draft)
        self._studies = StudyDesk(bench, self.messages)
        self._day = DayDesk(bench, now, self._here)
        self._tracks = TrackDesk(bench, self.messages)

    @property
    def state(self) -> PlanState:
        """The draft, and what is known of it."""
        return self._routes.state

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

    def _here(self) -> Place:
        begin, start = self._begin(), self._mission.start_state
        return (start.east_m, start.north_m) if begin is None else begin.place_m

    def _must_begin_here(self, begin: Begin | None, plan_anew: Callable[[], None]) -> None:
        """Refuse a plan that was made from another place than where the rover will be, and make it anew.

        Raises
        ------
        CommandRefusedError
            How far apart they are.
        """
        now = self._begin()
        if begin is None or now is None or math.dist(begin.place_m, now.place_m) <= HERE_M:
            return
        plan_anew()
        self._with_findings()
        apart_m = math.dist(begin.place_m, now.place_m)
        raise CommandRefusedError(
            f"this was planned from a place {apart_m:.1f} m from where the rover will be by then; it is planned anew"
        )

    # Edits

    def edit(self, edit: Edit) -> Changes:
        """The next draft; what was waived holds for its way alone, and what was of the day for that day."""
        draft, now = edit.draft, self._history.now
        if draft.way != now.way:
            draft = replace(draft, waivers=())
        elif draft.day != now.day:
            kept = tuple(waiver for waiver in draft.waivers if not waiver.violation.startswith(DAY_WAIVER))
            draft = replace(draft, waivers=kept)
        if not self._history.do(replace(edit, draft=draft)):
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
        before, draft = self.state.draft, self._history.now
        if self._folder is not None:
            try:
                write_draft(self._folder, draft)
            except InputError as error:
                self.messages.append(Message(str(error), Severity.WARNING))
        self._routes.draft_changed(draft, self._history.undo_word, self._history.redo_word)
        if draft.way != before.way:
            self._studies.outdate(before, draft, self._here())
        self._day.draft_changed(draft, self._begin())
        self._tracks.draft_changed(draft)
        return self._with_findings()

    def _with_findings(self) -> Changes:
        self._routes.state = replace(
            self.state, studies=self._studies.found, day=self._day.state, tracks=self._tracks.found
        )
        return {Change.ROUTE}

    def contacts_changed(self) -> Changes:
        """The stations take turns by another plan: what is known of routes over time is asked for anew."""
        draft = self.state.draft
        self._routes.contacts_changed()
        self._studies.contacts_changed()
        self._day.plan_anew(draft, self._begin())
        self._tracks.contacts_changed(draft)
        return self._with_findings()

    # Planning

    def prepare(self) -> None:
        """Load what planning needs."""
        self._routes.prepare()

    def follow(self, number: int, inserted: bool, place_m: Place | None) -> None:
        """The hand is there now."""
        self._routes.follow(number, inserted, place_m)

    def poll(self) -> Changes:
        """Time passes: what waits is asked, what nobody wants any more is ended, what is lost is told."""
        self._polls += 1
        changes: Changes = set()
        if self._polls == 1 and self.state.draft.tracks:  # of a restored draft
            self._tracks.draft_changed(self.state.draft)
        if self._routes.poll(self._begin() is not None or self._polls > _TELEMETRY_WAIT):
            changes.add(Change.ROUTE)
        if self._studies.poll() | self._day.poll() | self._tracks.poll():
            changes |= self._with_findings()
        return changes

    # What else is asked

    def compare(self) -> Changes:
        """Routes by other objectives."""
        return self._ask_study("alternatives", {})

    def sweep(self, from_ns: int) -> Changes:
        """Departures from a time to night."""
        return self._ask_study("sweep", {"from_ns": from_ns, "begin": self._begin()})

    def order(self) -> Changes:
        """The best order of the stops."""
        if len(self.state.draft.stops) < 3:
            raise InputError("there is one order only; set two waypoints or more before the goal")
        return self._ask_study("order", {"now_ns": self._now(), "begin": self._begin()})

    def chances(self, sigma_m: float, length_m: float) -> Changes:
        """How sure the route is."""
        return self._ask_study("chances", {"sigma_m": sigma_m, "length_m": length_m})

    def reach(self, seconds: tuple[float, ...]) -> Changes:
        """How far one comes."""
        if not seconds:
            self._studies.hide_reach()
            return self._with_findings()
        return self._ask_study("reach", {"seconds": list(seconds)})

    def _ask_study(self, kind: str, content: dict[str, Any]) -> Changes:
        self._studies.ask(kind, content, self.state.draft, self._here())
        return self._with_findings()

    def wait_for_contact(self) -> Changes:
        """The day's plan, with its waits."""
        view = self.state.day.view
        if view is None or not self.state.day.current or not view.waits:
            raise InputError("there is nothing to wait for: all is commanded in contact, or there is none before night")
        return self.edit(wait_for_contact(self.state.draft, view.waits))

    def look_at_day(self, looked_at: bool) -> Changes:
        """Whether the plan of the day is looked at."""
        self._day.look(looked_at, self.state.draft, self._begin())
        return self._with_findings()

    # Answers

    def take(self, kind: str, number: int, problem: str, content: dict[str, Any]) -> Changes:
        """An answer has come; nothing changes when nobody waits for it any more."""
        if self._day.waits_for(number):
            self._day.take(problem, content, self.state.draft, self._begin())
            return self._with_findings()
        if self._tracks.waits_for(number):
            self._tracks.take(number, problem, content, self.state.draft)
            return self._with_findings()
        if self._studies.waits_for(number):
            return self._take_study(number, problem, content)
        return {Change.ROUTE} if self._routes.take(number, problem, content) else set()

    def _take_study(self, number: int, problem: str, content: dict[str, Any]) -> Changes:
        order = self._studies.take(number, problem, content, self.state.draft, self._here())
        self._with_findings()
        if order is None:
            return {Change.ROUTE}
        edit = order_stops(self.state.draft, order[0])
        edit = Edit(edit.word, wait_for_contact(edit.draft, order[1]).draft)
        if edit.draft == self.state.draft:
            self.messages.append(Message("The stops are in the best order already.", Severity.INFO))
            return {Change.ROUTE}
        return self.edit(edit)

    # What becomes of it

    def queue(self) -> Changes:
        """One FOLLOW_ROUTE, or one for each drive between the waits of its departure; the route itself is kept in the
        operation folder, under its hash."""
        route = self.route
        if route.refused:
            raise CommandRefusedError(route.refused)
        if route.times is not None and (passed := passed_text(route.times.depart_ns, self._now())):
            raise CommandRefusedError(passed)
        self._must_begin_here(self.state.begin, self._routes.plan_anew)
        if self._folder is not None:
            self.save(self._folder / "routes" / f"R-{route.sha256[:16]}.geojson")
        return self._add_planned(route.commands, None if route.times is None else route.times.depart_ns)

    def matches(self, command: Command) -> bool:
        """Whether a command is no drive of this traverse, or the draft's way is what it was when it was made."""
        serial, draft = serial_of(command.made_from), self.state.draft
        if serial != draft.serial or not draft.stops or "waypoints" not in command.arguments:
            return True
        return command.made_from == draft.origin

    def queue_day(self) -> Changes:
        """Each drive one FOLLOW_ROUTE, between them what is done at the stops, in order."""
        day = self.state.day
        if day.view is None or not day.current:
            raise CommandRefusedError(day.problem or "the day's plan is not worked out yet; wait for it")
        if day.view.refused:
            raise CommandRefusedError(day.view.refused)
        self._must_begin_here(day.begin, lambda: self._day.plan_anew(self.state.draft, self._begin()))
        return self._add_planned(day.view.commands, day.view.start_ns)

    def _add_planned(self, planned: tuple[PlannedCommand, ...], begin_ns: int | None) -> Changes:
        """All or none; each leaves when those before it have ended, and not before its time where it has one. The
        first's is that of the plan's begin, while that lies ahead."""
        commands = []
        made_from = self.state.draft.origin
        for number, command in enumerate(planned):
            at_ns = command.not_before_ns
            if number == 0 and begin_ns is not None and begin_ns > self._now():
                at_ns = begin_ns
            follows = len(planned) > 1
            commands.append(NewCommand(command.name, command.arguments, command.comment, at_ns, follows, made_from))
        return self._add_commands(commands)

    def save(self, file: Path) -> None:
        """Write the route as GeoJSON.

        Raises
        ------
        RoverctlError
            When there is none, or the file cannot be written.
        """
        _ = self.route
        _write(file, self._routes.document)

    def open_tracks(self, file: Path) -> Changes:
        """Lines from elsewhere."""
        return self.edit(open_track(self.state.draft, str(file.resolve())))

    def open_day(self, file: Path) -> Changes:
        """The draft becomes the plan of a file."""
        plan, here_m = read_plan(file, self._mission), self._here()
        limit_rad = self._mission.vehicle.plan_slope_rad
        edit, apart_m = open_plan(self.state.draft, plan, here_m, limit_rad, file.name)
        if apart_m:
            text = f"{file.name} begins {apart_m:.1f} m from the rover: the drive there comes first now."
            self.messages.append(Message(text, Severity.INFO))
        return self.edit(edit)

    def save_day(self, file: Path) -> None:
        """Write the draft as a day's plan."""
        _write(file, plan_to_geojson(day_plan_of(self.state.draft, self._here(), self._now()), self._mission))

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


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from None
