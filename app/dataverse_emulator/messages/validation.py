"""Values of single columns: lengths, ranges, options, dates, and where lookups may point.

The rules of a column are compiled once into a function (``compile_rule``); a write calls the functions of the columns
that it was given and no others. Contract 04 §4 and §5 (E-26, E-30 to E-33), 06 §1 and §3.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, KeyReference
from dataverse_emulator.messages.references import BASE_TABLES, concrete, find_by_key
from dataverse_emulator.metadata.catalog import Catalog, Column, ColumnType, Table
from dataverse_emulator.values import Reference

Rule: TypeAlias = Callable[[Any], Any]

MAX_CHOICES = 150  # 04 E-30e
EARLIEST_DATE = "1753-01-01"  # 04 E-26; the upper bound 9999 follows from four digits
OWNER_TABLES = ("systemuser", "team")
ACCESS_TEAM = 1  # team.teamtype


def not_writable(value: Any) -> Any:
    """Stands for the rule of a column that a write may not set; nobody calls it."""
    return value


def compile_rule(column: Column) -> Rule | None:
    """The function that checks and converts a value of the column that is not null; None: any value will do.

    The functions raise 0x80044331, 0x8004432F, 0x80044330, 0x8004431A, 0x80050222 and 0x80040239.
    """
    maker = _MAKERS.get(column.type)
    return maker(column) if maker is not None else None


def round_to(value: float, places: int) -> float:
    """The value with so many decimal places, halves away from zero (the direction is inferred).

    >>> round_to(2.675, 2)
    2.68
    """
    rounded = round(value, places)
    if rounded == value or abs(value - rounded) * 10**places < 0.499:
        return rounded
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def check_reference(context: Context, column: Column, value: Reference | KeyReference) -> Reference:
    """The row that a lookup shall point to, after checks.

    Raises:
        EmulatorError: 0x80040217 when the row is missing (elastic tables are not asked), 0x80060891 for an alternate
            key without row, 0x80040236 when the lookup cannot point to that table (E-33; the code is unverified).
    """
    reference = find_by_key(context, value) if isinstance(value, KeyReference) else value
    table = context.catalog.table(reference.table)
    if not context.store.exists(table, reference.id) and not table.is_elastic:
        raise error("ObjectDoesNotExist", table=reference.table, id=reference.id)
    if reference.table in BASE_TABLES:
        reference = concrete(context, reference)
    check_target(context.catalog, column, reference.table, table.base)
    return reference


def check_target(catalog: Catalog, column: Column, target: str, base: str | None) -> None:
    """Refuse a lookup to a table to which it cannot point; ``base`` is the table that the target's rows belong to.

    Raises:
        EmulatorError: 0x80040236.
    """
    targets = column.targets
    if targets and target not in targets and base not in targets and not _is_related(catalog, column, target):
        raise error("LookupTargetMismatch", attribute=column.logical_name, table=column.table, target=target)


def _is_related(catalog: Catalog, column: Column, target: str) -> bool:
    """A relationship says that the lookup may point there (relationships made later than the column)."""
    return any(
        one.referenced_table == target and one.referencing_column == column.logical_name
        for one in catalog.parents_of(column.table)
    )


def check_key_values(context: Context, table: Table, row: dict[str, Any], id: str | None = None) -> None:
    """Refuse values that another row has under an alternate key; rows with a null in the key are free.

    Raises:
        EmulatorError: 0x80060892 (412).
    """
    for key in table.keys:
        if not key.is_active:
            continue
        where = {name: row.get(name) for name in key.columns}
        if any(value is None for value in where.values()):
            continue
        for found in context.store.find(table, where, (table.primary_id,), limit=2):
            if found[table.primary_id] != id:
                columns = [table.columns[name] for name in key.columns]
                labels = ", ".join(column.display_name or column.logical_name for column in columns)
                raise error("EntityKeyViolated", key=key.display_name, columns=labels)


def _text_rule(column: Column) -> Rule:
    limit = column.max_length
    if not limit or limit < 0:
        return lambda value: value or None

    def rule(value: Any) -> Any:
        if not value:
            return None  # 06 §1: an empty text is stored as null
        if len(value) > limit:
            raise error("StringTooLong", attribute=column.logical_name, table=column.table, limit=limit)
        return value

    return rule


def _integer_rule(column: Column) -> Rule | None:
    low = column.minimum if column.minimum is not None else -2147483648
    high = column.maximum if column.maximum is not None else 2147483647

    def rule(value: Any) -> Any:
        if value < low or value > high:
            raise error("IntegerOutOfRange", attribute=column.logical_name, table=column.table)
        return value

    return rule


def _number_rule(column: Column) -> Rule:
    low = column.minimum if column.minimum is not None else float("-inf")
    high = column.maximum if column.maximum is not None else float("inf")
    places = column.precision if column.type is ColumnType.DECIMAL else None

    def rule(value: Any) -> Any:
        if not low <= value <= high:
            raise error("NumberOutOfRange", attribute=column.logical_name, table=column.table)
        return float(value) if places is None else round_to(float(value), places)

    return rule


def _choice_rule(column: Column) -> Rule | None:
    if not column.labels:
        return None

    def rule(value: Any) -> Any:
        if value not in column.labels:
            raise choice_error(column, value)
        return value

    return rule


def choice_error(column: Column, value: object) -> Exception:
    """The refusal of a value that is no option of the column (E-30c)."""
    accepted = ",".join(str(option.value) for option in column.options)
    return error("ChoiceOutOfRange", value=value, attribute=column.logical_name, table=column.table, accepted=accepted)


def _choices_rule(column: Column) -> Rule:
    def rule(value: Any) -> Any:
        if not value:
            return None
        chosen = value.split(",")
        if len(chosen) > MAX_CHOICES:
            raise error("TooManyChoices", limit=MAX_CHOICES)
        if column.labels:
            for one in chosen:
                if int(one) not in column.labels:
                    raise choice_error(column, one)
        return value

    return rule


def _date_rule(column: Column) -> Rule:  # noqa: ARG001 - makers share one shape
    def rule(value: Any) -> Any:
        if value < EARLIEST_DATE:
            raise error("BadDate")
        return value

    return rule


_MAKERS: dict[ColumnType, Callable[[Column], Rule | None]] = {
    ColumnType.STRING: _text_rule,
    ColumnType.MEMO: _text_rule,
    ColumnType.INTEGER: _integer_rule,
    ColumnType.DECIMAL: _number_rule,
    ColumnType.DOUBLE: _number_rule,
    ColumnType.MONEY: _number_rule,
    ColumnType.PICKLIST: _choice_rule,
    ColumnType.MULTI_SELECT: _choices_rule,
    ColumnType.DATE_TIME: _date_rule,
}
