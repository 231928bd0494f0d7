"""The engine: link and simulated rover on one discrete-event clock, with the ground's reading of what comes back.

Its state is plain data. How ``advance_to`` is sliced, at what speed, and whether it was saved and loaded in between
makes no difference to a single byte.
"""

import hashlib
from pathlib import Path
from typing import Any, Final

import msgspec

from roverctl.archive.recorder import Recorder
from roverctl.core.errors import EngineError, PacketError
from roverctl.core.nouns import Direction, RawPacket
from roverctl.core.scheduler import Scheduler
from roverctl.core.times import SECOND_NS
from roverctl.ephemeris.sky import Sky
from roverctl.mission.contacts import read_contact_text
from roverctl.mission.file_pdus import is_file_packet
from roverctl.mission.packets import decode_tc
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.ground_skyline import GroundSkylines, Node, node_at
from roverctl.relay.delivery.tables import LinkTables
from roverctl.relay.impairments import Planned, duration_ns, read_impairment
from roverctl.relay.link import Link
from roverctl.rover.executive import CYCLE_NS, Executive
from roverctl.rover.products.sender import Sender
from roverctl.session.ground_segment import GroundSegment
from roverctl.session.report import Report
from roverctl.terrain.source import Terrain
from roverctl.vehicle import state as st
from roverctl.vehicle.ground import Ground
from roverctl.vehicle.machine import Machine

_SNAPSHOT_VERSION: Final = 3
_PATIENCE_NS: Final = 10 * SECOND_NS  # of the rover for an acknowledgement, above two round trips; our choice


