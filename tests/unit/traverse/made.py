"""Ground from formulas, and requests over it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import load_mission
from roverctl.traverse.request import RouteRequest

Array = npt.NDArray[np.float64]
MISSION = load_mission()
LIMIT = math.radians(15.0)


@dataclass(frozen=True)
class Made:
    """A terrain from a formula of east and north."""

    formula: Callable[[Array, Array], Array]
    base: "Made | None" = None
    label: str = "made"
    resolution_m: float = 5.0
    generated_below_m: float = 0.0

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        east, north = np.broadcast_arrays(east_m, north_m)
        return np.asarray(self.formula(east, north) + 0.0 * east)


def level(east: Array, north: Array) -> Array:
    return 0.0 * east - 5900.0


def hills(east: Array, north: Array) -> Array:
    """Slopes up to some 12°, over a few hundred metres."""
    return np.asarray(-5900.0 + 4.0 * np.sin(east / 37.0) * np.cos(north / 41.0) + 5.0 * np.sin(east / 90 + north / 70))


def ask(start: tuple[float, float], goal: tuple[float, float], **more: object) -> RouteRequest:
    return RouteRequest(**{"start_m": start, "goal_m": goal, "max_slope_rad": LIMIT, **more})  # type: ignore[arg-type]
