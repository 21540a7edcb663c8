"""Groups and aggregates of FetchXML (contract 03 §14)."""

from __future__ import annotations

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.catalog import CHOICE_TYPES, NUMBER_TYPES, Column, ColumnType, Table
from dataverse_emulator.query.calendar import Form
from dataverse_emulator.query.fetch_links import Sources
from dataverse_emulator.query.fetch_nodes import Fetch, FetchAttribute, FetchOrder
from dataverse_emulator.query.model import (
    ROOT,
    Aggregate,
    AggregateFunction,
    ColumnRef,
    DatePart,
    Order,
    Output,
)
from dataverse_emulator.query.rewrite import form_of

_NUMERIC = frozenset({AggregateFunction.SUM, AggregateFunction.AVERAGE})
_ORDERED = frozenset({AggregateFunction.MIN, AggregateFunction.MAX})


def bind_groups(fetch: Fetch, sources: Sources) -> tuple[tuple[Output, ...], tuple[Aggregate, ...]]:
    """What the groups of a query have in common, and what is counted in them.

    Raises:
        EmulatorError: E-60, E-72, E-74, E-78.
    """
    group: list[Output] = []
    aggregates: list[Aggregate] = []
    entities = [(ROOT, fetch.entity), *((alias, link.entity) for alias, link in sources.entities)]
    for source, entity in entities:
        if entity.all_attributes:
            raise error("PlainColumnInAggregate")
        for node in entity.attributes:
            column = sources.tables[source].column(node.name)
            _check(node)
            ref = ColumnRef(column, source)
            if node.groupby:
                group.append(_bind_group(node, ref))
            else:
                aggregates.append(_bind_aggregate(node, ref))
    if not group and not aggregates:
        raise error("InvalidAggregate")
    return tuple(group), tuple(aggregates)


def group_order(
    node: FetchOrder, group: tuple[Output, ...], aggregates: tuple[Aggregate, ...], table: Table, *, raw: bool
) -> Order:
    """The order of groups that an ``order`` asks for; ``raw`` sorts choices by their numbers.

    Raises:
        EmulatorError: E-74; 0x8004110A for an alias that nothing has.
    """
    if node.attribute is not None:
        raise error("AttributeInAggregateOrder")
    if node.alias is None:
        raise error("OrderWithoutAlias")
    for output in group:
        if output.alias == node.alias:
            if output.part is not None:
                return Order(output.ref, node.descending, alias=output.alias)
            column = output.ref.column
            by_label = column.is_lookup or (column.type in CHOICE_TYPES and not raw)
            return Order(output.ref, node.descending, by_label)
    for aggregate in aggregates:
        if aggregate.alias == node.alias:
            ref = aggregate.ref or ColumnRef(table.column(table.primary_id))
            return Order(ref, node.descending, alias=aggregate.alias)
    raise error("UnknownAlias")


def _check(node: FetchAttribute) -> None:
    if node.groupby and node.aggregate is not None:
        raise error("GroupByAndAggregate")
    if not node.groupby and node.aggregate is None:
        raise error("PlainColumnInAggregate")
    if node.counts_children:
        raise error("InvalidAggregate")
    if not node.alias:
        raise error("InvalidAlias")
    if node.dategrouping is not None and not node.groupby:
        raise error("InvalidDateGrouping")


def _bind_group(node: FetchAttribute, ref: ColumnRef) -> Output:
    column = ref.column
    if column.type is ColumnType.MULTI_SELECT:
        raise error("MultiSelectSorted")
    _demand_stored(column, "groupby")
    # dates are grouped by a part of them only (that they need one is inferred)
    if (column.type is ColumnType.DATE_TIME) is not (node.dategrouping is not None):
        raise error("InvalidDateGrouping")
    if node.dategrouping is None:
        return Output(ref, alias=node.alias or "")
    is_local = node.usertimezone and form_of(column) is Form.INSTANT
    return Output(ref, alias=node.alias or "", part=DatePart(node.dategrouping), is_local=is_local)


def _bind_aggregate(node: FetchAttribute, ref: ColumnRef) -> Aggregate:
    alias = node.alias or ""
    function = AggregateFunction(str(node.aggregate))
    if function is AggregateFunction.COUNT:
        # rows are counted, whatever the column; the root's key is the one that is not worth keeping
        is_key = ref.column.is_primary_id and ref.source == ROOT
        return Aggregate(function, None if is_key else ref, alias)
    if function is AggregateFunction.COUNT_COLUMN and node.distinct:
        function = AggregateFunction.COUNT_DISTINCT
    _demand_stored(ref.column, str(node.aggregate))
    allowed = ref.column.type in NUMBER_TYPES
    if function in _ORDERED:
        allowed = allowed or ref.column.type is ColumnType.DATE_TIME
    if function in _NUMERIC | _ORDERED and not allowed:
        raise error("InvalidAggregateColumn", aggregate=node.aggregate, type=ref.column.type.value)
    return Aggregate(function, ref, alias)


def _demand_stored(column: Column, aggregate: str) -> None:
    if not column.is_stored:
        raise error("InvalidAggregateColumn", aggregate=aggregate, type=column.type.value)
