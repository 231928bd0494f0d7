"""Commands as plans come to: a route is one FOLLOW_ROUTE, or one for each drive between the waits of its departure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from roverctl.core.times import SECOND_NS
from roverctl.mission.mdb import Value
from roverctl.traverse.request import Point

if TYPE_CHECKING:
    from roverctl.traverse.route import Route

_AT_START_S = 1.0  # a wait that begins so soon is before the drive, not on it


@dataclass(frozen=True, slots=True)
class PlannedCommand:
    """A command, not to be released before a time where it has one; each waits for the one before to be completed."""

    name: str
    arguments: dict[str, Value]
    comment: str
    not_before_ns: int | None = None


def in_mode(mode: str, what: str, until_ns: int) -> list[PlannedCommand]:
    """A mode, and the way back from it at a time."""
    return [
        PlannedCommand("SET_MODE", {"mode": mode}, what),
        PlannedCommand("SET_MODE", {"mode": "IDLE"}, f"end of the {what}", until_ns),
    ]


def commands_of_route(route: "Route", with_waits: bool) -> list[PlannedCommand]:
    """The commands that drive a route: one, or ``with_waits`` as its departure was foretold, naps and stays between.

    Raises
    ------
    CommandRefusedError, InputError
        As ``Route.command``.
    """
    waypoints, comment = route.command()
    if route.timing is None or not with_waits:
        return [PlannedCommand("FOLLOW_ROUTE", {"waypoints": list(waypoints)}, comment)]
    depart_ns = int(route.timing["depart_ns"])
    ahead = list(zip(waypoints, route.waypoint_s.tolist(), strict=True))
    found: list[PlannedCommand] = []
    not_before_ns: int | None = None
    waited_s = 0.0
    for wait in route.timing["waits"]:
        driven_s = wait["after_s"] - waited_s
        drive: list[Point] = [point for point, at_s in ahead if at_s < driven_s]
        ahead = ahead[len(drive) :]
        if driven_s > _AT_START_S:
            drive.append((wait["site_m"][0], wait["site_m"][1]))
            found.append(PlannedCommand("FOLLOW_ROUTE", {"waypoints": drive}, comment, not_before_ns))
        waited_s += wait["wait_s"]
        not_before_ns = depart_ns + round((wait["after_s"] + wait["wait_s"]) * SECOND_NS)
        if wait["reason"] == "noon nap":
            found += in_mode("NOON_NAP", "noon nap on the way", not_before_ns)
    rest = [point for point, _ in ahead]
    return [*found, PlannedCommand("FOLLOW_ROUTE", {"waypoints": rest}, comment, not_before_ns)]
