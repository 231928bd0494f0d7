"""What is asked of the planner, and on which terrain."""

import math
from dataclasses import dataclass

from roverctl.core.errors import InputError
from roverctl.traverse.zones import Zone

Point = tuple[float, float]

OBJECTIVES = ("time", "distance", "energy", "sun", "risk", "weighted")
MOST_VIA = 500  # each is a search of its own
SPACINGS_M = (1e-3, 1e6)  # from a grain of regolith to half a Moon: beyond is a slip of the pen


@dataclass(frozen=True, slots=True)
class TerrainNote:
    """What a route was planned on."""

    label: str
    resolution_m: float
    generated_below_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequest:
    """A route from start over the via points to the goal; (east, north) in site-frame metres.

    ``spacing_m`` None leaves the spacing to the planner. Slopes steeper than ``max_slope_rad`` are not entered, and
    the vehicle neither climbs, descends nor crosses what is steeper than the limit of its own direction, where there is
    one. It stays out of the zones of ``avoid``, and within those of ``within`` where there are any. Objective
    ``weighted`` minimises the sum of ``weights``, pairs of another objective and what its unit is worth. ``depart_ns``
    is when the vehicle leaves, where that matters; with ``need_contact`` it then drives only in contact.

    Raises
    ------
    InputError
        For coordinates that are no numbers, more than ``MOST_VIA`` via points, a slope limit outside 0..60°, a spacing
        outside 1 mm..1000 km, an objective that is not known, weights that are negative, all zero, missing or twice.
    """

    start_m: Point
    goal_m: Point
    via_m: tuple[Point, ...] = ()
    objective: str = "time"
    max_slope_rad: float
    spacing_m: float | None = None
    max_up_rad: float | None = None
    max_down_rad: float | None = None
    max_across_rad: float | None = None
    avoid: tuple[Zone, ...] = ()
    within: tuple[Zone, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    depart_ns: int | None = None
    need_contact: bool = False

    def __post_init__(self) -> None:
        if len(self.via_m) > MOST_VIA:
            raise InputError(f"{len(self.via_m):,} via points are too many; {MOST_VIA} at most: plan in parts")
        for name, point in self.named_stops():
            if not all(math.isfinite(c) for c in point):
                raise InputError(f"{name}: {point} is no point (east, north) in metres")
        for name, limit in (
            ("slope limit", self.max_slope_rad), ("limit uphill", self.max_up_rad),
            ("limit downhill", self.max_down_rad), ("limit across", self.max_across_rad),
        ):  # fmt: skip
            if limit is not None and not 0.0 < limit <= math.radians(60.0):
                raise InputError(f"the {name} must lie above 0 and up to 60°, not {math.degrees(limit):g}°")
        if self.spacing_m is not None and not SPACINGS_M[0] <= self.spacing_m <= SPACINGS_M[1]:
            raise InputError(
                f"the spacing must lie between {SPACINGS_M[0]:g} and {SPACINGS_M[1]:g} m, not {self.spacing_m:g} m"
            )
        if self.objective not in OBJECTIVES:
            raise InputError(f"no objective '{self.objective}'; known are {', '.join(OBJECTIVES)}")
        if (self.objective == "weighted") != bool(self.weights):
            raise InputError("weights belong to the objective 'weighted', and it needs them")
        for name, weight in self.weights:
            if name not in OBJECTIVES[:-1] or not 0.0 <= weight < math.inf:
                raise InputError(f"weight {name}={weight:g}: must be one of {', '.join(OBJECTIVES[:-1])}, zero or more")
        if len({name for name, _ in self.weights}) < len(self.weights):
            raise InputError("an objective has two weights; give each one")
        if self.weights and not any(weight for _, weight in self.weights):
            raise InputError("all weights are zero; give one that is not")
        # Whole numbers would be written, and hashed, in another way than they are read back.
        object.__setattr__(self, "start_m", _floats(self.start_m))
        object.__setattr__(self, "goal_m", _floats(self.goal_m))
        object.__setattr__(self, "via_m", tuple(_floats(point) for point in self.via_m))
        if self.spacing_m is not None:
            object.__setattr__(self, "spacing_m", float(self.spacing_m))

    @property
    def wants_sun(self) -> bool:
        """Whether shadow has a price."""
        return self.objective == "sun" or any(name == "sun" and weight > 0.0 for name, weight in self.weights)

    @property
    def stops_m(self) -> tuple[Point, ...]:
        """Start, via points, goal."""
        return (self.start_m, *self.via_m, self.goal_m)

    def named_stops(self) -> list[tuple[str, Point]]:
        """The stops with what a message calls them."""
        via = [(f"via point {i}", point) for i, point in enumerate(self.via_m, start=1)]
        return [("start", self.start_m), *via, ("goal", self.goal_m)]


def _floats(point: Point) -> Point:
    return float(point[0]), float(point[1])
