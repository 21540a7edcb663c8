"""GET with change tracking: rows with a delta link, and what a delta link leads to (contract 02 §14, 04 E-58, E-59).

Between the pages of one answer rows go on changing. The stamp of the first page therefore travels in the paging cookie
to the last one, whose delta link starts there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson

from dataverse_emulator.errors import error
from dataverse_emulator.messages.change_tracking import Changes, RetrieveChanges, Stamp, changed_since
from dataverse_emulator.web.exchange import WebResponse
from dataverse_emulator.web.webapi.call import Call
from dataverse_emulator.web.webapi.queries import at_page, bind_collection, bind_count, next_link, without_token
from dataverse_emulator.web.webapi.reading import (
    BOM,
    COLLECTION_HEADERS,
    applied_preferences,
    content_type,
    demand_json,
    shape_of,
)
from dataverse_emulator.web.webapi.represent import represent_rows
from dataverse_emulator.web.webapi.resources import Collection, Count
from dataverse_emulator.web.webapi.responses import TEXT, respond
from odata_protocol.context import deleted_context

PREFERENCE = "odata.track-changes"
TIME_FORMAT = "%m/%d/%Y %H:%M:%S"

_REFUSED = ("$filter", "$orderby", "$expand", "$top", "$apply", "$search")
_TOKEN = re.compile(r"(?:^|&)(?:\$|%24)deltatoken=[^&]*")
_STAMP = re.compile(r"(\d{1,18})!(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d)")
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
    body: dict[str, Any] = {"@odata.context": f"{call.root}$metadata#{set_name}{bound.columns}"}
    if since is not None:
        body["@odata.context"] += "/$delta"
        gone = f"{call.root}$metadata{deleted_context(set_name)}"
        objects += [{"@odata.context": gone, "id": id, "reason": "deleted"} for id in changes.deleted]
    if rows.total is not None:
        body["@odata.count"] = rows.total + len(changes.deleted)
    if rows.more:
        first_key = rows.rows[0][rows.key] if rows.key >= 0 else None
        link = next_link(call, replace(bound, query=query), number, rows.after, first_key)
        tracked = f"istracking=%22True%22%20trackingversion=%22{stamp.version}%22"
        body["value"], body["@odata.nextLink"] = objects, link.replace(_UNTRACKED, tracked)
    else:
        body["@odata.deltaLink"], body["value"] = _delta_link(call, stamp), objects
    applied = ["odata.include-annotations", PREFERENCE]
    if bound.size is not None and call.preferences.max_page_size is not None:
        applied.append("odata.maxpagesize")
    headers = [content_type(shape), *COLLECTION_HEADERS, *applied_preferences(call, *applied)]
    return respond(200, headers, orjson.dumps(body))


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
    found = _STAMP.fullmatch(text.replace("+", " "))
    try:
        moment = datetime.strptime(found[2], TIME_FORMAT) if found is not None else None
    except ValueError:
        moment = None
    if found is None or moment is None:
        raise error("ODataError", message="The delta token is not valid.")
    return Stamp(int(found[1]), moment.replace(tzinfo=UTC).isoformat())


def _first_version(call: Call) -> int | None:
    """The version that the first page of this answer was read at, where this is a later one."""
    token = call.query.options.skiptoken
    found = _TRACKED.search(token) if token is not None else None
    return int(found[1]) if found is not None else None


def _delta_link(call: Call, stamp: Stamp) -> str:
    """The URL of the changes from here on: the client's own query with a token behind it."""
    moment = datetime.fromisoformat(stamp.moment).strftime(TIME_FORMAT)
    token = re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), quote(f"{stamp.version}!{moment}", safe=""))
    query = _TOKEN.sub("", without_token(call.request.query)).strip("&")
    return f"{call.root}{call.path}?{query}{'&' if query else ''}$deltatoken={token}"
