"""The measuring tool: a line set click by click, its length, bearing, height and slope, drawn over the map."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from roverctl.core.geodesic import bearing_deg, distance_m, line_points
from roverctl.core.site import SiteFrame
from roverctl.session.api.map import Measured
from roverctl.session.api.values import Place
from roverctl.ui.map.camera import Camera, about_text
from roverctl.ui.map.corners import corner_key
from roverctl.ui.map.labels import HALO, Labels

LINE = QColor("#ffd166")
_CORNER_PX = 3.5
_DRAWN_POINTS = 64
_SAME_PX = 3.0  # a second click here ends the line: a double click does


class MeasureTool(QObject):
    """The line: corners set so far, and where the cursor is while it goes on."""

    changed = Signal()  # corners were set or taken away, or the line began or ended

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.on = False  # clicks set corners
        self.corners: tuple[Place, ...] = ()
        self.open = False  # the line still follows the cursor
        self._cursor: Place | None = None

    def begin(self) -> None:
        """Take the tool up; a line that is there stays until the next click."""
        self.on, self.open = True, False
        self.changed.emit()

    def end(self) -> None:
        """Put the tool down; its line goes."""
        self.on = self.open = False
        self.corners, self._cursor = (), None
        self.changed.emit()

    def click(self, camera: Camera, place: Place) -> None:
        """A corner; at the last corner again, the end of the line."""
        if not self.open:
            self.corners, self.open = (place,), True
        elif math.dist(camera.to_screen(*place), camera.to_screen(*self.corners[-1])) < _SAME_PX:
            self.finish()
            return
        else:
            self.corners = (*self.corners, place)
        self.changed.emit()

    def point(self, place: Place | None) -> bool:
        """The cursor moved; whether that shows."""
        self._cursor = place
        return self.open

    def finish(self) -> None:
        """The line ends at its last corner and stays."""
        self.open = False
        if len(self.corners) < 2:
            self.corners = ()
        self.changed.emit()

    def step_back(self) -> None:
        """The last corner goes."""
        self.corners = self.corners[:-1]
        self.open = bool(self.corners)
        self.changed.emit()

    def key(self, key: int, camera: Camera) -> bool:
        """See ``corner_key``; nothing while the tool is down."""
        return self.on and corner_key(self, key, camera)

    def draw(self, painter: QPainter, camera: Camera, site: SiteFrame, labels: Labels, along_m: float | None) -> None:
        """The line as great circles, its corners, its length so far; ``along_m`` marks a point of it."""
        corners = self.corners
        if self.open and self._cursor is not None:
            corners = (*corners, self._cursor)
        if not corners:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        total_m = 0.0
        if len(corners) > 1:
            east, north, along, _ = line_points(site, corners, _DRAWN_POINTS)
            total_m = float(along[-1])
            line = QPolygonF([QPointF(*camera.to_screen(e, n)) for e, n in zip(east, north, strict=True)])
            for pen in (QPen(HALO, 4.0), QPen(LINE, 1.8)):
                painter.setPen(pen)
                painter.drawPolyline(line)
            if along_m is not None and not self.open:
                at = np.interp(along_m, along, east), np.interp(along_m, along, north)
                painter.setBrush(QColor("#14181d"))
                painter.drawEllipse(QPointF(*camera.to_screen(float(at[0]), float(at[1]))), 4.5, 4.5)
        painter.setPen(QPen(HALO, 1))
        painter.setBrush(LINE)
        for corner in corners:
            painter.drawEllipse(QPointF(*camera.to_screen(*corner)), _CORNER_PX, _CORNER_PX)
        if total_m > 0.0:
            labels.beside(painter, about_text(total_m), *camera.to_screen(*corners[-1]), 8, colour=LINE, must=True)


@dataclass(frozen=True, slots=True)
class LineFigures:
    """What a measured line comes to; heights and slopes are None until the ground along it is known."""

    distance_m: float
    bearing_deg: float | None  # where it leaves its first corner; None of a line with corners between
    rise_m: float | None
    slope_deg: float | None  # from end to end
    steepest_deg: float | None  # between neighbouring points of the profile


def line_figures(site: SiteFrame, corners: tuple[Place, ...], measured: Measured | None) -> LineFigures | None:
    """Figures of a line of at least two corners."""
    if len(corners) < 2:
        return None
    total_m = sum(distance_m(site, a, b) for a, b in itertools.pairwise(corners))
    bearing = bearing_deg(site, *corners) if len(corners) == 2 else None
    if measured is None or measured.corners_m != corners or total_m == 0.0:
        return LineFigures(total_m, bearing, None, None, None)
    known = np.isfinite(measured.elevation_m)
    ends_known = bool(known[0] and known[-1])
    rise = float(measured.elevation_m[-1] - measured.elevation_m[0]) if ends_known else None
    run = np.diff(measured.along_m)
    steps = np.degrees(np.arctan2(np.diff(measured.elevation_m), run))[run > 0]
    steps = steps[np.isfinite(steps)]
    return LineFigures(
        total_m,
        bearing,
        rise,
        None if rise is None else math.degrees(math.atan2(rise, total_m)),
        float(np.abs(steps).max()) if len(steps) else None,
    )
