"""A route's commands: one for the whole way, or one for each drive between the waits of its departure."""

from dataclasses import replace

import numpy as np
import pytest

from roverctl.core.errors import CommandRefusedError
from roverctl.core.times import SECOND_NS, parse_utc
from roverctl.traverse.commanded import commands_of_route
from roverctl.traverse.planner import plan
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.route import Route
from roverctl.traverse.violations import RouteViolation
from tests.unit.traverse.made import MISSION, Made, hills

NAP = parse_utc("2019-01-03T11:49:21Z")  # when the Sun rises to 34° on the first lunar day


@pytest.fixture(scope="module")
def waiting() -> Route:
    """A way of some 100 m with corners that meets the noon nap after a quarter of an hour."""
    request = RouteRequest(
        start_m=(0.0, 0.0), via_m=((40.0, 10.0), (60.0, -20.0)), goal_m=(90.0, 30.0), spacing_m=2.0,
        max_slope_rad=MISSION.vehicle.plan_slope_rad, depart_ns=NAP - 900 * SECOND_NS,
    )  # fmt: skip
    return plan(Made(hills), MISSION, request)


def test_between_waits_the_same_line_is_driven(waiting: Route) -> None:
    assert waiting.timing is not None
    (wait,) = waiting.timing["waits"]
    assert wait["reason"] == "noon nap" and wait["after_s"] == pytest.approx(900.0, abs=60.0)
    commands = commands_of_route(waiting, True)
    assert [(c.name, c.arguments.get("mode")) for c in commands] == [
        ("FOLLOW_ROUTE", None), ("SET_MODE", "NOON_NAP"), ("SET_MODE", "IDLE"), ("FOLLOW_ROUTE", None)
    ]  # fmt: skip
    first, _, woken, second = commands
    # The waypoints are those of the route, with the place of the nap between them, which lies on the line.
    drives = [np.array(command.arguments["waypoints"]) for command in (first, second)]
    assert np.array_equal(np.concatenate((drives[0][:-1], drives[1])), waiting.waypoints_m)
    before = np.vstack(([0.0, 0.0], waiting.waypoints_m))[len(drives[0]) - 1]
    to_nap, to_next = drives[0][-1] - before, drives[1][0] - before
    assert abs(to_nap[0] * to_next[1] - to_nap[1] * to_next[0]) / np.hypot(*to_next) < 1e-6
    # The nap ends when the Sun is down to 34° again.
    assert woken.not_before_ns == second.not_before_ns
    assert second.not_before_ns == pytest.approx(parse_utc("2019-01-09T12:07:54Z"), abs=60 * SECOND_NS)
    assert {c.comment for c in (first, second)} == {f"route {waiting.sha256}"}


def test_without_its_waits_a_route_is_one_command(waiting: Route) -> None:
    (command,) = commands_of_route(waiting, False)
    assert command.arguments["waypoints"] == waiting.waypoints() and command.not_before_ns is None
    assert command.comment == f"route {waiting.sha256}"


def test_a_route_that_breaks_a_limit_has_no_commands(waiting: Route) -> None:
    broken = RouteViolation("slope-1", "slope", 0, 1, 0, (1.0, 1.0), 17.0, 15.0, "deg", "a slope of 17.0°")
    with pytest.raises(CommandRefusedError, match="slope-1: a slope of 17"):
        commands_of_route(replace(waiting, violations=(broken,)), True)
