"""Simulated time against real time: a drive with every packet encoded, carried, decoded and recorded.

    uv run python benchmarks/simulation_speed.py [--hours 2] [--rounds 3]

The engine runs inline as in ``roverctl simulate``, recorder included; start-up is not counted. The budget is 5,000
times real time; the exit code is 1 where the median misses it.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from roverctl.archive.recorder import Recorder
from roverctl.commanding.queue import CommandQueue
from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import load_mission
from roverctl.session.engine import Engine
from roverctl.terrain.opening import open_terrain

BUDGET = 5000.0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    mission = load_mission()
    terrain = open_terrain(mission)
    route = [(-9.0 + 4.0 * i, -7.0 - 3.0 * (i % 2)) for i in range(1, 60)]
    ratios = []
    for number in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as folder:
            recorder = Recorder(Path(folder) / "log.mcap", mission.mdb, {})
            engine = Engine(mission, terrain, mission.start_ns, number, recorder)
            queue = CommandQueue(mission.mdb)
            command = queue.apply(queue.prepare_add(mission.start_ns, "FOLLOW_ROUTE", {"waypoints": list(route)}))
            queue.apply(queue.prepare_release(mission.start_ns, command.id))
            engine.advance_to(mission.start_ns + SECOND_NS)
            engine.uplink(command.packet)
            end_ns = mission.start_ns + round(arguments.hours * 3600 * SECOND_NS)
            begun = time.perf_counter()
            rows = 0
            while engine.now_ns < end_ns:
                engine.advance_to(min(engine.now_ns + 60 * SECOND_NS, end_ns))
                rows += sum(len(block.generation_ns) for block in engine.report().blocks)
            recorder.close()
            took = time.perf_counter() - begun
            ratios.append(arguments.hours * 3600 / took)
            size = (Path(folder) / "log.mcap").stat().st_size
        print(f"{arguments.hours:g} h in {took:.2f} s: {ratios[-1]:,.0f} times real time; {engine.packets} packets, "
              f"{rows} rows decoded, {size / 1e6:.1f} MB recorded")  # fmt: skip
    median = statistics.median(ratios)
    print(f"median {median:,.0f} times real time, budget {BUDGET:,.0f}")
    return 0 if median >= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
