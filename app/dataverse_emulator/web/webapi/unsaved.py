"""Rows that are not stored, as a client can send them back to create them (contract 02 §1.3)."""

from __future__ import annotations

from typing import Any

from dataverse_emulator.messages.base import Record
from dataverse_emulator.metadata.catalog import Catalog, Column
from dataverse_emulator.values import Reference

BIND = "@odata.bind"
NAMESPACE = "#Microsoft.Dynamics.CRM."


def represent_unsaved(record: Record, catalog: Catalog) -> dict[str, Any]:
    """The members of a row: its type, its values, and its lookups as binds."""
    members: dict[str, Any] = {"@odata.type": f"{NAMESPACE}{record.table.edm_type_name}"}
    for name, value in record.values.items():
        column = record.table.columns[name]
        if isinstance(value, Reference):
            navigation = _navigation(column, value)
            if navigation is not None:
                members[navigation + BIND] = f"{catalog.table(value.table).entity_set_name}({value.id})"
        elif column.edm_name is not None:
            members[column.edm_name] = value
    return members


def _navigation(column: Column, value: Reference) -> str | None:
    """The navigation property that writes the lookup."""
    by_target = column.navigation
    found = by_target.get(value.table)
    if found is None and value.table in ("systemuser", "team"):
        found = by_target.get("owner")
    return found
