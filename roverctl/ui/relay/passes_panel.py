"""Contact with each station and the Sun over the hours to come, with now."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from roverctl.core.nouns import ContactWindow
from roverctl.core.times import SECOND_NS, format_clock
from roverctl.session.api.changes import Change, Changes
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.status import span_text
from roverctl.ui.theme import SMALL_PX, mono, sans

HOUR_NS = 3600 * SECOND_NS
_LABEL_PX, _ROW_PX, _TOP_PX = 88, 20, 18  # the hours stand on top: there they are seen in a low panel, too
_TICK_STEPS_H = (0.25, 0.5, 1, 2, 3, 6, 12)


class PassesView(QWidget):
    """One row a station; the wheel changes how far it looks ahead."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.ahead_h = 11.0
        self._passes: list[ContactWindow] = []
        self.setAccessibleName("Passes")

    def sizeHint(self) -> QSize:
        return QSize(400, _TOP_PX + _ROW_PX * len(self._desk.session.mission.stations) + 6)

    def show_passes(self, passes: list[ContactWindow]) -> None:
        """Other passes."""
        self._passes = passes
        self.setMinimumHeight(self.sizeHint().height())
        self.update()

    def x_of(self, t_ns: int) -> float:
        """Pixel of a time: an hour back to ``ahead_h`` ahead."""
        now = self._desk.session.clock.now_ns
        share = (t_ns - now + HOUR_NS) / ((1 + self.ahead_h) * HOUR_NS)
        return _LABEL_PX + share * (self.width() - _LABEL_PX - 12)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.ahead_h = min(max(self.ahead_h * 1.25 ** (-event.angleDelta().y() / 120), 1.0), 24.0)
        self.update()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, session = self._desk.theme, self._desk.session
        now = session.clock.now_ns
        right = self.width() - 12.0
        stations = [station.name for station in session.mission.stations]
        bottom = _TOP_PX + _ROW_PX * len(stations)
        step_h = next((s for s in _TICK_STEPS_H if s >= self.ahead_h / 10), _TICK_STEPS_H[-1])
        step_ns = int(step_h * HOUR_NS)
        painter.setFont(mono(SMALL_PX))
        tick = -(-(now - HOUR_NS) // step_ns) * step_ns
        while tick < now + self.ahead_h * HOUR_NS:
            x = round(self.x_of(tick))
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(x, _TOP_PX, x, bottom)
            painter.setPen(theme.colour("dim"))
            painter.drawText(QRectF(x - 30, 1, 60, 14), Qt.AlignmentFlag.AlignCenter, format_clock(tick)[:5])
            tick += step_ns
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = "" if session.sky is None else session.sky.station
        for row, station in enumerate(stations):
            y = _TOP_PX + row * _ROW_PX
            painter.setFont(sans(SMALL_PX))
            painter.setPen(theme.colour("text" if station == current else "dim"))
            painter.drawText(QPointF(12, y + 14), station)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("in_limits", 210 if station == current else 110))
            for window in self._passes:
                if window.station != station:
                    continue
                left, end = max(self.x_of(window.aos_ns), _LABEL_PX), min(self.x_of(window.los_ns), right)
                if end > left:
                    painter.drawRoundedRect(QRectF(left, y + 4, end - left, _ROW_PX - 8), 2, 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        x = round(self.x_of(now))
        painter.setPen(QPen(theme.colour("text"), 1))
        painter.drawLine(x, _TOP_PX, x, bottom + 4)


class PassesPanel(QWidget):
    """Title line and rows."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.header = Header("Passes")
        self.view = PassesView(desk)
        self._drawn_ns = 0
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(self.view)
        for text, tip, act in (("−", "Look farther ahead", self._farther), ("+", "Look less far", self._nearer)):
            self.header.add_tool(text, act, tip)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(area)
        self.setMinimumHeight(70)

    def session_replaced(self) -> None:
        """Passes come with the refresh."""
        self._drawn_ns = 0

    def refresh(self, changes: Changes) -> None:
        """Repaint when a pixel's worth of time has gone by."""
        session = self._desk.session
        now = session.clock.now_ns
        pixel_ns = (1 + self.view.ahead_h) * HOUR_NS / max(self.view.width(), 1)
        if Change.SKY in changes or abs(now - self._drawn_ns) > pixel_ns:
            self._drawn_ns = now
            self.view.show_passes(session.passes())
            self.header.say(self._sentence())

    def _sentence(self) -> str:
        sky = self._desk.session.sky
        if sky is None:
            return ""
        sun = (
            f"Sun {math.degrees(sky.sun_elevation_rad):.1f}° at azimuth {math.degrees(sky.sun_azimuth_rad) % 360:.0f}°"
        )
        far = f"relay {sky.relay_rover_m / 1e6:,.1f} thousand km from the rover".replace(",", " ")
        if sky.next_change_ns is None:
            return f"{sun} · {far}"
        then = span_text((sky.next_change_ns - sky.t_ns) / 1e9)
        what = f"{sky.station} until {format_clock(sky.next_change_ns)}" if sky.station else f"contact in {then}"
        return f"{what} · {sun} · {far}"

    @Slot()
    def _farther(self) -> None:
        self.view.ahead_h = min(self.view.ahead_h * 1.5, 24.0)
        self.view.update()

    @Slot()
    def _nearer(self) -> None:
        self.view.ahead_h = max(self.view.ahead_h / 1.5, 1.0)
        self.view.update()
