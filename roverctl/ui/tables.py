"""How every table of the window is set up: 26-pixel rows, no grid, whole rows selected, titles over the columns."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from roverctl.ui.theme import ROW_PX, SMALL_PX, mono, sans

Index = QModelIndex | QPersistentModelIndex
T = TypeVar("T")


class Rows(QAbstractTableModel):
    """Rows under fixed titles. A model says how many there are; ``RIGHT`` are the columns of figures,
    ``CENTRED`` those of signs."""

    COLUMNS: tuple[str, ...] = ()
    RIGHT: frozenset[int] = frozenset()
    CENTRED: frozenset[int] = frozenset()

    def count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self.count()

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.COLUMNS[section]
        return self.alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def alignment(self, column: int) -> Qt.AlignmentFlag:
        """Words to the left, figures to the right."""
        if column in self.CENTRED:
            return Qt.AlignmentFlag.AlignCenter
        side = Qt.AlignmentFlag.AlignRight if column in self.RIGHT else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


class Listed(Rows, Generic[T]):
    """Rows made of one thing each, all exchanged at once; a model says how a thing is written."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[T] = ()

    def exchange(self, rows: Sequence[T]) -> None:
        """Others, or none."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def count(self) -> int:
        return len(self.rows)

    def text(self, row: T, column: int) -> str:
        """What stands in a cell."""
        raise NotImplementedError

    def tip(self, row: T) -> str:
        """What a hover tells."""
        return ""

    def font(self, row: T, column: int) -> QFont:
        """Figures in the face of figures."""
        return mono() if column else sans()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tip(row) or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(column)
        return self.font(row, column) if role == Qt.ItemDataRole.FontRole else None


class Table(QTableView):
    """Leaves Space to the window, where it plays and pauses; says ``when_empty`` while there is nothing to show."""

    when_empty = ""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        model = self.model()
        if self.when_empty and (model is None or model.rowCount() == 0):
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            box = self.viewport().rect().adjusted(5, 10, -5, -10)
            flags = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
            painter.drawText(box, flags, self.when_empty)
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyPressEvent(event)


def set_up(table: QTableView, model: QAbstractItemModel, widths: list[int], stretch: int, name: str) -> None:
    """Give a table its model; ``widths`` in pixels by column, ``stretch`` the column that takes the rest."""
    table.setModel(model)
    table.setAccessibleName(name)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    vertical = table.verticalHeader()
    vertical.setVisible(False)
    vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    vertical.setMinimumSectionSize(ROW_PX)
    vertical.setDefaultSectionSize(ROW_PX)
    header = table.horizontalHeader()
    header.setFont(sans(SMALL_PX))
    header.setFixedHeight(ROW_PX)
    header.setHighlightSections(False)
    header.setSectionsClickable(False)
    header.setMinimumSectionSize(24)
    for column, width in enumerate(widths):
        header.resizeSection(column, width)
    header.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
