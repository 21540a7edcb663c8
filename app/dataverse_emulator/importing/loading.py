"""Rows from outside into the store, in bulk: new ones as a Create would complete them, known ones changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.importing.values import Converter, find_link, find_table
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.loading import load_rows
from dataverse_emulator.values import Reference


def load_batch(context: Context, batch: Mapping[str, Any]) -> list[str]:
    """Add the rows or links of a batch (``rows.RowFile.batches``) and give the names that are no columns.

    Raises:
        EmulatorError: 0x80041102 for an unknown table, 0x80040203 for a value that does not fit.
    """
    remarks: list[str] = []
    if "rows" in batch:
        remarks += _load(context, str(batch.get("table")), batch["rows"])
    for link in batch.get("links", ()):
        remarks += _link(context, link)
    return remarks


def _load(context: Context, name: str, given: Iterable[Mapping[str, Any]]) -> list[str]:
    table = find_table(context.catalog, name)
    converter, key = Converter(context.catalog, table), table.primary_id
    new: dict[str, dict[str, Any]] = {}
    unnamed: list[dict[str, Any]] = []
    for each in given:
        row = converter.row(each)
        if each.get("@id") and key not in row:
            row[key] = str(each["@id"]).strip("{}").lower()
        id = row.get(key)
        if id is None:
            unnamed.append(row)
        elif context.store.exists(table, id):
            changes = {
                column: Reference(value["table"], value["id"]) if isinstance(value, dict) else value
                for column, value in row.items()
                if column != key
            }
            context.store.update(table, id, changes)
        else:
            new[id] = {**new.get(id, {}), **row}
    load_rows(context, {table.logical_name: [*new.values(), *unnamed]})
    return [f"{table.logical_name}.{column}: no such column" for column in converter.unknown]


def _link(context: Context, link: Mapping[str, Any]) -> list[str]:
    table = find_table(context.catalog, str(link["table"]))
    found = find_link(context.catalog, table, str(link["relationship"]))
    if found is None:
        return [f"{table.logical_name}: no such relationship: {link['relationship']}"]
    one, other = (str(link[end]).strip("{}").lower() for end in ("id", "target"))
    if found.table1 != table.logical_name:
        one, other = other, one
    for end, id in ((found.table1, one), (found.table2, other)):
        if not context.store.exists(context.catalog.table(end), id):
            raise error("ObjectDoesNotExist", table=end, id=id)
    context.store.link(found, one, other)
    return []


def dump_rows(context: Context, name: str) -> dict[str, Any]:
    """All rows of a table, in the form that ``load_batch`` takes, with what a file needs to know of the table.

    Raises:
        EmulatorError: 0x80041102 for an unknown table.
    """
    table = find_table(context.catalog, name)
    columns = {each.logical_name: each.type.value for each in table.columns.values() if each.is_stored}
    rows = [
        {column: _plain(value) for column, value in row.items() if value is not None}
        for row in context.store.find(table, {})
    ]
    return {
        "table": table.logical_name,
        "displayName": table.display_name or table.logical_name,
        "primaryId": table.primary_id,
        "primaryName": table.primary_name or table.primary_id,
        "typeCode": table.object_type_code or 0,
        "columns": columns,
        "rows": rows,
    }


def _plain(value: Any) -> Any:
    return {"table": value.table, "id": value.id} if isinstance(value, Reference) else value
