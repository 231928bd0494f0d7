"""What stands under every stack of plots: a pyqtgraph layout without frame, with the window's margins."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtWidgets import QWidget


def plot_ground(parent: QWidget, name: str, smooth: bool = False) -> Any:
    """An empty layout; ``name`` is what screen readers say, ``smooth`` draws lines with antialiasing."""
    graphics = pg.GraphicsLayoutWidget(parent)
    graphics.setAntialiasing(smooth)
    graphics.setFrameShape(graphics.Shape.NoFrame)
    graphics.setAccessibleName(name)
    graphics.ci.setContentsMargins(8, 0, 12, 0)
    return graphics
