"""The compiled surface: craters looked at from the youngest to the oldest, until nothing older can be seen.

Within its rim a crater is all there is: it has cut what was there. Beyond its rim lies an apron, which covers the older
ground wholly at the rim and not at all at two radii. So a point needs the youngest crater that holds it and the aprons
over that, and the ground beneath only where no crater holds it. A hill cuts nothing: it stands on what is older.
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
SITE_REACH_M = 6_000.0  # within which the surface is bent to pass through the site
WALL_FROM = 0.3  # radii from which the rim's ups and downs show in the wall
FLAT = 0.0  # forms, as the surface tells them apart
BOWL = 1.0
PLAIN = 2.0
HILL = 3.0

# columns of a crater's row
EAST, NORTH, STRETCH, REACH, FORM, RIM, OUTLINES, RIMS, TERMS = 0, 1, 2, 6, 7, 8, 9, 10, 11
OUTLINE = 12  # cosine and sine of harmonics 2 to 6, shares of the radius
RIM_WAVES = 22  # cosine and sine of harmonics 1 to 5, metres
FLOOR = 32  # up to 14 terms x, y, xx, xy, yy, ..., yyyy, x east and y north in radii, metres
PEAK = 46  # height, east, north, radius: metres, then radii
COLUMNS = 50


@kernel
def crater_at(k: int, dx: float, dy: float, craters: Array, profiles: Array) -> tuple[float, float]:
    """What crater k shows at an offset in radii, east and north, and how much it covers of what is older.

    It shows its elevation times its cover, which is 1 within the rim and 0 beyond the apron; a hill, its height.
    """
    r = math.hypot(dx, dy)
    if r >= craters[k, REACH]:
        return 0.0, 0.0
    plain = craters[k, FORM] == PLAIN
    if plain and r < (1.0 - FEATHER) * (2.0 - craters[k, REACH]):  # well within, whatever the outline
        return profiles[k, 1] + _floor(k, dx, dy, craters) + _peak(k, dx, dy, craters), 1.0
    cosine, sine = (dy / r, dx / r) if r > 0.0 else (1.0, 0.0)
    a, b = cosine, sine
    width = 1.0
    for j in range(int(craters[k, OUTLINES])):
        a, b = a * cosine - b * sine, a * sine + b * cosine
        width += craters[k, OUTLINE + 2 * j] * a + craters[k, OUTLINE + 2 * j + 1] * b
    x = r / width
    if x >= APRON or (x >= 1.0 and craters[k, FORM] >= PLAIN):
        return 0.0, 0.0
    if craters[k, FORM] == HILL:
        return float(craters[k, PEAK] * ramp(1.0 - x)), 0.0
    if plain:
        cover = ramp((1.0 - x) / FEATHER)
        return cover * (profiles[k, 1] + _floor(k, dx, dy, craters) + _peak(k, dx, dy, craters)), cover
    first, waves = 0.0, 0.0
    a, b = cosine, sine
    for j in range(int(craters[k, RIMS])):
        if j > 0:
            a, b = a * cosine - b * sine, a * sine + b * cosine
        wave = craters[k, RIM_WAVES + 2 * j] * a + craters[k, RIM_WAVES + 2 * j + 1] * b
        if j == 0:
            first = wave
        else:
            waves += wave
    if x >= 1.0:
        fade = (APRON - x) / (APRON - 1.0)
        cover = fade * fade * fade
        return cover * (craters[k, RIM] + first * x + waves), cover
    z = _profile(k, x, profiles)
    wall = ramp((x - WALL_FROM) / (1.0 - WALL_FROM))
    tilt = wall + (1.0 - wall) * r if craters[k, FORM] == BOWL else wall
    z += first * tilt + waves * wall
    if craters[k, TERMS] > 0.0:
        z += (1.0 - wall) * _floor(k, dx, dy, craters)
    return z + _peak(k, dx, dy, craters), 1.0


@kernel
def _peak(k: int, dx: float, dy: float, craters: Array) -> float:
    if craters[k, PEAK] == 0.0:
        return 0.0
    off = math.hypot(dx - craters[k, PEAK + 1], dy - craters[k, PEAK + 2])
    return float(craters[k, PEAK] * ramp(1.0 - off / craters[k, PEAK + 3]))


@kernel
def _profile(k: int, x: float, profiles: Array) -> float:
    """The radial profile by a cubic through the samples around (Catmull and Rom 1974), so that slopes have no steps."""
    t = x * SAMPLES
    i = min(int(t), SAMPLES - 1)
    return _cubic(t - i, profiles[k, i], profiles[k, i + 1], profiles[k, i + 2], profiles[k, i + 3])


@kernel
def _cubic(t: float, p: float, q: float, r: float, s: float) -> float:
    """From q to r as t goes from 0 to 1, by the values before and after."""
    return q + 0.5 * t * (r - p + t * (2.0 * p - 5.0 * q + 4.0 * r - s + t * (3.0 * (q - r) + s - p)))


@kernel
def _floor(k: int, x: float, y: float, craters: Array) -> float:
    """The floor's own slopes and bulges: the terms of degree 1, 2, ... by falling powers of x."""
    z, term, degree = 0.0, FLOOR, 1
    while term < FLOOR + int(craters[k, TERMS]):
        part, power = craters[k, term], 1.0
        for j in range(1, degree + 1):
            power *= y
            part = part * x + craters[k, term + j] * power
        z += part
        term += degree + 1
        degree += 1
    return z


