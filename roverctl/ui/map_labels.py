"""Names on the map: each takes the first place around its symbol where it covers no symbol and no other name."""

import math

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from roverctl.ui.theme import TEXT_PX, sans

WHITE = QColor("#ffffff")
HALO = QColor(12, 14, 17, 150)
_AROUND = ((-1, -1), (-1, 1), (1, -1), (1, 1), (0, -1.5), (0, 1.5), (-1.5, 0), (1.5, 0))
# An age changes its width with every digit: a name must not jump to its other side for that.
_WIDTH_STEP_PX = 16.0


class Labels:
    """What is taken on screen: symbols first, then text as it is set."""

    def __init__(self, width_px: float, height_px: float) -> None:
        self._view = QRectF(0.0, 0.0, width_px, height_px)
        self.taken: list[QRectF] = []

    def keep_clear(self, box: QRectF) -> None:
        """No text goes here that has somewhere else to go."""
        self.taken.append(box)

    def beside(
        self, painter: QPainter, text: str, x: float, y: float, clear_px: float, *, colour: QColor = WHITE,
        size: int = TEXT_PX, must: bool = False,
    ) -> bool:  # fmt: skip
        """Set ``text`` right of, left of, above or below a symbol that reaches ``clear_px`` from its middle (x, y).

        Where all are taken it is left out; what ``must`` be is set where it covers least. Returns whether it was set.
        """
        font = sans(size)
        metrics = QFontMetricsF(font)
        width = metrics.horizontalAdvance(text)
        room = math.ceil(width / _WIDTH_STEP_PX) * _WIDTH_STEP_PX
        rise, fall = metrics.ascent(), metrics.descent()
        level, off = y + (rise - fall) / 2, clear_px + 5.0
        up, down = y - clear_px - fall - 3.0, y + clear_px + rise + 3.0
        # (left edge of the room, baseline, left edge of the text)
        candidates = (
            (x + off, level, x + off),
            (x - off - room, level, x - off - width),
            (x - room / 2, up, x - width / 2),
            (x - room / 2, down, x - width / 2),
            (x + 0.7 * off, up, x + 0.7 * off),
            (x + 0.7 * off, down, x + 0.7 * off),
            (x - 0.7 * off - room, up, x - 0.7 * off - width),
            (x - 0.7 * off - room, down, x - 0.7 * off - width),
        )
        boxes = [QRectF(left - 3, base - rise - 1, room + 6, rise + fall + 2) for left, base, _ in candidates]
        costs = [self._covered(box) for box in boxes]
        best = costs.index(min(costs))
        if costs[best] > 0.0 and not must:
            return False
        self.taken.append(boxes[best])
        _write(painter, text, candidates[best][2], candidates[best][1], font, colour)
        return True

    def centred(self, painter: QPainter, text: str, x: float, y: float, *, colour: QColor, size: int) -> bool:
        """Set ``text`` with the middle of its baseline at (x, y), unless it would cover anything."""
        font = sans(size)
        metrics = QFontMetricsF(font)
        width = metrics.horizontalAdvance(text)
        box = QRectF(x - width / 2 - 4, y - metrics.ascent() - 1, width + 8, metrics.height() + 2)
        if any(box.intersects(other) for other in self.taken):
            return False
        self.taken.append(box)
        _write(painter, text, x - width / 2, y, font, colour)
        return True

    def _covered(self, box: QRectF) -> float:
        """Square pixels of a box that are taken, or outside the view."""
        inside = box.intersected(self._view)
        cost = box.width() * box.height() - inside.width() * inside.height()
        for other in self.taken:
            common = box.intersected(other)
            cost += common.width() * common.height()
        return cost


def _write(painter: QPainter, text: str, left: float, base: float, font: QFont, colour: QColor) -> None:
    painter.setFont(font)
    painter.setPen(HALO)
    for dx, dy in _AROUND:  # a stroked outline would take ten times as long
        painter.drawText(QPointF(left + dx, base + dy), text)
    painter.setPen(colour)
    painter.drawText(QPointF(left, base), text)
