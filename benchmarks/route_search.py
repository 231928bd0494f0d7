"""Least-cost search against scikit-image's MCP_Geometric, in one run, in turns; and moving the goal on a kept field.

    uv run python benchmarks/route_search.py [--rounds 5] [--size 2048]
    uv run --with dijkstra3d python benchmarks/route_search.py

Both find the cheapest way from corner to corner, arrays and set-up included, in processor seconds. The budgets (at
least 5 times faster, the same cost, at most a fifth of the memory) are checked on the medians; the exit code is 1 where
one is missed. dijkstra3d, where it is there, is timed beside them for comparison: it solves a simpler problem (a step
costs what its new cell costs, whatever its length), in single precision.

Last, the search that routes are planned with, whose steps cost otherwise up than down and keep limits up, down and
across, over hills; MCP_Geometric, which knows nothing of that, gets what the same cells cost on the level.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter
from skimage.graph import MCP_Geometric

from roverctl.mission.profile import load_mission
from roverctl.traverse.costs import CostModel, cost_model
from roverctl.traverse.request import RouteRequest
from roverctl.traverse.search.field import ground_field, least_cost_field

Array = npt.NDArray[np.float64]


def relief(size: int, seed: int) -> Array:
    """Costs like those of ground: flat to steep in patches of many sizes, 1 to 10 per metre."""
    random = np.random.default_rng(seed)
    total = np.zeros((size, size))
    for scale in (2, 8, 32, 128):
        layer = gaussian_filter(random.normal(size=(size, size)), scale, mode="wrap")
        total += layer / layer.std()
    low, high = total.min(), total.max()
    return np.asarray(1.0 + 9.0 * ((total - low) / (high - low)) ** 2)


def ours(price: Array, goal: tuple[int, int]) -> float:
    return least_cost_field(price, 1.0, (0, 0), goal).cost_to(goal)


def theirs(price: Array, goal: tuple[int, int]) -> float:
    costs, _ = MCP_Geometric(price).find_costs([(0, 0)], [goal])
    return float(costs[goal])


def simpler(price: Array, goal: tuple[int, int]) -> float:
    import dijkstra3d  # type: ignore[import-not-found, unused-ignore]

    return float(dijkstra3d.distance_field(price.astype(np.float32), (0, 0), connectivity=8)[goal])


@dataclass(frozen=True)
class Hills:
    """Ground of slopes up to the planning limit and beyond, and what the planner makes of it."""

    elevation_m: Array
    price: Array
    free: npt.NDArray[np.bool_]
    model: CostModel

    def ours(self, goal: tuple[int, int]) -> float:
        z = self.elevation_m
        return ground_field(z, z, self.price, self.free, 1.0, self.model, (1, 1), goal).cost_to(goal)

    def theirs(self, goal: tuple[int, int]) -> float:
        plain, rolled, _, look = self.model.rates.tolist()
        level = np.where(self.free, self.price + plain + rolled / (1.0 - float(self.model.slip[0])) + look, -1.0)
        costs, _ = MCP_Geometric(level).find_costs([(1, 1)], [goal])
        return float(costs[goal])


def hills(size: int) -> Hills:
    mission = load_mission()
    limit = mission.vehicle.plan_slope_rad
    model = cost_model(mission, RouteRequest(start_m=(0, 0), goal_m=(1, 1), max_slope_rad=limit))
    elevation = gaussian_filter(np.random.default_rng(1).normal(size=(size, size)), 8.0)
    elevation *= 0.08 / np.gradient(elevation)[0].std()
    slope = np.arctan(np.hypot(*np.gradient(elevation)))
    free = slope < limit
    free[0] = free[-1] = free[:, 0] = free[:, -1] = False
    free[1:4, 1:4] = free[-4:-1, -4:-1] = True
    return Hills(elevation, np.where(free, model.hazard(slope), 0.0), free, model)


def memory(who: str, size: int) -> float:
    """Bytes a cell that a search takes beyond its input, in a process of its own."""
    command = [sys.executable, __file__, "--size", str(size), "--memory-of", who]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(who: str, size: int) -> None:
    """Print what ``memory`` asks for."""
    search = ours if who == "roverctl" else theirs
    search(np.ones((8, 8)), (7, 7))
    price = np.random.default_rng(1).uniform(1.0, 10.0, (size, size))
    before = _peak_kib()
    search(price, (size - 1, size - 1))
    print((_peak_kib() - before) * 1024.0 / size**2)


def _peak_kib() -> int:
    """The process's peak resident memory; ``ru_maxrss`` would begin with the parent's."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("/proc/self/status names no VmHWM")


