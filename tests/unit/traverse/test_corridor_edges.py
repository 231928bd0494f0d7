"""At the edges of what is surveyed: a corridor's blocks, and the rim of a box, are as the ground around makes them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from roverctl.core.errors import InputError
from roverctl.core.times import parse_utc
from roverctl.traverse.checking import check_line
from roverctl.traverse.costs import cost_model
from roverctl.traverse.ground import Box, survey
from roverctl.traverse.isochrones import isochrones
from roverctl.traverse.line import line_on
from roverctl.traverse.planner import plan_field
from roverctl.traverse.reference import ReferenceTrack
from roverctl.traverse.search.corridor import survey_blocks
from roverctl.traverse.search.field import ground_field
from tests.unit.traverse.made import MISSION, Array, Made, ask, hills

NUMBERS = np.array([[0, 0], [0, 1], [1, 1], [2, 1], [2, 2]])  # of blocks of 128 cells


def rugged(east: Array, north: Array) -> Array:
    """Hills of some 5°, with bumps that the wheels feel and a few that they do not climb."""
    bumps = 0.03 * np.sin(3.1 * east + 1.7 * north) * np.sin(2.3 * north) + 0.02 * np.sin(4.9 * north - 3.3 * east)
    return np.asarray(-5900.0 + 0.9 * np.sin(east / 9.0) * np.cos(north / 8.0) + bumps)


@pytest.mark.parametrize(("length_m", "width_m", "spacing_m"), [(1.5, 1.0, 0.5), (1.5, 1.0, 0.37), (5.0, 3.0, 0.5)])
def test_a_corridors_ground_and_costs_are_those_of_all_ground(
    length_m: float, width_m: float, spacing_m: float
) -> None:
    vehicle = replace(MISSION.vehicle, length_m=length_m, width_m=width_m, max_step_m=0.045,
                      rough_m=(0.0, 0.005, 0.03), rough_speed=(1.0, 0.8, 0.4))  # fmt: skip
    mission = replace(MISSION, vehicle=vehicle)
    request = ask((0, 0), (60, 60), spacing_m=spacing_m, max_across_rad=math.radians(6.0))
    model = cost_model(mission, request)
    box = Box(-20.0 * spacing_m, -20.0 * spacing_m, spacing_m, 360, 370)
    whole = survey(Made(rugged), box, model, width_m)
    part, blocks = survey_blocks(Made(rugged), mission, request, box, model, NUMBERS)
    inside = np.zeros(whole.free.shape, dtype=np.bool_)
    for block in blocks:
        inside[block] = True
    assert np.array_equal(part.free, whole.free & inside)
    assert 0.2 < whole.free[inside].mean() < 0.99
    for name in ("elevation_m", "slope_rad", "hazard", "rough_s_m", "step_m", "price"):
        assert getattr(part, name)[inside] == pytest.approx(getattr(whole, name)[inside], rel=1e-6, abs=1e-8), name
    rows, columns = np.nonzero(part.free)
    start = int(rows[len(rows) // 2]), int(columns[len(rows) // 2])
    here = ground_field(part.elevation_m, part.base_m, part.price, part.free, spacing_m, model, start, None, blocks)
    masked = ground_field(whole.elevation_m, whole.base_m, whole.price, whole.free & inside, spacing_m, model, start)
    reached = np.isfinite(masked.cost) & inside
    assert reached.sum() > 5000
    found = np.where((here.cost > 0.0) | (here.parent == 127), here.cost, np.inf)
    assert found[inside] == pytest.approx(masked.cost[inside], rel=1e-9)


def test_tilts_and_cross_slopes_at_a_corridors_edge_are_those_of_the_ground() -> None:
    request = ask((0, 0), (60, 60), spacing_m=0.5)
    model = cost_model(MISSION, request)
    box = Box(0.0, 0.0, 0.5, 360, 370)
    part, _ = survey_blocks(Made(rugged), MISSION, request, box, model, NUMBERS)
    along = np.array([[0.5 * 127, 70.0], [0.5 * 128, 0.5 * 128], [0.5 * 255, 0.5 * 250], [0.5 * 240, 0.5 * 255]])
    at = line_on(part, model, along[1:])
    whole = line_on(survey(Made(rugged), box, model, 1.0), model, along[1:])
    for name in ("tilt_east", "tilt_north", "across_rad", "aside_rad"):
        assert getattr(at, name) == pytest.approx(getattr(whole, name), abs=1e-9), name


def test_the_rim_of_a_box_is_measured_with_what_lies_beyond_it() -> None:
    vehicle = replace(MISSION.vehicle, rough_m=(0.0, 0.005, 0.03), rough_speed=(1.0, 0.8, 0.4), max_step_m=0.04)
    mission = replace(MISSION, vehicle=vehicle)
    model = cost_model(mission, ask((0, 0), (60, 60)))
    small = survey(Made(rugged), Box(0.0, 0.0, 0.125, 80, 60), model, 1.0)
    large = survey(Made(rugged), Box(-5.0, -5.0, 0.125, 160, 140), model, 1.0)
    shared = slice(40, 100), slice(40, 120)
    assert small.rough_s_m is not None and large.rough_s_m is not None
    assert small.rough_s_m == pytest.approx(large.rough_s_m[shared], abs=1e-9)
    assert np.array_equal(small.free[1:-1, 1:-1], large.free[shared][1:-1, 1:-1])
    assert not small.free[1:-1, 1:-1].all()


def test_isochrones_are_refused_of_a_corridor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roverctl.traverse.ground.MOST_CELLS", 20_000)
    field = plan_field(Made(hills), MISSION, ask((0, 0), (900, 100), spacing_m=4.0))
    assert field.corridor_m is not None
    with pytest.raises(InputError, match="coarser --resolution"):
        isochrones(field, (600.0,))


def test_beside_missing_data_the_array_is_tilted_as_the_ground_is() -> None:
    def ramp(east: Array, north: Array) -> Array:
        return np.asarray(-5900.0 + 0.05 * east - 0.02 * north)

    def hole(east: Array, north: Array) -> Array:
        return np.where((east > 8.5) & (np.abs(north - 40.0) < 30.0), np.nan, ramp(east, north))

    request = ask((8.0, 0.0), (8.0, 80.0), spacing_m=1.0, depart_ns=parse_utc("2019-01-11T12:00:00Z"))
    mission = replace(MISSION, start_state=replace(MISSION.start_state, charge=0.5))
    line = ReferenceTrack("line", MISSION.body.name, np.array([8.0, 8.0]), np.array([0.0, 80.0]), "here")
    beside = check_line(Made(hole), mission, line, request)
    apart = check_line(Made(ramp), mission, line, request)
    assert beside.timing is not None and apart.timing is not None
    assert beside.timing["arrival_charge"] == pytest.approx(apart.timing["arrival_charge"], rel=1e-9)
