"""The one list of products, and the one way to have them made: map layers, command line and planner all use it."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.terrain.grid import sample_grid
from roverctl.terrain.products import surface
from roverctl.terrain.products.gradient import slope_rad
from roverctl.terrain.products.hazard import Limits, hazard_class
from roverctl.terrain.products.nest import Nest, nest_horizon_rad, sample_nest
from roverctl.terrain.products.product import PRODUCTS, Product
from roverctl.terrain.products.sunlight import above_horizon_rad, direction_at, lit_fraction
from roverctl.terrain.source import Array, Terrain

__all__ = ["PRODUCTS", "Product", "Setting", "Window", "compute", "setting_for"]

Values = npt.NDArray[np.float32]

# The draughtsman's light, for a hillshade that was given no Sun.
NORTH_WEST_RAD = math.radians(315.0)
LIGHT_ELEVATION_RAD = math.radians(45.0)
# The profile has no figure for roughness. Our choice: a root mean square of a quarter of the step that can be taken.
ROUGHNESS_OF_STEP = 0.25


@dataclass(frozen=True, slots=True)
class Window:
    """Nodes of a grid in the site frame, as in ``terrain.grid.Grid``: row 0 is the south."""

    east_m: float
    north_m: float
    spacing_m: float
    width: int
    height: int

    def widened(self, nodes: int) -> "Window":
        """With so many nodes more on each side."""
        reach = nodes * self.spacing_m
        width, height = self.width + 2 * nodes, self.height + 2 * nodes
        return Window(self.east_m - reach, self.north_m - reach, self.spacing_m, width, height)

    @property
    def easts_m(self) -> Array:
        """Where the columns stand."""
        return self.east_m + self.spacing_m * np.arange(self.width, dtype=np.float64)

    @property
    def norths_m(self) -> Array:
        """Where the rows stand."""
        return self.north_m + self.spacing_m * np.arange(self.height, dtype=np.float64)


def _nothing() -> Array:
    return np.empty(0)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a product may depend on besides the ground. Radians, metres, seconds; azimuths from north, clockwise.

    Directions of Sun and relay are those at the site, one or many instants ``step_s`` apart; elsewhere they are turned
    with the body's curvature. NaN limits and empty arrays are 'not given'.
    """

    sun_azimuth_rad: Array = field(default_factory=_nothing)
    sun_elevation_rad: Array = field(default_factory=_nothing)
    step_s: float = math.nan
    relay_azimuth_rad: Array = field(default_factory=_nothing)
    relay_elevation_rad: Array = field(default_factory=_nothing)
    point_m: tuple[float, float] | None = None
    point_height_m: float = 2.0
    target_height_m: float = 0.0
    max_slope_rad: float = math.nan
    max_step_m: float = math.nan
    max_roughness_m: float = math.nan
    vehicle_length_m: float = math.nan
    radius_m: float = math.inf


def setting_for(mission: Mission) -> Setting:
    """The mission's body and vehicle; ``dataclasses.replace`` adds Sun, relay and point."""
    vehicle = mission.vehicle
    return Setting(
        max_slope_rad=vehicle.plan_slope_rad,
        max_step_m=vehicle.max_step_m,
        max_roughness_m=ROUGHNESS_OF_STEP * vehicle.max_step_m,
        vehicle_length_m=vehicle.length_m,
        radius_m=mission.body.radius_m,
    )


def compute(terrain: Terrain, name: str, window: Window, setting: Setting) -> Values:
    """A product over a window, float32 (height, width) in the product's unit; NaN without data.

    Raises
    ------
    InputError
        When there is no such product, or the setting lacks what it needs.
    """
    product = PRODUCTS.get(name)
    if product is None:
        raise InputError(f"no product '{name}'; known are {', '.join(PRODUCTS)}")
    for need in sorted(product.needs):
        if not _GIVEN[need](setting):
            raise InputError(f"{name} needs {_NEEDED[need]}")
    return np.asarray(_MAKERS[name](terrain, window, setting), dtype=np.float32)


_NEEDED = {
    "sun": "the Sun's azimuth and elevation at a time",
    "sun_span": "the Sun's azimuths and elevations over a span of time",
    "relay": "the relay's azimuth and elevation",
    "point": "a point to look from",
    "vehicle": "the vehicle's limits of slope, step and roughness, and its length",
}
_GIVEN: dict[str, Callable[[Setting], bool]] = {
    "sun": lambda s: s.sun_azimuth_rad.size > 0,
    "sun_span": lambda s: s.sun_azimuth_rad.size > 0 and s.step_s > 0.0,
    "relay": lambda s: s.relay_azimuth_rad.size > 0,
    "point": lambda s: s.point_m is not None,
    "vehicle": lambda s: min(s.max_slope_rad, s.max_step_m, s.max_roughness_m, s.vehicle_length_m) > 0.0,
}


