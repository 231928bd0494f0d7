"""A real elevation raster, where the checkout has it beside it."""

from pathlib import Path

import pytest

from roverctl.mission.profile import Mission, load_mission
from roverctl.terrain.rasters.raster import RasterTerrain


@pytest.fixture(scope="session")
def mission() -> Mission:
    return load_mission()


@pytest.fixture(scope="session")
def gld100() -> Path:
    for folder in Path(__file__).resolve().parents:
        file = folder / "shared/data/terrain/vonkarman_gld100_64ppd.tif"
        if file.is_file():
            return file
    pytest.skip("shared/data/terrain/vonkarman_gld100_64ppd.tif is not beside this checkout")


@pytest.fixture(scope="session")
def measured(mission: Mission, gld100: Path) -> RasterTerrain:
    return RasterTerrain(gld100, mission)
