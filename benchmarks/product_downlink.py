"""Simulated against real time while science products come down: every PDU carried, recorded and written to its file.

    uv run python benchmarks/product_downlink.py [--frames 2] [--loss 0.0] [--rounds 3]

The budget is 500 times real time; the exit code is 1 where the best round misses it or a product is not what was sent.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from roverctl.archive.product_files import ProductFiles
from roverctl.archive.recorder import Recorder
from roverctl.commanding.queue import CommandQueue
from roverctl.core.times import SECOND_NS
from roverctl.mission.mdb import Value
from roverctl.mission.profile import Mission, load_mission
from roverctl.rover.products.content import content
from roverctl.session.engine import Engine
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.source import Terrain

BUDGET = 500.0
_LONGEST_NS = 20_000 * SECOND_NS


def downlink(mission: Mission, terrain: Terrain, frames: int, loss: float, folder: Path) -> float:
    """Times real time."""
    recorder = Recorder(folder / "log.mcap", mission.mdb, {})
    engine = Engine(mission, terrain, mission.start_ns, 1, recorder)
    engine.ground.products = ProductFiles(folder / "products")
    if loss:
        engine.impair("loss", {"probability": loss, "leg": "return"}, 20_000.0)
    queue = CommandQueue(mission.mdb)

    def send(name: str, arguments: dict[str, Value], wait_s: float) -> None:
        command = queue.apply(queue.prepare_add(engine.now_ns, name, arguments))
        queue.apply(queue.prepare_release(engine.now_ns, command.id))
        engine.uplink(command.packet)
        engine.advance_to(engine.now_ns + round(wait_s * SECOND_NS))

    send("PCAM_PANORAMA", {"frames": frames}, 10.0 * frames + 30.0)
    send("SEND_PRODUCTS", {}, 30.0)
    begun, begun_ns = time.perf_counter(), engine.now_ns
    while engine.rover.products.waiting and engine.now_ns - begun_ns < _LONGEST_NS:
        engine.advance_to(engine.now_ns + 30 * SECOND_NS)
        engine.report()
    ratio = (engine.now_ns - begun_ns) / 1e9 / (time.perf_counter() - begun)
    recorder.close()
    for number in range(1, frames + 1):
        file = folder / "products" / f"product_{number:05d}.raw"
        if not file.exists() or file.read_bytes() != content(number, int(mission.vehicle.frame_size_b)):
            raise RuntimeError(f"product {number} is not what was sent")
    return ratio


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=2)
    parser.add_argument("--loss", type=float, default=0.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    mission = load_mission()
    terrain = open_terrain(mission)
    best = 0.0
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as folder:
            ratio = downlink(mission, terrain, arguments.frames, arguments.loss, Path(folder))
        best = max(best, ratio)
        print(f"{ratio:,.0f} times real time")
    print(f"best {best:,.0f} times real time, budget {BUDGET:,.0f}")
    return 0 if best >= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
