"""Rows from outside into the store, in bulk: new ones as a Create would complete them, known ones changed.

A lookup may point to a row that comes later. What other rows must be there for is *late*: parties, addresses and links
are loaded when all else is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.importing.changing import change_row
from dataverse_emulator.importing.values import Converter, find_link, find_table
from dataverse_emulator.messages.activities import PARTY_TABLE
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.defaults import ADDRESS_TABLES
from dataverse_emulator.messages.loading import load_rows
from dataverse_emulator.messages.references import BASE_TABLES
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.metadata.relationships import ManyToMany
from dataverse_emulator.storage.dangling import count_dangling
from dataverse_emulator.values import Reference, read_guid

_LATE = frozenset({PARTY_TABLE, *ADDRESS_TABLES})


@dataclass(slots=True)
class Outcome:
    """What became of a batch.

    Attributes:
        remarks: parts that were not taken, once each.
        wrong: (place in the batch, reason) of rows and links that cannot be taken.
        is_late: the batch is to be loaded after all that is not.
    """

    remarks: list[str] = field(default_factory=list)
    wrong: list[tuple[int, str]] = field(default_factory=list)
    is_late: bool = False


def check_batch(context: Context, batch: Mapping[str, Any]) -> Outcome:
    """Look at the rows or links of a batch and change nothing; links are looked at for their form alone.

    Raises:
        EmulatorError: 0x80041102 for an unknown table.
    """
    if "rows" not in batch:
        outcome = Outcome(is_late=True)
        _each(outcome, batch.get("links", ()), lambda link: _ends(context, link))
        return outcome
    table = find_table(context.catalog, str(batch.get("table")))
    outcome = Outcome(is_late=table.is_intersect or table.logical_name in _LATE)
    if table.logical_name in BASE_TABLES:
        outcome.remarks.append(_derived(table))
        return outcome
    converter = Converter(context.catalog, table)
    _each(outcome, batch["rows"], converter.row)
    outcome.remarks += converter.remarks
    return outcome


def load_batch(context: Context, batch: Mapping[str, Any]) -> Outcome:
    """Add the rows or links of a batch (``rows.Piece.content``).

    Raises:
        EmulatorError: 0x80041102 for an unknown table, 0x80040203 for a value that does not fit.
    """
    if "rows" not in batch:
        outcome = Outcome()
        _each(outcome, batch.get("links", ()), lambda link: _link(context, *_ends(context, link), {}))
        return outcome
    table = find_table(context.catalog, str(batch.get("table")))
    if table.logical_name in BASE_TABLES:
        return Outcome([_derived(table)])
    converter = Converter(context.catalog, table)
    rows = [converter.row(each) for each in batch["rows"]]
    outcome = Outcome(list(converter.remarks))
    if table.is_intersect:
        many = find_link(context.catalog, table.logical_name)
        if many is not None:
            _each(outcome, rows, lambda row: _link(context, many, *_pair(many, row), row))
            return outcome
    if table.logical_name == PARTY_TABLE:
        _make_room(context, table, batch.get("roles", ()), rows)
    _load(context, table, rows)
    return outcome


def loose_ends(context: Context, name: str) -> list[str]:
    """What there is to say of lookups of a table that point to rows that are not there.

    Raises:
        EmulatorError: 0x80041102 for an unknown table.
    """
    table = find_table(context.catalog, name)
    found = count_dangling(context.store.database, context.catalog, table)
    return [
        f"{table.logical_name}.{column}: {count} rows point to rows of {target} that are not there"
        for (column, target), count in found.items()
    ]


def _each(outcome: Outcome, things: Sequence[Any], act: Callable[[Any], object]) -> None:
    for place, thing in enumerate(things):
        try:
            act(thing)
        except EmulatorError as problem:
            outcome.wrong.append((place, problem.message))


def _derived(table: Table) -> str:
    return f"{table.logical_name}: not taken: its rows come with those of the tables that share their ids"


def _load(context: Context, table: Table, rows: list[dict[str, Any]]) -> None:
    key = table.primary_id
    new: dict[str, dict[str, Any]] = {}
    unnamed: list[dict[str, Any]] = []
    for row in rows:
        id = row.get(key)
        if id is None:
            unnamed.append(row)
        elif id not in new and context.store.exists(table, id):
            change_row(context, table, id, {name: _engine_value(value) for name, value in row.items() if name != key})
        else:
            new[id] = {**new.get(id, {}), **row}
    load_rows(context, {table.logical_name: [*new.values(), *unnamed]})


def _engine_value(value: Any) -> Any:
    return Reference(value["table"], value["id"]) if isinstance(value, dict) else value


def _make_room(context: Context, table: Table, roles: Sequence[Any], rows: list[dict[str, Any]]) -> None:
    """Remove the parties that the given ones replace: all of a role, or the same party with another id."""
    store, key = context.store, table.primary_id
    for activity, role in roles:
        where = {"activityid": read_guid(activity), "participationtypemask": role}
        for found in store.find(table, where, (key,)):
            store.delete(table, found[key])
    for row in rows:
        activity, party = row.get("activityid"), row.get("partyid")
        if row.get(key) is None or activity is None:
            continue
        where = {
            "activityid": activity["id"],
            "participationtypemask": row.get("participationtypemask"),
            "partyid": None if party is None else party["id"],
        }
        for found in store.find(table, where, (key, "addressused")):
            if found[key] != row[key] and (party is not None or found["addressused"] == row.get("addressused")):
                store.delete(table, found[key])


def _ends(context: Context, link: Mapping[str, Any]) -> tuple[ManyToMany, str, str]:
    """The relationship of a link, and its ends in the order of the relationship's tables."""
    table = find_table(context.catalog, str(link["table"]))
    found = find_link(context.catalog, str(link["relationship"]), table)
    if found is None:
        raise error("InvalidArgument", message=f"{table.logical_name} has no N:N relationship {link['relationship']}.")
    one, other = (read_guid(link[end]) for end in ("id", "target"))
    if one is None or other is None:
        raise error("InvalidArgument", message="An end of the link is no identifier.")
    return (found, one, other) if found.table1 == table.logical_name else (found, other, one)


def _pair(many: ManyToMany, row: Mapping[str, Any]) -> tuple[str, str]:
    ends = (_engine_value(row.get(column)) for column in (many.column1, many.column2))
    one, other = (end.id if isinstance(end, Reference) else end for end in ends)
    if one is None or other is None:
        raise error("InvalidArgument", message=f"A link needs both {many.column1} and {many.column2}.")
    return one, other


def _link(context: Context, many: ManyToMany, one: str, other: str, row: Mapping[str, Any]) -> None:
    """Link two rows; ``row`` is that of the intersect table, where the file has it.

    Raises:
        EmulatorError: 0x80040217 when one of them is missing.
    """
    store = context.store
    for end, of in ((many.table1, one), (many.table2, other)):
        if not store.exists(context.catalog.table(end), of):
            raise error("ObjectDoesNotExist", table=end, id=of)
    table = context.catalog.table(many.intersect_table)
    id = row.get(table.primary_id)
    if id is None:
        store.link(many, one, other)
        return
    store.unlink(many, one, other)
    store.delete(table, id)
    load_rows(context, {table.logical_name: [row]})
