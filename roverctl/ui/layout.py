"""The three arrangements of the docks, by default and as last left."""

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

from roverctl.ui.top_bar import Perspective
from roverctl.ui.window_state import LAYOUT_VERSION

_RIGHT, _BOTTOM = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
# By perspective: docks of the right column from above, docks under the map from above; a tuple is a tabbed group, its
# first in front. Those left out are hidden.
_RIGHT_DOCKS: dict[Perspective, tuple[tuple[str, ...], ...]] = {
    Perspective.PLAN: (("traverse",),),
    Perspective.OPERATE: (("queue",), ("events", "parameters", "training")),
    Perspective.REPLAY: (("events", "queue"), ("parameters",)),
}
_BOTTOM_DOCKS: dict[Perspective, tuple[tuple[str, ...], ...]] = {
    Perspective.PLAN: (("profile",),),
    Perspective.OPERATE: (("telemetry", "link", "delays"), ("passes",)),
    Perspective.REPLAY: (("telemetry", "link", "delays"), ("passes",)),
}
# The map has more than half of the height; in a lower window than this all of these groups are tabs of one for that.
_BOTTOM_SHARE = 0.46
_LOW_PX = 740
# Under the map, where a perspective that does not have them shows them.
_WIDE = ("profile", "telemetry", "passes", "link", "delays")
# Shares of the right column's and the bottom's height, and the right column's width in hundredths of the window's.
_RIGHT_SHARES = {Perspective.PLAN: (1,), Perspective.OPERATE: (56, 44), Perspective.REPLAY: (45, 55)}
_BOTTOM_PX = {Perspective.PLAN: (268,), Perspective.OPERATE: (248, 152), Perspective.REPLAY: (248, 152)}
_RIGHT_WIDTH = {Perspective.PLAN: 25, Perspective.OPERATE: 39, Perspective.REPLAY: 36}


def _bottom(window: QMainWindow, perspective: Perspective) -> tuple[tuple[str, ...], ...]:
    """The groups under the map for the window's height."""
    groups = _BOTTOM_DOCKS[perspective]
    if window.height() >= _LOW_PX:
        return groups
    return ((*(group[0] for group in groups), *(name for group in groups for name in group[1:])),)


def arrange(window: QMainWindow, docks: dict[str, QDockWidget], perspective: Perspective) -> None:
    """Put the docks where they are by default."""
    window.setCorner(Qt.Corner.BottomRightCorner, _RIGHT)
    for dock in docks.values():
        window.removeDockWidget(dock)
        dock.setFloating(False)
        dock.hide()
    for area, groups in ((_RIGHT, _RIGHT_DOCKS[perspective]), (_BOTTOM, _bottom(window, perspective))):
        above: QDockWidget | None = None
        for group in groups:
            first = docks[group[0]]
            if above is None:
                window.addDockWidget(area, first)
            else:
                window.splitDockWidget(above, first, Qt.Orientation.Vertical)
            first.show()
            above = first
        for group in groups:  # after all splits: splitting beside a tabbed dock joins its tabs
            for name in group[1:]:
                window.tabifyDockWidget(docks[group[0]], docks[name])
                docks[name].show()
            docks[group[0]].raise_()
    # The others have a place too, hidden: a kept arrangement shows every dock that it does not know, and one that is
    # nowhere cannot be shown.
    for name, dock in docks.items():
        if dock.isHidden():
            window.addDockWidget(_BOTTOM if name in _WIDE else _RIGHT, dock)
            dock.hide()
    proportion(window, docks, perspective)


def proportion(window: QMainWindow, docks: dict[str, QDockWidget], perspective: Perspective) -> None:
    """Give the default arrangement its sizes; needs the window's final size."""
    right = [docks[group[0]] for group in _RIGHT_DOCKS[perspective]]
    bottom = [docks[group[0]] for group in _bottom(window, perspective)]
    width = max(window.width() * _RIGHT_WIDTH[perspective] // 100, 372)
    height = max(window.height() - 140, 200)
    bottom_px = _BOTTOM_PX[perspective][: len(bottom)]
    squeeze = min(1.0, _BOTTOM_SHARE * window.height() / sum(bottom_px))
    shares = _RIGHT_SHARES[perspective]
    window.resizeDocks([right[0]], [width], Qt.Orientation.Horizontal)
    window.resizeDocks(right, [height * share // sum(shares) for share in shares], Qt.Orientation.Vertical)
    window.resizeDocks(bottom, [int(px * squeeze) for px in bottom_px], Qt.Orientation.Vertical)


def keep(window: QMainWindow) -> bytes:
    """The arrangement as it is."""
    return bytes(window.saveState(LAYOUT_VERSION).data())


def restore(window: QMainWindow, data: bytes) -> bool:
    """Go back to a kept arrangement; False (and nothing changed) when it is of another version or damaged."""
    return bool(data) and window.restoreState(QByteArray(data), LAYOUT_VERSION)
