"""Go to a place by its coordinates or its name."""

import re
import unicodedata
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from roverctl.core.errors import InputError
from roverctl.core.site import SiteFrame
from roverctl.session.api.values import Place
from roverctl.ui.map.camera import REACH_M
from roverctl.ui.map.overlays import NamedPlace
from roverctl.ui.theme import mono

WIDTH_PX = 340
EXAMPLES: Final = "177.588, -45.457 · 45.457° S 177.588° E · 120, -35 m · a name"
_NUMBER = r"[-+−]?\d+(?:\.\d*)?|[-+−]?\.\d+"
_METRES = re.compile(rf"^\s*({_NUMBER})\s*[,;\s]\s*({_NUMBER})\s*m\s*$", re.IGNORECASE)
_ANGLE = re.compile(
    rf"\s*({_NUMBER})\s*°?\s*(?:(\d+(?:\.\d*)?)\s*[′'’]\s*(?:(\d+(?:\.\d*)?)\s*(?:[″\"”]|''))?)?\s*([EWNS])?\s*[,;]?\s*",
    re.IGNORECASE,
)


def find_place(text: str, site: SiteFrame, places: list[NamedPlace]) -> NamedPlace:
    """The place that a text names: longitude and latitude, east and north with ``m`` after them, or a feature.

    Raises
    ------
    InputError
        When it is none of these, or out of the map's reach.
    """
    if not text.strip():
        raise InputError(f"type a place: {EXAMPLES}")
    metres = _METRES.match(text)
    if metres:
        return _within_reach("", (_number(metres[1]), _number(metres[2])))
    if any(c.isdigit() for c in text) and not any(_plain(text) in _plain(place.name) for place in places):
        longitude, latitude = _degrees(text)
        east, north = site.to_site(longitude, latitude)
        return _within_reach("", (float(east), float(north)))
    wanted = _plain(text)
    found = [place for place in places if _plain(place.name) == wanted]
    found = found or [place for place in places if _plain(place.name).startswith(wanted)]
    if not found:
        raise InputError(f"no place is called '{text.strip()[:40]}'; a place is {EXAMPLES}")
    if len(found) > 1:
        raise InputError(f"'{text.strip()[:40]}' may be {', '.join(place.name for place in found[:4])}")
    return found[0]


def _within_reach(name: str, place: Place) -> NamedPlace:
    if not place[0] ** 2 + place[1] ** 2 <= REACH_M**2:
        raise InputError(f"that is more than {REACH_M / 1e6:g} thousand km from the site, beyond the map")
    return NamedPlace(name, "", *place, 0.0)


def _degrees(text: str) -> tuple[float, float]:
    """Longitude and latitude. Letters say which is which; without them longitude comes first."""
    first = _ANGLE.match(text)
    second = _ANGLE.match(text, first.end()) if first else None
    if first is None or second is None or second.end() != len(text):
        raise InputError(f"'{text.strip()[:40]}' is not a place; a place is {EXAMPLES}")
    values = [(_angle(match), (match[4] or "").upper()) for match in (first, second)]
    (one, one_is), (other, other_is) = values
    if (one_is and one_is in "NS") or (other_is and other_is in "EW"):
        (one, one_is), (other, other_is) = (other, other_is), (one, one_is)
    if (one_is and one_is in "NS") or (other_is and other_is in "EW"):
        raise InputError("that is two latitudes or two longitudes; one of each makes a place")
    longitude = -one if one_is == "W" else one
    latitude = -other if other_is == "S" else other
    if not -360.0 <= longitude <= 360.0:
        raise InputError(f"longitude {longitude:g}° is none; it lies between -360 and 360")
    if not -90.0 <= latitude <= 90.0:
        raise InputError(f"latitude {latitude:g}° is none; it lies between -90 and 90 (longitude comes first)")
    return longitude, latitude


def _angle(match: re.Match[str]) -> float:
    degrees = _number(match[1])
    part = float(match[2] or 0.0) / 60.0 + float(match[3] or 0.0) / 3600.0
    return degrees - part if match[1][0] in "-−" else degrees + part


def _number(text: str) -> float:
    return float(text.replace("−", "-"))


def _plain(name: str) -> str:
    """Without accents and case: Von Karman finds Von Kármán."""
    parts = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


class GoToBar(QWidget):
    """A field over the map; what is wrong with its text is said below it."""

    wanted = Signal(object)  # NamedPlace
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._site: SiteFrame | None = None
        self._places: list[NamedPlace] = []
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)  # a click here is none on the map below
        self.setFixedWidth(WIDTH_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.addWidget(QLabel("Go to", self))
        self.field = QLineEdit(self)
        self.field.setFont(mono())
        self.field.setMaxLength(80)
        self.field.setPlaceholderText("177.588, -45.457 or a name")
        self.field.setAccessibleName("Place to go to: coordinates or a name")
        self.field.setToolTip(EXAMPLES)
        self.field.returnPressed.connect(self._go)
        self.field.textEdited.connect(self._edited)
        self.field.installEventFilter(self)
        row.addWidget(self.field, 1)
        column.addLayout(row)
        self.problem = QLabel(self)
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName("What is wrong with the place")
        self.problem.hide()
        column.addWidget(self.problem)
        self.hide()

    def know(self, site: SiteFrame, places: list[NamedPlace]) -> None:
        """Where coordinates are, and which names there are."""
        self._site, self._places = site, places
        completer = QCompleter(sorted({place.name for place in places}), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.field.setCompleter(completer)

    def open(self) -> None:
        """Ready to type."""
        self._edited()
        self.show()
        self.raise_()
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _go(self) -> None:
        if self._site is None:
            return
        try:
            place = find_place(self.field.text(), self._site, self._places)
        except InputError as error:
            self._say(str(error))
            return
        self.wanted.emit(place)
        self.closed.emit()

    @Slot()
    def _edited(self) -> None:
        self._say("")

    def _say(self, problem: str) -> None:
        self.problem.setText(problem[:1].upper() + problem[1:])
        self.problem.setVisible(bool(problem))
        self.adjustSize()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What is typed here is not for the map below, where Enter sets a goal."""
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape closes, before it dismisses the window's message."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() is QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() is QEvent.Type.KeyPress:
                self.closed.emit()
                return True
        return False
