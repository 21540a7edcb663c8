"""Accounts and contacts stand in trees: none may come to stand above itself (06 §14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.values import Reference

# table → its lookup to the row above, and the error (that of contacts by analogy, inferred)
PARENTS = {"account": ("parentaccountid", "AccountLoop"), "contact": ("parentcustomerid", "ContactLoop")}


def check_no_loop(context: Context, table: Table, target: Reference, changes: Mapping[str, Any]) -> None:
    """Refuse a parent that stands below the row.

    Raises:
        EmulatorError: 0x80040507, 0x8004050A.
    """
    column, name = PARENTS.get(table.logical_name, ("", ""))
    parent, seen = changes.get(column), set[str]()
    while isinstance(parent, Reference) and parent.table == target.table and parent.id not in seen:
        if parent.id == target.id:
            raise error(name)
        seen.add(parent.id)
        row = context.store.read(table, parent.id, (column,))
        parent = row[column] if row is not None else None
