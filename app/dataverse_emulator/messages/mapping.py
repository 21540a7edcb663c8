"""Copies columns from one row into a new row of another table, by column maps that are data (05 §1.4).

The maps are rows of tables ``entitymap`` and ``attributemap``; every environment starts with those that ship with the
definitions (``map_rows``). QualifyLead uses them, and whatever else makes rows out of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.map_rows import ATTRIBUTE_MAP, ENTITY_MAP, entity_map_id, has_maps, shipped_pairs
from dataverse_emulator.metadata.catalog import TEXT_TYPES, Column, ColumnMap, ColumnType, Table
from dataverse_emulator.values import Reference

CURRENCY = "transactioncurrencyid"
_NOT_MAPPED = frozenset({ColumnType.IMAGE, ColumnType.FILE, ColumnType.UNIQUEIDENTIFIER, ColumnType.PARTY_LIST})


def column_maps(context: Context, source: str, target: str) -> tuple[ColumnMap, ...]:
    """The pairs that are copied from ``source`` to ``target``, shipped ones first; later ones win.

    The rows say it all. The shipped definitions count only where their rows never came: in a file of an older version,
    or under a schema without the two tables.
    """
    ids: list[str] = []
    if has_maps(context.catalog):
        wanted = {"sourceentityname": source, "targetentityname": target}
        rows = context.store.find(context.catalog.table(ENTITY_MAP), wanted, ("entitymapid",))
        ids = [row["entitymapid"] for row in rows]
    pairs = {} if entity_map_id(source, target) in ids else dict(shipped_pairs(context.catalog, source, target))
    for id in ids:
        for row in _attribute_maps(context, id):
            pair = ColumnMap(row["sourceattributename"], row["targetattributename"])
            pairs[pair.target] = pair
    return tuple(pairs.values())


def _attribute_maps(context: Context, entity_map: str) -> list[dict[str, Any]]:
    """The rows of one map, those of the system first."""
    columns = ("sourceattributename", "targetattributename", "issystem")
    rows = context.store.find(context.catalog.table(ATTRIBUTE_MAP), {"entitymapid": entity_map}, columns)
    return sorted(rows, key=lambda row: not row["issystem"])


def fits(source: Column, target: Column) -> bool:
    """Values of ``source`` may be copied to ``target``: text to text, a row's key or lookup to a lookup, else alike."""
    if not target.is_stored or target.type in _NOT_MAPPED:
        return False
    if target.is_lookup:
        if source.is_primary_id:
            return source.table in target.targets
        return source.is_lookup and not set(source.targets).isdisjoint(target.targets)
    if source.type in TEXT_TYPES:
        return target.type in TEXT_TYPES
    return source.type is target.type


def check_attribute_map(context: Context, row: Mapping[str, Any]) -> None:
    """Refuse a new row of ``attributemap`` whose columns do not exist or cannot be copied.

    Raises:
        EmulatorError: 0x80040200 without a map, 0x80041102 and 0x80041103 for a table or column that is missing,
            0x80046203 for two columns that do not fit (assigned by us).
    """
    entity_map = row.get("entitymapid")
    if not isinstance(entity_map, Reference):
        raise error("RequiredFieldMissing")
    names = ("sourceentityname", "targetentityname")
    tables = context.store.read(context.catalog.table(ENTITY_MAP), entity_map.id, names) or {}
    source = context.catalog.table(tables.get("sourceentityname") or "").column(row.get("sourceattributename") or "")
    target = context.catalog.table(tables.get("targetentityname") or "").column(row.get("targetattributename") or "")
    if not fits(source, target):
        raise error("InvalidAttributeMap", source=source.logical_name, target=target.logical_name)


def copy_columns(context: Context, source: Table, row: Mapping[str, Any], target: Table) -> dict[str, Any]:
    """The values of a new row of ``target`` made from a row of ``source``.

    Nulls, unknown columns, columns of another kind and choices that the target does not have are left out; the source's
    key becomes a reference to it. The currency goes along only with a money value.
    """
    values: dict[str, Any] = {}
    has_money = False
    for pair in column_maps(context, source.logical_name, target.logical_name):
        column, origin = target.columns.get(pair.target), source.columns.get(pair.source)
        value = row.get(pair.source)
        if value is None or column is None or origin is None or pair.target == CURRENCY or not fits(origin, column):
            continue
        if column.type is ColumnType.PICKLIST and column.labels and value not in column.labels:
            continue
        if column.is_lookup:
            value = value if isinstance(value, Reference) else Reference(source.logical_name, value)
            if value.table not in column.targets:
                continue
        values[pair.target] = value
        has_money = has_money or column.type is ColumnType.MONEY
    if has_money and row.get(CURRENCY) is not None and CURRENCY in target.columns:
        values[CURRENCY] = row[CURRENCY]
    return values
