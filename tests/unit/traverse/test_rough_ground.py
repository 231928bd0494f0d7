"""Rough ground takes time, and what stands out of it is in the way: for routes as for the vehicle that drives them."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import Mission
from roverctl.traverse.checking import check_line
from roverctl.traverse.costs import cost_model
from roverctl.traverse.ground import Box, _unevenness, survey
from roverctl.traverse.hazards import StopInHazardError
from roverctl.traverse.planner import plan_field
from roverctl.traverse.reference import ReferenceTrack
from roverctl.traverse.route import Route
from roverctl.vehicle import state as st
from roverctl.vehicle.figures import load_w
from roverctl.vehicle.ground import Ground
from roverctl.vehicle.kernel import _roughness
from roverctl.vehicle.machine import Machine
from roverctl.vehicle.motions import GOTO
from tests.unit.traverse.made import LIMIT, MISSION, Made, ask, level

Array = npt.NDArray[np.float64]
FEELING = replace(MISSION, vehicle=replace(MISSION.vehicle, rough_m=(0.0, 0.01, 0.03), rough_speed=(1.0, 0.8, 0.5)))
ARM = MISSION.vehicle.rough_arm_m


def off_its_plane(nine: Array, arm: float) -> float:
    """By least squares, as numpy solves them."""
    north, east = np.mgrid[-1:2, -1:2] * arm
    design = np.column_stack((np.ones(9), east.ravel(), north.ravel()))
    _, residuals, *_ = np.linalg.lstsq(design, nine.ravel(), rcond=None)
    return math.sqrt(float(residuals[0]) / 9.0)


def bumps(east: Array, north: Array) -> Array:
    """Waves 2 m long, 7 cm high, across a level strip 20 m wide."""
    strip = (north > 15.0) & (north < 35.0) & (np.abs(east) < 60.0)
    return np.asarray(-5900.0 + np.where(strip, 0.035 * np.sin(np.pi * east) * np.cos(np.pi * north), 0.0))


def a_rock(east: Array, north: Array) -> Array:
    """A boulder as wide as a node on level ground, 0.25 m high."""
    return np.asarray(-5900.0 + np.where(np.hypot(east - 10.0, north) < 0.2, 0.25, 0.0))


def driven_s(mission: Mission, formula: Callable[[Array, Array], Array], route: Route) -> float:
    """Seconds of the route, driven step by step over the ground that it was planned on."""
    sky = Sky(mission)
    machine = Machine(mission, Ground(Made(formula), 0.5), sky.sun, mission.start_ns)
    state = st.start_state(mission.start_state, mission.vehicle)
    corners = np.vstack([[route.east_m[0], route.north_m[0]], route.waypoints_m])
    state[[st.EAST, st.EST_EAST]], state[[st.NORTH, st.EST_NORTH]] = corners[0]
    state[[st.HEADING, st.EST_HEADING]] = math.atan2(*(corners[1] - corners[0])) % math.tau
    motions = np.array([[GOTO, east, north] for east, north in route.waypoints_m.tolist()])
    run = machine.run(state, motions, load_w(mission, "", True), 0, 1_000_000)
    assert run.ended and state[st.STOP] == st.STOP_DONE
    return run.steps * 0.25


@pytest.mark.parametrize("spacing_m", [0.5, 0.25, 0.4])
def test_vehicle_and_planner_measure_the_same_roughness(spacing_m: float) -> None:
    random = np.random.default_rng(3)
    z = random.normal(0.0, 0.05, (40, 50))
    box = Box(-3.0, 2.0, spacing_m, 50, 40)
    off_plane, out_of_it = _unevenness(z, ARM / spacing_m)
    for row, column in random.integers(4, 36, (60, 2)).tolist():
        east, north = box.point((row, column))
        driven = _roughness(z, box.east_m, box.north_m, spacing_m, east, north, ARM)
        assert off_plane[row, column] == pytest.approx(driven, rel=1e-9)
        if ARM / spacing_m % 1.0 == 0.0:
            k = round(ARM / spacing_m)
            nine = z[row - k : row + k + 1 : k, column - k : column + k + 1 : k]
            assert driven == pytest.approx(off_its_plane(nine, ARM), rel=1e-9)
            assert out_of_it[row, column] == pytest.approx(abs(nine[1, 1] - (nine.sum() - nine[1, 1]) / 8.0))


def test_the_forecast_through_rough_ground_is_its_drive() -> None:
    request = ask((0, 0), (0.0, 50.0), spacing_m=0.5)
    route = plan_field(Made(bumps), FEELING, request, whole_field=False).route_to((0.0, 50.0))
    rough_s = float(route.terms["rough"].sum())
    assert rough_s > 0.1 * route.cost
    assert sum(float(values.sum()) for values in route.terms.values()) == pytest.approx(route.cost, rel=1e-12)
    assert driven_s(FEELING, bumps, route) == pytest.approx(route.drive_s, rel=0.03)
    smooth = plan_field(Made(level), FEELING, request, whole_field=False).route_to((0.0, 50.0))
    assert smooth.terms["rough"].sum() == 0.0
    assert route.drive_s > smooth.drive_s + 0.5 * rough_s


def test_a_route_goes_round_rough_ground_where_that_is_quicker() -> None:
    def patch(east: Array, north: Array) -> Array:
        inside = np.hypot(east, north - 25.0) < 8.0
        return np.asarray(-5900.0 + np.where(inside, 0.05 * np.sin(np.pi * east) * np.cos(np.pi * north), 0.0))

    request = ask((0, 0), (0.0, 50.0), spacing_m=0.5)
    around = plan_field(Made(patch), FEELING, request, whole_field=False).route_to((0.0, 50.0))
    assert np.abs(around.east_m).max() > 7.0
    unfeeling = replace(MISSION, vehicle=replace(MISSION.vehicle, rough_m=(0.0,), rough_speed=(1.0,)))
    straight = plan_field(Made(patch), unfeeling, request, whole_field=False).route_to((0.0, 50.0))
    assert np.abs(straight.east_m).max() < 7.0


def test_rough_ground_is_not_seen_at_a_coarse_spacing() -> None:
    model = cost_model(MISSION, ask((0, 0), (1, 1)))
    coarse = survey(Made(bumps), Box(-20.0, 0.0, 2.0, 21, 30), model, 1.0)
    assert coarse.rough_s_m is None and coarse.step_m is None and coarse.price is coarse.hazard
    fine = survey(Made(bumps), Box(-20.0, 0.0, 0.5, 81, 120), model, 1.0)
    assert fine.rough_s_m is not None and float(fine.rough_s_m.max()) > 0.0
    assert np.array_equal(fine.price, fine.hazard + fine.rough_s_m)


def test_what_stands_out_by_more_than_the_wheels_climb_is_kept_away_from() -> None:
    model = cost_model(MISSION, ask((0, 0), (1, 1), max_slope_rad=math.radians(30.0)))
    ground = survey(Made(a_rock), Box(0.0, -10.0, 0.5, 41, 41), model, 2.0)
    rock = ground.box.cell((10.0, 0.0))
    assert ground.slope_rad[rock] < LIMIT
    assert ground.step_m is not None and ground.step_m[rock] == pytest.approx(0.25)
    rows, columns = np.nonzero(~ground.free[1:-1, 1:-1])
    away = np.hypot(rows + 1 - rock[0], columns + 1 - rock[1]) * 0.5
    assert 0.5 < away.max() <= 1.0  # half the vehicle's width


def test_an_obstacle_is_named_with_its_height_for_a_stop_and_for_a_line() -> None:
    steep = math.radians(30.0)
    request = ask((0.0, 0.0), (10.0, 0.0), spacing_m=0.5, max_slope_rad=steep)
    with pytest.raises(StopInHazardError, match=r"an obstacle of 0\.25 m, the limit is 0\.2 m") as told:
        plan_field(Made(a_rock), MISSION, request)
    assert told.value.nearest_m is not None
    assert math.dist(told.value.nearest_m, (10.0, 0.0)) > 0.5  # half the width
    line = ReferenceTrack("drawn", "Moon", np.array([0.0, 20.0]), np.array([0.0, 0.0]), "by hand")
    found = check_line(Made(a_rock), MISSION, line, request).violations
    assert [(one.kind, one.unit) for one in found] == [("obstacle", "m")]
    assert found[0].value == pytest.approx(0.25) and found[0].limit == 0.2
    assert "obstacle within half the vehicle's width of 0.25 m, the limit is 0.2 m" in found[0].text
