"""FetchXML nodes to the bound query (contract 03 §10 to §15; wrong queries: 04 §3).

A query that OData can express as well becomes the same value as there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.catalog import CHOICE_TYPES, Catalog, ColumnType
from dataverse_emulator.query.conditions import bind_condition, without_wildcards
from dataverse_emulator.query.fetch_columns import Columns, shown_column
from dataverse_emulator.query.fetch_groups import bind_groups, group_order
from dataverse_emulator.query.fetch_links import (
    JOIN_KINDS,
    Sources,
    check_size,
    kind_of,
    link_columns,
    link_path,
)
from dataverse_emulator.query.fetch_nodes import (
    Fetch,
    FetchCondition,
    FetchFilter,
    FetchLink,
    FetchOrder,
)
from dataverse_emulator.query.model import (
    ROOT,
    ColumnRef,
    Compare,
    Condition,
    Exists,
    Join,
    JoinKind,
    Order,
    Output,
    Page,
    Query,
    all_of,
    any_of,
)
from dataverse_emulator.query.operators import Operator
from dataverse_emulator.query.outputs import with_labels
from dataverse_emulator.query.paging import MAX_SIMPLE_ROWS, PAGE_SIZE, pages_by_key, read_fetch_cookie, sort_values

MAX_VALUES = 2000

_UNKNOWN_HERE = frozenset({Operator.CONTAINS, Operator.NOT_CONTAINS})  # OData's own
_OF_COLUMNS = frozenset({Operator.EQ, Operator.NE, Operator.GT, Operator.GE, Operator.LT, Operator.LE})


def bind_fetch(
    fetch: Fetch, catalog: Catalog, *, labels: bool = False, page_size: int | None = None, count: bool = False
) -> Query:
    """Bind a query.

    Args:
        fetch: what ``read_fetch`` read.
        catalog: the schema.
        labels: also read the primary names of the lookups' targets: each lookup's output is followed by a label output.
        page_size: rows a page where the query itself says nothing.
        count: also count all rows that match.

    Raises:
        EmulatorError: contract 04 §3.
    """
    check_size(fetch.entity)
    table = catalog.table(fetch.entity.name)
    sources = Sources(catalog, table)
    links = _bind_links(fetch.entity.links, ROOT, sources)
    conditions = [*_bind_filters(fetch.entity.filters, ROOT, sources), *links]
    where = all_of(conditions) if conditions else None
    page = _page(fetch, page_size, count)
    joins = tuple(sources.joins)
    if fetch.aggregate:
        group, aggregates = bind_groups(fetch, sources)
        order = tuple(
            group_order(node, group, aggregates, table, raw=fetch.raw_order) for node, _ in _order_nodes(fetch, sources)
        )
        return Query(
            table,
            (),
            joins,
            where,
            order,
            with_labels(group) if labels else group,
            aggregates,
            is_grouped=True,
            page=page,
            aggregate_limit=fetch.aggregate_limit,
        )
    outputs = Columns(fetch, sources, labels).all()
    order = _bind_orders(fetch, sources)
    if fetch.distinct:
        _check_distinct(fetch, outputs, order)
    query = Query(table, outputs, joins, where, order, page=page, distinct=fetch.distinct)
    return _behind_cookie(query, fetch.cookie) if fetch.cookie else query


def _page(fetch: Fetch, size: int | None, count: bool) -> Page:
    if fetch.top is not None:
        return Page(fetch.top, count=count)
    number = fetch.page or 1
    size = min(fetch.count or size or PAGE_SIZE, PAGE_SIZE)
    if number * size > MAX_SIMPLE_ROWS and not fetch.cookie:
        raise error("SimplePagingLimit", limit=f"{MAX_SIMPLE_ROWS:,}")
    return Page(size=size, number=number, count=count or fetch.total)


def _behind_cookie(query: Query, cookie: str) -> Query:
    """The query from the row on where its page begins, if the cookie is that of the page before; else pages count.

    A cookie that leads further than a page other than the first wins: there are clients, the official one among them,
    that take the page from the number outside of the cookie, which is always 2.
    """
    token = read_fetch_cookie(query, cookie)
    if token.number > query.page.number > 1:
        query = replace(query, page=replace(query.page, number=token.number))
    if token.number != query.page.number or not pages_by_key(query):
        return query
    return replace(query, page=replace(query.page, after=sort_values(query, token)))


# ---- links ---------------------------------------------------------------------------------------------------------


def _bind_links(links: Iterable[FetchLink], parent: str, sources: Sources) -> list[Condition]:
    """Add the joins of links to the sources; the conditions that links without columns make on their parent."""
    conditions: list[Condition] = []
    for link in links:
        kind = JOIN_KINDS.get(link.link_type)
        if kind is None:  # exists, in
            conditions.append(_exists(link, parent, sources))
        else:
            _join(link, kind, parent, sources)
    return conditions


def _join(link: FetchLink, kind: JoinKind, parent: str, sources: Sources) -> None:
    table, from_column, to_column = link_columns(link, sources.tables[parent], sources.catalog)
    alias = sources.add(link, table)
    sources.entities.append((alias, link))
    place = len(sources.joins)
    sources.joins.append(Join(alias, table, from_column, to_column, parent, kind))
    conditions = _bind_filters(link.entity.filters, alias, sources)
    conditions += _bind_links(link.entity.links, alias, sources)
    if conditions:
        where = all_of(conditions)
        sources.joins[place] = Join(alias, table, from_column, to_column, parent, kind, where)


def _exists(link: FetchLink, source: str, sources: Sources, *, filtered: bool = True, negated: bool = False) -> Exists:
    parent = sources.tables[source]
    table, from_column, to_column = link_columns(link, parent, sources.catalog)
    inner = Sources(sources.catalog, table)
    conditions: list[Condition] = []
    if filtered:
        links = _bind_links(link.entity.links, ROOT, inner)
        conditions = [*_bind_filters(link.entity.filters, ROOT, inner), *links]
    key = Output(ColumnRef(table.column(table.primary_id)))
    query = Query(table, (key,), tuple(inner.joins), all_of(conditions) if conditions else None)
    return Exists(link_path(parent, table, from_column, to_column), query, negated, source)


# ---- conditions ----------------------------------------------------------------------------------------------------


def _bind_filters(filters: Iterable[FetchFilter], source: str, sources: Sources) -> list[Condition]:
    bound = (_bind_filter(filter_, source, sources) for filter_ in filters)
    return [condition for condition in bound if condition is not None]


def _bind_filter(filter_: FetchFilter, source: str, sources: Sources) -> Condition | None:
    conditions: list[Condition] = []
    for item in filter_.items:
        if isinstance(item, FetchFilter):
            inner = _bind_filter(item, source, sources)
            if inner is not None:
                conditions.append(inner)
        elif isinstance(item, FetchLink):
            conditions.append(_bind_any(item, source, sources))
        else:
            conditions.append(_bind_condition(item, source, sources))
    if not conditions:
        return None
    return any_of(conditions) if filter_.any_ else all_of(conditions)


def _bind_any(link: FetchLink, source: str, sources: Sources) -> Condition:
    """``any`` and its kin; what ``all`` means is told by the table of §12, not by its name."""
    if link.link_type == "not any":
        return _exists(link, source, sources, negated=True)
    if link.link_type == "all":
        linked = _exists(link, source, sources, filtered=False)
        return all_of([linked, _exists(link, source, sources, negated=True)])
    return _exists(link, source, sources)


def _bind_condition(node: FetchCondition, source: str, sources: Sources) -> Condition:
    place = source if node.entityname is None else sources.find(node.entityname)
    ref = sources.column(node.attribute, place)
    try:
        operator = Operator(node.operator)
    except ValueError:
        raise error("UnsupportedOperator") from None
    if operator in _UNKNOWN_HERE:
        raise error("UnsupportedOperator")
    if node.valueof is not None:
        return _compare_columns(ref, operator, node, source, sources)
    if len(node.values) > MAX_VALUES:
        raise error("TooManyValues")
    condition = bind_condition(ref, operator, node.values, sources.catalog)
    return without_wildcards(condition) if isinstance(condition, Compare) else condition


def _compare_columns(
    ref: ColumnRef, operator: Operator, node: FetchCondition, source: str, sources: Sources
) -> Condition:
    assert node.valueof is not None
    if operator not in _OF_COLUMNS:
        raise error("UnsupportedOperator")
    if node.values:
        raise error("BadCondition")
    alias, dot, name = node.valueof.rpartition(".")
    other = sources.column(name, sources.find(alias) if dot else source)
    if kind_of(ref.column) != kind_of(other.column):
        raise error("UnsupportedOperator")
    return Compare(ref, operator, (), other)


# ---- order ---------------------------------------------------------------------------------------------------------


def _order_nodes(fetch: Fetch, sources: Sources) -> Iterator[tuple[FetchOrder, str]]:
    """The orders of the entity, then those of the links, with the source of each."""
    for node in fetch.entity.orders:
        yield node, ROOT if node.entityname is None else sources.find(node.entityname)
    for alias, link in sources.entities:
        for node in link.entity.orders:
            yield node, alias if node.entityname is None else sources.find(node.entityname)


def _bind_orders(fetch: Fetch, sources: Sources) -> tuple[Order, ...]:
    orders: dict[ColumnRef, Order] = {}
    for node, source in _order_nodes(fetch, sources):
        if node.alias is not None:
            raise error("AliasInOrder")
        if node.attribute is None:
            raise error("OrderWithoutAttribute")
        ref = sources.column(node.attribute, source)
        if ref.column.type is ColumnType.MULTI_SELECT:
            raise error("MultiSelectSorted")
        column = shown_column(ref.column, sources.tables[source])
        raw = fetch.raw_order and column is ref.column
        by_label = column.is_lookup or (column.type in CHOICE_TYPES and not raw)
        ref = ColumnRef(column, source)
        orders.setdefault(ref, Order(ref, node.descending, by_label))
    return tuple(orders.values())


def _check_distinct(fetch: Fetch, outputs: tuple[Output, ...], order: tuple[Order, ...]) -> None:
    if fetch.entity.no_attributes and not outputs:
        raise error("DistinctWithoutColumns")
    shown = {output.ref for output in outputs}
    if any(item.ref not in shown for item in order):
        raise error("PagingOrder")
