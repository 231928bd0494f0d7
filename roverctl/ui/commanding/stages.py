"""The eight small cells of a command's row: done filled, failed red with a cross, to come dashed.

Where the command is now is framed in the accent, in amber once late: only evidence fills a cell.
"""

from enum import Enum

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from roverctl.core.times import format_clock
from roverctl.session.api.commands import CommandRow, CommandState, StageView
from roverctl.ui.theme import ROW_PX, Theme

CELL_PX, GAP_PX, CELL_HEIGHT_PX = 13, 3, 7
STAGES_ROLE = Qt.ItemDataRole.UserRole + 1


class Look(Enum):
    """How a cell is painted."""

    DONE = "done"
    NOW = "now"
    LATE = "late"
    TO_COME = "to come"
    FAILED = "failed"


def looks(row: CommandRow, now_ns: int) -> tuple[Look, ...]:
    """Evidence only: a stage is done once learnt. The first one open is where a released command is now, late once
    the time at which its evidence was due has passed."""
    result = []
    ended = row.state in (CommandState.COMPLETED, CommandState.FAILED)
    under_way = row.state is CommandState.RELEASED
    for stage in row.stages:
        if stage.failed:
            result.append(Look.FAILED)
            ended = True
        elif stage.learnt_ns is not None:
            result.append(Look.DONE)
        elif under_way and not ended:
            late = stage.predicted_ns is not None and now_ns > stage.predicted_ns
            result.append(Look.LATE if late else Look.NOW)
            under_way = False
        else:
            result.append(Look.TO_COME)
    return tuple(result)


def stage_text(stage: StageView) -> str:
    """One line of the tool tip: predicted, occurred, learnt."""
    name = stage.stage.name.lower().replace("_", " ")
    if stage.learnt_ns is not None:
        happened = format_clock(stage.occurred_ns, 1) if stage.occurred_ns is not None else "?"
        text = f"{name}: {'failed ' if stage.failed else ''}{happened}, learnt {format_clock(stage.learnt_ns, 1)}"
    elif stage.predicted_ns is not None:
        text = f"{name}: due here {format_clock(stage.predicted_ns, 1)}"
    else:
        text = f"{name}: not sent"
    return f"{text} ({stage.detail})" if stage.detail else text


class StageDelegate(QStyledItemDelegate):
    """Paints the cells of ``STAGES_ROLE``."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(8 * (CELL_PX + GAP_PX) + 16, ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._theme.colour("selection"))
        cells: tuple[Look, ...] | None = index.data(STAGES_ROLE)
        if cells is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        top = rect.center().y() - CELL_HEIGHT_PX // 2
        for i, look in enumerate(cells):
            x = rect.left() + 8 + i * (CELL_PX + GAP_PX)
            if look is Look.TO_COME:
                pen = QPen(self._theme.colour("predicted", 170), 1, Qt.PenStyle.CustomDashLine)
                pen.setDashPattern([2, 2])
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(x, top, CELL_PX - 1, CELL_HEIGHT_PX - 1)
                continue
            name = {
                Look.DONE: "in_limits", Look.NOW: "accent", Look.LATE: "warning", Look.FAILED: "critical",
            }[look]  # fmt: skip
            if look in (Look.NOW, Look.LATE):
                painter.setPen(QPen(self._theme.colour(name), 1))
                painter.setBrush(self._theme.colour(name, 110))
                painter.drawRect(x, top, CELL_PX - 1, CELL_HEIGHT_PX - 1)
                continue
            painter.fillRect(QRectF(x, top, CELL_PX, CELL_HEIGHT_PX), self._theme.colour(name))
            if look is Look.FAILED:  # a shape besides the colour
                painter.setPen(QPen(self._theme.colour("panel"), 1))
                painter.drawLine(x + 4, top + 1, x + 8, top + 5)
                painter.drawLine(x + 8, top + 1, x + 4, top + 5)
        painter.restore()
