"""Colours, fonts and the one style sheet: dark, light, or as the system has it."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from roverctl.core.nouns import Severity

ROW_PX = 26
HEADER_PX = 32
TEXT_PX = 13
SMALL_PX = 11
BAR_PX = 15


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they mean; ``faint`` is for what need not be read."""

    ground: str
    panel: str
    raised: str
    line: str
    text: str
    dim: str
    faint: str
    accent: str
    on_accent: str
    predicted: str
    selection: str
    in_limits: str
    watch: str
    warning: str
    distress: str
    critical: str

    def severity(self, severity: Severity | None) -> str:
        """The colour of a status; None is in limits."""
        if severity is None:
            return self.in_limits
        return {
            Severity.INFO: self.dim,
            Severity.WATCH: self.watch,
            Severity.WARNING: self.warning,
            Severity.DISTRESS: self.distress,
            Severity.CRITICAL: self.critical,
            Severity.SEVERE: self.critical,
        }[severity]


DARK = Palette(
    ground="#101317", panel="#171b20", raised="#1f252c", line="#2b323a",
    text="#e4e8ec", dim="#93a0ab", faint="#5f6b76",
    accent="#58a6ff", on_accent="#0b1219", predicted="#b59bff", selection="#22364d",
    in_limits="#35c2a0", watch="#6db1ff", warning="#f2c744", distress="#f08a3c", critical="#ff5a76",
)  # fmt: skip
LIGHT = Palette(
    ground="#e9ecef", panel="#f7f8f9", raised="#ffffff", line="#d3d9df",
    text="#1a1f24", dim="#55616c", faint="#8a96a1",
    accent="#0b62c4", on_accent="#ffffff", predicted="#6a45c9", selection="#dbe9fb",
    in_limits="#0b7d63", watch="#1d67c2", warning="#8a6400", distress="#b04e06", critical="#c2143a",
)  # fmt: skip

STATUS_GLYPHS = {
    None: "●",
    Severity.INFO: "●",
    Severity.WATCH: "◆",
    Severity.WARNING: "▲",
    Severity.DISTRESS: "▲▲",
    Severity.CRITICAL: "■",
    Severity.SEVERE: "✖",
}
STALE_GLYPH = "◌"

# Preferred faces, best first; what the system has decides. The last of each is in fonts-dejavu-core.
_SANS = ("Inter", "Noto Sans", "Source Sans 3", "Open Sans", "Segoe UI", "Helvetica Neue", "Liberation Sans",
         "Nimbus Sans", "DejaVu Sans")  # fmt: skip
_MONO = ("JetBrains Mono", "Source Code Pro", "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Noto Sans Mono",
         "Liberation Mono")  # fmt: skip


class Appearance(StrEnum):
    """What View > Theme offers."""

    DARK = "dark"
    LIGHT = "light"
    SYSTEM = "system"


@cache
def _family(preferred: tuple[str, ...], fixed: bool) -> str:
    have = set(QFontDatabase.families())
    for name in preferred:
        if name in have:
            return name
    kind = QFontDatabase.SystemFont.FixedFont if fixed else QFontDatabase.SystemFont.GeneralFont
    return QFontDatabase.systemFont(kind).family()


def sans(pixels: int = TEXT_PX, bold: bool = False) -> QFont:
    """The face of words."""
    return _font(_SANS, False, pixels, bold)


def mono(pixels: int = TEXT_PX, bold: bool = False) -> QFont:
    """The face of figures."""
    return _font(_MONO, True, pixels, bold)


def _font(preferred: tuple[str, ...], fixed: bool, pixels: int, bold: bool) -> QFont:
    family = _family(preferred, fixed)
    font = QFont(family)
    font.setPixelSize(pixels - 1 if family == "DejaVu Sans" and pixels == TEXT_PX else pixels)  # it is a large face
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


class Theme(QObject):
    """The appearance in use; ``changed`` is emitted once the application wears it."""

    changed = Signal()

    def __init__(self, appearance: Appearance = Appearance.SYSTEM) -> None:
        super().__init__()
        self.appearance = appearance
        self.palette = _palette_of(appearance)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    @Slot()
    def _system_changed(self) -> None:
        if self.appearance is Appearance.SYSTEM:
            self.wear(Appearance.SYSTEM)

    def wear(self, appearance: Appearance) -> None:
        """Put an appearance on the whole application."""
        self.appearance = appearance
        self.palette = _palette_of(appearance)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            sheet = style_sheet(self.palette)
            if application.styleSheet() != sheet:  # each widget is polished anew, which takes its time
                application.setStyle("Fusion")
                application.setFont(sans())
                application.setPalette(qt_palette(self.palette))
                application.setStyleSheet(sheet)
        self.changed.emit()

    def colour(self, name: str, alpha: int = 255) -> QColor:
        """A palette colour by its name."""
        colour = QColor(str(getattr(self.palette, name)))
        colour.setAlpha(alpha)
        return colour

    def severity(self, severity: Severity | None, alpha: int = 255) -> QColor:
        """The colour of a status."""
        colour = QColor(self.palette.severity(severity))
        colour.setAlpha(alpha)
        return colour


