"""Page Day: a lunar day's plan, with what is done at each stop, and what it comes to."""

from html import escape
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFileDialog, QGridLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from roverctl.core.errors import RoverctlError
from roverctl.core.nouns import Severity
from roverctl.core.times import format_duration, format_utc
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.day import DayView
from roverctl.session.api.traverse import PlanState
from roverctl.session.drafting import day_edits
from roverctl.session.drafting.begins import begin_text
from roverctl.traverse.day_plan.plan import KINDS
from roverctl.ui.desk import Desk
from roverctl.ui.status import way_text
from roverctl.ui.traverse.cards import card, dim, padded, sentence
from roverctl.ui.traverse.day.day_list import DayList
from roverctl.ui.traverse.day.rows import Row
from roverctl.ui.traverse.departure_field import DepartureField
from roverctl.ui.traverse.editing import do_edit
from roverctl.ui.traverse.waiver_dialog import ask_waiver, violation_line

_FILTER = "Plan of a day (*.geojson)"
_IN_A_ROW = 3  # kinds of activities to add
_WAIT = "wait for contact"  # a link beside the violations' keys
_HINT = (
    "<b>Click the map</b> to set stops; choose one here and add what is done there. Drives, Sun, contact, charge and "
    "memory are worked out at each edit."
)


