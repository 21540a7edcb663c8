"""The FROM and WHERE of a query: sources, conditions, and what values of a row are compared and sorted by."""

from __future__ import annotations

from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause, Select

from dataverse_emulator.metadata.catalog import (
    Catalog,
    Column,
    ColumnType,
    ManyToMany,
    Navigation,
    NavigationKind,
    Table,
)
from dataverse_emulator.query.hierarchies import MAX_DEPTH, hierarchy_of
from dataverse_emulator.query.model import (
    ROOT,
    All,
    Any_,
    ColumnPair,
    ColumnRef,
    Compare,
    Condition,
    Exists,
    Join,
    JoinKind,
    Order,
    Query,
)
from dataverse_emulator.query.operators import DYNAMIC, HIERARCHICAL, MATCHES_NULL, Operator
from dataverse_emulator.query.slots import PATTERNS, Slot
from dataverse_emulator.query.sql_names import fold_name, has_fold, labelled, sql_name, type_name
from dataverse_emulator.query.sqlite_forms import caseless, holds_one, listed, matches_sets
from dataverse_emulator.query.text import ESCAPE, fold

Expression: TypeAlias = ColumnElement[Any]

# (table, lookup) → the column with the name of a row that is gone: the party of an activity keeps it (06 §6)
KEPT_NAMES = {("activityparty", "partyid"): "unresolvedpartyname"}

_COMPARISONS = {
    Operator.EQ: "__eq__",
    Operator.NE: "__ne__",
    Operator.GT: "__gt__",
    Operator.GE: "__ge__",
    Operator.LT: "__lt__",
    Operator.LE: "__le__",
}


def column_sql(alias: str, name: str) -> Expression:
    """A column of a source, quoted."""
    return sa.literal_column(f'{alias}."{name}"')


