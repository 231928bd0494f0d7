"""The window's side of the workshop: what is wanted, what is under way in each process, results as they come.

One process for what must be prompt (the look ahead, questions of the map, tiles); a second for tiles alone, once there
are many to make; one each for routes and exports, which may take their time, started with the first of their kind.
"""

import contextlib
from typing import Any, Final

import numpy as np

from roverctl.core.errors import EngineError
from roverctl.core.nouns import Severity
from roverctl.session.api.map import MapTile, Wished
from roverctl.session.api.session import Message
from roverctl.session.wire import Done, Failed, Job, pack, unpack
from roverctl.session.work.overviews import OverviewWork
from roverctl.session.work.tile_store import TileStore
from roverctl.session.work.worker import Worker
from roverctl.terrain.tiling import TILE

# So that a process does not wait for the window's next poll, and a new wish still counts at once.
_TILES_UNDER_WAY: Final = 4
_SECOND_FROM: Final = 12  # tiles to make: fewer are there before a second process would be
_NOTHING: Final = np.zeros((TILE, TILE, 4), dtype=np.uint8)
Result = tuple[Done, dict[str, Any]]


class _Process:
    """A workshop process with the jobs under way in it."""

    def __init__(self, name: str, arguments: tuple[Any, ...]) -> None:
        self.worker = Worker(name, "roverctl.session.work.workshop:workshop_main", *arguments)
        self.under_way: dict[int, str] = {}
        self.tiles: dict[int, Wished] = {}

    def start(self, number: int, kind: str, content: dict[str, Any]) -> None:
        self.worker.send(Job(number, kind, pack(content)))
        self.under_way[number] = kind

    def receive(self) -> list[Result]:
        """Results that have come.

        Raises
        ------
        EngineError
            When the process is gone or gives up.
        """
        results: list[Result] = []
        for message in self.worker.receive():
            if isinstance(message, Failed):
                raise EngineError(message.text)
            if isinstance(message, Done):
                self.under_way.pop(message.number, None)
                results.append((message, unpack(message.content) if message.content else {}))
        return results


