"""Rocks by a published law of sizes: where they lie, how wide and how high.

The area covered by rocks of diameter D (m) and more is F(D) = k exp(-q D), the form of Golombek and Rapp 1997
(doi:10.1029/96JE03319, abstract; formula in NTRS 20030111177). Their q = 1.79 + 0.152 / k is for Mars and k of 5 to 40
%; at the landing site's k = 0.21 % (Wu+ 2021, EPSL 553:116666, abstract) it would put the cover into gravel of 1 to 2
cm, where that paper speaks of rocks of decimetres. So q is 0.5648 + 0.01258 / k, read in the code of a published
radar model of this site, which has these figures with this k as the rocks of Wu+; the paper that they come from first
(Li and Wu 2018, JGR Planets 123:1061, as far as we remember) was not read. The cover is taken to be that of rocks
from 5 cm up, the smallest that the survey at Chang'e-3 counted (Di+ 2016, abstract): F(D) = k exp(-q (D - 0.05)); our
choice.

Height above the ground: a share of the diameter spread evenly between 0.25 and 0.55, the rest is buried; our choice.
Smaller than seen at a spacing, rocks are left out: over the ground they amount to 0.1 mm.
"""

import math

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.terrain.detail.profiles import LAST
from roverctl.terrain.detail.stamping import COLUMNS, SEEN_FROM, at_point, reach, stamp
from roverctl.terrain.scatter import cell, next_bits, number, scatter, unit
from roverctl.terrain.source import Array

COVER = 0.0021
DECAY = 0.5648 + 0.01258 / COVER  # per metre
SMALLEST_M = 0.05
OCTAVES = 6  # from 0.05 m up to 3.2 m; 1e-12 of the ground has larger ones
LOWEST, HIGHEST = 0.25, 0.55  # height above the ground, of the diameter
LENGTHENING = 0.3  # the largest; our choice
LAYER = 5000
CELL = 24.0  # side of a cell, of the smallest diameter in it
SLOTS = 8  # rocks that a cell can hold: beyond them lies a probability of 1e-8


@kernel
def in_cell(seed: int, octave: int, column: int, row: int, found: Array) -> int:
    """The rocks of an octave (from SMALLEST_M * 2**octave up) whose centres lie in a cell, as rows of ``found``.

    Sizes are drawn from a density that falls as D**-2, and kept with a probability that falls exponentially.
    """
    low = SMALLEST_M * 2.0**octave
    side = CELL * low
    # a rock covers pi / 4 D**2: n(D) = COVER DECAY exp(-DECAY (D - SMALLEST_M)) / (pi / 4 D**2)
    mean = COVER * DECAY * math.exp(-DECAY * (low - SMALLEST_M)) * 4.0 / math.pi / (2.0 * low) * side * side
    state = scatter(seed, LAYER + octave, column, row)
    count = number(unit(state), mean, math.exp(-mean), SLOTS)
    kept = 0
    for _ in range(count):
        state = next_bits(state)
        east = (column + unit(state)) * side
        state = next_bits(state)
        north = (row + unit(state)) * side
        state = next_bits(state)
        diameter = low / (1.0 - 0.5 * unit(state))
        state = next_bits(state)
        chance = unit(state)
        state = next_bits(state)
        height = LOWEST + (HIGHEST - LOWEST) * unit(state)
        state = next_bits(state)
        turn = 2.0 * math.pi * unit(state)
        state = next_bits(state)
        stretch = LENGTHENING * unit(state)
        if chance >= math.exp(-DECAY * (diameter - low)):
            continue
        # the law's diameter is that of the area: the longest is larger
        found[kept, 0], found[kept, 1], found[kept, 2] = east, north, diameter * math.sqrt(1.0 + 2.0 * stretch)
        found[kept, 3] = height / math.sqrt(1.0 + 2.0 * stretch)
        found[kept, 4], found[kept, 5], found[kept, 6] = stretch, math.cos(turn), math.sin(turn)
        found[kept, 7] = 0.0
        kept += 1
    return kept


