"""Stacked plots with one time axis."""

import gc
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from roverctl.core.times import format_clock
from roverctl.ui.desk import Desk
from roverctl.ui.map.camera import round_length
from roverctl.ui.plot_ground import plot_ground
from roverctl.ui.status import value_text
from roverctl.ui.telemetry.strip import Strip
from roverctl.ui.theme import SMALL_PX, mono, sans

_AXIS_PX = 48
_LABEL_PX = 7.0  # half a label's height: nearer to a border it would be cut, and is not shown
_COLOURS = ("in_limits", "accent", "warning", "distress", "watch", "predicted", "critical", "text")


class TimeAxis(pg.AxisItem):  # type: ignore[misc]
    """Seconds from an origin, labelled as UTC."""

    def __init__(self, origin_ns: int, **options: Any) -> None:
        super().__init__(**options)
        self.origin_ns = origin_ns

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """``HH:MM:SS``, tenths where ticks are closer than a second."""
        return [format_clock(self.origin_ns + int(value * 1e9), 1 if spacing < 1 else 0) for value in values]

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        """Steps as a clock has them."""
        steps = (0.1, 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800)
        wanted = (maxVal - minVal) / max(size / 110, 1)
        return [(next((step for step in steps if step >= wanted), steps[-1]), 0)]


class ValueAxis(pg.AxisItem):  # type: ignore[misc]
    """Few ticks, at round values: a plot is often less than fifty pixels high."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        """One step for all, some 20 pixels, but less where no label would stand clear of both borders."""
        span = max(maxVal - minVal, 1e-12)
        edge = span * _LABEL_PX / max(size, 2 * _LABEL_PX)
        step = round_length(span * 20 / max(size, 21))
        if step * size / span < 17:
            step *= 2.5 if f"{step:e}"[0] == "2" else 2
        for _ in range(2):
            if math.floor((maxVal - edge) / step) * step >= minVal + edge:
                break
            finer = round_length(step * 0.99)
            if finer * size / span < 1.6 * _LABEL_PX:  # they would run into each other
                break
            step = finer
        return [(step, 0)]


@dataclass(slots=True)
class Row:
    """One parameter's plot and what is drawn in it."""

    name: str
    strip: Strip
    line: Any
    ahead: Any
    now: Any
    title: Any
    figure: Any
    colour: str


