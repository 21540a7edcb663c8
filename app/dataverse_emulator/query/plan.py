"""What the compiler makes and the store runs: SQL texts and the places of values in their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MAX_COUNT = 5000
MAX_PAGE = 5000
MAX_AGGREGATED = 50000
KEY_SLOT = "key"
PARENTS_SLOT = "parents"
PARTITION_SLOT = "partition"


@dataclass(slots=True)
class Statement:
    """SQL text of a dialect and what its marks stand for, in order: a slot's number, or a name of ``named``."""

    text: str
    marks: tuple[int | str, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)

    def values(self, slots: Sequence[Any], named: Mapping[str, Any] | None = None) -> list[Any]:
        """The values to bind, in order."""
        texts = self.constants if named is None else {**self.constants, **named}
        return [slots[mark] if type(mark) is int else texts[mark] for mark in self.marks]  # type: ignore[index]  # a mark that is no number is a name


@dataclass(slots=True)
class Plan:
    """How a shape is answered. Places are indexes into a row; -1 where there is none.

    ``width`` counts the values that belong to the query's outputs; ``sort_places`` are those of the sort values, the
    key last; ``parent_place`` that of the parent's id when the plan answers an expansion; ``expansion_places`` where
    each expansion finds the value that leads to its rows. ``guard`` counts the rows that would be aggregated, up to one
    more than ``guard_limit``.
    """

    statement: Statement
    key: int = -1
    version: int = -1
    types: dict[int, int] = field(default_factory=dict)
    sort_places: tuple[int, ...] = ()
    parent_place: int = -1
    expansion_places: tuple[int, ...] = ()
    count: Statement | None = None
    guard: Statement | None = None
    guard_limit: int = MAX_AGGREGATED
    limit: int | None = None
    memo: dict[Any, Any] = field(default_factory=dict)