@kernel
def first_octave(spacing_m: float) -> int:
    """First octave of which a sampling sees anything; OCTAVES where it sees none."""
    longest = 2.0 * SMALLEST_M * math.sqrt(1.0 + 2.0 * LENGTHENING)
    return int(min(OCTAVES, max(0, math.floor(math.log2(SEEN_FROM * spacing_m / longest)) + 1)))


@kernel
def farthest(octave: int, spacing_m: float) -> float:
    """Distance (m) at which the largest rock of an octave has ended."""
    return reach(SMALLEST_M * 2.0 ** (octave + 1) * math.sqrt(1.0 + 2.0 * LENGTHENING), spacing_m)


@kernel
def rocks_points(east: Array, north: Array, spacing_m: float, seed: int, table: Array, out: Array) -> None:
    """Add the rocks at points."""
    found = np.empty((SLOTS, COLUMNS))
    for octave in range(OCTAVES - 1, first_octave(spacing_m) - 1, -1):
        side = CELL * SMALLEST_M * 2.0**octave
        far = farthest(octave, spacing_m)
        for i in range(east.size):
            for r in range(cell((north[i] - far) / side), cell((north[i] + far) / side) + 1):
                for c in range(cell((east[i] - far) / side), cell((east[i] + far) / side) + 1):
                    for k in range(in_cell(seed, octave, c, r, found)):
                        out[i] += at_point(east[i], north[i], spacing_m, found[k], table)


@kernel
def rocks_grid(
    east0: float, north0: float, step: float, south: int, north: int, seed: int, table: Array, out: Array
) -> None:
    """``rocks_points`` for rows ``south`` to ``north`` (excluded) of a grid: each rock once, in the same order."""
    found = np.empty((SLOTS, COLUMNS))
    mixed = np.empty(LAST + 2)
    for octave in range(OCTAVES - 1, first_octave(step) - 1, -1):
        side = CELL * SMALLEST_M * 2.0**octave
        far = farthest(octave, step)
        bottom, top = north0 + south * step - far, north0 + (north - 1) * step + far
        left, right = east0 - far, east0 + (out.shape[1] - 1) * step + far
        for row in range(cell(bottom / side), cell(top / side) + 1):
            for column in range(cell(left / side), cell(right / side) + 1):
                for k in range(in_cell(seed, octave, column, row, found)):
                    stamp(east0, north0, step, south, north, found[k], table, mixed, out)


@kernel
def _gather(
    seed: int, west_m: float, south_m: float, east_m: float, north_m: float, smallest_m: float, out: Array
) -> int:
    """Count the rocks of a window, and write as many rows as ``out`` holds."""
    found = np.empty((SLOTS, COLUMNS))
    count = 0
    for octave in range(OCTAVES):
        if SMALLEST_M * 2.0 ** (octave + 1) < smallest_m:
            continue
        side = CELL * SMALLEST_M * 2.0**octave
        for row in range(cell(south_m / side), cell(north_m / side) + 1):
            for column in range(cell(west_m / side), cell(east_m / side) + 1):
                for k in range(in_cell(seed, octave, column, row, found)):
                    east, north = found[k, 0], found[k, 1]
                    diameter = found[k, 2] / math.sqrt(1.0 + 2.0 * found[k, 4])
                    inside = west_m <= east < east_m and south_m <= north < north_m
                    if not inside or diameter < smallest_m:
                        continue
                    if count < out.shape[0]:
                        out[count, 0], out[count, 1], out[count, 2] = east, north, diameter
                        out[count, 3] = found[k, 3] * found[k, 2]
                    count += 1
    return count


def rocks_in(
    seed: int, west_m: float, south_m: float, east_m: float, north_m: float, smallest_m: float = SMALLEST_M
) -> Array:
    """Rocks whose centres lie in a window: rows of east, north, diameter, height above the ground (m), largest first.

    The diameter is that of a disc of the rock's area. ``seed`` is the terrain's. Smaller rocks than ``smallest_m`` are
    left out.
    """
    window = (seed & 0x7FFF_FFFF_FFFF_FFFF, west_m, south_m, east_m, north_m, smallest_m)
    rocks = np.empty((_gather(*window, np.empty((0, 4))), 4))
    _gather(*window, rocks)
    return rocks[np.argsort(-rocks[:, 2], kind="stable")]
