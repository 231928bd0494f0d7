"""The command queue as a table model."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor

from roverctl.core.times import format_clock, format_utc
from roverctl.session.api.commands import CommandRow, CommandState
from roverctl.ui.commanding.stages import STAGES_ROLE, Look, looks, stage_text
from roverctl.ui.status import NOTHING
from roverctl.ui.tables import Index, Rows
from roverctl.ui.theme import Theme, mono

NUMBER, COMMAND, ARGUMENTS, NOT_BEFORE, STAGES, NOW, DONE_BY = range(7)

HERE = (CommandState.QUEUED, CommandState.HELD, CommandState.WAITING)  # states of what has not left


class QueueModel(Rows):
    """Rows as the session gives them; only what changed is told. The time of a command that has not left is typed."""

    COLUMNS = ("#", "command", "arguments", "not before", "stages", "now", "done by")
    RIGHT = frozenset({NUMBER, NOT_BEFORE, DONE_BY})

    typed = Signal(int, str)  # number of the command, what was typed as its time

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[CommandRow] = []
        self._looks: list[tuple[Look, ...]] = []
        self._now_ns = 0

    def command(self, row: int) -> CommandRow:
        """The command of a table row."""
        return self._rows[row]

    def row_of(self, command_id: int) -> int | None:
        """The table row of a command."""
        return next((i for i, row in enumerate(self._rows) if row.id == command_id), None)

    def take(self, rows: list[CommandRow], now_ns: int) -> bool:
        """Show these; True when rows came, went or moved (a selection must then be made anew)."""
        new_looks = [looks(row, now_ns) for row in rows]
        self._now_ns = now_ns
        if [row.id for row in rows] != [row.id for row in self._rows]:
            self.beginResetModel()
            self._rows, self._looks = list(rows), new_looks
            self.endResetModel()
            return True
        old_rows, old_looks = self._rows, self._looks
        self._rows, self._looks = list(rows), new_looks
        for i in range(len(rows)):
            if rows[i] != old_rows[i] or new_looks[i] != old_looks[i]:
                self.dataChanged.emit(self.index(i, 0), self.index(i, len(self.COLUMNS) - 1))
        return False

    def count(self) -> int:
        return len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                str(row.id), row.name, row.arguments, self._time(row), None, note_text(row),
                NOTHING if row.done_by_ns is None else format_clock(row.done_by_ns),
            )[column]  # fmt: skip
        if role == Qt.ItemDataRole.EditRole and column == NOT_BEFORE:
            return "" if row.not_before_ns is None else format_utc(row.not_before_ns, 0)
        if role == STAGES_ROLE and column == STAGES:
            return self._looks[index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(column)
        if role == Qt.ItemDataRole.FontRole:
            return mono() if column in (NUMBER, COMMAND, NOT_BEFORE, DONE_BY) else None
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            if column == STAGES:
                return "\n".join(stage_text(stage) for stage in row.stages)
            if column == NOT_BEFORE and row.not_before_ns is not None:
                return f"not released before {format_utc(row.not_before_ns, 0)}"
            if column == NOW:
                edited = f"{row.note}; the route was edited since this command was made"
                return edited if row.outdated else row.note
            return "\n".join(filter(None, (f"{row.name} {row.details or row.arguments}".strip(), row.comment)))
        if role == Qt.ItemDataRole.AccessibleTextRole and column == STAGES:
            return ", ".join(look.value for look in self._looks[index.row()])
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        plain = super().flags(index)
        typed = index.isValid() and index.column() == NOT_BEFORE and self._rows[index.row()].state in HERE
        return plain | Qt.ItemFlag.ItemIsEditable if typed else plain

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        self.typed.emit(self._rows[index.row()].id, str(value))
        return True

    @property
    def timed(self) -> bool:
        """Whether any has a time."""
        return any(row.not_before_ns is not None for row in self._rows)

    def _time(self, row: CommandRow) -> str:
        """The time of day; on another day than now's with its number in the month before it."""
        if row.not_before_ns is None:
            return ""
        day, clock = format_utc(row.not_before_ns)[8:10], format_clock(row.not_before_ns)
        return clock if day == format_utc(self._now_ns)[8:10] else f"{day} {clock}"

    def _colour(self, row: CommandRow, column: int) -> QColor:
        ended = row.state in (CommandState.COMPLETED, CommandState.FAILED)
        if column == NOW:
            if row.state is CommandState.FAILED:
                return self._theme.colour("critical")
            if row.late or row.outdated:
                return self._theme.colour("warning")
            return self._theme.colour("in_limits" if row.state is CommandState.COMPLETED else "text")
        if column in (NUMBER, ARGUMENTS) or ended:
            return self._theme.colour("dim")
        return self._theme.colour("text")


def note_text(row: CommandRow) -> str:
    """Where it is now, with a shape where something is wrong; a failure's shape stands for the word."""
    if row.state is CommandState.FAILED:
        return f"✖ {row.note.removeprefix('failed: ')}"
    if row.outdated:
        return f"▲ {row.note}, old route" if row.state in (CommandState.HELD, CommandState.WAITING) else "▲ old route"
    return f"▲ {row.note}" if row.late else row.note
