"""The contact plan as text: maintenance, preferences, exclusions and duties of the stations, entered by hand."""

from typing import Final

from PySide6.QtCore import Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from roverctl.core.times import format_utc
from roverctl.ui.desk import Desk, attempt
from roverctl.ui.theme import mono

_TABLES: Final = (("maintenance", '\nname = "antenna works"'), ("duty", ""))
_HOUR_NS: Final = 3600 * 1_000_000_000


class PlanDialog(QDialog):
    """The plan in force, to be changed; it is followed from now on when it is right, and else what is wrong is said."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setWindowTitle("Contact plan")
        self.resize(620, 460)
        words = QLabel(
            "Stations take turns by this from now on: prefer and exclude by name, [[contact.maintenance]] while a "
            "station is off the air, [[contact.duty]] while it is to have the contact.",
            self,
        )
        words.setWordWrap(True)
        self.text = QPlainTextEdit(desk.session.relay.plan, self)
        self.text.setFont(mono())
        self.text.setAccessibleName("Contact plan")
        self.problem = QLabel(self)
        self.problem.setWordWrap(True)
        self.text.textChanged.connect(self.problem.clear)
        buttons = QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        self.buttons = QDialogButtonBox(buttons, self)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Follow")
        for name, more in _TABLES:
            button = self.buttons.addButton(f"Add {name}", QDialogButtonBox.ButtonRole.ActionRole)
            button.setProperty("table", name)
            button.setProperty("more", more)
            button.clicked.connect(self._add)
        for each in self.buttons.buttons():
            each.setIcon(QIcon())  # the style's own are of another look
        self.buttons.accepted.connect(self.follow)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for part in (words, self.text, self.problem, self.buttons):
            column.addWidget(part)

    @Slot()
    def _add(self) -> None:
        """A table to be filled in: the first station, from the next hour on for two hours."""
        button, session = self.sender(), self._desk.session
        begin_ns = (session.clock.now_ns // _HOUR_NS + 1) * _HOUR_NS
        station = session.mission.stations[0].name
        self.text.appendPlainText(
            f'\n[[contact.{button.property("table")}]]\nstation = "{station}"\nfrom = "{format_utc(begin_ns, 0)}"\n'
            f'to = "{format_utc(begin_ns + 2 * _HOUR_NS, 0)}"{button.property("more")}'
        )

    @Slot()
    def follow(self) -> None:
        """Have it followed; what is wrong with it stays here to be mended."""
        problem, changes = attempt(self._desk.session.relay.change_plan, self.text.toPlainText())
        self.problem.setText(problem)
        if not problem:
            self._desk.changed.emit(changes)
            self.accept()
