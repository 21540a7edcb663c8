"""What happens to related rows when a row is deleted or gets another owner (06 §2, §8, §13).

The settings are data of the relationships. A deletion is planned first, children before parents, then checked against
relationships that restrict, then carried out; loops end because a row is planned once.
"""

from __future__ import annotations

from dataclasses import dataclass

from dataverse_emulator.errors import error
from dataverse_emulator.messages.activities import PARTY_TABLE, refresh_automatic_parties
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.columns import set_owner, stamp_change
from dataverse_emulator.messages.contents import drop_contents
from dataverse_emulator.messages.defaults import CUSTOMER_OF_PARENTS, OUTLIVES_PARENT_CUSTOMER
from dataverse_emulator.messages.facts import facts_of
from dataverse_emulator.messages.references import BASE_TABLES, concrete
from dataverse_emulator.metadata.catalog import ManyToMany, OneToMany, Table
from dataverse_emulator.values import Reference


@dataclass(frozen=True, slots=True)
class Cascades:
    """The relationships of a table that matter, by what they do."""

    version: int
    delete: tuple[OneToMany, ...]
    remove_link: tuple[OneToMany, ...]
    restrict: tuple[OneToMany, ...]
    parties: tuple[OneToMany, ...]
    links: tuple[ManyToMany, ...]
    assign: tuple[tuple[OneToMany, str], ...]


def cascades_of(context: Context, table: Table) -> Cascades:
    """The cascades of a table, those of its base table included; made anew after a change of the schema."""
    version = context.catalog.version
    known = table.memo.get("cascades")
    if isinstance(known, Cascades) and known.version == version:
        return known
    names = [table.logical_name] if table.base is None else [table.logical_name, table.base]
    ones = [one for name in names for one in context.catalog.children_of(name) if is_stored_lookup(context, one)]

    def by_delete(setting: str) -> tuple[OneToMany, ...]:
        # base tables last: by then the typed rows behind them are gone or cleared
        chosen = [one for one in ones if one.cascade.get("Delete") == setting]
        return tuple(sorted(chosen, key=lambda one: one.referencing_table in BASE_TABLES))

    made = table.memo["cascades"] = Cascades(
        version,
        by_delete("Cascade"),
        by_delete("RemoveLink"),
        by_delete("Restrict"),
        tuple(one for one in ones if one.referencing_table == PARTY_TABLE and one.referencing_column == "partyid"),
        tuple(many for name in names for many in context.catalog.links_of(name)),
        tuple(
            (one, setting)
            for one in ones
            if (setting := one.cascade.get("Assign", "NoCascade")) in ("Cascade", "Active", "UserOwned")
        ),
    )
    return made


def is_stored_lookup(context: Context, one: OneToMany) -> bool:
    """The relationship's lookup has a place in the store."""
    child = context.catalog.find(one.referencing_table)
    column = child.columns.get(one.referencing_column) if child is not None else None
    return column is not None and column.is_stored and column.is_lookup


def delete_with_children(context: Context, root: Reference) -> None:
    """Delete a row (that exists) and what hangs on it.

    Raises:
        EmulatorError: 0x80040227 (405) when a relationship restricts; 0x80048CFF for the base currency.
    """
    plan: dict[Reference, None] = {}
    _plan(context, root, plan, set())
    for reference in plan:
        _check_restrictions(context, reference, plan)
    for reference in plan:
        _delete_one(context, reference)


def _plan(context: Context, root: Reference, plan: dict[Reference, None], seen: set[Reference]) -> None:
    """Add a row and its dependent rows to the plan, children first; without recursion, since chains can be long."""
    stack: list[tuple[Reference, bool]] = [(root, False)]
    while stack:
        reference, is_ready = stack.pop()
        if is_ready:
            plan[reference] = None
            continue
        if reference in seen:
            continue
        seen.add(reference)
        stack.append((reference, True))
        for one in cascades_of(context, context.catalog.table(reference.table)).delete:
            outliving = _outliving(context, one, reference)
            for id in context.store.referencing(one, reference.id):
                if id not in outliving:
                    stack.append((concrete(context, Reference(one.referencing_table, id)), False))


def _outliving(context: Context, one: OneToMany, parent: Reference) -> dict[str, Reference | None]:
    """The children whose customer is the parent only since one of their parents is: id → the customer that is left."""
    if one.referencing_table not in OUTLIVES_PARENT_CUSTOMER:
        return {}
    column, parents = CUSTOMER_OF_PARENTS[one.referencing_table]
    if one.referencing_column != column:
        return {}
    child = context.catalog.table(one.referencing_table)
    left: dict[str, Reference | None] = {}
    for row in context.store.find(child, {column: parent}, (child.primary_id, *parents)):
        others = [row[name] for name in parents if row[name] != parent]
        if len(others) < len(parents):
            left[row[child.primary_id]] = next((other for other in others if other is not None), None)
    return left


