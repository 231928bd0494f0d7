"""When the traces of a telecommand are due: the link's own arithmetic, from geometry and rates, ahead of the event."""

from dataclasses import dataclass, replace

from roverctl.core.times import SECOND_NS
from roverctl.mission.contacts import ContactRules
from roverctl.mission.profile import Mission
from roverctl.mission.rates import housekeeping_cycles
from roverctl.relay.delivery.frames import MAX_PACKET_B
from roverctl.relay.delivery.ground_skyline import GroundSkyline
from roverctl.relay.delivery.tables import LinkTables
from roverctl.relay.delivery.timing import VERIFICATION_B, Parts, Timing
from roverctl.relay.link import REPORT_FRAME_OVERHEAD_B

_AROUND_HOUSEKEEPING_B = 23  # PUS headers, structure and checksum
_TIME_REPORT_B = 30
_TIME_NS = 60 * SECOND_NS  # between two of them, as the executive sends them
_FORWARDED_REPORT_B = 25  # lengths of the relay's reports, headers and checksum included
_BYPASSED_REPORT_B = 28


@dataclass(frozen=True, slots=True)
class Passage:
    """Of one telecommand: when things happen, and when their evidence is here, as ``t_ns``; what its way up to the
    rover and its answer's way down consist of, each of which adds up exactly.

    ``relay_ns`` is when its last bit is at the relay, ``forwarded_ns`` when that leaves it.
    """

    station: int
    radiated_ns: int
    sent_learnt_ns: int
    relay_ns: int
    forwarded_ns: int
    relay_learnt_ns: int
    arrived_ns: int
    arrival_learnt_ns: int
    up: Parts
    down: Parts


@dataclass(frozen=True, slots=True)
class Descent:
    """Of one telemetry packet that the rover hands to its transmitter at ``t_ns``: sent, its last bit at the relay,
    sent on by it with its last bit, at the station, here; -1 for ``station`` where nobody is known to take it.
    """

    t_ns: int
    sent_ns: int
    relay_ns: int
    leaves_ns: int
    station_ns: int
    here_ns: int
    station: int


@dataclass(frozen=True, slots=True)
class Released:
    """A telecommand that has left the console; ``radiated_ns`` is when its last bit left the station, where known."""

    released_ns: int
    packet_length: int
    bypass: bool = False
    radiated_ns: int | None = None


