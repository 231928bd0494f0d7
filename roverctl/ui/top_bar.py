"""The bar on top that is always true: mode, perspectives, times, delays, contact, rover, STOP."""

import math
from enum import StrEnum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QCursor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QToolTip, QWidget

from roverctl.core.nouns import Severity
from roverctl.core.times import SECOND_NS, format_clock, format_utc
from roverctl.session.api.changes import Changes
from roverctl.session.api.outlook import SkyNow
from roverctl.session.api.session import Mode, Session
from roverctl.ui.desk import Desk
from roverctl.ui.relay.words import contact_words, delay_text, turns_words, way_table
from roverctl.ui.status import NOTHING, age_text, is_stale, value_text
from roverctl.ui.theme import BAR_PX, SMALL_PX, Theme, mono, sans

HEIGHT_PX = 56
_GAP_PX = 18
_NAMES = {
    Severity.INFO: "text", Severity.WATCH: "watch", Severity.WARNING: "warning", Severity.DISTRESS: "distress",
    Severity.CRITICAL: "critical", Severity.SEVERE: "critical",
}  # fmt: skip


class Perspective(StrEnum):
    """Arrangements of the window."""

    PLAN = "Plan"
    OPERATE = "Operate"
    REPLAY = "Replay"


class Readout(QWidget):
    """A small label over a figure, with a dimmer remark after it; paints only when its text changed."""

    def __init__(self, label: str, theme: Theme, widest: str, remark: str = "", dot: bool = False) -> None:
        super().__init__()
        self._label, self._theme, self._dot = label, theme, dot
        self._text, self._remark, self._colour, self._dot_colour = NOTHING, "", "text", ""
        self._explained = False
        self.full_px = self._width(widest, remark)
        self.least_px = self._width(widest, "")
        self.setFixedSize(self.full_px, HEIGHT_PX - 8)
        self.setAccessibleName(label)

    def _width(self, text: str, remark: str) -> int:
        figure = QFontMetricsF(mono(BAR_PX)).horizontalAdvance(text) + (16 if self._dot else 0)
        if remark:
            figure += 8 + QFontMetricsF(mono(SMALL_PX)).horizontalAdvance(remark)
        return math.ceil(max(figure, QFontMetricsF(sans(SMALL_PX)).horizontalAdvance(self._label))) + 2

    @property
    def text(self) -> str:
        """The figure as shown."""
        return self._text

    @property
    def remark(self) -> str:
        """What stands after it."""
        return self._remark

    def relabel(self, label: str) -> None:
        """Another label, no wider than the figure."""
        if label != self._label:
            self._label = label
            self.setAccessibleName(label)
            self.update()

    def show_value(self, text: str, remark: str = "", colour: str = "text", dot_colour: str = "") -> None:
        """Change what is shown; colours are palette names."""
        if (text, remark, colour, dot_colour) != (self._text, self._remark, self._colour, self._dot_colour):
            self._text, self._remark, self._colour, self._dot_colour = text, remark, colour, dot_colour
            self.setAccessibleDescription(f"{text} {remark}")
            if not self._explained:
                self.setToolTip(f"{self._label}: {text} {remark}")
            self.update()

    def explain(self, text: str) -> None:
        """What a hover tells instead; it follows the figure while it is open."""
        self._explained = bool(text)
        if text != self.toolTip():
            self.setToolTip(text)
            if text and self.underMouse() and QToolTip.isVisible():
                QToolTip.showText(QCursor.pos(), text, self)

    def make_room(self, widest: str) -> bool:
        """Room for a figure as wide as this; True when that changed anything."""
        wider = self._width(widest, "")
        if wider == self.least_px:
            return False
        self.full_px += wider - self.least_px
        self.least_px = wider
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(sans(SMALL_PX))
        painter.setPen(self._theme.colour("dim"))
        painter.drawText(QPointF(0, 16), self._label)
        x = 0.0
        if self._dot:
            filled = bool(self._dot_colour)
            colour = self._theme.colour(self._dot_colour or "dim")
            painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine if filled else Qt.PenStyle.DotLine))
            painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(5, 31), 4, 4)
            x = 16.0
        font = mono(BAR_PX)
        painter.setFont(font)
        painter.setPen(self._theme.colour(self._colour))
        painter.drawText(QPointF(x, 36), self._text)
        x += QFontMetricsF(font).horizontalAdvance(self._text) + 8
        small = QFontMetricsF(mono(SMALL_PX))
        if self._remark and x + small.horizontalAdvance(self._remark) <= self.width() + 1:
            painter.setFont(mono(SMALL_PX))
            painter.setPen(self._theme.colour("dim"))
            painter.drawText(QPointF(x, 36), self._remark)


