"""How sure a route is: the chance that each segment breaks the vehicle's limit if the DEM errs as it is said to."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError
from roverctl.traverse.ground import Ground
from roverctl.traverse.route import Route

Array = npt.NDArray[np.float64]

MOST_COPIES = 10_000
_WINDOW_CELLS = 64  # segments are taken together in squares this wide, each with errors of its own around it


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
    steeper. Gradients of copies at the n points of the route are drawn together, with the covariance that
    the stated correlation gives them: exact, without making whole copies; between points further apart than 64 of the
    route's it is dropped.
    """
    rows = np.round((route.north_m - ground.box.north_m) / ground.box.spacing_m).astype(np.int64)
    columns = np.round((route.east_m - ground.box.east_m) / ground.box.spacing_m).astype(np.int64)
    h, z = ground.box.spacing_m, ground.elevation_m
    east = (z[rows, columns + 1] - z[rows, columns - 1]) / (2.0 * h)
    north = (z[rows + 1, columns] - z[rows - 1, columns]) / (2.0 * h)
    random = np.random.default_rng(errors.seed)
    steep = np.empty((errors.copies, len(rows)), dtype=np.bool_)
    for first in range(0, len(rows), _WINDOW_CELLS):
        part = slice(first, first + _WINDOW_CELLS)
        # The four nodes of every point's central differences, and how their errors go together.
        x = np.concatenate((columns[part] + 1, columns[part] - 1, columns[part], columns[part])) * h
        y = np.concatenate((rows[part], rows[part], rows[part] + 1, rows[part] - 1)) * h
        away = (x[:, np.newaxis] - x) ** 2 + (y[:, np.newaxis] - y) ** 2
        values, vectors = np.linalg.eigh(errors.sigma_m**2 * np.exp(-0.5 * away / errors.length_m**2))
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        e, w, n, s = np.split(random.normal(size=(errors.copies, len(x))) @ root.T, 4, axis=1)
        steep[:, part] = np.hypot(east[part] + (e - w) / (2.0 * h), north[part] + (n - s) / (2.0 * h)) > math.tan(
            limit_rad
        )
    segments = steep[:, 1:] | steep[:, :-1]
    return segments.mean(axis=0), float(segments.any(axis=1).mean())
