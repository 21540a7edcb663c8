"""A query's shape to SQL. With ``selection.py`` the only one beside ``storage`` that knows
SQLAlchemy.

The compiler reads shapes (``slots.py``), so a plan serves every query of its shape; values are bound by slot number.
Columns are written by name into statements that SQLAlchemy puts together and renders for the dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.selectable import Select

from dataverse_emulator.metadata.catalog import Catalog, Column, ColumnType, Navigation, NavigationKind
from dataverse_emulator.query.model import (
    ROOT,
    Aggregate,
    AggregateFunction,
    ColumnRef,
    Expansion,
    Order,
    Output,
    Query,
)
from dataverse_emulator.query.plan import (
    KEY_SLOT,
    MAX_AGGREGATED,
    MAX_COUNT,
    MAX_PAGE,
    PARENTS_SLOT,
    PARTITION_SLOT,
    Plan,
    Statement,
)
from dataverse_emulator.query.selection import (
    Expression,
    Selection,
    bound,
    column_sql,
    intersect_table,
    sql_table,
)
from dataverse_emulator.query.slots import Slot
from dataverse_emulator.query.sql_names import has_fold, type_name
from dataverse_emulator.query.sqlite_forms import date_part, listed
from dataverse_emulator.values import PARTITION

_FUNCTIONS: dict[AggregateFunction, Callable[[Any], Any]] = {
    AggregateFunction.SUM: sa.func.sum,
    AggregateFunction.AVERAGE: sa.func.avg,
    AggregateFunction.MIN: sa.func.min,
    AggregateFunction.MAX: sa.func.max,
}


class Compiler:
    """Makes plans for one catalog and one dialect."""

    def __init__(self, catalog: Catalog, dialect: Dialect) -> None:
        self.catalog = catalog
        self.dialect = dialect

    def compile(self, shape: Query) -> Plan:
        """The plan of a query of its own."""
        return _Builder(self, shape).plan()

    def compile_row(self, query: Query) -> Plan:
        """The plan that reads the row whose key is bound as ``key`` (and ``partition`` for elastic tables)."""
        builder = _Builder(self, query)
        builder.conditions.append(builder.key() == sa.bindparam(KEY_SLOT))
        if query.table.is_elastic:
            builder.conditions.append(column_sql(builder.root, PARTITION) == sa.bindparam(PARTITION_SLOT))
        return builder.row_plan()

    def compile_expansion(self, expansion: Expansion, shape: Query) -> Plan:
        """The plan that reads an expansion's rows for the parents whose ids are bound as ``parents`` (JSON text)."""
        return _Builder(self, shape).expansion_plan(expansion.navigation)

    def render(self, statement: Select[Any]) -> Statement:
        """The dialect's text of a statement."""
        compiled = statement.compile(dialect=self.dialect, compile_kwargs={"render_postcompile": True})
        names: list[str] = compiled.positiontup or []
        marks = tuple(int(name[1:]) if name[1:].isdecimal() else name for name in names)
        given = compiled.params
        return Statement(str(compiled), marks, {name: given[name] for name in marks if isinstance(name, str)})


