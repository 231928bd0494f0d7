"""One plot of a stack: a view box with its name and an axis to its left and one below.

pyqtgraph's own PlotItem brings menus and buttons, which take longer to make than all the rest and are not shown here.
"""

from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QFont

from roverctl.ui.theme import SMALL_PX, Theme, mono, sans

_TEXT_MARGIN_PX = 4  # of a text item, on all sides
_GRID = 30  # of 255
_GAP_PX = 5  # to the next plot
_BOTTOM_PX = 20
NAME_PX = 116  # left of the axis: over the curves words would hide what they name


class Strip:
    """Made in row ``row`` of a ``GraphicsLayoutWidget``; ``left_px`` is for the figures of its axis, ``last`` of its
    stack shows what its bottom axis says.
    """

    def __init__(
        self, graphics: Any, row: int, theme: Theme, left: pg.AxisItem, bottom: pg.AxisItem, left_px: int, last: bool
    ) -> None:
        self.box = pg.ViewBox(border=pg.mkPen(theme.colour("line"), width=1), enableMenu=False)
        self.box.disableAutoRange()
        self.left, self.bottom = left, bottom
        for axis in (left, bottom):
            axis.enableAutoSIPrefix(False)
            axis.setPen(pg.mkPen(theme.colour("line"), width=1))
            axis.setTextPen(theme.colour("dim"))
            axis.setStyle(tickFont=mono(SMALL_PX), tickLength=0, tickTextOffset=4)
            axis.linkToView(self.box)
        left.setWidth(NAME_PX + left_px)
        left.setStyle(hideOverlappingLabels=True)
        bottom.setStyle(showValues=last)
        bottom.setHeight(_BOTTOM_PX if last else _GAP_PX)
        bottom.setGrid(_GRID)
        layout = graphics.ci
        layout.setSpacing(0)
        layout.addItem(left, 2 * row, 0)
        layout.addItem(self.box, 2 * row, 1)
        layout.addItem(bottom, 2 * row + 1, 1)
        layout.setGeometry(graphics.range)  # when it was cleared it shrank to the least
        bottom.setZValue(0.5)  # its grid over the box, under the curves
        self._theme = theme

    def name(self, words: str, tells: str = "") -> Any:
        """What it shows, beside it from above; ``tells`` is for a hover."""
        item = self.words(sans(SMALL_PX), "dim")
        item.setText(words)
        item.setToolTip(tells)
        return item

    def words(self, font: QFont, colour: str) -> Any:
        """Text beside it, empty as yet."""
        item = pg.TextItem("", color=self._theme.colour(colour), anchor=(0, 0))
        item.setFont(font)
        item.setParentItem(self.left)
        item.setPos(0, -_TEXT_MARGIN_PX)
        return item

    def stretch(self, graphics: Any, row: int, share: int) -> None:
        """How much of the height it takes, beside the others."""
        graphics.ci.layout.setRowStretchFactor(2 * row, share)

    def curve(self, **options: Any) -> Any:
        """A line in the box."""
        curve = pg.PlotCurveItem(**options)
        self.box.addItem(curve, ignoreBounds=True)
        return curve

    def mark(self, line: Any) -> None:
        """Add an infinite line."""
        self.box.addItem(line, ignoreBounds=True)
