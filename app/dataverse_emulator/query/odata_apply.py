"""``$apply`` to a query over groups (contract 03 §9)."""

from __future__ import annotations

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.catalog import NUMBER_TYPES, ColumnType
from dataverse_emulator.query.model import (
    ROOT,
    Aggregate,
    AggregateFunction,
    ColumnRef,
    Condition,
    Order,
    Output,
    Page,
    Query,
    all_of,
)
from dataverse_emulator.query.odata_filter import bind_filter
from dataverse_emulator.query.odata_paths import Scope
from dataverse_emulator.query.outputs import with_labels
from odata_protocol.syntax import (
    AggregateItem,
    AggregateStep,
    ApplyStep,
    Expression,
    FilterStep,
    GroupByStep,
    OrderItem,
    Path,
    QueryOptions,
)
from odata_protocol.visitor import children

_METHODS = {
    "sum": AggregateFunction.SUM,
    "average": AggregateFunction.AVERAGE,
    "min": AggregateFunction.MIN,
    "max": AggregateFunction.MAX,
}
_OPEN_PROPERTY = "SingleValueOpenPropertyAccess"


def bind_apply(options: QueryOptions, scope: Scope, page: Page, *, labels: bool) -> Query:
    """Bind ``$apply`` with what may stand beside it: ``$filter``, ``$orderby`` on grouped columns, ``$top``.

    The form is ``filter(...)`` any number of times, then ``groupby((...),aggregate(...))``, ``groupby((...))`` or
    ``aggregate(...)``.

    Raises:
        EmulatorError: contract 03 §9 and 04 E-51, E-54.
    """
    conditions: list[Condition] = []
    steps: list[ApplyStep] = list(options.apply or ())
    while steps and isinstance(steps[0], FilterStep):
        conditions.append(bind_filter(steps.pop(0).condition, scope))  # type: ignore[union-attr]  # the loop's condition says which
    if len(steps) != 1 or not isinstance(steps[0], GroupByStep | AggregateStep):
        raise error("NodeNotSupported", node="Apply")
    if options.select is not None or options.expand is not None:
        raise error("NodeNotSupported", node="SelectExpandClause")
    step = steps[0]
    group: tuple[Output, ...] = ()
    items: tuple[AggregateItem, ...] = ()
    if isinstance(step, AggregateStep):
        items = step.items
    else:
        if step.rollup:
            raise error("NodeNotSupported", node="Rollup")
        group = tuple(_bind_group(path, scope) for path in step.paths)
        if len(step.steps) > 1 or (step.steps and not isinstance(step.steps[0], AggregateStep)):
            raise error("NodeNotSupported", node="Apply")
        if step.steps:
            assert isinstance(step.steps[0], AggregateStep)
            items = step.steps[0].items
    if options.filter is not None:
        if not _names(options.filter).isdisjoint(item.alias for item in items):
            raise error("NodeNotSupported", node=_OPEN_PROPERTY)
        conditions.append(bind_filter(options.filter, scope))
    aggregates = tuple(_bind_aggregate(item, scope) for item in items)
    order = tuple(_bind_order(item, scope, group) for item in options.orderby or ())
    return Query(
        scope.table,
        (),
        tuple(scope.joins.values()),
        all_of(conditions) if conditions else None,
        order,
        with_labels(group) if labels else group,
        aggregates,
        is_grouped=True,
        page=page,
    )


def _names(expression: Expression) -> set[str]:
    """The names with which the paths of an expression begin."""
    found, waiting = set(), [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Path):
            found.add(node.segments[0])
        waiting.extend(children(node))
    return found


def _bind_group(path: Path, scope: Scope) -> Output:
    ref = scope.column(path)
    if ref.column.type is ColumnType.DATE_TIME:
        raise error("ODataError", message="Grouping by a date and time column is not supported.")
    if ref.column.type is ColumnType.MULTI_SELECT:
        raise error("MultiSelectSorted")
    name = str(ref.column.edm_name)
    if ref.source != ROOT:
        name = f"{scope.joins[ref.source].table.logical_name}_{ref.column.logical_name}"
    return Output(ref, alias=name)


def _bind_aggregate(item: AggregateItem, scope: Scope) -> Aggregate:
    if item.from_:
        raise error("NodeNotSupported", node="AggregateFrom")
    if item.expression is None:
        return Aggregate(AggregateFunction.COUNT, None, item.alias)
    function = _METHODS.get(item.method)
    if function is None:
        raise error("ODataError", message=f"The aggregate method '{item.method}' is not supported.")
    expression = scope.expand_alias(item.expression)
    if not isinstance(expression, Path):
        raise error("NodeNotSupported", node="BinaryOperator")
    ref: ColumnRef = scope.column(expression)
    allowed = NUMBER_TYPES if function in (AggregateFunction.SUM, AggregateFunction.AVERAGE) else None
    if allowed is not None and ref.column.type not in allowed:
        raise error(
            "ODataError",
            message=f"The aggregate method '{item.method}' cannot be applied to a property of type "
            f"'{ref.column.edm_type}'.",
        )
    return Aggregate(function, ref, item.alias)


def _bind_order(item: OrderItem, scope: Scope, group: tuple[Output, ...]) -> Order:
    expression = scope.expand_alias(item.expression)
    if isinstance(expression, Path):
        for output in group:
            if "/".join(expression.segments) in (output.alias, output.ref.column.edm_name):
                return Order(output.ref, item.descending)
    raise error("NodeNotSupported", node=_OPEN_PROPERTY)
