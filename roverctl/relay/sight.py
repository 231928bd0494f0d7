"""Who sees the relay now: the ephemeris, less what impairments take away."""

from roverctl.core.times import DAY_NS
from roverctl.relay.delivery.tables import LinkTables
from roverctl.relay.disturbances import Disturbances

_LOOK_AGAIN_NS = 7 * DAY_NS  # where no contact is found within the tables' search


class Sight:
    """Contact as it is, for the simulated link; a forecast has the tables alone."""

    def __init__(self, tables: LinkTables, disturbances: Disturbances, stations: int) -> None:
        self._tables = tables
        self._disturbances = disturbances
        self._stations = stations

    def contact(self, t_ns: int) -> tuple[int, int]:
        """The earliest time from ``t_ns`` on with contact, and the station, as far as is known now; station -1 where
        none was found, and then the time is when to look again.
        """
        disturbances = self._disturbances
        if disturbances.quiet:
            return self._tables.contact(t_ns) or (t_ns + _LOOK_AGAIN_NS, -1)
        without, until_ns = disturbances.stations_out(t_ns)
        if not without:
            return self._tables.contact(t_ns) or (t_ns + _LOOK_AGAIN_NS, -1)
        if len(without) < self._stations:
            found = self._tables.contact(t_ns, max(0, until_ns - t_ns), without)
            if found is not None and found[0] < until_ns:
                return found
        return until_ns, -1

    def contact_for(self, t_ns: int, length_ns: int) -> tuple[int, int]:
        """As ``contact``, for a transmission of that length: one that LOS would cut begins at the next AOS."""
        start_ns, station = self.contact(t_ns)
        if station < 0:
            return start_ns, station
        after_ns, other = self.contact(start_ns + length_ns)
        return (start_ns, station) if other >= 0 and after_ns == start_ns + length_ns else (after_ns, other)

    def relay_contact(self, t_ns: int) -> tuple[int, int]:
        """As ``contact``, for what the relay sends: nothing in safe mode."""
        safe_until_ns = None if self._disturbances.quiet else self._disturbances.relay_safe_until()
        if safe_until_ns is not None and t_ns < safe_until_ns:
            return safe_until_ns, -1
        return self.contact(t_ns)

    def is_out(self, station: int, t_ns: int) -> bool:
        """Whether an impairment holds a station off the air."""
        return station in self._disturbances.stations_out(t_ns)[0]