class Engine:
    """A simulated operation.

    Parameters
    ----------
    mission
        The profile; its ``start_state`` is where the rover stands.
    terrain
        The true ground.
    start_ns, seed
        When the operation begins, and what its random numbers come from.
    recorder
        Takes everything that passes the console, when there is one.
    """

    def __init__(
        self, mission: Mission, terrain: Terrain, start_ns: int, seed: int, recorder: Recorder | None = None
    ) -> None:
        self.mission = mission
        self.start_ns = start_ns
        self.seed = seed
        self.scheduler = Scheduler(start_ns)
        self._skylines = GroundSkylines(terrain, mission.body.radius_m)
        self.ground = GroundSegment(mission.mdb, recorder)
        sky = Sky(mission)
        sky.check(start_ns)
        self.warning = sky.warning(start_ns)
        machine = Machine(
            mission, Ground(terrain, mission.terrain.ground_spacing_m), sky.sun, start_ns, seed=seed, noisy=True
        )
        self._plan = ""  # by which the stations take turns, as TOML; the profile's where it is empty
        self._link = Link(
            mission,
            LinkTables(sky, seed),
            self.scheduler,
            self._to_rover,
            self._to_console,
            seed,
            self._drift,
            self._science,
        )
        self._files_apid = mission.mdb.apids.get("files")
        products = Sender(
            self._files_apid or 0, mission.link.return_rate_bit_s, self._link.science_ready, self._await_ground
        )
        self.rover = Executive(mission, machine, start_ns, self._downlink, products, self._link.set_return_rate)
        self._node: Node | None = None  # whose skyline the link goes by
        self._stand()
        self.scheduler.handlers["rover.products"] = products.expired
        self._clock = self.rover.clock
        self.scheduler.handlers["rover.cycle"] = self._cycle
        self.scheduler.at(start_ns + CYCLE_NS, "rover.cycle", None, priority=1)
        self._hash = hashlib.sha256()
        self.packets = 0
        self.uplinks = 0
        self.impairments = 0
        self._recorded_to_ns = start_ns - 1  # what came before is in earlier recordings
        self._recorded_then: frozenset[bytes] = frozenset()  # and of what comes right then, these

    @property
    def now_ns(self) -> int:
        """The clock."""
        return self.scheduler.now_ns

    def uplink(self, packet: bytes) -> None:
        """A telecommand packet leaves the console now."""
        now_ns = self.scheduler.now_ns
        self.uplinks += 1
        self._to_console(RawPacket(Direction.TC, now_ns, now_ns, packet))
        self._link.uplink(packet, self._bypasses(packet))

    def _bypasses(self, packet: bytes) -> bool:
        """Whether the MDB says that a telecommand goes out of sequence; one that cannot be read does not."""
        try:
            tc = decode_tc(packet)
        except PacketError:
            return False
        return self.mission.mdb.bypasses(tc.service, tc.subservice, tc.body)

    def impair(self, name: str, arguments: dict[str, Any], duration_s: float) -> None:
        """Let something go wrong with the link from now on, for so long.

        Raises
        ------
        InputError
            When there is no such impairment, or an argument is wrong.
        """
        impairment = read_impairment(name, arguments, self.mission)
        self.schedule([Planned(self.now_ns, duration_ns(duration_s), impairment)])

    def follow(self, plan: str) -> None:
        """Let the stations take turns by another contact plan from now on; a table [contact], as in a profile.

        Raises
        ------
        ProfileError
            When it is none.
        """
        rules = read_contact_text(plan, self.mission.stations)
        self.impairments += 1  # the journal has both in one row
        self._plan = plan
        self._link.follow(rules)

    def schedule(self, planned: list[Planned]) -> None:
        """Let things go wrong when their time comes."""
        for item in planned:
            self.impairments += 1
            self._link.impair(item.impairment, item.begin_ns, item.duration_ns)

    def advance_to(self, t_ns: int, budget: int | None = None) -> bool:
        """Let everything happen up to ``t_ns``, or at most ``budget`` events; True when the clock stands there."""
        return self.scheduler.advance_to(t_ns, budget)

    def report(self) -> Report:
        """What reached the console since the last call."""
        return self.ground.report()

    @property
    def tm_frames(self) -> int:
        """Telemetry frames that the rover has filled."""
        return self._link.frames

    @property
    def packets_sha256(self) -> str:
        """Over all telemetry packets received, in order, each with its reception time."""
        return self._hash.hexdigest()

    def _cycle(self, t_ns: int, _: Any) -> None:
        self.rover.cycle(t_ns)
        self._stand()
        if self.rover.owes_time:
            begins_ns = self._link.transmits_at(t_ns)
            self._downlink(begins_ns, self.rover.time_report(begins_ns))
        self.scheduler.at(t_ns + CYCLE_NS, "rover.cycle", None, priority=1)

    def _stand(self) -> None:
        """The link goes by the true ground around the rover's true place."""
        node = node_at(float(self.rover.state[st.EAST]), float(self.rover.state[st.NORTH]))
        if node != self._node:
            self._node = node
            self._link.stand(self._skylines.around(node))

    def _downlink(self, t_ns: int, packet: bytes) -> None:
        self._link.downlink(t_ns, packet, self._clock.reading(t_ns))

    def _drift(self, t_ns: int, ppm: float) -> None:
        self._clock.drift(t_ns, ppm)

    def _science(self, t_ns: int) -> tuple[bytes, int] | None:
        packet = None if self._files_apid is None else self.rover.products.next_packet(t_ns)
        return None if packet is None else (packet, self._clock.reading(t_ns))

    def _await_ground(self, t_ns: int, wait: int, payload: list[int]) -> None:
        """As the rover's operators have set its timers: by the modelled round trip."""
        due_ns = t_ns + wait * (2 * self._link.round_trip_ns(t_ns) + _PATIENCE_NS)
        self.scheduler.at(due_ns, "rover.products", payload)

    def _to_rover(self, t_ns: int, packet: bytes) -> None:
        if is_file_packet(packet, self._files_apid):
            self.rover.products.take(t_ns, packet)
        else:
            self.rover.telecommand(t_ns, packet)

    def _to_console(self, packet: RawPacket) -> None:
        self.packets += 1
        self._hash.update(packet.reception_ns.to_bytes(8, "big") + packet.data)
        last_ns = self._recorded_to_ns
        if packet.reception_ns > last_ns or (packet.reception_ns == last_ns and packet.data not in self._recorded_then):
            self.ground.take(packet)

    def skip_recorded(self, last: list[RawPacket]) -> None:
        """Earlier recordings hold what was received before ``last``, the packets received at their last instant, and
        these: make them again, but hand them on no more. What such a recording lost in its midst stays a gap.
        """
        self._recorded_to_ns = last[0].reception_ns
        self._recorded_then = frozenset(packet.data for packet in last)

    # Saved and loaded

    def save(self) -> bytes:
        """A snapshot: plain data as MessagePack. The running hash is not part of it."""
        return msgspec.msgpack.encode(
            {
                "version": _SNAPSHOT_VERSION,
                "mission": self.mission.sha256,
                "start_ns": self.start_ns,
                "seed": self.seed,
                "packets": self.packets,
                "uplinks": self.uplinks,
                "impairments": self.impairments,
                "contact_plan": self._plan,
                "node": self._node,
                "scheduler": self.scheduler.save(),
                "link": self._link.save(),
                "rover": self.rover.save(),
            }
        )

    def load(self, snapshot: bytes) -> None:
        """Continue from a snapshot.

        Raises
        ------
        EngineError
            When it is of another mission, operation or version.
        """
        try:
            saved = msgspec.msgpack.decode(snapshot)
        except msgspec.DecodeError as error:
            raise EngineError(f"the snapshot cannot be read: {error}") from None
        if saved.get("version") != _SNAPSHOT_VERSION:
            raise EngineError(
                f"the snapshot has version {saved.get('version')}, this program reads {_SNAPSHOT_VERSION}"
            )
        for key, mine in (("mission", self.mission.sha256), ("start_ns", self.start_ns), ("seed", self.seed)):
            if saved[key] != mine:
                raise EngineError(f"the snapshot is of another operation: its {key} is {saved[key]}, not {mine}")
        self.packets = saved["packets"]
        self.uplinks = saved["uplinks"]
        self.impairments = saved["impairments"]
        self._plan = saved.get("contact_plan", "")
        if self._plan:
            self._link.set_rules(read_contact_text(self._plan, self.mission.stations))
        self.scheduler.load(saved["scheduler"])
        if "node" in saved:
            east, north = saved["node"]
            self._node = east, north
            self._link.set_skyline(self._skylines.around(self._node))
        self._link.load(saved["link"])
        self.rover.load(saved["rover"])


def packets_in(snapshot: bytes) -> int:
    """How many packets had reached the console when a snapshot was taken."""
    return int(msgspec.msgpack.decode(snapshot)["packets"])


def write_snapshot(file: Path, snapshot: bytes) -> None:
    """Whole or not at all, its checksum in front."""
    part = file.with_suffix(".part")
    part.write_bytes(hashlib.sha256(snapshot).digest() + snapshot)
    part.replace(file)


def read_snapshot(file: Path) -> bytes:
    """What ``write_snapshot`` wrote.

    Raises
    ------
    EngineError
        When the file is not there, cannot be read or was changed: a world that differs in a bit is another world.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise EngineError(f"{file.name}: {error.strerror}") from None
    digest, snapshot = content[:32], content[32:]
    if hashlib.sha256(snapshot).digest() != digest:
        raise EngineError(f"{file.name}: damaged: its checksum fails")
    return snapshot
