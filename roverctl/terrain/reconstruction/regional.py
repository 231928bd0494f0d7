"""The regional floor between the craters: one surface of total degree 8 at most, ``regional.toml`` of a mission.

centre_km, half_km : east and north of its box about the site, and half its widths
join_km            : width over which it passes into the basin beyond the box
coefficients_m     : row i, entry j: metres of u**i * v**j; u east, v north from the centre, in half widths
"""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from roverctl.core.errors import ProfileError
from roverctl.terrain.source import Array

HIGHEST_DEGREE = 8
LARGEST = 1e7  # metres of a coefficient, kilometres of the box


@dataclass(frozen=True, slots=True)
class Regional:
    """ground and coefficients as ``surface.ground_at`` takes them."""

    ground: Array
    coefficients: Array


def read_regional(file: Path) -> Regional | None:
    """The file's surface, None without a file.

    Raises
    ------
    ProfileError
        Naming file and key.
    """
    if not file.is_file():
        return None
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{file}: {error}") from None
    centre, half = (_numbers(content.get(key), f"{file}: {key}") for key in ("centre_km", "half_km"))
    join = _numbers([content.get("join_km")], f"{file}: join_km")
    if len(centre) != 2 or len(half) != 2 or min(*half, *join) <= 0.0:
        raise ProfileError(
            f"{file}: centre_km and half_km need two numbers each; half_km and join_km greater than zero"
        )
    rows = content.get("coefficients_m")
    if not isinstance(rows, list) or not rows:
        raise ProfileError(f"{file}: coefficients_m: must be a list of rows")
    size = len(rows)
    if size > HIGHEST_DEGREE + 1:
        raise ProfileError(f"{file}: coefficients_m: is of degree {size - 1}, at most {HIGHEST_DEGREE} is allowed")
    table = np.zeros((size, size))
    for i, row in enumerate(rows):
        numbers = _numbers(row, f"{file}: coefficients_m: row {i + 1}")
        if len(numbers) != size - i:
            raise ProfileError(f"{file}: coefficients_m: row {i + 1}: has {len(numbers)} numbers, must have {size - i}")
        table[i, : size - i] = numbers
    return Regional(1000.0 * np.array([*centre, *half, *join]), table)


def _numbers(values: Any, where: str) -> list[float]:
    if not isinstance(values, list):
        raise ProfileError(f"{where}: must be a list of numbers")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ProfileError(f"{where}: '{value}' is not a finite number")
        if abs(value) > LARGEST:
            raise ProfileError(f"{where}: {value:g} is beyond {LARGEST:g}")
    return [float(value) for value in values]