class Selection:
    """The rows that a shape selects, as SQL.

    ``source`` is the FROM clause and ``conditions`` the WHERE; ``root`` is the SQL alias of the query's own table.
    """

    def __init__(self, catalog: Catalog, query: Query, alias: str = "t") -> None:
        self.catalog = catalog
        self.query = query
        self.table = query.table
        self.root = alias
        self.aliases: dict[str, str] = {ROOT: alias}
        self.tables: dict[str, Table] = {ROOT: query.table}
        self.conditions: list[Expression] = []
        self.counter = 0
        self.source: FromClause = sql_table(query.table).alias(alias)
        for join in query.joins:
            self._join(join)
        if query.where is not None:
            self.conditions.append(self.condition(query.where))

    # -- sources ----------------------------------------------------------------------------------------------------

    def _join(self, join: Join) -> None:
        alias = f"{self.root}_{len(self.aliases)}"
        self.aliases[join.alias] = alias
        self.tables[join.alias] = join.table
        parent = self.aliases[join.parent], self.tables[join.parent]
        if join.kind is JoinKind.FIRST:
            on = column_sql(alias, join.table.primary_id) == self._first(join, parent)
        else:
            on = _comparable(alias, join.table, join.from_column) == _comparable(*parent, join.to_column)
            if join.where is not None:
                on = sa.and_(on, self.condition(join.where))
        target = sql_table(join.table).alias(alias)
        self.source = self.source.join(target, on, isouter=join.kind is not JoinKind.INNER)

    def _first(self, join: Join, parent: tuple[str, Table]) -> Expression:
        """The smallest key among the partners of a row."""
        self.counter += 1
        inner = Selection(self.catalog, Query(join.table, ()), f"{self.root}f{self.counter}")
        inner.aliases = {**self.aliases, join.alias: inner.root}
        inner.tables = self.tables
        key = column_sql(inner.root, join.table.primary_id)
        conditions = [_comparable(inner.root, join.table, join.from_column) == _comparable(*parent, join.to_column)]
        if join.where is not None:
            conditions.append(inner.condition(join.where))
        return sa.select(sa.func.min(key)).select_from(inner.source).where(*conditions).scalar_subquery()

    def key(self) -> Expression:
        """The root's primary key."""
        return column_sql(self.root, self.table.primary_id)

    def column(self, ref: ColumnRef) -> Expression:
        """The stored value of a column."""
        shown = labelled(self.tables[ref.source], ref.column)
        if shown is not None:
            return self._label_text(ColumnRef(shown, ref.source), folded=False)
        return column_sql(self.aliases[ref.source], sql_name(self.tables[ref.source], ref.column))

    def comparable(self, ref: ColumnRef) -> Expression:
        """What is compared and sorted: text by its folded form."""
        shown = labelled(self.tables[ref.source], ref.column)
        if shown is not None:
            return caseless(self._label_text(ColumnRef(shown, ref.source), folded=True))
        return _comparable(self.aliases[ref.source], self.tables[ref.source], ref.column)

    # -- conditions -------------------------------------------------------------------------------------------------

    def condition(self, condition: Condition) -> Expression:
        if isinstance(condition, Compare):
            return self._compare(condition)
        if isinstance(condition, All):
            return sa.and_(sa.true(), *(self.condition(part) for part in condition.parts))
        if isinstance(condition, Any_):
            return sa.or_(sa.false(), *(self.condition(part) for part in condition.parts))
        return self._exists(condition)

    def _compare(self, compare: Compare) -> Expression:
        operator = compare.operator
        left = self.comparable(compare.column)
        plain = self.column(compare.column)
        if operator is Operator.NULL:
            return plain.is_(None)
        if operator is Operator.NOT_NULL:
            return plain.is_not(None)
        result = self._positive(compare, left)
        if compare.negated:
            result = sa.not_(result)
        if operator in MATCHES_NULL or compare.negated:
            nulls = [plain.is_(None)]
            if compare.other is not None:
                nulls.append(self.column(compare.other).is_(None))
            result = sa.or_(result, *nulls)
        return result

    def _positive(self, compare: Compare, left: Expression) -> Expression:
        operator = compare.operator
        if operator in DYNAMIC:
            raise ValueError(f"{operator} must be resolved before a query is compiled")
        if compare.other is not None:
            right: Any = self.comparable(compare.other)
        else:
            right = bound(compare.values[0])
        if operator in _COMPARISONS:
            return getattr(left, _COMPARISONS[operator])(right)  # type: ignore[no-any-return]  # a comparison of columns by name
        if operator in PATTERNS:
            slot = compare.values[0]
            matched = matches_sets(left, right) if slot.form == "glob" else left.like(right, escape=ESCAPE)
            return sa.not_(matched) if operator in MATCHES_NULL else matched
        if operator is Operator.IN:
            return left.in_(listed(right))
        if operator is Operator.NOT_IN:
            return left.not_in(listed(right))
        if operator is Operator.CONTAIN_VALUES:
            return holds_one(left, right)
        if operator is Operator.NOT_CONTAIN_VALUES:
            return sa.not_(holds_one(left, right))
        if operator in HIERARCHICAL:
            rows = self._hierarchy(operator, compare.column.column, right)
            return left.not_in(rows) if operator is Operator.NOT_UNDER else left.in_(rows)
        low, high = (bound(slot) for slot in compare.values)
        between = sa.and_(left >= low, left <= high)
        return between if operator is Operator.BETWEEN else sa.or_(left < low, left > high)

    def _hierarchy(self, operator: Operator, column: Column, id_: Expression) -> Select[Any]:
        """The keys of the rows above or below a row, 100 levels at most; a loop ends there."""
        found = hierarchy_of(column, self.catalog)
        assert found is not None, "checked when the condition was bound"
        table, parent_column = found
        self.counter += 1
        name = f"{self.root}h{self.counter}"
        alias = f"{name}r"
        rows = sql_table(table).alias(alias)
        key = column_sql(alias, table.primary_id)
        parent = column_sql(alias, sql_name(table, parent_column))
        upwards = operator in (Operator.ABOVE, Operator.EQ_OR_ABOVE)
        taken, known = (parent, key) if upwards else (key, parent)
        includes_row = operator in (Operator.EQ_OR_ABOVE, Operator.EQ_OR_UNDER)
        start, found_by = (key, key) if includes_row else (taken, known)
        columns: list[Expression] = [start.label("id"), sa.literal_column("1").label("depth")]
        tree = (
            sa.select(*columns).select_from(rows).where(found_by == id_, start.is_not(None)).cte(name, recursive=True)
        )
        depth = column_sql(name, "depth")
        step = (
            sa.select(taken, depth + sa.literal_column("1"))
            .select_from(rows.join(tree, known == column_sql(name, "id")))
            .where(taken.is_not(None), depth < sa.literal_column(str(MAX_DEPTH)))
        )
        return sa.select(tree.union(step).c.id)

    def _exists(self, exists: Exists) -> Expression:
        navigation = exists.navigation
        self.counter += 1
        inner = Selection(self.catalog, exists.query, f"{self.root}e{self.counter}")
        outer_alias, outer_table = self.aliases[exists.source], self.tables[exists.source]
        source = inner.source
        may_be_null = False
        if isinstance(navigation, ColumnPair):
            outer = _comparable(outer_alias, outer_table, navigation.to_column)
            chosen = _comparable(inner.root, inner.table, navigation.from_column)
            may_be_null = not navigation.to_column.is_primary_id
        elif navigation.kind is NavigationKind.MANY_TO_ONE:
            outer = column_sql(outer_alias, navigation.column)
            chosen = inner.key()
            may_be_null = True
        elif navigation.kind is NavigationKind.ONE_TO_MANY:
            outer = column_sql(outer_alias, outer_table.primary_id)
            chosen = column_sql(inner.root, navigation.column)
        else:
            outer = column_sql(outer_alias, outer_table.primary_id)
            link = inner.root + "l"
            chosen = column_sql(link, navigation.near_column)
            source = source.join(
                intersect_table(navigation).alias(link), column_sql(link, navigation.far_column) == inner.key()
            )
        # IN rather than EXISTS: the subquery runs once instead of once a row. Nulls would poison NOT IN.
        subquery = sa.select(chosen).select_from(source).where(chosen.is_not(None), *inner.conditions)
        if not exists.negated:
            return outer.in_(subquery)
        if may_be_null or exists.source != ROOT:
            return sa.or_(outer.is_(None), outer.not_in(subquery))
        return outer.not_in(subquery)

    # -- values -----------------------------------------------------------------------------------------------------

    def label(self, ref: ColumnRef) -> Expression:
        """The primary name of a lookup's target (null where it has none)."""
        return self._label_text(ref, folded=False)

    def _label_text(self, ref: ColumnRef, *, folded: bool) -> Expression:
        """The primary name of a lookup's target or the label of a choice, as it is or as it is compared."""
        column = ref.column
        alias = self.aliases[ref.source]
        outer = column_sql(alias, column.logical_name)
        if not column.is_lookup:
            labels = {value: fold(label) if folded else label for value, label in column.labels.items()}
            return sa.case(labels, value=outer)
        if column.type is ColumnType.OWNER:
            return _name_of(self.catalog.table("owner"), outer, folded)
        targets = [self.catalog.table(name) for name in column.targets]
        targets = [table for table in targets if _has_name(table)]
        if not targets:
            return sa.null()
        if not column.is_polymorphic:
            return _name_of(targets[0], outer, folded)
        kind = column_sql(alias, type_name(column))
        name = sa.case({table.logical_name: _name_of(table, outer, folded) for table in targets}, value=kind)
        own = self.tables[ref.source]
        kept = own.columns.get(KEPT_NAMES.get((own.logical_name, column.logical_name), ""))
        if kept is None:
            return name
        return sa.case((outer.is_not(None), sa.func.coalesce(name, column_sql(alias, kept.logical_name))))

    def sort_value(self, order: Order) -> Expression:
        """What a row is sorted by."""
        if not order.by_label:
            return self.comparable(order.ref)
        column = order.ref.column
        if column.is_lookup or column.labels:
            return caseless(self._label_text(order.ref, folded=True))
        return self.column(order.ref)


