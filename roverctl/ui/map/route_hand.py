"""The hand on the planned route: its goal and via points are set, dragged and taken away on the map."""

import math
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint

from roverctl.session.api.traverse import PlanState
from roverctl.session.api.values import Place
from roverctl.ui.desk import Desk
from roverctl.ui.map.camera import Camera

_HANDLE_PX = 10.0


class RouteHand:
    """Handles are numbered: via points in order, then the goal."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.max_slope: Callable[[], float] = self._planned_slope  # whoever has the box for it takes this over
        self.held: int | None = None
        self.chosen: int | None = None
        self._at: Place | None = None  # where the held one is, once it moves

    def forget(self) -> None:
        """Another session."""
        self.held = self.chosen = self._at = None

    def under(self, camera: Camera, position: QPoint) -> int | None:
        """The handle under a pixel."""
        for index, place in enumerate(_points(self._desk.session.traverse.state)):
            if math.dist((position.x(), position.y()), camera.to_screen(*place)) <= _HANDLE_PX:
                return index
        return None

    def take(self, handle: int | None) -> None:
        """Take hold of a handle, or of none."""
        self.held = self.chosen = handle
        self._at = None

    def drag(self, place: Place) -> None:
        """Move what is held."""
        self._at = place

    @property
    def dragging(self) -> bool:
        """Whether what is held has moved."""
        return self._at is not None

    def drop(self) -> None:
        """Plan to where it is now."""
        if self.held is not None and self._at is not None:
            moved = self.shown_plan()
            self._plan(moved.goal_m, moved.via_m)
        self.held = self._at = None

    def shown_plan(self) -> PlanState:
        """The plan with what is dragged where the hand is."""
        plan = self._desk.session.traverse.state
        if self.held is None or self._at is None:
            return plan
        if self.held == len(plan.via_m):
            return replace(plan, goal_m=self._at)
        via = list(plan.via_m)
        via[self.held] = self._at
        return replace(plan, via_m=tuple(via))

    def set(self, place: Place, before_goal: bool) -> None:
        """The goal, or a via point before it."""
        plan = self._desk.session.traverse.state
        self.chosen = len(plan.via_m)
        if before_goal and plan.goal_m is not None:
            self._plan(plan.goal_m, (*plan.via_m, place))
        else:
            self._plan(place, plan.via_m)

    def remove_chosen(self) -> None:
        """The one last touched, else the goal."""
        plan = self._desk.session.traverse.state
        if plan.goal_m is not None:
            self.remove(len(plan.via_m) if self.chosen is None else self.chosen)

    def remove(self, handle: int) -> None:
        """Take a point away; the one before becomes the goal."""
        points = _points(self._desk.session.traverse.state)
        self.chosen = None
        if handle >= len(points):
            return
        del points[handle]
        if points:
            self._plan(points[-1], tuple(points[:-1]))
        else:
            self._desk.perform(self._desk.session.traverse.clear)

    def _planned_slope(self) -> float:
        return self._desk.session.traverse.state.max_slope_rad

    def _plan(self, goal: Place | None, via: tuple[Place, ...]) -> None:
        if goal is not None:
            self._desk.perform(self._desk.session.traverse.plan, goal, via, self.max_slope())


def _points(plan: PlanState) -> list[Place]:
    return [*plan.via_m, *([plan.goal_m] if plan.goal_m is not None else [])]
