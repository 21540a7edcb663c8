"""RetrieveEntityChanges: the changes of a table as a message, page by page (contract 02 §14, the SDK's way).

The pages of one answer go on from the last row version that was seen, so that rows that change in between come again
instead of getting lost; the token of all of them is that of the first page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.messages.change_tracking import (
    VERSION,
    Changes,
    RetrieveChanges,
    Stamp,
    changed_since,
    is_tracked,
    read_stamp,
)
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.query.model import ColumnRef, Output, Page, Query
from dataverse_emulator.query.outputs import add_companions, all_columns
from dataverse_emulator.query.paging import PAGE_SIZE

_COOKIE = re.compile(r'<cookie page="\d+" last="(\d{1,18})" token="([^"]+)"/>')


@dataclass(frozen=True, slots=True)
class EntityChanges:
    """One page of a table's changes: ``stamp`` is what to go on from, ``cookie`` leads to the next page."""

    found: Changes
    stamp: Stamp
    cookie: str | None


@operation("RetrieveEntityChanges", reads=True)
def retrieve_entity_changes(context: Context, message: Operation) -> OperationResult:
    """The rows of ``EntityName`` that changed since ``DataVersion``, deleted ones behind the last page.

    Without ``DataVersion`` all rows are new and none is deleted.

    Raises:
        EmulatorError: 0x80041102 and 0x80041103 for unknown names, 0x80072491 for a table that is not tracked,
            0x80044352 for an old ``DataVersion``, 0x80060888 for one that is none, 0x8004112A for a damaged cookie.
    """
    parameters = message.parameters
    table = context.catalog.table(parameters["EntityName"])
    if not is_tracked(table):
        raise error("ChangeTrackingNotEnabled", table=table.logical_name)
    paging: Mapping[str, Any] = parameters.get("PageInfo") or {}
    number = _positive(paging.get("PageNumber"), 1)
    size = min(_positive(paging.get("Count"), PAGE_SIZE), PAGE_SIZE)
    since = _since(parameters.get("DataVersion"))
    last, first = _behind(paging.get("PagingCookie"))
    start = last if last is not None else since.version if since is not None else 0
    query = changed_since(Query(table, _outputs(table, parameters.get("Columns"))), start)
    query = replace(query, page=Page(size=size, number=1 if last is not None else number))
    found: Changes = context.execute(RetrieveChanges(query, since))
    stamp = first or found.stamp
    cookie = None
    if found.rows.more and found.rows.after is not None:
        cookie = f'<cookie page="{number}" last="{found.rows.after[0]}" token="{stamp.text}"/>'
    return OperationResult(changes=EntityChanges(found, stamp, cookie))


def _since(text: Any) -> Stamp | None:
    if not text:
        return None
    stamp = read_stamp(text)
    if stamp is None:
        raise error("ODataError", message="The data version is not valid.")
    return stamp


def _behind(cookie: Any) -> tuple[int | None, Stamp | None]:
    """The last row version of the page before, and the stamp of the first page."""
    if not cookie:
        return None, None
    found = _COOKIE.fullmatch(cookie) if isinstance(cookie, str) else None
    stamp = read_stamp(found[2]) if found is not None else None
    if found is None or stamp is None:
        raise error("BadCookie")
    return int(found[1]), stamp


def _positive(value: Any, default: int) -> int:
    return value if isinstance(value, int) and value > 0 else default


def _outputs(table: Table, wanted: Any) -> tuple[Output, ...]:
    """The columns of a ColumnSet, all where it names none."""
    names = (wanted or {}).get("Columns") or ()
    columns = all_columns(table)
    if names and not (wanted or {}).get("AllColumns"):
        columns = {name: table.column(str(name).lower()) for name in names}
        columns = {column.logical_name: column for column in columns.values() if column.is_stored}
        add_companions(table, columns)
    columns.setdefault(VERSION, table.column(VERSION))
    return tuple(Output(ColumnRef(column)) for column in columns.values())
