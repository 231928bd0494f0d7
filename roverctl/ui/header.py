"""The title line of a panel: bold title, dim subtitle, tools on the right. Also serves as a dock's title bar."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QToolTip, QWidget

from roverctl.ui.theme import HEADER_PX, sans


class _Elided(QLabel):
    """Plain text that gives up whole parts from its end where there is no room, and then ends in dots."""

    @property
    def fitting(self) -> str:
        """What of the text there is room for."""
        text = self.text()
        while self.fontMetrics().horizontalAdvance(text) > self.width() and " · " in text:
            text = text.rpartition(" · ")[0]
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width())

    def event(self, event: QEvent) -> bool:
        """A hover tells all of it where it is not all to be seen."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), "" if self.fitting == self.text() else self.text(), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.fitting)


class Header(QWidget):
    """A 32-pixel line; the space between subtitle and tools drags the dock."""

    def __init__(self, title: str, subtitle: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEADER_PX)
        self._title = QLabel(title, self)
        self._title.setObjectName("headerTitle")
        self._title.setFont(sans(bold=True))
        self._subtitle = _Elided(subtitle, self)
        self._subtitle.setObjectName("headerSubtitle")
        self._subtitle.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 8, 0)
        self._row.setSpacing(4)
        self._row.addWidget(self._title)
        self._row.addSpacing(8)
        self._row.addWidget(self._subtitle, 1)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), HEADER_PX)

    def minimumSizeHint(self) -> QSize:
        """A dock gives its title bar this height, whatever is fixed."""
        return QSize(120, HEADER_PX)

    def say(self, subtitle: str) -> None:
        """Change the subtitle."""
        if self._subtitle.text() != subtitle:
            self._subtitle.setText(subtitle)
            if self._subtitle.underMouse() and QToolTip.isVisible():
                QToolTip.hideText()

    def rename(self, title: str) -> None:
        """Change the title."""
        self._title.setText(title)

    def add_tool(self, text: str, act: Callable[[], object], tip: str, *, checkable: bool = False) -> QToolButton:
        """A flat button; ``act`` must be a bound method (a lambda would keep the panel alive)."""
        button = QToolButton(self)
        button.setObjectName("flat")
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setCheckable(checkable)
        button.clicked.connect(act)
        self._row.addWidget(button)
        return button

    def add_widget(self, widget: QWidget) -> None:
        """Anything else on the right."""
        self._row.addWidget(widget)
