"""The route from the side: ground, speed, Sun, contact and charge over the true distance, with a cursor
that the map shares. While page Day is in front, the day's plan over time stands in its place."""

import gc
import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from roverctl.core.times import format_duration
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.traverse import RouteView
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.map.camera import length_text
from roverctl.ui.plot_ground import plot_ground
from roverctl.ui.status import took_text, way_text
from roverctl.ui.telemetry.plots import ValueAxis
from roverctl.ui.telemetry.strip import Strip
from roverctl.ui.traverse.day.timeline import DayTimeline, time_text

_AXIS_PX = 52
# Title, share of the height, and the lines with their colours.
_Row = tuple[str, int, tuple[tuple[str, str], ...]]
_PLAIN: tuple[_Row, ...] = (
    ("elevation m", 4, (("elevation", "text"),)),
    ("slope °\nacross, dim", 3, (("slope", "warning"), ("across_deg", "dim"))),
    ("speed m/h", 2, (("speed_m_h", "watch"),)),
)
_TIMED: tuple[_Row, ...] = (
    *_PLAIN,
    ("charge %", 2, (("charge", "in_limits"),)),
    ("Sun\ncontact", 2, (("lit", "warning"), ("contact", "in_limits"))),
)
_BANDS = {"lit": 1.1, "contact": 0.1}  # where in their strip they stand


