"""Query strings to bound queries, each text once: a repeated query costs no parsing and finds its plan by identity."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from dataverse_emulator.errors import not_emulated
from dataverse_emulator.metadata.catalog import Catalog, Column, Navigation, NavigationKind, Table
from dataverse_emulator.query.from_odata import bind_query, bind_record_query
from dataverse_emulator.query.model import All, Any_, ColumnRef, Compare, Condition, Join, JoinKind, Output, Page, Query
from dataverse_emulator.query.operators import Operator
from dataverse_emulator.query.paging import PAGE_SIZE, PageToken, read_cookie, sort_values, write_cookie
from dataverse_emulator.values import Reference
from dataverse_emulator.web.webapi.call import Call
from dataverse_emulator.web.webapi.links import NO_LINKS, Links, skip_token
from odata_protocol.context import expanded, expanded_reference
from odata_protocol.syntax import ExpandForm, ExpandItem, QueryOptions, SelectItem
from odata_protocol.writer import encode_query, option_pairs

_ALWAYS_ELASTIC = ("versionnumber", "partitionid", "_ownerid_value", "_owningbusinessunit_value")

_TOKEN = re.compile(r"(?:^|&)(?:\$|%24)skiptoken=[^&]*")
_LINK_ALIAS = "/link"  # no name that a client can give
_NOT_YET = {
    "fetchxml": "FetchXML queries (fetchXml=) of $count and $ref",
    "savedquery": "saved views (savedQuery=) of $count and $ref",
    "userquery": "personal views (userQuery=) of $count and $ref",
    "sql": "SQL queries (sql=) of $count and $ref",
}


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A bound query and what its representation repeats of the client's text.

    ``columns`` is the part of the context URL in brackets (empty without ``$select`` and ``$expand``); ``size`` the
    page size that the client chose.
    """

    query: Query
    columns: str
    links: Links
    size: int | None = None

    @property
    def has_pages(self) -> bool:
        """The page size that the client prefers matters, to the rows or to an expansion of theirs."""
        return self.size is not None or _pages_expansions(self.query)


def asked_size(call: Call, token: PageToken | None) -> int | None:
    """The number of rows of a page that the client prefers, or that its page token goes on with; None for the usual."""
    size = call.preferences.max_page_size
    if size is None and token is not None:
        size = token.size
    return size if size is None else min(size, PAGE_SIZE)


def bind_collection(call: Call, table: Table) -> tuple[Bound, PageToken | None]:
    """The query of a request on rows of ``table``, from its first page, and the page token that the client sent.

    Raises:
        EmulatorError: contract 04 §2; 501 for the query languages that are not emulated.
    """
    text = call.request.query
    token = None
    if "skiptoken" in text:
        token_text = call.query.options.skiptoken
        if token_text is not None:
            token = read_cookie(token_text)
            text = without_token(text)
    size = asked_size(call, token)
    labels = call.annotations.formatted
    key = ("rows", table, text, labels, size, call.service.catalog.version)
    bound: Bound | None = call.state.find(key)
    if bound is None:
        refuse_unsupported(call)
        options = replace(call.query.options, skiptoken=None)
        query = bind_query(
            table,
            options,
            call.query.aliases,
            call.service.catalog,
            labels=labels,
            page_size=PAGE_SIZE if size is None else size,
        )
        _refuse_unstored(query)
        kept = None if options.top is not None else size
        # a grouped result has the context of the bare set (contract 03 §9)
        columns = "" if options.apply is not None else _columns(options)
        bound = Bound(query, columns, _links(options.expand), kept)
        call.state.keep(key, bound)
    return bound, token


def bind_row(call: Call, table: Table, *, expand: bool = True) -> Bound:
    """The query of a request on one row; ``expand`` False ignores ``$expand``.

    Raises:
        EmulatorError: contract 04 §2.
    """
    labels = call.annotations.formatted
    size = call.preferences.max_page_size
    key = ("row", table, call.request.query, labels, expand, size, call.service.catalog.version)
    bound: Bound | None = call.state.find(key)
    if bound is None:
        options = call.query.options
        if not expand and options.expand is not None:
            options = replace(options, expand=None)
        columns = _columns(options)
        if table.is_elastic and options.select:
            options = replace(options, select=(*options.select, *_unasked(table, options.select)))
        page_size = None if size is None else min(size, PAGE_SIZE)
        query = bind_record_query(table, options, call.service.catalog, labels=labels, page_size=page_size)
        _refuse_unstored(query)
        bound = Bound(query, columns, _links(options.expand))
        call.state.keep(key, bound)
    return bound


def _unasked(table: Table, chosen: tuple[SelectItem, ...]) -> list[SelectItem]:
    """What a row of an elastic table comes with beside the columns that are asked for (contract 02 §17)."""
    known = {item.path for item in chosen}
    return [SelectItem((name,)) for name in _ALWAYS_ELASTIC if name in table.properties and (name,) not in known]


def bind_count(call: Call, table: Table) -> Query:
    """The query that counts the rows of a request on ``table``: its filter alone matters."""
    key = ("count", table, call.request.query, call.service.catalog.version)
    query: Query | None = call.state.find(key)
    if query is None:
        refuse_unsupported(call)
        options = replace(
            call.query.options,
            select=_only(table.primary_id),
            expand=None,
            orderby=None,
            top=0,
            count=True,
            skiptoken=None,
        )
        query = bind_query(table, options, call.query.aliases, call.service.catalog)
        call.state.keep(key, query)
    return query


