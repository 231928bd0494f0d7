"""What a route stands on: digests that go by content, and what is told of a route from elsewhere."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from roverctl.core.errors import InputError
from roverctl.terrain.opening import open_terrain
from roverctl.traverse.basis import basis_of, differences
from roverctl.traverse.planner import plan
from roverctl.traverse.route import open_route, read_route
from tests.unit.traverse.made import MISSION, Made, ask, hills


@pytest.fixture
def dem(tmp_path: Path) -> Path:
    """A hilly kilometre around the site, in its own projection."""
    file = tmp_path / "dem.tif"
    east, north = np.meshgrid(np.arange(-500.0, 500.0, 5.0), np.arange(500.0, -500.0, -5.0))
    with rasterio.open(
        file, "w", driver="GTiff", width=200, height=200, count=1, dtype="float32", crs=MISSION.site.proj4,
        transform=from_origin(-500.0, 500.0, 5.0, 5.0),
    ) as out:  # fmt: skip
        out.write(hills(east, north).astype(np.float32), 1)
    return file


def test_a_raster_is_known_by_its_content_wherever_it_lies(tmp_path: Path, dem: Path) -> None:
    first = basis_of(MISSION, open_terrain(MISSION, [dem]))
    elsewhere = Path(shutil.copy(dem, tmp_path / "other name.tif"))
    Path(str(elsewhere) + ".aux.xml").write_text("<PAMDataset/>", encoding="utf-8")
    second = basis_of(MISSION, open_terrain(MISSION, [elsewhere]))
    assert [s.name for s in first.ground] == ["dem.tif", "Von Kármán, reconstruction"]
    assert [s.sha256 for s in first.ground] == [s.sha256 for s in second.ground]
    assert first.ground_sha256 == second.ground_sha256 and differences(first, second) == []
    with rasterio.open(elsewhere, "r+") as out:
        heights = out.read(1)
        heights[100, 100] += 0.5
        out.write(heights, 1)
    (told,) = differences(first, basis_of(MISSION, open_terrain(MISSION, [elsewhere])))
    assert told.startswith("planned on dem.tif over Von Kármán, reconstruction, the ground is now other name.tif")


def test_another_seed_another_ground(dem: Path) -> None:
    first, second = (basis_of(MISSION, open_terrain(MISSION, [dem], seed=seed)) for seed in (4, 5))
    assert differences(first, second) == ["the content of dem.tif over Von Kármán, reconstruction has changed"]
    bare = basis_of(MISSION, open_terrain(MISSION, [dem], detail=False))
    assert bare.ground_sha256 not in (first.ground_sha256, second.ground_sha256)


def test_a_route_tells_what_is_otherwise_and_is_still_read(tmp_path: Path) -> None:
    route = plan(Made(hills), MISSION, ask((0, 0), (60, 40), spacing_m=2.0))
    file = tmp_path / "r.geojson"
    file.write_text(route.to_geojson(), encoding="utf-8")
    again = open_route(file)
    assert again.to_geojson() == route.to_geojson() and again.basis == route.basis == basis_of(MISSION, Made(hills))
    assert again.basis is not None
    document = json.loads(file.read_text(encoding="utf-8"))
    properties = document["features"][0]["properties"]
    assert document["body"] == properties["body"] == {"name": "Moon", "radius_m": 1737400.0}
    assert properties["terrain"]["sha256"] == again.basis.ground_sha256
    assert len(properties["vehicle"]["sha256"]) == 64
    wider = replace(MISSION, vehicle=replace(MISSION.vehicle, width_m=1.2))
    (vehicle,) = differences(again.basis, basis_of(wider, Made(hills)))
    assert "a vehicle of change4 with other figures" in vehicle
    mars = replace(MISSION, name="jezero", body=replace(MISSION.body, name="Mars", radius_m=3396190.0))
    told = differences(again.basis, basis_of(mars, Made(hills, label="MOLA")))
    assert told[0] == (
        "planned on Moon (radius 1,737.4 km), the mission jezero is on Mars (3,396.2 km)"
    ) and told[1:] == ["planned on made, the ground is now MOLA"]  # fmt: skip
    with pytest.raises(InputError, match="is on Moon, the mission jezero on Mars"):
        read_route(file, mars)


def test_routes_from_before_they_had_a_basis_are_read(tmp_path: Path) -> None:
    route = replace(plan(Made(hills), MISSION, ask((0, 0), (60, 40), spacing_m=2.0)), basis=None)
    file = tmp_path / "old.geojson"
    file.write_text(route.to_geojson(), encoding="utf-8")
    assert '"body"' not in file.read_text(encoding="utf-8")
    assert read_route(file, MISSION).basis is None


@pytest.mark.parametrize(
    ("key", "value"), [("body", 3), ("body", {"name": "Moon"}), ("vehicle", {}), ("violations", [{"key": "a"}])]
)
def test_a_damaged_basis_is_told_by_its_key(tmp_path: Path, key: str, value: object) -> None:
    route = plan(Made(hills), MISSION, ask((0, 0), (60, 40), spacing_m=2.0))
    document = json.loads(route.to_geojson())
    document["features"][0]["properties"][key] = value
    file = tmp_path / "r.geojson"
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=rf"r\.geojson: features\[0\]\.properties\.{key}"):
        open_route(file)
