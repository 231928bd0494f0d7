"""Reading a mission's craters, floor and basin: what is wrong is named, what is absent is done without."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from roverctl.core.errors import ProfileError
from roverctl.mission.profile import Mission
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.reconstruction import morphometry
from roverctl.terrain.reconstruction.catalogue import NUMBERS, crater_rows, craters_after_pike, read_craters
from roverctl.terrain.reconstruction.region import Reconstruction, plains_of
from roverctl.terrain.source import Terrain

HEAD = ",".join(("name", "form", *NUMBERS)) + "\n"
SMALL = {"lat": "-45", "lon_east": "177", "diameter_km": "8", "depth_m": "900", "floor_m": "-6700", "rim_m": "-5800",
         "w60_m": "300"}  # fmt: skip


def row(form: str = "bowl", **changes: str) -> str:
    values = SMALL | changes
    return HEAD + ",".join(["", form, *(values.get(column, "") for column in NUMBERS)]) + "\n"


def copy_of(mission: Mission, folder: Path) -> Mission:
    shutil.copytree(mission.folder, folder / "copy")
    return replace(mission, folder=folder / "copy")


def at(terrain: Terrain, mission: Mission, lon: float, lat: float) -> float:
    east, north = mission.site.to_site(lon, lat)
    return float(terrain.elevation(east, north, 100.0))


def test_pikes_laws_at_the_break_and_beside_it() -> None:
    assert morphometry.depth_m(1000.0) == pytest.approx(196.0)
    assert morphometry.depth_m(100_000.0) == pytest.approx(4176.0, rel=0.001)
    assert morphometry.rim_height_m(1000.0) == pytest.approx(36.0)
    assert morphometry.floor_diameter_m(100_000.0) == pytest.approx(58_860.0, rel=0.001)
    assert morphometry.peak_height_m(10_000.0) == 0.0


def test_a_mission_without_the_files_has_craters_after_pike_on_flat_ground(mission: Mission, tmp_path: Path) -> None:
    other = copy_of(mission, tmp_path)
    for name in ("craters.csv", "regional.toml", "basin.toml"):
        (other.folder / name).unlink()
    tianjin = tuple(f for f in mission.features if f.name == "Tianjin")
    bare = Reconstruction(replace(other, features=tianjin))
    assert at(bare, mission, 178.0, -46.5) == pytest.approx(-5935.0, abs=1.0)
    assert at(bare, mission, 20.0, 30.0) == pytest.approx(-5935.0, abs=1.0)
    depth = morphometry.depth_m(3900.0) - morphometry.rim_height_m(3900.0)
    assert at(bare, mission, 178.81, -44.93) == pytest.approx(-5935.0 - depth, abs=2.0)
    assert bare.complete_from_m == 18_000.0
    assert plains_of(replace(other, features=tianjin)).shape == (0, 3)
    assert at(Reconstruction(replace(other, features=())), mission, 177.0, -45.0) == -5935.0


def test_forms_by_size_after_pike(mission: Mission) -> None:
    forms = {c.name: (c.form, "peak_m" in c.numbers) for c in craters_after_pike(mission.features, 0.0)}
    assert forms["Zhinyu"] == ("bowl", False)
    assert forms["Alder E"] == ("flat", False)
    assert forms["Finsen"] == ("flat", True)


def test_the_profile_passes_through_floor_and_rim(mission: Mission, tmp_path: Path) -> None:
    file = tmp_path / "craters.csv"
    walls = {"w40_m": "0", "w60_m": "100", "w75_m": "400", "w88_m": "700"}
    file.write_text(row() + row("flat", **walls).removeprefix(HEAD))
    _, profiles = crater_rows(read_craters(file), mission.site)
    assert profiles[:, 1] == pytest.approx([-6700.0, -6700.0])
    assert profiles[:, -2] == pytest.approx([-5800.0, -5800.0])
    assert (np.diff(profiles[:, 1:], axis=1) >= -1e-9).all()


def test_the_younger_cuts_the_older(mission: Mission, tmp_path: Path) -> None:
    """The last row is the youngest: within it nothing of the first is left."""
    other = copy_of(mission, tmp_path)
    east = {"lon_east": "177.08", "floor_m": "-6000", "rim_m": "-5200"}
    (other.folder / "craters.csv").write_text(row() + row(**east).removeprefix(HEAD))
    assert at(Reconstruction(other), mission, 177.08, -45.0) == pytest.approx(-6000.0, abs=0.01)
    (other.folder / "craters.csv").write_text(row(**east) + row().removeprefix(HEAD))
    assert at(Reconstruction(other), mission, 177.0, -45.0) == pytest.approx(-6700.0, abs=0.01)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,form,lat\n", "column 'lon_east' is missing"),
        (row(floor_m="deep"), "row 1: could not convert"),
        (row(floor_m="nan"), "row 1: every number must be finite"),
        (row("cone"), "row 1: form 'cone' is not among flat, bowl, plain"),
        (row(floor_m=""), "row 1: a bowl crater needs floor_m"),
        (row("flat"), "row 1: a flat crater needs w40_m"),
        (row(lat="-95"), "row 1: lat must lie"),
        (row(diameter_km="0"), "row 1: diameter_km must lie"),
        (row(rim_m="-6700"), "row 1: rim_m must stand 1 m over floor_m"),
        (row(rim_m="40000"), "row 1: no height may exceed"),
        (row(o2c="400", o3s="-200"), "row 1: the outline's harmonics"),
        (row(plain="1.2"), "row 1: plain must lie"),
        (row(peak_m="100"), "row 1: a peak needs peak_radius"),
        (row(**{column: "0.1" for column in NUMBERS if column not in SMALL}), "row 1: has 49 numbers"),
    ],
)
def test_a_wrong_row_is_named(mission: Mission, tmp_path: Path, text: str, message: str) -> None:
    other = copy_of(mission, tmp_path)
    (other.folder / "craters.csv").write_text(text)
    with pytest.raises(ProfileError, match=message) as caught:
        open_terrain(other)
    assert "craters.csv" in str(caught.value)


BOX = "window_deg = [170, 180, -50, -40]\ncentre_km = [0, 0]\nhalf_km = [100, 100]\njoin_km = 50\n"


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("regional.toml", "nonsense", "Expected '='"),
        ("regional.toml", BOX, "coefficients_m: must be a list of rows"),
        ("regional.toml", BOX + "coefficients_m = [[1, 2], [3, 4]]", "row 2: has 2 numbers, must have 1"),
        ("regional.toml", BOX + "coefficients_m = [[1, inf], [3]]", "row 1: 'inf' is not a finite number"),
        ("regional.toml", BOX + "coefficients_m = [[0],[0],[0],[0],[0],[0],[0],[0],[0],[0]]", "is of degree 9"),
        ("regional.toml", BOX.replace("50", "0") + "coefficients_m = [[1]]", "join_km greater than zero"),
        ("regional.toml", BOX.replace("180", "160"), "window_deg must be west, east, south, north"),
        ("basin.toml", "x = 1", r"\[ellipse\] is missing"),
        ("basin.toml", "[ellipse]\nlatitude = 99", "latitude: must be a number from -90 to 90"),
        ("site_craters.csv", "east_m,north_m,diameter_m,depth_m\n1,2,-3,0\n", "row 1: depth must lie"),
        ("site_craters.csv", "east_m,north_m,diameter_m\n1,2,3\n", "row 1"),
    ],
)
def test_a_wrong_file_is_named(mission: Mission, tmp_path: Path, file: str, text: str, message: str) -> None:
    other = copy_of(mission, tmp_path)
    (other.folder / file).write_text(text)
    with pytest.raises(ProfileError, match=message) as caught:
        open_terrain(other)
    assert file in str(caught.value)
