"""The map: ground, overlays, and the hand on it (pan, zoom, goal, waypoints, measuring)."""

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from roverctl.session.api.changes import Change, Changes
from roverctl.terrain.tiling import spacing_m
from roverctl.ui.desk import Desk
from roverctl.ui.map import overlays, route_marks, zone_marks
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.graticule import Graticule, graticule
from roverctl.ui.map.labels import WHITE, Labels, Words
from roverctl.ui.map.measure import MeasureTool
from roverctl.ui.map.motion import Motion
from roverctl.ui.map.plates import Plates, caption_lines, notice
from roverctl.ui.map.route_hand import RouteHand
from roverctl.ui.map.tiles import BACKGROUND, PLAIN, Coat, Mosaic
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
        self.route_tool = False
        self.hand = RouteHand(desk, self)
        self.pointed_at = route_marks.Shown()  # what the panel points at
        self.zones = ZoneHand(desk, self)
        self.zones.changed.connect(self.update)
        self.measure = MeasureTool(self)
        self.show_features = True
        self.show_graticule = True
        self._coats: tuple[Coat, ...] = PLAIN
        self._light_line = ""
        self._mosaic = Mosaic()
        self._words = Words()
        self._plates = Plates(desk.theme)
        self._motion = Motion(self)
        self._scene: QPixmap | None = None  # what moves only with the camera: ground, graticule, circles
        self._graticule = Graticule((), ())
        self._wished: object = None
        self._places = overlays.feature_places(desk.session.mission)
        self._placed = False  # at the rover, once it is known
        self._camera_free = True
        self._press: QPoint | None = None
        self._panning = False
        self._marked_m: float | None = None
        self._line_marked_m: float | None = None
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
        self.measure.changed.connect(self.update)

    # Looking
    def sizeHint(self) -> QSize:
        return QSize(900, 600)

    def session_replaced(self) -> None:
        """Another ground and another place to look at."""
        self._motion.stop()
        self._mosaic.forget()
        self._places = overlays.feature_places(self._desk.session.mission)
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
            self._mosaic.tiles_came()
            self._scene = None
        if changes - {Change.EVENTS, Change.MESSAGES, Change.SKY, Change.QUEUE}:
            self.update()

    def look(self, camera: Camera) -> None:
        """Look elsewhere, at once."""
        self._motion.stop()
        self._wish(camera, 0)
        self._move(camera)

    def glide(self, camera: Camera) -> None:
        """Look elsewhere; eased where the way can be seen."""
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
        self._scene = None
        self.update()
        self.looked.emit()

    def _wish(self, camera: Camera, zoom: int) -> None:
        """Ask for what a camera shows, and what it may show next; once for each set of tiles."""
        level = camera.level
        wished = (level, camera.cells(level), zoom, tuple(coat.sheet for coat in self._coats))
        if wished == self._wished:
            return
        self._wished = wished
        sheets = [coat.sheet for coat in self._coats]
        shown = [(sheet, key) for key in camera.wish() for sheet in sheets]
        ahead = [(sheet, key) for key in camera.ahead(zoom) for sheet in sheets]
        self._desk.session.map.want_tiles(shown, ahead)

    def wear(self, coats: tuple[Coat, ...], light_line: str) -> None:
        """Show the ground and its layers like this; ``light_line`` says in the caption where the light comes from."""
        self._coats, self._light_line = coats, light_line
        self._wish(self.aim, 0)
        self._scene = None
        self.update()

    def go_home(self) -> None:
        """Around the rover, some 120 m across; around the lander while nothing is known of the rover."""
        known = self._desk.session.known
        first = not self._placed
        self._placed, self._camera_free = known is not None, False
        camera = self.camera.centred(*((known.east_m, known.north_m) if known else (0.0, 0.0))).showing(START_ACROSS_M)
        if first:
            self.look(camera)
        else:
            self.glide(camera)

    def go_to_lander(self) -> None:
        """Centre on the site's origin at the scale in use, no farther out than it can be made out."""
        camera = self.aim.centred(0.0, 0.0)
        self.glide(camera if camera.m_per_px < 1.0 else camera.showing(START_ACROSS_M))

    def go_to_crater(self) -> None:
        """The largest named crater around the site, with some room."""
        around = [
            place
            for place in self._places
            if place.kind == "crater" and math.hypot(place.east_m, place.north_m) < place.diameter_m / 2
        ]
        if around:
            crater = max(around, key=_diameter_m)
            self.glide(self.camera.centred(crater.east_m, crater.north_m).showing(1.15 * crater.diameter_m))

    def mark(self, along_m: float | None) -> None:
        """Show a point of the route, from the profile."""
        if along_m != self._marked_m:
            self._marked_m = along_m
            self.update()

    @Slot(object)
    def point_at(self, shown: route_marks.Shown) -> None:
        """What the panel points at."""
        self.pointed_at = shown
        self.update()

    @Slot(object)
    def choose_stop(self, number: int | None) -> None:
        """The stop that was chosen in a list."""
        self.hand.chosen = number
        self.update()

    @Slot(object)
    def mark_line(self, along_m: float | None) -> None:
        """Show a point of the measured line, from its profile."""
        self._line_marked_m = along_m
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.look(self.camera.sized(self.width(), self.height()))

    # Painting
    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self.camera.sharpness != ratio:
            self.camera = self.camera.sharpened(ratio)
            self._scene = None
        if self._scene is None or self._scene.deviceIndependentSize().toSize() != self.size():
            self._scene = QPixmap((QSize(self.width(), self.height()).toSizeF() * ratio).toSize())
            self._scene.setDevicePixelRatio(ratio)
            self._graticule = self._paint_scene(self._scene, self.camera, self._mosaic)
            if not self._ground_seen and not self._mosaic.empty:
                self._ground_seen = True
                self._patience.stop()
            if self._mosaic.unfinished and self._coats:
                self._rest.start()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._scene)
        self._paint_over(painter, self.camera, self._graticule)
        if self._focus_by_key:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._desk.theme.colour("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def picture(self, sharpness: int) -> QImage:
        """The map alone, as it is shown, at so many pixels for each of the screen's."""
        camera = self.camera.sharpened(sharpness)
        image = QImage(self.width() * sharpness, self.height() * sharpness, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(sharpness)
        lines = self._paint_scene(image, camera, Mosaic())
        painter = QPainter(image)
        self._paint_over(painter, camera, lines)
        painter.end()
        return image

    def _paint_scene(self, onto: QPixmap | QImage, camera: Camera, mosaic: Mosaic) -> Graticule:
        """What moves only with the camera; the graticule's names are left for later."""
        painter = QPainter(onto)
        if self._coats:
            # while the view moves a frame must not wait for the last tile; once it stands, everything is there
            moving = self._motion.under_way or self._panning
            mosaic.draw(painter, camera, self._desk.session, self._coats, _TILES_A_FRAME_S if moving else math.inf)
        else:
            painter.fillRect(0, 0, camera.width_px, camera.height_px, BACKGROUND)
        lines = Graticule((), ())
        if self.show_graticule:
            lines = graticule(camera, self._desk.session.mission.site)
            lines.draw(painter)
        if self.show_features:
            overlays.feature_circles(painter, camera, self._places)
        painter.end()
        return lines

    def _paint_over(self, painter: QPainter, camera: Camera, lines: Graticule) -> None:
        """What moves by itself, and words."""
        session = self._desk.session
        labels = Labels(camera.width_px, camera.height_px, self._words)
        says = self.caption()
        self._plates.keep_clear(camera, says, labels)
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if child.isVisible():
                labels.keep_clear(child.geometry().toRectF())
        plan, forecast, known = session.traverse.state, session.forecast, session.known
        shown = replace(self.pointed_at, held=self.hand.at, chosen=self.hand.chosen)
        # Symbols before words, so that no word covers a symbol; of the words, the rovers' first.
        overlays.track(painter, camera, session)
        self.zones.draw(painter, camera, labels)
        route_marks.draw(painter, camera, plan, labels, shown)
        if forecast is not None:
            overlays.path_ahead(painter, camera, forecast, labels)
        overlays.lander(painter, camera, labels)
        if forecast is not None:
            overlays.predicted_rover(painter, camera, forecast, known, labels)
        if known is not None:
            overlays.known_rover(painter, camera, known, labels)
        self.measure.draw(painter, camera, session.mission.site, labels, self._line_marked_m)
        overlays.rover_names(painter, camera, forecast, known, session.clock.now_ns, labels)
        route_marks.names(painter, camera, plan, labels, shown)
        zone_marks.names(painter, camera, plan.draft, labels)
        overlays.lander_name(painter, camera, session.mission.lander, labels)
        lines.name(painter, labels)
        if self.show_features:
            overlays.feature_names(painter, camera, self._places, labels)
        self._paint_mark(painter, camera)
        self._plates.draw(painter, camera, says)
        if self._coats and not self._ground_seen:
            notice(painter, camera, self.waiting_for())

    def _paint_mark(self, painter: QPainter, camera: Camera) -> None:
        route = self._desk.session.traverse.state.route
        if self._marked_m is None or route is None:
            return
        east = float(np.interp(self._marked_m, route.along_m, route.east_m))
        north = float(np.interp(self._marked_m, route.along_m, route.north_m))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(WHITE, 1.5))
        painter.setBrush(overlays.ROUTE)
        painter.drawEllipse(QPointF(*camera.to_screen(east, north)), 5, 5)

    def waiting_for(self) -> list[str]:
        """What to say while there is no ground to be seen."""
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
        self._scene = None
        self.update()

    @Slot()
    def _waited(self) -> None:
        self._waits_long = True
        self.update()

    def caption(self) -> list[str]:
        """What is on screen; nothing while unknown."""
        lines = caption_lines(self._desk.session.map.info, spacing_m(self.camera.level))
        return [*lines, self._light_line] if lines and self._light_line else lines

    # The hand
    def mousePressEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        busy = self.measure.on or self.zones.kind is not None
        handle = None if busy else self.hand.under(self.camera, position)
        if event.button() == Qt.MouseButton.RightButton:
            if self.zones.remove_at(self.camera, position):
                self.update()
            elif handle is not None:
                self.hand.remove(handle)
            elif self.measure.open:
                self.measure.finish()
            return
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._motion.stop()
            self._press, self._panning = position, event.button() == Qt.MouseButton.MiddleButton
            left = event.button() == Qt.MouseButton.LeftButton
            if handle is None and left and not busy and self.zones.take(self.camera, position):
                return
            if handle is None and not busy and self.route_tool:
                handle = self.hand.line_under(self.camera, position)
            self.hand.take(handle if event.button() == Qt.MouseButton.LeftButton else None)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        if self._press is None:
            self._hover(position)
            return
        moved = position - self._press
        if self.zones.holds:
            self.zones.drag(self.camera.to_ground(position.x(), position.y()))
            self.update()
        elif self.hand.held is not None:
            if self.hand.dragging or moved.manhattanLength() > _DRAG_PX:
                self.hand.drag(self.camera.to_ground(position.x(), position.y()))
                self.update()
        elif self._panning or moved.manhattanLength() > _DRAG_PX:
            self._panning = True
            self._press = position
            self.look(self.camera.moved(moved.x(), moved.y()))
        self.pointed.emit(self.camera.to_ground(position.x(), position.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._press is None:
            return
        position = event.position().toPoint()
        place = self.camera.to_ground(position.x(), position.y())
        clicked = not self._panning and self.hand.held is None and event.button() == Qt.MouseButton.LeftButton
        clicked = clicked and not self.zones.holds
        self.hand.drop()
        self.zones.drop()
        if clicked and self.measure.on:
            self.measure.click(self.camera, place)
        elif clicked and self.zones.kind is not None:
            self.zones.click(self.camera, place)
        elif clicked and self.zones.active:
            self.zones.pick(self.camera, position)
        elif clicked and self.route_tool:
            if event.modifiers() & Qt.KeyboardModifier.AltModifier:
                self.hand.insert(place)
            elif not self.hand.accept_offer(self.camera, position):
                self.hand.set(place, _shift(event))
        self._press, self._panning = None, False
        self.update()

    def _hover(self, position: QPoint) -> None:
        place = self.camera.to_ground(position.x(), position.y())
        self.pointed.emit(place)
        if self.measure.on or self.zones.kind is not None:
            self.setCursor(Qt.CursorShape.CrossCursor)
            if self.measure.point(place) or self.zones.hover(place):
                self.update()
            return
        over = self.hand.under(self.camera, position) is not None or (
            self.route_tool and self.hand.line_under(self.camera, position) is not None
        )
        shape = Qt.CursorShape.SizeAllCursor if over else Qt.CursorShape.CrossCursor
        self.setCursor(shape if self.route_tool or over else Qt.CursorShape.ArrowCursor)
        route = self._desk.session.traverse.state.route
        if route is None:
            return
        xs = self.camera.width_px / 2 + (route.east_m - self.camera.east_m) / self.camera.m_per_px
        ys = self.camera.height_px / 2 - (route.north_m - self.camera.north_m) / self.camera.m_per_px
        apart = np.hypot(xs - position.x(), ys - position.y())
        nearest = int(apart.argmin())
        along = float(route.along_m[nearest]) if apart[nearest] < 14 else None
        self.mark(along)
        self.along_pointed.emit(along)

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
        elif (self.measure.on and self._measure_key(key)) or self.zones.key(key, self.camera):
            pass
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.route_tool:
            self.hand.set((self.camera.east_m, self.camera.north_m), _shift(event))
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.hand.remove_chosen()
        else:
            super().keyPressEvent(event)

    def _measure_key(self, key: Qt.Key) -> bool:
        """Enter sets a corner at the map's middle, Backspace takes one away, Escape ends; else False."""
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.measure.click(self.camera, (self.camera.east_m, self.camera.north_m))
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.measure.step_back()
        elif key == Qt.Key.Key_Escape:
            self.measure.end()
        else:
            return False
        return True

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A frame for who came by the keyboard; who clicks knows where they are."""
        self._focus_by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._focus_by_key = False
        super().focusOutEvent(event)


def _shift(event: QMouseEvent | QKeyEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
