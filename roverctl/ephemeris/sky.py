"""The sky of a mission: Sun, Earth, Moon, stations and relay, as ranges, directions, light times and visibility.

Elevations are above the local level, without refraction. The rover is taken to stand at the site: it never leaves its
neighbourhood (1 km there is 0.03° here). A mission without a relay has one leg: the rover takes the relay's place.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError
from roverctl.core.nouns import ContactWindow
from roverctl.core.times import MILLISECOND_NS, SECOND_NS, check_sky_time, format_utc
from roverctl.ephemeris.bodies import LIGHT_M_S, Bodies, EarthTurn
from roverctl.ephemeris.chunks import in_parts, parts_of
from roverctl.ephemeris.contact.air import off_air, without_spans
from roverctl.ephemeris.contact.causes import Codes, cause_spans, causes
from roverctl.ephemeris.contact.duty import Duty
from roverctl.ephemeris.contact.moon import clearance_rad, rise_rad
from roverctl.ephemeris.contact.skyline import Skyline
from roverctl.ephemeris.contact.timeline import ContactSpan, turns
from roverctl.ephemeris.contact.windows import find_windows
from roverctl.ephemeris.day import LunarDay, lunar_days
from roverctl.ephemeris.geometry import EarthView, Geometry, LegTimes, LightTimes, Margins, Places, Track
from roverctl.ephemeris.light import travel_s
from roverctl.ephemeris.orbit.relay import Relay
from roverctl.ephemeris.places import MoonPlace, MoonView, StationPlaces
from roverctl.ephemeris.scales import Epochs, epochs
from roverctl.ephemeris.tracks import Tracks
from roverctl.ephemeris.vectors import angle_between, cross, dot, horizontal, norm
from roverctl.mission.contacts import ContactRules
from roverctl.mission.profile import Mission

Array = npt.NDArray[np.float64]

_SAMPLE_NS = 600 * SECOND_NS  # of a search without a relay, as ``orbit.relay`` has it
# What puts a station before any other: more than an elevation can be.
_FIRST_RAD = 10.0
# A relay low over the Moon bends its way by metres in a light time: an orbit file is asked where it is then.
_BENT_PASSES = 2


@dataclass(slots=True)
class _Instant:
    """Where everything is at n epochs."""

    at: Epochs
    view: MoonView
    turn: EarthTurn
    stations: Array  # [s, 3, n]
    relay: Array
    relay_rate: Array


class Sky:
    """The sky over a mission's site and stations. Any array of UTC times goes in; it is flattened to n epochs.

    Parameters
    ----------
    mission
        Site, stations, relay, and the rules by which stations take turns.
    rules
        In place of the mission's own, as an operation may have them.
    skyline
        Of the ground around the rover, where it is known.

    Raises
    ------
    ProfileError
        When the relay's orbit is none.
    """

    def __init__(self, mission: Mission, rules: ContactRules | None = None, skyline: Skyline | None = None) -> None:
        self.mission, self.skyline = mission, skyline
        self.rules = mission.contact if rules is None else rules
        self._bodies = Bodies()
        self.relay = Relay(mission, self._bodies) if mission.orbit is not None else None
        lon, lat = np.radians(mission.site.longitude_deg), np.radians(mission.site.latitude_deg)
        self._rover = MoonPlace(self._bodies, lon, lat, mission.body.radius_m + mission.site.elevation_m)
        self._stations = StationPlaces(mission.stations)
        self._masks = np.array([[s.mask_rad] for s in mission.stations])
        self.names = [s.name for s in mission.stations]
        self._duty = Duty(self._turns, self.names)
        self._tracks = Tracks(self._bodies, self._rover, self.relay, self._stations, self.names)

    def follow(self, rules: ContactRules) -> None:
        """Let the stations take turns by other rules from now on; whoever keeps what it told must ask again."""
        self.rules = rules
        self._duty = Duty(self._turns, self.names)

    # Sun and Earth over the rover

    def sun(self, t_ns: npt.ArrayLike) -> tuple[Array, Array]:
        """Azimuth (0..2π from north, clockwise) and elevation of the Sun's centre at the site, aberration counted.

        The aberration, 0.0057°, is the Earth's and the Moon's motion; the rest that light time brings is below 1e-5°.
        """
        at = epochs(t_ns)
        return self._sun(self._rover.look(at), *self._bodies.sun(at))

    def earth(self, t_ns: npt.ArrayLike) -> EarthView:
        """The Earth's centre as the rover sees it, below its horizon or not, and its phase."""
        at = epochs(t_ns)
        view, (sun, _) = self._rover.look(at), self._bodies.sun(at)
        azimuth, elevation = horizontal(view.axes, -view.place)
        # The phase angle stands at the Earth, between Sun and observer (Meeus 1998, chapter 48).
        lit = (1.0 + dot(sun, view.place) / (norm(sun) * norm(view.place))) / 2.0
        side = dot(np.cross(sun, view.place, axis=0), np.cross(view.moon, view.moon_rate, axis=0))
        return EarthView(azimuth, elevation, lit, side < 0.0)

    def days(self, from_ns: int, to_ns: int) -> list[LunarDay]:
        """Lunar days that touch a span, in order; none where the Sun neither rises nor sets."""
        return lunar_days(self.sun, self.mission.landing_ns, from_ns, to_ns)

    # Everything at once

    def geometry(self, t_ns: npt.ArrayLike) -> Geometry:
        """Everything at once; in chunks, so that a million epochs stay in the cache."""
        times = np.asarray(t_ns, dtype=np.int64).ravel()
        return in_parts(Geometry, times, lambda part: self._geometry(part, self.skyline))

    def margins(self, t_ns: npt.ArrayLike) -> Margins:
        """By how much each condition of contact is met."""
        times = np.asarray(t_ns, dtype=np.int64).ravel()
        return in_parts(Margins, times, lambda part: self._margins(self._instant(part), self.skyline)[0])

    def _geometry(self, t_ns: npt.NDArray[np.int64], skyline: Skyline | None) -> Geometry:
        now = self._instant(t_ns)
        view, relay = now.view, now.relay
        margins, station_elevation, sight_azimuth, sight_elevation = self._margins(now, skyline)
        relay_azimuth, relay_elevation = sight_azimuth[0], sight_elevation[0]
        if self.relay is None:
            relay_azimuth, relay_elevation = horizontal(view.axes, -view.place)
        sun_azimuth, sun_elevation = self._sun(view, *self._bodies.sun(now.at))
        covered = self.covered(now.at)
        margin = np.where(covered, margins.least, -np.pi)
        return Geometry(
            t_ns=t_ns,
            earth_moon_m=norm(view.moon),
            earth_relay_m=norm(relay),
            moon_relay_m=norm(relay - view.moon),
            station_relay_m=norm(relay - now.stations, axis=1),
            station_elevation_rad=station_elevation,
            relay_rover_m=norm(relay - view.place),
            relay_elevation_rad=relay_elevation,
            relay_azimuth_rad=relay_azimuth,
            sight_azimuth_rad=sight_azimuth,
            sight_elevation_rad=sight_elevation,
            sun_elevation_rad=sun_elevation,
            sun_azimuth_rad=sun_azimuth,
            margin_rad=margin,
            visible=(margin > 0.0) & ~off_air(t_ns, self.names, self.rules),
            covered=covered,
        )

    def places(self, t_ns: npt.ArrayLike) -> Places:
        """Where everything is, to be drawn."""
        now = self._instant(t_ns)
        moon = now.view.moon
        x, momentum = moon / norm(moon), cross(moon, now.view.moon_rate)
        z = momentum / norm(momentum)
        axes, sun = np.stack([x, cross(z, x), z]), self._bodies.sun(now.at)[0]
        turned = [np.einsum("ijn,jn->in", axes, v) for v in (moon, now.relay, now.view.place, sun / norm(sun))]
        return Places(turned[0], turned[1], turned[2], np.einsum("ijn,sjn->sin", axes, now.stations), turned[3])

    def covered(self, at: Epochs) -> npt.NDArray[np.bool_]:
        """Where the relay's place is known, [n]."""
        return np.ones(at.tt_s.size, dtype=bool) if self.relay is None else self.relay.covered(at)

    def _instant(self, t_ns: npt.ArrayLike) -> _Instant:
        at = epochs(t_ns)
        view, turn = self._rover.look(at), self._bodies.earth(at)
        relay, rate = (view.place, view.velocity) if self.relay is None else self.relay.state(at)
        return _Instant(at, view, turn, turn.turned(self._stations.fixed), relay, rate)

    def _margins(self, now: _Instant, skyline: Skyline | None) -> tuple[Margins, Array, Array, Array]:
        """Margins; the relay's elevation at each station; azimuth and elevation at the rover of what it has to see."""
        view, mission = now.view, self.mission
        path = now.relay - now.stations
        length = norm(path, axis=1)
        verticals = now.turn.turned(self._stations.axes[:, 2])
        station_elevation = np.arcsin(np.clip(dot(path, verticals, axis=1) / length, -1.0, 1.0))
        if self.relay is None:
            # Every station stands elsewhere in the rover's sky, by up to 2°.
            each = [horizontal(view.axes, s - view.place) for s in now.stations]
        else:
            each = [horizontal(view.axes, now.relay - view.place)]
        to_azimuth, to_elevation = (np.stack([pair[i] for pair in each]) for i in (0, 1))
        limit = self.limit_rad(to_azimuth, skyline)
        rover = np.broadcast_to(to_elevation - limit, station_elevation.shape)
        if self.relay is None:
            moon = np.full_like(station_elevation, np.pi)
        elif self.relay.place is not None:
            up = self.relay.place.look(now.at).axes[2]
            moon = rise_rad(path, up, length)
        else:
            moon = clearance_rad(now.stations, path, length, view.moon, mission.body.radius_m)
        sun = np.full_like(station_elevation, np.pi)
        if self.rules.conjunction_rad > 0.0:
            towards = self._bodies.sun(now.at)[0]
            for s, way in enumerate(path):
                sun[s] = angle_between(way, towards - now.stations[s]) - self.rules.conjunction_rad
        return Margins(station_elevation - self._masks, rover, moon, sun), station_elevation, to_azimuth, to_elevation

    def limit_rad(self, azimuth_rad: Array, skyline: Skyline | None) -> Array:
        """Elevation at the rover above which it has the relay: the mask, and the skyline where the relay is beyond it;
        one on the Moon may stand before it.
        """
        limit = np.full(azimuth_rad.shape, self.mission.rover_mask_rad)
        if skyline is None or (self.relay is not None and self.relay.place is not None):
            return limit
        return np.asarray(np.maximum(limit, skyline.at(azimuth_rad)))

    # Light times
    def light_times(self, t_ns: npt.ArrayLike) -> LightTimes:
        """Light times: each leg runs from where its sender is to where its receiver will be."""
        times = np.asarray(t_ns, dtype=np.int64).ravel()
        return in_parts(LightTimes, times, self._light_times)

    def _light_times(self, t_ns: npt.NDArray[np.int64]) -> LightTimes:
        now = self._instant(t_ns)
        view, shape = now.view, (len(now.stations), t_ns.size)
        near_up, far_up, near_down = np.empty(shape), np.zeros(shape), np.empty(shape)
        far_down, passed = self._to_relay(now, view.place)
        for s, station in enumerate(now.stations):
            near_up[s], reached = self._to_relay(now, station)
            if self.relay is not None:
                far_up[s] = travel_s(view.place + view.velocity * near_up[s] - reached, view.velocity)
            near_down[s] = _to_station(now, station, passed, far_down)
        return LightTimes(t_ns, near_up, far_up, far_down, near_down)

    def leg_times(self, t_ns: npt.ArrayLike) -> LegTimes:
        """The four legs by their own departure times; for whoever follows a signal leg by leg."""
        times = np.asarray(t_ns, dtype=np.int64).ravel()
        return in_parts(LegTimes, times, self._leg_times)

    def _leg_times(self, t_ns: npt.NDArray[np.int64]) -> LegTimes:
        now = self._instant(t_ns)
        zero = np.zeros(t_ns.size)
        up = zero if self.relay is None else travel_s(now.view.place - now.relay, now.view.velocity)
        return LegTimes(
            np.stack([self._to_relay(now, station)[0] for station in now.stations]),
            up,
            self._to_relay(now, now.view.place)[0],
            np.stack([_to_station(now, station, now.relay, zero) for station in now.stations]),
        )

    def _to_relay(self, now: _Instant, sender: Array) -> tuple[Array, Array]:
        """Seconds from a sender to the relay, and where that is then."""
        if self.relay is None and sender is now.view.place:
            return np.zeros(now.at.tt_s.size), now.relay
        seconds = travel_s(now.relay - sender, now.relay_rate)
        if self.relay is None or self.relay.table is None:
            return seconds, now.relay + now.relay_rate * seconds
        for _ in range(_BENT_PASSES):
            place, rate = self.relay.state(now.at.later(seconds))
            seconds = travel_s(place - rate * seconds - sender, rate)
        return seconds, place

    # Contact

    def best_station(self, t_ns: npt.ArrayLike, geometry: Geometry | None = None) -> npt.NDArray[np.int64]:
        """The station whose turn it is, [n]; -1 where there is no contact. ``geometry`` saves working it out again."""
        times = np.asarray(t_ns, dtype=np.int64).ravel()
        geometry = self.geometry(times) if geometry is None else geometry
        # Within a millisecond of a window's edge the turns may name a station that is not in view any more, or yet.
        elevation = np.where(geometry.visible, geometry.station_elevation_rad, -np.inf)
        turn = self._duty.at(times)
        elevation[turn, np.arange(times.size)] += np.where(turn >= 0, _FIRST_RAD, 0.0)
        return np.where(geometry.visible.any(axis=0), elevation.argmax(axis=0), -1)

    def check(self, t_ns: int) -> None:
        """Refuse a time that there is no sky for, or at which the relay's place is not known.

        Raises
        ------
        InputError
            With what the ephemeris holds for.
        ProfileError
            With the orbit file and its span.
        """
        check_sky_time(t_ns)
        if self.relay is not None and self.relay.table is not None:
            self.relay.table.check(epochs(t_ns))

    def warning(self, t_ns: int) -> str:
        """What there is to say of the relay's orbit at a time: a file that ends soon; else nothing."""
        return "" if self.relay is None else self.relay.warning(t_ns)

    def passes(self, from_ns: int, to_ns: int, skyline: Skyline | None = None) -> list[ContactWindow]:
        """Contact windows of every station within the span, sorted by AOS, to the millisecond.

        A window that is open at an end of the span begins or ends there. Stations are off the air in maintenance and
        when they are excluded. ``skyline`` stands in place of the sky's own.

        Raises
        ------
        InputError
            When the span is empty or longer than 50 years, or an orbit file covers none of it.
        """
        line = self.skyline if skyline is None else skyline

        def contact(t_ns: npt.NDArray[np.int64]) -> tuple[Array, Array]:
            parts = []
            for part in parts_of(t_ns):
                now = self._instant(part)
                margins, elevation, _, _ = self._margins(now, line)
                parts.append((np.where(self.covered(now.at), margins.least, -np.pi), elevation))
            return np.concatenate([p[0] for p in parts], axis=1), np.concatenate([p[1] for p in parts], axis=1)

        begin_ns, end_ns, sample_ns = from_ns, to_ns, _SAMPLE_NS
        if self.relay is not None:
            sample_ns = self.relay.sample_ns
            if self.relay.table is not None and from_ns < to_ns:
                begin_ns, end_ns = max(from_ns, self.relay.table.begin_ns), min(to_ns, self.relay.table.end_ns)
                if begin_ns >= end_ns:
                    self.relay.table.check(epochs([from_ns]))
        windows = find_windows(contact, self.names, begin_ns, end_ns, sample_ns)
        return without_spans(windows, self.rules, contact, self.names)

    def timeline(self, from_ns: int, to_ns: int, skyline: Skyline | None = None) -> list[ContactSpan]:
        """Which station has the contact when, and why there is a gap; spans touch and cover the time asked for.

        Raises
        ------
        InputError
            As ``passes``.
        """
        if not from_ns < to_ns:
            raise InputError(f"the span must end after it begins, not {format_utc(from_ns)} to {format_utc(to_ns)}")
        line = self.skyline if skyline is None else skyline

        def codes(t_ns: npt.NDArray[np.int64]) -> Codes:
            parts = []
            for part in parts_of(t_ns):
                now = self._instant(part)
                margins = self._margins(now, line)[0]
                parts.append(causes(part, margins, self.covered(now.at), self.names, self.rules))
            return np.concatenate(parts, axis=1)

        spans: list[ContactSpan] = []
        for span in self._turns(from_ns, to_ns, line):
            if span.station:
                spans.append(span)
                continue
            for begin_ns, end_ns, why in cause_spans(codes, span.begin_ns, span.end_ns, _SAMPLE_NS, MILLISECOND_NS):
                spans.append(ContactSpan(begin_ns, end_ns, "", causes=tuple(zip(self.names, why, strict=True))))
        return spans

    def _turns(self, from_ns: int, to_ns: int, line: Skyline | None = None) -> list[ContactSpan]:
        def elevation(t_ns: npt.NDArray[np.int64]) -> Array:
            return np.concatenate([self._margins(self._instant(part), line)[1] for part in parts_of(t_ns)], axis=1)

        covered = (from_ns, to_ns)
        if self.relay is not None and self.relay.table is not None:
            covered = (max(from_ns, self.relay.table.begin_ns), min(to_ns, self.relay.table.end_ns))
        windows = self.passes(from_ns, to_ns, line) if covered[0] < covered[1] else []
        return turns(windows, self.rules, self.names, elevation, from_ns, to_ns)

    # Anything from anywhere

    def known(self) -> list[str]:
        """What ``between`` knows: earth, moon, sun, rover, relay, and the stations by name."""
        return self._tracks.known()

    def state(self, name: str, t_ns: npt.ArrayLike) -> tuple[Array, Array]:
        """Position and velocity of one of ``known`` from the Earth's centre in GCRS axes, [3, n], metres and m/s."""
        return self._tracks.state(name, epochs(t_ns))

    def between(self, observer: str, other: str, t_ns: npt.ArrayLike) -> Track:
        """How one of ``known`` is seen from another; centres for Earth, Moon and Sun.

        Raises
        ------
        InputError
            When one of them is not known, both are the same, or an orbit file does not cover a time.
        """
        return self._tracks.between(observer, other, epochs(t_ns))

    def _sun(self, view: MoonView, sun: Array, earth_to_sun_rate: Array) -> tuple[Array, Array]:
        direction = sun - view.place
        direction /= norm(direction)
        # The observer moves about the Sun with Earth and Moon (the Sun's own 13 m/s are 1e-6 degrees).
        return horizontal(view.axes, direction + (view.moon_rate - earth_to_sun_rate) / LIGHT_M_S)


def _to_station(now: _Instant, station: Array, sender: Array, since: Array) -> Array:
    """Seconds to a station from a sender that sends ``since`` seconds after the epochs."""
    rate = now.turn.rates(station)
    about = since + norm(station - sender) / LIGHT_M_S
    # The mean velocity until then: the station goes round with the Earth.
    rate = rate + now.turn.rates(rate) * (about / 2.0)
    return travel_s(station + rate * since - sender, rate)
