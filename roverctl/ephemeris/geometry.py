"""What the sky tells at n epochs, over s stations."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Geometry:
    """Ranges and directions at n epochs, over s stations; metres, radians, instantaneous (no light time).

    Without a relay the rover itself takes its place: ``station_relay_m`` is the way from station to rover,
    ``relay_rover_m`` is zero, and the relay's direction at the rover is that of the Earth's centre.
    """

    t_ns: npt.NDArray[np.int64]
    earth_moon_m: Array  # centres
    earth_relay_m: Array  # from the centre
    moon_relay_m: Array  # from the centre
    station_relay_m: Array  # [s, n]
    station_elevation_rad: Array  # [s, n], of the relay at the station
    relay_rover_m: Array
    relay_elevation_rad: Array  # at the rover
    relay_azimuth_rad: Array
    sight_azimuth_rad: Array  # [1, n] of the relay at the rover; without one [s, n] of each station
    sight_elevation_rad: Array
    sun_elevation_rad: Array
    sun_azimuth_rad: Array
    margin_rad: Array  # [s, n], the least of ``Margins``; beyond an orbit file -π
    visible: npt.NDArray[np.bool_]  # [s, n]: a signal gets from station to rover, and the station is on the air
    covered: npt.NDArray[np.bool_]  # [n]: the relay's place is known; it stands where it was last where it is not


@dataclass(frozen=True, slots=True)
class Margins:
    """By how much each condition of contact is met, [s, n] radians; none is met where it is negative."""

    station: Array  # relay above the station's mask
    rover: Array  # relay (station, without one) above the rover's mask and skyline
    moon: Array  # path above the Moon's limb; for a relay on the Moon, Earth above its level
    sun: Array  # Sun away from the relay, beyond the angle of conjunction

    @property
    def least(self) -> Array:
        """Of them all."""
        return np.minimum(np.minimum(self.station, self.rover), np.minimum(self.moon, self.sun))


@dataclass(frozen=True, slots=True)
class LightTimes:
    """Seconds that light takes, s stations and n epochs; up leaves the station at t, down leaves the rover at t.

    Without a relay the legs between it and the rover are zero.
    """

    t_ns: npt.NDArray[np.int64]
    station_to_relay_s: Array  # [s, n]
    relay_to_rover_s: Array  # [s, n], after it
    rover_to_relay_s: Array  # [n]
    relay_to_station_s: Array  # [s, n], after it

    @property
    def up_s(self) -> Array:
        """Station to rover, [s, n]."""
        return self.station_to_relay_s + self.relay_to_rover_s

    @property
    def down_s(self) -> Array:
        """Rover to station, [s, n]."""
        return self.rover_to_relay_s + self.relay_to_station_s


@dataclass(frozen=True, slots=True)
class LegTimes:
    """Seconds that light takes on each leg, each leaving its own sender at t; s stations and n epochs."""

    station_to_relay_s: Array  # [s, n]
    relay_to_rover_s: Array  # [n]
    rover_to_relay_s: Array  # [n]
    relay_to_station_s: Array  # [s, n]


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is at n epochs, in the frame that turns with Earth and Moon: the Earth's centre, x to the Moon,
    z along the Moon's orbital momentum; metres, instantaneous. ``sun`` are unit vectors.
    """

    moon_m: Array  # [3, n]
    relay_m: Array  # [3, n]
    rover_m: Array  # [3, n]
    stations_m: Array  # [s, 3, n]
    sun: Array  # [3, n]


@dataclass(frozen=True, slots=True)
class EarthView:
    """The Earth as the rover sees it, at n epochs: direction, radians, and how much of its disc is lit, 0 to 1."""

    azimuth_rad: Array
    elevation_rad: Array
    lit: Array
    waxing: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Track:
    """One thing seen from another at n epochs, instantaneous but for the light times.

    ``azimuth_rad`` and ``elevation_rad`` are over the observer's ground and None where it has none; right ascension
    and declination are geometric directions in GCRS axes.
    """

    range_m: Array
    range_rate_m_s: Array  # positive where they part
    right_ascension_rad: Array
    declination_rad: Array
    azimuth_rad: Array | None
    elevation_rad: Array | None
    light_there_s: Array  # leaves the observer at t
    light_back_s: Array  # leaves the other at t
