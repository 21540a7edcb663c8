"""Calendar operators as spans of time: borders, time zones, leap days, fiscal years (contract 03 §13)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse_emulator.messages.time_zones import NAMES, time_zone
from dataverse_emulator.query.calendar import Form, Span, spans
from dataverse_emulator.query.fiscal import FiscalSettings
from dataverse_emulator.query.operators import TRAITS, Argument, Family, Operator

PARIS = ZoneInfo("Europe/Paris")
KOLKATA = ZoneInfo("Asia/Kolkata")
CALENDAR = [operator for operator, traits in TRAITS.items() if traits.family is Family.CALENDAR]
JULY = FiscalSettings(month=7)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def only(operator: str, *values: Any, now: str = "2024-05-15T12:00:00", **settings: Any) -> tuple[str | None, ...]:
    """The one span, midnights written as days."""
    found = spans(Operator(operator), values, moment(now), **settings)
    assert len(found) == 1
    return tuple(text and text.removesuffix("T00:00:00Z") for text in (found[0].start, found[0].end))


@pytest.mark.parametrize(
    ("operator", "values", "start", "end"),
    [
        ("today", (), "2024-05-15", "2024-05-16"),
        ("yesterday", (), "2024-05-14", "2024-05-15"),
        ("tomorrow", (), "2024-05-16", "2024-05-17"),
        ("on", ("2024-02-29",), "2024-02-29", "2024-03-01"),
        ("on", ("2024-02-29T23:59:00Z",), "2024-02-29", "2024-03-01"),
        ("on-or-before", ("2024-02-29",), None, "2024-03-01"),
        ("on-or-after", ("2024-02-29",), "2024-02-29", None),
        ("last-seven-days", (), "2024-05-09", "2024-05-16"),
        ("next-seven-days", (), "2024-05-15", "2024-05-22"),
        ("last-week", (), "2024-05-05", "2024-05-12"),
        ("this-week", (), "2024-05-12", "2024-05-19"),
        ("next-week", (), "2024-05-19", "2024-05-26"),
        ("last-month", (), "2024-04-01", "2024-05-01"),
        ("this-month", (), "2024-05-01", "2024-06-01"),
        ("next-month", (), "2024-06-01", "2024-07-01"),
        ("last-year", (), "2023-01-01", "2024-01-01"),
        ("this-year", (), "2024-01-01", "2025-01-01"),
        ("next-year", (), "2025-01-01", "2026-01-01"),
        ("last-x-hours", (2,), "2024-05-15T10:00:00Z", "2024-05-15T12:00:01Z"),
        ("next-x-hours", (2,), "2024-05-15T12:00:00Z", "2024-05-15T14:00:01Z"),
        ("last-x-days", (15,), "2024-04-30", "2024-05-15T12:00:01Z"),
        ("next-x-days", (1,), "2024-05-15T12:00:00Z", "2024-05-17"),
        ("last-x-weeks", (1,), "2024-05-08", "2024-05-15T12:00:01Z"),
        ("next-x-weeks", (1,), "2024-05-15T12:00:00Z", "2024-05-23"),
        ("last-x-months", (5,), "2023-12-15", "2024-05-15T12:00:01Z"),
        ("next-x-months", (8,), "2024-05-15T12:00:00Z", "2025-01-16"),
        ("last-x-years", (1,), "2023-05-15", "2024-05-15T12:00:01Z"),
        ("next-x-years", (1,), "2024-05-15T12:00:00Z", "2025-05-16"),
        ("olderthan-x-minutes", (90,), None, "2024-05-15T10:30:00Z"),
        ("olderthan-x-hours", (13,), None, "2024-05-14T23:00:00Z"),
        ("olderthan-x-days", (15,), None, "2024-04-30T12:00:00Z"),
        ("olderthan-x-weeks", (1,), None, "2024-05-08T12:00:00Z"),
        ("olderthan-x-months", (5,), None, "2023-12-15T12:00:00Z"),
        ("olderthan-x-years", (1,), None, "2023-05-15T12:00:00Z"),
        ("last-fiscal-period", (), "2024-01-01", "2024-04-01"),
        ("this-fiscal-period", (), "2024-04-01", "2024-07-01"),
        ("next-fiscal-period", (), "2024-07-01", "2024-10-01"),
        ("last-fiscal-year", (), "2023-01-01", "2024-01-01"),
        ("this-fiscal-year", (), "2024-01-01", "2025-01-01"),
        ("next-fiscal-year", (), "2025-01-01", "2026-01-01"),
        ("last-x-fiscal-periods", (2,), "2023-10-01", "2024-05-15T12:00:01Z"),
        ("next-x-fiscal-periods", (2,), "2024-05-15T12:00:00Z", "2025-01-01"),
        ("last-x-fiscal-years", (2,), "2022-01-01", "2024-05-15T12:00:01Z"),
        ("next-x-fiscal-years", (2,), "2024-05-15T12:00:00Z", "2027-01-01"),
        ("in-fiscal-year", (2023,), "2023-01-01", "2024-01-01"),
        ("in-fiscal-period-and-year", (4, 2023), "2023-10-01", "2024-01-01"),
        ("in-or-before-fiscal-period-and-year", (4, 2023), None, "2024-01-01"),
        ("in-or-after-fiscal-period-and-year", (4, 2023), "2023-10-01", None),
    ],
)
def test_an_operator_is_a_span(operator: str, values: tuple[Any, ...], start: str | None, end: str | None) -> None:
    assert only(operator, *values) == (start, end)


def test_every_calendar_operator_has_a_span() -> None:
    """``in-fiscal-period`` has one a year."""
    values = {Argument.DAY: "2024-01-31", Argument.COUNT: 1, Argument.NUMBER: 4}
    for operator in CALENDAR:
        traits = TRAITS[operator]
        own = [values.get(traits.argument)] * traits.arity
        assert spans(operator, own, moment("2024-05-15T12:00:00")), operator


def test_a_period_of_any_year_is_a_span_a_year() -> None:
    found = spans(Operator.IN_FISCAL_PERIOD, (1,), moment("2024-05-15T12:00:00"))
    assert Span("1999-01-01T00:00:00Z", "1999-04-01T00:00:00Z") in found
    assert Span("2024-01-01T00:00:00Z", "2024-04-01T00:00:00Z") in found


@pytest.mark.parametrize("period", [0, 5, -1])
def test_a_period_that_a_year_does_not_have_holds_nothing(period: int) -> None:
    for operator in (Operator.IN_FISCAL_PERIOD_AND_YEAR, Operator.IN_OR_BEFORE_FISCAL_PERIOD_AND_YEAR):
        assert spans(operator, (period, 2024), moment("2024-05-15T12:00:00")) == ()
    assert spans(Operator.IN_FISCAL_PERIOD, (period,), moment("2024-05-15T12:00:00")) == ()


@pytest.mark.parametrize(
    ("operator", "now", "start", "end"),
    [
        ("today", "2024-12-31T23:59:59", "2024-12-31", "2025-01-01"),
        ("tomorrow", "2024-12-31T23:59:59", "2025-01-01", "2025-01-02"),
        ("tomorrow", "2024-02-28T12:00:00", "2024-02-29", "2024-03-01"),
        ("this-week", "2024-05-12T00:00:00", "2024-05-12", "2024-05-19"),
        ("this-week", "2024-05-18T23:59:59", "2024-05-12", "2024-05-19"),
        ("last-week", "2024-01-03T12:00:00", "2023-12-24", "2023-12-31"),
        ("last-month", "2024-03-31T12:00:00", "2024-02-01", "2024-03-01"),
        ("next-month", "2023-12-31T12:00:00", "2024-01-01", "2024-02-01"),
        ("last-year", "2024-02-29T12:00:00", "2023-01-01", "2024-01-01"),
        ("this-fiscal-period", "2024-03-31T23:59:59", "2024-01-01", "2024-04-01"),
        ("this-fiscal-period", "2024-04-01T00:00:00", "2024-04-01", "2024-07-01"),
        ("next-fiscal-period", "2024-12-31T12:00:00", "2025-01-01", "2025-04-01"),
        ("last-fiscal-period", "2024-01-01T00:00:00", "2023-10-01", "2024-01-01"),
    ],
)
def test_units_change_at_their_borders(operator: str, now: str, start: str, end: str) -> None:
    assert only(operator, now=now) == (start, end)


@pytest.mark.parametrize(
    ("operator", "count", "now", "limit"),
    [
        ("last-x-months", 1, "2024-03-31T12:00:00", "2024-02-29"),
        ("last-x-months", 1, "2023-03-31T12:00:00", "2023-02-28"),
        ("last-x-years", 1, "2024-02-29T12:00:00", "2023-02-28"),
        ("last-x-years", 4, "2024-02-29T12:00:00", "2020-02-29"),
        ("last-x-days", 366, "2024-12-31T12:00:00", "2023-12-31"),
    ],
)
def test_leap_days_cut_the_day_of_the_month(operator: str, count: int, now: str, limit: str) -> None:
    assert only(operator, count, now=now)[0] == limit


@pytest.mark.parametrize(
    ("operator", "values", "now", "start", "end"),
    [
        # the day of the zone, not that of UTC
        ("today", (), "2024-05-15T23:00:00", "2024-05-15T22:00:00Z", "2024-05-16T22:00:00Z"),
        ("this-year", (), "2023-12-31T23:30:00", "2023-12-31T23:00:00Z", "2024-12-31T23:00:00Z"),
        # the clocks change: a day of 23 and one of 25 hours
        ("on", ("2024-03-31",), "2024-05-15T12:00:00", "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"),
        ("on", ("2024-10-27",), "2024-05-15T12:00:00", "2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z"),
        # a moment stands for its day there
        ("on", ("2024-05-14T23:00:00Z",), "2024-05-15T12:00:00", "2024-05-14T22:00:00Z", "2024-05-15T22:00:00Z"),
        # hours pass evenly while the clocks change, days by the clock on the wall
        ("last-x-hours", (3,), "2024-03-31T02:00:00", "2024-03-30T23:00:00Z", "2024-03-31T02:00:01Z"),
        ("olderthan-x-days", (1,), "2024-03-31T12:00:00", None, "2024-03-30T13:00:00Z"),
    ],
)
def test_days_are_those_of_the_time_zone(
    operator: str, values: tuple[Any, ...], now: str, start: str | None, end: str | None
) -> None:
    assert only(operator, *values, now=now, zone=PARIS) == (start, end)


def test_a_zone_may_be_off_by_half_an_hour() -> None:
    assert only("today", now="2024-05-15T19:00:00", zone=KOLKATA) == ("2024-05-15T18:30:00Z", "2024-05-16T18:30:00Z")


@pytest.mark.parametrize(
    ("operator", "values", "now", "start", "end"),
    [
        ("today", (), "2024-05-15T23:00:00", "2024-05-16", "2024-05-17"),
        ("on-or-before", ("2024-05-15",), "2024-05-15T12:00:00", None, "2024-05-16"),
        ("last-x-days", (1,), "2024-05-15T12:00:00", "2024-05-14", "2024-05-16"),
        ("last-x-days", (1,), "2024-05-15T21:59:59", "2024-05-14", "2024-05-16"),
        ("next-x-days", (1,), "2024-05-15T12:00:00", "2024-05-15", "2024-05-17"),
        ("next-x-months", (1,), "2024-05-31T12:00:00", "2024-05-31", "2024-07-01"),
        ("olderthan-x-days", (1,), "2024-05-15T12:00:00", None, "2024-05-14"),
        ("last-x-fiscal-years", (1,), "2024-05-15T12:00:00", "2023-01-01", "2024-05-16"),
    ],
)
def test_dates_have_no_time(operator: str, values: tuple[Any, ...], now: str, start: str | None, end: str) -> None:
    assert only(operator, *values, now=now, zone=PARIS, form=Form.DATE) == (start, end)


@pytest.mark.parametrize(
    ("operator", "values", "start", "end"),
    [
        ("today", (), "2024-05-16", "2024-05-17"),
        ("last-x-hours", (2,), "2024-05-15T23:00:00Z", "2024-05-16T01:00:01Z"),
    ],
)
def test_time_without_a_zone_is_that_of_the_clock_on_the_wall(
    operator: str, values: tuple[Any, ...], start: str, end: str
) -> None:
    found = only(operator, *values, now="2024-05-15T23:00:00", zone=PARIS, form=Form.FLOATING)
    assert found == (start, end)


@pytest.mark.parametrize(
    ("fiscal", "operator", "values", "start", "end"),
    [
        (JULY, "this-fiscal-year", (), "2023-07-01", "2024-07-01"),
        (JULY, "this-fiscal-period", (), "2024-04-01", "2024-07-01"),
        (JULY, "next-fiscal-period", (), "2024-07-01", "2024-10-01"),
        (JULY, "in-fiscal-year", (2023,), "2023-07-01", "2024-07-01"),
        (JULY, "in-fiscal-period-and-year", (4, 2023), "2024-04-01", "2024-07-01"),
        (FiscalSettings(7, named_by_end=True), "in-fiscal-year", (2024,), "2023-07-01", "2024-07-01"),
        (FiscalSettings(named_by_end=True), "in-fiscal-year", (2024,), "2024-01-01", "2025-01-01"),
        (FiscalSettings(4, 6), "this-fiscal-year", (), "2024-04-06", "2025-04-06"),
        (FiscalSettings(4, 6, 12), "this-fiscal-period", (), "2024-05-06", "2024-06-06"),
        (FiscalSettings(4, 6, 12), "last-x-fiscal-periods", (2,), "2024-03-06", "2024-05-15T12:00:01Z"),
        (FiscalSettings(periods=1), "this-fiscal-period", (), "2024-01-01", "2025-01-01"),
        (FiscalSettings(periods=2), "this-fiscal-period", (), "2024-01-01", "2024-07-01"),
        (FiscalSettings(periods=2), "next-fiscal-period", (), "2024-07-01", "2025-01-01"),
        (FiscalSettings(periods=13), "this-fiscal-period", (), "2024-04-22", "2024-05-20"),
        (FiscalSettings(periods=13), "in-fiscal-period-and-year", (13, 2024), "2024-12-02", "2025-01-01"),
        (FiscalSettings(2, 29), "in-fiscal-year", (2023,), "2023-02-28", "2024-02-29"),
    ],
)
def test_fiscal_years_begin_and_divide_as_the_organization_says(
    fiscal: FiscalSettings, operator: str, values: tuple[Any, ...], start: str, end: str
) -> None:
    assert only(operator, *values, fiscal=fiscal) == (start, end)


@pytest.mark.parametrize("operator", [own for own in CALENDAR if TRAITS[own].argument is Argument.COUNT])
def test_a_count_beyond_all_time_is_no_limit(operator: Operator) -> None:
    found = spans(operator, (10**15,), moment("2024-05-15T12:00:00"))
    if operator.value.startswith("olderthan"):
        assert found == ()
    else:
        assert None in (found[0].start, found[0].end)


def test_the_codes_of_time_zones_are_known_names() -> None:
    assert time_zone(None) is UTC
    assert time_zone(92) is UTC
    assert {str(time_zone(code)) for code in NAMES} == set(NAMES.values())


ZONES = st.sampled_from([UTC, PARIS, KOLKATA, ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Auckland")])
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)).map(
    lambda value: value.replace(microsecond=0)
)
FISCAL = st.builds(
    FiscalSettings, st.integers(1, 12), st.integers(1, 31), st.sampled_from([1, 2, 4, 12, 13]), st.booleans()
)


def text(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def holds(found: tuple[Span, ...], value: str) -> bool:
    return any((span.start or "") <= value < (span.end or "~") for span in found)


@given(now=MOMENTS, value=MOMENTS, hours=st.integers(-60, 60), zone=ZONES)
def test_a_moment_is_today_if_its_day_is(now: datetime, value: datetime, hours: int, zone: ZoneInfo) -> None:
    for candidate in (value, now + timedelta(hours=hours)):
        is_today = candidate.astimezone(zone).date() == now.astimezone(zone).date()
        assert holds(spans(Operator.TODAY, (), now, zone), text(candidate)) is is_today


@given(now=MOMENTS, value=MOMENTS, count=st.integers(1, 5000), more=st.integers(1, 50), zone=ZONES)
@pytest.mark.parametrize("operator", [own for own in CALENDAR if own.value.startswith(("last-x-", "next-x-"))])
def test_a_larger_count_holds_all_that_a_smaller_one_does(
    operator: Operator, now: datetime, value: datetime, count: int, more: int, zone: ZoneInfo
) -> None:
    if holds(spans(operator, (count,), now, zone), text(value)):
        assert holds(spans(operator, (count + more,), now, zone), text(value))


@given(day=st.dates(date(1950, 1, 1), date(2050, 1, 1)), fiscal=FISCAL)
def test_every_day_lies_in_one_fiscal_period(day: date, fiscal: FiscalSettings) -> None:
    year, period = fiscal.period_of(day)
    assert 1 <= period <= fiscal.periods
    assert fiscal.period_start(year, period) <= day < fiscal.period_start(year, period + 1)
    assert fiscal.first_day(year) <= day < fiscal.first_day(year + 1)
    assert fiscal.year_of(day) == year
