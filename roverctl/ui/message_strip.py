"""What the program has to say, over the map's lower edge: nothing moves when it comes. Gone by a button or Escape; what
is merely information goes by itself.
"""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from roverctl.core.nouns import Severity
from roverctl.session.api.session import Message
from roverctl.ui.theme import STATUS_GLYPHS, Theme

_KEPT = 20
_INFO_MS = 6000
_MARGIN_PX = 12
_BESIDE_PX = 196  # scale bar and north, at the map's lower right
_NARROW_PX = 360  # below that the strip goes over the scale bar's place, not beside it
_LINE_PX = 32


class MessageStrip(QWidget):
    """Shows the newest message; the tool tip has those before it. It lies over ``ground`` and takes no room from it."""

    def __init__(self, theme: Theme, ground: QWidget) -> None:
        super().__init__(ground)
        self._theme = theme
        self._messages: list[tuple[Message, str]] = []  # and what each is about
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._ground = ground
        ground.installEventFilter(self)
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setInterval(_INFO_MS)
        self._fade.timeout.connect(self._forget_information)
        self._glyph = QLabel(self)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setAccessibleName("Message")
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._count = QLabel(self)
        self._count.setObjectName("small")
        self._close = QToolButton(self)
        self._close.setObjectName("flat")
        self._close.setText("✕")
        self._close.setToolTip("Dismiss (Esc)")
        self._close.setAccessibleName("Dismiss the message")
        self._close.clicked.connect(self.dismiss)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 4)
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
    @Slot(object, str)
    def tell(self, message: Message, about: str = "") -> None:
        """Show a message; the ones before stay in the tool tip."""
        self._messages = [*self._messages, (message, about)][-_KEPT:]
        self._show_newest()

    @Slot(str)
    def settle(self, about: str) -> None:
        """What these messages are about is mended."""
        left = [told for told in self._messages if told[1] != about]
        if len(left) < len(self._messages):
            self._messages = left
            self._show_newest()

    def _show_newest(self) -> None:
        if not self._messages:
            self.hide()
            return
        message = self._messages[-1][0]
        information = message.severity is Severity.INFO
        colour = self._theme.severity(None if information else message.severity).name()
        self._glyph.setText(STATUS_GLYPHS[message.severity])
        self._glyph.setStyleSheet(f"color: {colour}")
        self._text.setText(message.text.replace("\n", " "))
        self._count.setText("" if len(self._messages) == 1 else f"{len(self._messages)} messages")
        self._text.setToolTip("\n".join(m.text for m, _ in self._messages))
        if information:
            self._fade.start()
        else:
            self._fade.stop()
        self._place()
        self.show()
        self.raise_()

    @Slot()
    def _forget_information(self) -> None:
        """What was only information has been read; a warning under it comes forward again."""
        self._messages = [told for told in self._messages if told[0].severity is not Severity.INFO]
        self._show_newest()

    def _place(self) -> None:
        """At the lower left of the ground, beside the scale bar; as wide as its text, higher where that is too wide."""
        widest = self._ground.width() - 2 * _MARGIN_PX
        up = _MARGIN_PX
        if widest - _BESIDE_PX >= _NARROW_PX:
            widest -= _BESIDE_PX
        else:
            up += 94
        margins = self._row.contentsMargins()
        around = margins.left() + margins.right()
        others = sum(w.sizeHint().width() + 8 for w in (self._glyph, self._count, self._close))
        text = self._text.fontMetrics().horizontalAdvance(self._text.text()) + 4
        width = max(min(text + others + around, widest), 1)
        lines_px = self._text.heightForWidth(max(width - others - around, 1))
        height = max(lines_px + 12, _LINE_PX)
        self.setGeometry(_MARGIN_PX, max(self._ground.height() - up - height, 0), width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return False

    @Slot()
    def dismiss(self) -> None:
        """Away with it."""
        self._fade.stop()
        self._messages.clear()
        self.hide()

    def tell_plainly(self, text: str) -> None:
        """A warning by its text."""
        self.tell(Message(text, Severity.WARNING))
