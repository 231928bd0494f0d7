"""The day's plan as a list: places with the drives to them, activities under them; reordered, amounts typed."""

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QWidget

from roverctl.core.errors import InputError
from roverctl.core.times import format_clock, format_duration, format_utc
from roverctl.session.api.traverse import PlanState
from roverctl.session.drafting import day_edits, edits
from roverctl.ui.desk import Desk
from roverctl.ui.status import way_text
from roverctl.ui.tables import Index, Table, set_up
from roverctl.ui.theme import Theme, mono, sans
from roverctl.ui.traverse.day.amounts import amount_of, amount_text
from roverctl.ui.traverse.day.rows import Row, item_of, problems_of, rows_of
from roverctl.ui.traverse.editing import do_edit
from roverctl.ui.traverse.movable_rows import MovableRows, let_rows_move

WHAT, AMOUNT, BEGINS, TAKES, CHARGE = range(5)


class DayModel(MovableRows):
    """One row for each place, activity and wait."""

    COLUMNS = ("what", "amount", "begins", "takes", "charge")
    RIGHT = frozenset({AMOUNT, BEGINS, TAKES, CHARGE})

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._plan = PlanState()
        self.rows: list[Row] = []

    def take(self, plan: PlanState) -> bool:
        """Another draft, or what it comes to; True when rows came, went or moved."""
        rows = rows_of(plan)
        same = [(r.kind, r.place, r.number) for r in rows] == [(r.kind, r.place, r.number) for r in self.rows]
        if not same:
            self.beginResetModel()
        self._plan, self.rows = plan, rows
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, CHARGE))
        return not same

    def count(self) -> int:
        return len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        plain = super().flags(index)
        if not index.isValid():
            return plain | Qt.ItemFlag.ItemIsDropEnabled
        row = self.rows[index.row()]
        if row.activity is not None or (row.kind == "place" and row.place):
            plain |= Qt.ItemFlag.ItemIsDragEnabled
        typed = AMOUNT if row.activity is not None else WHAT if row.kind == "place" else None
        return plain | Qt.ItemFlag.ItemIsEditable if index.column() == typed else plain

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        broken = problems_of(self._plan, row)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column, bool(broken))
        if role == Qt.ItemDataRole.EditRole:
            return self._plan.draft.place_word(row.place) if column == WHAT else self._amount(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(broken) or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(column)
        if role == Qt.ItemDataRole.FontRole:
            return sans(bold=row.kind == "place") if column == WHAT else mono()
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(row, column, bool(broken))
        return None

    def _text(self, row: Row, column: int, broken: bool) -> str:
        item = item_of(self._plan, row)
        if column == WHAT:
            words = self._plan.draft.place_word(row.place) if row.kind == "place" else f"   {row.kind}"
            return f"{words} ▲" if broken else words
        if column == AMOUNT:
            return self._amount(row)
        if item is None:
            return "" if row.kind == "place" and not row.place else "—"
        return {
            BEGINS: self._clock(item.begin_ns),
            TAKES: _took((item.end_ns - item.begin_ns) / 1e9),
            CHARGE: f"{100.0 * item.charge:.0f} %",
        }[column]

    def _clock(self, t_ns: int) -> str:
        """The time of day; on another day than the plan begins with its number in the month before it."""
        view = self._plan.day.view
        first = "" if view is None else format_utc(view.start_ns)[8:10]
        day = format_utc(t_ns)[8:10]
        return format_clock(t_ns)[:5] if day == first else f"{day} {format_clock(t_ns)[:5]}"

    def _amount(self, row: Row) -> str:
        if row.activity is not None:
            return amount_text(row.activity)
        item = item_of(self._plan, row)
        return way_text(item.distance_m) if item is not None and item.kind == "drive" else ""

    def _colour(self, row: Row, column: int, broken: bool) -> QColor | None:
        if broken and column == WHAT:
            return self._theme.colour("warning")
        return self._theme.colour("dim") if row.activity is None and row.kind != "place" else None


def _took(seconds: float) -> str:
    """``4:12``, ``2 h 59`` or ``8.3 d``: as long as the column has room for."""
    if seconds < 3600.0:
        return format_duration(seconds)
    hours, minutes = divmod(round(seconds / 60.0), 60)
    return f"{hours} h {minutes:02d}" if seconds < 86_400.0 else f"{seconds / 86_400.0:.1f} d"


class DayList(Table):
    """Alt+Up and Down move a stop or an activity, Delete takes it away, F2 or a double click types over its name or
    its amount."""

    chosen = Signal(object)  # Row, None

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.day = DayModel(desk.theme, self)
        set_up(self, self.day, [100, 84, 68, 60, 46], WHAT, "The day's plan")
        self.setStyleSheet("QTableView::item { padding: 0 1px; }")  # room for names in the narrowest panel
        let_rows_move(self)
        self.setToolTip("Drag, or Alt+↑ ↓, to reorder; double click or F2 on an amount or a name; Delete removes")
        self.day.typed.connect(self._typed)
        self.day.moved.connect(self._moved)
        self.selectionModel().currentRowChanged.connect(self._current_changed)

    def show_plan(self, plan: PlanState) -> None:
        """Another draft, or what it comes to; the selection stays on its row."""
        kept = self.row()
        if self.day.take(plan) and kept is not None:
            self.choose(kept.place, kept.number)

    def row(self) -> Row | None:
        """The selected one."""
        number = self.currentIndex().row()
        return self.day.rows[number] if 0 <= number < self.day.count() else None

    def place(self) -> int:
        """Where a new activity goes: at the selected row's place, else at the last."""
        row = self.row()
        return len(self._desk.session.traverse.state.draft.stops) if row is None else row.place

    def choose(self, place: int, number: int | None) -> None:
        """Select a place, or an activity there."""
        for i, row in enumerate(self.day.rows):
            if row.place == place and row.number == number and (number is not None or row.kind == "place"):
                self.setCurrentIndex(self.day.index(i, WHAT))
                return

    def choose_item(self, item: int) -> None:
        """Select what an item of the timeline is."""
        for i, row in enumerate(self.day.rows):
            if row.item == item:
                self.setCurrentIndex(self.day.index(i, WHAT))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, key = self.row(), event.key()
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if row is None:
            super().keyPressEvent(event)
        elif alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(row, 1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._remove(row)
        elif key == Qt.Key.Key_F2:
            self.edit(self.day.index(self.currentIndex().row(), WHAT if row.activity is None else AMOUNT))
        else:
            super().keyPressEvent(event)

    def _remove(self, row: Row) -> None:
        if row.number is not None:
            do_edit(self._desk, day_edits.remove_activity, row.place, row.number)
        elif row.kind == "place" and row.place:
            do_edit(self._desk, edits.remove_stop, row.place - 1)

    def _step(self, row: Row, by: int) -> None:
        """One up or down: a stop past its neighbour, an activity past its, or to the place beside."""
        draft = self._desk.session.traverse.state.draft
        if row.kind == "place":
            if row.place and 1 <= row.place + by <= len(draft.stops):
                self._put_stop(row.place, row.place + by)
            return
        if row.number is None:
            return
        to = row.number + by
        if 0 <= to < len(draft.activities_at(row.place)):
            self._put_activity(row, row.place, to + (by > 0))
        elif 0 <= row.place + by <= len(draft.stops):
            self._put_activity(row, row.place + by, len(draft.activities_at(row.place - 1)) if by < 0 else 0)

    def _put_stop(self, place: int, to: int) -> None:
        if not do_edit(self._desk, edits.reorder_stop, place - 1, to - 1):
            self.choose(to, None)

    def _put_activity(self, row: Row, place: int, before: int) -> None:
        assert row.number is not None
        if not do_edit(self._desk, day_edits.move_activity, row.place, row.number, place, before):
            self.choose(place, before - 1 if place == row.place and before > row.number else before)

    @Slot(int, int)
    def _moved(self, source: int, before: int) -> None:
        """A row was dropped before another: an activity goes to that one's place, a stop in its order."""
        rows = self.day.rows
        row = rows[source]
        above = rows[before - 1] if before else rows[0]
        if row.kind == "place":
            to = min(above.place + (above.place < row.place), len(self._desk.session.traverse.state.draft.stops))
            if row.place and to and to != row.place:
                self._put_stop(row.place, to)
        elif row.number is not None:
            there = sum(1 for r in rows[:before] if r.place == above.place and r.number is not None)
            self._put_activity(row, above.place, there)

    @Slot(int, str)
    def _typed(self, number: int, text: str) -> None:
        row = self.day.rows[number]
        if row.kind == "place":
            if not row.place:
                do_edit(self._desk, day_edits.name_start, text)
            elif text != self._desk.session.traverse.state.draft.place_word(row.place):
                do_edit(self._desk, edits.name_stop, row.place - 1, text)
            return
        if row.activity is None or row.number is None:
            return
        try:
            amount = amount_of(row.kind, text)
        except InputError as error:
            self._desk.tell(str(error))
            return
        do_edit(self._desk, day_edits.change_amount, row.place, row.number, amount)

    @Slot(object, object)
    def _current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        self.chosen.emit(self.row() if current.isValid() else None)
