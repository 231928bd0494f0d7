"""The window's side of the workshop: what is wanted, one job under way in each process, results as they come.

Two processes: one for what must be prompt (tiles, the look ahead), one for routes, which may take their time. The
second is started with the first route.
"""

from typing import Any, Final

from roverctl.core.errors import EngineError
from roverctl.core.nouns import Severity
from roverctl.session.api import MapTile, Message, TileKey
from roverctl.session.wire import Done, Failed, Job, pack, unpack
from roverctl.session.worker import Worker

_TILES_KEPT: Final = 400
_TILES_UNDER_WAY: Final = 2  # so that the process never waits for the window's next poll


class _Place:
    """A workshop process with the jobs under way in it."""

    def __init__(self, name: str, arguments: tuple[Any, ...]) -> None:
        self.worker = Worker(name, "roverctl.session.workshop:workshop_main", *arguments)
        self.under_way: dict[int, str] = {}

    def count(self, kind: str) -> int:
        return sum(1 for k in self.under_way.values() if k == kind)


class Bench:
    """Jobs for the workshop.

    Parameters
    ----------
    mission, layers, seed, origin_ns
        What terrain and sky are made from.
    """

    def __init__(self, mission: str, layers: tuple[str, ...], seed: int, origin_ns: int) -> None:
        self._arguments = (mission, layers, seed, origin_ns)
        self._prompt = _Place("map", self._arguments)
        self._patient: _Place | None = None
        self._number = 0
        self._wanted: list[TileKey] = []
        self._coming: set[TileKey] = set()
        self._tiles: dict[TileKey, MapTile] = {}
        self.messages: list[Message] = []
        self.broken = False

    # Tiles

    def want_tiles(self, keys: list[TileKey]) -> None:
        """Most wanted first; replaces the last wish."""
        self._wanted = [key for key in keys if key not in self._tiles]

    def tile(self, key: TileKey) -> MapTile | None:
        """A tile that is there; asking keeps it."""
        tile = self._tiles.pop(key, None)
        if tile is not None:
            self._tiles[key] = tile
        return tile

    def _take_tile(self, content: dict[str, Any]) -> None:
        level, column, row = content["key"]
        key = (level, column, row)
        self._coming.discard(key)
        self._tiles[key] = MapTile(level, column, row, content["shade"], content["elevation_m"])
        if len(self._tiles) > _TILES_KEPT:
            del self._tiles[next(iter(self._tiles))]

    # Jobs

    def ask(self, kind: str, content: dict[str, Any]) -> int:
        """A job for the prompt process; its number."""
        return self._start(self._prompt, kind, content)

    def ask_patiently(self, kind: str, content: dict[str, Any]) -> int:
        """A job that may take long. One that is still under way is ended: nobody wants it any more."""
        if self._patient is not None and self._patient.under_way:
            self._patient.worker.kill()
            self._patient = None
        if self._patient is None:
            self._patient = _Place("route", self._arguments)
        return self._start(self._patient, kind, content)

    def give_up(self) -> None:
        """End the long job under way, if there is one."""
        if self._patient is not None and self._patient.under_way:
            self._patient.worker.kill()
            self._patient = None

    @property
    def quiet(self) -> bool:
        """Whether every tile that was wanted has come."""
        return bool(self._tiles) and not self._wanted and not self._coming

    def idle(self, kind: str) -> bool:
        """Whether no prompt job of a kind is under way."""
        return not self.broken and self._prompt.count(kind) == 0

    def _start(self, place: _Place, kind: str, content: dict[str, Any]) -> int:
        self._number += 1
        place.worker.send(Job(self._number, kind, pack(content)))
        place.under_way[self._number] = kind
        return self._number

    def poll(self) -> list[tuple[Done, dict[str, Any]]]:
        """Results that have come, tiles taken in; asks for the next tiles."""
        results: list[tuple[Done, dict[str, Any]]] = []
        for place in (self._prompt, self._patient):
            if place is None or (place is self._prompt and self.broken):
                continue
            try:
                for message in place.worker.receive():
                    if isinstance(message, Failed):
                        raise EngineError(message.text)
                    if isinstance(message, Done):
                        place.under_way.pop(message.number, None)
                        content = unpack(message.content) if message.content else {}
                        if message.kind == "tile" and content:
                            self._take_tile(content)
                        results.append((message, content))
            except EngineError as error:
                self.messages.append(Message(f"The map's process has stopped: {error}", Severity.CRITICAL))
                if place is self._prompt:
                    self.broken = True
                else:
                    self._patient = None
        if not self.broken:
            while self._wanted and self._prompt.count("tile") < _TILES_UNDER_WAY:
                key = self._wanted.pop(0)
                if key not in self._coming:
                    self._coming.add(key)
                    self._start(self._prompt, "tile", {"key": list(key)})
        return results

    def close(self) -> None:
        """End the processes; what they were at is not needed any more."""
        self._prompt.worker.kill()
        if self._patient is not None:
            self._patient.worker.kill()
