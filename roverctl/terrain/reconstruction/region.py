"""The landing region, built from measured and published figures, so that the program works with nothing downloaded.

Under everything lies the relief, means over 15 km squares. Into it the named craters are set, largest first: each with
its measured floor, rim and peak (those without measured ones by Pike 1977), terraces aside, with an irregular outline
of its own. Mountains stand on it with their published tops. What is smaller than the named craters is not here: detail
adds it, and says so. The surface passes through the site at its published elevation.
"""

import math

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.mission.profile import Mission
from roverctl.terrain.reconstruction.relief import named_craters, named_mountains, read_relief, relief_at
from roverctl.terrain.scatter import ramp, scatter, unit
from roverctl.terrain.source import Array

LAYER = 10
OUTLINE_SEED = 4  # the outlines are part of the reconstruction, whatever the mission's seed
HARMONICS = 7
IRREGULAR = 0.05  # of the radius, the outline's second harmonic; the k-th is (2/k)**1.5 of it. Our choice
DEEPEST_MOAT_M = 400.0  # a wall's foot is lowered towards the measured floor by no more, so that no trough forms
OUTER = 2.0  # radii at which a rim's apron has ended
SITE_REACH_M = 6_000.0  # within which the surface is bent to pass through the site
NAMED_FROM_M = 18_000.0  # the gazetteer's names in this region are complete from about here (FACTS.md)


@kernel
def _outline(cosine: float, sine: float, coefficients: Array) -> float:
    """Sum of harmonics 2.. of an azimuth given by cosine and sine."""
    a, b, total = cosine, sine, 0.0
    for k in range(coefficients.shape[0]):
        a, b = a * cosine - b * sine, a * sine + b * cosine
        total += coefficients[k, 0] * a + coefficients[k, 1] * b
    return total


@kernel
def _surface(
    east: Array, north: Array, lattice: Array, coefficients: Array, craters: Array, outlines: Array, hills: Array,
    bend: float, out: Array,
) -> None:  # fmt: skip
    """Elevations at points (flat); lattice: east, north, spacing of the relief's first node."""
    for i in range(east.size):
        e, n = east[i], north[i]
        z = relief_at(e, n, lattice[0], lattice[1], lattice[2], coefficients)
        for k in range(hills.shape[0]):
            dx, dy = e - hills[k, 0], n - hills[k, 1]
            r = math.hypot(dx, dy)
            if r < hills[k, 2] * 1.3:
                x = r / hills[k, 2]
                if r > 0.0:
                    x *= 1.0 + 1.6 * _outline(dx / r, dy / r, outlines[craters.shape[0] + k])
                w = ramp(1.0 - x)
                z += w * (1.0 - 0.35 * (1.0 - w)) * hills[k, 3]
        for k in range(craters.shape[0]):
            radius = craters[k, 2]
            dx, dy = e - craters[k, 0], n - craters[k, 1]
            if abs(dx) > OUTER * 1.2 * radius or abs(dy) > OUTER * 1.2 * radius:
                continue
            r = math.hypot(dx, dy)
            x = r / radius
            if craters[k, 7] > 0.0 and x < 0.5:
                continue  # well within a floor that is the relief's own
            wave = _outline(dx / r, dy / r, outlines[k]) if r > 0.0 else 0.0
            x *= 1.0 + wave * min(1.0, x * x)
            if x >= OUTER:
                continue
            floor, rim, peak, share = craters[k, 3], craters[k, 4], craters[k, 5], craters[k, 6]
            if x >= 1.0:
                z += rim * (OUTER - x) * (OUTER - x) * (OUTER - x)
                continue
            wall = 0.0
            if x > share:
                u = (x - share) / (1.0 - share)
                wall = u * math.sqrt(u)
            bottom = floor
            if craters[k, 7] > 0.0:
                bottom = z + max(floor - z, -DEEPEST_MOAT_M) * ramp((x - share + 0.15) / 0.15)
            if peak > 0.0 and x < 0.24:
                bottom += peak * ramp(1.0 - x / 0.24 * (1.0 + 4.0 * wave))
            z = bottom + wall * (z + rim - bottom)
        r = math.hypot(e, n) / SITE_REACH_M
        if r < 1.0:
            z += bend * (1.0 - r * r) * (1.0 - r * r)
        out[i] = z


class Reconstruction:
    """The measured and published surface; see the module. Elevation is defined everywhere."""

    def __init__(self, mission: Mission) -> None:
        relief = read_relief(mission.folder / "relief.csv", mission.site)
        self._lattice = np.array([relief.east_m, relief.north_m, relief.spacing_m])
        self._coefficients = relief.coefficients_m
        self._craters = named_craters(mission, relief)
        self._hills = named_mountains(mission)
        self._outlines = _outlines(len(self._craters) + len(self._hills))
        self._bend = 0.0
        for hill in self._hills:
            top = hill[3]
            hill[3] = 0.0
            hill[3] = top - float(self.elevation(hill[0], hill[1], 1.0))
        self._bend = mission.site.elevation_m - float(self.elevation(np.zeros(()), np.zeros(()), 1.0))
        self.label = f"{mission.place}, reconstruction"
        self.resolution_m = relief.spacing_m
        self.generated_below_m = 0.0

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        """See ``Terrain.elevation``. Nothing here is finer than 2 km, so that no spacing of the map's aliases."""
        east, north = np.broadcast_arrays(np.asarray(east_m, np.float64), np.asarray(north_m, np.float64))
        e, n = np.ascontiguousarray(east).ravel(), np.ascontiguousarray(north).ravel()
        out = np.empty(e.shape)
        if e.size == 0:
            return out.reshape(east.shape)
        near, far = np.array([e.min(), n.min()]), np.array([e.max(), n.max()])
        centre, reach = self._craters[:, :2], OUTER * 1.2 * self._craters[:, 2:3]
        used = np.flatnonzero(((centre + reach >= near) & (centre - reach <= far)).all(axis=1))
        count = len(self._craters)
        outlines = np.concatenate([self._outlines[:count][used], self._outlines[count:]])
        craters = np.ascontiguousarray(self._craters[used])
        _surface(e, n, self._lattice, self._coefficients, craters, outlines, self._hills, self._bend, out)
        return out.reshape(east.shape)


@kernel
def _outlines(count: int) -> Array:
    """Cosine and sine coefficients of each outline, falling as k**-1.5 from harmonic 2 on."""
    out = np.empty((count, HARMONICS, 2))
    for i in range(count):
        for k in range(HARMONICS):
            size = IRREGULAR * (2.0 / (k + 2)) ** 1.5
            for part in range(2):
                out[i, k, part] = size * (2.0 * unit(scatter(OUTLINE_SEED, LAYER + part, i, k)) - 1.0)
    return out
