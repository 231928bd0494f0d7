"""The departures chart: arrival, and what is left of charge and of the day, over when one leaves."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from roverctl.core.times import format_clock_on, format_utc
from roverctl.session.api.traverse import SweepView, TimesView
from roverctl.ui.theme import SMALL_PX, Theme, mono, sans

_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 52, 12, 6, 22, 4
_TITLE_PX = 18  # over each pane
_PANES = ("arrives after, {}", "lowest charge, %", "time left before night, h")
_EMPTY = "Compare tells for each departure until night when the rover arrives, and what is left of charge and day."
_LEAST = (1.0 / 6.0, 5.0, 1.0)  # spans of the panes' axes, h, %, h: less would draw rounding as if it told something
_MINUTES_BELOW_H = 3.0


class DepartureChart(QWidget):
    """Three panes on one axis of departures; a click takes the departure under it, arrow keys and Enter do as well."""

    taken = Signal(object)  # depart_ns

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sweep: SweepView | None = None
        self._chosen_ns: int | None = None
        self._pointed: int | None = None
        self.setMinimumHeight(220)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Departures: arrival, charge and time before night")

    def show_sweep(self, sweep: SweepView | None, chosen_ns: int | None) -> None:
        """Other departures, or another that is taken."""
        if sweep is not self._sweep:
            self._pointed = None
        if (sweep, chosen_ns) != (self._sweep, self._chosen_ns):
            self._sweep, self._chosen_ns = sweep, chosen_ns
            self.update()

    # Where things lie
    def _span(self) -> tuple[int, int]:
        assert self._sweep is not None
        return self._sweep.departures[0].depart_ns, self._sweep.departures[-1].depart_ns

    def _x(self, t_ns: int) -> float:
        begin, end = self._span()
        return _LEFT + (self.width() - _LEFT - _RIGHT) * (t_ns - begin) / max(end - begin, 1)

    def _nearest(self, x: float) -> int:
        assert self._sweep is not None
        begin, end = self._span()
        share = (x - _LEFT) / max(self.width() - _LEFT - _RIGHT, 1)
        at_ns = begin + round(min(max(share, 0.0), 1.0) * (end - begin))
        apart = [abs(departure.depart_ns - at_ns) for departure in self._sweep.departures]
        return apart.index(min(apart))

    # Painting
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(mono(SMALL_PX))
        if self._sweep is None or len(self._sweep.departures) < 2:
            painter.setPen(self._theme.colour("dim"))
            painter.setFont(sans())
            painter.drawText(self.rect().adjusted(12, 8, -12, -8), Qt.TextFlag.TextWordWrap, _EMPTY)
            painter.end()
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = (self.height() - _TOP - _BOTTOM - 2 * _GAP) / 3
        for pane, title in enumerate(_PANES):
            top = _TOP + pane * (height + _GAP) + _TITLE_PX
            box = QRectF(_LEFT, top, self.width() - _LEFT - _RIGHT, height - _TITLE_PX)
            self._pane(painter, box, pane, title)
        self._marks(painter)
        self._axis(painter)
        painter.end()

    def _value(self, departure: TimesView, pane: int) -> float:
        if departure.problem:
            return math.nan
        if pane == 0:
            return (departure.arrive_ns - departure.depart_ns) / 3.6e12
        return 100.0 * departure.lowest_charge if pane == 1 else departure.sunset_margin_h

    def _pane(self, painter: QPainter, box: QRectF, pane: int, title: str) -> None:
        assert self._sweep is not None
        values = [self._value(departure, pane) for departure in self._sweep.departures]
        known = [value for value in values if math.isfinite(value)]
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.drawRect(box)
        minutes = pane == 0 and bool(known) and max(known) < _MINUTES_BELOW_H
        if minutes:
            values, known = [60.0 * value for value in values], [60.0 * value for value in known]
        painter.setPen(self._theme.colour("dim"))
        painter.setFont(sans(SMALL_PX))
        over = QRectF(box.left(), box.top() - _TITLE_PX, box.width(), _TITLE_PX)
        painter.drawText(over, Qt.AlignmentFlag.AlignVCenter, title.format("min" if minutes else "h"))
        painter.setFont(mono(SMALL_PX))
        if not known:
            return
        low, high = min(*known, 0.0 if pane == 2 else known[0]), max(known)
        room = max(high - low, 60.0 * _LEAST[pane] if minutes else _LEAST[pane])
        low, high = 0.5 * (low + high) - 0.58 * room, 0.5 * (low + high) + 0.58 * room
        points: list[QPointF] = []
        runs: list[list[QPointF]] = [points]
        for departure, value in zip(self._sweep.departures, values, strict=True):
            if not math.isfinite(value):
                points = []
                runs.append(points)
                continue
            y = box.bottom() - (value - low) / (high - low) * box.height()
            points.append(QPointF(self._x(departure.depart_ns), y))
        colour = (self._theme.colour("text"), self._theme.colour("in_limits"), self._theme.colour("warning"))[pane]
        painter.setPen(QPen(colour, 1.4))
        for run in runs:
            painter.drawPolyline(QPolygonF(run))
        painter.setPen(self._theme.colour("dim"))
        for value in (min(known), max(known)):
            y = box.bottom() - (value - low) / (high - low) * box.height()
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 8, _LEFT - 6, 16), right, f"{value:.1f}")
            if max(known) - min(known) < 0.25 * room:
                break

    def _marks(self, painter: QPainter) -> None:
        """No departure there; the latest safe one; the one that is taken; the one under the cursor."""
        assert self._sweep is not None
        bottom = self.height() - _BOTTOM
        begin, end = self._span()
        shade = QColor(self._theme.colour("critical", 28))
        step = (self.width() - _LEFT - _RIGHT) / max(len(self._sweep.departures) - 1, 1)
        for departure in self._sweep.departures:
            if departure.problem or not departure.safe:
                x = self._x(departure.depart_ns)
                left, right = max(x - step / 2, _LEFT), min(x + step / 2, self.width() - _RIGHT)
                painter.fillRect(QRectF(left, _TOP, right - left, bottom - _TOP), shade)
        latest = self._sweep.latest_safe
        if latest is not None:
            self._upright(painter, latest.depart_ns, self._theme.colour("in_limits"), "latest safe", bottom - 5)
        if self._chosen_ns is not None and begin <= self._chosen_ns <= end:
            self._upright(painter, self._chosen_ns, self._theme.colour("accent"), "chosen", _TOP + _TITLE_PX + 14)
        if self._pointed is not None:
            at_ns = self._sweep.departures[self._pointed].depart_ns
            self._upright(painter, at_ns, self._theme.colour("dim"))

    def _upright(self, painter: QPainter, t_ns: int, colour: QColor, word: str = "", word_y: float = 0.0) -> None:
        """A line through all panes, its word left of it where there is room."""
        x, bottom = self._x(t_ns), self.height() - _BOTTOM
        painter.setPen(QPen(colour, 1.2))
        painter.drawLine(QPointF(x, _TOP), QPointF(x, bottom))
        if word:
            width = painter.fontMetrics().horizontalAdvance(word)
            painter.drawText(QPointF(x - width - 4 if x - width - 4 > _LEFT else x + 4, word_y), word)

    def _axis(self, painter: QPainter) -> None:
        begin, end = self._span()
        painter.setPen(self._theme.colour("dim"))
        box = QRectF(_LEFT, self.height() - _BOTTOM + 2, self.width() - _LEFT - _RIGHT, _BOTTOM - 2)
        left, middle, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight
        for t_ns, side in ((begin, left), ((begin + end) // 2, middle), (end, right)):
            painter.drawText(box, side, format_utc(t_ns, 0)[5:16].replace("T", " "))

    # The hand
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._sweep is None or len(self._sweep.departures) < 2:
            return
        self._pointed = self._nearest(event.position().x())
        QToolTip.showText(event.globalPosition().toPoint(), self.told(self._pointed), self)
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._pointed = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._sweep is not None and len(self._sweep.departures) > 1 and event.button() == Qt.MouseButton.LeftButton:
            self._take(self._nearest(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if self._sweep is None or key not in (*steps, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        last = len(self._sweep.departures) - 1
        if key in steps:
            self._pointed = min(max((0 if self._pointed is None else self._pointed) + steps[key], 0), last)
            self.setAccessibleDescription(self.told(self._pointed))
            self.update()
        elif self._pointed is not None:
            self._take(self._pointed)

    def _take(self, number: int) -> None:
        assert self._sweep is not None
        departure = self._sweep.departures[number]
        if not departure.problem:
            self.taken.emit(departure.depart_ns)

    def told(self, number: int) -> str:
        """A departure in words."""
        assert self._sweep is not None
        departure = self._sweep.departures[number]
        head = f"depart {format_utc(departure.depart_ns, 0)[:16].replace('T', ' ')}"
        if departure.problem:
            return f"{head}: {departure.problem}"
        charge, night = 100 * departure.lowest_charge, departure.sunset_margin_h
        told = (
            f"{head}: arrives {format_clock_on(departure.arrive_ns, departure.depart_ns)}, lowest charge {charge:.0f} %"
        )
        return f"{told}, {night:.1f} h before night{'' if departure.safe else ', not safe'}"
