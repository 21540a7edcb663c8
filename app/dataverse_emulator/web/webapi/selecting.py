"""GET of rows with SQL (contract 09 §3, Reads): a SELECT statement sent as ``sql=`` to the entity set of its table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import RetrieveMultiple
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.query.model import ROOT, Page, Query, Rows
from dataverse_emulator.query.paging import MAX_SIMPLE_ROWS, PAGE_SIZE, PageToken, pages_by_key, read_cookie
from dataverse_emulator.web.exchange import WebResponse
from dataverse_emulator.web.webapi.call import Call
from dataverse_emulator.web.webapi.links import NO_LINKS
from dataverse_emulator.web.webapi.locating import members_of
from dataverse_emulator.web.webapi.queries import Bound, asked_size, at_page, next_link
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

if TYPE_CHECKING:
    from dataverse_emulator.query.sql_nodes import SqlSelect

PARAMETER = "sql"
_OTHERS = ("fetchxml", "savedquery", "userquery")
_ALLOWED_OPTIONS = frozenset({"$count", "$skiptoken"})
_MISSING = 'SQL queries need a package that is not installed: pip install "dataverse-emulator[sql]"'


@dataclass(frozen=True, slots=True, eq=False)
class _Selected:
    """A bound query; ``skipped`` rows of its result are left out (OFFSET), further pages exist if it ``has_pages``."""

    bound: Bound
    skipped: int
    has_pages: bool


def read_selected(call: Call, collection: Collection) -> WebResponse:
    """Rows that a SQL query selects, as the FetchXML query that means the same answers them.

    Raises:
        EmulatorError: contract 04 §3; E-70 for a query of another table; 501 without the package that reads SQL.
    """
    text = _ask(call)
    token_text = call.query.options.skiptoken
    token = None if token_text is None else read_cookie(token_text)
    selected = _bind(call, collection.table, text, token)
    bound = selected.bound
    query = members_of(call, collection, bound.query)
    if token is not None:
        # other rows than those that have a key of their own are found by counting
        query = at_page(query, token if pages_by_key(query) else PageToken(token.number, token.size))
    rows: Rows = call.service.execute(RetrieveMultiple(query), call.caller)
    if selected.skipped:
        del rows.rows[: selected.skipped]
    shape = replace(shape_of(call), omit_nulls=True, fetched=True)
    objects = represent_rows(rows, call.state.formats, call.root, shape)
    context = f"{call.root}$metadata#{collection.table.entity_set_name}{bound.columns}"
    link = None
    if rows.more and selected.has_pages:
        number = 1 if token is None else token.number
        after = rows.after if pages_by_key(query) else None
        first = rows.rows[0][rows.key] if rows.key >= 0 else None
        link = next_link(call, bound, number, after, first)
    body = collection_body(call, context, objects, rows, link)
    applied = ["odata.include-annotations"]
    if bound.size is not None and call.preferences.max_page_size is not None:
        applied.append("odata.maxpagesize")
    return respond(200, [content_type(shape), *COLLECTION_HEADERS, *applied_preferences(call, *applied)], body)


def _ask(call: Call) -> str:
    """The text of the query.

    Raises:
        EmulatorError: options or other queries beside it (inferred).
    """
    for name in call.query.options.present:
        if name not in _ALLOWED_OPTIONS:
            raise error("OptionNotSupported", option=name)
    given = [(name.lower(), value) for name, value in call.query.custom if name.lower() in (PARAMETER, *_OTHERS)]
    if len(given) != 1:
        raise error("ODataError", message="Only one of sql, fetchXml, savedQuery and userQuery can be given, and once.")
    return given[0][1]


def _bind(call: Call, table: Table, text: str, token: PageToken | None) -> _Selected:
    """The bound query, once a text."""
    size = asked_size(call, token)
    labels = call.annotations.formatted
    count = bool(call.query.options.count)
    catalog = call.service.catalog
    key = (PARAMETER, table, text, labels, count, size, catalog.version)
    selected: _Selected | None = call.state.find(key)
    if selected is None:
        select, query = _bind_text(call, table, text, labels, Page(size=size or PAGE_SIZE, count=count))
        has_pages = select.top is None
        skipped = select.offset if query.page.top is not None else 0
        bound = Bound(query, _columns(query), NO_LINKS, size if has_pages else None)
        selected = _Selected(bound, skipped, has_pages)
        call.state.keep(key, selected)
    return selected


def _bind_text(call: Call, table: Table, text: str, labels: bool, page: Page) -> tuple[SqlSelect, Query]:
    # the SQL parser is an extra, and slow to load: nobody waits for it who sends no SQL
    try:
        from dataverse_emulator.query.from_sql import bind_sql
        from dataverse_emulator.query.sql_reader import read_sql
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "sqlglot":
            raise
        raise error("NotEmulated", feature=_MISSING) from None
    select = read_sql(text)
    catalog = call.service.catalog
    if select.table != table.logical_name:
        catalog.table(select.table)
        raise error("EntitiesDontMatch")
    query = bind_sql(select, catalog, labels=labels, page=page)
    if (query.page.top or 0) > PAGE_SIZE or select.offset > MAX_SIMPLE_ROWS:
        raise error("SimplePagingLimit", limit=f"{PAGE_SIZE if query.page.top else MAX_SIMPLE_ROWS:,}")
    return select, query


def _columns(query: Query) -> str:
    """The names of the result's members as the context lists them: columns of the table itself, groups, aggregates."""
    if query.is_grouped:
        names = [output.alias for output in query.group if not (output.label or output.hidden)]
        names += [aggregate.alias for aggregate in query.aggregates]
    else:
        shown = [output for output in query.outputs if not (output.label or output.hidden or output.alias)]
        columns = [output.ref.column for output in shown if output.ref.source == ROOT]
        names = [column.edm_name or column.logical_name for column in columns]
    return f"({','.join(names)})" if names else ""
