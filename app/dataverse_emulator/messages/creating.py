"""How a row comes into being: defaults, checks, what the platform fills in, and the rows nested in it.

Order: the values are checked, then parents nested in the row are made, then the row, then its children and links.
Contract 02 §1, 06 §1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages import activities
from dataverse_emulator.messages.addresses import give_address_ids, insert_addresses
from dataverse_emulator.messages.autonumber import fill_numbers
from dataverse_emulator.messages.base import Context, KeyReference, Record, Related
from dataverse_emulator.messages.columns import caller_reference, check_owner, new_key, set_owner, stamp_creation
from dataverse_emulator.messages.composed import compose_on_create
from dataverse_emulator.messages.currency import set_on_create
from dataverse_emulator.messages.elastic import place_row
from dataverse_emulator.messages.facts import TableFacts, facts_of
from dataverse_emulator.messages.images import complete_images
from dataverse_emulator.messages.linking import link_rows
from dataverse_emulator.messages.map_rows import ATTRIBUTE_MAP, has_maps
from dataverse_emulator.messages.mapping import check_attribute_map
from dataverse_emulator.messages.notes import complete_file
from dataverse_emulator.messages.organization_settings import SETTINGS_TABLES, forget
from dataverse_emulator.messages.references import resolve
from dataverse_emulator.messages.solution_rows import SOLUTION_TABLES, complete_solution_row
from dataverse_emulator.messages.state import check_editable, needs_parent, start_state
from dataverse_emulator.messages.updating import update_row
from dataverse_emulator.messages.validation import check_key_values, check_reference, not_writable
from dataverse_emulator.metadata.catalog import NavigationKind
from dataverse_emulator.values import Reference

DEEPEST_INSERT = 10  # 02 §1.1: no limit is documented
DECISIVE = frozenset({"ownerid", "overriddencreatedon", "businessunitid"})
"""The columns of a new row on which depends what ``start_row`` fills in."""


def create_row(context: Context, record: Record, depth: int = 0) -> str:
    """Make a row and its nested rows; the new row's id.

    Raises:
        EmulatorError: see ``records.create``; 0x80040203 when rows are nested too deeply.
    """
    table = record.table
    facts = facts_of(context, table)
    check_creatable(facts, depth)
    given = _checked_values(context, facts, record.values)
    nested_parents = {
        item.navigation.column for item in record.related if item.navigation.kind is NavigationKind.MANY_TO_ONE
    }
    for name in facts.demanded:
        if given.get(name) is None and name not in nested_parents:
            raise error("ValueCannotBeNull" if name in record.values else "RequiredFieldMissing")
    for related in record.related:
        if related.navigation.kind is NavigationKind.MANY_TO_ONE:
            given[related.navigation.column] = _parent(context, facts, related, depth)

    id = new_key(context, given.get(table.primary_id))
    row = {**facts.defaults, **given, table.primary_id: id}
    _complete(context, facts, row, given, record, id)
    if table.logical_name in SOLUTION_TABLES:
        complete_solution_row(context, table, row)
    if facts.is_elastic:
        id = place_row(context, table, row)
    else:
        check_key_values(context, table, row)
    context.store.insert(table, row, has_new_key=id != given.get(table.primary_id))
    insert_addresses(context, facts, row, given)
    if facts.is_activity:
        parties = activities.automatic_parties(context, table, row)
        activities.insert_parties(context, parties, are_automatic=True)
    if table.logical_name in SETTINGS_TABLES:
        forget(context)
    for related in record.related:
        if related.navigation.kind is not NavigationKind.MANY_TO_ONE:
            _add_related(context, facts, row, related, depth)
    return id


def check_creatable(facts: TableFacts, depth: int = 0) -> None:
    """Refuse rows that no client can make.

    Raises:
        EmulatorError: 0x80040203 for rows nested too deeply and for activities without a kind, 0x80048105 for rows that
            the platform alone makes.
    """
    name = facts.table.logical_name
    if depth > DEEPEST_INSERT:
        raise error("InvalidArgument", message="Records are nested too deeply.")
    if name == "activitypointer":
        raise error("InvalidArgument", message="An activity can only be created as a row of its own table.")
    if facts.is_read_only or name in ("activityparty", "organization"):
        raise error("ActionNotSupported")


def _checked_values(context: Context, facts: TableFacts, values: dict[str, Any]) -> dict[str, Any]:
    """The values that may be set on create, checked and converted; the platform's own columns drop out silently."""
    rule_of = facts.create_rules.get
    lookups = facts.lookups
    given: dict[str, Any] = {}
    for name, value in values.items():
        rule = rule_of(name, not_writable)
        if rule is not_writable:
            continue
        if value is not None:
            if rule is not None:
                value = rule(value)
            elif name in lookups:
                value = check_lookup(context, facts, name, value)
        if value is None and name in facts.not_null:
            if name in facts.defaults or name == "ownerid":
                continue
            raise error("ValueCannotBeNull")
        given[name] = value
    return given


