"""Zones, targets and notes on the map: keep-outs hatched, keep-ins outlined, points with a sign; each with its name."""

import itertools

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

from roverctl.session.api.draft import Draft, Mark, MarkKind
from roverctl.session.api.values import Place
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.labels import HALO, WHITE, Labels
from roverctl.ui.map.overlays import around
from roverctl.ui.theme import DARK, SMALL_PX

COLOURS = {
    MarkKind.KEEP_OUT: QColor(DARK.critical),
    MarkKind.KEEP_IN: QColor(DARK.in_limits),
    MarkKind.TARGET: QColor(DARK.warning),
    MarkKind.NOTE: QColor(DARK.text),
}
_SIGN_PX = 6.0
_CORNER_PX = 4.0


def draw(painter: QPainter, camera: Camera, draft: Draft, chosen: int | None, labels: Labels) -> None:
    """What was drawn, the chosen one with its corners."""
    view = QRectF(-20, -20, camera.width_px + 40, camera.height_px + 40)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number, mark in enumerate(draft.marks):
        rings = [_ring(camera, ring) for ring in mark.rings_m]
        if not rings[0].boundingRect().adjusted(-1, -1, 1, 1).intersects(view):
            continue
        if mark.kind.is_zone:
            _zone(painter, rings, mark.kind, number == chosen)
        else:
            _point(painter, rings[0].at(0), mark.kind, number == chosen)
            labels.keep_clear(around(rings[0].at(0).x(), rings[0].at(0).y(), _SIGN_PX + 1))


def names(painter: QPainter, camera: Camera, draft: Draft, labels: Labels) -> None:
    """Names, where there is room."""
    for mark in draft.marks:
        x, y = camera.to_screen(*_middle(mark))
        if not (0 <= x <= camera.width_px and 0 <= y <= camera.height_px):
            continue
        if mark.kind.is_zone:
            labels.centred(painter, mark.name, x, y + 4, colour=COLOURS[mark.kind], size=SMALL_PX)
        else:
            labels.beside(painter, mark.name, x, y, _SIGN_PX, colour=COLOURS[mark.kind], size=SMALL_PX)


def sketch(painter: QPainter, camera: Camera, kind: MarkKind, corners: tuple[Place, ...], cursor: Place | None) -> None:
    """A zone that is being drawn: its corners so far, and the line to the cursor."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    places = (*corners, cursor) if cursor is not None else corners
    line = _ring(camera, places)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(HALO, 4.0), QPen(COLOURS[kind], 1.8)):
        painter.setPen(pen)
        painter.drawPolyline(line)
    _corners(painter, line, len(corners))


def _ring(camera: Camera, ring: tuple[Place, ...]) -> QPolygonF:
    return QPolygonF([QPointF(*camera.to_screen(*place)) for place in ring])


def _zone(painter: QPainter, rings: list[QPolygonF], kind: MarkKind, chosen: bool) -> None:
    colour = COLOURS[kind]
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for ring in rings:
        path.addPolygon(ring)
        path.closeSubpath()
    if kind is MarkKind.KEEP_OUT:
        fill = QColor(colour)
        fill.setAlpha(40)
        painter.fillPath(path, fill)
        fill.setAlpha(110)
        painter.fillPath(path, QBrush(fill, Qt.BrushStyle.BDiagPattern))
    pen = QPen(colour, 2.4 if chosen else 1.4)
    if not chosen:
        pen.setStyle(Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([4, 2.5])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    painter.drawPath(path)
    if chosen:
        _corners(painter, rings[0], rings[0].count())


def _corners(painter: QPainter, ring: QPolygonF, count: int) -> None:
    painter.setPen(QPen(HALO, 1))
    painter.setBrush(WHITE)
    for corner in itertools.islice(ring.toList(), min(count, 500)):
        painter.drawRect(around(corner.x(), corner.y(), _CORNER_PX))


def _point(painter: QPainter, at: QPointF, kind: MarkKind, chosen: bool) -> None:
    painter.setPen(QPen(HALO, 3.5))
    for pen in (QPen(HALO, 4.0), QPen(WHITE if chosen else COLOURS[kind], 2.0)):
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if kind is MarkKind.TARGET:
            painter.drawLine(at - QPointF(_SIGN_PX, 0), at + QPointF(_SIGN_PX, 0))
            painter.drawLine(at - QPointF(0, _SIGN_PX), at + QPointF(0, _SIGN_PX))
        else:
            painter.drawRect(QRectF(at.x() - 4, at.y() - 5, 8, 10))
            painter.drawLine(at + QPointF(-2, -1), at + QPointF(2, -1))


def _middle(mark: Mark) -> Place:
    ring = mark.rings_m[0]
    return sum(east for east, _ in ring) / len(ring), sum(north for _, north in ring) / len(ring)
