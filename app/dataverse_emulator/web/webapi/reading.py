"""GET: rows, collections, properties, references, counts (contract 02 §2, 03)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson

from dataverse_emulator.errors import error
from dataverse_emulator.formatting import EN_US, Locale
from dataverse_emulator.messages.base import Retrieve, RetrieveMultiple
from dataverse_emulator.metadata.catalog import Catalog, ColumnType, Table
from dataverse_emulator.query.model import Rows
from dataverse_emulator.web.exchange import WebResponse
from dataverse_emulator.web.webapi.annotations import (
    METADATA_VERSION,
    MORE_RECORDS,
    PAGING_COOKIE,
    TOTAL,
    TOTAL_LIMIT,
    Annotations,
)
from dataverse_emulator.web.webapi.call import Call
from dataverse_emulator.web.webapi.later import later
from dataverse_emulator.web.webapi.locating import locate, locate_parent, members_of
from dataverse_emulator.web.webapi.queries import (
    Bound,
    at_page,
    bind_collection,
    bind_count,
    bind_property,
    bind_row,
    next_link,
)
from dataverse_emulator.web.webapi.regional import locale_of
from dataverse_emulator.web.webapi.represent import Shape, entity_tag, represent_rows, type_annotation
from dataverse_emulator.web.webapi.resources import Collection, Count, Property, Record, References
from dataverse_emulator.web.webapi.responses import JSON, TEXT, Header, json_body, no_content, respond
from odata_protocol.context import REFERENCE_CONTEXT, REFERENCES_CONTEXT, property_context
from odata_protocol.headers import accepts

BOM = "\ufeff"
METADATA_EPOCH = 1_000_000

# queries of other languages than OData: they bring parsers along, so they are loaded when they come
_OTHER_LANGUAGE = re.compile(r"(?:^|&)(fetchxml|savedquery|userquery|sql)=", re.IGNORECASE)
_read_fetched: Callable[[Call, Collection], WebResponse] = later("fetching", "read_fetched")
_read_selected: Callable[[Call, Collection], WebResponse] = later("selecting", "read_selected")

_DELTA = re.compile(r"(?:^|&)(?:\$|%24)deltatoken=|istracking=(?:%22|\")True", re.IGNORECASE)
_read_tracked: Callable[[Call, Collection], WebResponse] = later("tracking", "read_tracked")
_count_changes: Callable[[Call, Count], WebResponse] = later("tracking", "count_changes")

_IMAGE_SIZE = "size="
_download: Callable[[Call, Property], WebResponse] = later("contents", "download")

_COLLECTION_METHODS = "OPTIONS,GET,HEAD,POST"
COLLECTION_HEADERS: tuple[Header, ...] = (("Allow", _COLLECTION_METHODS), ("Public", _COLLECTION_METHODS))
_JSON_NUMBERS_AS_TEXT: Header = ("Content-Type", "application/json; IEEE754Compatible=true; odata.metadata=minimal")


def read_collection(call: Call, collection: Collection) -> WebResponse:
    """Rows of an entity set or over a navigation property, one page."""
    demand_json(call)
    other = _OTHER_LANGUAGE.search(call.request.query)
    if other is not None:
        return (_read_selected if other[1].lower() == "sql" else _read_fetched)(call, collection)
    if _is_tracked(call, collection):
        return _read_tracked(call, collection)
    bound, token = bind_collection(call, collection.table)
    number = 1 if token is None else token.number
    query = members_of(call, collection, bound.query)
    if token is not None:
        query = at_page(query, token)
    rows: Rows = call.service.execute(RetrieveMultiple(query), call.caller)
    shape = shape_of(call)
    objects = represent_rows(rows, call.state.formats, call.root, shape, bound.links)
    context = f"{call.root}$metadata#{collection.table.entity_set_name}{bound.columns}"
    link = _link(call, bound, rows, number) if rows.more else None
    body = collection_body(call, context, objects, rows, link)
    return respond(200, [content_type(shape), *COLLECTION_HEADERS, *_applied_to_page(call, bound)], body)


def _is_tracked(call: Call, collection: Collection) -> bool:
    """The client follows changes: by its preference, by a delta token, or on a later page of such an answer."""
    if call.preferences.track_changes and collection.parent is None:
        return True
    return bool(call.request.query) and _DELTA.search(call.request.query) is not None


def collection_body(
    call: Call, context: str, objects: list[Any], rows: Rows | None, link: str | None, cookie: str | None = None
) -> bytes:
    """The body of a collection; ``rows`` tells the count, ``cookie`` is that of a FetchXML query with more pages."""
    total, exceeded = (None, False) if rows is None else (rows.total, rows.limit_exceeded)
    parts = collection_head(call, context, total, exceeded)
    wanted = call.annotations
    if cookie is not None:
        if wanted.paging_cookie and cookie:
            parts += [b',"@%s":' % PAGING_COOKIE.encode(), orjson.dumps(cookie)]
        if wanted.more_records:
            parts.append(b',"@%s":true' % MORE_RECORDS.encode())
    parts += [b',"value":', orjson.dumps(objects)]
    if link is not None:
        parts += [b',"@odata.nextLink":', orjson.dumps(link)]
    parts.append(b"}")
    return b"".join(parts)


def collection_head(call: Call, context: str, total: int | None, exceeded: bool) -> list[bytes]:
    """The opened body of a collection up to its annotations, in pieces (contract 01 §4, §13).

    Args:
        total: the number of rows that ``$count`` asked for; None without it.
        exceeded: there are more rows than are counted.
    """
    parts = [b'{"@odata.context":', orjson.dumps(context)]
    if total is not None:
        parts.append(b',"@odata.count":%d' % total)
    wanted = call.annotations
    if wanted.total:
        parts.append(b',"@%s":%d' % (TOTAL.encode(), -1 if total is None else total))
    if wanted.total_limit:
        parts.append(b',"@%s":%s' % (TOTAL_LIMIT.encode(), b"true" if exceeded else b"false"))
    if wanted.metadata_version:
        parts.append(b',"@%s":"%s"' % (METADATA_VERSION.encode(), metadata_version(call.service.catalog).encode()))
    return parts


def _link(call: Call, bound: Bound, rows: Rows, number: int) -> str:
    first_key = rows.rows[0][rows.key] if rows.key >= 0 else None
    return next_link(call, bound, number, rows.after, first_key)


def read_record(call: Call, record: Record) -> WebResponse:
    """One row, by its key or over single-valued navigation properties."""
    demand_json(call)
    target = record.target if record.parent is None else locate(call, record)
    if target is None:
        return no_content()
    table = record.table
    if target.table != table.logical_name:  # an owner is a user or a team
        table = call.service.catalog.table(target.table)
    bound = bind_row(call, table)
    rows: Rows = call.service.execute(Retrieve(target, bound.query), call.caller)
    tag = entity_tag(rows)
    if tag is not None and _is_unchanged(call, bound, table, tag):
        return respond(304, [JSON])
    mixed = table is not record.table
    return record_response(call, 200, record.table, bound, rows, typed=mixed)


def record_response(
    call: Call, status: int, table: Table, bound: Bound, rows: Rows, *extra: str, typed: bool = False
) -> WebResponse:
    """The answer that shows one row.

    Args:
        table: the table in whose entity set the row is shown.
        extra: further preferences that were applied.
        typed: the row's type differs from the set's.
    """
    shape = shape_of(call)
    members = represent_rows(rows, call.state.formats, call.root, shape, bound.links)[0]
    if typed:
        members = {"@odata.type": type_annotation(rows.query.table), **members}
    if call.annotations.metadata_version:
        members = {f"@{METADATA_VERSION}": metadata_version(call.service.catalog), **members}
    headers = [content_type(shape)]
    tag = entity_tag(rows)
    if tag is not None:
        headers.append(("ETag", tag))
    headers += _applied_to_page(call, bound, *extra)
    set_name = "principals" if table.logical_name == "owner" else table.entity_set_name
    context = f"{call.root}$metadata#{set_name}{bound.columns}/$entity"
    return respond(status, headers, json_body(context, members))


def _is_unchanged(call: Call, bound: Bound, table: Table, tag: str) -> bool:
    """``If-None-Match`` of a GET (contract 02 §9): never with annotations or expansions."""
    if call.header("if-none-match") is None:
        return False
    tags = call.tags("if-none-match")
    if tags is None or tags.any or not tags.matches(tag[3:-1]):
        return False
    if bound.query.expansions or call.preferences.include_annotations is not None:
        return False
    return table.flags.get("isOptimisticConcurrencyEnabled", not table.is_intersect)


def read_property(call: Call, place: Property) -> WebResponse:
    """One property of a row, or its raw ``$value``."""
    column = place.column
    if not place.raw:
        demand_json(call)
    is_image = column.type is ColumnType.IMAGE
    if column.type is ColumnType.FILE or (is_image and (place.raw or _IMAGE_SIZE in call.request.query)):
        return _download(call, place)
    call.refuse_options()
    target = locate(call, place.record)
    if target is None:
        return no_content()
    table = call.service.catalog.table(target.table)
    rows: Rows = call.service.execute(Retrieve(target, bind_property(call, table, column)), call.caller)
    name = column.edm_name or column.logical_name
    shape = shape_of(call)
    members = represent_rows(rows, call.state.formats, call.root, shape)[0]
    value = members[name]
    if value is None:
        return no_content()
    if place.raw:
        return respond(200, [TEXT], raw_text(value).encode("utf-8", "replace"))
    body = {key.removeprefix(name): member for key, member in members.items() if key.startswith(name + "@")}
    body["value"] = value
    context = property_context(place.record.table.entity_set_name, rows.rows[0][rows.key], name)
    headers = [content_type(shape), *applied_preferences(call, "odata.include-annotations")]
    return respond(200, headers, json_body(f"{call.root}$metadata{context}", body))


def raw_text(value: Any) -> str:
    """A primitive value as text.

    >>> raw_text(True), raw_text("a"), raw_text(1.5)
    ('true', 'a', '1.5')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def read_count(call: Call, count: Count) -> WebResponse:
    """The number of rows as text, behind a byte order mark."""
    if _DELTA.search(call.request.query):
        return _count_changes(call, count)
    query = members_of(call, count.collection, bind_count(call, count.collection.table))
    rows: Rows = call.service.execute(RetrieveMultiple(query), call.caller)
    return respond(200, [TEXT], f"{BOM}{rows.total or 0}".encode())


