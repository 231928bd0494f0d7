"""The way between console and rover, as events on the engine's clock.

Up (``forward``): console, ground time, station, serialisation at the forward rate, light, transponder, light, rover.
Each telecommand leaves three traces: the station reports a radiated frame, the relay a forwarded one, and the rover's
CLCW counts it. Down (``returning``): serialisation at the return rate with its share of the transfer frame, light, the
relay's memory, its rate to Earth, light, ground time.
"""

from collections.abc import Callable
from typing import Any, Final

from roverctl.core.nouns import Direction, RawPacket
from roverctl.core.scheduler import Scheduler
from roverctl.mission.contacts import ContactRules
from roverctl.mission.file_pdus import LARGEST_FILE_B, is_file_packet, wrap
from roverctl.mission.packets import encode_tm
from roverctl.mission.profile import Mission
from roverctl.relay.correlation import TIME_BODY, TimeCorrelation
from roverctl.relay.delivery.forward import Forward
from roverctl.relay.delivery.ground_skyline import GroundSkyline
from roverctl.relay.delivery.tables import LinkTables
from roverctl.relay.delivery.timing import Timing
from roverctl.relay.disturbances import Disturbances
from roverctl.relay.impairments import KINDS, Impairment
from roverctl.relay.products.receiver import Receiver
from roverctl.relay.returning import EarthLeg, Returning
from roverctl.relay.sight import Sight

REPORT_FRAME_OVERHEAD_B: Final = 6 + 4 + 2  # a frame of its own around a report of the relay (132.0-B)
_REPORT_MEMORY_B: Final = 1e6  # of the relay for its own reports; our choice
_TIME_SERVICE: Final = 9
_SERVICE: Final = 7  # where a telemetry packet carries its service
_BODY: Final = 20  # where its body begins
_NAK_PACKET_B: Final = 63  # the longest that the file service sends up
_REQUEST_B: Final = 8  # of a NAK, for each segment that it asks for


