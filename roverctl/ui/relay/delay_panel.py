"""Delays, ranges and range rates over hours and months, to be saved as CSV and PNG."""

import gc
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from roverctl.core.nouns import Severity
from roverctl.core.times import DAY_NS, SECOND_NS, format_utc
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.relay import Curves
from roverctl.session.api.values import Array
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.plot_ground import plot_ground
from roverctl.ui.relay.time_span import HOUR_NS
from roverctl.ui.relay.words import delay_text, range_text
from roverctl.ui.telemetry.plots import ValueAxis
from roverctl.ui.telemetry.strip import Strip

_AXIS_PX: Final = 44
_SPANS: Final = {"12 h": 12 * HOUR_NS, "2 d": 2 * DAY_NS, "14 d": 14 * DAY_NS, "60 d": 60 * DAY_NS}
_BACK: Final = 1.0 / 12.0
_AGAIN: Final = 1.0 / 24.0  # of the span: after so much time it is asked for anew
Line = tuple[str, str, float]  # name in the curves, colour, divisor
_LIGHT: Final = ("light one way, s\nup and down", (("owlt_up_s", "accent", 1.0), ("owlt_down_s", "in_limits", 1.0)))
_RELAYED: Final = (
    _LIGHT,
    ("station to relay\n1000 km", (("station_relay_m", "accent", 1e6),)),
    ("relay to rover\n1000 km", (("relay_rover_m", "in_limits", 1e6),)),
    ("range rate, m/s\nstation, rover", (("station_relay_m_s", "accent", 1.0), ("relay_rover_m_s", "in_limits", 1.0))),
)
_DIRECT: Final = (
    _LIGHT,
    ("station to rover\n1000 km", (("station_relay_m", "accent", 1e6),)),
    ("Earth to Moon\n1000 km", (("earth_moon_m", "in_limits", 1e6),)),
    ("range rate, m/s\nrover", (("station_relay_m_s", "accent", 1.0),)),
)
_BY_STATION: Final = ("owlt_up_s", "owlt_down_s", "station_relay_m", "station_relay_m_s")


class DateAxis(pg.AxisItem):  # type: ignore[misc]
    """Hours from an origin, labelled as UTC: hours, and a date where a day begins."""

    origin_ns = 0

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """``18:00``, ``01-12``."""
        texts = [format_utc(self.origin_ns + round(value * HOUR_NS / SECOND_NS) * SECOND_NS, 0) for value in values]
        return [text[5:10] if text[11:16] == "00:00" else text[11:16] for text in texts]

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:  # noqa: N803
        """Steps as a clock and a calendar have them, from the day that the origin begins."""
        wanted = (maxVal - minVal) / max(size / 80, 1)
        return [(next((step for step in (0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 120, 240) if step >= wanted), 480), 0)]


