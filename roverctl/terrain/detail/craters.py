"""Small craters by published statistics: where they are, how large and how worn, and what they do to the ground.

Sizes: cumulative density at equilibrium N(>D) = 10**-1.1 * D**-2 per square metre, D in metres (Trask 1966; Moore,
Boyce and Hahn 1980, Moon and Planets 23:231), thinned where production falls below it. Production on plains:
N(>1 km) = 6.7e-3 per square kilometre, what the chronology of Neukum, Ivanov and Hartmann 2001 gives for the 3.6 Ga of
Von Kármán's mare, falling as D**-3 below 1.5 km and as D**-1.8 above; highlands carry six times that (our choice).

Wear: depth over diameter falls exponentially with age (diffusive decay, after Fassett and Thomson 2014) from 0.14
(a fresh crater has 0.196 by Pike 1977; the first, short-lived part of the decay is left out) such that the mean is the
0.061 measured by the landing site (FACTS.md). Rims are 0.036 D when fresh (Pike 1977) and wear with the depth.
"""

import math

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.terrain.scatter import cell, next_bits, ramp, scatter, unit
from roverctl.terrain.source import Array

EQUILIBRIUM = 10.0**-1.1
PRODUCTION_1_KM = 6.7e-9  # per square metre
KNEE_M = 1500.0
HIGHLAND_DENSITY = 6.0
FRESH_DEPTH = 0.14
WEAR = 1.97  # e-folds of depth over a crater's life: mean 0.14 (1 - exp(-1.97)) / 1.97 = 0.0611
CRISP = 0.75  # how much of the sharp profile the freshest shows; our choice
LARGEST_ON_PLAINS_M = 2_000.0  # larger ones on the plain by the site are known by name (Zhinyu, Hegu, Tianjin)
RIM_OF_DEPTH = 0.036 / 0.196  # Pike 1977, simple craters
SMALLEST_M = 0.15
SEEN_FROM = 3.0  # spacings: no crater smaller than this many is drawn, one of twice that is drawn in full
REACH = 2.0  # radii to which a crater changes the ground
LAYER = 100
SLOTS = 4  # craters that a cell can hold: beyond them lies a probability of 5e-6


@kernel
def shape(x: float, depth: float, rim: float, worn: float) -> float:
    """Height at ``x`` radii over the ground before: ``depth`` below it in the middle, ``rim`` above; 0 from 2 on.

    Fresh: a parabola and an apron that falls about as r**-3 (McGetchin, Settle and Head 1973) but ends. Worn: the same
    rounded off, as diffusion does.
    """
    if x >= REACH:
        return 0.0
    fresh = -depth + (depth + rim) * x * x if x < 1.0 else rim * (2.0 - x) * (2.0 - x) * (2.0 - x)
    soft = 0.0
    if x < 1.3:
        u = 1.0 - x * x / 1.69
        soft -= depth * u * u
    v = (x - 1.15) / 0.85
    if v * v < 1.0:
        u = 1.0 - v * v
        soft += rim * u * u
    return fresh + worn * (soft - fresh)


@kernel
def plainness(east: float, north: float, plains: Array) -> float:
    """1 within the smooth plains (rows of east, north, radius), 0 in the highlands, smooth between.

    A negative radius is a mountain that stands on a plain; mountains come last.
    """
    best = 0.0
    for k in range(plains.shape[0]):
        r = math.hypot(east - plains[k, 0], north - plains[k, 1]) / abs(plains[k, 2])
        inside: float = ramp((1.15 - r) / 0.3)
        best = max(best, inside) if plains[k, 2] > 0.0 else best * (1.0 - inside)
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
def in_cell(
    seed: int, index: int, column: int, row: int, largest_m: float, plains: Array, clear_m: float, found: Array
) -> int:
    """The craters of octave 2**index .. 2**(index + 1) m whose centres lie in a cell (its side is 2**(index + 1) m).

    Fills rows of ``found``: east, north, diameter, depth over diameter, lengthening, its cosine and sine; returns how
    many. ``clear_m``: radius about the site that is kept free of craters of its size, 0.0 for none; what really is
    there is known.
    """
    low = 2.0**index
    side = 2.0 * low
    state = scatter(seed, LAYER + index, column, row)
    mean = EQUILIBRIUM * 0.75 / (low * low) * side * side
    u, term, count = unit(state), math.exp(-mean), 0
    while u >= term and count < SLOTS:
        u -= term
        count += 1
        term *= mean / count
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
        stretch = 0.1 * unit(state)
        if diameter >= largest_m or diameter < SMALLEST_M:
            continue
        if clear_m > 0.0 and diameter > 3.0 and math.hypot(east, north) < clear_m + 0.9 * diameter:
            continue
        plain = plainness(east, north, plains)
        if chance >= abundance(diameter, 1.0 - plain) or (plain > 0.5 and diameter > LARGEST_ON_PLAINS_M):
            continue
        found[kept, 0], found[kept, 1], found[kept, 2] = east, north, diameter
        found[kept, 3] = FRESH_DEPTH * math.exp(-WEAR * age)
        found[kept, 4], found[kept, 5], found[kept, 6] = stretch, math.cos(turn), math.sin(turn)
        kept += 1
    return kept


