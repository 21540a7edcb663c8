"""The calendar operators as spans of time (contract 03 §13): today, last-x-months, in-fiscal-year ...

A pure function of the operator, its values, the present moment, a time zone and the fiscal settings. Days, weeks
(Sunday to Saturday), months and years are those of the time zone; the spans that come out are texts as the store
keeps them.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, TypeAlias

from dataverse_emulator.query.fiscal import FiscalSettings
from dataverse_emulator.query.operators import TRAITS, Family, Operator

# The years in which ``in-fiscal-period``, which means that period of any year, finds rows.
FISCAL_YEARS = range(1900, 2101)
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


class Form(StrEnum):
    """How a column keeps time."""

    INSTANT = "instant"  # in UTC, shown in the time zone of who asks
    FLOATING = "floating"  # the same clock time for everyone
    DATE = "date"  # no time at all


@dataclass(frozen=True, slots=True)
class Span:
    """``start <= value < end`` in stored text; None: without limit on that side."""

    start: str | None = None
    end: str | None = None


class Unit(StrEnum):
    """A piece of the calendar."""

    MINUTE = "minutes"
    HOUR = "hours"
    DAY = "days"
    WEEK = "weeks"
    MONTH = "months"
    YEAR = "years"
    FISCAL_PERIOD = "fiscal-periods"
    FISCAL_YEAR = "fiscal-years"


def spans(
    operator: Operator,
    values: Sequence[Any],
    now: datetime,
    zone: tzinfo = UTC,
    fiscal: FiscalSettings = FiscalSettings(),  # noqa: B008 - frozen
    form: Form = Form.INSTANT,
) -> tuple[Span, ...]:
    """The spans in which a column must lie so that the operator holds; none: it holds nowhere.

    Args:
        operator: one of the calendar family.
        values: its values: whole numbers, or a day (``2024-01-31``, or a stored moment that stands for its day).
        now: the present moment, aware.
        zone: the time zone of who asks.
        fiscal: the organization's fiscal years.
        form: how the column keeps time.

    >>> spans(Operator.TODAY, (), datetime(2024, 1, 31, 8, tzinfo=UTC))
    (Span(start='2024-01-31T00:00:00Z', end='2024-02-01T00:00:00Z'),)
    """
    return _Calendar(now, zone, fiscal, form).spans(operator, values)


_Limit: TypeAlias = date | datetime | None
_Pair: TypeAlias = tuple[_Limit, _Limit]


class _Calendar:
    """The calendar around one moment.

    A limit is a day (its first moment is meant), a moment in UTC, or None where it lies beyond time."""

    def __init__(self, now: datetime, zone: tzinfo, fiscal: FiscalSettings, form: Form) -> None:
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.zone = zone
        self.fiscal = fiscal
        self.form = form
        self.today = self.now.astimezone(zone).date()

    def spans(self, operator: Operator, values: Sequence[Any]) -> tuple[Span, ...]:
        if operator in _WHOLE:
            unit, offset = _WHOLE[operator]
            return self._between((self.start_of(unit, offset), self.start_of(unit, offset + 1)))
        if operator in _LAST:
            return self._between(self._last(_LAST[operator], values[0]))
        if operator in _NEXT:
            return self._between(self._next(_NEXT[operator], values[0]))
        if operator in _OLDER:
            end = self._moment_back(_OLDER[operator], values[0])
            return () if end is None else self._between((None, end))
        return self._between(*_OTHERS[operator](self, *values))

    # -- pieces of the calendar -------------------------------------------------------------------------------------

    def start_of(self, unit: Unit, offset: int) -> date | None:
        """The first day of the unit that lies ``offset`` units from today's."""
        today = self.today
        try:
            if unit is Unit.DAY:
                return today + timedelta(days=offset)
            if unit is Unit.WEEK:
                return today - timedelta(days=today.isoweekday() % 7) + timedelta(weeks=offset)
            if unit is Unit.MONTH:
                return _plus_months(today.replace(day=1), offset)
            if unit is Unit.YEAR:
                return date(today.year + offset, 1, 1)
            year, period = self.fiscal.period_of(today)
            if unit is Unit.FISCAL_YEAR:
                return self.fiscal.first_day(year + offset)
            return self.fiscal.period_start(year, period + offset)
        except (ValueError, OverflowError):
            return None

    def shifted(self, unit: Unit, offset: int) -> date | None:
        """Today, moved by units; the day of the month is cut to the month's length."""
        try:
            if unit in (Unit.DAY, Unit.WEEK):
                return self.today + timedelta(days=offset * (7 if unit is Unit.WEEK else 1))
            return _plus_months(self.today, offset * (12 if unit is Unit.YEAR else 1))
        except (ValueError, OverflowError):
            return None

    def _last(self, unit: Unit, count: int) -> _Pair:
        """From the start of the day so many units ago until now (fiscal units begin with their first day)."""
        until = self.now + _SECOND
        if unit is Unit.HOUR:
            return self._moment_back(unit, count), until
        if unit in (Unit.FISCAL_PERIOD, Unit.FISCAL_YEAR):
            return self.start_of(unit, -count), until
        return self.shifted(unit, -count), until

    def _next(self, unit: Unit, count: int) -> _Pair:
        """From now until the end of the day so many units ahead (fiscal units end with their last day)."""
        if unit is Unit.HOUR:
            ahead = self._moment_back(unit, -count)
            return self.now, None if ahead is None else ahead + _SECOND
        if unit in (Unit.FISCAL_PERIOD, Unit.FISCAL_YEAR):
            return self.now, self.start_of(unit, count + 1)
        last = self.shifted(unit, count)
        return self.now, None if last is None or last == date.max else last + _DAY

    def _moment_back(self, unit: Unit, count: int) -> datetime | None:
        """Now, moved back by units: exact for minutes and hours, by the clock on the wall for the others."""
        try:
            if unit in (Unit.MINUTE, Unit.HOUR):
                step = timedelta(minutes=count) if unit is Unit.MINUTE else timedelta(hours=count)
                return self.now - step
            day = self.shifted(unit, -count)
            time = self.now.astimezone(self.zone).time()
            return None if day is None else datetime.combine(day, time, self.zone).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    # -- operators with a day, fiscal years and periods ---------------------------------------------------------------

    def last_seven_days(self) -> list[_Pair]:
        """Seven days that end with today."""
        return [(self.shifted(Unit.DAY, -6), self.shifted(Unit.DAY, 1))]

    def next_seven_days(self) -> list[_Pair]:
        """Seven days that begin with today (inferred)."""
        return [(self.today, self.shifted(Unit.DAY, 7))]

    def on(self, value: str) -> list[_Pair]:
        """One day."""
        day = self.day(value)
        return [(day, _after(day))]

    def on_or_before(self, value: str) -> list[_Pair]:
        """Until the end of a day."""
        return [(None, _after(self.day(value)))]

    def on_or_after(self, value: str) -> list[_Pair]:
        """From the start of a day."""
        return [(self.day(value), None)]

    def day(self, value: str) -> date:
        """The day that a value stands for: itself, or that of the moment in the time zone."""
        if len(value) == 10 or self.form is not Form.INSTANT:
            return date.fromisoformat(value[:10])
        return datetime.fromisoformat(value).astimezone(self.zone).date()

    def fiscal_year(self, year: int) -> list[_Pair]:
        """The fiscal year of that number."""
        return self.fiscal_days(year, 1, self.fiscal.periods)

    def fiscal_period(self, period: int) -> list[_Pair]:
        """The period of that number in any year."""
        return [pair for year in FISCAL_YEARS for pair in self.fiscal_days(year, period, period)]

    def fiscal_period_of_year(self, period: int, year: int) -> list[_Pair]:
        """The period of that number in one year."""
        return self.fiscal_days(year, period, period)

    def until_fiscal_period(self, period: int, year: int) -> list[_Pair]:
        """Until the end of a period."""
        return [(None, end) for _, end in self.fiscal_days(year, period, period)]

    def from_fiscal_period(self, period: int, year: int) -> list[_Pair]:
        """From the start of a period."""
        return [(start, None) for start, _ in self.fiscal_days(year, period, period)]

    def fiscal_days(self, year: int, first: int, last: int) -> list[_Pair]:
        """From the first to the last of some periods of a year; nothing where the year has no such period."""
        if not (1 <= first <= self.fiscal.periods and date.min.year < year < date.max.year - 1):
            return []
        return [(self.fiscal.period_start(year, first), self.fiscal.period_start(year, last + 1))]

    # -- texts --------------------------------------------------------------------------------------------------------

    def _between(self, *pairs: _Pair) -> tuple[Span, ...]:
        return tuple(Span(self._text(start, is_end=False), self._text(end, is_end=True)) for start, end in pairs)

    def _text(self, limit: _Limit, *, is_end: bool) -> str | None:
        """A limit in the column's form."""
        if limit is None:
            return None
        if self.form is Form.DATE:
            return self._day_of(limit, is_end=is_end).isoformat()
        if isinstance(limit, datetime):
            moment = limit.astimezone(self.zone) if self.form is Form.FLOATING else limit
        else:
            moment = datetime(limit.year, limit.month, limit.day, tzinfo=self.zone)
            if self.form is Form.INSTANT:
                try:
                    moment = moment.astimezone(UTC)
                except OverflowError:
                    return None
        return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"

    def _day_of(self, limit: date | datetime, *, is_end: bool) -> date:
        """The day of a limit. Today belongs to what ends with this moment or later."""
        if not isinstance(limit, datetime):
            return limit
        if is_end and limit > self.now:
            return _after((limit - _SECOND).astimezone(self.zone).date())
        return limit.astimezone(self.zone).date()


