"""The map of a session: its tiles, what it is made of, what lies at a place, a measured line."""

from pathlib import Path
from typing import Any

from roverctl.core.nouns import Severity
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.map import (
    GROUND,
    LegendRow,
    MapInfo,
    MapTile,
    Measured,
    ProductInfo,
    Sheet,
    SourceHere,
    Wished,
)
from roverctl.session.api.session import Message
from roverctl.session.api.values import Place
from roverctl.session.work.bench import Bench
from roverctl.terrain.tiling import TileKey


class MapDesk:
    """Implements ``session.api.map.Map``. One question of a kind is under way; the newest waits."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._waiting: dict[str, dict[str, Any]] = {}
        self.info = MapInfo("", 0.0, 0.0)
        self.source: SourceHere | None = None
        self.measured: Measured | None = None
        bench.ask("about", {})

    def ask_source(self, place_m: Place, spacing_m: float) -> None:
        """What lies at a place, and how fine it is."""
        self._ask("source", {"place_m": list(place_m), "spacing_m": spacing_m})

    def measure(self, corners_m: tuple[Place, ...]) -> None:
        """The ground along a line."""
        self._ask("measure", {"corners_m": [list(corner) for corner in corners_m]})

    def want_tiles(self, wish: list[Wished], ahead: list[Wished]) -> None:
        """What the map shows now, most wanted first, and what it may show next."""
        self._bench.tiles.want(wish, ahead)

    def tile(self, key: TileKey, sheet: Sheet = GROUND) -> MapTile | None:
        """A tile that is there."""
        return self._bench.tiles.tile(key, sheet)

    @property
    def tiles_come(self) -> bool:
        """Whether every tile that is shown now has come."""
        return self._bench.quiet

    @property
    def tiles_share(self) -> float:
        """How many of the tiles that are shown now have come, 0 to 1."""
        return self._bench.tiles.share

    def export(self, sheet: Sheet, corners_m: tuple[Place, Place], spacing_m: float, file: Path) -> Changes:
        """A layer as GeoTIFF, in a process of its own."""
        content = {"sheet": list(sheet), "corners_m": [list(c) for c in corners_m], "spacing_m": spacing_m}
        self._bench.ask_patiently("export", {**content, "file": str(file)})
        return set()

    def _ask(self, kind: str, content: dict[str, Any]) -> None:
        self._waiting[kind] = content
        self._go_on(kind)

    def _go_on(self, kind: str) -> None:
        if kind in self._waiting and self._bench.idle(kind):
            self._bench.ask(kind, self._waiting.pop(kind))

    def take(self, kind: str, problem: str, content: dict[str, Any]) -> tuple[Changes, list[Message]]:
        """An answer has come; what changed, and what is to be told."""
        self._go_on(kind)
        if problem:
            return set(), [Message(problem, Severity.WARNING)]
        if kind == "about":
            self.info = _info(content)
        elif kind == "source":
            place, label, resolution_m = content["place_m"], content["label"], content["resolution_m"]
            self.source = SourceHere((place[0], place[1]), label, resolution_m)
        elif kind == "measure":
            corners = tuple((east, north) for east, north in content["corners_m"])
            self.measured = Measured(corners, content["along_m"], content["elevation_m"], content["spacing_m"])
        elif kind == "export":
            return set(), [Message(f"Layer saved as {content['file']}, {content['size']} pixels.", Severity.INFO)]
        return {Change.MAP}, []


def _info(content: dict[str, Any]) -> MapInfo:
    products = tuple(
        ProductInfo(
            p["name"], p["title"], p["unit"], frozenset(p["needs"]), p["opaque"], p["stepped"],
            tuple(LegendRow(red, green, blue, alpha, text) for (red, green, blue, alpha), text in p["legend"]),
        )
        for p in content["products"]
    )  # fmt: skip
    return MapInfo(content["label"], content["resolution_m"], content["generated_below_m"], products)
