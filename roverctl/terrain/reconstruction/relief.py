"""Measured figures that the reconstruction stands on: mean relief, and floors and rims of the named craters."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from roverctl.core.compiled import kernel
from roverctl.core.errors import ProfileError
from roverctl.core.site import SiteFrame
from roverctl.mission.profile import Feature, Mission
from roverctl.terrain.reconstruction import morphometry
from roverctl.terrain.scatter import cell, spline_weights
from roverctl.terrain.source import Array

PAD = 12  # squares over which the relief settles to its mean beyond its edge
MAX_SQUARES = 1_000_000
RESOLVED_M = 100_000.0  # floors of craters this large are in the relief itself: only their walls are set in
RUINED = 0.5  # a crater that the relief resolves, shallower than this share of a fresh one, is left to it


@dataclass(frozen=True, slots=True)
class Relief:
    """Spline coefficients on a lattice; (0, 0) stands at east_m, north_m, rows go north."""

    east_m: float
    north_m: float
    spacing_m: float
    coefficients_m: Array
    measured: bool  # False where the mission has none and all is flat


@kernel
def relief_at(east: float, north: float, east0: float, north0: float, spacing: float, coefficients: Array) -> float:
    """The cubic spline, continued by its border (which is flat) outside."""
    height, width = coefficients.shape
    x = min(max((east - east0) / spacing, 1.0), width - 2.001)
    y = min(max((north - north0) / spacing, 1.0), height - 2.001)
    ix, iy = cell(x), cell(y)
    wx, wy = spline_weights(x - ix), spline_weights(y - iy)
    total = 0.0
    for b in range(4):
        line = 0.0
        for a in range(4):
            line += wx[a] * coefficients[iy + b - 1, ix + a - 1]
        total += wy[b] * line
    return total


def read_relief(file: Path, site: SiteFrame) -> Relief:
    """``relief.csv`` of a mission: first line east, north, spacing in km, then rows of metres from the south on.

    Where a mission has none the relief is flat at the site's elevation.

    Raises
    ------
    ProfileError
        Naming file and line.
    """
    if not file.is_file():
        return Relief(-50_000.0, -50_000.0, 25_000.0, np.full((5, 5), site.elevation_m), False)
    rows: list[list[float]] = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{file}: {error}") from None
    for number, line in enumerate(lines, start=1):
        if line.startswith("#") or not line.strip():
            continue
        try:
            row = [float(v) for v in line.split(",")]
        except ValueError:
            raise ProfileError(f"{file}: line {number}: only numbers, separated by commas, belong here") from None
        if not all(math.isfinite(v) for v in row):
            raise ProfileError(f"{file}: line {number}: every number must be finite")
        if len(rows) > 1 and len(row) != len(rows[1]):
            raise ProfileError(f"{file}: line {number}: has {len(row)} numbers, the first row has {len(rows[1])}")
        rows.append(row)
    if len(rows) < 3 or len(rows[0]) != 3 or not rows[0][2] > 0.0 or len(rows[1]) < 2:
        raise ProfileError(f"{file}: needs east, north, spacing (km) in the first line, then two rows or more")
    if len(rows) * len(rows[1]) > MAX_SQUARES:
        raise ProfileError(f"{file}: more than {MAX_SQUARES} squares")
    east, north, spacing = (1000.0 * v for v in rows[0])
    return Relief(east - PAD * spacing, north - PAD * spacing, spacing, _coefficients(np.array(rows[1:])), True)


def _coefficients(means: Array) -> Array:
    """Spline coefficients whose surface passes through the means, settling to their average outside."""
    average = float(means.mean())
    padded = np.pad(means, PAD, mode="reflect" if min(means.shape) > PAD else "edge")
    rows = _inside(means.shape[0])[:, None] * _inside(means.shape[1])[None, :]
    padded = average + (padded - average) * rows
    coefficients = padded.copy()
    # B c = z by its fixed point: B (1, 4, 1 over 6, each way) has eigenvalues from 1/9 to 1
    for _ in range(60):
        edged = np.pad(coefficients, 1, mode="edge")
        across = (edged[:, :-2] + 4.0 * edged[:, 1:-1] + edged[:, 2:]) / 6.0
        coefficients += padded - (across[:-2] + 4.0 * across[1:-1] + across[2:]) / 6.0
    return coefficients


def _inside(count: int) -> Array:
    """1 over the measured squares, falling to 0 smoothly over the margin."""
    beyond = np.maximum(0.0, np.maximum(PAD - np.arange(count + 2 * PAD), np.arange(count + 2 * PAD) - PAD - count + 1))
    t = np.clip(1.0 - beyond / (PAD - 2), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


@dataclass(frozen=True, slots=True)
class Measured:
    """Elevations (m) of a named feature, and the share of its radius that a smooth plain fills; None where unknown."""

    floor_m: float | None
    rim_m: float | None
    peak_m: float | None
    plain_share: float | None


def read_measured(mission: Mission) -> dict[str, Measured]:
    """``measured.csv`` of a mission, by the feature's name; empty without one.

    Raises
    ------
    ProfileError
        Naming file and row.
    """
    file = mission.folder / "measured.csv"
    if not file.is_file():
        return {}
    try:
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{file}: {error}") from None
    names = {feature.name for feature in mission.features}
    found: dict[str, Measured] = {}
    for number, row in enumerate(csv.DictReader(lines), start=1):
        try:
            values = [float(row[key]) if row[key] else None for key in ("floor_m", "rim_m", "peak_m", "plain_share")]
            name = row["name"]
        except (KeyError, TypeError, ValueError) as error:
            raise ProfileError(f"{file}: row {number}: {error}") from None
        if not all(value is None or math.isfinite(value) for value in values):
            raise ProfileError(f"{file}: row {number}: every number must be finite")
        if name not in names:
            raise ProfileError(f"{file}: row {number}: '{name}' is not among the mission's features")
        if (values[0] is None) != (values[1] is None):
            raise ProfileError(f"{file}: row {number}: floor_m and rim_m go together")
        found[name] = Measured(*values)
    return found


def place_of(mission: Mission, feature: Feature) -> tuple[float, float]:
    """East and north of a feature's centre."""
    east, north = mission.site.to_site(feature.longitude_deg, feature.latitude_deg)
    return float(east), float(north)


