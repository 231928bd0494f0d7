"""The day's plan over time: what is done, the Sun, contact, charge and memory, with a cursor; a click chooses."""

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from roverctl.core.times import SECOND_NS, format_clock, format_duration, format_utc
from roverctl.session.api.day import DayItem, DayView
from roverctl.session.api.traverse import PlanState
from roverctl.session.api.values import Array
from roverctl.ui.desk import Desk
from roverctl.ui.theme import SMALL_PX, mono, sans
from roverctl.ui.traverse.day.rows import item_word

_LEFT, _RIGHT, _TOP, _AXIS, _GAP = 76, 16, 6, 22, 6
_PLAN_PX, _BAND_PX = 26.0, 14.0
_MOST_POINTS = 4000
_HOUR_NS = 3600 * SECOND_NS
_STEPS_H = (1 / 60, 1 / 12, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 96)
_TICK_PX = 84
_ZOOM_STEP = 1.25
# Colours of what is done, by kind; instruments are alike.
_COLOURS = {"drive": "accent", "nap": "faint", "wait": "faint", "charge": "in_limits"}


class DayTimeline(QWidget):
    """Strips on one axis of time: the wheel zooms, a drag moves, a double click shows all of it again."""

    pointed = Signal(object)  # UTC ns under the cursor, None beside it
    item_chosen = Signal(int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._view: DayView | None = None
        self._faint = False
        self._chosen: int | None = None
        self._at_ns: int | None = None
        self._zoomed: tuple[int, int] | None = None  # the part that is shown, UTC ns
        self._dragged: tuple[float, tuple[int, int]] | None = None  # from which pixel, and what was shown then
        self.setMouseTracking(True)
        self.setAccessibleName("The day's plan over time")

    def show_plan(self, plan: PlanState) -> None:
        """What the draft's day comes to; that of an earlier draft is faint."""
        view, faint = plan.day.view, not plan.day.current
        if (view, faint) != (self._view, self._faint):
            if view is not self._view:
                self._chosen = None
            if view is None or (self._view is not None and view.start_ns != self._view.start_ns):
                self._zoomed = None
            self._view, self._faint = view, faint
            self.update()

    def choose(self, item: int | None) -> None:
        """Mark an item."""
        if item != self._chosen:
            self._chosen = item
            self.update()

    # Where things lie
    def _span(self, view: DayView) -> tuple[int, int]:
        """What is shown."""
        return self._whole(view) if self._zoomed is None else self._zoomed

    def _whole(self, view: DayView) -> tuple[int, int]:
        """The plan, and the night where it is near."""
        length = max(view.end_ns - view.start_ns, 600 * SECOND_NS)
        end = view.start_ns + round(1.02 * length)
        if view.night_ns < view.start_ns + 1.4 * length:
            end = max(end, view.night_ns + length // 50)
        return view.start_ns, end

    def x_of(self, t_ns: float) -> float:
        """The pixel of a time."""
        assert self._view is not None
        begin, end = self._span(self._view)
        return _LEFT + (self.width() - _LEFT - _RIGHT) * (t_ns - begin) / (end - begin)

    def _time_at(self, x: float) -> int | None:
        if self._view is None or not _LEFT <= x <= self.width() - _RIGHT:
            return None
        begin, end = self._span(self._view)
        return begin + round((x - _LEFT) / max(self.width() - _LEFT - _RIGHT, 1) * (end - begin))

    def _boxes(self) -> dict[str, QRectF]:
        """The strips from above; curves share what the bands leave."""
        fixed = _TOP + _PLAN_PX + _BAND_PX + _AXIS + 4 * _GAP
        curve = max((self.height() - fixed) / 3.0, 12.0)
        heights = (
            ("plan", _PLAN_PX),
            ("Sun °", curve),
            ("contact", _BAND_PX),
            ("charge %", curve),
            ("memory MB", curve),
        )
        boxes, top = {}, float(_TOP)
        for name, height in heights:
            boxes[name] = QRectF(_LEFT, top, self.width() - _LEFT - _RIGHT, height)
            top += height + _GAP
        return boxes

    # Painting
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        view = self._view
        if view is None:
            painter.setPen(self._desk.theme.colour("dim"))
            painter.drawText(self.rect().adjusted(16, 8, -16, -8), "The day's plan is shown here over time.")
            painter.end()
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._faint:
            painter.setOpacity(0.45)
        boxes = self._boxes()
        self._frames(painter, boxes)
        self._ticks(painter, view, boxes["memory MB"].bottom())
        painter.setClipRect(QRectF(_LEFT, 0, self.width() - _LEFT - _RIGHT, self.height()))
        thin = slice(None, None, max(1, len(view.at_ns) // _MOST_POINTS))
        xs = np.array([self.x_of(t) for t in view.at_ns[thin].tolist()])
        self._sun(painter, boxes["Sun °"], xs, view, thin)
        self._bands(painter, boxes["contact"], xs, view.contact[thin])
        self._curve(painter, boxes["charge %"], xs, 100.0 * view.charge[thin], "in_limits", (0.0, 100.0),
                    100.0 * view.least_charge)  # fmt: skip
        most = max(float(view.memory_mb.max()), 1.0)
        limit = view.room_mb if most > 0.4 * view.room_mb else None
        scale = (0.0, 1.15 * max(most, limit or 0.0))
        self._curve(painter, boxes["memory MB"], xs, view.memory_mb[thin], "watch", scale, limit)
        self._items(painter, boxes["plan"], view)
        self._uprights(painter, view, boxes)
        painter.end()

    def _frames(self, painter: QPainter, boxes: dict[str, QRectF]) -> None:
        painter.setFont(mono(SMALL_PX))
        assert self._view is not None
        most = {"Sun °": self._view.sun_deg, "charge %": 100.0 * self._view.charge, "memory MB": self._view.memory_mb}
        for name, box in boxes.items():
            painter.setPen(self._desk.theme.colour("dim"))
            if name in most:  # as the scale
                scale = QRectF(0, box.top() + 14, _LEFT - 8, 16)
                painter.drawText(scale, Qt.AlignmentFlag.AlignRight, f"≤ {most[name].max():.0f}")
            painter.drawText(
                QRectF(0, box.top(), _LEFT - 8, min(box.height(), 18.0)),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name,
            )  # fmt: skip
            painter.setPen(QPen(self._desk.theme.colour("line"), 1))
            painter.drawLine(QPointF(box.left(), box.bottom()), QPointF(box.right(), box.bottom()))

    def _curve(
        self, painter: QPainter, box: QRectF, xs: Array, values: Array, colour: str, scale: tuple[float, float],
        limit: float | None = None,
    ) -> None:  # fmt: skip
        low, high = scale
        ys = box.bottom() - (values - low) / (high - low) * box.height()
        if limit is not None:
            y = box.bottom() - (limit - low) / (high - low) * box.height()
            pen = QPen(self._desk.theme.colour("critical", 180), 1, Qt.PenStyle.CustomDashLine)
            pen.setDashPattern([3, 3])
            painter.setPen(pen)
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._desk.theme.colour(colour), 1.4))
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]))

    def _sun(self, painter: QPainter, box: QRectF, xs: Array, view: DayView, thin: slice) -> None:
        """Its elevation; ground in shadow dark."""
        shade = self._desk.theme.colour("text", 40)
        for left, right in _runs(xs, view.lit[thin] < 0.5):
            painter.fillRect(QRectF(left, box.top(), max(right - left, 1.0), box.height()), shade)
        highest = max(float(view.sun_deg.max()), 10.0)
        self._curve(painter, box, xs, np.maximum(view.sun_deg[thin], 0.0), "warning", (0.0, 1.15 * highest))

    def _bands(self, painter: QPainter, box: QRectF, xs: Array, holds: Array) -> None:
        colour = self._desk.theme.colour("in_limits", 170)
        for left, right in _runs(xs, holds > 0.5):
            painter.fillRect(QRectF(left, box.top() + 2, max(right - left, 1.0), box.height() - 4), colour)

    def _items(self, painter: QPainter, box: QRectF, view: DayView) -> None:
        painter.setFont(sans(SMALL_PX))
        metrics = QFontMetricsF(painter.font())
        broken = {violation.item for violation in view.violations if not violation.waived}
        for number, item in enumerate(view.items):
            bar = self._bar(box, item)
            colour = self._desk.theme.colour(_COLOURS.get(item.kind, "predicted"))
            fill = QColor(colour)
            fill.setAlpha(60)
            painter.setBrush(fill)
            painter.setPen(QPen(self._desk.theme.colour("text") if number == self._chosen else colour, 1))
            painter.drawRect(bar)
            if number in broken:
                painter.fillRect(
                    QRectF(bar.left(), bar.bottom() - 3, bar.width(), 3), self._desk.theme.colour("critical")
                )
            word = item.kind if item.kind != "drive" else "→"
            if metrics.horizontalAdvance(word) + 6 <= bar.width():
                painter.setPen(self._desk.theme.colour("text"))
                painter.drawText(bar, Qt.AlignmentFlag.AlignCenter, word)

    def _bar(self, box: QRectF, item: DayItem) -> QRectF:
        left, right = self.x_of(item.begin_ns), self.x_of(item.end_ns)
        return QRectF(left, box.top() + 2, max(right - left, 2.0), box.height() - 4)

    def _ticks(self, painter: QPainter, view: DayView, top: float) -> None:
        begin, end = self._span(view)
        wanted = (end - begin) / _HOUR_NS * _TICK_PX / max(self.width() - _LEFT - _RIGHT, 1)
        step = round(next((hours for hours in _STEPS_H if hours >= wanted), _STEPS_H[-1]) * _HOUR_NS)
        painter.setFont(mono(SMALL_PX))
        day = ""
        for t_ns in range(math.ceil(begin / step) * step, end + 1, step):
            x = self.x_of(t_ns)
            painter.setPen(QPen(self._desk.theme.colour("line", 130), 1))
            painter.drawLine(QPointF(x, _TOP), QPointF(x, top))
            text, today = format_clock(t_ns)[:5], format_utc(t_ns)[8:10]
            if today != day:
                text, day = f"{format_utc(t_ns)[5:10]} {text}", today
            painter.setPen(self._desk.theme.colour("dim"))
            width = painter.fontMetrics().horizontalAdvance(text)
            left = min(max(x - width / 2, _LEFT - 30), self.width() - width - 4)
            painter.drawText(QPointF(left, top + _AXIS - 6), text)

    def _uprights(self, painter: QPainter, view: DayView, boxes: dict[str, QRectF]) -> None:
        """When the vehicle is put to sleep, and the cursor."""
        bottom = boxes["memory MB"].bottom()
        x = self.x_of(view.night_ns)
        if x <= self.width() - _RIGHT:
            painter.fillRect(
                QRectF(x, _TOP, self.width() - _RIGHT - x, bottom - _TOP), self._desk.theme.colour("text", 28)
            )
            painter.setPen(QPen(self._desk.theme.colour("critical"), 1.2))
            painter.drawLine(QPointF(x, _TOP), QPointF(x, bottom))
        if self._at_ns is not None:
            painter.setPen(QPen(self._desk.theme.colour("accent"), 1))
            x = self.x_of(self._at_ns)
            painter.drawLine(QPointF(x, _TOP), QPointF(x, bottom))

    # The hand
    def item_at(self, position: QPointF) -> int | None:
        """The item under a pixel of the plan's strip."""
        if self._view is None or not self._boxes()["plan"].contains(position):
            return None
        box = self._boxes()["plan"]
        found = [i for i, item in enumerate(self._view.items) if self._bar(box, item).contains(position)]
        return found[-1] if found else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.item_at(event.position())
        if event.button() != Qt.MouseButton.LeftButton or self._view is None:
            return
        self._dragged = event.position().x(), self._span(self._view)
        if item is not None:
            self.choose(item)
            self.item_chosen.emit(item)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._zoomed = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        at_ns = self._time_at(event.position().x())
        if self._view is None or at_ns is None:
            return
        share = _ZOOM_STEP ** -(event.angleDelta().y() / 120.0)
        begin, end = self._span(self._view)
        self._show_span(at_ns - round(share * (at_ns - begin)), at_ns + round(share * (end - at_ns)))
        event.accept()

    def _show_span(self, begin: int, end: int) -> None:
        """Within the whole; a minute at least."""
        assert self._view is not None
        first, last = self._whole(self._view)
        length = min(max(end - begin, 60 * SECOND_NS), last - first)
        begin = min(max(begin, first), last - length)
        self._zoomed = None if length == last - first else (begin, begin + length)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None and self._view is not None:
            x, (begin, end) = self._dragged
            moved = round((x - event.position().x()) / max(self.width() - _LEFT - _RIGHT, 1) * (end - begin))
            self._show_span(begin + moved, end + moved)
        self._point(self._time_at(event.position().x()))
        over = self.item_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    def _point(self, at_ns: int | None) -> None:
        if at_ns != self._at_ns:
            self._at_ns = at_ns
            self.pointed.emit(at_ns)
            self.update()


