"""Ground reached in a given time: areas by formula, outlines against scipy's labels, seconds against those of a way."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label

from roverctl.core.errors import InfeasibleError, InputError
from roverctl.core.times import parse_utc
from roverctl.traverse.costs import cost_model
from roverctl.traverse.isochrones import _rings, isochrone_features, isochrones, reach_field, seconds_from_start
from roverctl.traverse.planner import plan_field
from roverctl.traverse.zones import Zone, covered
from tests.unit.traverse.made import MISSION, Array, Made, ask, hills, level


def test_on_level_ground_an_octagon_is_reached() -> None:
    """Steps in eight directions: the corners of a regular octagon, of area 2 sqrt 2 d²."""
    request = ask((5, 7), (0, 0), spacing_m=0.5)
    clock = cost_model(MISSION, request)
    pace = clock.pace / (1.0 - MISSION.vehicle.slip[0]) + clock.look
    field = reach_field(Made(level), MISSION, request, 1200.0)
    one, two = isochrones(field, (600.0, 1200.0))
    for found in (one, two):
        assert found.area_m2 == pytest.approx(2.0 * math.sqrt(2.0) * (found.seconds / pace) ** 2, rel=2e-3)
        assert len(found.rings_m) == 1 and not found.is_cut
        away = np.hypot(*(found.rings_m[0] - (5.0, 7.0)).T)
        assert away.max() == pytest.approx(found.seconds / pace, rel=5e-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 14), st.integers(1, 14), st.floats(0.0, 1.0))
def test_rings_enclose_exactly_the_nodes_up_to_the_level(seed: int, height: int, width: int, walls: float) -> None:
    random = np.random.default_rng(seed)
    values: Array = random.uniform(0.0, 1.0, (height, width))
    values[random.uniform(size=values.shape) < 0.4 * walls] = np.inf
    points, starts = _rings(values, 0.6, 1e-3)
    inside = values <= 0.6
    if not len(starts):
        assert not inside.any()
        return
    rings = np.split(points, starts[1:])
    enclosed = np.zeros_like(inside)
    areas = []
    for ring in rings:
        x, y = ring.T
        areas.append(0.5 * float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))
        enclosed ^= _even_odd(ring, height, width)
    assert np.array_equal(enclosed, inside)
    # An outer ring for every part joined by sides or corners, a hole for every part of the rest within.
    outside = np.pad(~inside, 1, constant_values=True)
    assert sum(area > 0 for area in areas) == label(inside, np.ones((3, 3)))[1]
    assert sum(area < 0 for area in areas) == label(outside)[1] - 1


def _even_odd(ring: Array, height: int, width: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Nodes inside, a ray at a time."""
    out = np.zeros((height, width), dtype=np.bool_)
    ends = np.roll(ring, -1, axis=0)
    for r in range(height):
        for c in range(width):
            cut = (ring[:, 1] <= r) != (ends[:, 1] <= r)
            a, b = ring[cut], ends[cut]
            out[r, c] = ((a[:, 0] + (r - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])) > c).sum() % 2
    return out


@pytest.mark.parametrize("objective", ["time", "distance", "risk"])
def test_seconds_are_those_of_the_way_there_whatever_it_was_searched_for(objective: str) -> None:
    request = ask((0, 0), (120, 60), spacing_m=3.0, objective=objective, via_m=((60, -40),))
    field = plan_field(Made(hills), MISSION, request)
    seconds = seconds_from_start(field)
    clock = cost_model(MISSION, request, "time")
    for goal in ((120.0, 60.0), (30.0, 90.0), (90.0, -60.0)):
        cells = field.cells_to(goal)
        plan_m = np.hypot(*np.diff(cells, axis=0).T) * 3.0
        nothing = np.zeros_like(plan_m)
        terms = clock.terms(plan_m, np.diff(field.ground.elevation_m[cells[:, 0], cells[:, 1]]), nothing, nothing)
        expected = terms["drive"].sum() + terms["slip"].sum() + terms["look"].sum()
        assert seconds[tuple(cells[-1])] == pytest.approx(expected, rel=1e-9)
    assert (np.isinf(seconds) == np.isinf(field.field.cost)).all()


