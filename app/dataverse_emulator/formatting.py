"""Formatted values: what a person in the caller's locale and time zone reads (contract 01 §4, §13).

A formatter is made once a column and called once a value, from generated row builders; so it is a closure over
ready-made dictionaries and format strings, takes no null, and answers None where the service gives no annotation.
Lookups take their text from the name of the row they point to and money needs its currency: both are put together
where rows are built, the latter with ``money_text``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any, TypeAlias

from dataverse_emulator.metadata.catalog import CHOICE_TYPES, Catalog, Column, ColumnType

Formatter: TypeAlias = Callable[[Any], str | None]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True, eq=False)
class Locale:
    """The facts of one locale and its regional options, and the time zone in which moments are shown.

    Compared by identity, because it is part of the key of much that is kept; ``locales.py`` makes each one once.

    Attributes:
        group: separator of thousands.
        decimal: decimal sign.
        group_sizes: digits of the group before the decimal sign, and of those before it.
        negative_number: pattern of numbers below zero with ``amount``, which has no sign.
        date: date pattern with ``year``, ``year2``, ``month``, ``month_name``, ``month_short``, ``day``, ``weekday``
            and ``weekday_short``.
        time: time pattern with ``hour``, ``hour12``, ``minute``, ``second``, ``half``.
        halves: the words for the two halves of a day.
        months: names of the months.
        months_short: their short names.
        days: names of the days of the week, from Monday.
        days_short: their short names.
        money: pattern with ``symbol`` and ``amount``.
        negative_money: the same for amounts below zero; ``amount`` has no sign.
        list_separator: stands between the labels of a multi-select column.
        yes_no: labels of a two-option column that defines none, for true and false.
        zone: the time zone; None for UTC.
    """

    group: str = ","
    decimal: str = "."
    group_sizes: tuple[int, int] = (3, 3)
    negative_number: str = "-{amount}"
    date: str = "{month}/{day}/{year}"
    time: str = "{hour12}:{minute:02d} {half}"
    halves: tuple[str, str] = ("AM", "PM")
    months: tuple[str, ...] = _MONTHS
    months_short: tuple[str, ...] = tuple(name[:3] for name in _MONTHS)
    days: tuple[str, ...] = _DAYS
    days_short: tuple[str, ...] = tuple(name[:3] for name in _DAYS)
    money: str = "{symbol}{amount}"
    # inferred: the default of a new en-US environment is negativecurrencyformatcode 0, which is brackets
    negative_money: str = "({symbol}{amount})"
    list_separator: str = "; "
    yes_no: tuple[str, str] = ("Yes", "No")
    zone: tzinfo | None = None


EN_US = Locale()
_PLAIN_SEPARATORS = (EN_US.group, EN_US.decimal, EN_US.group_sizes)

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
        return number_formatter(0, locale)
    if kind in (ColumnType.DECIMAL, ColumnType.DOUBLE):
        return number_formatter(DEFAULT_DECIMALS if column.precision is None else column.precision, locale)
    if kind is ColumnType.DATE_TIME:
        with_time = column.format != "DateOnly" and not column.is_date_only
        # dates without time, and times that are the same everywhere, are never shifted
        is_shifted = not column.is_date_only and column.date_time_behavior != "TimeZoneIndependent"
        return _moments(locale, with_time, locale.zone if is_shifted else None)
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
    return str(number_formatter(precision, locale)(value))


def money_text(amount: float, symbol: str, precision: int, locale: Locale = EN_US) -> str:
    """An amount with its currency's symbol.

    >>> money_text(20000.0, "$", 2), money_text(-20000.0, "$", 2)
    ('$20,000.00', '($20,000.00)')
    """
    text = _regional(f"{abs(amount):,.{precision}f}", locale)
    pattern = locale.negative_money if _is_below_zero(amount, text) else locale.money
    return pattern.format(symbol=symbol, amount=text)


@lru_cache(maxsize=64)
def money_formatter(symbol: str, precision: int, locale: Locale = EN_US) -> Callable[[float], str]:
    """``money_text`` for one currency, made once."""
    if not _separates_plainly(locale):
        return lambda amount: money_text(amount, symbol, precision, locale)
    escaped = symbol.replace("{", "{{").replace("}", "}}")
    show = locale.money.format(symbol=escaped, amount=f"{{:,.{precision}f}}").format
    return lambda amount: show(amount) if amount > 0 else money_text(amount, symbol, precision, locale)


def date_text(value: str, locale: Locale = EN_US) -> str:
    """The date of a stored date, or of a stored date and time.

    >>> date_text("2024-01-07")
    '1/7/2024'
    """
    return str(_moments(locale, False, locale.zone)(value))


def date_time_text(value: str, locale: Locale = EN_US) -> str:
    """A stored date and time, to the minute.

    >>> date_time_text("2024-01-07T23:25:31Z")
    '1/7/2024 11:25 PM'
    """
    return str(_moments(locale, True, locale.zone)(value))


def _separates_plainly(locale: Locale) -> bool:
    """The locale separates digits as the programming language does."""
    return (locale.group, locale.decimal, locale.group_sizes) == _PLAIN_SEPARATORS


def _regional(text: str, locale: Locale) -> str:
    """Replace the separators of the programming language by the locale's."""
    if _separates_plainly(locale):
        return text
    if locale.group_sizes != EN_US.group_sizes:
        text = _regrouped(text, *locale.group_sizes)
    return text.translate({ord(","): locale.group, ord("."): locale.decimal})


