"""The map with its title line, what can be laid over it (layers, go-to, measuring, the small maps), and what lies under
the cursor.
"""

import math

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.map import GROUND, Sheet
from roverctl.session.api.values import Place
from roverctl.terrain.tiling import spacing_m
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.map.camera import about_text
from roverctl.ui.map.files import MapFiles
from roverctl.ui.map.goto import GoToBar
from roverctl.ui.map.layer_card import LayerCard
from roverctl.ui.map.layers import MapChoice, coats_for, light_line, light_time
from roverctl.ui.map.measure import line_figures
from roverctl.ui.map.measure_card import MeasureCard
from roverctl.ui.map.minimap import Minimap
from roverctl.ui.map.overlays import NamedPlace, feature_places
from roverctl.ui.map.plates import MARGIN_PX, caption_box
from roverctl.ui.map.tiles import PLAIN, Coat, ground_at
from roverctl.ui.map.view import START_ACROSS_M, MapView
from roverctl.ui.status import place_text
from roverctl.ui.theme import SMALL_PX, mono

_READOUT_PX, _READOUT_FROM_PX = 22, 260
_GAP_PX = 8
_MINIMAP_FROM_PX = 220  # height of a map that has room for it


class MapPanel(QWidget):
    """Title line, map, and read-out."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setMinimumWidth(420)
        self.choice = MapChoice()
        self._coats: tuple[Coat, ...] = PLAIN
        self._pointed: Place | None = None
        self._route_after = False  # once measuring ends
        self.header = Header("Map", parent=self)
        self.view = MapView(desk, self)
        self.layers = LayerCard(self.choice, desk.theme, self.view)
        self.go_to = GoToBar(self.view)
        self.card = MeasureCard(desk.theme, self.view)
        self.minimap = Minimap(desk.theme, self.view)
        self._build_tools()
        self._readout = QLabel(self)
        self._readout.setFont(mono(SMALL_PX + 1))
        self._readout.setObjectName("dim")
        self._readout.setAccessibleName("Under the cursor")
        self._readout.setFixedHeight(_READOUT_PX)
        self._readout.setContentsMargins(12, 0, 12, 0)
        self._readout.setMinimumWidth(1)  # what is longer than the map is cut off: it must not widen the window
        self.files = MapFiles(desk, self.view, self)
        self._connect()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.view, 1)
        column.addWidget(self._readout)
        self.go_to.know(desk.session.mission.site, feature_places(desk.session.mission))

    def _build_tools(self) -> None:
        add = self.header.add_tool
        self.route_tool = add(
            "Route", self._take_route_tool, "Click sets the goal, Shift-click a waypoint before it", checkable=True
        )
        self.measure_tool = add("Measure", self._take_measure_tool, "Measure a line from click to click (Ctrl+M)",
                                checkable=True)  # fmt: skip
        add("Go to", self.open_go_to, "Go to coordinates or a name (Ctrl+G)")
        add("Rover", self.view.go_home, "Look at the rover (0 on the map)")
        add("Lander", self.view.go_to_lander, "Look at the lander")
        add("Crater", self.view.go_to_crater, "Look at the whole crater")
        self.layers_tool = add("Layers", self.toggle_layers, "What the map shows, and its light (L on the map)",
                               checkable=True)  # fmt: skip

    def _connect(self) -> None:
        self.view.pointed.connect(self._point)
        self.view.looked.connect(self._looked)
        self.view.installEventFilter(self)
        self.view.measure.changed.connect(self._measured_line)
        self.layers.changed.connect(self._dress)
        self.layers.closed.connect(self.toggle_layers)
        self.layers.export_wanted.connect(self._ask_export)
        self.go_to.wanted.connect(self._go)
        self.go_to.closed.connect(self._close_go_to)
        self.card.pointed.connect(self.view.mark_line)
        self.minimap.wanted.connect(self._look_at)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window the map needs the read-out's room itself."""
        self._readout.setVisible(self.height() >= _READOUT_FROM_PX)

    def remember(self, choice: MapChoice) -> None:
        """Show what was chosen at the last start."""
        self.choice = choice
        self.layers.adopt(choice)
        self._dress()

    def session_replaced(self) -> None:
        """The map starts anew."""
        self.view.session_replaced()
        self.minimap.forget()
        self.layers.forget()
        self.files.forget()
        mission = self._desk.session.mission
        self.go_to.know(mission.site, feature_places(mission))
        self._coats = PLAIN
        self._dress()

    def refresh(self, changes: Changes) -> None:
        """Title, map, and what is over it."""
        session = self._desk.session
        self.header.say(session.mission.place)
        if changes & {Change.MAP, Change.CLOCK, Change.TELEMETRY}:
            self.layers.know(session.map.info.products, session.clock.now_ns)
            self._follow_time()
        self.view.refresh(changes)
        if Change.TILES in changes:
            self.minimap.tiles_came(session)
            self.files.tiles_came()
        if changes & {Change.TILES, Change.MAP}:
            self._show_readout()
        if Change.MAP in changes:
            self._show_line()

    def stop(self) -> None:
        """The window closes."""
        self.view.stop_waiting()
        self.layers.stop()
        self.files.stop()

    # What is shown
    def _coats_now(self) -> tuple[Coat, ...]:
        session = self._desk.session
        known = session.known
        rover = (known.east_m, known.north_m) if known is not None else (0.0, 0.0)
        return coats_for(self.choice, session.map.info, session.clock.now_ns, rover, self._coats)

    @Slot()
    def _dress(self) -> None:
        """Lay on what is chosen now."""
        self._coats = self._coats_now()
        drawing = self.view.drawing
        drawing.show_features, drawing.show_graticule = self.choice.names, self.choice.graticule
        self.view.wear(self._coats, light_line(self.choice, self._desk.session.clock.now_ns))
        self._place()

    def _follow_time(self) -> None:
        """The Sun moved, or there are new products; not before what was asked for has come."""
        coats = self._coats_now()
        if coats != self._coats and (self._desk.session.map.tiles_come or len(coats) != len(self._coats)):
            self._dress()

    def _place(self) -> None:
        """Where the cards lie; what has no room is not shown."""
        width, height = self.view.width(), self.view.height()
        right = width - MARGIN_PX
        self.layers.setVisible(self.layers_tool.isChecked())
        if not self.layers.isHidden():
            self.layers.fit(height - 2 * MARGIN_PX)
            self.layers.move(right - self.layers.width(), MARGIN_PX)
            right -= self.layers.width() + _GAP_PX
        caption = caption_box(self.view.caption())
        below = round(caption.bottom()) + _GAP_PX
        room = right - self.minimap.width() > caption.right() + _GAP_PX and height > _MINIMAP_FROM_PX
        self.minimap.setVisible(self.choice.minimap and room)
        self.minimap.move(right - self.minimap.width(), MARGIN_PX)
        self.card.setVisible(self.view.measure.on)
        self.card.move(MARGIN_PX, below)
        left = max((width - self.go_to.width()) // 2, MARGIN_PX)
        lower = below + self.card.height() + _GAP_PX
        beside = left > self.card.geometry().right()
        if self.card.isVisible() and not beside and lower + self.go_to.height() <= height:
            below = lower
        self.go_to.move(left, below)
        for card in (self.card, self.layers, self.go_to):
            card.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The cards keep their places; L and M on the map are the layers and the small maps."""
        if event.type() is QEvent.Type.Resize:
            self._place()
        elif event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and not event.modifiers():
            if event.key() == Qt.Key.Key_L:
                self.toggle_layers()
                return True
            if event.key() == Qt.Key.Key_M:
                self.layers.toggle("minimap")
                return True
        return False

    @Slot()
    def toggle_layers(self) -> None:
        """Open the layers, ready for the keyboard, or close them."""
        if self.sender() is not self.layers_tool:
            self.layers_tool.toggle()
        self._place()
        (self.layers.list if self.layers_tool.isChecked() else self.view).setFocus(Qt.FocusReason.OtherFocusReason)

    # Looking
    @Slot()
    def _looked(self) -> None:
        self.minimap.show_camera(self.view.camera)
        if self._pointed is None:
            self._show_readout()

    @Slot(object)
    def _look_at(self, place: Place) -> None:
        self.view.glide(self.view.aim.centred(*place))

    @Slot()
    def open_go_to(self) -> None:
        """Ask where to."""
        self._place()
        self.go_to.open()

    @Slot()
    def _close_go_to(self) -> None:
        self.go_to.hide()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _go(self, place: NamedPlace) -> None:
        """There, at a scale that shows it: a crater whole, a point with its surroundings."""
        camera = self.view.aim.centred(place.east_m, place.north_m)
        if place.diameter_m > 0:
            camera = camera.showing(1.3 * place.diameter_m)
        elif place.name:
            camera = camera.showing(START_ACROSS_M)
        self.view.glide(camera)

    # Tools
    def use_route_tool(self, on: bool) -> None:
        """Take the route tool up or put it down."""
        self.route_tool.setChecked(on)
        self.view.pointer.route_tool = on
        if on:
            self._route_after = False
            self.view.measure.end()

    @Slot()
    def _take_route_tool(self) -> None:
        self.use_route_tool(self.route_tool.isChecked())

    @Slot()
    def _take_measure_tool(self) -> None:
        if self.measure_tool.isChecked():
            self._route_after = self.view.pointer.route_tool
            self.use_route_tool(False)
            self.view.measure.begin()
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.view.measure.end()

    @Slot()
    def toggle_measure(self) -> None:
        """By its key."""
        self.measure_tool.toggle()
        self._take_measure_tool()

    @Slot()
    def _measured_line(self) -> None:
        measure = self.view.measure
        self.measure_tool.setChecked(measure.on)
        if not measure.on and self._route_after:  # the tool that was taken up before
            self.use_route_tool(True)
        if len(measure.corners) > 1:
            self._desk.session.map.measure(measure.corners)
        self._show_line()

    def _show_line(self) -> None:
        session = self._desk.session
        figures = line_figures(session.mission.site, self.view.measure.corners, session.map.measured)
        self.card.show_line(figures, session.map.measured)
        self._place()

    # The read-out
    @Slot(object)
    def _point(self, place: Place | None) -> None:
        self._pointed = place
        if place is not None:
            self._desk.session.map.ask_source(place, spacing_m(self.view.camera.level))
        self._show_readout()

    def _show_readout(self) -> None:
        session, camera = self._desk.session, self.view.camera
        east, north = (camera.east_m, camera.north_m) if self._pointed is None else self._pointed
        longitude, latitude = session.mission.site.to_geographic(east, north)
        scale = camera.m_per_px
        decimals = 6 if scale < 0.05 else 5 if scale < 0.5 else 4 if scale < 50 else 2
        parts = ["middle" if self._pointed is None else "cursor"]
        parts.append(place_text(float(longitude), float(latitude), decimals))
        sheet = Sheet(t_ns=light_time(self.choice, session.clock.now_ns)) if self.choice.ground else GROUND
        ground = ground_at(session, camera, sheet, east, north)
        if ground is not None:
            parts.append(f"{ground[0]:.1f} m")
            parts.append(f"slope {ground[1]:.1f}°")
        known = session.known
        if known is not None:
            metres = math.hypot(east - known.east_m, north - known.north_m)
            parts.append(f"{metres / 1000:.2f} km away" if metres >= 10_000 else f"{metres:.1f} m away")
        source = session.map.source
        if source is not None and source.label:
            fine = f", {about_text(source.resolution_m)}" if source.resolution_m > 0 else ""
            parts.append(f"{source.label}{fine}")
        self._readout.setText("   ".join(parts))

    # Files
    @Slot(str)
    def _ask_export(self, name: str) -> None:
        self.files.ask_export(name, self.choice)
