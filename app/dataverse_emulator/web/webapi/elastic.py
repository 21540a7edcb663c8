"""How elastic tables show in requests: two-part keys, ``partitionId``, session tokens (contract 02 §17, 01 §3)."""

from __future__ import annotations

from urllib.parse import quote

from dataverse_emulator.messages.base import Target
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.query.model import ColumnRef, Compare, Query
from dataverse_emulator.query.operators import Operator
from dataverse_emulator.values import PARTITION, PartitionedId, Reference, partition_of
from dataverse_emulator.web.webapi.call import Call
from dataverse_emulator.web.webapi.queries import restricted
from dataverse_emulator.web.webapi.responses import Header

PARAMETER = "partitionid"


def key_text(table: Table, id: str) -> str:
    """What stands in brackets behind the entity set for a row; both parts of the key for an elastic table.

    >>> from types import SimpleNamespace
    >>> key_text(SimpleNamespace(is_elastic=True, primary_id="new_eventid"), PartitionedId("0f", "device-1"))
    "new_eventid=0f,partitionid='device-1'"
    """
    if not table.is_elastic:
        return id
    within = quote(partition_of(id).replace("'", "''"), safe="'")
    return f"{table.primary_id}={id},{PARTITION}='{within}'"


def session_headers(call: Call, table: Table | None) -> list[Header]:
    """The token of the session that a write to an elastic table belongs to. Reads take it and need it not: here every
    client sees every write at once."""
    if table is None or not table.is_elastic:
        return []
    return [("x-ms-session-token", f"207:8#{call.service.store.last_version}#7=-1")]


def with_partition(call: Call, table: Table, target: Target) -> Target:
    """The row of a path in the partition that ``partitionId`` names.

    The parameter counts for reads, deletions and updates that demand the row (``If-Match``, as clients use it); an
    upsert has the partition in its body, so there it is ignored.
    """
    within = _named(call)
    if within is None or not isinstance(target, Reference) or isinstance(target.id, PartitionedId):
        return target
    if call.method == "POST" or (call.method in ("PATCH", "PUT") and call.header("if-match") is None):
        return target
    return Reference(table.logical_name, PartitionedId(target.id, within))


def in_partition(call: Call, query: Query) -> Query:
    """The same query for the rows of the partition that ``partitionId`` names."""
    within = _named(call)
    if within is None:
        return query
    return restricted(query, Compare(ColumnRef(query.table.column(PARTITION)), Operator.EQ, (within,)))


def _named(call: Call) -> str | None:
    """The value of ``partitionId``; the documentation also writes it in quotes."""
    if not call.request.query:
        return None
    text = call.query.parameter(PARAMETER)
    if text and len(text) > 1 and text[0] == text[-1] == "'":
        text = text[1:-1].replace("''", "'")
    return text or None