class DelayPanel(QWidget):
    """Title line with the figures under the cursor, and four plots, built after the window is on screen."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.header = Header("Delays")
        self._span = "2 d"
        self._asked: tuple[int, int] = (0, 0)
        self._graphics: Any = None
        self._plots: list[Strip] = []
        self._lines: dict[str, Any] = {}
        self._drawn: Curves | None = None
        self._span_tool = self.header.add_tool(self._span, self._next_span, "How much is shown: 12 hours to 60 days")
        self.header.add_tool("CSV", self._ask_csv, "Save delays and ranges as CSV")
        self.header.add_tool("PNG", self._ask_png, "Save the plots as a picture")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 0)
        self.setMinimumHeight(110)

    @property
    def _shown(self) -> tuple[tuple[str, tuple[Line, ...]], ...]:
        """The plots from above: title and lines."""
        return _RELAYED if self._desk.session.mission.orbit is not None else _DIRECT

    def build(self) -> None:
        """Make the plots. Not once the window is closed."""
        if not self.isEnabled():
            return
        self._graphics = plot_ground(self, "Delays, ranges and range rates")
        self._column.addWidget(self._graphics)
        self._graphics.scene().sigMouseMoved.connect(self._mouse_moved)
        self.restyle()

    def restyle(self) -> None:
        """Wear the theme: the plots are made anew."""
        if self._graphics is None:
            return
        theme = self._desk.theme
        if self._plots:
            self._plots, self._lines = [], {}
            self._graphics.clear()
            gc.collect()  # as in PlotStack
        self._graphics.setBackground(theme.colour("panel"))
        for row, (words, lines) in enumerate(self._shown):
            axes = (ValueAxis(orientation="left"), DateAxis(orientation="bottom"))
            strip = Strip(self._graphics, row, theme, *axes, _AXIS_PX, row == len(self._shown) - 1)
            strip.box.setMouseEnabled(x=False, y=False)
            for name, colour, _ in lines:
                self._lines[name] = strip.curve(pen=pg.mkPen(theme.colour(colour), width=1))
            strip.name(words)
            now = pg.InfiniteLine(angle=90, pen=pg.mkPen(theme.colour("dim"), width=1))
            strip.mark(now)
            self._lines[f"now {row}"] = now
            self._plots.append(strip)
        self._drawn = None
        self.refresh({Change.SKY})

    def session_replaced(self) -> None:
        """Another mission, another time."""
        self._asked, self._drawn = (0, 0), None
        self.restyle()

    def close_plots(self) -> None:
        """Before the window goes."""
        self.setEnabled(False)
        if self._graphics is not None:
            self._graphics.clear()
            self._graphics.close()
            self._graphics = None

    def refresh(self, changes: Changes) -> None:
        """Ask for the span about now, draw what came."""
        session = self._desk.session
        now, span_ns = session.clock.now_ns, _SPANS[self._span]
        from_ns = now - round(span_ns * _BACK)
        moved = abs(from_ns - self._asked[0]) > span_ns * _AGAIN or self._asked[1] - self._asked[0] != span_ns
        if now > 0 and moved:
            self._asked = (from_ns, from_ns + span_ns)
            session.relay.want_curves(*self._asked)
        if self._graphics is None:
            return
        curves = session.relay.curves
        if curves is not None and curves is not self._drawn:
            self._draw(curves)
        elif curves is None and self._drawn is not None:
            self._draw_nothing()
        if self._drawn is not None:
            for row in range(len(self._shown)):
                self._lines[f"now {row}"].setPos((now - self._origin_ns) / HOUR_NS)
            self._say(now)

    @property
    def _origin_ns(self) -> int:
        """The beginning of the first day: ticks stand at round hours from it."""
        return 0 if self._drawn is None else int(self._drawn.times_ns[0]) // DAY_NS * DAY_NS

    def _draw(self, curves: Curves) -> None:
        self._drawn = curves
        hours = (curves.times_ns - self._origin_ns) / HOUR_NS
        contact = np.array(curves.contact)
        station = np.array(curves.station)
        joined = np.append((station[1:] == station[:-1]) & contact[1:] & contact[:-1], False)
        for strip, (_, lines) in zip(self._plots, self._shown, strict=True):
            strip.bottom.origin_ns = self._origin_ns
            strip.box.setXRange(float(hours[0]), float(hours[-1]), padding=0)
            shown: list[Array] = []
            for name, _, divisor in lines:
                values = getattr(curves, name) / divisor
                by_station = name in _BY_STATION
                self._lines[name].setData(hours, values, connect=joined.astype(np.int32) if by_station else "all")
                shown.append(values[contact] if by_station and contact.any() else values)
            low, high = min(float(v.min()) for v in shown), max(float(v.max()) for v in shown)
            room = max(high - low, 1e-3 * max(abs(low), abs(high), 1.0))
            strip.box.setYRange(low - 0.1 * room, high + 0.1 * room, padding=0)

    def _draw_nothing(self) -> None:
        """What was drawn is of another span."""
        self._drawn = None
        for lines in (lines for _, lines in self._shown):
            for name, _, _ in lines:
                self._lines[name].setData([], [])
        self.header.say("nothing is known of this span")

    def _say(self, t_ns: int) -> None:
        """The figures at a time."""
        curves = self._drawn
        if curves is None:
            return
        i = int(np.clip(np.searchsorted(curves.times_ns, t_ns), 0, len(curves.times_ns) - 1))
        by_hand = self._desk.session.relay.by_hand
        light = f"up {delay_text(float(curves.owlt_up_s[i]))}, down {delay_text(float(curves.owlt_down_s[i]))}"
        where = curves.station[i] if curves.contact[i] else "no contact"
        legs = [f"{range_text(float(curves.station_relay_m[i]))} {curves.station_relay_m_s[i]:+.0f} m/s"]
        if self._desk.session.mission.orbit is not None:
            legs.append(f"{range_text(float(curves.relay_rover_m[i]))} {curves.relay_rover_m_s[i]:+.0f} m/s")
        self.header.say(
            f"{format_utc(t_ns, 0)[5:16].replace('T', ' ')} · {where} · {'by hand: ' if by_hand else ''}{light} · "
            f"{', '.join(legs)}"
        )

    @Slot(object)
    def _mouse_moved(self, position: Any) -> None:
        strip = next((strip for strip in self._plots if strip.box.sceneBoundingRect().contains(position)), None)
        if strip is not None and self._drawn is not None:
            self._say(self._origin_ns + round(float(strip.box.mapSceneToView(position).x()) * HOUR_NS))

    @Slot()
    def _next_span(self) -> None:
        names = list(_SPANS)
        self._span = names[(names.index(self._span) + 1) % len(names)]
        self._span_tool.setText(self._span)
        self.refresh({Change.SKY})

    @Slot()
    def _ask_csv(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self.window(), "Save delays", "delays.csv", "CSV (*.csv)")
        if name:
            self.save_csv(Path(name))

    @Slot()
    def _ask_png(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self.window(), "Save plots", "delays.png", "PNG (*.png)")
        if name:
            self.save_png(Path(name))

    def save_csv(self, file: Path) -> None:
        """What is shown, as a table."""
        if not self._desk.perform(self._desk.session.relay.save_curves, file):
            self._desk.tell(f"Delays saved as {file}.", Severity.INFO)

    def save_png(self, file: Path) -> None:
        """What is shown, as a picture."""
        if self._graphics is not None and self._graphics.grab().save(str(file), "PNG"):
            self._desk.tell(f"Picture saved as {file}.", Severity.INFO)
        else:
            self._desk.tell(f"{file}: a picture cannot be written there; choose a folder that can be written.")
