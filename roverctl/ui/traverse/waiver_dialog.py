"""Limits that a route breaks, told, and waived with a name and a reason; commands that no longer match the route."""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QWidget

from roverctl.session.api.commands import CommandRow
from roverctl.session.api.day import DayViolation
from roverctl.session.api.traverse import PlanState, ViolationView
from roverctl.session.drafting import edits
from roverctl.ui.desk import Desk
from roverctl.ui.traverse.editing import do_edit


class WaiverDialog(QDialog):
    """Who lets a violation be, and why; both are needed."""

    given = Signal(str, str, str)  # key, name, reason

    def __init__(self, key: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Waive {key}")
        self._key = key
        told = QLabel(
            f"{text[:1].upper()}{text[1:]}.\nThe waiver travels with the route and in the command's comment.", self
        )
        told.setWordWrap(True)
        self.name, self.reason = QLineEdit(self), QLineEdit(self)
        self.name.setMaxLength(60)
        self.reason.setMaxLength(300)
        self.name.textChanged.connect(self._check)
        self.reason.textChanged.connect(self._check)
        buttons = QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        self.buttons = QDialogButtonBox(buttons, self)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Waive")
        for button in self.buttons.buttons():
            button.setIcon(QIcon())  # the style's own are of another look
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.accepted.connect(self._give)
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 12)
        form.setVerticalSpacing(8)
        form.addRow(told)
        form.addRow("name", self.name)
        form.addRow("reason", self.reason)
        form.addRow(self.buttons)
        self.setMinimumWidth(420)
        self._check()

    @Slot()
    def _check(self) -> None:
        good = bool(self.name.text().strip() and self.reason.text().strip())
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(good)

    @Slot()
    def _give(self) -> None:
        self.given.emit(self._key, self.name.text(), self.reason.text())


def ask_waiver(
    desk: Desk, violations: Sequence[ViolationView | DayViolation], key: str, parent: QWidget
) -> WaiverDialog | None:
    """Ask who lets the violation of this key be; the draft keeps the answer. None where there is no such violation."""
    found = next((violation for violation in violations if violation.key == key), None)
    if found is None:
        return None
    dialog = WaiverDialog(found.key, found.text, parent)
    dialog.given.connect(lambda key, name, reason: do_edit(desk, edits.waive, key, name, reason))
    dialog.open()
    return dialog


def violation_line(violation: ViolationView | DayViolation) -> str:
    """A violation, with a link to waive it or who did."""
    text = f"<b>{escape(violation.key)}</b> {escape(violation.text)}"
    let = f" Waived by {escape(violation.waived)}." if violation.waived else ""
    return f"{text}.{let}" if let else f'{text}. <a href="{escape(violation.key)}">Waive…</a>'


def violation_lines(plan: PlanState) -> list[str]:
    """Each violation of the route."""
    if plan.route is None or not plan.current:
        return []
    return [violation_line(violation) for violation in plan.route.violations]


def outdated_lines(commands: Sequence[CommandRow]) -> list[str]:
    """Commands that have not left, made from a route that is another by now."""
    return [
        f"<b>Command {command.id}</b> was made before the route was edited."
        for command in commands if command.outdated
    ]  # fmt: skip
