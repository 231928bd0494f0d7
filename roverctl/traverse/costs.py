"""What an edge costs: a sum of named terms, from the vehicle's figures.

Objective ``time`` counts seconds: driving the ground length at the vehicle's speed (``drive``), what slip adds to that
(``slip``), the looks between steps (``look``), and a price for steep ground (``hazard``), which is no time that
passes. Objective ``distance`` counts metres of ground and the same price in metres.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Vehicle
from roverctl.traverse.request import RouteRequest

Array = npt.NDArray[np.float64]

# At the slope limit a metre costs as much as this many metres more; with the fourth power half the limit costs 1/4
# metre. A choice, not a figure: it keeps off ground that an error of the DEM would take over the limit.
HAZARD_AT_LIMIT = 4.0
HAZARD_POWER = 4


@dataclass(frozen=True, slots=True)
class CostModel:
    """Figures of the edge cost; ``pace`` is seconds per metre of ground, or 1 where metres are counted.

    An edge over plan length ds and rise dz, from cell i to cell j:

    cost = sqrt(ds² + dz²) · pace / (1 - slip(atan(dz/ds))) + ds · look + ds · (r_i + r_j) / 2

    ``slip`` is linear between the profile's values, its first value downhill, its last beyond the end; r is
    ``hazard``. It may be passed where |dz| <= ds · ``steepest``.
    """

    objective: str
    pace: float
    look: float
    slip_slope_rad: Array
    slip: Array
    max_slope_rad: float

    @property
    def steepest(self) -> float:
        """The limit as rise over run."""
        return math.tan(self.max_slope_rad)

    def hazard(self, slope_rad: npt.NDArray[np.floating]) -> Array:
        """The price of a cell's slope per plan metre: pace · 4 · (slope / limit)⁴; steeper cells are not entered."""
        part = np.asarray(slope_rad, dtype=np.float64) / self.max_slope_rad
        return np.asarray(self.pace * HAZARD_AT_LIMIT * part**HAZARD_POWER)

    def terms(self, plan_m: Array, rise_m: Array, hazard_from: Array, hazard_to: Array) -> dict[str, Array]:
        """Cost of edges by name; the sum is the cost."""
        ground = np.hypot(plan_m, rise_m)
        drive = ground * self.pace
        hazard = plan_m * 0.5 * (hazard_from + hazard_to)
        if self.objective == "distance":
            return {"distance": drive, "hazard": hazard}
        slip = np.interp(np.arctan2(rise_m, plan_m), self.slip_slope_rad, self.slip)
        return {"drive": drive, "slip": drive * (slip / (1.0 - slip)), "look": plan_m * self.look, "hazard": hazard}


def cost_model(vehicle: Vehicle, request: RouteRequest, objective: str | None = None) -> CostModel:
    """The model of a request, or of another objective under the same slope limit."""
    objective = objective or request.objective
    slopes = np.array(vehicle.slip_slope_rad)
    if objective == "distance":
        return CostModel(objective, 1.0, 0.0, slopes, np.zeros_like(slopes), request.max_slope_rad)
    return CostModel(
        objective,
        1.0 / vehicle.speed_m_s,
        vehicle.look_time_s / vehicle.step_length_m,
        slopes,
        np.array(vehicle.slip),
        request.max_slope_rad,
    )
