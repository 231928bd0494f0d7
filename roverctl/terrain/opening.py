"""One way to a terrain, for the window, the planner and the simulated rover alike."""

from collections.abc import Sequence
from pathlib import Path

from roverctl.mission.profile import Mission
from roverctl.terrain.detail.detailed import DetailedTerrain
from roverctl.terrain.rasters.layered import Layer, LayeredTerrain
from roverctl.terrain.rasters.raster import RasterTerrain
from roverctl.terrain.rasters.shelf import locate
from roverctl.terrain.reconstruction.region import Reconstruction, plains_of
from roverctl.terrain.source import Terrain


def open_terrain(
    mission: Mission, layers: Sequence[Path | str] = (), detail: bool = True, seed: int | None = None
) -> Terrain:
    """Rasters over the reconstruction, with generated ground below what each of them resolves.

    Under a raster the detail begins at craters of two pixels and waves of one; under the reconstruction below the
    craters that it holds all of.

    Parameters
    ----------
    layers : files, URLs or names in the user's terrain library; the uppermost, which is the finest, first.
    detail : whether there is generated ground.
    seed : of what is generated; the mission's unless given.

    Raises
    ------
    InputError
        When a raster cannot be used (see ``rasters``).
    ProfileError
        When the mission's files of craters, regional floor or basin are wrong.
    """
    chosen = mission.seed if seed is None else seed
    plains = plains_of(mission)

    def detailed(base: Terrain, below_m: float, wave_m: float) -> Terrain:
        return DetailedTerrain(base, mission, below_m, wave_m, chosen, plains) if detail else base

    reconstruction = Reconstruction(mission)
    lowest = detailed(reconstruction, reconstruction.complete_from_m, reconstruction.resolution_m)
    if not layers:
        return lowest
    rasters = [RasterTerrain(locate(str(layer)), mission) for layer in layers]
    stack = tuple(Layer(r, detailed(r, 2.0 * r.resolution_m, r.resolution_m)) for r in rasters)
    return LayeredTerrain(stack, lowest)


def check_layers(mission: Mission, layers: Sequence[Path | str]) -> None:
    """Refuse what ``open_terrain`` would refuse, without making the ground.

    Raises
    ------
    InputError
        Naming the raster that cannot be used.
    """
    for layer in layers:
        RasterTerrain(locate(str(layer)), mission)
