"""Hills: what stands out of the ground and is no crater's rim."""

from dataclasses import replace

import numpy as np

from docs.methods.crater_survey import circles
from docs.methods.crater_survey.model import Shape, ramp
from docs.methods.crater_survey.region import STEP
from docs.methods.crater_survey.single import joined
from docs.methods.crater_survey.together import Fit
from roverctl.terrain.source import Array

# Read off the raster by eye: east, north, radius, km. The arc of Mons Tai from its top on, then hills in the mare.
MONS_TAI = (
    (-38.0, 29.0, 8.0), (-40.5, 23.0, 5.0), (-33.0, 33.5, 5.0), (-26.0, 36.0, 5.0), (-21.0, 36.5, 6.0),
    (-16.5, 38.5, 5.0), (-16.0, 32.0, 4.5), (-18.0, 42.0, 3.5), (-17.0, 51.0, 4.0),
)  # fmt: skip
SINGLE = ((-2.2, 11.7, 3.4), (-0.5, 23.6, 3.4), (-23.0, -17.0, 2.5))
TOP, TOP_M = "Mons Tai", -4305.0  # published (FACTS.md)
LEAST_M, LIKENESS, MOST = 350.0, 0.78, 60  # of those found by their profile: height, correlation, number. Our choice


def by_eye() -> list[Shape]:
    """The first of Mons Tai bears its name."""
    places = [*MONS_TAI, *SINGLE]
    shapes = [Shape(1e3 * e, 1e3 * n, 1e3 * r, kept=True, hill=True) for e, n, r in places]
    return [replace(shapes[0], name=TOP), *shapes[1:]]


def found(fit: Fit) -> list[Shape]:
    """On what craters and floor leave, by the profile of a hill; the likeliest first."""
    region = fit.region
    rest = np.nan_to_num(region.z - fit.surface())
    rows = circles.search(region, rest, 3.5e3 * 1.15 ** np.arange(15), [_profile])
    shapes = [
        Shape(region.east[0] + column * STEP, region.north[0] + row * STEP, radius, hill=True)
        for row, column, radius, likeness, height in rows
        if likeness > LIKENESS and height > LEAST_M
    ]
    return joined([], shapes)[:MOST]


def topped(fit: Fit) -> Fit:
    """The named hill as high as it was published."""
    heights = list(fit.heights)
    for k, shape in enumerate(fit.shapes):
        if shape.name == TOP:
            now = fit.on(np.array([shape.east]), np.array([shape.north]))[0, 0]
            heights[k] = heights[k] + TOP_M - now
    return replace(fit, heights=heights)


def _profile(x: Array) -> Array:
    return ramp(1.0 - x)
