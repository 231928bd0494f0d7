"""What an edge costs: a sum of named terms, from the vehicle's figures.

====================  ====  ================================================================================
term                  unit  over plan length ds, ground length L = sqrt(ds² + dz²) and slip s at atan(dz/ds)
====================  ====  ================================================================================
``distance``          m     L
``drive``             s     L / speed
``slip``              s     L / speed · s / (1 - s), what slip adds to ``drive``
``look``              s     ds · look time / step length
``roll``              J     L / (1 - s) · mass · flat drive figure (Carr 2001, in pextant)
``climb``             J     L / (1 - s) · mass · climb figure · degrees uphill · g / 1.62 (the same)
``load``              J     (drive + slip + look) · load while moving
``hazard``            m     ds · 4 · (slope / limit)⁴, the mean of both cells: a price, no way that is gone
``shade``             s     ds / speed · part of the time in shadow, the mean of both cells: a price as well
====================  ====  ================================================================================

An objective is a weight for each term, and a mix of objectives the sum of theirs; so the terms always add up exactly.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Mission, Vehicle
from roverctl.traverse.request import RouteRequest

Array = npt.NDArray[np.float64]

# At the slope limit a metre costs as much as this many metres more; with the fourth power half the limit costs 1/4
# metre. A choice, not a figure: it keeps off ground that an error of the DEM would take over the limit.
HAZARD_AT_LIMIT = 4.0
HAZARD_POWER = 4
# Objective ``risk``: a metre at the limit is worth this detour on level ground, in metres. A choice.
RISK_AT_LIMIT = 400.0
# Objective ``sun``: a second in shadow is worth this many seconds more in the Sun. A choice.
SHADE = 10.0

UNITS = {"time": "s", "distance": "m", "energy": "J", "sun": "s", "risk": "m", "weighted": "1"}
TERM_WORDS = {
    "distance": "distance", "drive": "driving", "slip": "slip", "look": "looking", "roll": "rolling",
    "climb": "climbing", "load": "loads", "hazard": "steep ground", "shade": "shadow",
}  # fmt: skip
_NAMES = tuple(TERM_WORDS)
_CARR_GRAVITY_M_S2 = 1.62  # that the climb figure holds at


@dataclass(frozen=True, slots=True)
class CostModel:
    """Weights of the terms, and the vehicle's figures that they stand on.

    ``slip`` is linear between the profile's values, its first value downhill, its last beyond the end. An edge may be
    passed where its rise and the slope across it keep the limits.
    """

    objective: str
    weights: dict[str, float]
    pace: float  # s per metre of ground
    look: float  # s per plan metre
    roll_j_m: float
    climb_j_m_rad: float
    load_w: float
    slip_slope_rad: Array
    slip: Array
    max_slope_rad: float
    max_up_rad: float
    max_down_rad: float
    max_across_rad: float

    def _weight(self, term: str) -> float:
        return self.weights.get(term, 0.0)

    @property
    def rates(self) -> Array:
        """What kernels read: cost per metre of ground, per metre rolled, per metre rolled and radian uphill, per plan
        metre."""
        load = self._weight("load") * self.load_w
        return np.array(
            [
                self._weight("distance"),
                (self._weight("drive") + load) * self.pace + self._weight("roll") * self.roll_j_m,
                self._weight("climb") * self.climb_j_m_rad,
                (self._weight("look") + load) * self.look,
            ]
        )

    @property
    def limits(self) -> Array:
        """The steepest rise over run of an edge: up, down, and across it (infinite where it has none of its own)."""
        across = math.tan(self.max_across_rad) if self.max_across_rad < self.max_slope_rad else math.inf
        return np.array([math.tan(self.max_up_rad), math.tan(self.max_down_rad), across])

    @property
    def shade_price(self) -> float:
        """The price of a plan metre in full shadow."""
        return self._weight("shade") * self.pace

    @property
    def second(self) -> float:
        """What a second of the vehicle's time is worth: what it takes to drive as far on level ground."""
        plain, rolled, _, _ = self.rates.tolist()
        return float((plain + rolled) / self.pace)

    def hazard(self, slope_rad: npt.NDArray[np.floating]) -> Array:
        """The price of a cell's slope per plan metre; steeper cells are not entered."""
        part = np.asarray(slope_rad, dtype=np.float64) / self.max_slope_rad
        return np.asarray(self._weight("hazard") * HAZARD_AT_LIMIT * part**HAZARD_POWER)

    def terms(
        self, plan_m: Array, rise_m: Array, hazard_from: Array, hazard_to: Array, shade: Array | float = 0.0
    ) -> dict[str, Array]:
        """Cost of edges by name; the sum is the cost. ``shade`` is the mean part of time in shadow of both cells."""
        ground = np.hypot(plan_m, rise_m)
        slope = np.arctan2(rise_m, plan_m)
        slip = np.interp(slope, self.slip_slope_rad, self.slip)
        rolled = ground / (1.0 - slip)
        look = plan_m * self.look
        amounts = {
            "distance": ground,
            "drive": ground * self.pace,
            "slip": ground * self.pace * (slip / (1.0 - slip)),
            "look": look,
            "roll": rolled * self.roll_j_m,
            "climb": rolled * np.maximum(slope, 0.0) * self.climb_j_m_rad,
            "load": (rolled * self.pace + look) * self.load_w,
            "shade": plan_m * self.pace * shade,
        }
        terms = {
            name: self.weights[name] * amounts[name] for name in _NAMES if name in self.weights and name in amounts
        }
        if "hazard" in self.weights:
            terms["hazard"] = plan_m * 0.5 * (hazard_from + hazard_to)
        return terms


