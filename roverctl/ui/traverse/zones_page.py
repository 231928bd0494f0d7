"""Page Zones: keep-outs, keep-ins, targets and notes; drawn on the map, named here, imported and exported."""

from pathlib import Path

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from roverctl.core.errors import RoverctlError
from roverctl.core.nouns import Severity
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.draft import Draft, Mark, MarkKind
from roverctl.session.drafting import edits
from roverctl.ui.desk import Desk
from roverctl.ui.tables import Index, Rows, Table, set_up
from roverctl.ui.theme import sans
from roverctl.ui.traverse.editing import do_edit

_FILTER = "GeoJSON (*.geojson *.json)"
_DRAWING = {
    True: "Click the corners on the map; click the first or the last again to close. Backspace takes one back, "
    "Esc ends. By keyboard: Enter sets a corner at the map's middle.",
    False: "Click the place on the map, or press Enter for the map's middle. Esc ends.",
}
_IDLE = "Click a zone on the map to reshape it by its corners; Delete removes it."


class MarkModel(Rows):
    """What was drawn, as rows."""

    COLUMNS = ("name", "kind", "size")
    RIGHT = frozenset({2})
    renamed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._marks: tuple[Mark, ...] = ()

    def take(self, draft: Draft) -> None:
        """Another draft."""
        if draft.marks == self._marks:
            return
        same = len(draft.marks) == len(self._marks)
        if not same:
            self.beginResetModel()
        self._marks = draft.marks
        if not same:
            self.endResetModel()
        else:
            self.dataChanged.emit(self.index(0, 0), self.index(self.count() - 1, 2))

    def count(self) -> int:
        return len(self._marks)

    def flags(self, index: Index) -> Qt.ItemFlag:
        plain = super().flags(index)
        return plain | Qt.ItemFlag.ItemIsEditable if index.isValid() and index.column() == 0 else plain

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        mark = self._marks[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return (mark.name, mark.kind.value, _size_text(mark))[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return mark.text or None
        return sans() if role == Qt.ItemDataRole.FontRole else None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        self.renamed.emit(index.row(), str(value))
        return True


class MarkList(Table):
    """F2 or a double click names, Delete removes."""

    removing = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        if row >= 0 and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removing.emit(row)
        else:
            super().keyPressEvent(event)


class ZonesPage(QWidget):
    """Pencils above, list, text of the chosen, files below."""

    pencil_taken = Signal(object)  # MarkKind, None when it is put down
    chosen = Signal(object)  # number, None

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        pencils = QGridLayout()
        pencils.setContentsMargins(12, 10, 12, 4)
        pencils.setSpacing(8)
        self.pencils: dict[MarkKind, QPushButton] = {}
        for place, kind in enumerate(MarkKind):
            button = QPushButton(f"Draw {kind.value}", self)
            button.setCheckable(True)
            button.setProperty("kind", kind.value)
            button.clicked.connect(self._take_pencil)
            self.pencils[kind] = button
            pencils.addWidget(button, place // 2, place % 2)
        self.hint = QLabel(_IDLE, self)
        self.hint.setObjectName("small")
        self.hint.setWordWrap(True)
        self.hint.setContentsMargins(12, 2, 12, 6)
        self.marks = MarkModel(self)
        self.list = MarkList(self)
        self.list.when_empty = (
            "Nothing drawn yet. Routes stay out of keep-outs, and within keep-ins where there are any."
        )
        set_up(self.list, self.marks, [140, 80, 90], 0, "Zones and points")
        self.list.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )  # fmt: skip
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.selectionModel().currentRowChanged.connect(self._current_changed)
        self.list.removing.connect(self._remove)
        self.marks.renamed.connect(self._rename)
        self.text = QLineEdit(self)
        self.text.setPlaceholderText("what it is about")
        self.text.setAccessibleName("Text of the chosen zone or point")
        self.text.editingFinished.connect(self._said)
        files = QHBoxLayout()
        files.setContentsMargins(12, 6, 12, 8)
        files.setSpacing(8)
        self.import_button = QPushButton("Import…", self)
        self.import_button.clicked.connect(self._ask_import)
        self.export_button = QPushButton("Export…", self)
        self.export_button.clicked.connect(self._ask_export)
        files.addWidget(self.text, 1)
        files.addWidget(self.import_button)
        files.addWidget(self.export_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(pencils)
        column.addWidget(self.hint)
        column.addWidget(self.list, 1)
        column.addLayout(files)

    def session_replaced(self) -> None:
        """The draft comes with the refresh."""

    def refresh(self, changes: Changes) -> None:
        """Another draft."""
        if Change.ROUTE not in changes:
            return
        self.marks.take(self._desk.session.traverse.state.draft)
        self.export_button.setEnabled(self.marks.count() > 0)
        self._show_text()

    def show_tool(self, kind: MarkKind | None, chosen: int | None) -> None:
        """What the hand on the map does now."""
        for each, button in self.pencils.items():
            button.setChecked(each is kind)
        self.hint.setText(_IDLE if kind is None else _DRAWING[kind.is_zone])
        if chosen is None:
            self.list.setCurrentIndex(QModelIndex())
        elif chosen != self.list.currentIndex().row() and chosen < self.marks.count():
            self.list.selectRow(chosen)
        self._show_text()

    def _show_text(self) -> None:
        row = self.list.currentIndex().row()
        marks = self._desk.session.traverse.state.draft.marks
        self.text.setEnabled(0 <= row < len(marks))
        if not self.text.hasFocus():
            self.text.setText(marks[row].text if 0 <= row < len(marks) else "")

    @Slot()
    def _take_pencil(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton):
            self.pencil_taken.emit(MarkKind(button.property("kind")) if button.isChecked() else None)

    @Slot(object, object)
    def _current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        self._show_text()
        self.chosen.emit(current.row() if current.isValid() else None)

    @Slot(int)
    def _remove(self, row: int) -> None:
        do_edit(self._desk, edits.remove_mark, row)

    @Slot(int, str)
    def _rename(self, row: int, name: str) -> None:
        do_edit(self._desk, edits.rename_mark, row, name)

    @Slot()
    def _said(self) -> None:
        row, marks = self.list.currentIndex().row(), self._desk.session.traverse.state.draft.marks
        if 0 <= row < len(marks) and self.text.text() != marks[row].text:
            do_edit(self._desk, edits.say_mark, row, self.text.text())

    # Files
    @Slot()
    def _ask_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Import zones and points", "", _FILTER)
        if name:
            self.import_from(Path(name))

    def import_from(self, file: Path) -> None:
        """Take in a file's zones and points, one undo step."""
        self._desk.perform(self._desk.session.traverse.import_marks, file)

    @Slot()
    def _ask_export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export zones and points", "annotations.geojson", _FILTER)
        if name:
            self.export_to(Path(name))

    def export_to(self, file: Path) -> None:
        """Write them."""
        try:
            self._desk.session.traverse.export_marks(file)
        except RoverctlError as error:
            self._desk.tell(str(error))
        else:
            self._desk.tell(f"Zones and points saved as {file}.", Severity.INFO)


def _size_text(mark: Mark) -> str:
    """The area of a zone, holes taken off."""
    if not mark.kind.is_zone:
        return ""
    areas = [abs(_area_m2(ring)) for ring in mark.rings_m]
    area = areas[0] - sum(areas[1:])
    return f"{area:.0f} m²" if area < 1e6 else f"{area / 1e6:.1f} km²"


def _area_m2(ring: tuple[tuple[float, float], ...]) -> float:
    return 0.5 * sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))
