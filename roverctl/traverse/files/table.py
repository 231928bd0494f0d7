"""Lines out of tables: CSV, TSV, columns apart by blanks."""

import csv
from pathlib import Path

from roverctl.core.errors import InputError
from roverctl.mission.profile import Mission
from roverctl.traverse.files.lines import Lines, pair_of
from roverctl.traverse.reference import MOST_TRACK_POINTS

_EAST = ("east", "east_m", "easting", "x", "x_m")
_NORTH = ("north", "north_m", "northing", "y", "y_m")
_LONGITUDE = ("lon", "lon_deg", "longitude", "longitude_deg", "lng", "long")
_LATITUDE = ("lat", "lat_deg", "latitude", "latitude_deg")


def from_table(text: str, file: Path, mission: Mission) -> Lines:
    """The one line of a table; see ``track_file.read_tracks``."""
    lines = text.splitlines()
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")]
    if not rows:
        return Lines([])
    head = rows[0][1]
    delimiter = next((mark for mark in (",", ";", "\t") if mark in head), None)

    def cells(line: str) -> list[str]:
        return (
            line.split()
            if delimiter is None
            else [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
        )

    first = [cell.casefold() for cell in cells(head)]
    columns, metres = _columns(first)
    if columns is None:
        if delimiter is not None or len(first) != 2 or not all(_is_number(cell) for cell in first):
            raise InputError(
                f"{file}: line {rows[0][0]}: must name the columns, 'lon,lat' in degrees or 'east,north' in metres "
                "from the site; without names, two columns apart by blanks are north and east"
            )
        columns, metres = (1, 0), True
    else:
        rows = rows[1:]
    if len(rows) > MOST_TRACK_POINTS:
        raise InputError(f"{file}: more than {MOST_TRACK_POINTS:,} points; thin it out or split it")
    body = first.index("body") if "body" in first and rows else None
    named = cells(rows[0][1])[body : body + 1] if body is not None else []
    pairs = []
    for number, line in rows:
        values = cells(line)
        if len(values) <= max(columns):
            raise InputError(f"{file}: line {number}: {len(values)} columns, where {max(columns) + 1} are needed")
        pairs.append(pair_of(file, f"line {number}", [values[columns[0]], values[columns[1]]]))
    return Lines([(file.stem, pairs)], named[0] if named else None, metres)


def _columns(names: list[str]) -> tuple[tuple[int, int] | None, bool]:
    """Where longitude and latitude stand, or east and north, and whether it is these."""
    for first, second, metres in ((_LONGITUDE, _LATITUDE, False), (_EAST, _NORTH, True)):
        a = next((i for i, name in enumerate(names) if name in first), None)
        b = next((i for i, name in enumerate(names) if name in second), None)
        if a is not None and b is not None:
            return (a, b), metres
    return None, False


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
