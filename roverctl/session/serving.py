"""What the processes under the window have in common: how one is run to its end, what its recorder begins with, and how
everything is on disk when it leaves.
"""

import json
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

from roverctl.archive.recorder import Recorder
from roverctl.commanding.journal import Journal
from roverctl.core.errors import EngineError, RoverctlError
from roverctl.core.times import format_utc
from roverctl.mission.profile import Mission
from roverctl.session.ground_segment import GroundSegment
from roverctl.session.operation import Operation, OperationLock, open_operation
from roverctl.session.wire import Failed, send


class Host(Protocol):
    """An operation's engine, or a link in its place."""

    def run(self) -> None:
        """Serve until told to close."""

    def close(self) -> None:
        """Everything on disk."""


def serve(connection: Connection, folder: str, make: Callable[[Connection, Operation], Host], what: str) -> None:
    """Run a host until the window closes or dies; ``what`` failed is told to the window when it does."""
    try:
        host = make(connection, open_operation(Path(folder)))
    except RoverctlError as error:
        _say_last(connection, str(error))
        return
    try:
        host.run()
    except (EngineError, EOFError, ConnectionError):
        pass  # the window is gone: everything is saved below, and the operation can be resumed
    except Exception as error:
        _say_last(connection, f"{what} failed: {type(error).__name__}: {error}")
        raise
    finally:
        host.close()


def _say_last(connection: Connection, text: str) -> None:
    try:
        send(connection, Failed(text))
    except EngineError:
        return  # nobody listens any more


def begin_log(operation: Operation, mission: Mission, part: int, more: dict[str, str]) -> Recorder:
    """The recorder of the operation's next log, with what the log says of itself."""
    metadata = {
        "mission": mission.name, "mission_source": operation.mission, "layers": json.dumps(operation.layers),
        "profile_sha256": mission.sha256, "start": format_utc(operation.start_ns, 9), "seed": str(operation.seed),
        "part": str(part), **more,
    }  # fmt: skip
    return Recorder(operation.next_log(), mission.mdb, metadata)


def close_files(recorder: Recorder, ground: GroundSegment, journal: Journal, lock: OperationLock) -> None:
    """Log, products and journal are whole; others may open the operation."""
    recorder.close()
    if ground.products is not None:
        ground.products.close()
    journal.close()
    lock.release()
