"""Reference tracks as a list: what each traverse from a file would have cost by the draft's limits."""

from pathlib import Path

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QPushButton, QVBoxLayout, QWidget

from roverctl.session.api.traverse import PlanState, TrackView
from roverctl.session.drafting import edits
from roverctl.ui.desk import Desk
from roverctl.ui.status import took_text
from roverctl.ui.tables import Listed, Table, set_up
from roverctl.ui.theme import ROW_PX
from roverctl.ui.traverse.cards import card, padded, sentence
from roverctl.ui.traverse.editing import do_edit

_FILTER = "Tracks (*.geojson *.json *.kml *.gpx *.csv *.tsv *.txt)"
_ROWS = 4


class TrackModel(Listed[TrackView]):
    """One row for each line."""

    COLUMNS = ("track", "m", "time", "max °", "broken")
    RIGHT = frozenset({1, 2, 3, 4})

    def take(self, rows: tuple[TrackView, ...]) -> None:
        """Others, or none."""
        if rows is not self.rows:
            self.exchange(rows)

    def tip(self, row: TrackView) -> str:
        return row.problem or f"{row.name}, {row.source}"

    def text(self, row: TrackView, column: int) -> str:
        if column < 2:
            return (row.name, f"{row.length_m:.0f}")[column]
        if row.problem:
            return "no figures" if column == 2 else ""
        figures = row.figures
        return (
            "", "", took_text(figures["drive_s"]), f"{figures['max_slope_deg']:.1f}", f"{figures['broken']:.0f}",
        )[column]  # fmt: skip


class TrackList(QWidget):
    """Opened, chosen, closed."""

    pointed = Signal(str)  # name of the chosen track

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.open_button, self.close_button = QPushButton("Open track…", self), QPushButton("Close", self)
        self.open_button.setToolTip("GeoJSON, KML, GPX, or a table of lon and lat, or of east and north")
        self.open_button.clicked.connect(self._open)
        self.close_button.clicked.connect(self._close)
        self.model = TrackModel(self)
        self.table = Table(self)
        self.table.when_empty = "Open a track: what would this traverse have cost?"
        set_up(self.table, self.model, [96, 58, 76, 52, 56], 0, "Reference tracks")
        self.table.setFixedHeight((_ROWS + 1) * ROW_PX + 4)
        self.table.selectionModel().currentRowChanged.connect(self._current_changed)
        self.told = card("About the track", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(padded(self.open_button, self.close_button))
        column.addWidget(self.table)
        column.addLayout(padded(self.told))

    def show_plan(self, plan: PlanState) -> None:
        """Other tracks."""
        chosen = self.chosen()
        self.model.take(plan.tracks)
        if chosen is not None and self.chosen() is None:
            again = next((i for i, row in enumerate(plan.tracks) if row.name == chosen.name), None)
            if again is not None:
                self.table.selectRow(again)
        self._tell()

    def chosen(self) -> TrackView | None:
        """The selected one."""
        row = self.table.currentIndex().row()
        return self.model.rows[row] if 0 <= row < self.model.count() else None

    def _tell(self) -> None:
        track = self.chosen()
        text = ""
        if track is not None:
            text = track.problem or "; ".join(violation.text for violation in track.violations[:3])
            more = len(track.violations) - 3
            text = sentence(text + (f"; and {more} more" if more > 0 else "") if text else "it breaks no limit")
        self.told.setText(text)
        self.told.setVisible(bool(text))
        self.close_button.setEnabled(track is not None)

    @Slot(object, object)
    def _current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        self._tell()
        track = self.chosen() if current.isValid() else None
        self.pointed.emit("" if track is None else track.name)

    @Slot()
    def _open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open a track", "", _FILTER)
        if name:
            self._desk.perform(self._desk.session.traverse.open_tracks, Path(name))

    @Slot()
    def _close(self) -> None:
        track = self.chosen()
        if track is not None:
            do_edit(self._desk, edits.close_track, track.source)
