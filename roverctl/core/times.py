"""UTC as int64 nanoseconds since 1970-01-01 (``t_ns``), leap seconds uncounted as in POSIX; ISO 8601 with Z outside.

Nothing here reads a clock.
"""

import re
from datetime import UTC, datetime, timedelta

from roverctl.core.errors import InputError

SECOND_NS = 1_000_000_000
MILLISECOND_NS = 1_000_000
DAY_NS = 86_400 * SECOND_NS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?)?(Z|\+00:00)?$", re.ASCII)
# What int64 nanoseconds reach, in whole years.
_FIRST_YEAR, _LAST_YEAR = 1678, 2261


def parse_utc(text: str) -> int:
    """``t_ns`` of an ISO 8601 UTC time such as ``2019-01-11T12:00:00Z``; a date alone is its midnight.

    Raises
    ------
    InputError
        When the text is no such time.
    """
    match = _ISO.match(text.strip())
    if match is None:
        raise InputError(f"'{text}' is not a UTC time; write it as 2019-01-11T12:00:00Z")
    year, month, day, hour, minute, second, fraction, _ = match.groups()
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        raise InputError(f"'{text}' is not a UTC time: the year must lie between {_FIRST_YEAR} and {_LAST_YEAR}")
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
    except ValueError as error:
        raise InputError(f"'{text}' is not a UTC time: {error}") from None
    nanoseconds = int((fraction or ".0")[1:].ljust(9, "0"))
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND_NS + nanoseconds


def format_utc(t_ns: int, decimals: int = 3) -> str:
    """ISO 8601 with Z, cut (not rounded) to ``decimals`` of a second: what has not happened yet is not shown."""
    seconds, nanoseconds = divmod(int(t_ns), SECOND_NS)
    text = (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat(timespec="seconds")
    return f"{text}.{nanoseconds:09d}"[: len(text) + 1 + decimals] + "Z" if decimals else text + "Z"


# What there is a sky for: UTC counts leap seconds since 1972; ERFA's series of the Earth (epv00) hold until 2100.
FIRST_NS = parse_utc("1972-01-01")
LAST_NS = parse_utc("2100-01-01")


def check_sky_time(t_ns: int) -> None:
    """Refuse a time that there is no sky for.

    Raises
    ------
    InputError
        For a time before 1972 or after 2099.
    """
    if not FIRST_NS <= t_ns < LAST_NS:
        raise InputError(f"{format_utc(t_ns, 0)}: the ephemeris holds from 1972-01-01 to 2099-12-31")


def format_clock(t_ns: int, decimals: int = 0) -> str:
    """The time of day alone, ``HH:MM:SS``."""
    return format_utc(t_ns, decimals)[11:-1]


def format_clock_on(t_ns: int, today_ns: int, decimals: int = 0) -> str:
    """The time of day, after its date where that is another day than ``today_ns``'s."""
    clock, day = format_clock(t_ns, decimals), format_utc(t_ns, 0)[:10]
    return clock if day == format_utc(today_ns, 0)[:10] else f"{day} {clock}"


def day_word(t_ns: int, today_ns: int) -> str:
    """How many days off a time's date is: ``tomorrow``, ``in 3 days``, ``yesterday``, ``3 days ago``; '' for today."""
    days = t_ns // DAY_NS - today_ns // DAY_NS
    near = {0: "", 1: "tomorrow", -1: "yesterday"}
    return near.get(days, f"in {days} days" if days > 0 else f"{-days} days ago")


def format_duration(seconds: float) -> str:
    """``42 s``, ``3:05``, ``2:03:05`` or ``3 d 04:05``: the shortest form that loses no whole second below a day."""
    whole = round(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    if whole < 60:
        return f"{sign}{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours == 0:
        return f"{sign}{minutes}:{rest:02d}"
    if hours < 24:
        return f"{sign}{hours}:{minutes:02d}:{rest:02d}"
    days, hours = divmod(hours, 24)
    return f"{sign}{days} d {hours:02d}:{minutes:02d}"
