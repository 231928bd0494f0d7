"""The compiled surface: craters looked at from the youngest to the oldest, until nothing older can be seen.

Within its rim a crater is all there is: it has cut what was there. Beyond its rim lies an apron, which covers the older
ground wholly at the rim and not at all at two radii. So a point needs the youngest crater that holds it and the aprons
over that, and the ground beneath only where no crater holds it.
"""

import math

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel
from roverctl.terrain.scatter import cell, ramp
from roverctl.terrain.source import Array

Indices = npt.NDArray[np.int64]

SAMPLES = 64  # of a radial profile, from the centre to the rim
APRON = 2.0  # radii at which the apron has ended; ejecta thin out about as r**-3 (McGetchin, Settle and Head 1973)
FEATHER = 0.12  # of a plain's radius, over which it passes into the ground that it fills
WALL_FROM = 0.3  # radii from which the rim's ups and downs show in the wall
FLAT = 0.0  # forms, as the surface tells them apart
BOWL = 1.0
PLAIN = 2.0

# columns of a crater's row
EAST, NORTH, STRETCH, REACH, FORM, RIM, OUTLINES, RIMS, TERMS = 0, 1, 2, 6, 7, 8, 9, 10, 11
OUTLINE = 12  # cosine and sine of harmonics 2 to 6, shares of the radius
RIM_WAVES = 22  # cosine and sine of harmonics 1 to 5, metres
FLOOR = 32  # up to 14 terms x, y, xx, xy, yy, ..., yyyy, x east and y north in radii, metres
PEAK = 46  # height, east, north, radius: metres, then radii
COLUMNS = 50


@kernel
def crater_at(dx: float, dy: float, crater: Array, profile: Array) -> tuple[float, float]:
    """Elevation and cover (1 within the rim, 0 beyond the apron) at an offset in radii, east and north."""
    r = math.hypot(dx, dy)
    if r >= crater[REACH]:
        return 0.0, 0.0
    cosine, sine = (dy / r, dx / r) if r > 0.0 else (1.0, 0.0)
    a, b = cosine, sine
    width = 1.0
    for k in range(int(crater[OUTLINES])):
        a, b = a * cosine - b * sine, a * sine + b * cosine
        width += crater[OUTLINE + 2 * k] * a + crater[OUTLINE + 2 * k + 1] * b
    x = r / width
    if x >= APRON or (x >= 1.0 and crater[FORM] == PLAIN):
        return 0.0, 0.0
    if crater[FORM] == PLAIN:
        return profile[0] + _floor(dx, dy, crater), ramp((1.0 - x) / FEATHER)
    first, waves = 0.0, 0.0
    a, b = cosine, sine
    for k in range(int(crater[RIMS])):
        if k > 0:
            a, b = a * cosine - b * sine, a * sine + b * cosine
        wave = crater[RIM_WAVES + 2 * k] * a + crater[RIM_WAVES + 2 * k + 1] * b
        if k == 0:
            first = wave
        else:
            waves += wave
    if x >= 1.0:
        fade = (APRON - x) / (APRON - 1.0)
        return crater[RIM] + first * x + waves, fade * fade * fade
    t = x * SAMPLES
    i = min(int(t), SAMPLES - 1)
    z = profile[i] + (t - i) * (profile[i + 1] - profile[i])
    wall = ramp((x - WALL_FROM) / (1.0 - WALL_FROM))
    tilt = wall + (1.0 - wall) * r if crater[FORM] == BOWL else wall
    z += first * tilt + waves * wall
    if crater[TERMS] > 0.0:
        z += (1.0 - wall) * _floor(dx, dy, crater)
    if crater[PEAK] != 0.0:
        off = math.hypot(dx - crater[PEAK + 1], dy - crater[PEAK + 2])
        z += crater[PEAK] * ramp(1.0 - off / crater[PEAK + 3])
    return z, 1.0


@kernel
def _floor(x: float, y: float, crater: Array) -> float:
    """The floor's own slopes and bulges: the terms of degree 1, 2, ... by falling powers of x."""
    z, term, degree = 0.0, 0, 1
    while term < int(crater[TERMS]):
        power = 1.0
        for j in range(degree + 1):  # x**(degree - j) * y**j
            power = 1.0
            for _ in range(degree - j):
                power *= x
            for _ in range(j):
                power *= y
            z += crater[FLOOR + term] * power
            term += 1
        degree += 1
    return z


