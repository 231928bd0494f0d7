"""Lines checked: their figures against the planner's and against formulas, and every limit that one can break."""

import itertools
import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from roverctl.core.errors import CommandRefusedError, InputError
from roverctl.core.times import parse_utc
from roverctl.traverse.checking import MOST_CELLS_ALONG, check_line
from roverctl.traverse.planner import plan, plan_field
from roverctl.traverse.reference import MOST_TRACK_POINTS, ReferenceTrack
from roverctl.traverse.route import Route, from_geojson, read_route
from roverctl.traverse.violations import Waiver, over_text, waived
from roverctl.traverse.zones import Zone, reached_by
from tests.unit.traverse.made import MISSION, Array, Made, ask, hills, level

VEHICLE = MISSION.vehicle


def line(*points: tuple[float, float]) -> ReferenceTrack:
    east, north = np.array(points, dtype=np.float64).T
    return ReferenceTrack("a line", "Moon", east, north, "line.csv")


def tilted(degrees: float, from_east_m: float = -math.inf) -> Made:
    """Rising to the east, level up to a place."""
    rise = math.tan(math.radians(degrees))
    return Made(lambda e, n: rise * (np.maximum(e, from_east_m) - max(from_east_m, 0.0)) - 5900.0 + 0.0 * n)


@pytest.mark.parametrize("objective", ["time", "energy", "risk", "distance"])
def test_a_planned_path_checked_costs_what_the_plan_said(objective: str) -> None:
    route = plan(Made(hills), MISSION, ask((0, 0), (150, 90), spacing_m=3.0, objective=objective))
    path = ReferenceTrack("path", "Moon", route.east_m, route.north_m, "plan")
    found = check_line(Made(hills), MISSION, path, route.request)
    assert found.violations == ()
    # The planner's slopes are single precision, and the price is of their fourth power.
    assert found.cost == pytest.approx(route.cost, rel=1e-6)
    for name, values in route.terms.items():
        assert np.allclose(found.terms[name], values, rtol=1e-5, atol=1e-9)
    assert found.duration_s == pytest.approx(route.duration_s, rel=1e-9)
    assert found.cell_slope_deg == pytest.approx(route.cell_slope_deg, abs=1e-4)
    assert set(found.to_json()["segments"][0]) == set(route.to_json()["segments"][0])


def test_the_line_that_is_commanded_breaks_nothing_either() -> None:
    zone = Zone("z", (((40.0, 10.0), (70.0, 60.0), (60.0, -20.0)),))
    route = plan(Made(hills), MISSION, ask((0, 0), (150, 90), spacing_m=2.0, avoid=(zone,)))
    corners = np.vstack([[0.0, 0.0], route.waypoints_m])
    found = check_line(Made(hills), MISSION, line(*map(tuple, corners.tolist())), route.request)
    assert [v for v in found.violations if v.kind == "keep-out"] == []
    assert found.drive_s == pytest.approx(route.drive_s, rel=0.01)


def test_a_slope_climbed_is_told_with_place_value_and_limit() -> None:
    ground = tilted(18.0, from_east_m=40.0)
    route = check_line(ground, MISSION, line((0, 0), (100, 0)), ask((0, 0), (1, 0), spacing_m=1.0))
    kinds = {v.kind: v for v in route.violations}
    assert set(kinds) == {"slope", "climb"}
    climb = kinds["climb"]
    assert (climb.key, climb.first, climb.last, climb.unit) == ("climb-1", 40, 99, "deg")
    assert climb.value == pytest.approx(18.0) and climb.limit == 15.0
    assert 40.0 < climb.place_m[0] < 100.0 and climb.place_m[1] == 0.0
    down = check_line(ground, MISSION, line((100, 0), (0, 0)), ask((0, 0), (1, 0), spacing_m=1.0))
    assert {v.kind for v in down.violations} == {"slope", "descent"}
    aside = check_line(ground, MISSION, line((80, 0), (80, 50)), ask((0, 0), (1, 0), spacing_m=1.0))
    assert [v.kind for v in aside.violations] == ["slope"]
    across = ask((0, 0), (1, 0), spacing_m=1.0, max_slope_rad=math.radians(25), max_across_rad=math.radians(17))
    found = check_line(ground, MISSION, line((80, 0), (80, 50)), across).violations
    assert [(v.kind, round(v.value or 0.0, 6)) for v in found] == [("cross slope", 18.0)]


