"""The map: ground, overlays, and the hand on it (pan, zoom, goal, waypoints, measuring)."""

import math

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from roverctl.session.api.changes import Change, Changes
from roverctl.ui.desk import Desk
from roverctl.ui.map import overlays, route_marks
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.drawing import Drawing
from roverctl.ui.map.measure import MeasureTool
from roverctl.ui.map.motion import Motion
from roverctl.ui.map.pointer import Pointer
from roverctl.ui.map.route_hand import RouteHand
from roverctl.ui.map.tiles import Coat
from roverctl.ui.map.zone_hand import ZoneHand

START_ACROSS_M = 120.0
_DRAG_PX = 4
_WHEEL_STEP = 1.2
_KEY_STEP = 1.5
_PATIENCE_MS = 4000  # a start with compiled kernels has its first tile by then
_TILES_A_FRAME_S = 0.004  # of a moving view's 16 ms, for what has come; the strokes of the picture take some 6
_GLIDE_SCREENS = 6.0  # a place farther away than this is shown at once: the way there would show nothing


def _diameter_m(place: overlays.NamedPlace) -> float:
    return place.diameter_m


class MapView(QWidget):
    """Draws what the session knows; edits of the route go to ``session.traverse.plan``."""

    looked = Signal()  # the camera moved
    pointed = Signal(object)  # (east_m, north_m) under the cursor, None when it left
    along_pointed = Signal(object)  # distance along the route under the cursor, None beside it

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setAccessibleName("Map")
        self.setAccessibleDescription("Arrows pan, plus and minus zoom, 0 goes to the rover, Delete removes a point")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 160)
        self.camera = Camera()
        self.hand = RouteHand(desk, self)
        self.zones = ZoneHand(desk, self)
        self.measure = MeasureTool(self)
        self.pointer = Pointer(desk, self.hand, self.zones, self.measure, self)
        self.drawing = Drawing(desk, self.hand, self.zones, self.measure)
        self._motion = Motion(self)
        self._wished: object = None
        self._placed = False  # at the rover, once it is known, or where the operator looked before that
        self._camera_free = True
        self._focus_by_key = False
        self._ground_seen = False
        self._waits_long = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._waited)
        self._patience.start()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._go_on)
        self._motion.moved.connect(self._move)
        self.pointer.panned.connect(self._pan)
        for source in (self.pointer, self.zones, self.measure):
            source.changed.connect(self.update)

    # Looking
    def sizeHint(self) -> QSize:
        return QSize(900, 600)

    def session_replaced(self) -> None:
        """Another ground and another place to look at."""
        self._motion.stop()
        self.drawing.session_replaced()
        self._placed, self._camera_free = False, True
        self.hand.forget()
        self.zones.forget()
        self.measure.end()
        self._wished = None
        self._ground_seen = self._waits_long = False
        self._patience.start()

    def refresh(self, changes: Changes) -> None:
        """Repaint what moved; the ground only when tiles came or the session is another."""
        if self._camera_free or (not self._placed and self._desk.session.known is not None):
            self.go_home()
        if Change.TILES in changes:
            self.drawing.mosaic.tiles_came()
            self.drawing.stale = True
        if changes - {Change.EVENTS, Change.MESSAGES, Change.SKY, Change.QUEUE}:
            self.update()

    def look(self, camera: Camera) -> None:
        """Look elsewhere, at once."""
        self._motion.stop()
        self._wish(camera, 0)
        self._move(camera)

    def glide(self, camera: Camera) -> None:
        """Look elsewhere; eased where the way can be seen. Whoever looks somewhere is left there."""
        self._placed = True
        aim = self._motion.aim(self.camera)
        apart_px = math.hypot(camera.east_m - aim.east_m, camera.north_m - aim.north_m) / max(
            camera.m_per_px, aim.m_per_px)  # fmt: skip
        if apart_px > _GLIDE_SCREENS * max(self.width(), self.height()) or not self.isVisible():
            self.look(camera)
            return
        self._wish(camera, (camera.m_per_px > aim.m_per_px) - (camera.m_per_px < aim.m_per_px))
        self._motion.go(self.camera, camera)

    @property
    def still(self) -> bool:
        """Whether the camera is where it is wanted."""
        return not self._motion.under_way

    @property
    def aim(self) -> Camera:
        """Where the camera is, or will be."""
        return self._motion.aim(self.camera)

    @Slot(object)
    def _move(self, camera: Camera) -> None:
        self.camera = camera
        self.drawing.stale = True
        self.update()
        self.looked.emit()

    def _wish(self, camera: Camera, zoom: int) -> None:
        """Ask for what a camera shows, and what it may show next; once for each set of tiles."""
        level = camera.level
        wished = (level, camera.cells(level), zoom, tuple(coat.sheet for coat in self.drawing.coats))
        if wished == self._wished:
            return
        self._wished = wished
        sheets = [coat.sheet for coat in self.drawing.coats]
        shown = [(sheet, key) for key in camera.wish() for sheet in sheets]
        ahead = [(sheet, key) for key in camera.ahead(zoom) for sheet in sheets]
        self._desk.session.map.want_tiles(shown, ahead)

    def wear(self, coats: tuple[Coat, ...], light_line: str) -> None:
        """Show the ground and its layers like this; ``light_line`` says in the caption where the light comes from."""
        self.drawing.coats, self.drawing.light_line = coats, light_line
        self._wish(self.aim, 0)
        self.drawing.stale = True
        self.update()

    def go_home(self) -> None:
        """Around the rover, some 120 m across; around the lander while nothing is known of the rover."""
        known = self._desk.session.known
        first, self._camera_free = not self._placed, False
        camera = self.camera.centred(*((known.east_m, known.north_m) if known else (0.0, 0.0))).showing(START_ACROSS_M)
        if first:
            self.look(camera)
        else:
            self.glide(camera)
        self._placed = known is not None

    def go_to_lander(self) -> None:
        """Centre on the site's origin at the scale in use, no farther out than it can be made out."""
        camera = self.aim.centred(0.0, 0.0)
        self.glide(camera if camera.m_per_px < 1.0 else camera.showing(START_ACROSS_M))

    def go_to_crater(self) -> None:
        """The largest named crater around the site, with some room."""
        around = [
            place
            for place in self.drawing.places
            if place.kind == "crater" and math.hypot(place.east_m, place.north_m) < place.diameter_m / 2
        ]
        if around:
            crater = max(around, key=_diameter_m)
            self.glide(self.camera.centred(crater.east_m, crater.north_m).showing(1.15 * crater.diameter_m))

    def mark(self, along_m: float | None) -> None:
        """Show a point of the route, from the profile."""
        if along_m != self.drawing.marked_m:
            self.drawing.marked_m = along_m
            self.update()

    @Slot(object)
    def point_at(self, shown: route_marks.Shown) -> None:
        """What the panel points at."""
        self.drawing.pointed_at = shown
        self.update()

    @Slot(object)
    def choose_stop(self, number: int | None) -> None:
        """The stop that was chosen in a list."""
        self.hand.chosen = number
        self.update()

    @Slot(object)
    def mark_line(self, along_m: float | None) -> None:
        """Show a point of the measured line, from its profile."""
        self.drawing.line_marked_m = along_m
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.look(self.camera.sized(self.width(), self.height()))

    # Painting
    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self.camera.sharpness != ratio:
            self.camera = self.camera.sharpened(ratio)
        drawing = self.drawing
        # while the view moves a frame must not wait for the last tile; once it stands, everything is there
        moving = self._motion.under_way or self.pointer.panning
        if drawing.bring_up(self.camera, _TILES_A_FRAME_S if moving else math.inf):
            if not self._ground_seen and not drawing.mosaic.empty:
                self._ground_seen = True
                self._patience.stop()
            if drawing.mosaic.unfinished and drawing.coats:
                self._rest.start()
        drawing.notice = self.waiting_for()
        painter = QPainter(self)
        drawing.draw(painter, self.camera, self._covered())
        if self._focus_by_key:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._desk.theme.colour("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def picture(self, sharpness: int) -> QImage:
        """The map alone, as it is shown, at so many pixels for each of the screen's."""
        return self.drawing.picture(self.camera, sharpness, self._covered())

    def _covered(self) -> list[QRectF]:
        children = self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return [child.geometry().toRectF() for child in children if child.isVisible()]

    def waiting_for(self) -> list[str]:
        """What to say while there is no ground to be seen."""
        if self._ground_seen or not self.drawing.coats:
            return []
        if self._desk.session.ready:
            return ["No map has come"]
        lines = ["Preparing the terrain"]
        if self._waits_long:
            lines.append("Kernels are compiled once, at the first start: some twenty seconds")
        return lines

    def stop_waiting(self) -> None:
        """The window closes: nothing moves and nothing more is to be said about the wait."""
        self._patience.stop()
        self._rest.stop()
        self._motion.stop()

    @Slot()
    def _go_on(self) -> None:
        """Draw what the last frame left."""
        self.drawing.stale = True
        self.update()

    @Slot()
    def _waited(self) -> None:
        self._waits_long = True
        self.update()

    def caption(self) -> list[str]:
        """What is on screen; nothing while unknown."""
        return self.drawing.caption(self.camera)

    # The hand
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._motion.stop()
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            self.pointer.press(self.camera, event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        if self.pointer.down:
            self.pointer.move(self.camera, position)
        else:
            self.setCursor(self.pointer.hover(self.camera, position))
            along = self.pointer.along_route(self.camera, position)
            self.mark(along)
            self.along_pointed.emit(along)
        self.pointed.emit(self.camera.to_ground(position.x(), position.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.pointer.release(self.camera, event)

    @Slot(int, int)
    def _pan(self, dx_px: int, dy_px: int) -> None:
        self._placed = True
        self.look(self.camera.moved(dx_px, dy_px))

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(None)
        self.mark(None)
        self.along_pointed.emit(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120.0
        position = event.position()
        self.glide(self.aim.zoomed(_WHEEL_STEP**-steps, position.x(), position.y()))
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Escape ends measuring before it dismisses the window's message."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and (self.measure.on or self.zones.kind is not None)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        far = 0.15 * min(self.width(), self.height())
        pans = {
            Qt.Key.Key_Left: (far, 0.0), Qt.Key.Key_Right: (-far, 0.0), Qt.Key.Key_Up: (0.0, far),
            Qt.Key.Key_Down: (0.0, -far),
        }  # fmt: skip
        key, aim = Qt.Key(event.key()), self.aim
        middle = (self.width() / 2, self.height() / 2)
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        if key in pans and plain:
            self.glide(aim.moved(*pans[key]))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.glide(aim.zoomed(1 / _KEY_STEP, *middle))
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.glide(aim.zoomed(_KEY_STEP, *middle))
        elif key == Qt.Key.Key_0 and plain:
            self.go_home()
        elif self.measure.key(key, self.camera) or self.zones.key(key, self.camera):
            pass
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.pointer.route_tool:
            self.hand.set(
                (self.camera.east_m, self.camera.north_m), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            )
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.hand.remove_chosen()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A frame for who came by the keyboard; who clicks knows where they are."""
        self._focus_by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._focus_by_key = False
        super().focusOutEvent(event)