class Bench:
    """Jobs for the workshop.

    Parameters
    ----------
    mission, layers, seed, origin_ns
        What terrain and sky are made from.
    """

    def __init__(self, mission: str, layers: tuple[str, ...], seed: int, origin_ns: int) -> None:
        self._arguments = (mission, layers, seed, origin_ns)
        self._prompt = _Process("map", self._arguments)
        self._second: _Process | None = None
        self._may_have_second = False  # not before the first has made a tile
        self._second_lost = False
        self._patient: dict[str, _Process] = {}
        self._plan = ""  # by which the stations take turns; the profile's where it is empty
        self._number = 0
        self._told: set[str] = set()
        self._overviews: OverviewWork | None = None
        self.tiles = TileStore()
        self.messages: list[Message] = []
        self.broken = False

    # Jobs

    def ask(self, kind: str, content: dict[str, Any]) -> int:
        """A job for the prompt process; its number."""
        return self._start(self._prompt, kind, content)

    def ask_patiently(self, kind: str, content: dict[str, Any]) -> int:
        """A job that may take long. One of its kind that is still under way is ended: nobody wants it any more."""
        self.give_up(kind)
        return self.ask_aside(kind, kind, content)

    def ask_aside(self, name: str, kind: str, content: dict[str, Any]) -> int:
        """A job for a process of this name, which lives on and does its jobs in turn."""
        if name not in self._patient:
            self._patient[name] = _Process(name, self._arguments)
            if self._plan:
                self._start(self._patient[name], "contact_plan", {"plan": self._plan})
        return self._start(self._patient[name], kind, content)

    def follow(self, plan: str) -> None:
        """Every process goes by another contact plan from its next job on, and those to come do."""
        self._plan = plan
        for process in ([] if self.broken else [self._prompt]) + list(self._patient.values()):
            with contextlib.suppress(EngineError):  # it is gone, which the next poll finds and tells
                self._start(process, "contact_plan", {"plan": plan})

    def under_way(self, name: str) -> frozenset[int]:
        """Numbers of the jobs that a process aside has still to do; none when it is gone."""
        process = self._patient.get(name)
        return frozenset() if process is None else frozenset(process.under_way)

    def give_up(self, kind: str) -> None:
        """End the long job of a kind under way, or the process aside of this name with its jobs, if there is one."""
        process = self._patient.get(kind)
        if process is not None and process.under_way:
            process.worker.kill()
            del self._patient[kind]

    @property
    def quiet(self) -> bool:
        """Whether every tile that is shown has come."""
        return self.tiles.complete

    def idle(self, kind: str) -> bool:
        """Whether no prompt job of a kind is under way."""
        return not self.broken and kind not in self._prompt.under_way.values()

    def _start(self, process: _Process, kind: str, content: dict[str, Any]) -> int:
        self._number += 1
        process.start(self._number, kind, content)
        return self._number

    def poll(self) -> list[Result]:
        """Results that have come, tiles taken in; asks for the next tiles."""
        results: list[Result] = []
        for process in (self._prompt, self._second, *self._patient.values()):
            if process is None or (process is self._prompt and self.broken):
                continue
            try:
                for done, content in process.receive():
                    if done.kind == "tile":
                        self._take_tile(process.tiles.pop(done.number), done.problem, content)
                    if done.kind == "about" and content.get("wants_overviews") and self._overviews is None:
                        self._overviews = OverviewWork(*self._arguments[:2])
                    results.append((done, content))
            except EngineError as error:
                self._lose(process, error)
        self._poll_overviews()
        if not self.broken:
            self._ask_tiles()
        return results

    def _poll_overviews(self) -> None:
        """Once overviews are made, the ground is opened anew wherever it is open, and drawn again."""
        problem = None if self._overviews is None else self._overviews.poll()
        if problem is None:
            return
        if problem:
            self.messages.append(Message(f"The map stays rough from afar: {problem}", Severity.WARNING))
            return
        for process in (self._prompt, self._second):
            if process is not None and not (process is self._prompt and self.broken):
                self._start(process, "reopen", {})
        for kind in [kind for kind, process in self._patient.items() if not process.under_way]:
            self._patient.pop(kind).worker.kill()
        self.tiles.outdate()

    def _lose(self, process: _Process, error: EngineError) -> None:
        self.messages.append(Message(f"The map's process has stopped: {error}", Severity.CRITICAL))
        if process is self._prompt:
            self.broken = True
        elif process is self._second:
            self._second, self._second_lost, self._may_have_second = None, True, False
            for wished in process.tiles.values():
                self.tiles.lost(wished)
        else:
            self._patient = {kind: other for kind, other in self._patient.items() if other is not process}

    # Tiles

    def _take_tile(self, wished: Wished, problem: str, content: dict[str, Any]) -> None:
        """A tile that cannot be made is taken as empty, and why is told once."""
        sheet, (level, column, row) = wished
        if problem:
            self.tiles.come(wished, MapTile(level, column, row, _NOTHING, None))
            if (told := f"{sheet.product}: {problem}") not in self._told:
                self._told.add(told)
                self.messages.append(Message(f"The map cannot show {told}", Severity.WARNING))
            return
        if not self._second_lost:
            self._may_have_second = True
        self.tiles.come(wished, MapTile(level, column, row, content["picture"], content["elevation_m"]))

    def _ask_tiles(self) -> None:
        if self._second is None and self._may_have_second and self.tiles.backlog >= _SECOND_FROM:
            self._second = _Process("tiles", self._arguments)
        processes = [self._prompt] if self._second is None else [self._prompt, self._second]
        for lane, process in enumerate(processes):
            while len(process.tiles) < _TILES_UNDER_WAY:
                wished = self.tiles.next(lane, len(processes))
                if wished is None:
                    break
                sheet, key = wished
                process.tiles[self._start(process, "tile", {"key": list(key), "sheet": list(sheet)})] = wished

    def close(self) -> None:
        """End the processes; what they were at is not needed any more."""
        for process in (self._prompt, self._second, *self._patient.values()):
            if process is not None:
                process.worker.kill()
        if self._overviews is not None:
            self._overviews.close()
