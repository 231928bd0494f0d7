"""Cross-sections of craters and rocks, as sharp as a sampling can see them.

An elevation at a spacing is the mean of the ground over a square of that side, so that a coarser view is the mean of a
finer one. For a round feature the square is replaced by a Gaussian of the same variance, spacing**2 / 12 along each
axis: what is left of the feature is again round, and is read from a table by the square of the distance and by the
smoothing.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.terrain.source import Array

REACH = 2.0  # radii to which a feature changes the ground
TAIL = 2.5  # and standard deviations of the smoothing beyond that
SIGMA_OF_SPACING = 12.0**-0.5
RIM_OF_DEPTH = 0.036 / 0.196  # Pike 1977, simple craters: rim height and depth, of the diameter
SIGMA_MAX = 0.8  # radii
SIGMA_ROWS = 24
ENTRIES = 32  # per unit of the squared distance, in radii: a parabola is exact
LAST = int((REACH + TAIL * SIGMA_MAX) ** 2) * ENTRIES


def crater_profile(x: Array, worn: float) -> Array:
    """Height at ``x`` radii of a crater of depth 1 from rim to floor; 0 is the ground before, and from 2 radii on.

    Fresh (``worn`` 0): a parabola, and an apron that falls about as r**-3 (McGetchin, Settle and Head 1973) but ends.
    Worn (1): the same rounded off, as diffusion does.
    """
    rim, depth = RIM_OF_DEPTH, 1.0 - RIM_OF_DEPTH
    fresh = np.where(x < 1.0, -depth + x * x, rim * np.maximum(2.0 - x, 0.0) ** 3)
    bowl = np.maximum(1.0 - x * x / 1.69, 0.0) ** 2
    crest = np.maximum(1.0 - ((x - 1.15) / 0.85) ** 2, 0.0) ** 2
    worn_down = rim * crest - depth * bowl
    return np.asarray(fresh + worn * (worn_down - fresh), dtype=np.float64)


def rock_profile(x: Array) -> Array:
    """Height at ``x`` radii of a rock of height 1: a block with rounded shoulders; our choice."""
    return np.asarray(np.sqrt(np.maximum(1.0 - x**4, 0.0)), dtype=np.float64)


def volume(profile: Array) -> float:
    """Integral of a profile over the ground, radii squared; ``profile`` as ``squared_distances`` samples it."""
    return float(np.pi * np.trapezoid(profile, dx=1.0 / ENTRIES))


def squared_distances() -> Array:
    """The squares of the distances, in radii, at which tables are sampled."""
    return np.arange(LAST + 2) / ENTRIES


@lru_cache(maxsize=1)
def crater_table() -> Array:
    """Smoothed profiles, shape (sigma, squared distance, 2): of a fresh and of a worn crater of depth 1."""
    return _table([lambda x: crater_profile(x, 0.0), lambda x: crater_profile(x, 1.0)])


@lru_cache(maxsize=1)
def rock_table() -> Array:
    """Like ``crater_table``, twice a rock of height 1: rocks do not wear."""
    return _table([rock_profile, rock_profile])


def _table(profiles: list[Callable[[Array], Array]]) -> Array:
    axis = np.linspace(-4.8, 4.8, 641)  # the features end at 2, and 4 is the last distance wanted
    outward = axis[axis.size // 2 :]
    radius = np.hypot(axis[:, None], axis[None, :])
    flat = np.array([profile(radius) for profile in profiles])
    wanted = np.sqrt(squared_distances())
    table = np.empty((SIGMA_ROWS + 1, wanted.size, len(profiles)))
    table[0] = np.stack([profile(wanted) for profile in profiles], axis=1)
    for row in range(1, SIGMA_ROWS + 1):
        sigma = SIGMA_MAX * row / SIGMA_ROWS
        across = np.exp(-0.5 * (axis / sigma) ** 2)
        along = np.exp(-0.5 * ((outward[:, None] - axis[None, :]) / sigma) ** 2)
        for kind, lines in enumerate(flat @ across):
            table[row, :, kind] = np.interp(wanted, outward, along @ lines / across.sum() ** 2)
    return table


@kernel
def sharpness(radius: float, spacing_m: float) -> tuple[int, float]:
    """Row of a table below a feature's smoothing at a spacing, and how far towards the next row it lies.

    That counts in the square of sigma, by which a smooth surface changes.
    """
    sigma = SIGMA_OF_SPACING * spacing_m / (radius * SIGMA_MAX)
    place = min(sigma * SIGMA_ROWS, float(SIGMA_ROWS))
    row = min(int(place), SIGMA_ROWS - 1)
    return row, (place * place - row * row) / (2.0 * row + 1.0)


@kernel
def read(table: Array, row: int, fraction: float, worn: float, xx: float) -> float:
    """Height at a squared distance ``xx`` in radii, from 0 to LAST / ENTRIES."""
    place = xx * ENTRIES
    i = int(place)
    t = place - i
    fresh = table[row, i, 0] + t * (table[row, i + 1, 0] - table[row, i, 0])
    soft = table[row, i, 1] + t * (table[row, i + 1, 1] - table[row, i, 1])
    sharp = fresh + worn * (soft - fresh)
    fresh = table[row + 1, i, 0] + t * (table[row + 1, i + 1, 0] - table[row + 1, i, 0])
    soft = table[row + 1, i, 1] + t * (table[row + 1, i + 1, 1] - table[row + 1, i, 1])
    return float(sharp + fraction * (fresh + worn * (soft - fresh) - sharp))
