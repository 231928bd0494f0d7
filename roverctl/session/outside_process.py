"""The process that stands under the window in the engine's place where the vehicle is outside (``--link``).

Its clock is UTC as the wall tells it. Nothing of a real vehicle can be made again: what an earlier log lacks stays a
gap. Journal first, then the act, as in a simulation.
"""

import time
from multiprocessing.connection import Connection
from typing import Final

from roverctl.archive.product_files import ProductFiles
from roverctl.archive.reader import open_log
from roverctl.commanding.journal import Journal
from roverctl.core.errors import LogError
from roverctl.core.nouns import Severity
from roverctl.mission.profile import load_mission
from roverctl.session.operation import Operation, OperationLock
from roverctl.session.outside import NO_IMPAIRMENTS, OutsideEngine
from roverctl.session.serving import begin_log, close_files, serve
from roverctl.session.wire import (
    Close,
    Follow,
    Impair,
    Poll,
    Send,
    Told,
    pack_update,
    receive_down,
    send,
)  # fmt: skip

_IDLE_S: Final = 0.02  # between two looks at the link
_BUSY_S: Final = 0.002  # when the last look brought something


def outside_main(connection: Connection, folder: str) -> None:
    """What the process runs until the window closes or dies."""
    serve(connection, folder, _Host, "the link")


class _Host:
    """The link with its operation, journal and recorder."""

    def __init__(self, connection: Connection, operation: Operation) -> None:
        self._connection = connection
        self._lock = OperationLock(operation)
        mission = load_mission(operation.mission)
        self._engine = OutsideEngine(mission, operation.link, time.time_ns())
        self._journal = Journal(operation.journal)
        ground = self._engine.ground
        ground.products = ProductFiles(operation.products)
        earlier = operation.logs()
        for log in earlier:
            reader = open_log(log)
            try:
                for packet in reader.packets():
                    ground.take(packet)
            except LogError as error:
                send(connection, Told(str(error), Severity.WARNING))
        self._recorder = ground.recorder = begin_log(operation, mission, len(earlier) + 1, {"link": operation.link})

    def run(self) -> None:
        """Serve until told to close."""
        while True:
            before = self._recorder.messages
            self._engine.advance_to(time.time_ns())
            self._recorder.flush_if_due(time.monotonic_ns())
            wait_s = _BUSY_S if self._recorder.messages != before else _IDLE_S
            while self._connection.poll(wait_s):
                message = receive_down(self._connection)
                if isinstance(message, Close):
                    return
                self._handle(message)
                wait_s = 0.0

    def _handle(self, message: object) -> None:
        engine = self._engine
        if isinstance(message, Poll):
            send(self._connection, pack_update(engine.report(), engine.now_ns, True, 1.0))
        elif isinstance(message, Send):
            engine.advance_to(time.time_ns())
            self._journal.write_uplink(engine.now_ns, message.command, message.packet)
            engine.uplink(message.packet)
        elif isinstance(message, Follow):
            self._journal.write_plan(engine.now_ns, message.plan)
        elif isinstance(message, Impair):
            send(self._connection, Told(NO_IMPAIRMENTS, Severity.WARNING))

    def close(self) -> None:
        """Everything on disk."""
        self._engine.close()
        self._engine.report()
        close_files(self._recorder, self._engine.ground, self._journal, self._lock)
