"""The hand on zones and points: drawn corner by corner, reshaped by their corners, chosen by a click."""

import math

from PySide6.QtCore import QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QPolygonF

from roverctl.session.api.draft import Mark, MarkKind
from roverctl.session.api.values import Place
from roverctl.session.drafting import edits
from roverctl.ui.desk import Desk
from roverctl.ui.map import zone_marks
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.corners import corner_key
from roverctl.ui.map.labels import Labels
from roverctl.ui.traverse.editing import do_edit

_HANDLE_PX = 9.0
_SAME_PX = 6.0


class ZoneHand(QObject):
    """While ``kind`` is set, clicks draw; while ``active``, clicks choose and the chosen one's corners can be dragged.

    A zone is closed by a click on its first or its last corner.
    """

    changed = Signal()  # drawing began or ended, another is chosen
    drawn = Signal(int)  # number of what was just drawn

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.active = False
        self.kind: MarkKind | None = None
        self.chosen: int | None = None
        self.corners: tuple[Place, ...] = ()
        self._cursor: Place | None = None
        self._held: int | None = None  # a corner of the chosen
        self._at: Place | None = None

    def forget(self) -> None:
        """Another session."""
        self.kind = self.chosen = self._held = self._at = None
        self.corners = ()
        self.changed.emit()

    # Drawing
    def begin(self, kind: MarkKind) -> None:
        """Draw one of a kind."""
        self.kind, self.corners, self._cursor, self.chosen = kind, (), None, None
        self.changed.emit()

    def end(self) -> None:
        """Put the pencil down; what is not finished goes."""
        self.kind, self.corners, self._cursor = None, (), None
        self.changed.emit()

    def click(self, camera: Camera, place: Place) -> None:
        """A corner, or the end of the zone; a point is there at once."""
        if self.kind is None:
            return
        here = camera.to_screen(*place)
        ends = [camera.to_screen(*corner) for corner in (self.corners[:1] + self.corners[-1:])]
        if self.kind.is_zone and len(self.corners) >= 2 and any(math.dist(here, end) < _SAME_PX for end in ends):
            self.close()
            return
        self.corners = (*self.corners, place)
        if not self.kind.is_zone:
            self.close()
        self.changed.emit()

    def close(self) -> None:
        """What was drawn becomes part of the draft; where it cannot, it is told and can be gone on with."""
        if self.kind is None:
            return
        if not do_edit(self._desk, edits.add_mark, self.kind, self.corners):
            self.end()
            self.chosen = len(self._marks()) - 1
            self.drawn.emit(self.chosen)
        self.changed.emit()

    def step_back(self) -> None:
        """The last corner goes."""
        self.corners = self.corners[:-1]
        self.changed.emit()

    def hover(self, place: Place) -> bool:
        """The cursor moved; whether that shows."""
        self._cursor = place
        return self.kind is not None and bool(self.corners)

    def key(self, key: int, camera: Camera) -> bool:
        """Enter sets a corner at the map's middle (there again: closes), Backspace takes one away, Escape ends;
        Delete removes the chosen. Else False."""
        if self.kind is not None:
            return corner_key(self, key, camera)
        if self.active and self.chosen is not None and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            number, self.chosen = self.chosen, None
            do_edit(self._desk, edits.remove_mark, number)
            self.changed.emit()
            return True
        return False

    # Editing
    def _marks(self) -> tuple[Mark, ...]:
        return self._desk.session.traverse.state.draft.marks

    def choose(self, number: int | None) -> None:
        """Show one with its corners."""
        self.chosen = number if number is not None and 0 <= number < len(self._marks()) else None
        self.changed.emit()

    def take(self, camera: Camera, position: QPoint) -> bool:
        """Take a corner of the chosen one; on the middle of an edge, a new corner there."""
        marks = self._marks()
        if not self.active or self.chosen is None or self.chosen >= len(marks):
            return False
        ring = marks[self.chosen].rings_m[0]
        spots = [camera.to_screen(*place) for place in ring]
        here = (position.x(), position.y())
        for corner, spot in enumerate(spots):
            if math.dist(here, spot) <= _HANDLE_PX:
                self._held = corner
                return True
        if not marks[self.chosen].kind.is_zone:
            return False
        for corner, (a, b) in enumerate(zip(spots, (*spots[1:], spots[0]), strict=True)):
            if math.dist(here, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)) <= _HANDLE_PX:
                place = camera.to_ground(*here)
                if not do_edit(self._desk, edits.insert_corner, self.chosen, corner + 1, place):
                    self._held = corner + 1
                return True
        return False

    @property
    def holds(self) -> bool:
        """Whether a corner is held."""
        return self._held is not None

    def drag(self, place: Place) -> None:
        """Move the held corner."""
        self._at = place

    def drop(self) -> None:
        """Leave it there; a shape that is none is told, and the corner goes back."""
        held, at, self._held, self._at = self._held, self._at, None, None
        if held is not None and at is not None and self.chosen is not None:
            do_edit(self._desk, edits.move_corner, self.chosen, held, at)

    def remove_at(self, camera: Camera, position: QPoint) -> bool:
        """A right click on a corner of the chosen takes it away."""
        if not self.active or not self.take(camera, position) or self._held is None or self.chosen is None:
            self._held = None
            return False
        corner, self._held = self._held, None
        do_edit(self._desk, edits.remove_corner, self.chosen, corner)
        self.choose(self.chosen)
        return True

    def pick(self, camera: Camera, position: QPoint) -> bool:
        """A click chooses what is under it, the last drawn first; whether there was one."""
        spot = QPointF(position)
        for number, mark in reversed(list(enumerate(self._marks()))):
            ring = QPolygonF([QPointF(*camera.to_screen(*place)) for place in mark.rings_m[0]])
            near = math.dist((ring.at(0).x(), ring.at(0).y()), (spot.x(), spot.y())) <= _HANDLE_PX
            if ring.containsPoint(spot, Qt.FillRule.OddEvenFill) if mark.kind.is_zone else near:
                self.choose(number)
                return True
        self.choose(None)
        return False

    # Painting
    def draw(self, painter: QPainter, camera: Camera, labels: Labels) -> None:
        """What was drawn, and what is being drawn or dragged."""
        draft = self._desk.session.traverse.state.draft
        zone_marks.draw(painter, camera, draft, self.chosen if self.active else None, labels)
        if self.kind is not None and self.corners:
            zone_marks.sketch(painter, camera, self.kind, self.corners, self._cursor)
        if self._at is not None and self._held is not None and self.chosen is not None:
            mark = draft.marks[self.chosen]
            ring = mark.rings_m[0]
            around = (ring[self._held - 1], self._at, ring[(self._held + 1) % len(ring)])
            zone_marks.sketch(painter, camera, mark.kind, around if len(ring) > 1 else (self._at,), None)
