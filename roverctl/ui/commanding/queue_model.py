"""The command queue as a table model."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor

from roverctl.core.times import format_clock
from roverctl.session.api.commands import CommandRow, CommandState
from roverctl.ui.commanding.stages import STAGES_ROLE, Look, looks, stage_text
from roverctl.ui.status import NOTHING
from roverctl.ui.tables import Index, Rows
from roverctl.ui.theme import Theme, mono

NUMBER, COMMAND, ARGUMENTS, STAGES, NOW, DONE_BY = range(6)


class QueueModel(Rows):
    """Rows as the session gives them; only what changed is told."""

    COLUMNS = ("#", "command", "arguments", "stages", "now", "done by")
    RIGHT = frozenset({NUMBER, DONE_BY})

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[CommandRow] = []
        self._looks: list[tuple[Look, ...]] = []

    def command(self, row: int) -> CommandRow:
        """The command of a table row."""
        return self._rows[row]

    def row_of(self, command_id: int) -> int | None:
        """The table row of a command."""
        return next((i for i, row in enumerate(self._rows) if row.id == command_id), None)

    def take(self, rows: list[CommandRow], now_ns: int) -> bool:
        """Show these; True when rows came, went or moved (a selection must then be made anew)."""
        new_looks = [looks(row, now_ns) for row in rows]
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
                str(row.id), row.name, row.arguments, None, note_text(row),
                NOTHING if row.done_by_ns is None else format_clock(row.done_by_ns),
            )[column]  # fmt: skip
        if role == STAGES_ROLE and column == STAGES:
            return self._looks[index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(column)
        if role == Qt.ItemDataRole.FontRole:
            return mono() if column in (NUMBER, COMMAND, DONE_BY) else None
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            if column == STAGES:
                return "\n".join(stage_text(stage) for stage in row.stages)
            if column == NOW:
                edited = f"{row.note}; the route was edited since this command was made"
                return edited if row.outdated else note_text(row)
            return "\n".join(filter(None, (f"{row.name} {row.details or row.arguments}".strip(), row.comment)))
        if role == Qt.ItemDataRole.AccessibleTextRole and column == STAGES:
            return ", ".join(look.value for look in self._looks[index.row()])
        return None

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
    """Where it is now, with a shape where something is wrong."""
    if row.state is CommandState.FAILED:
        return f"✖ {row.note}"
    if row.outdated:
        return "▲ held, old route" if row.state is CommandState.HELD else "▲ old route"
    return f"▲ {row.note}" if row.late else row.note
