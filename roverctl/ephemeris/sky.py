"""The sky of a mission: Sun, Earth, Moon, stations and relay, as ranges, directions, light times and visibility.

Elevations are above the local level, without refraction. The rover is taken to stand at the site: it never leaves its
neighbourhood (1 km there is 0.03° here).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import erfa
import numpy as np
import numpy.typing as npt

from roverctl.core.nouns import ContactWindow
from roverctl.ephemeris.bodies import LIGHT_M_S, Bodies, moon_orientation
from roverctl.ephemeris.halo import HaloOrbit
from roverctl.ephemeris.passes import find_windows
from roverctl.ephemeris.scales import Epochs, epochs
from roverctl.mission.profile import Mission

Array = npt.NDArray[np.float64]

# Each pass shrinks the error by v/c, 5e-6 at most: from a light time of 1.9 s to 1e-5, 5e-11, 2e-16 s.
_LIGHT_TIME_PASSES = 2
_CHUNK = 32_768


@dataclass(frozen=True, slots=True)
class Geometry:
    """Ranges and directions at n epochs, over s stations; metres, radians, instantaneous (no light time)."""

    t_ns: npt.NDArray[np.int64]
    earth_moon_m: Array  # centres
    earth_relay_m: Array  # from the centre
    moon_relay_m: Array  # from the centre
    station_relay_m: Array  # [s, n]
    station_elevation_rad: Array  # [s, n], of the relay at the station
    relay_rover_m: Array
    relay_elevation_rad: Array  # at the rover
    relay_azimuth_rad: Array
    sun_elevation_rad: Array
    sun_azimuth_rad: Array
    margin_rad: Array  # [s, n], least of: station above its mask, relay above the rover's, path above the Moon's limb
    visible: npt.NDArray[np.bool_]  # [s, n]: a signal gets from station to rover


@dataclass(frozen=True, slots=True)
class LightTimes:
    """Seconds that light takes, s stations and n epochs; up leaves the station at t, down leaves the rover at t."""

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


class Sky:
    """The sky over a mission's site and stations. Any array of UTC times goes in; it is flattened to n epochs."""

    def __init__(self, mission: Mission) -> None:
        self.mission = mission
        self._bodies = Bodies()
        self._orbit = HaloOrbit(mission.halo)
        lon, lat = np.radians(mission.site.longitude_deg), np.radians(mission.site.latitude_deg)
        self._site_axes = _local_axes(lon, lat)
        self._site = self._site_axes[2] * (mission.site.body_radius_m + mission.site.elevation_m)
        lon = np.array([s.longitude_rad for s in mission.stations])
        lat = np.array([s.latitude_rad for s in mission.stations])
        altitude = np.array([s.altitude_m for s in mission.stations])
        self._stations = np.asarray(erfa.gd2gc(1, lon, lat, altitude), dtype=np.float64)  # 1: WGS 84
        verticals = np.stack([_local_axes(a, b)[2] for a, b in zip(lon, lat, strict=True)])
        self._earth_fixed = np.concatenate((self._stations, verticals))
        self._masks = np.array([[s.mask_rad] for s in mission.stations])

    def sun(self, t_ns: npt.ArrayLike) -> tuple[Array, Array]:
        """Azimuth (0..2π from north, clockwise) and elevation of the Sun's centre at the site, aberration counted.

        The aberration, 0.0057°, is the Earth's and the Moon's motion; the rest that light time brings is below 1e-5°.
        """
        at = epochs(t_ns)
        moon, velocity = self._bodies.moon(at)
        return self._sun(at, moon, velocity, moon_orientation(at))

    def geometry(self, t_ns: npt.ArrayLike) -> Geometry:
        """Everything at once; in chunks, so that a million epochs stay in the cache."""
        times = np.asarray(t_ns, dtype=np.int64).ravel()
        if times.size <= _CHUNK:
            return self._geometry(times)
        parts = [self._geometry(times[i : i + _CHUNK]) for i in range(0, times.size, _CHUNK)]
        return Geometry(*(np.concatenate([getattr(p, f.name) for p in parts], axis=-1) for f in fields(Geometry)))

    def _geometry(self, t_ns: npt.NDArray[np.int64]) -> Geometry:
        at = epochs(t_ns)
        moon, velocity = self._bodies.moon(at)
        axes = moon_orientation(at)
        relay = self._relay(at, moon, velocity)
        turned = self._bodies.from_earth(at, self._earth_fixed)
        stations, verticals = turned[: len(self._stations)], turned[len(self._stations) :]
        rover = moon + _turned_back(axes, self._site)
        sun_azimuth, sun_elevation = self._sun(at, moon, velocity, axes)
        to_relay = relay - rover
        relay_rover = _norm(to_relay)
        relay_azimuth, relay_elevation = self._horizontal(axes, to_relay)
        path = relay - stations
        station_relay = _norm(path, axis=1)
        station_elevation = np.arcsin(np.clip((path * verticals).sum(axis=1) / station_relay, -1.0, 1.0))
        margin = np.minimum(station_elevation - self._masks, relay_elevation - self.mission.halo.rover_mask_rad)
        margin = np.minimum(margin, _clearance_rad(stations, path, station_relay, moon, self.mission.body.radius_m))
        return Geometry(
            t_ns=t_ns,
            earth_moon_m=_norm(moon),
            earth_relay_m=_norm(relay),
            moon_relay_m=_norm(relay - moon),
            station_relay_m=station_relay,
            station_elevation_rad=station_elevation,
            relay_rover_m=relay_rover,
            relay_elevation_rad=relay_elevation,
            relay_azimuth_rad=relay_azimuth,
            sun_elevation_rad=sun_elevation,
            sun_azimuth_rad=sun_azimuth,
            margin_rad=margin,
            visible=margin > 0.0,
        )

    def places(self, t_ns: npt.ArrayLike) -> Places:
        """Where everything is, to be drawn."""
        at = epochs(t_ns)
        moon, velocity = self._bodies.moon(at)
        x = moon / _norm(moon)
        momentum = _cross(moon, velocity)
        z = momentum / _norm(momentum)
        axes = np.stack([x, _cross(z, x), z])
        rover = moon + _turned_back(moon_orientation(at), self._site)
        sun = self._bodies.sun(at)[0]
        turned = [np.einsum("ijn,jn->in", axes, v) for v in (moon, self._relay_at(at), rover, sun / _norm(sun))]
        stations = np.einsum("ijn,sjn->sin", axes, self._bodies.from_earth(at, self._stations))
        return Places(turned[0], turned[1], turned[2], stations, turned[3])

    def light_times(self, t_ns: npt.ArrayLike) -> LightTimes:
        """Light times, iterated: each leg runs from where its sender is to where its receiver will be.

        Positions are geocentric with GCRS axes, which light crosses in straight lines to within 1 ns.
        """
        at = epochs(t_ns)
        count, n = len(self._stations), at.tt_s.size
        stations = self._bodies.from_earth(at, self._stations)
        rover_relay = self._travel(self._rover_at(at), at, self._relay_at)
        relay_leaves = at.later(rover_relay)
        # All stations at once: [3, s * n].
        each = Epochs(np.tile(at.utc_s, count), np.tile(at.tt_s, count))
        up_relay = self._travel(_joined(stations), each, self._relay_at)
        passing = each.later(up_relay)
        up_rover = self._travel(self._relay_at(passing), passing, self._rover_at)
        down_station = self._travel(
            np.tile(self._relay_at(relay_leaves), count),
            each.later(np.tile(rover_relay, count)),
            lambda then: _joined(np.stack([self._station_at(then.part(s * n, (s + 1) * n), s) for s in range(count)])),
        )
        return LightTimes(
            np.asarray(t_ns, dtype=np.int64).ravel(),
            up_relay.reshape(count, n), up_rover.reshape(count, n), rover_relay, down_station.reshape(count, n),
        )  # fmt: skip

    def leg_times(self, t_ns: npt.ArrayLike) -> LegTimes:
        """The four legs by their own departure times, iterated; for whoever follows a signal leg by leg."""
        at = epochs(t_ns)
        count, n = len(self._stations), at.tt_s.size
        stations = self._bodies.from_earth(at, self._stations)
        each = Epochs(np.tile(at.utc_s, count), np.tile(at.tt_s, count))
        relay = self._relay_at(at)
        to_station = self._travel(
            np.tile(relay, count),
            each,
            lambda then: _joined(np.stack([self._station_at(then.part(s * n, (s + 1) * n), s) for s in range(count)])),
        )
        return LegTimes(
            self._travel(_joined(stations), each, self._relay_at).reshape(count, n),
            self._travel(relay, at, self._rover_at),
            self._travel(self._rover_at(at), at, self._relay_at),
            to_station.reshape(count, n),
        )

    def best_station(self, t_ns: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """The visible station that has the relay highest, [n]; -1 where there is no contact."""
        geometry = self.geometry(t_ns)
        elevation = np.where(geometry.visible, geometry.station_elevation_rad, -np.inf)
        return np.where(geometry.visible.any(axis=0), elevation.argmax(axis=0), -1)

    def passes(self, from_ns: int, to_ns: int) -> list[ContactWindow]:
        """Contact windows of every station within the span, sorted by AOS, to the millisecond.

        A window that is open at an end of the span begins or ends there.

        Raises
        ------
        InputError
            When the span is empty or longer than 50 years.
        """

        def contact(t_ns: npt.NDArray[np.int64]) -> tuple[Array, Array]:
            geometry = self.geometry(t_ns)
            return geometry.margin_rad, geometry.station_elevation_rad

        return find_windows(contact, [s.name for s in self.mission.stations], from_ns, to_ns)

    def _relay(self, at: Epochs, moon: Array, velocity: Array) -> Array:
        """Geocentric relay: the halo breathes with the Moon's distance and turns with its direction."""
        distance = _norm(moon)
        x = moon / distance
        momentum = _cross(moon, velocity)
        z = momentum / _norm(momentum)
        y = _cross(z, x)
        units = self._orbit.position(at)
        return np.asarray(distance * ((units[0] + self.mission.halo.mu) * x + units[1] * y + units[2] * z))

    def _relay_at(self, at: Epochs) -> Array:
        return self._relay(at, *self._bodies.moon(at))

    def _rover_at(self, at: Epochs) -> Array:
        return self._bodies.moon(at)[0] + _turned_back(moon_orientation(at), self._site)

    def _station_at(self, at: Epochs, station: int) -> Array:
        return np.asarray(self._bodies.from_earth(at, self._stations[station : station + 1])[0])

    def _travel(self, sender: Array, leaves: Epochs, receiver: Callable[[Epochs], Array]) -> Array:
        """Seconds [n] from ``sender`` to where ``receiver`` is on arrival."""
        seconds = _norm(receiver(leaves) - sender) / LIGHT_M_S
        for _ in range(_LIGHT_TIME_PASSES):
            seconds = _norm(receiver(leaves.later(seconds)) - sender) / LIGHT_M_S
        return seconds

    def _sun(self, at: Epochs, moon: Array, velocity: Array, axes: Array) -> tuple[Array, Array]:
        sun, earth_to_sun_rate = self._bodies.sun(at)
        direction = sun - moon - _turned_back(axes, self._site)
        direction /= _norm(direction)
        # The observer moves about the Sun with Earth and Moon (the Sun's own 13 m/s are 1e-6 degrees).
        seen = direction + (velocity - earth_to_sun_rate) / LIGHT_M_S
        return self._horizontal(axes, seen)

    def _horizontal(self, axes: Array, vector: Array) -> tuple[Array, Array]:
        """Azimuth (0..2π) and elevation at the site of GCRS vectors [3, n]."""
        body = np.einsum("ijn,jn->in", axes, vector)
        east, north, up = self._site_axes @ body
        return np.arctan2(east, north) % (2.0 * np.pi), np.arctan2(up, np.hypot(east, north))


def _local_axes(longitude_rad: float, latitude_rad: float) -> Array:
    """East, north and up as rows, in body-fixed axes."""
    sl, cl = np.sin(longitude_rad), np.cos(longitude_rad)
    sp, cp = np.sin(latitude_rad), np.cos(latitude_rad)
    return np.array([[-sl, cl, 0.0], [-sp * cl, -sp * sl, cp], [cp * cl, cp * sl, sp]])


def _norm(vectors: Array, axis: int = 0) -> Array:
    return np.asarray(np.sqrt((vectors * vectors).sum(axis=axis)), dtype=np.float64)


def _joined(vectors: Array) -> Array:
    """[s, 3, n] as [3, s * n]."""
    return vectors.transpose(1, 0, 2).reshape(3, -1)


def _cross(a: Array, b: Array) -> Array:
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _turned_back(axes: Array, fixed: Array) -> Array:
    """A body-fixed vector in GCRS axes, [3, n]."""
    return np.asarray(fixed[0] * axes[0] + fixed[1] * axes[1] + fixed[2] * axes[2])


def _clearance_rad(stations: Array, paths: Array, length_m: Array, moon: Array, radius_m: float) -> Array:
    """How far each path passes from the Moon's limb, [s, n], as an angle at the station; negative when behind it."""
    to_moon = moon - stations
    along = np.clip((to_moon * paths).sum(axis=1) / length_m**2, 0.0, 1.0)
    miss = _norm(to_moon - along[:, None] * paths, axis=1)
    return (miss - radius_m) / _norm(to_moon, axis=1)
