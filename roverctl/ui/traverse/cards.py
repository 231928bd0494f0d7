"""What the pages of the traverse are made of: cards of sentences, dim words, and their margins."""

import re
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from roverctl.ui.theme import Theme


def card(name: str, parent: QWidget) -> QLabel:
    """Sentences on a raised ground, no higher than they need."""
    label = QLabel(parent)
    label.setObjectName("consequence")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setAccessibleName(name)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    return label


def sentence(text: str) -> str:
    """A message as a sentence, for a card's rich text."""
    return whole_figures(escape(text[:1].upper() + text[1:].removesuffix(".") + "." if text else ""))


def warning(theme: Theme, text: str) -> str:
    """A message as a sentence that warns, for a card's rich text."""
    return f'<b style="color: {theme.palette.warning}">▲ {sentence(text)}</b>'


def whole_figures(text: str) -> str:
    """A figure and its unit stay on one line."""
    return re.sub(r"(?<=\d) (?=(%|[mhs]|km|min|kJ)(?!\w))", "\N{NO-BREAK SPACE}", text)


def heading(text: str) -> QLabel:
    """Over a part of a page."""
    label = QLabel(text)
    label.setObjectName("heading")
    label.setContentsMargins(12, 10, 12, 0)
    return label


def padded(*widgets: QWidget, right: bool = False) -> QHBoxLayout:
    """Widgets side by side with the page's margins; pushed to the right, or as wide as the page."""
    box = QHBoxLayout()
    box.setContentsMargins(12, 4, 12, 6)
    box.setSpacing(8)
    if right:
        box.addStretch(1)
    for widget in widgets:
        box.addWidget(widget)
    return box


def dim(text: str) -> QLabel:
    """A word beside a figure or a field."""
    label = QLabel(text)
    label.setObjectName("dim")
    return label
