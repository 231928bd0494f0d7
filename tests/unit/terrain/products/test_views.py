"""What is seen from a point, against the line of sight to each node."""

import dataclasses
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import rasterio

from roverctl.core.errors import InputError
from roverctl.terrain.products.catalogue import Setting, Window, compute
from roverctl.terrain.products.viewshed import viewshed
from tests.unit.doubles import Ground, flat
from tests.unit.terrain.products import marched

MOON_M = 1_737_400.0


@pytest.mark.parametrize("eye", [(64, 64), (20, 100), (0, 0), (127, 60)])
def test_a_view_is_the_line_of_sight_to_every_node(eye: tuple[int, int]) -> None:
    z = marched.fractal(128, 7, 0.25)
    ours = viewshed(z, 1.0, *eye, 3.0, 0.0, MOON_M)
    nodes = [(r, c) for r in range(0, 128, 3) for c in range(0, 128, 3)]
    right = np.array([marched.sees(z, 1.0, eye, 3.0, node, 0.0, MOON_M) for node in nodes])
    assert 0.02 < right.mean() < 0.9
    assert np.mean(np.array([ours[node] for node in nodes]) != right) < 0.03


def test_a_view_is_nearer_to_the_lines_of_sight_than_gdals(tmp_path: Path) -> None:
    if shutil.which("gdal_viewshed") is None:
        pytest.skip("gdal_viewshed is not installed here")
    z = marched.fractal(128, 9, 0.3)
    source, out = tmp_path / "dem.tif", tmp_path / "view.tif"
    transform = rasterio.transform.from_origin(-0.5, 127.5, 1.0, 1.0)
    with rasterio.open(
        source, "w", driver="GTiff", width=128, height=128, count=1, dtype="float32", transform=transform
    ) as dataset:
        dataset.write(z[::-1], 1)
    options = ["-q", "-md", "0", "-cc", "0", "-ox", "64", "-oy", "64", "-oz", "3"]
    subprocess.run(["gdal_viewshed", *options, str(source), str(out)], check=True, capture_output=True)
    with rasterio.open(out) as dataset:
        theirs = dataset.read(1)[::-1] == 255
    ours = viewshed(z, 1.0, 64, 64, 3.0) == 1.0
    nodes = [(r, c) for r in range(0, 128, 2) for c in range(0, 128, 2)]
    right = np.array([marched.sees(z, 1.0, (64, 64), 3.0, node) for node in nodes])
    wrong = [np.mean(np.array([view[node] for node in nodes]) != right) for view in (ours, theirs)]
    assert wrong[0] < wrong[1]


def test_a_turned_world_has_a_turned_view() -> None:
    z = marched.fractal(64, 2, 0.3)
    view = viewshed(z, 1.0, 20, 31, 2.0)
    turned = viewshed(np.rot90(z), 1.0, 63 - 31, 20, 2.0)
    # nodes on the diagonals belong to two quarters
    assert np.mean(turned != np.rot90(view)) < 0.005


def test_a_wall_hides_what_it_shades() -> None:
    z = np.zeros((41, 101))
    z[:, 20] = 5.0
    # from 10 m over node (20, 0), 20 m before the wall of 5 m: its shade ends at 40 m
    view = viewshed(z, 1.0, 20, 0, 10.0)
    assert np.all(view[20, :21] == 1) and np.all(view[20, 22:40] == 0) and np.all(view[20, 41:] == 1)
    # what is 5 m high shows over it everywhere, as the eye looks down on the wall's top
    assert np.all(viewshed(z, 1.0, 20, 0, 10.0, 5.0)[20] == 1)


def test_far_ground_sinks_below_the_horizon() -> None:
    z = np.zeros((3, 301))
    view = viewshed(z, 100.0, 1, 0, 10.0, 0.0, MOON_M)[1]
    # the horizon from 10 m is sqrt(2 R h) = 5.9 km away
    edge_m = 100.0 * np.flatnonzero(view == 1).max()
    assert edge_m == pytest.approx(math.sqrt(2.0 * MOON_M * 10.0), abs=150.0)


def test_no_view_from_where_there_is_no_ground() -> None:
    z = np.zeros((5, 5))
    z[2, 2] = np.nan
    for place in ((2, 2), (-1, 0), (0, 5)):
        with pytest.raises(InputError, match="no ground"):
            viewshed(z, 1.0, *place, 2.0)
    assert math.isnan(viewshed(z, 1.0, 0, 0, 2.0)[2, 2])
    with pytest.raises(InputError, match=r"no ground at 500\.0 m east"):
        hole = Ground(lambda east, north: np.where(east > 400.0, np.nan, 0.0))
        compute(hole, "viewshed", Window(0.0, 0.0, 1.0, 8, 8), Setting(point_m=(500.0, 0.0)))


def rolling(east: marched.Array, north: marched.Array) -> marched.Array:
    """Hills of 600 and 230 m, smooth enough that any spacing shows them."""
    return np.asarray(12.0 * np.sin(east / 95.0) * np.cos(north / 120.0) + 4.0 * np.sin((east + 2 * north) / 37.0))


@pytest.mark.parametrize("point", [(210.0, 130.0), (-900.0, 400.0), (3000.0, -2500.0)], ids=["inside", "near", "far"])
def test_a_window_is_seen_from_inside_near_and_far(point: tuple[float, float]) -> None:
    ground = Ground(rolling)
    window = Window(0.0, 0.0, 10.0, 60, 50)
    setting = Setting(point_m=point, point_height_m=60.0, radius_m=MOON_M)
    ours = compute(ground, "viewshed", window, setting)
    eye_m = float(rolling(*np.array(point))) + 60.0
    wrong = 0
    nodes = [(r, c) for r in range(0, 50, 2) for c in range(0, 60, 2)]
    for row, column in nodes:
        east, north = window.easts_m[column] - point[0], window.norths_m[row] - point[1]
        away = math.hypot(east, north)
        d = np.arange(0.5, max(away - 5.0, 0.6), 0.5)
        along = (rolling(point[0] + east * d / away, point[1] + north * d / away) - eye_m) / d - d / (2.0 * MOON_M)
        target = (rolling(window.easts_m[column], window.norths_m[row]) - eye_m) / away - away / (2.0 * MOON_M)
        wrong += (float(along.max()) <= float(target)) != bool(ours[row, column])
    assert 0.05 < ours.mean() < 0.95
    assert wrong / len(nodes) < 0.04


def test_windows_that_overlap_see_the_same() -> None:
    setting = Setting(point_m=(-300.0, 200.0), point_height_m=60.0, radius_m=MOON_M)
    one = compute(Ground(rolling), "viewshed", Window(0.0, 0.0, 5.0, 64, 64), setting)
    other = compute(Ground(rolling), "viewshed", Window(160.0, 80.0, 5.0, 64, 64), setting)
    assert np.mean(one[16:, 32:] != other[:-16, :-32]) < 0.01


def test_everything_is_seen_on_a_plain() -> None:
    setting = Setting(point_m=(3.0, 4.0), point_height_m=2.0)
    assert np.all(compute(flat(), "viewshed", Window(-20.0, -20.0, 1.0, 41, 41), setting) == 1.0)
    assert np.all(compute(flat(), "viewshed", Window(900.0, 0.0, 1.0, 9, 9), dataclasses.replace(setting)) == 1.0)
