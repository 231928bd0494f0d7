"""Small craters by published statistics: where they are, how large and how worn.

Sizes: cumulative density at equilibrium N(>D) = 10**-1.1 * D**-2 per square metre, D in metres (cited, not re-read:
Trask 1966; Moore, Boyce and Hahn 1980, Moon and Planets 23:231, whose abstract gives the power -2 for 1 to 100 m). It
is 5 % of geometric saturation, 1.54 * D**-2, where Minton+ 2019 (Icarus 326:63) find 'a few percent'. Thinned where
production falls below it. Production on plains: N(>1 km) = 6.7e-3 per square kilometre, what the chronology of Neukum,
Ivanov and Hartmann 2001 (cited, not re-read) gives for the 3.6 Ga of Von Kármán's mare, falling as D**-3 below 1.5 km
and as D**-1.8 above; highlands carry six times that (our choice).

Wear: depth over diameter falls exponentially with age from 0.14 (a fresh crater has 0.196 by Pike 1977, cited, not
re-read; the first, short-lived part of the decay is left out) such that the mean is the 0.061 measured by the landing
site (Wu+ 2021, EPSL 553:116666). That craters wear by diffusion, small ones fastest, is the finding of Fassett and
Thomson 2014 (JGR 119:2255); that the age of what is still to be seen is spread evenly, and the same at all sizes, is
our choice.
"""

import math

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.terrain.detail.profiles import LAST, crater_table, squared_distances, volume
from roverctl.terrain.detail.stamping import COLUMNS, SEEN_FROM, at_point, reach, stamp
from roverctl.terrain.scatter import cell, next_bits, number, ramp, scatter, unit
from roverctl.terrain.source import Array

EQUILIBRIUM = 10.0**-1.1
PRODUCTION_1_KM = 6.7e-9  # per square metre
KNEE_M = 1500.0
HIGHLAND_DENSITY = 6.0
CROWDED_M = 100.0  # below this even the plains are in equilibrium
FRESH_DEPTH = 0.14
WEAR = 1.97  # e-folds of depth over a crater's life: mean 0.14 (1 - exp(-1.97)) / 1.97 = 0.0611
CRISP = 0.75  # how much of the sharp profile the freshest shows; our choice
LENGTHENING = 0.1  # the largest; our choice
LARGEST_ON_PLAINS_M = 2_000.0  # larger ones on the plain by the site are known by name (Zhinyu, Hegu, Tianjin)
SMALLEST_M = 0.15
LAYER = 100
SLOTS = 4  # craters that a cell can hold: beyond them lies a probability of 5e-6
CROWD = EQUILIBRIUM * 0.75 * 4.0  # mean number in a cell
NOBODY = math.exp(-CROWD)


@kernel
def plainness(east: float, north: float, plains: Array) -> float:
    """1 within the smooth plains (rows of east, north, radius), 0 in the highlands, smooth between.

    A negative radius is a mountain that stands on a plain; mountains come last.
    """
    best = 0.0
    for k in range(plains.shape[0]):
        dx, dy, radius = east - plains[k, 0], north - plains[k, 1], plains[k, 2]
        ratio = (dx * dx + dy * dy) / (radius * radius)
        inside = 1.0
        if ratio >= 1.15 * 1.15:
            inside = 0.0
        elif ratio > 0.85 * 0.85:
            inside = ramp((1.15 - math.sqrt(ratio)) / 0.3)
        best = max(best, inside) if radius > 0.0 else best * (1.0 - inside)
    return best


@kernel
def abundance(diameter: float, highland: float) -> float:
    """Craters of this size relative to equilibrium, at most 1."""
    production = PRODUCTION_1_KM * (1.0 + (HIGHLAND_DENSITY - 1.0) * highland)
    # ratio of the differential densities: b / D times the cumulative one, for a slope of -b
    if diameter < KNEE_M:
        number = 1.5 * production * (diameter / 1000.0) ** -3.0
    else:
        number = 0.9 * production * (KNEE_M / 1000.0) ** -3.0 * (diameter / KNEE_M) ** -1.8
    return float(min(1.0, number * diameter * diameter / EQUILIBRIUM))


@kernel
def wear(depth: float) -> float:
    """How worn the profile of a crater is, 0 to 1, by its depth over diameter."""
    return 1.0 - CRISP * depth / FRESH_DEPTH


