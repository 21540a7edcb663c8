"""Merge: one row is folded into another of its table (contract 02 §16, 05 §8, 06 §8).

The rows that hang on the subordinate over relationships whose Merge setting is Cascade go to the target. The target
takes over nothing but what ``UpdateContent`` names.
"""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.activities import refresh_automatic_parties
from dataverse_emulator.messages.base import Context, Operation, OperationResult, Record, operation
from dataverse_emulator.messages.cascades import is_stored_lookup
from dataverse_emulator.messages.columns import stamp_change
from dataverse_emulator.messages.defaults import ADDRESS_TABLES
from dataverse_emulator.messages.facts import facts_of
from dataverse_emulator.messages.references import concrete, reference_of
from dataverse_emulator.messages.state import change_state
from dataverse_emulator.messages.updating import update_row
from dataverse_emulator.metadata.catalog import OneToMany, Table
from dataverse_emulator.values import Reference

# table → state and reason of the row that was folded in
MERGED_STATES = {"account": (1, 2), "contact": (1, 2), "lead": (2, 4), "incident": (2, 2000)}
# table → the lookups that make a parent (which ones count is inferred)
PARENTS = {
    "account": ("parentaccountid",),
    "contact": ("parentcustomerid",),
    "lead": ("parentaccountid", "parentcontactid"),
    "incident": ("parentcaseid",),
}
ACTIVE = 0
ACTIVE_QUOTE = 1
_LAST_OWN_ADDRESS = 3  # addresses up to this number are columns of their row, too, and stay with it


@operation("Merge")
def merge(context: Context, message: Operation) -> OperationResult:
    """Fold ``Subordinate`` into ``Target``.

    Raises:
        EmulatorError: 0x80040203 for tables that cannot be merged or differ, 0x80040217 for a row that is missing,
            0x80045305 for one row twice, 0x80045304 for an inactive row, 0x80045302 for a subordinate with an active
            quote, 0x80045316 for other parents where ``PerformParentingChecks`` is set, and the codes of Update.
    """
    parameters = message.parameters
    target = _row_named(context, parameters["Target"])
    subordinate = _row_named(context, parameters["Subordinate"])
    _check_rows(context, target, subordinate, is_checked=bool(parameters.get("PerformParentingChecks")))
    content = parameters.get("UpdateContent")
    if isinstance(content, Record) and target.table != "incident":
        _check_same_table(target, content.table.logical_name)
        update_row(context, target, Record(content.table, _without_key(content)))
    _move_children(context, subordinate, target)
    state, status = MERGED_STATES[target.table]
    change_state(context, subordinate, state, status, merged=True, masterid=target)
    return OperationResult()


def _row_named(context: Context, value: Any) -> Reference:
    reference = reference_of(context, value)
    if reference is None:
        raise error("EntityWithoutKey")
    return reference


def _without_key(content: Record) -> dict[str, Any]:
    key = content.table.primary_id
    return {name: value for name, value in content.values.items() if name != key}


def _check_rows(context: Context, target: Reference, subordinate: Reference, *, is_checked: bool) -> None:
    if target.table not in MERGED_STATES:
        raise error("InvalidArgument", message=f"Rows of table '{target.table}' cannot be merged.")
    _check_same_table(target, subordinate.table)
    if target == subordinate:
        raise error("MergeIdentical")
    table = context.catalog.table(target.table)
    parents = PARENTS[target.table]
    rows = []
    for reference in (target, subordinate):
        row = context.store.read(table, reference.id, ("statecode", *parents))
        if row is None:
            raise error("ObjectDoesNotExist", table=reference.table, id=reference.id)
        if row["statecode"] != ACTIVE:
            raise error("MergeInactive")
        rows.append(row)
    quotes = context.catalog.find("quote")
    if target.table in ("account", "contact") and quotes is not None:
        where = {"customerid": subordinate, "statecode": ACTIVE_QUOTE}
        if context.store.find(quotes, where, (quotes.primary_id,), limit=1):
            raise error("MergeActiveQuote")
    if is_checked and any(rows[0][name] != rows[1][name] for name in parents):
        raise error("MergeDifferentParents")


def _check_same_table(target: Reference, other: str) -> None:
    if other != target.table:
        raise error("InvalidArgument", message="Only rows of the same table can be merged.")


def _move_children(context: Context, subordinate: Reference, target: Reference) -> None:
    for one in context.catalog.children_of(subordinate.table):
        if one.cascade.get("Merge") != "Cascade" or not is_stored_lookup(context, one):
            continue
        for id in context.store.referencing(one, subordinate.id):
            child = concrete(context, Reference(one.referencing_table, id))
            _move(context, one, context.catalog.table(child.table), child, target)


def _move(context: Context, one: OneToMany, table: Table, child: Reference, target: Reference) -> None:
    """Point a child to the target; the target itself loses the link, for it cannot be its own parent."""
    column = one.referencing_column
    if table.logical_name in ADDRESS_TABLES:
        row = context.store.read(table, child.id, ("addressnumber",))
        if row is not None and row["addressnumber"] is not None and row["addressnumber"] <= _LAST_OWN_ADDRESS:
            return
    facts = facts_of(context, table)
    changes: dict[str, Any] = {column: None if child == target else target}
    stamp_change(context, facts, changes)
    context.store.update(table, child.id, changes)
    if facts.is_activity and column == "regardingobjectid":
        changed = context.store.read(table, child.id)
        if changed is not None:
            refresh_automatic_parties(context, table, changed)
