"""JSON values of properties to the engine's form (``values.py``), one converter a column (contract 01 §13).

Converters are made once a column and called once a value, never with null. They raise ``Misfit`` with the OData
library's words; who knows the entity set makes the service's error of it.
"""

from __future__ import annotations

import binascii
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.catalog import CHOICE_TYPES, TEXT_TYPES, Column, ColumnType
from dataverse_emulator.values import read_guid

Converter: TypeAlias = Callable[[Any], Any]

EARLIEST_YEAR = 1753  # E-26; the latest is 9999

_INTEGER = re.compile(r"[+-]?[0-9]{1,30}\Z")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,4})?\Z")
_CHOICES = re.compile(r"\s*-?[0-9]{1,10}\s*(?:,\s*-?[0-9]{1,10}\s*)*\Z", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*+={0,2}\Z")
_DATE = re.compile(
    r"([+-]?[0-9]{4,9})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]{1,12})?)?\s?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?\Z"
)
_INT32 = 1 << 31
_INT64 = 1 << 63
_LARGEST_DECIMAL = 79228162514264337593543950335.0


class Misfit(ValueError):
    """A JSON value that does not fit the type of its property; the text is the OData library's."""


def misfit(value: Any, edm_type: str) -> Misfit:
    """The error for a value where another type was expected (E-24, E-25).

    >>> str(misfit("abc", "Edm.Int32"))
    "Cannot convert the literal 'abc' to the expected type 'Edm.Int32'."
    """
    if isinstance(value, dict | list):
        node = "StartObject" if isinstance(value, dict) else "StartArray"
        return unexpected_node(node, "PrimitiveValue")
    return Misfit(f"Cannot convert the literal '{value}' to the expected type '{edm_type}'.")


def unexpected_node(found: str, expected: str) -> Misfit:
    """The error for an object, array or scalar where another of the three was expected."""
    return Misfit(
        f"An unexpected '{found}' node was found when reading from the JSON reader. A '{expected}' node was expected."
    )


def to_text(value: Any) -> str:
    """Edm.String."""
    if value.__class__ is str:
        return value
    raise misfit(value, "Edm.String")


def to_boolean(value: Any) -> bool:
    """Edm.Boolean: nothing but true and false."""
    if value is True or value is False:
        return value
    raise misfit(value, "Edm.Boolean")


def to_int32(value: Any) -> int:
    """Edm.Int32; a text of digits is tolerated."""
    if value.__class__ is int:
        number = value
    elif value.__class__ is str and _INTEGER.match(value):
        number = int(value)
    else:
        raise misfit(value, "Edm.Int32")
    if -_INT32 <= number < _INT32:
        return number
    raise misfit(value, "Edm.Int32")


def to_int64(value: Any) -> int:
    """Edm.Int64; a text of digits is tolerated."""
    if value.__class__ is int:
        number = value
    elif value.__class__ is str and _INTEGER.match(value):
        number = int(value)
    else:
        raise misfit(value, "Edm.Int64")
    if -_INT64 <= number < _INT64:
        return number
    raise misfit(value, "Edm.Int64")


def to_double(value: Any) -> float:
    """Edm.Double; numeric text is tolerated."""
    return _to_float(value, "Edm.Double", math.inf)


def to_decimal(value: Any) -> float:
    """Edm.Decimal, the type of decimal and money columns; numeric text is tolerated."""
    return _to_float(value, "Edm.Decimal", _LARGEST_DECIMAL)


def _to_float(value: Any, edm_type: str, limit: float) -> float:
    kind = value.__class__
    number: float
    if kind is float:
        number = value
    elif kind is int or (kind is str and _NUMBER.match(value)):
        try:
            number = float(value)
        except OverflowError:
            raise misfit(value, edm_type) from None
    else:
        raise misfit(value, edm_type)
    if -limit <= number <= limit and math.isfinite(number):
        return number
    raise misfit(value, edm_type)


def to_guid(value: Any) -> str:
    """Edm.Guid in any letter case."""
    guid = read_guid(value)
    if guid is None:
        raise misfit(value, "Edm.Guid")
    return guid


def to_binary(value: Any) -> str:
    """Edm.Binary: base64, in its URL form too; kept in the plain form."""
    if value.__class__ is str and _BASE64.match(value):
        text = value.replace("-", "+").replace("_", "/")
        text = text.rstrip("=")
        text += "=" * (-len(text) % 4)
        try:
            binascii.a2b_base64(text)
        except binascii.Error:
            raise misfit(value, "Edm.Binary") from None
        return text
    raise misfit(value, "Edm.Binary")


def to_choices(value: Any) -> str | None:
    """The numbers of a multi-select column: ascending, once each, without blanks; nothing chosen is null."""
    if value.__class__ is not str:
        raise misfit(value, "Edm.String")
    if not value.strip():
        return None
    if not _CHOICES.match(value):
        raise misfit(value, "Edm.Int32")
    return ",".join(map(str, sorted({int(part) for part in value.split(",")})))


def to_managed_property(value: Any) -> bool:
    """A managed property is an object; its ``Value`` is what is kept."""
    if isinstance(value, dict):
        return to_boolean(value.get("Value"))
    raise unexpected_node("StartArray" if isinstance(value, list) else "PrimitiveValue", "StartObject")


def to_date_time(value: Any) -> str:
    """Edm.DateTimeOffset in UTC and whole seconds. A missing zone is UTC, a missing time midnight (tolerance).

    Raises:
        EmulatorError: 0x80040239 for dates that do not exist or lie outside 1753 to 9999 (E-26).
    """
    if value.__class__ is str:
        return _date_time(value)
    raise misfit(value, "Edm.DateTimeOffset")


def to_date(value: Any) -> str:
    """Edm.Date; of a full timestamp the date is taken as written.

    Raises:
        EmulatorError: 0x80040239, as ``to_date_time``.
    """
    if value.__class__ is str:
        return _date(value)
    raise misfit(value, "Edm.Date")


@lru_cache(maxsize=4096)
def _date_time(text: str) -> str:
    match = _DATE.match(text)
    if match is None:
        raise misfit(text, "Edm.DateTimeOffset")
    _, _, _, hour, minute, second, zone = match.groups()
    year, month, day = _calendar_date(match)
    plain = f"{year:04d}-{month:02d}-{day:02d}T{hour or '00'}:{minute or '00'}:{second or '00'}"
    try:
        moment = datetime.fromisoformat(plain + _offset(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise error("BadDate") from None
    if moment.year < EARLIEST_YEAR:
        raise error("BadDate")
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=4096)
def _date(text: str) -> str:
    match = _DATE.match(text)
    if match is None:
        raise misfit(text, "Edm.Date")
    year, month, day = _calendar_date(match)
    return f"{year:04d}-{month:02d}-{day:02d}"


def _calendar_date(match: re.Match[str]) -> tuple[int, int, int]:
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    try:
        datetime(year, month, day)  # only to see that it exists
    except ValueError:
        raise error("BadDate") from None
    if year < EARLIEST_YEAR:
        raise error("BadDate")
    return year, month, day


def _offset(zone: str | None) -> str:
    return "+00:00" if zone is None or zone in "Zz" else zone


def _to_file(value: Any) -> str:  # noqa: ARG001 - converters share one shape
    """Files are uploaded to a URL of their own (contract 02 §13.1); the text is ours."""
    raise Misfit("The value of a file column cannot be set in the body of a record.")


_CONVERTERS: dict[ColumnType, Converter] = {
    ColumnType.INTEGER: to_int32,
    ColumnType.BIG_INT: to_int64,
    ColumnType.DECIMAL: to_decimal,
    ColumnType.MONEY: to_decimal,
    ColumnType.DOUBLE: to_double,
    ColumnType.BOOLEAN: to_boolean,
    ColumnType.UNIQUEIDENTIFIER: to_guid,
    ColumnType.MULTI_SELECT: to_choices,
    ColumnType.MANAGED_PROPERTY: to_managed_property,
    ColumnType.IMAGE: to_binary,
    ColumnType.FILE: _to_file,
}


def converter(column: Column) -> Converter | None:
    """The function that converts values of the column; None for lookups, which are written by reference only.

    The function takes what a JSON reader gives, but for null, and raises ``Misfit``.
    """
    kind = column.type
    if column.is_lookup:
        return None
    if kind in TEXT_TYPES or kind is ColumnType.ENTITY_NAME:
        return to_binary if column.edm_type == "Edm.Binary" else to_text
    if kind in CHOICE_TYPES:
        return to_int32
    if kind is ColumnType.DATE_TIME:
        return to_date if column.is_date_only else to_date_time
    return _CONVERTERS.get(kind) or to_text


def convert_typed(value: Any, edm_type: str) -> Any:
    """Convert a value of a primitive EDM type that belongs to no column, such as a parameter of an operation.

    Raises:
        Misfit: the value does not fit.
    """
    return _PRIMITIVES[edm_type](value) if edm_type in _PRIMITIVES else value


UNCONVERTED: dict[Converter, type] = {to_text: str, to_boolean: bool}
"""Converters that give values of this very class back as they are: a caller in a loop can spare itself the call."""

_PRIMITIVES: dict[str, Converter] = {
    "Edm.String": to_text,
    "Edm.Boolean": to_boolean,
    "Edm.Int16": to_int32,
    "Edm.Int32": to_int32,
    "Edm.Int64": to_int64,
    "Edm.Decimal": to_decimal,
    "Edm.Double": to_double,
    "Edm.Single": to_double,
    "Edm.Guid": to_guid,
    "Edm.Binary": to_binary,
    "Edm.DateTimeOffset": to_date_time,
    "Edm.Date": to_date,
}