def test_figures_of_a_plane_are_those_of_the_formulas() -> None:
    route = check_line(tilted(10.0), MISSION, line((0, 0), (30, 0), (30, 40)), ask((0, 0), (1, 0), spacing_m=1.0))
    slip = np.interp(math.radians(10.0), VEHICLE.slip_slope_rad, VEHICLE.slip)
    up_s = 30.0 / math.cos(math.radians(10.0)) / VEHICLE.speed_m_s / (1.0 - slip)
    along_s = 40.0 / VEHICLE.speed_m_s / (1.0 - np.interp(0.0, VEHICLE.slip_slope_rad, VEHICLE.slip))
    looks_s = 70.0 / VEHICLE.step_length_m * VEHICLE.look_time_s
    turn_s = math.radians(90.0 - 6.0) / VEHICLE.turn_rate_rad_s
    assert route.drive_s == pytest.approx(up_s + along_s + looks_s + turn_s)
    assert route.waypoints() == [(30.0, 0.0), (30.0, 40.0)]
    assert route.distance_m == pytest.approx(30.0 / math.cos(math.radians(10.0)) + 40.0)


def test_ground_beside_the_wheels_counts() -> None:
    """A wall half a metre beside the line, finer than the vehicle is wide."""
    ground = Made(lambda e, n: np.where(n > 0.45, 2.0, 0.0) + 0.0 * e, resolution_m=0.1)
    found = check_line(ground, MISSION, line((0, 0), (8, 0)), ask((0, 0), (1, 0), spacing_m=0.1)).violations
    assert [v.kind for v in found] == ["footprint"]


def test_missing_data_are_told_and_leave_no_nan() -> None:
    ground = Made(lambda e, n: np.where((e > 20) & (e < 30), np.nan, 0.0) + 0.0 * n)
    route = check_line(ground, MISSION, line((0, 0), (60, 0)), ask((0, 0), (1, 0), spacing_m=1.0))
    (missing,) = route.violations
    assert missing.kind == "no data" and missing.key == "no-data-1" and missing.value is None
    assert 18 <= missing.first <= 20 and 29 <= missing.last <= 31
    assert "NaN" not in route.to_geojson()
    nothing = Made(lambda e, n: np.nan * e)
    with pytest.raises(InputError, match="no elevation along it in made"):
        check_line(nothing, MISSION, line((0, 0), (60, 0)), ask((0, 0), (1, 0)))


def test_zones_are_told_by_name_however_thin() -> None:
    thin = Zone("cable", (((50.0, -9.0), (50.001, -9.0), (50.001, 9.0), (50.0, 9.0)),))
    wide = Zone("crater", (((20.2, 0.45), (24.2, 0.45), (22.0, 9.0)),))
    far = Zone("far", (((20.0, 20.0), (24.0, 20.0), (22.0, 29.0)),))
    request = ask((0, 0), (1, 0), spacing_m=4.0, avoid=(thin, wide, far))
    found = check_line(Made(level), MISSION, line((0, 0), (100, 0)), request).violations
    assert [(v.kind, "crater" in v.text, "cable" in v.text) for v in found] == [
        ("keep-out", True, False), ("keep-out", False, True),
    ]  # fmt: skip
    corridor = Zone("road", (((-5.0, -5.0), (60.0, -5.0), (60.0, 5.0), (-5.0, 5.0)),))
    within = replace(request, avoid=(), within=(corridor,))
    (out,) = check_line(Made(level), MISSION, line((0, 0), (100, 0)), within).violations
    assert out.kind == "keep-in" and "'road'" in out.text and 13 <= out.first <= 15 and out.last == 24