class DayPage(QWidget):
    """Start, activities to add, the list, what it comes to."""

    row_chosen = Signal(object)  # Row, None

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.begins = DepartureField(desk, "now", self)
        self.begins.setToolTip(
            "When the plan begins, where the rover stands; UTC: a time of day such as 12:30, or a date with one, such "
            "as 2019-01-11T12:30Z; nothing is now"
        )
        self.begins_where = dim("")
        self.begins_where.setWordWrap(True)
        self.begins_where.setAccessibleName("Where the plan begins")
        self.list = DayList(desk, self)
        self.list.chosen.connect(self._chosen)
        self.adding: dict[str, QToolButton] = {}
        kinds = QGridLayout()
        kinds.setContentsMargins(12, 2, 8, 6)
        kinds.setSpacing(1)
        kinds.addWidget(dim("add"), 0, 0)
        for kind in KINDS:
            button = QToolButton(self)
            button.setObjectName("flat")
            button.setText(kind)
            button.setProperty("kind", kind)
            button.clicked.connect(self._add)
            self.adding[kind] = button
            kinds.addWidget(button, len(self.adding) > _IN_A_ROW, 1 + (len(self.adding) - 1) % _IN_A_ROW)
        kinds.setColumnStretch(_IN_A_ROW + 1, 1)
        self.order_button = QPushButton("Best order", self)
        self.order_button.setToolTip(
            "Put the stops in the order whose drives cost least; locked ones and the goal stay"
        )
        self.order_button.clicked.connect(self._order)
        self.open_button, self.save_button = QPushButton("Open plan…", self), QPushButton("Save plan…", self)
        self.open_button.clicked.connect(self._open)
        self.save_button.clicked.connect(self._save)
        self.told, self.broken = card("What the day comes to", self), card("Limits that the plan breaks", self)
        self.broken.linkActivated.connect(self._broken_clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(0)
        column.addLayout(padded(dim("begins"), self.begins))
        column.addLayout(padded(self.begins_where))
        column.addLayout(kinds)
        column.addWidget(self.list, 1)
        column.addLayout(padded(self.broken))
        column.addLayout(padded(self.told))
        column.addLayout(padded(self.order_button, self.open_button, self.save_button))

    def session_replaced(self) -> None:
        """What is known comes with the refresh."""

    # Showing
    def refresh(self, changes: Changes) -> None:
        """Another draft, or what it comes to."""
        if Change.CLOCK in changes:
            self.begins.show_day()
        if Change.ROUTE not in changes:
            return
        plan = self._desk.session.traverse.state
        self.begins.take(plan.draft)
        self.list.show_plan(plan)
        self._show_adding()
        there = bool(plan.draft.stops or plan.draft.here.activities)
        self.begins_where.setText(begin_text(plan.day.begin) if there else "")
        self.begins_where.setVisible(there)
        ordering = "order" in plan.studies.under_way
        self.order_button.setEnabled(len(plan.draft.stops) > 2 and not ordering)
        self.order_button.setText("Ordering …" if ordering else "Best order")
        self._show_cards(plan)

    def _show_adding(self) -> None:
        word = self._desk.session.traverse.state.draft.place_word(self.list.place())
        for kind, button in self.adding.items():
            button.setToolTip(f"{kind.capitalize()} at {word}")
            button.setAccessibleName(f"Add {kind} at {word}")

    def _show_cards(self, plan: PlanState) -> None:
        day = plan.day
        busy = "Preparing the planner: kernels are compiled once." if plan.preparing else "Working the day out …"
        if day.problem:
            told = f"<b>No plan.</b> {sentence(day.problem)}"
        elif not plan.draft.stops and not plan.draft.here.activities:
            told = _HINT
        elif day.view is None or not day.current:
            told = busy
        else:
            told = totals_text(day.view)
        self.told.setText(told)
        broken = day.view.violations if day.view is not None and day.current else ()
        lines = [violation_line(each) for each in broken]
        if broken and day.view is not None and day.view.waits:
            lines.append(f'<a href="{_WAIT}">Wait for contact</a> before what is commanded in a gap.')
        self.broken.setText("<br>".join(lines))
        self.broken.setVisible(bool(broken))

    def show_item(self, item: int) -> None:
        """Select what an item of the timeline is."""
        self.list.choose_item(item)

    @Slot(object)
    def _chosen(self, row: Row | None) -> None:
        self._show_adding()
        self.row_chosen.emit(row)

    # Acting
    @Slot()
    def _add(self) -> None:
        kind, place = str(self.sender().property("kind")), self.list.place()
        if not do_edit(self._desk, day_edits.add_activity, place, kind):
            count = len(self._desk.session.traverse.state.draft.activities_at(place))
            self.list.choose(place, count - 1)

    @Slot()
    def _order(self) -> None:
        self._desk.perform(self._desk.session.traverse.order)

    @Slot()
    def _open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open the plan of a day", "", _FILTER)
        if name:
            self._desk.perform(self._desk.session.traverse.open_day, Path(name))

    @Slot()
    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save the plan of a day", "day.geojson", _FILTER)
        if name:
            self.save_to(Path(name))

    def save_to(self, file: Path) -> None:
        """Write the plan, or say why not."""
        try:
            self._desk.session.traverse.save_day(file)
        except RoverctlError as error:
            self._desk.tell(str(error))
        else:
            self._desk.tell(f"Plan saved as {file}; roverctl plan --day takes it.", Severity.INFO)

    @Slot(str)
    def _broken_clicked(self, key: str) -> None:
        if key == _WAIT:
            self._desk.perform(self._desk.session.traverse.wait_for_contact)
            return
        view = self._desk.session.traverse.state.day.view
        self._dialog = ask_waiver(self._desk, () if view is None else view.violations, key, self)


def utc_words(t_ns: int) -> str:
    """``01-11 18:20``."""
    return format_utc(t_ns, 0)[5:16].replace("T", " ")


def totals_text(view: DayView) -> str:
    """What a plan comes to, in a few sentences."""
    totals = view.totals
    text = (
        f"<b>Ends {utc_words(view.end_ns)}</b>, {totals['sunset_margin_h']:.1f} h before night; "
        f"{way_text(totals['distance_m'])} in {format_duration(totals['drive_s'])} of driving, "
        f"lowest charge {100.0 * totals['lowest_charge']:.0f} %."
    )
    if totals["data_mb"] > 0.0:
        text += (
            f" {totals['data_mb']:.0f} MB take {totals['downlink_s'] / 3600.0:.1f} h of the "
            f"{totals['contact_s'] / 3600.0:.0f} h of contact until night"
        )
        down_s = totals.get("down_s")
        here = "" if down_s is None else f", here by {utc_words(view.start_ns + round(1e9 * down_s))}"
        text += f"{here}; at most {totals['most_memory_mb']:.0f} MB are kept aboard."
    return " ".join((text, *map(escape, view.notes)))
