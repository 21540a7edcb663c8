"""InitializeFrom: a new row, not stored yet, with what the column maps copy from another one (02 §1.3, 05 §8)."""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Operation, OperationResult, Record, operation
from dataverse_emulator.messages.mapping import column_maps, copy_columns
from dataverse_emulator.messages.references import concrete, missing, reference_of
from dataverse_emulator.metadata.catalog import Column, Table


@operation("InitializeFrom", reads=True)
def initialize_from(context: Context, message: Operation) -> OperationResult:
    """The row that a row of ``TargetEntityName`` made from ``EntityMoniker`` would be.

    Raises:
        EmulatorError: 0x80040217 when the source is missing, 0x80041102 for an unknown table, 0x80040203 where no map
            leads from one table to the other (the code is inferred).
    """
    parameters = message.parameters
    named = reference_of(context, parameters.get("EntityMoniker"))
    if named is None:
        raise error("EntityWithoutKey")
    source = concrete(context, named)
    table = context.catalog.table(source.table)
    target = context.catalog.table(parameters.get("TargetEntityName") or "")
    row = context.store.read(table, source.id)
    if row is None:
        raise missing(source)
    if not column_maps(context, table.logical_name, target.logical_name):
        raise error(
            "InvalidArgument",
            message=f"There is no entity map from '{table.logical_name}' to '{target.logical_name}'.",
        )
    kind = parameters.get("TargetFieldType") or "All"
    leaves_parent = parameters.get("SkipParentalRelationshipMapping") is True
    values: dict[str, Any] = {}
    for name, value in copy_columns(context, table, row, target).items():
        if leaves_parent and value == source:
            continue
        if _is_wanted(target.columns[name], kind):
            values[name] = value
    return OperationResult(unsaved=Record(_creatable(target), values))


def _creatable(table: Table) -> Table:
    if table.is_intersect or table.logical_name in ("activitypointer", "owner"):
        raise error("InvalidArgument", message=f"Rows of table '{table.logical_name}' cannot be made.")
    return table


def _is_wanted(column: Column, kind: str) -> bool:
    if kind == "ValidForCreate":
        return column.valid_for_create
    if kind == "ValidForUpdate":
        return column.valid_for_update
    return column.valid_for_read
