"""The sky: a million epochs of the full chain, a year of passes and of turns; processor time.

uv run benchmarks/sky_speed.py
"""

import os
import sys
import time
from collections.abc import Callable

import numpy as np

from roverctl.core.times import DAY_NS, parse_utc
from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import load_mission

EPOCHS = 1_000_000
CHAIN_S, YEAR_S = 2.0, 1.0


def best_s(work: Callable[[], object], times: int = 3) -> float:
    """The least of a few runs, each from a sky of its own."""
    taken = []
    for _ in range(times):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)


def main() -> int:
    """Print figures; 1 where a budget is missed."""
    mission = load_mission()
    begin = parse_utc("2019-01-11")
    near = begin + np.arange(EPOCHS, dtype=np.int64) * 31_536_000_000  # a year, evenly
    far = begin + np.random.default_rng(1).integers(0, 12 * 365 * DAY_NS, EPOCHS)  # twelve years, at random
    year = (begin, begin + 365 * DAY_NS)
    chain = best_s(lambda: Sky(mission).light_times(near))
    scattered = best_s(lambda: Sky(mission).light_times(far))
    whole = best_s(lambda: Sky(mission).geometry(near))
    passes = best_s(lambda: Sky(mission).passes(*year))
    turns = best_s(lambda: Sky(mission).timeline(*year))
    print(f"load {os.getloadavg()[0]:.1f}, {len(mission.stations)} stations, {EPOCHS:,} epochs")
    print(f"station to relay to rover and back, light times   {chain:6.2f} s   (2 s)")
    print(f"the same at random instants of twelve years       {scattered:6.2f} s")
    print(f"all ranges, directions, margins, visibility       {whole:6.2f} s")
    print(f"a year of passes                                  {passes:6.2f} s   (1 s)")
    print(f"a year of turns and causes                        {turns:6.2f} s")
    return int(chain > CHAIN_S or passes > YEAR_S)


if __name__ == "__main__":
    sys.exit(main())
