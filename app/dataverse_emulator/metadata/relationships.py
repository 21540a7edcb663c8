"""Relationships between tables and the navigation properties that lead over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class OneToMany:
    """A 1:N relationship. ``cascade`` maps Assign, Delete, Merge, Reparent, Share, Unshare to a setting's name.

    ``settings`` are members of the definition that nothing but its description knows."""

    schema_name: str
    referenced_table: str
    referenced_column: str
    referencing_table: str
    referencing_column: str
    referenced_navigation: str | None
    referencing_navigation: str | None
    cascade: Mapping[str, str] = field(default_factory=dict, hash=False)
    is_hierarchical: bool = False
    is_custom: bool = False
    settings: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class ManyToMany:
    """An N:N relationship: ``column1`` of the intersect table points to ``table1``, ``column2`` to ``table2``."""

    schema_name: str
    table1: str
    table2: str
    intersect_table: str
    column1: str
    column2: str
    navigation1: str
    navigation2: str
    is_custom: bool = False
    settings: Mapping[str, Any] | None = field(default=None, hash=False)


class NavigationKind(StrEnum):
    """Which way a navigation property leads."""

    MANY_TO_ONE = "ManyToOne"
    ONE_TO_MANY = "OneToMany"
    MANY_TO_MANY = "ManyToMany"


@dataclass(frozen=True, slots=True)
class Navigation:
    """A navigation property of a table.

    ``target`` is the logical name of the table on the other side (``owner`` for the abstract principal).
    ``column`` is the lookup: a column of ``source`` for N:1, of ``target`` for 1:N; empty for N:N, where
    ``near_column`` and ``far_column`` are the intersect table's columns for this side and the other.
    """

    name: str
    source: str
    target: str
    kind: NavigationKind
    relationship: OneToMany | ManyToMany = field(compare=False)
    column: str = ""
    near_column: str = ""
    far_column: str = ""

    @property
    def is_collection(self) -> bool:
        """Collection-valued: 1:N or N:N."""
        return self.kind is not NavigationKind.MANY_TO_ONE
