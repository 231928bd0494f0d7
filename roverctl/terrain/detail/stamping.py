"""Features set into the ground: at points, or node by node of a grid; the same values either way.

A feature is a row of east, north, longest diameter (m), height over that diameter (a crater's depth: its table goes
down), lengthening, cosine and sine of twice the azimuth across which it is longest, wear.
"""

import math

from roverctl.core.compiled import kernel
from roverctl.terrain.detail.profiles import ENTRIES, LAST, REACH, SIGMA_OF_SPACING, TAIL, read, sharpness
from roverctl.terrain.scatter import ramp
from roverctl.terrain.source import Array

COLUMNS = 8  # of a feature's row
SEEN_FROM = 0.75  # spacings: a feature of this diameter is not drawn, one of twice that in full; its mean is kept
LARGE = 8.0  # spacings: a feature of this diameter covers more nodes than its profile has entries


@kernel
def seen(diameter_m: float, spacing_m: float) -> float:
    """Share of a feature that is drawn at a spacing; sharper than its smoothing, which has left little by then."""
    return float(ramp(diameter_m / (SEEN_FROM * spacing_m) - 1.0))


@kernel
def reach(diameter_m: float, spacing_m: float) -> float:
    """Distance (m) at which a feature has ended."""
    return 0.5 * REACH * diameter_m + TAIL * SIGMA_OF_SPACING * spacing_m


@kernel
def ellipse(feature: Array) -> tuple[float, float, float]:
    """Coefficients of dx², dx dy and dy² in the squared distance in radii."""
    radius = 0.5 * feature[2]
    half = 0.5 * ((1.0 + 2.0 * feature[4]) ** 2 - 1.0)
    scale = 1.0 / (radius * radius)
    return (
        (1.0 + half * (1.0 + feature[5])) * scale,
        2.0 * half * feature[6] * scale,
        (1.0 + half * (1.0 - feature[5])) * scale,
    )


@kernel
def entries(diameter_m: float, spacing_m: float) -> int:
    """How many entries of its profile a feature has before it ends."""
    radii = 2.0 * reach(diameter_m, spacing_m) / diameter_m
    return min(LAST, int(radii * radii * ENTRIES) + 1)


@kernel
def at_point(east: float, north: float, spacing_m: float, feature: Array, table: Array) -> float:
    """Height that one feature adds at a point."""
    far = reach(feature[2], spacing_m)
    dx, dy = east - feature[0], north - feature[1]
    if abs(dx) > far or abs(dy) > far or dx * dx + dy * dy > far * far:
        return 0.0
    weight = seen(feature[2], spacing_m) * feature[3] * feature[2]
    if weight == 0.0:
        return 0.0
    a, b, c = ellipse(feature)
    xx = (a * dx + b * dy) * dx + c * dy * dy
    if xx * ENTRIES >= entries(feature[2], spacing_m):
        return 0.0
    row, fraction = sharpness(0.5 * feature[2], spacing_m)
    return float(weight * read(table, row, fraction, feature[7], xx))


@kernel
def stamp(
    east0: float, north0: float, step: float, south: int, north: int, feature: Array, table: Array, mixed: Array,
    out: Array,
) -> None:  # fmt: skip
    """Add one feature to rows ``south`` to ``north`` (excluded) of a grid; ``mixed`` is room for LAST + 2 numbers.

    The profile of a large feature is mixed from the table once, that of a small one at each of its few nodes. Which it
    is depends on the feature alone, never on the window, so that every window has the same bits.
    """
    far = reach(feature[2], step)
    weight = seen(feature[2], step) * feature[3] * feature[2]
    r0 = max(south, math.ceil((feature[1] - far - north0) / step))
    r1 = min(north - 1, math.floor((feature[1] + far - north0) / step))
    if weight == 0.0 or r0 > r1:
        return
    a, b, c = ellipse(feature)
    row, fraction = sharpness(0.5 * feature[2], step)
    worn = feature[7]
    large = feature[2] > LARGE * step
    end = entries(feature[2], step)
    if large:
        for i in range(end + 1):
            mixed[i] = weight * read(table, row, fraction, worn, i / ENTRIES)
    for r in range(r0, r1 + 1):
        dy = north0 + r * step - feature[1]
        half = math.sqrt(max(0.0, far * far - dy * dy))
        c0 = max(0, math.ceil((feature[0] - half - east0) / step))
        c1 = min(out.shape[1] - 1, math.floor((feature[0] + half - east0) / step))
        across, level = b * dy, c * dy * dy
        for column in range(c0, c1 + 1):
            dx = east0 + column * step - feature[0]
            xx = (a * dx + across) * dx + level
            place = xx * ENTRIES
            if place >= end:
                continue
            if large:
                i = int(place)
                out[r, column] += mixed[i] + (place - i) * (mixed[i + 1] - mixed[i])
            else:
                out[r, column] += weight * read(table, row, fraction, worn, xx)
