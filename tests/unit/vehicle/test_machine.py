"""The vehicle against closed forms on grounds that are known exactly, and against itself in other slices."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import Mission, load_mission
from roverctl.terrain.source import Terrain
from roverctl.vehicle import state as sv
from roverctl.vehicle.figures import STEP_NS, STEP_S
from roverctl.vehicle.ground import Ground
from roverctl.vehicle.machine import NO_MOTIONS, Machine, Sun
from roverctl.vehicle.motions import FACE, GOTO, length_m, motions_of
from tests.unit.doubles import Array, Height, flat, overhead_sun, plane, quiet, waves, with_vehicle
from tests.unit.doubles import Ground as Double

DARK = overhead_sun(-0.5)
MISSION = load_mission()
ORIGIN_NS = 1_547_208_000 * 10**9


def _machine(
    mission: Mission, terrain: Terrain, sun: Sun = DARK, noisy: bool = False, spacing_m: float = 0.25
) -> Machine:
    return Machine(mission, Ground(terrain, spacing_m), sun, ORIGIN_NS, seed=11, noisy=noisy)


def _state(east: float = 0.0, north: float = 0.0, heading: float = 0.0) -> Array:
    state = sv.start_state(MISSION.start_state, MISSION.vehicle)
    state[[sv.EAST, sv.EST_EAST]] = east
    state[[sv.NORTH, sv.EST_NORTH]] = north
    state[[sv.HEADING, sv.EST_HEADING]] = heading
    return state


def _drive(
    terrain: Terrain, to: tuple[float, float], mission: Mission = MISSION, **where: float
) -> tuple[Array, float]:
    """The state after a drive there, and the seconds that it took."""
    state = _state(**where)
    run = _machine(quiet(mission), terrain).run(state, np.array([[GOTO, *to]]), 0.0, 0, 400_000)
    assert run.ended
    return state, run.steps * STEP_S


@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3), st.floats(0, 2 * math.pi))
@settings(max_examples=40)
def test_attitude_on_a_plane(east_slope: float, north_slope: float, heading: float) -> None:
    state = _state(3.0, 4.0, heading)
    _machine(MISSION, plane(east_slope, north_slope)).run(state, NO_MOTIONS, 0.0, 0, 1)
    forward = np.array([math.sin(heading), math.cos(heading)])
    right = np.array([math.cos(heading), -math.sin(heading)])
    slope = np.array([east_slope, north_slope])
    assert state[sv.ELEVATION] == pytest.approx(3.0 * east_slope + 4.0 * north_slope, abs=1e-9)
    assert state[sv.PITCH] == pytest.approx(math.atan(slope @ forward), abs=1e-9)
    assert state[sv.ROLL] == pytest.approx(-math.atan(slope @ right), abs=1e-9)
    # The tilt is the angle between the plane's normal and the vertical.
    normal = np.array([-east_slope, -north_slope, 1.0])
    assert state[sv.TILT] == pytest.approx(math.acos(1.0 / np.linalg.norm(normal)), abs=1e-7)


@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3), st.floats(0, 6.28), st.floats(0.05, 1.5), st.floats(0, 6.28))
@settings(max_examples=40)
def test_array_power_is_peak_times_the_cosine_between_deck_and_sun(
    east_slope: float, north_slope: float, heading: float, elevation: float, azimuth: float
) -> None:
    state = _state(heading=heading)
    _machine(MISSION, plane(east_slope, north_slope), overhead_sun(elevation, azimuth)).run(
        state, NO_MOTIONS, 0.0, 0, 1
    )
    normal = np.array([-east_slope, -north_slope, 1.0])
    level = math.cos(elevation)
    sun = np.array([level * math.sin(azimuth), level * math.cos(azimuth), math.sin(elevation)])
    cosine = max(0.0, float(normal @ sun / np.linalg.norm(normal)))
    assert state[sv.ARRAY_POWER] == pytest.approx(250.0 * cosine, abs=1e-6)


def test_sixty_metres_straight_take_distance_over_speed_less_slip_and_the_looks() -> None:
    state, seconds = _drive(flat(), (0.0, 60.0))
    speed, slip = 200.0 / 3600.0, 0.02
    looks = math.floor(60.0 / 8.0)
    assert seconds == pytest.approx(60.0 / (speed * (1.0 - slip)) + looks * 12.0, abs=1.0)
    assert state[sv.STOP] == sv.STOP_DONE
    assert math.hypot(state[sv.EAST], state[sv.NORTH] - 60.0) < 0.03
    assert state[sv.DRIVEN] == pytest.approx(60.0, abs=0.03)
    assert state[sv.ODOMETER] == pytest.approx(60.0 / (1.0 - slip), abs=0.04)


@pytest.mark.parametrize(("degrees", "slip"), [(-10.0, 0.02), (0.0, 0.02), (5.0, 0.05), (7.5, 0.075), (12.0, 0.136)])
def test_slip_follows_the_slope_along_the_track(degrees: float, slip: float) -> None:
    state, seconds = _drive(plane(0.0, math.tan(math.radians(degrees))), (0.0, 7.0))
    # 7 m: no look in between; the last step is a short one.
    assert seconds == pytest.approx(7.0 / (200.0 / 3600.0 * (1.0 - slip)), abs=1.0)
    assert state[sv.ODOMETER] == pytest.approx(7.0 / (1.0 - slip), abs=0.05)


def test_across_the_slope_there_is_no_slip_but_the_tilt_is_the_same() -> None:
    state, seconds = _drive(plane(math.tan(math.radians(12.0)), 0.0), (0.0, 7.0))
    assert seconds == pytest.approx(7.0 / (200.0 / 3600.0 * 0.98), abs=1.0)
    assert math.degrees(state[sv.TILT]) == pytest.approx(12.0, abs=1e-6)


def test_the_drive_uses_carrs_power() -> None:
    mission = quiet(with_vehicle(MISSION, look_time_s=0.0, battery_efficiency=1.0))
    state = _state()
    _machine(mission, plane(0.0, math.tan(math.radians(8.0)))).run(state, np.array([[GOTO, 0.0, 50.0]]), 0.0, 0, 400)
    watts = 140.0 * (200.0 / 3600.0) * (0.216 + 0.02628 * 8.0)
    assert state[sv.DRIVE_POWER] == pytest.approx(watts, rel=1e-6)
    used_j = 0.82 * MISSION.vehicle.battery_capacity_j - state[sv.CHARGE]
    assert used_j == pytest.approx(watts * 100.0, rel=1e-6)


@given(st.floats(0.0, 1.5), st.floats(0.0, 200.0))
@settings(max_examples=25)
def test_energy_on_flat_ground_is_what_array_and_load_leave(elevation: float, load_w: float) -> None:
    state = _state()
    state[sv.CHARGE] = 0.5 * MISSION.vehicle.battery_capacity_j
    before = state[sv.CHARGE]
    _machine(MISSION, flat(), overhead_sun(elevation)).run(state, NO_MOTIONS, load_w, 0, 4000)
    surplus = 250.0 * math.sin(elevation) - load_w
    assert state[sv.CHARGE] - before == pytest.approx(
        1000.0 * (surplus * 0.95 if surplus > 0 else surplus), rel=1e-6, abs=1e-3
    )


def test_the_battery_neither_overflows_nor_goes_below_empty() -> None:
    state = _state()
    machine = _machine(MISSION, flat(), overhead_sun(1.5))
    machine.run(state, NO_MOTIONS, 0.0, 0, 40_000 * 4)
    assert state[sv.CHARGE] == MISSION.vehicle.battery_capacity_j
    machine.run(state, NO_MOTIONS, 1e4, 0, 4000)
    assert state[sv.CHARGE] == 0.0


def test_heat_settles_where_what_radiates_is_what_comes_in() -> None:
    mission = with_vehicle(MISSION, heat_capacity_j_k=2000.0)
    state = _state()
    _machine(mission, flat(), overhead_sun(0.6)).run(state, NO_MOTIONS, 48.0, 0, 400_000)
    heat_w = 48.0 + 8.0 + 1361.0 * 0.08 * math.sin(0.6)
    assert state[sv.TEMPERATURE] == pytest.approx((heat_w / (5.670374419e-8 * 0.28)) ** 0.25, abs=0.01)


def test_a_motion_does_not_begin_on_a_battery_below_its_reserve() -> None:
    state = _state()
    state[sv.CHARGE] = 0.049 * MISSION.vehicle.battery_capacity_j
    run = _machine(MISSION, flat()).run(state, np.array([[GOTO, 0.0, 5.0]]), 0.0, 0, 100)
    assert run.ended and state[sv.STOP] == sv.STOP_BATTERY and state[sv.DRIVEN] == 0.0


def _ramp(degrees: float) -> Height:
    """Flat up to 5 m, then ever steeper up to an angle over 30 m: no step, nothing to see ahead."""
    top = math.tan(math.radians(degrees))
    return lambda east, north: np.where(north < 5.0, 0.0, top * (np.clip(north, 5.0, 35.0) - 5.0) ** 2 / 60.0)


def test_a_ramp_that_becomes_too_steep_stops_the_drive_at_the_limit() -> None:
    state, _ = _drive(Double(_ramp(24.0)), (0.0, 34.0))
    assert state[sv.STOP] == sv.STOP_TILT
    assert 20.0 < math.degrees(state[sv.TILT]) < 20.1
    # Where the slope itself is 20 degrees.
    assert state[sv.NORTH] == pytest.approx(
        5.0 + 30.0 * math.tan(math.radians(20)) / math.tan(math.radians(24)), abs=0.2
    )


def test_a_ramp_below_the_limit_is_climbed() -> None:
    state, _ = _drive(Double(_ramp(19.0)), (0.0, 34.0))
    assert state[sv.STOP] == sv.STOP_DONE


@pytest.mark.parametrize("height", [0.35, -0.35])
def test_a_step_stops_the_drive_before_the_wheels_are_on_it(height: float) -> None:
    state, _ = _drive(Double(lambda east, north: np.where(north > 6.0, height, 0.0)), (0.0, 12.0))
    assert state[sv.STOP] == sv.STOP_OBSTACLE
    # The half length and a quarter of a metre are looked over; the lattice smears the step over its spacing.
    assert 6.0 - 1.25 < state[sv.NORTH] <= 6.0 - 0.75
    assert state[sv.TILT] == 0.0


def test_a_step_within_the_limit_is_driven_over() -> None:
    state, _ = _drive(Double(lambda east, north: np.where(north > 6.0, 0.15, 0.0)), (0.0, 12.0))
    assert state[sv.STOP] == sv.STOP_DONE


def test_where_the_map_ends_the_drive_ends() -> None:
    state, _ = _drive(Double(lambda east, north: np.where(north > 6.0, np.nan, 0.0)), (0.0, 12.0))
    assert state[sv.STOP] == sv.STOP_NO_GROUND and state[sv.NORTH] < 6.0


def test_slopes_that_slip_too_much_stop_the_drive() -> None:
    mission = with_vehicle(MISSION, max_tilt_rad=1.0, max_step_m=9.0)
    state, _ = _drive(plane(0.0, math.tan(math.radians(29.5))), (0.0, 5.0), mission)
    assert state[sv.STOP] == sv.STOP_SLIP and state[sv.DRIVEN] == 0.0


@pytest.mark.parametrize(("begin", "end"), [(0.0, 1.5), (0.2, 6.0), (3.0, 2.5), (6.2, 0.1)])
def test_turns_go_the_short_way_at_the_turn_rate(begin: float, end: float) -> None:
    state = _state(heading=begin)
    run = _machine(MISSION, flat()).run(state, np.array([[FACE, end, 0.0]]), 0.0, 0, 10_000)
    way = abs((end - begin + math.pi) % (2 * math.pi) - math.pi)
    assert run.ended and state[sv.HEADING] == pytest.approx(end, abs=1e-9)
    assert run.steps * STEP_S == pytest.approx(way / math.radians(2.0), abs=2 * STEP_S)
    assert state[sv.DRIVEN] == 0.0


def test_odometry_errors_grow_as_the_profile_says() -> None:
    mission = with_vehicle(MISSION, look_time_s=0.0, heading_noise_rad=0.0)
    errors = []
    for seed in range(150):
        state = _state()
        machine = Machine(mission, Ground(flat(), 0.25), DARK, ORIGIN_NS, seed=seed, noisy=True)
        machine.run(state, np.array([[GOTO, 0.0, 25.0]]), 0.0, 0, 10_000)
        errors.append(state[sv.NORTH] - state[sv.EST_NORTH])
    # One percent per metre, as a random walk: 5 cm after 25 m; the estimate of a sigma from 150 draws is good to 6 %.
    assert np.std(errors) == pytest.approx(0.01 * 5.0, rel=0.2)
    assert abs(np.mean(errors)) < 3 * 0.05 / math.sqrt(150)


MOTIONS = np.array([[GOTO, 20.0, 10.0], [FACE, 1.0, 0.0], [GOTO, 45.0, 33.0], [GOTO, 10.0, 70.0]])


@given(st.lists(st.integers(1, 1500), max_size=12))
@settings(max_examples=20)
def test_slices_make_no_difference_to_a_bit(cuts: list[int]) -> None:
    total = 12_000
    mission = with_vehicle(MISSION, step_length_m=4.0)
    once, sliced = _state(), _state()
    whole = _machine(mission, waves(), overhead_sun(0.5), noisy=True).run(once, MOTIONS, 70.0, 0, total)
    machine = _machine(mission, waves(), overhead_sun(0.5), noisy=True)
    done = 0
    for count in [*cuts, total]:
        run = machine.run(sliced, MOTIONS, 70.0, done, min(count, whole.steps - done))
        done += run.steps
    assert done == whole.steps and sliced.tobytes() == once.tobytes()
    assert once[sv.NORTH] > 32.0, "the way crosses borders of patches"


@given(st.floats(-500, 500), st.floats(-500, 500))
@settings(max_examples=60)
def test_a_patch_is_the_same_whatever_was_asked_before_and_holds_its_place(east: float, north: float) -> None:
    for spacing_m in (0.25, 0.1, 0.3):
        fresh = Ground(waves(), spacing_m).at(east, north)
        west, south, east_end, north_end = fresh.core
        assert west <= east < east_end and south <= north < north_end
        asked = Ground(waves(), spacing_m)
        asked.at(-east, north + 40.0)
        assert asked.at(east, north).elevation_m.tobytes() == fresh.elevation_m.tobytes()


def test_every_place_on_a_border_belongs_to_one_patch_at_any_spacing() -> None:
    for spacing_m in (0.1, 0.3, 0.7, 1.1):
        ground = Ground(flat(), spacing_m)
        for n in range(-300, 300):
            border = n * (128 * spacing_m)
            for place in (np.nextafter(border, -np.inf), border, np.nextafter(border, np.inf)):
                core = ground.at(float(place), 0.0).core
                assert core[0] <= place < core[2], (spacing_m, n)


def test_steps_before_the_origin_have_a_sun_too() -> None:
    state = _state()
    machine = _machine(MISSION, flat(), overhead_sun(0.5))
    machine.run(state, NO_MOTIONS, 0.0, -10, 5)
    assert state[sv.ARRAY_POWER] == pytest.approx(250.0 * math.sin(0.5))
    assert machine.sun_at(-3)[0] == pytest.approx(0.5)


def test_the_tabulated_sun_is_the_ephemeris_within_a_thousandth_of_a_degree(sky: Sky) -> None:
    machine = _machine(MISSION, flat(), sky.sun)
    steps = np.random.default_rng(2).integers(0, 20 * 345_600, 50)
    azimuth, elevation = sky.sun(ORIGIN_NS + steps * STEP_NS)
    for i, step in enumerate(steps.tolist()):
        e, a = machine.sun_at(step)
        assert math.degrees(abs(e - elevation[i])) < 1e-3
        assert math.degrees(abs((a - azimuth[i] + math.pi) % (2 * math.pi) - math.pi)) < 1e-3


def test_traces_are_the_states_at_their_steps() -> None:
    rows = np.empty((40, sv.SIZE))
    traced, plain = _state(), _state()
    machine = _machine(MISSION, waves(), overhead_sun(0.4), noisy=True)
    machine.run(traced, MOTIONS, 50.0, 7, 1600, rows, 40)
    for number in (1, 2, 17, 40):
        state = plain.copy()
        machine.run(state, MOTIONS, 50.0, 7, 40 * number - 7)
        assert state.tobytes() == rows[number - 1].tobytes()


def test_a_drive_aims_at_its_point_and_a_routes_length_is_its_own() -> None:
    state = _state(3.0, 4.0)
    motions = motions_of("DRIVE", {"distance": 10.0, "heading": 90.0}, state)
    assert motions.tolist() == [[GOTO, pytest.approx(13.0), pytest.approx(4.0)]]
    route = motions_of("FOLLOW_ROUTE", {"waypoints": [(3.0, 10.0), (11.0, 16.0)]}, state)
    assert length_m(route, state) == pytest.approx(16.0)
    assert length_m(motions_of("TURN", {"heading": 10.0}, state), state) == 0.0


def test_a_million_steps_a_second() -> None:
    machine = _machine(MISSION, waves(0.05), overhead_sun(0.5), noisy=True)
    far = np.array([[GOTO, 0.0, 3000.0]])
    machine.run(_state(), far, 70.0, 0, 10)
    state = _state()
    begun = time.perf_counter()
    run = machine.run(state, far, 0.0, 0, 200_000)
    rate = run.steps / (time.perf_counter() - begun)
    print(f"{rate:,.0f} steps a second")
    assert run.steps == 200_000 and rate > 2e5


@pytest.mark.parametrize(("length_m", "width_m"), [(0.3, 0.2), (6.0, 3.0), (12.0, 14.0)])
def test_vehicles_of_any_size_cross_from_patch_to_patch(length_m: float, width_m: float) -> None:
    state, _ = _drive(flat(), (10.0, 70.0), with_vehicle(MISSION, length_m=length_m, width_m=width_m), east=10.0)
    assert state[sv.STOP] == sv.STOP_DONE
    assert state[sv.NORTH] == pytest.approx(70.0, abs=0.05)


def test_ground_that_is_not_known_beside_the_wheels_is_not_taken_for_the_roughest() -> None:
    def holes(east: Array, north: Array) -> Array:
        return np.where(east > 1.1, np.nan, 0.0 * north)

    # Roughness is measured 1.5 m to each side, a third of the length; the hole begins at 1.1 m.
    mission = with_vehicle(MISSION, length_m=4.5, width_m=1.0, rough_m=(0.0, 0.1), rough_speed=(1.0, 0.2))
    _, beside_s = _drive(Double(holes), (0.0, 20.0), mission)
    _, apart_s = _drive(Double(holes), (-20.0, 20.0), mission, east=-20.0)
    assert beside_s == apart_s
