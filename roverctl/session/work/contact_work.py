"""Contacts and delays over time in the workshop, over the skyline of the terrain around the rover where it is known."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError
from roverctl.core.nouns import ContactWindow
from roverctl.core.times import DAY_NS, FIRST_NS, LAST_NS, SECOND_NS, format_utc
from roverctl.ephemeris.contact.skyline import Skyline
from roverctl.ephemeris.contact.windows import find_spans
from roverctl.ephemeris.report import cause_words
from roverctl.ephemeris.sky import Sky
from roverctl.mission.contacts import ContactRules
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.ground_skyline import GroundSkylines, node_at

_CURVE_SAMPLES: Final = 1200
_AZIMUTHS: Final = 144  # as many as horizons are looked at in
_AHEAD_NS: Final = 86_400 * SECOND_NS
_BEHIND_NS: Final = 3600 * SECOND_NS
_EDGE_NS: Final = 3 * DAY_NS

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


class ContactWork:
    """Who sees whom, and how far it is.

    Parameters
    ----------
    mission, sky
        The sky without the terrain's skyline: it counts once ``skyline`` has been asked for.
    skylines
        Of the map.
    """

    def __init__(self, mission: Mission, sky: Sky, skylines: GroundSkylines) -> None:
        self._mission = mission
        self._sky = sky
        self._skylines = skylines

    def skyline(self, content: dict[str, Any]) -> dict[str, Any]:
        """The terrain's horizon about a place, as the link has it; contacts are those over it from now on."""
        east, north = content["place_m"]
        azimuths = np.arange(_AZIMUTHS, dtype=np.float64) * (2.0 * np.pi / _AZIMUTHS)
        rises = self._skylines.around(node_at(east, north)).at(azimuths)
        self._sky = Sky(self._mission, self._sky.rules, Skyline(azimuths, rises))
        shown = np.where(rises > -np.pi / 2.0, rises, 0.0)  # level where no ground is known
        return {"place_m": [east, north], "azimuth_rad": azimuths, "elevation_rad": shown}

    def follow(self, rules: ContactRules) -> None:
        """The stations take turns by other rules from now on."""
        self._sky.follow(rules)

    def passes(self, content: dict[str, Any]) -> dict[str, Any]:
        """Contact windows about now, and whose turn it is when."""
        now_ns: int = content["now_ns"]
        from_ns, to_ns = _held(now_ns - _BEHIND_NS, now_ns + _AHEAD_NS)
        turns = [[s.station, s.begin_ns, s.end_ns] for s in self._sky.timeline(from_ns, to_ns)]
        return {"windows": self._windows(from_ns, to_ns), "turns": turns}

    def _windows(self, from_ns: int, to_ns: int) -> list[list[Any]]:
        """None where an orbit file covers nothing of the span."""
        relay = self._sky.relay
        if relay is not None and relay.table is not None:
            from_ns, to_ns = max(from_ns, relay.table.begin_ns), min(to_ns, relay.table.end_ns)
        return [_row(w) for w in self._sky.passes(from_ns, to_ns)] if from_ns < to_ns else []

    def timeline(self, content: dict[str, Any]) -> dict[str, Any]:
        """Contacts, turns, gaps with their causes, maintenance, the relay's and the Sun's spans, lunar days."""
        from_ns, to_ns = _held(*content["span_ns"])
        sky, nap_rad = self._sky, self._mission.vehicle.nap_sun_rad
        turns, gaps = [], []
        for span in sky.timeline(from_ns, to_ns):
            if span.station:
                turns.append([span.station, span.begin_ns, span.end_ns, span.overlap_ns, span.short])
            else:
                causes = [[name, cause_words(sky, name, cause, span)] for name, cause in span.causes]
                gaps.append([span.begin_ns, span.end_ns, causes])

        def height(margin: Callable[[Times], Array]) -> list[list[int]]:
            return [list(span) for span in find_spans(margin, from_ns, to_ns)]

        return {
            "span_ns": [from_ns, to_ns],
            "contacts": self._windows(from_ns, to_ns),
            "turns": turns,
            "gaps": gaps,
            "maintenance": [
                [m.station, m.begin_ns, m.end_ns, m.name]
                for m in sky.rules.maintenance
                if m.begin_ns < to_ns and m.end_ns > from_ns
            ],
            "relay_up": height(self._far_end_rad),
            "day": height(lambda t_ns: sky.sun(t_ns)[1]),
            "nap": height(lambda t_ns: sky.sun(t_ns)[1] - nap_rad),
            "days": [[d.number, d.sunrise_ns, d.noon_ns, d.sunset_ns] for d in sky.days(from_ns, to_ns)],
            "over_skyline": sky.skyline is not None,
        }

    def _far_end_rad(self, t_ns: Times) -> Array:
        """How high the relay stands over what hides it at the rover; without a relay, the Earth's centre."""
        geometry, sky = self._sky.geometry(t_ns), self._sky
        limit = sky.limit_rad(geometry.relay_azimuth_rad, sky.skyline)
        return np.where(geometry.covered, geometry.relay_elevation_rad - limit, -np.pi)

    def curves(self, content: dict[str, Any]) -> dict[str, Any]:
        """Delays, ranges and range rates, where an orbit file covers them.

        Raises
        ------
        InputError
            When it covers none of the span.
        """
        from_ns, to_ns = _held(*content["span_ns"])
        sky = self._sky
        times = from_ns + np.linspace(0.0, float(to_ns - from_ns), _CURVE_SAMPLES).astype(np.int64)
        times = times[sky.geometry(times).covered]
        if times.size < 2:
            raise InputError(
                f"delays from {format_utc(from_ns, 0)} to {format_utc(to_ns, 0)} cannot be told: "
                f"{sky.warning(from_ns) or 'the orbit file has a gap there'}"
            )
        geometry, light = sky.geometry(times), sky.light_times(times)
        contact = geometry.visible.any(axis=0)
        highest = geometry.station_elevation_rad.argmax(axis=0)
        station, each = np.where(contact, sky.best_station(times, geometry), highest), np.arange(times.size)
        far_end = "rover" if sky.relay is None else "relay"
        near = np.stack([sky.between(name, far_end, times).range_rate_m_s for name in sky.names])
        far = np.zeros(times.size) if sky.relay is None else sky.between("relay", "rover", times).range_rate_m_s
        up_s, down_s = light.up_s[station, each], light.down_s[station, each]
        delay = self._mission.link.delay
        if delay is not None:
            up_s = down_s = delay.at_s(times)
        return {
            "times_ns": times,
            "owlt_up_s": up_s,
            "owlt_down_s": down_s,
            "station_relay_m": geometry.station_relay_m[station, each],
            "relay_rover_m": geometry.relay_rover_m,
            "earth_moon_m": geometry.earth_moon_m,
            "station_relay_m_s": near[station, each],
            "relay_rover_m_s": far,
            "station": [sky.names[s] for s in station],
            "contact": contact.tolist(),
        }


def _held(from_ns: int, to_ns: int) -> tuple[int, int]:
    """A span within what the ephemeris holds for, less a little: lunar days are sought around it."""
    begin_ns = min(max(from_ns, FIRST_NS + _EDGE_NS), LAST_NS - 2 * _EDGE_NS)
    return begin_ns, max(min(to_ns, LAST_NS - _EDGE_NS), begin_ns + SECOND_NS)


def _row(window: ContactWindow) -> list[Any]:
    return [window.station, window.aos_ns, window.los_ns, window.peak_ns, window.peak_elevation_rad]
