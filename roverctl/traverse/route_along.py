"""A path of the search made into a route: what each of its steps costs, and the line that the vehicle is told."""

import math

import numpy as np
import numpy.typing as npt

from roverctl.mission.profile import Mission
from roverctl.traverse.costs import CostModel, cost_model
from roverctl.traverse.ground import Ground
from roverctl.traverse.line import LineOnGround, line_on
from roverctl.traverse.request import RouteRequest, TerrainNote
from roverctl.traverse.route import Route
from roverctl.traverse.search.field import Cell
from roverctl.traverse.search.smoothing import smoothed
from roverctl.vehicle.motions import turning_s

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def route_along(
    mission: Mission, terrain: TerrainNote, request: RouteRequest, model: CostModel, ground: Ground,
    cells: npt.NDArray[np.int64],
) -> Route:  # fmt: skip
    """The route through the cells [n, 2] of (row, column)."""
    box = ground.box
    rows, columns = cells[:, 0], cells[:, 1]
    east: Array = box.east_m + columns * np.float64(box.spacing_m)
    north: Array = box.north_m + rows * np.float64(box.spacing_m)
    height = ground.elevation_m[rows, columns]
    longitude, latitude = mission.site.to_geographic(east, north)
    diagonal = (np.diff(rows) != 0) & (np.diff(columns) != 0)
    plan_m = np.where(diagonal, box.spacing_m * math.sqrt(2.0), box.spacing_m)
    rise_m = np.diff(height)
    price = ground.hazard[rows, columns]
    # The vehicle turns on the spot where the grid's direction changes; the search does not count that, the clock does.
    heading = np.arctan2(np.diff(columns), np.diff(rows))
    turn_s = turning_s(np.diff(heading), mission.vehicle.turn_rate_rad_s)
    by_clock = cost_model(mission, request, "time")
    shade, rough = (
        0.0 if grid is None else 0.5 * (grid[rows, columns][:-1] + grid[rows, columns][1:])
        for grid in (ground.shade, ground.rough_s_m)
    )
    timed = by_clock.terms(plan_m, rise_m, price[:-1], price[1:], 0.0, rough)
    terms = model.terms(plan_m, rise_m, price[:-1], price[1:], shade, rough)
    cost: Array = np.sum(list(terms.values()), axis=0)
    waypoints_m, line = _line(mission, ground, request, model, cells, cost)
    return Route(
        request=request,
        terrain=terrain,
        spacing_m=box.spacing_m,
        east_m=east,
        north_m=north,
        elevation_m=height,
        longitude_deg=longitude,
        latitude_deg=latitude,
        segment_m=np.hypot(plan_m, rise_m),
        slope_deg=np.degrees(np.arctan2(rise_m, plan_m)),
        segment_s=timed["drive"] + timed["slip"] + timed["look"] + timed["rough"] + np.concatenate(([0.0], turn_s)),
        terms=terms,
        max_slope_deg=line.max_slope_deg,
        cell_slope_deg=line.cell_slope_deg,
        driven_m=line.length_m,
        waypoints_m=waypoints_m,
        waypoints_deg=np.stack(mission.site.to_geographic(*waypoints_m.T), axis=1),
        waypoint_s=np.cumsum(line.seconds(by_clock, mission.vehicle.turn_rate_rad_s))[line.vertex[1:] - 1],
    )


def _line(
    mission: Mission, ground: Ground, request: RouteRequest, model: CostModel, cells: Indices, cost: Array
) -> tuple[Array, LineOnGround]:
    """The line's waypoints, and the line on the ground.

    Smoothing tries a leg along a diagonal between the nodes, the search by its steps: where a leg breaks a limit by
    the line's own samples, the path's turns between its ends stay.
    """
    box = ground.box
    steps = np.diff(cells, axis=0)
    turns = 1 + np.flatnonzero((steps[1:] != steps[:-1]).any(axis=1))
    stays = set(_points_at(cells, [box.cell(point) for point in request.via_m]))
    start = box.point((int(cells[0, 0]), int(cells[0, 1])))
    while True:
        waypoints_m = smoothed(mission, ground, model, cells, cost, sorted(stays), request.goal_m)
        line = line_on(ground, model, np.vstack((start, waypoints_m)))
        over = np.logical_or.reduce([broken for *_, broken in line.directed(model)])
        legs = np.unique(np.searchsorted(line.vertex, np.flatnonzero(over), side="right")) - 1
        corners = [(int(row), int(column)) for row, column in line.cell[line.vertex[:-1]]]
        ends = [*_points_at(cells, corners), len(cells) - 1]
        more = {int(i) for leg in legs for i in turns[(turns > ends[leg]) & (turns < ends[leg + 1])]} - stays
        if not more:
            return waypoints_m, line
        stays |= more


def _points_at(cells: Indices, found: list[Cell]) -> list[int]:
    """Where in a path some of its cells are, in order."""
    points, after = [], 0
    for cell in found:
        after += int(np.flatnonzero((cells[after:] == cell).all(axis=1))[0])
        points.append(after)
    return points
