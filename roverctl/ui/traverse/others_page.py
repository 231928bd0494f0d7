"""Page Others: routes by other objectives in a table, the ground in reach, how sure the route is, reference tracks."""

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.traverse import AlternativeView, PlanState
from roverctl.session.drafting import edits
from roverctl.ui.desk import Desk
from roverctl.ui.status import took_text, way_figure
from roverctl.ui.tables import Listed, Table, set_up
from roverctl.ui.theme import ROW_PX, mono, sans
from roverctl.ui.traverse.cards import dim, heading, whole_figures
from roverctl.ui.traverse.editing import do_edit
from roverctl.ui.traverse.track_list import TrackList

_ROWS = 5
_REACH = "minutes of reach"


class AlternativeModel(Listed[AlternativeView]):
    """One row for each objective."""

    COLUMNS = ("route", "m", "time", "max °", "kJ", "shade")
    RIGHT = frozenset({1, 2, 3, 4, 5})
    _objective = ""

    def take(self, plan: PlanState) -> None:
        """Others, or none."""
        rows = plan.studies.alternatives or ()
        if rows is not self.rows or plan.draft.objective != self._objective:
            self._objective = plan.draft.objective
            self.exchange(rows)

    def tip(self, row: AlternativeView) -> str:
        return row.problem

    def font(self, row: AlternativeView, column: int) -> QFont:
        return super().font(row, column) if column else sans(bold=row.objective == self._objective)

    def text(self, row: AlternativeView, column: int) -> str:
        if column == 0:
            return f"{row.name} ●" if row.objective == self._objective else row.name
        if row.problem:
            return "no route" if column == 1 else ""
        figures = row.figures
        shade = figures.get("shadow_min")
        return (
            "", way_figure(figures["distance_m"]), took_text(figures["drive_s"]), f"{figures['max_slope_deg']:.1f}",
            _kilojoules(figures["energy_j"]), "—" if shade is None else _minutes(shade),
        )[column]  # fmt: skip


def _kilojoules(energy_j: float) -> str:
    """``134.0``; a day's worth and more with its unit, ``72 MJ``."""
    return f"{energy_j / 1e3:.1f}" if energy_j < 1e7 else f"{energy_j / 1e6:.0f} MJ"


