"""The few expressions that SQLite spells in its own way; another database brings a module of the same functions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Select

from dataverse_emulator.query.fiscal import WEEKS_OF_A_PERIOD, FiscalSettings
from dataverse_emulator.query.model import FISCAL_PARTS, DatePart, Output

WEEKLY_PERIODS = 13


def caseless(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Text that is compared without regard to ASCII case (what is not ASCII has been folded before)."""
    return sa.collate(value, "NOCASE")


def listed(json_text: Any) -> Select[Any]:
    """The members of a JSON array as rows: one bound value whatever the array's length."""
    return sa.select(sa.literal_column("value")).select_from(sa.func.json_each(json_text))


def holds_one(value: ColumnElement[Any], json_text: Any) -> ColumnElement[bool]:
    """A comma-separated list that holds one of the members of a JSON array."""
    comma: ColumnElement[Any] = sa.literal_column("','")
    member = comma.op("||")(sa.literal_column("value")).op("||")(comma)
    return (
        sa.select(sa.literal_column("1"))
        .select_from(sa.func.json_each(json_text))
        .where(sa.func.instr(comma.op("||")(value).op("||")(comma), member) > sa.literal_column("0"))
        .exists()
    )


def matches_sets(value: ColumnElement[Any], pattern: Any) -> ColumnElement[bool]:
    """A pattern with character sets (``[a-f]``), which LIKE does not know."""
    return sa.func.lower(value).op("GLOB", is_comparison=True)(pattern)


def date_part(value: ColumnElement[Any], output: Output) -> ColumnElement[Any]:
    """The number of the part that ``output`` asks for of stored dates (texts that begin with ``YYYY-MM-DD``).

    Weeks begin on Sunday, week 1 is that of 1 January (contract 03 §14). A fiscal period is ``year * 100 + number``
    (inferred).
    """
    if output.zone:
        value = sa.func.local_time(value, sa.literal_column(f"'{output.zone}'"))  # defined by the connection
    part, day = output.part, sa.func.substr(value, 1, 10)
    year = sa.cast(sa.func.substr(value, 1, 4), sa.Integer)
    month = sa.cast(sa.func.substr(value, 6, 2), sa.Integer)
    if part is DatePart.DAY:
        return sa.cast(sa.func.substr(value, 9, 2), sa.Integer)
    if part is DatePart.MONTH:
        return month
    if part is DatePart.QUARTER:
        return (month + _number(2)) // _number(3)
    if part is DatePart.WEEK:
        days_before = sa.cast(sa.func.strftime(sa.literal_column("'%j'"), day), sa.Integer) - _number(1)
        first = sa.func.date(day, sa.literal_column("'start of year'"))
        weekday = sa.cast(sa.func.strftime(sa.literal_column("'%w'"), first), sa.Integer)
        return (days_before + weekday) // _number(7) + _number(1)
    if part in FISCAL_PARTS:
        return _fiscal_part(day, year * _number(12) + month, output)
    return year


def _fiscal_part(day: ColumnElement[Any], months: ColumnElement[Any], output: Output) -> ColumnElement[Any]:
    """``months`` counts the months since year 0, the date's own included."""
    fiscal = output.fiscal or FiscalSettings()
    day_of_month = sa.cast(sa.func.substr(day, 9, 2), sa.Integer)
    is_early = sa.case((day_of_month < _number(fiscal.day), _number(1)), else_=_number(0))
    since = months - is_early - _number(fiscal.month)
    year = since // _number(12)
    first_day = (fiscal.month, fiscal.day)
    shown = year + _number(1) if fiscal.named_by_end and first_day != (1, 1) else year
    if output.part is DatePart.FISCAL_YEAR:
        return shown
    if fiscal.periods == WEEKLY_PERIODS:
        start = sa.func.printf(sa.literal_column(f"'%04d-{fiscal.month:02}-{fiscal.day:02}'"), year)
        days = sa.cast(sa.func.julianday(day) - sa.func.julianday(start), sa.Integer)
        period: ColumnElement[Any] = sa.func.min(days // _number(7 * WEEKS_OF_A_PERIOD) + _number(1), _number(13))
    else:
        period = (since % _number(12)) // _number(12 // fiscal.periods) + _number(1)
    return shown * _number(100) + period


def _number(value: int) -> ColumnElement[int]:
    """A number that belongs to the text of the statement."""
    return sa.literal_column(str(value), sa.Integer)
