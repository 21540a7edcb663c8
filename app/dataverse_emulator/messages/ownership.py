"""Assign: a row gets another owner, and with it what hangs on it (06 §2)."""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.activities import refresh_automatic_parties
from dataverse_emulator.messages.base import Assign, Context, handles
from dataverse_emulator.messages.cascades import assign_children
from dataverse_emulator.messages.columns import check_owner, set_owner, stamp_change
from dataverse_emulator.messages.facts import facts_of
from dataverse_emulator.messages.references import missing, resolve
from dataverse_emulator.values import Reference


@handles(Assign)
def assign(context: Context, message: Assign) -> None:
    """Give a row to a user or team.

    Raises:
        EmulatorError: 0x80040217 when row or owner is missing, 0x80048340 for an access team, 0x80040315 for a table
            whose rows have no owner.
    """
    target = resolve(context, message.target)
    table = context.catalog.table(target.table)
    facts = facts_of(context, table)
    if not facts.has_owner or not facts.owner_is_writable:
        raise error("ActionNotSupported")
    columns = ["ownerid"]
    if facts.is_activity:
        columns.extend(
            name for name in ("regardingobjectid", "scheduledstart", "scheduledend") if name in facts.columns
        )
    row = context.store.read(table, target.id, columns)
    if row is None:
        raise missing(target)
    owner = check_owner(context, message.owner)
    changes: dict[str, Any] = {}
    set_owner(context, facts, changes, owner)
    stamp_change(context, facts, changes)
    context.store.update(table, target.id, changes)
    if facts.is_activity:
        refresh_automatic_parties(context, table, {**row, **changes, table.primary_id: target.id})
    before = row["ownerid"]
    assign_children(context, target, before if isinstance(before, Reference) else None, owner)