def bind_property(call: Call, table: Table, column: Column) -> Query:
    """The query that reads one property of a row; it is the first output."""
    labels = call.annotations.formatted
    key = ("property", table, column, labels, call.service.catalog.version)
    query: Query | None = call.state.find(key)
    if query is None:
        assert column.edm_name is not None
        query = bind_record_query(
            table, QueryOptions(select=_only(column.edm_name)), call.service.catalog, labels=labels
        )
        call.state.keep(key, query)
    return query


def column_query(call: Call, table: Table, column: str) -> Query:
    """The query that reads one column of a row, nothing else."""
    key = ("column", table, column, call.service.catalog.version)
    query: Query | None = call.state.find(key)
    if query is None:
        query = Query(table, (Output(ColumnRef(table.column(column))),))
        call.state.keep(key, query)
    return query


def refuse_unsupported(call: Call) -> None:
    """Answer 501 to query languages and options of the platform that are not emulated."""
    for name, _ in call.query.custom:
        feature = _NOT_YET.get(name.lower())
        if feature is not None:
            raise not_emulated(feature)


def _refuse_unstored(query: Query) -> None:
    """Answer 501 to expansions over lookups that are no property, of which the platform's own tables have a few."""
    for expansion in query.expansions:
        navigation = expansion.navigation
        holder = query.table if navigation.kind is NavigationKind.MANY_TO_ONE else expansion.query.table
        if navigation.column and not holder.column(navigation.column).is_stored:
            raise not_emulated(f"$expand of {expansion.name}")
        _refuse_unstored(expansion.query)


def _pages_expansions(query: Query) -> bool:
    return any(expansion.is_paged or _pages_expansions(expansion.query) for expansion in query.expansions)


# ---- rows over a navigation property -------------------------------------------------------------------------------


def restrict(query: Query, navigation: Navigation, parent: Reference, catalog: Catalog) -> Query:
    """The same query for the rows alone to which a collection-valued navigation property of ``parent`` leads."""
    if navigation.kind is NavigationKind.ONE_TO_MANY:
        lookup = query.table.column(navigation.column)
        if not lookup.is_stored:  # some lookups of the platform's own tables are no property, so nothing is linked
            return restricted(query, Any_(()))
        return restricted(query, Compare(ColumnRef(lookup), Operator.EQ, (parent,)))
    intersect = catalog.table(navigation.relationship.intersect_table)  # type: ignore[union-attr]  # what is no lookup is an N:N link
    join = Join(
        _LINK_ALIAS,
        intersect,
        from_column=intersect.column(navigation.far_column),
        to_column=query.table.column(query.table.primary_id),
        kind=JoinKind.INNER,
    )
    near = ColumnRef(intersect.column(navigation.near_column), _LINK_ALIAS)
    return restricted(replace(query, joins=(*query.joins, join)), Compare(near, Operator.EQ, (parent.id,)))


def with_key(query: Query, id: str) -> Query:
    """The same query for the row of one primary key alone."""
    key = ColumnRef(query.table.column(query.table.primary_id))
    return restricted(query, Compare(key, Operator.EQ, (id,)))


def restricted(query: Query, condition: Condition) -> Query:
    """The same query for the rows alone that meet a further condition."""
    if query.where is None:
        return replace(query, where=condition)
    parts = query.where.parts if isinstance(query.where, All) else (query.where,)
    return replace(query, where=All((*parts, condition)))


# ---- pages ---------------------------------------------------------------------------------------------------------


def at_page(query: Query, token: PageToken) -> Query:
    """The same query for the page of a token.

    Raises:
        EmulatorError: the token belongs to another query (E-47).
    """
    after = None if query.is_grouped else sort_values(query, token)
    # plans are found by shape, and a page's number is part of it: it stays 1 where the sort values say enough
    number = 1 if after is not None else token.number
    page = query.page
    return replace(query, page=Page(page.top, page.size, number, after, page.count))


def next_link(call: Call, bound: Bound, number: int, after: tuple[object, ...] | None, first_key: str | None) -> str:
    """The URL of the next page: the client's own query with a token behind it."""
    cookie = write_cookie(bound.query, number, bound.size, after, first_key)
    query = without_token(call.request.query).strip("&")
    return f"{call.root}{call.path}?{query}{'&' if query else ''}{skip_token(cookie)}"


def without_token(query: str) -> str:
    """A raw query string without its ``$skiptoken``."""
    return _TOKEN.sub("", query) if "skiptoken" in query else query


# ---- context and links ---------------------------------------------------------------------------------------------


def _only(name: str) -> tuple[SelectItem, ...]:
    return (SelectItem((name,)),)


def _columns(options: QueryOptions) -> str:
    names = [*_selected(options), *_expanded(options.expand)]
    return f"({','.join(names)})" if names else ""


def _selected(options: QueryOptions) -> list[str]:
    return ["/".join(item.path) for item in options.select or ()]


def _expanded(items: tuple[ExpandItem, ...] | None) -> list[str]:
    names: list[str] = []
    for item in items or ():
        name = item.path[-1]
        if item.form is ExpandForm.REFERENCES:
            names += [name, expanded_reference(name)]
        else:
            inner = item.options or QueryOptions()
            names.append(expanded(name, _selected(inner), _expanded(inner.expand)))
    return names


def _links(items: tuple[ExpandItem, ...] | None) -> Links:
    if not items:
        return NO_LINKS
    texts, nested = [], []
    for item in items:
        text = "" if item.options is None else encode_query(option_pairs(item.options))
        texts.append(f"?{text}" if text else "")
        nested.append(_links(item.options.expand) if item.options is not None else NO_LINKS)
    return Links(tuple(texts), tuple(nested))
