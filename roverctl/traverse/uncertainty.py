"""How sure a route is: the chance that each segment breaks the vehicle's limit if the DEM errs as it is said to."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError
from roverctl.traverse.ground import Ground
from roverctl.traverse.route import Route

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

MOST_COPIES = 10_000
_TOGETHER = 256  # points whose errors are drawn at once; of those before as many are looked back to
_OWN = 1e-6  # of a gradient's variance


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """Errors of elevation: Gaussian, ``sigma_m`` each, correlated as exp(-d² / 2 ``length_m``²) over distance d."""

    sigma_m: float
    length_m: float
    copies: int = 200
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0.0 < self.sigma_m < 1e4 or not 0.0 < self.length_m < 1e7:
            raise InputError(f"DEM error {self.sigma_m:g} m over {self.length_m:g} m: both must be greater than zero")
        if not 1 <= self.copies <= MOST_COPIES:
            raise InputError(f"{self.copies} copies of the DEM; 1 to {MOST_COPIES} can be tried")


def breaking_chances(ground: Ground, route: Route, errors: ErrorModel, limit_rad: float) -> tuple[Array, float]:
    """The chance of each segment [n - 1] to break a slope limit, and the chance that any does.

    A segment breaks it in a copy of the DEM where the gradient at either of its ends (central differences) is
    steeper. Gradients of copies at the points of the route are drawn with the covariance that the stated correlation
    gives them, without making whole copies: ``_TOGETHER`` points at a time, given the ones before them.
    """
    rows = np.round((route.north_m - ground.box.north_m) / ground.box.spacing_m).astype(np.int64)
    columns = np.round((route.east_m - ground.box.east_m) / ground.box.spacing_m).astype(np.int64)
    h, z = ground.box.spacing_m, ground.elevation_m
    east = (z[rows, columns + 1] - z[rows, columns - 1]) / (2.0 * h)
    north = (z[rows + 1, columns] - z[rows - 1, columns]) / (2.0 * h)
    random = np.random.default_rng(errors.seed)
    steep = np.empty((errors.copies, len(rows)), dtype=np.bool_)
    given = np.empty((errors.copies, 0))
    before = np.empty(0, dtype=np.int64)
    for first in range(0, len(rows), _TOGETHER):
        part = np.arange(first, min(first + _TOGETHER, len(rows)))
        both = np.concatenate((before, part))
        root = np.linalg.cholesky(_covariance(columns[both], rows[both], h, errors))
        # East then north of each point: what belongs to the points before stands first.
        known = given.shape[1]
        drawn = np.linalg.solve(root[:known, :known], given.T)
        fresh = random.normal(size=(2 * len(part), errors.copies))
        given = (root[known:, :known] @ drawn + root[known:, known:] @ fresh).T
        steep[:, part] = np.hypot(east[part] + given[:, ::2], north[part] + given[:, 1::2]) > math.tan(limit_rad)
        before = part
    segments = steep[:, 1:] | steep[:, :-1]
    return segments.mean(axis=0), float(segments.any(axis=1).mean())


def _covariance(columns: Indices, rows: Indices, h: float, errors: ErrorModel) -> Array:
    """Of the errors of central differences at n nodes ``h`` metres apart, [2 n, 2 n]: of the first east and north, of
    the second ..."""
    length = errors.length_m
    scale = (errors.sigma_m / (2.0 * h)) ** 2

    def alike(away: Array) -> Array:
        return np.asarray(np.exp(-0.5 * (away / length) ** 2))

    dx, dy = (np.asarray(h * (place[:, np.newaxis] - place)) for place in (columns, rows))
    by_x, by_y = alike(dx), alike(dy)
    out = np.empty((2 * len(rows), 2 * len(rows)))
    out[::2, ::2] = scale * by_y * (2.0 * by_x - alike(dx + 2.0 * h) - alike(dx - 2.0 * h))
    out[1::2, 1::2] = scale * by_x * (2.0 * by_y - alike(dy + 2.0 * h) - alike(dy - 2.0 * h))
    mixed = scale * (alike(dx + h) - alike(dx - h)) * (alike(dy - h) - alike(dy + h))
    out[::2, 1::2] = mixed
    out[1::2, ::2] = mixed.T
    # Errors of neighbours are so much alike that rounding spoils the root without a little of their own.
    out[np.diag_indices_from(out)] += _OWN * out[0, 0] + 1e-13 * scale
    return out
