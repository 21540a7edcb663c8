"""GET of rows with FetchXML: sent with the request, or kept in a view (contract 03 §10, §15, §17)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Retrieve, RetrieveMultiple
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.query.fetch_columns import names_of
from dataverse_emulator.query.fetch_reader import read_fetch
from dataverse_emulator.query.from_fetchxml import bind_fetch
from dataverse_emulator.query.model import Rows
from dataverse_emulator.query.paging import PageToken, pages_by_key, read_cookie, write_fetch_cookie
from dataverse_emulator.values import Reference, read_guid
from dataverse_emulator.web.exchange import WebResponse
from dataverse_emulator.web.webapi.call import Call
from dataverse_emulator.web.webapi.links import NO_LINKS
from dataverse_emulator.web.webapi.locating import members_of
from dataverse_emulator.web.webapi.queries import Bound, asked_size, at_page, column_query, next_link
from dataverse_emulator.web.webapi.reading import (
    COLLECTION_HEADERS,
    applied_preferences,
    collection_body,
    content_type,
    shape_of,
)
from dataverse_emulator.web.webapi.represent import represent_rows
from dataverse_emulator.web.webapi.resources import Collection
from dataverse_emulator.web.webapi.responses import respond

FETCH = "fetchxml"
VIEWS = ("savedquery", "userquery")
_ALLOWED_OPTIONS = frozenset({"$count", "$skiptoken"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query as the client sent it or as its view keeps it; ``by_link``: further pages are found by a link."""

    text: str
    by_link: bool


def read_fetched(call: Call, collection: Collection) -> WebResponse:
    """Rows of an entity set or over a navigation property that a FetchXML query selects.

    Raises:
        EmulatorError: contract 04 §3; 404 for a view that is missing, E-70 for a query of another table.
    """
    asked = _ask(call)
    token_text = call.query.options.skiptoken
    token = None if token_text is None else read_cookie(token_text)
    bound = _bind(call, collection.table, asked, token)
    query = members_of(call, collection, bound.query)
    if token is not None:
        # other rows than those that have a key of their own are found by counting
        query = at_page(query, token if pages_by_key(query) else PageToken(token.number, token.size))
    rows: Rows = call.service.execute(RetrieveMultiple(query), call.caller)
    shape = replace(shape_of(call), omit_nulls=True, fetched=True)
    objects = represent_rows(rows, call.state.formats, call.root, shape)
    context = f"{call.root}$metadata#{collection.table.entity_set_name}{bound.columns}"
    link = cookie = None
    if rows.more:
        cookie = write_fetch_cookie(rows) or ""
        if asked.by_link or (bound.size is not None and call.preferences.max_page_size is not None):
            number = 1 if token is None else token.number
            after = rows.after if pages_by_key(query) else None
            first = rows.rows[0][rows.key] if rows.key >= 0 else None
            link = next_link(call, bound, number, after, first)
    body = collection_body(call, context, objects, rows, link, cookie)
    applied = ["odata.include-annotations"]
    if bound.size is not None and call.preferences.max_page_size is not None:
        applied.append("odata.maxpagesize")
    return respond(200, [content_type(shape), *COLLECTION_HEADERS, *applied_preferences(call, *applied)], body)


def _ask(call: Call) -> _Asked:
    """The query that the request names.

    Raises:
        EmulatorError: options or several queries at once (inferred), a view that is missing.
    """
    options = call.query.options
    for name in options.present:
        if name not in _ALLOWED_OPTIONS:
            raise error("OptionNotSupported", option=name)
    given = [(name.lower(), value) for name, value in call.query.custom if name.lower() in (FETCH, *VIEWS)]
    if len(given) != 1:
        raise error("ODataError", message="Only one of fetchXml, savedQuery and userQuery can be given, and once.")
    name, value = given[0]
    if name == FETCH:
        return _Asked(value, by_link=False)
    return _Asked(_view(call, name, value), by_link=True)


def _view(call: Call, name: str, value: str) -> str:
    """The FetchXML of a view."""
    id = read_guid(value.strip())
    if id is None:
        raise error("InvalidArgument", message=f"The value of {name} must be the id of a view.")
    table = call.service.catalog.table(name)
    query = column_query(call, table, "fetchxml")
    rows: Rows = call.service.execute(Retrieve(Reference(name, id), query), call.caller)
    return rows.rows[0][0] or ""


def _bind(call: Call, table: Table, asked: _Asked, token: PageToken | None) -> Bound:
    """The bound query, once a text; ``size`` of the result is the page size that the client chose outside of it."""
    size = asked_size(call, token)
    labels = call.annotations.formatted
    count = bool(call.query.options.count)
    key = ("fetch", table, asked.text, labels, count, size, call.service.catalog.version)
    bound: Bound | None = call.state.find(key)
    if bound is None:
        fetch = read_fetch(asked.text)
        if fetch.entity.name != table.logical_name:
            call.service.catalog.table(fetch.entity.name)
            raise error("EntitiesDontMatch")
        query = bind_fetch(fetch, call.service.catalog, labels=labels, page_size=size, count=count)
        names = names_of(fetch, query)
        is_paged = fetch.count is not None or fetch.page is not None or fetch.top is not None
        bound = Bound(query, f"({','.join(names)})" if names else "", NO_LINKS, None if is_paged else size)
        call.state.keep(key, bound)
    return bound
