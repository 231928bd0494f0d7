"""Keep-outs and corridors: what a polygon covers, what a route does about it, what is wrong with a file."""

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.draw import polygon2mask

from roverctl.core.errors import InfeasibleError, InputError
from roverctl.traverse.files.zone_file import read_zones
from roverctl.traverse.planner import plan
from roverctl.traverse.route import from_geojson
from roverctl.traverse.zones import Zone, covered, near_outline
from tests.unit.traverse.made import MISSION, Made, ask, level


def rectangle(west: float, south: float, east: float, north: float, name: str = "box") -> Zone:
    return Zone(name, (((west, south), (east, south), (east, north), (west, north)),))


def ring(radius: float, width: float) -> Zone:
    angles = np.linspace(0.0, 2.0 * math.pi, 60, endpoint=False)
    circles = [[(r * math.cos(a), r * math.sin(a)) for a in angles] for r in (radius, radius + width)]
    return Zone("ring", tuple(tuple(circle) for circle in circles))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), corners=st.integers(3, 30))
def test_a_polygon_covers_what_scikit_image_says(seed: int, corners: int) -> None:
    random = np.random.default_rng(seed)
    angles = np.sort(random.uniform(0.0, 2.0 * math.pi, corners))
    if np.diff(np.append(angles, angles[0] + 2.0 * math.pi)).min() < 1e-3:
        return
    reach = random.uniform(3.0, 19.0, corners)
    points = np.stack((20.0 + reach * np.cos(angles), 20.0 + reach * np.sin(angles)), axis=1)
    try:
        zone = Zone("star", (tuple((float(x), float(y)) for x, y in points),))
    except InputError:
        return  # a fan of few corners may fold over itself
    ours = covered(zone, 0.0, 0.0, 1.0, 40, 40)
    theirs = polygon2mask((40, 40), points[:, ::-1])  # type: ignore[no-untyped-call]
    assert (ours != theirs).sum() == 0


