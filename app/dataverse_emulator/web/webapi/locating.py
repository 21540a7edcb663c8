"""Rows that a path names by the way to them: over navigation properties of other rows."""

from __future__ import annotations

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Retrieve, RetrieveMultiple, Target
from dataverse_emulator.metadata.catalog import Navigation
from dataverse_emulator.query.model import Query, Rows
from dataverse_emulator.values import Reference
from dataverse_emulator.web.webapi.call import Call
from dataverse_emulator.web.webapi.elastic import in_partition
from dataverse_emulator.web.webapi.queries import column_query, restrict, with_key
from dataverse_emulator.web.webapi.references import OWNER
from dataverse_emulator.web.webapi.resources import Collection, Record


def locate(call: Call, record: Record) -> Target | None:
    """The row that a record's path leads to; None where a lookup on the way is empty.

    A row that the path names by its key is not looked for.

    Raises:
        EmulatorError: 404 when a row on the way is missing.
    """
    return record.target if record.parent is None else locate_parent(call, record)


def locate_parent(call: Call, record: Record) -> Reference | None:
    """The row that a record over a navigation property leads to; None where the lookup is empty."""
    parent, navigation = record.parent, record.navigation
    assert parent is not None
    assert navigation is not None
    if record.target is None:
        return _follow(call, parent, navigation, record)
    return _member(call, record, navigation)


def identify(call: Call, record: Record) -> Reference | None:
    """The primary key of the row that a record's path leads to; None where a lookup on the way is empty.

    Raises:
        EmulatorError: 404 when there is no such row.
    """
    if record.parent is not None:
        return locate_parent(call, record)
    target = record.target
    assert target is not None
    rows: Rows = call.service.execute(
        Retrieve(target, column_query(call, record.table, record.table.primary_id)), call.caller
    )
    return Reference(target.table, rows.rows[0][rows.key])


def members_of(call: Call, collection: Collection, query: Query) -> Query:
    """The same query for the members of a collection alone.

    Raises:
        EmulatorError: 404 when the row that the collection belongs to is missing.
    """
    if collection.parent is None:
        return in_partition(call, query) if collection.table.is_elastic else query
    parent = identify(call, collection.parent)
    if parent is None:
        raise error("UnknownSegment", segment=collection.navigation.name if collection.navigation else "")
    assert collection.navigation is not None
    return restrict(query, collection.navigation, parent, call.service.catalog)


def _follow(call: Call, parent: Record, navigation: Navigation, record: Record) -> Reference | None:
    """Read the lookup behind a single-valued navigation property."""
    target = locate(call, parent)
    if target is None:
        return None
    table = call.service.catalog.table(target.table)
    is_stored = table.column(navigation.column).is_stored  # some lookups of the platform's own tables are no property
    column = navigation.column if is_stored else table.primary_id
    rows: Rows = call.service.execute(Retrieve(target, column_query(call, table, column)), call.caller)
    if not is_stored:
        return None
    row = rows.rows[0]
    id = row[0]
    if id is None:
        return None
    found = row[rows.types[0]] if 0 in rows.types else navigation.target
    wanted = record.table.logical_name
    if found == wanted:
        return Reference(found, id)
    if wanted == OWNER:
        return Reference(found, id)
    known = call.service.catalog.find(found)
    if record.cast and found == OWNER:
        return Reference(wanted, id)
    # a branch of a lookup with several targets that the value does not take is empty
    return Reference(wanted, id) if known is not None and known.base == wanted else None


def _member(call: Call, record: Record, navigation: Navigation) -> Reference:
    """One member of a collection by its key; 404 when it is none."""
    assert record.parent is not None
    target = record.target
    assert target is not None
    query = column_query(call, record.table, record.table.primary_id)
    member = target if isinstance(target, Reference) else identify(call, Record(record.table, target))
    assert isinstance(member, Reference)
    parent = identify(call, record.parent)
    if parent is not None:
        limited = with_key(restrict(query, navigation, parent, call.service.catalog), member.id)
        rows: Rows = call.service.execute(RetrieveMultiple(limited), call.caller)
        if rows.rows:
            return member
    raise error("ObjectDoesNotExist", table=record.table.logical_name, id=member.id)
