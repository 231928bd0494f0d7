"""How values and ages are put into words, the same in every view."""

from roverctl.core.times import format_duration
from roverctl.mission.mdb import Mdb

NOTHING = "—"
# The MDB's unit as it is shown after a figure.
_UNIT_SIGNS = {"deg": "°", "degC": "°C", "m2": "m²"}
_KM_FROM_M = 10_000.0
# Signs that stand without a space: 4.7°, but 78.1 % and 21.0 °C.
_CLOSE = {"°"}


def age_text(seconds: float) -> str:
    """An age: tenths of a second below a minute, then ``3 min 12 s``, then hours and days."""
    seconds = max(seconds, 0.0)
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return format_duration(seconds)


def span_text(seconds: float) -> str:
    """A span to come, ``HH:MM:SS``, with days before it when there are any."""
    whole = max(int(seconds), 0)
    days, rest = divmod(whole, 86_400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days} d {clock}" if days else clock


def way_text(metres: float) -> str:
    """A distance along a way: ``123.4 m``, from 10 km on ``71.80 km``."""
    return f"{metres:.1f} m" if metres < _KM_FROM_M else f"{metres / 1000.0:.2f} km"


def way_figure(metres: float) -> str:
    """The same under a column's 'm', shorter: ``123.4``, from 10 km on with its unit, ``72 km``."""
    if metres < _KM_FROM_M:
        return f"{metres:.1f}" if metres < 1000.0 else f"{metres:.0f}"
    return f"{metres / 1000.0:.0f} km"


def took_text(seconds: float) -> str:
    """A duration where room is scarce: exact below a day, then ``8.3 d``, from 100 days on ``166 d``."""
    days = seconds / 86_400.0
    return format_duration(seconds) if days < 1.0 else f"{days:.1f} d" if days < 99.95 else f"{days:.0f} d"


def unit_sign(unit: str) -> str:
    """A unit as it is written on screen."""
    return _UNIT_SIGNS.get(unit, unit)


def value_text(mdb: Mdb, name: str, value: float) -> str:
    """A parameter's value with its unit."""
    sign = unit_sign(mdb.parameters[name].unit)
    text = mdb.format_value(name, value)
    if not sign:
        return text
    return text + sign if sign in _CLOSE else f"{text} {sign}"


def is_stale(age_s: float, period_s: float, delay_s: float) -> bool:
    """A value is stale once three of its packets in a row are missing, beyond the delay."""
    return age_s > 3.0 * period_s + delay_s


def place_text(longitude_deg: float, latitude_deg: float, decimals: int = 4) -> str:
    """``177.5994° E 45.4441° S``."""
    longitude = longitude_deg % 360.0
    return f"{longitude:.{decimals}f}° E {abs(latitude_deg):.{decimals}f}° {'S' if latitude_deg < 0 else 'N'}"
