"""The relay's work in the workshop: what a way consists of now, where everything is, who sees whom when, delays over
time, the skyline.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from roverctl.core.times import DAY_NS, SECOND_NS
from roverctl.ephemeris.sky import Sky
from roverctl.forecast.delays import Delays, Passage, Released
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.tables import LinkTables
from roverctl.relay.delivery.timing import Timing
from roverctl.session.work.sun_spans import spans_above
from roverctl.terrain.products.skyline import skyline
from roverctl.terrain.source import Terrain

# How finely scenes are sampled: stations turn by 1.25 degrees in five minutes, 1.5 km off the arc at most.
_SCENE_STEP_NS: Final = 300 * SECOND_NS
_SCENE_BEHIND, _SCENE_AHEAD = 12, 132
_FAR_NS: Final = 15 * DAY_NS  # a turn of the halo takes 14.8 days
_FAR_SAMPLES: Final = 241
_CURVE_SAMPLES: Final = 1200
_RATE_NS: Final = 10 * SECOND_NS  # either way, for range rates
_TIMELINE_STEP_NS: Final = 600 * SECOND_NS
_EYE_M: Final = 1.5  # of the skyline over the ground: the mast, 1.5 m [assumed]
_AZIMUTHS: Final = 180
_SKYLINE_SPACING_M: Final = 2.0
_HOUSEKEEPING_B: Final = 80

Times = npt.NDArray[np.int64]


class RelayWork:
    """Sky, link and terrain of a mission."""

    def __init__(self, mission: Mission, terrain: Terrain, sky: Sky) -> None:
        self._mission = mission
        self._terrain = terrain
        self._sky = sky
        self._tables = LinkTables(sky)
        self._timing = Timing(mission, self._tables)
        self._delays = Delays(mission, self._tables)

    # Ways

    def ways(self, content: dict[str, Any]) -> dict[str, Any]:
        """A command released now after those in flight, and the passages of these."""
        now_ns: int = content["now_ns"]
        flying = [Released(c["released_ns"], c["length"], c["bypass"], c["radiated_ns"]) for c in content["commands"]]
        passages = self._delays.passages([*flying, Released(now_ns, content["length"], content["bypass"])])
        return {
            "now_ns": now_ns,
            "what": content["what"],
            "link": self._link(now_ns, passages[-1]),
            "passages": [
                None if p is None else self._passage(c["id"], p)
                for c, p in zip(content["commands"], passages, strict=False)
            ],
            "housekeeping": self._ladder(now_ns, _HOUSEKEEPING_B),
        }

    def _station(self, t_ns: int) -> str:
        found = self._tables.contact(t_ns)
        return "" if found is None else self._mission.stations[found[1]].name

    def _link(self, now_ns: int, passage: Passage | None) -> dict[str, Any] | None:
        if passage is None:
            return None
        timing, up = self._timing, passage.up
        near_ns = passage.forwarded_ns - passage.radiated_ns - timing.relay_ns
        far_ns = passage.arrived_ns - passage.forwarded_ns - timing.rover_ns
        ladder = self._ladder(passage.arrived_ns, 0, passage.down.total_ns)
        down = passage.down
        back_ns = 0 if ladder is None else ladder["far_ns"]
        return {
            "station": self._station(passage.radiated_ns - up.serialisation_ns),
            "up": [
                ["ground segment", timing.ground_ns],
                ["waiting for CLTUs before it", up.queueing_ns],
                ["waiting for contact", up.contact_ns],
                [f"sending at {self._mission.link.forward_rate_bit_s:g} bit/s", up.serialisation_ns],
                ["light, station to relay", near_ns],
                ["transponder", timing.relay_ns],
                ["light, relay to rover", far_ns],
                ["verification by the rover", timing.rover_ns],
            ],
            "down": [
                ["waiting for frames before it", down.queueing_ns],
                ["sending, rover and relay", down.serialisation_ns],
                ["light, rover to relay", back_ns],
                ["relay and ground segment", down.processing_ns],
                ["waiting for contact", down.contact_ns],
                ["light, relay to station", down.light_ns - back_ns],
            ],
        }

    def _passage(self, number: int, p: Passage) -> dict[str, Any]:
        return {
            "id": number,
            "station": self._station(p.radiated_ns - p.up.serialisation_ns),
            "begun_ns": p.radiated_ns - p.up.serialisation_ns,
            "radiated_ns": p.radiated_ns,
            "relay_ns": p.forwarded_ns - self._timing.relay_ns,
            "forwarded_ns": p.forwarded_ns,
            "arrived_ns": p.arrived_ns - self._timing.rover_ns,
            "acts_ns": p.arrived_ns,
            "seen_ns": p.arrival_learnt_ns,
            "answer": self._ladder(p.arrived_ns, 0, p.down.total_ns),
        }

    def _ladder(self, t_ns: int, length_b: int, total_ns: int | None = None) -> dict[str, Any] | None:
        """When a packet that the rover sends at ``t_ns`` leaves it, is at the relay, leaves that, is at the station and
        here; a total that was computed before is kept."""
        parts = self._timing.down(t_ns, length_b or 26)
        if parts is None:
            return None
        sent_ns = t_ns + parts.queueing_ns + self._timing.return_ns(length_b or 26)
        far_ns = self._tables.down_far_ns(sent_ns)
        here_ns = t_ns + (parts.total_ns if total_ns is None else total_ns)
        station_ns = here_ns - self._timing.ground_ns
        return {
            "t_ns": t_ns,
            "sent_ns": sent_ns,
            "far_ns": far_ns,
            "relay_ns": sent_ns + far_ns,
            "leaves_ns": station_ns - (parts.light_ns - far_ns),
            "station_ns": station_ns,
            "here_ns": here_ns,
            "station": self._station(station_ns - (parts.light_ns - far_ns)),
        }

    # Where everything is

    def scene(self, content: dict[str, Any]) -> dict[str, Any]:
        """Places and directions about now, and two weeks either way."""
        now_ns: int = content["now_ns"]
        steps = np.arange(-_SCENE_BEHIND, _SCENE_AHEAD + 1, dtype=np.int64)
        times = now_ns + steps * _SCENE_STEP_NS
        far = now_ns + np.linspace(-_FAR_NS, _FAR_NS, _FAR_SAMPLES).astype(np.int64)
        places, geometry = self._sky.places(times), self._sky.geometry(times)
        far_places, far_geometry = self._sky.places(far), self._sky.geometry(far)
        scale = places.moon_m[0, _SCENE_BEHIND] / far_places.moon_m[0]
        return {
            "times_ns": times,
            "moon_m": places.moon_m,
            "relay_m": places.relay_m,
            "rover_m": places.rover_m,
            "stations_m": places.stations_m,
            "sun": places.sun,
            "relay_azimuth_rad": geometry.relay_azimuth_rad,
            "relay_elevation_rad": geometry.relay_elevation_rad,
            "sun_azimuth_rad": geometry.sun_azimuth_rad,
            "sun_elevation_rad": geometry.sun_elevation_rad,
            "far_times_ns": far,
            "far_relay_m": far_places.relay_m * scale,
            "far_relay_azimuth_rad": far_geometry.relay_azimuth_rad,
            "far_relay_elevation_rad": far_geometry.relay_elevation_rad,
            "far_sun_azimuth_rad": far_geometry.sun_azimuth_rad,
            "far_sun_elevation_rad": far_geometry.sun_elevation_rad,
        }

    def skyline(self, content: dict[str, Any]) -> dict[str, Any]:
        """The terrain's horizon about a place."""
        east, north = content["place_m"]
        azimuths = np.linspace(0.0, 2.0 * np.pi, _AZIMUTHS, endpoint=False)
        radius = self._mission.body.radius_m
        rises = skyline(self._terrain, east, north, _EYE_M, azimuths, radius, _SKYLINE_SPACING_M)
        return {"place_m": [east, north], "azimuth_rad": azimuths, "elevation_rad": np.nan_to_num(rises, nan=0.0)}

    # Over time

    def timeline(self, content: dict[str, Any]) -> dict[str, Any]:
        """Contacts, the relay's and the Sun's spans, lunar days."""
        from_ns, to_ns = content["span_ns"]
        windows = self._sky.passes(from_ns, to_ns)
        count = max(3, (to_ns - from_ns) // _TIMELINE_STEP_NS + 2)
        times = from_ns + np.linspace(0.0, float(to_ns - from_ns), count).astype(np.int64)
        geometry = self._sky.geometry(times)
        mask, nap_rad = self._mission.rover_mask_rad, self._mission.vehicle.nap_sun_rad
        return {
            "span_ns": [from_ns, to_ns],
            "contacts": [[w.station, w.aos_ns, w.los_ns, w.peak_ns, w.peak_elevation_rad] for w in windows],
            "relay_up": spans_above(times, geometry.relay_elevation_rad - mask),
            "day": spans_above(times, geometry.sun_elevation_rad),
            "nap": spans_above(times, geometry.sun_elevation_rad - nap_rad),
            "days": [[d.number, d.sunrise_ns, d.noon_ns, d.sunset_ns] for d in self._sky.days(from_ns, to_ns)],
        }

    def curves(self, content: dict[str, Any]) -> dict[str, Any]:
        """Delays, ranges and range rates."""
        from_ns, to_ns = content["span_ns"]
        times = from_ns + np.linspace(0.0, float(to_ns - from_ns), _CURVE_SAMPLES).astype(np.int64)
        sky = self._sky
        geometry, light = sky.geometry(times), sky.light_times(times)
        before, after = sky.geometry(times - _RATE_NS), sky.geometry(times + _RATE_NS)
        contact = geometry.visible.any(axis=0)
        seen = np.where(geometry.visible, geometry.station_elevation_rad, -np.inf)
        station = np.where(contact, seen.argmax(axis=0), geometry.station_elevation_rad.argmax(axis=0))
        each = np.arange(len(times))
        apart_s = 2.0 * _RATE_NS / SECOND_NS
        up_s, down_s = light.up_s[station, each], light.down_s[station, each]
        delay = self._mission.link.delay
        if delay is not None:
            origin = delay.times_ns[0]
            by_hand = np.interp((times - origin) / 1e9, (np.array(delay.times_ns) - origin) / 1e9, delay.seconds)
            up_s = down_s = by_hand
        return {
            "times_ns": times,
            "owlt_up_s": up_s,
            "owlt_down_s": down_s,
            "station_relay_m": geometry.station_relay_m[station, each],
            "relay_rover_m": geometry.relay_rover_m,
            "earth_moon_m": geometry.earth_moon_m,
            "station_relay_m_s": (after.station_relay_m - before.station_relay_m)[station, each] / apart_s,
            "relay_rover_m_s": (after.relay_rover_m - before.relay_rover_m) / apart_s,
            "station": [self._mission.stations[s].name for s in station],
            "contact": contact.tolist(),
        }
