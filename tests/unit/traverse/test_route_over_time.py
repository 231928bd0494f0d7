"""A route over time against the vehicle driven on its own grid, rays marched by hand, and planes with known answers."""

import itertools
import math
import time
from dataclasses import replace

import numpy as np
import pytest

from roverctl.core.times import SECOND_NS, parse_utc
from roverctl.ephemeris.sky import Sky
from roverctl.traverse.planner import RouteField, plan_field
from roverctl.traverse.route import Route
from roverctl.traverse.time.departures import nearest_safe_place
from roverctl.traverse.time.profile import route_profile
from roverctl.traverse.track import track
from roverctl.vehicle import state as st
from roverctl.vehicle.figures import load_w
from roverctl.vehicle.ground import Ground
from roverctl.vehicle.machine import NO_MOTIONS, Machine
from roverctl.vehicle.motions import GOTO
from tests.unit.traverse.made import MISSION, Array, Made, ask, hills, level

MORNING = parse_utc("2019-01-01T06:00:00Z")
EVENING = parse_utc("2019-01-11T12:00:00Z")
SKY = Sky(MISSION)


def nap_begins() -> int:
    """An hour before the Sun has risen to where the vehicle naps."""
    times = MORNING + np.arange(0, 6 * 86_400, 60, dtype=np.int64) * SECOND_NS
    above = SKY.sun(times)[1] > MISSION.vehicle.nap_sun_rad
    return int(times[above.argmax()]) - 3600 * SECOND_NS


def nap_ends() -> int:
    """Four hours before the Sun has sunk again to where the vehicle wakes from its nap."""
    times = parse_utc("2019-01-05T00:00:00Z") + np.arange(0, 6 * 86_400, 60, dtype=np.int64) * SECOND_NS
    below = SKY.sun(times)[1] < MISSION.vehicle.nap_sun_rad
    return int(times[below.argmax()]) - 4 * 3600 * SECOND_NS


def rolling(east: Array, north: Array) -> Array:
    return np.asarray(-5900.0 + 3.0 * np.sin(east / 61.0 + 1.0) * np.sin(north / 47.0) + 0.03 * north)


def simulated(formula: object, route: Route) -> tuple[float, Array, Array]:
    """Seconds and end of a route that the vehicle drives step by step, waiting where and as long as was foretold."""
    assert route.timing is not None and route.request.depart_ns is not None
    depart = route.request.depart_ns
    machine = Machine(MISSION, Ground(Made(formula), MISSION.terrain.map_spacing_m), SKY.sun, depart)  # type: ignore[arg-type]
    state = st.start_state(MISSION.start_state, MISSION.vehicle)
    corners = np.vstack([[route.east_m[0], route.north_m[0]], route.waypoints_m])
    state[[st.EAST, st.EST_EAST]], state[[st.NORTH, st.EST_NORTH]] = corners[0]
    first = math.atan2(*(corners[1] - corners[0])) % (2.0 * math.pi)
    state[[st.HEADING, st.EST_HEADING]] = first
    legs = [[GOTO, east, north] for east, north in route.waypoints_m.tolist()]
    step = 0
    temperatures = [state[st.TEMPERATURE]]

    def drive(motions: list[list[float]]) -> None:
        nonlocal step
        state[[st.MOTION, st.STOP]] = 0.0
        run = machine.run(state, np.array(motions), load_w(MISSION, "", True), step, 8_000_000)
        assert run.ended and state[st.STOP] == st.STOP_DONE
        step += run.steps
        temperatures.append(state[st.TEMPERATURE])

    for wait in route.timing["waits"]:
        assert wait["reason"] == "noon nap"
        place = np.array(wait["site_m"])
        near = [
            np.hypot(*(place - a)) + np.hypot(*(place - b)) - np.hypot(*(b - a)) for a, b in itertools.pairwise(corners)
        ]
        done = int(np.argmin(near)) - (len(route.waypoints_m) - len(legs))
        if np.hypot(*(place - corners[0])) > 1.0:
            drive([*legs[:done], [GOTO, *place.tolist()]])
            legs = legs[done:]
        # The nap lasts until the time that was foretold, whenever it was begun.
        until = machine.step_at(depart + round((wait["after_s"] + wait["wait_s"]) * SECOND_NS))
        while step < until:
            count = min(until - step, 14_400)
            machine.run(state, NO_MOTIONS, load_w(MISSION, "NOON_NAP", False), step, count)
            temperatures.append(state[st.TEMPERATURE])
            step += count
    drive(legs)
    return step * 0.25, state, np.array(temperatures)