@kernel
def ground_at(east: float, north: float, ground: Array, coefficients: Array, basin: Array, rings: Array) -> float:
    """The regional floor within its window of longitude and latitude, the basin beyond, smoothly joined.

    ground: see ``regional.ground_numbers``; coefficients[i, j] of u**i * v**j.
    basin: see ``basin.Basin``; rings: the basin's profile over equal steps of its own radius.
    """
    share = region_share(east, north, ground)
    z = 0.0
    if share > 0.0:
        u = min(1.0, max(-1.0, (east - ground[0]) / ground[2]))
        v = min(1.0, max(-1.0, (north - ground[1]) / ground[3]))
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
def region_share(east: float, north: float, ground: Array) -> float:
    """1 within the window, 0 from the join's width on outside it, by the distance from its outline."""
    distance = math.hypot(east, north)
    if distance <= ground[12]:
        return 1.0
    angle = distance / ground[5]
    scale = math.sin(angle) / distance if distance > 0.0 else 1.0 / ground[5]
    e, n, up = scale * east, scale * north, math.cos(angle)
    latitude = math.asin(min(1.0, max(-1.0, up * ground[6] + n * ground[7])))
    longitude = math.atan2(e, up * ground[7] - n * ground[6])  # from the site's meridian
    dx = max(0.0, abs(longitude - ground[8]) - ground[10]) * math.cos(latitude)
    dy = max(0.0, abs(latitude - ground[9]) - ground[11])
    return ramp(1.0 - ground[5] * math.hypot(dx, dy) / ground[4])


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
    t = min(q / basin[12], rings.size - 1.0)
    i = min(int(t), rings.size - 2)
    before, after = rings[max(i - 1, 0)], rings[min(i + 2, rings.size - 1)]
    return _cubic(t - i, before, rings[i], rings[i + 1], after)


@kernel
def elevation_at(
    e: float, n: float, craters: Array, profiles: Array, bins: Array, starts: Indices, members: Indices,
    ground: Array, coefficients: Array, basin: Array, rings: Array, bend: float,
) -> float:  # fmt: skip
    """Elevation at a point. bins: west, south, side, columns, rows; members of each bin: youngest first."""
    z, seen = 0.0, 1.0
    column, row = cell((e - bins[0]) / bins[2]), cell((n - bins[1]) / bins[2])
    if 0 <= column < bins[3] and 0 <= row < bins[4]:
        box = row * int(bins[3]) + column
        for m in range(starts[box], starts[box + 1]):
            k = members[m]
            de, dn = e - craters[k, EAST], n - craters[k, NORTH]
            dx = craters[k, STRETCH] * de + craters[k, STRETCH + 1] * dn
            dy = craters[k, STRETCH + 2] * de + craters[k, STRETCH + 3] * dn
            if abs(dx) >= craters[k, REACH] or abs(dy) >= craters[k, REACH]:
                continue
            shown, cover = crater_at(k, dx, dy, craters, profiles)
            z += seen * shown
            seen *= 1.0 - cover
            if seen <= 0.0:
                break
    if seen > 0.0:
        z += seen * ground_at(e, n, ground, coefficients, basin, rings)
    q = 1.0 - (e * e + n * n) / (SITE_REACH_M * SITE_REACH_M)
    return z + bend * q * q if q > 0.0 else z


@kernel
def surface(
    east: Array, north: Array, craters: Array, profiles: Array, bins: Array, starts: Indices, members: Indices,
    ground: Array, coefficients: Array, basin: Array, rings: Array, bend: float, out: Array,
) -> None:  # fmt: skip
    """Elevations at points (flat), as ``elevation_at``."""
    for i in range(east.size):
        out[i] = elevation_at(
            east[i], north[i], craters, profiles, bins, starts, members, ground, coefficients, basin, rings, bend
        )


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
