"""A map of squares that know which craters may be seen from them, so that a point asks few of hundreds."""

import math
from dataclasses import dataclass

import numpy as np

from roverctl.terrain.reconstruction import surface as s
from roverctl.terrain.reconstruction.surface import Indices
from roverctl.terrain.source import Array

SIDE_M = 20_000.0
MOST = 400  # in a row; beyond, the squares grow


@dataclass(frozen=True, slots=True)
class Squares:
    """bins, starts and members as ``surface.surface`` takes them."""

    bins: Array
    starts: Indices
    members: Indices


def squares_of(rows: Array) -> Squares:
    """For crater rows as ``catalogue.crater_rows`` makes them; within a square their order is kept."""
    if len(rows) == 0:
        return Squares(np.array([0.0, 0.0, SIDE_M, 0.0, 0.0]), np.zeros(1, np.int64), np.zeros(0, np.int64))
    matrices = rows[:, s.STRETCH : s.STRETCH + 4].reshape(-1, 2, 2)
    reach = rows[:, s.REACH] / np.linalg.norm(matrices, ord=-2, axis=(1, 2))  # the smallest stretch reaches farthest
    low, high = rows[:, : s.NORTH + 1] - reach[:, None], rows[:, : s.NORTH + 1] + reach[:, None]
    west, south = low.min(axis=0)
    extent = high.max(axis=0) - low.min(axis=0)
    side = max(SIDE_M, float(extent.max()) / MOST)
    columns, lines = (math.floor(v) + 1 for v in extent / side)
    first = np.floor((low - (west, south)) / side).astype(np.int64)
    last = np.floor((high - (west, south)) / side).astype(np.int64)
    boxes: list[list[int]] = [[] for _ in range(columns * lines)]
    for k in range(len(rows)):
        for line in range(first[k, 1], last[k, 1] + 1):
            for column in range(first[k, 0], last[k, 0] + 1):
                boxes[line * columns + column].append(k)
    starts = np.concatenate([[0], np.cumsum([len(box) for box in boxes])]).astype(np.int64)
    members = np.array([k for box in boxes for k in box], dtype=np.int64)
    return Squares(np.array([west, south, side, columns, lines]), starts, members)