@pytest.mark.parametrize(
    ("formula", "goal", "depart_ns"),
    [
        (level, (150.0, 0.0), EVENING),
        (hills, (160.0, 120.0), EVENING),
        (hills, (-220.0, 90.0), EVENING),
        (rolling, (260.0, -170.0), MORNING),
        (rolling, (-90.0, 300.0), parse_utc("2019-01-12T14:00:00Z")),
        (hills, (400.0, 60.0), nap_begins()),
        (level, (200.0, 30.0), nap_ends()),
    ],
)
def test_the_forecast_of_a_route_is_its_drive(formula: object, goal: tuple[float, float], depart_ns: int) -> None:
    request = ask((0, 0), goal, spacing_m=2.0, depart_ns=depart_ns)
    route = plan_field(Made(formula), MISSION, request, whole_field=False).route_to(goal)  # type: ignore[arg-type]
    assert route.timing is not None
    waits = sum(wait["wait_s"] for wait in route.timing["waits"])
    assert (waits > 0.0) == (depart_ns in (nap_begins(), nap_ends()))
    seconds, state, temperatures = simulated(formula, route)
    foretold = (route.timing["arrive_ns"] - depart_ns) / SECOND_NS
    assert foretold - waits == pytest.approx(seconds - waits, rel=0.03)
    assert route.timing["arrival_charge"] == pytest.approx(
        state[st.CHARGE] / MISSION.vehicle.battery_capacity_j, abs=0.02
    )
    assert route.timing["lowest_temperature_degc"] <= temperatures.min() - 273.15 + 0.3
    assert route.timing["highest_temperature_degc"] >= temperatures.max() - 273.15 - 0.3


def test_heat_is_that_of_the_vehicle_over_a_long_nap() -> None:
    """In forty hours of nap the body cools by tens of degrees; the forecast follows the steps' own course."""
    depart = nap_ends() - 40 * 3600 * SECOND_NS
    request = ask((0, 0), (60, 0), spacing_m=2.0, depart_ns=depart)
    route = plan_field(Made(level), MISSION, request, whole_field=False).route_to((60.0, 0.0))
    assert route.timing is not None
    _, _, temperatures = simulated(level, route)
    assert np.ptp(temperatures) > 5.0
    assert route.timing["lowest_temperature_degc"] == pytest.approx(temperatures.min() - 273.15, abs=0.3)
    assert route.timing["highest_temperature_degc"] == pytest.approx(temperatures.max() - 273.15, abs=0.3)


def walled(azimuth_rad: float) -> object:
    """Level ground with a wall of 80 m, 60 m off towards an azimuth, 100 m wide."""
    toward = np.array([math.sin(azimuth_rad), math.cos(azimuth_rad)])

    def formula(east: Array, north: Array) -> Array:
        ahead = east * toward[0] + north * toward[1]
        aside = east * toward[1] - north * toward[0]
        wall = (ahead > 60.0) & (ahead < 80.0) & (np.abs(aside) < 50.0)
        return np.asarray(-5900.0 + 80.0 * wall)

    return formula


def behind_wall() -> tuple[RouteField, Route, Array]:
    """A way past a wall that stands before the relay, and the way's direction."""
    geometry = SKY.geometry(np.array([EVENING + 3600 * SECOND_NS]))
    azimuth = float(geometry.relay_azimuth_rad[0])
    aside = np.array([math.cos(azimuth), -math.sin(azimuth)])
    start, goal = tuple((-110.0 * aside).tolist()), tuple((110.0 * aside).tolist())
    request = ask(start, goal, spacing_m=2.0, depart_ns=EVENING)
    field = plan_field(Made(walled(azimuth)), MISSION, request, whole_field=False)  # type: ignore[arg-type]
    return field, field.route_to(goal), aside


def test_terrain_before_the_relay_ends_contact_along_the_way() -> None:
    field, route, aside = behind_wall()
    assert field.day is not None and route.timing is not None
    way = track(MISSION, field.ground, route)
    profile = route_profile(MISSION, way, field.day, field.driven(way))
    assert profile.sky is not None
    # By hand: whether the ray to the relay comes below the wall's top over the wall's own ground.
    times = EVENING + (profile.reach_s * SECOND_NS).astype(np.int64)
    geometry = SKY.geometry(times)
    bearing, height = geometry.relay_azimuth_rad, np.tan(geometry.relay_elevation_rad)
    far = np.arange(1.0, 120.0, 0.5)[:, np.newaxis]
    east, north = way.east_m + far * np.sin(bearing), way.north_m + far * np.cos(bearing)
    top = walled(math.atan2(-aside[1], aside[0]))(east, north)  # type: ignore[operator]
    blocked = ((top + 5900.0) > far * height).any(axis=0)
    assert 0.2 < blocked.mean() < 0.8
    assert np.mean(profile.sky.contact == ~blocked) > 0.95
    stay_s = np.diff(profile.reach_s, append=profile.reach_s[-1])
    assert route.timing["contact_gap_min"] == pytest.approx(stay_s[blocked].sum() / 60.0, rel=0.1)


def test_with_contact_asked_for_the_shade_of_the_relay_is_gone_around() -> None:
    field, route, _ = behind_wall()
    request = replace(field.request, need_contact=True)
    around = plan_field(Made(walled_of(route)), MISSION, request, whole_field=False).route_to(request.goal_m)  # type: ignore[arg-type]
    assert around.timing is not None and route.timing is not None
    assert around.timing["contact_gap_min"] < 0.1 * route.timing["contact_gap_min"]
    assert around.distance_m > 1.02 * route.distance_m