def bound(slot: Slot) -> Any:
    """The bound value of a slot."""
    return sa.bindparam(f"p{slot.number}")


def sql_table(table: Table) -> sa.TableClause:
    """A table by its name."""
    return sa.table(table.logical_name)


def _comparable(alias: str, table: Table, column: Column) -> Expression:
    value = column_sql(alias, sql_name(table, column))
    if not has_fold(column):
        return value
    return caseless(sa.func.coalesce(column_sql(alias, fold_name(column)), value))


def _has_name(table: Table) -> bool:
    """The primary name is a column with a place of its own (that of lines and parties shows another row's)."""
    column = table.columns.get(table.primary_name or "")
    return column is not None and column.is_stored


def _name_of(table: Table, id_: Expression, folded: bool) -> Expression:
    assert table.primary_name is not None
    alias = "n_" + table.logical_name
    name = column_sql(alias, table.primary_name)
    column = table.column(table.primary_name)
    if folded and has_fold(column):
        name = sa.func.coalesce(column_sql(alias, fold_name(column)), name)
    return (
        sa.select(name)
        .select_from(sql_table(table).alias(alias))
        .where(column_sql(alias, table.primary_id) == id_)
        .scalar_subquery()
    )


def intersect_table(navigation: Navigation) -> sa.TableClause:
    """The intersect table of an N:N navigation property."""
    assert isinstance(navigation.relationship, ManyToMany)
    return sa.table(navigation.relationship.intersect_table)
