"""The one time control: play, speed asked and reached, and a line over the time that there is."""

from bisect import bisect_right

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from roverctl.core.nouns import Event, Severity
from roverctl.core.times import SECOND_NS, format_clock, format_utc
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.session import ClockState
from roverctl.ui.choice import Choice
from roverctl.ui.desk import Desk
from roverctl.ui.theme import SMALL_PX, mono

SPEEDS = (1, 10, 100, 1_000, 10_000, 100_000)
_MARGIN_PX = 10


class TimeLine(QWidget):
    """From the first moment to the last, with marks where something happened; a seek by click, drag or arrow key."""

    sought = Signal(object)  # t_ns

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._marks: list[tuple[int, Severity]] = []
        self._shown = (0, 0, 0)
        self._wanted_ns = 0
        self._drag = QTimer(self)
        self._drag.setSingleShot(True)
        self._drag.setInterval(40)
        self._drag.timeout.connect(self._seek_dragged)
        self.setFixedHeight(44)
        self.setMinimumWidth(160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Time line")

    def sizeHint(self) -> QSize:
        return QSize(600, 44)

    def show_events(self, events: list[Event]) -> None:
        """Marks, thinned to one of each severity a pixel."""
        clock = self._desk.session.clock
        seen: dict[tuple[int, Severity], int] = {}
        for event in events:
            seen.setdefault((round(self.x_of(event.reception_ns, clock)), event.severity), event.reception_ns)
        self._marks = sorted(((t, severity) for (_, severity), t in seen.items()), key=lambda mark: mark[1])
        self.update()

    @property
    def times(self) -> list[int]:
        """When the marked events were received, in order."""
        return sorted(t_ns for t_ns, _ in self._marks)

    def follow(self, clock: ClockState) -> None:
        """Repaint once the knob has moved by half a pixel, or a label by a second."""
        shown = (round(2 * self.x_of(clock.now_ns, clock)), clock.start_ns, clock.end_ns // SECOND_NS)
        if shown != self._shown:
            self._shown = shown
            self.update()

    def x_of(self, t_ns: int, clock: ClockState) -> float:
        """Pixel of a time."""
        span = max(clock.end_ns - clock.start_ns, 1)
        return _MARGIN_PX + (self.width() - 2 * _MARGIN_PX) * (t_ns - clock.start_ns) / span

    def t_of(self, x_px: float) -> int:
        """Time of a pixel, within what there is."""
        clock = self._desk.session.clock
        share = (x_px - _MARGIN_PX) / max(self.width() - 2 * _MARGIN_PX, 1)
        return clock.start_ns + int(min(max(share, 0.0), 1.0) * (clock.end_ns - clock.start_ns))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, clock = self._desk.theme, self._desk.session.clock
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        right = self.width() - _MARGIN_PX
        now_x = min(max(self.x_of(clock.now_ns, clock), _MARGIN_PX), right)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(QRectF(_MARGIN_PX, 17, right - _MARGIN_PX, 6), 2, 2)
        painter.setBrush(theme.colour("accent", 140))
        painter.drawRoundedRect(QRectF(_MARGIN_PX, 17, now_x - _MARGIN_PX, 6), 2, 2)
        for t_ns, severity in self._marks:
            x = self.x_of(t_ns, clock)
            if severity < Severity.WARNING:
                painter.setBrush(theme.colour("accent"))
                painter.drawRect(QRectF(x - 1, 13, 2, 14))
            else:
                painter.setBrush(theme.severity(severity))
                painter.drawRect(QRectF(x - 1, 13, 2, 14))
                painter.drawPolygon(QPolygonF([QPointF(x, 5), QPointF(x + 5, 13), QPointF(x - 5, 13)]))
        focus = self.hasFocus()
        painter.setPen(QPen(theme.colour("accent" if focus else "panel"), 2))
        painter.setBrush(theme.colour("text"))
        painter.drawEllipse(QPointF(now_x, 20), 7, 7)
        painter.setFont(mono(SMALL_PX))
        painter.setPen(theme.colour("dim"))
        one_day = format_utc(clock.start_ns, 0)[:10] == format_utc(clock.end_ns, 0)[:10]
        texts = [format_clock(t) if one_day else format_utc(t, 0)[:16].replace("T", " ")
                 for t in (clock.start_ns, clock.end_ns)]  # fmt: skip
        painter.drawText(QPointF(_MARGIN_PX, 40), texts[0])
        painter.drawText(QRectF(right - 200, 29, 200, 14), Qt.AlignmentFlag.AlignRight, texts[1])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._desk.session.can_seek:
            self.sought.emit(self.t_of(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self._desk.session.can_seek:
            self._wanted_ns = self.t_of(event.position().x())
            if not self._drag.isActive():  # a mouse tells of itself more often than views can follow
                self._drag.start()

    @Slot()
    def _seek_dragged(self) -> None:
        self.sought.emit(self._wanted_ns)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        clock = self._desk.session.clock
        steps = {Qt.Key.Key_Left: -10, Qt.Key.Key_Right: 10, Qt.Key.Key_PageDown: -60, Qt.Key.Key_PageUp: 60}
        key = Qt.Key(event.key())
        if not self._desk.session.can_seek or key not in {*steps, Qt.Key.Key_Home, Qt.Key.Key_End}:
            super().keyPressEvent(event)
            return
        target = clock.now_ns + steps.get(key, 0) * SECOND_NS
        target = {Qt.Key.Key_Home: clock.start_ns, Qt.Key.Key_End: clock.end_ns}.get(key, target)
        self.sought.emit(min(max(target, clock.start_ns), clock.end_ns))


class TimeBar(QWidget):
    """Under all views, the same in each."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._refreshes = 0
        self._new_events = False
        self.setObjectName("timeBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(56)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        self.start = self._button("|◀", "To the start", self._to_start)
        self.before = self._button("◀", "To the event before", self._to_event_before)
        self.play = self._button("▶", "Play (Space)", self.toggle)
        self.play.setObjectName("primary")
        self.after = self._button("▶", "To the next event", self._to_event_after)
        self.speed = Choice(desk.theme, self)
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("How much faster than real time")
        self.speed.setFont(mono())
        self.speed.setFixedWidth(96)
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:,}×".replace(",", " "), float(speed))
        self.speed.activated.connect(self._choose_speed)
        self.reached = QLabel(self)
        self.reached.setObjectName("small")
        self.reached.setMinimumWidth(124)
        self.reached.setAccessibleName("Speed reached")
        self.line = TimeLine(desk)
        self.line.sought.connect(self._seek)
        self.text = QLabel(self)
        self.text.setFont(mono(15))
        self.text.setAccessibleName("Time shown")
        for widget in (self.start, self.before, self.play, self.after, self.speed, self.reached):
            row.addWidget(widget)
        row.addWidget(self.line, 1)
        row.addSpacing(8)
        row.addWidget(self.text)

    def _button(self, text: str, tip: str, act: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFixedWidth(44)
        button.clicked.connect(act)
        return button

    def session_replaced(self) -> None:
        """Other events."""
        self._refreshes = 0
        self.line.show_events([])

    def refresh(self, changes: Changes) -> None:
        """The clock, and the marks when events came."""
        session = self._desk.session
        clock = session.clock
        self.play.setText("❚❚" if clock.playing else "▶")
        tip = "Pause (Space)" if clock.playing else "Play (Space)"
        self.play.setToolTip(tip)
        self.play.setAccessibleName(tip)
        for button in (self.start, self.before, self.after):
            button.setVisible(session.can_seek)
        index = self.speed.findData(clock.speed_asked)
        if index >= 0 and self.speed.currentIndex() != index:
            self.speed.setCurrentIndex(index)
        self.reached.setText(reached_text(clock))
        self.text.setText(format_clock(clock.now_ns, 1))
        self._refreshes += 1
        self._new_events = self._new_events or Change.EVENTS in changes
        # Thinned over all events: once a second is often enough.
        if self._new_events and (self._refreshes % 30 == 1 or not clock.playing):
            self._new_events = False
            self.line.show_events(session.events)
        self.line.follow(clock)

    @Slot()
    def toggle(self) -> None:
        """Play or pause."""
        session = self._desk.session
        self._desk.perform(session.pause if session.clock.playing else session.play)

    @Slot(int)
    def _choose_speed(self, index: int) -> None:
        self._desk.perform(self._desk.session.set_speed, float(self.speed.itemData(index)))

    @Slot(object)
    def _seek(self, t_ns: int) -> None:
        self._desk.perform(self._desk.session.seek, t_ns)

    @Slot()
    def _to_start(self) -> None:
        self._seek(self._desk.session.clock.start_ns)

    @Slot()
    def _to_event_before(self) -> None:
        session = self._desk.session
        times = [event.reception_ns for event in session.events if event.reception_ns < session.clock.now_ns]
        self._seek(times[-1] if times else session.clock.start_ns)

    @Slot()
    def _to_event_after(self) -> None:
        """The next mark on the line; events ahead of now are not known to a session, so marks seen before are used."""
        clock = self._desk.session.clock
        times = self.line.times
        place = bisect_right(times, clock.now_ns)
        self._seek(times[place] if place < len(times) else clock.end_ns)


def reached_text(clock: ClockState) -> str:
    """What the clock does: paused, not measured yet, as asked, or slower than asked."""
    if not clock.playing:
        return "paused"
    if clock.speed_achieved == 0.0:
        return f"asked {clock.speed_asked:g}×"
    if clock.speed_achieved >= 0.97 * clock.speed_asked:
        return "as asked"
    return f"asked {clock.speed_asked:g}× · reached {clock.speed_achieved:.0f}×"
