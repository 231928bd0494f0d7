"""What is let go wrong with the link, for training: start it by name, see what is in force and for how long."""

from typing import Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from roverctl.core.times import format_clock
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.relay import ArgumentKind, Impaired
from roverctl.ui.choice import Choice
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.status import span_text
from roverctl.ui.tables import Index, Rows, Table, set_up
from roverctl.ui.theme import Theme

NAME, DETAIL, BEGAN, LEFT = range(4)
_UNITS_S: Final = {"s": 1.0, "min": 60.0, "h": 3600.0}
# What a number is set to at first where the impairment has no default: enough to be felt.
_FIRST: Final = {"probability": 0.3, "depth_db": 6.0, "ppm": 20.0, "factor": 0.1}
_SIGNS: Final = {"length_s": "s", "gap_s": "s", "delay_s": "s", "depth_db": "dB", "ppm": "ppm"}


class TroubleModel(Rows):
    """Those in force first, the newest on top."""

    COLUMNS = ("trouble", "how much", "since", "left")
    RIGHT = frozenset({BEGAN, LEFT})

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[str, str, str, str]] = []

    def show_troubles(self, troubles: list[Impaired], now_ns: int) -> None:
        """Show these as of now."""
        ordered = sorted(troubles, key=lambda item: (item.over, -item.began_ns))
        rows = [(item.name, item.detail, format_clock(item.began_ns), _left(item, now_ns)) for item in ordered]
        if len(rows) != len(self._rows):
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        elif rows != self._rows:
            self._rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self.COLUMNS) - 1))

    def count(self) -> int:
        return len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._rows[index.row()][index.column()]
        return self.alignment(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None


def _left(item: Impaired, now_ns: int) -> str:
    if item.over:
        return "over" if item.ends_ns is None else f"over {format_clock(item.ends_ns)}"
    left_s = item.left_s(now_ns)
    return "in force" if left_s is None else span_text(left_s)


class TrainingPanel(QWidget):
    """A line to start something, a table of what there is."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.header = Header("Training", "what goes wrong with the link")
        self.kind = Choice(desk.theme, self)
        self.kind.setAccessibleName("What goes wrong")
        self.kind.currentTextChanged.connect(self._choose)
        self._fields: dict[str, QDoubleSpinBox | QComboBox] = {}
        self._form = QWidget(self)
        self._line = QHBoxLayout(self._form)
        self._line.setContentsMargins(0, 0, 0, 0)
        self.duration = QDoubleSpinBox(self)
        self.duration.setRange(0.1, 100_000.0)
        self.duration.setDecimals(1)
        self.duration.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.duration.setValue(10.0)
        self.duration.setAccessibleName("For how long")
        self.unit = Choice(desk.theme, self)
        self.unit.addItems(list(_UNITS_S))
        self.unit.setCurrentText("min")
        self.unit.setAccessibleName("Unit of the duration")
        self.start = QPushButton("Start", self)
        self.start.clicked.connect(self._start)
        self._words = QLabel(self)
        self._words.setObjectName("dim")
        self._words.setWordWrap(True)
        self.model = TroubleModel()
        self.table = Table(self)
        self.table.when_empty = "Nothing has gone wrong with the link by design."
        set_up(self.table, self.model, [120, 90, 80, 90], DETAIL, "Troubles")
        first, second = QHBoxLayout(), QHBoxLayout()
        for widget in (self.kind, self._form):
            first.addWidget(widget, 0 if widget is self.kind else 1)
        for part in (QLabel("for", self), self.duration, self.unit, self.start):
            second.addWidget(part)
        second.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        for line in (first, second):
            line.setContentsMargins(12, 0, 12, 0)
            column.addLayout(line)
        self._words.setContentsMargins(12, 0, 12, 0)
        column.addWidget(self._words)
        column.addWidget(self.table, 1)
        self.setMinimumHeight(120)
        self.session_replaced()

    def session_replaced(self) -> None:
        """What this mission's link can suffer."""
        self.kind.blockSignals(True)
        self.kind.clear()
        self.kind.addItems([kind.name for kind in self._desk.session.relay.kinds])
        self.kind.blockSignals(False)
        self._choose()
        self.model.show_troubles([], 0)

    def refresh(self, changes: Changes) -> None:
        """What is in force, with the time left."""
        if not changes & {Change.CLOCK, Change.EVENTS, Change.SKY}:
            return
        session = self._desk.session
        able = session.can_command
        for widget in (self.kind, self._form, self.duration, self.unit, self.start):
            widget.setEnabled(able)
        why = session.why_not_command
        self.start.setToolTip(why or "Let it go wrong from now on")
        self._say(why)
        troubles = session.relay.impaired()
        self.model.show_troubles(troubles, session.clock.now_ns)
        running = sum(not item.over for item in troubles)
        self.header.say(f"{running} in force" if running else "what goes wrong with the link")

    def _say(self, why: str) -> None:
        kind = next((k for k in self._desk.session.relay.kinds if k.name == self.kind.currentText()), None)
        self._words.setText(why or ("" if kind is None else f"{kind.name}: {kind.words}."))

    @Slot()
    def _choose(self) -> None:
        """The fields of another kind."""
        while (item := self._line.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._fields = {}
        kind = next((k for k in self._desk.session.relay.kinds if k.name == self.kind.currentText()), None)
        for argument in () if kind is None else kind.arguments:
            label = QLabel(argument.name.rpartition("_")[0] or argument.name, self._form)
            label.setObjectName("small")
            field = _field(argument, self._desk.theme, self._form)
            self._fields[argument.name] = field
            self._line.addWidget(label)
            self._line.addWidget(field)
        self._line.addStretch(1)
        self._say(self._desk.session.why_not_command)

    @Slot()
    def _start(self) -> None:
        arguments: dict[str, float | str] = {}
        for name, field in self._fields.items():
            arguments[name] = field.currentText() if isinstance(field, QComboBox) else field.value()
        duration_s = self.duration.value() * _UNITS_S[self.unit.currentText()]
        self._desk.perform(self._desk.session.relay.impair, self.kind.currentText(), arguments, duration_s)


def _field(argument: ArgumentKind, theme: Theme, parent: QWidget) -> QDoubleSpinBox | QComboBox:
    """A choice or a number within its bounds."""
    if argument.choices:
        choice = Choice(theme, parent)
        choice.addItems(list(argument.choices))
        choice.setAccessibleName(argument.name)
        return choice
    number = QDoubleSpinBox(parent)
    number.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    number.setDecimals(3 if argument.high <= 1.0 else 1 if argument.low >= 0.1 or argument.low < 0 else 2)
    number.setRange(argument.low, argument.high)
    number.setValue(argument.default if argument.default is not None else _FIRST.get(argument.name, argument.low))
    sign = _SIGNS.get(argument.name, "")
    number.setSuffix(f" {sign}" if sign else "")
    number.setAccessibleName(argument.name)
    return number
