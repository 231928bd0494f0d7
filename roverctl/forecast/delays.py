"""When the traces of a telecommand are due: the link's own arithmetic, from geometry and rates, ahead of the event."""

from dataclasses import dataclass

from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import Mission
from roverctl.relay.frames import cltu_length
from roverctl.relay.link import REPORT_FRAME_OVERHEAD_B, serialisation_ns
from roverctl.relay.tables import LinkTables

_FORWARDED_REPORT_B = 25  # packet lengths of the reports, headers and checksum included
_VERIFICATION_B = 26


@dataclass(frozen=True, slots=True)
class Passage:
    """Of one telecommand: when things happen, and when their evidence is here. All ``t_ns``."""

    radiated_ns: int
    sent_learnt_ns: int
    forwarded_ns: int
    relay_learnt_ns: int
    arrived_ns: int
    arrival_learnt_ns: int


class Delays:
    """Predicts passages through the link; ``forward_free_ns`` is when the forward link is next free."""

    def __init__(self, mission: Mission, tables: LinkTables) -> None:
        self._mission = mission
        self._tables = tables
        link = mission.link
        self._ground_ns = round(link.ground_time_s * SECOND_NS)
        self._relay_ns = round(link.relay_time_s * SECOND_NS)
        self._rover_ns = round(link.rover_time_s * SECOND_NS)
        self._tm_share = (link.tm_frame_b + link.tm_frame_overhead_b) / link.tm_frame_b

    def passage(self, released_ns: int, packet_length: int, forward_free_ns: int) -> Passage | None:
        """A telecommand released then; None without contact for a week."""
        link = self._mission.link
        found = self._tables.contact(max(released_ns + self._ground_ns, forward_free_ns))
        if found is None:
            return None
        start_ns, station = found
        radiated_ns = start_ns + serialisation_ns(cltu_length(packet_length), link.forward_rate_bit_s)
        return self.from_radiated(radiated_ns, station)

    def from_radiated(self, radiated_ns: int, station: int) -> Passage:
        """The rest of the way of a frame whose last bit has left."""
        link = self._mission.link
        forwarded_ns = radiated_ns + self._tables.up_near_ns(station, radiated_ns) + self._relay_ns
        report_ns = serialisation_ns(_FORWARDED_REPORT_B + REPORT_FRAME_OVERHEAD_B, link.relay_telemetry_rate_bit_s)
        arrived_ns = forwarded_ns + self._tables.up_far_ns(forwarded_ns) + self._rover_ns
        return Passage(
            radiated_ns,
            radiated_ns + self._ground_ns,
            forwarded_ns,
            self._to_console(forwarded_ns, report_ns),
            arrived_ns,
            self.seen(arrived_ns, _VERIFICATION_B),
        )

    def seen(self, t_ns: int, length_b: int = _VERIFICATION_B, before_b: int = 0) -> int:
        """When a packet that the rover sends at ``t_ns`` is here, with ``before_b`` bytes ahead of it in the queue."""
        link = self._mission.link
        end_ns = t_ns
        if before_b:
            end_ns += serialisation_ns(before_b * self._tm_share, link.return_rate_bit_s)
        end_ns += serialisation_ns(length_b * self._tm_share, link.return_rate_bit_s)
        relay_ns = end_ns + self._tables.down_far_ns(end_ns) + self._relay_ns
        return self._to_console(relay_ns, serialisation_ns(length_b * self._tm_share, link.relay_rate_bit_s))

    def _to_console(self, t_ns: int, length_ns: int) -> int:
        found = self._tables.contact(t_ns)
        if found is None:
            return t_ns
        start_ns, station = found
        sent_ns = start_ns + length_ns
        return sent_ns + self._tables.down_near_ns(station, sent_ns) + self._ground_ns

    def station_in_contact(self, t_ns: int) -> int | None:
        """The station that has contact now."""
        found = self._tables.contact(t_ns, search_ns=0)
        return found[1] if found is not None and found[0] == t_ns else None