def _minutes(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 999.5 else took_text(60.0 * minutes)


class OthersPage(QWidget):
    """Compared routes; reach; chances."""

    pointed = Signal(str)  # name of the alternative that is chosen in the table

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.compare_button = QPushButton("Compare", self)
        self.compare_button.clicked.connect(self._compare)
        self.take_button = QPushButton("Take this one", self)
        self.take_button.clicked.connect(self._take)
        self.model = AlternativeModel(self)
        self.table = Table(self)
        self.table.when_empty = "Compare plans the same stops by each objective, and draws them thin on the map."
        set_up(self.table, self.model, [84, 48, 56, 42, 56, 64], 0, "Alternatives")
        self.table.setStyleSheet("QTableView::item { padding: 0 1px; }")  # six columns in the narrowest panel
        self.table.setFixedHeight((_ROWS + 1) * ROW_PX + 4)
        self.table.selectionModel().currentRowChanged.connect(self._current_changed)
        self.table.doubleClicked.connect(self._take)
        self.priced = dim(
            "Every objective also prices steep ground, and the figures are those of the driven line: the thriftiest "
            "may use more energy than another."
        )
        self.priced.setWordWrap(True)
        self.priced.setContentsMargins(12, 6, 12, 4)
        self.priced.setVisible(False)
        self.reach = QLineEdit("10, 20, 30", self)
        self.reach.setFont(mono())
        self.reach.setAccessibleName("Minutes of driving")
        self.reach_button = QPushButton("Show reach", self)
        self.reach_button.setCheckable(True)
        self.reach_button.setToolTip("Lines of equal drive time from the rover, on the map")
        self.reach_button.clicked.connect(self._reach)
        self.sigma, self.length = _metres("DEM error", 0.05, self), _metres("Over a distance of", 5.0, self)
        self.chance_button = QPushButton("How sure", self)
        self.chance_button.setToolTip("The chance of each segment to break the tilt limit if the DEM errs so much")
        self.chance_button.clicked.connect(self._chances)
        self.chance = QLabel(self)
        self.chance.setObjectName("consequence")
        self.chance.setWordWrap(True)
        self.chance.setAccessibleName("How sure the route is")
        self.tracks = TrackList(desk, self)
        body = QWidget(self)
        area = QScrollArea(self)  # in a low window all of it has no room
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidgetResizable(True)
        area.setWidget(body)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(heading("Routes by other objectives"))
        column.addLayout(_row(None, self.compare_button, self.take_button))
        column.addWidget(self.table)
        column.addWidget(self.priced)
        column.addWidget(heading("Ground in reach of the rover"))
        column.addLayout(_row("minutes", self.reach, self.reach_button))
        column.addWidget(heading("Chance that the route breaks the tilt limit"))
        column.addLayout(_row("DEM errs", self.sigma, dim("over"), self.length, self.chance_button))
        column.addLayout(_row(None, self.chance))
        column.addWidget(heading("Reference tracks"))
        column.addWidget(self.tracks)
        column.addStretch(1)

    def session_replaced(self) -> None:
        """What is known comes with the refresh."""

    def refresh(self, changes: Changes) -> None:
        """Other studies, or another draft."""
        if Change.ROUTE not in changes:
            return
        plan = self._desk.session.traverse.state
        studies, goal = plan.studies, bool(plan.draft.stops)
        self.model.take(plan)
        self.priced.setVisible(bool(self.model.rows))
        self.table.clearSpans()
        for row, alternative in enumerate(self.model.rows):
            if alternative.problem:  # no figures: what stands in their place has their room
                self.table.setSpan(row, 1, 1, len(self.model.COLUMNS) - 1)
        self.tracks.show_plan(plan)
        for kind, button, word in (
            ("alternatives", self.compare_button, "Compare"), ("reach", self.reach_button, "Show reach"),
            ("chances", self.chance_button, "How sure"),
        ):  # fmt: skip
            under_way = kind in studies.under_way
            button.setEnabled((goal or kind == "reach") and not under_way)
            button.setText("Working …" if under_way else word)
        self.reach_button.setChecked(studies.reach is not None)
        self._enable_take()
        self.chance.setVisible(studies.chances is not None)
        if studies.chances is not None:
            found = studies.chances
            worst = float(found.chance.max()) if len(found.chance) else 0.0
            self.chance.setText(
                whole_figures(
                    f"<b>{100 * found.any:.0f} %</b> chance that the route is steeper than {found.limit_deg:g}° "
                    f"somewhere, if the DEM errs by {found.sigma_m:g} m over {found.length_m:g} m; at its worst "
                    f"segment {100 * worst:.0f} %."
                )
            )

    def _enable_take(self) -> None:
        row = self.table.currentIndex().row()
        good = 0 <= row < self.model.count() and not self.model.rows[row].problem
        self.take_button.setEnabled(good)

    @Slot(object, object)
    def _current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        self._enable_take()
        self.pointed.emit(self.model.rows[current.row()].name if current.isValid() else "")

    @Slot()
    def _compare(self) -> None:
        self._desk.perform(self._desk.session.traverse.compare)

    @Slot()
    def _take(self) -> None:
        row = self.table.currentIndex().row()
        if 0 <= row < self.model.count() and not self.model.rows[row].problem:
            do_edit(self._desk, edits.set_objective, self.model.rows[row].objective)

    @Slot()
    def _reach(self) -> None:
        if not self.reach_button.isChecked():
            self._desk.perform(self._desk.session.traverse.reach, ())
            return
        try:
            minutes = sorted({float(part) for part in self.reach.text().replace(";", ",").split(",") if part.strip()})
        except ValueError:
            minutes = []
        self._desk.settle(_REACH)
        if not minutes or not all(0.0 < minute <= 43_200 for minute in minutes) or len(minutes) > 12:
            self._desk.tell(f"'{self.reach.text()}': give up to 12 times in minutes, such as 10, 20, 30", about=_REACH)
            self.reach_button.setChecked(False)
            return
        self._desk.perform(self._desk.session.traverse.reach, tuple(60.0 * minute for minute in minutes))

    @Slot()
    def _chances(self) -> None:
        self._desk.perform(self._desk.session.traverse.chances, self.sigma.value(), self.length.value())


def _metres(name: str, value: float, parent: QWidget) -> QDoubleSpinBox:
    box = QDoubleSpinBox(parent)
    box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setRange(0.01, 1000.0)
    box.setDecimals(2)
    box.setValue(value)
    box.setSuffix(" m")
    box.setFont(mono())
    box.setMinimumWidth(70)  # less than its longest figure asks for
    box.setAccessibleName(name)
    return box


def _row(word: str | None, *widgets: QWidget) -> QHBoxLayout:
    box = QHBoxLayout()
    box.setContentsMargins(12, 8, 12, 6)
    box.setSpacing(8)
    if word is not None:
        box.addWidget(dim(word))
    for widget in widgets:
        box.addWidget(widget, int(widget.objectName() != "dim"))
    return box
