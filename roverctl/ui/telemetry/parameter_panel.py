"""The parameter table: status, name, value, unit, and how old each value is."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QVBoxLayout, QWidget

from roverctl.core.nouns import Severity
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.session import Session
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.status import NOTHING, is_stale, unit_sign
from roverctl.ui.tables import Index, Rows, Table, set_up
from roverctl.ui.theme import STALE_GLYPH, STATUS_GLYPHS, Theme, mono

STATUS, NAME, VALUE, UNIT, AGE = range(5)


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A parameter as shown; no value while nothing was received."""

    name: str
    value: str
    unit: str
    age: str
    severity: Severity | None
    stale: bool
    text: str


def parameter_rows(session: Session) -> list[ParameterRow]:
    """All parameters of the store as of the session's now; the age counts from generation."""
    mdb, store, now = session.mission.mdb, session.store, session.clock.now_ns
    delay_s = 0.0 if session.sky is None else session.sky.fresh_s
    rows = []
    for name in store.names:
        parameter = mdb.parameters[name]
        sample = store.latest(name, now)
        if sample is None:
            rows.append(ParameterRow(name, NOTHING, "", NOTHING, None, True, parameter.text))
            continue
        age_s = (now - sample.generation_ns) / 1e9
        age = f"{age_s:.1f}" if age_s < 100 else f"{age_s:.0f}"
        rows.append(
            ParameterRow(
                name,
                mdb.format_value(name, sample.value),
                unit_sign(parameter.unit),
                age,
                parameter.severity(sample.value),
                is_stale(age_s, store.period_s(name), delay_s),
                parameter.text,
            )
        )
    return rows


class ParameterModel(Rows):
    """Rows of a fixed set of parameters; only cells that changed are told."""

    COLUMNS = ("", "parameter", "value", "", "age s")
    RIGHT = frozenset({VALUE, AGE})
    CENTRED = frozenset({STATUS})

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[ParameterRow] = []

    def take(self, rows: list[ParameterRow]) -> None:
        """Show these."""
        old = self._rows
        if [row.name for row in rows] != [row.name for row in old]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        self._rows = rows
        for i, (new, before) in enumerate(zip(rows, old, strict=True)):
            if (new.value, new.severity, new.stale) != (before.value, before.severity, before.stale):
                self.dataChanged.emit(self.index(i, STATUS), self.index(i, AGE))
            elif new.age != before.age:
                self.dataChanged.emit(self.index(i, AGE), self.index(i, AGE))

    def count(self) -> int:
        return len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            glyph = STALE_GLYPH if row.stale else STATUS_GLYPHS[row.severity]
            return (glyph, row.name, row.value, row.unit, row.age)[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(column)
        if role == Qt.ItemDataRole.FontRole and column in (NAME, VALUE, AGE):
            return mono()
        if role == Qt.ItemDataRole.ForegroundRole:
            if column == STATUS and not row.stale:
                return self._theme.severity(row.severity)
            if column == VALUE and row.severity is not None and not row.stale:
                return self._theme.severity(row.severity)
            return self._theme.colour("dim" if row.stale or column in (STATUS, UNIT, AGE) else "text")
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole and column == STATUS:
            return "stale" if row.stale else "in limits" if row.severity is None else row.severity.name.lower()
        return None


class ParameterPanel(QWidget):
    """Table with a filter; brought up to date five times a second."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.header = Header("Parameters")
        self._model = ParameterModel(desk.theme, self)
        self.table = Table(self)
        set_up(self.table, self._model, [36, 190, 104, 40, 64], NAME, "Parameters")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("filter")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName("Filter of parameters")
        self.filter.setFixedWidth(130)
        self.filter.textChanged.connect(self._filter)
        self.header.add_widget(self.filter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)

    def session_replaced(self) -> None:
        """Rows are made anew by the refresh."""

    def refresh(self, changes: Changes) -> None:
        """Values and ages."""
        if changes & {Change.CLOCK, Change.TELEMETRY}:
            rows = parameter_rows(self._desk.session)
            self._model.take(rows)
            late = sum(row.stale for row in rows)
            self.header.say(f"{late} stale" if late else "")
            self._filter()

    @Slot()
    def _filter(self) -> None:
        wanted = self.filter.text().strip().upper()
        for row in range(self._model.rowCount()):
            name = str(self._model.index(row, NAME).data())
            self.table.setRowHidden(row, wanted not in name)
