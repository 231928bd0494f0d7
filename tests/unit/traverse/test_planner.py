"""Planned routes on ground whose shape is known, and on the real DEM."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from roverctl.core.errors import InfeasibleError, InputError
from roverctl.mission.mdb import ROUTE_MAX_WAYPOINTS
from roverctl.traverse.ground import MOST_CELLS, box_around
from roverctl.traverse.planner import plan, plan_field, plan_spacing_m
from roverctl.traverse.route import from_geojson, read_route
from tests.unit.traverse.made import MISSION, Made, ask

Array = npt.NDArray[np.float64]


def wave(east: Array, north: Array) -> Array:
    return np.asarray(12.0 * np.sin(east / 60.0) * np.cos(north / 45.0) + 0.02 * east)


def ring(east: Array, north: Array) -> Array:
    """A steep wall around the origin, 40 m out and 30 m high."""
    return np.asarray(30.0 * np.exp(-(((np.hypot(east, north) - 40.0) / 6.0) ** 2)))


def test_flat_ground_is_crossed_straight() -> None:
    route = plan(Made(lambda e, n: 0.0 * e), MISSION, ask((0, 0), (120, 0), spacing_m=2.0))
    assert route.distance_m == pytest.approx(120.0)
    assert route.waypoints() == [(120.0, 0.0)]
    assert route.max_slope_deg == 0.0
    vehicle = MISSION.vehicle
    expected = 120.0 / vehicle.speed_m_s / (1.0 - vehicle.slip[0]) + 120.0 / vehicle.step_length_m * vehicle.look_time_s
    assert route.duration_s == pytest.approx(expected)
    assert route.cost == pytest.approx(expected)
    document = route.to_json()
    assert {"cost", "distance_m", "duration_s", "max_slope_deg", "spacing_m", "points", "segments"} <= set(document)
    assert len(document["points"][0]) == 3


@pytest.mark.parametrize("objective", ["time", "distance"])
def test_terms_of_all_segments_add_up_to_the_cost(objective: str) -> None:
    route = plan(Made(wave), MISSION, ask((-150, -90), (160, 110), objective=objective, spacing_m=4.0))
    document = json.loads(json.dumps(route.to_json()))
    total = sum(sum(segment["cost_terms"].values()) for segment in document["segments"])
    assert total == pytest.approx(document["cost"], rel=1e-9)
    assert sum(segment["distance_m"] for segment in document["segments"]) == pytest.approx(document["distance_m"])
    assert 0.0 < document["max_slope_deg"] <= document["cell_slope_deg"] <= 15.0
    names = {"time": {"drive", "slip", "look", "rough", "hazard"}, "distance": {"distance", "hazard"}}[objective]
    assert all(set(segment["cost_terms"]) == names for segment in document["segments"])


def test_the_cost_is_that_of_scipys_dijkstra_on_the_same_ground() -> None:
    request = ask((-150, -90), (160, 110), spacing_m=5.0)
    field = plan_field(Made(wave), MISSION, request)
    box, free, z = field.ground.box, field.ground.free, field.ground.elevation_m
    expected = reference_cost(field, box.cell(request.start_m), box.cell(request.goal_m))
    assert not free.all()
    assert plan(Made(wave), MISSION, request).cost == pytest.approx(expected, rel=1e-9)
    assert z.shape == (box.height, box.width)


def reference_cost(field, start, goal) -> float:  # type: ignore[no-untyped-def]
    """Every edge of the ground as numpy sees it, and scipy's Dijkstra."""
    ground, model = field.ground, field.model
    free, spacing = ground.free, ground.box.spacing_m
    height, width = free.shape
    number = np.arange(free.size).reshape(free.shape)
    rows, columns, costs = [], [], []
    for dr, dc in [(0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, -1), (-1, 1)]:
        here = (slice(max(0, -dr), height - max(0, dr)), slice(max(0, -dc), width - max(0, dc)))
        there = (slice(max(0, dr), height + min(0, dr)), slice(max(0, dc), width + min(0, dc)))
        side_a, side_b = (here[0], there[1]), (there[0], here[1])
        plan_m = spacing * math.hypot(dr, dc)
        rise = ground.elevation_m[there] - ground.elevation_m[here]
        bare = ground.base_m[there] - ground.base_m[here]
        steepest = plan_m * math.tan(model.max_slope_rad)
        open_edge = free[here] & free[there] & free[side_a] & free[side_b]
        open_edge &= (np.abs(rise) <= steepest) & (np.abs(bare) <= steepest)
        slip = np.interp(np.arctan(rise / plan_m), model.slip_slope_rad, model.slip)
        cost = np.hypot(plan_m, rise) * model.pace / (1 - slip) + plan_m * model.look
        cost += plan_m * 0.5 * (ground.hazard[here] + ground.hazard[there])
        rows.append(number[here][open_edge])
        columns.append(number[there][open_edge])
        costs.append(cost[open_edge])
    graph = coo_array(
        (np.concatenate(costs), (np.concatenate(rows), np.concatenate(columns))), shape=(free.size, free.size)
    ).tocsr()
    distances = dijkstra(graph, indices=int(number[start]))
    return float(distances[int(number[goal])])


