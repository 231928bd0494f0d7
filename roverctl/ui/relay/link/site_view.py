"""The sky over the rover: its skyline, the relay and the Sun by azimuth and elevation, with their ways."""

import itertools
import math
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from roverctl.session.api.relay import Scene, Skyline
from roverctl.session.api.values import Array
from roverctl.ui.desk import Desk
from roverctl.ui.theme import SMALL_PX, mono, sans

_LOW_DEG, _HIGH_DEG = -9.0, 66.0
_COMPASS: Final = ((-180, "S"), (-90, "W"), (0, "N"), (90, "E"), (180, "S"))
_MOST: Final = 30.0
_STEP: Final = 1.25


class SiteView(QWidget):
    """North in the middle; one scale both ways. The wheel zooms, a drag shifts, a double click shows all."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._zoom = 1.0
        self._middle = (0.0, (_LOW_DEG + _HIGH_DEG) / 2)  # azimuth and elevation in the middle, degrees
        self._grabbed: QPointF | None = None
        self._shown: tuple[object, ...] = ()
        self.setAccessibleName("Sky over the rover")
        self.setMinimumSize(160, 70)

    def sizeHint(self) -> QSize:
        return QSize(360, 130)

    def follow_clock(self) -> None:
        """Repaint if something moved: the Sun moves a pixel in minutes."""
        session = self._desk.session
        relay, known = session.relay, session.known
        heading = None if known is None else round(math.degrees(known.heading_rad))
        shown = (session.clock.now_ns // 60_000_000_000, id(relay.scene), id(relay.skyline), heading)
        if shown != self._shown:
            self._shown = shown
            self.update()

    @property
    def _px_deg(self) -> float:
        return self._zoom * min(self.width() / 360.0, self.height() / (_HIGH_DEG - _LOW_DEG))

    def point(self, azimuth_deg: float, elevation_deg: float) -> QPointF:
        """Where a direction is drawn."""
        west_east = (azimuth_deg + 180.0) % 360.0 - 180.0
        x = self.width() / 2 + (west_east - self._middle[0]) * self._px_deg
        return QPointF(x, self.height() / 2 - (elevation_deg - self._middle[1]) * self._px_deg)

    def wheelEvent(self, event: QWheelEvent) -> None:
        before = self._px_deg
        self._zoom = min(max(self._zoom * _STEP ** (event.angleDelta().y() / 120), 1.0), _MOST)
        place = event.position()
        more = 1.0 / before - 1.0 / self._px_deg
        off = (place.x() - self.width() / 2, self.height() / 2 - place.y())
        self._look(self._middle[0] + off[0] * more, self._middle[1] + off[1] * more)
        event.accept()

    def _look(self, azimuth_deg: float, elevation_deg: float) -> None:
        if self._zoom == 1.0:
            azimuth_deg, elevation_deg = 0.0, (_LOW_DEG + _HIGH_DEG) / 2
        self._middle = (min(max(azimuth_deg, -180.0), 180.0), min(max(elevation_deg, _LOW_DEG), _HIGH_DEG))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grabbed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            by = event.position() - self._grabbed
            self._grabbed = event.position()
            self._look(self._middle[0] - by.x() / self._px_deg, self._middle[1] + by.y() / self._px_deg)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._zoom = 1.0
        self._look(0.0, 0.0)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, relay = self._desk.theme, self._desk.session.relay
        painter.fillRect(self.rect(), theme.colour("ground"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_grid(painter)
        if relay.scene is not None:
            self._paint_ways(painter, relay.scene)
        if relay.skyline is not None:
            self._paint_skyline(painter, relay.skyline)
        self._paint_compass(painter)
        if relay.scene is not None:
            self._paint_now(painter, relay.scene)

    def _paint_grid(self, painter: QPainter) -> None:
        theme = self._desk.theme
        painter.setFont(mono(SMALL_PX - 1))
        for elevation in range(0, 90, 15 if self._px_deg > 1.5 else 30):
            y = self.point(0.0, elevation).y()
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
            painter.setPen(theme.colour("dim"))
            painter.drawText(QPointF(2, y - 2), f"{elevation}°")

    def _paint_compass(self, painter: QPainter) -> None:
        theme = self._desk.theme
        painter.setFont(mono(SMALL_PX - 1))
        low = self.point(0.0, 0.0).y()
        for azimuth, letter in _COMPASS:
            x = self.width() / 2 + (azimuth - self._middle[0]) * self._px_deg
            painter.setPen(theme.colour("dim"))
            painter.drawText(
                QRectF(min(max(x - 8, 0), self.width() - 16), low + 1, 16, 13), Qt.AlignmentFlag.AlignCenter, letter
            )

    def _paint_skyline(self, painter: QPainter, skyline: Skyline) -> None:
        theme = self._desk.theme
        azimuth = (np.degrees(skyline.azimuth_rad) + 180.0) % 360.0 - 180.0
        order = np.argsort(azimuth)
        rises = np.degrees(skyline.elevation_rad)[order]
        azimuth = azimuth[order]
        edge = float(rises[0] + rises[-1]) / 2
        scale, middle = self._px_deg, self._middle
        xs = self.width() / 2 + (np.concatenate([[-180.0], azimuth, [180.0]]) - middle[0]) * scale
        ys = self.height() / 2 - (np.concatenate([[edge], rises, [edge]]) - middle[1]) * scale
        low = self.height() / 2 - (_LOW_DEG - middle[1]) * scale + 2
        points = [QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("raised", 235))
        painter.drawPolygon(QPolygonF([QPointF(points[0].x(), low), *points, QPointF(points[-1].x(), low)]))
        painter.setPen(QPen(theme.colour("dim"), 1))
        painter.drawPolyline(QPolygonF(points))

    def _paint_ways(self, painter: QPainter, scene: Scene) -> None:
        theme = self._desk.theme
        self._way(
            painter, scene.far_relay_azimuth_rad, scene.far_relay_elevation_rad, QPen(theme.colour("accent", 120), 1)
        )
        ahead = scene.far_times_ns >= self._desk.session.clock.now_ns
        pen = QPen(theme.colour("warning", 120), 1, Qt.PenStyle.DotLine)
        self._way(painter, scene.far_sun_azimuth_rad[ahead], scene.far_sun_elevation_rad[ahead], pen)

    def _way(self, painter: QPainter, azimuth: Array, elevation: Array, pen: QPen) -> None:
        """A way over the sky, cut in the south."""
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        degrees = np.stack([np.degrees(azimuth), np.degrees(elevation)], axis=1)
        degrees = degrees[degrees[:, 1] > _LOW_DEG - 5.0]
        points = [self.point(a, e) for a, e in degrees.tolist()]
        half = 180.0 * self._px_deg
        for before, after in itertools.pairwise(points):
            if abs(before.x() - after.x()) < half:
                painter.drawLine(before, after)

    def _paint_now(self, painter: QPainter, scene: Scene) -> None:
        theme, session = self._desk.theme, self._desk.session
        now = session.clock.now_ns
        i = int(np.clip(np.searchsorted(scene.times_ns, now), 0, len(scene.times_ns) - 1))
        far_end = session.mission.relay if session.mission.orbit is not None else "Earth"
        if not scene.knows_relay(now):
            far_end += ", as last known"
        painter.setFont(sans(SMALL_PX))
        for name, azimuth_rad, elevation_rad, colour in (
            (far_end, scene.relay_azimuth_rad[i], scene.at("relay_elevation_rad", now), "accent"),
            ("Sun", scene.sun_azimuth_rad[i], scene.at("sun_elevation_rad", now), "warning"),
        ):
            azimuth, elevation = math.degrees(float(azimuth_rad)), math.degrees(float(elevation_rad))
            if elevation < _LOW_DEG:
                continue
            point = self.point(azimuth, elevation)
            painter.setPen(QPen(theme.colour(colour), 1.5))
            up = elevation > self._rises_deg(azimuth)
            painter.setBrush(theme.colour(colour) if up else Qt.BrushStyle.NoBrush)
            if name == "Sun":
                painter.drawEllipse(point, 5.0, 5.0)
            else:
                painter.drawPolygon([point + QPointF(*corner) for corner in ((0, -5), (5, 0), (0, 5), (-5, 0))])
            text = f"{name} {elevation:.1f}° at {azimuth % 360:.0f}°"
            width = painter.fontMetrics().horizontalAdvance(text)
            left = point.x() + 9 if point.x() + 9 + width < self.width() - 2 else point.x() - 9 - width
            painter.fillRect(QRectF(left - 2, point.y() - 7, width + 4, 14), theme.colour("ground", 225))
            painter.drawText(QPointF(left, point.y() + 4), text)
        known = session.known
        if known is not None:
            foot = self.point(math.degrees(known.heading_rad), 0.0)
            painter.setPen(QPen(theme.colour("text"), 1.5))
            painter.drawPolyline([foot + QPointF(-4, 6), foot, foot + QPointF(4, 6)])

    def _rises_deg(self, azimuth_deg: float) -> float:
        skyline = self._desk.session.relay.skyline
        if skyline is None:
            return 0.0
        return math.degrees(
            float(
                np.interp(
                    math.radians(azimuth_deg % 360), skyline.azimuth_rad, skyline.elevation_rad, period=2 * math.pi
                )
            )
        )
