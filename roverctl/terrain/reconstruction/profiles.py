"""Radial profiles by form: a simple bowl, or floor and wall through the heights at stated shares of the radius."""

import numpy as np

from roverctl.terrain.reconstruction.surface import SAMPLES
from roverctl.terrain.source import Array

NODES = (0.0, 0.4, 0.6, 0.75, 0.88, 1.0)  # shares of the radius at which a wall's heights are given
BOWL_NODES = (0.0, 0.6, 1.0)
ROUNDING = 0.05  # of the radius: half the width over which a profile's corners are rounded, the crest's excepted


def wall_basis() -> Array:
    """Rows: the profiles of unit height at one node and none at the others; straight between, corners rounded."""
    x = np.linspace(0.0, 1.0, SAMPLES + 1)
    about = np.abs(x[:, None] + np.linspace(-ROUNDING, ROUNDING, 41))
    rows = []
    for unit in np.eye(len(NODES)):
        slope = (unit[-1] - unit[-2]) / (NODES[-1] - NODES[-2])
        height = np.where(about > 1.0, unit[-1] + slope * (about - 1.0), np.interp(about, NODES, unit))
        rows.append(height.mean(axis=1))
    return np.array(rows)


def bowl_basis() -> Array:
    """The same of a bowl: the even polynomials of degree 4 through its three heights."""
    u = np.linspace(0.0, 1.0, SAMPLES + 1) ** 2
    nodes = np.square(BOWL_NODES)
    rows = []
    for j in range(3):
        others = [k for k in range(3) if k != j]
        rows.append(np.prod([(u - nodes[k]) / (nodes[j] - nodes[k]) for k in others], axis=0))
    return np.array(rows)
