"""What the ground makes of raw packets: rows, events and stage changes, and the decoded half of the log.

Live engine, replay and recovery all pass their packets through here; there is no second way to read telemetry.
"""

from dataclasses import dataclass, replace
from typing import Final

from roverctl.archive.product_files import ProductFiles
from roverctl.archive.recorder import Recorder
from roverctl.commanding.evidence import Evidence
from roverctl.core.errors import PacketError
from roverctl.core.nouns import Direction, Event, RawPacket, Severity, Stage, StageChange
from roverctl.mission.file_pdus import is_file_packet
from roverctl.mission.mdb import Mdb
from roverctl.mission.packets import decode_tm
from roverctl.session.report import Report
from roverctl.telemetry.decoder import TelemetryDecoder

_MOST_DRIFT: Final = 0.1  # beyond it a correlation is nonsense; our choice


@dataclass(frozen=True, slots=True)
class Correlation:
    """The rover's clock as the station last found it: so far ahead at a UTC, and drifting."""

    at_ns: int
    offset_ns: int
    drift: float

    def utc_ns(self, clock_ns: int) -> int:
        """UTC by a reading of the rover's clock."""
        since_ns = clock_ns - self.at_ns - self.offset_ns
        return self.at_ns + since_ns - round(since_ns * self.drift / (1.0 + self.drift))


class GroundSegment:
    """Takes raw packets, in the order of reception.

    Parameters
    ----------
    mdb
        What packets mean.
    recorder
        Takes everything, when there is one.
    products
        Writes science products to files, when there is one.
    """

    def __init__(self, mdb: Mdb, recorder: Recorder | None = None, products: ProductFiles | None = None) -> None:
        self._mdb = mdb
        self.recorder = recorder
        self.products = products
        self._files_apid = mdb.apids.get("files")
        self._decoder = TelemetryDecoder(mdb)
        self._evidence = Evidence()
        self._rover_apid = mdb.apids["rover"]
        self._clock: Correlation | None = None
        self._stages: list[StageChange] = []
        self._released: list[tuple[int, bytes]] = []
        self._complaints: list[Event] = []

    def take(self, packet: RawPacket) -> None:
        """Record and read one packet; one that cannot be read becomes an event, not an end."""
        if self.recorder is not None:
            self.recorder.raw(packet)
        if packet.direction is not Direction.CLCW and is_file_packet(packet.data, self._files_apid):
            if packet.direction is Direction.TM and self.products is not None:
                self.products.take(packet.data)
            return
        if packet.direction is Direction.TC:
            self._released.append((packet.reception_ns, packet.data))
            return
        if packet.direction is Direction.CLCW:
            word = int.from_bytes(packet.data, "big")
            sampled_ns = packet.generation_ns if self._clock is None else self._clock.utc_ns(packet.generation_ns)
            self._stages += self._evidence.clcw(word, sampled_ns, packet.reception_ns)
            return
        try:
            self._telemetry(packet)
        except PacketError as error:
            text = f"a telemetry packet of {len(packet.data)} bytes could not be read: {error}"
            self._complain(packet.reception_ns, "UNREADABLE_PACKET", text)

    def _complain(self, t_ns: int, name: str, text: str) -> None:
        self._complaints.append(Event(t_ns, t_ns, "console", name, Severity.WARNING, text))

    def _product(self, name: str, values: dict[str, float], t_ns: int) -> None:
        """A product has come, or will not: its file gets its name, or none."""
        if self.products is None:
            return
        number = int(values["product"])
        if name == "PRODUCT_FAILED":
            self.products.forget(number)
        elif not self.products.complete(number, int(values["size"]), int(values["checksum"])):
            why = self.products.problem or "its pieces are not on the disk"
            self._complain(t_ns, "PRODUCT_NOT_KEPT", f"product {number} came whole, but its file is not: {why}")

    def _telemetry(self, packet: RawPacket) -> None:
        tm = decode_tm(packet.data)
        received = packet.reception_ns
        if self._clock is not None and tm.apid == self._rover_apid:
            tm = replace(tm, generation_ns=self._clock.utc_ns(tm.generation_ns))
        if (tm.service, tm.subservice) == (3, 25):
            name, values = self._decoder.housekeeping(tm, received)
            if self.recorder is not None:
                self.recorder.values(name, received, tm.generation_ns, values)
        elif tm.service == 1:
            changes = self._evidence.verification(tm, received)
            if changes is None:
                raise PacketError(f"no verification report is ST[1,{tm.subservice}] with {len(tm.body)} bytes")
            self._stages += changes
        elif tm.service == 5:
            name, values = self._decoder.event(tm, received)
            # The evidence keeps the link's own time where it is finer than the packet's millisecond.
            change = self._evidence.event(name, values, packet.generation_ns, received)
            if change is not None:
                self._stages.append(change)
            if name in ("PRODUCT_COMPLETE", "PRODUCT_FAILED"):
                self._product(name, values, received)
            if name == "TIME_CORRELATED":
                drift = values["drift"] * 1e-6
                if not abs(drift) < _MOST_DRIFT:
                    raise PacketError(f"no clock drifts by {values['drift']:g} ppm: the correlation is not followed")
                self._clock = Correlation(packet.generation_ns, round(values["offset"] * 1e9), drift)
        elif (tm.service, tm.subservice) == (9, 2):
            return  # the station makes its correlations of these
        else:
            raise PacketError(f"telemetry of an unknown service, ST[{tm.service},{tm.subservice}]")

    @property
    def command_ended(self) -> bool:
        """Whether what came since the last report tells of a command that it has ended or failed."""
        return any(change.stage is Stage.COMPLETED or change.failed for change in self._stages)

    def report(self) -> Report:
        """What came since the last call."""
        blocks, events = self._decoder.take()
        if self.recorder is not None:
            for event in events:
                self.recorder.event(
                    event.reception_ns,
                    event.generation_ns,
                    {"source": event.source, "name": event.name, "severity": event.severity.name, "text": event.text},
                )
        report = Report(blocks, events + self._complaints, self._stages, self._released)
        self._complaints, self._stages, self._released = [], [], []
        return report
