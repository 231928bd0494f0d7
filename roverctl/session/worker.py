"""A worker process and the pipe to it: started without waiting, polled without blocking, ended for sure."""

import contextlib
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from roverctl.core.errors import EngineError
from roverctl.session.wire import Close, Downward, Upward, receive_up, send

_PATIENCE_S = 5.0


class Worker:
    """A spawned process that runs ``target(connection, *arguments)``."""

    def __init__(self, name: str, target: Callable[..., None], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection: Connection
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=target, args=(theirs, *arguments), name=f"roverctl {name}", daemon=True)
        self._process.start()
        theirs.close()
        self.name = name
        self.pid = self._process.pid

    def send(self, message: Downward) -> None:
        """Put a message on its way.

        Raises
        ------
        EngineError
            When the process is gone.
        """
        send(self._connection, message)

    def receive(self) -> list[Upward]:
        """What has come, without waiting.

        Raises
        ------
        EngineError
            When the process is gone and nothing more is to be had.
        """
        messages = []
        try:
            while self._connection.poll():
                messages.append(receive_up(self._connection))
        except (EngineError, OSError) as error:
            if not messages:
                code = self._process.exitcode
                raise EngineError(f"the {self.name} process ended (exit code {code}): {error}") from None
        return messages

    def close(self) -> None:
        """Ask it to end, wait, and end it if it does not."""
        with contextlib.suppress(EngineError):  # gone already: that is what is wanted
            send(self._connection, Close())
        self._process.join(_PATIENCE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._connection.close()

    def kill(self) -> None:
        """End it now, for work that nobody wants any more."""
        self._process.kill()
        self._process.join()
        self._connection.close()
