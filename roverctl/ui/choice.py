"""A choice from a few words, with an arrow that is seen on dark ground as on light."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QComboBox, QWidget

from roverctl.ui.theme import Theme


class Choice(QComboBox):
    """A combo box; the style sheet takes Qt's own arrow away and this draws one in the theme's colour."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("dim" if self.isEnabled() else "faint"))
        x, y = self.width() - 13.0, self.height() / 2 - 1.5
        painter.drawPolygon(QPolygonF([QPointF(x - 4, y), QPointF(x + 4, y), QPointF(x, y + 4.5)]))
