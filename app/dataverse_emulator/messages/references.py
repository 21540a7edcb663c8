"""From what a message names to the row that it means: alternate keys, and the typed row behind a base table's row.

Contract 02 §6, 04 E-28 to E-29a, 06 §6.
"""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.messages.base import Context, KeyReference, Record, Target
from dataverse_emulator.values import PARTITION, PartitionedId, Reference

BASE_TABLES = {"activitypointer": "activitytypecode", "owner": "owneridtype"}


def missing(target: Target) -> EmulatorError:
    """The error that says that the row is not there (0x80040217 or 0x80060891)."""
    if isinstance(target, KeyReference):
        return error("RecordNotFoundByEntityKey", table=target.table)
    return error("ObjectDoesNotExist", table=target.table, id=target.id)


def find(context: Context, target: Target) -> Reference | None:
    """The row that is meant, or None when an alternate key finds none. A primary key is not looked up, nor is that of
    an elastic table with its partition.

    Raises:
        EmulatorError: 0x8006089D when several rows have the key's values, 0x80060890 for columns that are no key.
    """
    if isinstance(target, Reference):
        return target
    table = context.catalog.table(target.table)
    where = {name: _key_value(context, value) for name, value in target.values}
    names = set(where)
    if names == {table.primary_id}:
        return Reference(target.table, str(where[table.primary_id]))
    if table.is_elastic and names == {table.primary_id, PARTITION}:
        return Reference(target.table, PartitionedId(str(where[table.primary_id]), str(where[PARTITION])))
    if table.keys and not any(names == set(key.columns) for key in table.keys):
        raise error("KeyNotDefined", table=target.table)
    rows = context.store.find(table, where, (table.primary_id,), limit=2)
    if len(rows) > 1:
        raise error("AmbiguousEntityKey", table=target.table, columns=", ".join(where))
    return Reference(target.table, rows[0][table.primary_id]) if rows else None


def find_by_key(context: Context, target: KeyReference) -> Reference:
    """The row with these key values.

    Raises:
        EmulatorError: 0x80060891 when there is none, and what ``find`` raises.
    """
    found = find(context, target)
    if found is None:
        raise missing(target)
    return found


def resolve(context: Context, target: Target) -> Reference:
    """The row that a message works on: keys looked up, base tables replaced by the typed table.

    A primary key is not looked up, so that the caller's own read can find out; a row of a base table is.

    Raises:
        EmulatorError: 0x80060891 and 0x8006089D for alternate keys; 0x80040217 for base tables.
    """
    reference = find_by_key(context, target) if isinstance(target, KeyReference) else target
    return concrete(context, reference) if reference.table in BASE_TABLES else reference


def concrete(context: Context, reference: Reference) -> Reference:
    """The typed row (task, user, team) that a row of ``activitypointer`` or ``owner`` stands for.

    Raises:
        EmulatorError: 0x80040217.
    """
    column = BASE_TABLES.get(reference.table)
    if column is None:
        return reference
    row = context.store.read(context.catalog.table(reference.table), reference.id, (column,))
    if row is None or not row[column]:
        raise missing(reference)
    return Reference(row[column], reference.id)


def reference_of(context: Context, value: Any) -> Reference | None:
    """The row that a parameter of an operation names: a reference, or a record that holds its primary key.

    Raises:
        EmulatorError: 0x80060888 when the record has no key; those of ``find_by_key``.
    """
    if value is None or isinstance(value, Reference):
        return value
    if isinstance(value, KeyReference):
        return find_by_key(context, value)
    assert isinstance(value, Record)
    id = value.values.get(value.table.primary_id)
    if not isinstance(id, str):
        raise error("EntityWithoutKey")
    return Reference(value.table.logical_name, id)


def existing(context: Context, target: Target) -> Reference:
    """The row that a message works on, which must be there.

    Raises:
        EmulatorError: 0x80040217 when it is missing, and what ``resolve`` raises.
    """
    found = resolve(context, target)
    if not context.store.exists(context.catalog.table(found.table), found.id):
        raise missing(target)
    return found


def existing_row_of(context: Context, value: Any) -> Reference:
    """The row that a parameter of an operation names, which must be there.

    Raises:
        EmulatorError: 0x80060888 when it names none, and what ``reference_of`` and ``existing`` raise.
    """
    reference = reference_of(context, value)
    if reference is None:
        raise error("EntityWithoutKey")
    return existing(context, reference)


def _key_value(context: Context, value: Any) -> Any:
    return find_by_key(context, value) if isinstance(value, KeyReference) else value
