"""The traverse being planned, in pages: the route, its times, others, the day, zones; and what to do with it."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from roverctl.core.errors import RoverctlError
from roverctl.core.nouns import Severity
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.traverse import PlanState
from roverctl.session.drafting import edits
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.map.route_marks import Shown
from roverctl.ui.traverse.day.day_page import DayPage
from roverctl.ui.traverse.day.rows import Row
from roverctl.ui.traverse.editing import do_edit
from roverctl.ui.traverse.others_page import OthersPage
from roverctl.ui.traverse.route_page import RoutePage
from roverctl.ui.traverse.times_page import TimesPage
from roverctl.ui.traverse.zones_page import ZonesPage

Page = RoutePage | TimesPage | OthersPage | DayPage | ZonesPage
_MAKE_TIP = "Put the route into the queue as one FOLLOW_ROUTE, or as one for each drive between its waits"
_MAKE_DAY_TIP = "Put the day's commands into the queue, each drive one FOLLOW_ROUTE, each after the one before it"


class TraversePanel(QWidget):
    """Pages above, acts below."""

    pointing = Signal(object)  # Shown: what the map is to point at
    zones_shown = Signal(bool)  # whether zones can be reshaped on the map
    day_shown = Signal(bool)  # whether page Day is in front
    stop_chosen = Signal(object)  # number of a stop that was chosen in a list, None
    item_chosen = Signal(object)  # number of an item of the day, None

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shown = Shown()
        self._told = PlanState()  # what the page in front shows
        self.header = Header("Traverse")
        self.route = RoutePage(desk, self)
        self.route.segment_chosen.connect(self._point_segment)
        self.times, self.others, self.zones = TimesPage(desk, self), OthersPage(desk, self), ZonesPage(desk, self)
        self.others.pointed.connect(self._point_alternative)
        self.others.tracks.pointed.connect(self._point_track)
        self.route.stop_chosen.connect(self.stop_chosen)
        self.day = DayPage(desk, self)
        self.day.row_chosen.connect(self._point_row)
        self.tabs = QTabBar(self)
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName("Pages of the traverse")
        self.pages = QStackedWidget(self)
        for word, page in self._pages():
            self.tabs.addTab(word)
            self.pages.addWidget(page)
        self.tabs.currentChanged.connect(self._turn)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addWidget(self.pages, 1)
        column.addWidget(self._build_foot())
        self.setMinimumWidth(372)

    def _pages(self) -> list[tuple[str, Page]]:
        return [
            ("Route", self.route), ("Times", self.times), ("Others", self.others), ("Day", self.day),
            ("Zones", self.zones),
        ]  # fmt: skip

    def _build_foot(self) -> QWidget:
        self.make_button = QPushButton("Make command", self)
        self.make_button.setObjectName("primary")
        self.make_button.setToolTip(_MAKE_TIP)
        self.make_button.clicked.connect(self.make_command)
        self.save_button = QPushButton("Save route…", self)
        self.save_button.clicked.connect(self.save)
        self.clear_button = QPushButton("Clear", self)
        self.clear_button.clicked.connect(self.clear)
        foot = QWidget(self)
        foot.setObjectName("timeBar")
        buttons = QHBoxLayout(foot)
        buttons.setContentsMargins(12, 10, 12, 10)
        buttons.setSpacing(8)
        buttons.addWidget(self.clear_button)
        buttons.addWidget(self.save_button)
        buttons.addStretch(1)
        buttons.addWidget(self.make_button)
        return foot

    def session_replaced(self) -> None:
        """Another vehicle, perhaps."""
        self._shown = Shown()
        self._desk.session.traverse.look_at_day(self._page() is self.day)  # a refresh with every change follows
        self.pointing.emit(self._shown)
        for _, page in self._pages():
            page.session_replaced()

    def refresh(self, changes: Changes) -> None:
        """The page in front, and what can be done."""
        session = self._desk.session
        session.traverse.prepare()
        plan = session.traverse.state
        if changes != set(Change) and _same_but_line(plan, self._told):
            changes = changes - {Change.ROUTE}
        self._page().refresh(changes)
        if Change.ROUTE not in changes:
            return
        self._told = plan
        route, day = plan.route, plan.day
        on_day = self._page() is self.day
        view = day.view if on_day else None
        if on_day:
            self.header.say("working …" if day.busy else (day.problem and "no plan") or "a lunar day")
        else:
            found = route.name if route is not None else ""
            self.header.say("planning …" if plan.busy else (plan.problem and "no route") or found)
        refused = (view.refused if view is not None else "") if on_day else (route.refused if route is not None else "")
        there = view is not None and day.current if on_day else route is not None and plan.current
        self.make_button.setText("Make commands" if on_day else "Make command")
        self.make_button.setEnabled(there and session.can_command and not refused)
        self.make_button.setToolTip(session.why_not_command or refused or (_MAKE_DAY_TIP if on_day else _MAKE_TIP))
        self.save_button.setEnabled(route is not None and plan.current)
        self.clear_button.setEnabled(bool(plan.draft.stops))

    def _page(self) -> Page:
        return self._pages()[self.pages.currentIndex()][1]

    @Slot(int)
    def _turn(self, number: int) -> None:
        self.pages.setCurrentIndex(number)
        on_day = self._page() is self.day
        self.zones_shown.emit(self._page() is self.zones)
        self.day_shown.emit(on_day)
        self._desk.perform(self._desk.session.traverse.look_at_day, on_day)
        self.refresh(set(Change))

    # Pointing
    @Slot(object)
    def _point_segment(self, along_m: float | None) -> None:
        self._shown = replace(self._shown, along_m=along_m, straight=along_m is not None)
        self.pointing.emit(self._shown)

    @Slot(str)
    def _point_alternative(self, name: str) -> None:
        self._shown = replace(self._shown, alternative=name)
        self.pointing.emit(self._shown)

    @Slot(str)
    def _point_track(self, name: str) -> None:
        self._shown = replace(self._shown, track=name)
        self.pointing.emit(self._shown)

    @Slot(object)
    def _point_row(self, row: Row | None) -> None:
        """A row of the day: its stop on the map, its bar in the timeline."""
        self.stop_chosen.emit(row.place - 1 if row is not None and row.place else None)
        self.item_chosen.emit(None if row is None else row.item)

    @Slot(object)
    def show_segment(self, along_m: float | None) -> None:
        """The route's line was clicked on the map: why it goes there."""
        self.tabs.setCurrentIndex(0)
        self.route.show_segment(along_m)

    # Acting
    @Slot()
    def make_command(self) -> None:
        """The route's commands go into the queue; on page Day, all of the day's."""
        traverse, on_day = self._desk.session.traverse, self._page() is self.day
        made = traverse.state.day.view if on_day else traverse.state.route
        if self._desk.perform(traverse.queue_day if on_day else traverse.queue) or made is None:
            return
        if len(made.commands) == 1:
            self._desk.tell(f"{made.commands[0].name} is in the queue; Release sends it.", Severity.INFO)
            return
        text = f"{len(made.commands)} commands are in the queue; Release sends them, each when its turn has come."
        self._desk.tell(text, Severity.INFO)

    @Slot()
    def clear(self) -> None:
        """Forget the stops; undo brings them back."""
        do_edit(self._desk, edits.clear_stops)

    @Slot()
    def undo(self) -> None:
        """The last edit is taken back."""
        word = self._desk.session.traverse.state.undo_word
        if word:
            self._desk.perform(self._desk.session.traverse.undo)
            self._desk.tell(f"Undone: {word}.", Severity.INFO)

    @Slot()
    def redo(self) -> None:
        """What was undone is done again."""
        word = self._desk.session.traverse.state.redo_word
        if word:
            self._desk.perform(self._desk.session.traverse.redo)
            self._desk.tell(f"Done again: {word}.", Severity.INFO)

    @Slot()
    def save(self) -> None:
        """Ask where, and write GeoJSON."""
        if self._desk.session.traverse.state.route is None:
            self._desk.tell("There is no route yet: click the goal on the map.")
            return
        name, _ = QFileDialog.getSaveFileName(self, "Save route", "route.geojson", "GeoJSON (*.geojson)")
        if name:
            self.save_to(Path(name))

    def save_to(self, file: Path) -> None:
        """Write the route, or say why not."""
        try:
            self._desk.session.traverse.save(file)
        except RoverctlError as error:
            self._desk.tell(str(error))
        else:
            self._desk.tell(f"Route saved as {file}.", Severity.INFO)


def _same_but_line(a: PlanState, b: PlanState) -> bool:
    """Whether nothing moved but the line that follows the hand: it does at every poll, and no page shows it."""
    parts = ((a.draft, b.draft), (a.route, b.route), (a.studies, b.studies), (a.day, b.day), (a.tracks, b.tracks))
    told = [(p.number, p.current, p.busy, p.preparing, p.problem, p.offer_m) for p in (a, b)]
    return told[0] == told[1] and all(one is other for one, other in parts)
