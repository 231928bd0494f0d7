"""Rows that are dragged to another place of their list, and typed over: the draft moves them, the list only asks."""

from PySide6.QtCore import QMimeData, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView

from roverctl.ui.tables import Index, Rows, Table

_MIME = "application/x-roverctl-row"


class MovableRows(Rows):
    """Tells what is wanted, and changes nothing itself. ``flags`` say which rows can be dragged or typed over."""

    typed = Signal(int, str)  # row, what was typed over it
    moved = Signal(int, int)  # row, and before which row it is wanted

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        self.typed.emit(index.row(), str(value))
        return True

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]
        data = QMimeData()
        data.setData(_MIME, str(indexes[0].row()).encode())
        return data

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        if not data.hasFormat(_MIME):
            return False
        before = row if row >= 0 else parent.row() if parent.isValid() else self.count()
        self.moved.emit(int(bytes(data.data(_MIME).data()).decode()), before)
        return False  # so that the view takes no row away


def let_rows_move(table: Table) -> None:
    """One row is chosen, dragged within the table, and typed over by double click or F2."""
    table.setEditTriggers(
        QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
    )  # fmt: skip
    table.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
    table.setDropIndicatorShown(True)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
