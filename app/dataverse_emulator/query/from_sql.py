"""A SELECT statement to the bound query (contract 09 §3, Reads; codes of wrong queries: 04 §3).

A query that OData or FetchXML can express as well becomes the same value as there. Names ignore case. Null follows
ruling R21, as in the other languages, but for the literal NULL: a comparison with it holds for no row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.catalog import CHOICE_TYPES, NUMBER_TYPES, Catalog, Column, ColumnType
from dataverse_emulator.query.conditions import bind_condition, without_wildcards
from dataverse_emulator.query.fetch_columns import shown_column
from dataverse_emulator.query.fetch_links import MAX_CONDITIONS, MAX_LINKS, Sources, link_columns
from dataverse_emulator.query.fetch_nodes import FetchEntity, FetchLink
from dataverse_emulator.query.model import (
    ROOT,
    Aggregate,
    AggregateFunction,
    Any_,
    ColumnRef,
    Compare,
    Condition,
    Join,
    Order,
    Output,
    Page,
    Query,
    all_of,
    any_of,
)
from dataverse_emulator.query.negation import negate
from dataverse_emulator.query.operators import Operator
from dataverse_emulator.query.outputs import add_companions, with_labels
from dataverse_emulator.query.sql_names import label_column
from dataverse_emulator.query.sql_nodes import (
    SqlColumn,
    SqlCompare,
    SqlCondition,
    SqlGroup,
    SqlItem,
    SqlJoin,
    SqlNot,
    SqlOrder,
    SqlPair,
    SqlSelect,
)
from dataverse_emulator.query.sql_reader import not_supported

MAX_VALUES = 2000

_ORDERED = frozenset({AggregateFunction.MIN, AggregateFunction.MAX})
_COUNTS = frozenset({AggregateFunction.COUNT_COLUMN, AggregateFunction.COUNT_DISTINCT})
_COMPARED = frozenset({Operator.GT, Operator.GE, Operator.LT, Operator.LE})


def bind_sql(select: SqlSelect, catalog: Catalog, *, labels: bool = False, page: Page | None = None) -> Query:
    """Bind a query.

    Args:
        select: what ``read_sql`` read.
        catalog: the schema.
        labels: also read the primary names of the lookups' targets: each lookup's output is followed by a label output.
        page: the part of the rows that is asked for where the query itself says nothing of it.

    Raises:
        EmulatorError: contract 04 §3 for unknown names and wrong values; 400 for what the service has not.
    """
    return _Binder(select, catalog, labels).query(page or Page())


@dataclass(slots=True)
class _Binder:
    select: SqlSelect
    catalog: Catalog
    labels: bool
    names: dict[str, str] = field(default_factory=dict)  # what a table is called in the text → its source
    conditions: int = 0

    def query(self, page: Page) -> Query:
        select = self.select
        sources = Sources(self.catalog, self.catalog.table(select.table))
        self.names[select.alias] = ROOT
        if len(select.joins) > MAX_LINKS:
            raise error("TooManyLinks")
        for join in select.joins:
            self.join(join, sources)
        where = None if select.where is None else self.condition(select.where, sources)
        if self.conditions > MAX_CONDITIONS:
            raise error("TooManyConditions")
        if select.top is not None:
            page = _extent(select.top, select.offset, page.count)
        bound = Query(sources.root, (), tuple(sources.joins), where, page=page)
        return self.grouped(bound, sources) if select.is_grouped else self.plain(bound, sources)

    # -- rows -------------------------------------------------------------------------------------------------------

    def plain(self, bound: Query, sources: Sources) -> Query:
        is_distinct = self.select.distinct
        outputs = _unique(list(self.outputs(sources)), sources)
        if not is_distinct:
            outputs = self.with_companions(outputs, sources)
        order = tuple(_unique_orders(self.order(item, outputs, sources) for item in self.select.order))
        if is_distinct and any(all(item.ref != output.ref for output in outputs) for item in order):
            raise error("PagingOrder")
        if self.labels:
            hidden = [] if is_distinct else list(_currencies(outputs, sources))
            outputs = [*with_labels(outputs), *hidden]
        return replace(bound, outputs=tuple(outputs), order=order, distinct=is_distinct)

    def outputs(self, sources: Sources) -> Iterator[Output]:
        for item in self.select.items:
            assert item.column is not None
            source = self.source(item.column, sources)
            table = sources.tables[source]
            column = table.column(item.column.name)
            found = column if column.is_stored else label_column(table, column.logical_name)
            if found is None:
                continue  # columns without value of their own are known and answer nothing, as in FetchXML
            ref = ColumnRef(found if item.alias else shown_column(found, table), source)
            yield Output(ref, alias=item.alias or (_name(ref.column) if ref.source != ROOT else ""))

    def with_companions(self, outputs: list[Output], sources: Sources) -> list[Output]:
        """The root's own columns with what comes along with them (currency, key: 03 §2), then the others."""
        own = {o.ref.column.logical_name: o.ref.column for o in outputs if o.ref.source == ROOT and not o.alias}
        add_companions(sources.root, own)
        return [*(Output(ColumnRef(column)) for column in own.values()), *(o for o in outputs if o.alias)]

    def order(self, item: SqlOrder, outputs: Iterable[Output], sources: Sources) -> Order:
        ref = next((o.ref for o in outputs if o.alias and _is_named(item.column, o.alias)), None)
        if ref is None:
            ref = self.column(item.column, sources)
        ref = _shown(ref, sources)
        if ref.column.type is ColumnType.MULTI_SELECT:
            raise error("MultiSelectSorted")
        return Order(ref, item.descending, by_label=ref.column.is_lookup)

    # -- groups -----------------------------------------------------------------------------------------------------

    def grouped(self, bound: Query, sources: Sources) -> Query:
        refs = list(dict.fromkeys(self.column(column, sources) for column in self.select.group))
        for ref in refs:
            _check_group(ref.column)
        group: list[Output] = []
        aggregates: list[Aggregate] = []
        for item in self.select.items:
            if item.function is not None:
                aggregates.append(self.aggregate(item, item.function, sources))
                continue
            assert item.column is not None
            ref = self.column(item.column, sources)
            if ref not in refs:
                raise error("PlainColumnInAggregate")
            group.append(Output(ref, alias=item.alias or _name(ref.column)))
        names = [output.alias for output in group] + [aggregate.alias for aggregate in aggregates]
        if len(set(names)) < len(names):
            raise error("DuplicateAlias")
        shown = {output.ref for output in group}
        if self.select.distinct and len(shown) < len(refs):
            raise not_supported("DISTINCT of groups whose columns are not all selected")
        group += [Output(ref, alias=_name(ref.column), hidden=True) for ref in refs if ref not in shown]
        return replace(
            bound,
            group=with_labels(group) if self.labels else tuple(group),
            aggregates=tuple(aggregates),
            order=tuple(self.group_order(item, group, aggregates, sources) for item in self.select.order),
            is_grouped=True,
        )

    def aggregate(self, item: SqlItem, function: AggregateFunction, sources: Sources) -> Aggregate:
        if item.column is None:
            return Aggregate(function, None, item.alias or "count")
        ref = self.column(item.column, sources)
        column = ref.column
        allowed = function in _COUNTS or column.type in NUMBER_TYPES
        allowed = allowed or (function in _ORDERED and column.type is ColumnType.DATE_TIME)
        if not allowed or not column.is_stored:
            raise error("InvalidAggregateColumn", aggregate=function.value, type=column.type.value)
        # that a function without alias is called so is inferred
        return Aggregate(function, ref, item.alias or f"{function.value}_{column.logical_name}")

    def group_order(self, item: SqlOrder, group: list[Output], aggregates: list[Aggregate], sources: Sources) -> Order:
        for aggregate in aggregates:
            if _is_named(item.column, aggregate.alias):
                ref = aggregate.ref or ColumnRef(sources.root.column(sources.root.primary_id))
                return Order(ref, item.descending, alias=aggregate.alias)
        ref = next((o.ref for o in group if _is_named(item.column, o.alias)), None) or self.column(item.column, sources)
        if all(output.ref != ref for output in group):
            raise error("AttributeInAggregateOrder")
        return Order(ref, item.descending, by_label=ref.column.is_lookup)

    # -- tables and columns -----------------------------------------------------------------------------------------

    def join(self, join: SqlJoin, sources: Sources) -> None:
        table = self.catalog.table(join.table)
        if join.alias in self.names:
            raise error("DuplicateAlias")
        self.names[join.alias] = join.alias
        sources.tables[join.alias] = table
        pairs, others = _split(join.on)
        if len(pairs) != 1:
            raise not_supported("a join on anything but one column of either table")
        left, right = (self.column(column, sources) for column in (pairs[0].left, pairs[0].right))
        if left.source == join.alias:
            left, right = right, left
        if right.source != join.alias or left.source == join.alias:
            raise not_supported("a join on anything but one column of either table")
        link = FetchLink(FetchEntity(join.table), right.column.logical_name, left.column.logical_name)
        table, from_column, to_column = link_columns(link, sources.tables[left.source], self.catalog)
        place = len(sources.joins)
        sources.joins.append(Join(join.alias, table, from_column, to_column, left.source, join.kind))
        if others:
            if any(self.column(compare.column, sources).source != join.alias for compare in _compares(others)):
                raise not_supported("a condition on another table in ON")
            where = all_of(self.condition(other, sources) for other in others)
            sources.joins[place] = replace(sources.joins[place], where=where)

    def column(self, column: SqlColumn, sources: Sources) -> ColumnRef:
        """A column by its name."""
        return sources.column(column.name, self.source(column, sources))

    def source(self, column: SqlColumn, sources: Sources) -> str:
        """Where a column stands; without the name of its table it is that of the only table that has one."""
        if column.table:
            source = self.names.get(column.table)
            if source is None:
                raise error("UnknownAlias")
            return source
        having = [source for source, table in sources.tables.items() if column.name in table.columns]
        if len(having) > 1:
            raise error("SqlAmbiguous", column=column.name)
        return having[0] if having else ROOT

    # -- conditions -------------------------------------------------------------------------------------------------

    def condition(self, node: SqlCondition, sources: Sources, *, negated: bool = False) -> Condition:
        """``negated``: the condition that holds where the node's does not."""
        if isinstance(node, SqlNot):
            return self.condition(node.part, sources, negated=not negated)
        if isinstance(node, SqlGroup):
            parts = [self.condition(part, sources, negated=negated) for part in node.parts]
            return any_of(parts) if node.any_ is not negated else all_of(parts)
        if isinstance(node, SqlPair):
            raise not_supported("a comparison of two columns")
        self.conditions += 1
        found = self.compare(node, sources, negated)
        return negate(found) if negated and found != Any_(()) else found

    def compare(self, node: SqlCompare, sources: Sources, negated: bool) -> Condition:
        values = [value for value in node.values if value is not None]
        if len(values) < len(node.values) and (node.operator is not Operator.IN or negated or not values):
            return Any_(())  # what is compared with NULL is neither true nor false
        if len(values) > MAX_VALUES:
            raise error("TooManyValues")
        ref = self.column(node.column, sources)
        kind = ref.column.type
        if node.operator in _COMPARED and kind is ColumnType.UNIQUEIDENTIFIER:
            # keys are compared to go on behind the last one seen
            found = bind_condition(ref, Operator.EQ, values, self.catalog)
            assert isinstance(found, Compare)
            return replace(found, operator=node.operator)
        if node.operator is Operator.BETWEEN and kind in CHOICE_TYPES:
            low, high = values
            return all_of(
                bind_condition(ref, operator, (value,), self.catalog)
                for operator, value in ((Operator.GE, low), (Operator.LE, high))
            )
        found = bind_condition(ref, node.operator, values, self.catalog)
        return without_wildcards(found) if isinstance(found, Compare) else found


