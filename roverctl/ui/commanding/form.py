"""A command from the MDB: one line to type, or a field for each argument. What is wrong is said beside it."""

from PySide6.QtCore import QEvent, QObject, QStringListModel, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCompleter,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from roverctl.core.errors import InputError
from roverctl.mission.mdb import Argument, Value
from roverctl.session.api.changes import Changes
from roverctl.ui.choice import Choice
from roverctl.ui.commanding.command_line import allowed_words, completions, enterable, parse_line
from roverctl.ui.desk import Desk, attempt
from roverctl.ui.status import unit_sign
from roverctl.ui.theme import mono


class CommandForm(QWidget):
    """The two ways to write a command, kept in step: choosing fills the line, Enter adds it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setObjectName("timeBar")  # the same line above
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.choice = Choice(self._desk.theme, self)
        self.choice.setAccessibleName("Command")
        self.choice.activated.connect(self._chosen)
        self.fields: dict[str, QDoubleSpinBox | Choice] = {}
        self._field_row = QHBoxLayout()
        self._field_row.setSpacing(8)
        self._field_row.addWidget(self.choice)
        self._field_row.addStretch(1)
        self.line = QLineEdit(self)
        self.line.setFont(mono())
        self.line.setPlaceholderText("DRIVE distance=8 heading=40")
        self.line.setAccessibleName("Command line")
        self.line.returnPressed.connect(self.add)
        self.line.textEdited.connect(self._edited)
        self.line.installEventFilter(self)
        self._lines = QStringListModel(self)
        completer = QCompleter(self._lines, self)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        popup = completer.popup()
        if popup is not None:
            popup.setFont(mono())
        self.line.setCompleter(completer)
        self.add_button = QPushButton("Add", self)
        self.add_button.setToolTip("Put the command at the end of the queue (Enter)")
        self.add_button.clicked.connect(self.add)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.addWidget(self.line, 1)
        self._row.addWidget(self.add_button)
        self.problem = QLabel(self)
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName("What is wrong with the command")
        self.problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        column.addLayout(self._field_row)
        column.addWidget(self.problem)
        column.addLayout(self._row)
        self._fill()

    def add_to_row(self, widget: QWidget) -> None:
        """Another button beside Add."""
        self._row.addWidget(widget)

    def session_replaced(self) -> None:
        """Commands of another mission."""
        self._fill()

    def refresh(self, changes: Changes) -> None:
        """Where commands cannot be sent, it says why."""
        session = self._desk.session
        for widget in (self.choice, self.line, self.add_button, *self.fields.values()):
            if widget.isEnabled() != session.can_command:
                widget.setEnabled(session.can_command)
        hint = "DRIVE distance=8 heading=40" if session.can_command else session.why_not_command
        if self.line.placeholderText() != hint:
            self.line.setPlaceholderText(hint)

    def _fill(self) -> None:
        mdb = self._desk.session.mission.mdb
        self.choice.clear()
        for name in enterable(mdb):
            self.choice.addItem(name)
            self.choice.setItemData(self.choice.count() - 1, mdb.command(name).text, Qt.ItemDataRole.ToolTipRole)
        with_arguments = [name for name in enterable(mdb) if mdb.command(name).arguments]
        if with_arguments:
            self.choice.setCurrentText(with_arguments[0])
        self._make_fields()
        self._lines.setStringList(completions(mdb, ""))
        self.line.clear()
        self._say("")

    @Slot(int)
    def _chosen(self, index: int) -> None:
        self._make_fields()
        self._write_line()

    def _make_fields(self) -> None:
        """A field for each argument of the chosen command."""
        while self._field_row.count() > 1:
            item = self._field_row.takeAt(1)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.fields = {}
        mdb = self._desk.session.mission.mdb
        if self.choice.currentText():
            for argument in mdb.command(self.choice.currentText()).arguments:
                label = QLabel(argument.name, self)
                label.setObjectName("small")
                field = self._field(argument)
                label.setBuddy(field)
                self.fields[argument.name] = field
                self._field_row.addWidget(label)
                self._field_row.addWidget(field)
        self._field_row.addStretch(1)

    def _field(self, argument: Argument) -> QDoubleSpinBox | Choice:
        words = allowed_words(self._desk.session.mission.mdb, argument)
        if words:
            combo = Choice(self._desk.theme, self)
            combo.addItems(words)
            combo.activated.connect(self._field_changed)
            combo.setAccessibleName(argument.name)
            combo.setToolTip(argument.text)
            return combo
        field = QDoubleSpinBox(self)
        field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        field.setMinimumWidth(84)
        field.setFont(mono())
        field.setDecimals(0 if argument.scale >= 1 else 2)
        field.setRange(-1e6 if argument.min is None else argument.min, 1e6 if argument.max is None else argument.max)
        field.setValue(argument.default or 0.0)
        sign = unit_sign(argument.unit)
        field.setSuffix(sign if sign == "°" else f" {sign}" if sign else "")
        field.setAccessibleName(argument.name)
        field.setToolTip(f"{argument.text}, {field.minimum():g} to {field.maximum():g} {argument.unit}".strip())
        field.valueChanged.connect(self._field_changed)
        return field

    @Slot()
    def _field_changed(self) -> None:
        self._write_line()

    def _write_line(self) -> None:
        words = [self.choice.currentText()]
        for name, field in self.fields.items():
            value = field.currentText() if isinstance(field, Choice) else f"{field.value():g}"
            words.append(f"{name}={value}")
        self.line.setText(" ".join(words))
        self._say("")

    @Slot(str)
    def _edited(self, text: str) -> None:
        self._lines.setStringList(completions(self._desk.session.mission.mdb, text))
        self._say("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tab in the line takes the first completion, where there is one that adds something."""
        if watched is self.line and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            text = self.line.text()
            if event.key() == Qt.Key.Key_Tab and text.strip():
                lines = completions(self._desk.session.mission.mdb, text)
                if lines and lines[0] != text:
                    self.line.setText(lines[0])
                    return True
        return super().eventFilter(watched, event)

    @Slot()
    def add(self) -> None:
        """Put the line's command into the queue; an empty line means the fields."""
        if not self._desk.session.can_command:
            return
        if not self.line.text().strip():
            self._write_line()
        session = self._desk.session
        try:
            name, arguments = parse_line(session.mission.mdb, self.line.text())
        except InputError as error:
            self._say(str(error))
            return
        self._enqueue(name, arguments)

    def _enqueue(self, name: str, arguments: dict[str, Value]) -> None:
        problem, changes = attempt(self._desk.session.add_command, name, arguments)
        self._say(problem)
        if not problem:
            self.line.clear()
        self._desk.changed.emit(changes)

    def _say(self, problem: str) -> None:
        self.problem.setText(f"▲ {problem}" if problem else "")
        self.problem.setVisible(bool(problem))
