"""Create, Retrieve, Update, Upsert and Delete (contract 02 §1 to §4, §9)."""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages import elastic
from dataverse_emulator.messages.base import (
    Context,
    Create,
    Delete,
    KeyReference,
    Record,
    Target,
    Update,
    Upsert,
    Upserted,
    handles,
)
from dataverse_emulator.messages.cascades import delete_with_children
from dataverse_emulator.messages.creating import create_row
from dataverse_emulator.messages.duplicates import refuse_duplicates
from dataverse_emulator.messages.facts import facts_of
from dataverse_emulator.messages.metadata.solutions import add_row_component
from dataverse_emulator.messages.organization_settings import SETTINGS_TABLES, forget
from dataverse_emulator.messages.protected import check_deletable
from dataverse_emulator.messages.references import find, missing, resolve
from dataverse_emulator.messages.state import check_line_deletable
from dataverse_emulator.messages.updating import check_version, update_row
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.values import EMPTY_GUID, Reference


@handles(Create)
def create(context: Context, message: Create) -> str:
    """Make a row and its nested rows; the new row's id.

    Raises:
        EmulatorError: 0x80040237 for a key that exists, 0x80040333 for a duplicate, and the codes of ``validation``,
            ``state``, ``currency`` and ``activities``.
    """
    if not message.suppress_duplicates:
        refuse_duplicates(context, message.record.table, message.record.values)
    id = create_row(context, message.record)
    if message.solution:
        add_row_component(context, message.solution, Reference(message.record.table.logical_name, id))
    return id


@handles(Update)
def update(context: Context, message: Update) -> None:
    """Change columns of a row.

    Raises:
        EmulatorError: 0x80040217 or 0x80060891 when it is missing, 0x80060882 when its version is another one, and the
            codes of ``validation``, ``state``, ``currency`` and ``activities``.
    """
    target = resolve(context, message.target)
    if message.record.table.is_elastic:
        target = elastic.own_row(target, message.record)
    record = _on_typed_table(context, message.record, target)
    if not message.suppress_duplicates:
        refuse_duplicates(context, record.table, record.values, target.id)
    update_row(context, target, record, message.version)


@handles(Upsert)
def upsert(context: Context, message: Upsert) -> Upserted:
    """Update the row, or create it where it is missing (02 §3.2). A row of an elastic table is replaced as a whole.

    Raises:
        EmulatorError: 0x80040217 or 0x80060891 when it is missing and may not be created, 0x80040237 when it exists and
            may not be updated, and the codes of Create and Update.
    """
    target, record = message.target, message.record
    is_elastic = record.table.is_elastic
    reference = find(context, target)
    if is_elastic and reference is not None:
        reference = elastic.own_row(reference, record)
    if reference is not None and not context.store.exists(context.catalog.table(reference.table), reference.id):
        reference = None
    if reference is None:
        if not message.may_create or message.version is not None or _is_empty(target):
            raise missing(target)
        record = _with_key(record, target)
        return Upserted(create(context, Create(record, message.suppress_duplicates)), created=True)
    if not message.may_update:
        raise error("RecordExists")
    record = without_key(record, target)
    if is_elastic and message.may_create and message.version is None:
        record = elastic.replacement(context, record)
    update(context, Update(reference, record, message.version, message.suppress_duplicates))
    return Upserted(reference.id, created=False)


@handles(Delete)
def delete(context: Context, message: Delete) -> None:
    """Delete a row with what hangs on it.

    Raises:
        EmulatorError: 0x80040217 or 0x80060891 when it is missing, 0x80060882 when its version is another one,
            0x80040227 (405) when a relationship restricts, 0x80040315 for rows that cannot be deleted by themselves,
            the codes of ``protected``, 0x8004022E and 0x80043B09 for a line of a closed header.
    """
    target = resolve(context, message.target)
    table = context.catalog.table(target.table)
    columns = (table.primary_id, "versionnumber") if message.version is not None else (table.primary_id,)
    row = context.store.read(table, target.id, columns)
    if row is None:
        raise missing(message.target)
    facts = facts_of(context, table)
    if facts.is_read_only or table.logical_name in ("activityparty", "organization"):
        raise error("ActionNotSupported")
    check_version(table, row, message.version)
    check_line_deletable(context, facts, target)
    check_deletable(context, target)
    delete_with_children(context, target)
    if table.logical_name in SETTINGS_TABLES:
        forget(context)


def _on_typed_table(context: Context, record: Record, target: Reference) -> Record:
    """The record for the table that the row really belongs to (a write to ``activitypointer`` hits the task)."""
    if record.table.logical_name == target.table:
        return record
    return Record(context.catalog.table(target.table), record.values, record.related)


def _is_empty(target: Target) -> bool:
    """The key is all zeros: no row can have it, so none is made in its place (04 E-08)."""
    return isinstance(target, Reference) and target.id == EMPTY_GUID


def key_values(table: Table, target: Target) -> dict[str, Any]:
    """The columns of the key by which a row is named, with their values."""
    if isinstance(target, KeyReference):
        return dict(target.values)
    return {table.primary_id: target.id}


def _with_key(record: Record, target: Target) -> Record:
    """The record with the key of the request; a value of the body wins over an alternate key's, never over the id."""
    keys = key_values(record.table, target)
    if isinstance(target, KeyReference):
        return Record(record.table, {**keys, **record.values}, record.related)
    return Record(record.table, {**record.values, **keys}, record.related)


def without_key(record: Record, target: Target) -> Record:
    """The record without the columns of the request's key."""
    keys = key_values(record.table, target)
    values = {name: value for name, value in record.values.items() if name not in keys}
    return Record(record.table, values, record.related)
