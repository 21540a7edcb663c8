"""The columns that the platform writes itself: identity, stamps, owner, state (06 §1, §2)."""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, KeyReference
from dataverse_emulator.messages.facts import TableFacts
from dataverse_emulator.messages.organization_settings import settings
from dataverse_emulator.messages.references import concrete, find_by_key
from dataverse_emulator.messages.validation import ACCESS_TEAM, OWNER_TABLES
from dataverse_emulator.values import EMPTY_GUID, Reference


def new_key(context: Context, id: object) -> str:
    """The primary key of a new row: the given one, unless it is null or all zeros."""
    return id if isinstance(id, str) and id != EMPTY_GUID else context.new_id()


def caller_reference(context: Context) -> Reference:
    """The user in whose name the message runs."""
    known = context.memo.get("caller")
    if not isinstance(known, Reference) or known.id != context.caller.user_id:
        known = context.memo["caller"] = Reference("systemuser", context.caller.user_id)
    return known


def _caller_unit(context: Context) -> Reference | None:
    id = context.caller.business_unit_id
    known = context.memo.get("caller's unit")
    if id and (not isinstance(known, Reference) or known.id != id):
        known = context.memo["caller's unit"] = Reference("businessunit", id)
    return known if id else None


def stamp_creation(context: Context, facts: TableFacts, row: dict[str, Any]) -> None:
    """Set created and modified stamps, row version and organization of a new row.

    Raises:
        EmulatorError: 0x80040203 when ``overriddencreatedon`` lies in the future.
    """
    columns = facts.columns
    user, now = caller_reference(context), context.now
    if "createdon" in columns:
        row["createdon"] = now
        overridden = row.get("overriddencreatedon")
        if overridden is not None:
            if overridden > now:
                raise error("InvalidArgument", message="The overridden creation date cannot be in the future.")
            row["createdon"], row["overriddencreatedon"] = overridden, now
    if "modifiedon" in columns:
        row["modifiedon"] = now
    if "createdby" in columns:
        row["createdby"] = user
    if "modifiedby" in columns:
        row["modifiedby"] = user
    if context.caller.on_behalf_of is not None:
        real = Reference("systemuser", context.caller.on_behalf_of)
        if "createdonbehalfby" in columns:
            row["createdonbehalfby"] = real
        if "modifiedonbehalfby" in columns:
            row["modifiedonbehalfby"] = real
    if "versionnumber" in columns:
        row["versionnumber"] = context.store.next_version()
    if facts.organization_column is not None:
        organization = settings(context).organization
        if organization is not None:
            is_lookup = facts.organization_column.is_lookup
            row.setdefault("organizationid", organization if is_lookup else organization.id)


def stamp_change(context: Context, facts: TableFacts, changes: dict[str, Any]) -> None:
    """Set the modified stamps and the row version of a changed row."""
    columns = facts.columns
    if "modifiedon" in columns:
        changes["modifiedon"] = context.now
    if "modifiedby" in columns:
        changes["modifiedby"] = caller_reference(context)
    if "modifiedonbehalfby" in columns:
        real = context.caller.on_behalf_of
        changes["modifiedonbehalfby"] = Reference("systemuser", real) if real is not None else None
    if "versionnumber" in columns:
        changes["versionnumber"] = context.store.next_version()


def set_owner(context: Context, facts: TableFacts, row: dict[str, Any], owner: Reference | None) -> None:
    """Set owner, owning user or team and owning business unit; without ``owner`` the caller owns the row.

    ``owner`` has passed ``check_owner`` before.
    """
    columns = facts.columns
    if owner is None or owner.id == context.caller.user_id:
        owner, unit = caller_reference(context), _caller_unit(context)
    else:
        unit = _unit_of(context, owner)
    row["ownerid"] = owner
    is_team = owner.table == "team"
    places = (
        ("owninguser", None if is_team else owner),
        ("owningteam", owner if is_team else None),
        ("owningbusinessunit", unit),
    )
    for name, value in places:
        if name in columns:
            # some tables keep plain ids here
            row[name] = value if value is None or name in facts.lookups else value.id


def check_owner(context: Context, value: Reference | KeyReference | None) -> Reference:
    """The owner that a row shall get.

    Raises:
        EmulatorError: 0x8004203E for null, 0x80040217 when there is no such user or team, 0x80048340 for an access
            team, 0x80040236 for a row of another table.
    """
    if value is None:
        raise error("ValueCannotBeNull")
    owner = find_by_key(context, value) if isinstance(value, KeyReference) else value
    owner = concrete(context, owner)
    if owner.table not in OWNER_TABLES:
        raise error("LookupTargetMismatch", attribute="ownerid", table="record", target=owner.table)
    if owner.id != context.caller.user_id:
        _unit_of(context, owner)
    return owner


def _unit_of(context: Context, owner: Reference) -> Reference | None:
    """The business unit of a user or team, read once a root message."""
    units: dict[str, Reference | None] = context.memo.setdefault("units", {})
    if owner.id not in units:
        names = ("businessunitid", "teamtype") if owner.table == "team" else ("businessunitid",)
        row = context.store.read(context.catalog.table(owner.table), owner.id, names)
        if row is None:
            raise error("ObjectDoesNotExist", table=owner.table, id=owner.id)
        if row.get("teamtype") == ACCESS_TEAM:
            raise error("AccessTeamCannotOwn")
        units[owner.id] = row["businessunitid"]
    return units[owner.id]
