"""State and status reason: what a row starts with, which changes are allowed, what is read-only after closing.

06 §4, 05 §2 to §2.2. The rules of single tables are the rows of ``TRANSITIONS`` and ``EDITABLE``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.columns import stamp_change
from dataverse_emulator.messages.facts import TableFacts, facts_of
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.values import Reference

STATE_COLUMNS = frozenset({"statecode", "statuscode"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change to a state that an Update may not make: unless the row comes from one of ``allowed_from``."""

    error: str
    fields: Mapping[str, str] = field(default_factory=dict)
    allowed_from: tuple[int, ...] = ()


def _use_message(table: str, state: str, message: str) -> Refusal:
    return Refusal("OpportunityStateMessage", {"table": table, "state": state, "message": message})


def _quote_message(state: str, message: str) -> Refusal:
    text = f"Quote status cannot be changed to {state}. Please use the {message} instead."
    return Refusal("InvalidArgument", {"message": text})


# (table, new state) → why an Update may not do it (05 §2.1); the codes of incident and quote are unverified
TRANSITIONS: dict[tuple[str, int], Refusal] = {
    ("opportunity", 1): _use_message("opportunity", "Won", "Won"),
    ("opportunity", 2): _use_message("opportunity", "Lost", "Lost"),
    ("quote", 1): Refusal("QuoteNotDraft", allowed_from=(0,)),
    ("quote", 2): _quote_message("Won", "WinQuoteRequest"),
    ("quote", 3): _quote_message("Closed", "CloseQuoteRequest"),
    ("salesorder", 4): Refusal(
        "InvalidArgument",
        {"message": "Order status cannot be changed to Invoiced. Please use the ConvertSalesOrderToInvoice instead."},
    ),
    ("invoice", 2): Refusal("InvoiceNotActive", allowed_from=(0,)),
    ("invoice", 3): Refusal("InvoiceNotActiveOrPaid", allowed_from=(0, 2)),
    ("incident", 1): _use_message("incident", "Resolved", "CloseIncidentRequest"),
}


@dataclass(frozen=True, slots=True)
class Editable:
    """In which states the columns of a row may be changed.

    ``parent`` is the lookup whose row's state counts (else the row's own); ``columns`` limits the rule to some.
    """

    states: tuple[int, ...]
    error: str
    parent: str | None = None
    columns: frozenset[str] | None = None


# 05 §2.2; every other table stays editable (ruling R2)
EDITABLE: dict[str, Editable] = {
    "quote": Editable((0,), "ReadOnlyEntity"),
    "quotedetail": Editable((0,), "ReadOnlyEntity", "quoteid"),
    "salesorder": Editable((0, 1), "ReadOnlyEntity"),
    "salesorderdetail": Editable((0, 1), "ReadOnlyEntity", "salesorderid"),
    "invoice": Editable((0,), "ReadOnlyEntity"),
    "invoicedetail": Editable((0,), "ReadOnlyEntity", "invoiceid"),
    "opportunityproduct": Editable((0,), "ParentReadOnly", "opportunityid"),
    "incident": Editable((0,), "ObjectInactive"),
    "email": Editable((0,), "ObjectInactive", columns=frozenset({"subject", "description", "email_activity_parties"})),
}


def start_state(facts: TableFacts, row: dict[str, Any], given: Mapping[str, Any], id: str) -> None:
    """Set state and reason of a new row: the default state, and the given reason where it belongs to that state.

    A given state is ignored (06 §4.2: not applied on create).

    Raises:
        EmulatorError: 0x80048408 for a reason of another state, or a reason or state that does not exist.
    """
    if facts.initial_state is None:
        if "statuscode" in facts.columns:
            status = given.get("statuscode")
            row["statuscode"] = facts.initial_status if status is None else status
        return
    table = facts.table
    state = given.get("statecode")
    if state is not None and table.state is not None and state not in table.state.labels:
        raise error("StateUnknown")
    row["statecode"] = facts.initial_state
    row["statuscode"] = facts.initial_status
    status = given.get("statuscode")
    if status is not None and "statuscode" in facts.columns:
        check_status(table, facts.initial_state, status, id)
        row["statuscode"] = status
    elif "statuscode" not in facts.columns:
        del row["statuscode"]


def check_status(table: Table, state: int, status: int, id: str) -> None:
    """Refuse a reason that does not exist or belongs to another state.

    Raises:
        EmulatorError: 0x80048408.
    """
    column = table.status
    if column is None:
        return
    if status not in column.labels:
        raise error("StatusUnknown", status=status, table=table.logical_name, id=id)
    if not any(option.value == status and option.state in (state, None) for option in column.options):
        raise error(
            "StatusNotOfState",
            status=status,
            schema=table.schema_name,
            state=state_name(table, state),
            table=table.logical_name,
            id=id,
        )


