"""A SELECT statement as plain values: what the text says, names not looked up (contract 09 §3, Reads)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from dataverse_emulator.query.model import AggregateFunction, JoinKind
from dataverse_emulator.query.operators import Operator


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """A column, perhaps with the name or alias of its table before it."""

    name: str
    table: str = ""


@dataclass(frozen=True, slots=True)
class SqlItem:
    """What is selected: a column, or ``function`` over a column (over rows where ``column`` is None)."""

    column: SqlColumn | None
    function: AggregateFunction | None = None
    alias: str = ""


@dataclass(frozen=True, slots=True)
class SqlCompare:
    """``column operator values``; a value None is NULL."""

    column: SqlColumn
    operator: Operator
    values: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class SqlGroup:
    """All (or, with ``any_``, one) of the parts hold."""

    parts: tuple[SqlCondition, ...]
    any_: bool = False


@dataclass(frozen=True, slots=True)
class SqlNot:
    """The part does not hold."""

    part: SqlCondition


@dataclass(frozen=True, slots=True)
class SqlPair:
    """``left = right``: two columns (in ON only)."""

    left: SqlColumn
    right: SqlColumn


SqlCondition: TypeAlias = SqlCompare | SqlGroup | SqlNot | SqlPair


@dataclass(frozen=True, slots=True)
class SqlJoin:
    """``JOIN table AS alias ON on``."""

    table: str
    alias: str
    kind: JoinKind
    on: SqlCondition


@dataclass(frozen=True, slots=True)
class SqlOrder:
    """One column (or alias) of ORDER BY."""

    column: SqlColumn
    descending: bool = False


@dataclass(frozen=True, slots=True)
class SqlSelect:
    """The statement. ``offset`` rows are left out before ``top`` rows are taken."""

    table: str
    alias: str
    items: tuple[SqlItem, ...]
    joins: tuple[SqlJoin, ...] = ()
    where: SqlCondition | None = None
    group: tuple[SqlColumn, ...] = ()
    order: tuple[SqlOrder, ...] = ()
    distinct: bool = False
    top: int | None = None
    offset: int = 0

    @property
    def is_grouped(self) -> bool:
        """Rows of the result are groups."""
        return bool(self.group) or any(item.function is not None for item in self.items)
