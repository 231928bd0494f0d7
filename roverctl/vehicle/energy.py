"""Array, battery and heat: the same compiled formulas for the vehicle's steps and for a whole day in large pieces.

Array power is peak times the cosine of incidence on the deck; the battery loses in charging; the body is one thermal
node that takes in what is used aboard, radioisotope heat and sunlight, and radiates.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roverctl.core.compiled import kernel
from roverctl.vehicle import figures as fig

Array = npt.NDArray[np.float64]

STEFAN_BOLTZMANN_W_M2_K4 = 5.670374419e-8  # CODATA 2018


@kernel
def sunlight(
    figures: Array, sun_elevation: float, sun_azimuth: float, slope_east: float, slope_north: float
) -> tuple[float, float]:
    """Watts of the array, and of what the body takes in, on ground of that gradient."""
    if sun_elevation <= 0.0:
        return 0.0, 0.0
    level = math.cos(sun_elevation)
    up = math.sin(sun_elevation)
    cosine = (
        -slope_east * level * math.sin(sun_azimuth) - slope_north * level * math.cos(sun_azimuth) + up
    ) / math.sqrt(1.0 + slope_east * slope_east + slope_north * slope_north)
    return figures[fig.ARRAY_PEAK] * max(0.0, cosine), figures[fig.SOLAR_FLUX] * figures[fig.ABSORBER] * up


@kernel
def charged(figures: Array, charge: float, array: float, load: float, seconds: float) -> float:
    """Joules in the battery after so many seconds."""
    surplus = array - load
    stored = surplus * figures[fig.EFFICIENCY] if surplus > 0.0 else surplus
    return float(min(max(charge + stored * seconds, 0.0), figures[fig.CAPACITY]))


@kernel
def warmed(figures: Array, temperature: float, load: float, absorbed: float, seconds: float) -> float:
    """Kelvin of the body after so many seconds, few against its hours of inertia."""
    heat = load + figures[fig.HEAT_SOURCES] + absorbed
    lost = STEFAN_BOLTZMANN_W_M2_K4 * figures[fig.RADIATOR] * temperature**4
    return float(temperature + (heat - lost) * seconds / figures[fig.HEAT_CAPACITY])


@kernel
def _course(
    figures: Array, seconds: Array, load: Array, sun_elevation: Array, sun_azimuth: Array,
    slope_east: Array, slope_north: Array, lit: npt.NDArray[np.bool_], charge: Array, temperature: Array, array: Array,
) -> None:  # fmt: skip
    for i in range(seconds.size):
        watts, absorbed = 0.0, 0.0
        if lit[i]:
            watts, absorbed = sunlight(figures, sun_elevation[i], sun_azimuth[i], slope_east[i], slope_north[i])
        array[i] = watts
        charge[i + 1] = charged(figures, charge[i], watts, load[i], seconds[i])
        temperature[i + 1] = warmed(figures, temperature[i], load[i], absorbed, seconds[i])


@dataclass(frozen=True, slots=True)
class EnergyCourse:
    """At the n + 1 ends of n pieces: ``charge_j`` and ``temperature_k``; over each piece ``array_w``."""

    charge_j: Array
    temperature_k: Array
    array_w: Array


def energy_course(
    scalars: Array, charge_j: float, temperature_k: float, seconds: Array, load_w: Array, sun_elevation_rad: Array,
    sun_azimuth_rad: Array, slope_east: Array, slope_north: Array, lit: npt.NDArray[np.bool_],
) -> EnergyCourse:  # fmt: skip
    """Battery and heat over pieces of time, from a first charge and temperature on.

    Parameters
    ----------
    scalars
        ``kernel_figures(mission).scalars``.
    seconds, load_w
        Of each of the n pieces: its length (ten minutes at most, over which the Sun moves 0.1° and the body's
        temperature next to nothing) and what everything aboard takes.
    sun_elevation_rad, sun_azimuth_rad, slope_east, slope_north, lit
        The Sun at each piece's middle, the gradient of the ground there, and whether the Sun is seen.
    """
    count = len(seconds)
    charge, temperature, array = np.empty(count + 1), np.empty(count + 1), np.empty(count)
    charge[0], temperature[0] = charge_j, temperature_k
    _course(
        scalars, _plain(seconds), _plain(load_w), _plain(sun_elevation_rad), _plain(sun_azimuth_rad),
        _plain(slope_east), _plain(slope_north), np.ascontiguousarray(lit), charge, temperature, array,
    )  # fmt: skip
    return EnergyCourse(charge, temperature, array)


def _plain(values: Array) -> Array:
    return np.ascontiguousarray(values, dtype=np.float64)
