"""Where a vehicle may go, judged node by node from slope, step and roughness against its figures.

The slope is the planner's: the steeper of the ground's and of the same ground without generated detail
(``traverse.ground.survey``), against the same limit, so that a hazard by slope is what the planner does not enter.
Steps and roughness are what wheels meet: they are judged only where the nodes are close enough to see them, at least
three to a vehicle's length. On coarser ground the slope decides alone.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.terrain.products import surface
from roverctl.terrain.products.gradient import slope_rad

# Above this part of a limit ground is a caution: there the planner counts a metre as two (4 · part⁴ = 1).
CAUTION_FROM = 0.25**0.25


@dataclass(frozen=True, slots=True)
class Limits:
    """What a vehicle can take: slope, step between neighbouring nodes, roughness over its own length."""

    slope_rad: float
    step_m: float
    roughness_m: float
    length_m: float


def hazard_class(
    elevation_m: surface.Floats, spacing_m: float, limits: Limits, base_m: surface.Floats | None = None
) -> npt.NDArray[np.float32]:
    """Numbers into ``HAZARD_CLASSES``; NaN without data.

    0 safe; 1, 2, 3 a caution by slope, step, roughness; 4, 5, 6 a hazard by them: the one that is furthest on the way
    to its limit, or over it, gives the reason. Both elevations have one node more on each side (``surface``).
    """
    slope = slope_rad(elevation_m, spacing_m, spacing_m)[1:-1, 1:-1]
    if base_m is not None:
        slope = np.maximum(slope, slope_rad(base_m, spacing_m, spacing_m)[1:-1, 1:-1])
    parts = [slope / limits.slope_rad]
    if 2.0 * spacing_m <= limits.length_m:
        parts += [
            surface.step_m(elevation_m) / limits.step_m,
            surface.roughness_m(elevation_m) / limits.roughness_m,
        ]
    part = np.stack(parts)
    worst = part.max(axis=0)
    reason = np.where(np.isnan(worst), 0, part.argmax(axis=0)) + 1.0
    value = np.where(worst > 1.0, 3.0 + reason, np.where(worst > CAUTION_FROM, reason, 0.0))
    value[np.isnan(worst)] = np.nan
    return value.astype(np.float32)
