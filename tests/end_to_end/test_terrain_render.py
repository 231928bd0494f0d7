"""``roverctl terrain render``: pictures and values that other programs find at the right place; bad input in a line."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.warp

from roverctl.cli.main import main
from roverctl.core.times import parse_utc
from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import load_mission
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.products.product import PRODUCTS
from tests.shared_data import shared_data

BOX = "177.55,-45.48,177.62,-45.43"


def render(*words: str) -> int:
    return main(["terrain", "render", *words])


def test_values_are_read_back_at_the_same_place(tmp_path: Path) -> None:
    out = tmp_path / "ground.tif"
    assert render(str(out), "--bbox", BOX, "--resolution", "20") == 0
    mission = load_mission()
    terrain = open_terrain(mission)
    with rasterio.open(out) as dataset:
        values = dataset.read(1)
        sphere = rasterio.crs.CRS.from_proj4(f"+proj=longlat +R={mission.body.radius_m} +no_defs")
        (x,), (y,) = rasterio.warp.transform(sphere, dataset.crs, [177.588], [-45.457])
        row, column = dataset.index(x, y)
        place = dataset.xy(row, column)
        west, south, east, north = rasterio.warp.transform_bounds(dataset.crs, sphere, *dataset.bounds)
    assert values.dtype == np.float32 and not np.isnan(values).any()
    # the site is the site frame's origin, whatever program works it out
    assert math.hypot(x, y) < 0.01
    own = terrain.elevation(np.array([place[0]]), np.array([place[1]]), 20.0)[0]
    assert values[row, column] == pytest.approx(own, abs=0.01)
    assert west < 177.551 and east > 177.619 and south < -45.479 and north > -45.431


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_product_becomes_a_picture_with_a_legend(name: str, tmp_path: Path) -> None:
    out = tmp_path / f"{name}.png"
    words = ["--bbox", BOX, "--resolution", "40", "--product", name]
    words += ["--at", "2019-01-04T00:00:00Z", "--to", "2019-01-04T06:00:00Z", "--from-point", "177.588,-45.457"]
    assert render(str(out), *words) == 0
    with rasterio.open(out) as picture:
        assert picture.driver == "PNG" and picture.dtypes == ("uint8",) * 4
        assert picture.read().max() > 0
    about = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert about["product"] == name and len(about["legend"]) >= 2
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"{name}.json", f"{name}.png"]


def test_at_a_time_the_real_sun_shines(tmp_path: Path) -> None:
    day, night = "2019-01-04T00:00:00Z", "2019-01-20T00:00:00Z"
    mean = {}
    for at in (day, night):
        out = tmp_path / "sun.tif"
        assert render(str(out), "--bbox", BOX, "--resolution", "100", "--product", "sunlit", "--at", at) == 0
        with rasterio.open(out) as dataset:
            mean[at] = float(dataset.read(1).mean())
    _, elevation = Sky(load_mission()).sun(np.array([parse_utc(day), parse_utc(night)]))
    assert elevation[0] > math.radians(20.0) and elevation[1] < 0.0
    assert mean[day] > 90.0 and mean[night] == 0.0


def test_a_raster_is_shown_to_its_own_extent(tmp_path: Path) -> None:
    out = tmp_path / "gld.tif"
    dem = shared_data("terrain/vonkarman_gld100_64ppd.tif")
    assert render(str(out), "--dem", str(dem), "--resolution", "5000", "--product", "slope") == 0
    with rasterio.open(out) as dataset, rasterio.open(dem) as source:
        sphere = rasterio.crs.CRS.from_proj4("+proj=longlat +R=1737400 +no_defs")
        bounds = rasterio.warp.transform_bounds(dataset.crs, sphere, *dataset.bounds)
        assert bounds[1] < source.bounds.bottom + 0.2 and bounds[3] > source.bounds.top - 0.2


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["x.png", "--bbox", "178,-45,177,-46"], "is empty: west lies before east"),
        (["x.png", "--bbox", "178,nan,179,-44"], "longitude lies in"),
        (["x.png", "--bbox", "178,-45,179"], "is not W,S,E,N"),
        (["x.png", "--bbox", "0,-90,360,90"], "further than 90 deg from the site"),
        (["x.png", "--resolution", "0"], "must be greater than 0 m"),
        (["x.png", "--resolution", "nan"], "must be greater than 0 m"),
        (["x.png", "--resolution", "0.5"], "too many (100,000,000 at most); --resolution 20 would fit"),
        (["x.png", "--bbox", BOX, "--resolution", "10000"], "too small for --resolution 10000"),
        (["x.png", "--product", "steepness"], "no product 'steepness'; known are elevation"),
        (["x.png", "--product", "viewshed"], "--product viewshed needs --from-point LON,LAT"),
        (["x.png", "--product", "sunlit"], "--product sunlit needs --at UTC"),
        (["x.png", "--product", "sun_hours", "--at", "2019-01-04T00:00:00Z"], "needs --at UTC --to UTC"),
        (["x.png", "--at", "2019-01-04T00:00:00Z", "--to", "2019-01-03T00:00:00Z"], "--to lies before --at"),
        (["x.png", "--product", "viewshed", "--from-point", "1,2,3"], "is not LON,LAT"),
        (["x.png", "--product", "viewshed", "--from-point", "1,2", "--height", "-1"], "--height must lie between"),
        (["x.jpg"], "pictures are written as .png"),
        (["absent/x.png", "--resolution", "5000"], "cannot be written: No such file or directory"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    words: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert render(str(tmp_path / words[0]), *words[1:]) == 2
    error = capsys.readouterr().err
    assert error.startswith("roverctl: ") and error.count("\n") == 1 and complaint in error
    assert list(tmp_path.iterdir()) == []


def test_a_box_without_ground_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dem = shared_data("terrain/vonkarman_gld100_64ppd.tif")
    assert render(str(tmp_path / "x.png"), "--dem", str(dem), "--bbox", "200,-45,201,-44") == 2
    assert "has no data in this box" in capsys.readouterr().err


def test_what_cannot_be_written_is_told_before_the_work_and_a_terminal_hears_of_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("computed all the same")

    monkeypatch.setattr("roverctl.cli.render._values", never)
    (tmp_path / "folder.png").mkdir()
    for out, told in ((tmp_path / "none" / "a.png", "No such file or directory"), (tmp_path / "folder.png", "folder")):
        assert render(str(out), "--bbox", BOX) == 2
        assert told in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert render(str(tmp_path / "a.png"), "--bbox", BOX, "--resolution", "40") == 0
    assert "pixels of 40 m …" in capsys.readouterr().err