class Link:
    """Carries packets both ways.

    Parameters
    ----------
    mission, tables, scheduler
        Rates, light times, and the clock on which things happen.
    to_rover
        Takes ``(t_ns, packet)`` for every packet that the rover's receiver accepts: telecommands, and what the file
        service says.
    to_console
        Takes every raw packet and CLCW as it reaches the console.
    seed
        What chance comes from.
    drift
        Takes ``(t_ns, ppm)`` when an impairment makes the rover's clock drift, or stops doing so.
    science
        Gives the rover's next science packet and its clock's reading when nothing else is to be sent.
    """

    def __init__(
        self,
        mission: Mission,
        tables: LinkTables,
        scheduler: Scheduler,
        to_rover: Callable[[int, bytes], None],
        to_console: Callable[[RawPacket], None],
        seed: int = 0,
        drift: Callable[[int, float], None] = lambda t_ns, ppm: None,
        science: Callable[[int], tuple[bytes, int] | None] = lambda t_ns: None,
    ) -> None:
        self._mission = mission
        self._tables = tables
        self._scheduler = scheduler
        self._to_console = to_console
        self._drift = drift
        self._timing = timing = Timing(mission, tables)
        self._disturbances = Disturbances(mission, seed)
        sight = Sight(tables, self._disturbances, len(mission.stations))
        parts = (tables, sight, self._disturbances, scheduler)
        link = mission.link
        self._forward = Forward(mission, *parts, self._tell_ground, self._tell_relay, to_rover)
        self._earth = EarthLeg(
            "link.earth", link.relay_rate_bit_s, link.relay_memory_b, *parts, timing.ground_ns, self._memory_full
        )
        self._reports = EarthLeg(
            "link.reports", link.relay_telemetry_rate_bit_s, _REPORT_MEMORY_B, *parts, timing.ground_ns, _ignore
        )
        self._returning = Returning(mission, tables, self._disturbances, scheduler, self._clcw, self._earth, science)
        self._correlation = TimeCorrelation()
        self._files_apid = mission.mdb.apids.get("files")
        self._files = Receiver(
            self._uplink_file,
            self._tell_console,
            self._await_file,
            merge_b=int(_REQUEST_B * link.return_rate_bit_s / link.forward_rate_bit_s),
            largest_b=int(min(mission.vehicle.store_size_b, LARGEST_FILE_B)),
        )
        self._sequences = {"relay": 0, "ground": 0, "files": 0}
        self._last_clcw = -1
        self._clcw_at_relay_ns = 0  # when the last of them was at the relay
        self._impaired = 0  # numbers the impairments
        scheduler.handlers.update(
            {
                "link.console": self._at_console,
                "link.products": self._file_timer,
                "link.impair": self._impair,
                "link.heal": self._heal,
            }
        )

    def uplink(self, packet: bytes, bypass: bool = False) -> None:
        """A telecommand packet leaves the console now; a bypass goes out of sequence, before everything that waits.

        Raises
        ------
        PacketError
            When no frame can carry it.
        """
        self._forward.uplink(packet, bypass)

    def downlink(self, t_ns: int, packet: bytes, generation_ns: int | None = None, science: bool = False) -> None:
        """The rover hands a telemetry packet to its transmitter; ``generation_ns`` is what its own clock says."""
        self._returning.downlink(t_ns, packet, t_ns if generation_ns is None else generation_ns, science)

    def set_return_rate(self, rate_bit_s: float) -> None:
        """The rover's transmitter is set to another rate, and everything that waits for an answer reckons with it."""
        self._returning.set_rate(rate_bit_s)
        self._timing.set_return_rate(rate_bit_s)
        self._forward.set_return_rate(rate_bit_s)

    def science_ready(self, t_ns: int) -> None:
        """The rover has science to be fetched."""
        self._returning.science_ready(t_ns)

    def round_trip_ns(self, t_ns: int) -> int:
        """A usual command's way there and its acknowledgement's back."""
        return self._timing.round_trip_ns(t_ns)

    def transmits_at(self, t_ns: int) -> int:
        """When a packet handed over at ``t_ns`` begins to be sent, if it is not science."""
        return self._returning.transmits_at(t_ns)

    @property
    def frames(self) -> int:
        """Telemetry frames that the rover has filled."""
        return self._returning.frames

    def _clcw(self) -> int:
        return self._forward.word

    # At the console

    def _at_console(self, t_ns: int, payload: list[Any]) -> None:
        packet, word, generation_ns, relay_ns = payload
        is_file = is_file_packet(packet, self._files_apid)
        if word >= 0:
            # What the relay had stored comes housekeeping first: a CLCW older than the last one says nothing any more.
            if relay_ns < self._clcw_at_relay_ns:
                word = self._last_clcw
            self._clcw_at_relay_ns = max(self._clcw_at_relay_ns, relay_ns)
            if word != self._last_clcw:
                self._last_clcw = word
                self._to_console(RawPacket(Direction.CLCW, generation_ns, t_ns, word.to_bytes(4, "big")))
                self._forward.clcw(t_ns, word)
            elif not self._forward.settled:
                self._forward.clcw(t_ns, word)
            if not is_file and packet[_SERVICE] == _TIME_SERVICE:
                self._correlate(t_ns, packet, relay_ns)
        self._to_console(RawPacket(Direction.TM, generation_ns, t_ns, packet))
        if is_file:
            self._files.take(t_ns, packet)

    # The file service

    def _uplink_file(self, t_ns: int, pdu: bytes) -> None:
        packet = wrap(self._files_apid or 0, self._sequences["files"], pdu, telecommand=True)
        self._sequences["files"] = (self._sequences["files"] + 1) & 0x3FFF
        self._to_console(RawPacket(Direction.TC, t_ns, t_ns, packet))
        self._forward.uplink_file(packet)

    def _await_file(self, t_ns: int, pdus: int, wait: int, payload: list[Any]) -> None:
        """The timer of an answer runs from when the last of so many PDUs can have been radiated."""
        sent_ns = t_ns + self._timing.ground_ns + pdus * self._timing.cltu_ns(_NAK_PACKET_B)
        due_ns = self._timing.answer_due_ns(sent_ns) + (wait - 1) * self._timing.round_trip_ns(t_ns)
        self._scheduler.at(due_ns, "link.products", payload)

    def _file_timer(self, t_ns: int, payload: list[Any]) -> None:
        """What waits at the station for a pass cannot have been answered."""
        if self._forward.file_frames:
            self._scheduler.at(t_ns + self._timing.round_trip_ns(t_ns), "link.products", payload)
        else:
            self._files.expired(t_ns, payload)

    def _correlate(self, t_ns: int, packet: bytes, relay_ns: int) -> None:
        sent_ns = relay_ns - self._tables.down_far_ns(relay_ns)
        begun_ns = relay_ns - self._tables.down_far_ns(sent_ns) - self._timing.return_ns(len(packet))
        (clock_ns,) = TIME_BODY.unpack_from(packet, _BODY)
        found = self._correlation.report(clock_ns, begun_ns)
        if found is not None:
            offset_ns, drift = found
            report = self._report("ground", begun_ns, "TIME_CORRELATED", [offset_ns / 1e9, drift * 1e6])
            self._to_console(RawPacket(Direction.TM, begun_ns, t_ns, report))

    # Reports of station and relay, and of the console's own end of the file service

    def _tell_console(self, t_ns: int, name: str, values: list[float]) -> None:
        self._to_console(RawPacket(Direction.TM, t_ns, t_ns, self._report("ground", t_ns, name, values)))

    def _tell_ground(self, t_ns: int, name: str, values: list[float]) -> None:
        report = self._report("ground", t_ns, name, values)
        self._scheduler.at(t_ns + self._timing.ground_ns, "link.console", [report, -1, t_ns, t_ns])

    def _tell_relay(self, t_ns: int, name: str, values: list[float]) -> None:
        report = self._report("relay", t_ns, name, values)
        self._reports.send(t_ns, len(report) + REPORT_FRAME_OVERHEAD_B, [report, -1, t_ns, t_ns])

    def _memory_full(self, t_ns: int) -> None:
        self._tell_relay(t_ns, "RELAY_MEMORY_FULL", [])

    def _report(self, source: str, t_ns: int, name: str, values: list[float]) -> bytes:
        mdb = self._mission.mdb
        packet = encode_tm(mdb.apids[source], self._sequences[source], 5, 1, t_ns, mdb.encode_event(name, values))
        self._sequences[source] = (self._sequences[source] + 1) & 0x3FFF
        return packet

    # Impairments

    def impair(self, impairment: Impairment, begin_ns: int, duration_ns: int) -> None:
        """Let something go wrong from then on, for so long."""
        self._impaired += 1
        i = impairment
        plain = [self._impaired, i.name, i.numbers, i.leg, i.station, begin_ns + duration_ns]
        self._scheduler.at(begin_ns, "link.impair", plain)

    def set_rules(self, rules: ContactRules) -> None:
        """The rules of a saved link, before it is loaded."""
        self._tables.follow(rules)

    def follow(self, rules: ContactRules) -> None:
        """The stations take turns by other rules from now on; what is under way arrives."""
        self.set_rules(rules)
        self._look_again()

    def set_skyline(self, skyline: GroundSkyline) -> bool:
        """The ground around the rover of a saved link, before it is loaded; whether contact is another by it."""
        return self._tables.stand(skyline, self._scheduler.now_ns)

    def stand(self, skyline: GroundSkyline) -> None:
        """The rover has this ground around it from now on; what is under way arrives."""
        if self.set_skyline(skyline):
            self._look_again()

    def _look_again(self) -> None:
        now_ns = self._scheduler.now_ns
        self._forward.look_again(now_ns)
        self._earth.look_again(now_ns)
        self._reports.look_again(now_ns)

    def _impair(self, t_ns: int, plain: list[Any]) -> None:
        number, name, numbers, leg, station, end_ns = plain
        impairment = Impairment(name, numbers, leg, station)
        self._disturbances.begin(number, impairment, t_ns, end_ns)
        self._scheduler.at(end_ns, "link.heal", number)
        self._tell_ground(t_ns, "IMPAIRMENT_BEGAN", [list(KINDS).index(name), impairment.amount])
        self._changed(t_ns, impairment, impairment.numbers.get("ppm", 0.0))

    def _heal(self, t_ns: int, number: int) -> None:
        impairment = self._disturbances.end(number)
        if impairment is not None:
            self._tell_ground(t_ns, "IMPAIRMENT_ENDED", [list(KINDS).index(impairment.name)])
            self._changed(t_ns, impairment, 0.0)

    def _changed(self, t_ns: int, impairment: Impairment, ppm: float) -> None:
        if impairment.name == "clock_drift":
            self._drift(t_ns, ppm)
        self._earth.look_again(t_ns)
        self._reports.look_again(t_ns)

    # Saved and loaded

    def save(self) -> dict[str, Any]:
        """Everything, as plain data; what is under way is in the scheduler."""
        return {
            "forward": self._forward.save(), "returning": self._returning.save(), "earth": self._earth.save(),
            "reports": self._reports.save(), "disturbances": self._disturbances.save(),
            "correlation": self._correlation.save(), "sequences": dict(self._sequences),
            "last_clcw": self._last_clcw, "clcw_at_relay_ns": self._clcw_at_relay_ns, "impaired": self._impaired,
            "files": self._files.save(),
        }  # fmt: skip

    def load(self, saved: dict[str, Any]) -> None:
        """Take the place of what ``save`` gave."""
        self._forward.load(saved["forward"])
        self._returning.load(saved["returning"])
        self.set_return_rate(self._returning.rate_bit_s)
        self._earth.load(saved["earth"])
        self._reports.load(saved["reports"])
        self._disturbances.load(saved["disturbances"])
        self._correlation.load(saved["correlation"])
        self._sequences = dict(saved["sequences"])
        self._last_clcw = saved["last_clcw"]
        self._clcw_at_relay_ns = saved.get("clcw_at_relay_ns", 0)
        self._impaired = saved["impaired"]
        self._files.load(saved["files"])


def _ignore(_: int) -> None:
    """The relay's few reports never fill their memory."""
