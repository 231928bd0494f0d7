"""Slope and hillshade of an elevation array, as gdaldem computes them with -compute_edges (Horn 1981).

At the border a missing neighbour is extrapolated linearly; beside a cell without data the centre's own elevation
stands in for it; a cell without data gives no data. Elevations may be float32 or float64; the arithmetic is float64.

Row order: with a positive ``spacing_y_m`` the rows go north (row 0 is the south, as in ``Grid``); an image, whose row 0
is the north, has a negative one, as in a GDAL geotransform.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel

Elevations = npt.NDArray[np.floating[Any]]


@kernel
def _or_centre(value: float, centre: float) -> float:
    """A neighbour without data takes the centre's elevation (gdaldem -compute_edges)."""
    return centre if math.isnan(value) else value


@kernel
def _beyond(inner: float, opposite: float, centre: float) -> float:
    """The neighbour beyond the border, extrapolated; the centre's elevation where that needs missing data."""
    value = 2.0 * inner - opposite
    return centre if math.isnan(value) else value


@kernel
def _careful_gradient(z: Elevations, row: int, column: int) -> tuple[float, float]:
    """Horn's differences (times eight cells) for a cell at the border or beside missing data; NaN without data."""
    height, width = z.shape
    centre = float(z[row, column])
    if math.isnan(centre):
        return centre, centre
    w = np.empty((3, 3))
    if (row == 0 or row == height - 1) and height > 1:
        # gdaldem clamps the column in the first and last rows and extrapolates across the rows
        inward = 1 if row == 0 else -1
        outside, inside = (0, 2) if row == 0 else (2, 0)
        for k in range(3):
            j = min(max(column + k - 1, 0), width - 1)
            w[1, k] = _or_centre(float(z[row, j]), centre)
            w[inside, k] = _or_centre(float(z[row + inward, j]), centre)
            w[outside, k] = _beyond(float(z[row, j]), float(z[row + inward, j]), centre)
    else:
        for i in range(3):
            r = min(max(row + i - 1, 0), height - 1)
            for k in range(3):
                j = column + k - 1
                if j < 0:
                    w[i, k] = _beyond(float(z[r, 0]), float(z[r, min(1, width - 1)]), centre)
                elif j >= width:
                    w[i, k] = _beyond(float(z[r, width - 1]), float(z[r, max(width - 2, 0)]), centre)
                else:
                    w[i, k] = _or_centre(float(z[r, j]), centre)
    x = (w[0, 2] + 2.0 * w[1, 2] + w[2, 2]) - (w[0, 0] + 2.0 * w[1, 0] + w[2, 0])
    y = (w[2, 0] + 2.0 * w[2, 1] + w[2, 2]) - (w[0, 0] + 2.0 * w[0, 1] + w[0, 2])
    return x, y


@kernel
def _arctan(t: float) -> float:
    """Arc tangent of t >= 0 to 2e-8 rad without a call, so that the loop around it vectorises.

    Reduced to |u| <= tan(pi/8) by atan(t) = pi/4 + atan((t-1)/(t+1)), then the odd series of Cephes ``atanf``
    (Moshier, public domain).
    """
    big = t > 2.414213562373095
    middle = t > 0.4142135623730950
    numerator = -1.0 if big else (t - 1.0 if middle else t)
    denominator = t if big else (t + 1.0 if middle else 1.0)
    start = 1.5707963267948966 if big else (0.7853981633974483 if middle else 0.0)
    u = numerator / denominator
    q = u * u
    series = ((8.05374449538e-2 * q - 1.38776856032e-1) * q + 1.99777106478e-1) * q - 3.33329491539e-1
    return start + u + u * q * series


