"""What the eight nodes around a node say of it: gradient, aspect, roughness, step.

Every function takes elevations with one node more on each side than it answers for, shape (height + 2, width + 2), row
0 the south, and gives (height, width). A neighbour without data takes its centre's elevation, as in ``gradient``; a
node without data gives NaN.
"""

import numpy as np
import numpy.typing as npt

from roverctl.terrain.source import Array

Floats = npt.NDArray[np.floating]

# (row, column) from the south-west on
_AROUND = tuple((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1))


def _neighbour(elevation_m: Floats, rows: int, columns: int) -> Array:
    """Height of the neighbour that lies so many rows north and columns east, above the node."""
    height, width = elevation_m.shape
    centre = elevation_m[1:-1, 1:-1]
    other = elevation_m[1 + rows : height - 1 + rows, 1 + columns : width - 1 + columns]
    return np.where(np.isnan(other), 0.0 * centre, other - centre)


def gradient(elevation_m: Floats, spacing_m: float) -> tuple[Array, Array]:
    """Rise per metre to the east and to the north (Horn 1981, as ``gradient.slope_rad``)."""
    east = np.zeros((elevation_m.shape[0] - 2, elevation_m.shape[1] - 2))
    north = np.zeros_like(east)
    for i, j in _AROUND:
        rise = _neighbour(elevation_m, i, j)
        if j != 0:
            east += j * (2 - abs(i)) * rise
        if i != 0:
            north += i * (2 - abs(j)) * rise
    return east / (8.0 * spacing_m), north / (8.0 * spacing_m)


def aspect_rad(elevation_m: Floats, spacing_m: float) -> npt.NDArray[np.float32]:
    """The way downhill, 0..2π from north, clockwise, as gdaldem's aspect; NaN where the ground is level."""
    east, north = gradient(elevation_m, spacing_m)
    azimuth = np.arctan2(-east, -north) % (2.0 * np.pi)
    azimuth[(east == 0.0) & (north == 0.0)] = np.nan
    return azimuth.astype(np.float32)


def light(
    elevation_m: Floats, spacing_m: float, sun_azimuth_rad: Array, sun_elevation_rad: Array
) -> npt.NDArray[np.float32]:
    """Grey levels 1..255 as ``gradient.hillshade``, with a Sun of its own for every node (arrays that broadcast)."""
    east, north = gradient(elevation_m, spacing_m)
    level = np.cos(sun_elevation_rad)
    facing = np.sin(sun_elevation_rad) - level * (east * np.sin(sun_azimuth_rad) + north * np.cos(sun_azimuth_rad))
    cosine = facing / np.sqrt(1.0 + east * east + north * north)
    return (1.0 + 254.0 * np.maximum(cosine, 0.0)).astype(np.float32)


def roughness_m(elevation_m: Floats) -> npt.NDArray[np.float32]:
    """Root mean square distance in height of the nine nodes from their plane of least squares, metres.

    The RMS height of Shepard and others 2001 (JGR 106, E12, 32777) with the plane taken out, over a square of two
    spacings: roughness has no meaning without the length that it is measured over.
    """
    rises = [(i, j, _neighbour(elevation_m, i, j)) for i, j in _AROUND]
    mean = sum(rise for _, _, rise in rises) / 9.0
    east = sum(j * rise for _, j, rise in rises) / 6.0
    north = sum(i * rise for i, _, rise in rises) / 6.0
    square = np.stack([(rise - mean - i * north - j * east) ** 2 for i, j, rise in rises])
    return np.asarray(np.sqrt(square.mean(axis=0)), dtype=np.float32)


def step_m(elevation_m: Floats) -> npt.NDArray[np.float32]:
    """The greatest difference in height between a node and the four beside it, metres."""
    beside = [np.abs(_neighbour(elevation_m, i, j)) for i, j in ((-1, 0), (1, 0), (0, -1), (0, 1))]
    return np.asarray(np.maximum.reduce(beside), dtype=np.float32)
