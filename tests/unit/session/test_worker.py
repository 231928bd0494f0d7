"""A worker process and what ends it."""

import os
import signal
from multiprocessing.connection import Connection

from roverctl.session.work.worker import Worker


def echo(connection: Connection) -> None:
    connection.send_bytes(b"there")
    connection.send_bytes(connection.recv_bytes())


def test_an_interrupt_at_the_terminal_is_the_windows_and_not_a_workers() -> None:
    worker = Worker("echo", f"{__name__}:echo")
    worker._start()
    assert worker._connection.recv_bytes() == b"there"
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGINT)
    worker._connection.send_bytes(b"still")
    assert worker._connection.recv_bytes() == b"still"
    worker.kill()
