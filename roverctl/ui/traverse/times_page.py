"""Page Times: departures compared, the latest safe one, where to be when the Sun goes, and contact."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from roverctl.core.times import format_utc
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.traverse import SweepView
from roverctl.session.drafting import edits
from roverctl.ui.desk import Desk
from roverctl.ui.traverse.cards import warning
from roverctl.ui.traverse.departure_chart import DepartureChart
from roverctl.ui.traverse.editing import do_edit


class TimesPage(QWidget):
    """Chart, and its conclusions."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.sweep_button = QPushButton("Compare departures", self)
        self.sweep_button.setToolTip("Departures from now, or from the one that is set, until night")
        self.sweep_button.clicked.connect(self._sweep)
        self.open_button = QPushButton("Leave it open", self)
        self.open_button.setToolTip("No departure: the route is planned without Sun and contact")
        self.open_button.clicked.connect(self._open)
        self.contact = QCheckBox("Drive in contact only", self)
        self.contact.setToolTip("Counts where there is a departure")
        self.contact.clicked.connect(self._contact)
        self.chart = DepartureChart(desk.theme, self)
        self.chart.taken.connect(self._depart)
        self.told = QLabel(self)
        self.told.setObjectName("consequence")
        self.told.setWordWrap(True)
        self.told.setAccessibleName("Departures")
        top = QHBoxLayout()
        top.setContentsMargins(12, 8, 12, 4)
        top.setSpacing(8)
        top.addWidget(self.sweep_button)
        top.addWidget(self.open_button)
        top.addStretch(1)
        tick = QHBoxLayout()
        tick.setContentsMargins(12, 2, 12, 4)
        tick.addWidget(self.contact)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 6, 12, 8)
        foot.addWidget(self.told)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(tick)
        column.addWidget(self.chart, 1)
        column.addLayout(foot)

    def session_replaced(self) -> None:
        """What is known comes with the refresh."""

    def refresh(self, changes: Changes) -> None:
        """Other departures; what is said of them as time goes by."""
        plan = self._desk.session.traverse.state
        if changes & {Change.CLOCK, Change.ROUTE}:
            self._tell(plan.studies.sweep)
        if Change.ROUTE not in changes:
            return
        under_way = "sweep" in plan.studies.under_way
        self.sweep_button.setEnabled(bool(plan.draft.stops) and not under_way)
        self.sweep_button.setText("Comparing …" if under_way else "Compare departures")
        self.open_button.setEnabled(plan.draft.depart_ns is not None)
        self.contact.setChecked(plan.draft.need_contact)
        sweep = plan.studies.sweep
        self.chart.show_sweep(sweep, plan.draft.depart_ns)

    def _tell(self, sweep: SweepView | None) -> None:
        self.told.setVisible(sweep is not None)
        if sweep is None:
            return
        if sweep.latest_safe is None:
            text = "<b>No departure is safe</b> before night."
        else:
            latest_ns = sweep.latest_safe.depart_ns
            latest = f"Latest safe departure {format_utc(latest_ns, 0)[:16].replace('T', ' ')}"
            passed = latest_ns < self._desk.session.clock.now_ns
            text = warning(self._desk.theme, f"{latest} has passed") if passed else f"<b>{latest}</b>."
        if sweep.safe_place_text:
            text += f" Nearest safe place when the Sun goes: {sweep.safe_place_text}."
        self.told.setText(text)

    @Slot()
    def _sweep(self) -> None:
        session = self._desk.session
        depart_ns = session.traverse.state.draft.depart_ns
        self._desk.perform(session.traverse.sweep, session.clock.now_ns if depart_ns is None else depart_ns)

    @Slot()
    def _open(self) -> None:
        do_edit(self._desk, edits.set_departure, None)

    @Slot(bool)
    def _contact(self, needed: bool) -> None:
        do_edit(self._desk, edits.set_need_contact, needed)

    @Slot(object)
    def _depart(self, depart_ns: int) -> None:
        do_edit(self._desk, edits.set_departure, depart_ns)
