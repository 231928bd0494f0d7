"""Page Route: what is asked, what the route comes to, its stops and segments, and why it goes that way."""

import math

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from roverctl.core.times import format_clock_on, format_duration, format_utc
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.traverse import PlanState
from roverctl.session.drafting import edits
from roverctl.session.drafting.begins import begin_text, passed_text
from roverctl.ui.choice import Choice
from roverctl.ui.desk import Desk
from roverctl.ui.status import NOTHING, way_text
from roverctl.ui.tables import Table, set_up
from roverctl.ui.theme import ROW_PX, mono
from roverctl.ui.traverse.cards import card, dim, padded, sentence, warning, whole_figures
from roverctl.ui.traverse.departure_field import DepartureField
from roverctl.ui.traverse.editing import do_edit
from roverctl.ui.traverse.legs import leg_at, legs
from roverctl.ui.traverse.segment_list import LegModel, straight_text, why_text
from roverctl.ui.traverse.stop_list import StopList
from roverctl.ui.traverse.waiver_dialog import ask_waiver, outdated_lines, violation_lines

# What the box offers: word, objective of the planner.
OBJECTIVES = (
    ("fastest", "time"), ("shortest", "distance"), ("gentlest", "risk"), ("thriftiest", "energy"), ("sunniest", "sun"),
)  # fmt: skip
# Where each figure stands: row, column of its word, columns that it takes. An arrival may have its date before it.
_FIGURES = {
    "length": (2, 0, 1), "time": (2, 2, 1), "steepest": (3, 0, 1), "spacing": (3, 2, 1), "arrival": (4, 0, 3),
    "before night": (5, 0, 1), "lowest charge": (5, 2, 1), "in shadow": (6, 0, 1),
}  # fmt: skip
_TIMED = ("lowest charge", "before night", "in shadow")
_STOP_ROWS = 5
_HINT = (
    "<b>Click the map</b> to set the goal. Shift-click adds a waypoint before it, Alt-click one on the way; drag moves "
    "a point or pulls a new one out of the line, Delete or a right click removes it."
)