def _ground(terrain: Terrain, window: Window) -> Array:
    """Elevations of a window with one node more on each side."""
    wide = window.widened(1)
    return sample_grid(terrain, wide.east_m, wide.north_m, wide.spacing_m, wide.width, wide.height).elevation_m


def _elevation(terrain: Terrain, window: Window, setting: Setting) -> Array:
    return sample_grid(
        terrain, window.east_m, window.north_m, window.spacing_m, window.width, window.height
    ).elevation_m


def _hillshade(terrain: Terrain, window: Window, setting: Setting) -> Values:
    azimuth, elevation = np.array(NORTH_WEST_RAD), np.array(LIGHT_ELEVATION_RAD)
    if setting.sun_azimuth_rad.size:
        azimuth, elevation = direction_at(
            window.easts_m[np.newaxis, :], window.norths_m[:, np.newaxis], *_first_sun(setting), setting.radius_m
        )
    return surface.light(_ground(terrain, window), window.spacing_m, azimuth, elevation)


def _slope(terrain: Terrain, window: Window, setting: Setting) -> Values:
    spacing = window.spacing_m
    return np.degrees(slope_rad(_ground(terrain, window), spacing, spacing)[1:-1, 1:-1])


def _aspect(terrain: Terrain, window: Window, setting: Setting) -> Values:
    return np.degrees(surface.aspect_rad(_ground(terrain, window), window.spacing_m))


def _roughness(terrain: Terrain, window: Window, setting: Setting) -> Values:
    return surface.roughness_m(_ground(terrain, window))


def _hazard(terrain: Terrain, window: Window, setting: Setting) -> Values:
    undetailed = getattr(terrain, "base", None)
    base = None
    if undetailed is not None and terrain.generated_below_m > 0.0:
        base = _ground(undetailed, window)
    limits = Limits(setting.max_slope_rad, setting.max_step_m, setting.max_roughness_m, setting.vehicle_length_m)
    return hazard_class(_ground(terrain, window), window.spacing_m, limits, base)


def _first_sun(setting: Setting) -> tuple[float, float]:
    return float(setting.sun_azimuth_rad[0]), float(setting.sun_elevation_rad[0])


def _nest(terrain: Terrain, window: Window, setting: Setting) -> Nest:
    return sample_nest(
        terrain, window.east_m, window.north_m, window.spacing_m, window.width, window.height, setting.radius_m
    )


def _horizon(terrain: Terrain, window: Window, setting: Setting) -> Array | Values:
    middle = window.easts_m.mean(), window.norths_m.mean()
    azimuth, _ = direction_at(*middle, *_first_sun(setting), setting.radius_m)
    return np.degrees(nest_horizon_rad(_nest(terrain, window, setting), float(azimuth)))


def _above(
    terrain: Terrain, window: Window, setting: Setting, azimuths_rad: Array, elevations_rad: Array
) -> Iterator[Values]:
    """How high each of the directions stands above every node's horizon."""
    nest = _nest(terrain, window, setting)
    for azimuth, elevation in zip(azimuths_rad, elevations_rad, strict=True):
        yield above_horizon_rad(nest, window.easts_m, window.norths_m, float(azimuth), float(elevation))


def _sunlit(terrain: Terrain, window: Window, setting: Setting) -> Array:
    now = _above(terrain, window, setting, setting.sun_azimuth_rad[:1], setting.sun_elevation_rad[:1])
    return np.asarray(100.0 * lit_fraction(next(now)))


def _sun_hours(terrain: Terrain, window: Window, setting: Setting) -> Array:
    total = np.zeros((window.height, window.width))
    for above in _above(terrain, window, setting, setting.sun_azimuth_rad, setting.sun_elevation_rad):
        total += lit_fraction(above)
    return total * (setting.step_s / 3600.0)


def _relay(terrain: Terrain, window: Window, setting: Setting) -> Array:
    total = np.zeros((window.height, window.width))
    for above in _above(terrain, window, setting, setting.relay_azimuth_rad, setting.relay_elevation_rad):
        total += np.where(np.isnan(above), np.nan, above > 0.0)
    return total * (100.0 / setting.relay_azimuth_rad.size)


_MAKERS: dict[str, Callable[[Terrain, Window, Setting], Array | Values]] = {
    "elevation": _elevation,
    "hillshade": _hillshade,
    "slope": _slope,
    "aspect": _aspect,
    "roughness": _roughness,
    "horizon": _horizon,
    "sunlit": _sunlit,
    "sun_hours": _sun_hours,
    "relay": _relay,
    "hazard": _hazard,
}
