"""Columns that are made of others: full names, address texts, the customer of a lead (06 §1.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.defaults import CUSTOMER_OF_PARENTS, OBJECT_TYPES
from dataverse_emulator.messages.facts import AddressColumns, TableFacts
from dataverse_emulator.messages.organization_settings import settings

LINE_BREAK = "\r\n"  # recorded


def _join(separator: str, *parts: str | None) -> str | None:
    return separator.join(filter(None, parts)) or None


def _initial(middle: str | None) -> str | None:
    return f"{middle[0]}." if middle else None


# organization.fullnameconventioncode → how first, middle and last name make the full name
NAME_CONVENTIONS: dict[int, Callable[[str | None, str | None, str | None], str | None]] = {
    0: lambda first, _, last: _join(", ", last, first),
    1: lambda first, _, last: _join(" ", first, last),
    2: lambda first, middle, last: _join(", ", last, _join(" ", first, _initial(middle))),
    3: lambda first, middle, last: _join(" ", first, _initial(middle), last),
    4: lambda first, middle, last: _join(", ", last, _join(" ", first, middle)),
    5: lambda first, middle, last: _join(" ", first, middle, last),
    6: lambda first, _, last: _join(" ", last, first),
    7: lambda first, _, last: _join("", last, first),
}


def compose_names(context: Context, facts: TableFacts, row: dict[str, Any], source: Mapping[str, Any]) -> None:
    """Set ``fullname`` and ``yomifullname`` of ``row`` from the name parts in ``source``.

    Yomi parts fall back to the plain ones (recorded).
    """
    make = NAME_CONVENTIONS.get(settings(context).name_convention, NAME_CONVENTIONS[1])
    first, middle, last = source.get("firstname"), source.get("middlename"), source.get("lastname")
    row["fullname"] = make(first, middle, last)
    if "yomifullname" in facts.columns:
        row["yomifullname"] = make(
            source.get("yomifirstname") or first,
            source.get("yomimiddlename") or middle,
            source.get("yomilastname") or last,
        )


def compose_address(address: AddressColumns, source: Mapping[Any, Any]) -> str | None:
    """The text of an address: lines, ``city, state postal code``, country, each on a line (the format is inferred)."""
    get = source.get
    city, state, code = get(address.city), get(address.state), get(address.postal_code)
    region = f"{state} {code}" if state and code else state or code
    place = f"{city}, {region}" if city and region else city or region
    return _join(LINE_BREAK, *map(get, address.lines), place, get(address.country))


def read_on_create(facts: TableFacts) -> list[str]:
    """The columns of a new row that ``compose_on_create`` reads."""
    name = facts.table.logical_name
    columns = [*sorted(facts.name_parts), *(part for address in facts.addresses for part in address.parts)]
    if name in OBJECT_TYPES:
        columns.append(OBJECT_TYPES[name][0])
    if name in CUSTOMER_OF_PARENTS:
        customer, parents = CUSTOMER_OF_PARENTS[name]
        columns.extend((customer, *parents))
    return columns


def compose_on_create(context: Context, facts: TableFacts, row: dict[str, Any]) -> None:
    """Set all composed columns of a new row."""
    if facts.has_fullname or (facts.table.logical_name == "externalparty" and "fullname" in facts.columns):
        compose_names(context, facts, row, row)
    given = row.keys()
    for address in facts.addresses:
        if not given.isdisjoint(address.parts):
            row[address.composite] = compose_address(address, row)
    _set_object_type(facts, row)
    customer = CUSTOMER_OF_PARENTS.get(facts.table.logical_name)
    if customer is not None and row.get(customer[0]) is None:
        column, (account, contact) = customer
        row[column] = row.get(account) or row.get(contact)


def compose_on_update(context: Context, facts: TableFacts, old: Mapping[str, Any], changes: dict[str, Any]) -> None:
    """Add to ``changes`` the composed columns whose parts are among them; ``old`` holds what ``wanted`` asked for."""
    given = changes.keys()
    if facts.name_parts and not given.isdisjoint(facts.name_parts):
        compose_names(context, facts, changes, {**old, **changes})
    if not given.isdisjoint(facts.address_parts):
        merged = {**old, **changes}
        for address in facts.addresses:
            if not given.isdisjoint(address.parts):
                changes[address.composite] = compose_address(address, merged)
    _set_object_type(facts, changes)
    customer = CUSTOMER_OF_PARENTS.get(facts.table.logical_name)
    if customer is not None:
        _follow_parents(customer, old, changes)


def wanted(facts: TableFacts, given: Mapping[str, Any]) -> list[str]:
    """The columns of the old row that ``compose_on_update`` needs for these changes."""
    names = given.keys()
    columns: list[str] = []
    if facts.name_parts and not names.isdisjoint(facts.name_parts):
        columns.extend(sorted(facts.name_parts))
    for address in facts.addresses:
        if not names.isdisjoint(address.parts):
            columns.extend(address.parts)
    customer = CUSTOMER_OF_PARENTS.get(facts.table.logical_name)
    if customer is not None and not names.isdisjoint(customer[1]):
        columns.extend((customer[0], *customer[1]))
    return columns


def _follow_parents(customer: tuple[str, tuple[str, str]], old: Mapping[str, Any], changes: dict[str, Any]) -> None:
    """Keep the customer in step when a parent changes; a customer of another kind, set by hand, stays."""
    column, (account, contact) = customer
    if column in changes or (account not in changes and contact not in changes):
        return
    before, now = old.get(column), {**old, **changes}
    if before is None or before in (old.get(account), old.get(contact)):
        changes[column] = now.get(account) or now.get(contact)


def _set_object_type(facts: TableFacts, row: dict[str, Any]) -> None:
    pair = OBJECT_TYPES.get(facts.table.logical_name)
    if pair is not None and pair[0] in row and pair[1] in facts.columns:
        target = row[pair[0]]
        row[pair[1]] = target.table if target is not None else None
