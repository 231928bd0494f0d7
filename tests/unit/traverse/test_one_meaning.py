"""Plans of many random routes and the checks of their lines: the same figures, and no limit broken."""

import math

import numpy as np
import pytest

from roverctl.core.errors import RoverctlError
from roverctl.traverse.checking import check_line
from roverctl.traverse.planner import plan
from roverctl.traverse.reference import ReferenceTrack
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.route import Route, from_geojson
from roverctl.traverse.zones import Zone
from tests.unit.traverse.made import MISSION, Array, Made, ask, hills, level


def rough(random: np.random.Generator) -> Made:
    """Waves of 1.5 to 100 m length in all directions, some with a second surface below."""

    def surface() -> Made:
        count = int(random.integers(4, 14))
        length = 10.0 ** random.uniform(0.2, 2.0, count)
        way, phase = random.uniform(0.0, math.tau, (2, count))
        height = length * random.uniform(0.003, 0.03, count)

        def formula(east: Array, north: Array) -> Array:
            z = np.full(np.shape(east), -5900.0)
            for size, angle, begin, high in zip(length, way, phase, height, strict=True):
                z = z + high * np.sin(math.tau / size * (east * np.cos(angle) + north * np.sin(angle)) + begin)
            return z

        return Made(formula)

    top = surface()
    return Made(top.formula, surface(), generated_below_m=100.0) if random.random() < 0.4 else top


def asked(random: np.random.Generator) -> RouteRequest:
    """Somewhere to go, with limits of every kind."""
    away, angle = random.uniform(12.0, 70.0), random.uniform(0.0, math.tau)
    start = random.uniform(-500.0, 500.0, 2)
    goal = start + away * np.array((math.cos(angle), math.sin(angle)))
    middle, reach = 0.5 * (start + goal), away / 6.0
    corners = tuple((middle + reach * np.array(at)).tolist() for at in ((-1.0, -1.0), (1.0, -0.5), (0.0, 1.0)))
    more: dict[str, object] = {
        name: math.radians(random.uniform(2.0, 10.0))
        for name, often in (("max_across_rad", 0.6), ("max_up_rad", 0.4), ("max_down_rad", 0.4))
        if random.random() < often
    }
    if random.random() < 0.3:
        more["avoid"] = (Zone("z", (tuple((x, y) for x, y in corners),)),)
    return ask(
        (float(start[0]), float(start[1])), (float(goal[0]), float(goal[1])),
        spacing_m=float(random.choice([0.2, 0.5, 1.0, 2.0, 3.7])),
        max_slope_rad=math.radians(random.uniform(6.0, 18.0)),
        objective=str(random.choice(["time", "distance", "energy", "risk"])), **more,
    )  # fmt: skip


def checked(ground: Made, route: Route) -> Route:
    """The check of a route's line, which went through longitude and latitude as files do."""
    start = [[route.longitude_deg[0], route.latitude_deg[0]]]
    east, north = MISSION.site.to_site(*np.vstack((start, route.waypoints_deg)).T)
    return check_line(ground, MISSION, ReferenceTrack("line", "Moon", east, north, "file"), route.request)


def test_a_plan_and_the_check_of_its_line_tell_the_same_and_break_nothing() -> None:
    random = np.random.default_rng(31)
    planned = 0
    while planned < 200:
        ground, request = rough(random), asked(random)
        try:
            route = plan(ground, MISSION, request)
        except RoverctlError:
            continue  # no way there by these limits
        planned += 1
        found = checked(ground, route)
        assert found.violations == (), (request, found.violations)
        for name in ("max_slope_deg", "cell_slope_deg", "drive_m", "drive_s"):
            assert getattr(found, name) == pytest.approx(getattr(route, name), abs=1e-4), (name, request)


def test_figures_of_a_slope_are_its_own() -> None:
    """A plane of 8°, crossed at an angle: along the line less than that, around it just that."""
    plane = Made(lambda e, n: math.tan(math.radians(8.0)) * e - 5900.0 + 0.0 * n)
    route = plan(plane, MISSION, ask((0, 0), (40, 30), spacing_m=1.0))
    along = math.degrees(math.atan(math.tan(math.radians(8.0)) * 0.8))
    assert len(route.waypoints_m) == 1 and route.max_slope_deg == pytest.approx(along)
    assert route.cell_slope_deg == pytest.approx(8.0, abs=1e-5)
    assert route.drive_m == pytest.approx(50.0 / math.cos(math.radians(along)))
    assert route.max_slope_deg != pytest.approx(float(np.abs(route.slope_deg).max()))  # the path's steps


def test_the_lines_figures_travel_in_the_file() -> None:
    route = plan(Made(hills), MISSION, ask((0, 0), (90, 40), spacing_m=2.0))
    again = from_geojson(route.to_geojson(), "r.geojson")
    for name in ("max_slope_deg", "cell_slope_deg", "drive_m", "sha256"):
        assert getattr(again, name) == getattr(route, name)
    assert route.to_json()["drive_m"] == route.drive_m


def test_a_line_of_tiny_steps_is_refused_and_a_short_last_one_kept() -> None:
    with pytest.raises(RoverctlError, match="one place at 1 m"):
        check_line(
            Made(level), MISSION, ReferenceTrack("t", "Moon", np.array([0.0, 4e-4]), np.zeros(2), "t"),
            ask((0, 0), (1, 0), spacing_m=1.0),
        )  # fmt: skip
    east = np.array([0.0, 10.0, 10.0])
    short = ReferenceTrack("t", "Moon", east, np.array([0.0, 0.0, 0.3]), "t")
    found = check_line(Made(level), MISSION, short, ask((0, 0), (1, 0), spacing_m=1.0))
    assert found.waypoints() == [(10.0, 0.0), (10.0, 0.3)] and found.drive_m == pytest.approx(10.3)