def cost_model(mission: Mission, request: RouteRequest, objective: str | None = None) -> CostModel:
    """The model of a request, or of another objective under the same limits."""
    vehicle = mission.vehicle
    objective = objective or request.objective
    parts = dict(request.weights) if objective == "weighted" else {objective: 1.0}
    weights: dict[str, float] = {}
    for part, share in parts.items():
        for term, weight in _objective(part, vehicle).items():
            weights[term] = weights.get(term, 0.0) + share * weight
    limit = request.max_slope_rad
    return CostModel(
        objective,
        {name: weights[name] for name in _NAMES if name in weights},
        1.0 / vehicle.speed_m_s,
        vehicle.look_time_s / vehicle.step_length_m,
        vehicle.mass_kg * vehicle.drive_flat,
        vehicle.mass_kg * vehicle.drive_climb * mission.body.gravity_m_s2 / _CARR_GRAVITY_M_S2 * math.degrees(1.0),
        vehicle.load_moving_w,
        np.array(vehicle.slip_slope_rad),
        np.array(vehicle.slip),
        limit,
        limit if request.max_up_rad is None else min(limit, request.max_up_rad),
        limit if request.max_down_rad is None else min(limit, request.max_down_rad),
        limit if request.max_across_rad is None else min(limit, request.max_across_rad),
    )


def _objective(name: str, vehicle: Vehicle) -> dict[str, float]:
    """Weights of an objective's terms; the hazard's, in the objective's unit per metre, is that of a level metre."""
    pace = 1.0 / vehicle.speed_m_s
    if name == "distance":
        return {"distance": 1.0, "hazard": 1.0}
    if name == "risk":
        return {"distance": 1.0, "hazard": RISK_AT_LIMIT / HAZARD_AT_LIMIT}
    if name == "energy":
        return {"roll": 1.0, "climb": 1.0, "load": 1.0,
                "hazard": vehicle.mass_kg * vehicle.drive_flat + vehicle.load_moving_w * pace}  # fmt: skip
    clock = {"drive": 1.0, "slip": 1.0, "look": 1.0, "hazard": pace}
    return {**clock, "shade": SHADE} if name == "sun" else clock