def _runs(xs: Array, holds: npt.NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Where something holds, as pixels from and to; a value holds from the point before it."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], holds, [False])).astype(np.int8)))
    return [(float(xs[max(a - 1, 0)]), float(xs[b - 1])) for a, b in edges.reshape(-1, 2).tolist()]


def time_text(plan: PlanState, at_ns: int) -> str:
    """What the day is like at a time."""
    view = plan.day.view
    assert view is not None
    parts = [format_utc(at_ns, 0)[5:16].replace("T", " ")]
    item = next((each for each in view.items if each.begin_ns <= at_ns < each.end_ns), None)
    if item is not None and plan.day.current:
        parts.append(f"{item_word(plan.draft, item)}, {format_duration((item.end_ns - item.begin_ns) / SECOND_NS)}")
    if view.at_ns[0] <= at_ns <= view.at_ns[-1]:
        at = min(int(np.searchsorted(view.at_ns, at_ns)), len(view.at_ns) - 1)
        parts.append(f"Sun {view.sun_deg[at]:.1f}°{'' if view.lit[at] > 0.5 else ', in shadow'}")
        parts.append("contact" if view.contact[at] > 0.5 else "no contact")
        parts.append(f"{np.interp(at_ns, view.at_ns, 100.0 * view.charge):.0f} %")
        parts.append(f"{np.interp(at_ns, view.at_ns, view.memory_mb):.0f} MB")
    elif at_ns >= view.night_ns:
        parts.append("asleep for the night")
    return " · ".join(parts)