def plains_of(mission: Mission) -> Array:
    """Rows of east, north, radius (m): the plains that fill craters, then the mountains on them, radius negative.

    As ``craters.plainness`` takes them. A mountain's rough ground reaches to 0.7 of its radius.
    """
    measured = read_measured(mission)
    plains, mountains = [], []
    for feature in mission.features:
        known = measured.get(feature.name)
        if known is None:
            continue
        if known.plain_share is not None:
            plains.append((*place_of(mission, feature), 0.5 * feature.diameter_m * known.plain_share))
        if feature.kind == "mountain":
            mountains.append((*place_of(mission, feature), -0.35 * feature.diameter_m))
    return np.array(plains + mountains if plains else [], dtype=np.float64).reshape(-1, 3)


def named_mountains(mission: Mission) -> Array:
    """Rows of the mountains whose tops are known: east, north, radius, top's elevation."""
    measured = read_measured(mission)
    rows = [
        (*place_of(mission, feature), 0.5 * feature.diameter_m, known.peak_m)
        for feature in mission.features
        if feature.kind == "mountain" and (known := measured.get(feature.name)) and known.peak_m is not None
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def named_craters(mission: Mission, relief: Relief) -> Array:
    """Rows of the named craters, largest (taken as oldest) first.

    East, north, radius, floor elevation, rim height over the relief, peak height over the floor, floor's share of the
    radius, and 1 where the floor is left to the relief, which resolves it. A ruined one of that size is left out.

    Raises
    ------
    ProfileError
        When ``measured.csv`` is there and wrong.
    """
    measured = read_measured(mission)
    rows = []
    ring = np.linspace(0.0, 2.0 * np.pi, 48, endpoint=False)
    for feature in sorted((f for f in mission.features if f.kind == "crater"), key=lambda f: -f.diameter_m):
        east, north = place_of(mission, feature)
        radius = 0.5 * feature.diameter_m
        around = [
            relief_at(
                east + radius * math.sin(a), north + radius * math.cos(a),
                relief.east_m, relief.north_m, relief.spacing_m, relief.coefficients_m,
            )
            for a in ring
        ]  # fmt: skip
        ground = float(np.mean(around))
        rim = morphometry.rim_height_m(feature.diameter_m)
        floor = ground + rim - morphometry.depth_m(feature.diameter_m)
        peak = morphometry.peak_height_m(feature.diameter_m)
        known = measured.get(feature.name)
        if known is not None and known.floor_m is not None and known.rim_m is not None:
            floor, rim = known.floor_m, max(0.0, known.rim_m - ground)
            peak = 0.0 if known.peak_m is None else max(0.0, known.peak_m - floor)
        resolved = feature.diameter_m >= max(RESOLVED_M, 6.0 * relief.spacing_m) and relief.measured
        if resolved and ground + rim - floor < RUINED * morphometry.depth_m(feature.diameter_m):
            continue
        share = min(0.8 if resolved else 0.75, morphometry.floor_diameter_m(feature.diameter_m) / feature.diameter_m)
        rows.append((east, north, radius, floor, rim, peak, share, float(resolved)))
    return np.array(rows, dtype=np.float64).reshape(-1, 8)
