"""Why not straight there: what a straight line breaks is what its check says, and what a free one costs adds up."""

import math
from dataclasses import replace

import numpy as np
import pytest

from roverctl.traverse.checking import check_line
from roverctl.traverse.explaining import dearer_text, hazard_at, straight_leg, straight_legs
from roverctl.traverse.planner import RouteField, plan_field
from roverctl.traverse.reference import ReferenceTrack
from roverctl.traverse.zones import Zone
from tests.unit.traverse.made import MISSION, Array, Made, ask, hills, level


def dome(east: Array, north: Array) -> Array:
    """A rise of 9 m between start and goal, passable and dear."""
    return np.asarray(-5900.0 + 9.0 * np.exp(-(((east - 60.0) / 25.0) ** 2) - (north / 25.0) ** 2))


def over_dome(**more: object) -> RouteField:
    request = ask((0, 0), (120, 0), spacing_m=1.0, **{"max_slope_rad": math.radians(25.0), **more})
    return plan_field(Made(dome), MISSION, request, whole_field=False)


@pytest.mark.parametrize("objective", ["time", "energy", "risk"])
def test_a_free_straight_line_is_compared_term_by_term(objective: str) -> None:
    field = over_dome(objective=objective)
    route = field.route_to((120.0, 0.0))
    (leg,) = straight_legs(MISSION, field.ground, route)
    assert leg.violation is None and leg.terms is not None and leg.taken is not None
    straight = ReferenceTrack("s", "Moon", np.array([0.0, 120.0]), np.zeros(2), "s")
    assert sum(leg.terms.values()) == pytest.approx(check_line(Made(dome), MISSION, straight, route.request).cost)
    line = np.vstack(([[0.0, 0.0]], route.waypoints_m))
    taken = check_line(Made(dome), MISSION, ReferenceTrack("l", "Moon", line[:, 0], line[:, 1], "l"), route.request)
    assert sum(leg.taken.values()) == pytest.approx(taken.cost)
    assert taken.cost < 0.97 * sum(leg.terms.values())
    text = dearer_text(leg, route.request)
    unit = {"time": "min", "energy": "J", "risk": "m"}[objective]
    assert f"{unit} more for steep ground" in text and f"{unit} less for" in text


def test_a_way_that_goes_straight_costs_what_straight_costs() -> None:
    field = plan_field(Made(level), MISSION, ask((0, 0), (60, 20), spacing_m=1.0, via_m=((30.0, 30.0),)))
    route = field.route_to((60.0, 20.0))
    legs = straight_legs(MISSION, field.ground, route)
    assert [round(leg.length_m, 6) for leg in legs] == [round(math.hypot(30, 30), 6), round(math.hypot(30, 10), 6)]
    assert all("as the way taken does" in dearer_text(leg, route.request) for leg in legs)
    assert "waits are not counted" in dearer_text(legs[0], replace(route.request, depart_ns=0))


def test_a_straight_line_is_free_when_its_check_breaks_nothing() -> None:
    random = np.random.default_rng(8)
    broken = 0
    around = plan_field(Made(hills), MISSION, ask((-160, -160), (160, 160), spacing_m=2.0), whole_field=False)
    for _ in range(60):
        begin, end = random.uniform(-150.0, 150.0, (2, 2)).round() * 1.0
        limits = {"max_slope_rad": math.radians(random.uniform(8.0, 12.0)), "max_up_rad": math.radians(8.0)}
        request = ask(tuple(begin.tolist()), tuple(end.tolist()), spacing_m=2.0, **limits)
        ground = around.ground
        ground.free[:] = ground.slope_rad <= request.max_slope_rad
        cells = ground.box.cell(request.start_m), ground.box.cell(request.goal_m)
        leg = straight_leg(MISSION, ground, request, *cells)
        ends = np.array([ground.box.point(cell) for cell in cells])
        found = check_line(Made(hills), MISSION, ReferenceTrack("s", "Moon", ends[:, 0], ends[:, 1], "s"), request)
        assert (leg.violation is None) == (found.violations == ())
        if leg.violation is not None:
            first = min(found.violations, key=lambda v: v.first)
            assert leg.violation.kind in {v.kind for v in found.violations if v.first == first.first}
            assert leg.along_m == pytest.approx(float(np.hypot(*np.diff(ends, axis=0)[0])) * first.first
                                                / len(found.segment_m), abs=1e-6)  # fmt: skip
            broken += 1
    assert 10 < broken < 60


def test_every_reason_that_a_cell_is_not_free_is_told_in_kind() -> None:
    wall = Made(lambda e, n: np.where(e > 30.0, 3.0, 0.0) - 5900.0 + 0.0 * n, resolution_m=0.2)
    zone = Zone("z", (((5.0, 5.0), (8.0, 5.0), (8.0, 8.0), (5.0, 8.0)),))
    request = ask((0, 0), (12, 0), spacing_m=0.2, avoid=(zone,))
    field = plan_field(wall, MISSION, replace(request, goal_m=(25.0, 0.0)), whole_field=False)
    ground = field.ground
    kinds = {}
    for name, point in {"steep": (30.0, 0.0), "beside": (29.6, 0.0), "zone": (6.0, 6.0), "rim": (0.0, 0.0)}.items():
        cell = (0, 5) if name == "rim" else ground.box.cell(point)
        assert not ground.free[cell]
        found = hazard_at(MISSION, ground, request, cell)
        kinds[name] = found.kind
        assert (found.value is None) == (found.limit is None) == (found.unit == "")
        assert found.value is None or found.value > 15.0
    assert kinds == {"steep": "slope", "beside": "footprint", "zone": "keep-out", "rim": "edge"}
