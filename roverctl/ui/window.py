"""The window: bar on top, map with docks around it and messages over it, time control below."""

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QByteArray, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QVBoxLayout, QWidget

from roverctl.core.errors import RoverctlError
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.session import Mode, Session
from roverctl.ui import layout, window_state
from roverctl.ui.commanding.queue_panel import QueuePanel
from roverctl.ui.desk import EVERYTHING, Desk, View
from roverctl.ui.header import Header
from roverctl.ui.map.panel import MapPanel
from roverctl.ui.menus import Menus
from roverctl.ui.message_strip import MessageStrip
from roverctl.ui.relay.delay_panel import DelayPanel
from roverctl.ui.relay.link.panel import LinkPanel
from roverctl.ui.relay.timeline_panel import TimelinePanel
from roverctl.ui.relay.training_panel import TrainingPanel
from roverctl.ui.sessions import SessionOpener, Sessions
from roverctl.ui.telemetry.events_panel import EventsPanel
from roverctl.ui.telemetry.panel import TelemetryPanel
from roverctl.ui.telemetry.parameter_panel import ParameterPanel
from roverctl.ui.theme import Appearance, Theme
from roverctl.ui.time_bar import TimeBar
from roverctl.ui.top_bar import Perspective, TopBar
from roverctl.ui.traverse.panel import TraversePanel
from roverctl.ui.traverse.profile import ProfilePanel
from roverctl.ui.traverse.zone_desk import ZoneDesk

POLL_MS = 33
# Ages are shown to a tenth of a second and read by eye: five times a second is enough for what only grows older.
_AGE_POLLS = 6
_ANEW = 3


class Panel(View, Protocol):
    """A view that is a dock's content."""

    header: Header


