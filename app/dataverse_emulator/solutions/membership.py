"""AddSolutionComponent, RemoveSolutionComponent, UpdateSolutionComponent (contract 07 §11, §12 call 28)."""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import error, not_emulated
from dataverse_emulator.messages.base import Context, Operation, OperationResult, Record, operation
from dataverse_emulator.messages.metadata.solutions import ENTITY, Solution, add_component
from dataverse_emulator.messages.solution_rows import CLOSED_SOLUTIONS, DEFAULT
from dataverse_emulator.solutions.components import (
    INCLUDE_SUBCOMPONENTS,
    NO_SUBCOMPONENTS,
    SHELL_ONLY,
    Component,
    find_component,
    named_solution,
)
from dataverse_emulator.solutions.requirements import all_required
from dataverse_emulator.values import Reference


def _changeable(context: Context, name: Any) -> dict[str, Any]:
    """The row of a solution whose components may be changed.

    Raises:
        EmulatorError: 0x80040203 when there is none, 0x8004F00A for the system's own, 0x8004F024 for a managed one.
    """
    row = named_solution(context, name)
    if row["uniquename"].lower() in CLOSED_SOLUTIONS:
        raise error("CannotUpdateRestrictedSolution", name=row["uniquename"])
    if row["ismanaged"]:
        raise error("CannotUpdateManagedSolution", name=row["uniquename"])
    return row


@operation("AddSolutionComponent")
def add_solution_component(context: Context, message: Operation) -> OperationResult:
    """Put a component into an unmanaged solution; one that is there already stays, with more of its parts if asked for.

    ``AddRequiredComponents`` adds the definitions of users that it needs, and what those need.

    Raises:
        EmulatorError: those of ``find_component``; 0x80040203 for an unknown solution, 0x8004F00A and 0x8004F024 for
            one that may not be changed; 501 for single settings of a component.
    """
    given = message.parameters
    row = _changeable(context, given["SolutionUniqueName"])
    component = find_component(context, given["ComponentType"], given["ComponentId"])
    without = _without_subcomponents(component, given)
    solution = Solution(row["solutionid"])
    id = add_component(context, solution, component.kind, component.id, without)
    assert id is not None
    if without == INCLUDE_SUBCOMPONENTS:
        _set_behavior(context, id, INCLUDE_SUBCOMPONENTS)
    if given.get("AddRequiredComponents"):
        for each in all_required(context, component):
            add_component(context, solution, each.kind, each.id)
    return OperationResult({"id": id})


def _without_subcomponents(component: Component, given: dict[str, Any]) -> int:
    settings = given.get("IncludedComponentSettingsValues")
    if settings:
        raise not_emulated("single settings of a solution component")
    if component.kind != ENTITY:
        return INCLUDE_SUBCOMPONENTS
    if settings is not None:
        return SHELL_ONLY
    return NO_SUBCOMPONENTS if given.get("DoNotIncludeSubcomponents") else INCLUDE_SUBCOMPONENTS


def _set_behavior(context: Context, id: str, behavior: int) -> None:
    table = context.catalog.table("solutioncomponent")
    former = context.store.read(table, id, ("rootcomponentbehavior",))
    if former is not None and former["rootcomponentbehavior"] != behavior:
        changes = {"rootcomponentbehavior": behavior, "modifiedon": context.now}
        context.store.update(table, id, {**changes, "versionnumber": context.store.next_version()})


def _find_row(context: Context, solution: dict[str, Any], kind: int, id: str) -> dict[str, Any]:
    """The row of a component in a solution, by the component's own id or by that of the row.

    Raises:
        EmulatorError: 0x8004F021 when it is not in the solution.
    """
    table = context.catalog.table("solutioncomponent")
    of = {"solutionid": Reference("solution", solution["solutionid"]), "componenttype": kind}
    for name in ("objectid", table.primary_id):
        rows = context.store.find(table, {**of, name: id.lower()}, (table.primary_id, "rootcomponentbehavior"), limit=1)
        if rows:
            return rows[0]
    raise error("CannotRemoveComponentFromSolution", id=id, kind=kind, solution=solution["uniquename"])


@operation("RemoveSolutionComponent")
def remove_solution_component(context: Context, message: Operation) -> OperationResult:
    """Take a component out of an unmanaged solution; the component itself stays.

    Clients give the component's own id as ``solutioncomponentid``; that of the row is taken, too (inferred).

    Raises:
        EmulatorError: 0x8004F021 when it is not in the solution, 0x8004F000 for the default solution, and those of
            unknown, managed and system solutions.
    """
    given = message.parameters
    solution = _changeable(context, given["SolutionUniqueName"])
    if solution["uniquename"].lower() == DEFAULT:
        raise error("CannotRemoveComponentFromDefaultSolution")
    target = given["SolutionComponent"]
    table = context.catalog.table("solutioncomponent")
    if isinstance(target, Record):
        id = target.values.get("objectid") or target.values.get(table.primary_id)
    else:
        id = target.id if isinstance(target, Reference) else None
    if not id:
        raise error("InvalidArgument", message="Required field 'solutioncomponentid' is missing")
    row = _find_row(context, solution, given["ComponentType"], str(id))
    context.store.delete(table, row[table.primary_id])
    return OperationResult({"id": row[table.primary_id]})


@operation("UpdateSolutionComponent")
def update_solution_component(context: Context, message: Operation) -> OperationResult:
    """Say whether a table's own members are part of the solution: none (an empty list) or all (no list).

    Raises:
        EmulatorError: 0x8004F021 when the table is not in the solution, 0x8004F010 for other components; 501 for single
            settings.
    """
    given = message.parameters
    solution = _changeable(context, given["SolutionUniqueName"])
    settings = given.get("IncludedComponentSettingsValues")
    if settings:
        raise not_emulated("single settings of a solution component")
    row = _find_row(context, solution, given["ComponentType"], given["ComponentId"])
    if given["ComponentType"] != ENTITY:
        raise error("UnsupportedComponentOperation", kind=given["ComponentType"])
    if row["rootcomponentbehavior"] != INCLUDE_SUBCOMPONENTS or settings is not None:
        behavior = SHELL_ONLY if settings is not None else NO_SUBCOMPONENTS
        _set_behavior(context, row["solutioncomponentid"], behavior)
    return OperationResult()
