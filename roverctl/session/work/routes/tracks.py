"""Lines from elsewhere, read and checked: what the traverse would have cost, and which limits it breaks."""

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import RoverctlError
from roverctl.mission.profile import Mission
from roverctl.session.api.draft import Draft
from roverctl.session.work.routes.asking import draft_of, request_between
from roverctl.terrain.source import Terrain
from roverctl.traverse.checking import check_line
from roverctl.traverse.files.track_file import read_tracks
from roverctl.traverse.reference import ReferenceTrack

_MOST_LINES: Final = 50  # of a file: more are no traverses one compares. A choice
_SHOWN_POINTS: Final = 1500  # of a line on the map
_MOST_VIOLATIONS: Final = 200  # of a line that are marked on the map


class TrackWork:
    """Job ``tracks``.

    Parameters
    ----------
    mission, terrain
        The vehicle, and the map's ground.
    """

    def __init__(self, mission: Mission, terrain: Terrain) -> None:
        self._mission, self._terrain = mission, terrain

    def tracks(self, content: dict[str, Any]) -> dict[str, Any]:
        """The lines of a file, each with its figures by the draft's limits, or why it has none."""
        file, draft = str(content["file"]), draft_of(content["draft"])
        lines = read_tracks(Path(file), self._mission)
        return {
            "file": file, "rows": [self._row(line, draft) for line in lines[:_MOST_LINES]],
            "left": max(len(lines) - _MOST_LINES, 0),
        }  # fmt: skip

    def _row(self, line: ReferenceTrack, draft: Draft) -> dict[str, Any]:
        shown = _thinned(line.east_m, line.north_m)
        row: dict[str, Any] = {
            "name": line.name, "source": line.source, "length_m": line.length_m, "east_m": line.east_m[shown],
            "north_m": line.north_m[shown],
        }  # fmt: skip
        ends = [(float(line.east_m[i]), float(line.north_m[i])) for i in (0, -1)]
        try:
            route = check_line(self._terrain, self._mission, line, request_between(draft, *ends))
        except RoverctlError as error:
            return {**row, "problem": str(error)}
        figures = {
            "drive_s": route.drive_s, "max_slope_deg": route.max_slope_deg, "cost": route.cost,
            "broken": float(len(route.violations)),
        }  # fmt: skip
        broken = [[v.key, v.text, list(v.place_m), ""] for v in route.violations[:_MOST_VIOLATIONS]]
        return {**row, "figures": figures, "violations": broken}


def _thinned(east_m: npt.NDArray[np.float64], north_m: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Points about evenly apart along a line, both ends among them."""
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(east_m), np.diff(north_m)))))
    if len(along) <= _SHOWN_POINTS or not math.isfinite(along[-1]):
        return np.arange(len(along))
    wanted = np.linspace(0.0, along[-1], _SHOWN_POINTS)
    return np.unique(np.minimum(np.searchsorted(along, wanted), len(along) - 1))
