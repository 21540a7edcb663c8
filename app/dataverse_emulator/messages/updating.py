"""How a row changes: checks, what follows from the changed columns, state and owner (contract 02 §3, 06 §1, §2, §4).

Only the columns of the old row that the changes make necessary are read.
"""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages import activities, addresses, composed, currency, state
from dataverse_emulator.messages.base import Context, KeyReference, Record, Related
from dataverse_emulator.messages.cascades import assign_children
from dataverse_emulator.messages.columns import check_owner, set_owner, stamp_change
from dataverse_emulator.messages.contents import refuse_without_file
from dataverse_emulator.messages.defaults import ADDRESS_TABLES
from dataverse_emulator.messages.elastic import note_lifetime
from dataverse_emulator.messages.facts import TableFacts, facts_of
from dataverse_emulator.messages.hierarchy import check_no_loop
from dataverse_emulator.messages.images import complete_images
from dataverse_emulator.messages.notes import complete_file
from dataverse_emulator.messages.organization_settings import SETTINGS_TABLES, forget
from dataverse_emulator.messages.protected import check_protected
from dataverse_emulator.messages.references import missing
from dataverse_emulator.messages.validation import check_key_values, check_reference
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.values import Reference


def check_version(table: Table, row: dict[str, Any], version: int | None) -> None:
    """Refuse a row of another version than the client demands.

    Raises:
        EmulatorError: 0x80060882 (412); 0x8006088D where the table has no optimistic concurrency, or no row versions.
    """
    if version is None:
        return
    if table.flags.get("isOptimisticConcurrencyEnabled", True) is False or "versionnumber" not in table.columns:
        raise error("ConcurrencyNotEnabled", table=table.logical_name)
    if row.get("versionnumber") != version:
        raise error("VersionMismatch")


def demand_version(context: Context, row: Reference, version: int | None) -> None:
    """Refuse a row of another version than the client demands; one that is missing is left to whoever asks for it.

    Raises:
        EmulatorError: as ``check_version``.
    """
    if version is None:
        return
    table = context.catalog.table(row.table)
    found = context.store.read(table, row.id, ("versionnumber",))
    if found is not None:
        check_version(table, found, version)


def update_row(
    context: Context, target: Reference, record: Record, version: int | None = None, link: str | None = None
) -> None:
    """Change columns of a row of a typed table.

    Args:
        link: a lookup that may be written although an Update may not, since the rows are associated (06 §3.1 has
            ``account.originatingleadid`` among them).

    Raises:
        EmulatorError: see ``records.update``; 0x80060888 for nested rows other than activity parties (E-36).
    """
    table = record.table
    facts = facts_of(context, table)
    values = record.values
    old = context.store.read(table, target.id, _columns_to_read(facts, values, record.related, version))
    if old is None:
        raise missing(target)
    if facts.is_read_only or table.logical_name == "activityparty":
        raise error("ActionNotSupported")
    check_version(table, old, version)
    for name in facts.files:
        if name in values:
            refuse_without_file(context, target, table.columns[name])
    party_lists = _party_lists(facts, record)

    changes = _checked_values(context, facts, values, link)
    state.check_editable(context, facts, old, _touched(changes, party_lists))
    changes.update(state.changed_state(context, facts, target.id, old, values))
    owner = _new_owner(context, facts, values)
    before = old.get("ownerid")
    if owner is not None:
        set_owner(context, facts, changes, owner)
    check_no_loop(context, table, target, changes)
    check_protected(context, table, target, changes)
    composed.compose_on_update(context, facts, old, changes)
    if facts.has_currency:
        currency.set_on_update(context, facts, target.id, old, changes)
    if facts.is_activity:
        activities.complete_on_update(context, facts, old, changes, values)
    complete_file(context, facts, changes)
    if facts.images:
        complete_images(context, facts, target.id, changes, is_new=False)
    stamp_change(context, facts, changes)
    if table.keys and not facts.is_elastic:
        _check_keys(context, table, target.id, changes)

    context.store.update(table, target.id, changes)
    if facts.is_elastic:
        note_lifetime(context, changes)
    if facts.address_rows:
        addresses.update_addresses(context, facts, old, changes)
    elif table.logical_name in ADDRESS_TABLES:
        addresses.carry_back(context, facts, old, changes)
    if facts.is_activity:
        row = {**old, **changes, table.primary_id: target.id}
        if any(column in changes for column in activities.PARTY_COLUMNS):
            activities.refresh_automatic_parties(context, table, row)
        for related in party_lists:
            activities.replace_parties(context, table, row, related)
    if owner is not None:
        assign_children(context, target, before if isinstance(before, Reference) else None, owner)
    if table.logical_name in SETTINGS_TABLES:
        forget(context)


def _columns_to_read(
    facts: TableFacts, values: dict[str, Any], related: list[Related], version: int | None
) -> tuple[str, ...]:
    """The columns of the old row that the changes depend on."""
    columns = [facts.table.primary_id]
    if version is not None:
        columns.append("versionnumber")
    if facts.initial_state is not None:
        columns.append("statecode")
        if facts.table.transitions:
            columns.append("statuscode")
    parent = state.needs_parent(facts)
    if parent is not None:
        columns.append(parent)
    if "ownerid" in values:
        columns.append("ownerid")
    columns.extend(composed.wanted(facts, values))
    if facts.has_currency:
        columns.extend(currency.wanted(facts, values))
    if facts.address_rows:
        columns.extend(addresses.wanted(facts, values))
    elif facts.table.logical_name in ADDRESS_TABLES:
        columns.extend(("parentid", "addressnumber"))
    if facts.is_activity:
        columns.extend(activities.wanted(facts, values))
        if related:
            columns.extend(name for name in ("scheduledstart", "scheduledend", "ownerid") if name in facts.columns)
    return tuple(dict.fromkeys(columns))


def _checked_values(context: Context, facts: TableFacts, values: dict[str, Any], link: str | None) -> dict[str, Any]:
    """The data columns that may be changed, checked and converted; others drop out silently."""
    rules = facts.update_rules
    lookups = facts.lookups
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if (name not in rules and name != link) or name == "ownerid":
            continue
        if value is not None:
            rule = rules.get(name)
            if rule is not None:
                value = rule(value)
            elif name in lookups:
                value = check_reference(context, lookups[name], value)
        if value is None and name in facts.not_null:
            raise error("ValueCannotBeNull")
        changes[name] = value
    return changes


def _new_owner(context: Context, facts: TableFacts, values: dict[str, Any]) -> Reference | None:
    if "ownerid" not in values or not facts.has_owner or not facts.owner_is_writable:
        return None
    value: Reference | KeyReference | None = values["ownerid"]
    return check_owner(context, value)


def _party_lists(facts: TableFacts, record: Record) -> list[Related]:
    for related in record.related:
        if not (facts.is_activity and activities.is_party_list(related)):
            raise error("DeepUpdate", navigation=related.navigation.name, table=facts.table.logical_name)
    return record.related


def _touched(changes: dict[str, Any], party_lists: list[Related]) -> dict[str, Any]:
    """What an Update writes, its party lists among it by the name of their navigation property."""
    if not party_lists:
        return changes
    return {**changes, **{related.navigation.name: related.items for related in party_lists}}


def _check_keys(context: Context, table: Table, id: str, changes: dict[str, Any]) -> None:
    """Check alternate keys of which a column changes."""
    columns = {column for key in table.keys for column in key.columns}
    if columns.isdisjoint(changes):
        return
    old = context.store.read(table, id, tuple(sorted(columns))) or {}
    check_key_values(context, table, {**old, **changes}, id)
