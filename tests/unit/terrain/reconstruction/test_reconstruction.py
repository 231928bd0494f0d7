"""The reconstruction against the published and measured figures that it is made from."""

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from roverctl.core.errors import ProfileError
from roverctl.mission.profile import Mission
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.products.gradient import slope_rad
from roverctl.terrain.rasters.raster import RasterTerrain
from roverctl.terrain.reconstruction import morphometry
from roverctl.terrain.reconstruction.region import Reconstruction
from roverctl.terrain.source import Terrain


@pytest.fixture(scope="module")
def ground(mission: Mission) -> Reconstruction:
    return Reconstruction(mission)


def at(terrain: Terrain, mission: Mission, lon: float, lat: float) -> float:
    east, north = mission.site.to_site(lon, lat)
    return float(terrain.elevation(east, north, 100.0))


@pytest.mark.parametrize("detail", [False, True])
def test_the_site_stands_at_its_published_elevation(mission: Mission, detail: bool) -> None:
    zero = np.zeros(())
    assert float(open_terrain(mission, detail=detail).elevation(zero, zero, 0.1)) == pytest.approx(-5935.0, abs=0.1)


def test_named_places_have_their_published_elevations(mission: Mission, ground: Reconstruction) -> None:
    assert at(ground, mission, 175.83, -44.56) == pytest.approx(-4305.0, abs=40.0)  # Mons Tai
    assert at(ground, mission, 176.15, -45.34) == pytest.approx(-6527.0, abs=25.0)  # Zhinyu
    # Zhinyu is 600 m deep from its rim
    east, north = mission.site.to_site(176.15, -45.34)
    ring = np.linspace(0.0, 2.0 * np.pi, 90)
    rim = ground.elevation(east + 1900.0 * np.sin(ring), north + 1900.0 * np.cos(ring), 50.0).mean()
    assert rim - at(ground, mission, 176.15, -45.34) == pytest.approx(600.0, abs=120.0)


def test_the_floor_around_the_site_is_flat(mission: Mission, ground: Reconstruction) -> None:
    axis = np.arange(-5000.0, 5001.0, 474.0)
    z = ground.elevation(axis[None, :], axis[:, None], 474.0)
    assert -5975.0 < z.min() < z.max() < -5895.0
    assert np.degrees(slope_rad(z, 474.0, 474.0)).mean() < 0.9


def test_von_karmans_rim_stands_where_it_was_measured(mission: Mission, ground: Reconstruction) -> None:
    east, north = mission.site.to_site(176.25, -44.45)
    ring = np.linspace(0.0, 2.0 * np.pi, 360)
    highest = np.full(360, -1e9)
    for radius in np.arange(90_000.0, 110_001.0, 2000.0):
        z = ground.elevation(east + radius * np.sin(ring), north + radius * np.cos(ring), 500.0)
        assert -4000.0 < z.mean() < -2300.0
        highest = np.maximum(highest, z)
    assert -2500.0 < highest.max() < 0.0  # the highest measured peak there stands at -257 m


def test_it_resembles_the_measured_region(mission: Mission, ground: Reconstruction, gld100: Path) -> None:
    measured = RasterTerrain(gld100, mission)
    axis = np.arange(-200_000.0, 200_001.0, 4000.0)
    ours = ground.elevation(axis[None, :], axis[:, None], 4000.0)
    theirs = measured.elevation(axis[None, :], axis[:, None], 4000.0)
    assert abs(np.mean(ours - theirs)) < 60.0
    assert np.std(ours - theirs) < 420.0  # of a relief whose own standard deviation is 1.3 km
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.94


def test_it_says_what_it_is(mission: Mission, ground: Reconstruction) -> None:
    assert ground.label == "Von Kármán, reconstruction"
    assert ground.generated_below_m == 0.0
    assert open_terrain(mission).generated_below_m == 18_000.0
    assert ground.resolution_m == 15_000.0


def test_pikes_laws_at_the_break_and_beside_it() -> None:
    assert morphometry.depth_m(1000.0) == pytest.approx(196.0)
    assert morphometry.depth_m(100_000.0) == pytest.approx(4176.0, rel=0.001)
    assert morphometry.rim_height_m(1000.0) == pytest.approx(36.0)
    assert morphometry.floor_diameter_m(100_000.0) == pytest.approx(58_860.0, rel=0.001)
    assert morphometry.peak_height_m(10_000.0) == 0.0


def copy_of(mission: Mission, folder: Path) -> Mission:
    shutil.copytree(mission.folder, folder / "copy")
    return replace(mission, folder=folder / "copy")


def test_a_mission_without_measured_files_has_craters_after_pike(mission: Mission, tmp_path: Path) -> None:
    other = copy_of(mission, tmp_path)
    for name in ("relief.csv", "measured.csv"):
        (other.folder / name).unlink()
    bare = Reconstruction(replace(other, features=tuple(f for f in mission.features if f.name == "Tianjin")))
    assert at(bare, mission, 178.0, -46.5) == pytest.approx(-5935.0, abs=1.0)
    depth = morphometry.depth_m(3900.0) - morphometry.rim_height_m(3900.0)
    assert at(bare, mission, 178.81, -44.93) == pytest.approx(-5935.0 - depth, abs=2.0)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("relief.csv", "0,0,15\n1,2\n3\n", "line 3: has 1 numbers"),
        ("relief.csv", "0,0,15\n1,x\n3,4\n", "line 2: only numbers"),
        ("relief.csv", "0,0,15\n1,nan\n3,4\n", "line 2: every number must be finite"),
        ("relief.csv", "0,0\n1,2\n3,4\n", "first line"),
        ("measured.csv", "name,floor_m,rim_m,peak_m,plain_share\nZhinyu,deep,1,,\n", "row 1"),
        ("measured.csv", "name,floor_m,rim_m,peak_m,plain_share\nNowhere,-1,1,,\n", "row 1: 'Nowhere' is not among"),
        ("measured.csv", "name,floor_m,rim_m,peak_m,plain_share\nZhinyu,-6527,,,\n", "row 1: floor_m and rim_m"),
        ("measured.csv", "name,floor_m,rim_m\nZhinyu,-6527,-5900\n", "row 1: 'peak_m'"),
        ("site_craters.csv", "east_m,north_m,diameter_m,depth_m\n1,2,-3,0\n", "row 1: depth must lie"),
        ("site_craters.csv", "east_m,north_m,diameter_m\n1,2,3\n", "row 1"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(
    mission: Mission, tmp_path: Path, file: str, text: str, message: str
) -> None:
    other = copy_of(mission, tmp_path)
    (other.folder / file).write_text(text)
    with pytest.raises(ProfileError, match=message) as caught:
        open_terrain(other)
    assert file in str(caught.value)


def test_the_surface_has_no_cliffs(mission: Mission, ground: Reconstruction) -> None:
    random = np.random.default_rng(2)
    east, north = random.uniform(-300e3, 300e3, (2, 20_000))
    step = 1.0
    rise = ground.elevation(east + step, north, 10.0) - ground.elevation(east, north, 10.0)
    assert math.degrees(math.atan(np.abs(rise).max() / step)) < 60.0
