"""A crater's geometry, and its surface as columns that are linear in all its elevations (as terrain's ``surface``)."""

from dataclasses import dataclass, field, replace

import numpy as np

from roverctl.terrain.reconstruction.profiles import NODES, bowl_basis, wall_basis
from roverctl.terrain.reconstruction.surface import APRON, FEATHER, SAMPLES, WALL_FROM, stretch
from roverctl.terrain.source import Array

BODY_M = 1_737_400.0
WALL, BOWL = wall_basis(), bowl_basis()
TERM_POWERS = [(degree, j) for degree in range(1, 5) for j in range(degree + 1)]
HUGE_M = 75e3  # radius from which rim and outline have a harmonic less, so that peak and plain find place in 40 numbers


def power(x: Array, exponent: int) -> Array:
    """By multiplication, which is far quicker than by logarithms."""
    out = np.ones_like(x)
    for _ in range(exponent):
        out = out * x
    return out


def ramp(x: Array) -> Array:
    """0 below 0, 1 above 1, smooth between."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


@dataclass(frozen=True, eq=False)
class Shape:
    """Place and radius (site metres), outline, peak (east, north, radius, in radii).

    kept: found by eye or for the plain's sake, whatever it explains; common: its wall is the common one; hill: it
    stands on what is older, and has one elevation, its height.
    """

    east: float
    north: float
    radius: float
    name: str = ""
    kept: bool = False
    plain: bool = False
    hill: bool = False
    common: bool = False
    outline: Array = field(default_factory=lambda: np.zeros((0, 2)))
    peak: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if len(self.outline) == 0:
            object.__setattr__(self, "outline", np.zeros((self.harmonics[1] - 1, 2)))

    @property
    def harmonics(self) -> tuple[int, int, int]:
        """Highest harmonic of the rim's elevation and of the outline, and terms of the floor, by size."""
        if self.hill:
            return 0, 3, 0
        if self.plain:
            return 0, 6, 5 if self.peak else 14
        if len(self.outline):  # decided when the crater was found
            return {1: (2, 2, 0), 2: (3, 3, 0), 3: (4, 4, 2), 5: (5, 6, 5), 4: (4, 5, 5)}[len(self.outline)]
        km = self.radius / 500.0
        if km < 9.0:
            return 2, 2, 0
        if km < 16.0:
            return 3, 3, 0
        if km < 30.0:
            return 4, 4, 2
        return (4, 5, 5) if self.radius > HUGE_M else (5, 6, 5)

    @property
    def nodes(self) -> int:
        return 1 if self.plain or self.hill else 3 if len(self.outline) <= 2 else 6

    @property
    def crater(self) -> bool:
        """Neither a plain nor a hill."""
        return not (self.plain or self.hill)

    @property
    def size(self) -> int:
        """How many elevations it has."""
        rim, _, floor = self.harmonics
        return self.nodes + 2 * rim + floor + (self.peak is not None)

    @property
    def reach(self) -> float:
        return 1.25 * self.radius * (APRON if self.crater else 1.0)

    def at(self, east: Array, north: Array) -> tuple[Array, Array, Array, Array, Array]:
        """x (radii along the outline), cosine and sine of the azimuth, offsets in radii."""
        matrix = stretch(self.east, self.north, BODY_M) / self.radius
        de, dn = east - self.east, north - self.north
        dx, dy = matrix[0, 0] * de + matrix[0, 1] * dn, matrix[1, 0] * de + matrix[1, 1] * dn
        r = np.hypot(dx, dy)
        one = np.where(r > 0.0, r, 1.0)
        cosine, sine = np.where(r > 0.0, dy / one, 1.0), dx / one
        width = np.ones_like(r)
        a, b = cosine, sine
        for c, s in self.outline:
            a, b = a * cosine - b * sine, a * sine + b * cosine
            width = width + c * a + s * b
        return r / width, cosine, sine, dx, dy

    def columns(self, east: Array, north: Array) -> tuple[Array, Array]:
        """Cover, and columns with the cover applied: their sum by the elevations is what the crater shows.

        A hill covers nothing.
        """
        x, cosine, sine, dx, dy = self.at(east, north)
        rim, _, floor = self.harmonics
        if self.hill:
            return np.zeros_like(x), ramp(1.0 - x)[..., None]
        inside = x < 1.0
        terms = [power(dx, d - j) * power(dy, j) for d, j in TERM_POWERS[:floor]]
        if self.plain:
            cover = ramp((1.0 - x) / FEATHER)
            out = [np.ones_like(x), *terms, *self._summit(dx, dy)]
            return cover, np.moveaxis(np.stack(out) * cover, 0, -1)
        cover = np.where(inside, 1.0, np.clip((APRON - x) / (APRON - 1.0), 0.0, 1.0) ** 3)
        t = np.minimum(x, 1.0) * SAMPLES
        i = np.minimum(t.astype(int), SAMPLES - 1)
        out = [row[i] + (t - i) * (row[i + 1] - row[i]) for row in (BOWL if self.nodes == 3 else WALL)]
        wall = np.where(inside, ramp((x - WALL_FROM) / (1.0 - WALL_FROM)), 1.0)
        tilt = wall + (1.0 - wall) * np.hypot(dx, dy) if self.nodes == 3 else wall
        a, b = cosine, sine
        for k in range(rim):
            if k:
                a, b = a * cosine - b * sine, a * sine + b * cosine
            share = wall if k else np.where(inside, tilt, x)
            out += [a * share, b * share]
        out += [(1.0 - wall) * term for term in terms]
        out += [np.where(inside, summit, 0.0) for summit in self._summit(dx, dy)]
        return cover, np.moveaxis(np.stack(out) * cover, 0, -1)  # quicker than stacking the last axis

    def _summit(self, dx: Array, dy: Array) -> list[Array]:
        """The peak's column, where there is a peak."""
        if self.peak is None:
            return []
        east, north, radius = self.peak
        return [ramp(1.0 - np.hypot(dx - east, dy - north) / radius)]

    def ridge(self) -> Array:
        """Quadratic penalty, relative to the number of cells within: gentle rims, smooth walls. Our choice."""
        rim, _, floor = self.harmonics
        out = np.zeros((self.size, self.size))
        nodes = self.nodes
        template = {1: (), 3: (0.36,), 6: (0.05, 0.22, 0.48, 0.76)}[nodes]
        for j, share in enumerate(template, start=1):
            d = np.zeros(self.size)
            d[0], d[j], d[nodes - 1] = 1.0 - share, -1.0, share
            out += (100.0 if self.common else 0.05 if nodes == 3 else 0.002) * np.outer(d, d)
        for j in range(1, nodes - 1 if nodes == 6 and not self.common else 1):
            d = np.zeros(self.size)
            low, high = NODES[j] - NODES[j - 1], NODES[j + 1] - NODES[j]
            d[j - 1], d[j], d[j + 1] = -high / (low + high), 1.0, -low / (low + high)
            out += 0.02 * np.outer(d, d)
        weights = [0.02, 0.02] + [0.06 * k for k in range(1, rim) for _ in (0, 1)]
        weights = weights[: 2 * rim] + [0.002 if self.plain else 0.03] * floor
        at = np.arange(nodes, nodes + len(weights))
        out[at, at] += weights
        return out

    def moved(self, step: Array) -> "Shape":
        """step: east and north in radii, the radius's logarithm; then the outline anew."""
        return replace(
            self, east=self.east + step[0] * self.radius, north=self.north + step[1] * self.radius,
            radius=self.radius * float(np.exp(step[2])), outline=step[3:].reshape(-1, 2),
        )  # fmt: skip