def test_what_may_not_be_entered_is_a_hole_or_beyond() -> None:
    island = Zone("island", (((20.0, -10.0), (40.0, -10.0), (40.0, 10.0), (20.0, 10.0)),))
    field = reach_field(Made(level), MISSION, ask((0, 0), (0, 0), spacing_m=1.0, avoid=(island,)), 3600.0)
    (found,) = isochrones(field, (3600.0,))
    outer, hole = (
        Zone(name, (tuple(map(tuple, ring.tolist())),)) for name, ring in zip("ab", found.rings_m, strict=True)
    )
    box = field.ground.box
    place = (box.east_m, box.north_m, box.spacing_m, box.width, box.height)
    reached = seconds_from_start(field) <= 3600.0
    assert np.array_equal(covered(outer, *place) & ~covered(hole, *place), reached)
    kept = isochrones(field, (3600.0,), seconds_from_start(field))
    assert np.array_equal(kept[0].rings_m[0], found.rings_m[0])


def test_with_a_departure_waits_count() -> None:
    """At noon the vehicle naps: nothing more is reached meanwhile."""
    request = ask((0, 0), (60, 0), spacing_m=2.0, depart_ns=parse_utc("2019-01-05T00:00:00Z"))
    field = plan_field(Made(level), MISSION, request)
    assert field.times is not None
    first_s = float(field.times.spans[0, 0])
    assert first_s > 3600.0
    waiting, driving = isochrones(field, (0.9 * first_s, first_s + 600.0))
    still = isochrones(plan_field(Made(level), MISSION, ask((0, 0), (60, 0), spacing_m=2.0)), (600.0,))[0]
    assert waiting.area_m2 < 2.0 * 2.0**2 < 100.0 < driving.area_m2  # one node: less than the diamond to its neighbours
    assert driving.area_m2 == pytest.approx(still.area_m2, rel=0.02)


def test_geojson_has_closed_rings_the_longest_time_first() -> None:
    field = reach_field(Made(level), MISSION, ask((0, 0), (0, 0), spacing_m=1.0), 900.0)
    content = isochrone_features(MISSION, isochrones(field, (300.0, 900.0)))
    assert [f["properties"]["seconds"] for f in content["features"]] == [900.0, 300.0]
    ring = content["features"][1]["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1] and content["body"]["name"] == "Moon"
    east, north = MISSION.site.to_site(*np.array(ring).T)
    assert np.dot(east, np.roll(north, -1)) - np.dot(north, np.roll(east, -1)) > 0  # outer rings counter-clockwise


@pytest.mark.parametrize("seconds", [(), (0.0,), (-5.0,), (math.nan,), (1e9,), tuple(range(1, 30))])
def test_times_that_are_none(seconds: tuple[float, ...]) -> None:
    field = reach_field(Made(level), MISSION, ask((0, 0), (0, 0), spacing_m=5.0), 300.0)
    with pytest.raises(InputError, match="isochrone"):
        isochrones(field, seconds)


def test_starts_that_cannot_be() -> None:
    wall = Zone("wall", (((-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)),))
    with pytest.raises(InfeasibleError, match="stands in a hazard: keep-out 'wall'"):
        reach_field(Made(level), MISSION, ask((0, 0), (0, 0), avoid=(wall,)), 300.0)
    with pytest.raises(InputError, match="has no elevation in made"):
        reach_field(Made(lambda e, n: e * np.nan), MISSION, ask((0, 0), (0, 0)), 300.0)
    with pytest.raises(InputError, match=r"--resolution .* would fit"):
        reach_field(Made(level), MISSION, ask((0, 0), (0, 0), spacing_m=0.5), 1e6)
    with pytest.raises(InputError, match="know no Sun"):
        reach_field(Made(level), MISSION, ask((0, 0), (0, 0), depart_ns=1), 300.0)
