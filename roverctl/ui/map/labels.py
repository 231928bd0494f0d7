"""Names on the map: each takes the first place around its symbol where it covers no symbol and no other name."""

import math
from collections import OrderedDict

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

from roverctl.ui.theme import TEXT_PX, sans

WHITE = QColor("#ffffff")
HALO = QColor(12, 14, 17, 150)
_AROUND = ((-1, -1), (-1, 1), (1, -1), (1, 1), (0, -1.5), (0, 1.5), (-1.5, 0), (1.5, 0))
_EDGE_PX = 3  # of a word's picture, for its halo
_WORDS_KEPT = 400
# An age changes its width with every digit: a name must not jump to its other side for that.
_WIDTH_STEP_PX = 16.0


class Words:
    """Words with their halo as pictures: nine strokes of text each, painted once and then put where they go."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[tuple[str, int, int, float], QPixmap] = OrderedDict()
        self._fonts: dict[int, tuple[QFont, QFontMetricsF]] = {}

    def metrics(self, size: int) -> QFontMetricsF:
        """Of the face of words in a size."""
        return self._face(size)[1]

    def _face(self, size: int) -> tuple[QFont, QFontMetricsF]:
        if size not in self._fonts:
            font = sans(size)
            self._fonts[size] = (font, QFontMetricsF(font))
        return self._fonts[size]

    def write(self, painter: QPainter, text: str, left: float, base: float, size: int, colour: QColor) -> None:
        """Put a word with its baseline's left end at a whole pixel near (left, base)."""
        ratio = painter.device().devicePixelRatioF()
        key = (text, size, colour.rgba(), ratio)
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._pictures[key] = self._paint(text, size, colour, ratio)
            if len(self._pictures) > _WORDS_KEPT:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        rise = math.ceil(self.metrics(size).ascent())
        painter.drawPixmap(QPointF(round(left) - _EDGE_PX, round(base) - rise - _EDGE_PX), picture)

    def _paint(self, text: str, size: int, colour: QColor, ratio: float) -> QPixmap:
        font, metrics = self._face(size)
        rise = math.ceil(metrics.ascent())
        width = math.ceil(metrics.horizontalAdvance(text)) + 2 * _EDGE_PX + 1
        height = rise + math.ceil(metrics.descent()) + 2 * _EDGE_PX
        picture = QPixmap(math.ceil(width * ratio), math.ceil(height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setFont(font)
        painter.setPen(HALO)
        for dx, dy in _AROUND:  # a stroked outline would take ten times as long
            painter.drawText(QPointF(_EDGE_PX + dx, _EDGE_PX + rise + dy), text)
        painter.setPen(colour)
        painter.drawText(QPointF(_EDGE_PX, _EDGE_PX + rise), text)
        painter.end()
        return picture


class Labels:
    """What is taken on screen: symbols first, then text as it is set."""

    def __init__(self, width_px: float, height_px: float, words: Words | None = None) -> None:
        self._words = Words() if words is None else words
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
        metrics = self._words.metrics(size)
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
        self._words.write(painter, text, candidates[best][2], candidates[best][1], size, colour)
        return True

    def centred(self, painter: QPainter, text: str, x: float, y: float, *, colour: QColor, size: int) -> bool:
        """Set ``text`` with the middle of its baseline at (x, y), unless it would cover anything."""
        width = self._words.metrics(size).horizontalAdvance(text)
        return self._set(painter, text, x - width / 2, y, colour, size)

    def leftmost(self, painter: QPainter, text: str, y: float, *, colour: QColor, size: int) -> bool:
        """Set ``text`` at the view's left edge, its baseline at y, unless it would cover anything."""
        return self._set(painter, text, self._view.left() + 8, y, colour, size)

    def _set(self, painter: QPainter, text: str, left: float, base: float, colour: QColor, size: int) -> bool:
        metrics = self._words.metrics(size)
        width = metrics.horizontalAdvance(text)
        box = QRectF(left - 4, base - metrics.ascent() - 1, width + 8, metrics.height() + 2)
        if any(box.intersects(other) for other in self.taken):
            return False
        self.taken.append(box)
        self._words.write(painter, text, left, base, size, colour)
        return True

    def _covered(self, box: QRectF) -> float:
        """Square pixels of a box that are taken, or outside the view."""
        inside = box.intersected(self._view)
        cost = box.width() * box.height() - inside.width() * inside.height()
        for other in self.taken:
            common = box.intersected(other)
            cost += common.width() * common.height()
        return cost
