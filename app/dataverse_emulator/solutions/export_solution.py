"""ExportSolution: an unmanaged solution as a zip archive (contract 07 §11, §12 call 28)."""

from __future__ import annotations

import base64

from dataverse_emulator.errors import error, not_emulated
from dataverse_emulator.importing.solutions.manifest import Manifest, RootComponent, write_archive
from dataverse_emulator.importing.solutions.writing import write_customizations
from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.messages.solution_rows import CLOSED_SOLUTIONS, DEFAULT
from dataverse_emulator.solutions.components import Component, components_of, named_solution
from dataverse_emulator.solutions.contents import default_components, gather, publisher_row


@operation("ExportSolution", reads=True)
def export_solution(context: Context, message: Operation) -> OperationResult:
    """The archive of a solution as base64 text in ``ExportSolutionFile``; the same solution gives the same bytes.

    Raises:
        EmulatorError: 0x80040203 for an unknown solution, 0x8004F00A for the system's own; 501 for managed archives,
            for organization settings in it and for components that are neither definitions nor views.
    """
    given = message.parameters
    row = named_solution(context, given["SolutionName"])
    name = row["uniquename"].lower()
    if name in CLOSED_SOLUTIONS:
        raise error("CannotUpdateRestrictedSolution", name=row["uniquename"])
    if given.get("Managed"):
        raise not_emulated("managed solutions")
    settings = sorted(member for member, value in given.items() if member.startswith("Export") and value)
    if settings:
        raise not_emulated(f"{settings[0]} of ExportSolution")
    components = default_components(context) if name == DEFAULT else components_of(context, row["solutionid"])
    customizations = write_customizations(context.catalog, gather(context, components))
    manifest = Manifest(
        row, publisher_row(context, row["publisherid"]), tuple(_root(component, way) for component, way in components)
    )
    return OperationResult(
        {"ExportSolutionFile": base64.b64encode(write_archive(manifest, customizations)).decode("ascii")}
    )


def _root(component: Component, behavior: int) -> RootComponent:
    return RootComponent(component.kind, component.name, None if component.name else component.id, behavior)
