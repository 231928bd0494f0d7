"""The engine as a process of its own under the window: takes telecommands and clock orders, gives updates when asked.

Here, at the edge of the process, is the only wall clock below the window: it paces the simulated clock and times the
flushes; what the engine does depends on neither.
"""

import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from roverctl.archive.product_files import ProductFiles
from roverctl.archive.reader import open_log
from roverctl.commanding.journal import CONTACT_PLAN, Journal
from roverctl.core.errors import EngineError, InputError, LogError
from roverctl.core.nouns import Direction, RawPacket, Severity
from roverctl.core.times import SECOND_NS, format_utc
from roverctl.mission.file_pdus import is_file_packet
from roverctl.mission.profile import load_mission
from roverctl.session.engine import Engine, packets_in, read_snapshot, write_snapshot
from roverctl.session.ground_segment import GroundSegment
from roverctl.session.operation import Operation, OperationLock
from roverctl.session.serving import begin_log, close_files, serve
from roverctl.session.wire import (
    Await,
    Close,
    Follow,
    Impair,
    Poll,
    Send,
    SetClock,
    Told,
    pack_update,
    receive_down,
    send,
)  # fmt: skip
from roverctl.terrain.opening import open_terrain

_SLICE_EVENTS: Final = 400  # between two looks at the connection: some ten milliseconds
_LOOK_EVENTS: Final = 20  # between two looks whether a command has ended, where one is waited for
_SNAPSHOT_EVERY_NS: Final = 5 * SECOND_NS  # of wall time
_IDLE_S: Final = 0.02


def engine_main(connection: Connection, folder: str) -> None:
    """What the process runs until the window closes or dies."""
    serve(connection, folder, _Host, "the engine")


