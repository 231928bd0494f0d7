"""The map with its title line: where to look, what to show, what is under the cursor."""

import math

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from roverctl.session.api import GROUND, Change, Changes
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.map_tiles import ground_at
from roverctl.ui.map_view import MapView
from roverctl.ui.status import place_text
from roverctl.ui.theme import mono


class MapPanel(QWidget):
    """Title line and map."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setMinimumWidth(420)
        self.header = Header("Map", parent=self)
        self.view = MapView(desk, self)
        self._pointed: tuple[float, float] | None = None
        self.route_tool = self.header.add_tool(
            "Route", self._take_route_tool, "Click sets the goal, Shift-click a waypoint before it", checkable=True
        )
        self.header.add_tool("Rover", self.view.go_home, "Look at the rover (0 on the map)")
        self.header.add_tool("Lander", self.view.go_to_lander, "Look at the lander")
        self.header.add_tool("Crater", self.view.go_to_crater, "Look at the whole crater")
        layers = self.header.add_tool("Layers", self._nothing, "What the map shows")
        layers.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(layers)
        self._layers: list[QAction] = []
        for text, shown in (("Hillshade", True), ("Names", True), ("Graticule", True)):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(shown)
            action.toggled.connect(self._choose_layers)
            self._layers.append(action)
        layers.setMenu(menu)
        self._readout = QLabel(self)
        self._readout.setFont(mono())
        self._readout.setObjectName("dim")
        self._readout.setAccessibleName("Under the cursor")
        self.header.add_widget(self._readout)
        self.view.pointed.connect(self._point)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.view, 1)

    def session_replaced(self) -> None:
        """The map starts anew."""
        self.view.session_replaced()

    def refresh(self, changes: Changes) -> None:
        """Title and map."""
        self.header.say(self._desk.session.mission.place)
        self.view.refresh(changes)
        if Change.TILES in changes:
            self._show_readout()

    def use_route_tool(self, on: bool) -> None:
        """Take the route tool up or put it down."""
        self.route_tool.setChecked(on)
        self.view.route_tool = on

    @Slot()
    def _take_route_tool(self) -> None:
        self.view.route_tool = self.route_tool.isChecked()

    @Slot()
    def _nothing(self) -> None:
        """The menu opens by itself."""

    @Slot()
    def _choose_layers(self) -> None:
        _, self.view.show_features, self.view.show_graticule = (action.isChecked() for action in self._layers)
        self.view.look(self.view.camera)

    @Slot(object)
    def _point(self, place: tuple[float, float] | None) -> None:
        self._pointed = place
        self._show_readout()

    def _show_readout(self) -> None:
        if self._pointed is None:
            self._readout.setText("")
            return
        session = self._desk.session
        east, north = self._pointed
        longitude, latitude = session.mission.site.to_geographic(east, north)
        text = place_text(float(longitude), float(latitude), 4 if self.view.camera.m_per_px > 0.5 else 5)
        ground = ground_at(session, self.view.camera, GROUND, east, north)
        if ground is not None:
            text += f"  {ground[0]:.1f} m  slope {ground[1]:.1f}°"
        known = session.known
        if known is not None:
            metres = math.hypot(east - known.east_m, north - known.north_m)
            text += f"  {metres / 1000:.2f} km" if metres >= 10_000 else f"  {metres:.1f} m away"
        self._readout.setText(text)
