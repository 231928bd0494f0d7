"""The terrain's skyline around a rover that moves: horizons over boxes of ground, as the traverse planner has them."""

import math
from collections import OrderedDict
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.terrain.products.nest import Nest, nest_horizon_rad, sample_nest
from roverctl.terrain.source import Terrain

Array = npt.NDArray[np.float64]
Node = tuple[int, int]  # east and north, in spacings from the site

# A rover is 1.4 m off the nearest node at most. The site is in the middle of a box, which takes half a second over the
# reconstruction: most of that for ground far away, so that larger boxes cost less by the metre, and more memory. Our
# choices.
_SPACING_M: Final = 2.0
_SIDE: Final = 256
_KEPT: Final = 2
_AZIMUTHS: Final = 144
_STEP_RAD: Final = 2.0 * math.pi / _AZIMUTHS


class _Box:
    """A box of nodes, and its horizons by the number of their azimuth, as far as they were asked for."""

    def __init__(self, nest: Nest) -> None:
        self._nest = nest
        self._horizons: dict[int, npt.NDArray[np.float32]] = {}

    def rise_rad(self, number: int, column: int, row: int) -> float:
        horizon = self._horizons.get(number)
        if horizon is None:
            horizon = self._horizons[number] = nest_horizon_rad(self._nest, number * _STEP_RAD)
        rise = float(horizon[row, column])
        return rise if math.isfinite(rise) else -math.pi / 2.0  # what is not known hides nothing


class GroundSkyline:
    """The skyline of one node, over the ground itself: an antenna of some height sees a little more."""

    def __init__(self, box: _Box, column: int, row: int) -> None:
        self._box, self._column, self._row = box, column, row
        self._rise_rad = np.full(_AZIMUTHS, np.nan)

    def at(self, azimuth_rad: Array) -> Array:
        """Elevation of the horizon in radians, at azimuths from north, clockwise."""
        scaled = np.mod(azimuth_rad, 2.0 * np.pi) / _STEP_RAD
        before = np.floor(scaled).astype(np.int64)
        share = scaled - before
        first, second = before % _AZIMUTHS, (before + 1) % _AZIMUTHS
        wanted = np.unique((first, second))
        for number in wanted[np.isnan(self._rise_rad[wanted])].tolist():
            self._rise_rad[number] = self._box.rise_rad(number, self._column, self._row)
        return np.asarray((1.0 - share) * self._rise_rad[first] + share * self._rise_rad[second])


class GroundSkylines:
    """Skylines of a terrain. They depend on terrain, node and direction alone, never on what was asked before.

    Parameters
    ----------
    terrain
        The true ground for a simulated link, the map's for a forecast.
    radius_m
        Of the body.
    """

    def __init__(self, terrain: Terrain, radius_m: float) -> None:
        self._terrain, self._radius_m = terrain, radius_m
        self._boxes: OrderedDict[Node, _Box] = OrderedDict()

    def around(self, node: Node) -> GroundSkyline:
        """That of a node."""
        (column_box, column), (row_box, row) = (divmod(number + _SIDE // 2, _SIDE) for number in node)
        box = self._boxes.pop((column_box, row_box), None)
        if box is None:
            east_m, north_m = ((number * _SIDE - _SIDE // 2) * _SPACING_M for number in (column_box, row_box))
            box = _Box(sample_nest(self._terrain, east_m, north_m, _SPACING_M, _SIDE, _SIDE, self._radius_m))
        self._boxes[column_box, row_box] = box
        if len(self._boxes) > _KEPT:
            self._boxes.popitem(last=False)
        return GroundSkyline(box, column, row)


def node_at(east_m: float, north_m: float) -> Node:
    """The node that is nearest to a place in the site frame."""
    return round(east_m / _SPACING_M), round(north_m / _SPACING_M)