def _after(day: date) -> date:
    """The day after; the last day of time has none and stands for itself."""
    return day if day == date.max else day + _DAY


def _plus_months(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _counted(before: str) -> dict[Operator, Unit]:
    """The operators ``before-x-units`` → their unit."""
    return {
        operator: Unit(operator.value.removeprefix(before))
        for operator, traits in TRAITS.items()
        if traits.family is Family.CALENDAR and operator.value.startswith(before)
    }


_LAST = _counted("last-x-")
_NEXT = _counted("next-x-")
_OLDER = _counted("olderthan-x-")
_WHOLE: dict[Operator, tuple[Unit, int]] = {
    Operator.YESTERDAY: (Unit.DAY, -1),
    Operator.TODAY: (Unit.DAY, 0),
    Operator.TOMORROW: (Unit.DAY, 1),
    **{
        Operator(f"{word}-{unit.value.removesuffix('s')}"): (unit, offset)
        for word, offset in (("last", -1), ("this", 0), ("next", 1))
        for unit in (Unit.WEEK, Unit.MONTH, Unit.YEAR, Unit.FISCAL_PERIOD, Unit.FISCAL_YEAR)
    },
}
_OTHERS: dict[Operator, Callable[..., list[_Pair]]] = {
    Operator.LAST_SEVEN_DAYS: _Calendar.last_seven_days,
    Operator.NEXT_SEVEN_DAYS: _Calendar.next_seven_days,
    Operator.ON: _Calendar.on,
    Operator.ON_OR_BEFORE: _Calendar.on_or_before,
    Operator.ON_OR_AFTER: _Calendar.on_or_after,
    Operator.IN_FISCAL_YEAR: _Calendar.fiscal_year,
    Operator.IN_FISCAL_PERIOD: _Calendar.fiscal_period,
    Operator.IN_FISCAL_PERIOD_AND_YEAR: _Calendar.fiscal_period_of_year,
    Operator.IN_OR_BEFORE_FISCAL_PERIOD_AND_YEAR: _Calendar.until_fiscal_period,
    Operator.IN_OR_AFTER_FISCAL_PERIOD_AND_YEAR: _Calendar.from_fiscal_period,
}