class _Builder(Selection):
    """Builds the statements of one shape."""

    def __init__(self, compiler: Compiler, query: Query) -> None:
        super().__init__(compiler.catalog, query)
        self.compiler = compiler

    # -- statements -------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        """The plan of the query."""
        if self.query.is_grouped:
            return self._grouped_plan()
        if self.query.distinct:
            return self._distinct_plan()
        columns, plan = self._columns()
        page = self.query.page
        sort_values = [*(self.sort_value(item) for item in self.query.order), self.key()]
        descending = [*(item.descending for item in self.query.order), False]
        if page.size is not None:
            plan.sort_places = tuple(range(len(columns), len(columns) + len(sort_values)))
            columns = [*columns, *sort_values]
        if page.count:
            plan.count = self._count(self._select([sa.literal_column("1")]), MAX_COUNT + 1)
        statement = self._select(columns)
        if page.after is not None:
            statement = statement.where(_after(sort_values, descending, page.after))
        statement = statement.order_by(
            *(value.desc() if down else value.asc() for value, down in zip(sort_values, descending, strict=True)),
            # rows of one key stand in a fixed order, so that counted pages neither repeat nor lose one
            *(column_sql(self.aliases[j.alias], j.table.primary_id) for j in self.query.joins if j.multiplies),
        )
        return self._page(plan, statement)

    def _distinct_plan(self) -> Plan:
        """Rows that differ in a value; texts that compare as equal do not differ."""
        columns, plan = self._columns()
        outputs = self.query.outputs
        keys = [self.comparable(output.ref) for output in outputs if not output.label and not output.children]
        keys += columns[len(outputs) :]
        shown = [
            sa.func.min(column) if place < len(outputs) and self._is_folded(outputs[place]) else column
            for place, column in enumerate(columns)
        ]
        if self.query.page.count:
            counted = self._select([sa.literal_column("1")])
            plan.count = self._count(counted.group_by(*keys), MAX_COUNT + 1)
        statement = self._select(shown).group_by(*keys).order_by(*self._orders())
        return self._page(plan, statement)

    def _select(self, columns: Sequence[Expression]) -> Select[Any]:
        return sa.select(*columns).select_from(self.source).where(*self.conditions)

    def _page(self, plan: Plan, statement: Select[Any]) -> Plan:
        statement, plan.limit = _limited(statement, self.query)
        plan.statement = self.compiler.render(statement)
        return plan

    def _orders(self) -> list[Expression]:
        return [
            value.desc() if item.descending else value.asc()
            for item, value in ((item, self._group_order(item)) for item in self.query.order)
        ]

    def row_plan(self) -> Plan:
        """The plan of a query for one row, found by a condition on its key."""
        columns, plan = self._columns()
        statement: Select[Any] = sa.select(*columns).select_from(self.source).where(*self.conditions)
        plan.statement = self.compiler.render(statement)
        return plan

    def expansion_plan(self, navigation: Navigation) -> Plan:
        """The plan of the query as an expansion over ``navigation``."""
        columns, plan = self._columns()
        source = self.source
        if navigation.kind is NavigationKind.MANY_TO_ONE:
            parent = self.key()
        elif navigation.kind is NavigationKind.ONE_TO_MANY:
            parent = column_sql(self.root, navigation.column)
        else:
            link = self.root + "l"
            parent = column_sql(link, navigation.near_column)
            source = source.join(
                intersect_table(navigation).alias(link), column_sql(link, navigation.far_column) == self.key()
            )
        plan.parent_place = len(columns)
        columns = [*columns, parent]
        sort_values = [
            (value.desc() if item.descending else value.asc())
            for item, value in ((item, self.sort_value(item)) for item in self.query.order)
        ]
        sort_values.append(self.key().asc())
        conditions = [parent.in_(listed(sa.bindparam(PARENTS_SLOT))), *self.conditions]
        page = self.query.page
        top = page.top
        if page.size is not None and page.size < MAX_PAGE:
            top = page.size + 1
        if top is None:
            statement = sa.select(*columns).select_from(source).where(*conditions).order_by(*sort_values)
        else:
            named = [column.label(f"c{place}") for place, column in enumerate(columns)]
            number = sa.func.row_number().over(partition_by=parent, order_by=sort_values).label("n")
            inner = sa.select(*named, number).select_from(source).where(*conditions).subquery("ranked")
            kept = [column_sql("ranked", f"c{place}") for place in range(len(columns))]
            n = column_sql("ranked", "n")
            statement = sa.select(*kept).select_from(inner).where(n <= sa.literal_column(str(top))).order_by(n)
        plan.statement = self.compiler.render(statement)
        return plan

    def _columns(self) -> tuple[list[Expression], Plan]:
        """The SELECT list: outputs, then the places that the engine needs."""
        outputs = self.query.outputs
        columns = [self._output(output) for output in outputs]
        plan = Plan(Statement(""))
        places = {
            (output.ref.column, output.ref.source): place
            for place, output in reversed(list(enumerate(outputs)))
            if not output.label
        }

        def place_of(column: Column) -> int:
            place = places.get((column, ROOT))
            if place is None:
                columns.append(self.column(ColumnRef(column)))
                place = places[(column, ROOT)] = len(columns) - 1
            return place

        for place, output in enumerate(outputs):
            if not output.label and output.ref.column.is_polymorphic:
                alias = self.aliases[output.ref.source]
                columns.append(column_sql(alias, type_name(output.ref.column)))
                plan.types[place] = len(columns) - 1
        if not self.query.distinct:
            key = self.table.column(self.table.primary_id)
            plan.key = place_of(key)
            version = self.table.columns.get("versionnumber")
            if version is not None and version.is_stored:
                plan.version = place_of(version)
            plan.expansion_places = tuple(
                place_of(self.table.column(expansion.navigation.column))
                if expansion.navigation.kind is NavigationKind.MANY_TO_ONE
                else plan.key
                for expansion in self.query.expansions
            )
        return columns, plan

    def _output(self, output: Output) -> Expression:
        if output.children:
            return self._children(output)
        if output.part is not None:
            return date_part(self.column(output.ref), output)
        return self.label(output.ref) if output.label else self.column(output.ref)

    def _children(self, output: Output) -> Expression:
        """The number of rows of the same table that point to a row."""
        table = self.tables[output.ref.source]
        rows = sql_table(table).alias("children")
        points = column_sql("children", output.children) == column_sql(
            self.aliases[output.ref.source], table.primary_id
        )
        return sa.select(sa.func.count()).select_from(rows).where(points).scalar_subquery()

    def _count(self, statement: Select[Any], limit: int) -> Statement:
        limited = statement.limit(sa.literal_column(str(limit))).subquery("counted")
        counting: Select[Any] = sa.select(sa.func.count()).select_from(limited)
        return self.compiler.render(counting)

    def _grouped_plan(self) -> Plan:
        plan = Plan(Statement(""))
        group = self.query.group
        keys = [
            self._output(output) if output.part is not None else self.comparable(output.ref)
            for output in group
            if not output.label
        ]
        # the collation of the grouping must not change the value that is shown
        columns = [
            sa.func.min(self.column(output.ref)) if self._is_folded(output) else self._output(output)
            for output in group
        ]
        columns += [self._aggregate(item) for item in self.query.aggregates]
        for place, output in enumerate(group):
            if not output.label and output.part is None and output.ref.column.is_polymorphic:
                columns.append(column_sql(self.aliases[output.ref.source], type_name(output.ref.column)))
                plan.types[place] = len(columns) - 1
        statement = self._select(columns)
        counted = self._select([sa.literal_column("1")])
        limit = min(self.query.aggregate_limit or MAX_AGGREGATED, MAX_AGGREGATED)
        plan.guard, plan.guard_limit = self._count(counted, limit + 1), limit
        if keys:
            statement = statement.group_by(*keys).order_by(*self._orders(), *keys)
            if self.query.page.count:
                plan.count = self._count(counted.group_by(*keys), MAX_COUNT + 1)
        return self._page(plan, statement)

    @staticmethod
    def _is_folded(output: Output) -> bool:
        return output.part is None and not output.label and not output.children and has_fold(output.ref.column)

    def _group_order(self, order: Order) -> Expression:
        """What groups and distinct rows are sorted by."""
        if order.alias:
            for aggregate in self.query.aggregates:
                if aggregate.alias == order.alias:
                    return self._aggregate(aggregate)
            for output in self.query.group:
                if output.alias == order.alias and output.part is not None:
                    return self._output(output)
        return self.sort_value(order)

    def _aggregate(self, item: Aggregate) -> Expression:
        if item.ref is None:
            return sa.func.count()
        column = self.column(item.ref)
        if item.function is AggregateFunction.COUNT:
            return sa.func.count()
        if item.function is AggregateFunction.COUNT_COLUMN:
            return sa.func.count(column)
        if item.function is AggregateFunction.COUNT_DISTINCT:
            return sa.func.count(sa.distinct(self.comparable(item.ref)))
        value: Expression = _FUNCTIONS[item.function](column)
        kind = item.ref.column.type
        if item.function is AggregateFunction.AVERAGE and kind in (ColumnType.INTEGER, ColumnType.BIG_INT):
            return sa.cast(value, sa.Integer)
        if kind in (ColumnType.MONEY, ColumnType.DECIMAL):
            return sa.func.round(value, 10)  # sums of binary fractions
        return value


