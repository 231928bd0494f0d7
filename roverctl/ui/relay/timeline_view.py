"""Who sees whom and when: stations, relay, Sun and what disturbs the link, with now and the light cone of a command."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from roverctl.core.nouns import ContactWindow
from roverctl.core.times import format_clock, format_utc
from roverctl.session.api.relay import Impaired, LinkNow, Timeline
from roverctl.ui.desk import Desk
from roverctl.ui.relay.time_span import HOUR_NS, TimeSpan
from roverctl.ui.relay.timeline_words import contact_words, day_words, impaired_words, span_words
from roverctl.ui.theme import SMALL_PX, mono, sans

LABEL_PX: Final = 88
ROW_PX: Final = 18
TOP_PX: Final = 18  # the hours stand on top: there they are seen in a low panel, too
_CONE_PX: Final = 3  # a narrower light cone is told in words alone
_STEP: Final = 1.25
_RELAY_ROW, _SUN_ROW = "relay", "Sun"
_LINK_ROW: Final = "trouble"

Bar = tuple[QRectF, str]  # what is drawn where, and what a hover tells


class TimelineView(QWidget):
    """One row each. Dragging and the wheel look ahead and back; ``moved`` tells that another span is shown."""

    moved = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.span = TimeSpan(12 * HOUR_NS)
        self._timeline: Timeline | None = None
        self._contacts: tuple[ContactWindow, ...] = ()
        self._troubles: list[Impaired] = []
        self._cone: LinkNow | None = None
        self._bars: list[Bar] = []
        self._grabbed_px: float | None = None
        self.setAccessibleName("Contact timeline")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    @property
    def rows(self) -> list[str]:
        """From above."""
        mission = self._desk.session.mission
        rows = [station.name for station in mission.stations] + [_RELAY_ROW, _SUN_ROW]
        return rows + ([_LINK_ROW] if self._troubles else [])

    def sizeHint(self) -> QSize:
        return QSize(400, TOP_PX + ROW_PX * len(self.rows) + 6)

    def show_timeline(
        self, timeline: Timeline | None, contacts: list[ContactWindow], troubles: list[Impaired], cone: LinkNow | None
    ) -> None:
        """Show these; ``contacts`` where the timeline has not come."""
        self._timeline, self._troubles, self._cone = timeline, troubles, cone
        self._contacts = tuple(contacts) if timeline is None else timeline.contacts
        if self.minimumHeight() != self.sizeHint().height():
            self.setMinimumHeight(self.sizeHint().height())
        self.update()

    @property
    def bars(self) -> list[Bar]:
        """What was painted last, for hovering."""
        return self._bars

    # By hand

    @property
    def _now_ns(self) -> int:
        return self._desk.session.clock.now_ns

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        if abs(delta.x()) > abs(delta.y()):
            self.span.drag(delta.x() / 2, self._now_ns)
        else:
            self.span.zoom(_STEP ** (-delta.y() / 120), self._now_ns, event.position().x())
        self.moved.emit()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed_px = event.position().x()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed_px is not None:
            self.span.drag(event.position().x() - self._grabbed_px, self._now_ns)
            self._grabbed_px = event.position().x()
            self.moved.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed_px = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.follow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        width = self.span.right_px - self.span.left_px
        acts: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Left: lambda: self.span.drag(width / 8, self._now_ns),
            Qt.Key.Key_Right: lambda: self.span.drag(-width / 8, self._now_ns),
            Qt.Key.Key_Plus: lambda: self.span.zoom(1 / _STEP, self._now_ns),
            Qt.Key.Key_Minus: lambda: self.span.zoom(_STEP, self._now_ns),
            Qt.Key.Key_0: self.span.follow,
        }
        act = acts.get(event.key())
        if act is None:
            super().keyPressEvent(event)
            return
        act()
        self.moved.emit()

    def follow(self) -> None:
        """Back to now."""
        self.span.follow()
        self.moved.emit()

    def event(self, event: QEvent) -> bool:
        """A hover tells what a bar is."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = next((text for box, text in reversed(self._bars) if box.contains(QPointF(event.pos()))), "")
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        now = self._now_ns
        self.span.left_px, self.span.right_px = float(LABEL_PX), self.width() - 12.0
        rows = self.rows
        bottom = TOP_PX + ROW_PX * len(rows)
        self._bars = []
        self._paint_ticks(painter, now, bottom)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(QRectF(LABEL_PX, 0, self.width() - LABEL_PX - 12, self.height()))
        self._paint_contacts(painter, now, rows)
        self._paint_spans(painter, now, rows)
        self._paint_troubles(painter, now, rows)
        self._paint_cone(painter, now, rows, bottom)
        painter.setClipping(False)
        self._paint_labels(painter, rows)

    def _paint_ticks(self, painter: QPainter, now: int, bottom: int) -> None:
        theme = self._desk.theme
        painter.setFont(mono(SMALL_PX))
        for t_ns, label in self.span.ticks(now):
            x = round(self.span.x_of(t_ns, now))
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(x, TOP_PX, x, bottom)
            painter.setPen(theme.colour("text" if "-" in label else "dim"))
            painter.drawText(QRectF(x - 30, 1, 60, 14), Qt.AlignmentFlag.AlignCenter, label)

    def _paint_labels(self, painter: QPainter, rows: list[str]) -> None:
        theme, session = self._desk.theme, self._desk.session
        current = "" if session.sky is None else session.sky.station
        painter.setFont(sans(SMALL_PX))
        for row, name in enumerate(rows):
            painter.setPen(theme.colour("text" if name == current else "dim"))
            shown = session.mission.relay if name == _RELAY_ROW else name
            painter.drawText(QPointF(12, TOP_PX + row * ROW_PX + 13), shown)

    def _box(self, from_ns: int, to_ns: int, now: int, row: int) -> QRectF | None:
        """Where a bar is drawn; None out of sight. A short one is still to be seen."""
        left = max(self.span.x_of(from_ns, now), LABEL_PX - 4.0)
        right = min(self.span.x_of(to_ns, now), self.width() + 4.0)
        if right < LABEL_PX or left > self.width() or right < left:
            return None
        return QRectF(left, TOP_PX + row * ROW_PX + 4, max(right - left, 1.5), ROW_PX - 8)

    def _paint_bar(self, painter: QPainter, box: QRectF | None, colour: QColor, text: str) -> None:
        if box is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(box, 2, 2)
            self._bars.append((box.adjusted(0, -4, 0, 4), text))

    def _paint_contacts(self, painter: QPainter, now: int, rows: list[str]) -> None:
        theme = self._desk.theme
        for window in self._contacts:
            if window.station in rows:
                open_now = window.aos_ns <= now < window.los_ns
                box = self._box(window.aos_ns, window.los_ns, now, rows.index(window.station))
                self._paint_bar(
                    painter, box, theme.colour("in_limits", 210 if open_now else 110), contact_words(window)
                )

    def _paint_spans(self, painter: QPainter, now: int, rows: list[str]) -> None:
        timeline, theme, mission = self._timeline, self._desk.theme, self._desk.session.mission
        if timeline is None:
            return
        relay, sun = rows.index(_RELAY_ROW), rows.index(_SUN_ROW)
        for span in timeline.relay_up:
            words = span_words(f"{mission.relay} above the rover's horizon", span, timeline)
            self._paint_bar(painter, self._box(*span, now, relay), theme.colour("accent", 110), words)
        night = self._box(timeline.from_ns, timeline.to_ns, now, sun)
        self._paint_bar(painter, night, theme.colour("line"), "Night: the Sun is below the horizon")
        for span in timeline.day:
            words = span_words("The Sun is up", span, timeline)
            self._paint_bar(painter, self._box(*span, now, sun), theme.colour("warning", 130), words)
        for span in timeline.nap:
            box = self._box(*span, now, sun)
            words = span_words("Noon nap: the Sun is high", span, timeline)
            self._paint_bar(painter, box, theme.colour("distress", 200), words)
            if box is not None:
                self._write(painter, box, "nap", "ground")
        for day in timeline.days:
            self._paint_day(painter, now, sun, day_words(day), day.noon_ns, day.number, day.sunrise_ns, day.sunset_ns)

    def _paint_day(
        self, painter: QPainter, now: int, row: int, words: str, noon_ns: int | None, number: int,
        sunrise_ns: int | None, sunset_ns: int | None,
    ) -> None:  # fmt: skip
        """Noon as a tick, the day's number where it can be read."""
        y = TOP_PX + row * ROW_PX
        if noon_ns is not None:
            x = self.span.x_of(noon_ns, now)
            painter.setPen(QPen(self._desk.theme.colour("text"), 1))
            painter.drawLine(QPointF(x, y + 3), QPointF(x, y + ROW_PX - 3))
            self._bars.append((QRectF(x - 3, y, 6, ROW_PX), words))
        if sunrise_ns is not None and sunset_ns is not None:
            box = self._box(sunrise_ns, sunset_ns, now, row)
            if box is not None:
                self._write(painter, box, f"lunar day {number}", "text", left=max(box.left(), LABEL_PX) + 6)

    def _write(self, painter: QPainter, box: QRectF, text: str, colour: str, left: float | None = None) -> None:
        """Words on a bar, where they fit."""
        painter.setFont(sans(SMALL_PX - 1))
        width = painter.fontMetrics().horizontalAdvance(text)
        x = box.center().x() - width / 2 if left is None else left
        if x + width < min(box.right(), self.width() - 12) - 2 and width + 8 < box.width():
            painter.setPen(self._desk.theme.colour(colour))
            painter.drawText(QPointF(x, box.bottom() - 1), text)

    def _paint_troubles(self, painter: QPainter, now: int, rows: list[str]) -> None:
        """What was let go wrong: solid as far as it went, dashed as far as it will go."""
        theme = self._desk.theme
        for trouble in self._troubles:
            row = rows.index(_LINK_ROW)
            until = trouble.ends_ns if trouble.over and trouble.ends_ns is not None else now
            box = self._box(trouble.began_ns, max(until, trouble.began_ns), now, row)
            self._paint_bar(painter, box, theme.colour("critical", 190), impaired_words(trouble))
            if box is not None:
                self._write(painter, box, trouble.name, "ground")
            if not trouble.over and trouble.ends_ns is not None:
                ahead = self._box(now, trouble.ends_ns, now, row)
                if ahead is not None:
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.setPen(QPen(theme.colour("critical"), 1, Qt.PenStyle.DashLine))
                    painter.drawRect(ahead)

    def _paint_cone(self, painter: QPainter, now: int, rows: list[str], bottom: int) -> None:
        """Now, and what a command released now reaches: down to the rover, and back up here."""
        theme = self._desk.theme
        x = self.span.x_of(now, now)
        cone = self._cone
        if cone is not None and self.span.x_of(cone.seen_ns, now) - x >= _CONE_PX:
            acts, seen = self.span.x_of(cone.acts_ns, now), self.span.x_of(cone.seen_ns, now)
            low = TOP_PX + (rows.index(_SUN_ROW)) * ROW_PX
            painter.setPen(QPen(theme.colour("predicted"), 1.5, Qt.PenStyle.DashLine))
            painter.drawPolyline([QPointF(x, TOP_PX), QPointF(acts, low), QPointF(seen, TOP_PX)])
            painter.setFont(mono(SMALL_PX))
            painter.drawText(QPointF(acts + 4, low - 3), f"acts there at {format_clock(cone.acts_ns)}")
            painter.drawText(QPointF(seen + 4, TOP_PX + 11), f"seen here at {format_clock(cone.seen_ns)}")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(theme.colour("text"), 1))
        painter.drawLine(round(x), TOP_PX, round(x), bottom + 4)
        if not self.span.follows:
            painter.setFont(mono(SMALL_PX))
            middle = (self.span.left_px + self.span.right_px) / 2
            when = format_utc(self.span.t_of(middle, now), 0)[:10]
            painter.setPen(theme.colour("accent"))
            painter.drawText(QPointF(LABEL_PX + 4, bottom + 4), f"around {when}")
