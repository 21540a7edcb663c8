"""Duplicate detection by published rules (06 §11, ruling R6): rows of ``duplicaterule`` and their conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.query.text import fold
from dataverse_emulator.values import Reference

PUBLISHED = 2  # duplicaterule.statuscode
EXACT, FIRST_CHARACTERS, LAST_CHARACTERS, SAME_DATE, SAME_TIME = 0, 1, 2, 3, 4
# 5 and 6 compare choices by label and by value: the same thing within one environment
_BY_EQUALITY = frozenset({EXACT, SAME_TIME, 5, 6})

_CONDITION_COLUMNS = (
    "baseattributename",
    "matchingattributename",
    "operatorcode",
    "operatorparam",
    "ignoreblankvalues",
)


def refuse_duplicates(context: Context, table: Table, values: Mapping[str, Any], id: str | None = None) -> None:
    """Refuse values that a published rule calls a duplicate of another row.

    Args:
        values: columns that are written; for an update (``id`` given) the rest comes from the row.

    Raises:
        EmulatorError: 0x80040333 (412).
    """
    if find_duplicates(context, table, values, id):
        raise error("DuplicatesFound")


def find_duplicates(
    context: Context,
    table: Table,
    values: Mapping[str, Any],
    id: str | None = None,
    limit: int = 1,
    matching: Table | None = None,
) -> list[Reference]:
    """The rows that published rules of the table call duplicates of the values; those of table ``matching`` alone where
    it is given."""
    found: list[Reference] = []
    for rule in published_rules(context, table):
        other = context.catalog.find(rule["matchingentityname"] or table.logical_name)
        if other is None or (matching is not None and other is not matching):
            continue
        excluded = id if other is table else None
        for match in _matches(context, rule, other, _with_row(context, table, values, id), excluded, limit):
            if match not in found:
                found.append(match)
        if len(found) >= limit:
            break
    return found[:limit]


def published_rules(context: Context, table: Table) -> list[dict[str, Any]]:
    """The rules in force for rows of a table: key, matching table, and whether inactive rows are left out."""
    rules = context.catalog.table("duplicaterule")
    where = {"baseentityname": table.logical_name, "statuscode": PUBLISHED}
    return context.store.find(rules, where, ("duplicateruleid", "matchingentityname", "excludeinactiverecords"))


def conditions_of(context: Context, rule: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conditions of a rule: the two columns, the operator with its number, and what blank values mean."""
    return context.store.find(
        context.catalog.table("duplicaterulecondition"),
        {"regardingobjectid": rule["duplicateruleid"]},
        _CONDITION_COLUMNS,
    )


def comparable(value: Any, operator: int, parameter: int) -> Any:
    """What two values must have in common to be duplicates by an operator.

    >>> comparable("Contoso Ltd", FIRST_CHARACTERS, 3)
    'con'
    """
    if not isinstance(value, str):
        return value
    if operator == SAME_DATE:
        return value[:10]
    text = fold(value).casefold()
    if operator == FIRST_CHARACTERS:
        return text[:parameter]
    if operator == LAST_CHARACTERS:
        return text[-parameter:] if parameter else ""
    return text


def _with_row(context: Context, table: Table, values: Mapping[str, Any], id: str | None) -> Mapping[str, Any]:
    if id is None:
        return values
    return {**(context.store.read(table, id) or {}), **values}


def _matches(
    context: Context, rule: Mapping[str, Any], other: Table, values: Mapping[str, Any], excluded: str | None, limit: int
) -> list[Reference]:
    conditions = conditions_of(context, rule)
    where: dict[str, Any] = {}
    checks: list[tuple[str, int, int, Any]] = []
    for condition in conditions:
        value = values.get(condition["baseattributename"])
        name = condition["matchingattributename"] or condition["baseattributename"]
        operator = condition["operatorcode"] or EXACT
        if name not in other.columns or (value is None and condition["ignoreblankvalues"]):
            return []
        if value is None or operator in _BY_EQUALITY:
            where[name] = value
        else:
            checks.append((name, operator, condition["operatorparam"] or 0, value))
    if not conditions or (all(value is None for value in where.values()) and not checks):
        return []  # blank values alone make no duplicate
    if rule["excludeinactiverecords"] and other.state is not None:
        where["statecode"] = 0
    columns = (other.primary_id, *(name for name, *_ in checks))
    matches = []
    for row in context.store.find(other, where, columns, limit=None if checks else limit + 1):
        if row[other.primary_id] != excluded and all(
            comparable(row[name], operator, parameter) == comparable(value, operator, parameter)
            for name, operator, parameter, value in checks
        ):
            matches.append(Reference(other.logical_name, row[other.primary_id]))
    return matches[:limit]