def _after(values: Sequence[Expression], descending: Sequence[bool], after: Sequence[Slot]) -> Expression:
    """Rows that come after the given sort values; null is the smallest value."""
    alternatives: list[Expression] = []
    equal: list[Expression] = []
    for value, down, slot in zip(values, descending, after, strict=True):
        is_null = slot.form == "null"
        if down:
            beyond = sa.false() if is_null else sa.or_(value < bound(slot), value.is_(None))
        else:
            beyond = value.is_not(None) if is_null else value > bound(slot)
        alternatives.append(sa.and_(*equal, beyond))
        equal.append(value.is_(None) if is_null else value == bound(slot))
    return sa.or_(*alternatives)


def _limited(statement: Select[Any], query: Query) -> tuple[Select[Any], int | None]:
    """Limit a statement to its page, with one row more to see whether the page is the last. Also gives the page's rows.

    ``$top`` limits the whole result and takes the place of the page size (ruling R9)."""
    page = query.page
    size = min(page.size or MAX_PAGE, MAX_PAGE)
    if page.top is not None and page.top <= MAX_PAGE:
        return statement.limit(sa.literal_column(str(page.top))), None
    rows = size
    if page.top is not None:
        rows = max(0, min(size, page.top - (page.number - 1) * size))
    fetched = rows + 1 if page.top is None or rows == size else rows
    statement = statement.limit(sa.literal_column(str(fetched)))
    if page.after is None and page.number > 1:
        statement = statement.offset(sa.literal_column(str((page.number - 1) * size)))
    return statement, rows
