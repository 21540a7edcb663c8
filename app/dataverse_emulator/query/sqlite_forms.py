"""The few expressions that SQLite spells in its own way; another database brings a module of the same functions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Select

from dataverse_emulator.query.model import DatePart


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


def date_part(value: ColumnElement[Any], part: DatePart) -> ColumnElement[Any]:
    """The number of a part of stored dates (texts that begin with ``YYYY-MM-DD``).

    Weeks begin on Sunday, week 1 is that of 1 January (contract 03 §14). Fiscal years are calendar years of four
    quarters (the settings of a new environment); a fiscal period is ``year * 100 + quarter`` (inferred).
    """
    year = sa.cast(sa.func.substr(value, 1, 4), sa.Integer)
    month = sa.cast(sa.func.substr(value, 6, 2), sa.Integer)
    quarter = (month + _number(2)) // _number(3)
    if part is DatePart.DAY:
        return sa.cast(sa.func.substr(value, 9, 2), sa.Integer)
    if part is DatePart.MONTH:
        return month
    if part is DatePart.QUARTER:
        return quarter
    if part is DatePart.FISCAL_PERIOD:
        return year * _number(100) + quarter
    if part is DatePart.WEEK:
        day = sa.func.substr(value, 1, 10)
        days_before = sa.cast(sa.func.strftime(sa.literal_column("'%j'"), day), sa.Integer) - _number(1)
        first = sa.func.date(sa.func.substr(value, 1, 10), sa.literal_column("'start of year'"))
        weekday = sa.cast(sa.func.strftime(sa.literal_column("'%w'"), first), sa.Integer)
        return (days_before + weekday) // _number(7) + _number(1)
    return year


def _number(value: int) -> ColumnElement[int]:
    """A number that belongs to the text of the statement."""
    return sa.literal_column(str(value), sa.Integer)
