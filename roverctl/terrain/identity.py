"""Which ground a terrain is: its sources with a digest of each, so that two can be compared wherever they lie."""

import hashlib

from roverctl.mission.profile import GROUND_FILES, Mission
from roverctl.terrain.detail.detailed import DetailedTerrain
from roverctl.terrain.rasters.content import content_sha256
from roverctl.terrain.rasters.layered import LayeredTerrain
from roverctl.terrain.rasters.raster import RasterTerrain
from roverctl.terrain.reconstruction.region import Reconstruction
from roverctl.terrain.source import GroundSource, Terrain


def ground_sources(terrain: Terrain, mission: Mission) -> tuple[GroundSource, ...]:
    """The sources of a terrain, the uppermost first.

    A raster's digest is of its content (``rasters.content``), the reconstruction's of the files it is made from, of
    generated detail the seed joins in. Of another terrain label, resolution and what is generated are all there is.

    Raises
    ------
    InputError
        When a raster cannot be read any more.
    """
    if isinstance(terrain, LayeredTerrain):
        return tuple(source for ground in terrain.grounds for source in ground_sources(ground, mission))
    if isinstance(terrain, DetailedTerrain):
        (base,) = ground_sources(terrain.base, mission)
        below = f"generated {terrain.seed} {terrain.generated_below_m!r}"
        return (GroundSource(base.name, _digest(base.sha256, below)),)
    if isinstance(terrain, RasterTerrain):
        return (GroundSource(terrain.name, content_sha256(terrain.file)),)
    if isinstance(terrain, Reconstruction):
        files = [mission.folder / name for name in GROUND_FILES]
        contents = [file.read_bytes() if file.is_file() else b"" for file in files]
        site = f"{mission.site} {[(f.name, f.diameter_m, f.latitude_deg, f.longitude_deg) for f in mission.features]}"
        return (GroundSource(terrain.label, _digest(site, *(hashlib.sha256(c).hexdigest() for c in contents))),)
    about = f"{terrain.label} {terrain.resolution_m!r} {terrain.generated_below_m!r}"
    return (GroundSource(terrain.label, _digest(about)),)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
