"""Address rows of accounts, contacts and leads: made with the row, kept in step with its columns (06 §1.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.facts import AddressRow, TableFacts, facts_of
from dataverse_emulator.values import Reference


def give_address_ids(context: Context, facts: TableFacts, row: dict[str, Any]) -> None:
    """Fill the ids of the addresses that a new row carries."""
    for address in facts.address_rows:
        if row.get(address.id_column) is None:
            row[address.id_column] = context.new_id()


def address_rows(context: Context, facts: TableFacts, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The address rows of a new row, also where they are blank; all are rows of one table."""
    parent = Reference(facts.table.logical_name, row[facts.table.primary_id])
    return [_address_row(context, address, row, parent) for address in facts.address_rows]


def insert_addresses(context: Context, facts: TableFacts, row: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Add the address rows of a new row; ``given`` are the columns that the client set."""
    if facts.address_rows:
        table = context.catalog.table(facts.address_rows[0].table)
        are_new = all(given.get(address.id_column) is None for address in facts.address_rows)
        context.store.insert_many(table, address_rows(context, facts, row), have_new_keys=are_new)


def update_addresses(context: Context, facts: TableFacts, old: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Carry changed address columns over to the address rows; ``old`` holds the ids (``wanted``)."""
    for address in facts.address_rows:
        if address.names.isdisjoint(changes):
            continue
        id = old.get(address.id_column)
        table = context.catalog.table(address.table)
        if id is None or not context.store.exists(table, id):
            continue
        there = {column: changes[name] for name, column in address.columns if name in changes}
        for stamp in ("modifiedon", "modifiedby"):
            if stamp in changes:
                there[stamp] = changes[stamp]
        there["versionnumber"] = context.store.next_version()
        context.store.update(table, id, there)


def wanted(facts: TableFacts, given: Mapping[str, Any]) -> list[str]:
    """The columns of the old row that ``update_addresses`` needs."""
    return [address.id_column for address in facts.address_rows if not address.names.isdisjoint(given)]


def carry_back(context: Context, facts: TableFacts, row: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Carry the changes of an address row over to the columns of the row that it belongs to.

    ``row`` is the address row before the change, with ``parentid`` and ``addressnumber``.
    """
    parent, number = row.get("parentid"), row.get("addressnumber")
    if not isinstance(parent, Reference) or number is None:
        return
    owner_table = context.catalog.table(parent.table)
    for address in facts_of(context, owner_table).address_rows:
        if address.number == number and address.table == facts.table.logical_name:
            there = {name: changes[column] for name, column in address.columns if column in changes}
            if there:
                there["versionnumber"] = context.store.next_version()
                context.store.update(owner_table, parent.id, there)


def address_columns(
    context: Context, facts: TableFacts, address: AddressRow, columns: Mapping[str, Sequence[Any]]
) -> dict[str, Sequence[Any]]:
    """The columns of one address of many new rows, as ``address_rows`` makes those of one row."""
    ids = columns[facts.table.primary_id]
    made: dict[str, Sequence[Any]] = {column: [value] * len(ids) for column, value in address.constants.items()}
    for name, column in address.copied:
        values = columns.get(name)
        if values is not None:
            first = address.constants.get(column)
            made[column] = values if first is None else [first if value is None else value for value in values]
    made[context.catalog.table(address.table).primary_id] = columns[address.id_column]
    made["parentid"] = [Reference(facts.table.logical_name, id) for id in ids]
    made["versionnumber"] = [context.store.next_version() for _ in ids]
    return made


def _address_row(context: Context, address: AddressRow, row: Mapping[str, Any], parent: Reference) -> dict[str, Any]:
    made = dict(address.constants)
    get = row.get
    made.update([(column, value) for name, column in address.copied if (value := get(name)) is not None])
    made[context.catalog.table(address.table).primary_id] = row[address.id_column]
    made["parentid"] = parent
    made["versionnumber"] = context.store.next_version()
    return made
