"""Great circles on the body's sphere between places of the site frame: distance, bearing, points between."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from roverctl.core.site import SiteFrame

Array = npt.NDArray[np.float64]
Place = tuple[float, float]  # east and north, site metres


def distance_m(site: SiteFrame, start: Place, end: Place) -> float:
    """Along the great circle, on the sphere of the body's radius; by haversines, which hold at small distances too."""
    (lon1, lon2), (lat1, lat2) = _geographic_rad(site, (start, end))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2.0 * site.body_radius_m * math.asin(min(math.sqrt(half), 1.0))


def bearing_deg(site: SiteFrame, start: Place, end: Place) -> float:
    """Direction in which the great circle leaves ``start``, from true north, clockwise, 0..360."""
    (lon1, lon2), (lat1, lat2) = _geographic_rad(site, (start, end))
    y = math.sin(lon2 - lon1) * math.cos(lat2)
    x = math.cos(lat1) * math.sin(lat2) - math.sin(lat1) * math.cos(lat2) * math.cos(lon2 - lon1)
    return math.degrees(math.atan2(y, x)) % 360.0


def line_points(site: SiteFrame, corners: Sequence[Sequence[float]], count: int) -> tuple[Array, Array, Array, float]:
    """East, north and distance of some ``count`` points along great circles from corner to corner, and their spacing.

    Every corner is one of them.
    """
    places = [(corner[0], corner[1]) for corner in corners]
    legs_m = [distance_m(site, a, b) for a, b in itertools.pairwise(places)]
    spacing_m = max(sum(legs_m) / max(count, 1), 1e-3)
    east, north, along = [np.array([places[0][0]])], [np.array([places[0][1]])], [np.array([0.0])]
    begun_m = 0.0
    for (start, end), leg_m in zip(itertools.pairwise(places), legs_m, strict=True):
        steps = max(math.ceil(leg_m / spacing_m), 1)
        share = np.arange(1, steps + 1) / steps
        points_e, points_n = _between(site, start, end, share)
        east.append(points_e)
        north.append(points_n)
        along.append(begun_m + leg_m * share)
        begun_m += leg_m
    return np.concatenate(east), np.concatenate(north), np.concatenate(along), spacing_m


def _between(site: SiteFrame, start: Place, end: Place, share: Array) -> tuple[Array, Array]:
    """Points at shares 0..1 of the great circle, by unit vectors turned in their plane."""
    lon, lat = _geographic_rad(site, (start, end))
    a, b = _unit_vectors(lon, lat)
    angle = distance_m(site, start, end) / site.body_radius_m
    if angle < 1e-6:  # two metres on the Moon: straight, where vectors would lose the millimetres
        return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
    across = b - a * float(a @ b)
    across /= np.linalg.norm(across)
    points = np.cos(angle * share)[:, None] * a + np.sin(angle * share)[:, None] * across
    longitude = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    latitude = np.degrees(np.arcsin(np.clip(points[:, 2], -1.0, 1.0)))
    return site.to_site(longitude, latitude)


def _geographic_rad(site: SiteFrame, places: tuple[Place, Place]) -> tuple[list[float], list[float]]:
    lon, lat = site.to_geographic([p[0] for p in places], [p[1] for p in places])
    return np.radians(lon).tolist(), np.radians(lat).tolist()


def _unit_vectors(lon_rad: list[float], lat_rad: list[float]) -> Array:
    """From the body's middle, one a row."""
    lon, lat = np.array(lon_rad), np.array(lat_rad)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
