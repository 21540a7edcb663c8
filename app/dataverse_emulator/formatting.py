"""Formatted values: what a person in the environment's locale reads instead of the raw value (contract 01 §4, §13).

A formatter is made once a column and called once a value, from generated row builders; so it is a closure over
ready-made dictionaries and format strings, takes no null, and answers None where the service gives no annotation.
Lookups take their text from the name of the row they point to and money needs its currency: both are put together
where rows are built, the latter with ``money_text``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeAlias

from dataverse_emulator.metadata.catalog import CHOICE_TYPES, Catalog, Column, ColumnType

Formatter: TypeAlias = Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Locale:
    """The facts of one locale and its regional options.

    Attributes:
        group: separator of thousands.
        decimal: decimal sign.
        date: date pattern with ``year``, ``month``, ``day``.
        time: time pattern with ``hour12``, ``minute``, ``half``.
        halves: the words for the two halves of a day.
        money: pattern with ``symbol`` and ``amount``.
        negative_money: the same for amounts below zero; ``amount`` has no sign.
        list_separator: stands between the labels of a multi-select column.
        yes_no: labels of a two-option column that defines none, for true and false.
    """

    group: str = ","
    decimal: str = "."
    date: str = "{month}/{day}/{year}"
    time: str = "{hour12}:{minute:02d} {half}"
    halves: tuple[str, str] = ("AM", "PM")
    money: str = "{symbol}{amount}"
    # inferred: the default of a new en-US environment is negativecurrencyformatcode 0, which is brackets
    negative_money: str = "({symbol}{amount})"
    list_separator: str = "; "
    yes_no: tuple[str, str] = ("Yes", "No")


EN_US = Locale()

DEFAULT_DECIMALS = 2


def formatter(column: Column, catalog: Catalog, locale: Locale = EN_US) -> Formatter | None:
    """Make the function that gives the formatted value of the column's values (never called with None).

    None where values of the column carry no annotation: text, guids, images, files, managed properties, lookups (their
    text is the target's name) and money (``money_formatter``).
    """
    kind = column.type
    if kind in CHOICE_TYPES:
        return column.labels.get
    if kind is ColumnType.BOOLEAN:
        yes, no = locale.yes_no
        return {True: column.labels.get(1, yes), False: column.labels.get(0, no)}.get
    if kind in (ColumnType.INTEGER, ColumnType.BIG_INT):
        return _number(0, locale)
    if kind in (ColumnType.DECIMAL, ColumnType.DOUBLE):
        return _number(DEFAULT_DECIMALS if column.precision is None else column.precision, locale)
    if kind is ColumnType.DATE_TIME:
        with_time = column.format != "DateOnly" and not column.is_date_only
        return partial(_date_and_time if with_time else _date, locale)
    if kind is ColumnType.MULTI_SELECT:
        return _choices(column, locale)
    if kind is ColumnType.ENTITY_NAME:
        return _table_name(catalog)
    return None


def number_text(value: float, precision: int, locale: Locale = EN_US) -> str:
    """A number with separators and a fixed count of decimals.

    >>> number_text(1234.5, 2)
    '1,234.50'
    """
    return _regional(f"{value:,.{precision}f}", locale)


def money_text(amount: float, symbol: str, precision: int, locale: Locale = EN_US) -> str:
    """An amount with its currency's symbol.

    >>> money_text(20000.0, "$", 2), money_text(-20000.0, "$", 2)
    ('$20,000.00', '($20,000.00)')
    """
    text = _regional(f"{abs(amount):,.{precision}f}", locale)
    # an amount that rounds to nothing has no sign
    negative = amount < 0 and any(digit in text for digit in "123456789")
    return (locale.negative_money if negative else locale.money).format(symbol=symbol, amount=text)


@lru_cache(maxsize=64)
def money_formatter(symbol: str, precision: int, locale: Locale = EN_US) -> Callable[[float], str]:
    """``money_text`` for one currency, made once."""
    return lambda amount: money_text(amount, symbol, precision, locale)


def date_text(value: str, locale: Locale = EN_US) -> str:
    """The date of a stored date or date and time.

    >>> date_text("2024-01-07")
    '1/7/2024'
    """
    return _date(locale, value)


def date_time_text(value: str, locale: Locale = EN_US) -> str:
    """A stored date and time, to the minute.

    >>> date_time_text("2024-01-07T23:25:31Z")
    '1/7/2024 11:25 PM'
    """
    return _date_and_time(locale, value)


def _regional(text: str, locale: Locale) -> str:
    """Replace the separators of the programming language by the locale's."""
    if locale.group == "," and locale.decimal == ".":
        return text
    return text.translate({ord(","): locale.group, ord("."): locale.decimal})


def _number(precision: int, locale: Locale) -> Formatter:
    plain = f"{{:,.{precision}f}}".format if precision else _whole
    if locale.group == "," and locale.decimal == ".":
        return plain
    return lambda value: _regional(plain(value), locale)


def _whole(value: float) -> str:
    """Whole numbers may come as floats (averages, decimals without places)."""
    return f"{value:,}" if value.__class__ is int else f"{value:,.0f}"


@lru_cache(maxsize=8192)
def _date(locale: Locale, value: str) -> str:
    return locale.date.format(year=int(value[:4]), month=int(value[5:7]), day=int(value[8:10]))


@lru_cache(maxsize=8192)
def _date_and_time(locale: Locale, value: str) -> str:
    hour = int(value[11:13] or 0)
    time = locale.time.format(
        hour12=hour % 12 or 12, hour=hour, minute=int(value[14:16] or 0), half=locale.halves[hour >= 12]
    )
    return f"{_date(locale, value)} {time}"


def _choices(column: Column, locale: Locale) -> Formatter:
    labels = {str(value): label for value, label in column.labels.items()}
    join = locale.list_separator.join

    @lru_cache(maxsize=1024)
    def choices(value: str) -> str | None:
        known = [labels[part] for part in value.split(",") if part in labels]
        return join(known) if known else None

    return choices


def _table_name(catalog: Catalog) -> Formatter:
    """Columns that hold a table's logical name show the table's display name (``objecttypecode``, inferred)."""
    names: dict[str, str | None] = {}

    def table_name(value: str) -> str | None:
        if value not in names:
            table = catalog.find(value)
            names[value] = table.display_name if table is not None else None
        return names[value]

    return table_name