def test_via_points_are_passed_in_order() -> None:
    request = ask((0, 0), (100, 0), via_m=((50, 60), (20, -40)), spacing_m=2.0)
    route = plan(Made(lambda e, n: 0.0 * e), MISSION, request)
    points = list(zip(route.east_m.tolist(), route.north_m.tolist(), strict=True))
    assert points[0] == (0.0, 0.0)
    assert points[-1] == (100.0, 0.0)
    assert 0 < points.index((50.0, 60.0)) < points.index((20.0, -40.0))
    assert (np.hypot(np.diff(route.east_m), np.diff(route.north_m)) > 0).all()


def test_turns_take_time_and_no_cost() -> None:
    flat = Made(lambda e, n: 0.0 * e)
    straight = plan(flat, MISSION, ask((0, 0), (80, 0), spacing_m=2.0))
    bent = plan(flat, MISSION, ask((0, 0), (40, 40), via_m=((40, 0),), spacing_m=2.0))
    assert bent.cost == pytest.approx(straight.cost)
    # The vehicle turns the last 6° of a turn while it drives.
    turn_s = math.radians(90.0 - 6.0) / MISSION.vehicle.turn_rate_rad_s
    assert bent.duration_s - straight.duration_s == pytest.approx(turn_s)


def test_a_ring_has_no_way_out_and_says_what_is_first_in_the_way() -> None:
    with pytest.raises(InfeasibleError) as caught:
        plan(Made(ring), MISSION, ask((0, 0), (90, 0), spacing_m=1.0))
    assert caught.value.exit_code == 3
    message = str(caught.value)
    assert "first in the way" in message and "slope" in message and "15°" in message
    # The wall's slope passes 15 degrees some 10 m before its crest.
    away = float(message.split("first in the way, ")[1].split(" m ")[0])
    slopes = np.degrees(np.arctan(np.abs(np.diff(ring(np.arange(0.0, 45.0, 0.01), np.zeros(4500))) / 0.01)))
    assert away == pytest.approx(np.argmax(slopes > 15.0) * 0.01, abs=1.5)
    # So much ground lies inside, less the half width that the vehicle keeps off.
    around = float(message.split("the beginning is closed in, ")[1].split(" m² ")[0])
    assert around == pytest.approx(
        math.pi * (np.argmax(slopes > 15.0) * 0.01 - MISSION.vehicle.width_m / 2) ** 2, rel=0.1
    )
    with pytest.raises(InfeasibleError, match=f"the end is closed in, it is reached from {around:.0f} m² around it"):
        plan(Made(ring), MISSION, ask((90, 0), (0, 0), spacing_m=1.0))


def test_a_larger_box_is_tried_before_giving_up() -> None:
    def wall(east: Array, north: Array) -> Array:
        return np.where((np.abs(east - 50.0) < 3.0) & (north < 70.0), 100.0, 0.0)

    route = plan(Made(wall), MISSION, ask((0, 0), (100, 0), spacing_m=2.0))
    assert route.north_m.max() > 68.0


def test_a_start_in_a_hazard_names_slope_limit_and_free_ground() -> None:
    with pytest.raises(InfeasibleError, match=r"start .*in a hazard: slope \d+\.\d°, the limit is 15°; .* m away"):
        plan(Made(ring), MISSION, ask((36, 0), (90, 0), spacing_m=1.0))


