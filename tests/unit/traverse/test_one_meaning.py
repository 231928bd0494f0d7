"""Plans of many random routes and the checks of their lines: the same figures, and no limit broken."""

import math

import numpy as np
import pytest

from roverctl.core.errors import RoverctlError
from roverctl.traverse.checking import check_line
from roverctl.traverse.costs import cost_model
from roverctl.traverse.line import ground_under, line_on
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


def test_a_long_line_is_checked_in_blocks_as_it_is_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    along = np.linspace(0.0, 1.0, 400)
    line = ReferenceTrack("w", "Moon", 900.0 * along, 400.0 * along + 90.0 * np.sin(40.0 * along), "w.csv")
    request = ask((0, 0), (1, 0), spacing_m=1.0, max_slope_rad=math.radians(8.0))
    whole = check_line(Made(hills), MISSION, line, request)
    monkeypatch.setattr("roverctl.traverse.line._WHOLE_CELLS", 1)
    blocks = check_line(Made(hills), MISSION, line, request)
    assert blocks.to_json() == whole.to_json()
    assert {violation.kind for violation in whole.violations} >= {"slope", "climb", "descent"}


def test_no_block_that_a_long_line_touches_is_left_out() -> None:
    """Not even where it cuts a block's corner: nowhere is there ground that was not looked at."""
    random = np.random.default_rng(12)
    for _ in range(12):
        vertices = np.cumsum(random.uniform(-9000.0, 9000.0, (4, 2)), axis=0)
        request = ask((0, 0), (1, 0), spacing_m=10.0)
        model = cost_model(MISSION, request)
        ground = ground_under(Made(hills), MISSION, model, request, vertices, 10.0)
        line = line_on(ground, model, vertices)
        assert ground.elevation_m.size > 250_000
        assert np.abs(line.elevation_m - hills(line.east_m, line.north_m)).max() < 5.0


def test_what_closes_the_ground_beside_the_wheels_is_over_the_limit() -> None:
    """Boulders finer than the vehicle: whatever is told to stand beside the line is steeper than the limit."""
    random = np.random.default_rng(2)
    places = random.uniform(0.0, 20.0, (40, 2))

    def boulders(east: Array, north: Array) -> Array:
        z = np.full(np.broadcast(east, north).shape, -5900.0)
        for at_east, at_north in places:
            z = z + 0.2 * np.exp(-((east - at_east) ** 2 + (north - at_north) ** 2) / 0.04)
        return z

    line = ReferenceTrack("b", "Moon", np.array([1.0, 19.0, 2.0]), np.array([2.0, 17.0, 18.0]), "b")
    found = check_line(Made(boulders), MISSION, line, ask((0, 0), (1, 0), spacing_m=0.1))
    beside = [violation for violation in found.violations if violation.kind == "footprint"]
    assert len(beside) > 3
    assert all(v.value is not None and v.limit is not None and v.value > v.limit for v in found.violations)


def test_missing_ground_beside_the_wheels_is_told_as_missing() -> None:
    ground = Made(lambda e, n: np.where(n > 0.45, np.nan, -5900.0) + 0.0 * e, resolution_m=0.1)
    line = ReferenceTrack("m", "Moon", np.array([0.0, 8.0]), np.zeros(2), "m")
    (missing,) = check_line(ground, MISSION, line, ask((0, 0), (1, 0), spacing_m=0.1)).violations
    assert missing.kind == "no data" and "within half the vehicle's width" in missing.text
