"""The traverse being planned: what was asked, what it costs leg by leg, or what stands in the way."""

import itertools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from roverctl.core.errors import RoverctlError
from roverctl.core.nouns import Severity
from roverctl.core.times import format_clock, format_duration
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.traverse import RouteView
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.status import NOTHING
from roverctl.ui.tables import Index, Rows, Table, set_up
from roverctl.ui.theme import mono

MOST_LEGS = 60


@dataclass(frozen=True, slots=True)
class Leg:
    """A route from one waypoint to the next, in sums; slope is the steepest, with its sign."""

    distance_m: float
    duration_s: float
    slope_deg: float
    climb_m: float


def legs(route: RouteView) -> list[Leg]:
    """The route cut at its waypoints, each found at the nearest route point not before the last."""
    cuts = [0]
    for east, north in route.waypoints[:-1]:
        apart = np.hypot(route.east_m[cuts[-1] :] - east, route.north_m[cuts[-1] :] - north)
        cut = cuts[-1] + int(apart.argmin())
        if cut > cuts[-1]:
            cuts.append(cut)
    if cuts[-1] < len(route.along_m) - 1:
        cuts.append(len(route.along_m) - 1)
    result = []
    for a, b in itertools.pairwise(cuts):
        slopes = route.slope_deg[a:b]
        result.append(
            Leg(
                float(route.along_m[b] - route.along_m[a]),
                float(route.seconds[b] - route.seconds[a]),
                float(slopes[np.abs(slopes).argmax()]),
                float(route.elevation_m[b] - route.elevation_m[a]),
            )
        )
    return result


