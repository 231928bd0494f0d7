"""The map and the traverse of a demonstration session."""

from pathlib import Path
from typing import TYPE_CHECKING

from roverctl.core.errors import InfeasibleError
from roverctl.core.geodesic import line_points
from roverctl.session.api.changes import Change, Changes
from roverctl.session.api.map import GROUND, MapInfo, MapTile, Measured, ProductInfo, Sheet, SourceHere, Wished
from roverctl.session.api.traverse import PlanState
from roverctl.session.api.values import Place
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
        self.state = PlanState(max_slope_rad=session.mission.vehicle.plan_slope_rad)

    def plan(self, goal_m: Place, via_m: tuple[Place, ...], max_slope_rad: float) -> Changes:
        here = self._session.known
        assert here is not None
        route = demo_ground.route_over([(here.east_m, here.north_m), *via_m, goal_m])
        self.state = PlanState(goal_m, via_m, max_slope_rad, False, route, "")
        return self._session.done("plan", goal_m, via_m, max_slope_rad, changes={Change.ROUTE})

    def clear(self) -> Changes:
        self.state = PlanState(max_slope_rad=self.state.max_slope_rad)
        return self._session.done("clear_plan", changes={Change.ROUTE})

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
