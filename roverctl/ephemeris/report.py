"""The sky as rows for files and the command line: kilometres, degrees, seconds, ISO 8601."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from roverctl.core.nouns import ContactWindow
from roverctl.core.times import SECOND_NS, format_utc
from roverctl.ephemeris.contact.causes import Cause
from roverctl.ephemeris.contact.timeline import ContactSpan
from roverctl.ephemeris.day import LunarDay, day_at
from roverctl.ephemeris.sky import Sky

# What stands in the way, in words; the relay is the rover itself where there is none.
CAUSES: Final = {
    Cause.UNKNOWN_ORBIT: "the orbit file does not cover this time",
    Cause.ROVER: "below the rover's mask or skyline",
    Cause.MOON: "the Moon in the way",
    Cause.STATION: "below the station's mask",
    Cause.EXCLUDED: "excluded by the plan",
    Cause.MAINTENANCE: "maintenance",
    Cause.CONJUNCTION: "the Sun too near",
}


def relay_rows(sky: Sky, t_ns: Sequence[int]) -> list[dict[str, Any]]:
    """Ranges, range rates, light times and directions at each time, through the station whose turn it is.

    Where no station has contact the row has ``contact`` false, the station that sees the relay highest, and a ``note``.
    Light times are of light alone, station to rover and back: no processing, no serialisation.

    Raises
    ------
    InputError
        For a time that an orbit file does not cover.
    """
    if not len(t_ns):
        return []
    times = np.asarray(t_ns, dtype=np.int64)
    for t in (times.min(), times.max()):
        sky.check(int(t))
    geometry, light, earth = sky.geometry(times), sky.light_times(times), sky.earth(times)
    far_end = "relay" if sky.relay is not None else "rover"
    near = np.stack([sky.between(name, far_end, times).range_rate_m_s for name in sky.names])
    far = sky.between("relay", "rover", times).range_rate_m_s if sky.relay is not None else np.zeros(times.size)
    moon = sky.between("earth", "moon", times).range_rate_m_s
    days = sky.days(int(times.min()), int(times.max()))
    contact = np.logical_or.reduce(geometry.visible, axis=0)
    station = np.where(
        contact,
        sky.best_station(times, geometry),
        geometry.station_elevation_rad.argmax(axis=0),
    )
    rows = []
    for i, t in enumerate(times):
        s = int(station[i])
        row: dict[str, Any] = {
            "utc": format_utc(int(t)),
            "link": "relay" if sky.relay is not None else "direct",
            "station": sky.names[s],
            "contact": bool(contact[i]),
            "earth_moon_km": _km(geometry.earth_moon_m[i]),
            "station_relay_km": _km(geometry.station_relay_m[s, i]),
            "relay_rover_km": _km(geometry.relay_rover_m[i]),
            "earth_moon_m_s": _rate(moon[i]),
            "station_relay_m_s": _rate(near[s, i]),
            "relay_rover_m_s": _rate(far[i]),
            "station_elevation_deg": _degrees(geometry.station_elevation_rad[s, i]),
            "relay_elevation_deg": _degrees(geometry.relay_elevation_rad[i]),
            "relay_azimuth_deg": _degrees(geometry.relay_azimuth_rad[i]),
            "sun_elevation_deg": _degrees(geometry.sun_elevation_rad[i]),
            "sun_azimuth_deg": _degrees(geometry.sun_azimuth_rad[i]),
            "earth_elevation_deg": _degrees(earth.elevation_rad[i]),
            "earth_azimuth_deg": _degrees(earth.azimuth_rad[i]),
            "earth_lit": round(float(earth.lit[i]), 4),
            "earth_phase": "waxing" if earth.waxing[i] else "waning",
            "owlt_up_s": round(float(light.up_s[s, i]), 9),
            "owlt_down_s": round(float(light.down_s[s, i]), 9),
            **_day(day_at(days, int(t))),
        }
        if not contact[i]:
            row["note"] = "no station has contact; the one that sees the relay highest is given"
        rows.append(row)
    return rows


def pass_rows(sky: Sky, windows: Sequence[ContactWindow]) -> list[dict[str, Any]]:
    """Contact windows as rows."""
    if not windows:
        return []
    aos_ns = [window.aos_ns for window in windows]
    days = sky.days(min(aos_ns), max(aos_ns))
    sun = sky.sun(aos_ns)[1]
    rows = []
    for window, height in zip(windows, sun, strict=True):
        day = day_at(days, window.aos_ns)
        rows.append(
            {
                "station": window.station,
                "aos": format_utc(window.aos_ns),
                "los": format_utc(window.los_ns),
                "peak": format_utc(window.peak_ns),
                "peak_elevation_deg": _degrees(window.peak_elevation_rad),
                "duration_s": round((window.los_ns - window.aos_ns) / SECOND_NS, 3),
                "lunar_day": None if day is None else day.number,
                "sun_elevation_deg": _degrees(height),
            }
        )
    return rows


def timeline_rows(sky: Sky, spans: Sequence[ContactSpan]) -> list[dict[str, Any]]:
    """Turns and gaps as rows; ``station`` is null in a gap, which has the cause of each station."""
    rows = []
    for span in spans:
        row: dict[str, Any] = {
            "station": span.station or None,
            "from": format_utc(span.begin_ns),
            "to": format_utc(span.end_ns),
            "duration_s": round((span.end_ns - span.begin_ns) / SECOND_NS, 3),
        }
        if span.station:
            row["overlap_s"] = None if span.overlap_ns is None else round(span.overlap_ns / SECOND_NS, 3)
            row["short_overlap"] = span.short
        else:
            row["causes"] = {name: cause_words(sky, name, cause, span) for name, cause in span.causes}
        rows.append(row)
    return rows


def day_rows(days: Sequence[LunarDay]) -> list[dict[str, Any]]:
    """Lunar days as rows."""
    return [
        {"lunar_day": day.number, **{k: v for k, v in _day(day).items() if k != "lunar_day"},
         "noon_elevation_deg": _degrees(day.noon_elevation_rad)}
        for day in days
    ]  # fmt: skip


def cause_words(sky: Sky, station: str, cause: Cause, span: ContactSpan) -> str:
    """Why a station has no contact over a gap; maintenance by its name."""
    if cause != Cause.MAINTENANCE:
        return CAUSES.get(cause, "")
    names = [
        m.name for m in sky.rules.maintenance
        if m.station == station and m.begin_ns < span.end_ns and m.end_ns > span.begin_ns
    ]  # fmt: skip
    return "maintenance: " + ", ".join(names)


def _day(day: LunarDay | None) -> dict[str, Any]:
    """Of the day, or of the one whose night it is; nothing where the Sun does not rise."""
    return {
        "lunar_day": None if day is None else day.number,
        "sunrise": None if day is None else format_utc(day.sunrise_ns, 0),
        "noon": None if day is None else format_utc(day.noon_ns, 0),
        "sunset": None if day is None else format_utc(day.sunset_ns, 0),
    }


def _rate(metres_per_second: float) -> float:
    return round(float(metres_per_second), 4)


def _km(metres: float) -> float:
    return round(float(metres) / 1000.0, 3)


def _degrees(radians: float) -> float:
    return round(float(np.degrees(radians)), 4)
