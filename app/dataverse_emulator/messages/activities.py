"""Activities: their parties, dates and durations (06 §6). The store keeps ``activitypointer`` in step by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Record, Related
from dataverse_emulator.messages.facts import TableFacts, facts_of
from dataverse_emulator.messages.validation import check_reference
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.values import Reference

PARTY_TABLE = "activityparty"
REGARDING, OWNER = 8, 9
AUTOMATIC_ROLES = (REGARDING, OWNER)
PARTY_COLUMNS = ("regardingobjectid", "ownerid")  # those that the automatic roles come from
COMPLETED = 1
LONGEST_DURATION = 2**31 - 1  # minutes; the columns are Edm.Int32

# Roles that a table's parties may have (06 §6); tables that are not listed take all
ALLOWED_ROLES: dict[str, frozenset[int]] = {
    "appointment": frozenset({5, 6, 7}),
    "email": frozenset({1, 2, 3, 4}),
    "phonecall": frozenset({1, 2}),
    "fax": frozenset({1, 2}),
    "letter": frozenset({1, 2, 4}),
    "campaignresponse": frozenset({11}),
    "serviceappointment": frozenset({10, 11}),
}

# The column with a party's e-mail address, by table (inferred; others have none)
EMAIL_COLUMNS = {
    "account": "emailaddress1",
    "contact": "emailaddress1",
    "lead": "emailaddress1",
    "systemuser": "internalemailaddress",
    "queue": "emailaddress",
    "equipment": "emailaddress",
}

_DATE_COLUMNS = ("scheduledstart", "scheduledend", "actualstart", "actualend")
_DURATIONS = (
    ("scheduledstart", "scheduledend", "scheduleddurationminutes"),
    ("actualstart", "actualend", "actualdurationminutes"),
)


def is_party_list(related: Related) -> bool:
    """The nested rows are parties of an activity."""
    return related.navigation.target == PARTY_TABLE and related.navigation.column == "activityid"


def complete_on_create(facts: TableFacts, row: dict[str, Any]) -> None:
    """Set type, dates and durations of a new activity.

    Raises:
        EmulatorError: 0x80040203 for an appointment that ends before it starts.
    """
    row["activitytypecode"] = facts.table.logical_name
    if "isregularactivity" in facts.columns:
        row["isregularactivity"] = True
    if "instancetypecode" in facts.columns:
        row.setdefault("instancetypecode", 0)
    _complete_dates(facts, row, row, row)


def wanted(facts: TableFacts, given: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of the old row that ``complete_on_update`` needs for these changes."""
    names = given.keys()
    if (
        "statecode" not in names
        and names.isdisjoint(_DATE_COLUMNS)
        and names.isdisjoint(("ownerid", "regardingobjectid"))
    ):
        return ()
    return tuple(
        column
        for column in (*_DATE_COLUMNS, "actualdurationminutes", "ownerid", "regardingobjectid")
        if column in facts.columns
    )


def complete_on_update(
    context: Context, facts: TableFacts, old: Mapping[str, Any], changes: dict[str, Any], given: Mapping[str, Any]
) -> None:
    """Set the end of an activity that gets completed, and its durations.

    Raises:
        EmulatorError: 0x80040203 for an appointment that ends before it starts.
    """
    if changes.get("statecode") == COMPLETED and old.get("statecode") != COMPLETED and "actualend" in facts.columns:
        end = changes.get("actualend", old.get("actualend"))
        if end is None:
            changes["actualend"] = context.now
    _complete_dates(facts, {**old, **changes}, changes, given)


def _complete_dates(facts: TableFacts, row: Mapping[str, Any], into: dict[str, Any], given: Mapping[str, Any]) -> None:
    if facts.table.logical_name == "appointment":
        start, end = row.get("scheduledstart"), row.get("scheduledend")
        if start is not None and end is not None and end < start:
            raise error("InvalidArgument", message="The appointment's end cannot be before its start.")
    for first, last, duration in _DURATIONS:
        start, end = row.get(first), row.get(last)
        if start is None or end is None or duration not in facts.columns or given.get(duration) is not None:
            continue
        if first in into or last in into:
            into[duration] = _minutes(start, end)


