"""Rows that the organization itself stands on: what may not be done to them while they are in use (06 §5, §13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.facts import facts_of
from dataverse_emulator.messages.organization_settings import settings
from dataverse_emulator.messages.solution_rows import (
    SOLUTION_TABLES,
    check_solution_change,
    check_solution_deletable,
)
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.values import Reference

# What an Update of the base currency may not write → the error, unless the value is this one
_BASE_CURRENCY = {"exchangerate": ("BaseCurrencyRate", 1), "statecode": ("BaseCurrencyActive", 0)}


def check_deletable(context: Context, target: Reference) -> None:
    """Refuse to delete the base currency, a default team or one with rows, a queue with items, system solutions.

    Raises:
        EmulatorError: 0x80048CFF, 0x80048307, 0x8004830E, 0x80631117, 0x8004F005, 0x8004F006.
    """
    if target.table in SOLUTION_TABLES:
        check_solution_deletable(context, target)
    if target.table == "transactioncurrency" and _is_base_currency(context, target):
        raise error("BaseCurrencyInUse")
    if target.table == "team":
        _check_team(context, target)
    if target.table == "queue":
        items = context.catalog.table("queueitem")
        if context.store.find(items, {"queueid": target}, (items.primary_id,), limit=1):
            raise error("QueueHasItems")


def check_protected(context: Context, table: Table, target: Reference, changes: Mapping[str, Any]) -> None:
    """Refuse another rate or state of the base currency, and changes of the platform's solutions.

    Raises:
        EmulatorError: 0x80048CF5, 0x80048CF4, 0x8004F00A, 0x8004F01E.
    """
    if table.logical_name in SOLUTION_TABLES:
        check_solution_change(context, table, target, changes)
    if table.logical_name != "transactioncurrency" or not _is_base_currency(context, target):
        return
    for column, (name, allowed) in _BASE_CURRENCY.items():
        if changes.get(column, allowed) != allowed:
            raise error(name)


def _check_team(context: Context, team: Reference) -> None:
    """Refuse to delete the default team of a business unit (0x80048307) and a team that owns rows (0x8004830E)."""
    row = context.store.read(context.catalog.table("team"), team.id, ("isdefault",))
    if row is not None and row["isdefault"]:
        raise error("DefaultTeam")
    if _owns_rows(context, team):
        raise error("TeamOwnsRows")


def _is_base_currency(context: Context, target: Reference) -> bool:
    base = settings(context).base_currency
    return base is not None and base.id == target.id


def _owns_rows(context: Context, team: Reference) -> bool:
    for one in context.catalog.children_of("owner"):
        table = context.catalog.find(one.referencing_table)
        if one.referencing_column != "ownerid" or table is None or not facts_of(context, table).has_owner:
            continue
        if context.store.referencing(one, team.id, limit=1):
            return True
    return False
