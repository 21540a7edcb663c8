"""A row that is there already takes the values of a file (compare ``messages.updating``).

What follows from a change follows here too: composed texts, base currency, addresses, parties. What the file says
stands above it, stamps included; nobody's permission is asked, and no state stands in the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.importing.values import VERSION
from dataverse_emulator.messages import activities, addresses, composed, currency
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.columns import set_owner, stamp_change
from dataverse_emulator.messages.facts import facts_of
from dataverse_emulator.messages.organization_settings import SETTINGS_TABLES, forget
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.values import Reference


def change_row(context: Context, table: Table, id: str, values: Mapping[str, Any]) -> None:
    """Change a row.

    Args:
        values: logical name → value in the engine's form, without the key.

    Raises:
        EmulatorError: 0x80048CFB for money without a currency; 0x80048479 and 0x8004480E when the currency of an
            opportunity or quote with lines changes.
    """
    facts = facts_of(context, table)
    changes = dict(values)
    wanted = [table.primary_id, *composed.wanted(facts, changes)]
    if facts.has_currency:
        wanted += currency.wanted(facts, changes)
    if facts.address_rows:
        wanted += addresses.wanted(facts, changes)
    if facts.is_activity:
        wanted += activities.PARTY_COLUMNS
    columns = tuple(dict.fromkeys(name for name in wanted if name in table.columns))
    old = context.store.read(table, id, columns) or {}
    owner = changes.get("ownerid") if facts.has_owner else None
    if isinstance(owner, Reference) and context.store.exists(context.catalog.table(owner.table), owner.id):
        set_owner(context, facts, changes, owner)
    composed.compose_on_update(context, facts, old, changes)
    if facts.has_currency:
        currency.set_on_update(context, facts, id, old, changes)
    stamp_change(context, facts, changes)
    changes |= {name: value for name, value in values.items() if name not in facts.money and name != VERSION}
    context.store.update(table, id, changes)
    if facts.address_rows:
        addresses.update_addresses(context, facts, old, changes)
    if facts.is_activity and any(name in values and values[name] != old.get(name) for name in activities.PARTY_COLUMNS):
        activities.refresh_automatic_parties(context, table, {**old, **changes, table.primary_id: id})
    if table.logical_name in SETTINGS_TABLES:
        forget(context)