def read_references(call: Call, references: References) -> WebResponse:
    """``$ref``: links instead of rows."""
    demand_json(call)
    place = references.of
    if isinstance(place, Record):
        return _read_reference(call, place)
    bound, token = bind_collection(call, place.table)
    number = 1 if token is None else token.number
    query = members_of(call, place, bound.query)
    if query.is_grouped:
        raise error("OptionNotSupported", option="$apply")
    if token is not None:
        query = at_page(query, token)
    rows: Rows = call.service.execute(RetrieveMultiple(query), call.caller)
    start = f"{call.root}{place.table.entity_set_name}("
    objects = [{"@odata.id": f"{start}{row[rows.key]})"} for row in rows.rows]
    link = _link(call, bound, rows, number) if rows.more else None
    context = f"{call.root}$metadata{REFERENCES_CONTEXT}"
    body = collection_body(call, context, objects, rows, link)
    return respond(200, [JSON, *_applied_to_page(call, bound)], body)


def _read_reference(call: Call, record: Record) -> WebResponse:
    if record.parent is None:
        raise error("UnknownSegment", segment="$ref")
    target = locate_parent(call, record)
    if target is None:
        return no_content()
    table = call.service.catalog.table(target.table)
    link = {"@odata.id": f"{call.root}{table.entity_set_name}({target.id})"}
    return respond(200, [JSON], json_body(f"{call.root}$metadata{REFERENCE_CONTEXT}", link))


