"""Where the departure is typed: a time of day, a whole time, or nothing."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from roverctl.core.errors import InputError
from roverctl.core.times import format_utc
from roverctl.session.api.draft import Draft
from roverctl.session.drafting import edits
from roverctl.ui.desk import Desk
from roverctl.ui.theme import mono
from roverctl.ui.traverse.editing import do_edit
from roverctl.ui.typed_time import time_typed


class DepartureField(QLineEdit):
    """The draft's departure; what cannot be read is told and stays to be mended."""

    def __init__(self, desk: Desk, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setFont(mono())
        self.setPlaceholderText(empty)
        self.setAccessibleName("Departure")
        self.editingFinished.connect(self._finished)

    def take(self, draft: Draft) -> None:
        """Another draft."""
        if not self.hasFocus():
            self.setText("" if draft.depart_ns is None else format_utc(draft.depart_ns, 0))

    @Slot()
    def _finished(self) -> None:
        text, session = self.text().strip(), self._desk.session
        try:
            depart_ns = time_typed(text, session.clock.now_ns)
        except InputError as error:
            self._desk.tell(str(error))
            return
        if depart_ns != session.traverse.state.draft.depart_ns:
            do_edit(self._desk, edits.set_departure, depart_ns)
