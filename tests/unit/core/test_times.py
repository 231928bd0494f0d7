"""Times against the standard library's datetime."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roverctl.core.errors import InputError
from roverctl.core.times import (
    SECOND_NS,
    day_word,
    format_clock,
    format_clock_on,
    format_duration,
    format_utc,
    parse_utc,
)

moments = st.datetimes(min_value=datetime(1678, 1, 1), max_value=datetime(2261, 12, 31, 23, 59, 59))


@given(moments)
def test_parsing_is_the_microseconds_since_1970(moment: datetime) -> None:
    since = moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    assert parse_utc(moment.isoformat() + "Z") == since // timedelta(microseconds=1) * 1000


@given(moments, st.integers(0, SECOND_NS - 1))
def test_nine_decimals_lose_nothing(moment: datetime, nanoseconds: int) -> None:
    seconds = (moment.replace(tzinfo=UTC, microsecond=0) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    t_ns = seconds * SECOND_NS + nanoseconds
    assert parse_utc(format_utc(t_ns, 9)) == t_ns


@given(moments, st.integers(0, 9))
def test_fewer_decimals_cut_and_never_run_ahead(moment: datetime, decimals: int) -> None:
    t_ns = parse_utc(moment.isoformat() + "Z")
    behind = t_ns - parse_utc(format_utc(t_ns, decimals))
    assert 0 <= behind < 10 ** (9 - decimals)


@given(moments)
def test_the_clock_is_the_time_of_day(moment: datetime) -> None:
    assert format_clock(parse_utc(moment.isoformat() + "Z")) == moment.strftime("%H:%M:%S")


def test_a_date_alone_is_its_midnight() -> None:
    assert parse_utc("2019-01-11") == parse_utc("2019-01-11T00:00:00Z") == parse_utc(" 2019-01-11 00:00+00:00 ")


@pytest.mark.parametrize(
    "text",
    ["", "now", "2019-13-01", "2019-02-29", "2019-01-11T24:00:00Z", "2019-01-11T12:00:60Z", "0000-01-01",
     "2019-01-11T12:00:00+08:00", "2019-01-11T12:00:00.1234567890Z", "2019-1-1"],
)  # fmt: skip
def test_what_is_no_utc_time_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(InputError, match="is not a UTC time") as caught:
        parse_utc(text)
    assert text in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1:00"), (3599.7, "1:00:00"), (7385, "2:03:05"), (86_399.6, "1 d 00:00"),
     (3 * 86_400 + 4 * 3600 + 300, "3 d 04:05"), (-61, "-1:01"), (-0.2, "0 s")],
)  # fmt: skip
def test_durations_read_as_a_person_would_write_them(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize("year", ["0001", "1677", "2262", "9999"])
def test_a_year_that_int64_nanoseconds_do_not_hold_is_refused(year: str) -> None:
    with pytest.raises(InputError, match="between 1678 and 2261"):
        parse_utc(f"{year}-06-01T00:00:00Z")


def test_every_year_taken_fits_int64() -> None:
    assert -(2**63) < parse_utc("1678-01-01") < parse_utc("2261-12-31T23:59:59.999999999Z") < 2**63


def test_a_time_of_another_day_has_its_date() -> None:
    today = parse_utc("2019-01-11T23:59:59Z")
    assert format_clock_on(parse_utc("2019-01-11T00:00:00Z"), today) == "00:00:00"
    assert format_clock_on(parse_utc("2019-01-12T00:00:00Z"), today) == "2019-01-12 00:00:00"
    days = {"2019-01-11": "", "2019-01-12": "tomorrow", "2019-01-14": "in 3 days", "2019-01-10": "yesterday",
            "2019-01-01": "10 days ago"}  # fmt: skip
    assert {day: day_word(parse_utc(f"{day}T12:00:00Z"), today) for day in days} == days
