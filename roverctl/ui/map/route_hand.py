"""The hand on the planned route: its stops are set, dragged, inserted and taken away on the map."""

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, QPoint, Signal

from roverctl.session.api.values import Place
from roverctl.session.drafting import edits
from roverctl.ui.desk import Desk
from roverctl.ui.map.camera import Camera
from roverctl.ui.traverse.editing import do_edit
from roverctl.ui.traverse.legs import stop_after

_HANDLE_PX = 10.0
_LINE_PX = 7.0


@dataclass(frozen=True, slots=True)
class Grip:
    """What is held: a stop by its number, or the line, where a stop would be inserted before that number."""

    number: int
    inserted: bool = False
    along_m: float = 0.0


class RouteHand(QObject):
    """Stops are numbered from 0; the last is the goal."""

    leg_chosen = Signal(object)  # distance along the route where its line was clicked

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.held: Grip | None = None
        self.chosen: int | None = None
        self._at: Place | None = None  # where the held one is, once it moves

    def forget(self) -> None:
        """Another session."""
        self.held = self.chosen = self._at = None

    def under(self, camera: Camera, position: QPoint) -> Grip | None:
        """The stop under a pixel."""
        for number, stop in enumerate(self._desk.session.traverse.state.draft.stops):
            if math.dist((position.x(), position.y()), camera.to_screen(*stop.place_m)) <= _HANDLE_PX:
                return Grip(number)
        return None

    def line_under(self, camera: Camera, position: QPoint) -> Grip | None:
        """The route's line under a pixel."""
        state = self._desk.session.traverse.state
        route = state.route
        if route is None or not state.current:
            return None
        xs = camera.width_px / 2 + (route.east_m - camera.east_m) / camera.m_per_px - position.x()
        ys = camera.height_px / 2 - (route.north_m - camera.north_m) / camera.m_per_px - position.y()
        # The nearest point of each piece, not of its ends alone.
        dx, dy = np.diff(xs), np.diff(ys)
        square = np.maximum(dx * dx + dy * dy, 1e-12)
        part = np.clip(-(xs[:-1] * dx + ys[:-1] * dy) / square, 0.0, 1.0)
        apart = np.hypot(xs[:-1] + part * dx, ys[:-1] + part * dy)
        nearest = int(apart.argmin())
        if apart[nearest] > _LINE_PX:
            return None
        a, b = float(route.along_m[nearest]), float(route.along_m[nearest + 1])
        along = a + float(part[nearest]) * (b - a)
        return Grip(stop_after(route, state.draft, along), True, along)

    def take(self, grip: Grip | None) -> None:
        """Take hold of a stop or the line, or of nothing."""
        self.held = grip
        self.chosen = None if grip is None or grip.inserted else grip.number
        self._at = None

    def drag(self, place: Place) -> None:
        """Move what is held; the way by it follows."""
        if self.held is None:
            return
        draft = self._desk.session.traverse.state.draft
        if not self.held.inserted and draft.stops[self.held.number].locked:
            self._desk.tell(f"{draft.stop_word(self.held.number).capitalize()} is locked; unlock it in the list first.")
            self.held = None
            return
        self._at = place
        self._desk.session.traverse.follow(self.held.number, self.held.inserted, place)

    @property
    def dragging(self) -> bool:
        """Whether what is held has moved."""
        return self._at is not None

    @property
    def at(self) -> tuple[Grip, Place] | None:
        """What is dragged, and where it is."""
        return None if self.held is None or self._at is None else (self.held, self._at)

    def drop(self) -> None:
        """Let go: what was dragged is there now; the line that was only clicked is asked about."""
        held, at = self.held, self._at
        self.held = self._at = None
        if held is None:
            return
        if at is None:
            if held.inserted:
                self.leg_chosen.emit(held.along_m)
            return
        draft = self._desk.session.traverse.state.draft
        if held.number >= len(draft.stops):
            return
        if held.inserted:
            do_edit(self._desk, edits.insert_stop, held.number, at)
            self.chosen = held.number
        else:
            do_edit(self._desk, edits.move_stop, held.number, at)
        self._desk.session.traverse.follow(held.number, held.inserted, None)

    def set(self, place: Place, before_goal: bool) -> None:
        """The goal, or a stop before it."""
        draft = self._desk.session.traverse.state.draft
        if before_goal and draft.stops:
            self.chosen = len(draft.stops) - 1
            do_edit(self._desk, edits.add_before_goal, place)
        else:
            self.chosen = max(len(draft.stops) - 1, 0)
            do_edit(self._desk, edits.set_goal, place)

    def accept_offer(self, camera: Camera, position: QPoint) -> bool:
        """A click on the free ground that is offered for a stop in a hazard takes it."""
        state = self._desk.session.traverse.state
        if state.offer_m is None or not 0 <= state.offer_stop < len(state.draft.stops):
            return False
        if math.dist((position.x(), position.y()), camera.to_screen(*state.offer_m)) > _HANDLE_PX:
            return False
        do_edit(self._desk, edits.move_stop, state.offer_stop, state.offer_m)
        return True

    def insert(self, place: Place) -> None:
        """A stop where the route passes nearest."""
        state = self._desk.session.traverse.state
        number = max(len(state.draft.stops) - 1, 0)
        if state.route is not None and state.draft.stops:
            apart = np.hypot(state.route.east_m - place[0], state.route.north_m - place[1])
            number = stop_after(state.route, state.draft, float(state.route.along_m[int(apart.argmin())]))
        self.chosen = number
        do_edit(self._desk, edits.insert_stop, number, place)

    def remove_chosen(self) -> None:
        """The one last touched, else the goal."""
        draft = self._desk.session.traverse.state.draft
        if draft.stops:
            self.remove(Grip(len(draft.stops) - 1 if self.chosen is None else self.chosen))

    def remove(self, grip: Grip) -> None:
        """Take a stop away; the one before becomes the goal."""
        self.chosen = None
        if grip.number < len(self._desk.session.traverse.state.draft.stops):
            do_edit(self._desk, edits.remove_stop, grip.number)
