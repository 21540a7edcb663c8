"""What goes when a table or a relationship goes (contract 07 §8)."""

from __future__ import annotations

from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.contents import drop_columns
from dataverse_emulator.messages.metadata.message_filters import remove_message_filters
from dataverse_emulator.messages.metadata.parts import Changes, commit, refuse_column_of_key, without_column
from dataverse_emulator.metadata.catalog import ManyToMany, OneToMany, Table
from dataverse_emulator.metadata.overlay import COLUMN, KEY, MANY_TO_MANY, ONE_TO_MANY, TABLE, table_of


def without_table(context: Context, table: Table) -> None:
    """Delete a table with all that belongs to it.

    Raises:
        EmulatorError: 0x8004F01F when a key of another table uses a lookup that would go.
    """
    catalog, name = context.catalog, table.logical_name
    drop_columns(context, table, table.columns.values())
    changes: Changes = {}
    gone = {name}
    for many in catalog.links_of(name):
        changes[MANY_TO_MANY, many.schema_name] = None
        gone.add(many.intersect_table)
    for one in catalog.children_of(name):
        if one.referencing_table not in gone:
            _release(context, one, changes)
    for kind, text in catalog.parts:
        is_own = kind in (TABLE, COLUMN, KEY) and table_of(text) in gone
        part = catalog.parts[kind, text]
        if kind == ONE_TO_MANY and gone & {part["referencedTable"], part["referencingTable"]}:
            is_own = True
        if is_own:
            changes[kind, text] = None
    if table.base is not None:
        _delete_base_rows(context, table)
    remove_message_filters(context, name)
    commit(context, changes)


def _delete_base_rows(context: Context, table: Table) -> None:
    """Rows of an activity have a twin and parties; both go with the table."""
    for row in context.store.find(table, {}, (table.primary_id,)):
        id = row[table.primary_id]
        parties = context.catalog.table("activityparty")
        for party in context.store.find(parties, {"activityid": id}, (parties.primary_id,)):
            context.store.delete(parties, party[parties.primary_id])
        context.store.delete(table, id)


def without_relationship(context: Context, relationship: OneToMany | ManyToMany) -> None:
    """Delete a relationship with its lookup (when it is the lookup's only one) or its intersect table."""
    changes: Changes = {}
    if isinstance(relationship, ManyToMany):
        changes[MANY_TO_MANY, relationship.schema_name] = None
        for kind, text in context.catalog.parts:
            if kind in (TABLE, COLUMN) and table_of(text) == relationship.intersect_table:
                changes[kind, text] = None
    else:
        changes[ONE_TO_MANY, relationship.schema_name] = None
        _release(context, relationship, changes)
    commit(context, changes)


def _release(context: Context, one: OneToMany, changes: Changes) -> None:
    """Let a lookup forget one of its targets, or let it go with its last one."""
    table = context.catalog.table(one.referencing_table)
    column = table.columns.get(one.referencing_column)
    if column is None:
        return
    if column.is_custom and set(column.targets) <= {one.referenced_table}:
        refuse_column_of_key(table, column.logical_name)
        without_column(context, table, column.logical_name, changes)
    elif column.is_stored and column.is_polymorphic:
        context.store.definitions.forget_target(table, column, one.referenced_table)