@kernel
def _slope(z: Elevations, dx: float, dy: float, out: npt.NDArray[np.float32]) -> None:
    height, width = z.shape
    kx, ky = 1.0 / (8.0 * dx), 1.0 / (8.0 * dy)
    for r in range(height):
        edge = r == 0 or r == height - 1
        if not edge:
            a, b, c, o = z[r - 1], z[r], z[r + 1], out[r]
            for j in range(1, width - 1):
                x = ((a[j + 1] - a[j - 1]) + 2.0 * (b[j + 1] - b[j - 1]) + (c[j + 1] - c[j - 1])) * kx
                y = ((c[j - 1] - a[j - 1]) + 2.0 * (c[j] - a[j]) + (c[j + 1] - a[j + 1])) * ky
                # b[j] * 0 carries the centre's own NaN, which Horn's differences do not see
                o[j] = _arctan(math.sqrt(x * x + y * y)) + b[j] * 0.0
        for j in range(width):
            if edge or j == 0 or j == width - 1 or math.isnan(out[r, j]):
                x, y = _careful_gradient(z, r, j)
                x *= kx
                y *= ky
                out[r, j] = _arctan(math.sqrt(x * x + y * y)) if not math.isnan(x) else math.nan


@kernel
def _shade(z: Elevations, kx: float, ky: float, ce: float, cn: float, cu: float, out: npt.NDArray[np.uint8]) -> None:
    """ce, cn, cu: the Sun's direction, east, north, up; kx, ky: exaggeration over eight spacings."""
    height, width = z.shape
    line = np.empty(width, dtype=np.float32)
    for r in range(height):
        edge = r == 0 or r == height - 1
        if not edge:
            a, b, c = z[r - 1], z[r], z[r + 1]
            for j in range(1, width - 1):
                x = ((a[j + 1] - a[j - 1]) + 2.0 * (b[j + 1] - b[j - 1]) + (c[j + 1] - c[j - 1])) * kx
                y = ((c[j - 1] - a[j - 1]) + 2.0 * (c[j] - a[j]) + (c[j + 1] - a[j + 1])) * ky
                cosine = (cu - x * ce - y * cn) / math.sqrt(1.0 + x * x + y * y)
                line[j] = 1.5 + 254.0 * max(cosine, 0.0) + b[j] * 0.0
        for j in range(width):
            if edge or j == 0 or j == width - 1 or math.isnan(line[j]):
                x, y = _careful_gradient(z, r, j)
                x *= kx
                y *= ky
                cosine = (cu - x * ce - y * cn) / math.sqrt(1.0 + x * x + y * y)
                line[j] = 1.5 + 254.0 * max(cosine, 0.0) if not math.isnan(x) else 0.0
        for j in range(width):
            out[r, j] = np.uint8(line[j])


def slope_rad(elevation_m: Elevations, spacing_x_m: float, spacing_y_m: float) -> npt.NDArray[np.float32]:
    """Steepest slope of each cell, radians, float32, the shape of ``elevation_m``; NaN where that is NaN."""
    z = _floats(elevation_m)
    out = np.empty(z.shape, dtype=np.float32)
    if min(z.shape) < 2:
        raise ValueError(f"a slope needs at least 2 × 2 elevations, not {z.shape}")
    _slope(z, abs(float(spacing_x_m)), abs(float(spacing_y_m)), out)
    return out


def hillshade(
    elevation_m: Elevations,
    spacing_x_m: float,
    spacing_y_m: float,
    sun_azimuth_rad: float,
    sun_elevation_rad: float,
    exaggeration: float = 1.0,
) -> npt.NDArray[np.uint8]:
    """Grey levels 1..255 as gdaldem hillshade, 0 where there is no data.

    1 + 254 times the cosine between the Sun and the surface's normal, 1 where the surface faces away. Azimuth from
    north, clockwise; the sign of ``spacing_y_m`` tells which way the rows go (see the module).
    """
    z = _floats(elevation_m)
    out = np.empty(z.shape, dtype=np.uint8)
    if min(z.shape) < 2:
        raise ValueError(f"a hillshade needs at least 2 × 2 elevations, not {z.shape}")
    horizontal = math.cos(sun_elevation_rad)
    _shade(
        z,
        exaggeration / (8.0 * float(spacing_x_m)),
        exaggeration / (8.0 * float(spacing_y_m)),
        math.sin(sun_azimuth_rad) * horizontal,
        math.cos(sun_azimuth_rad) * horizontal,
        math.sin(sun_elevation_rad),
        out,
    )
    return out


def _floats(elevation_m: Elevations) -> Elevations:
    """The elevations as a contiguous array of a kind that the kernels are compiled for."""
    kind = np.float32 if elevation_m.dtype == np.float32 else np.float64
    return np.ascontiguousarray(elevation_m, dtype=kind)
