"""The stops as a list: named, locked, put in another order, taken away; with what the way to each comes to."""

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from roverctl.session.api.draft import Draft
from roverctl.session.api.traverse import PlanState
from roverctl.session.drafting import edits
from roverctl.ui.desk import Desk
from roverctl.ui.status import took_text, way_figure
from roverctl.ui.tables import Index, Table, set_up
from roverctl.ui.theme import mono, sans
from roverctl.ui.traverse.editing import do_edit
from roverctl.ui.traverse.legs import Leg, stop_legs
from roverctl.ui.traverse.movable_rows import MovableRows, let_rows_move

NAME, LENGTH, TIME, SLOPE, LOCK = range(5)


class StopModel(MovableRows):
    """One row for each stop."""

    COLUMNS = ("stop", "m", "time", "slope °", "lock")
    RIGHT = frozenset({LENGTH, TIME, SLOPE})
    CENTRED = frozenset({LOCK})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._draft = Draft()
        self._legs: list[Leg] = []

    def take(self, plan: PlanState) -> None:
        """Another draft, or its route."""
        found = stop_legs(plan.route, plan.draft) if plan.route is not None and plan.current else []
        if len(plan.draft.stops) == len(self._draft.stops):
            self._draft, self._legs = plan.draft, found
            if self.count():
                self.dataChanged.emit(self.index(0, 0), self.index(self.count() - 1, LOCK))
            return
        self.beginResetModel()
        self._draft, self._legs = plan.draft, found
        self.endResetModel()

    def count(self) -> int:
        return len(self._draft.stops)

    def flags(self, index: Index) -> Qt.ItemFlag:
        plain = super().flags(index)
        if not index.isValid():
            return plain | Qt.ItemFlag.ItemIsDropEnabled
        plain |= Qt.ItemFlag.ItemIsDragEnabled
        return plain | Qt.ItemFlag.ItemIsEditable if index.column() == NAME else plain

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        stop = self._draft.stops[row]
        if role == Qt.ItemDataRole.EditRole and column == NAME:
            return stop.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return "Locked: neither moved nor reordered" if stop.locked and column == LOCK else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(column)
        if role == Qt.ItemDataRole.FontRole:
            return sans() if column in (NAME, LOCK) else mono()
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if column == NAME:
            return self._draft.place_word(row + 1)
        if column == LOCK:
            return "■" if stop.locked else "□"
        if row >= len(self._legs):
            return "—"
        leg = self._legs[row]
        return {
            LENGTH: way_figure(leg.distance_m),
            TIME: took_text(leg.duration_s),
            SLOPE: f"{leg.slope_deg:+.1f}",
        }[column]


class StopList(Table):
    """Alt+Up and Down move a stop, Delete takes it away, F2 or a double click names it, L locks it."""

    chosen = Signal(object)  # number of the stop, None

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.stops = StopModel(self)
        set_up(self, self.stops, [110, 62, 68, 62, 58], NAME, "Stops")
        let_rows_move(self)
        self.setToolTip("Drag, or Alt+↑ ↓, to reorder; F2 names; L locks; Delete removes")
        self.stops.moved.connect(self._dropped)
        self.stops.typed.connect(self._rename)
        self.selectionModel().currentRowChanged.connect(self._current_changed)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == LOCK and event.button() == Qt.MouseButton.LeftButton:
            self._lock(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, key = self.currentIndex().row(), event.key()
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if row < 0:
            super().keyPressEvent(event)
        elif alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            to = row + (1 if key == Qt.Key.Key_Down else -1)
            if 0 <= to < self.stops.count():
                self._move(row, to)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            do_edit(self._desk, edits.remove_stop, row)
        elif key == Qt.Key.Key_L and not event.modifiers():
            self._lock(row)
        else:
            super().keyPressEvent(event)

    @Slot(int, int)
    def _dropped(self, source: int, before: int) -> None:
        target = before - (before > source)
        if target != source:
            self._move(source, target)

    def _move(self, source: int, target: int) -> None:
        if not do_edit(self._desk, edits.reorder_stop, source, target):
            self.selectRow(target)

    @Slot(int, str)
    def _rename(self, row: int, name: str) -> None:
        do_edit(self._desk, edits.name_stop, row, name)

    def _lock(self, row: int) -> None:
        stop = self._desk.session.traverse.state.draft.stops[row]
        do_edit(self._desk, edits.lock_stop, row, not stop.locked)

    @Slot(object, object)
    def _current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        self.chosen.emit(current.row() if current.isValid() else None)