def _extent(top: int, offset: int, count: bool) -> Page:
    """TOP, or OFFSET with FETCH: a page of its own where it is one, else all rows up to its last."""
    if offset and offset % top == 0:
        return Page(size=top, number=offset // top + 1, count=count)
    return Page(top + offset, count=count)


def _split(on: SqlCondition) -> tuple[list[SqlPair], list[SqlCondition]]:
    """The equal columns of ON, and the further conditions."""
    parts = on.parts if isinstance(on, SqlGroup) and not on.any_ else (on,)
    return [part for part in parts if isinstance(part, SqlPair)], [p for p in parts if not isinstance(p, SqlPair)]


def _compares(conditions: Iterable[SqlCondition]) -> Iterator[SqlCompare]:
    for condition in conditions:
        if isinstance(condition, SqlCompare):
            yield condition
        elif isinstance(condition, SqlGroup):
            yield from _compares(condition.parts)
        elif isinstance(condition, SqlNot):
            yield from _compares((condition.part,))


def _unique(outputs: list[Output], sources: Sources) -> list[Output]:
    """The outputs, each once; a linked column whose name is taken has its table's name before it (inferred)."""
    found: dict[str, Output] = {}
    given = {output.alias or _name(output.ref.column) for output in outputs if not output.ref.source}
    if not sources.joins:
        given = set()
    for output in outputs:
        name = output.alias or _name(output.ref.column)
        is_free = name not in found and (not output.ref.source or name not in given)
        if not is_free and output.ref.source and name == _name(output.ref.column):
            name = f"{output.ref.source}.{name}"
            output = replace(output, alias=name)
        if found.get(name, output) != output:
            raise error("DuplicateAlias")
        found[name] = output
    return list(found.values())


def _unique_orders(orders: Iterable[Order]) -> Iterator[Order]:
    seen: set[ColumnRef] = set()
    for order in orders:
        if order.ref not in seen:
            seen.add(order.ref)
            yield order


def _currencies(outputs: Iterable[Output], sources: Sources) -> Iterator[Output]:
    """Formatted amounts need the currency of their row."""
    shown = {output.ref for output in outputs}
    for source in dict.fromkeys(o.ref.source for o in outputs if o.ref.column.type is ColumnType.MONEY):
        currency = sources.tables[source].columns.get("transactioncurrencyid")
        if currency is not None and currency.is_stored and ColumnRef(currency, source) not in shown:
            yield Output(ColumnRef(currency, source), hidden=True)


def _shown(ref: ColumnRef, sources: Sources) -> ColumnRef:
    """Who asks for a label column gets the column whose value it shows, as in FetchXML."""
    return ColumnRef(shown_column(ref.column, sources.tables[ref.source]), ref.source)


def _name(column: Column) -> str:
    return column.edm_name or column.logical_name


def _is_named(column: SqlColumn, alias: str) -> bool:
    return not column.table and column.name == alias.lower()


def _check_group(column: Column) -> None:
    if column.type is ColumnType.MULTI_SELECT:
        raise error("MultiSelectSorted")
    if not column.is_stored:
        raise error("InvalidAggregateColumn", aggregate="groupby", type=column.type.value)
    if column.type is ColumnType.DATE_TIME:
        raise error("InvalidDateGrouping")