class Window(QMainWindow):
    """Polls the session 30 times a second and hands what changed to the views that are to be seen."""

    def __init__(self, session: Session, opener: SessionOpener, theme: Theme, *, remember: bool = True) -> None:
        super().__init__()
        self.setObjectName("roverctl")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        self.opener = opener
        self.theme = theme
        self._remember = remember
        self._state = window_state.load(opener.data_dir) if remember else window_state.WindowState()
        self._shown_state: dict[Perspective, bytes] = {}
        self.desk = Desk(session, theme)
        self.desk.setParent(self)
        self.top_bar = TopBar(self.desk)
        self.time_bar = TimeBar(self.desk)
        self.map = MapPanel(self.desk)
        self.strip = MessageStrip(theme, self.map.view)
        self.traverse = TraversePanel(self.desk)
        self.profile = ProfilePanel(self.desk)
        self.queue = QueuePanel(self.desk)
        self.telemetry = TelemetryPanel(self.desk)
        self.parameters = ParameterPanel(self.desk)
        self.events = EventsPanel(self.desk)
        self.passes = TimelinePanel(self.desk)
        self.link = LinkPanel(self.desk)
        self.delays = DelayPanel(self.desk)
        self.training = TrainingPanel(self.desk)
        self._views: list[View] = [
            self.top_bar, self.time_bar, self.map, self.traverse, self.profile, self.queue, self.telemetry,
            self.parameters, self.events, self.passes, self.link, self.delays, self.training,
        ]  # fmt: skip
        self._missed: list[Changes] = [set(EVERYTHING) for _ in self._views]
        self.deck = self._build_deck()
        self.perspective = Perspective.REPLAY if session.mode is Mode.REPLAY else Perspective.OPERATE
        self.sessions = Sessions(self)
        self.menus = Menus(self)
        self._build_column()
        self.desk.changed.connect(self._take)
        self.desk.told.connect(self.strip.tell)
        self.desk.settled.connect(self.strip.settle)
        self.traverse.pointing.connect(self.map.view.point_at)
        self.map.view.hand.leg_chosen.connect(self.traverse.show_segment)
        self.traverse.stop_chosen.connect(self.map.view.choose_stop)
        self.traverse.day_shown.connect(self.profile.show_day)
        self.traverse.item_chosen.connect(self.profile.day.choose)
        self.profile.day.item_chosen.connect(self.traverse.day.show_item)
        self.zone_desk = ZoneDesk(self.traverse, self.map, self)
        self.map.view.along_pointed.connect(self.profile.point)
        self.profile.pointed.connect(self.map.view.mark)
        self.top_bar.perspective_chosen.connect(self.show_perspective)
        theme.changed.connect(self._restyle)
        self._leaving: list[Session] = []
        self._settling = False
        self._polls = 0
        self._closed = False
        self._could_command = session.can_command
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._poll)
        self._proportioned = False
        # at the size and place of the last start
        self.placed = bool(self._state.geometry) and self.restoreGeometry(QByteArray(self._state.geometry))
        self.map.remember(self._state.map)
        self._retitle()

    # Building
    def _build_deck(self) -> QMainWindow:
        deck = QMainWindow()
        deck.setWindowFlags(Qt.WindowType.Widget)
        deck.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AnimatedDocks
        )
        deck.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.South)
        deck.setCentralWidget(self.map)
        self.docks: dict[str, QDockWidget] = {}
        panels: list[tuple[str, str, Panel]] = [
            ("traverse", "Traverse", self.traverse),
            ("profile", "Profile", self.profile),
            ("queue", "Command queue", self.queue),
            ("telemetry", "Telemetry", self.telemetry),
            ("parameters", "Parameters", self.parameters),
            ("events", "Events", self.events),
            ("passes", "Contacts", self.passes),
            ("link", "Link", self.link),
            ("delays", "Delays", self.delays),
            ("training", "Training", self.training),
        ]
        for name, title, panel in panels:
            dock = QDockWidget(title, deck)
            dock.setObjectName(f"dock_{name}")
            assert isinstance(panel, QWidget)
            dock.setWidget(panel)
            dock.setTitleBarWidget(panel.header)
            self.docks[name] = dock
        return deck

    def _build_column(self) -> None:
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.menus.bar, self.top_bar):
            column.addWidget(widget)
        column.addWidget(self.deck, 1)
        column.addWidget(self.time_bar)
        self.setCentralWidget(body)

    def build_plots(self) -> None:
        """What costs time to load; called once the window is on screen."""
        if self._closed:
            return
        self.telemetry.build()
        QTimer.singleShot(0, self.profile.build)
        QTimer.singleShot(0, self.delays.build)
        for missed in self._missed:
            missed |= EVERYTHING

    def start(self) -> None:
        """Begin to poll."""
        self.show_perspective(self.perspective)
        self.map.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._timer.start()

    # Polling
    @Slot()
    def _poll(self) -> None:
        session = self.desk.session
        try:
            changes = session.poll()
        except RoverctlError as error:
            self._timer.stop()
            self.desk.tell(f"{error} The session stands still; open it again with File.")
            return
        self._polls += 1
        self._see_off()
        if session.can_command is not self._could_command:
            self._could_command = session.can_command
            self.menus.session_replaced()
            changes = set(EVERYTHING)
        for message in session.take_messages():  # also those that came of an act, between polls
            self.strip.tell(message)
        self._take(changes)

    @Slot(object)
    def _take(self, changes: Changes) -> None:
        """Hand changes out. What only grows older is shown five times a second, each view in its turn: all in one
        would hold the event loop for too long. The two bars follow every poll."""
        slow = {Change.CLOCK, Change.TELEMETRY, Change.FORECAST, Change.SKY}
        anew = 0
        for place, view in enumerate(self._views):
            missed = self._missed[place]
            missed |= changes
            if not missed or not view.isVisible():
                continue
            # The plots come twice as often, half of them each time; and so does what is seen to move.
            often = view in (self.telemetry, self.link)
            turn = (self._polls + place) % (_AGE_POLLS // 2 if often else _AGE_POLLS) == 0
            if missed <= slow and not turn and view not in (self.top_bar, self.time_bar):
                continue
            if self._settling and missed >= EVERYTHING:  # another session: some views in each turn
                anew += 1
                if anew > _ANEW:
                    continue
            self._missed[place] = set()
            view.refresh(missed)
        self._settling = self._settling and anew > 0

    # Sessions
    def set_session(self, session: Session) -> None:
        """Show another session; the one before saves and ends meanwhile."""
        before = self.desk.session
        self.desk.session = session
        before.leave()
        self._leaving.append(before)
        self.strip.dismiss()
        for view in self._views:
            view.session_replaced()
        for missed in self._missed:
            missed |= EVERYTHING
        self._settling = True
        self._retitle()
        self._could_command = session.can_command
        self.menus.session_replaced()
        QTimer.singleShot(0, self._suit_perspective)
        self._timer.start()

    @Slot()
    def _suit_perspective(self) -> None:
        """The perspective of a new session, in a turn of its own: arranging takes some frames."""
        wanted = Perspective.REPLAY if self.desk.session.mode is Mode.REPLAY else Perspective.OPERATE
        if self.perspective is not wanted and not self._closed:
            self.show_perspective(wanted)

    def let_go(self, folder: Path) -> None:
        """Wait for a session that is still saving in this folder."""
        for session in [s for s in self._leaving if s.folder is not None and s.folder.resolve() == folder.resolve()]:
            self._leaving.remove(session)
            session.close()

    def _see_off(self) -> None:
        """Close the sessions whose processes have ended."""
        for session in [s for s in self._leaving if s.gone]:
            self._leaving.remove(session)
            session.close()

    def _retitle(self) -> None:
        session = self.desk.session
        self.setWindowTitle(f"{session.source} — {session.mission.title} — roverctl")

    # Perspectives
    @Slot(object)
    def show_perspective(self, perspective: Perspective) -> None:
        """Another arrangement of the docks, as last left or by default."""
        if self._proportioned:
            self._shown_state[self.perspective] = layout.keep(self.deck)
        self.perspective = perspective
        layout.arrange(self.deck, self.docks, perspective)
        kept = self._shown_state.get(perspective) or self._state.layouts.get(perspective.value, b"")
        if not layout.restore(self.deck, kept):
            layout.proportion(self.deck, self.docks, perspective)
        self.top_bar.mark_perspective(perspective)
        self.menus.mark_perspective(perspective)
        self.map.use_route_tool(perspective is Perspective.PLAN)
        self._proportioned = self.isVisible()
        self._take(set())

    def reset_layout(self) -> None:
        """The arrangement in use as it is by default."""
        layout.arrange(self.deck, self.docks, self.perspective)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        kept = self.perspective in self._shown_state or self.perspective.value in self._state.layouts
        if self._timer.isActive() and not self._proportioned and not kept:
            layout.arrange(self.deck, self.docks, self.perspective)

    # Theme
    def wear(self, appearance: Appearance) -> None:
        """Dark, light, or as the system."""
        self._state.appearance = appearance.value
        self.theme.wear(appearance)

    @Slot()
    def _restyle(self) -> None:
        self.telemetry.restyle()
        self.profile.restyle()
        self.delays.restyle()
        for widget in self.findChildren(QWidget):
            widget.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space plays and pauses wherever nothing that has the focus has a use for it."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.time_bar.toggle()
        else:
            super().keyPressEvent(event)

    # The end
    def closeEvent(self, event: QCloseEvent) -> None:
        if self._closed:
            return
        self._closed = True
        self._timer.stop()
        self.strip.dismiss()
        self.sessions.stop()
        self.map.stop()
        self.theme.changed.disconnect(self._restyle)
        self._save_state()
        self.telemetry.close_plots()
        self.profile.close_plots()
        self.delays.close_plots()
        for session in (*self._leaving, self.desk.session):
            session.close()
        super().closeEvent(event)

    def _save_state(self) -> None:
        if not self._remember:
            return
        self._shown_state[self.perspective] = layout.keep(self.deck)
        self._state.map = self.map.choice
        self._state.geometry = bytes(self.saveGeometry().data())
        self._state.layouts |= {perspective.value: data for perspective, data in self._shown_state.items()}
        try:
            window_state.save(self.opener.data_dir, self._state)
        except OSError as error:
            self.strip.tell_plainly(f"The window's layout could not be kept: {error}")
