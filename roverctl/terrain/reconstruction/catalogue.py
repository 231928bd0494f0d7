"""The measured craters of a mission: ``craters.csv``, one row a crater, the oldest first, at most 40 numbers each.

Columns, those that do not apply left empty:

name, form : bowl, flat, plain (lava that fills a floor: a low-degree surface within an outline, no rim of its own), or
             hill (stands on what is older, peak_m high in the middle, nothing at the outline)
lat, lon_east, diameter_km, depth_m : depth is rim_m - floor_m
floor_m, rim_m : elevation at the centre, without tilt and peak; mean elevation of the rim
w40_m, w60_m, w75_m, w88_m : the wall at 0.40, 0.60, 0.75, 0.88 radii, above floor_m; a bowl has w60_m alone
peak_m, peak_east, peak_north, peak_radius : central peak, above the floor; place and radius in radii (not of a hill)
plain : share of the radius that a smooth mare fills
o2c ... o6s : outline, cosine and sine of the azimuth's harmonics 2 to 6, thousandths of the radius
r1c ... r5s : rim elevation, harmonics 1 to 5, metres
f1 ... f14 : floor, terms x, y, xx, xy, yy, ... yyyy (x east, y north, in radii), metres
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from roverctl.core.errors import ProfileError
from roverctl.core.site import SiteFrame
from roverctl.mission.profile import Feature
from roverctl.terrain.reconstruction import morphometry
from roverctl.terrain.reconstruction import surface as s
from roverctl.terrain.reconstruction.profiles import bowl_basis, wall_basis
from roverctl.terrain.source import Array

MOST_NUMBERS = 40
WALLS = ("w40_m", "w60_m", "w75_m", "w88_m")
PEAKS = ("peak_m", "peak_east", "peak_north", "peak_radius")
OUTLINES = tuple(f"o{k}{part}" for k in range(2, 7) for part in "cs")
RIMS = tuple(f"r{k}{part}" for k in range(1, 6) for part in "cs")
TERMS = tuple(f"f{k}" for k in range(1, 15))
NUMBERS = (
    "lat", "lon_east", "diameter_km", "depth_m", "floor_m", "rim_m", *WALLS, *PEAKS, "plain", *OUTLINES, *RIMS, *TERMS
)  # fmt: skip
FORMS = {"flat": s.FLAT, "bowl": s.BOWL, "plain": s.PLAIN, "hill": s.HILL}
HIGHEST_M = 30_000.0  # no elevation or relief of a Moon or small planet is beyond
LEAST_DEPTH_M = 1.0
WIDEST_KM = 1_000.0
HIGHEST_PEAK = 0.5  # of the depth, where the law for peaks is stretched beyond the craters it was made from. Our choice
RAGGED = 0.5  # what an outline's harmonics may add up to, in radii


@dataclass(frozen=True, slots=True)
class Crater:
    """One row: its name ('' where it has none), form and numbers by column; a number that is not given is absent."""

    name: str
    form: str
    numbers: dict[str, float]

    def get(self, *columns: str) -> tuple[float, ...]:
        """The numbers, 0.0 for those that are absent."""
        return tuple(self.numbers.get(column, 0.0) for column in columns)


def read_craters(file: Path) -> tuple[Crater, ...]:
    """All rows of ``craters.csv``.

    Raises
    ------
    ProfileError
        Naming file and row.
    """
    try:
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{file}: {error}") from None
    reader = csv.DictReader(lines)
    missing = [column for column in ("name", "form", *NUMBERS) if column not in (reader.fieldnames or ())]
    if missing:
        raise ProfileError(f"{file}: the column '{missing[0]}' is missing")
    return tuple(_crater(row, f"{file}: row {number}") for number, row in enumerate(reader, start=1))


def _crater(row: dict[str, str], where: str) -> Crater:
    try:
        numbers = {column: float(row[column]) for column in NUMBERS if row[column]}
    except (TypeError, ValueError) as error:
        raise ProfileError(f"{where}: {error}") from None
    form = row["form"]
    if form not in FORMS:
        raise ProfileError(f"{where}: form '{form}' is not among {', '.join(FORMS)}")
    if not all(math.isfinite(value) for value in numbers.values()):
        raise ProfileError(f"{where}: every number must be finite")
    if len(numbers) > MOST_NUMBERS:
        raise ProfileError(f"{where}: has {len(numbers)} numbers, a crater is described by {MOST_NUMBERS} at most")
    needed = ["lat", "lon_east", "diameter_km"]
    needed += {
        "plain": ["floor_m"], "bowl": ["floor_m", "rim_m", "w60_m"], "flat": ["floor_m", "rim_m", *WALLS],
        "hill": ["peak_m"],
    }[form]  # fmt: skip
    for column in needed:
        if column not in numbers:
            what = "hill" if form == "hill" else f"{form} crater"
            raise ProfileError(f"{where}: a {what} needs {column}")
    if form in ("bowl", "flat") and not numbers["rim_m"] - numbers["floor_m"] >= LEAST_DEPTH_M:
        raise ProfileError(f"{where}: rim_m must stand {LEAST_DEPTH_M:g} m over floor_m at least")
    crater = Crater(row["name"], form, numbers)
    if abs(numbers["lat"]) > 90.0 or abs(numbers["lon_east"]) > 360.0:
        raise ProfileError(f"{where}: lat must lie within ±90, lon_east within ±360 degrees")
    if not 0.0 < numbers["diameter_km"] <= WIDEST_KM:
        raise ProfileError(f"{where}: diameter_km must lie between 0 and {WIDEST_KM:g}")
    heights = crater.get("depth_m", "floor_m", "rim_m", "peak_m", *WALLS, *RIMS, *TERMS)
    if max(abs(value) for value in heights) > HIGHEST_M:
        raise ProfileError(f"{where}: no height may exceed {HIGHEST_M:g} m")
    if sum(abs(value) for value in crater.get(*OUTLINES)) > 1000.0 * RAGGED:
        raise ProfileError(f"{where}: the outline's harmonics may add up to {1000.0 * RAGGED:g} thousandths at most")
    if not 0.0 <= numbers.get("plain", 0.0) <= 1.0:
        raise ProfileError(f"{where}: plain must lie between 0 and 1")
    if form != "hill" and numbers.get("peak_m") and not 0.0 < numbers.get("peak_radius", 0.0) <= 1.0:
        raise ProfileError(f"{where}: a peak needs peak_radius, above 0 and at most 1")
    return crater


def crater_rows(craters: tuple[Crater, ...], site: SiteFrame) -> tuple[Array, Array]:
    """What ``surface`` draws, youngest first: rows of its columns, and profiles.

    A profile has SAMPLES + 1 elevations, and one more at either end for the cubics through them.
    """
    rows = np.zeros((len(craters), s.COLUMNS))
    profiles = np.empty((len(craters), s.SAMPLES + 3))
    wall, bowl = wall_basis(), bowl_basis()
    for row, profile, crater in zip(rows, profiles, reversed(craters), strict=True):
        latitude, longitude, diameter, floor, rim = crater.get("lat", "lon_east", "diameter_km", "floor_m", "rim_m")
        east, north = (float(v) for v in site.to_site(longitude, latitude))
        row[s.EAST], row[s.NORTH] = east, north
        row[s.STRETCH : s.STRETCH + 4] = s.stretch(east, north, site.body_radius_m).ravel() / (500.0 * diameter)
        outline = np.array(crater.get(*OUTLINES)) / 1000.0
        row[s.REACH] = (1.0 if crater.form in ("plain", "hill") else s.APRON) * (1.0 + np.abs(outline).sum())
        row[s.FORM], row[s.RIM] = FORMS[crater.form], rim
        for count, first, numbers, size in (
            (s.OUTLINES, s.OUTLINE, outline, 2),
            (s.RIMS, s.RIM_WAVES, np.array(crater.get(*RIMS)), 2),
            (s.TERMS, s.FLOOR, np.array(crater.get(*TERMS)), 1),
        ):
            row[first : first + len(numbers)] = numbers
            row[count] = math.ceil((np.flatnonzero(numbers)[-1] + 1) / size) if numbers.any() else 0
        row[s.PEAK : s.PEAK + 4] = crater.get(*PEAKS)
        if crater.form in ("plain", "hill"):
            profile[1:-1] = floor
        elif crater.form == "bowl":
            profile[1:-1] = floor + np.array([0.0, *crater.get("w60_m"), rim - floor]) @ bowl
        else:
            profile[1:-1] = floor + np.array([0.0, *crater.get(*WALLS), rim - floor]) @ wall
        profile[0], profile[-1] = profile[2], 2.0 * profile[-2] - profile[-3]
    return rows, profiles


def craters_after_pike(features: tuple[Feature, ...], ground_m: float) -> tuple[Crater, ...]:
    """Craters that nobody has measured for us: by name, place and diameter, fresh, on ground of one elevation."""
    found = []
    for feature in sorted((f for f in features if f.kind == "crater"), key=lambda f: -f.diameter_m):
        diameter = feature.diameter_m
        depth = morphometry.depth_m(diameter)
        rim = ground_m + morphometry.rim_height_m(diameter)
        numbers = {
            "lat": feature.latitude_deg, "lon_east": feature.longitude_deg, "diameter_km": diameter / 1000.0,
            "depth_m": depth, "floor_m": rim - depth, "rim_m": rim,
        }  # fmt: skip
        if diameter < morphometry.SIMPLE_BELOW_M:
            numbers["w60_m"] = 0.36 * depth  # a parabola
            found.append(Crater(feature.name, "bowl", numbers))
            continue
        share = min(0.75, morphometry.floor_diameter_m(diameter) / diameter)
        for column, x in zip(WALLS, (0.40, 0.60, 0.75, 0.88), strict=True):
            numbers[column] = depth * max(0.0, (x - share) / (1.0 - share)) ** 1.5
        if diameter >= morphometry.PEAK_FROM_M:
            peak = min(morphometry.peak_height_m(diameter), HIGHEST_PEAK * depth)
            numbers |= {"peak_m": peak, "peak_radius": 0.2}
        found.append(Crater(feature.name, "flat", numbers))
    return tuple(found)