class LegModel(Rows):
    """The legs as rows."""

    COLUMNS = ("leg", "m", "time", "slope °", "climb m")
    RIGHT = frozenset({1, 2, 3, 4})

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._legs: list[Leg] = []

    def take(self, route: RouteView | None) -> None:
        """Another route."""
        self.beginResetModel()
        self._legs = [] if route is None else legs(route)[:MOST_LEGS]
        self.endResetModel()

    def count(self) -> int:
        return len(self._legs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        leg = self._legs[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                str(index.row() + 1), f"{leg.distance_m:.1f}", format_duration(leg.duration_s),
                f"{leg.slope_deg:+.1f}", f"{leg.climb_m:+.2f}",
            )[index.column()]  # fmt: skip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(index.column())
        if role == Qt.ItemDataRole.FontRole:
            return mono()
        return None


class TraversePanel(QWidget):
    """Request on top, figures under it, legs, and what to do with it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.header = Header("Traverse")
        self.slope = QDoubleSpinBox(self)
        self.slope.setFont(mono())
        self.slope.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.slope.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.slope.setToolTip("Arrow keys change it by a degree")
        self.slope.setRange(1.0, math.degrees(desk.session.mission.vehicle.max_tilt_rad))
        self.slope.setDecimals(1)
        self.slope.setSuffix("°")
        self.slope.setKeyboardTracking(False)
        self.slope.setAccessibleName("Slope at most")
        self.slope.valueChanged.connect(self._slope_changed)
        form = QFormLayout()
        form.setContentsMargins(12, 10, 12, 8)
        form.setVerticalSpacing(6)
        form.setHorizontalSpacing(16)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow(_dim("slope at most"), self.slope)
        self._figures: dict[str, QLabel] = {}
        for word in ("goal", "length", "time", "steepest", "arrival", "spacing"):
            figure = QLabel(NOTHING, self)
            figure.setFont(mono())
            figure.setAlignment(Qt.AlignmentFlag.AlignRight)
            figure.setAccessibleName(word)
            self._figures[word] = figure
            form.addRow(_dim(word), figure)
        self.terrain = QLabel(self)
        self.terrain.setObjectName("small")
        self.terrain.setWordWrap(True)
        form.addRow(self.terrain)
        self.problem = QLabel(self)
        self.problem.setObjectName("consequence")
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.RichText)
        self.problem.setAccessibleName("About the route")
        box = QHBoxLayout()
        box.setContentsMargins(12, 0, 12, 8)
        box.addWidget(self.problem)
        self._model = LegModel(self)
        self.table = Table(self)
        set_up(self.table, self._model, [36, 60, 76, 64, 68], 0, "Legs of the route")
        self.make_button = QPushButton("Make command", self)
        self.make_button.setObjectName("primary")
        self.make_button.setToolTip("Put the route into the queue as one FOLLOW_ROUTE")
        self.make_button.clicked.connect(self.make_command)
        self.save_button = QPushButton("Save route…", self)
        self.save_button.clicked.connect(self.save)
        self.clear_button = QPushButton("Clear", self)
        self.clear_button.clicked.connect(self.clear)
        foot = QWidget(self)
        foot.setObjectName("timeBar")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        buttons = QHBoxLayout(foot)
        buttons.setContentsMargins(12, 10, 12, 10)
        buttons.setSpacing(8)
        buttons.addWidget(self.clear_button)
        buttons.addWidget(self.save_button)
        buttons.addStretch(1)
        buttons.addWidget(self.make_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(form)
        column.addLayout(box)
        column.addWidget(self.table, 1)
        column.addWidget(foot)
        self.setMinimumWidth(352)

    def session_replaced(self) -> None:
        """Another vehicle, perhaps."""
        self.slope.blockSignals(True)
        self.slope.setMaximum(math.degrees(self._desk.session.mission.vehicle.max_tilt_rad))
        self.slope.blockSignals(False)

    def refresh(self, changes: Changes) -> None:
        """All of it when the route changed; the arrival as time goes by."""
        session = self._desk.session
        plan = session.traverse.state
        route = plan.route
        if route is not None and Change.CLOCK in changes:
            arrival_ns = session.clock.now_ns + int(route.duration_s * 1e9)
            if session.sky is not None:
                arrival_ns += int(session.sky.delay_up_s * 1e9)
            self._figures["arrival"].setText(f"{format_clock(arrival_ns)} if sent now")
        if Change.ROUTE not in changes:
            return
        if plan.max_slope_rad > 0 and not self.slope.hasFocus():
            self.slope.blockSignals(True)
            self.slope.setValue(math.degrees(plan.max_slope_rad))
            self.slope.blockSignals(False)
        self.header.say("planning …" if plan.busy else route.name if route is not None else "")
        self._show_figures()
        self._model.take(route)
        self.make_button.setEnabled(route is not None and session.can_command and not plan.busy)
        self.make_button.setToolTip(session.why_not_command or "Put the route into the queue as one FOLLOW_ROUTE")
        self.save_button.setEnabled(route is not None)
        self.clear_button.setEnabled(plan.goal_m is not None)

    def _show_figures(self) -> None:
        plan = self._desk.session.traverse.state
        route = plan.route
        goal = NOTHING if plan.goal_m is None else f"{plan.goal_m[0]:.1f} m E  {plan.goal_m[1]:.1f} m N"
        self._figures["goal"].setText(goal)
        texts = dict.fromkeys(("length", "time", "steepest", "arrival", "spacing"), NOTHING)
        if route is not None:
            texts |= {
                "length": f"{route.distance_m:.1f} m",
                "time": format_duration(route.duration_s),
                "steepest": f"{route.max_slope_deg:.1f}°",
                "arrival": self._figures["arrival"].text(),
                "spacing": f"{route.spacing_m:g} m",
            }
        for word, text in texts.items():
            self._figures[word].setText(text)
        self.terrain.setText("" if route is None else f"Planned on {route.terrain}.")
        if plan.problem:
            self.problem.setText(f"<b>No route.</b> {plan.problem}")
        elif plan.goal_m is None:
            self.problem.setText(
                "<b>Click the map</b> to set the goal. Shift-click adds a waypoint before it; drag moves a point, "
                "Delete or a right click removes it."
            )
        self.problem.setVisible(bool(plan.problem) or plan.goal_m is None)

    @Slot(float)
    def _slope_changed(self, degrees: float) -> None:
        """A route is planned anew; without a goal the limit waits for one."""
        session = self._desk.session
        plan = session.traverse.state
        if plan.goal_m is not None:
            self._desk.perform(session.traverse.plan, plan.goal_m, plan.via_m, math.radians(degrees))

    def max_slope_rad(self) -> float:
        """What the box says; the session's own figure where the box shows just that, rounded."""
        planned = self._desk.session.traverse.state.max_slope_rad
        shown = math.radians(self.slope.value())
        return planned if abs(planned - shown) < math.radians(0.051) else shown

    @Slot()
    def make_command(self) -> None:
        """The route becomes a FOLLOW_ROUTE in the queue."""
        problem = self._desk.perform(self._desk.session.traverse.queue)
        if not problem:
            self._desk.tell("FOLLOW_ROUTE is in the queue; Release sends it.", Severity.INFO)

    @Slot()
    def clear(self) -> None:
        """Forget goal and route."""
        self._desk.perform(self._desk.session.traverse.clear)

    @Slot()
    def save(self) -> None:
        """Ask where, and write GeoJSON."""
        if self._desk.session.traverse.state.route is None:
            self._desk.tell("There is no route yet: click the goal on the map.")
            return
        name, _ = QFileDialog.getSaveFileName(self, "Save route", "route.geojson", "GeoJSON (*.geojson)")
        if name:
            self.save_to(Path(name))

    def save_to(self, file: Path) -> None:
        """Write the route, or say why not."""
        try:
            self._desk.session.traverse.save(file)
        except RoverctlError as error:
            self._desk.tell(str(error))
        else:
            self._desk.tell(f"Route saved as {file}.", Severity.INFO)


def _dim(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("dim")
    return label