def test_a_stop_off_the_terrain_is_an_input_error() -> None:
    hole = Made(lambda e, n: np.where(e > 80.0, np.nan, 0.0))
    with pytest.raises(InputError, match=r"goal 177\.59\d+,-45\.4\d+ has no elevation in made"):
        plan(hole, MISSION, ask((0, 0), (90, 0)))


def test_no_data_is_gone_around() -> None:
    gap = Made(lambda e, n: np.where((np.abs(e - 50.0) < 5.0) & (np.abs(n) < 20.0), np.nan, 0.0))
    route = plan(gap, MISSION, ask((0, 0), (100, 0), spacing_m=1.0))
    assert np.isfinite(route.elevation_m).all()
    assert np.abs(route.north_m).max() >= 20.0


def test_the_ground_without_detail_counts_too() -> None:
    steep = Made(lambda e, n: np.where(np.abs(n) < 15.0, 20.0 * np.exp(-(((e - 50.0) / 8.0) ** 2)), 0.0))
    smoothed = Made(lambda e, n: 0.0 * e, base=steep, generated_below_m=10.0)
    route = plan(smoothed, MISSION, ask((0, 0), (100, 0), spacing_m=1.0))
    assert np.abs(route.north_m).max() > 14.0
    assert any("generated" in note for note in route.notes)
    assert (
        plan(replace(smoothed, generated_below_m=0.0), MISSION, ask((0, 0), (100, 0), spacing_m=1.0)).north_m.max() == 0
    )


def test_the_footprint_keeps_off_by_half_the_width() -> None:
    pit = Made(lambda e, n: np.where((np.abs(e - 10.0) < 0.1) & (n < 4.0), -5.0, 0.0))
    route = plan(pit, MISSION, ask((0, 0), (20, 0), spacing_m=0.125))
    near = np.abs(route.east_m - 10.0) < 0.1
    assert route.north_m[near].min() >= 4.0 + 0.5 * MISSION.vehicle.width_m


def test_the_spacing_rule() -> None:
    def spacing(resolution_m: float, length_m: float) -> float:
        made = Made(lambda e, n: 0.0 * e, resolution_m=resolution_m)
        return plan_spacing_m(made, MISSION, ask((0, 0), (length_m, 0)))

    assert spacing(473.0, 27_000.0) == pytest.approx(27.0)
    assert spacing(10.0, 27_000.0) == pytest.approx(10.0)
    assert spacing(473.0, 400.0) <= 1.0
    assert spacing(473.0, 60.0) == MISSION.terrain.map_spacing_m
    assert spacing(0.05, 60.0) == pytest.approx(0.05)
    assert plan_spacing_m(Made(wave), MISSION, ask((0, 0), (60, 0), spacing_m=3.0)) == 3.0


def test_too_many_cells_name_a_resolution_that_fits() -> None:
    points = ((0.0, 0.0), (50_000.0, 20_000.0))
    with pytest.raises(InputError, match="--resolution") as caught:
        box_around(points, 1.0, 0.25)
    fits = float(str(caught.value).split("--resolution ")[1].split()[0])
    box = box_around(points, fits, 0.25)
    assert 0.8 * MOST_CELLS < box.width * box.height <= MOST_CELLS


def test_a_moved_goal_gives_the_route_that_planning_gives() -> None:
    request = ask((-150, -90), (160, 110), via_m=((0.0, 0.0),), spacing_m=5.0)
    field = plan_field(Made(wave), MISSION, request)
    for goal in ((100.0, 30.0), (-100.0, 110.0)):
        moved = field.route_to(goal)
        again = plan_field(Made(wave), MISSION, request).route_to(goal)
        assert moved.cost == again.cost
        assert math.dist((moved.east_m[-1], moved.north_m[-1]), goal) <= 5.0
        assert moved.request.goal_m == goal
    assert field.route_to((160.0, 110.0)).cost == pytest.approx(plan(Made(wave), MISSION, request).cost, rel=1e-12)
    with pytest.raises(InputError, match="plan anew"):
        field.route_to((1e6, 0.0))


def test_the_goal_is_taken_to_the_nearest_node_and_said() -> None:
    route = plan(Made(lambda e, n: 0.0 * e), MISSION, ask((0, 0), (101.0, 0.5), spacing_m=2.0))
    assert route.goal_offset_m == pytest.approx(math.hypot(1.0, 0.5))
    assert route.to_json()["goal_offset_m"] == route.goal_offset_m