@kernel
def in_cell(
    seed: int, index: int, column: int, row: int, largest_m: float, plains: Array, clear_m: float, found: Array
) -> int:
    """The craters of octave 2**index .. 2**(index + 1) m whose centres lie in a cell (its side is 2**(index + 1) m).

    Fills rows of ``found`` (see ``stamping``) and returns how many. ``clear_m``: radius about the site that is kept
    free of craters of its size, 0.0 for none; what really is there is known.
    """
    state = scatter(seed, LAYER + index, column, row)
    count = number(unit(state), CROWD, NOBODY, SLOTS)
    low = 2.0**index
    side = 2.0 * low
    kept = 0
    for _ in range(count):
        state = next_bits(state)
        east = (column + unit(state)) * side
        state = next_bits(state)
        north = (row + unit(state)) * side
        state = next_bits(state)
        diameter = low / math.sqrt(1.0 - 0.75 * unit(state))
        state = next_bits(state)
        age = unit(state)
        state = next_bits(state)
        chance = unit(state)
        state = next_bits(state)
        turn = 2.0 * math.pi * unit(state)
        state = next_bits(state)
        stretch = LENGTHENING * unit(state)
        if diameter >= largest_m or diameter < SMALLEST_M:
            continue
        if clear_m > 0.0 and diameter > 3.0 and math.hypot(east, north) < clear_m + 0.9 * diameter:
            continue
        if diameter > CROWDED_M:
            plain = plainness(east, north, plains)
            if chance >= abundance(diameter, 1.0 - plain) or (plain > 0.5 and diameter > LARGEST_ON_PLAINS_M):
                continue
        depth = FRESH_DEPTH * math.exp(-WEAR * age)
        found[kept, 0], found[kept, 1], found[kept, 2], found[kept, 3] = east, north, diameter, depth
        found[kept, 4], found[kept, 5], found[kept, 6] = stretch, math.cos(turn), math.sin(turn)
        found[kept, 7] = wear(depth)
        kept += 1
    return kept


@kernel
def octaves(largest_m: float, spacing_m: float) -> tuple[int, int]:
    """First and last size octave that a sampling sees, both included."""
    smallest = max(SMALLEST_M, SEEN_FROM * spacing_m)
    return math.floor(math.log2(smallest)), math.floor(math.log2(largest_m) - 1e-9)


@kernel
def craters_points(
    east: Array, north: Array, spacing_m: float, largest_m: float, seed: int, plains: Array, clear_m: float,
    table: Array, out: Array,
) -> None:  # fmt: skip
    """Add the craters at points."""
    found = np.empty((SLOTS, COLUMNS))
    first, last = octaves(largest_m, spacing_m)
    for index in range(last, first - 1, -1):
        side = 2.0 ** (index + 1)
        far = reach(side, spacing_m)
        for i in range(east.size):
            for r in range(cell((north[i] - far) / side), cell((north[i] + far) / side) + 1):
                for c in range(cell((east[i] - far) / side), cell((east[i] + far) / side) + 1):
                    for k in range(in_cell(seed, index, c, r, largest_m, plains, clear_m, found)):
                        out[i] += at_point(east[i], north[i], spacing_m, found[k], table)


@kernel
def craters_grid(
    east0: float, north0: float, step: float, south: int, north: int, largest_m: float, seed: int, plains: Array,
    clear_m: float, table: Array, out: Array,
) -> None:  # fmt: skip
    """``craters_points`` for rows ``south`` to ``north`` (excluded) of a grid: each crater once, in the same order."""
    found = np.empty((SLOTS, COLUMNS))
    mixed = np.empty(LAST + 2)
    first, last = octaves(largest_m, step)
    for index in range(last, first - 1, -1):
        side = 2.0 ** (index + 1)
        far = reach(side, step)
        bottom, top = north0 + south * step - far, north0 + (north - 1) * step + far
        left, right = east0 - far, east0 + (out.shape[1] - 1) * step + far
        for row in range(cell(bottom / side), cell(top / side) + 1):
            for column in range(cell(left / side), cell(right / side) + 1):
                for k in range(in_cell(seed, index, column, row, largest_m, plains, clear_m, found)):
                    stamp(east0, north0, step, south, north, found[k], table, mixed, out)


def unseen_m(spacing_m: float, largest_m: float, highland: float) -> float:
    """Mean height (m, negative) of the craters that are too small to be drawn at a spacing.

    The integral of their volumes over the law of sizes, less what is drawn of them; ``highland`` is 0.0 or 1.0.
    """
    if min(largest_m, 2.0 * SEEN_FROM * spacing_m) <= SMALLEST_M:
        return 0.0
    diameter = np.geomspace(SMALLEST_M, min(largest_m, 2.0 * SEEN_FROM * spacing_m), 200)
    number = np.array([2.0 * EQUILIBRIUM * d**-3.0 * abundance(d, highland) for d in diameter])
    if highland == 0.0:
        number[diameter > LARGEST_ON_PLAINS_M] = 0.0
    share = np.clip(diameter / (SEEN_FROM * spacing_m) - 1.0, 0.0, 1.0)
    hidden = 1.0 - share * share * (3.0 - 2.0 * share)
    return float(np.trapezoid(number * hidden * diameter**3, diameter)) * mean_volume()


def mean_volume() -> float:
    """Mean over ages and lengthenings of a crater's volume, of its diameter's cube; negative."""
    table = crater_table()[0, : squared_distances().size]
    age = (np.arange(200) + 0.5) / 200.0
    depth = FRESH_DEPTH * np.exp(-WEAR * age)
    worn = 1.0 - CRISP * depth / FRESH_DEPTH
    profile = (1.0 - worn) * volume(table[:, 0]) + worn * volume(table[:, 1])
    shrunk = math.log(1.0 + 2.0 * LENGTHENING) / (2.0 * LENGTHENING)  # mean of 1 / (1 + 2 e)
    return float(np.mean(depth * profile)) * shrunk / 4.0