@kernel
def effect(dx: float, dy: float, crater: Array) -> float:
    """Height that one crater (a row as ``in_cell`` fills them) adds at an offset from its centre."""
    radius = 0.5 * crater[2]
    rr = dx * dx + dy * dy
    if rr >= REACH * REACH * radius * radius:
        return 0.0
    # twice the angle from the long axis, without trigonometry
    stretch = 1.0
    if rr > 0.0:
        stretch += crater[4] * (1.0 + (crater[5] * (dx * dx - dy * dy) + crater[6] * 2.0 * dx * dy) / rr)
    depth = crater[3] * crater[2]
    rim = RIM_OF_DEPTH * depth
    return shape(math.sqrt(rr) / radius * stretch, depth - rim, rim, 1.0 - CRISP * crater[3] / FRESH_DEPTH)


@kernel
def octaves(largest_m: float, spacing_m: float) -> tuple[int, int]:
    """First and last size octave that a sampling sees, both included."""
    smallest = max(SMALLEST_M, SEEN_FROM * spacing_m)
    return math.floor(math.log2(smallest)), math.floor(math.log2(largest_m) - 1e-9)


@kernel
def craters_points(
    east: Array, north: Array, spacing_m: float, largest_m: float, seed: int, plains: Array, clear_m: float, out: Array
) -> None:
    """Add the craters at points; at most nine cells an octave are looked at for each."""
    found = np.empty((SLOTS, 7))
    first, last = octaves(largest_m, spacing_m)
    for index in range(last, first - 1, -1):
        side = 2.0 ** (index + 1)
        for i in range(east.size):
            column, row = cell(east[i] / side), cell(north[i] / side)
            for r in range(row - 1, row + 2):
                for c in range(column - 1, column + 2):
                    for k in range(in_cell(seed, index, c, r, largest_m, plains, clear_m, found)):
                        fade = ramp(found[k, 2] / (SEEN_FROM * spacing_m) - 1.0)
                        out[i] += fade * effect(east[i] - found[k, 0], north[i] - found[k, 1], found[k])


@kernel
def stamp(east0: float, north0: float, step: float, crater: Array, fade: float, out: Array) -> None:
    """Add one crater to the nodes of a grid that it reaches."""
    height, width = out.shape
    reach = REACH * 0.5 * crater[2]
    r0 = max(0, math.ceil((crater[1] - reach - north0) / step))
    r1 = min(height - 1, math.floor((crater[1] + reach - north0) / step))
    for r in range(r0, r1 + 1):
        dy = north0 + r * step - crater[1]
        half = math.sqrt(max(0.0, reach * reach - dy * dy))
        c0 = max(0, math.ceil((crater[0] - half - east0) / step))
        c1 = min(width - 1, math.floor((crater[0] + half - east0) / step))
        for c in range(c0, c1 + 1):
            out[r, c] += fade * effect(east0 + c * step - crater[0], dy, crater)


@kernel
def craters_grid(
    east0: float, north0: float, step: float, largest_m: float, seed: int, plains: Array, clear_m: float, out: Array
) -> None:
    """``craters_points`` for a regular grid: each crater once, where it reaches; the same values in the same order."""
    height, width = out.shape
    found = np.empty((SLOTS, 7))
    first, last = octaves(largest_m, step)
    for index in range(last, first - 1, -1):
        side = 2.0 ** (index + 1)
        for row in range(cell(north0 / side) - 1, cell((north0 + (height - 1) * step) / side) + 2):
            for column in range(cell(east0 / side) - 1, cell((east0 + (width - 1) * step) / side) + 2):
                for k in range(in_cell(seed, index, column, row, largest_m, plains, clear_m, found)):
                    fade = ramp(found[k, 2] / (SEEN_FROM * step) - 1.0)
                    if fade > 0.0:
                        stamp(east0, north0, step, found[k], fade, out)