def walled_of(route: Route) -> object:
    way = np.array([route.east_m[-1] - route.east_m[0], route.north_m[-1] - route.north_m[0]])
    return walled(math.atan2(-way[1], way[0]))


def test_a_safe_place_sees_the_relay() -> None:
    field, route, _ = behind_wall()
    whole = plan_field(Made(walled_of(route)), MISSION, field.request)  # type: ignore[arg-type]
    day = whole.day
    assert day is not None
    place = nearest_safe_place(whole, day)
    cell = np.array([whole.ground.box.cell(place.point_m)])
    assert day.relay.lit_at(place.sun_from_ns, cell).all()
    hidden = whole.ground.free & ~day.relay.lit(day.course.begin_ns + round(day.night_s * SECOND_NS))
    assert hidden.any()


def test_the_profile_of_a_plane_is_the_planes() -> None:
    """East rises at 6 %, north falls at 3 %: a way to the north-east has known slopes along and across."""
    request = ask((0, 0), (100, 100), spacing_m=2.0, depart_ns=EVENING)

    def plane(east: Array, north: Array) -> Array:
        return np.asarray(-5900.0 + 0.06 * east - 0.03 * north)

    field = plan_field(Made(plane), MISSION, request, whole_field=False)
    route = field.route_to((100.0, 100.0))
    way = track(MISSION, field.ground, route)
    profile = route_profile(MISSION, way, field.day, field.driven(way))
    bearing = np.arctan2(np.diff(profile.east_m), np.diff(profile.north_m))
    along = np.degrees(np.arctan(0.06 * np.sin(bearing) - 0.03 * np.cos(bearing)))
    across = np.degrees(np.arctan(0.06 * np.cos(bearing) + 0.03 * np.sin(bearing)))
    assert np.degrees(profile.slope_along_rad[:-1]) == pytest.approx(along, abs=0.01)
    assert np.degrees(profile.slope_across_rad[:-1]) == pytest.approx(across, abs=0.01)
    line = np.column_stack([profile.east_m, profile.north_m, plane(profile.east_m, profile.north_m)])
    assert profile.along_m[-1] == pytest.approx(np.linalg.norm(np.diff(line, axis=0), axis=1).sum(), rel=1e-6)
    assert route.timing is not None and profile.sky is not None
    assert profile.reach_s[-1] == pytest.approx(route.drive_s, rel=1e-9)
    assert profile.sky.charge[-1] == pytest.approx(route.timing["arrival_charge"], abs=1e-9)
    assert (np.diff(profile.reach_s) > 0.0).all()
    azimuth, elevation = SKY.sun(EVENING + (profile.reach_s * SECOND_NS).astype(np.int64))
    assert profile.sky.sun_elevation_rad == pytest.approx(elevation, abs=1e-5)
    assert profile.sky.sun_azimuth_rad == pytest.approx(azimuth, abs=1e-5)


def test_without_a_departure_there_is_no_sky_and_time_is_driving() -> None:
    field = plan_field(Made(hills), MISSION, ask((0, 0), (90, 40), spacing_m=2.0), whole_field=False)
    route = field.route_to((90.0, 40.0))
    profile = route_profile(MISSION, track(MISSION, field.ground, route))
    assert profile.sky is None
    assert profile.reach_s[-1] == pytest.approx(route.drive_s, rel=1e-9)
    assert profile.elevation_m == pytest.approx(hills(profile.east_m, profile.north_m), abs=0.05)


def test_ten_thousand_points_take_less_than_fifty_milliseconds() -> None:
    request = ask((0, 0), (500, 0), spacing_m=2.0, depart_ns=EVENING)
    field = plan_field(Made(hills), MISSION, request, whole_field=False)
    route = field.route_to((500.0, 0.0))
    # The same ground, its spacing said to be finer, so that the line is sampled as closely as is asked for.
    way = track(MISSION, field.ground, route, 10_000)
    fine = np.linspace(0.0, way.plan_m[-1], 10_000)
    many = replace(
        way, plan_m=fine, cell=way.cell[np.round(np.interp(fine, way.plan_m, np.arange(len(way.cell)))).astype(int)],
        drive_s=np.full(9_999, way.drive_s.sum() / 9_999), wheels_j=np.full(9_999, way.wheels_j.sum() / 9_999),
        **{
            name: np.interp(fine, way.plan_m, getattr(way, name))
            for name in ("east_m", "north_m", "elevation_m", "tilt_east", "tilt_north")
        },
    )  # fmt: skip
    taken = []
    for _ in range(5):
        begin = time.perf_counter()
        profile = route_profile(MISSION, many, field.day, field.driven(many))
        taken.append(time.perf_counter() - begin)
    assert len(profile.along_m) == 10_000
    assert min(taken) < 0.05


def test_far_from_the_site_it_is_said_whose_sun_it_is() -> None:
    for east, said in ((0.0, False), (60_000.0, True)):
        request = ask((east, 0.0), (east + 60.0, 0.0), spacing_m=2.0, depart_ns=EVENING)
        route = plan_field(Made(level), MISSION, request, whole_field=False).route_to((east + 60.0, 0.0))
        assert any("those of the site, 60 km" in note for note in route.notes) == said