def test_reaching_a_zone_is_what_distances_say() -> None:
    """Against distances to every point of a finely sampled outline."""
    random = np.random.default_rng(5)
    for _ in range(6):
        angle = np.sort(random.uniform(0, 2 * np.pi, 9))
        radius = random.uniform(5, 20, 9)
        ring = tuple(zip((radius * np.cos(angle)).tolist(), (radius * np.sin(angle)).tolist(), strict=True))
        try:
            zone = Zone("z", (ring,))
        except InputError:
            continue
        # Single points far apart, so that no step between them crosses.
        east, north = random.uniform(-25, 25, (2, 80))
        corners = np.array(ring)
        outline = np.concatenate(
            [np.linspace(a, b, 400) for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)]
        )
        away = np.hypot(outline[:, 0] - east[:, None], outline[:, 1] - north[:, None]).min(axis=1)
        for k in range(len(east)):
            inside, near = reached_by(zone, 2.0, east[k : k + 1], north[k : k + 1])
            turns = np.angle(
                np.exp(1j * np.diff(np.arctan2(outline[:, 1] - north[k], outline[:, 0] - east[k]), append=0))
            )
            assert abs(away[k] - 2.0) < 0.05 or bool(near[0]) == (away[k] < 2.0)
            if away[k] > 0.1:
                closed = np.vstack((outline, outline[:1])) - (east[k], north[k])
                turns = np.angle(np.exp(1j * np.diff(np.arctan2(closed[:, 1], closed[:, 0]))))
                assert bool(inside[0]) == (abs(turns.sum()) > 1.0)


def checked(**more: object) -> Route:
    return check_line(
        tilted(18.0), MISSION, line((0, 0), (0, 30), (50, 30)), ask((0, 0), (1, 0), spacing_m=1.0, **more)
    )


def test_violations_block_a_command_unless_each_is_waived() -> None:
    route = checked()
    keys = [v.key for v in route.violations]
    assert keys == ["slope-1", "climb-1"]
    with pytest.raises(CommandRefusedError, match=r"slope-1: a slope of 18\.0°, the limit is 15°.*and 1 more"):
        route.command()
    half = route.waive(waived(route.violations, "Wang", "seen from the lander", "slope"))
    with pytest.raises(CommandRefusedError, match="climb-1: a climb"):
        half.command()
    whole = half.waive(waived(route.violations, "Li", "short", "climb-1"))
    waypoints, comment = whole.command()
    assert waypoints == [(0.0, 30.0), (50.0, 30.0)]
    assert comment == f"route {whole.sha256}; climb-1 waived by Li: short; slope-1 waived by Wang: seen from the lander"
    assert whole.sha256 != route.sha256


def test_waivers_travel_in_the_file_and_nobody_adds_one_unseen(tmp_path: Path) -> None:
    route = checked()
    whole = route.waive(waived(route.violations, "Wang", 'it said "go"; ünïcode', "all"))
    file = tmp_path / "r.geojson"
    file.write_text(whole.to_geojson(), encoding="utf-8")
    again = read_route(file, MISSION)
    assert again.violations == whole.violations and again.waivers == whole.waivers
    assert again.to_geojson() == whole.to_geojson() and again.checked == whole.checked
    with pytest.raises(InputError, match="changed after it was planned"):
        from_geojson(whole.to_geojson().replace('"Wang"', '"Chen"', 1), "r")


