"""Routes as a telecommand's argument: checked, packed, and read again."""

import itertools
import math
import struct
from typing import Any

from roverctl.core.errors import InputError

ROUTE_MAX_WAYPOINTS = 200
# A packet of 1017 bytes fits a telecommand frame (232.0-B, 4.1.1); 13 are headers and checksum, one the function.
ROUTE_MAX_B = 1000
_ROUTE_FARTHEST_M = 1e7  # so that a step between any two points fits 32 bits of centimetres


def checked_route(where: str, value: Any) -> list[tuple[float, float]]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= ROUTE_MAX_WAYPOINTS:
        raise InputError(f"{where} must be 1 to {ROUTE_MAX_WAYPOINTS} points (east, north)")
    points = []
    for point in value:
        try:
            east, north = (float(c) for c in point)
        except (TypeError, ValueError, OverflowError):
            east = north = math.nan
        if not (abs(east) <= _ROUTE_FARTHEST_M and abs(north) <= _ROUTE_FARTHEST_M):
            raise InputError(f"{where}: '{point}' is no point (east, north) in metres")
        points.append((east, north))
    if len(pack_route(points)) > ROUTE_MAX_B:
        raise InputError(
            f"{where}: {len(points)} points with steps over 327 m do not fit one telecommand; split the route"
        )
    return points


def pack_route(points: list[tuple[float, float]]) -> bytes:
    """Count, the first point in whole centimetres, then steps; 2 bytes a coordinate when all steps fit, else 4."""
    whole = [(round(e * 100.0), round(n * 100.0)) for e, n in points]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(whole)]
    wide = any(not -32_768 <= c <= 32_767 for step in steps for c in step)
    data = struct.pack(">BBii", len(whole), wide, *whole[0])
    return data + b"".join(struct.pack(">ii" if wide else ">hh", *step) for step in steps)


def unpack_route(data: bytes) -> tuple[list[tuple[float, float]], bytes]:
    if len(data) < 10:
        raise InputError("a route of less than one point")
    count, wide, east, north = struct.unpack_from(">BBii", data)
    layout = struct.Struct(">ii" if wide else ">hh")
    end = 10 + (count - 1) * layout.size
    if count < 1 or wide > 1 or len(data) < end:
        raise InputError(f"a route of {count} points in {len(data)} bytes")
    points = [(east, north)]
    for i in range(count - 1):
        step = layout.unpack_from(data, 10 + i * layout.size)
        points.append((points[-1][0] + step[0], points[-1][1] + step[1]))
    return [(e / 100.0, n / 100.0) for e, n in points], data[end:]
