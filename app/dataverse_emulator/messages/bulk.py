"""CreateMultiple, UpdateMultiple, UpsertMultiple and DeleteMultiple (contract 02 §12, 04 E-71 to E-71b).

All targets are rows of the table to whose set the message is bound; one fails, and nothing is changed. Rows of elastic
tables succeed or fail each alone (``elastic_bulk.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

from dataverse_emulator.errors import error
from dataverse_emulator.messages import elastic_bulk
from dataverse_emulator.messages.base import (
    AlikeRecords,
    Context,
    Create,
    KeyReference,
    Operation,
    OperationResult,
    Record,
    Target,
    Update,
    Upsert,
    operation,
)
from dataverse_emulator.messages.creating_alike import create_alike
from dataverse_emulator.messages.records import create, key_values, without_key
from dataverse_emulator.messages.references import find_by_key
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.values import Reference


@operation("CreateMultiple")
def create_multiple(context: Context, message: Operation) -> OperationResult:
    """Make rows; their ids in the order of the targets.

    Raises:
        EmulatorError: 0x80040203 without targets or with rows of another table, and what ``create`` raises for one.
    """
    targets = _targets(message)
    if isinstance(targets, AlikeRecords) and message.suppress_duplicates:
        ids = create_alike(context, targets)
        if ids is not None:
            return OperationResult({"Ids": ids})
    records = [_record(context, item) for item in targets]
    if _table(message).is_elastic:
        return elastic_bulk.create_each(context, message, records)
    with context.store.gathering():
        ids = [create(context, Create(record, message.suppress_duplicates)) for record in records]
    return OperationResult({"Ids": ids})


@operation("UpdateMultiple")
def update_multiple(context: Context, message: Operation) -> OperationResult:
    """Change rows, each named by its primary key or by ``@odata.id``.

    Raises:
        EmulatorError: as ``create_multiple``; 0x80040217 with the ids of all rows that are missing, 0x80060891 for an
            alternate key without row, 0x80060888 for a target without key, and what an Update raises for one.
    """
    if _table(message).is_elastic:
        return elastic_bulk.update_each(context, message, _named(context, message))
    found = []
    for target, record in _named(context, message):
        found.append((find_by_key(context, target) if isinstance(target, KeyReference) else target, target, record))
    missing = [row.id for row, _, _ in found if not context.store.exists(context.catalog.table(row.table), row.id)]
    if missing:
        raise error("ObjectsDoNotExist", table=_table(message).schema_name, ids=", ".join(dict.fromkeys(missing)))
    for row, target, record in found:
        changes = without_key(record, target)
        context.execute(Update(row, changes, suppress_duplicates=message.suppress_duplicates))
    return OperationResult()


@operation("UpsertMultiple")
def upsert_multiple(context: Context, message: Operation) -> OperationResult:
    """Update rows, or create those that are missing, each named by its primary key or by ``@odata.id``.

    Raises:
        EmulatorError: as ``create_multiple``; 0x80060888 for a target without key, and what an Upsert raises for one.
    """
    if _table(message).is_elastic:
        return elastic_bulk.upsert_each(context, message, _named(context, message))
    for target, record in _named(context, message):
        context.execute(Upsert(target, record, suppress_duplicates=message.suppress_duplicates))
    return OperationResult()


@operation("DeleteMultiple")
def delete_multiple(context: Context, message: Operation) -> OperationResult:
    """Delete rows of an elastic table; the platform has this message for no other (ruling R15).

    Raises:
        EmulatorError: 0x80040219 (501) for other tables; as ``update_multiple``.
    """
    if not _table(message).is_elastic:
        raise error("MessageNotImplemented", message="DeleteMultiple")
    return elastic_bulk.delete_each(context, _named(context, message))


def _table(message: Operation) -> Table:
    assert message.table is not None
    return message.table


def _targets(message: Operation) -> Sequence[Record | Target]:
    """The targets, which are rows of one table (E-71b; the texts are ours)."""
    items: Sequence[Record | Target] = message.parameters["Targets"]
    if not items:
        raise error("InvalidArgument", message="The collection 'Targets' is empty.")
    name = _table(message).logical_name
    for item in items[:1] if isinstance(items, AlikeRecords) else items:
        found = item.table.logical_name if isinstance(item, Record) else item.table
        if found != name:
            raise error(
                "InvalidArgument",
                message=f"All records in 'Targets' must be of the type '{name}', but one is of the type '{found}'.",
            )
    return items


def _named(context: Context, message: Operation) -> list[tuple[Target, Record]]:
    """The targets with the rows that they name."""
    named: list[tuple[Target, Record]] = []
    for item in _targets(message):
        if not isinstance(item, Record):
            named.append((item, _with_key_alone(context, item)))
            continue
        target = item.target
        if target is None:
            id = item.values.get(item.table.primary_id)
            if not isinstance(id, str):
                raise error("EntityWithoutKey")
            target = Reference(item.table.logical_name, id)
        named.append((target, item))
    return named


def _record(context: Context, item: Record | Target) -> Record:
    return item if isinstance(item, Record) else _with_key_alone(context, item)


def _with_key_alone(context: Context, target: Target) -> Record:
    """The record of a target that has nothing but its key."""
    table = context.catalog.table(target.table)
    return Record(table, key_values(table, target))
