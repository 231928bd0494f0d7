"""Vectors in rows: [3, n], or [s, 3, n] with ``axis`` 1."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def norm(vectors: Array, axis: int = 0) -> Array:
    """Lengths."""
    return np.asarray(np.sqrt(dot(vectors, vectors, axis)), dtype=np.float64)


def dot(a: Array, b: Array, axis: int = 0) -> Array:
    """Scalar products; written out, for numpy's sum over a short axis is slow."""
    if axis == 0:
        return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])
    return np.asarray(a[:, 0] * b[..., 0, :] + a[:, 1] * b[..., 1, :] + a[:, 2] * b[..., 2, :])


def cross(a: Array, b: Array) -> Array:
    """Vector products of [3, n]."""
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def local_axes(longitude_rad: float, latitude_rad: float) -> Array:
    """East, north and up as rows, in body-fixed axes."""
    sl, cl = np.sin(longitude_rad), np.cos(longitude_rad)
    sp, cp = np.sin(latitude_rad), np.cos(latitude_rad)
    return np.array([[-sl, cl, 0.0], [-sp * cl, -sp * sl, cp], [cp * cl, cp * sl, sp]])


def horizontal(axes: Array, vector: Array) -> tuple[Array, Array]:
    """Azimuth (0..2π from north, clockwise) and elevation of vectors [3, n] over axes [3, 3, n] (east, north, up)."""
    east, north, up = dot(axes[0], vector), dot(axes[1], vector), dot(axes[2], vector)
    azimuth = np.arctan2(east, north)
    return np.where(azimuth < 0.0, azimuth + 2.0 * np.pi, azimuth), np.arctan2(up, np.hypot(east, north))


def angle_between(a: Array, b: Array) -> Array:
    """Angles of vectors [..., 3, n], good near zero."""
    axis = a.ndim - 2
    la, lb = norm(a, axis), norm(b, b.ndim - 2)
    ua, ub = a / np.expand_dims(la, axis), b / np.expand_dims(lb, b.ndim - 2)
    return np.asarray(2.0 * np.arctan2(norm(ua - ub, axis), norm(ua + ub, axis)))
