"""Whose turn it is over a chunk of time: by samples ten seconds apart, and to 0.01 s where contact begins or ends."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.core.times import SECOND_NS
from roverctl.relay.delivery.ground_skyline import GroundSkyline

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

SPACING_NS: Final = 10 * SECOND_NS
_PARTS: Final = 1000  # of a spacing, in which an edge is looked for


@dataclass(frozen=True, slots=True)
class Turns:
    """By sample the station, -1 without contact. ``edges_ns``: by the sample before it, the instant in between at which
    contact begins or ends.
    """

    stations: list[int]
    edges_ns: dict[int, int]


@dataclass(frozen=True, slots=True)
class Contacts:
    """What decides on contact at n samples, of s stations.

    ``off`` tells which of them are off the air, [s, m], at any m times.
    """

    times_ns: Times
    elevation_rad: Array  # of the relay at each station, [s, n]; -inf where it is not in view
    margin_rad: Array  # by which each station has contact, [s, n]; positive off the air, too
    turn: Times  # [n]
    sight_azimuth_rad: Array  # at the rover, of what it has to see, [1, n] or [s, n]
    sight_elevation_rad: Array
    off: Callable[[Times], npt.NDArray[np.bool_]]
    _made: dict[frozenset[int], Turns] = field(default_factory=dict)

    def turns(self, without: frozenset[int]) -> Turns:
        """With stations left out, whoever else has the relay highest stands in."""
        made = self._made.get(without)
        if made is None:
            left = [s for s in range(len(self.elevation_rad)) if s not in without]
            stations = self.turn if not without else _highest(self.elevation_rad, left)
            gap = stations < 0
            edges = {i: self._edge_ns(i, left) for i in np.flatnonzero(gap[1:] != gap[:-1]).tolist()}
            made = self._made[without] = Turns(stations.tolist(), edges)
        return made

    def _edge_ns(self, i: int, left: list[int]) -> int:
        """The first instant after sample ``i`` that is as sample ``i + 1``: margins are straight lines in between."""
        times = self.times_ns[i] + np.arange(1, _PARTS + 1, dtype=np.int64) * (SPACING_NS // _PARTS)
        share = np.arange(1, _PARTS + 1) / _PARTS
        before, after = self.margin_rad[left, i, np.newaxis], self.margin_rad[left, i + 1, np.newaxis]
        each = (before + (after - before) * share > 0.0) & ~self.off(times)[left]
        contact: npt.NDArray[np.bool_] = np.asarray(each.any(axis=0))
        before_it = np.flatnonzero(contact != contact[-1])
        return int(times[before_it[-1] + 1] if before_it.size else times[0])

    def over(self, skyline: GroundSkyline) -> "Contacts":
        """The same where the ground stands in the way, too. Who loses the relay by it gives the turn to who has it
        highest.
        """
        rise = self.sight_elevation_rad - skyline.at(self.sight_azimuth_rad)
        seen = np.isfinite(self.elevation_rad)
        if not (seen & (rise <= 0.0)).any():
            return self
        elevation = np.where(seen & (rise > 0.0), self.elevation_rad, -np.inf)
        highest = _highest(elevation, list(range(len(elevation))))
        stays = np.isfinite(elevation[self.turn, np.arange(self.turn.size)]) & (self.turn >= 0)
        return replace(
            self,
            elevation_rad=elevation,
            margin_rad=np.minimum(self.margin_rad, rise),
            turn=np.where(stays, self.turn, highest),
            _made={},
        )


def _highest(elevation_rad: Array, among: list[int]) -> Times:
    """The station of those that has the relay highest, [n]; -1 where none has it in view."""
    if not among:
        return np.full(elevation_rad.shape[1], -1)
    part = elevation_rad[among]
    return np.where(np.isfinite(part).any(axis=0), np.array(among)[part.argmax(axis=0)], -1)
