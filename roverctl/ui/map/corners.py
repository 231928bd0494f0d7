"""A line or an outline set corner by corner with the keyboard."""

from typing import Protocol

from PySide6.QtCore import Qt

from roverctl.session.api.values import Place
from roverctl.ui.map.camera import Camera


class CornerTool(Protocol):
    """What sets corners."""

    def click(self, camera: Camera, place: Place) -> None:
        """A corner, or the end at the last one again."""
        ...

    def step_back(self) -> None:
        """The last corner goes."""
        ...

    def end(self) -> None:
        """The tool is put down."""
        ...


def corner_key(tool: CornerTool, key: int, camera: Camera) -> bool:
    """Enter sets a corner at the map's middle, Backspace takes one away, Escape ends; else False."""
    if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        tool.click(camera, (camera.east_m, camera.north_m))
    elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
        tool.step_back()
    elif key == Qt.Key.Key_Escape:
        tool.end()
    else:
        return False
    return True