def state_name(table: Table, state: int) -> str:
    """The invariant name of a state (``Open``), as it stands in messages."""
    if table.state is not None:
        for option in table.state.options:
            if option.value == state:
                return option.invariant_name or option.label.replace(" ", "")
    return str(state)


def default_status(table: Table, state: int) -> int | None:
    """The reason that a state has unless another is named."""
    if table.state is not None:
        for option in table.state.options:
            if option.value == state and option.default_status is not None:
                return option.default_status
    if table.status is not None:
        return next((option.value for option in table.status.options if option.state == state), None)
    return None


def changed_state(
    context: Context, facts: TableFacts, id: str, old: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The state columns that an Update writes; empty when it names none.

    Only a state: the state's default reason. Only a reason: it must belong to the present state (ruling R1).

    Raises:
        EmulatorError: 0x80048408 for a pair that does not match; the codes of ``TRANSITIONS``;
            0x8004F00E for a reason that the table's transitions do not allow; 0x8004203E for no state.
    """
    table = facts.table
    if table.state is None or STATE_COLUMNS.isdisjoint(given):
        if "statuscode" in given and table.state is None and "statuscode" in facts.columns:
            return {"statuscode": given["statuscode"]}
        return {}
    present = old.get("statecode")
    state = given.get("statecode", present)
    if state is None and "statecode" in given:
        raise error("ValueCannotBeNull")
    if state is None or state not in table.state.labels:
        raise error("StateUnknown")
    status = given.get("statuscode")
    if status is None:
        status = default_status(table, state)
    else:
        check_status(table, state, status, id)
    if state != present:
        _check_transition(context, table, id, present, state)
        _check_order(table, old.get("statuscode"), status)
    return {"statecode": state, "statuscode": status}


def _check_transition(context: Context, table: Table, id: str, present: int | None, state: int) -> None:
    refusal = TRANSITIONS.get((table.logical_name, state))
    if refusal is not None and present not in refusal.allowed_from:
        raise error(refusal.error, **refusal.fields)
    if (table.logical_name, state) == ("incident", 2):
        pointer = context.catalog.table("activitypointer")
        where = {"regardingobjectid": Reference("incident", id), "statecode": 0}
        if context.store.find(pointer, where, ("activityid",), limit=1):
            raise error("OpenActivities")


def _check_order(table: Table, present: int | None, status: int | None) -> None:
    """Refuse a reason that the table's own transitions do not allow to follow (ruling R17, 06 §4.8)."""
    if present is None or status is None or not table.transitions or not table.flags.get("enforceStateTransitions"):
        return
    if status not in table.transitions.get(present, ()):
        raise error("StateTransition", status=status, table=table.logical_name, current=present)


def needs_parent(facts: TableFacts) -> str | None:
    """The lookup that must be read to know whether a row may be edited, or None."""
    rule = EDITABLE.get(facts.table.logical_name)
    return rule.parent if rule is not None else None


def check_editable(context: Context, facts: TableFacts, old: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Refuse changes of data columns where the table is read-only after closing.

    ``old`` holds ``statecode`` or the parent lookup; ``data`` the columns to be written without state and owner.

    Raises:
        EmulatorError: 0x8004022E, 0x80043B09 or 0x80040230, as the table's row in ``EDITABLE`` says.
    """
    rule = EDITABLE.get(facts.table.logical_name)
    if rule is None or not data or (rule.columns is not None and rule.columns.isdisjoint(data)):
        return
    state = old.get("statecode")
    if rule.parent is not None:
        parent = old.get(rule.parent) or data.get(rule.parent)
        if not isinstance(parent, Reference):
            return
        row = context.store.read(context.catalog.table(parent.table), parent.id, ("statecode",))
        state = row["statecode"] if row is not None else None
    if state is not None and state not in rule.states:
        raise error(rule.error)


def check_line_deletable(context: Context, facts: TableFacts, target: Reference) -> None:
    """Refuse to delete a line whose header is read-only (05 §2.2); lines that go with their header are not asked.

    Raises:
        EmulatorError: 0x8004022E or 0x80043B09.
    """
    rule = EDITABLE.get(facts.table.logical_name)
    if rule is not None and rule.parent is not None:
        row = context.store.read(facts.table, target.id, (rule.parent,))
        check_editable(context, facts, row or {}, {facts.table.primary_id: target.id})


def change_state(context: Context, target: Reference, state: int, status: int, **columns: Any) -> None:
    """Set state and reason as a business message may: without the refusals that meet an Update.

    ``columns`` are further columns to be written with them. The pair must be valid.
    """
    table = context.catalog.table(target.table)
    facts = facts_of(context, table)
    changes: dict[str, Any] = {"statecode": state, "statuscode": status, **columns}
    stamp_change(context, facts, changes)
    context.store.update(table, target.id, changes)
