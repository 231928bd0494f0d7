"""The map and the traverse of a demonstration session."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from roverctl.core.errors import InfeasibleError
from roverctl.core.geodesic import line_points
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.draft import Draft, Edit, Stop
from roverctl.session.api.map import GROUND, MapInfo, MapTile, Measured, ProductInfo, Sheet, SourceHere, Wished
from roverctl.session.api.traverse import PlanState, TimesView
from roverctl.session.api.values import Place
from roverctl.session.drafting.history import DraftHistory
from roverctl.terrain.tiling import TileKey
from tests.ui import demo_ground

if TYPE_CHECKING:
    from tests.ui.demo_session import DemoSession


class DemoMap:
    """Implements ``roverctl.session.api.map.Map``: some tiles come with each poll."""

    def __init__(self, session: "DemoSession", products: tuple[ProductInfo, ...]) -> None:
        self._session = session
        self.info = MapInfo("Von Kármán, reconstruction from published craters", 474.0, 60.0, products)
        self.tiles: dict[TileKey, MapTile] = {}
        self.sheets: dict[Wished, MapTile] = {}
        self.wanted: list[Wished] = []
        self.source: SourceHere | None = None
        self.measured: Measured | None = None

    def want_tiles(self, wish: list[Wished], ahead: list[Wished]) -> None:
        self.wanted = wish

    def tile(self, key: TileKey, sheet: Sheet = GROUND) -> MapTile | None:
        return self.tiles.get(key) if sheet == GROUND else self.sheets.get((sheet, key))

    @property
    def tiles_share(self) -> float:
        return sum(self.tile(key, sheet) is not None for sheet, key in self.wanted) / max(len(self.wanted), 1)

    @property
    def tiles_come(self) -> bool:
        return all(self.tile(key, sheet) is not None for sheet, key in self.wanted)

    def ask_source(self, place_m: Place, spacing_m: float) -> None:
        self.source = SourceHere(place_m, self.info.label, self.info.resolution_m)
        self._session.change(Change.MAP)

    def measure(self, corners_m: tuple[Place, ...]) -> None:
        east, north, along, spacing_m = line_points(self._session.mission.site, corners_m, 200)
        height = demo_ground.elevation_m(east, north, spacing_m)
        self.measured = Measured(corners_m, along, height, spacing_m)
        self._session.done("measure", corners_m, changes={Change.MAP})

    def export(self, sheet: Sheet, corners_m: tuple[Place, Place], spacing_m: float, file: Path) -> Changes:
        return self._session.done("export", sheet, corners_m, spacing_m, file, changes=set())


class DemoTraverse:
    """Implements ``roverctl.session.api.traverse.Traverse``: routes are straight, and there at once."""

    def __init__(self, session: "DemoSession") -> None:
        self._session = session
        self._history = DraftHistory(Draft(max_slope_rad=session.mission.vehicle.plan_slope_rad))
        self.state = PlanState(draft=self._history.now)
        self.day_looked_at = False
        self.followed: list[tuple[int, bool, Place | None]] = []

    def edit(self, edit: Edit) -> Changes:
        self._history.do(edit)
        return self._planned("edit", edit.word)

    def undo(self) -> Changes:
        self._history.undo()
        return self._planned("undo")

    def redo(self) -> Changes:
        self._history.redo()
        return self._planned("redo")

    def _planned(self, *call: str) -> Changes:
        here, draft = self._session.known, self._history.now
        assert here is not None
        number = self.state.number + 1
        places = [(here.east_m, here.north_m), *(stop.place_m for stop in draft.stops)]
        route = demo_ground.route_over(places) if draft.stops else None
        if route is not None:
            route = replace(route, strips=demo_ground.strips_over(route, draft.depart_ns is not None))
        if route is not None and draft.depart_ns is not None:
            arrive_ns = draft.depart_ns + int(route.duration_s * 1e9)
            route = replace(route, times=TimesView(draft.depart_ns, arrive_ns, 0.0, 360.0, 0.0, 0.72, 51.0, True))
        self.state = PlanState(
            draft=draft, number=number, route=route, route_of=number, current=route is not None,
            undo_word=self._history.undo_word, redo_word=self._history.redo_word,
        )  # fmt: skip
        return self._session.done(*call, changes={Change.ROUTE})

    def plan(self, *places_m: Place, max_slope_rad: float = 0.2) -> None:
        """Draft a route over places, the last the goal."""
        stops = tuple(Stop(place) for place in places_m)
        self.edit(Edit("plan", replace(self.state.draft, stops=stops, max_slope_rad=max_slope_rad)))

    def say(self, **state: object) -> None:
        """Let the state be another."""
        self.state = replace(self.state, **state)  # type: ignore[arg-type]
        self._session.change(Change.ROUTE)

    def prepare(self) -> None:
        pass

    def follow(self, number: int, inserted: bool, place_m: Place | None) -> None:
        self.followed.append((number, inserted, place_m))

    def compare(self) -> Changes:
        return self._session.done("compare", changes={Change.ROUTE})

    def sweep(self, from_ns: int) -> Changes:
        return self._session.done("sweep", from_ns, changes={Change.ROUTE})

    def order(self) -> Changes:
        return self._session.done("order", changes={Change.ROUTE})

    def chances(self, sigma_m: float, length_m: float) -> Changes:
        return self._session.done("chances", sigma_m, length_m, changes={Change.ROUTE})

    def reach(self, seconds: tuple[float, ...]) -> Changes:
        return self._session.done("reach", seconds, changes={Change.ROUTE})

    def look_at_day(self, looked_at: bool) -> Changes:
        self.day_looked_at = looked_at
        return self._session.done("look_at_day", looked_at, changes={Change.ROUTE})

    def wait_for_contact(self) -> Changes:
        return self._session.done("wait_for_contact", changes={Change.ROUTE})

    def queue_day(self) -> Changes:
        self._session.must_command()
        return self._session.done("queue_day", changes={Change.QUEUE})

    def open_tracks(self, file: Path) -> Changes:
        return self._session.done("open_tracks", file, changes={Change.ROUTE})

    def open_day(self, file: Path) -> Changes:
        return self._session.done("open_day", file, changes={Change.ROUTE})

    def save_day(self, file: Path) -> None:
        file.write_text("{}", encoding="utf-8")
        self._session.done("save_day", file, changes=set())

    def queue(self) -> Changes:
        self._session.must_command()
        route = self.state.route
        if route is None:
            raise InfeasibleError("There is no route yet: click the goal on the map.")
        self._session.add_command("FOLLOW_ROUTE", {"waypoints": list(route.waypoints)})
        return self._session.done("queue_route", changes={Change.QUEUE})

    def save(self, file: Path) -> None:
        file.write_text("{}", encoding="utf-8")
        self._session.done("save_route", file, changes=set())

    def import_marks(self, file: Path) -> Changes:
        return self._session.done("import_marks", file, changes={Change.ROUTE})

    def export_marks(self, file: Path) -> None:
        file.write_text("{}", encoding="utf-8")
        self._session.done("export_marks", file, changes=set())