class ProfilePanel(QWidget):
    """Title line with the figures under the cursor, and the plot, built after the window is on screen."""

    pointed = Signal(object)  # distance along the route, None beside it

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.header = Header("Profile", "ground, Sun, contact and charge over distance")
        self._graphics: Any = None
        self._plots: list[Strip] = []
        self._timed = False
        self._stale = True  # the plots have to be made
        self._rows = _PLAIN
        self._shown: RouteView | None = None  # what the curves are of
        self.day = DayTimeline(desk, self)
        self.day.pointed.connect(self._point_time)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(QWidget(self))  # until the plot is built
        self._stack.addWidget(self.day)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self._stack)
        self.setMinimumHeight(110)

    def build(self) -> None:
        """Make the plot. Not once the window is closed."""
        if not self.isEnabled():
            return
        self._graphics = plot_ground(self, "Elevation profile", smooth=True)
        self._stack.addWidget(self._graphics)
        self._graphics.scene().sigMouseMoved.connect(self._mouse_moved)
        self.show_day(self._shows_day)

    def restyle(self) -> None:
        """Wear the theme: the plots are made anew; once they are to be seen, as hidden ones are not laid out."""
        if self._graphics is None:
            return
        self._stale = self._shows_day
        if not self._stale:
            self._make_plots()

    def _make_plots(self) -> None:
        theme = self._desk.theme
        if self._plots:
            self._plots = []
            self._graphics.clear()
            gc.collect()  # as in PlotStack
        self._graphics.setBackground(theme.colour("panel"))
        self._rows = _TIMED if self._timed else _PLAIN
        self._shown = None
        self._curves: dict[str, Any] = {}
        for row, (title, share, lines) in enumerate(self._rows):
            last = row == len(self._rows) - 1
            left, bottom = ValueAxis(orientation="left"), WayAxis("bottom")
            strip = Strip(self._graphics, row, theme, left, bottom, _AXIS_PX, last)
            strip.stretch(self._graphics, row, share)
            strip.box.setMouseEnabled(x=False, y=False)
            if row:
                strip.box.setXLink(self._plots[0].box)
            strip.name(title)
            for name, colour in lines:
                self._curves[name] = strip.curve(pen=pg.mkPen(theme.colour(colour), width=1))
                if name in _BANDS:
                    level = _BANDS[name]
                    self._curves[name].setFillLevel(level)
                    self._curves[name].setBrush(theme.colour(colour, 150))
            self._plots.append(strip)
        dashes = pg.mkPen(theme.colour("critical", 180), width=1, style=Qt.PenStyle.CustomDashLine, dash=[3, 3])
        self._limits = [pg.InfiniteLine(angle=0, pen=dashes) for _ in range(2)]
        for line in self._limits:
            self._plots[1].mark(line)
        self._cursors = [pg.InfiniteLine(angle=90, pen=pg.mkPen(theme.colour("accent"), width=1)) for _ in self._plots]
        for strip, cursor in zip(self._plots, self._cursors, strict=True):
            strip.mark(cursor)
            cursor.hide()
        self._show()

    @property
    def _shows_day(self) -> bool:
        return self._stack.currentWidget() is self.day

    @Slot(bool)
    def show_day(self, day: bool) -> None:
        """The day over time, or the route over distance."""
        self._stack.setCurrentIndex(1 if day else self._stack.count() - 1 if self._graphics is not None else 0)
        self.header.rename("Day" if day else "Profile")
        if day:
            self._say_day(None)
        elif self._graphics is not None:
            self._show_plots()
            self._say(None)

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
        """Another route, or another day."""
        if Change.ROUTE not in changes:
            return
        if self._shows_day:
            self.day.show_plan(self._desk.session.traverse.state)
            self._say_day(None)
        elif self._graphics is not None:
            self._show_plots()

    def _show_plots(self) -> None:
        """Other strips where there is another kind of route, else other curves."""
        route = self._desk.session.traverse.state.route
        timed = route is not None and "charge" in route.strips
        if timed is not self._timed or self._stale:
            self._timed = timed
            self.restyle()
        else:
            self._show()

    def _show(self) -> None:
        plan = self._desk.session.traverse.state
        route = plan.route
        if (route is None or not plan.current) and not self._shows_day:
            earlier = "no route; the profile is that of an earlier draft" if route is not None else "no route"
            self.header.say((plan.problem and earlier) or ("planning …" if plan.draft.stops else "no route yet"))
        if route is self._shown and route is not None:
            return
        self._shown = route
        for row, strip in enumerate(self._plots):  # without a route there is nothing to read a scale for
            scaled = self._rows[row][2][0][0] not in _BANDS
            strip.left.setStyle(showValues=route is not None and scaled)
            strip.bottom.setStyle(showValues=row == len(self._plots) - 1 and route is not None)
            strip.bottom.route = route
            strip.bottom.picture = None
        for line in self._limits:
            line.setVisible(route is not None)
        if route is None:
            for curve in self._curves.values():
                curve.setData([], [])
            self.point(None)
            return
        self._draw(route, math.degrees(plan.max_slope_rad))
        self._say(None)

    def _draw(self, route: RouteView, limit_deg: float) -> None:
        along = route.along_m
        steps = np.repeat(along, 2)[1:-1]
        for name, curve in self._curves.items():
            if name == "elevation":
                curve.setData(along, route.elevation_m)
            elif name == "slope":
                curve.setData(steps, np.repeat(route.slope_deg, 2))
            elif name in _BANDS:
                # Bands are as high as four fifths of their row where it holds.
                curve.setData(steps, _BANDS[name] + 0.8 * np.repeat(route.strips[name][:-1], 2))
            elif name in route.strips:
                curve.setData(along, route.strips[name])
            else:
                curve.setData([], [])
        for line, value in zip(self._limits, (-limit_deg, limit_deg), strict=True):
            line.setPos(value)
        self._plots[0].box.setXRange(0, float(along[-1]), padding=0.005)
        for strip, (_, _, lines) in zip(self._plots, self._rows, strict=True):
            if lines[0][0] in _BANDS:
                strip.box.setYRange(0.0, 2.0, padding=0)
            elif lines[0][0] == "slope":
                steep = max(float(np.abs(route.slope_deg).max()), limit_deg) * 1.15
                strip.box.setYRange(-steep, steep, padding=0)
            else:
                values = route.elevation_m if lines[0][0] == "elevation" else route.strips.get(lines[0][0], np.zeros(1))
                low, high = float(np.nanmin(values)), float(np.nanmax(values))
                room = max(high - low, 0.5)
                strip.box.setYRange(low - 0.1 * room, high + 0.1 * room, padding=0)

    @Slot(object)
    def point(self, along_m: float | None) -> None:
        """Put the cursor at a distance along the route, from the map or the mouse."""
        if not self._plots:
            return
        for cursor in self._cursors:
            cursor.setVisible(along_m is not None)
            if along_m is not None:
                cursor.setPos(along_m)
        self._say(along_m)

    def _say(self, along_m: float | None) -> None:
        route = self._desk.session.traverse.state.route
        if route is None or self._shows_day:
            return
        if along_m is None:
            rise = float(route.elevation_m[-1] - route.elevation_m[0])
            self.header.say(
                f"{way_text(route.distance_m)} in {format_duration(route.duration_s)}, {rise:+.2f} m from start"
            )
            return
        self.header.say(cursor_text(route, along_m))

    @Slot(object)
    def _point_time(self, at_ns: int | None) -> None:
        self._say_day(at_ns)

    def _say_day(self, at_ns: int | None) -> None:
        plan = self._desk.session.traverse.state
        if plan.day.view is None or at_ns is None:
            no_plan = "no plan" if plan.day.problem else ""
            self.header.say(no_plan or ("working …" if plan.day.busy else "Sun, contact, charge and memory"))
        else:
            self.header.say(time_text(plan, at_ns))

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


