"""Delays and ranges as a CSV file: kilometres, seconds, metres per second, ISO 8601."""

import csv
import io

from roverctl.core.times import format_utc
from roverctl.session.api.relay import Curves

COLUMNS = (
    "utc", "station", "contact", "owlt_up_s", "owlt_down_s", "station_relay_km", "relay_rover_km", "earth_moon_km",
    "station_relay_m_s", "relay_rover_m_s",
)  # fmt: skip


def curves_csv(curves: Curves) -> str:
    """A row for each time; range rates are positive when both ends part."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for i, t_ns in enumerate(curves.times_ns.tolist()):
        rows.writerow(
            [
                format_utc(t_ns),
                curves.station[i],
                "yes" if curves.contact[i] else "no",
                f"{curves.owlt_up_s[i]:.9f}",
                f"{curves.owlt_down_s[i]:.9f}",
                f"{curves.station_relay_m[i] / 1000:.3f}",
                f"{curves.relay_rover_m[i] / 1000:.3f}",
                f"{curves.earth_moon_m[i] / 1000:.3f}",
                f"{curves.station_relay_m_s[i]:.3f}",
                f"{curves.relay_rover_m_s[i]:.3f}",
            ]
        )
    return text.getvalue()