class RoutePage(QWidget):
    """Request, figures, stops, segments."""

    segment_chosen = Signal(object)  # distance along the route, None
    stop_chosen = Signal(object)  # number, None

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._build_request()
        self._build_cards()
        self.stops = StopList(desk, self)
        self.stops.chosen.connect(self.stop_chosen)
        self.order_button = QPushButton("Best order", self)
        self.order_button.setToolTip("Put the stops in the order that costs least; locked ones and the goal stay")
        self.order_button.clicked.connect(self._order)
        self._model = LegModel(self)
        self.segments = Table(self)
        set_up(self.segments, self._model, [70, 62, 68, 62, 58], 0, "Segments of the route")
        self.segments.selectionModel().currentRowChanged.connect(self._segment_changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._request)
        column.addLayout(padded(self.begins))
        column.addLayout(padded(self.notices))
        column.addLayout(padded(self.problem))
        column.addLayout(padded(self.broken))
        column.addWidget(self.stops)
        column.addLayout(padded(self.order_button, right=True))
        column.addWidget(self.segments, 1)
        column.addLayout(padded(self.why))

    def _build_request(self) -> None:
        self._request = grid = QGridLayout()
        grid.setContentsMargins(12, 10, 12, 8)
        grid.setVerticalSpacing(6)
        grid.setHorizontalSpacing(10)
        self.objective = Choice(self._desk.theme, self)
        for word, objective in OBJECTIVES:
            self.objective.addItem(word, objective)
        self.objective.setAccessibleName("Objective")
        self.objective.activated.connect(self._objective_chosen)
        self.slope = QDoubleSpinBox(self)
        self.slope.setFont(mono())
        self.slope.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.slope.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.slope.setToolTip("Arrow keys change it by a degree")
        self.slope.setRange(1.0, math.degrees(self._desk.session.mission.vehicle.max_tilt_rad))
        self.slope.setDecimals(1)
        self.slope.setSuffix("°")
        self.slope.setKeyboardTracking(False)
        self.slope.setAccessibleName("Slope at most")
        self.slope.valueChanged.connect(self._slope_changed)
        self.depart = DepartureField(self._desk, "open", self)
        self.depart.setToolTip(
            "UTC: a time of day such as 12:30, or a date with one, such as 2019-01-11T12:30Z; nothing leaves it open. "
            "With a departure, Sun, charge and contact along the way are reckoned"
        )
        grid.addWidget(dim("objective"), 0, 0)
        grid.addWidget(self.objective, 0, 1)
        grid.addWidget(dim("slope ≤"), 0, 2)
        grid.addWidget(self.slope, 0, 3)
        grid.addWidget(dim("depart"), 1, 0)
        grid.addWidget(self.depart, 1, 1, 1, 3)
        self.begins = dim("")
        self.begins.setWordWrap(True)
        self.begins.setAccessibleName("Where the route begins")
        self.figures: dict[str, QLabel] = {}
        self._words: dict[str, QLabel] = {}
        for word, (row, side, columns) in _FIGURES.items():
            figure = QLabel(NOTHING, self)
            figure.setFont(mono())
            figure.setAlignment(Qt.AlignmentFlag.AlignRight)
            figure.setAccessibleName(word)
            self.figures[word], self._words[word] = figure, dim(word)
            grid.addWidget(self._words[word], row, side)
            grid.addWidget(figure, row, side + 1, 1, columns)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(3, 2)

    def _build_cards(self) -> None:
        self.problem, self.why = card("About the route", self), card("Why this way", self)
        self.notices = card("About when the route is driven", self)
        self.broken = card("Limits that the route breaks, and commands made from another", self)
        self.problem.linkActivated.connect(self._take_offer)
        self.broken.linkActivated.connect(self._ask_waiver)

    def session_replaced(self) -> None:
        """Another vehicle, perhaps."""
        self.slope.blockSignals(True)
        self.slope.setMaximum(math.degrees(self._desk.session.mission.vehicle.max_tilt_rad))
        self.slope.blockSignals(False)

    # Showing
    def refresh(self, changes: Changes) -> None:
        """All of it when the route changed; the arrival as time goes by."""
        plan = self._desk.session.traverse.state
        if Change.QUEUE in changes and Change.ROUTE not in changes:
            self._show_cards(plan)
        if changes & {Change.CLOCK, Change.ROUTE}:
            self.figures["arrival"].setText(self._arrival(plan))
            self.depart.show_day()
            self._show_notices(plan)
        if Change.ROUTE not in changes:
            return
        self._show_request(plan)
        self._show_figures(plan)
        self._show_cards(plan)
        self.stops.stops.take(plan)
        rows = min(max(len(plan.draft.stops), 1), _STOP_ROWS)
        self.stops.setFixedHeight((rows + 1) * ROW_PX + 2)
        self.stops.setVisible(bool(plan.draft.stops))
        self.order_button.setVisible(len(plan.draft.stops) > 2)
        ordering = "order" in plan.studies.under_way
        self.order_button.setEnabled(not ordering)
        self.order_button.setText("Ordering …" if ordering else "Best order")
        if self._shown_route is not plan.route:
            self._shown_route = plan.route
            self._model.take(plan.route)

    _shown_route: object = None

    def _show_request(self, plan: PlanState) -> None:
        draft = plan.draft
        self.objective.setCurrentIndex(max(self.objective.findData(draft.objective), 0))
        if draft.max_slope_rad > 0 and not self.slope.hasFocus():
            self.slope.blockSignals(True)
            self.slope.setValue(math.degrees(draft.max_slope_rad))
            self.slope.blockSignals(False)
        self.depart.take(draft)
        self.begins.setText(begin_text(plan.begin) if draft.stops else "")
        self.begins.setVisible(bool(draft.stops))

    def _arrival(self, plan: PlanState) -> str:
        route, session = plan.route, self._desk.session
        if route is None:
            return NOTHING
        if route.times is not None:
            return format_clock_on(route.times.arrive_ns, session.clock.now_ns)
        arrival_ns = session.clock.now_ns + int((route.duration_s + route.rests_s) * 1e9)
        if route.rests_s:
            return f"about {format_utc(arrival_ns, 0)[:10]}"
        if session.sky is not None:
            arrival_ns += int(session.sky.delay_up_s * 1e9)
        return f"{format_clock_on(arrival_ns, session.clock.now_ns)} if sent now"

    def _show_figures(self, plan: PlanState) -> None:
        route = plan.route
        texts = dict.fromkeys(("length", "time", "steepest", "spacing", *_TIMED), NOTHING)
        if route is not None:
            texts |= {
                "length": way_text(route.distance_m),
                "time": format_duration(route.duration_s),
                "steepest": f"{route.max_slope_deg:.1f}°",
                "spacing": f"{route.spacing_m:g} m",
            }
            if route.times is not None:
                texts |= {
                    "lowest charge": f"{100.0 * route.times.lowest_charge:.0f} %",
                    "before night": f"{route.times.sunset_margin_h:.1f} h",
                    "in shadow": format_duration(route.times.shadow_s),
                }
        timed = route is not None and route.times is not None
        for word, text in texts.items():
            self.figures[word].setText(text)
        for word in _TIMED:
            self.figures[word].setVisible(timed)
            self._words[word].setVisible(timed)

    def _show_notices(self, plan: PlanState) -> None:
        """Why it will not be driven as it was planned."""
        told, depart_ns = [], plan.draft.depart_ns
        if plan.draft.stops and depart_ns is not None:
            told.append(passed_text(depart_ns, self._desk.session.clock.now_ns))
        if plan.route is not None and plan.current:
            told.extend(notice.removeprefix("▲ ") for notice in plan.route.notices)
        self.notices.setText("<br>".join(warning(self._desk.theme, text) for text in told if text))
        self.notices.setVisible(bool(self.notices.text()))

    def _show_cards(self, plan: PlanState) -> None:
        text = ""
        if plan.problem:
            offer = ' <a href="offer">Take it</a>' if plan.offer_m is not None and plan.offer_stop >= 0 else ""
            kept = " The route shown is that of an earlier draft." if plan.route is not None else ""
            text = f"<b>No route.</b> {sentence(plan.problem)}{offer}{kept}"
        elif not plan.draft.stops:
            text = _HINT
        elif plan.preparing and plan.route is None:
            text = "<b>Preparing the planner.</b> Kernels are compiled once, at the first start."
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        told = [*violation_lines(plan), *outdated_lines(self._desk.session.commands)]
        self.broken.setText("<br>".join(told))
        self.broken.setVisible(bool(told))
        self._show_why(plan)

    def _show_why(self, plan: PlanState) -> None:
        route, row = plan.route, self.segments.currentIndex().row()
        text = ""
        if route is not None and plan.current:
            text = f"{why_text(route, row)}<br>" if row >= 0 and route.terms else ""
            told = straight_text(route)
            text += f"{told}<br>" if told else ""
            text += whole_figures(f"Planned on {route.terrain}.")
        self.why.setText(text)
        self.why.setVisible(bool(text))

    def show_segment(self, along_m: float | None) -> None:
        """Select the segment at a distance along the route; from the map."""
        route = self._desk.session.traverse.state.route
        if route is None or along_m is None:
            self.segments.clearSelection()
            return
        self.segments.selectRow(leg_at(route, along_m))

    @Slot(object, object)
    def _segment_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        plan = self._desk.session.traverse.state
        self._show_why(plan)
        along: float | None = None
        if current.isValid() and plan.route is not None:
            found = legs(plan.route)
            if current.row() < len(found):
                leg = found[current.row()]
                along = 0.5 * float(plan.route.along_m[leg.first] + plan.route.along_m[leg.last])
        self.segment_chosen.emit(along)

    # Acting
    @Slot(float)
    def _slope_changed(self, degrees: float) -> None:
        draft = self._desk.session.traverse.state.draft
        if abs(draft.max_slope_rad - math.radians(degrees)) > math.radians(0.051):  # the box rounds
            do_edit(self._desk, edits.set_max_slope, math.radians(degrees))

    @Slot(int)
    def _objective_chosen(self, row: int) -> None:
        do_edit(self._desk, edits.set_objective, str(self.objective.itemData(row)))

    @Slot()
    def _order(self) -> None:
        self._desk.perform(self._desk.session.traverse.order)

    @Slot(str)
    def _take_offer(self, _: str) -> None:
        state = self._desk.session.traverse.state
        if state.offer_m is not None and 0 <= state.offer_stop < len(state.draft.stops):
            do_edit(self._desk, edits.move_stop, state.offer_stop, state.offer_m)

    @Slot(str)
    def _ask_waiver(self, key: str) -> None:
        route = self._desk.session.traverse.state.route
        self._dialog = ask_waiver(self._desk, () if route is None else route.violations, key, self)
