"""Overviews of large rasters, made in a process of its own beside the window, which can be ended at any time."""

from multiprocessing.connection import Connection
from typing import Final

from roverctl.core.errors import EngineError, RoverctlError
from roverctl.session.wire import Done, Failed, send
from roverctl.session.work.worker import Worker

_KIND: Final = "overviews"


def overviews_main(connection: Connection, mission: str, layers: tuple[str, ...]) -> None:
    """What the process runs: one answer when all are made, then it ends."""
    from roverctl.mission.profile import load_mission
    from roverctl.terrain.rasters.library import make_overviews

    try:
        for layer in layers:
            make_overviews(layer, load_mission(mission), lambda _: None)
    except RoverctlError as error:
        send(connection, Failed(str(error)))
        return
    send(connection, Done(0, _KIND, b""))


class OverviewWork:
    """The making of overviews, under way from the first ``poll`` on."""

    def __init__(self, mission: str, layers: tuple[str, ...]) -> None:
        self._worker = Worker(_KIND, "roverctl.session.work.overviews:overviews_main", mission, layers)
        self._ended = False

    def poll(self) -> str | None:
        """None while under way, '' once when they are made, a problem once when they cannot be. Does not wait."""
        if self._ended:
            return None
        try:
            messages = self._worker.receive()
        except EngineError as error:
            self.close()
            return str(error)
        for message in messages:
            self.close()
            return message.text if isinstance(message, Failed) else ""
        return None

    def close(self) -> None:
        """End it; what is half made is not kept."""
        if not self._ended:
            self._ended = True
            self._worker.kill()
