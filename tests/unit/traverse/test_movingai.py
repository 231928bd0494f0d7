"""Grid benchmarks in MovingAI's formats (.map, .scen): octile lengths without corner cutting.

The maps here are generated (random, rooms, mazes), and scipy says what is optimal; the reader takes published files.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from roverctl.traverse.search.field import least_cost_field

Mask = npt.NDArray[np.bool_]
Cell = tuple[int, int]

TOLERANCE = 0.006  # of the lengths as scenario files print them


@dataclass(frozen=True)
class Query:
    """A line of a scenario: start and goal as (row, column), and the optimal length."""

    start: Cell
    goal: Cell
    length: float


def read_map(text: str) -> Mask:
    """Passable cells: ``.``, ``G`` and ``S`` (swamp, taken as ground) are free, all else is not."""
    head, _, body = text.replace("\r", "").partition("map\n")
    fields = dict(line.split(maxsplit=1) for line in head.splitlines() if " " in line)
    rows = body.splitlines()[: int(fields["height"])]
    free = np.array([[cell in ".GS" for cell in row] for row in rows])
    assert free.shape == (int(fields["height"]), int(fields["width"]))
    return free


def read_scenario(text: str) -> list[Query]:
    """Queries of a version 1 scenario: bucket, map, width, height, start x y, goal x y, optimal length."""
    queries = []
    for line in text.splitlines():
        parts = line.split("\t") if "\t" in line else line.split()
        if len(parts) != 9:
            continue
        x, y, to_x, to_y = (int(part) for part in parts[4:8])
        queries.append(Query((y, x), (to_y, to_x), float(parts[8])))
    return queries


def solve(free: Mask, query: Query) -> float:
    return least_cost_field(np.where(free, 1.0, np.nan), 1.0, query.start, query.goal).cost_to(query.goal)


def scipys(free: Mask, start: Cell) -> npt.NDArray[np.float64]:
    number = np.arange(free.size).reshape(free.shape)
    wide = np.pad(free, 1)
    rows, columns, lengths = [], [], []
    for dr, dc in [(0, 1), (1, 0), (1, 1), (1, -1)]:
        there = np.roll(wide, (-dr, -dc), (0, 1))
        both = wide & there & np.roll(wide, (-dr, 0), (0, 1)) & np.roll(wide, (0, -dc), (0, 1))
        r, c = np.nonzero(both[1:-1, 1:-1])
        rows.append(number[r, c])
        columns.append(number[r + dr, c + dc])
        lengths.append(np.full(len(r), math.hypot(dr, dc)))
    graph = coo_array(
        (np.concatenate(lengths), (np.concatenate(rows), np.concatenate(columns))), shape=(free.size, free.size)
    )
    return np.asarray(dijkstra(graph.tocsr(), directed=False, indices=number[start])).reshape(free.shape)


def scattered(random: np.random.Generator) -> Mask:
    return random.random((90, 120)) > 0.35


def rooms(random: np.random.Generator) -> Mask:
    free = np.ones((97, 97), dtype=bool)
    free[::8] = free[:, ::8] = False
    for r in range(0, 97, 8):
        for c in range(0, 96, 8):
            free[r, c + random.integers(1, 8)] = free[c + random.integers(1, 8), r] = True
    return free


def maze(random: np.random.Generator) -> Mask:
    """A perfect maze by walking back from dead ends."""
    free = np.zeros((81, 81), dtype=bool)
    free[1, 1] = True
    trail = [(1, 1)]
    while trail:
        r, c = trail[-1]
        steps = [(r + dr, c + dc) for dr, dc in ((0, 2), (2, 0), (0, -2), (-2, 0))]
        steps = [(i, j) for i, j in steps if 0 < i < 81 and 0 < j < 81 and not free[i, j]]
        if not steps:
            trail.pop()
            continue
        i, j = steps[int(random.integers(len(steps)))]
        free[(r + i) // 2, (c + j) // 2] = free[i, j] = True
        trail.append((i, j))
    return free


def as_files(free: Mask, name: str, random: np.random.Generator) -> tuple[str, str]:
    """The map and a scenario of a hundred queries with scipy's lengths, as MovingAI writes them."""
    height, width = free.shape
    grid = "\n".join("".join("." if cell else "@" for cell in row) for row in free)
    cells = np.argwhere(free)
    lines = ["version 1"]
    for _ in range(5):
        start = cells[random.integers(len(cells))]
        away = scipys(free, (int(start[0]), int(start[1])))
        reached = np.argwhere(np.isfinite(away))
        for goal in reached[random.integers(len(reached), size=20)]:
            length = away[tuple(goal)]
            ends = f"{start[1]}\t{start[0]}\t{goal[1]}\t{goal[0]}"
            lines.append(f"{int(length / 4)}\t{name}\t{width}\t{height}\t{ends}\t{length:.8f}")
    return f"type octile\nheight {height}\nwidth {width}\nmap\n{grid}\n", "\n".join(lines) + "\n"


@pytest.mark.parametrize("kind", [scattered, rooms, maze], ids=["random", "rooms", "maze"])
def test_lengths_are_the_optimal_ones(kind, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(7)
    map_text, scenario_text = as_files(kind(random), "made.map", random)
    (tmp_path / "made.map").write_text(map_text)
    (tmp_path / "made.map.scen").write_text(scenario_text)
    free = read_map((tmp_path / "made.map").read_text())
    queries = read_scenario((tmp_path / "made.map.scen").read_text())
    assert len(queries) == 100
    assert max(query.length for query in queries) > 60.0
    for query in queries:
        assert solve(free, query) == pytest.approx(query.length, abs=TOLERANCE)


def test_the_reader_takes_files_as_they_are_published() -> None:
    text = "type octile\r\nheight 3\r\nwidth 4\r\nmap\r\n.G@T\r\nS..O\r\n@W..\r\n"
    assert read_map(text).tolist() == [
        [True, True, False, False],
        [True, True, True, False],
        [False, False, True, True],
    ]
    line = "version 1.0\n0\tmaps/dao/arena.map\t49\t49\t1\t11\t1\t12\t1.00000000\n"
    assert read_scenario(line) == [Query((11, 1), (12, 1), 1.0)]
