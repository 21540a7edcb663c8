"""The messages that change definitions; ``definition`` is a dictionary in the shape of the Web API's classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dataverse_emulator.messages.base import Message


@dataclass(frozen=True, slots=True)
class CreateEntity(Message):
    """Make a table. Result: its logical name."""

    definition: Mapping[str, Any]
    solution: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateEntity(Message):
    """Change a table's own members."""

    table: str
    definition: Mapping[str, Any]
    merge_labels: bool = False


@dataclass(frozen=True, slots=True)
class DeleteEntity(Message):
    """Delete a table with its rows and relationships."""

    table: str


@dataclass(frozen=True, slots=True)
class CreateAttribute(Message):
    """Make a column. Result: its logical name."""

    table: str
    definition: Mapping[str, Any]
    solution: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateAttribute(Message):
    """Change a column's definition."""

    table: str
    column: str
    definition: Mapping[str, Any]
    merge_labels: bool = False


@dataclass(frozen=True, slots=True)
class DeleteAttribute(Message):
    """Delete a column with its values; a lookup with its relationships."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class CreateOneToMany(Message):
    """Make a 1:N relationship and its lookup, or a further target of a lookup. Result: schema name."""

    definition: Mapping[str, Any]
    solution: str | None = None


@dataclass(frozen=True, slots=True)
class CreateManyToMany(Message):
    """Make an N:N relationship and its intersect table. Result: schema name."""

    definition: Mapping[str, Any]
    solution: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateRelationship(Message):
    """Change a relationship."""

    schema_name: str
    definition: Mapping[str, Any]
    merge_labels: bool = False


@dataclass(frozen=True, slots=True)
class DeleteRelationship(Message):
    """Delete a relationship with its lookup or its intersect table."""

    schema_name: str


@dataclass(frozen=True, slots=True)
class CreateEntityKey(Message):
    """Make an alternate key. Result: its logical name."""

    table: str
    definition: Mapping[str, Any]
    solution: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateEntityKey(Message):
    """Change an alternate key's label; its columns stay."""

    table: str
    key: str
    definition: Mapping[str, Any]
    merge_labels: bool = False


@dataclass(frozen=True, slots=True)
class DeleteEntityKey(Message):
    """Delete an alternate key."""

    table: str
    key: str


@dataclass(frozen=True, slots=True)
class CreateOptionSet(Message):
    """Make a global option set. Result: its name."""

    definition: Mapping[str, Any]
    solution: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateOptionSet(Message):
    """Change a global option set's own members; its options stay."""

    name: str
    definition: Mapping[str, Any]
    merge_labels: bool = False


@dataclass(frozen=True, slots=True)
class DeleteOptionSet(Message):
    """Delete a global option set that no column uses."""

    name: str