@kernel
def ground_at(east: float, north: float, ground: Array, coefficients: Array, basin: Array, rings: Array) -> float:
    """The regional floor within its box, the basin beyond, smoothly joined.

    ground: centre, half widths of the box, width of the join (m); coefficients[i, j] of u**i * v**j.
    basin: see ``basin.basin_numbers``; rings: the basin's profile over equal steps of its own radius.
    """
    du, dv = east - ground[0], north - ground[1]
    outside = math.hypot(max(0.0, abs(du) - ground[2]), max(0.0, abs(dv) - ground[3]))
    share = ramp(1.0 - outside / ground[4])
    z = 0.0
    if share > 0.0:
        u = min(1.0, max(-1.0, du / ground[2]))
        v = min(1.0, max(-1.0, dv / ground[3]))
        size = coefficients.shape[0]
        for i in range(size - 1, -1, -1):
            line = 0.0
            for j in range(size - 1 - i, -1, -1):
                line = line * v + coefficients[i, j]
            z = z * u + line
    if share < 1.0:
        z = share * z + (1.0 - share) * basin_at(east, north, basin, rings)
    return z


@kernel
def basin_at(east: float, north: float, basin: Array, rings: Array) -> float:
    """The great basin's mean surface, by distance from its centre in radii of its ellipse."""
    distance = math.hypot(east, north)
    angle = distance / basin[0]
    scale = math.sin(angle) / distance if distance > 0.0 else 1.0 / basin[0]
    e, n, up = scale * east, scale * north, math.cos(angle)
    along = e * basin[4] + n * basin[5] + up * basin[6]
    across = e * basin[7] + n * basin[8] + up * basin[9]
    sine = math.hypot(along, across)
    away = math.atan2(sine, e * basin[1] + n * basin[2] + up * basin[3])
    if sine > 0.0:
        along, across = along / sine, across / sine
    q = basin[0] * away * math.hypot(along / basin[10], across / basin[11])
    t = min(q / basin[12], rings.size - 1.001)
    i = int(t)
    return float(rings[i] + ramp(t - i) * (rings[i + 1] - rings[i]))


@kernel
def surface(
    east: Array, north: Array, craters: Array, profiles: Array, bins: Array, starts: Indices, members: Indices,
    ground: Array, coefficients: Array, basin: Array, rings: Array, out: Array,
) -> None:  # fmt: skip
    """Elevations at points (flat). bins: west, south, side, columns, rows; members of each bin: youngest first."""
    columns, rows = int(bins[3]), int(bins[4])
    for i in range(east.size):
        e, n = east[i], north[i]
        z, seen = 0.0, 1.0
        column, row = cell((e - bins[0]) / bins[2]), cell((n - bins[1]) / bins[2])
        if 0 <= column < columns and 0 <= row < rows:
            box = row * columns + column
            for m in range(starts[box], starts[box + 1]):
                k = members[m]
                de, dn = e - craters[k, EAST], n - craters[k, NORTH]
                dx = craters[k, STRETCH] * de + craters[k, STRETCH + 1] * dn
                dy = craters[k, STRETCH + 2] * de + craters[k, STRETCH + 3] * dn
                if abs(dx) >= craters[k, REACH] or abs(dy) >= craters[k, REACH]:
                    continue
                height, cover = crater_at(dx, dy, craters[k], profiles[k])
                if cover > 0.0:
                    z += seen * cover * height
                    seen *= 1.0 - cover
                    if seen <= 0.0:
                        break
        if seen > 0.0:
            z += seen * ground_at(e, n, ground, coefficients, basin, rings)
        out[i] = z


def stretch(east_m: float, north_m: float, body_radius_m: float) -> Array:
    """The matrix that turns small steps of the site frame at a place into true metres east and north of it.

    The frame keeps distances from the site; across, it widens them by c / sin c, c the angle from the site.
    """
    distance = math.hypot(east_m, north_m)
    angle = distance / body_radius_m
    if angle < 1e-9:
        return np.eye(2)
    away = np.array([east_m, north_m]) / distance
    shrink = math.sin(angle) / angle
    return np.asarray(shrink * np.eye(2) + (1.0 - shrink) * np.outer(away, away))
