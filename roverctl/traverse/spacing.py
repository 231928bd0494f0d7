"""How closely ground is looked at, where nobody says."""

from collections.abc import Sequence

from roverctl.mission.profile import Mission
from roverctl.terrain.source import Terrain, source_at
from roverctl.traverse.request import Point

_SHORT_M = 500.0
_SHORT_SPACING_M = 1.0


def usual_spacing_m(terrain: Terrain, mission: Mission, points: Sequence[Point], length_m: float) -> float:
    """The finer of the terrain's own and a thousandth of a way's length, at most 1 m under 500 m.

    It is no finer than the finest that the operator's map resolves (or the terrain itself, where finer). ``points`` are
    places along the way at which the terrain is asked.
    """
    resolution_m = min(source_at(terrain, *point, _SHORT_SPACING_M).resolution_m for point in points)
    spacing_m = min(resolution_m, length_m / 1000.0)
    if length_m < _SHORT_M:
        spacing_m = min(spacing_m, _SHORT_SPACING_M)
    return max(spacing_m, min(mission.terrain.map_spacing_m, resolution_m))
