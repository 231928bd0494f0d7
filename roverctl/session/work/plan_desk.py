"""The traverse being planned: one goal, the route to it, and what stood in the way."""

from pathlib import Path
from typing import Any

from roverctl.core.errors import CommandRefusedError, InputError
from roverctl.session.api import PlanState, RouteView
from roverctl.session.work.bench import Bench

Point = tuple[float, float]


class PlanDesk:
    """Asks the workshop for routes and keeps the last; a newer question makes an older answer void."""

    def __init__(self, bench: Bench, max_slope_rad: float) -> None:
        self._bench = bench
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

    def plan(self, start_m: Point, goal_m: Point, via_m: tuple[Point, ...], max_slope_rad: float) -> None:
        """Ask for a route."""
        content = {"start_m": start_m, "goal_m": goal_m, "via_m": via_m, "max_slope_rad": max_slope_rad}
        self.state = PlanState(goal_m, via_m, max_slope_rad, busy=True)
        self._job = self._bench.ask_patiently("plan", content)

    def clear(self) -> None:
        """Forget goal and route."""
        self._bench.give_up("plan")
        self._job = -1
        self._document = ""
        self.state = PlanState(max_slope_rad=self.state.max_slope_rad)

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