# ---- what all of them share ----------------------------------------------------------------------------------------


def demand_json(call: Call) -> None:
    """Refuse clients that take no JSON (E-09d).

    Raises:
        EmulatorError: 415.
    """
    accept = call.header("accept")
    if accept is None or accept == "*/*" or accept.startswith("application/json") or accepts(accept, JSON_TYPE):
        return
    raise unacceptable(accept, "application/json;odata.metadata=minimal")


def unacceptable(accept: str, supported: str) -> Exception:
    """415 in the words of the OData library."""
    return error(
        "UnsupportedMediaType",
        message="A supported MIME type could not be found that matches the acceptable MIME types for the request. The "
        f"supported type(s) '{supported}' do not match any of the acceptable MIME types '{accept[:200]}'.",
    )


JSON_TYPE = "application/json"


def shape_of(call: Call) -> Shape:
    """How the client wants rows to be represented."""
    accept = call.header("accept")
    compatible = accept is not None and "ieee754compatible=true" in accept.lower()
    return _shape(call.annotations, compatible, locale_of(call) if call.annotations.formatted else EN_US)


@lru_cache(maxsize=256)
def _shape(annotations: Annotations, numbers_as_text: bool, locale: Locale) -> Shape:
    return Shape(annotations, numbers_as_text=numbers_as_text, locale=locale)


def content_type(shape: Shape) -> Header:
    """The content type of a JSON body of that shape."""
    return _JSON_NUMBERS_AS_TEXT if shape.numbers_as_text else JSON


def _applied_to_page(call: Call, bound: Bound, *extra: str) -> list[Header]:
    """``Preference-Applied`` of rows: their annotations and, where it had an effect, the page size."""
    sized = ("odata.maxpagesize",) if call.preferences.max_page_size is not None and bound.has_pages else ()
    return applied_preferences(call, *extra, "odata.include-annotations", *sized)


def applied_preferences(call: Call, *names: str) -> list[Header]:
    """``Preference-Applied`` for those of the named preferences that were sent."""
    if not call.preferences.texts:
        return []
    text = call.preferences.applied(*names)
    return [("Preference-Applied", text)] if text else []


def metadata_version(catalog: Catalog) -> str:
    """The version of the schema in digits; it grows with every change."""
    return str(METADATA_EPOCH + catalog.version)
