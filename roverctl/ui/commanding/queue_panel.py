"""The command queue: what is where, what can still be done about it, and the way to send."""

from PySide6.QtCore import QEvent, QItemSelectionModel, Qt, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QLabel, QPushButton, QVBoxLayout, QWidget

from roverctl.core.errors import InputError
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.commands import CommandRow, CommandState
from roverctl.ui.commanding.form import CommandForm
from roverctl.ui.commanding.queue_model import ARGUMENTS, COMMAND, HERE, NOT_BEFORE, STAGES, QueueModel
from roverctl.ui.commanding.recall import consequence
from roverctl.ui.commanding.stages import StageDelegate
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.tables import Table, set_up
from roverctl.ui.typed_time import time_typed

# A narrower queue leaves the arguments to the row's tip and times to the words, rather than cut off when it will
# be done.
_ARGUMENTS_FROM_PX = 560
_COMMAND_PX = 120
_TIME_PX = 88
_STRETCH, _FIXED = QHeaderView.ResizeMode.Stretch, QHeaderView.ResizeMode.Interactive


class QueueTable(Table):
    """The table with its keys: Delete, Alt+Up, Alt+Down, Ctrl+Enter are the panel's."""

    def __init__(self, panel: "QueuePanel") -> None:
        super().__init__(panel)
        self._panel = panel

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._panel.key(event):
            super().keyPressEvent(event)


