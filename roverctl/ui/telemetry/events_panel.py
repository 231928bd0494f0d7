"""Events as they were received, newest at the bottom and in view while one follows."""

from PySide6.QtCore import QModelIndex, QObject, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QVBoxLayout, QWidget

from roverctl.core.nouns import Event, Severity
from roverctl.core.times import format_clock, format_utc
from roverctl.session.api.changes import Change, Changes
from roverctl.ui.choice import Choice
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.tables import Index, Rows, Table, set_up
from roverctl.ui.theme import STATUS_GLYPHS, Theme, mono

TIME, STATUS, TEXT, SOURCE = range(4)


class EventModel(Rows):
    """Appended to as events come; made anew when time went back."""

    COLUMNS = ("received", "", "what", "source")
    CENTRED = frozenset({STATUS})

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._events: list[Event] = []
        self._shown: list[Event] = []
        self._least = Severity.INFO

    def event_at(self, row: int) -> Event:
        """The event of a table row."""
        return self._shown[row]

    def take(self, events: list[Event]) -> None:
        """Show these, oldest first, as far as they are severe enough."""
        have = len(self._events)
        continues = have == 0 or (
            len(events) >= have and events[0] == self._events[0] and events[have - 1] == self._events[-1]
        )
        if not continues:
            self._events = list(events)
            self._rebuild()
            return
        self._events.extend(events[have:])
        new = [event for event in events[have:] if event.severity >= self._least]
        if new:
            self.beginInsertRows(QModelIndex(), len(self._shown), len(self._shown) + len(new) - 1)
            self._shown.extend(new)
            self.endInsertRows()

    def show_from(self, least: Severity) -> None:
        """Leave out what is less severe."""
        self._least = least
        self._rebuild()

    def _rebuild(self) -> None:
        self.beginResetModel()
        self._shown = [event for event in self._events if event.severity >= self._least]
        self.endResetModel()

    def count(self) -> int:
        return len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        event, column = self._shown[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return (format_clock(event.reception_ns), STATUS_GLYPHS[event.severity], event.text, event.source)[column]
        if role == Qt.ItemDataRole.FontRole and column == TIME:
            return mono()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(column)
        if role == Qt.ItemDataRole.ForegroundRole:
            if column == TEXT and event.severity < Severity.WATCH:
                return self._theme.colour("text")
            if column in (STATUS, TEXT):
                return self._theme.severity(event.severity)
            return self._theme.colour("dim")
        if role == Qt.ItemDataRole.ToolTipRole:
            return (
                f"{event.name}, {event.severity.name.lower()}\n"
                f"generated {format_utc(event.generation_ns)}\nreceived {format_utc(event.reception_ns)}"
            )
        if role == Qt.ItemDataRole.AccessibleTextRole and column == STATUS:
            return event.severity.name.lower()
        return None


class EventsPanel(QWidget):
    """The table, and from which severity on it shows."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.header = Header("Events")
        self._model = EventModel(desk.theme, self)
        self.table = Table(self)
        set_up(self.table, self._model, [84, 40, 200, 72], TEXT, "Events")
        self.table.when_empty = "No event has been received yet."
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.activated.connect(self._go_to)
        self.least = Choice(desk.theme)
        self.least.setAccessibleName("Least severity shown")
        for severity in Severity:
            word = "all" if severity is Severity.INFO else f"{STATUS_GLYPHS[severity]} {severity.name.lower()} up"
            self.least.addItem(word, int(severity))
        self.least.currentIndexChanged.connect(self._filter)
        self.header.add_widget(self.least)
        self._follow = self.header.add_tool("follow", self._follow_now, "Keep the newest in view", checkable=True)
        self._follow.setChecked(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)

    def session_replaced(self) -> None:
        """Rows are made anew by the refresh."""

    def refresh(self, changes: Changes) -> None:
        """New rows at the bottom."""
        if Change.EVENTS not in changes:
            return
        before = self._model.rowCount()
        self._model.take(self._desk.session.events)
        count = len(self._desk.session.events)
        self.header.say(f"{count}, newest last" if count else "")
        if self._model.rowCount() != before:
            self._follow_now()

    @Slot()
    def _follow_now(self) -> None:
        if self._follow.isChecked():
            self.table.scrollToBottom()

    @Slot()
    def _filter(self) -> None:
        self._model.show_from(Severity(int(self.least.currentData())))
        self._follow_now()

    @Slot(QModelIndex)
    def _go_to(self, index: QModelIndex) -> None:
        """Enter or double click: a replay goes to the event."""
        if self._desk.session.can_seek:
            self._desk.perform(self._desk.session.seek, self._model.event_at(index.row()).reception_ns)
