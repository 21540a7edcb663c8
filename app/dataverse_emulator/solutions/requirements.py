"""What components need: RetrieveRequiredComponents, RetrieveMissingDependencies, RetrieveDependenciesForUninstall.

Only definitions are looked through, as in ``messages.definitions.dependencies``: a table needs the tables that its
lookups point to and the option sets of its columns, a column its table and the same, a relationship both tables, a key
its columns. What the platform ships is always there (inferred).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.messages.definitions.dependencies import dependency_row, dependents
from dataverse_emulator.messages.definitions.retrieving import relationships
from dataverse_emulator.messages.metadata.solutions import ATTRIBUTE, ENTITY, KEY, OPTION_SET, RELATIONSHIP
from dataverse_emulator.metadata.catalog import Catalog, Column, ManyToMany, OneToMany
from dataverse_emulator.metadata.overlay import (
    COLUMN,
    MANY_TO_MANY,
    ONE_TO_MANY,
    TABLE,
    is_whole,
)
from dataverse_emulator.metadata.overlay import KEY as KEY_PART
from dataverse_emulator.metadata.overlay import OPTION_SET as SET_PART
from dataverse_emulator.solutions.components import (
    Component,
    components_of,
    definition_id,
    find_component,
    named_solution,
)

_PARTS = {ENTITY: (TABLE,), ATTRIBUTE: (COLUMN,), KEY: (KEY_PART,), OPTION_SET: (SET_PART,)}


def is_of_user(catalog: Catalog, component: Component) -> bool:
    """The definition did not come with the platform."""
    if component.name is None:
        return False
    kinds = _PARTS.get(component.kind, (ONE_TO_MANY, MANY_TO_MANY))
    parts = [part for part in (catalog.part(kind, component.name) for kind in kinds) if part is not None]
    if component.kind == ENTITY:
        return any(map(is_whole, parts))
    return any(component.kind == KEY or part.get("isCustom") for part in parts)


def required(catalog: Catalog, component: Component) -> Iterator[Component]:
    """The definitions that a definition needs, each once."""
    if component.name is None:
        return
    names: dict[tuple[int, str], None] = {}
    for kind, name in _required(catalog, component.kind, component.name):
        if (kind, name) != (component.kind, component.name):
            names[kind, name] = None
    for kind, name in names:
        yield Component(kind, definition_id(kind, name), name)


def _required(catalog: Catalog, kind: int, name: str) -> Iterator[tuple[int, str]]:
    table, _, rest = name.partition(".")
    if kind == ENTITY:
        for column in catalog.table(name).columns.values():
            yield from _of_column(column)
    elif kind == ATTRIBUTE:
        yield ENTITY, table
        yield from _of_column(catalog.table(table).column(rest))
    elif kind == KEY:
        yield ENTITY, table
        key = next(each for each in catalog.table(table).keys if each.logical_name == rest)
        yield from ((ATTRIBUTE, f"{table}.{column}") for column in key.columns)
    elif kind == RELATIONSHIP:
        for each in relationships(catalog):
            if each.schema_name == name:
                yield from _of_relationship(each)


def _of_relationship(relationship: OneToMany | ManyToMany) -> Iterator[tuple[int, str]]:
    if isinstance(relationship, OneToMany):
        yield ENTITY, relationship.referenced_table
        yield ENTITY, relationship.referencing_table
        yield ATTRIBUTE, f"{relationship.referencing_table}.{relationship.referencing_column}"
    else:
        yield ENTITY, relationship.table1
        yield ENTITY, relationship.table2


def _of_column(column: Column) -> Iterator[tuple[int, str]]:
    yield from ((ENTITY, target) for target in column.targets)
    if column.option_set_global and column.option_set:
        yield OPTION_SET, column.option_set


def all_required(context: Context, component: Component) -> list[Component]:
    """The definitions of users that a component needs, and what those need, each once."""
    found: dict[str, Component] = {}
    waiting = [component]
    while waiting:
        for each in required(context.catalog, waiting.pop()):
            if each.id not in found and each.id != component.id and is_of_user(context.catalog, each):
                found[each.id] = each
                waiting.append(each)
    return list(found.values())


@operation("RetrieveRequiredComponents", reads=True)
def retrieve_required_components(context: Context, message: Operation) -> OperationResult:
    """One row of ``dependency`` for each definition that the given component needs; the rows are kept nowhere.

    Raises:
        EmulatorError: those of ``find_component``.
    """
    component = find_component(context, message.parameters["ComponentType"], message.parameters["ObjectId"])
    rows = [_row(component, each) for each in required(context.catalog, component)]
    return OperationResult({"value": [_typed(row) for row in rows]})


@operation("RetrieveMissingDependencies", reads=True)
def retrieve_missing_dependencies(context: Context, message: Operation) -> OperationResult:
    """The definitions of users that components of a solution need and that are not part of it.

    Raises:
        EmulatorError: 0x80040203 for an unknown solution.
    """
    rows = [_row(component, each) for component, each in missing_dependencies(context, _solution_id(context, message))]
    return OperationResult({"value": [_typed(row) for row in rows]})


def missing_dependencies(context: Context, solution_id: str) -> Iterator[tuple[Component, Component]]:
    """Components of a solution and what each needs of users' definitions that the solution does not hold."""
    components = components_of(context, solution_id)
    held = {component.id for component, _ in components}
    tables = {component.name for component, behavior in components if component.kind == ENTITY and behavior == 0}
    for component, _ in components:
        for each in required(context.catalog, component):
            is_inside = each.id in held or (each.name or "").partition(".")[0] in tables
            if not is_inside and is_of_user(context.catalog, each):
                yield component, each


@operation("RetrieveDependenciesForUninstall", reads=True)
def retrieve_dependencies_for_uninstall(context: Context, message: Operation) -> OperationResult:
    """The definitions outside a solution that need one inside of it.

    Raises:
        EmulatorError: 0x80040203 for an unknown solution.
    """
    components = components_of(context, _solution_id(context, message))
    held = {component.id for component, _ in components}
    rows = [
        dependency_row(component.kind, component.id, kind, id)
        for component, _ in components
        for kind, id in dependents(context.catalog, component.kind, component.id)
        if id not in held
    ]
    return OperationResult({"value": rows})


def _solution_id(context: Context, message: Operation) -> str:
    return str(named_solution(context, message.parameters["SolutionUniqueName"])["solutionid"])


def _row(dependent: Component, needed: Component) -> dict[str, Any]:
    return dependency_row(needed.kind, needed.id, dependent.kind, dependent.id)


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    """The declared type of the answer is abstract, so every row says its own."""
    return {"@odata.type": "#Microsoft.Dynamics.CRM.dependency", **row}
