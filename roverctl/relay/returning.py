"""The way down: the rover's transmitter, the relay's memory, the relay's way to Earth.

Housekeeping and reports go before science at every queue, packet by packet. The relay passes telemetry on at once when
a station sees it, and keeps it when none does: what was stored comes no faster than the rate to Earth allows. Frames
are counted, idle ones are not simulated.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from roverctl.core.scheduler import Scheduler
from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.tables import LinkTables
from roverctl.relay.delivery.timing import serialisation_ns
from roverctl.relay.disturbances import Disturbances
from roverctl.relay.sight import Sight

_BACKLOG_NS: Final = 30 * SECOND_NS  # a transmitter that is so far behind takes no more housekeeping; our choice
_ROOM_AGAIN: Final = 0.9  # of a memory that was full: below it, filling up again is news; our choice
_SERVICE: Final = 7  # where a telemetry packet carries its service
_HOUSEKEEPING: Final = 3


class EarthLeg:
    """The relay's transmitter to Earth, at one rate, with its memory.

    Parameters
    ----------
    kind
        Names its events on the clock.
    rate_bit_s
        What it sends at; impairments of the leg to Earth change it.
    memory_b
        How much it keeps.
    deliver
        What takes a payload, as it arrives at the console: the kind of an event.
    full
        Called with the time when something was first thrown away since there was room.
    """

    def __init__(
        self, kind: str, rate_bit_s: float, memory_b: float, tables: LinkTables, sight: Sight,
        disturbances: Disturbances, scheduler: Scheduler, ground_ns: int, full: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._kind = kind
        self._rate, self._memory_b = rate_bit_s, memory_b
        self._tables, self._sight, self._disturbances = tables, sight, disturbances
        self._scheduler = scheduler
        self._ground_ns = ground_ns
        self._full = full
        self._free_ns = 0
        self._arrived_ns = 0  # a hand-over between stations must not let a later packet overtake
        self._stored: tuple[deque[Any], deque[Any]] = (deque(), deque())  # before others, and science
        self._stored_b = 0
        self._throwing = False  # something was thrown away since the memory was last below its mark
        self._wake_ns = -1
        scheduler.handlers[kind] = self._wake

    def send(self, t_ns: int, length_b: float, payload: list[Any], science: bool = False) -> None:
        """A packet is ready at ``t_ns``, with its share of the frame ``length_b`` long."""
        if not self._stored[0] and not self._stored[1]:
            start_ns = max(t_ns, self._free_ns)
            found_ns, station = self._sight.relay_contact(start_ns)
            if found_ns == start_ns and station >= 0:
                self._transmit(start_ns, station, length_b, payload)
                return
        self._store(t_ns, length_b, payload, science)

    def _store(self, t_ns: int, length_b: float, payload: list[Any], science: bool) -> None:
        """Keep it; where there is no room, the youngest science gives way, and then the packet itself."""
        kept = self._stored[science]
        kept.append([length_b, payload])
        self._stored_b += len(payload[0])
        while self._stored_b > self._memory_b:
            given_up = (self._stored[1] or kept).pop()
            self._stored_b -= len(given_up[1][0])
            if not self._throwing:
                self._throwing = True
                self._full(t_ns)
        self._throwing = self._throwing and self._stored_b > _ROOM_AGAIN * self._memory_b
        if self._wake_ns < 0:
            self._wake_at(max(t_ns, self._free_ns))

    def _wake_at(self, t_ns: int) -> None:
        self._wake_ns = t_ns
        self._scheduler.at(t_ns, self._kind)

    def look_again(self, t_ns: int) -> None:
        """What was known of contact may have changed."""
        if self._wake_ns >= 0:
            self._wake_at(max(t_ns, self._free_ns))

    def _wake(self, t_ns: int, _: None) -> None:
        """Send the next that is stored, when there is contact."""
        if t_ns != self._wake_ns:
            return
        self._wake_ns = -1
        kept = self._stored[0] or self._stored[1]
        if not kept:
            return
        if t_ns < self._free_ns:
            self._wake_at(self._free_ns)
            return
        found_ns, station = self._sight.relay_contact(t_ns)
        if station < 0 or found_ns > t_ns:
            self._wake_at(found_ns)
            return
        length_b, payload = kept.popleft()
        self._stored_b -= len(payload[0])
        self._transmit(t_ns, station, length_b, payload)
        if self._stored[0] or self._stored[1]:
            self._wake_at(self._free_ns)

    def _transmit(self, start_ns: int, station: int, length_b: float, payload: list[Any]) -> None:
        disturbances = self._disturbances
        spared = disturbances.spares_telemetry
        rate = self._rate if spared else disturbances.rate_bit_s("earth", self._rate)
        sent_ns = self._free_ns = start_ns + serialisation_ns(length_b, rate)
        if not spared and disturbances.loses("earth", start_ns, len(payload[0])):
            return
        arrival_ns = sent_ns + self._tables.down_near_ns(station, sent_ns) + self._ground_ns
        if arrival_ns < self._arrived_ns:
            arrival_ns = self._arrived_ns
        self._arrived_ns = arrival_ns
        for at_ns in (arrival_ns,) if spared else disturbances.arrivals("earth", arrival_ns):
            self._scheduler.at(at_ns, "link.console", payload)

    def save(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {
            "free_ns": self._free_ns, "arrived_ns": self._arrived_ns, "stored": [list(kept) for kept in self._stored],
            "stored_b": self._stored_b, "throwing": self._throwing, "wake_ns": self._wake_ns,
        }  # fmt: skip

    def load(self, saved: dict[str, Any]) -> None:
        """Take the place of what ``save`` gave."""
        self._free_ns, self._arrived_ns = saved["free_ns"], saved["arrived_ns"]
        self._stored = (deque(saved["stored"][0]), deque(saved["stored"][1]))
        self._stored_b, self._throwing, self._wake_ns = saved["stored_b"], saved["throwing"], saved["wake_ns"]


class Returning:
    """The rover's transmitter, and the relay's receiver.

    Parameters
    ----------
    clcw
        Gives the CLCW that a frame made now carries.
    earth
        The relay's transmitter.
    science
        Gives the next science packet when the transmitter has nothing better to send; None when there is none, and
        then ``science_ready`` says when there is one again.
    """

    def __init__(
        self, mission: Mission, tables: LinkTables, disturbances: Disturbances, scheduler: Scheduler,
        clcw: Callable[[], int], earth: EarthLeg, science: Callable[[int], tuple[bytes, int] | None],
    ) -> None:  # fmt: skip
        link = mission.link
        self._rate = link.return_rate_bit_s
        self._tables, self._disturbances, self._scheduler = tables, disturbances, scheduler
        self._clcw, self._earth = clcw, earth
        self._relay_ns = 0 if mission.orbit is None else round(link.relay_time_s * SECOND_NS)
        self._frame_b = link.tm_frame_b
        self._share = (link.tm_frame_b + link.tm_frame_overhead_b) / link.tm_frame_b
        self._free_ns = 0
        self._science: deque[list[Any]] = deque()
        self._more = science
        self._more_ready = False
        self._woken = False
        self._sent_b = 0
        scheduler.handlers["link.science"] = self._wake
        scheduler.handlers["link.return"] = self._at_relay

    @property
    def frames(self) -> int:
        """Telemetry frames that the rover has filled."""
        return -(-self._sent_b // int(self._frame_b))

    @property
    def rate_bit_s(self) -> float:
        """That the rover's transmitter is set to."""
        return self._rate

    def set_rate(self, rate_bit_s: float) -> None:
        """From the next packet on; the relay's receiver follows."""
        self._rate = rate_bit_s

    def transmits_at(self, t_ns: int) -> int:
        """When a packet handed over at ``t_ns`` begins to be sent, if it is not science."""
        return max(t_ns, self._free_ns)

    def downlink(self, t_ns: int, packet: bytes, generation_ns: int, science: bool = False) -> None:
        """The rover hands a telemetry packet to its transmitter."""
        if science:
            self._science.append([packet, generation_ns])
            self._look(t_ns)
            return
        behind_ns = self._free_ns - t_ns
        if behind_ns > _BACKLOG_NS and packet[_SERVICE] == _HOUSEKEEPING:
            return  # the next will be fresher
        self._transmit(t_ns if behind_ns < 0 else self._free_ns, packet, generation_ns, False)

    def _transmit(self, start_ns: int, packet: bytes, generation_ns: int, science: bool) -> None:
        """The frame carries the CLCW of now."""
        disturbances = self._disturbances
        spared = disturbances.spares_telemetry
        rate = self._rate if spared else disturbances.rate_bit_s("return", self._rate)
        length_b = len(packet) * self._share
        end_ns = self._free_ns = start_ns + serialisation_ns(length_b, rate)
        self._sent_b += len(packet)
        if not spared and disturbances.loses("return", start_ns, len(packet)):
            return
        arrival_ns = end_ns + self._tables.down_far_ns(end_ns)
        payload = [packet, self._clcw(), generation_ns, length_b, science]
        for at_ns in (arrival_ns,) if spared else disturbances.arrivals("return", arrival_ns):
            self._scheduler.at(at_ns, "link.return", payload)

    def science_ready(self, t_ns: int) -> None:
        """There is science to be fetched."""
        self._more_ready = True
        self._look(t_ns)

    def _look(self, t_ns: int) -> None:
        if (self._science or self._more_ready) and not self._woken:
            self._woken = True
            self._scheduler.at(max(t_ns, self._free_ns), "link.science", priority=2)

    def _wake(self, t_ns: int, _: None) -> None:
        """A science packet begins when nothing else is being sent."""
        self._woken = False
        if t_ns >= self._free_ns:
            found = self._science.popleft() if self._science else self._more(t_ns)
            self._more_ready = self._more_ready and found is not None
            if found is not None:
                packet, generation_ns = found
                self._transmit(t_ns, packet, generation_ns, True)
        self._look(t_ns)

    def _at_relay(self, t_ns: int, payload: list[Any]) -> None:
        """Through the transponder, or into memory; in safe mode the relay hears nothing."""
        if not self._disturbances.quiet and self._disturbances.relay_safe_until() is not None:
            return
        packet, word, generation_ns, length_b, science = payload
        self._earth.send(t_ns + self._relay_ns, length_b, [packet, word, generation_ns, t_ns], science)

    def save(self) -> dict[str, Any]:
        """Everything, as plain data; what is under way is in the scheduler."""
        return {
            "free_ns": self._free_ns, "science": [list(item) for item in self._science], "woken": self._woken,
            "rate": self._rate, "more_ready": self._more_ready, "sent_b": self._sent_b,
        }  # fmt: skip

    def load(self, saved: dict[str, Any]) -> None:
        """Take the place of what ``save`` gave."""
        self._free_ns, self._woken, self._sent_b = saved["free_ns"], saved["woken"], saved["sent_b"]
        self._more_ready, self._rate = saved["more_ready"], saved["rate"]
        self._science = deque(list(item) for item in saved["science"])