def timed(search: Callable[[], float]) -> tuple[float, float]:
    begin = time.process_time()
    cost = search()
    return time.process_time() - begin, cost


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--size", type=int, default=2048)
    options.add_argument("--memory-of", help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.memory_of:
        measure(arguments.memory_of, arguments.size)
        return 0
    size, goal = arguments.size, (arguments.size - 1, arguments.size - 1)
    ours(np.ones((8, 8)), (7, 7))  # compiled before it is timed
    fields = {"noise 1..10": np.random.default_rng(1).uniform(1.0, 10.0, (size, size)), "relief 1..10": relief(size, 2)}
    print(f"corner to corner, {size}², {arguments.rounds} rounds in turns")
    print(f"{'costs':14}{'':16}{'min s':>8}{'median s':>10}{'ratio min':>11}{'median':>8}{'same cost':>12}")
    good = True
    third = []
    try:
        simpler(np.ones((8, 8)), (7, 7))
        third = [("dijkstra3d", simpler)]
    except ImportError:
        print("dijkstra3d is not installed; uv run --with dijkstra3d compares it")
    for name, price in fields.items():
        searches = [("roverctl", ours), ("MCP_Geometric", theirs), *third]
        times: dict[str, list[float]] = {who: [] for who, _ in searches}
        cost: dict[str, float] = {}
        for _ in range(arguments.rounds):
            for who, search in searches:
                seconds, cost[who] = timed(partial(search, price, goal))
                times[who].append(seconds)
        least = {who: min(values) for who, values in times.items()}
        median = {who: statistics.median(values) for who, values in times.items()}
        ratio = median["MCP_Geometric"] / median["roverctl"]
        error = abs(cost["roverctl"] / cost["MCP_Geometric"] - 1.0)
        print(f"{name:14}{'MCP_Geometric':16}{least['MCP_Geometric']:8.3f}{median['MCP_Geometric']:10.3f}")
        print(
            f"{'':14}{'roverctl':16}{least['roverctl']:8.3f}{median['roverctl']:10.3f}"
            f"{least['MCP_Geometric'] / least['roverctl']:11.2f}{ratio:8.2f}{error:12.1e}"
        )
        for who, _ in third:
            print(f"{'':14}{who:16}{least[who]:8.3f}{median[who]:10.3f}{'':11}{median[who] / median['roverctl']:8.2f}")
        good &= ratio >= 5.0 and error < 1e-9
    ground, goal = hills(size), (size - 2, size - 2)
    pairs = [
        (timed(partial(ground.theirs, goal))[0], timed(partial(ground.ours, goal))[0])
        for _ in range(arguments.rounds + 1)
    ]
    level, directed = np.array(pairs[1:]).T  # the first compiles
    ratio = float(np.median(level) / np.median(directed))
    print(f"{'over hills':14}{'MCP_Geometric':16}{level.min():8.3f}{np.median(level):10.3f}")
    print(
        f"{'':14}{'roverctl':16}{directed.min():8.3f}{np.median(directed):10.3f}"
        f"{level.min() / directed.min():11.2f}{ratio:8.2f}{'up ≠ down':>12}"
    )
    bytes_a_cell = {who: memory(who, size) for who in ("roverctl", "MCP_Geometric")}
    part = bytes_a_cell["roverctl"] / bytes_a_cell["MCP_Geometric"]
    print(
        f"memory: {bytes_a_cell['roverctl']:.1f} and {bytes_a_cell['MCP_Geometric']:.1f} bytes a cell, 1/{1 / part:.1f}"
    )
    good &= part <= 0.2

    field = least_cost_field(relief(1024, 3), 1.0, (0, 0))
    goals = np.random.default_rng(4).integers(0, 1024, (1000, 2))
    moves = []
    for row, column in goals:
        begin = time.perf_counter()
        field.path_to((int(row), int(column)))
        moves.append((time.perf_counter() - begin) * 1000.0)
    slowest = float(np.percentile(moves, 99))
    print(f"goal moved on a planned 1024² field: median {statistics.median(moves):.3f} ms, 99 % {slowest:.3f} ms")
    return 0 if good and slowest < 1.0 else 1


if __name__ == "__main__":
    sys.exit(main())