def _regrouped(text: str, last: int, others: int) -> str:
    """
    >>> _regrouped("1,234,567.5", 3, 2)
    '12,34,567.5'
    """
    whole, point, fraction = text.partition(".")
    digits = whole.replace(",", "")
    groups = [digits[-last:]]
    digits = digits[:-last]
    while digits:
        groups.insert(0, digits[-others:])
        digits = digits[:-others]
    return ",".join(groups) + point + fraction


def _is_below_zero(value: float, text: str) -> bool:
    """What rounds to nothing has no sign."""
    return value < 0 and any(digit in text for digit in "123456789")


def number_formatter(precision: int, locale: Locale) -> Formatter:
    """Make the function that shows numbers with that count of decimals."""
    plain = f"{{:,.{precision}f}}".format if precision else _whole
    pattern = locale.negative_number
    if _separates_plainly(locale) and pattern == EN_US.negative_number:
        return plain

    def number(value: float) -> str:
        text = _regional(plain(abs(value)), locale)
        return pattern.format(amount=text) if _is_below_zero(value, text) else text

    return number


def _whole(value: float) -> str:
    """Whole numbers may come as floats (averages, decimals without places)."""
    return f"{value:,}" if value.__class__ is int else f"{value:,.0f}"


@lru_cache(maxsize=256)
def _moments(locale: Locale, with_time: bool, zone: tzinfo | None) -> Formatter:
    """The function that shows a stored date or moment, made once."""
    show_date, show_time = locale.date.format, locale.time.format

    @lru_cache(maxsize=8192)
    def moment(value: str) -> str:
        if zone is not None and len(value) > 10:
            value = _local(value, zone)
        year, month, day = int(value[:4]), int(value[5:7]), int(value[8:10])
        weekday = date(year, month, day).weekday()
        text = show_date(
            year=year,
            year2=year % 100,
            month=month,
            month_name=locale.months[month - 1],
            month_short=locale.months_short[month - 1],
            day=day,
            weekday=locale.days[weekday],
            weekday_short=locale.days_short[weekday],
        )
        if not with_time:
            return text
        hour = int(value[11:13] or 0)
        time = show_time(
            hour12=hour % 12 or 12,
            hour=hour,
            minute=int(value[14:16] or 0),
            second=int(value[17:19] or 0),
            half=locale.halves[hour >= 12],
        )
        return f"{text} {time}"

    return moment


def _local(value: str, zone: tzinfo) -> str:
    """A stored moment on the clocks of a time zone; moments at the ends of time stay what they are."""
    moment = datetime.fromisoformat(value)
    try:
        local = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(zone)
    except OverflowError:
        return value
    return local.replace(tzinfo=None).isoformat(timespec="seconds")


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