def _check_restrictions(context: Context, reference: Reference, plan: dict[Reference, None]) -> None:
    for one in cascades_of(context, context.catalog.table(reference.table)).restrict:
        for id in context.store.referencing(one, reference.id, limit=len(plan) + 1):
            if concrete(context, Reference(one.referencing_table, id)) not in plan:
                raise error("DeleteRestricted")


def _delete_one(context: Context, reference: Reference) -> None:
    table = context.catalog.table(reference.table)
    cascades = cascades_of(context, table)
    for one in cascades.delete:
        for id, customer in _outliving(context, one, reference).items():
            _write(context, context.catalog.table(one.referencing_table), id, {one.referencing_column: customer})
    for one in cascades.remove_link:
        _remove_links(context, one, reference.id)
    for one in cascades.parties:
        _keep_parties(context, one, table, reference)
    for many in cascades.links:
        if many.table1 in (table.logical_name, table.base):
            context.store.unlink(many, reference.id, None)
        if many.table2 in (table.logical_name, table.base):
            context.store.unlink(many, None, reference.id)
    drop_contents(context, table, reference)
    context.store.delete(table, reference.id)
    if table.flags.get("changeTrackingEnabled"):
        context.store.deletions.add(table.logical_name, reference.id, context.store.next_version())


def _remove_links(context: Context, one: OneToMany, id: str) -> None:
    for child_id in context.store.referencing(one, id):
        # a base table's row follows the typed one
        typed = concrete(context, Reference(one.referencing_table, child_id))
        _write(context, context.catalog.table(typed.table), typed.id, {one.referencing_column: None})


def assign_children(context: Context, root: Reference, before: Reference | None, owner: Reference) -> None:
    """Hand the new owner down over the relationships whose Assign setting says so.

    Cascade: all children; Active: those with the default reason of their first state; UserOwned: those that belonged to
    the former owner. Nothing happens when the owner has not changed.
    """
    if before == owner:
        return
    seen = {root}
    queue = [(root, before)]
    while queue:
        parent, former = queue.pop()
        for one, setting in cascades_of(context, context.catalog.table(parent.table)).assign:
            for id in context.store.referencing(one, parent.id):
                child = concrete(context, Reference(one.referencing_table, id))
                if child in seen:
                    continue
                seen.add(child)
                child_owner = _assign_child(context, child, setting, former, owner)
                if child_owner is not None:
                    queue.append((child, child_owner))


def _assign_child(
    context: Context, child: Reference, setting: str, former: Reference | None, owner: Reference
) -> Reference | None:
    """Give a child to the owner if its relationship's setting covers it; its former owner then, else None."""
    table = context.catalog.table(child.table)
    facts = facts_of(context, table)
    if not facts.has_owner:
        return None
    columns = ["ownerid"]
    if facts.initial_state is not None:
        columns.extend(("statecode", "statuscode"))
    row = context.store.read(table, child.id, columns)
    if row is None or row["ownerid"] == owner:
        return None
    if setting == "UserOwned" and row["ownerid"] != former:
        return None
    if setting == "Active" and row.get("statuscode") != facts.initial_status:
        return None
    changes: dict[str, object] = {}
    set_owner(context, facts, changes, owner)
    stamp_change(context, facts, changes)
    context.store.update(table, child.id, changes)
    if facts.is_activity:
        refresh_automatic_parties(context, table, context.store.read(table, child.id) or {})
    found: Reference | None = row["ownerid"]
    return found


def _keep_parties(context: Context, one: OneToMany, table: Table, reference: Reference) -> None:
    """The parties of a row stay, keep its name and say that it is gone (06 §6)."""
    parties = context.store.referencing(one, reference.id)
    if not parties:
        return
    name = table.columns.get(table.primary_name or "")
    row = context.store.read(table, reference.id, (name.logical_name,)) if name is not None and name.is_stored else None
    kept = row[name.logical_name] if row is not None and name is not None else None
    for id in parties:
        _write(context, context.catalog.table(PARTY_TABLE), id, {"ispartydeleted": True, "unresolvedpartyname": kept})


def _write(context: Context, table: Table, id: str, changes: dict[str, object]) -> None:
    """Change a row with a new version, yet not its time of modification: nobody wrote to it."""
    if "versionnumber" in table.columns:
        changes["versionnumber"] = context.store.next_version()
    context.store.update(table, id, changes)
