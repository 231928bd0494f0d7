"""Plots of telemetry over generation time, with limits and what is forecast. Their cost is bounded by pixels."""

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget

from roverctl.core.times import SECOND_NS
from roverctl.session.api.changes import Change, Changes
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.telemetry.plots import PlotStack

DEFAULT_PLOTS = ("ROVER_BATTERY_SOC", "ROVER_ARRAY_POWER", "ROVER_TILT", "ROVER_SPEED")
SPANS_S = {"5 min": 300, "30 min": 1800, "2 h": 7200, "all": 0}
MOST_PLOTS = 8
_TOO_MANY = "number of plots"
# The right part of a plot is for what is forecast.
_AHEAD = 0.22
# Of a session that has just begun no more than this is shown empty.
_LEAST_SPAN_S = 120


class TelemetryPanel(QWidget):
    """Title line and stacked plots. The plots are built by ``build``, after the window is on screen."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.header = Header("Telemetry", "generation time, UTC")
        self._span = "30 min"
        self._plots: PlotStack | None = None
        self._shown = list(DEFAULT_PLOTS)
        self._turn = 0
        self._choose = self.header.add_tool("Plots", self._nothing, "Which parameters are plotted")
        self._choose.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self._choose)
        self._menu.triggered.connect(self._toggle_plot)
        self._choose.setMenu(self._menu)
        self.span_tool = self.header.add_tool(self._span, self._nothing, "How much time is shown")
        self.span_tool.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        spans = QMenu(self.span_tool)
        for word in SPANS_S:
            spans.addAction(word)
        spans.triggered.connect(self._choose_span)
        self.span_tool.setMenu(spans)
        self.follow = self.header.add_tool("follow", self._follow_now, "Keep now in view", checkable=True)
        self.follow.setChecked(True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 0)
        self.setMinimumHeight(120)

    def build(self) -> None:
        """Make the plots, one in each turn of the event loop."""
        self._plots = PlotStack(self._desk, self)
        self._plots.moved_by_hand.connect(self._unfollow)
        self._plots.built.connect(self._follow_now)
        self._column.addWidget(self._plots)
        self._fill_menu()
        self._show_plots()

    def session_replaced(self) -> None:
        """Parameters of another mission, perhaps."""
        self._shown = list(DEFAULT_PLOTS)
        if self._plots is not None:
            self._fill_menu()
            self._show_plots()

    def close_plots(self) -> None:
        """Before the window goes."""
        if self._plots is not None:
            self._plots.close_plots()
            self._plots = None

    def restyle(self) -> None:
        """Wear the theme."""
        if self._plots is not None:
            self._show_plots()

    def refresh(self, changes: Changes) -> None:
        """Move the window over time and draw what came; while time runs every other plot, the rest in the next turn."""
        if self._plots is None or not changes & {Change.CLOCK, Change.TELEMETRY, Change.FORECAST}:
            return
        self._turn = (self._turn + 1) % 2
        rows = slice(self._turn, None, 2) if self._desk.session.clock.playing else slice(None)
        clock = self._desk.session.clock
        if self.follow.isChecked():
            span_s = SPANS_S[self._span]
            there_ns = max(clock.now_ns - clock.start_ns, _LEAST_SPAN_S * SECOND_NS)
            span_ns = min(span_s * SECOND_NS, there_ns) if span_s else there_ns
            ahead = int(span_ns * _AHEAD) if self._desk.session.forecast is not None else span_ns // 25
            self._plots.look(clock.now_ns - span_ns, clock.now_ns + ahead, rows)
        self._plots.draw(rows)

    def _fill_menu(self) -> None:
        self._menu.clear()
        for name in self._desk.session.store.names:
            if self._desk.session.mission.mdb.parameters[name].enumeration:
                continue
            action = self._menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(name in self._shown)

    def _show_plots(self) -> None:
        assert self._plots is not None
        have = self._desk.session.store.names
        self._plots.show_parameters([name for name in self._shown if name in have])

    @Slot()
    def _nothing(self) -> None:
        """The menu opens by itself."""

    @Slot(QAction)
    def _toggle_plot(self, action: QAction) -> None:
        name = action.text()
        self._desk.settle(_TOO_MANY)
        if name in self._shown:
            self._shown.remove(name)
        elif len(self._shown) < MOST_PLOTS:
            self._shown.append(name)
        else:
            action.setChecked(False)
            self._desk.tell(f"{MOST_PLOTS} plots are shown already: take one away first.", about=_TOO_MANY)
        self._show_plots()

    @Slot(QAction)
    def _choose_span(self, action: QAction) -> None:
        self._span = action.text()
        self.span_tool.setText(self._span)
        self.follow.setChecked(True)
        self._follow_now()

    @Slot()
    def _follow_now(self) -> None:
        self.refresh({Change.CLOCK})

    @Slot()
    def _unfollow(self) -> None:
        self.follow.setChecked(False)
        self.refresh({Change.CLOCK})
