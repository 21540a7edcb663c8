"""GET with change tracking: rows with a delta link, and what a delta link leads to (contract 02 §14, 04 E-58, E-59).

Between the pages of one answer rows go on changing. The stamp of the first page therefore travels in the paging cookie
to the last one, whose delta link starts there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson

from dataverse_emulator.errors import error
from dataverse_emulator.messages.change_tracking import Changes, RetrieveChanges, Stamp, changed_since, read_stamp
from dataverse_emulator.messages.entity_changes import EntityChanges
from dataverse_emulator.web.exchange import WebResponse
from dataverse_emulator.web.webapi.call import Call
from dataverse_emulator.web.webapi.queries import at_page, bind_collection, bind_count, next_link, without_token
from dataverse_emulator.web.webapi.reading import (
    BOM,
    COLLECTION_HEADERS,
    applied_preferences,
    collection_head,
    content_type,
    demand_json,
    shape_of,
)
from dataverse_emulator.web.webapi.represent import represent_rows
from dataverse_emulator.web.webapi.resources import Collection, Count
from dataverse_emulator.web.webapi.responses import TEXT, respond
from odata_protocol.context import deleted_context

PREFERENCE = "odata.track-changes"

_TYPES = "#Microsoft.Dynamics.CRM."

_REFUSED = ("$filter", "$orderby", "$expand", "$top", "$apply", "$search")
_TOKEN = re.compile(r"(?:^|&)(?:\$|%24)deltatoken=[^&]*")
_UNTRACKED = "istracking=%22False%22"
_TRACKED = re.compile(r'istracking="True" trackingversion="(\d{1,18})"')


def read_tracked(call: Call, collection: Collection) -> WebResponse:
    """Rows of an entity set with a delta link behind the last page, or the changes since a delta link.

    Raises:
        EmulatorError: 0x80060888 for options that do not go with it (E-58), 0x80044352 for an old token (E-59),
            0x80072491 for a table that is not tracked.
    """
    _check(call, collection)
    bound, token = bind_collection(call, collection.table)
    since = _since(call)
    query = bound.query if since is None else changed_since(bound.query, since.version)
    number = 1
    if token is not None:
        number, query = token.number, at_page(query, token)
    changes: Changes = call.service.execute(RetrieveChanges(query, since), call.caller)
    rows = changes.rows
    shape = shape_of(call)
    objects: list[Any] = represent_rows(rows, call.state.formats, call.root, shape, bound.links)
    start = _first_version(call)
    stamp = changes.stamp if start is None else Stamp(start, changes.stamp.moment)
    set_name = collection.table.entity_set_name
    context = f"{call.root}$metadata#{set_name}{bound.columns}"
    if since is not None:
        context += "/$delta"
        gone = f"{call.root}$metadata{deleted_context(set_name)}"
        objects += [{"@odata.context": gone, "id": id, "reason": "deleted"} for id in changes.deleted]
    total = None if rows.total is None else rows.total + len(changes.deleted)
    body = collection_head(call, context, total, rows.limit_exceeded)
    if rows.more:
        first_key = rows.rows[0][rows.key] if rows.key >= 0 else None
        link = next_link(call, replace(bound, query=query), number, rows.after, first_key)
        tracked = f"istracking=%22True%22%20trackingversion=%22{stamp.version}%22"
        link = link.replace(_UNTRACKED, tracked)
        body += [b',"value":', orjson.dumps(objects), b',"@odata.nextLink":', orjson.dumps(link), b"}"]
    else:
        link = _delta_link(call, stamp)
        body += [b',"@odata.deltaLink":', orjson.dumps(link), b',"value":', orjson.dumps(objects), b"}"]
    applied = ["odata.include-annotations", PREFERENCE]
    if bound.size is not None and call.preferences.max_page_size is not None:
        applied.append("odata.maxpagesize")
    headers = [content_type(shape), *COLLECTION_HEADERS, *applied_preferences(call, *applied)]
    return respond(200, headers, b"".join(body))


def count_changes(call: Call, count: Count) -> WebResponse:
    """The number of changes since a delta token, as text.

    Raises:
        EmulatorError: as ``read_tracked``.
    """
    _check(call, count.collection)
    query = bind_count(call, count.collection.table)
    since = _since(call)
    if since is not None:
        query = changed_since(query, since.version)
    changes: Changes = call.service.execute(RetrieveChanges(query, since), call.caller)
    return respond(200, [TEXT], f"{BOM}{(changes.rows.total or 0) + len(changes.deleted)}".encode())


def entity_changes(call: Call, changes: EntityChanges) -> dict[str, Any]:
    """The members of a RetrieveEntityChangesResponse; its items are those of the SDK (inferred: the declared type of an
    item has no members)."""
    found = changes.found
    table = found.rows.query.table
    shape = replace(shape_of(call), typed=True)
    rows = represent_rows(found.rows, call.state.formats, call.root, shape)
    new = f"{_TYPES}NewOrUpdatedItem"
    items: list[Any] = [{"@odata.type": new, "Type": "NewOrUpdated", "NewOrUpdatedEntity": row} for row in rows]
    for id in found.deleted:
        removed = {"@odata.type": f"{_TYPES}{table.edm_type_name}", table.primary_id: id}
        items.append(
            {"@odata.type": f"{_TYPES}RemovedOrDeletedItem", "Type": "RemoveOrDeleted", "RemovedItem": removed}
        )
    return {
        "EntityChanges": {
            "MoreRecords": found.rows.more,
            "PagingCookie": changes.cookie,
            "DataToken": changes.stamp.text,
            "Changes": items,
        }
    }


def _check(call: Call, collection: Collection) -> None:
    demand_json(call)
    if collection.parent is not None or collection.cast:
        raise error("OptionNotSupported", option="$deltatoken")
    for option in call.query.options.present:
        if option in _REFUSED:
            raise error("ChangeTrackingOption", option=option)


def _since(call: Call) -> Stamp | None:
    """What the delta token of the request says.

    Raises:
        EmulatorError: 0x80060888 for a text that is no delta token (inferred).
    """
    text = call.query.options.deltatoken
    if text is None:
        return None
    stamp = read_stamp(text.replace("+", " "))
    if stamp is None:
        raise error("ODataError", message="The delta token is not valid.")
    return stamp


def _first_version(call: Call) -> int | None:
    """The version that the first page of this answer was read at, where this is a later one."""
    token = call.query.options.skiptoken
    found = _TRACKED.search(token) if token is not None else None
    return int(found[1]) if found is not None else None


def _delta_link(call: Call, stamp: Stamp) -> str:
    """The URL of the changes from here on: the client's own query with a token behind it."""
    token = re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), quote(stamp.text, safe=""))
    query = _TOKEN.sub("", without_token(call.request.query)).strip("&")
    return f"{call.root}{call.path}?{query}{'&' if query else ''}$deltatoken={token}"
