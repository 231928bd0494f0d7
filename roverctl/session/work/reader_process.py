"""Reads a log for replay in a process of its own: the same updates as the engine gives, as fast as they are taken."""

from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from roverctl.archive.reader import open_log
from roverctl.core.errors import EngineError, LogError
from roverctl.core.nouns import Severity
from roverctl.mission.profile import load_mission
from roverctl.session.ground_segment import GroundSegment
from roverctl.session.report import Report
from roverctl.session.wire import Close, Failed, Poll, Told, pack_update, receive_down, send

_PACKETS: Final = 4000  # in an update


def reader_main(connection: Connection, log: str, mission: str) -> None:
    """What the process runs until the log is read or the window closes."""
    try:
        _read(connection, Path(log), mission)
    except LogError as error:
        send(connection, Failed(str(error)))
    except (EngineError, EOFError, ConnectionError):
        return  # the window is gone


def _read(connection: Connection, log: Path, mission: str) -> None:
    ground = GroundSegment(load_mission(mission).mdb)
    reader = open_log(log)
    for count, packet in enumerate(reader.packets(), start=1):
        ground.take(packet)
        if count % _PACKETS == 0:
            share = reader.file.read_b / max(1, reader.file.size_b)
            if not _hand_over(connection, ground.report(), packet.reception_ns, min(share, 0.999)):
                return
    for note in reader.file.notes:
        text = f"{log.name}: {note}; read up to there"
        send(connection, Told(text, Severity.WARNING))
    _hand_over(connection, ground.report(), 0, 1.0)


def _hand_over(connection: Connection, report: Report, now_ns: int, loaded: float) -> bool:
    """Wait to be asked, then give; False when told to close."""
    while True:
        message = receive_down(connection)
        if isinstance(message, Close):
            return False
        if isinstance(message, Poll):
            send(connection, pack_update(report, now_ns, False, 0.0, loaded))
            return True
