"""One way to a terrain, for the window, the planner and the simulated rover alike."""

from pathlib import Path

from roverctl.mission.profile import Mission
from roverctl.terrain.detail.detailed import DetailedTerrain
from roverctl.terrain.rasters.raster import RasterTerrain
from roverctl.terrain.reconstruction.region import Reconstruction, plains_of
from roverctl.terrain.source import Terrain


def open_terrain(mission: Mission, dem: Path | None = None, detail: bool = True, seed: int | None = None) -> Terrain:
    """The raster ``dem``, or the reconstruction without one; with generated ground below what they resolve.

    Under a raster the detail begins at craters of two pixels and waves of one; under the reconstruction below the
    craters that it holds all of. ``seed`` is the mission's unless given.

    Raises
    ------
    InputError
        When ``dem`` cannot be used (see ``raster``).
    ProfileError
        When the mission's files of craters, regional floor or basin are wrong.
    """
    base: Terrain
    if dem is None:
        base = Reconstruction(mission)
        below_m, wave_m = base.complete_from_m, base.resolution_m
    else:
        base = RasterTerrain(dem, mission)
        below_m, wave_m = 2.0 * base.resolution_m, base.resolution_m
    if not detail:
        return base
    return DetailedTerrain(base, mission, below_m, wave_m, mission.seed if seed is None else seed, plains_of(mission))
