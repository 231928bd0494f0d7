"""The mouse on the map: it pans, and hands what it does to whoever has the tool (stops, zones, measuring)."""

import numpy as np
from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent

from roverctl.ui.desk import Desk
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.measure import MeasureTool
from roverctl.ui.map.route_hand import RouteHand
from roverctl.ui.map.zone_hand import ZoneHand

_DRAG_PX = 4
_ROUTE_PX = 14.0


class Pointer(QObject):
    """Between press and release it drags a stop, a zone's corner, or the ground."""

    panned = Signal(int, int)  # the ground is dragged by so many pixels
    changed = Signal()  # something that is drawn over the map

    def __init__(
        self, desk: Desk, hand: RouteHand, zones: ZoneHand, measure: MeasureTool, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._hand, self._zones, self._measure = desk, hand, zones, measure
        self.route_tool = False  # clicks set stops
        self.panning = False
        self._press: QPoint | None = None

    @property
    def _busy(self) -> bool:
        return self._measure.on or self._zones.kind is not None

    def press(self, camera: Camera, event: QMouseEvent) -> None:
        """Take hold of what is there; the right button takes away."""
        position = event.position().toPoint()
        handle = None if self._busy else self._hand.under(camera, position)
        if event.button() == Qt.MouseButton.RightButton:
            if self._zones.remove_at(camera, position):
                self.changed.emit()
            elif handle is not None:
                self._hand.remove(handle)
            elif self._measure.open:
                self._measure.finish()
            return
        left = event.button() == Qt.MouseButton.LeftButton
        self._press, self.panning = position, not left
        if handle is None and left and not self._busy and self._zones.take(camera, position):
            return
        if handle is None and not self._busy and self.route_tool:
            handle = self._hand.line_under(camera, position)
        self._hand.take(handle if left else None)
        self.changed.emit()

    @property
    def down(self) -> bool:
        """Whether a button is held."""
        return self._press is not None

    def move(self, camera: Camera, position: QPoint) -> None:
        """Drag what is held, else the ground."""
        if self._press is None:
            return
        moved = position - self._press
        if self._zones.holds:
            self._zones.drag(camera.to_ground(position.x(), position.y()))
            self.changed.emit()
        elif self._hand.held is not None:
            if self._hand.dragging or moved.manhattanLength() > _DRAG_PX:
                self._hand.drag(camera.to_ground(position.x(), position.y()))
                self.changed.emit()
        elif self.panning or moved.manhattanLength() > _DRAG_PX:
            self.panning = True
            self._press = position
            self.panned.emit(moved.x(), moved.y())

    def release(self, camera: Camera, event: QMouseEvent) -> None:
        """Let go; where nothing was dragged it was a click."""
        if self._press is None:
            return
        left = event.button() == Qt.MouseButton.LeftButton
        clicked = left and not self.panning and self._hand.held is None and not self._zones.holds
        still = left and self._hand.held is not None and not self._hand.dragging
        if still and self._hand.accept_offer(camera, event.position().toPoint()):  # it may lie over the stop itself
            self._hand.take(None)
        self._hand.drop()
        self._zones.drop()
        if clicked:
            self._click(camera, event)
        self._press, self.panning = None, False
        self.changed.emit()

    def _click(self, camera: Camera, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        place = camera.to_ground(position.x(), position.y())
        if self._measure.on:
            self._measure.click(camera, place)
        elif self._zones.kind is not None:
            self._zones.click(camera, place)
        elif self._zones.active:
            self._zones.pick(camera, position)
        elif self.route_tool:
            if event.modifiers() & Qt.KeyboardModifier.AltModifier:
                self._hand.insert(place)
            elif not self._hand.accept_offer(camera, position):
                self._hand.set(place, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def hover(self, camera: Camera, position: QPoint) -> Qt.CursorShape:
        """The mouse moves with no button held; the cursor that says what a click would do."""
        if self._busy:
            place = camera.to_ground(position.x(), position.y())
            if self._measure.point(place) or self._zones.hover(place):
                self.changed.emit()
            return Qt.CursorShape.CrossCursor
        over = self._hand.under(camera, position) is not None or (
            self.route_tool and self._hand.line_under(camera, position) is not None
        )
        if over:
            return Qt.CursorShape.SizeAllCursor
        return Qt.CursorShape.CrossCursor if self.route_tool else Qt.CursorShape.ArrowCursor

    def along_route(self, camera: Camera, position: QPoint) -> float | None:
        """Distance along the route of its point under the cursor, None beside it and while a tool is busy."""
        route = self._desk.session.traverse.state.route
        if route is None or self._busy:
            return None
        xs = camera.width_px / 2 + (route.east_m - camera.east_m) / camera.m_per_px
        ys = camera.height_px / 2 - (route.north_m - camera.north_m) / camera.m_per_px
        apart = np.hypot(xs - position.x(), ys - position.y())
        nearest = int(apart.argmin())
        return float(route.along_m[nearest]) if apart[nearest] < _ROUTE_PX else None
