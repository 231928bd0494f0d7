"""Earth, Moon, halo and stations to scale, and the packets under way at their computed places."""

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from roverctl.session.api.relay import Node, Scene, Signal
from roverctl.session.api.values import Array
from roverctl.ui.desk import Desk
from roverctl.ui.map.camera import round_length
from roverctl.ui.relay.link.eye import Eye
from roverctl.ui.relay.link.globe import paint_globe
from roverctl.ui.relay.words import range_text
from roverctl.ui.theme import SMALL_PX, mono, sans

EARTH_RADIUS_M: Final = 6_371_008.8  # IUGG mean radius
_STEP: Final = 1.25
_QUICK_S: Final = 0.1  # signals that cross in less, as seen, are not drawn
_LINE_PX: Final = 14
_LANE_PX: Final = 4.0


class SystemView(QWidget):
    """Drag turns it, with Shift (or another button) shifts it; the wheel zooms; 0 shows all."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.eye = Eye()
        self._fitted = False
        self._shown: tuple[object, ...] = ()
        self._signals: list[Signal] = []
        self._grabbed: QPointF | None = None
        self._shifts = False
        self._names: list[tuple[QRectF, str, str]] = []  # where, what, in which colour
        self.signal_points: list[tuple[Signal, QPointF]] = []
        self.repaints = 0
        self.setAccessibleName("Link")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(160, 80)

    def sizeHint(self) -> QSize:
        return QSize(420, 220)

    def follow_clock(self) -> None:
        """Repaint if something moved."""
        session = self._desk.session
        clock = session.clock
        self._signals = [] if self.too_quick else session.relay.signals()
        minute = clock.now_ns // 60_000_000_000
        sky = session.sky
        shown = (tuple(self._signals), minute, id(session.relay.scene), sky and sky.station, self.too_quick)
        if shown != self._shown:
            self._shown = shown
            self.update()

    @property
    def too_quick(self) -> bool:
        """Whether time runs so fast that a signal would only flicker."""
        clock, sky = self._desk.session.clock, self._desk.session.sky
        return sky is not None and clock.playing and sky.owlt_up_s / clock.speed_asked < _QUICK_S

    def show_all(self) -> None:
        """Everything in the picture."""
        self._fitted = False
        self.update()

    def show_moon(self) -> None:
        """The Moon, the halo around it."""
        scene = self._desk.session.relay.scene
        if scene is not None:
            moon = scene.at("moon_m", self._desk.session.clock.now_ns)
            self.eye.fit(np.concatenate([scene.far_relay_m, moon[:, None]], axis=1), 24.0)
            self._fitted = True
            self.update()

    # By hand

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.eye.width, self.eye.height = float(self.width()), float(self.height())
        self._fitted = False
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        place = event.position()
        self.eye.zoom(_STEP ** (-event.angleDelta().y() / 120), place.x(), place.y())
        self.update()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._grabbed, self._shifts = event.position(), shift or event.button() != Qt.MouseButton.LeftButton

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is None:
            return
        by = event.position() - self._grabbed
        self._grabbed = event.position()
        (self.eye.shift if self._shifts else self.eye.turn)(by.x(), by.y())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.eye.turn_rad, self.eye.rise_rad = 0.0, math.radians(50.0)
        self.show_all()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, middle = event.key(), (self.width() / 2, self.height() / 2)
        turns = {
            Qt.Key.Key_Left: (20, 0),
            Qt.Key.Key_Right: (-20, 0),
            Qt.Key.Key_Up: (0, 20),
            Qt.Key.Key_Down: (0, -20),
        }
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.eye.zoom(1 / _STEP, *middle)
        elif key == Qt.Key.Key_Minus:
            self.eye.zoom(_STEP, *middle)
        elif key == Qt.Key.Key_0:
            self.show_all()
        elif key in turns:
            self.eye.turn(*turns[Qt.Key(key)])
        else:
            super().keyPressEvent(event)
            return
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        self.repaints += 1
        painter = QPainter(self)
        theme, session = self._desk.theme, self._desk.session
        painter.fillRect(self.rect(), theme.colour("ground"))
        scene = session.relay.scene
        if scene is None:
            painter.setPen(theme.colour("dim"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Where everything is, is being computed …")
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._fitted:
            moon = scene.at("moon_m", session.clock.now_ns)
            edges = np.array([[-EARTH_RADIUS_M, moon[0]], [0.0, moon[1]], [0.0, moon[2]]])
            self.eye.fit(np.concatenate([scene.far_relay_m, edges], axis=1), 30.0)
            self._fitted = True
        self._names = []
        now = session.clock.now_ns
        places = {name: scene.at(f"{name}_m", now) for name in ("moon", "relay", "rover", "stations")}
        sun = self.eye.axes @ scene.at("sun", now)
        toward = (float(sun[0]), float(sun[1]), float(sun[2]))
        if session.mission.orbit is not None:
            self._paint_halo(painter, scene)
        earth, moon = np.zeros(3), places["moon"]
        lit, dark = theme.colour("watch"), theme.colour("selection")
        paint_globe(painter, self.eye.point(earth), EARTH_RADIUS_M / self.eye.m_px, toward, lit, dark)
        radius_px = session.mission.body.radius_m / self.eye.m_px
        paint_globe(painter, self.eye.point(moon), radius_px, toward, theme.colour("dim"), theme.colour("raised"))
        self._name(painter, self.eye.point(earth), "Earth", "dim", EARTH_RADIUS_M / self.eye.m_px)
        self._name(painter, self.eye.point(moon), session.mission.body.name, "dim", radius_px)
        self._paint_legs(painter, places, scene.knows_relay(now))
        self._paint_signals(painter, places)
        self._paint_names(painter)
        self._paint_scale(painter)

    def _paint_halo(self, painter: QPainter, scene: Scene) -> None:
        x, y, _ = self.eye.pixels(scene.far_relay_m)
        painter.setPen(QPen(self._desk.theme.colour("accent", 120), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]))

    def _paint_legs(self, painter: QPainter, places: dict[str, Array], relay_known: bool) -> None:
        theme, session = self._desk.theme, self._desk.session
        current = "" if session.sky is None else session.sky.station
        relay, rover = self.eye.point(places["relay"]), self.eye.point(places["rover"])
        for station, place in zip(session.mission.stations, places["stations"], strict=True):
            point = self.eye.point(place)
            chosen = station.name == current
            if chosen:
                painter.setPen(QPen(theme.colour("in_limits", 160), 1))
                painter.drawLine(point, relay)
            behind = float(self.eye.pixels(place)[2]) < 0.0
            painter.setPen(QPen(theme.colour("in_limits" if chosen else "text"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush if behind else theme.colour("in_limits" if chosen else "text"))
            painter.drawEllipse(point, 2.5 if chosen else 1.5, 2.5 if chosen else 1.5)
            if chosen or EARTH_RADIUS_M / self.eye.m_px > 30.0:
                self._name(painter, point, station.name, "in_limits" if chosen else "dim", 3.0)
        if session.mission.orbit is not None:
            if relay_known:
                painter.setPen(QPen(theme.colour("in_limits", 160), 1))
                painter.drawLine(relay, rover)
            colour = "accent" if relay_known else "dim"
            line = Qt.PenStyle.SolidLine if relay_known else Qt.PenStyle.DotLine
            painter.setPen(QPen(theme.colour(colour), 1.5, line))
            painter.setBrush(theme.colour("ground"))
            painter.drawPolygon([relay + QPointF(*corner) for corner in ((0, -5), (5, 0), (0, 5), (-5, 0))])
            name = session.mission.relay
            self._name(painter, relay, name if relay_known else f"{name}, where it was last known", colour, 5.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("text"))
        painter.drawEllipse(rover, 2.0, 2.0)
        if session.mission.body.radius_m / self.eye.m_px > 12.0:
            self._name(painter, rover, session.mission.rover, "text", 3.0)

    def _place(self, node: Node, station: str, places: dict[str, Array]) -> Array:
        if node is Node.RELAY:
            return places["relay"]
        if node is Node.ROVER:
            return places["rover"]
        names = [s.name for s in self._desk.session.mission.stations]
        return np.asarray(places["stations"][names.index(station) if station in names else 0])

    def _paint_signals(self, painter: QPainter, places: dict[str, Array]) -> None:
        """A streak from the first bit to the last, and a dot at the last, for then the packet is there: filled where
        evidence says that it left, hollow where it is computed."""
        theme = self._desk.theme
        self.signal_points = []
        for signal in self._signals:
            start = self._place(signal.start, signal.station, places)
            end = self._place(signal.end, signal.station, places)
            lane = self._lane(start, end)
            first = self.eye.point(start + (end - start) * signal.first_bit) + lane
            last = self.eye.point(start + (end - start) * signal.last_bit) + lane
            colour = theme.colour("accent" if signal.known else "predicted")
            if signal.first_bit > signal.last_bit:
                faint = theme.colour("accent" if signal.known else "predicted", 110)
                painter.setPen(QPen(faint, 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
                painter.drawLine(last, first)
            if not signal.name:
                continue
            painter.setPen(QPen(colour, 1.5))
            painter.setBrush(colour if signal.known else theme.colour("ground"))
            painter.drawEllipse(last, 4.0, 4.0)
            self.signal_points.append((signal, last))
            self._name(painter, last, f"{signal.name}  {signal.note}", "accent" if signal.known else "predicted", 6.0)

    def _lane(self, start: Array, end: Array) -> QPointF:
        """Each way has a lane of its own beside the leg, or what comes would cover what goes."""
        way = self.eye.point(end) - self.eye.point(start)
        length = math.hypot(way.x(), way.y())
        return QPointF(0, 0) if length < 1.0 else QPointF(-way.y(), way.x()) * (_LANE_PX / length)

    def _name(self, painter: QPainter, point: QPointF, text: str, colour: str, off_px: float) -> None:
        """A name beside a point, moved down until it covers no other; written once all lines are drawn."""
        painter.setFont(sans(SMALL_PX))
        width = painter.fontMetrics().horizontalAdvance(text)
        left = point.x() + off_px + 4
        if left + width > self.width() - 4:
            left = point.x() - off_px - 4 - width
        box = QRectF(left, point.y() - _LINE_PX / 2, width, _LINE_PX)
        for _ in range(12):
            if not any(box.intersects(other) for other, _, _ in self._names):
                break
            box.translate(0, _LINE_PX)
        self._names.append((box, text, colour))
        if box.top() > point.y() + _LINE_PX:
            painter.setPen(QPen(self._desk.theme.colour(colour, 90), 1))
            painter.drawLine(QPointF(point.x(), point.y() + off_px), QPointF(point.x(), box.center().y()))
            if box.left() > point.x():
                painter.drawLine(QPointF(point.x(), box.center().y()), QPointF(box.left() - 2, box.center().y()))

    def _paint_names(self, painter: QPainter) -> None:
        """Each on a ground of its own, so that no line strikes it through."""
        theme = self._desk.theme
        painter.setFont(sans(SMALL_PX))
        for box, text, colour in self._names:
            painter.fillRect(box.adjusted(-2, 0, 2, 0), theme.colour("ground", 225))
            painter.setPen(theme.colour(colour))
            painter.drawText(QPointF(box.left(), box.bottom() - 4), text)

    def _paint_scale(self, painter: QPainter) -> None:
        """A scale bar; and why no signals are drawn."""
        theme = self._desk.theme
        length_m = round_length(self.eye.m_px * 90)
        px = length_m / self.eye.m_px
        y = self.height() - 10.0
        painter.setPen(QPen(theme.colour("dim"), 1))
        painter.drawLine(QPointF(10, y), QPointF(10 + px, y))
        painter.setFont(mono(SMALL_PX))
        painter.drawText(QPointF(10, y - 4), range_text(length_m))
        if self.too_quick:
            text = f"at {self._desk.session.clock.speed_asked:,.0f}× signals pass too quickly to be drawn"
            painter.drawText(QPointF(20 + max(px, 90), y), text)
