"""Copies columns from one row into a new row of another table, by column maps that are data (05 §1.4).

The maps are those that ship with the definitions, with the rows of tables ``entitymap`` and ``attributemap`` over them.
QualifyLead uses them, and whatever else makes rows out of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.messages.base import Context
from dataverse_emulator.metadata.catalog import ColumnMap, ColumnType, Table

CURRENCY = "transactioncurrencyid"

# Shipped pairs that the contract's tables (05 §1.4) do not have: (source, target) → target columns left out.
# A row of ``attributemap`` brings any of them back.
NOT_COPIED: dict[tuple[str, str], frozenset[str]] = {
    ("lead", "account"): frozenset({"telephone3", "emailaddress2", "emailaddress3"}),
    ("lead", "opportunity"): frozenset({"schedulefollowup_prospect", "schedulefollowup_qualify"}),
}
_UNMAPPED_ADDRESS = frozenset({"address1_name", "address1_county", "address1_postofficebox"})


def column_maps(context: Context, source: str, target: str) -> tuple[ColumnMap, ...]:
    """The pairs that are copied from ``source`` to ``target``, shipped ones first."""
    pairs = dict(_shipped_pairs(context, source, target))
    entity_maps = context.store.find(
        context.catalog.table("entitymap"), {"sourceentityname": source, "targetentityname": target}, ("entitymapid",)
    )
    for entity_map in entity_maps:
        rows = context.store.find(
            context.catalog.table("attributemap"),
            {"entitymapid": entity_map["entitymapid"]},
            ("sourceattributename", "targetattributename"),
        )
        for row in rows:
            pair = ColumnMap(row["sourceattributename"], row["targetattributename"])
            pairs[pair.target] = pair
    return tuple(pairs.values())


def _shipped_pairs(context: Context, source: str, target: str) -> dict[str, ColumnMap]:
    """The shipped pairs that are copied, by target column; derived once."""
    memo, key = context.catalog.table(target).memo, ("column maps", source)
    known: dict[str, ColumnMap] | None = memo.get(key)
    if known is None:
        left_out = NOT_COPIED.get((source, target), frozenset())
        known = memo[key] = {
            pair.target: pair
            for pair in context.catalog.column_maps(source, target)
            if pair.target not in left_out and not (source == "lead" and _is_unmapped_address(pair.target))
        }
    return known


def _is_unmapped_address(column: str) -> bool:
    """The second address and the lesser parts of the first are not copied from leads (05 §1.4, inferred)."""
    return column.startswith("address2_") or column in _UNMAPPED_ADDRESS


def copy_columns(context: Context, source: Table, row: Mapping[str, Any], target: Table) -> dict[str, Any]:
    """The values of a new row of ``target`` made from a row of ``source``.

    Nulls, unknown columns and choices that the target does not have are left out. The currency goes along only with a
    money value.
    """
    values: dict[str, Any] = {}
    has_money = False
    for pair in column_maps(context, source.logical_name, target.logical_name):
        column = target.columns.get(pair.target)
        value = row.get(pair.source)
        if value is None or column is None or not column.is_stored or pair.target == CURRENCY:
            continue
        if column.type is ColumnType.PICKLIST and column.labels and value not in column.labels:
            continue
        values[pair.target] = value
        has_money = has_money or column.type is ColumnType.MONEY
    if has_money and row.get(CURRENCY) is not None and CURRENCY in target.columns:
        values[CURRENCY] = row[CURRENCY]
    return values
