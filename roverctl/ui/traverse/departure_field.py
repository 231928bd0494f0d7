"""Where the departure is typed: a time of day, a whole time, or nothing."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from roverctl.core.errors import InputError
from roverctl.core.nouns import Severity
from roverctl.core.times import DAY_NS, day_word, format_utc
from roverctl.session.api.draft import Draft
from roverctl.session.drafting import edits
from roverctl.ui.desk import Desk
from roverctl.ui.theme import mono
from roverctl.ui.traverse.cards import dim
from roverctl.ui.traverse.editing import do_edit
from roverctl.ui.typed_time import is_whole, time_typed

_ABOUT = "departure"


class DepartureField(QLineEdit):
    """The draft's departure; what cannot be read is told and stays to be mended.

    At its right end stands how many days off the departure is, where it is on another day than the clock.
    """

    def __init__(self, desk: Desk, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setFont(mono())
        self.setPlaceholderText(empty)
        self.setAccessibleName("Departure")
        self.day = dim("")
        inside = QHBoxLayout(self)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.addStretch(1)
        inside.addWidget(self.day)
        self.editingFinished.connect(self._finished)

    def take(self, draft: Draft) -> None:
        """Another draft."""
        if not self.hasFocus():
            self._show(draft.depart_ns)
        self.show_day()

    def show_day(self) -> None:
        """How many days off the departure is by the clock as it is now."""
        session = self._desk.session
        depart_ns = session.traverse.state.draft.depart_ns
        self.day.setText("" if depart_ns is None else day_word(depart_ns, session.clock.now_ns))

    def _show(self, depart_ns: int | None) -> None:
        self.setText("" if depart_ns is None else format_utc(depart_ns, 0))

    @Slot()
    def _finished(self) -> None:
        text, session = self.text().strip(), self._desk.session
        self._desk.settle(_ABOUT)
        now_ns = session.clock.now_ns
        try:
            depart_ns = time_typed(text, now_ns)
        except InputError as error:
            self._desk.tell(str(error), about=_ABOUT)
            return
        if depart_ns != session.traverse.state.draft.depart_ns:
            do_edit(self._desk, edits.set_departure, depart_ns)
        self._show(depart_ns)
        self.show_day()
        if depart_ns is not None and not is_whole(text) and depart_ns // DAY_NS > now_ns // DAY_NS:
            day = format_utc(depart_ns, 0)[:10]
            self._desk.tell(f"{text} has passed today: the departure is tomorrow's, {day}", Severity.WATCH)
