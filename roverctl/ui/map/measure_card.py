"""The measured line's figures, and the ground along it."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from roverctl.session.api.map import Measured
from roverctl.session.api.values import Array
from roverctl.ui.map.camera import about_text
from roverctl.ui.map.measure import LINE, LineFigures
from roverctl.ui.status import NOTHING
from roverctl.ui.theme import SMALL_PX, Theme, mono

WIDTH_PX = 336
_PLOT_PX = 92
_NAMES = ("distance", "bearing", "height", "slope", "steepest")


class MeasureCard(QWidget):
    """Figures above, profile below."""

    pointed = Signal(object)  # distance along the line, None beside the profile

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)  # a click here is none on the map below
        self.setFixedWidth(WIDTH_PX)
        self.setAccessibleName("Measured line")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        self.hint = QLabel("Click from point to point; a click on the last ends the line, Esc the tool.", self)
        self.hint.setObjectName("small")
        self.hint.setWordWrap(True)
        column.addWidget(self.hint)
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(1)
        self.figures: dict[str, QLabel] = {}
        for i, name in enumerate(_NAMES):
            word = QLabel(name, self)
            word.setObjectName("small")
            value = QLabel(NOTHING, self)
            value.setFont(mono())
            value.setAccessibleName(name)
            grid.addWidget(word, 0, i)
            grid.addWidget(value, 1, i)
            self.figures[name] = value
        column.addLayout(grid)
        self.profile = LineProfile(theme, self)
        self.profile.pointed.connect(self.pointed)
        column.addWidget(self.profile)
        self.hide()

    def show_line(self, figures: LineFigures | None, measured: Measured | None) -> None:
        """Another line, or more known of it."""
        texts = dict.fromkeys(_NAMES, NOTHING)
        if figures is not None:
            texts["distance"] = about_text(figures.distance_m)
            if figures.bearing_deg is not None:
                texts["bearing"] = f"{figures.bearing_deg:.1f}°"
            if figures.rise_m is not None:
                texts["height"] = (
                    f"{figures.rise_m:+.2f} m" if abs(figures.rise_m) < 100 else f"{figures.rise_m:+.0f} m"
                )
            if figures.slope_deg is not None:
                texts["slope"] = f"{figures.slope_deg:+.1f}°"
            if figures.steepest_deg is not None:
                texts["steepest"] = f"{figures.steepest_deg:.1f}°"
        for name, label in self.figures.items():
            label.setText(texts[name])
        known = figures is not None and figures.steepest_deg is not None and measured is not None
        self.profile.show_line(measured if known else None)
        self.hint.setVisible(figures is None)
        self.adjustSize()


class LineProfile(QWidget):
    """Elevation over distance along a line; the cursor reads it."""

    pointed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._along_m: Array = np.empty(0)
        self._height_m: Array = np.empty(0)
        self._at_m: float | None = None
        self.setFixedHeight(_PLOT_PX)
        self.setMouseTracking(True)
        self.setAccessibleName("Elevation along the line")
        self.hide()

    def show_line(self, measured: Measured | None) -> None:
        """The ground along a line; nothing without one."""
        self._at_m = None
        self.setVisible(measured is not None)
        if measured is not None:
            self._along_m, self._height_m = measured.along_m, measured.elevation_m
        self.update()

    def _box(self) -> QRectF:
        return QRectF(0, 14, self.width(), self.height() - 30)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        share = event.position().x() / max(self.width(), 1)
        self._at_m = min(max(share, 0.0), 1.0) * float(self._along_m[-1])
        self.pointed.emit(self._at_m)
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._at_m = None
        self.pointed.emit(None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        known = np.isfinite(self._height_m)
        if not known.any():
            return
        low, high = float(self._height_m[known].min()), float(self._height_m[known].max())
        room, total = max(high - low, 1e-3), max(float(self._along_m[-1]), 1e-9)
        box = self._box()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        x = box.left() + self._along_m / total * box.width()
        y = box.bottom() - (self._height_m - low) / room * box.height()
        painter.setPen(QPen(LINE if self._dark else self._theme.colour("accent"), 1.4))
        for run in _runs(known):  # a gap without data is drawn as a gap
            painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(x[run], y[run], strict=True)]))
        painter.setPen(self._theme.colour("dim"))
        painter.setFont(mono(SMALL_PX))
        painter.drawText(QRectF(0, 0, box.width(), 12), Qt.AlignmentFlag.AlignLeft, f"{high:.1f} m")
        foot = QRectF(0, box.bottom() + 2, box.width(), 14)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, f"{low:.1f} m")
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, about_text(total))
        if self._at_m is not None:
            at = box.left() + self._at_m / total * box.width()
            painter.setPen(QPen(self._theme.colour("text"), 1))
            painter.drawLine(QPointF(at, box.top()), QPointF(at, box.bottom()))
            height = float(np.interp(self._at_m, self._along_m, self._height_m))
            text = f"{about_text(self._at_m)} · {height:.1f} m"
            painter.drawText(QRectF(0, 0, box.width(), 12), Qt.AlignmentFlag.AlignRight, text)
        painter.end()

    @property
    def _dark(self) -> bool:
        return self._theme.colour("panel").lightness() < 128


def _runs(known: np.ndarray) -> list[slice]:
    """Runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
