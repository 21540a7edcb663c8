"""The shape of a query: the same query with its values taken out.

Two queries of one shape differ in values only and share a compiled plan. Values leave in the form in which SQL compares
them (text folded, patterns translated, lists as JSON text), each under the number of its ``Slot``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from dataverse_emulator.metadata.catalog import Column
from dataverse_emulator.query.model import (
    All,
    Any_,
    Compare,
    Condition,
    Exists,
    Expansion,
    Join,
    Page,
    Query,
)
from dataverse_emulator.query.operators import Operator
from dataverse_emulator.query.sql_names import has_fold
from dataverse_emulator.query.text import fold, like_pattern
from dataverse_emulator.values import Reference


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a value; ``form`` says what of the value changes the SQL (``null``, ``glob``), else it is empty."""

    number: int
    form: str = ""


PATTERNS: dict[Operator, tuple[str, str]] = {
    Operator.LIKE: ("", ""),
    Operator.NOT_LIKE: ("", ""),
    Operator.BEGINS_WITH: ("", "%"),
    Operator.NOT_BEGIN_WITH: ("", "%"),
    Operator.ENDS_WITH: ("%", ""),
    Operator.NOT_END_WITH: ("%", ""),
    Operator.CONTAINS: ("%", "%"),
    Operator.NOT_CONTAINS: ("%", "%"),
}
LISTS = frozenset({Operator.IN, Operator.NOT_IN, Operator.CONTAIN_VALUES, Operator.NOT_CONTAIN_VALUES})


def take_values(query: Query) -> tuple[Query, list[Any]]:
    """The query's shape and its values; ``values[n]`` belongs to ``Slot(n)``.

    Expansions are statements of their own: their values are not among these, though they are taken out, too."""
    taker = _Taker()
    return taker.query(query), taker.values


class _Taker:
    def __init__(self) -> None:
        self.values: list[Any] = []

    def slot(self, value: Any, form: str = "") -> Slot:
        self.values.append(value)
        return Slot(len(self.values) - 1, form)

    def query(self, query: Query) -> Query:
        changes: dict[str, Any] = {}
        if query.where is not None:
            changes["where"] = self.condition(query.where)
        if any(join.where is not None for join in query.joins):
            changes["joins"] = tuple(self.join(join) for join in query.joins)
        if query.expansions:
            changes["expansions"] = tuple(
                replace(expansion, query=take_values(expansion.query)[0]) for expansion in query.expansions
            )
        changes["page"] = self.page(query.page)
        return replace(query, **changes)

    def join(self, join: Join) -> Join:
        return join if join.where is None else replace(join, where=self.condition(join.where))

    def page(self, page: Page) -> Page:
        if page.after is None:
            return page
        after = tuple(self.slot(None, "null") if value is None else self.slot(value) for value in page.after)
        # a page that is found by its predecessor's last row has the same SQL whatever its number
        return replace(page, after=after, number=page.number if page.top is not None else 1)

    def condition(self, condition: Condition) -> Condition:
        if isinstance(condition, Compare):
            return self.compare(condition)
        if isinstance(condition, All):
            return All(tuple(self.condition(part) for part in condition.parts))
        if isinstance(condition, Any_):
            return Any_(tuple(self.condition(part) for part in condition.parts))
        assert isinstance(condition, Exists)
        return replace(condition, query=self.query(condition.query))

    def compare(self, compare: Compare) -> Compare:
        if not compare.values:
            return compare
        column, operator = compare.column.column, compare.operator
        if operator in PATTERNS:
            before, after = PATTERNS[operator]
            pattern, is_glob = like_pattern(before + str(compare.values[0]) + after)
            values: tuple[Any, ...] = (self.slot(pattern, "glob" if is_glob else ""),)
        elif operator in LISTS:
            values = (self.slot(json.dumps([sql_value(column, value) for value in compare.values])),)
        else:
            values = tuple(self.slot(sql_value(column, value)) for value in compare.values)
        return replace(compare, values=values)


def sql_value(column: Column, value: Any) -> Any:
    """A value in the form in which SQL compares the column."""
    if isinstance(value, str):
        return fold(value) if has_fold(column) else value
    if isinstance(value, Reference):
        return value.id
    return value


def expansion_count(expansions: tuple[Expansion, ...]) -> int:
    """All expansions of a query, nested ones included."""
    return sum(1 + expansion_count(expansion.query.expansions) for expansion in expansions)
