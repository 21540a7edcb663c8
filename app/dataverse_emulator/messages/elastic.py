"""Rows of elastic tables: partitions, lifetimes, replacement, and no transactions of several messages (02 §17).

A row is known by its primary key and its partition together (``PartitionedId``); a primary key alone means the row in
the partition of the same name, which is where a row without ``partitionid`` goes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dataverse_emulator.messages.base import Context, Create, Delete, Message, Operation, Record, Update, Upsert
from dataverse_emulator.messages.facts import facts_of
from dataverse_emulator.metadata.catalog import Catalog, Table
from dataverse_emulator.values import LIFETIME, PARTITION, PartitionedId, Reference, partition_of

BULK = frozenset({"CreateMultiple", "UpdateMultiple", "UpsertMultiple", "DeleteMultiple"})


def place_row(context: Context, table: Table, row: dict[str, Any]) -> PartitionedId:
    """Put a new row into its partition, that of its key unless it names one; its key with the partition."""
    id = row[table.primary_id]
    within = row.get(PARTITION) or partition_of(id)
    row[table.primary_id], row[PARTITION] = str(id), str(within)
    note_lifetime(context, row)
    return PartitionedId(id, str(within))


def note_lifetime(context: Context, values: dict[str, Any]) -> None:
    """Remember when a row expires whose lifetime is written; it counts from the row's last change (inferred)."""
    seconds = values.get(LIFETIME)
    if seconds is not None:
        context.store.expiry.note(values.get("modifiedon") or context.now, seconds)


def own_row(target: Reference, record: Record) -> Reference:
    """The row that a message means: beside a primary key alone, the record's own ``partitionid`` counts."""
    within = record.values.get(PARTITION)
    if isinstance(target.id, PartitionedId) or not isinstance(within, str) or not within:
        return target
    return Reference(target.table, PartitionedId(target.id, within))


def replacement(context: Context, record: Record) -> Record:
    """The record with all columns that it does not name as a new row has them: an upsert replaces the whole row."""
    facts = facts_of(context, record.table)
    kept = facts.not_null | {"ownerid"}
    others = {name: facts.defaults.get(name) for name in facts.update_rules if name not in kept}
    return Record(record.table, {**others, **record.values}, record.related)


def stands_alone(message: Message, catalog: Catalog) -> bool:
    """What the message writes are rows of an elastic table, which stay whatever becomes of the messages around it."""
    if isinstance(message, Create | Update | Upsert):
        return message.record.table.is_elastic
    if isinstance(message, Delete):
        return catalog.table(message.target.table).is_elastic
    return (
        isinstance(message, Operation)
        and message.name in BULK
        and message.table is not None
        and message.table.is_elastic
    )


def made_again(message: Message, catalog: Catalog) -> Message:
    """A message that stands alone, for the tables as they are now: the definitions around it may have been undone.

    Values of columns that are gone are left out. Where the table is gone, the message is as it was.
    """
    if isinstance(message, Create | Update | Upsert):
        return replace(message, record=_for_present_table(message.record, catalog))
    if isinstance(message, Operation) and message.table is not None:
        targets = [
            _for_present_table(item, catalog) if isinstance(item, Record) else item
            for item in message.parameters["Targets"]
        ]
        table = catalog.find(message.table.logical_name) or message.table
        return replace(message, table=table, parameters={**message.parameters, "Targets": targets})
    return message


def _for_present_table(record: Record, catalog: Catalog) -> Record:
    table = catalog.find(record.table.logical_name)
    if table is None or table is record.table:
        return record
    values = {name: value for name, value in record.values.items() if name in table.columns}
    return replace(record, table=table, values=values)
