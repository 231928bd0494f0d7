"""Least-cost search on a grid against compiled peers from PyPI: corner to corner, eight neighbours, in one run.

    uv run --with igraph --with networkit --with rustworkx --with tcod --with xarray-spatial --with scikit-fmm \
        python benchmarks/route_peers.py [--size 2048] [--rounds 3] [--only NAME,NAME]

A step costs its length times the mean of its two cells' costs. What can express that is held to the same cost; what
cannot is told as `another problem`: tcod counts whole numbers, a step costing what its new cell costs; scikit-fmm
solves the eikonal equation. Graph libraries are given the finished graph: the seconds are those of their search alone,
and what the graph took stands beside them. Ours and the grid libraries' include arrays and set-up. Processor seconds,
medians; memory is the peak beyond the input, in a process of its own. The exit code is 1 where the fastest peer of the
same cost is not twice as slow; MCP_Geometric is held to its budget by route_search.py, in turns.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from route_search import relief

Array = npt.NDArray[np.float64]
Search = Callable[[], float]

# What a peer needs installed, the largest grid that it is tried on, and whether it solves the same problem.
PEERS = {
    "roverctl": ("roverctl", 1 << 14, True),
    "MCP_Geometric": ("skimage", 1 << 14, True),
    "xarray-spatial": ("xrspatial", 1 << 14, True),
    "scipy dijkstra": ("scipy", 4096, True),
    "networkit": ("networkit", 4096, True),
    "igraph": ("igraph", 2048, True),
    "rustworkx": ("rustworkx", 1024, True),
    "tcod": ("tcod", 1 << 14, False),
    "scikit-fmm": ("skfmm", 1 << 14, False),
}


def edges(price: Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Array]:
    """Each edge of the grid once: its two nodes and its cost."""
    number = np.arange(price.size).reshape(price.shape)
    begin, end, cost = [], [], []
    for here, there, length in (
        (np.s_[:, :-1], np.s_[:, 1:], 1.0),
        (np.s_[:-1], np.s_[1:], 1.0),
        (np.s_[:-1, :-1], np.s_[1:, 1:], 2.0**0.5),
        (np.s_[:-1, 1:], np.s_[1:, :-1], 2.0**0.5),
    ):
        begin.append(number[here].ravel())
        end.append(number[there].ravel())
        cost.append(length * 0.5 * (price[here] + price[there]).ravel())
    return np.concatenate(begin), np.concatenate(end), np.concatenate(cost)


def prepared(who: str, price: Array) -> Search:
    """The search from the first cell to the last, with its graph made where it needs one."""
    last = price.size - 1
    goal = (price.shape[0] - 1, price.shape[1] - 1)
    if who == "roverctl":
        from roverctl.traverse.search.field import least_cost_field

        return lambda: least_cost_field(price, 1.0, (0, 0), goal).cost_to(goal)
    if who == "MCP_Geometric":
        from skimage.graph import MCP_Geometric

        return lambda: float(MCP_Geometric(price).find_costs([(0, 0)], [goal])[0][goal])
    if who == "xarray-spatial":
        return _xarray_spatial(price)
    if who == "scikit-fmm":
        import skfmm  # type: ignore[import-not-found, unused-ignore]

        phi = np.ones(price.shape)
        phi[0, 0] = 0.0
        return lambda: float(skfmm.travel_time(phi, 1.0 / price, order=1)[goal])
    if who == "tcod":
        import tcod.path  # type: ignore[import-not-found, unused-ignore]

        whole = np.round(price * 10).astype(np.int32)
        far = tcod.path.maxarray(price.shape, dtype=np.int32)
        far[0, 0] = 0
        return lambda: float(tcod.path.dijkstra2d(far.copy(), whole, cardinal=10, diagonal=14, out=None)[goal]) / 100
    begin, end, cost = edges(price)
    if who == "scipy dijkstra":
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import dijkstra

        both = (np.concatenate((cost, cost)), (np.concatenate((begin, end)), np.concatenate((end, begin))))
        matrix = coo_array(both, shape=(price.size, price.size)).tocsr()
        return lambda: float(dijkstra(matrix, indices=0)[last])
    if who == "networkit":
        import networkit  # type: ignore[import-not-found, unused-ignore]

        graph = networkit.GraphFromCoo((cost, (begin, end)), n=price.size, weighted=True, directed=False)

        def run() -> float:
            search = networkit.distance.Dijkstra(graph, 0, False, False, last)
            search.run()
            return float(search.distance(last))

        return run
    if who == "igraph":
        import igraph  # type: ignore[import-not-found, unused-ignore]

        net = igraph.Graph(n=price.size, edges=np.stack((begin, end), axis=1))
        return lambda: float(net.distances(0, last, weights=cost)[0][0])
    import rustworkx  # type: ignore[import-not-found, unused-ignore]

    rust = rustworkx.PyGraph(multigraph=False)
    rust.add_nodes_from(range(price.size))
    rust.add_edges_from(list(zip(begin.tolist(), end.tolist(), cost.tolist(), strict=True)))
    return lambda: float(rustworkx.dijkstra_shortest_path_lengths(rust, 0, float, goal=last)[last])


def _xarray_spatial(price: Array) -> Search:
    import xarray  # type: ignore[import-not-found, unused-ignore]
    from xrspatial.cost_distance import cost_distance  # type: ignore[import-not-found, unused-ignore]

    axes = {"y": np.arange(float(price.shape[0])), "x": np.arange(float(price.shape[1]))}
    start = np.zeros(price.shape)
    start[0, 0] = 1.0
    source = xarray.DataArray(start, coords=axes, dims=("y", "x"))
    friction = xarray.DataArray(price, coords=axes, dims=("y", "x"))
    return lambda: float(cost_distance(source, friction).values[-1, -1])


def made(name: str, size: int) -> Array:
    """A grid that is searched; noise is made without arrays beside it, so that memory can be told."""
    return np.random.default_rng(1).uniform(1.0, 10.0, (size, size)) if name == "noise 1..10" else relief(size, 2)


def measure(who: str, size: int, rounds: int) -> None:
    """Print one peer's figures, in this process."""
    prepared(who, np.random.default_rng(0).uniform(1.0, 2.0, (16, 16)))()  # compiled before it is timed
    told: dict[str, Any] = {}
    for name in ("noise 1..10", "relief 1..10"):
        price = made(name, size)
        before = _peak_kib()  # the second field finds the first one's peak: memory is told of the first
        begin = time.process_time()
        search = prepared(who, price)
        graph_s = time.process_time() - begin
        seconds = []
        cost = 0.0
        for _ in range(rounds):
            begin = time.process_time()
            cost = search()
            seconds.append(time.process_time() - begin)
        told[name] = {
            "seconds": seconds, "graph_s": graph_s, "cost": cost,
            "bytes": (_peak_kib() - before) * 1024.0 / price.size,
        }  # fmt: skip
        del search
    print(json.dumps(told))


