"""An operator and the texts of its values to a comparison; for FetchXML and the query functions of the Web API.

What an operator takes stands in ``operators.TRAITS``; here the texts become values in the engine's form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.metadata.catalog import CHOICE_TYPES, FRACTION_TYPES, Catalog, Column, ColumnType
from dataverse_emulator.query.hierarchies import hierarchy_of
from dataverse_emulator.query.model import All, Any_, ColumnRef, Compare, Condition
from dataverse_emulator.query.operators import MANY, MATCHES_NULL, TRAITS, Argument, Family, Operator, Traits
from dataverse_emulator.values import read_guid

_MEMO_REFUSED = frozenset({Operator.IN, Operator.NOT_IN, Operator.BETWEEN, Operator.NOT_BETWEEN})
_EMPTY = {Operator.EQ: Operator.NULL, Operator.NE: Operator.NOT_NULL}
_WHOLE = re.compile(r"[+-]?\d{1,19}\Z")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_WHOLE_TYPES = frozenset({ColumnType.INTEGER, ColumnType.BIG_INT}) | CHOICE_TYPES
_TRUTH_TYPES = frozenset({ColumnType.BOOLEAN, ColumnType.MANAGED_PROPERTY})
_GUID_TYPES = frozenset({ColumnType.UNIQUEIDENTIFIER, ColumnType.FILE})
# like with a wildcard at an end → the operator that says so, for both ends, the end and the start
_PATTERNS = {
    Operator.LIKE: (Operator.CONTAINS, Operator.BEGINS_WITH, Operator.ENDS_WITH),
    Operator.NOT_LIKE: (Operator.NOT_CONTAINS, Operator.NOT_BEGIN_WITH, Operator.NOT_END_WITH),
}


def bind_condition(ref: ColumnRef, operator: Operator, values: Sequence[Any], catalog: Catalog) -> Condition:
    """``column operator values`` with the values in the form of the column.

    Args:
        ref: the column.
        operator: the operator.
        values: what the client sent: texts, or JSON scalars.
        catalog: where hierarchies are looked up.

    Raises:
        EmulatorError: 0x80041120 when the operator cannot be asked of such a column, 0x80044153 for lists and ranges
            of long texts (E-77), 0x80041106 for a wrong number of values (E-64), 0x80041139 and 0x80040203 for values
            that do not fit (E-65), 0x8004110C for a count below 1 (E-79), 0x80047020 without a hierarchy (E-57).
    """
    column, traits = ref.column, TRAITS[operator]
    if column.type is ColumnType.MEMO and operator in _MEMO_REFUSED:
        raise error("ListOfLongText")
    if column.type not in traits.types or (traits.needs_time and column.is_date_only):
        raise error("UnsupportedOperator")
    given = [value for value in values if value != ""] if traits.arity == 0 else list(values)
    if traits.arity != MANY and len(given) != traits.arity:
        raise error("BadCondition")
    if traits.family is Family.HIERARCHY and hierarchy_of(column, catalog) is None:
        raise error("NotHierarchical", table=column.table)
    if operator in _EMPTY and given == [""]:
        # the platform stores no empty text: '' and null are the same
        return Compare(ref, _EMPTY[operator])
    if traits.arity == MANY and not given:
        return All(()) if operator in MATCHES_NULL else Any_(())
    return Compare(ref, operator, tuple(read_value(column, traits, value) for value in given))


def without_wildcards(compare: Compare) -> Compare:
    """``like '%a%'`` as the operator that OData has for it."""
    operators = _PATTERNS.get(compare.operator)
    if operators is None:
        return compare
    pattern: str = compare.values[0]
    both, starts, ends = operators
    if len(pattern) > 2 and pattern.startswith("%") and pattern.endswith("%"):
        return Compare(compare.column, both, (pattern[1:-1],))
    if len(pattern) > 1 and pattern.endswith("%"):
        return Compare(compare.column, starts, (pattern[:-1],))
    if len(pattern) > 1 and pattern.startswith("%"):
        return Compare(compare.column, ends, (pattern[1:],))
    return compare


def read_value(column: Column, traits: Traits, value: Any) -> Any:
    """One value of an operator in the engine's form.

    Raises:
        EmulatorError: E-65, E-79.
    """
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return _ARGUMENTS[traits.argument](column, text)


def _column_value(column: Column, text: str) -> Any:
    """A text in the form of the column."""
    kind = column.type
    if kind in _WHOLE_TYPES:
        return _whole(text)
    if kind in FRACTION_TYPES:
        return _fraction(text)
    if kind in _TRUTH_TYPES:
        if text.strip().lower() not in _TRUTH:
            raise _wrong()
        return _TRUTH[text.strip().lower()]
    if column.is_lookup or kind in _GUID_TYPES:
        return _row(column, text)
    if kind is ColumnType.DATE_TIME:
        return _time(column, text)
    if kind is ColumnType.MULTI_SELECT:
        return _option_text(text)
    return text


def _whole(text: str) -> int:
    text = text.strip()
    if _WHOLE.match(text) is None:
        raise _wrong()
    return int(text)


def _fraction(text: str) -> float:
    try:
        number = float(text.strip())
    except ValueError:
        raise _wrong() from None
    if not math.isfinite(number):
        raise _wrong()
    return number


def _row(_: Column, text: str) -> str:
    guid = read_guid(text.strip())
    if guid is None:
        raise error("InvalidArgument", message=str(_wrong()))
    return guid


def _written(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise _wrong() from None


def _time(column: Column, text: str) -> str:
    """A date or moment as the column keeps it; without a zone it is one of UTC."""
    written = _written(text)
    return written.date().isoformat() if column.is_date_only else _moment_text(written)


def _day(column: Column, text: str) -> str:
    """A day, or a moment (with a zone) that stands for its day there where the question is asked."""
    written = _written(text)
    if written.tzinfo is None or column.is_date_only:
        return written.date().isoformat()
    return _moment_text(written)


def _moment_text(moment: datetime) -> str:
    try:
        moment = moment if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise _wrong() from None
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _count(_: Column, text: str) -> int:
    number = _whole(text)
    if number < 1:
        raise error("CountBelowOne")
    return number


def _option_text(text: str) -> str:
    """The options of a multi-select column as the store keeps them: ``1,9``."""
    return ",".join(map(str, sorted({_whole(part) for part in text.strip("[]").split(",")})))


def _wrong() -> EmulatorError:
    return error("BadAttributeValue")


_ARGUMENTS: dict[Argument, Callable[[Column, str], Any]] = {
    Argument.VALUE: _column_value,
    Argument.PATTERN: lambda _, text: text,
    Argument.COUNT: _count,
    Argument.NUMBER: lambda _, text: _whole(text),
    Argument.OPTION: lambda _, text: _whole(text),
    Argument.DAY: _day,
    Argument.ROW: _row,
}
