"""Anything seen from anything: Sun, Earth, Moon, rover, relay and stations."""

from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError
from roverctl.ephemeris.bodies import LIGHT_M_S, Bodies
from roverctl.ephemeris.geometry import Track
from roverctl.ephemeris.orbit.relay import Relay
from roverctl.ephemeris.places import MoonPlace, StationPlaces
from roverctl.ephemeris.scales import Epochs
from roverctl.ephemeris.vectors import dot, horizontal, norm

Array = npt.NDArray[np.float64]

# Each pass shrinks the error by v/c, 1e-4 at most: from the Sun's 500 s to 5e-2, 5e-6, 5e-10, 5e-14 s.
_LIGHT_TIME_PASSES: Final = 4


class Tracks:
    """Where things are and how they are seen from one another."""

    def __init__(
        self, bodies: Bodies, rover: MoonPlace, relay: Relay | None, stations: StationPlaces, names: list[str]
    ) -> None:
        self._bodies, self._rover, self._relay = bodies, rover, relay
        self._stations, self._names = stations, names

    def known(self) -> list[str]:
        """The names that are known."""
        return ["earth", "moon", "sun", "rover", *(["relay"] if self._relay is not None else []), *self._names]

    def state(self, name: str, at: Epochs) -> tuple[Array, Array]:
        """Position and velocity of one of ``known`` from the Earth's centre in GCRS axes, [3, n], metres and m/s.

        Raises
        ------
        InputError
            When it is not known, or an orbit file does not cover a time.
        """
        name = self._name(name)
        if name == "relay" and self._relay is not None and self._relay.table is not None:
            self._relay.table.check(at)
        return self._state(name, at)

    def between(self, observer: str, other: str, at: Epochs) -> Track:
        """How one thing is seen from another.

        Light times are iterated until they hold to 1e-11 s. Range rates go by the velocities at the epoch.

        Raises
        ------
        InputError
            When one of them is not known, both are the same, or an orbit file does not cover a time.
        """
        observer, other = self._name(observer), self._name(other)
        if observer == other:
            raise InputError(f"'{observer}' cannot be seen from itself")
        (here, here_rate), (there, there_rate) = self.state(observer, at), self.state(other, at)
        way = there - here
        length = norm(way)
        axes = self._axes(observer, at)
        azimuth, elevation = (None, None) if axes is None else horizontal(axes, way)
        return Track(
            range_m=length,
            range_rate_m_s=dot(way, there_rate - here_rate) / np.maximum(length, 1e-3),
            right_ascension_rad=np.arctan2(way[1], way[0]) % (2.0 * np.pi),
            declination_rad=np.arctan2(way[2], np.hypot(way[0], way[1])),
            azimuth_rad=azimuth,
            elevation_rad=elevation,
            light_there_s=self._travel(here, other, at),
            light_back_s=self._travel(there, observer, at),
        )

    def _name(self, name: str) -> str:
        found = {known.casefold(): known for known in self.known()}.get(name.casefold())
        if found is None:
            raise InputError(f"'{name}' is not known to this sky; known are {', '.join(self.known())}")
        return found

    def _state(self, name: str, at: Epochs) -> tuple[Array, Array]:
        if name == "earth":
            return np.zeros((3, at.tt_s.size)), np.zeros((3, at.tt_s.size))
        if name == "relay" and self._relay is not None:
            return self._relay.state(at)
        if name in self._names:
            turn, s = self._bodies.earth(at), self._names.index(name)
            place = turn.turned(self._stations.fixed[s : s + 1])[0]
            return place, turn.rates(place)
        return {"moon": self._bodies.moon, "sun": self._bodies.sun, "rover": self._rover.state}[name](at)

    def _axes(self, name: str, at: Epochs) -> Array | None:
        if name == "rover":
            return self._rover.look(at).axes
        if name == "relay" and self._relay is not None and self._relay.place is not None:
            return self._relay.place.look(at).axes
        if name in self._names:
            return self._bodies.earth(at).turned(self._stations.axes[self._names.index(name)])
        return None

    def _travel(self, sender: Array, receiver: str, at: Epochs) -> Array:
        """Seconds [n] from ``sender`` to where the receiver is on arrival."""
        seconds = norm(self._state(receiver, at)[0] - sender) / LIGHT_M_S
        for _ in range(_LIGHT_TIME_PASSES):
            seconds = norm(self._state(receiver, at.later(seconds))[0] - sender) / LIGHT_M_S
        return seconds