class Badge(QWidget):
    """The mode, in its frame."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._mode = theme, Mode.SIMULATION
        self.setFixedSize(104, 26)

    def show_mode(self, mode: Mode) -> None:
        """Simulation in the accent, replay in violet: nothing there is live."""
        self._mode = mode
        self.setAccessibleName(f"Mode {mode.value}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour: QColor = self._theme.colour("predicted" if self._mode is Mode.REPLAY else "accent")
        painter.setPen(QPen(colour, 1))
        painter.drawRoundedRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 1), 3, 3)
        font = sans(SMALL_PX, bold=True)
        font.setLetterSpacing(font.SpacingType.AbsoluteSpacing, 1.0)
        painter.setFont(font)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._mode.value)


class TopBar(QWidget):
    """One line over everything, whatever is open under it."""

    perspective_chosen = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setObjectName("topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT_PX)
        theme = desk.theme
        row = QHBoxLayout(self)
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(0)
        self._badge = Badge(theme)
        row.addWidget(self._badge)
        row.addSpacing(16)
        self._group = QButtonGroup(self)
        self._tabs: dict[Perspective, QPushButton] = {}
        for number, perspective in enumerate(Perspective, start=1):
            tab = QPushButton(perspective.value)
            tab.setObjectName("perspective")
            tab.setCheckable(True)
            tab.setToolTip(f"{perspective.value} (Ctrl+{number})")
            bold = QFontMetricsF(sans(bold=True)).horizontalAdvance(perspective.value)
            tab.setFixedWidth(math.ceil(bold) + 26)  # the chosen one is bold: the others must not move
            self._group.addButton(tab)
            self._tabs[perspective] = tab
            row.addWidget(tab)
        self._group.buttonClicked.connect(self._choose)
        row.addSpacing(16)
        self.utc = Readout("UTC", theme, "2019-01-11 12:04:37")
        self.at_rover = Readout("at the rover, as seen here", theme, "12:04:35.3")
        self.up = Readout("delay up, STOP", theme, "5.84 s", "1.71 light + 4.10 send")
        self.down = Readout("delay down", theme, "1.73 s")
        self.contact = Readout("contact", theme, "Jiamusi", "LOS in 03:12:40", dot=True)
        self.rover = Readout("rover", theme, "NOON_NAP", "12.3 s ago")
        self.battery = Readout("battery", theme, "100.0 %")
        self.sun = Readout("Sun", theme, "-29.4°")
        for i, readout in enumerate(self.readouts):
            if i == 5:
                row.addStretch(1)
            row.addWidget(readout)
            row.addSpacing(_GAP_PX)
        self.stop = QPushButton("STOP  F12")
        self.stop.setObjectName("stop")
        self.stop.setAccessibleName("Stop the rover")
        self.stop.clicked.connect(self._stop)
        row.addWidget(self.stop)

    def minimumSizeHint(self) -> QSize:
        return QSize(900, HEIGHT_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Remarks go first where the window is narrow, the least needed before the others; then whole readouts."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        spare = self.width() - self._fixed_px - sum(readout.full_px for readout in self.readouts)
        for readout in self.readouts:
            readout.setFixedWidth(readout.full_px)
            readout.show()
        for readout in (self.rover, self.up, self.contact):
            if spare < 0:
                spare += readout.full_px - readout.least_px
                readout.setFixedWidth(readout.least_px)
        for readout in (self.at_rover, self.sun):
            if spare < 0:
                spare += readout.least_px + _GAP_PX
                readout.hide()

    @property
    def _fixed_px(self) -> int:
        """All but the readouts."""
        tabs = sum(tab.width() for tab in self._tabs.values())
        return 32 + self._badge.width() + 16 + tabs + 16 + _GAP_PX * len(self.readouts) + self.stop.sizeHint().width()

    @property
    def readouts(self) -> list[Readout]:
        """From left to right."""
        return [self.utc, self.at_rover, self.up, self.down, self.contact, self.rover, self.battery, self.sun]

    def mark_perspective(self, perspective: Perspective) -> None:
        """Show which arrangement is in use."""
        self._tabs[perspective].setChecked(True)

    def session_replaced(self) -> None:
        """Nothing is kept."""

    @Slot(object)
    def _choose(self, button: QPushButton) -> None:
        self.perspective_chosen.emit(next(p for p, tab in self._tabs.items() if tab is button))

    @Slot()
    def _stop(self) -> None:
        self._desk.perform(self._desk.session.stop_rover)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.update()
        super().changeEvent(event)

    def refresh(self, changes: Changes) -> None:
        """All of it: each readout repaints only when its text changed."""
        session = self._desk.session
        now = session.clock.now_ns
        self._badge.show_mode(session.mode)
        self.stop.setEnabled(session.can_command)
        self.stop.setToolTip(session.why_not_command or "A STOP, released at once (F12)")
        self.utc.show_value(format_utc(now, 0).replace("T", " ")[:-1])
        sky = session.sky
        if sky is None:
            for readout in (self.at_rover, self.up, self.down, self.contact, self.sun):
                readout.show_value(NOTHING)
            for readout in (self.up, self.down, self.contact):
                readout.explain("")
            self.up.relabel("delay up")
        else:
            # In a gap nothing comes from there now: what is known is as old as the map and the table say.
            seen_ns = now - int(sky.delay_down_s * SECOND_NS)
            self.at_rover.show_value(format_clock(seen_ns, 1) if sky.station else NOTHING)
            self.up.relabel(f"delay up, {sky.send_what}" if sky.send_what else "delay up")
            self._show_delays(session, sky)
            then = contact_words(sky, now)
            if sky.station:
                self.contact.show_value(sky.station, then, dot_colour="in_limits")
            else:
                self.contact.show_value("none", then, "warning")
            self.contact.explain(", ".join(filter(None, (turns_words(sky), then))))
            self.sun.show_value(f"{math.degrees(sky.sun_elevation_rad):.1f}°")
        delay_s = 0.0 if sky is None else sky.fresh_s
        for readout, name, with_age in ((self.rover, "ROVER_MODE", True), (self.battery, "ROVER_BATTERY_SOC", False)):
            self._show_parameter(readout, session, name, now, delay_s, with_age)

    def _show_delays(self, session: Session, sky: SkyNow) -> None:
        """Both delays, room made for long ones; what they consist of is told on hover."""
        by_hand, link = session.relay.by_hand, session.relay.now
        if not sky.place_known or (link is None and not sky.station):
            for readout in (self.at_rover, self.up, self.down):
                readout.show_value(NOTHING, colour="warning")
                readout.explain("No command gets there and nothing comes back, as far as contacts are known.")
            return
        self.at_rover.explain("")
        up_s = sky.delay_up_s if link is None else link.up.total_ns / SECOND_NS
        up, down = delay_text(up_s), delay_text(sky.delay_down_s)
        light = "set by hand" if by_hand else "light"
        waits_s = 0.0 if link is None else link.up.waits_ns / SECOND_NS
        remark = f"{delay_text(sky.owlt_up_s, unit=False)} {light} + {sky.send_s:.2f} send"
        if waits_s > 0.0:
            remark = f"{delay_text(waits_s)} of it waiting"
        self.up.show_value(up, remark, "warning" if waits_s > 0.0 else "text")
        self.down.relabel("by hand" if by_hand else "delay down")
        self.down.show_value(down)
        if link is not None:
            self.up.explain(way_table(f"Released now, {link.what} acts at", link.acts_ns, link.up, by_hand))
            self.down.explain(way_table("What the rover then says is seen here at", link.seen_ns, link.down, by_hand))
        if any(
            [
                self.up.make_room("5.84 s" if len(up) < 7 else up),
                self.down.make_room("1.73 s" if len(down) < 7 else down),
            ]
        ):
            self._fit()

    def _show_parameter(
        self, readout: Readout, session: Session, name: str, now_ns: int, delay_s: float, with_age: bool
    ) -> None:
        """A value of telemetry: dimmed once it is stale, coloured where a limit is broken."""
        sample = session.store.latest(name, now_ns) if name in session.store.names else None
        if sample is None:
            readout.show_value(NOTHING)
            return
        age_s = (now_ns - sample.generation_ns) / 1e9
        stale = is_stale(age_s, session.store.period_s(name), delay_s)
        severity = session.mission.mdb.parameters[name].severity(sample.value)
        colour = "dim" if stale else "text" if severity is None else _NAMES[severity]
        remark = f"{age_text(age_s)} ago" if with_age else ""
        readout.show_value(value_text(session.mission.mdb, name, sample.value), remark, colour)