def test_the_outline_is_as_near_as_its_segments() -> None:
    zone = Zone("triangle", (((3.0, 4.0), (90.0, 20.0), (40.0, 70.0)),))
    near = near_outline(zone, 5.0, 0.0, 0.0, 2.0, 60, 45)
    corners = np.array(zone.rings[0])
    for row, column in np.ndindex(45, 60):
        p = np.array([column * 2.0, row * 2.0])
        away = math.inf
        for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            part = np.clip((p - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0)
            away = min(away, float(np.linalg.norm(p - a - part * (b - a))))
        assert near[row, column] == (away <= 5.0)


def test_a_keep_out_is_gone_around_with_half_the_vehicle_to_spare() -> None:
    zone = rectangle(40.0, -30.0, 60.0, 30.0)
    route = plan(Made(level), MISSION, ask((0, 0), (100, 0), spacing_m=1.0, avoid=(zone,)))
    line = np.vstack([[0.0, 0.0], route.waypoints_m])
    along = np.concatenate([np.linspace(a, b, 200) for a, b in itertools.pairwise(line)])
    dx = np.maximum(np.abs(along[:, 0] - 50.0) - 10.0, 0.0)
    dy = np.maximum(np.abs(along[:, 1]) - 30.0, 0.0)
    assert np.hypot(dx, dy).min() >= MISSION.vehicle.width_m / 2.0
    assert route.distance_m < 127.0


def test_a_zone_thinner_than_the_grid_is_not_slipped_through() -> None:
    thin = rectangle(50.2, -2000.0, 50.3, 2000.0)
    with pytest.raises(InfeasibleError, match="keep-out 'box'"):
        plan(Made(level), MISSION, ask((0, 0), (100, 0), spacing_m=4.0, avoid=(thin,)))


def test_a_ring_around_the_start_leaves_no_route_and_says_so() -> None:
    with pytest.raises(InfeasibleError, match=r"no route .*keep-out 'ring'"):
        plan(Made(level), MISSION, ask((0, 0), (100, 0), spacing_m=2.0, avoid=(ring(30.0, 6.0),)))


def test_a_start_in_a_keep_out_is_told_with_the_nearest_free_place() -> None:
    with pytest.raises(
        InfeasibleError, match=r"start .* keep-out 'box'; the nearest free ground is 6\.0 m away, at 177"
    ):
        plan(Made(level), MISSION, ask((0, 0), (100, 0), spacing_m=1.0, avoid=(rectangle(-5.0, -5.0, 5.0, 5.0),)))


def test_a_corridor_is_kept() -> None:
    bend = Zone("bend", (((-10, -10), (110, -10), (110, 110), (90, 110), (90, 10), (-10, 10)),))
    route = plan(Made(level), MISSION, ask((0, 0), (100, 100), spacing_m=1.0, within=(bend,)))
    assert route.distance_m > 150.0
    assert all(n < 10.0 or e > 90.0 for e, n in zip(route.east_m, route.north_m, strict=True))
    with pytest.raises(InfeasibleError, match="outside the corridor 'bend'"):
        plan(Made(level), MISSION, ask((0, 0), (50, 60), spacing_m=1.0, within=(bend,)))


def test_a_route_keeps_its_zones_in_its_file() -> None:
    request = ask(
        (0, 0), (60, 0), spacing_m=2.0, avoid=(rectangle(20.0, -10.0, 30.0, 10.0),), max_up_rad=math.radians(12.0)
    )
    route = plan(Made(level), MISSION, request)
    again = from_geojson(route.to_geojson(), "route")
    assert again.request.avoid == request.avoid
    assert again.request.max_up_rad == pytest.approx(request.max_up_rad)
    assert again.sha256 == route.sha256


def test_a_zone_far_away_is_a_mistake() -> None:
    with pytest.raises(InputError, match="lies 500 km from the start"):
        plan(Made(level), MISSION, ask((0, 0), (60, 0), avoid=(rectangle(5e5, -10.0, 6e5, 10.0),)))


@pytest.mark.parametrize(
    ("rings", "message"),
    [
        ((), "empty"),
        ((((0.0, 0.0), (1.0, 1.0)),), "2 corners"),
        ((((0.0, 0.0), (1.0, 1.0), (2.0, 2.0)),), "no area"),
        ((((0.0, 0.0), (9.0, 9.0), (9.0, 0.0), (0.0, 9.0)),), "crosses itself, edge 1 with edge 3"),
        ((((0.0, 0.0), (math.nan, 1.0), (2.0, 0.0)),), "no number"),
    ],
)
def test_what_is_no_polygon_is_refused(rings: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Zone("zone", rings)


def test_polygons_of_a_file_lie_where_they_are_drawn(tmp_path: Path) -> None:
    file = tmp_path / "zones.geojson"
    corners = [[177.590, -45.457], [177.592, -45.457], [177.592, -45.456], [177.590, -45.457]]
    polygon = {"type": "Polygon", "coordinates": [corners]}
    features = [{"type": "Feature", "properties": {"name": "slope"}, "geometry": polygon}]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (zone,) = read_zones(file, MISSION)
    assert zone.name == "zones.geojson: slope"
    expected = [MISSION.site.to_site(lon, lat) for lon, lat in corners[:3]]
    assert np.array(zone.rings[0]) == pytest.approx(np.array(expected))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[]", "must be a JSON object"),
        ('{"type": "FeatureCollection", "features": []}', "no polygon"),
        ('{"type": "Point", "coordinates": [1, 2]}', "a Point is no zone"),
        ('{"type": "Polygon", "coordinates": [[[1, 2], [500, 3], [4, 5]]]}', r"\[500, 3\] is no \[longitude"),
        ('{"type": "Polygon", "coordinates": 7}', "must be a list of rings"),
        ('{"type": "Polygon", "coordinates": []}', "empty"),
    ],
)
def test_a_bad_file_is_one_message(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "bad.geojson"
    file.write_text(content)
    with pytest.raises(InputError, match=message):
        read_zones(file, MISSION)


def test_a_short_way_goes_around_a_long_wall_and_says_how_far_it_looked() -> None:
    def wall(length_m: float) -> Zone:
        return Zone("wall", (((14.0, -length_m), (16.0, -length_m), (16.0, length_m), (14.0, length_m)),))

    around = plan(Made(level), MISSION, ask((0, 0), (30, 0), spacing_m=0.5, avoid=(wall(90.0),)))
    assert np.abs(around.north_m).max() > 90.0
    with pytest.raises(InfeasibleError, match=r"keep-out 'wall'; searched 120 m around the stops"):
        plan(Made(level), MISSION, ask((0, 0), (30, 0), spacing_m=0.5, avoid=(wall(900.0),)))