def _palette_of(appearance: Appearance) -> Palette:
    if appearance is Appearance.SYSTEM:
        scheme = QGuiApplication.styleHints().colorScheme()
        return LIGHT if scheme == Qt.ColorScheme.Light else DARK
    return LIGHT if appearance is Appearance.LIGHT else DARK


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two sRGB colours, WCAG 2.2 (relative luminance by its definition)."""

    def luminance(text: str) -> float:
        parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def qt_palette(p: Palette) -> QPalette:
    """The same for what Qt paints by itself."""
    palette = QPalette()
    role = QPalette.ColorRole
    for key, value in (
        (role.Window, p.panel), (role.WindowText, p.text), (role.Base, p.panel), (role.AlternateBase, p.raised),
        (role.Text, p.text), (role.Button, p.raised), (role.ButtonText, p.text), (role.Highlight, p.selection),
        (role.HighlightedText, p.text), (role.ToolTipBase, p.raised), (role.ToolTipText, p.text),
        (role.PlaceholderText, p.dim), (role.Link, p.accent), (role.Mid, p.line), (role.Dark, p.line),
        (role.Light, p.raised), (role.Midlight, p.raised), (role.Shadow, p.ground), (role.BrightText, p.critical),
    ):  # fmt: skip
        palette.setColor(key, QColor(value))
    for key in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(p.faint))
    return palette


def style_sheet(p: Palette) -> str:
    """The one style sheet. Flat, one-pixel lines, a 4-pixel grid."""
    return f"""
    QMainWindow, QDialog {{ background: {p.panel}; }}
    QMainWindow::separator {{ background: {p.line}; width: 1px; height: 1px; }}
    QMainWindow::separator:hover {{ background: {p.accent}; }}
    QDockWidget {{ border: none; }}
    #header {{ background: {p.panel}; border-bottom: 1px solid {p.line}; }}
    #header[first="false"] {{ border-top: 1px solid {p.line}; }}
    #headerTitle {{ color: {p.text}; font-weight: 600; }}
    #dim, #headerSubtitle {{ color: {p.dim}; }}
    #small, #heading {{ color: {p.dim}; font-size: {SMALL_PX}px; }}
    #problem {{ color: {p.critical}; }}
    #topBar, #timeBar {{ background: {p.panel}; }}
    #topBar {{ border-bottom: 1px solid {p.line}; }}
    #timeBar {{ border-top: 1px solid {p.line}; }}
    #strip {{ background: {p.raised}; border: 1px solid {p.line}; border-radius: 3px; }}
    #consequence {{ background: {p.raised}; border: 1px solid {p.line}; border-radius: 3px; padding: 8px; }}
    QMenuBar {{ background: {p.panel}; border-bottom: 1px solid {p.line}; padding: 0 8px; }}
    QMenuBar::item {{ padding: 4px 8px; background: transparent; color: {p.dim}; }}
    QMenuBar::item:selected {{ background: {p.raised}; color: {p.text}; }}
    QMenu {{ background: {p.raised}; border: 1px solid {p.line}; padding: 4px 0; }}
    QMenu::item {{ padding: 4px 24px 4px 24px; }}
    QMenu::item:selected {{ background: {p.selection}; }}
    QMenu::item:disabled {{ color: {p.faint}; }}
    QMenu::separator {{ height: 1px; background: {p.line}; margin: 4px 0; }}
    QPushButton, QToolButton {{ background: {p.raised}; border: 1px solid {p.line}; border-radius: 3px;
        padding: 3px 12px; min-height: 18px; color: {p.text}; }}
    QPushButton:hover, QToolButton:hover {{ border-color: {p.faint}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {p.selection}; }}
    QPushButton:focus, QToolButton:focus {{ border-color: {p.accent}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {p.faint}; background: {p.panel}; }}
    QFileDialog QToolButton {{ padding: 2px; }}
    QFileDialog #backButton {{ qproperty-toolButtonStyle: ToolButtonTextOnly; qproperty-text: "←"; }}
    QFileDialog #forwardButton {{ qproperty-toolButtonStyle: ToolButtonTextOnly; qproperty-text: "→"; }}
    QFileDialog #toParentButton {{ qproperty-toolButtonStyle: ToolButtonTextOnly; qproperty-text: "↑"; }}
    QPushButton#primary {{ background: {p.accent}; border-color: {p.accent}; color: {p.on_accent}; font-weight: 600; }}
    QPushButton#primary:disabled {{ background: {p.raised}; border-color: {p.line}; color: {p.faint}; }}
    QPushButton#primary:focus {{ border-color: {p.text}; }}
    QPushButton#stop {{ background: transparent; border-color: {p.critical}; color: {p.critical}; font-weight: 600; }}
    QPushButton#stop:hover {{ background: {p.critical}; color: {p.panel}; }}
    QPushButton#stop:disabled {{ border-color: {p.line}; color: {p.faint}; background: transparent; }}
    QToolButton#flat, QPushButton#flat {{ background: transparent; border: 1px solid transparent; color: {p.dim};
        padding: 2px 6px; }}
    QToolButton#flat:hover, QPushButton#flat:hover {{ color: {p.text}; background: {p.raised}; }}
    QToolButton#flat:focus, QPushButton#flat:focus {{ border-color: {p.accent}; }}
    QToolButton#flat:checked {{ color: {p.text}; background: {p.raised}; }}
    QToolButton#flat:disabled {{ color: {p.faint}; }}
    QToolButton#flat::menu-indicator {{ image: none; }}
    QPushButton#perspective {{ background: transparent; border: 1px solid transparent; color: {p.dim};
        padding: 5px 11px; }}
    QPushButton#perspective:hover {{ color: {p.text}; }}
    QPushButton#perspective:checked {{ background: {p.raised}; color: {p.text}; font-weight: 600; }}
    QPushButton#perspective:focus {{ border-color: {p.accent}; }}
    QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{ background: {p.raised}; border: 1px solid {p.line};
        border-radius: 3px; padding: 3px 8px; min-height: 18px; selection-background-color: {p.accent};
        selection-color: {p.on_accent}; }}
    QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{ border-color: {p.accent}; }}
    QLineEdit:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {{ color: {p.faint}; background: {p.panel}; }}
    QComboBox::drop-down {{ border: none; width: 16px; }}
    QComboBox::down-arrow {{ image: none; }}
    QComboBox QAbstractItemView {{ background: {p.raised}; border: 1px solid {p.line};
        selection-background-color: {p.selection}; selection-color: {p.text}; outline: none; }}
    QCheckBox::indicator, QListView::indicator {{ width: 11px; height: 11px; border: 1px solid {p.faint};
        border-radius: 2px; background: {p.panel}; }}
    QCheckBox::indicator:checked, QListView::indicator:checked {{ background: {p.accent}; border-color: {p.accent}; }}
    QCheckBox::indicator:focus {{ border-color: {p.text}; }}
    #strip QListView, #strip QScrollArea, #strip QScrollArea > QWidget > QWidget {{ background: transparent; }}
    QTableView, QListView {{ background: {p.panel}; border: none; gridline-color: transparent; outline: none;
        selection-background-color: {p.selection}; selection-color: {p.text}; }}
    QTableView {{ padding: 0 7px; }}
    QTableView::item {{ padding: 0 2px; border: none; }}
    QTableView::item:selected {{ background: {p.selection}; color: {p.text}; }}
    QHeaderView, QHeaderView::section {{ background: {p.panel}; color: {p.dim}; border: none;
        font-size: {SMALL_PX}px; padding: 0 6px 0 2px; }}
    QHeaderView {{ border-bottom: 1px solid {p.line}; }}
    QTabBar {{ background: {p.panel}; }}
    QTabBar::tab {{ background: {p.panel}; color: {p.dim}; padding: 5px 12px; border: none;
        border-top: 1px solid {p.line}; }}
    QTabBar::tab:selected {{ color: {p.text}; border-top: 2px solid {p.accent}; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {p.line}; border-radius: 3px; margin: 2px; min-height: 24px; min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {p.faint}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QToolTip {{ background: {p.raised}; color: {p.text}; border: 1px solid {p.line}; padding: 4px; }}
    QSplitter::handle {{ background: {p.line}; }}
    """
