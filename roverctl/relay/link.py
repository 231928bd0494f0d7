"""The way between console and rover, as events on the engine's clock.

Up: console, ground time, station (waits for contact and for the frame before), serialisation at the forward rate,
light, transponder, light, rover. In real-time mode the relay passes the bits on as they come, so they are serialised
once. Each telecommand leaves three traces: the station reports a radiated frame, the relay a forwarded one, and the
rover's CLCW counts it. Down: serialisation at the return rate with its share of the transfer frame, light, the relay's
rate to Earth, light, ground time; without contact packets wait aboard the relay, in order.
"""

from collections.abc import Callable
from typing import Any, Final

from roverctl.core.errors import PacketError
from roverctl.core.nouns import Direction, RawPacket
from roverctl.core.scheduler import Scheduler
from roverctl.core.times import SECOND_NS
from roverctl.mission.packets import encode_tm, request_id
from roverctl.mission.profile import Mission
from roverctl.relay.frames import MAX_PACKET_B, Farm, clcw, decode_cltu, encode_cltu, encode_frame
from roverctl.relay.tables import LinkTables

REPORT_FRAME_OVERHEAD_B: Final = 6 + 4 + 2  # a frame of its own around a report of the relay (132.0-B)


def serialisation_ns(length_b: float, rate_bit_s: float) -> int:
    """How long so many bytes take at a rate."""
    return round(length_b * 8.0 / rate_bit_s * SECOND_NS)


