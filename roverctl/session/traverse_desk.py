"""The traverse being planned: one goal, the route to it, and what stood in the way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from roverctl.core.errors import CommandRefusedError, InputError
from roverctl.mission.mdb import Value
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.traverse import PlanState, RouteView
from roverctl.session.api.values import Place
from roverctl.session.work.bench import Bench


class TraverseDesk:
    """Implements ``session.api.traverse.Traverse``: asks the workshop for routes and keeps the last.

    A newer question makes an older answer void.

    Parameters
    ----------
    bench
        Where routes are made.
    max_slope_rad
        The limit until another is asked for.
    start
        Where a route begins: the rover's place.
    add_command
        Puts a command at the end of the queue, with a comment.
    folder
        The operation's, which keeps the routes that became commands; None in replay.
    """

    def __init__(
        self,
        bench: Bench,
        max_slope_rad: float,
        start: Callable[[], Place],
        add_command: Callable[[str, dict[str, Value], str], Changes],
        folder: Path | None,
    ) -> None:
        self._bench = bench
        self._start = start
        self._add_command = add_command
        self._folder = folder
        self._job = -1
        self._document = ""
        self.state = PlanState(max_slope_rad=max_slope_rad)

    @property
    def route(self) -> RouteView:
        """The planned route.

        Raises
        ------
        CommandRefusedError
            When there is none.
        """
        if self.state.route is None:
            raise CommandRefusedError("no route has been planned")
        return self.state.route

    def plan(self, goal_m: Place, via_m: tuple[Place, ...], max_slope_rad: float) -> Changes:
        """Ask for a route from the rover."""
        content = {"start_m": self._start(), "goal_m": goal_m, "via_m": via_m, "max_slope_rad": max_slope_rad}
        self.state = PlanState(goal_m, via_m, max_slope_rad, busy=True)
        self._job = self._bench.ask_patiently("plan", content)
        return {Change.ROUTE}

    def clear(self) -> Changes:
        """Forget goal and route."""
        self._bench.give_up("plan")
        self._job = -1
        self._document = ""
        self.state = PlanState(max_slope_rad=self.state.max_slope_rad)
        return {Change.ROUTE}

    def queue(self) -> Changes:
        """One FOLLOW_ROUTE; the route itself is kept in the operation folder, under its hash."""
        route = self.route
        if route.refusal:
            raise CommandRefusedError(route.refusal)
        changes = self._add_command("FOLLOW_ROUTE", {"waypoints": list(route.waypoints)}, route.comment)
        if self._folder is not None:
            self.save(self._folder / "routes" / f"R-{route.sha256[:16]}.geojson")
        return changes

    def take(self, number: int, problem: str, content: dict[str, Any]) -> bool:
        """An answer has come; False when nobody waits for it any more."""
        if number != self._job:
            return False
        route = None
        if not problem:
            self._document = content["document"]
            view = content["view"]
            waypoints = tuple((east, north) for east, north in view.pop("waypoints"))
            route = RouteView(**view, waypoints=waypoints)
        asked = self.state
        self.state = PlanState(asked.goal_m, asked.via_m, asked.max_slope_rad, False, route, problem)
        return True

    def save(self, file: Path) -> None:
        """Write the route as GeoJSON.

        Raises
        ------
        RoverctlError
            When there is none, or the file cannot be written.
        """
        _ = self.route
        try:
            file.write_text(self._document, encoding="utf-8")
        except OSError as error:
            raise InputError(f"{file}: cannot be written: {error.strerror}") from None
