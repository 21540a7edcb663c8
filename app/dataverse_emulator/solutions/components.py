"""What a component is: a definition or a row, found by its type and id (contract 07 §11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.definitions.retrieving import find_table, relationships
from dataverse_emulator.messages.metadata.solutions import (
    ATTRIBUTE,
    ENTITY,
    KEY,
    METADATA_KINDS,
    OPTION_SET,
    RELATIONSHIP,
    ROW_TABLES,
    unknown_solution,
)
from dataverse_emulator.metadata.catalog import Catalog
from dataverse_emulator.metadata.describe import key_id, metadata_id, option_set_id, relationship_id, table_id
from dataverse_emulator.metadata.overlay import COLUMN
from dataverse_emulator.values import Reference

CLASSES: Mapping[int, str] = {
    ENTITY: "EntityMetadata",
    ATTRIBUTE: "AttributeMetadata",
    OPTION_SET: "OptionSetMetadataBase",
    RELATIONSHIP: "RelationshipMetadataBase",
    KEY: "EntityKeyMetadata",
}
INCLUDE_SUBCOMPONENTS, NO_SUBCOMPONENTS, SHELL_ONLY = 0, 1, 2
"""Values of ``rootcomponentbehavior``."""

_COLUMNS = ("solutionid", "uniquename", "friendlyname", "version", "description", "ismanaged", "publisherid")


@dataclass(frozen=True, slots=True)
class Component:
    """A component. ``name`` is the logical or schema name of a definition (``table.column`` and ``table.key`` for
    columns and keys), and None of a row."""

    kind: int
    id: str
    name: str | None = None


def find_component(context: Context, kind: int, id: str) -> Component:
    """The component of that type and id.

    Raises:
        EmulatorError: 0x80072004 for a type that has no components here, 0x80060888 or 0x80040217 (404) when there is
            none of that id.
    """
    id = id.lower()
    if kind in METADATA_KINDS:
        name = _definition(context.catalog, kind, id)
        if name is None:
            raise error("DefinitionNotFound", kind=CLASSES[kind], key="MetadataId", value=id)
        return Component(kind, id, name)
    table = context.catalog.find(ROW_TABLES.get(kind, ""))
    if table is None:
        raise error("InvalidComponentType", kind=kind)
    if not context.store.exists(table, id):
        raise error("ObjectDoesNotExist", table=table.logical_name, id=id)
    return Component(kind, id)


def definition_id(kind: int, name: str) -> str:
    """The ``MetadataId`` of a definition of that name."""
    if kind == ENTITY:
        return table_id(name)
    if kind == RELATIONSHIP:
        return relationship_id(name)
    if kind == OPTION_SET:
        return option_set_id(name)
    table, rest = name.split(".", 1)
    return key_id(table, rest) if kind == KEY else metadata_id("column", table, rest)


def _definition(catalog: Catalog, kind: int, id: str) -> str | None:
    if kind == ENTITY:
        return find_table(catalog, id)
    return next((name for name in _names(catalog, kind) if definition_id(kind, name) == id), None)


def _names(catalog: Catalog, kind: int) -> Iterator[str]:
    """The names of all definitions of a type; columns of users first, since those are asked for."""
    if kind == OPTION_SET:
        yield from catalog.option_sets
    elif kind == RELATIONSHIP:
        yield from (each.schema_name for each in relationships(catalog))
    elif kind == KEY:
        for name in catalog.table_names:
            yield from (f"{name}.{key.logical_name}" for key in catalog.table(name).keys)
    else:
        yield from (name for part, name in catalog.parts if part == COLUMN)
        for name in catalog.table_names:
            yield from (f"{name}.{column}" for column in catalog.table(name).columns)


def components_of(context: Context, solution_id: str) -> list[tuple[Component, int]]:
    """The components of a solution with their behavior, in the order in which they were added; those that are gone
    since are left out."""
    table = context.catalog.table("solutioncomponent")
    where = {"solutionid": Reference("solution", solution_id)}
    columns = ("componenttype", "objectid", "rootcomponentbehavior", "versionnumber")
    rows: list[dict[str, Any]] = context.store.find(table, where, columns)
    found = []
    for row in sorted(rows, key=lambda row: row["versionnumber"] or 0):
        kind, id = row["componenttype"], row["objectid"]
        if kind in METADATA_KINDS:
            name = _definition(context.catalog, kind, id)
            if name is None:
                continue
            component = Component(kind, id, name)
        else:
            component = Component(kind, id)
        found.append((component, row["rootcomponentbehavior"] or 0))
    return found


def named_solution(context: Context, name: Any) -> dict[str, Any]:
    """The row of the solution of that unique name.

    Raises:
        EmulatorError: 0x80040203 when there is none.
    """
    table = context.catalog.table("solution")
    rows = context.store.find(table, {"uniquename": str(name)}, _COLUMNS, limit=1)
    if not rows:
        raise unknown_solution(str(name))
    return rows[0]