class Link:
    """Carries packets both ways.

    Parameters
    ----------
    mission, tables, scheduler
        Rates, light times, and the clock on which things happen.
    to_rover
        Takes ``(t_ns, packet)`` for every telecommand packet that the rover's receiver accepts.
    to_console
        Takes every raw packet and CLCW as it reaches the console.
    """

    def __init__(
        self,
        mission: Mission,
        tables: LinkTables,
        scheduler: Scheduler,
        to_rover: Callable[[int, bytes], None],
        to_console: Callable[[RawPacket], None],
    ) -> None:
        self._mission = mission
        self._tables = tables
        self._scheduler = scheduler
        self._to_rover = to_rover
        self._to_console = to_console
        link = mission.link
        self._ground_ns = round(link.ground_time_s * SECOND_NS)
        self._relay_ns = round(link.relay_time_s * SECOND_NS)
        self._rover_ns = round(link.rover_time_s * SECOND_NS)
        self._tm_share = (link.tm_frame_b + link.tm_frame_overhead_b) / link.tm_frame_b
        self._farm = Farm()
        self._frame_number = 0
        self._forward_free_ns = 0
        self._return_free_ns = 0
        self._relay_free_ns = 0
        self._report_free_ns = 0
        self._arrived_ns = 0  # a hand-over between stations must not let a later packet overtake
        self._sequences = {"relay": 0, "ground": 0}
        self._last_clcw = -1
        scheduler.handlers.update(
            {
                "link.station": self._at_station,
                "link.radiated": self._radiated,
                "link.relay": self._at_relay,
                "link.rover": self._at_rover,
                "link.return": self._return_at_relay,
                "link.console": self._at_console,
            }
        )

    # Up

    def uplink(self, packet: bytes) -> None:
        """A telecommand packet leaves the console now.

        Raises
        ------
        PacketError
            When no frame can carry it.
        """
        if len(packet) > MAX_PACKET_B:
            raise PacketError(f"a telecommand packet of {len(packet)} bytes; a frame takes {MAX_PACKET_B}")
        self._scheduler.at(self._scheduler.now_ns + self._ground_ns, "link.station", packet)

    def _at_station(self, t_ns: int, packet: bytes) -> None:
        """Frame it and radiate it when the link is free and a station sees the relay."""
        found = self._tables.contact(max(t_ns, self._forward_free_ns))
        if found is None:
            raise PacketError("no contact within a week: the telecommand cannot be sent")
        start_ns, station = found
        link = self._mission.link
        cltu = encode_cltu(encode_frame(packet, link.spacecraft_id, link.virtual_channel, self._frame_number))
        end_ns = start_ns + serialisation_ns(len(cltu), link.forward_rate_bit_s)
        self._forward_free_ns = end_ns
        payload = [cltu, self._frame_number, station, request_id(packet)]
        self._frame_number = (self._frame_number + 1) & 0xFF
        self._scheduler.at(end_ns, "link.radiated", payload)

    def _radiated(self, t_ns: int, payload: list[Any]) -> None:
        """The last bit has left: the station says so, and the CLTU is on its way."""
        cltu, number, station, request = payload
        report = self._report("ground", t_ns, "FRAME_RADIATED", [number, request, station])
        self._scheduler.at(t_ns + self._ground_ns, "link.console", [report, -1, t_ns])
        arrival_ns = t_ns + self._tables.up_near_ns(station, t_ns) + self._relay_ns
        self._scheduler.at(arrival_ns, "link.relay", [cltu, number])

    def _at_relay(self, t_ns: int, payload: list[Any]) -> None:
        """Forwarded to the rover; the relay reports it in its own telemetry."""
        cltu, number = payload
        report = self._report("relay", t_ns, "FRAME_FORWARDED", [number])
        rate = self._mission.link.relay_telemetry_rate_bit_s
        self._report_free_ns = self._to_earth(
            max(t_ns, self._report_free_ns), serialisation_ns(len(report) + REPORT_FRAME_OVERHEAD_B, rate),
            [report, -1, t_ns],
        )  # fmt: skip
        self._scheduler.at(t_ns + self._tables.up_far_ns(t_ns) + self._rover_ns, "link.rover", cltu)

    def _at_rover(self, t_ns: int, cltu: bytes) -> None:
        """The receiver: parity, frame check, FARM; only then does the packet go on."""
        try:
            frame = decode_cltu(cltu)
        except PacketError:
            return  # a frame that fails its checks is as if it had not come; the CLCW says nothing of it
        if self._farm.accept(frame):
            self._to_rover(t_ns, frame.packet)

    # Down

    def downlink(self, t_ns: int, packet: bytes) -> None:
        """The rover hands a telemetry packet to its transmitter; the frame carries the CLCW of now."""
        link = self._mission.link
        word = clcw(link.virtual_channel, self._farm.expected, self._farm.retransmit)
        end_ns = max(t_ns, self._return_free_ns) + serialisation_ns(
            len(packet) * self._tm_share, link.return_rate_bit_s
        )
        self._return_free_ns = end_ns
        self._scheduler.at(end_ns + self._tables.down_far_ns(end_ns), "link.return", [packet, word, t_ns])

    def _return_at_relay(self, t_ns: int, payload: list[Any]) -> None:
        rate = self._mission.link.relay_rate_bit_s
        self._relay_free_ns = self._to_earth(
            max(t_ns + self._relay_ns, self._relay_free_ns), serialisation_ns(len(payload[0]) * self._tm_share, rate),
            payload,
        )  # fmt: skip

    def _to_earth(self, t_ns: int, length_ns: int, payload: list[Any]) -> int:
        """Radiated from ``t_ns`` on to the station in view; without one, when there is one again, in the same order.
        When its last bit has left: what was stored comes no faster than the rate to Earth allows.
        """
        found = self._tables.contact(t_ns)
        if found is None:
            raise PacketError("no contact within a week: telemetry cannot be returned")
        start_ns, station = found
        sent_ns = start_ns + length_ns
        arrival_ns = sent_ns + self._tables.down_near_ns(station, sent_ns) + self._ground_ns
        self._arrived_ns = max(arrival_ns, self._arrived_ns)
        self._scheduler.at(self._arrived_ns, "link.console", payload)
        return sent_ns

    def _at_console(self, t_ns: int, payload: list[Any]) -> None:
        packet, word, generation_ns = payload
        if word >= 0 and word != self._last_clcw:
            self._last_clcw = word
            self._to_console(RawPacket(Direction.CLCW, generation_ns, t_ns, word.to_bytes(4, "big")))
        self._to_console(RawPacket(Direction.TM, generation_ns, t_ns, packet))

    def _report(self, source: str, t_ns: int, name: str, values: list[float]) -> bytes:
        mdb = self._mission.mdb
        packet = encode_tm(mdb.apids[source], self._sequences[source], 5, 1, t_ns, mdb.encode_event(name, values))
        self._sequences[source] = (self._sequences[source] + 1) & 0x3FFF
        return packet

    # Saved and loaded

    def save(self) -> dict[str, Any]:
        """Everything, as plain data; what is under way is in the scheduler."""
        return {
            "expected": self._farm.expected, "retransmit": self._farm.retransmit,
            "frame_number": self._frame_number, "forward_free_ns": self._forward_free_ns,
            "return_free_ns": self._return_free_ns, "relay_free_ns": self._relay_free_ns,
            "report_free_ns": self._report_free_ns, "arrived_ns": self._arrived_ns,
            "sequences": dict(self._sequences), "last_clcw": self._last_clcw,
        }  # fmt: skip

    def load(self, saved: dict[str, Any]) -> None:
        """Take the place of what ``save`` gave."""
        self._farm.expected = saved["expected"]
        self._farm.retransmit = saved["retransmit"]
        self._frame_number = saved["frame_number"]
        self._forward_free_ns = saved["forward_free_ns"]
        self._return_free_ns = saved["return_free_ns"]
        self._relay_free_ns = saved["relay_free_ns"]
        self._report_free_ns = saved["report_free_ns"]
        self._arrived_ns = saved["arrived_ns"]
        self._sequences = dict(saved["sequences"])
        self._last_clcw = saved["last_clcw"]
