"""Places that turn with a body: on the Moon with their local axes, and the stations on the Earth."""

from typing import Final

import erfa
import numpy as np
import numpy.typing as npt

from roverctl.ephemeris.bodies import Bodies, moon_orientation
from roverctl.ephemeris.nodes import NodeSeries
from roverctl.ephemeris.scales import Epochs
from roverctl.ephemeris.vectors import local_axes
from roverctl.mission.contacts import Station

Array = npt.NDArray[np.float64]

# The Moon turns by 0.0096 rad in an hour: a cubic over it errs by 2e-11 rad, 0.04 mm on its surface.
_NODES_S: Final = 3600.0
_DIFFERENCE_S: Final = 30.0


class MoonPlace:
    """A place on the Moon in GCRS axes from the Earth's centre."""

    def __init__(self, bodies: Bodies, longitude_rad: float, latitude_rad: float, radius_m: float) -> None:
        self._bodies, self.radius_m = bodies, radius_m
        self._fixed = local_axes(longitude_rad, latitude_rad)
        self._series = NodeSeries(self._nodes, _NODES_S)

    def look(self, at: Epochs) -> "MoonView":
        """Where the Moon is, and how the place's axes stand."""
        values, rates = self._series.hermite(at.tt_s)
        n = at.tt_s.size
        return MoonView(
            values[:3], rates[:3], values[3:].reshape(3, 3, n), rates[3:].reshape(3, 3, n), self.radius_m
        )  # fmt: skip

    def state(self, at: Epochs) -> tuple[Array, Array]:
        """Metres and metres per second, [3, n] each."""
        view = self.look(at)
        return view.place, view.velocity

    def _nodes(self, tt_s: Array) -> Array:
        moon, velocity = self._bodies.moon(Epochs(tt_s, tt_s))
        before, here, after = (self._axes(tt_s + shift) for shift in (-_DIFFERENCE_S, 0.0, _DIFFERENCE_S))
        return np.concatenate((moon, here, velocity, (after - before) / (2.0 * _DIFFERENCE_S)))

    def _axes(self, tt_s: Array) -> Array:
        return np.asarray((self._fixed @ moon_orientation(Epochs(tt_s, tt_s)).reshape(3, -1)).reshape(9, -1))


class MoonView:
    """The Moon and a place on it at n epochs; east, north and up are rows of ``axes`` [3, 3, n]."""

    def __init__(self, moon: Array, moon_rate: Array, axes: Array, axes_rate: Array, radius_m: float) -> None:
        self.moon, self.moon_rate, self.axes = moon, moon_rate, axes
        self.place = moon + axes[2] * radius_m
        self.velocity = moon_rate + axes_rate[2] * radius_m


class StationPlaces:
    """The stations, fixed to the Earth: where they stand and their local axes (WGS 84)."""

    def __init__(self, stations: tuple[Station, ...]) -> None:
        lon = np.array([s.longitude_rad for s in stations])
        lat = np.array([s.latitude_rad for s in stations])
        altitude = np.array([s.altitude_m for s in stations])
        self.fixed = np.asarray(erfa.gd2gc(1, lon, lat, altitude), dtype=np.float64)  # 1: WGS 84
        self.axes = np.stack([local_axes(a, b) for a, b in zip(lon, lat, strict=True)])  # [s, 3, 3]
        self.with_vertical = np.concatenate((self.fixed, self.axes[:, 2]))