def cursor_text(route: RouteView, along_m: float) -> str:
    """What the route is like at a distance along it."""
    segment = min(max(int(np.searchsorted(route.along_m, along_m)) - 1, 0), len(route.slope_deg) - 1)
    nearest = int(np.abs(route.along_m - along_m).argmin())

    def at(name: str) -> float:
        return float(np.interp(along_m, route.along_m, route.strips[name]))

    height = float(np.interp(along_m, route.along_m, route.elevation_m))
    parts = [way_text(along_m), f"{height:.1f} m", f"slope {route.slope_deg[segment]:+.1f}°"]
    if "across_deg" in route.strips:
        parts[-1] += f" across {at('across_deg'):+.1f}°"
    if "speed_m_h" in route.strips:
        parts.append(f"{route.strips['speed_m_h'][nearest]:.0f} m/h")
    if "charge" in route.strips:
        sunlit, contact = route.strips["lit"][nearest] > 0.5, route.strips["contact"][nearest] > 0.5
        parts.append(f"Sun {at('sun_deg'):.1f}°{'' if sunlit else ', in shadow'}")
        parts.append("contact" if contact else "no contact")
        parts.append(f"{at('charge'):.0f} %")
        parts.append(f"{at('temperature_degc'):.0f} °C")
        after_s = 3600.0 * at("after_h")
    else:
        after_s = float(np.interp(along_m, route.along_m, route.seconds))
    return " · ".join([*parts, f"after {format_duration(after_s)}"])


def _whole(metres: float) -> str:
    return length_text(metres) if metres >= 1.0 else f"{metres:g} m"


class WayAxis(pg.AxisItem):  # type: ignore[misc]
    """Distance, and when one is there."""

    route: RouteView | None = None

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """``20 m · 6:12``, ``20 km · 8.3 d``."""
        if self.route is None:
            return ["" for _ in values]
        seconds = np.interp(values, self.route.along_m, self.route.seconds)
        last = float(self.route.along_m[-1])
        return [
            f"{_whole(value)} · {took_text(float(after))}" if 0.0 <= value <= last else ""
            for value, after in zip(values, seconds, strict=True)
        ]

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        """One step, some 130 pixels."""
        wanted = max(maxVal - minVal, 1e-6) * 130 / max(size, 131)
        ten = 10.0 ** math.floor(math.log10(wanted))
        return [(next(step for step in (ten, 2 * ten, 5 * ten, 10 * ten) if step >= 0.999 * wanted), 0)]
