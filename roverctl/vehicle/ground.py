"""Ground patches: the terrain sampled on a fixed lattice, a square at a time, as the kernel wants it."""

import math
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.terrain.grid import sample_grid
from roverctl.terrain.source import Terrain

Array = npt.NDArray[np.float64]

_NODES = 128  # side of a patch's core, in lattice nodes
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Patch:
    """Elevations with a margin around the core ``(west, south, east, north)``; row 0 is south."""

    elevation_m: Array
    east_m: float
    north_m: float
    spacing_m: float
    core: Array


class Ground:
    """The patches of a terrain. Which patch serves a place depends on the place alone, so stepping over a border
    gives the same bits whatever went before.

    Parameters
    ----------
    terrain
        What to sample.
    spacing_m
        Of the lattice; a power of two of a metre keeps its coordinates exact.
    margin_m
        Around a core; must exceed what the vehicle looks at around itself.
    """

    def __init__(self, terrain: Terrain, spacing_m: float, margin_m: float = 3.0) -> None:
        self.terrain = terrain
        self._spacing_m = spacing_m
        self._margin_m = margin_m
        self._margin = math.ceil(margin_m / spacing_m)
        self._patches: OrderedDict[tuple[int, int], Patch] = OrderedDict()

    def reaching(self, reach_m: float) -> "Ground":
        """This ground, or the same with patches that reach so far around their cores."""
        needed_m = reach_m + 2.0 * self._spacing_m  # heights stand between nodes
        return self if needed_m <= self._margin_m else Ground(self.terrain, self._spacing_m, needed_m)

    def at(self, east_m: float, north_m: float) -> Patch:
        """The patch whose core holds a place."""
        side = _NODES * self._spacing_m
        key = (_tile(east_m, side), _tile(north_m, side))
        patch = self._patches.get(key)
        if patch is None:
            west, south = key[0] * side, key[1] * side
            east0, north0 = west - self._margin * self._spacing_m, south - self._margin * self._spacing_m
            nodes = _NODES + 2 * self._margin + 1
            grid = sample_grid(self.terrain, east0, north0, self._spacing_m, nodes, nodes)
            core = np.array([west, south, (key[0] + 1) * side, (key[1] + 1) * side])
            patch = Patch(np.ascontiguousarray(grid.elevation_m), east0, north0, self._spacing_m, core)
            self._patches[key] = patch
            if len(self._patches) > _KEPT:
                self._patches.popitem(last=False)
        else:
            self._patches.move_to_end(key)
        return patch


def _tile(place_m: float, side_m: float) -> int:
    """The number n with n * side <= place < (n + 1) * side as those products round, so that no place is between."""
    number = math.floor(place_m / side_m)
    if place_m < number * side_m:
        return number - 1
    return number + 1 if place_m >= (number + 1) * side_m else number
