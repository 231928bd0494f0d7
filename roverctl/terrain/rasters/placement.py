"""Where a raster lies on the body, in any planetary coordinate system."""

import math
from dataclasses import dataclass
from typing import Any

import rasterio.crs
import rasterio.errors

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission

RADIUS_TOLERANCE = 1e-3  # a sphere or ellipsoid further than this from the mission's body is another body


@dataclass(frozen=True, slots=True)
class Placement:
    """How a raster lies on the body: pixel coordinates (of a corner, as GDAL's) from longitude and latitude."""

    geographic: bool
    crs: Any
    geographic_crs: Any
    inverse: tuple[float, float, float, float, float, float]
    period_px: float  # columns in 360 degrees, 0.0 where the raster is not geographic
    resolution_m: float
    note: str = ""  # what was assumed, empty where nothing was


def body_radius_m(dataset: Any, mission: Mission) -> float:
    """Equatorial radius of the body that the file's heights refer to; the mission's where the file names none."""
    if dataset.crs is None:
        return mission.body.radius_m
    try:
        return _semi_major_m(dataset.crs)
    except rasterio.errors.CRSError as error:
        raise InputError(f"{dataset.name}: its coordinate system cannot be read: {error}") from None


def _semi_major_m(crs: Any) -> float:
    """The semi-major axis, from the PROJJSON of the coordinate system, wherever that nests it."""

    def find(node: Any) -> float | None:
        if isinstance(node, dict):
            if "ellipsoid" in node:
                ellipsoid = node["ellipsoid"]
                value = ellipsoid.get("radius", ellipsoid.get("semi_major_axis"))
                if isinstance(value, dict):
                    return float(value["value"]) * float(value["unit"].get("conversion_factor", 1.0))
                return None if value is None else float(value)
            node = list(node.values())
        if isinstance(node, list):
            for child in node:
                found = find(child)
                if found is not None:
                    return found
        return None

    radius = find(crs.to_dict(projjson=True))
    if radius is None:
        raise InputError("the raster's coordinate system names no ellipsoid; give it a planetary one")
    return radius


def place(dataset: Any, mission: Mission) -> Placement:
    """Where the raster lies.

    Raises
    ------
    InputError
        When the file is on another body, or is not placed at all.
    """
    transform = dataset.transform
    if transform.is_identity or transform.determinant == 0.0:
        raise InputError(f"{dataset.name} is not placed on a body: it has no geotransform")
    crs = dataset.crs
    radius = mission.body.radius_m
    if crs is None:
        west, south, east, north = dataset.bounds
        if not (west >= -360.0 and east <= 720.0 and min(south, north) >= -90.0 and max(south, north) <= 90.0):
            raise InputError(
                f"{dataset.name} has no coordinate system and its bounds are not degrees; "
                "give it one (gdal_edit -a_srs)"
            )
        geographic, degrees = True, 1.0
    else:
        found = body_radius_m(dataset, mission)
        if abs(found / radius - 1.0) > RADIUS_TOLERANCE:
            raise InputError(
                f"{dataset.name} is on a body of radius {found / 1000:.1f} km, "
                f"the mission's is {radius / 1000:.1f} km ({mission.body.name})"
            )
        geographic = bool(crs.is_geographic)
        degrees = math.degrees(crs.units_factor[1]) if geographic else 1.0
    inverse = ~transform
    if geographic:
        pixel_m = math.hypot(transform.b, transform.e) * degrees * math.pi / 180.0 * radius
        # heights go by north-south spacing; columns close up towards the poles
        placement = (inverse.a / degrees, inverse.b / degrees, inverse.c, inverse.d / degrees, inverse.e / degrees)
        coefficients = (*placement, inverse.f)
        period = abs(360.0 * inverse.a / degrees)
        note = "no coordinate system: read as degrees" if crs is None else ""
        return Placement(True, crs, None, coefficients, period, pixel_m, note)
    unit_m = float(crs.linear_units_factor[1])
    pixel_m = max(math.hypot(transform.a, transform.d), math.hypot(transform.b, transform.e)) * unit_m
    # the same sphere as the site frame's: planetocentric degrees in, whatever the file's ellipsoid's flattening
    sphere = rasterio.crs.CRS.from_proj4(f"+proj=longlat +R={radius!r} +no_defs")
    return Placement(
        False, crs, sphere, (inverse.a, inverse.b, inverse.c, inverse.d, inverse.e, inverse.f), 0.0, pixel_m
    )
