"""The sky against tables that skyfield made from JPL's DE421: tests/reference/make_sky_de421.py."""

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from roverctl.core.times import parse_utc
from roverctl.ephemeris.sky import Sky

Array = npt.NDArray[np.float64]
TABLE = Path(__file__).parents[2] / "reference" / "sky_de421.csv"


@pytest.fixture(scope="module")
def table() -> tuple[npt.NDArray[np.int64], dict[str, Array]]:
    with TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    times = np.array([parse_utc(row["utc"]) for row in rows], dtype=np.int64)
    return times, {key: np.array([float(row[key]) for row in rows]) for key in rows[0] if key != "utc"}


def turned(a: Array, b: Array) -> Array:
    """Difference of two azimuths in degrees, the short way."""
    return np.abs((a - b + 180.0) % 360.0 - 180.0)


def test_the_table_covers_2019_to_2031(table) -> None:  # type: ignore[no-untyped-def]
    times, _ = table
    assert times.size >= 1500 and times.min() < parse_utc("2019-02-01") and times.max() > parse_utc("2031-11-01")


def test_the_moons_distance_is_within_12_km(sky: Sky, table) -> None:  # type: ignore[no-untyped-def]
    times, known = table
    assert np.abs(sky.geometry(times).earth_moon_m / 1000.0 - known["earth_moon_km"]).max() < 12.0


def test_the_sun_stands_within_0_02_and_0_03_degrees(sky: Sky, table) -> None:  # type: ignore[no-untyped-def]
    times, known = table
    azimuth, elevation = np.degrees(sky.sun(times))
    assert np.abs(elevation - known["sun_elevation_deg"]).max() < 0.02
    assert turned(azimuth, known["sun_azimuth_deg"]).max() < 0.03


def test_the_earth_stands_within_0_02_degrees_over_the_rover(sky: Sky, table) -> None:  # type: ignore[no-untyped-def]
    times, known = table
    earth = sky.earth(times)
    assert np.abs(np.degrees(earth.elevation_rad) - known["earth_elevation_deg"]).max() < 0.02
    assert turned(np.degrees(earth.azimuth_rad), known["earth_azimuth_deg"]).max() < 0.03


def test_elevation_at_a_station_is_within_0_05_degrees(sky: Sky, table) -> None:  # type: ignore[no-untyped-def]
    times, known = table
    track = sky.between("Neuquén", "moon", times)
    assert track.elevation_rad is not None
    assert np.abs(np.degrees(track.elevation_rad) - known["moon_elevation_neuquen_deg"]).max() < 0.05
