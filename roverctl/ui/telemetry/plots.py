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
from roverctl.ui.status import is_stale, value_text
from roverctl.ui.telemetry.strip import NAME_PX, Strip
from roverctl.ui.theme import SMALL_PX, mono

_AXIS_PX = 40
_TWO_LINES_PX = 26  # a plot at least so high has its figure under its name, a lower one beside it
_LABEL_PX = 7.0  # half a label's height: nearer to a border it would be cut, and is not shown
_LEAST_APART_PX = 11.0  # nearer, labels would run into each other
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
    """Few ticks, at round values, but two at least: a plot is often less than fifty pixels high."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        """One step for all, some 20 pixels, but less where no two labels would stand clear of both borders."""
        span, edge = _span_and_edge(minVal, maxVal, size)

        def clear(step: float) -> int:
            return math.floor((maxVal - edge) / step) - math.ceil((minVal + edge) / step) + 1

        step = round_length(span * 20 / max(size, 21))
        if step * size / span < 17:
            step *= 2.5 if f"{step:e}"[0] == "2" else 2
        best = finer = step
        while clear(best) < 2:
            finer = round_length(finer * 0.99)
            if finer * size / span < _LEAST_APART_PX:
                break
            if clear(finer) > clear(best):
                best = finer
        return [(best, 0)]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        """At that step; where only one label would be clear of the borders, two as far apart as can be."""
        span, edge = _span_and_edge(minVal, maxVal, size)
        levels: list[tuple[float, list[float]]] = super().tickValues(minVal, maxVal, size)
        if sum(minVal + edge <= value <= maxVal - edge for value in levels[0][1]) > 1:
            return levels
        fine = 10.0 ** math.floor(math.log10(span / 2.0)) / 10.0
        low, high = (
            round(end * fine, 12) for end in (math.ceil((minVal + edge) / fine), math.floor((maxVal - edge) / fine))
        )
        return [(fine, [low, high])] if (high - low) * size / span >= _LEAST_APART_PX else levels


def _span_and_edge(low: float, high: float, size: float) -> tuple[float, float]:
    """Of an axis: how much it spans, and how much of that is too near to a border for a label."""
    span = max(high - low, 1e-12)
    return span, span * _LABEL_PX / max(size, 2 * _LABEL_PX)


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
    shown: tuple[str, str, bool] = ("", "", False)  # of the figure: its text, colour, and whether it stands below


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
        title = strip.name(short_name(name), session.mission.mdb.parameters[name].text)
        figure = strip.words(mono(13), colour)
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
        """Where figures stand depends on the height."""
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
        """Up and down as far as the values go, a limit that is near included."""
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
        wanted = (low - 0.12 * room, high + 0.12 * room)
        if tuple(row.strip.box.viewRange()[1]) != wanted:
            row.strip.box.setYRange(*wanted, padding=0)

    def _set_figure(self, row: Row, now_ns: int) -> None:
        """The last value beside the plot; once it is stale it is dim and says how old it is."""
        session, theme = self._desk.session, self._desk.theme
        sample = session.store.latest(row.name, now_ns)
        text, tone = "", row.colour
        if sample is not None:
            text = value_text(session.mission.mdb, row.name, sample.value)
            age_s = (now_ns - sample.generation_ns) / 1e9
            delay_s = 0.0 if session.sky is None else session.sky.fresh_s
            if is_stale(age_s, session.store.period_s(row.name), delay_s):
                text, tone = f"{text} {short_age(age_s)}", "dim"
        below = row.strip.box.height() >= _TWO_LINES_PX
        shown = (text, tone, below)
        if shown == row.shown:
            return
        row.shown = shown
        row.figure.setFont(mono(SMALL_PX if tone == "dim" or not below else 13))
        row.figure.setColor(theme.colour(tone))
        row.figure.setText(text)
        row.figure.setAnchor((0, 0) if below else (1, 0))
        row.figure.setPos(0 if below else NAME_PX + 6, SMALL_PX if below else -4)

    def close_plots(self) -> None:
        """Break the ties that keep plots alive."""
        self._builder.stop()
        self._graphics.clear()
        self._rows = []
        self._graphics.close()


def short_name(name: str) -> str:
    """``ROVER_BATTERY_SOC`` as ``battery soc``: the system's name is the same for all."""
    return name.partition("_")[2].replace("_", " ").lower() or name


def short_age(seconds: float) -> str:
    """An age in its largest unit: ``42 s``, ``12 min``, ``3 h``, ``2 d``."""
    for unit, name in ((86_400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"
