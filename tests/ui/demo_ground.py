"""Made-up ground for the demonstration session: craters of all sizes on a gentle swell, shaded from the north-west."""

import functools
import math

import numpy as np
import numpy.typing as npt

from roverctl.session.api.map import MapTile
from roverctl.session.api.traverse import RouteView
from roverctl.terrain.tiling import TileKey

Array = npt.NDArray[np.float64]
_SITE_ELEVATION_M = -5935.0


@functools.cache
def _craters() -> tuple[Array, Array, Array]:
    """East, north, radius in metres: a size-frequency of slope -2, denser near the site."""
    rng = np.random.default_rng(4)
    parts = []
    for count, extent_m, least_m, most_m in ((1500, 160, 0.5, 9), (900, 1500, 5, 90), (900, 20_000, 60, 900),
                                             (400, 250_000, 900, 15_000)):  # fmt: skip
        share = rng.random(count)
        radius = 1.0 / np.sqrt(1.0 / least_m**2 + share * (1.0 / most_m**2 - 1.0 / least_m**2))
        parts.append(np.column_stack([rng.uniform(-extent_m, extent_m, (count, 2)), radius]))
    every = np.concatenate([*parts, [[34.0, 12.0, 4.0], [-1.0, 20.0, 12.5]]])
    return every[:, 0], every[:, 1], every[:, 2]


def elevation_m(east: Array, north: Array, spacing_m: float) -> Array:
    """Elevation above the body's sphere at points of a regular grid; craters below two spacings are left out."""
    height = _SITE_ELEVATION_M + 0.6 * np.sin(east / 47.0) * np.cos(north / 61.0) + 30 * np.sin(east / 9000 + 1)
    middle_e, middle_n = float(east.mean()), float(north.mean())
    reach = float(np.hypot(np.ptp(east), np.ptp(north))) / 2
    craters_e, craters_n, radii = _craters()
    away = np.hypot(craters_e - middle_e, craters_n - middle_n)
    for i in np.flatnonzero((radii > 1.5 * spacing_m) & (away < reach + 2.2 * radii)):
        radius = radii[i]
        q = np.hypot(east - craters_e[i], north - craters_n[i]) / radius
        depth = 0.16 * radius * (1.0 if radius < 1000 else (1000 / radius) ** 0.5)
        bowl = np.where(q < 1.0, depth * (q**2 - 1.0), 0.0)
        rim = 0.25 * depth * np.exp(-(((q - 1.0) / 0.35) ** 2))
        height = height + bowl + rim
    return np.asarray(height)


def render(key: TileKey) -> MapTile:
    """A tile as the session would give it."""
    level, column, row = key
    spacing = 0.125 * 2.0**level
    steps = np.arange(-1, 257) + 0.5
    east, north = np.meshgrid((column * 256 + steps) * spacing, (row * 256 + 256 - steps) * spacing)
    height = elevation_m(east, north, spacing)
    to_north, to_east = np.gradient(height, spacing)
    to_north = -to_north
    gain = 1.6
    up = 1.0 / np.sqrt(1.0 + (gain * to_east) ** 2 + (gain * to_north) ** 2)
    azimuth, elevation = math.radians(315), math.radians(38)
    light = math.cos(elevation) * (-to_east * math.sin(azimuth) - to_north * math.cos(azimuth)) * gain
    shade = np.clip((light + math.sin(elevation)) * up, 0.0, 1.0)
    inner = (slice(1, -1), slice(1, -1))
    return MapTile(level, column, row, (1.5 + 254 * shade[inner]).astype(np.uint8), height[inner].astype(np.float32))


def overlay(key: TileKey) -> MapTile:
    """A product's tile: red in the east half, clear in the west."""
    level, column, row = key
    picture = np.zeros((256, 256, 4), dtype=np.uint8)
    picture[:, 128:] = (200, 30, 30, 255)
    return MapTile(level, column, row, picture, None)


def _smooth(points: list[tuple[float, float]], step_m: float = 1.0) -> tuple[Array, Array, Array]:
    corners = np.array(points)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    s = np.linspace(0.0, along[-1], max(2, round(along[-1] / step_m)))
    return np.interp(s, along, corners[:, 0]), np.interp(s, along, corners[:, 1]), s


def route_over(points: list[tuple[float, float]], name: str = "R-7f3a") -> RouteView:
    """A route of straight legs over the made-up ground, at 0.0556 m/s."""
    east, north, along = _smooth(points)
    height = elevation_m(east, north, 0.5)
    slope = np.degrees(np.arctan2(np.diff(height), np.diff(along)))
    seconds = along / 0.0556 * (1.0 + np.concatenate([[0.0], np.abs(slope)]) / 100.0)
    return RouteView(
        name, "7f3a" * 16, east, north, height, along, slope, seconds, tuple(points[1:]),
        float(along[-1]), float(seconds[-1]), float(np.abs(slope).max()), 0.5,
        "reconstruction, generated detail below 60 m",
    )  # fmt: skip


def strips_over(route: RouteView, timed: bool) -> dict[str, Array]:
    """More of the profile: plausible, not reckoned."""
    along = route.along_m
    strips = {"across_deg": 2.0 * np.sin(along / 7.0), "speed_m_h": 190.0 - 20.0 * np.abs(np.sin(along / 11.0))}
    if timed:
        share = along / along[-1]
        strips |= {
            "sun_deg": 29.4 - 0.3 * share, "lit": ((share < 0.5) | (share > 0.65)).astype(np.float64),
            "contact": (share < 0.9).astype(np.float64), "charge": 78.0 - 5.0 * share,
            "temperature_degc": 12.0 + 3.0 * share, "after_h": route.seconds / 3600.0,
        }  # fmt: skip
    return strips
