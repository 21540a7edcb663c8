"""Rows out of the store, page by page, in the form that ``loading`` takes.

The order is that of the keys, so that the same rows make the same file. Row versions count the changes of one
environment and stay behind, as do the contents of file columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.importing.parties import COLUMNS
from dataverse_emulator.importing.values import VERSION, find_link, find_table
from dataverse_emulator.messages.activities import PARTY_TABLE
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.facts import facts_of
from dataverse_emulator.messages.references import BASE_TABLES
from dataverse_emulator.metadata.catalog import Column, ColumnType, Table
from dataverse_emulator.query.outputs import is_content
from dataverse_emulator.query.sql_names import lookup_of_companion
from dataverse_emulator.values import Reference

_PAGE, _PAGE_OF_BODIES = 1000, 10


def count_rows(context: Context) -> dict[str, int]:
    """The tables that have rows, with their number; without those whose rows repeat others'."""
    catalog, store = context.catalog, context.store
    names = [name for name in catalog.table_names if name not in BASE_TABLES]
    return {name: count for name in names if (count := store.count(catalog.table(name)))}


def describe(context: Context, name: str) -> dict[str, Any]:
    """What a file needs to know of a table: names, columns (name → type), N:N relationships in which it is first.

    Raises:
        EmulatorError: 0x80041102 for an unknown table.
    """
    table = find_table(context.catalog, name)
    left = [each.logical_name for each in table.columns.values() if each.type is ColumnType.FILE and each.is_stored]
    return {
        "table": table.logical_name,
        "displayName": table.display_name or table.logical_name,
        "primaryId": table.primary_id,
        "primaryName": table.primary_name or table.primary_id,
        "typeCode": table.object_type_code or 0,
        "isIntersect": table.is_intersect,
        "columns": {each.logical_name: each.type.value for each in _columns(table)},
        "partyLists": [each.logical_name for each in table.columns.values() if each.type is ColumnType.PARTY_LIST],
        "notExported": {name: count for name in left if (count := _filled(context, table, name))},
        "links": [
            {
                "name": many.intersect_table,
                "target": many.table2,
                "targetKey": context.catalog.table(many.table2).primary_id,
            }
            for many in context.catalog.links_of(table.logical_name)
            if many.table1 == table.logical_name
        ],
    }


def dump_page(context: Context, name: str, after: str | None = None, *, parties: bool = False) -> dict[str, Any]:
    """The next rows of a table.

    Args:
        after: key of the last row of the page before.
        parties: rows of activities hold theirs: party list → rows, under ``@parties``.

    Returns:
        ``rows``, and ``after`` for the next page, None at the end. A column that is null is left out, but for those
        that a Create fills when they are not given.

    Raises:
        EmulatorError: 0x80041102 for an unknown table.
    """
    table = find_table(context.catalog, name)
    columns = _columns(table)
    bodies = [each for each in columns if is_content(table, each) and each.type is not ColumnType.IMAGE]
    limit = _PAGE_OF_BODIES if bodies else _PAGE
    key = table.primary_id
    found = context.store.page(table, (key,), None if after is None else (after,), limit)
    names, kept = [each.logical_name for each in columns], facts_of(context, table).defaults
    rows = [_row(each, names, kept) for each in found]
    if parties and table.is_activity:
        for row in rows:
            row["@parties"] = _parties(context, row[key])
    return {"rows": rows, "after": found[-1][key] if len(found) == limit else None}


def dump_links(context: Context, name: str, after: Sequence[str] | None = None) -> dict[str, Any]:
    """The next pairs of an N:N relationship, in order: ``pairs``, and ``after`` for the next page.

    Raises:
        EmulatorError: 0x80040203 for an unknown relationship.
    """
    many = find_link(context.catalog, name)
    if many is None:
        raise error("InvalidArgument", message=f"There is no N:N relationship {name}.")
    table = context.catalog.table(many.intersect_table)
    ends = (many.column1, many.column2)
    found = context.store.page(table, ends, after, _PAGE)
    pairs = [[_plain(row[end], bare=True) for end in ends] for row in found]
    return {"pairs": pairs, "after": pairs[-1] if len(found) == _PAGE else None}


def _columns(table: Table) -> list[Column]:
    return [
        each
        for each in table.columns.values()
        if each.is_stored
        and each.type is not ColumnType.FILE
        and each.logical_name != VERSION
        and lookup_of_companion(table, each) is None
    ]


def _row(row: Mapping[str, Any], names: Sequence[str], kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(row[name]) for name in names if row[name] is not None or name in kept}


def _plain(value: Any, *, bare: bool = False) -> Any:
    if isinstance(value, Reference):
        return value.id if bare else {"table": value.table, "id": value.id}
    return value


def _filled(context: Context, table: Table, name: str) -> int:
    empty = context.store.find(table, {name: None}, (table.primary_id,))
    return context.store.count(table) - len(empty)


def _parties(context: Context, id: str) -> dict[str, list[dict[str, Any]]]:
    """The parties of an activity by the column that lists them; those that the platform adds are left out."""
    table = context.catalog.table(PARTY_TABLE)
    names = [each.logical_name for each in _columns(table)]
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(context.store.find(table, {"activityid": id}), key=lambda row: str(row[table.primary_id])):
        column = COLUMNS.get(row["participationtypemask"])
        if column is not None:
            found.setdefault(column, []).append(_row(row, names, {}))
    return found
