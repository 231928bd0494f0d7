"""The map: ground, overlays, and the hand on it (pan, zoom, goal, waypoints)."""

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
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

from roverctl.session.api import Change, Changes, PlanState
from roverctl.ui import map_overlays as overlays
from roverctl.ui.desk import Desk
from roverctl.ui.map_camera import Camera, spacing_m
from roverctl.ui.map_labels import WHITE, Labels
from roverctl.ui.map_tiles import TilePainter

START_ACROSS_M = 120.0
_HANDLE_PX = 10.0
_DRAG_PX = 4
_WHEEL_STEP = 1.2
_PATIENCE_MS = 4000  # a start with compiled kernels has its first tile by then
_BACKGROUND = QColor("#3a3937")


def _diameter_m(place: overlays.Place) -> float:
    return place.diameter_m


class MapView(QWidget):
    """Draws what the session knows; edits of the route go to ``session.plan``."""

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
        self.max_slope: Callable[[], float] = self._planned_slope  # whoever has the box for it takes this over
        self.show_features = True
        self.show_graticule = True
        self.show_ground = True
        self._tiles = TilePainter()
        self._ground: QPixmap | None = None
        self._places = overlays.feature_places(desk.session.mission)
        self._placed = False  # at the rover, once it is known
        self._camera_free = True
        self._press: QPoint | None = None
        self._panning = False
        self._handle: int | None = None  # via points in order, then the goal
        self._handle_at: tuple[float, float] | None = None
        self._chosen: int | None = None
        self._marked_m: float | None = None
        self._focus_by_key = False
        self._ground_seen = False
        self._waits_long = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._waited)
        self._patience.start()

    # Looking
    def sizeHint(self) -> QSize:
        return QSize(900, 600)

    def session_replaced(self) -> None:
        """Another ground and another place to look at."""
        self._tiles.forget()
        self._places = overlays.feature_places(self._desk.session.mission)
        self._placed, self._camera_free = False, True
        self._chosen = self._handle = self._handle_at = None
        self._ground_seen = self._waits_long = False
        self._patience.start()

    def refresh(self, changes: Changes) -> None:
        """Repaint what moved; the ground only when tiles came or the session is another."""
        if self._camera_free or (not self._placed and self._desk.session.known is not None):
            self.go_home()
        if Change.TILES in changes:
            self._ground = None
        if changes - {Change.EVENTS, Change.MESSAGES, Change.SKY, Change.QUEUE}:
            self.update()

    def look(self, camera: Camera) -> None:
        """Look elsewhere."""
        self.camera = camera
        self._ground = None
        self._desk.session.want_tiles(camera.wish())
        self.update()
        self.looked.emit()

    def go_home(self) -> None:
        """Around the rover, some 120 m across; around the lander while nothing is known of the rover."""
        known = self._desk.session.known
        self._placed, self._camera_free = known is not None, False
        place = (known.east_m, known.north_m) if known else (0.0, 0.0)
        self.look(self.camera.centred(*place).showing(START_ACROSS_M))

    def go_to_lander(self) -> None:
        """Centre on the site's origin at the scale in use, no farther out than it can be made out."""
        camera = self.camera.centred(0.0, 0.0)
        self.look(camera if camera.m_per_px < 1.0 else camera.showing(START_ACROSS_M))

    def go_to_crater(self) -> None:
        """The largest named crater around the site, with some room."""
        around = [
            place
            for place in self._places
            if place.kind == "crater" and math.hypot(place.east_m, place.north_m) < place.diameter_m / 2
        ]
        if around:
            crater = max(around, key=_diameter_m)
            self.look(self.camera.centred(crater.east_m, crater.north_m).showing(1.15 * crater.diameter_m))

    def mark(self, along_m: float | None) -> None:
        """Show a point of the route, from the profile."""
        if along_m != self._marked_m:
            self._marked_m = along_m
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.look(self.camera.sized(self.width(), self.height()))

    # Painting
    def paintEvent(self, event: QPaintEvent) -> None:
        session, camera = self._desk.session, self.camera
        if self._ground is None or self._ground.size() != self.size() * self.devicePixelRatio():
            self._ground = self._paint_ground()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ground)
        labels = Labels(self.width(), self.height())
        lines = self.caption()
        overlays.keep_plates_clear(camera, lines, labels)
        plan, forecast, known = self._shown_plan(), session.forecast, session.known
        # Symbols before words, so that no word covers a symbol; of the words, the rovers' first.
        overlays.track(painter, camera, session)
        overlays.route(painter, camera, plan, labels, self._chosen)
        if forecast is not None:
            overlays.path_ahead(painter, camera, forecast, labels)
        overlays.lander(painter, camera, labels)
        if forecast is not None:
            overlays.predicted_rover(painter, camera, forecast, known, labels)
        if known is not None:
            overlays.known_rover(painter, camera, known, labels)
        overlays.rover_names(painter, camera, forecast, known, session.clock.now_ns, labels)
        overlays.route_names(painter, camera, plan, labels)
        overlays.lander_name(painter, camera, session.mission.lander, labels)
        if self.show_features:
            overlays.features(painter, camera, self._places, labels)
        self._paint_mark(painter)
        overlays.scale_bar(painter, camera, self._desk.theme)
        if lines:
            overlays.caption(painter, lines, self._desk.theme)
        if self.show_ground and not self._ground_seen:
            overlays.notice(painter, camera, self.waiting_for())
        if self._focus_by_key:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._desk.theme.colour("accent"), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_ground(self) -> QPixmap:
        pixmap = QPixmap(self.size() * self.devicePixelRatio())
        pixmap.setDevicePixelRatio(self.devicePixelRatio())
        pixmap.fill(_BACKGROUND)
        painter = QPainter(pixmap)
        if self.show_ground:
            self._tiles.paint(painter, self.camera, self._desk.session)
        if not self._ground_seen and not self._tiles.empty:
            self._ground_seen = True
            self._patience.stop()
        if self.show_graticule:
            overlays.graticule(painter, self.camera)
        painter.end()
        return pixmap

    def _paint_mark(self, painter: QPainter) -> None:
        route = self._desk.session.plan_state.route
        if self._marked_m is None or route is None:
            return
        east = float(np.interp(self._marked_m, route.along_m, route.east_m))
        north = float(np.interp(self._marked_m, route.along_m, route.north_m))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(WHITE, 1.5))
        painter.setBrush(overlays.ROUTE)
        painter.drawEllipse(QPointF(*self.camera.to_screen(east, north)), 5, 5)

    def waiting_for(self) -> list[str]:
        """What to say while there is no ground to be seen."""
        if self._desk.session.ready:
            return ["No map has come"]
        lines = ["Preparing the terrain"]
        if self._waits_long:
            lines.append("Kernels are compiled once, at the first start: some twenty seconds")
        return lines

    def stop_waiting(self) -> None:
        """Nothing more is to be said about the wait."""
        self._patience.stop()

    @Slot()
    def _waited(self) -> None:
        self._waits_long = True
        self.update()

    def caption(self) -> list[str]:
        """What is on screen; nothing while unknown."""
        return overlays.caption_lines(self._desk.session.map_info, spacing_m(self.camera.level))

    def _shown_plan(self) -> PlanState:
        """The plan with the handle that is being dragged where the hand is."""
        plan = self._desk.session.plan_state
        if self._handle is None or self._handle_at is None:
            return plan
        goal, via = self._moved(plan)
        return PlanState(goal, via, plan.max_slope_rad, plan.busy, plan.route, plan.problem)

    def _moved(self, plan: PlanState) -> tuple[tuple[float, float] | None, tuple[tuple[float, float], ...]]:
        assert self._handle is not None and self._handle_at is not None
        if self._handle == len(plan.via_m):
            return self._handle_at, plan.via_m
        via = list(plan.via_m)
        via[self._handle] = self._handle_at
        return plan.goal_m, tuple(via)

    # The hand
    def handle_at(self, x_px: float, y_px: float) -> int | None:
        """The via point (by number) or the goal (one past the last) under a pixel."""
        plan = self._desk.session.plan_state
        handles = [*plan.via_m, *([plan.goal_m] if plan.goal_m is not None else [])]
        for index, place in enumerate(handles):
            if math.dist((x_px, y_px), self.camera.to_screen(*place)) <= _HANDLE_PX:
                return index
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        handle = self.handle_at(position.x(), position.y())
        if event.button() == Qt.MouseButton.RightButton and handle is not None:
            self._remove(handle)
            return
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._press, self._panning = position, event.button() == Qt.MouseButton.MiddleButton
            self._handle = self._chosen = handle if event.button() == Qt.MouseButton.LeftButton else None
            self._handle_at = None
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        if self._press is None:
            self._hover(position)
            return
        moved = position - self._press
        if self._handle is not None:
            if self._handle_at is not None or moved.manhattanLength() > _DRAG_PX:
                self._handle_at = self.camera.to_ground(position.x(), position.y())
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
        was_click = not self._panning and self._handle is None
        if self._handle is not None and self._handle_at is not None:
            goal, via = self._moved(self._desk.session.plan_state)
            self._plan(goal, via)
        elif was_click and event.button() == Qt.MouseButton.LeftButton and self.route_tool:
            self._set(place, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        self._press, self._panning, self._handle, self._handle_at = None, False, None, None
        self.update()

    def _hover(self, position: QPoint) -> None:
        self.pointed.emit(self.camera.to_ground(position.x(), position.y()))
        over = self.handle_at(position.x(), position.y()) is not None
        shape = Qt.CursorShape.SizeAllCursor if over else Qt.CursorShape.CrossCursor
        self.setCursor(shape if self.route_tool or over else Qt.CursorShape.ArrowCursor)
        route = self._desk.session.plan_state.route
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
        self.look(self.camera.zoomed(_WHEEL_STEP**-steps, position.x(), position.y()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        far = 0.15 * min(self.width(), self.height())
        pans = {
            Qt.Key.Key_Left: (far, 0.0), Qt.Key.Key_Right: (-far, 0.0), Qt.Key.Key_Up: (0.0, far),
            Qt.Key.Key_Down: (0.0, -far),
        }  # fmt: skip
        key = Qt.Key(event.key())
        middle = (self.width() / 2, self.height() / 2)
        if key in pans:
            self.look(self.camera.moved(*pans[key]))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.look(self.camera.zoomed(1 / 1.5, *middle))
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.look(self.camera.zoomed(1.5, *middle))
        elif key == Qt.Key.Key_0:
            self.go_home()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.route_tool:
            self._set((self.camera.east_m, self.camera.north_m), bool(
                event.modifiers() & Qt.KeyboardModifier.ShiftModifier))  # fmt: skip
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            plan = self._desk.session.plan_state
            if plan.goal_m is not None:
                self._remove(len(plan.via_m) if self._chosen is None else self._chosen)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A frame for who came by the keyboard; who clicks knows where they are."""
        self._focus_by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._focus_by_key = False
        super().focusOutEvent(event)

    # Edits of the route
    def _planned_slope(self) -> float:
        return self._desk.session.plan_state.max_slope_rad

    def _set(self, place: tuple[float, float], before_goal: bool) -> None:
        plan = self._desk.session.plan_state
        if before_goal and plan.goal_m is not None:
            self._chosen = len(plan.via_m)
            self._plan(plan.goal_m, (*plan.via_m, place))
        else:
            self._chosen = len(plan.via_m)
            self._plan(place, plan.via_m)

    def _remove(self, handle: int) -> None:
        plan = self._desk.session.plan_state
        points = [*plan.via_m, *([plan.goal_m] if plan.goal_m is not None else [])]
        self._chosen = None
        if handle >= len(points):
            return
        del points[handle]
        if points:
            self._plan(points[-1], tuple(points[:-1]))
        else:
            self._desk.perform(self._desk.session.clear_plan)

    def _plan(self, goal: tuple[float, float] | None, via: tuple[tuple[float, float], ...]) -> None:
        if goal is None:
            return
        self._desk.perform(self._desk.session.plan, goal, via, self.max_slope())