def check_lookup(context: Context, facts: TableFacts, name: str, value: Reference | KeyReference) -> Reference:
    """The row that a lookup of a new row shall point to.

    Raises:
        EmulatorError: what ``check_owner`` and ``check_reference`` raise.
    """
    if name == "ownerid" and facts.has_owner:
        return check_owner(context, value)
    return check_reference(context, facts.lookups[name], value)


def start_row(
    context: Context, facts: TableFacts, row: dict[str, Any], given: Mapping[str, Any], owner: Reference | None, id: str
) -> None:
    """Fill what depends on nothing but ``DECISIVE`` columns and the given state: state, stamps, places, owner.

    Args:
        row: the new row with its defaults.
        given: holds the state and the reason that the client gave.
        owner: the owner that the client gave, checked.
    """
    start_state(facts, row, given, id)
    stamp_creation(context, facts, row)
    _default_places(context, facts, row)
    if facts.has_owner:
        set_owner(context, facts, row, owner if facts.owner_is_writable else None)


def _complete(
    context: Context, facts: TableFacts, row: dict[str, Any], given: dict[str, Any], record: Record, id: str
) -> None:
    """Fill what the platform fills: state, stamps, owner, numbers, composed columns, currency."""
    start_row(context, facts, row, record.values, given.get("ownerid"), id)
    if facts.numbered:
        fill_numbers(context, facts, row)
    if facts.address_rows:
        give_address_ids(context, facts, row)
    compose_on_create(context, facts, row)
    if facts.has_currency:
        set_on_create(context, facts, row, given.keys())
    if facts.is_activity:
        activities.complete_on_create(facts, row)
    complete_file(context, facts, row)
    if facts.images:
        complete_images(context, facts, id, row, is_new=True)
    if facts.table.logical_name == ATTRIBUTE_MAP and has_maps(context.catalog):
        check_attribute_map(context, row)
    if needs_parent(facts) is not None:
        check_editable(context, facts, {}, row)


def _default_places(context: Context, facts: TableFacts, row: dict[str, Any]) -> None:
    """Users, teams and other rows of a business unit start in the caller's; a team's administrator is the caller."""
    column = facts.table.columns.get("businessunitid")
    unit = context.caller.business_unit_id
    if (
        column is not None
        and column.required == "SystemRequired"
        and not column.is_primary_id
        and unit
        and row.get("businessunitid") is None
    ):
        row["businessunitid"] = Reference("businessunit", unit) if column.is_lookup else unit
    if facts.table.logical_name == "team" and row.get("administratorid") is None:
        row["administratorid"] = caller_reference(context)


def _parent(context: Context, facts: TableFacts, related: Related, depth: int) -> Reference | None:
    """The row that a single-valued navigation property gives: made first when it is new."""
    found: Reference | None = None
    for item in related.items:
        if isinstance(item, Record):
            found = Reference(item.table.logical_name, create_row(context, item, depth + 1))
        else:
            found = check_reference(context, facts.lookups[related.navigation.column], item)
    return found


def _add_related(context: Context, facts: TableFacts, row: dict[str, Any], related: Related, depth: int) -> None:
    """Make or link the rows of a collection-valued navigation property."""
    table, navigation = facts.table, related.navigation
    own = Reference(table.logical_name, row[table.primary_id])
    if facts.is_activity and activities.is_party_list(related):
        parties = activities.make_parties(context, table, row, related.items)
        activities.insert_parties(context, parties)
        return
    for item in related.items:
        if navigation.kind is NavigationKind.ONE_TO_MANY:
            if isinstance(item, Record):
                values = {**item.values, navigation.column: own}
                create_row(context, Record(item.table, values, item.related), depth + 1)
            else:
                child = resolve(context, item)
                change = Record(context.catalog.table(child.table), {navigation.column: own})
                update_row(context, child, change, link=navigation.column)
        else:
            if isinstance(item, Record):
                item = Reference(item.table.logical_name, create_row(context, item, depth + 1))
            link_rows(context, own, navigation, resolve(context, item))
