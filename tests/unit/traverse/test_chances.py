"""Chances under DEM errors that are alike over long ways, where the answer is known without drawing copies."""

import math

import numpy as np
import pytest

from roverctl.traverse.planner import plan_field
from roverctl.traverse.uncertainty import ErrorModel, breaking_chances
from tests.unit.traverse.made import MISSION, Array, Made, ask


def ramp(east: Array, north: Array) -> Array:
    """9° up to the north."""
    return np.asarray(-5900.0 + math.tan(math.radians(9.0)) * north)


def test_an_error_that_all_points_share_breaks_all_segments_or_none() -> None:
    field = plan_field(Made(ramp), MISSION, ask((0, 0), (300.0, 0.0), spacing_m=1.0), whole_field=False)
    route = field.route_to((300.0, 0.0))
    # A gradient's sigma is sigma / length over ways that are short beside the length.
    errors = ErrorModel(sigma_m=300.0, length_m=10_000.0, copies=4000)
    each, any_of_them = breaking_chances(field.ground, route, errors, math.radians(11.0))
    draws = np.random.default_rng(2).normal((math.tan(math.radians(9.0)), 0.0), 0.03, (400_000, 2))
    one = float((np.hypot(*draws.T) > math.tan(math.radians(11.0))).mean())
    assert len(each) == 300 and 0.05 < one < 0.3
    assert each == pytest.approx(np.full(300, one), abs=0.025)
    assert any_of_them == pytest.approx(one, abs=0.04)


def test_errors_of_the_points_on_both_sides_of_a_draw_are_alike() -> None:
    field = plan_field(Made(ramp), MISSION, ask((0, 0), (700.0, 0.0), spacing_m=1.0), whole_field=False)
    route = field.route_to((700.0, 0.0))
    each, _ = breaking_chances(field.ground, route, ErrorModel(1.2, 40.0, copies=4000), math.radians(11.0))
    # All segments of a plane are the same: none has a chance of its own.
    assert each.max() - each.min() < 0.04
    assert each.mean() > 0.05