def _minutes(start: str, end: str) -> int:
    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text.removesuffix("Z"))

    return min(max(0, int((moment(end) - moment(start)).total_seconds() // 60)), LONGEST_DURATION)


def make_parties(
    context: Context, activity: Table, row: Mapping[str, Any], items: Iterable[Any]
) -> list[dict[str, Any]]:
    """The party rows of an activity as the client gave them.

    Args:
        row: the activity's row, with key, owner and dates.
        items: the nested records.

    Raises:
        EmulatorError: 0x80048501 for an activity as party, 0x80043504 when party and address are missing,
            0x80040200 without a role, 0x80040203 for a role that the activity does not have.
    """
    return [_party_row(context, activity, row, item) for item in items]


def automatic_parties(context: Context, activity: Table, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The party rows that the platform adds by itself: the regarding row (8) and the owner (9)."""
    parties = []
    allowed = context.catalog.table(PARTY_TABLE).column("partyid").targets
    for role, column in ((REGARDING, "regardingobjectid"), (OWNER, "ownerid")):
        target = row.get(column)
        if isinstance(target, Reference) and (target.table in allowed or role == OWNER):
            parties.append(_finish(context, activity, row, {"partyid": target, "participationtypemask": role}))
    return parties


def insert_parties(context: Context, parties: list[dict[str, Any]], *, are_automatic: bool = False) -> None:
    """Add party rows; clients may have given the keys of those that are not automatic."""
    if parties:
        context.store.insert_many(context.catalog.table(PARTY_TABLE), parties, have_new_keys=are_automatic)


def replace_parties(context: Context, activity: Table, row: Mapping[str, Any], related: Related) -> None:
    """Put the given parties in the place of those of the same roles (06 §6; unverified), or of all (02 §8).

    Parties that the platform added stay; an empty list removes all others.
    """
    new = make_parties(context, activity, row, related.items)
    roles = {party["participationtypemask"] for party in new}
    is_whole = related.replaces_all or not roles
    _remove(
        context,
        row[activity.primary_id],
        lambda role: role not in AUTOMATIC_ROLES and (is_whole or role in roles),
    )
    insert_parties(context, new)


def refresh_automatic_parties(context: Context, activity: Table, row: Mapping[str, Any]) -> None:
    """Make the regarding and owner parties again after a change of these columns."""
    _remove(context, row[activity.primary_id], lambda role: role in AUTOMATIC_ROLES)
    insert_parties(context, automatic_parties(context, activity, row), are_automatic=True)


def _remove(context: Context, activity_id: str, is_meant: Callable[[int | None], bool]) -> None:
    table = context.catalog.table(PARTY_TABLE)
    for party in context.store.find(table, {"activityid": activity_id}, ("activitypartyid", "participationtypemask")):
        if is_meant(party["participationtypemask"]):
            context.store.delete(table, party["activitypartyid"])


def _party_row(context: Context, activity: Table, row: Mapping[str, Any], item: Any) -> dict[str, Any]:
    if not isinstance(item, Record):
        raise error("InvalidArgument", message="Activity parties can only be given as new rows.")
    table = context.catalog.table(PARTY_TABLE)
    facts = facts_of(context, table)
    values: dict[str, Any] = {}
    for name, value in item.values.items():
        if name not in facts.create_rules:
            continue
        rule = facts.create_rules[name]
        values[name] = rule(value) if rule is not None and value is not None else value
    role = values.get("participationtypemask")
    if role is None:
        raise error("RequiredFieldMissing")
    allowed = ALLOWED_ROLES.get(activity.logical_name)
    if allowed is not None and role not in allowed and role not in AUTOMATIC_ROLES:
        raise error(
            "InvalidArgument", message=f"A party of type {role} is not allowed for {activity.logical_name} activities."
        )
    party = values.get("partyid")
    if party is not None:
        if context.catalog.table(party.table).is_activity and party.table not in table.column("partyid").targets:
            raise error("PartyIsActivity")
        values["partyid"] = check_reference(context, table.column("partyid"), party)
    elif not values.get("addressused"):
        raise error("PartyMissing")
    return _finish(context, activity, row, values)


def _finish(context: Context, activity: Table, row: Mapping[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    facts = facts_of(context, context.catalog.table(PARTY_TABLE))
    made = {**facts.defaults, **values}
    if not made.get("activitypartyid"):
        made["activitypartyid"] = context.new_id()
    made["activityid"] = Reference(activity.logical_name, row[activity.primary_id])
    if "instancetypecode" in facts.columns:
        made.setdefault("instancetypecode", 0)
    for column in ("scheduledstart", "scheduledend", "ownerid"):
        if column in facts.columns and row.get(column) is not None:
            made[column] = row[column]
    party = made.get("partyid")
    if (
        isinstance(party, Reference)
        and not made.get("addressused")
        and made["participationtypemask"] not in AUTOMATIC_ROLES
    ):
        made["addressused"] = _address_of(context, party)
    made["versionnumber"] = context.store.next_version()
    return made


def _address_of(context: Context, party: Reference) -> str | None:
    column = EMAIL_COLUMNS.get(party.table)
    table = context.catalog.table(party.table)
    if column is None or column not in table.columns:
        return None
    found = context.store.read(table, party.id, (column,))
    return found[column] if found is not None else None