def test_start_and_goal_in_one_cell_are_told() -> None:
    with pytest.raises(InputError, match="same"):
        plan(Made(wave), MISSION, ask((0, 0), (0.3, 0), spacing_m=2.0))
    with pytest.raises(InputError, match="same"):
        plan(Made(wave), MISSION, ask((0, 0), (0, 0)))


def test_geojson_gives_the_same_route_back() -> None:
    route = plan(Made(wave), MISSION, ask((-150, -90), (160, 110), via_m=((0, 0),), spacing_m=4.0))
    text = route.to_geojson()
    content = json.loads(text)
    assert content["type"] == "FeatureCollection"
    line = content["features"][0]
    assert line["geometry"]["type"] == "LineString"
    assert all(0.0 <= c[0] < 360.0 and -90.0 <= c[1] <= 90.0 for c in line["geometry"]["coordinates"])
    assert [f["geometry"]["type"] for f in content["features"][1:]] == ["Point"] * (len(route.waypoints_m) + 1)
    again = from_geojson(text, "R.geojson")
    assert again.to_json() == route.to_json()
    assert again.sha256 == content["sha256"]
    assert again.waypoints() == route.waypoints()
    assert again.drive_s == route.drive_s == content["features"][0]["properties"]["drive_s"]
    east, north = MISSION.site.to_site(*np.array(route.to_json()["waypoints"]).T)
    assert np.stack((east, north), axis=1) == pytest.approx(np.array(route.waypoints()), abs=1e-6)
    moved = replace(route, waypoints_m=route.waypoints_m + 0.01)
    assert moved.sha256 != route.sha256
    assert again.to_geojson() == text


def test_bad_route_files_name_file_and_key() -> None:
    text = plan(Made(wave), MISSION, ask((0, 0), (60, 20), spacing_m=4.0)).to_geojson()

    def broken(change: Callable[[dict], None]) -> str:  # type: ignore[type-arg]
        content = json.loads(text)
        change(content)
        with pytest.raises(InputError) as caught:
            from_geojson(json.dumps(content), "R.geojson")
        assert str(caught.value).startswith("R.geojson: ")
        assert "\n" not in str(caught.value)
        return str(caught.value)

    line = "features[0].properties"
    assert broken(lambda c: c.pop("features")) == "R.geojson: features: this key is missing"
    assert broken(lambda c: c.pop("request")) == "R.geojson: request: this key is missing"
    assert broken(lambda c: c["request"].pop("goal_m")) == "R.geojson: request.goal_m: this key is missing"
    assert "objective" in broken(lambda c: c["request"].update(objective="fun"))
    assert broken(lambda c: c["features"][0]["properties"].pop("spacing_m")) == (
        f"R.geojson: {line}.spacing_m: this key is missing"
    )
    for key in ("waypoints", "waypoints_m", "waypoint_s"):

        def without(content: dict, key: str = key) -> None:  # type: ignore[type-arg]
            del content["features"][0]["properties"][key]

        assert broken(without) == f"R.geojson: {line}.{key}: this key is missing"
    assert "waypoint_s for each point" in broken(lambda c: c["features"][0]["properties"]["waypoint_s"].pop())
    assert "must be a list" in broken(lambda c: c["features"][0]["properties"].update(waypoint_s=3.0))
    assert "segments[3].slope_deg" in broken(lambda c: c["features"][0]["properties"]["segments"][3].pop("slope_deg"))
    assert "cost_terms.drive" in broken(
        lambda c: c["features"][0]["properties"]["segments"][2]["cost_terms"].pop("drive")
    )
    assert "coordinates[1]" in broken(lambda c: c["features"][0]["geometry"]["coordinates"].__setitem__(1, [1, "x", 2]))
    assert "changed after it was planned" in broken(
        lambda c: c["features"][0]["geometry"]["coordinates"][1].__setitem__(2, 0.0)
    )
    assert "none has" in broken(lambda c: c["features"].pop(0))
    for garbage in ("", "hello", "[1]", "{}", '{"features": 3}', '{"features": [NaN]}', "[" * 100_000):
        with pytest.raises(InputError, match=r"^R\.geojson: "):
            from_geojson(garbage, "R.geojson")


