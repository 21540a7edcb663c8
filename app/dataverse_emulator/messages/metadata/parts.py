"""Changes of what users defined: gathered by a message, carried out at once."""

from __future__ import annotations

from typing import Any, TypeAlias

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.metadata.overlay import COLUMN, TABLE

Changes: TypeAlias = dict[tuple[str, str], dict[str, Any] | None]


def commit(context: Context, changes: Changes) -> None:
    """Change the catalog and the store; what a context remembers of tables stays right, since it goes by version."""
    if changes:
        context.store.define(changes)


def without_column(context: Context, table: Table, name: str, changes: Changes) -> None:
    """Let a column go, and the columns that belong to it."""
    own = {name}
    own.update(each.logical_name for each in table.columns.values() if each.attribute_of == name)
    if table.columns[name].type == "Money":
        own.add(f"{name}_base")
    for each in own:
        if context.catalog.part(COLUMN, f"{table.logical_name}.{each}") is not None:
            changes[COLUMN, f"{table.logical_name}.{each}"] = None
    if table.primary_image == name:
        change_head(context, table.logical_name, changes, primaryImage=None)


def refuse_column_of_key(table: Table, name: str) -> None:
    """Refuse to let a column go that a key holds.

    Raises:
        EmulatorError: 0x8004F01F.
    """
    for key in table.keys:
        if name in key.columns:
            raise error("ComponentInUse", kind="Attribute", name=name, by=f"the key {key.logical_name}")


def change_head(context: Context, table: str, changes: Changes, **members: Any) -> None:
    """Change members of a table's head in the changes gathered so far."""
    head = changes.get((TABLE, table)) or context.catalog.part(TABLE, table) or {}
    changes[TABLE, table] = {**head, **members}
