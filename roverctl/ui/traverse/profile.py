"""The route from the side: elevation and slope over the distance driven, with a cursor that the map shares."""

import gc
import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from roverctl.core.times import format_duration
from roverctl.session.api.changes import Change, Changes
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.telemetry.plots import ValueAxis
from roverctl.ui.telemetry.strip import Strip
from roverctl.ui.theme import SMALL_PX, mono

_AXIS_PX = 64


class ProfilePanel(QWidget):
    """Title line with the figures under the cursor, and the plot, built after the window is on screen."""

    pointed = Signal(object)  # distance along the route, None beside it

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.header = Header("Profile", "elevation and slope over distance")
        self._graphics: Any = None
        self._plots: list[Strip] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 0)
        self.setMinimumHeight(110)

    def build(self) -> None:
        """Make the plot. Not once the window is closed."""
        if not self.isEnabled():
            return
        self._graphics = pg.GraphicsLayoutWidget(self)
        self._graphics.setAntialiasing(True)
        self._graphics.setFrameShape(self._graphics.Shape.NoFrame)
        self._graphics.setAccessibleName("Elevation profile")
        self._graphics.ci.setContentsMargins(8, 0, 12, 0)
        self._column.addWidget(self._graphics)
        self._graphics.scene().sigMouseMoved.connect(self._mouse_moved)
        self.restyle()

    def restyle(self) -> None:
        """Wear the theme: the plot is made anew."""
        if self._graphics is None:
            return
        theme = self._desk.theme
        if self._plots:
            self._plots = []
            self._graphics.clear()
            gc.collect()  # as in PlotStack
        self._graphics.setBackground(theme.colour("panel"))
        for row, share in enumerate((3, 2)):
            strip = Strip(
                self._graphics, row, theme, ValueAxis(orientation="left"), pg.AxisItem("bottom"), _AXIS_PX, row == 1
            )
            strip.stretch(self._graphics, row, share)
            strip.box.setMouseEnabled(x=False, y=False)
            title = pg.TextItem(("elevation m", "slope °")[row], color=theme.colour("dim"))
            title.setFont(mono(SMALL_PX))
            title.setParentItem(strip.box)
            title.setPos(6, 1)
            self._plots.append(strip)
        self._plots[1].box.setXLink(self._plots[0].box)
        self._height = self._plots[0].curve(pen=pg.mkPen(theme.colour("text"), width=1))
        self._slope = self._plots[1].curve(pen=pg.mkPen(theme.colour("warning"), width=1))
        dashes = pg.mkPen(theme.colour("critical", 180), width=1, style=Qt.PenStyle.CustomDashLine, dash=[3, 3])
        self._limits = [pg.InfiniteLine(angle=0, pen=dashes) for _ in range(2)]
        for line in self._limits:
            self._plots[1].mark(line)
        self._cursors = [pg.InfiniteLine(angle=90, pen=pg.mkPen(theme.colour("accent"), width=1)) for _ in range(2)]
        for strip, cursor in zip(self._plots, self._cursors, strict=True):
            strip.mark(cursor)
            cursor.hide()
        self.refresh({Change.ROUTE})

    def session_replaced(self) -> None:
        """The route comes with the refresh."""

    def close_plots(self) -> None:
        """Before the window goes."""
        self.setEnabled(False)
        if self._graphics is not None:
            self._graphics.clear()
            self._graphics.close()
            self._graphics = None

    def refresh(self, changes: Changes) -> None:
        """Another route."""
        if self._graphics is None or Change.ROUTE not in changes:
            return
        plan = self._desk.session.traverse.state
        route = plan.route
        for row, strip in enumerate(self._plots):  # without a route there is nothing to read a scale for
            strip.left.setStyle(showValues=route is not None)
            strip.bottom.setStyle(showValues=row == 1 and route is not None)
        for line in self._limits:
            line.setVisible(route is not None)
        if route is None:
            self._height.setData([], [])
            self._slope.setData([], [])
            self.header.say("no route yet" if plan.goal_m is None else plan.problem or "planning …")
            self.point(None)
            return
        self._height.setData(route.along_m, route.elevation_m)
        self._slope.setData(np.repeat(route.along_m, 2)[1:-1], np.repeat(route.slope_deg, 2))  # steps
        limit = math.degrees(plan.max_slope_rad)
        for line, value in zip(self._limits, (-limit, limit), strict=True):
            line.setPos(value)
        self._plots[0].box.setXRange(0, float(route.along_m[-1]), padding=0.005)
        low, high = float(np.nanmin(route.elevation_m)), float(np.nanmax(route.elevation_m))
        room = max(high - low, 0.5)
        self._plots[0].box.setYRange(low - 0.1 * room, high + 0.3 * room, padding=0)
        steep = max(float(np.abs(route.slope_deg).max()), limit) * 1.15
        self._plots[1].box.setYRange(-steep, steep, padding=0)
        self._say(None)

    @Slot(object)
    def point(self, along_m: float | None) -> None:
        """Put the cursor at a distance along the route, from the map or the mouse."""
        if self._graphics is None:
            return
        for cursor in self._cursors:
            cursor.setVisible(along_m is not None)
            if along_m is not None:
                cursor.setPos(along_m)
        self._say(along_m)

    def _say(self, along_m: float | None) -> None:
        route = self._desk.session.traverse.state.route
        if route is None:
            return
        if along_m is None:
            rise = float(route.elevation_m[-1] - route.elevation_m[0])
            self.header.say(
                f"{route.distance_m:.1f} m in {format_duration(route.duration_s)}, {rise:+.2f} m from start"
            )
            return
        height = float(np.interp(along_m, route.along_m, route.elevation_m))
        after = float(np.interp(along_m, route.along_m, route.seconds))
        segment = min(max(int(np.searchsorted(route.along_m, along_m)) - 1, 0), len(route.slope_deg) - 1)
        self.header.say(
            f"{along_m:.1f} m · {height:.1f} m · slope {route.slope_deg[segment]:+.1f}° · "
            f"after {format_duration(after)}"
        )

    @Slot(object)
    def _mouse_moved(self, position: Any) -> None:
        route = self._desk.session.traverse.state.route
        if route is None:
            return
        strip = next((strip for strip in self._plots if strip.box.sceneBoundingRect().contains(position)), None)
        along: float | None = None
        if strip is not None:
            along = float(strip.box.mapSceneToView(position).x())
            along = along if 0 <= along <= float(route.along_m[-1]) else None
        self.point(along)
        self.pointed.emit(along)