class Delays:
    """Predicts passages through the link.

    Parameters
    ----------
    mission, tables
        Rates, and light times.
    origin_ns
        When the operation began: FOP-1's window was set then, and the rover counts its seconds, after which
        housekeeping and time reports go, from then. Without it nothing is known of what the rover's transmitter does.
    """

    def __init__(self, mission: Mission, tables: LinkTables, origin_ns: int | None = None) -> None:
        self._tables = tables
        self._timing = timing = Timing(mission, tables)
        self._origin_ns = origin_ns
        self._window = timing.window(mission.start_ns if origin_ns is None else origin_ns)
        self._link = mission.link
        self._housekeeping = mission.mdb.packet("ROVER_HK")
        self.set_return_rate(mission.link.return_rate_bit_s)

    def set_return_rate(self, rate_bit_s: float) -> None:
        """The rover's transmitter is set to that; 0 where telemetry does not tell, and then to the profile's rate."""
        link = replace(self._link, return_rate_bit_s=rate_bit_s or self._link.return_rate_bit_s)
        timing = self._timing
        timing.set_return_rate(link.return_rate_bit_s)
        self._cycle_ns = housekeeping_cycles(self._housekeeping, link) * SECOND_NS
        self._cycle_takes_ns = timing.return_ns(self.housekeeping_b)
        self._time_takes_ns = timing.return_ns(_TIME_REPORT_B)

    def follow(self, rules: ContactRules) -> None:
        """The stations take turns by other rules from now on."""
        self._tables.follow(rules)

    def stand(self, skyline: GroundSkyline, t_ns: int) -> None:
        """The rover is taken to be where this skyline is, at ``t_ns`` and after."""
        self._tables.stand(skyline, t_ns)

    def station_at(self, t_ns: int) -> int:
        """The station that has contact then; -1 in a gap."""
        found = self._tables.contact(t_ns)
        return -1 if found is None or found[0] > t_ns else found[1]

    def _busy_ns(self, t_ns: int) -> int:
        """How long the rover's transmitter is still busy with housekeeping, and with a time report."""
        if self._origin_ns is None:
            return 0
        since_ns = t_ns - self._origin_ns - 1  # what a cycle reports at its own instant goes before its housekeeping
        cycle_ns, time_ns = since_ns // self._cycle_ns * self._cycle_ns, since_ns // _TIME_NS * _TIME_NS
        free_ns = 0
        for begun_ns, takes_ns in sorted([(time_ns, self._time_takes_ns), (cycle_ns, self._cycle_takes_ns)]):
            if begun_ns > 0:
                free_ns = max(free_ns, begun_ns) + takes_ns
        return max(0, free_ns - since_ns - 1)

    def passage(self, command: Released, forward_free_ns: int) -> Passage | None:
        """The forward link, or the window, being free from ``forward_free_ns`` on; None without contact for a week."""
        timing = self._timing
        length_ns = timing.cltu_ns(min(command.packet_length, MAX_PACKET_B))
        ready_ns = command.released_ns + timing.ground_ns
        free_ns = max(ready_ns, forward_free_ns)
        if command.radiated_ns is not None:
            free_ns = max(ready_ns, command.radiated_ns - length_ns)
        found = self._tables.contact_for(free_ns, length_ns)
        if found is None:
            return None
        start_ns, station = found
        radiated_ns = start_ns + length_ns
        near_ns = self._tables.up_near_ns(station, radiated_ns)
        forwarded_ns = radiated_ns + near_ns + timing.relay_ns
        far_ns = self._tables.up_far_ns(forwarded_ns)
        arrived_ns = forwarded_ns + far_ns + timing.rover_ns
        report_b = (_BYPASSED_REPORT_B if command.bypass else _FORWARDED_REPORT_B) + REPORT_FRAME_OVERHEAD_B
        report = timing.to_earth(forwarded_ns, timing.report_ns(report_b))
        down = timing.down(arrived_ns, VERIFICATION_B, wait_ns=self._busy_ns(arrived_ns))
        if report is None or down is None:
            return None
        return Passage(
            station=station,
            radiated_ns=radiated_ns,
            sent_learnt_ns=radiated_ns + timing.ground_ns,
            relay_ns=radiated_ns + near_ns,
            forwarded_ns=forwarded_ns,
            relay_learnt_ns=forwarded_ns + report.total_ns,
            arrived_ns=arrived_ns,
            arrival_learnt_ns=arrived_ns + down.total_ns,
            up=Parts(
                free_ns - ready_ns,
                start_ns - free_ns,
                length_ns,
                near_ns + far_ns,
                timing.ground_ns + timing.relay_ns + timing.rover_ns,
            ),
            down=down,
        )

    def passages(self, commands: list[Released]) -> list[Passage | None]:
        """Telecommands in the order of their release, as the station sends them: a bypass waits for the CLTU that is
        being radiated and no more, and what had not begun by then is withdrawn (None). Others wait for FOP-1's window,
        too: for the acknowledgement of the frame so many before.
        """
        passages: list[Passage | None] = []
        for command in commands:
            ready_ns = command.released_ns + self._timing.ground_ns
            free_ns = 0
            if not command.bypass:
                before = [p for c, p in zip(commands, passages, strict=False) if p is not None and not c.bypass]
                if len(before) >= self._window:
                    free_ns = before[-self._window].arrival_learnt_ns
            for i, (earlier, passage) in enumerate(zip(commands, passages, strict=False)):
                if passage is None:
                    continue
                begun_ns = passage.radiated_ns - passage.up.serialisation_ns
                if command.bypass and not earlier.bypass and begun_ns > ready_ns:
                    passages[i] = None
                else:
                    free_ns = max(free_ns, passage.radiated_ns)
            passages.append(self.passage(command, free_ns))
        return passages

    def near_ns(self, station: int, t_ns: int) -> int:
        """Light time from a station to the relay; where the delay is set by hand, all of it."""
        return self._tables.up_near_ns(station, t_ns)

    def descent(self, t_ns: int, length_b: int = VERIFICATION_B) -> Descent | None:
        """The way of a packet that the rover hands over at ``t_ns``; None without contact for a week."""
        down = self._timing.down(t_ns, length_b, wait_ns=self._busy_ns(t_ns))
        if down is None:
            return None
        sent_ns = t_ns + down.queueing_ns + self._timing.return_ns(length_b)
        far_ns = self._tables.down_far_ns(sent_ns)
        here_ns = t_ns + down.total_ns
        station_ns = here_ns - self._timing.ground_ns
        leaves_ns = station_ns - (down.light_ns - far_ns)
        found = self._tables.contact(leaves_ns - self._timing.earth_ns(length_b))
        station = -1 if found is None else found[1]
        return Descent(t_ns, sent_ns, sent_ns + far_ns, leaves_ns, station_ns, here_ns, station)

    @property
    def housekeeping_b(self) -> int:
        """Length of a housekeeping packet, headers and checksum included."""
        return self._housekeeping.layout.size + _AROUND_HOUSEKEEPING_B

    @property
    def processing_ns(self) -> tuple[int, int, int]:
        """Between console and station, through the transponder, from the last bit to the verified packet."""
        return self._timing.ground_ns, self._timing.relay_ns, self._timing.rover_ns

    def seen(self, t_ns: int, length_b: int = VERIFICATION_B, before_b: int = 0) -> int | None:
        """When a packet that the rover sends at ``t_ns`` is here, behind ``before_b`` bytes; None as ``down``."""
        down = self.down(t_ns, length_b, before_b)
        return None if down is None else t_ns + down.total_ns

    def down(self, t_ns: int, length_b: int = VERIFICATION_B, before_b: int = 0) -> Parts | None:
        """What that packet's way here consists of; None without contact for a week."""
        return self._timing.down(t_ns, length_b, before_b, self._busy_ns(t_ns))
