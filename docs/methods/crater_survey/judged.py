"""What is a crater after all: by its place among the others, its depth and its walls."""

from dataclasses import replace

import numpy as np

from docs.methods.crater_survey.model import Shape
from docs.methods.crater_survey.region import STEP
from docs.methods.crater_survey.together import Fit
from roverctl.terrain.reconstruction import morphometry
from roverctl.terrain.source import Array

SHALLOWEST = 0.01  # depth over diameter, below which it is no crater
FILLED = 0.003  # the same of those found by eye
DOUBTED = ((26, 62), (29, -26))  # no craters by eye: east, north, km; those wider than DOUBTED_M within it of a place
DOUBTED_M = 5e3
DEEPEST = 1.2  # of a fresh crater's depth (Pike 1977): beyond, a small one is a hollow between hills
SIMPLE_M = 8e3  # radius, below which depth and steepness tell
WIDE_M = 30e3  # radius from which enough of a wall is seen to take it as it is
PAN, POINTED = 0.14, 0.58  # of the depth, at 0.6 radii: beyond, the polynomial of a bowl does not rise throughout
HOST_M, HOST_REACH, NESTED = 25e3, 0.7, 0.28  # hosts below that radius; within that share of it; that share wide
STEEPEST = np.tan(np.radians(40.0))  # over 250 m; the raster's own steepest is 37 degrees
LOWEST_HILL_M = 100.0


def without_nested(shapes: list[Shape]) -> list[Shape]:
    """Wide circles in the floor of a crater are hollows of it, not craters of their own; named ones stay.

    Those that the eye does not find in the raster go too.
    """
    return [s for s in shapes if s.name or s.kept or not (_doubted(s) or any(_nested(s, host) for host in shapes))]


def _doubted(shape: Shape) -> bool:
    away = min(np.hypot(shape.east - 1e3 * e, shape.north - 1e3 * n) for e, n in DOUBTED)
    return bool(shape.radius > DOUBTED_M and away < DOUBTED_M)


def _nested(shape: Shape, host: Shape) -> bool:
    apart = np.hypot(shape.east - host.east, shape.north - host.north)
    wide = NESTED < shape.radius / host.radius < 1.0
    return bool(host.crater and host.radius < HOST_M and wide and apart < HOST_REACH * host.radius)


def sound(fit: Fit) -> list[Shape]:
    """Those that are craters, once all are fitted together: the rim stands over the floor. Named ones stay.

    One whose wall does not rise all the way, most of it hidden, say, takes the common profile from now on; one that
    is named or found by eye, where it has no depth without. A small one that is deeper than a fresh one is none.
    """
    out = []
    for shape, heights in zip(fit.shapes, fit.heights, strict=True):
        if not shape.crater:
            if shape.plain or heights[0] > LOWEST_HILL_M:
                out.append(shape)
            continue
        depth = heights[shape.nodes - 1] - heights[0]
        if not shape.name and shape.radius < SIMPLE_M and depth > DEEPEST * morphometry.depth_m(2.0 * shape.radius):
            continue
        deep = depth > (0.0 if shape.name else (FILLED if shape.kept else SHALLOWEST) * 2.0 * shape.radius)
        trusted = shape.name or shape.kept
        if deep and ((trusted and shape.nodes == 6) or shape.radius > WIDE_M or rising(shape, heights)):
            out.append(shape)
        elif deep or shape.name or (trusted and not shape.common):
            out.append(replace(shape, common=True))
    return out


def gentle(fit: Fit) -> list[Shape]:
    """Without the small ones about which the ground would be steeper than STEEPEST; named ones stay.

    A steep place is blamed on the youngest crater that holds it within 1.3 radii.
    """
    region, half = fit.region, 0.5 * STEP
    east = np.arange(region.east[0], region.east[-1], half)
    north = np.arange(region.north[0], region.north[-1], half)
    z = fit.on(east, north)
    steep = np.hypot(np.gradient(z, half, axis=0), np.gradient(z, half, axis=1)) > STEEPEST
    rows, columns = np.nonzero(steep)
    e, n = east[columns], north[rows]
    blamed, free = set(), np.ones(len(e), bool)
    for k, shape in enumerate(fit.shapes):
        there = free & (np.hypot(e - shape.east, n - shape.north) < 1.3 * shape.radius)
        if shape.crater and there.any():
            blamed.add(k)
            free &= ~there
    return [shape for k, shape in enumerate(fit.shapes) if k not in blamed or shape.name or shape.radius >= SIMPLE_M]


def without_hollows(fit: Fit) -> Fit:
    """What has no depth after all is left out, its neighbours as they are; a named one keeps a little."""
    pairs = []
    for shape, heights in zip(fit.shapes, fit.heights, strict=True):
        depth = heights[shape.nodes - 1] - heights[0]
        if not shape.crater or depth > (FILLED if shape.kept else SHALLOWEST) * 2.0 * shape.radius:
            pairs.append((shape, heights))
        elif shape.name:
            raised = heights.copy()
            raised[shape.nodes - 1] += SHALLOWEST * 2.0 * shape.radius - depth
            pairs.append((shape, raised))
    return replace(fit, shapes=[shape for shape, _ in pairs], heights=[heights for _, heights in pairs])


def is_sound(shape: Shape, heights: Array) -> bool:
    """Of a bowl's own elevations: it rises, and is neither too shallow nor too deep."""
    depth, wide = heights[2] - heights[0], 2.0 * shape.radius
    if shape.name:
        return rising(shape, heights) and depth > 0.0
    return rising(shape, heights) and SHALLOWEST * wide < depth < DEEPEST * morphometry.depth_m(wide)


def rising(shape: Shape, heights: Array) -> bool:
    """Whether the wall rises from node to node, and a bowl is neither pointed nor a pan."""
    wall = heights[: shape.nodes]
    depth = max(wall[-1] - wall[0], 1.0)
    if shape.nodes == 3:
        return bool(PAN < (wall[1] - wall[0]) / depth < POINTED)
    return bool((np.diff(wall) > -0.1 * depth).all())