class _Host:
    """The engine with its operation, journal, recorder and clock."""

    def __init__(self, connection: Connection, operation: Operation) -> None:
        self._connection = connection
        self._operation = operation
        self._lock = OperationLock(operation)
        self._journal = Journal(operation.journal)
        mission = load_mission(operation.mission)
        terrain = open_terrain(mission, operation.layers, seed=operation.seed)
        self._engine = Engine(mission, terrain, operation.start_ns, operation.seed)
        self._playing = False
        self._awaited = Await(0)
        self._updates = 0
        self._stands_for = 0  # the update that tells why the clock stands; 0 while it runs
        self._speed = 1.0
        self._anchor_wall_ns = 0
        self._anchor_ns = operation.start_ns
        self._measured: tuple[int, int] = (time.monotonic_ns(), operation.start_ns)
        self._achieved = 0.0
        earlier = operation.logs()
        history = GroundSegment(mission.mdb, products=ProductFiles(operation.products))
        recorded = [packet for log in earlier for packet in self._read_back(log, history)]
        self._recorder = history.recorder = begin_log(operation, mission, len(earlier) + 1, {"terrain": terrain.label})
        self._engine.ground = history
        if earlier:
            self._resume(recorded)
        self._snapshot_wall_ns = time.monotonic_ns()
        self._save()

    # Coming back

    def _read_back(self, log: Path, history: GroundSegment) -> list[RawPacket]:
        """What an earlier log holds.

        Raises
        ------
        InputError
            When it was recorded with another profile: the world would be another.
        """
        packets = []
        reader = open_log(log)
        try:
            for packet in reader.packets():
                history.take(packet)
                packets.append(packet)
        except LogError as error:
            send(self._connection, Told(str(error), Severity.WARNING))
        profile = reader.file.metadata.get("operation", {}).get("profile_sha256")
        if profile is not None and profile != self._engine.mission.sha256:
            raise InputError(
                f"{self._operation.mission}: the mission was changed after {log.name} was recorded; "
                "an operation goes on only with the mission it was begun with"
            )
        if reader.file.notes:
            text = f"{log.name}: {reader.file.notes[0]}; what is missing at its end is made again"
            send(self._connection, Told(text, Severity.INFO))
        return packets

    def _resume(self, recorded: list[RawPacket]) -> None:
        """Take the last snapshot and do again what came after it, uplinks and impairments included. Packets that the
        logs have are not handed on a second time; the others are, and so are recorded now.
        """
        engine = self._engine
        snapshot = None
        try:
            snapshot = read_snapshot(self._operation.snapshot)
        except EngineError as error:
            text = f"{error}; the simulated world is made again from the beginning"
            send(self._connection, Told(text, Severity.WARNING))
        # A snapshot later than what the logs kept would leave a gap: then everything is made again, too.
        if snapshot is not None and packets_in(snapshot) <= len(recorded):
            engine.load(snapshot)
        if recorded:
            last_ns = recorded[-1].reception_ns
            engine.skip_recorded([packet for packet in recorded if packet.reception_ns == last_ns])
        impairments = self._journal.impairments()[engine.impairments :]
        uplinks = self._uplinks(recorded)
        for number in range(engine.uplinks, len(uplinks) + 1):
            while impairments and (impairments[0].uplinks <= number or number == len(uplinks)):
                again = impairments.pop(0)
                engine.advance_to(again.at_ns)
                if again.name == CONTACT_PLAN:
                    engine.follow(str(again.arguments["plan"]))
                else:
                    engine.impair(again.name, again.arguments, again.duration_s)
            if number < len(uplinks):
                at_ns, packet = uplinks[number]
                engine.advance_to(at_ns)
                engine.uplink(packet)
        if recorded:
            engine.advance_to(max(engine.now_ns, recorded[-1].reception_ns))
        text = f"resumed at {format_utc(engine.now_ns)}: {len(recorded)} packets read back; "
        send(self._connection, Told(text + "time stands still until you play", Severity.INFO))

    def _uplinks(self, recorded: list[RawPacket]) -> list[tuple[int, bytes]]:
        """The journal's; the logs' own where the journal has lost some."""
        journaled = [(uplink.at_ns, uplink.packet) for uplink in self._journal.uplinks()]
        files = self._engine.mission.mdb.apids.get("files")  # what the file service sends up is made again
        logged = [
            (p.reception_ns, p.data)
            for p in recorded
            if p.direction is Direction.TC and not is_file_packet(p.data, files)
        ]
        if len(journaled) >= len(logged):
            return journaled
        text = (
            f"the journal has {len(journaled)} telecommands, the logs {len(logged)}: those of the logs are done again"
        )
        send(self._connection, Told(text, Severity.WARNING))
        return logged

    # The loop

    def run(self) -> None:
        """Serve until told to close."""
        while True:
            reached = self._advance()
            now_wall_ns = time.monotonic_ns()
            self._recorder.flush_if_due(now_wall_ns)
            if now_wall_ns - self._snapshot_wall_ns > _SNAPSHOT_EVERY_NS and self._playing:
                self._save()
            wait_s = _IDLE_S if reached else 0.0
            while self._connection.poll(wait_s):
                message = receive_down(self._connection)
                if isinstance(message, Close):
                    return
                self._handle(message)
                wait_s = 0.0

    def _handle(self, message: object) -> None:
        if isinstance(message, Poll):
            self._measure()
            self._updates += 1
            update = pack_update(self._engine.report(), self._engine.now_ns, self._playing, self._achieved)
            send(self._connection, update)
        elif isinstance(message, Await):
            self._awaited = message
            awaits = message.end or message.until_ns is not None
            if self._stands_for and (message.seen >= self._stands_for or not awaits):
                self._stands_for = 0
                self._anchor_wall_ns, self._anchor_ns = time.monotonic_ns(), self._engine.now_ns
        elif isinstance(message, SetClock):
            self._playing, self._speed = message.playing, message.speed
            self._anchor_wall_ns, self._anchor_ns = time.monotonic_ns(), self._engine.now_ns
            self._measured = (self._anchor_wall_ns, self._anchor_ns)
            self._achieved = 0.0
            if not self._playing:
                self._save()
        elif isinstance(message, Send):
            # The journal first: if the process dies between the two lines, resuming sends what the journal has.
            self._journal.write_uplink(self._engine.now_ns, message.command, message.packet)
            self._engine.uplink(message.packet)
        elif isinstance(message, Follow):
            self._journal.write_plan(self._engine.now_ns, message.plan)
            self._engine.follow(message.plan)
        elif isinstance(message, Impair):
            self._journal.write_impairment(self._engine.now_ns, message.name, message.arguments, message.duration_s)
            self._engine.impair(message.name, message.arguments, message.duration_s)

    def _advance(self) -> bool:
        """Follow the wall clock as far as a slice goes; False when there is more to catch up with."""
        if not self._playing or self._stands_for:
            return True
        wall_ns = time.monotonic_ns()
        target_ns = self._anchor_ns + round((wall_ns - self._anchor_wall_ns) * self._speed)
        reached = self._advance_to(target_ns)
        if not reached:
            # Too slow for the speed asked: go on from here instead of running after an ever farther mark.
            behind_ns = target_ns - self._engine.now_ns
            if behind_ns > self._speed * 0.25 * SECOND_NS:
                self._anchor_wall_ns, self._anchor_ns = wall_ns, self._engine.now_ns
        return reached

    def _advance_to(self, target_ns: int) -> bool:
        """A slice of the way, no farther than what is awaited: then the clock stands until the window has answered."""
        engine, awaited = self._engine, self._awaited
        if awaited.until_ns is not None:
            target_ns = min(target_ns, max(awaited.until_ns, engine.now_ns))
        if not awaited.end:
            reached = engine.advance_to(target_ns, _SLICE_EVENTS)
        else:
            budget = _SLICE_EVENTS // _LOOK_EVENTS
            reached = False
            while budget and not reached and not engine.ground.command_ended:
                reached = engine.advance_to(min(target_ns, engine.now_ns + SECOND_NS), _LOOK_EVENTS) and (
                    engine.now_ns >= target_ns
                )
                budget -= 1
        at_time = awaited.until_ns is not None and engine.now_ns >= awaited.until_ns
        if at_time or (awaited.end and engine.ground.command_ended):
            self._stands_for = self._updates + 1
            reached = True
        return reached

    def _measure(self) -> None:
        """Achieved speed over at least half a second."""
        wall_ns = time.monotonic_ns()
        then_wall_ns, then_ns = self._measured
        if wall_ns - then_wall_ns >= SECOND_NS // 2:
            self._achieved = (self._engine.now_ns - then_ns) / (wall_ns - then_wall_ns)
            self._measured = (wall_ns, self._engine.now_ns)

    def _save(self) -> None:
        """A snapshot, after what it counts is on disk."""
        self._recorder.flush()
        write_snapshot(self._operation.snapshot, self._engine.save())
        self._snapshot_wall_ns = time.monotonic_ns()

    def close(self) -> None:
        """Everything on disk."""
        self._engine.report()
        self._save()
        close_files(self._recorder, self._engine.ground, self._journal, self._lock)
