"""A worker process and the pipe to it: started without waiting, polled without blocking, ended for sure."""

import contextlib
import importlib
import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from typing import Any

from roverctl.core.errors import EngineError
from roverctl.session.wire import Close, Downward, Upward, receive_up, send

_PATIENCE_S = 5.0
_NICE = 10


def _work(target: str, connection: Connection, *arguments: Any) -> None:
    """In the process: find what is to run. Named, not passed, so that the window need not import it."""
    # Behind the window: on few cores a flat-out engine must not take its frames.
    os.nice(_NICE)
    # A terminal's interrupt goes to all; the window saves, and then ends its processes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    module, function = target.split(":")
    getattr(importlib.import_module(module), function)(connection, *arguments)


class Worker:
    """A spawned process that runs ``target``, written ``module:function``, with a connection and the arguments.

    It is started when it is first listened to: so a window is on screen before its processes take the processor. What
    is sent before waits in the pipe.
    """

    def __init__(self, name: str, target: str, *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection: Connection
        self._connection, self._theirs = context.Pipe()
        self._process = context.Process(
            target=_work, args=(target, self._theirs, *arguments), name=f"roverctl {name}", daemon=True
        )
        self._started = False
        self._left = False
        self.name = name

    @property
    def pid(self) -> int | None:
        """The process, once started."""
        return self._process.pid

    def _start(self) -> None:
        self._started = True
        self._process.start()
        self._theirs.close()

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
        if not self._started:
            self._start()
        messages = []
        try:
            while self._connection.poll():
                messages.append(receive_up(self._connection))
        except (EngineError, OSError) as error:
            if not messages:
                code = self._process.exitcode
                raise EngineError(f"the {self.name} process ended (exit code {code}): {error}") from None
        return messages

    def wait(self) -> None:
        """Until something has come, or the process is gone."""
        if not self._started:
            self._start()
        self._connection.poll(None)

    def leave(self) -> None:
        """Ask it to end, without waiting."""
        if self._started and not self._left:
            self._left = True
            with contextlib.suppress(EngineError):  # gone already: that is what is wanted
                send(self._connection, Close())

    @property
    def gone(self) -> bool:
        """Whether no process is there, any more or yet."""
        return not self._started or not self._process.is_alive()

    def close(self) -> None:
        """Ask it to end, wait, and end it if it does not."""
        self.leave()
        if self._started:
            self._process.join(_PATIENCE_S)
            self.kill()
            self._process.join()
        self._connection.close()

    def kill(self) -> None:
        """End it now, for work that nobody wants any more. Does not wait: the system takes it down by itself."""
        if self._started:
            self._process.kill()
        self._connection.close()
