"""Earth and Moon as discs of their true size, with the side that the Sun lights."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath

LEAST_PX = 2.5  # a smaller body is drawn as large as this


def paint_globe(
    painter: QPainter, middle: QPointF, radius_px: float, sun: tuple[float, float, float], lit: QColor, dark: QColor
) -> None:
    """``sun`` is where the Sun is: right, up, toward the eye; a unit vector."""
    r = max(radius_px, LEAST_PX)
    disc = QRectF(middle.x() - r, middle.y() - r, 2 * r, 2 * r)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(dark)
    painter.drawEllipse(disc)
    right, up, toward = sun
    painter.save()
    painter.translate(middle)
    painter.rotate(-math.degrees(math.atan2(up, right)))  # the Sun is to the right now
    path = QPainterPath()
    path.moveTo(0.0, r)
    path.arcTo(QRectF(-r, -r, 2 * r, 2 * r), -90.0, 180.0)
    bulge = r * toward  # the terminator is half an ellipse: away from the Sun where we look at the lit side
    path.arcTo(QRectF(-abs(bulge), -r, 2 * abs(bulge), 2 * r), 90.0, 180.0 if bulge > 0.0 else -180.0)
    painter.setBrush(lit)
    painter.drawPath(path)
    painter.restore()
