"""What the program has to say, under the bar: one line, never in the way, gone by a button or Escape."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from roverctl.core.nouns import Severity
from roverctl.session.api import Message
from roverctl.ui.theme import STATUS_GLYPHS, Theme

_KEPT = 20


class MessageStrip(QWidget):
    """Shows the newest message; the tool tip has those before it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._messages: list[Message] = []
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(32)
        self._glyph = QLabel(self)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setAccessibleName("Message")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._count = QLabel(self)
        self._count.setObjectName("small")
        self._close = QToolButton(self)
        self._close.setObjectName("flat")
        self._close.setText("✕")
        self._close.setToolTip("Dismiss (Esc)")
        self._close.setAccessibleName("Dismiss the message")
        self._close.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self._glyph)
        row.addWidget(self._text, 1)
        row.addWidget(self._count)
        row.addWidget(self._close)
        self.hide()

    @property
    def text(self) -> str:
        """The message shown, '' when none is."""
        return self._text.text() if not self.isHidden() else ""

    @Slot(object)
    def tell(self, message: Message) -> None:
        """Show a message; the ones before stay in the tool tip."""
        self._messages = [*self._messages, message][-_KEPT:]
        colour = self._theme.severity(None if message.severity is Severity.INFO else message.severity).name()
        self._glyph.setText(STATUS_GLYPHS[message.severity])
        self._glyph.setStyleSheet(f"color: {colour}")
        self._text.setText(message.text.replace("\n", " "))
        self._count.setText("" if len(self._messages) == 1 else f"{len(self._messages)} messages")
        self._text.setToolTip("\n".join(m.text for m in self._messages))
        self.show()

    @Slot()
    def dismiss(self) -> None:
        """Away with it."""
        self._messages.clear()
        self.hide()

    def tell_plainly(self, text: str) -> None:
        """A warning by its text."""
        self.tell(Message(text, Severity.WARNING))
