"""The landing region, built from measured and published figures, so that the program works with nothing downloaded.

Three views in one surface. The region: a regional floor of degree 8 at most (``regional``) and every crater that was
measured on it (``catalogue``), each cutting the older ones. Around it the great basin with its main craters, coarser
(``basin``). What is smaller than the catalogue's craters is not here: detail adds it, and says so. The surface passes
through the site at its published elevation. ``docs/methods/reconstruction.md`` tells how the figures were measured.
"""

import numpy as np

from roverctl.mission.profile import Mission
from roverctl.terrain.reconstruction.basin import read_basin
from roverctl.terrain.reconstruction.catalogue import Crater, crater_rows, craters_after_pike, read_craters
from roverctl.terrain.reconstruction.lattice import surface_grid
from roverctl.terrain.reconstruction.regional import flat, read_regional
from roverctl.terrain.reconstruction.squares import squares_of
from roverctl.terrain.reconstruction.surface import surface
from roverctl.terrain.source import Array

CATALOGUE = "craters.csv"
CATALOGUED_FROM_M = 5_000.0  # the catalogue's craters are complete from here, by its method
NAMED_FROM_M = 18_000.0  # without a catalogue: gazetteers' names are complete from about here (FACTS.md)


class Reconstruction:
    """The measured and published surface; see the module. Elevation is defined everywhere.

    complete_from_m : the diameter from which its craters are all there.
    """

    def __init__(self, mission: Mission) -> None:
        site = mission.site
        basin = read_basin(mission.folder / "basin.toml", site)
        regional = read_regional(mission.folder / "regional.toml", site) or flat(site)
        catalogue = mission.folder / CATALOGUE
        if catalogue.is_file():
            measured = read_craters(catalogue)
            self.complete_from_m = CATALOGUED_FROM_M
        else:
            measured = craters_after_pike(mission.features, site.elevation_m)
            self.complete_from_m = NAMED_FROM_M
        rows, profiles = crater_rows(basin.craters + measured, site)
        squares = squares_of(rows)
        self._craters = (rows, profiles, squares.bins, squares.starts, squares.members)
        self._ground = (regional.ground, regional.coefficients, basin.numbers, basin.rings)
        self._bend = 0.0
        self._bend = site.elevation_m - float(self.elevation_grid(0.0, 0.0, 1.0, 1, 1)[0, 0])
        self.label = f"{mission.place}, reconstruction"
        self.resolution_m = self.complete_from_m
        self.generated_below_m = 0.0

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        """See ``Terrain.elevation``. Nothing here is finer than 2 km, so that no spacing of the map's aliases."""
        east, north = np.broadcast_arrays(np.asarray(east_m, np.float64), np.asarray(north_m, np.float64))
        e, n = np.ascontiguousarray(east).ravel(), np.ascontiguousarray(north).ravel()
        out = np.empty(e.shape)
        surface(e, n, *self._craters, *self._ground, self._bend, out)
        return out.reshape(east.shape)

    def elevation_grid(self, east_m: float, north_m: float, spacing_m: float, width: int, height: int) -> Array:
        """See ``RegularTerrain.elevation_grid``. Within a millimetre of ``elevation``; see ``lattice``."""
        out = np.empty((height, width))
        east, north, step = float(east_m), float(north_m), float(spacing_m)
        surface_grid(east, north, step, *self._craters, *self._ground, self._bend, out)
        return out


def plains_of(mission: Mission) -> Array:
    """Rows of east, north, radius (m): the plains that fill craters, then the mountains on them, radius negative.

    As ``detail.craters.plainness`` takes them. A mountain's rough ground reaches to 0.7 of its radius.
    """
    file = mission.folder / CATALOGUE
    craters: tuple[Crater, ...] = read_craters(file) if file.is_file() else ()
    rows = []
    for crater in craters:
        latitude, longitude, diameter, plain = crater.get("lat", "lon_east", "diameter_km", "plain")
        if plain > 0.0:
            rows.append((*mission.site.to_site(longitude, latitude), 500.0 * diameter * plain))
    if rows:
        for feature in mission.features:
            if feature.kind == "mountain":
                place = mission.site.to_site(feature.longitude_deg, feature.latitude_deg)
                rows.append((*place, -0.35 * feature.diameter_m))
    return np.array(rows, dtype=np.float64).reshape(-1, 3)
