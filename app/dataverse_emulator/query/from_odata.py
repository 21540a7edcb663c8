"""OData query options to the bound query (contract 03 §1 to §7; wrong options: 04 §2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dataverse_emulator.errors import error
from dataverse_emulator.metadata.catalog import Catalog, Column, ColumnType, Navigation, NavigationKind, Table
from dataverse_emulator.query.model import ColumnRef, Expansion, Order, Output, Page, Query
from dataverse_emulator.query.odata_apply import bind_apply
from dataverse_emulator.query.odata_filter import bind_filter
from dataverse_emulator.query.odata_paths import Scope, unknown_property
from dataverse_emulator.query.outputs import add_companions, all_columns, with_labels
from odata_protocol.syntax import ExpandForm, ExpandItem, Expression, OrderItem, Path, QueryOptions, SelectItem

MAX_EXPANSIONS = 15
MAX_PAGE = 5000
REFUSED = ("$skip", "$search", "$format", "$compute", "$levels")
_REFUSED_INSIDE = (*REFUSED, "$count", "$apply", "$skiptoken", "$deltatoken")
_NESTED_REFUSAL = (
    "Only $select and $filter clause can be provided while doing $expand on many-to-one relationship or nested "
    "one-to-many relationship."
)


def bind_query(
    table: Table,
    options: QueryOptions,
    aliases: Mapping[str, Expression],
    catalog: Catalog,
    *,
    labels: bool = False,
    page_size: int | None = None,
) -> Query:
    """Bind the options of a request on a collection of ``table``.

    Args:
        labels: also read the primary names of the lookups' targets (formatted values were asked for): each lookup's
            output is followed by a label output.
        page_size: rows a page, when the client prefers one; ``$top`` takes its place (ruling R9). It is the size of
            the pages of expanded collections, too, where expansions are nested (contract 03 §3.4).

    Raises:
        EmulatorError: unknown names, wrong types, refused options: contract 04 §2.
    """
    _refuse(options, REFUSED)
    scope = Scope(table, catalog, aliases)
    page = Page(options.top, page_size if options.top is None else None, count=bool(options.count))
    if options.apply is not None:
        return bind_apply(options, scope, page, labels=labels)
    where = bind_filter(options.filter, scope) if options.filter is not None else None
    order = _bind_order(options.orderby or (), scope)
    expansions = _bind_expansions(options, table, catalog, page_size)
    return Query(
        table,
        _outputs(table, options.select, expansions, labels=labels, with_bodies=False),
        tuple(scope.joins.values()),
        where,
        order,
        page=page,
        expansions=_with_labels(expansions) if labels else expansions,
    )


def bind_record_query(
    table: Table,
    options: QueryOptions,
    catalog: Catalog,
    *,
    labels: bool = False,
    page_size: int | None = None,
) -> Query:
    """Bind ``$select`` and ``$expand`` of a request on one row of ``table`` (no condition; see ``Retrieve``).

    Other options are refused as on collections or ignored, as the platform does (02 §2). ``page_size`` is that of
    expanded collections where expansions are nested.

    Raises:
        EmulatorError: contract 04 §2.
    """
    _refuse(options, REFUSED)
    expansions = _bind_expansions(options, table, catalog, page_size)
    return Query(
        table,
        _outputs(table, options.select, expansions, labels=labels, with_bodies=True),
        expansions=_with_labels(expansions) if labels else expansions,
    )


def _refuse(options: QueryOptions, names: Iterable[str]) -> None:
    for name in options.present:
        if name in names:
            raise error("OptionNotSupported", option=name)


# ---- $select -------------------------------------------------------------------------------------------------------


def _outputs(
    table: Table,
    select: tuple[SelectItem, ...] | None,
    expansions: tuple[Expansion, ...],
    *,
    labels: bool,
    with_bodies: bool,
) -> tuple[Output, ...]:
    """The columns that are read, in the order in which they are shown."""
    if select is None:
        columns = all_columns(table, with_bodies)
    else:
        columns = _selected(table, select, with_bodies)
        for expansion in expansions:
            if expansion.references:
                columns[expansion.navigation.column] = table.column(expansion.navigation.column)
    outputs = [Output(ColumnRef(column)) for column in columns.values()]
    return with_labels(outputs) if labels else tuple(outputs)


def _selected(table: Table, select: tuple[SelectItem, ...], with_bodies: bool) -> dict[str, Column]:
    """The named columns, then those that come along: currency, address composites, keys (03 §2)."""
    columns: dict[str, Column] = {}
    for item in select:
        name = item.path[0]
        if item.options is not None:
            raise error("NodeNotSupported", node="SelectExpandClause")
        if len(item.path) == 2 and "." in name:
            name = item.path[1]
        elif len(item.path) > 1:
            raise unknown_property("/".join(item.path), table)
        if name == "*":
            for own, column in all_columns(table, with_bodies).items():
                columns.setdefault(own, column)
            continue
        found = table.properties.get(name)
        if found is None:
            navigation = table.navigation.get(name)
            if navigation is None or navigation.is_collection:
                raise unknown_property(name, table)
            continue  # tolerated: the member itself does not come back
        if found.is_stored:
            columns.setdefault(found.logical_name, found)
    add_companions(table, columns)
    return columns


# ---- $orderby ------------------------------------------------------------------------------------------------------


def _bind_order(items: tuple[OrderItem, ...], scope: Scope) -> tuple[Order, ...]:
    order: list[Order] = []
    seen: set[ColumnRef] = set()
    for item in items:
        expression = scope.expand_alias(item.expression)
        if not isinstance(expression, Path):
            raise error("NodeNotSupported", node="SingleValueFunctionCall")
        ref = scope.column(expression)
        if ref.column.type is ColumnType.MULTI_SELECT:
            raise error("MultiSelectSorted")
        if ref not in seen:
            seen.add(ref)
            order.append(Order(ref, item.descending, by_label=ref.column.is_lookup))
    return tuple(order)


# ---- $expand -------------------------------------------------------------------------------------------------------


def _bind_expansions(
    options: QueryOptions, table: Table, catalog: Catalog, page_size: int | None
) -> tuple[Expansion, ...]:
    if options.expand is None:
        return ()
    if _count_items(options.expand) > MAX_EXPANSIONS:
        raise error("TooManyLinks")
    is_nested = any(item.options is not None and item.options.expand for item in options.expand)
    nested_size = (page_size or MAX_PAGE) if is_nested else None
    expansions = tuple(_bind_expansion(item, table, catalog, nested_size) for item in options.expand)
    links = sum(1 for expansion in _flat(expansions) if expansion.navigation.kind is NavigationKind.MANY_TO_MANY)
    others = sum(1 for _ in _flat(expansions)) - links
    if links and (others or is_nested):
        raise error(
            "ODataError",
            message="Expanding a many-to-many relationship together with other relationships is not supported.",
        )
    return expansions


def _count_items(items: tuple[ExpandItem, ...]) -> int:
    return sum(1 + _count_items((item.options and item.options.expand) or ()) for item in items)


def _flat(expansions: tuple[Expansion, ...]) -> Iterable[Expansion]:
    for expansion in expansions:
        yield expansion
        yield from _flat(expansion.query.expansions)


def _bind_expansion(item: ExpandItem, table: Table, catalog: Catalog, nested_size: int | None) -> Expansion:
    """One expansion; ``nested_size`` is the page size of collections where expansions are nested (03 §3.4)."""
    name = item.path[-1]
    if len(item.path) > 2 or (len(item.path) == 2 and "." not in item.path[0]):
        raise unknown_property("/".join(item.path), table)
    navigation = table.navigation.get(name)
    if navigation is None:
        raise unknown_property(name, table)
    if item.form is ExpandForm.COUNT:
        raise error("OptionNotSupported", option="$count")
    if item.form is ExpandForm.REFERENCES and navigation.is_collection:
        raise error("ODataError", message="Expand with $ref is only supported on lookup type navigation property.")
    options = item.options or QueryOptions()
    _refuse(options, _REFUSED_INSIDE)
    if (options.orderby or options.top is not None) and (nested_size is not None or not navigation.is_collection):
        raise error("ODataError", message=_NESTED_REFUSAL)
    if options.filter is not None and not navigation.is_collection:
        raise error("ODataError", message=_NESTED_REFUSAL)
    target = catalog.table(navigation.target)
    scope = Scope(target, catalog, None)
    where = bind_filter(options.filter, scope) if options.filter is not None else None
    order = _bind_order(options.orderby or (), scope)
    inner = tuple(_bind_expansion(nested, target, catalog, nested_size) for nested in options.expand or ())
    references = item.form is ExpandForm.REFERENCES
    if references:
        outputs: tuple[Output, ...] = (Output(ColumnRef(target.column(target.primary_id))),)
    else:
        outputs = _outputs(target, options.select, inner, labels=False, with_bodies=False)
        outputs = _with_back_reference(outputs, navigation, target, options)
    query = Query(
        target,
        outputs,
        tuple(scope.joins.values()),
        where,
        order,
        page=Page(options.top, nested_size if navigation.is_collection else None),
        expansions=inner,
    )
    return Expansion(name, navigation, query, references)


def _with_back_reference(
    outputs: tuple[Output, ...], navigation: Navigation, target: Table, options: QueryOptions
) -> tuple[Output, ...]:
    """Rows of an expanded 1:N collection bring the lookup that leads back (03 §3.3)."""
    if navigation.kind is not NavigationKind.ONE_TO_MANY or options.select is None:
        return outputs
    back = ColumnRef(target.column(navigation.column))
    if any(output.ref == back for output in outputs) or not back.column.is_stored:
        return outputs
    return (*outputs[:-1], Output(back), outputs[-1])


def _with_labels(expansions: tuple[Expansion, ...]) -> tuple[Expansion, ...]:
    """The same expansions with a label output behind each lookup."""
    labelled = []
    for expansion in expansions:
        query = expansion.query
        outputs = query.outputs if expansion.references else with_labels(query.outputs)
        labelled.append(
            replace(
                expansion,
                query=replace(query, outputs=outputs, expansions=_with_labels(query.expansions)),
            )
        )
    return tuple(labelled)
