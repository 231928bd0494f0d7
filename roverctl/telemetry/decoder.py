"""Telemetry packets into rows of parameters and events, by the MDB."""

from dataclasses import dataclass, field

import numpy as np

from roverctl.core.errors import InputError, PacketError
from roverctl.core.nouns import Event, Severity
from roverctl.mission.mdb import Mdb
from roverctl.mission.packets import TmPacket
from roverctl.mission.profile import Mission
from roverctl.mission.rates import housekeeping_cycles
from roverctl.telemetry.store import Block, ParameterStore


@dataclass(slots=True)
class _Rows:
    generation_ns: list[int] = field(default_factory=list)
    reception_ns: list[int] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)


class TelemetryDecoder:
    """Gathers what packets bring until ``take`` fetches it as columns."""

    def __init__(self, mdb: Mdb) -> None:
        self._mdb = mdb
        self._sources = {apid: name for name, apid in mdb.apids.items()}
        self._rows: dict[str, _Rows] = {}
        self._events: list[Event] = []

    def housekeeping(self, packet: TmPacket, reception_ns: int) -> tuple[str, dict[str, float]]:
        """Decode an ST[3,25] packet; its name and its values by parameter.

        Raises
        ------
        PacketError
            When the structure is unknown or the body does not have its length.
        """
        codec = self._mdb.packets.get((packet.apid, packet.body[0] if packet.body else -1))
        if codec is None:
            raise PacketError(f"housekeeping of an unknown structure from APID {packet.apid}")
        if len(packet.body) != 1 + codec.layout.size:
            raise PacketError(f"{codec.packet.name}: {len(packet.body) - 1} bytes, {codec.layout.size} expected")
        values = codec.decode(packet.body[1:])
        rows = self._rows.setdefault(codec.packet.name, _Rows())
        rows.generation_ns.append(packet.generation_ns)
        rows.reception_ns.append(reception_ns)
        rows.values.append(values)
        return codec.packet.name, dict(zip(codec.names, values, strict=True))

    def event(self, packet: TmPacket, reception_ns: int) -> tuple[str, dict[str, float]]:
        """Decode an ST[5] packet; the event's name and its arguments.

        Raises
        ------
        PacketError
            When the MDB knows no such event.
        """
        try:
            report, values = self._mdb.decode_event(packet.body)
        except InputError as error:
            raise PacketError(str(error)) from None
        source = self._sources.get(packet.apid, str(packet.apid))
        severity = Severity[report.severity.upper()]
        text = self._mdb.event_text(report, values)
        self._events.append(Event(packet.generation_ns, reception_ns, source, report.name, severity, text))
        return report.name, values

    def take(self) -> tuple[list[Block], list[Event]]:
        """What came since the last call."""
        blocks = [
            Block(
                name,
                np.array(rows.generation_ns, dtype=np.int64),
                np.array(rows.reception_ns, dtype=np.int64),
                np.array(rows.values, dtype=np.float64),
            )
            for name, rows in self._rows.items()
        ]
        events = self._events
        self._rows = {}
        self._events = []
        return blocks, events


def empty_store(mission: Mission) -> ParameterStore:
    """A parameter store with the MDB's packets, each with the period that the return rate leaves it."""
    return ParameterStore(
        {c.packet.name: (c.names, float(housekeeping_cycles(c, mission.link))) for c in mission.mdb.packets.values()}
    )
