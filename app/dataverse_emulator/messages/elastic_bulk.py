"""The bulk messages for rows of elastic tables: each row succeeds or fails alone (contract 02 §12, §17, 01 §7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.messages.base import (
    Context,
    Create,
    Delete,
    Operation,
    OperationResult,
    Record,
    Target,
    Update,
    Upsert,
)
from dataverse_emulator.messages.elastic import own_row
from dataverse_emulator.messages.records import without_key
from dataverse_emulator.messages.references import resolve
from dataverse_emulator.values import Reference

DETAILS = "Plugin.BulkApiErrorDetails"
CREATED, CHANGED, DELETED = 201, 200, 204

Named = Sequence[tuple[Target, Record]]


def create_each(context: Context, message: Operation, records: Sequence[Record]) -> OperationResult:
    """Make rows, each of them alone."""

    def make(record: Record) -> tuple[str, int]:
        return context.execute(Create(record, message.suppress_duplicates)), CREATED

    ids, failure = _each(context, records, make, lambda record: record.values.get(record.table.primary_id))
    return OperationResult({"Ids": ids}, failure=failure)


def update_each(context: Context, message: Operation, named: Named) -> OperationResult:
    """Change rows, each of them alone."""

    def change(item: tuple[Target, Record]) -> tuple[str, int]:
        target, record = item
        row = _present(context, target, record)
        changes = without_key(record, target)
        context.execute(Update(row, changes, suppress_duplicates=message.suppress_duplicates))
        return row.id, CHANGED

    return OperationResult(failure=_each(context, named, change, _given)[1])


def upsert_each(context: Context, message: Operation, named: Named) -> OperationResult:
    """Replace rows or make them, each of them alone."""

    def write(item: tuple[Target, Record]) -> tuple[str, int]:
        done = context.execute(Upsert(*item, suppress_duplicates=message.suppress_duplicates))
        return done.id, CREATED if done.created else CHANGED

    return OperationResult(failure=_each(context, named, write, _given)[1])


def delete_each(context: Context, named: Named) -> OperationResult:
    """Delete rows, each of them alone."""

    def remove(item: tuple[Target, Record]) -> tuple[str, int]:
        row = _present(context, *item)
        context.execute(Delete(row))
        return row.id, DELETED

    return OperationResult(failure=_each(context, named, remove, _given)[1])


def _each(
    context: Context,
    items: Sequence[Any],
    run: Callable[[Any], tuple[str, int]],
    given: Callable[[Any], Any],
) -> tuple[list[str], EmulatorError | None]:
    """Run something for each item, and go on where it fails.

    Args:
        run: gives the id of the row and the status of what was done to it.
        given: the id that an item brings along, for those that fail.

    Returns:
        The ids of the rows that succeeded; the first failure, with the status of every row in its details.
    """
    ids: list[str] = []
    details: list[dict[str, Any]] = []
    failure: EmulatorError | None = None
    for index, item in enumerate(items):
        try:
            with context.store.transaction():
                id, status = run(item)
            ids.append(id)
        except EmulatorError as problem:
            failure = failure or problem
            id, status = given(item), problem.status
        details.append({"RequestIndex": index, "Id": id and str(id), "StatusCode": status})
    if failure is not None:
        failure.details[DETAILS] = orjson.dumps(details).decode()
    return ids, failure


def _present(context: Context, target: Target, record: Record) -> Reference:
    """The row that an item names.

    Raises:
        EmulatorError: 0x80040217 when it is missing (04 E-71a).
    """
    row = own_row(resolve(context, target), record)
    if not context.store.exists(record.table, row.id):
        raise error("ObjectsDoNotExist", table=record.table.schema_name, ids=row.id)
    return row


def _given(item: tuple[Target, Record]) -> Any:
    target, record = item
    return target.id if isinstance(target, Reference) else dict(target.values).get(record.table.primary_id)
