"""Lines as files hold them, before they have a place in the site frame."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roverctl.core.errors import InputError

Pairs = list[tuple[float, float]]


@dataclass(slots=True)
class Lines:
    """What a file holds: named lines, and the body if it says one; ``metres`` of (east, north), else degrees."""

    lines: list[tuple[str, Pairs]]
    body: str | None = None
    metres: bool = False


def pair_of(file: Path, where: str, values: list[Any]) -> tuple[float, float]:
    """The first two of some values as numbers; raises InputError naming where they stand."""
    try:
        first, second = float(values[0]), float(values[1])
    except (TypeError, ValueError, IndexError, OverflowError):
        raise InputError(f"{file}: {where}: {str(values)[:60]} is no pair of numbers") from None
    if not (math.isfinite(first) and math.isfinite(second)):
        raise InputError(f"{file}: {where}: {str(values)[:60]} is no pair of numbers")
    return first, second
