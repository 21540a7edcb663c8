"""The bound query: rows of one table, before anyone thinks about JSON, XML or SQL.

Bound means bound: columns are catalog objects, values have the engine's form (``values.py``), joins name their columns.
Two texts that mean the same give equal queries. Row selection (joins, ``Exists``) is apart from ``Expansion`` (a child
query, one statement each).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from dataverse_emulator.metadata.catalog import Column, Navigation, Table
from dataverse_emulator.query.fiscal import FiscalSettings
from dataverse_emulator.query.operators import DYNAMIC, Operator

ROOT = ""


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """A column of the root table (``source`` is empty) or of a join (its alias)."""

    column: Column
    source: str = ROOT


class JoinKind(StrEnum):
    """How rows without a partner are treated."""

    INNER = "inner"
    OUTER = "outer"
    FIRST = "first"  # as OUTER, with one partner at most (the one with the smallest key)


@dataclass(frozen=True, slots=True)
class Join:
    """Another table beside the rows of ``parent`` (a join's alias, or the root): ``parent.to_column = from_column``.

    ``from_column`` is a column of ``table``, as in FetchXML. For a polymorphic lookup ``table`` names the branch.
    ``where`` belongs to the join's ON clause.
    """

    alias: str
    table: Table
    from_column: Column
    to_column: Column
    parent: str = ROOT
    kind: JoinKind = JoinKind.OUTER
    where: Condition | None = None

    @property
    def multiplies(self) -> bool:
        """A row of the parent can come several times."""
        return self.kind is not JoinKind.FIRST and not self.from_column.is_primary_id


@dataclass(frozen=True, slots=True)
class Compare:
    """``column operator values``; ``other`` instead of values compares with another column.

    ``negated`` turns an operator round that has no opposite of its own; rows without value match then (ruling R21)."""

    column: ColumnRef
    operator: Operator
    values: tuple[Any, ...] = ()
    other: ColumnRef | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """All parts hold; no parts: true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any_:
    """One part holds; no parts: false."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class ColumnPair:
    """Two columns with equal values where no navigation property leads: ``source.to_column = target.from_column``."""

    from_column: Column
    to_column: Column


@dataclass(frozen=True, slots=True)
class Exists:
    """A row over ``navigation`` (from ``source``: the root or a join) meets ``query``; never multiplies rows.

    ``query`` is a query on the target table of which joins and where count."""

    navigation: Navigation | ColumnPair
    query: Query
    negated: bool = False
    source: str = ROOT


Condition: TypeAlias = Compare | All | Any_ | Exists


def all_of(parts: Iterable[Condition]) -> Condition:
    """The condition that all of the given ones make together, without conjunctions inside conjunctions."""
    flat: list[Condition] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, All) else (part,))
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def any_of(parts: Iterable[Condition]) -> Condition:
    """The condition that holds where one of the given ones does, without alternatives inside alternatives."""
    flat: list[Condition] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Any_) else (part,))
    return flat[0] if len(flat) == 1 else Any_(tuple(flat))


class DatePart(StrEnum):
    """What groups of dates have in common (contract 03 §14)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL_PERIOD = "fiscal-period"
    FISCAL_YEAR = "fiscal-year"


FISCAL_PARTS = frozenset({DatePart.FISCAL_PERIOD, DatePart.FISCAL_YEAR})


@dataclass(frozen=True, slots=True)
class Output:
    """One value of a result row: a column, or what is made of it.

    Attributes:
        ref: the column.
        label: the primary name of the lookup's target instead.
        alias: the member's name, where it is not the column's own.
        part: the number of that part of the date instead (groups only).
        is_local: the part is that of the day in the caller's time zone, which is still to be found (``rewrite.py``).
        zone: name of the time zone; empty for UTC.
        fiscal: the fiscal calendar of a fiscal part, once it is known.
        children: the number of rows that point to this one with the lookup of that name instead.
        hidden: read for what is derived from it, not shown.
    """

    ref: ColumnRef
    label: bool = False
    alias: str = ""
    part: DatePart | None = None
    is_local: bool = False
    zone: str = ""
    fiscal: FiscalSettings | None = None
    children: str = ""
    hidden: bool = False

    @property
    def is_dynamic(self) -> bool:
        """Its meaning depends on who asks or on the organization's settings."""
        return self.is_local or (self.part in FISCAL_PARTS and self.fiscal is None)


class AggregateFunction(StrEnum):
    """Functions over groups."""

    COUNT = "count"  # rows
    COUNT_COLUMN = "countcolumn"
    COUNT_DISTINCT = "countdistinct"
    SUM = "sum"
    AVERAGE = "avg"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``function(ref)`` under ``alias``; ``ref`` is None for a count of rows."""

    function: AggregateFunction
    ref: ColumnRef | None
    alias: str


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by a column; ``by_label`` sorts a lookup by its target's primary name or a choice by its label.

    ``alias`` names an aggregate or a group of a grouped query that is sorted by instead."""

    ref: ColumnRef
    descending: bool = False
    by_label: bool = False
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the rows.

    ``top`` limits the whole result; ``size`` is the rows of one page; ``number`` the page, from 1; ``after`` the sort
    values of the last row delivered (``None`` on the first page), one a sort column and the primary key last;
    ``count`` asks for the number of all rows that match (capped at 5,000).
    """

    top: int | None = None
    size: int | None = None
    number: int = 1
    after: tuple[Any, ...] | None = None
    count: bool = False


@dataclass(frozen=True, slots=True)
class Expansion:
    """Related rows to be delivered with each row, by a statement of its own.

    ``query.table`` is the navigation's target. ``name`` is the member's name; ``references`` asks for links only."""

    name: str
    navigation: Navigation
    query: Query
    references: bool = False

    @property
    def is_paged(self) -> bool:
        """Each row brings one page of its related rows."""
        return self.query.page.size is not None


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of one table. See the module's text; ``group`` and ``aggregates`` make it a query over groups.

    ``distinct``: rows of equal outputs come once, and without key. ``aggregate_limit`` is the number of rows that may
    be aggregated where it is below the service's own."""

    table: Table
    outputs: tuple[Output, ...]
    joins: tuple[Join, ...] = ()
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    group: tuple[Output, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    is_grouped: bool = False
    page: Page = field(default_factory=Page)
    distinct: bool = False
    expansions: tuple[Expansion, ...] = ()
    aggregate_limit: int | None = None
    _is_dynamic: bool | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def is_dynamic(self) -> bool:
        """Some condition or group, here or in an expansion, depends on the time or on who asks (``rewrite.py``).

        Found once for a query and remembered."""
        known = self._is_dynamic
        if known is None:
            conditions = [self.where, *(join.where for join in self.joins)]
            known = (
                any(_is_dynamic(condition) for condition in conditions if condition is not None)
                or any(output.is_dynamic for output in self.group)
                or any(expansion.query.is_dynamic for expansion in self.expansions)
            )
            object.__setattr__(self, "_is_dynamic", known)
        return known


def _is_dynamic(condition: Condition) -> bool:
    if isinstance(condition, Compare):
        return condition.operator in DYNAMIC
    if isinstance(condition, Exists):
        return condition.query.is_dynamic
    return any(_is_dynamic(part) for part in condition.parts)


@dataclass(slots=True)
class Rows:
    """The answer to a query.

    Each row is a tuple: first one value for each of ``query.outputs`` (for a grouped query: ``group`` then
    ``aggregates``), in the engine's form except that a lookup is its bare id, the table of a polymorphic lookup
    standing in a further place given by ``types``; then the places that the engine added.

    Attributes:
        query: the query that was answered.
        rows: the tuples.
        key: place of the primary key (-1 for grouped or distinct queries).
        version: place of ``versionnumber`` (-1 where the table has none or the query is grouped).
        types: for each polymorphic lookup output its place → place of the target table's logical name.
        more: more rows exist behind this page.
        after: sort values of the last row when ``more``, to be handed back in ``Page.after``.
        total: number of all matching rows when counted, at most 5,000.
        limit_exceeded: the total was cut at 5,000.
        expanded: for each expansion of the query, in order, the related rows.
        memo: lives as long as the compiled plan does: those who represent rows keep what they derive from the shape of
            the result there (generated row builders), keyed as they like.
    """

    query: Query
    rows: list[tuple[Any, ...]]
    memo: dict[Any, Any]
    key: int = -1
    version: int = -1
    types: Mapping[int, int] = field(default_factory=dict)
    more: bool = False
    after: tuple[Any, ...] | None = None
    total: int | None = None
    limit_exceeded: bool = False
    expanded: tuple[Expanded, ...] = ()


@dataclass(slots=True)
class Expanded:
    """The rows of one expansion.

    ``rows`` holds all related rows (its ``expanded`` nests). ``by_parent`` maps a value of the parents' row at place
    ``parent_place`` to indexes into ``rows.rows``: the lookup's id for N:1, the parents' primary key otherwise.
    ``more`` are those of parents that have further related rows behind these."""

    expansion: Expansion
    rows: Rows
    parent_place: int
    by_parent: dict[str, list[int]]
    more: frozenset[str] = frozenset()
