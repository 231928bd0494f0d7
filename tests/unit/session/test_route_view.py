"""A route as the window shows it: the figures are those of its file, and of a check of its line."""

import numpy as np
import pytest

from roverctl.session.work.planning import route_content
from roverctl.traverse.checking import check_line
from roverctl.traverse.planner import plan_field
from roverctl.traverse.reference import ReferenceTrack
from tests.unit.traverse.made import MISSION, Made, ask, hills


def test_the_window_the_file_and_the_check_tell_the_same() -> None:
    request = ask((0, 0), (150, 90), spacing_m=2.0)
    field = plan_field(Made(hills), MISSION, request, whole_field=False)
    route = field.route_to(request.goal_m)
    view = route_content(MISSION, field.ground, route)["view"]
    line = np.vstack(([[0.0, 0.0]], route.waypoints_m))
    found = check_line(Made(hills), MISSION, ReferenceTrack("l", "Moon", line[:, 0], line[:, 1], "l"), request)
    document = route.to_json()
    for shown, written, checked in (
        ("max_slope_deg", "max_slope_deg", found.max_slope_deg), ("distance_m", "drive_m", found.drive_m),
        ("duration_s", "drive_s", found.drive_s),
    ):  # fmt: skip
        assert view[shown] == document[written] == pytest.approx(checked, rel=1e-6)
    # The strips under the map are of the same samples.
    assert np.abs(view["slope_deg"]).max() == pytest.approx(view["max_slope_deg"])
    assert view["along_m"][-1] == pytest.approx(view["distance_m"])
    assert view["seconds"][-1] == pytest.approx(view["duration_s"])
    assert len(view["strips"]["across_deg"]) == len(view["along_m"])
    rightwards = np.degrees(np.arctan(_gradient_to_the_right(view["east_m"], view["north_m"])))
    # Positive where the right side is lower.
    assert np.allclose(view["strips"]["across_deg"][1:-1], -rightwards[1:-1], atol=1.5)


def _gradient_to_the_right(east: np.ndarray, north: np.ndarray) -> np.ndarray:
    to_east, to_north = np.gradient(east), np.gradient(north)
    length = np.hypot(to_east, to_north)
    right_e, right_n = to_north / length, -to_east / length
    rise = hills(east + right_e, north + right_n) - hills(east - right_e, north - right_n)
    return np.asarray(rise / 2.0)
