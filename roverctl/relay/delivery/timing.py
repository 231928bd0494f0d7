"""The link's arithmetic: how long each part of a way takes, from geometry, rates and processing times.

The simulated link, the timers of its delivery and the forecasts share it; the parts of a way add up to the whole in
integer nanoseconds.
"""

from dataclasses import dataclass, replace
from typing import Final

from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import Mission
from roverctl.mission.rates import housekeeping_cycles
from roverctl.relay.delivery.frames import cltu_length
from roverctl.relay.delivery.tables import LinkTables

VERIFICATION_B: Final = 26  # an ST[1] packet, headers and checksum included
_SHORTEST_PACKET_B: Final = 13  # a telecommand without arguments
_USUAL_PACKET_B: Final = 64
_PATIENCE_NS: Final = 120 * SECOND_NS  # for how long it is tried again before giving up; our choice
_LIMITS: Final = (3, 8)  # transmissions at least and at most; our choice
_WINDOW: Final = 127
_AHEAD_B: Final = 200  # of reports and housekeeping that go before an answer; our choice
_MARGIN_NS: Final = 2 * SECOND_NS  # of T1, above the modelled way there and back; our choice


def serialisation_ns(length_b: float, rate_bit_s: float) -> int:
    """How long so many bytes take at a rate."""
    return round(length_b * 8.0 / rate_bit_s * SECOND_NS)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a way consists of, in nanoseconds: waiting for the frames before, waiting for contact, serialisation, light,
    processing.
    """

    queueing_ns: int = 0
    contact_ns: int = 0
    serialisation_ns: int = 0
    light_ns: int = 0
    processing_ns: int = 0

    @property
    def total_ns(self) -> int:
        """Their sum."""
        return self.queueing_ns + self.contact_ns + self.serialisation_ns + self.light_ns + self.processing_ns


class Timing:
    """Ways through an undisturbed link."""

    def __init__(self, mission: Mission, tables: LinkTables) -> None:
        self._tables = tables
        self._link = link = mission.link
        self.ground_ns = round(link.ground_time_s * SECOND_NS)
        self.relay_ns = 0 if mission.orbit is None else round(link.relay_time_s * SECOND_NS)
        self.rover_ns = round(link.rover_time_s * SECOND_NS)
        self._tm_share = (link.tm_frame_b + link.tm_frame_overhead_b) / link.tm_frame_b
        self._housekeeping = mission.mdb.packet("ROVER_HK")
        self._housekeeping_ns = housekeeping_cycles(self._housekeeping, link) * SECOND_NS
        self._jitter_ns = 0 if link.delay is None else round(2.0 * link.delay.jitter_s * SECOND_NS)

    def set_return_rate(self, rate_bit_s: float) -> None:
        """The rover's transmitter is set to that."""
        self._link = replace(self._link, return_rate_bit_s=rate_bit_s)
        self._housekeeping_ns = housekeeping_cycles(self._housekeeping, self._link) * SECOND_NS

    def cltu_ns(self, packet_length: int) -> int:
        """A telecommand packet's CLTU at the forward rate."""
        return serialisation_ns(cltu_length(packet_length), self._link.forward_rate_bit_s)

    def return_ns(self, length_b: int) -> int:
        """A telemetry packet with its share of the frame, at the return rate."""
        return serialisation_ns(length_b * self._tm_share, self._link.return_rate_bit_s)

    def earth_ns(self, length_b: int) -> int:
        """A telemetry packet with its share of the frame, at the relay's rate to Earth."""
        return serialisation_ns(length_b * self._tm_share, self._link.relay_rate_bit_s)

    def report_ns(self, length_b: int) -> int:
        """One of the relay's own reports at the rate of its telemetry."""
        return serialisation_ns(length_b, self._link.relay_telemetry_rate_bit_s)

    def to_earth(self, t_ns: int, length_ns: int) -> Parts | None:
        """From the relay, ready at ``t_ns``, to the console; None without contact for a week."""
        found = self._tables.contact(t_ns)
        if found is None:
            return None
        start_ns, station = found
        light_ns = self._tables.down_near_ns(station, start_ns + length_ns)
        return Parts(0, start_ns - t_ns, length_ns, light_ns, self.ground_ns)

    def down(self, t_ns: int, length_b: int, before_b: int = 0, wait_ns: int = 0) -> Parts | None:
        """From the rover's transmitter, which is busy for ``wait_ns`` more, to the console, with ``before_b`` bytes
        ahead of it in the queue.
        """
        queueing_ns = wait_ns + (self.return_ns(before_b) if before_b else 0)
        length_ns = self.return_ns(length_b)
        end_ns = t_ns + queueing_ns + length_ns
        light_ns = self._tables.down_far_ns(end_ns)
        rest = self.to_earth(end_ns + light_ns + self.relay_ns, self.earth_ns(length_b))
        if rest is None:
            return None
        return Parts(
            queueing_ns,
            rest.contact_ns,
            length_ns + rest.serialisation_ns,
            light_ns + rest.light_ns,
            self.relay_ns + rest.processing_ns,
        )

    def answer_due_ns(self, sent_ns: int) -> int:
        """When T1 of a CLTU runs out whose last bit leaves then: there and back by light, processing, housekeeping that
        carries the CLCW, the next pass where the relay has to keep it; and a margin.
        """
        found = self._tables.contact(sent_ns)
        station = 0 if found is None else found[1]
        passed_ns = sent_ns + self._tables.up_near_ns(station, sent_ns) + self.relay_ns
        arrived_ns = passed_ns + self._tables.up_far_ns(passed_ns) + self.rover_ns
        sampled_ns = arrived_ns + self._housekeeping_ns
        back = self.down(sampled_ns, VERIFICATION_B, before_b=_AHEAD_B)
        return sampled_ns + (0 if back is None else back.total_ns) + _MARGIN_NS + self._jitter_ns

    def round_trip_ns(self, t_ns: int) -> int:
        """A usual command's way there and its CLCW's back, with contact."""
        near_ns = self._tables.up_near_ns(0, t_ns)
        light_ns = 2 * (near_ns + self._tables.up_far_ns(t_ns))
        processing_ns = 2 * (self.ground_ns + self.relay_ns) + self.rover_ns
        return self.cltu_ns(_USUAL_PACKET_B) + light_ns + processing_ns + self._housekeeping_ns

    def window(self, t_ns: int) -> int:
        """K: what can be radiated in a round trip goes out before the first answer is due."""
        return min(_WINDOW, 2 + -(-self.round_trip_ns(t_ns) // self.cltu_ns(_SHORTEST_PACKET_B)))

    def transmission_limit(self, t_ns: int) -> int:
        """How often a frame is sent: as often as patience has round trips, within bounds."""
        low, high = _LIMITS
        return max(low, min(high, _PATIENCE_NS // self.round_trip_ns(t_ns)))
