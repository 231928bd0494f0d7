"""Whether a file is terrain of a mission, found out in a process of its own: rasters and kernels take a second to load,
and the window's process does without them.
"""

from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Final

from roverctl.core.errors import EngineError, InputError, RoverctlError
from roverctl.session.wire import Done, Failed, send
from roverctl.session.work.worker import Worker

_KIND: Final = "check"


def check_main(connection: Connection, mission: str, layers: tuple[str, ...]) -> None:
    """What the process runs: one answer, then it ends."""
    from roverctl.mission.profile import load_mission
    from roverctl.terrain.opening import check_layers

    try:
        check_layers(load_mission(mission), layers)
    except RoverctlError as error:
        send(connection, Failed(str(error)))
        return
    send(connection, Done(0, _KIND, b""))


class TerrainCheck:
    """A look at files and URLs, under way from the first ``poll`` on."""

    def __init__(self, mission: str, layers: Sequence[str]) -> None:
        self._worker = Worker("terrain check", "roverctl.session.work.terrain_check:check_main", mission, tuple(layers))
        self._answer: str | None = None

    def poll(self) -> str | None:
        """None while under way; then '' for terrain, else what is wrong, in a line. Does not wait."""
        if self._answer is None:
            try:
                for message in self._worker.receive():
                    self._answer = message.text if isinstance(message, Failed) else ""
            except EngineError as error:
                self._answer = str(error)
            if self._answer is not None:
                self._worker.kill()
        return self._answer

    def wait(self) -> None:
        """Wait for the answer.

        Raises
        ------
        InputError
            When one of them is no terrain of the mission.
        """
        while (answer := self.poll()) is None:
            self._worker.wait()
        if answer:
            raise InputError(answer)

    def close(self) -> None:
        """Nobody wants the answer any more."""
        if self._answer is None:
            self._answer = ""
            self._worker.kill()
