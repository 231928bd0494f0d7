"""The oracle of horizons and views: from each node alone, half a node at a time, over bilinear ground."""

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def bilinear(z: npt.NDArray[np.floating], row: npt.NDArray[np.floating], column: npt.NDArray[np.floating]) -> Array:
    r = np.clip(np.floor(row).astype(int), 0, z.shape[0] - 2)
    c = np.clip(np.floor(column).astype(int), 0, z.shape[1] - 2)
    fy, fx = row - r, column - c
    south = z[r, c] * (1 - fx) + z[r, c + 1] * fx
    return np.asarray(south * (1 - fy) + (z[r + 1, c] * (1 - fx) + z[r + 1, c + 1] * fx) * fy, dtype=np.float64)


def horizon(
    z: npt.NDArray[np.floating], spacing: float, row: int, column: int, azimuth: float, radius: float = math.inf
) -> float:
    """Elevation angle, radians, NaN where the grid ends at the node."""
    d = 0.5 * np.arange(1, 2 * (sum(z.shape) + 1))
    x, y = column + d * math.sin(azimuth), row + d * math.cos(azimuth)
    inside = (x >= 0) & (y >= 0) & (x <= z.shape[1] - 1) & (y <= z.shape[0] - 1)
    if not inside.any():
        return math.nan
    d, x, y = d[inside] * spacing, x[inside], y[inside]
    return math.atan(float(((bilinear(z, y, x) - float(z[row, column])) / d - d / (2 * radius)).max()))


def sees(
    z: npt.NDArray[np.floating], spacing: float, eye: tuple[int, int], eye_m: float, target: tuple[int, int],
    target_m: float = 0.0, radius: float = math.inf,
) -> bool:  # fmt: skip
    """Whether the straight line from over one node to over another clears the ground between them."""
    away = math.hypot(target[0] - eye[0], target[1] - eye[1])
    if away == 0.0:
        return True
    part = 0.5 * np.arange(1, math.ceil(2 * away)) / away
    ground = bilinear(z, eye[0] + part * (target[0] - eye[0]), eye[1] + part * (target[1] - eye[1]))

    def tangent(height: npt.ArrayLike, d: npt.ArrayLike) -> Array:
        level = float(z[eye]) + eye_m
        return np.asarray((np.asarray(height) - level) / np.asarray(d) - np.asarray(d) / (2 * radius))

    own = float(tangent(float(z[target]) + target_m, away * spacing))
    return bool(np.all(tangent(ground, part * away * spacing) <= own))


def fractal(side: int, seed: int, steepness: float, exponent: float = 3.4) -> npt.NDArray[np.float32]:
    """Rough ground with a power law of relief, spacing 1 m, of that root mean square slope."""
    noise = np.fft.rfft2(np.random.default_rng(seed).normal(size=(side, side)))
    wave = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    wave[0, 0] = np.inf
    z = np.fft.irfft2(noise * wave ** (-exponent / 2), s=(side, side))
    z *= steepness / np.sqrt((np.hypot(*np.gradient(z)) ** 2).mean())
    return np.asarray(z, dtype=np.float32)
