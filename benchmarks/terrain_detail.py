"""Generated ground, 2048² nodes 10 cm apart: ``uv run python benchmarks/terrain_detail.py``. To reach: 0.5 s.

Beside it, in the same run, the usual way to rough ground: spectral synthesis by numpy (white noise, filtered by a
power of the wave number), which has neither craters nor rocks nor a place in a larger world. Exits with 1 where the
detail alone takes more than the budget of processor time, which other work on the machine disturbs least.
"""

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from roverctl.mission.profile import load_mission
from roverctl.terrain.detail.detailed import DetailedTerrain
from roverctl.terrain.detail.roughness import HURST
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.opening import open_terrain
from roverctl.terrain.source import Array

SIDE = 2048
SPACING_M = 0.1
ROUNDS = 7
BUDGET_S = 0.5
PLACES = ((40.0, 90.0), (3_000.0, -2_000.0), (60_000.0, 90_000.0))


class Level:
    """No elevations of its own: what is timed is the detail."""

    label, resolution_m, generated_below_m = "level", 1000.0, 0.0

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        return np.zeros(np.broadcast(east_m, north_m).shape)


def spectral() -> Array:
    noise = np.random.default_rng(1).standard_normal((SIDE, SIDE))
    spectrum = np.fft.rfft2(noise)
    wave = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None, :])
    wave[0, 0] = np.inf
    return np.fft.irfft2(spectrum * wave ** (-HURST - 1.0), s=(SIDE, SIDE))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


def main() -> None:
    whole = open_terrain(load_mission())
    assert isinstance(whole, DetailedTerrain)
    alone = DetailedTerrain(Level(), load_mission(), whole.generated_below_m, 15_000.0, 4)
    random = np.random.default_rng(1).uniform(-1000.0, 1000.0, (2, 10_000))
    works: list[tuple[str, Callable[[], object]]] = [("spectral synthesis, numpy", spectral)]
    for east, north in PLACES:
        place = f"{east / 1000:g} km east {north / 1000:g} km north"
        window = (east, north, SPACING_M, SIDE, SIDE)
        works.append((f"detail, {place}", partial(sample_grid, alone, *window)))
        works.append((f"reconstruction and detail, {place}", partial(sample_grid, whole, *window)))
    works.append(("detail, 10,000 points", partial(alone.elevation, random[0], random[1], 0.25)))
    for _, work in works:
        work()
    rows = [[timed(work) for _, work in works] for _ in range(ROUNDS)]
    missed = False
    print(f"{'':58}{'min s':>8}{'median s':>10}{'processor s':>13}{'of spectral':>13}")
    for (label, _), column in zip(works, zip(*rows, strict=True), strict=True):
        walls, used = zip(*column, strict=True)
        processor = statistics.median(used)
        beside = processor / statistics.median(row[0][1] for row in rows)
        print(f"{label:58}{min(walls):8.3f}{statistics.median(walls):10.3f}{processor:13.3f}{beside:13.2f}")
        missed = missed or (label.startswith("detail") and processor > BUDGET_S)
    sys.exit(missed)


if __name__ == "__main__":
    main()
