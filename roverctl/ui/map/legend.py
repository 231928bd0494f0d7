"""What a layer's colours stand for."""

from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from roverctl.session.api.map import LegendRow, ProductInfo
from roverctl.ui.status import unit_sign
from roverctl.ui.theme import SMALL_PX, sans


class Legend(QWidget):
    """What a product's colours stand for: a ramp with its figures, or a row for each class."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[LegendRow, ...] = ()
        self._stepped = False

    def show_product(self, product: ProductInfo | None) -> None:
        """Another product, or none."""
        self._rows = () if product is None else product.legend
        self._stepped = product is not None and product.stepped
        lines = len(self._rows) * 16 if self._stepped else 30
        self.setFixedHeight(lines if self._rows else 0)
        self.setAccessibleName("Legend: " + ", ".join(self._text(row) for row in self._rows))
        self.update()

    @staticmethod
    def _text(row: LegendRow) -> str:
        value, _, unit = row.text.rpartition(" ")
        sign = unit_sign(unit)
        return f"{value}{sign}" if value and sign == "°" else row.text

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(sans(SMALL_PX))
        text = self.palette().windowText().color()
        if self._stepped:
            for i, row in enumerate(self._rows):
                painter.fillRect(0, 16 * i + 3, 18, 10, QColor(row.red, row.green, row.blue, row.alpha))
                painter.setPen(self.palette().mid().color())
                painter.drawRect(0, 16 * i + 3, 18, 10)
                painter.setPen(text)
                painter.drawText(26, 16 * i + 12, row.text)
        elif self._rows:
            self._paint_ramp(painter, text)
        painter.end()

    def _paint_ramp(self, painter: QPainter, text: QColor) -> None:
        width = self.width()
        ramp = QLinearGradient(0, 0, width, 0)
        last = len(self._rows) - 1
        for i, row in enumerate(self._rows):
            ramp.setColorAt(i / last, QColor(row.red, row.green, row.blue, row.alpha))
        painter.fillRect(0, 2, width, 8, ramp)
        painter.setPen(text)
        for i, row in ((0, self._rows[0]), (last // 2, self._rows[last // 2]), (last, self._rows[last])):
            words = self._text(row)
            room = painter.fontMetrics().horizontalAdvance(words)
            painter.drawText(round(min(max(width * i / last - room / 2, 0), width - room)), 24, words)