class PlotStack(QWidget):
    """Plots under each other, linked in time; x is seconds from the session's start (float64 keeps microseconds)."""

    moved_by_hand = Signal()
    built = Signal()

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._rows: list[Row] = []
        self._names: list[str] = []
        self._worn_out = False
        self._origin_ns = 0
        self._builder = QTimer(self)
        self._builder.setInterval(0)
        self._builder.timeout.connect(self._build_next)
        self._graphics = plot_ground(self, "Telemetry plots")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._graphics)

    def show_parameters(self, names: list[str]) -> None:
        """One plot each, in this order; one is built in each turn of the event loop."""
        self._names = names
        self._worn_out = True
        self._origin_ns = self._desk.session.clock.start_ns
        self._builder.start()

    @property
    def complete(self) -> bool:
        """Whether all plots are built."""
        return not self._worn_out and len(self._rows) == len(self._names)

    @Slot()
    def _build_next(self) -> None:
        if self._worn_out:
            self._clear()
            return
        if self.complete:
            self._builder.stop()
            self.built.emit()
            return
        self._build(len(self._rows), self._names[len(self._rows)])

    def _clear(self) -> None:
        """Away with the plots there were."""
        self._worn_out = False
        if self._rows:
            self._rows = []
            self._graphics.clear()
            gc.collect()  # now, not in the middle of a paint: plots are cycles of Python and Qt objects
        self._graphics.setBackground(self._desk.theme.colour("panel"))

    def _build(self, i: int, name: str) -> None:
        session, theme = self._desk.session, self._desk.theme
        last = i == len(self._names) - 1
        left, bottom = ValueAxis(orientation="left"), TimeAxis(self._origin_ns, orientation="bottom")
        strip = Strip(self._graphics, i, theme, left, bottom, _AXIS_PX, last)
        left.setStyle(showValues=False)  # until there are values
        box = strip.box
        box.setMouseEnabled(x=True, y=False)
        box.setLimits(minXRange=1.0)
        self._add_limits(strip, name)
        colour = _COLOURS[i % len(_COLOURS)]
        line = strip.curve(pen=pg.mkPen(theme.colour(colour), width=1), connect="finite")
        dashes = pg.mkPen(theme.colour("predicted"), width=1, style=Qt.PenStyle.CustomDashLine, dash=[4, 3])
        ahead = strip.curve(pen=dashes)
        now = pg.InfiniteLine(angle=90, pen=pg.mkPen(theme.colour("dim"), width=1))
        strip.mark(now)
        veil = theme.colour("panel", 190)
        words = session.mission.mdb.parameters[name].text
        title = pg.TextItem(short_name(name), color=theme.colour("dim"), anchor=(0, 0), fill=veil)
        title.setFont(sans(SMALL_PX))
        title.setToolTip(words)
        figure = pg.TextItem("", color=theme.colour(colour), anchor=(1, 0), fill=veil)
        figure.setFont(mono(13))
        for item in (title, figure):
            item.setParentItem(box)
        title.setPos(6, 1)
        row = Row(name, strip, line, ahead, now, title, figure, colour)
        self._rows.append(row)
        if i:
            box.setXLink(self._rows[0].strip.box)
        box.sigRangeChangedManually.connect(self._moved)
        box.sigResized.connect(self._resized)

    def _add_limits(self, strip: Strip, name: str) -> None:
        """Dashed lines in their colours; a bound that all severities share is the end of the scale, and not drawn."""
        theme = self._desk.theme
        limits = self._desk.session.mission.mdb.parameters[name].limits
        for side in (0, 1):
            values = [bounds[side] for _, bounds in limits]
            if len(values) > 1 and len(set(values)) == 1:
                continue
            for severity, bounds in limits:
                value = bounds[side]
                pen = pg.mkPen(theme.severity(severity, 170), width=1, style=Qt.PenStyle.CustomDashLine, dash=[3, 3])
                strip.mark(pg.InfiniteLine(pos=value, angle=0, pen=pen))

    @Slot()
    def _moved(self) -> None:
        self.moved_by_hand.emit()

    @Slot()
    def _resized(self) -> None:
        """Figures stand at pixels: they move with the size."""
        for row in self._rows:
            self._set_figure(row, self._desk.session.clock.now_ns)

    def look(self, from_ns: int, to_ns: int, rows: slice = slice(None)) -> None:
        """Show this span in some of the plots; each alone, or the links would repaint all."""
        seconds = ((from_ns - self._origin_ns) / 1e9, (to_ns - self._origin_ns) / 1e9)
        boxes = [row.strip.box for row in self._rows]
        for box in boxes:
            box.blockLink(True)
        for box in boxes[rows]:
            box.setXRange(*seconds, padding=0)
        for box in boxes:
            box.blockLink(False)

    def draw(self, rows: slice = slice(None)) -> None:
        """Take from the store what the span of some of the plots shows, at most a few points a pixel."""
        session = self._desk.session
        now_ns = session.clock.now_ns
        buckets = max(self._graphics.width(), 100)
        forecast = session.forecast
        for row in self._rows[rows]:
            (low_s, high_s), _ = row.strip.box.viewRange()
            from_ns = self._origin_ns + int(low_s * 1e9)
            to_ns = self._origin_ns + int(high_s * 1e9)
            times, values = session.store.plot(row.name, from_ns, to_ns, now_ns, buckets)
            row.line.setData((times - self._origin_ns) / 1e9, values, skipFiniteCheck=False)
            series = None if forecast is None else forecast.series.get(row.name)
            if forecast is None or series is None:
                row.ahead.setData([], [])
                span = values
            else:
                row.ahead.setData((forecast.times_ns - self._origin_ns) / 1e9, series)
                span = np.concatenate([values, series[forecast.times_ns <= to_ns]])
            row.now.setPos((now_ns - self._origin_ns) / 1e9)
            self._set_range(row, span)
            self._set_figure(row, now_ns)

    def _set_range(self, row: Row, values: "np.typing.NDArray[np.float64]") -> None:
        """Up and down as far as the values go, a limit that is near included, with room for the title."""
        finite = values[np.isfinite(values)]
        row.strip.left.setStyle(showValues=len(finite) > 0)
        if len(finite) == 0:
            return
        low, high = float(finite.min()), float(finite.max())
        parameter = self._desk.session.mission.mdb.parameters[row.name]
        reach = max(high - low, 10.0**-parameter.decimals * 20)
        for _, bounds in parameter.limits:
            for bound in bounds:
                if low - 0.6 * reach <= bound <= high + 0.6 * reach:
                    low, high = min(low, bound), max(high, bound)
        room = max(high - low, reach * 0.5)
        wanted = (low - 0.12 * room, high + 0.42 * room)
        if tuple(row.strip.box.viewRange()[1]) != wanted:
            row.strip.box.setYRange(*wanted, padding=0)

    def _set_figure(self, row: Row, now_ns: int) -> None:
        session = self._desk.session
        sample = session.store.latest(row.name, now_ns)
        box = row.strip.box
        (low_s, high_s), _ = box.viewRange()
        share = ((now_ns - self._origin_ns) / 1e9 - low_s) / max(high_s - low_s, 1e-9)
        row.figure.setVisible(0 < share <= 1)
        row.figure.setPos(box.width() * share - 4, -2)
        text = "" if sample is None else value_text(session.mission.mdb, row.name, sample.value)
        if row.figure.toPlainText() != text:
            row.figure.setText(text)

    def close_plots(self) -> None:
        """Break the ties that keep plots alive."""
        self._builder.stop()
        self._graphics.clear()
        self._rows = []
        self._graphics.close()


def short_name(name: str) -> str:
    """``ROVER_BATTERY_SOC`` as ``battery soc``: the system's name is the same for all."""
    return name.partition("_")[2].replace("_", " ").lower() or name
