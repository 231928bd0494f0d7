"""The sky as rows for files and the command line: kilometres, degrees, seconds, ISO 8601."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from roverctl.core.nouns import ContactWindow
from roverctl.core.times import format_utc
from roverctl.ephemeris.sky import Sky


def relay_rows(sky: Sky, t_ns: Sequence[int]) -> list[dict[str, Any]]:
    """Ranges, light times and elevations at each time, through the best station.

    Where no station has contact the row has ``contact`` false, the station that sees the relay highest, and a ``note``.
    Light times are of light alone, station to rover and back: no processing, no serialisation.
    """
    if not len(t_ns):
        return []
    times = np.asarray(t_ns, dtype=np.int64)
    geometry, light = sky.geometry(times), sky.light_times(times)
    contact = np.logical_or.reduce(geometry.visible, axis=0)
    station = np.where(
        contact,
        np.where(geometry.visible, geometry.station_elevation_rad, -np.inf).argmax(axis=0),
        geometry.station_elevation_rad.argmax(axis=0),
    )
    rows = []
    for i, t in enumerate(times):
        s = int(station[i])
        row: dict[str, Any] = {
            "utc": format_utc(int(t)),
            "station": sky.mission.stations[s].name,
            "contact": bool(contact[i]),
            "earth_moon_km": _km(geometry.earth_moon_m[i]),
            "station_relay_km": _km(geometry.station_relay_m[s, i]),
            "relay_rover_km": _km(geometry.relay_rover_m[i]),
            "station_elevation_deg": _degrees(geometry.station_elevation_rad[s, i]),
            "relay_elevation_deg": _degrees(geometry.relay_elevation_rad[i]),
            "sun_elevation_deg": _degrees(geometry.sun_elevation_rad[i]),
            "sun_azimuth_deg": _degrees(geometry.sun_azimuth_rad[i]),
            "owlt_up_s": round(float(light.up_s[s, i]), 9),
            "owlt_down_s": round(float(light.down_s[s, i]), 9),
        }
        if not contact[i]:
            row["note"] = "no station has contact; the one that sees the relay highest is given"
        rows.append(row)
    return rows


def pass_rows(windows: Sequence[ContactWindow]) -> list[dict[str, Any]]:
    """Contact windows as rows."""
    return [
        {
            "station": window.station,
            "aos": format_utc(window.aos_ns),
            "los": format_utc(window.los_ns),
            "peak": format_utc(window.peak_ns),
            "peak_elevation_deg": _degrees(window.peak_elevation_rad),
        }
        for window in windows
    ]


def _km(metres: float) -> float:
    return round(float(metres) / 1000.0, 3)


def _degrees(radians: float) -> float:
    return round(float(np.degrees(radians)), 4)
