"""Light times and contact, tabulated: what the link needs a thousand times a second, from the ephemeris once an hour.

Chunks stand on a fixed grid, so that a value depends on its time alone. Straight lines between samples ten seconds
apart are good to some nanoseconds: a station's acceleration of 0.034 m/s² bends the range by 0.4 m at most.
Where the mission sets the delay by hand, that is the light time between station and relay, and the rover is beside it.

The ground around the rover counts once the tables ``stand`` there. Then contact in all time to come is that of a rover
that stays; whoever moves it lets the tables stand elsewhere.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from roverctl.core.times import SECOND_NS
from roverctl.ephemeris.contact.air import off_air
from roverctl.ephemeris.sky import Sky
from roverctl.mission.contacts import ContactRules
from roverctl.mission.manual_delay import ManualDelay
from roverctl.relay.delivery.ground_skyline import GroundSkyline
from roverctl.relay.delivery.turns import SPACING_NS, Contacts, Turns

_SAMPLES: Final = 361
_CHUNK_NS: Final = SPACING_NS * (_SAMPLES - 1)
_KEPT: Final = 96


@dataclass(frozen=True, slots=True)
class _Chunk:
    up_far: list[float]  # relay to rover, by departure from the relay
    down_far: list[float]  # rover to relay, by departure from the rover
    up_near: list[list[float]]  # station to relay, by departure from the station
    down_near: list[list[float]]  # relay to station, by departure from the relay
    contacts: Contacts


_NONE: Final[frozenset[int]] = frozenset()


class LinkTables:
    """Light times in nanoseconds and the station in contact, by time.

    Parameters
    ----------
    sky
        Of the mission; its profile says whether the delay is set by hand.
    jitter_seed
        What the jitter of such a delay comes from; without one there is none, as in a forecast, which cannot know it.
    """

    def __init__(self, sky: Sky, jitter_seed: int | None = None) -> None:
        self._sky = sky
        self._chunks: OrderedDict[int, _Chunk] = OrderedDict()
        self._last_number = -1
        self._last: _Chunk
        self._empty = (0, 0)  # chunks without contact in a row: a search for it takes a second, and goes on from there
        relay = sky.relay
        self._ground_counts = relay is None or relay.place is None  # one on the Moon may stand before the skyline
        self._skyline: GroundSkyline | None = None
        self._over: OrderedDict[int, Contacts] = OrderedDict()  # contact over the skyline, by chunk
        self._turns_of = -1  # a chunk, whose turns these are
        self._turns: Turns
        self._delay = sky.mission.link.delay
        self._jitter_seed = jitter_seed

    def follow(self, rules: ContactRules) -> None:
        """The stations take turns by other rules from now on."""
        self._sky.follow(rules)
        self._chunks.clear()
        self._over.clear()
        self._last_number, self._turns_of, self._empty = -1, -1, (0, 0)

    def stand(self, skyline: GroundSkyline, t_ns: int) -> bool:
        """The rover has this skyline around it from now on; whether contact at ``t_ns``, and within the chunk about it,
        is another by that.
        """
        if skyline is self._skyline or not self._ground_counts:
            return False
        before = self._contacts(t_ns // _CHUNK_NS).turns(_NONE), self.contact(t_ns)
        self._skyline = skyline
        self._over.clear()
        self._turns_of, self._empty = -1, (0, 0)
        return before != (self._contacts(t_ns // _CHUNK_NS).turns(_NONE), self.contact(t_ns))

    def _chunk(self, number: int) -> _Chunk:
        if number == self._last_number:
            return self._last
        chunk = self._chunks.get(number)
        if chunk is None:
            times = number * _CHUNK_NS + np.arange(_SAMPLES, dtype=np.int64) * SPACING_NS
            geometry = self._sky.geometry(times)
            names, rules = self._sky.names, self._sky.rules
            contacts = Contacts(
                times,
                np.where(geometry.visible, geometry.station_elevation_rad, -np.inf),
                geometry.margin_rad,
                self._sky.best_station(times, geometry),
                geometry.sight_azimuth_rad,
                geometry.sight_elevation_rad,
                lambda t_ns: off_air(t_ns, names, rules),
            )
            if self._delay is None:
                light = self._sky.leg_times(times)
                chunk = _Chunk(
                    (light.relay_to_rover_s * 1e9).tolist(),
                    (light.rover_to_relay_s * 1e9).tolist(),
                    (light.station_to_relay_s * 1e9).tolist(),
                    (light.relay_to_station_s * 1e9).tolist(),
                    contacts,
                )
            else:
                near = [(_manual_s(self._delay, times, self._jitter_seed) * 1e9).tolist()] * len(names)
                nothing = [0.0] * _SAMPLES
                chunk = _Chunk(nothing, nothing, near, near, contacts)
            self._chunks[number] = chunk
            if len(self._chunks) > _KEPT:
                self._chunks.popitem(last=False)
        self._last_number, self._last = number, chunk
        return chunk

    def _contacts(self, number: int) -> Contacts:
        contacts = self._chunk(number).contacts
        if self._skyline is None:
            return contacts
        over = self._over.get(number)
        if over is None:
            over = self._over[number] = contacts.over(self._skyline)
            if len(self._over) > _KEPT:
                self._over.popitem(last=False)
        return over

    def _place(self, t_ns: int) -> tuple[_Chunk, int, float]:
        number, rest = divmod(t_ns, _CHUNK_NS)
        index, part = divmod(rest, SPACING_NS)
        return self._chunk(number), index, part / SPACING_NS

    def up_near_ns(self, station: int, t_ns: int) -> int:
        """From a station to the relay."""
        chunk, i, part = self._place(t_ns)
        row = chunk.up_near[station]
        return round(row[i] + (row[i + 1] - row[i]) * part)

    def up_far_ns(self, t_ns: int) -> int:
        """From the relay to the rover."""
        chunk, i, part = self._place(t_ns)
        return round(chunk.up_far[i] + (chunk.up_far[i + 1] - chunk.up_far[i]) * part)

    def down_far_ns(self, t_ns: int) -> int:
        """From the rover to the relay."""
        chunk, i, part = self._place(t_ns)
        return round(chunk.down_far[i] + (chunk.down_far[i + 1] - chunk.down_far[i]) * part)

    def down_near_ns(self, station: int, t_ns: int) -> int:
        """From the relay to a station."""
        chunk, i, part = self._place(t_ns)
        row = chunk.down_near[station]
        return round(row[i] + (row[i + 1] - row[i]) * part)

    def contact(
        self, t_ns: int, search_ns: int = 7 * 86_400 * SECOND_NS, without: frozenset[int] = _NONE
    ) -> tuple[int, int] | None:
        """The earliest time from ``t_ns`` on with contact, and the station; None when there is none for a week.
        Stations in ``without`` are left out.
        """
        number, rest = divmod(t_ns, _CHUNK_NS)
        index = rest // SPACING_NS
        if number == self._turns_of and not without:
            station = self._turns.stations[index]
            if station >= 0 and not self._turns.edges_ns:
                return t_ns, station
        while number * _CHUNK_NS <= t_ns + search_ns:
            begin, end = self._empty
            if not without and begin <= number < end:
                number, index = end, 0
                continue
            turns = self._contacts(number).turns(without)
            if not without:
                self._turns_of, self._turns = number, turns
            stations, edges_ns = turns.stations, turns.edges_ns
            for i in range(index, _SAMPLES - 1):
                from_ns = max(t_ns, number * _CHUNK_NS + i * SPACING_NS)
                if stations[i] >= 0:
                    if i not in edges_ns or from_ns < edges_ns[i]:
                        return from_ns, stations[i]
                elif i in edges_ns:
                    return max(t_ns, edges_ns[i]), stations[i + 1]
            if not without and index == 0:
                self._empty = (begin, number + 1) if number == end else (number, number + 1)
            number, index = number + 1, 0
        return None

    def contact_for(self, t_ns: int, length_ns: int) -> tuple[int, int] | None:
        """As ``contact``, for a transmission of that length: one that LOS would cut begins at the next AOS."""
        found = self.contact(t_ns)
        if found is None:
            return None
        end_ns = found[0] + length_ns
        after = self.contact(end_ns)
        return found if after is not None and after[0] == end_ns else after


def _manual_s(delay: ManualDelay, times: npt.NDArray[np.int64], seed: int | None) -> npt.NDArray[np.float64]:
    """Seconds one way. Jitter is a line through random points so far apart that no signal overtakes another."""
    seconds = delay.at_s(times)
    if seed is None or delay.jitter_s == 0.0:
        return seconds
    apart_ns = SPACING_NS * max(1, round(4.0 * delay.jitter_s))
    numbers = np.arange(times[0] // apart_ns, times[-1] // apart_ns + 2)
    draws = [np.random.default_rng([seed & (1 << 63) - 1, int(number)]).uniform(-1.0, 1.0) for number in numbers]
    return np.asarray(seconds + delay.jitter_s * np.interp(times / apart_ns, numbers, draws))
