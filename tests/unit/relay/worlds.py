"""A link under a sky that stands still, with what came out at both ends."""

from collections.abc import Callable

from roverctl.core.nouns import Direction, RawPacket
from roverctl.core.scheduler import Scheduler
from roverctl.core.times import SECOND_NS, parse_utc
from roverctl.mission.packets import decode_tm, encode_tc, encode_tm
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.tables import LinkTables
from roverctl.relay.impairments import read_impairment
from roverctl.relay.link import Link

START = parse_utc("2019-01-11T12:00:00Z")
NEAR_NS = 1_500_000_000
FAR_NS = 200_000_000


class StillTables(LinkTables):
    """Light times that stay, and a station that always sees the relay."""

    def __init__(self, near_ns: int = NEAR_NS, far_ns: int = FAR_NS, stations: int = 3) -> None:
        self.near_ns, self.far_ns, self.stations = near_ns, far_ns, stations

    def up_near_ns(self, station: int, t_ns: int) -> int:
        return self.near_ns

    def down_near_ns(self, station: int, t_ns: int) -> int:
        return self.near_ns

    def up_far_ns(self, t_ns: int) -> int:
        return self.far_ns

    def down_far_ns(self, t_ns: int) -> int:
        return self.far_ns

    def contact(self, t_ns: int, search_ns: int = 0, without: frozenset[int] = frozenset()) -> tuple[int, int] | None:
        return next(((t_ns, s) for s in range(self.stations) if s not in without), None)


class World:
    """A link, a rover that sends a packet every ``beat_s``, and a console that keeps what comes."""

    def __init__(
        self, mission: Mission, tables: LinkTables | None = None, seed: int = 0, beat_s: float = 1.0, keep: bool = True,
        science: Callable[[int], tuple[bytes, int] | None] = lambda t_ns: None,
    ) -> None:  # fmt: skip
        self.mission = mission
        self.scheduler = Scheduler(START)
        self.at_rover: list[tuple[int, bytes]] = []
        self.at_console: list[RawPacket] = []
        self.events: list[tuple[int, str, dict[str, float]]] = []
        self._keep = keep
        self._beat_ns = round(beat_s * SECOND_NS)
        self._beats = 0
        self._sent = 0
        self.link = Link(
            mission, StillTables() if tables is None else tables, self.scheduler, self._rover, self._console, seed,
            science=science,
        )  # fmt: skip
        self.scheduler.handlers["test.beat"] = self._beat
        if beat_s:
            self.scheduler.at(START, "test.beat")

    def _rover(self, t_ns: int, packet: bytes) -> None:
        self.at_rover.append((t_ns, packet))

    def _beat(self, t_ns: int, _: None) -> None:
        self._beats += 1
        self.link.downlink(t_ns, telemetry(self._beats))
        self.scheduler.at(t_ns + self._beat_ns, "test.beat")

    def _console(self, packet: RawPacket) -> None:
        if self._keep:
            self.at_console.append(packet)
        if packet.direction is Direction.TM and packet.data[0] & 8 and packet.data[7] == 5:
            report, values = self.mission.mdb.decode_event(decode_tm(packet.data).body)
            self.events.append((packet.reception_ns, report.name, values))

    def run(self, seconds: float) -> None:
        """Let so much time pass."""
        self.scheduler.advance_to(self.scheduler.now_ns + round(seconds * SECOND_NS))

    def send(self, size: int = 0, bypass: bool = False) -> bytes:
        """Uplink a telecommand with a count of its own."""
        packet = encode_tc(161, self._sent, 8, 1, bytes(size))
        self._sent += 1
        self.link.uplink(packet, bypass)
        return packet

    def impair(self, name: str, seconds: float, begin_s: float = 0.0, **arguments: object) -> None:
        """Let something go wrong, ``begin_s`` from now."""
        impairment = read_impairment(name, dict(arguments), self.mission)
        begin_ns = self.scheduler.now_ns + round(begin_s * SECOND_NS)
        self.link.impair(impairment, begin_ns, round(seconds * SECOND_NS))

    def told(self, name: str) -> list[dict[str, float]]:
        """The arguments of all events of a name."""
        return [values for _, event, values in self.events if event == name]

    @property
    def taken(self) -> list[bytes]:
        """Packets that reached the rover, in order."""
        return [packet for _, packet in self.at_rover]


def telemetry(number: int, size: int = 60, service: int = 3) -> bytes:
    """A packet of the rover's."""
    return encode_tm(161, number, service, 25, START, bytes(size))