def test_a_route_file_is_for_one_site(tmp_path: Path) -> None:
    route = plan(Made(wave), MISSION, ask((0, 0), (60, 20), spacing_m=4.0))
    file = tmp_path / "R.geojson"
    file.write_text(route.to_geojson(), encoding="utf-8")
    assert read_route(file, MISSION).to_json() == route.to_json()
    elsewhere = replace(MISSION, site=replace(MISSION.site, longitude_deg=MISSION.site.longitude_deg + 0.01))
    with pytest.raises(InputError, match=r"R\.geojson: planned for another site"):
        read_route(file, elsewhere)
    with pytest.raises(InputError, match=r"none\.geojson: cannot be read: No such file"):
        read_route(tmp_path / "none.geojson", MISSION)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        read_route(file, MISSION)


def test_reading_a_route_needs_no_compiler() -> None:
    code = "import sys, roverctl.traverse.route; print([m for m in ('numba', 'scipy', 'rasterio') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_more_waypoints_than_a_command_carries_are_told() -> None:
    route = plan(Made(wave), MISSION, ask((-150, -90), (160, 110), spacing_m=4.0))
    count = np.arange(ROUTE_MAX_WAYPOINTS + 1.0)
    zigzag = replace(route, waypoints_m=np.stack((4.0 * count, count % 2.0), axis=1))
    assert len(replace(zigzag, waypoints_m=zigzag.waypoints_m[1:]).waypoints()) == ROUTE_MAX_WAYPOINTS
    with pytest.raises(InputError, match="200 waypoints at most"):
        zigzag.waypoints()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_slope_rad": 0.0}, "slope limit"),
        ({"spacing_m": -1.0}, "spacing"),
        ({"objective": "fun"}, "no objective 'fun'; known are time, distance"),
        ({"goal_m": (math.nan, 0.0)}, "goal"),
        ({"objective": "weighted", "weights": (("time", 1.0), ("time", 2.0))}, "two weights"),
    ],
)
def test_impossible_requests_are_told(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ask((0, 0), (1, 1), **change) if "goal_m" not in change else ask((0, 0), change["goal_m"])  # type: ignore[arg-type]


def real_dem() -> Path | None:
    for folder in Path(__file__).resolve().parents:
        file = folder / "shared" / "data" / "terrain" / "vonkarman_gld100_64ppd.tif"
        if file.exists():
            return file
    return None


def test_the_real_dem_holds_the_limit_and_costs_what_scipy_says() -> None:
    file = real_dem()
    if file is None:
        pytest.skip("shared/data/terrain/vonkarman_gld100_64ppd.tif is not beside this checkout")
    import rasterio

    from roverctl.terrain.rasters.raster import RasterTerrain

    start, goal = (
        tuple(float(c) for c in MISSION.site.to_site(*place)) for place in ((177.588, -45.457), (176.30, -45.30))
    )
    terrain = RasterTerrain(file, MISSION)
    request = ask(start, goal)  # type: ignore[arg-type]
    field = plan_field(terrain, MISSION, request)
    route = plan(terrain, MISSION, request)
    box = field.ground.box
    assert route.cost == pytest.approx(reference_cost(field, box.cell(start), box.cell(goal)), rel=1e-6)  # type: ignore[arg-type]
    assert route.goal_offset_m < route.spacing_m
    with rasterio.open(file) as dataset:
        data = dataset.read(1).astype(np.float64) * dataset.scales[0] + dataset.offsets[0]
        column, row = ~dataset.transform @ (
            (route.longitude_deg + 180.0) % 360.0 - 180.0 if dataset.bounds.left < 0 else route.longitude_deg,
            route.latitude_deg,
        )
    column, row = np.asarray(column) - 0.5, np.asarray(row) - 0.5
    c, r = np.floor(column).astype(int), np.floor(row).astype(int)
    u, v = column - c, row - r
    height = (
        data[r, c] * (1 - u) * (1 - v) + data[r, c + 1] * u * (1 - v)
        + data[r + 1, c] * (1 - u) * v + data[r + 1, c + 1] * u * v
    )  # fmt: skip
    slope = np.degrees(np.arctan(np.abs(np.diff(height)) / np.hypot(np.diff(route.east_m), np.diff(route.north_m))))
    assert slope.max() < 15.0
    assert route.max_slope_deg < 15.0
