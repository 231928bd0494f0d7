"""The relay's work in the workshop: what a way consists of now, and where everything is."""

from typing import Any, Final

import numpy as np

from roverctl.core.times import DAY_NS, SECOND_NS
from roverctl.ephemeris.sky import Sky
from roverctl.forecast.delays import Delays, Descent, Passage, Released
from roverctl.mission.profile import Mission

# How finely scenes are sampled: stations turn by 1.25 degrees in five minutes, 1.5 km off the arc at most.
_SCENE_STEP_NS: Final = 300 * SECOND_NS
_SCENE_BEHIND, _SCENE_AHEAD = 12, 132
_FAR_NS: Final = 15 * DAY_NS  # a turn of the halo takes 14.8 days
_FAR_SAMPLES: Final = 241


class RelayWork:
    """Ways through the link, and places, of a mission."""

    def __init__(self, mission: Mission, sky: Sky, delays: Delays) -> None:
        self._mission = mission
        self._sky = sky
        self._delays = delays

    # Ways

    def ways(self, content: dict[str, Any]) -> dict[str, Any]:
        """A command released now after those in flight, and the passages of these."""
        now_ns: int = content["now_ns"]
        delays = self._delays
        flying = [Released(c["released_ns"], c["length"], c["bypass"], c["radiated_ns"]) for c in content["commands"]]
        passages = delays.passages([*flying, Released(now_ns, content["length"], content["bypass"])])
        ladder = delays.descent(now_ns, delays.housekeeping_b)
        return {
            "now_ns": now_ns,
            "what": content["what"],
            "link": self._link(passages[-1]),
            "passages": [
                None if p is None else self._passage(c["id"], p)
                for c, p in zip(content["commands"], passages, strict=False)
            ],
            "housekeeping": None if ladder is None else self._ladder(ladder),
        }

    def _name(self, station: int) -> str:
        return "" if station < 0 else self._mission.stations[station].name

    def _link(self, passage: Passage | None) -> dict[str, Any] | None:
        """Parts by name, and whether they are waits before it is sent; those of the relay only where there is one."""
        descent = None if passage is None else self._delays.descent(passage.arrived_ns)
        if passage is None or descent is None:
            return None
        up, down = passage.up, passage.down
        ground_ns, relay_ns, rover_ns = self._delays.processing_ns
        far_ns, back_ns = passage.arrived_ns - rover_ns - passage.forwarded_ns, descent.relay_ns - descent.sent_ns
        far_end = "rover" if self._mission.orbit is None else "relay"
        passed_on = "gateway" if self._mission.orbit is None else "transponder"
        return {
            "station": self._name(passage.station),
            "up": [
                ["ground segment", ground_ns],
                ["waiting for CLTUs before it", up.queueing_ns, True],
                ["waiting for contact", up.contact_ns, True],
                [f"sending at {self._mission.link.forward_rate_bit_s:g} bit/s", up.serialisation_ns],
                [f"light, station to {far_end}", passage.relay_ns - passage.radiated_ns],
                [passed_on, relay_ns],
                ["light, relay to rover", far_ns],
                ["verification by the rover", rover_ns],
            ],
            "down": [
                ["waiting for frames before it", down.queueing_ns],
                ["sending, rover and relay" if self._mission.orbit is not None else "sending", down.serialisation_ns],
                ["light, rover to relay", back_ns],
                [f"{passed_on} and ground segment", down.processing_ns],
                ["waiting for contact", down.contact_ns],
                [f"light, {far_end} to station", down.light_ns - back_ns],
            ],
        }

    def _passage(self, number: int, p: Passage) -> dict[str, Any]:
        descent = self._delays.descent(p.arrived_ns)
        return {
            "id": number,
            "far_end": "rover" if self._mission.orbit is None else "relay",
            "station": self._name(p.station),
            "begun_ns": p.radiated_ns - p.up.serialisation_ns,
            "radiated_ns": p.radiated_ns,
            "relay_ns": p.relay_ns,
            "forwarded_ns": p.forwarded_ns,
            "arrived_ns": p.arrived_ns - self._delays.processing_ns[2],
            "acts_ns": p.arrived_ns,
            "seen_ns": p.arrival_learnt_ns,
            "answer": None if descent is None else self._ladder(descent),
        }

    def _ladder(self, descent: Descent) -> dict[str, Any]:
        return {
            "t_ns": descent.t_ns,
            "sent_ns": descent.sent_ns,
            "relay_ns": descent.relay_ns,
            "leaves_ns": descent.leaves_ns,
            "station_ns": descent.station_ns,
            "here_ns": descent.here_ns,
            "station": self._name(descent.station),
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
        known = far_geometry.covered
        return {
            "times_ns": times,
            "relay_known": geometry.covered,
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
            "far_relay_m": (far_places.relay_m * scale)[:, known],
            "far_relay_azimuth_rad": far_geometry.relay_azimuth_rad[known],
            "far_relay_elevation_rad": far_geometry.relay_elevation_rad[known],
            "far_sun_azimuth_rad": far_geometry.sun_azimuth_rad,
            "far_sun_elevation_rad": far_geometry.sun_elevation_rad,
        }