@pytest.mark.parametrize(
    ("name", "reason", "which", "problem"),
    [
        ("", "why", "all", "needs a name"), ("Wang", " ", "all", "needs a reason"),
        ("Wang", "a\nb", "all", "one line"), ("Wang", "w" * 301, "all", "300 characters"),
        ("Wang", "why", "charge", r"no violation 'charge'.*slope-1, climb-1"),
    ],
)  # fmt: skip
def test_a_waiver_needs_a_name_a_reason_and_a_violation(name: str, reason: str, which: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        waived(checked().violations, name, reason, which)


def test_the_later_waiver_of_one_violation_holds() -> None:
    route = checked()
    twice = route.waive((Waiver("A", "x", "slope-1"),)).waive((Waiver("B", "y", "slope-1"),))
    assert twice.waivers == (Waiver("B", "y", "slope-1"),)


def test_a_departure_tells_sun_and_charge_of_a_line() -> None:
    request = ask((0, 0), (1, 0), spacing_m=1.0, depart_ns=parse_utc("2019-01-05T00:00:00Z"))
    route = check_line(Made(level), MISSION, line((0, 0), (60, 0)), request)
    planned = plan(Made(level), MISSION, replace(request, goal_m=(60.0, 0.0)))
    assert route.timing is not None and planned.timing is not None
    assert route.timing["arrive_ns"] == pytest.approx(planned.timing["arrive_ns"], abs=60e9)
    assert route.timing["lowest_charge"] == pytest.approx(planned.timing["lowest_charge"], abs=0.005)
    empty = replace(MISSION, vehicle=replace(VEHICLE, plan_charge=0.999))
    assert [v.kind for v in check_line(Made(level), empty, line((0, 0), (60, 0)), request).violations] == ["charge"]
    broken = plan(Made(level), empty, replace(request, goal_m=(60.0, 0.0)))
    assert [v.key for v in broken.violations] == ["charge-1"]
    assert from_geojson(broken.to_geojson(), "r").violations == broken.violations


@pytest.mark.parametrize(
    ("points", "more", "problem"),
    [
        (((3, 3), (3, 3)), {}, "one place"),
        (((3, 3),), {}, "one place"),
        (((0, 0), (1e5, 0)), {"spacing_m": 0.5}, r"100\.0 km at 0\.5 m.*--resolution 3 would fit"),
        (((0, 0), (10, 0)), {"objective": "sun"}, "objective|time, distance"),
    ],
)
def test_lines_that_cannot_be_checked(
    points: tuple[tuple[float, float], ...], more: dict[str, object], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        check_line(Made(level), MISSION, line(*points), ask((0, 0), (1, 0), **more))


def test_100000_points_are_checked_in_time_and_more_refused() -> None:
    t = np.linspace(0.0, 1.0, MOST_TRACK_POINTS)
    winding = ReferenceTrack("w", "Moon", 4000.0 * t, 30.0 * np.sin(60.0 * t), "w.csv")
    begin = time.process_time()
    route = check_line(Made(hills), MISSION, winding, ask((0, 0), (1, 0)))
    assert time.process_time() - begin < 10.0
    assert len(route.segment_m) <= 2 * MOST_CELLS_ALONG
    with pytest.raises(InputError, match="100,001 points; 100,000 at most"):
        ReferenceTrack("w", "Moon", np.zeros(100_001), np.zeros(100_001), "w.csv")


def test_no_edge_of_a_plan_comes_nearer_to_a_keep_out_than_half_the_width() -> None:
    """A sharp corner between two nodes of a diagonal, at a spacing coarser than the vehicle."""
    zone = Zone("thorn", (((60.0, -80.0), (61.0, -80.0), (60.5, 1.1)),))
    field = plan_field(Made(level), MISSION, ask((0, 0), (120, 0), spacing_m=2.0, avoid=(zone,)))
    route = field.route_to((120.0, 0.0))
    corners: Array = np.vstack([[0.0, 0.0], route.waypoints_m])
    for way in (np.stack((route.east_m, route.north_m), axis=1), corners):
        dense = np.concatenate([np.linspace(a, b, 400) for a, b in itertools.pairwise(way)])
        assert np.hypot(dense[:, 0] - 60.5, dense[:, 1] - 1.1).min() >= 0.5 * VEHICLE.width_m


def test_a_value_just_over_its_limit_is_told_as_over_it() -> None:
    assert over_text(17.44, 15.0) == "17.4°, the limit is 15°"
    assert over_text(15.02, 15.0) == "15.02°, the limit is 15°"
    assert over_text(4.81376, 4.81375) == "4.814°, the limit is 4.81375°"
