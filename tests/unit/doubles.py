"""Grounds that the tests know in closed form, missions with changed figures, and a place for shared data."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from roverctl.mission.profile import Mission

Array = npt.NDArray[np.float64]
Height = Callable[[Array, Array], Array]


class Ground:
    """A terrain whose elevation is a function of east and north; ``calls`` counts how often it was asked."""

    label = "test ground"
    resolution_m = 0.0
    generated_below_m = 0.0

    def __init__(self, height: Height) -> None:
        self._height = height
        self.calls = 0

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        self.calls += 1
        east, north = np.broadcast_arrays(np.asarray(east_m, dtype=float), np.asarray(north_m, dtype=float))
        return np.asarray(self._height(east, north), dtype=float)


def flat(level_m: float = 0.0) -> Ground:
    return Ground(lambda east, north: np.full(east.shape, level_m))


def plane(east_slope: float, north_slope: float) -> Ground:
    return Ground(lambda east, north: east_slope * east + north_slope * north)


def waves(amplitude_m: float = 0.3) -> Ground:
    return Ground(lambda east, north: amplitude_m * (np.sin(east / 7.0) + np.cos(north / 5.0)))


def with_vehicle(mission: Mission, **figures: Any) -> Mission:
    return dataclasses.replace(mission, vehicle=dataclasses.replace(mission.vehicle, **figures))


def quiet(mission: Mission) -> Mission:
    """Without odometry and heading errors."""
    return with_vehicle(mission, odometry_noise=0.0, heading_noise_rad=0.0)


def overhead_sun(
    elevation_rad: float, azimuth_rad: float = 0.0
) -> Callable[[npt.NDArray[np.int64]], tuple[Array, Array]]:
    return lambda t_ns: (np.full(len(t_ns), azimuth_rad), np.full(len(t_ns), elevation_rad))


def shared_data(name: str) -> Path:
    """A file under ``shared/data`` beside the checkout; the test is skipped without it."""
    for folder in Path(__file__).resolve().parents:
        file = folder / "shared" / "data" / name
        if file.is_file():
            return file
    pytest.skip(f"shared/data/{name} is not beside this checkout")
