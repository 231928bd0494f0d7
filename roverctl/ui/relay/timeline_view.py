"""Who sees whom and when: stations, relay, Sun and what disturbs the link, with now and the light cone of a command."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from roverctl.core.nouns import ContactWindow
from roverctl.core.times import format_clock, format_utc
from roverctl.session.api.relay import Impaired, LinkNow, Timeline
from roverctl.ui.desk import Desk
from roverctl.ui.relay.time_span import HOUR_NS, TimeSpan
from roverctl.ui.relay.timeline_bars import SUN_ROW, Bar, bars_of, row_names
from roverctl.ui.theme import SMALL_PX, mono, sans

LABEL_PX: Final = 88
ROW_PX: Final = 18
LEAST_ROW_PX: Final = 12
_BELOW_PX: Final = 4
TOP_PX: Final = 18  # the hours stand on top: there they are seen in a low panel, too
_CONE_PX: Final = 3  # a narrower light cone is told in words alone
_STEP: Final = 1.25

Drawn = tuple[QRectF, str]  # what is drawn where, and what a hover tells


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
        self._bars: list[Drawn] = []
        self._grabbed_px: float | None = None
        self.setAccessibleName("Contact timeline")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    @property
    def row_names(self) -> list[str]:
        """From above."""
        return row_names(self._desk.session.mission, self._troubles)

    @property
    def _row_px(self) -> int:
        """As high as there is room for, and as can be read."""
        room = (self.height() - TOP_PX - _BELOW_PX) // len(self.row_names)
        return min(max(room, LEAST_ROW_PX), ROW_PX)

    def sizeHint(self) -> QSize:
        return QSize(400, TOP_PX + ROW_PX * len(self.row_names) + _BELOW_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, TOP_PX + LEAST_ROW_PX * len(self.row_names) + _BELOW_PX)

    def show_timeline(
        self, timeline: Timeline | None, contacts: list[ContactWindow], troubles: list[Impaired], cone: LinkNow | None
    ) -> None:
        """Show these; ``contacts`` where the timeline has not come."""
        self._timeline, self._troubles, self._cone = timeline, troubles, cone
        self._contacts = tuple(contacts) if timeline is None else timeline.contacts
        least_px = self.minimumSizeHint().height()
        if self.minimumHeight() != least_px:
            self.setMinimumHeight(least_px)
        self.update()

    @property
    def bars(self) -> list[Drawn]:
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
        rows = self.row_names
        bottom = TOP_PX + self._row_px * len(rows)
        self._bars = []
        self._paint_ticks(painter, now, bottom)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(QRectF(LABEL_PX, 0, self.width() - LABEL_PX - 12, self.height()))
        self._paint_bars(painter, now)
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
            box = QRectF(12, TOP_PX + row * self._row_px, LABEL_PX - 16, self._row_px)
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, round(box.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_bars(self, painter: QPainter, now: int) -> None:
        theme = self._desk.theme
        labelled = []
        for bar in bars_of(self._desk.session.mission, self._timeline, self._contacts, self._troubles, now):
            box = self._box(bar, now)
            if box is None:
                continue
            colour = theme.colour(bar.colour, bar.alpha)
            painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine) if bar.dashed else Qt.PenStyle.NoPen)
            pattern = Qt.BrushStyle.BDiagPattern if bar.hatched else Qt.BrushStyle.SolidPattern
            if bar.hatched:
                painter.fillRect(box, theme.colour("panel", 170))
            painter.setBrush(Qt.BrushStyle.NoBrush if bar.dashed or not bar.alpha else QBrush(colour, pattern))
            painter.drawRoundedRect(box, 2, 2)
            self._bars.append((box.adjusted(0, -2, 0, 2), bar.tells))
            labelled.append((box, bar))
        taken: list[QRectF] = []
        for box, bar in labelled:  # over all bars, or a later one would cover them
            self._write(painter, box, bar, taken)
        if self._timeline is not None:
            y = TOP_PX + self.row_names.index(SUN_ROW) * self._row_px
            painter.setPen(QPen(theme.colour("text"), 1))
            for noon_ns in (day.noon_ns for day in self._timeline.days if day.noon_ns is not None):
                x = self.span.x_of(noon_ns, now)
                painter.drawLine(QPointF(x, y + 3), QPointF(x, y + self._row_px - 3))

    def _box(self, bar: Bar, now: int) -> QRectF | None:
        """Where a bar is drawn; None out of sight. A short one is still to be seen."""
        left = max(self.span.x_of(bar.from_ns, now), LABEL_PX - 4.0)
        right = min(self.span.x_of(bar.to_ns, now), self.width() + 4.0)
        if right < LABEL_PX or left > self.width() or right < left:
            return None
        top = TOP_PX + (bar.row + bar.top) * self._row_px
        bottom = TOP_PX + (bar.row + bar.rows - 1 + bar.bottom) * self._row_px
        return QRectF(left, top, max(right - left, 1.5), bottom - top)

    def _write(self, painter: QPainter, box: QRectF, bar: Bar, taken: list[QRectF]) -> None:
        """Words on a bar, where they fit and cover no others; on a hatched one over a ground of their own."""
        theme = self._desk.theme
        painter.setFont(sans(SMALL_PX - 1))
        seen = box.intersected(QRectF(LABEL_PX, 0, self.width() - LABEL_PX - 12, self.height()))
        metrics = painter.fontMetrics()
        text = next((label for label in bar.labels if metrics.horizontalAdvance(label) + 8 <= seen.width()), "")
        width, high = metrics.horizontalAdvance(text), metrics.height()
        if not text or high > box.height() + 6:
            return
        lefts = [seen.left() + 6, seen.right() - 6 - width]
        if not bar.label_left:
            lefts.insert(0, seen.center().x() - width / 2)
        boxes = [QRectF(x - 3, seen.center().y() - high / 2, width + 6, high) for x in lefts]
        middle = next((b for b in boxes if not any(b.intersects(other) for other in taken)), None)
        if middle is None:
            return
        taken.append(middle)
        if bar.hatched or bar.dashed:
            painter.fillRect(middle, theme.colour("panel"))
        bare = bar.hatched or bar.dashed or not bar.alpha
        painter.setPen(theme.colour("text" if bare else "ground"))
        painter.drawText(middle, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_cone(self, painter: QPainter, now: int, rows: list[str], bottom: int) -> None:
        """Now, and what a command released now reaches: down to the rover, and back up here."""
        theme = self._desk.theme
        x = self.span.x_of(now, now)
        cone = self._cone
        if cone is not None and self.span.x_of(cone.seen_ns, now) - x >= _CONE_PX:
            acts, seen = self.span.x_of(cone.acts_ns, now), self.span.x_of(cone.seen_ns, now)
            low = TOP_PX + (rows.index(SUN_ROW)) * self._row_px
            painter.setPen(QPen(theme.colour("predicted"), 1.5, Qt.PenStyle.DashLine))
            painter.drawPolyline([QPointF(x, TOP_PX), QPointF(acts, low), QPointF(seen, TOP_PX)])
            painter.setFont(mono(SMALL_PX))
            for text, left, base in (
                (f"acts there at {format_clock(cone.acts_ns)}", acts + 4, low - 3),
                (f"seen here at {format_clock(cone.seen_ns)}", seen + 4, TOP_PX + 11.0),
            ):
                width = painter.fontMetrics().horizontalAdvance(text)
                painter.fillRect(QRectF(left - 2, base - 11, width + 4, 13), theme.colour("panel", 220))
                painter.drawText(QPointF(left, base), text)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(theme.colour("text"), 1))
        painter.drawLine(round(x), TOP_PX, round(x), bottom + 4)
        if not self.span.follows:
            painter.setFont(mono(SMALL_PX))
            middle = (self.span.left_px + self.span.right_px) / 2
            when = format_utc(self.span.t_of(middle, now), 0)[:10]
            painter.setPen(theme.colour("accent"))
            painter.drawText(QPointF(LABEL_PX + 4, bottom + 4), f"around {when}")