class QueuePanel(QWidget):
    """Queue, consequence, form."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.header = Header("Command queue")
        self._model = QueueModel(desk.theme, self)
        self.table = QueueTable(self)
        set_up(self.table, self._model, [30, _COMMAND_PX, 120, _TIME_PX, 142, 98, 74], ARGUMENTS, "Command queue")
        self.table.when_empty = (
            "Nothing is queued. Plan a route on the map (Ctrl+1) and make it a command, or write one below."
        )
        self._timed = False
        self.table.setColumnHidden(NOT_BEFORE, True)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self._model.typed.connect(self._time_typed)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._delegate = StageDelegate(desk.theme)
        self.table.setItemDelegateForColumn(STAGES, self._delegate)
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self._consequence = QLabel(self)
        self._consequence.setObjectName("consequence")
        self._consequence.setWordWrap(True)
        self._consequence.setTextFormat(Qt.TextFormat.RichText)
        self._consequence.setAccessibleName("What can still be done")
        self.hold_button = self.header.add_tool("Hold", self.hold, "Hold the selected back, or let them go (H)")
        self.up_button = self.header.add_tool("↑", self.move_up, "Move up (Alt+Up)")
        self.down_button = self.header.add_tool("↓", self.move_down, "Move down (Alt+Down)")
        self.remove_button = self.header.add_tool("Remove", self.remove, "Take the selected out of the queue (Delete)")
        self.release_button = QPushButton("Release", self)
        self.release_button.setObjectName("primary")
        self.release_button.setToolTip("Send the selected commands, or all that are queued (Ctrl+Enter)")
        self.release_button.clicked.connect(self.release)
        self.form = CommandForm(desk, self)
        self.form.add_to_row(self.release_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        box = QHBoxLayout()
        box.setContentsMargins(12, 8, 12, 8)
        box.addWidget(self._consequence)
        column.addLayout(box)
        column.addWidget(self.form)
        self._consequence.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._share_width()
        super().resizeEvent(event)

    def _share_width(self) -> None:
        """Between the columns that there is room for."""
        timed = self._model.timed and self.width() >= _ARGUMENTS_FROM_PX
        if self.table.isColumnHidden(NOT_BEFORE) == timed:
            self.table.setColumnHidden(NOT_BEFORE, not timed)
        narrow = self.width() < _ARGUMENTS_FROM_PX + timed * _TIME_PX
        self.table.setColumnHidden(ARGUMENTS, narrow)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(COMMAND, _STRETCH if narrow else _FIXED)
        if not narrow:
            header.resizeSection(COMMAND, _COMMAND_PX)

    def session_replaced(self) -> None:
        """Another queue, other commands."""
        self.table.clearSelection()
        self.form.session_replaced()

    def refresh(self, changes: Changes) -> None:
        """Rows, then what depends on them."""
        session = self._desk.session
        selected = self.selected_ids()
        if self._model.take(session.commands, session.clock.now_ns) and selected:
            self._select(selected)
        if self._timed != self._model.timed:
            self._timed = self._model.timed
            self._share_width()
        if changes & {Change.QUEUE, Change.MESSAGES}:
            self._show_abilities()
        self._show_consequence()
        self.form.refresh(changes)

    # What is selected
    def selected(self) -> list[CommandRow]:
        """The selected commands in the queue's order."""
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        return [self._model.command(row) for row in rows]

    def selected_ids(self) -> list[int]:
        """Their numbers."""
        return [row.id for row in self.selected()]

    def _select(self, ids: list[int]) -> None:
        selection = self.table.selectionModel()
        selection.clearSelection()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        places = [place for place in (self._model.row_of(number) for number in ids) if place is not None]
        if places:  # first the current row, which would otherwise undo the selection
            selection.setCurrentIndex(self._model.index(places[0], 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        for place in places:
            selection.select(self._model.index(place, 0), flags)

    @Slot()
    def _selected(self) -> None:
        self._show_abilities()
        self._show_consequence()

    def to_release(self) -> list[int]:
        """The selected that are queued or wait; all queued when none of the selected is."""
        chosen = [row.id for row in self.selected() if row.state in (CommandState.QUEUED, CommandState.WAITING)]
        return chosen or [row.id for row in self._desk.session.commands if row.state is CommandState.QUEUED]

    def _show_abilities(self) -> None:
        session = self._desk.session
        rows = self.selected()
        can = session.can_command
        here = [row for row in rows if row.state in HERE]
        ready = self.to_release()
        waits = any(row.id in ready and row.state is CommandState.WAITING for row in rows)
        word = "Release now" if waits else "Release"
        self.release_button.setText(f"{word} {len(ready)}" if ready else "Release")
        self.release_button.setEnabled(can and bool(ready))
        self.hold_button.setEnabled(can and bool(here))
        self.hold_button.setText("Let go" if here and all(r.state is CommandState.HELD for r in here) else "Hold")
        self.remove_button.setEnabled(can and bool(here))
        places = self._places()
        self.up_button.setEnabled(can and len(here) == 1 and here[0].id in places[1:])
        self.down_button.setEnabled(can and len(here) == 1 and here[0].id in places[:-1])
        flying = sum(row.state is CommandState.RELEASED for row in session.commands)
        waiting = sum(row.state is CommandState.WAITING for row in session.commands)
        if not can:
            self.header.say(session.why_not_command)
        else:
            still = f", {waiting} waiting" if waiting else ""
            self.header.say(f"{len(session.commands)}, {flying} in flight{still}" if session.commands else "empty")

    def _places(self) -> list[int]:
        """Numbers of the commands that have not left, in order."""
        return [row.id for row in self._desk.session.commands if row.state in HERE]

    def _show_consequence(self) -> None:
        rows = self.selected()
        session = self._desk.session
        if not rows:
            self._consequence.hide()
            return
        row = rows[0]
        first, second = consequence(row, session.clock.now_ns, session.forecast, session.sky)
        text = f"<b>{row.id} {row.name}</b> {first}"
        if second and session.can_command:
            text += f"<br>{second}"
        if self._consequence.text() != text:
            self._consequence.setText(text)
        self._consequence.show()

    # Acts
    def key(self, event: QKeyEvent) -> bool:
        """The table's keys; True when it was one of ours."""
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Delete:
            self.remove()
        elif alt and key == Qt.Key.Key_Up:
            self.move_up()
        elif alt and key == Qt.Key.Key_Down:
            self.move_down()
        elif control and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.release()
        elif key == Qt.Key.Key_H and not control:
            self.hold()
        else:
            return False
        return True

    @Slot()
    def release(self) -> None:
        """Send what is selected and queued, or all that is queued."""
        ready = self.to_release()
        if ready:
            self._desk.perform(self._desk.session.release, ready)

    @Slot(int, str)
    def _time_typed(self, command_id: int, text: str) -> None:
        """A time as a departure is typed; nothing takes it away."""
        session = self._desk.session
        try:
            t_ns = time_typed(text, session.clock.now_ns)
        except InputError as error:
            self._desk.tell(str(error))
            return
        self._desk.perform(session.set_time, [command_id], t_ns)

    @Slot()
    def hold(self) -> None:
        """Hold the selected; let them go when all of them are held."""
        here = [row for row in self.selected() if row.state in HERE]
        if here:
            held = not all(row.state is CommandState.HELD for row in here)
            self._desk.perform(self._desk.session.hold, [row.id for row in here], held)

    @Slot()
    def remove(self) -> None:
        """Take the selected that have not left out of the queue."""
        here = [row.id for row in self.selected() if row.state in HERE]
        if here:
            self._desk.perform(self._desk.session.remove, here)

    @Slot()
    def move_up(self) -> None:
        """One place towards the front."""
        self._move(-1)

    @Slot()
    def move_down(self) -> None:
        """One place towards the end."""
        self._move(1)

    def _move(self, by: int) -> None:
        here = [row for row in self.selected() if row.state in HERE]
        places = self._places()
        if len(here) != 1 or not 0 <= places.index(here[0].id) + by < len(places):
            return
        everything = [row.id for row in self._desk.session.commands]
        neighbour = places[places.index(here[0].id) + by]
        self._desk.perform(self._desk.session.move, here[0].id, everything.index(neighbour))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.table.viewport().update()
        super().changeEvent(event)