def _peak_kib() -> int:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("/proc/self/status names no VmHWM")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--size", type=int, default=2048)
    options.add_argument("--only", help="peers by name, with commas; ours always")
    options.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.measure:
        measure(arguments.measure, arguments.size, arguments.rounds)
        return 0
    chosen = set(arguments.only.split(",")) | {"roverctl"} if arguments.only else set(PEERS)
    found: dict[str, dict[str, Any]] = {}
    print(
        f"corner to corner, {arguments.size}², {arguments.rounds} rounds, load {Path('/proc/loadavg').read_text()[:4]}"
    )
    for who, (module, most, _) in PEERS.items():
        if who not in chosen or arguments.size > most:
            continue
        if importlib.util.find_spec(module) is None:
            print(f"{who}: not installed")
            continue
        words = [__file__, "--size", str(arguments.size), "--rounds", str(arguments.rounds)]
        command = [sys.executable, *words, "--measure", who]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{who}: failed: {done.stderr.strip().splitlines()[-1:]}")
            continue
        found[who] = json.loads(done.stdout.splitlines()[-1])
    return judged(found)


def judged(found: dict[str, dict[str, Any]]) -> int:
    """Print the table; 1 where a budget is missed."""
    good = True
    print(f"{'costs':14}{'':16}{'median s':>10}{'times ours':>12}{'graph s':>9}  cost against ours")
    for name in next(iter(found.values())):
        mine = found["roverctl"][name]
        mine_s = statistics.median(mine["seconds"])
        peers = {}
        for who, figures in found.items():
            row = figures[name]
            seconds = statistics.median(row["seconds"])
            apart = row["cost"] / mine["cost"] - 1.0
            same = PEERS[who][2] and abs(apart) < 1e-4
            if same and who != "roverctl":
                peers[who] = seconds / mine_s
            word = f"{apart:+.1e}" if PEERS[who][2] else f"{apart:+.1e}, another problem"
            print(f"{name:14}{who:16}{seconds:10.3f}{seconds / mine_s:12.2f}{row['graph_s']:9.2f}  {word}")
        if peers:
            good &= min(peers.values()) >= 2.0
    first = {who: next(iter(figures.values()))["bytes"] for who, figures in found.items()}
    print("bytes a cell: " + ", ".join(f"{who} {count:.0f}" for who, count in first.items()))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
