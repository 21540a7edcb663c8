"""ImportSolution, RetrieveMissingComponents: an archive becomes definitions, views and a solution (07 §11).

All or nothing: what the archive says of the schema is taken whole. Parts that the emulator has no such thing for
(forms, ribbons, processes) are left out, and the import job's ``data`` says so.
"""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import EmulatorError, error, not_emulated
from dataverse_emulator.importing.merging import merge
from dataverse_emulator.importing.solutions.manifest import Manifest
from dataverse_emulator.messages.base import Context, Create, Operation, OperationResult, Record, Update, operation
from dataverse_emulator.messages.metadata.parts import Changes, commit
from dataverse_emulator.messages.metadata.solutions import ENTITY, METADATA_KINDS, VIEW, Solution, add_component
from dataverse_emulator.messages.metadata.tables import FIRST_TYPE_CODE, TYPE_CODES
from dataverse_emulator.messages.solution_rows import SYSTEM_SOLUTIONS
from dataverse_emulator.metadata import compiled
from dataverse_emulator.metadata.overlay import COLUMN, KEY, TABLE, is_whole, table_of
from dataverse_emulator.solutions.components import definition_id, find_component
from dataverse_emulator.solutions.contents import publisher_row
from dataverse_emulator.solutions.import_jobs import write_job
from dataverse_emulator.solutions.package import missing_from, read_package
from dataverse_emulator.solutions.views import add_views
from dataverse_emulator.values import Reference

_STAMPS = ("CreatedOn", "ModifiedOn")


@operation("ImportSolution")
def import_solution(context: Context, message: Operation) -> OperationResult:
    """Make or change what an unmanaged solution's archive describes, with its publisher and the solution itself.

    Raises:
        EmulatorError: 0x80048060 for what is no archive of a solution, 0x80048033 for content that cannot be taken,
            0x8004801D for tables and option sets that are neither in it nor here, 0x8004801C when the solution is
            another publisher's, 0x8004F007 for system solutions, 0x80040237 for an import job that is there already;
            501 for managed solutions.
    """
    given = message.parameters
    for name in ("ConvertToManaged", "HoldingSolution"):
        if given.get(name):
            raise not_emulated(f"{name} of ImportSolution")
    package = read_package(given["CustomizationFile"])
    if package.manifest.is_managed:
        raise not_emulated("managed solutions")
    if package.manifest.solution["uniquename"].lower() in SYSTEM_SOLUTIONS:
        raise error("ImportRestrictedSolution", name=package.manifest.solution["uniquename"])
    jobs = context.catalog.table("importjob")
    if context.store.exists(jobs, given["ImportJobId"]):
        raise error("DuplicateKey")
    missing = missing_from(context.catalog, package.drafts)
    if missing:
        raise error("ImportMissingDependencies", missing=", ".join(name for _, name in missing)[:1000])
    parts = dict(merge(package.drafts, context.catalog))
    if package.drafts.report.problems:
        raise error("ImportSolutionError", reason="; ".join(package.drafts.report.problems)[:1000])
    _define(context, parts)
    publisher = _publisher(context, package.manifest)
    solution = _solution(context, package.manifest, publisher)
    add_views(context, package.drafts.views)
    _add_components(context, package.manifest, solution)
    write_job(context, given["ImportJobId"], package, solution.id)
    return OperationResult()


def _define(context: Context, parts: dict[tuple[str, str], Any]) -> None:
    """Change the definitions: with codes and times of this environment; keys whose values are there twice fail."""
    catalog = context.catalog
    changes: Changes = {}
    for (kind, name), given in parts.items():
        former = catalog.part(kind, name)
        part = _stamped(context, kind, dict(given), former)
        if kind == TABLE and is_whole(part) and catalog.find(name) is None:
            part["objectTypeCode"] = context.store.next_number(TYPE_CODES, FIRST_TYPE_CODE)
        if part != former:
            changes[kind, name] = part
    commit(context, changes)
    failed: Changes = {}
    for (kind, name), changed in changes.items():
        if kind == KEY and changed is not None:
            table = catalog.table(table_of(name))
            if context.store.definitions.has_equal_rows(table, tuple(changed["columns"])):
                failed[kind, name] = {**changed, "isActive": False}
    commit(context, failed)


def _stamped(context: Context, kind: str, part: dict[str, Any], former: Any) -> dict[str, Any]:
    """A part with the times of its making and its last change, where its kind has them."""
    if kind not in (TABLE, COLUMN):
        return part
    old = (former or {}).get("settings") or {}
    stamps = {name: old[name] for name in _STAMPS if name in old}
    same = {**part, "settings": {**(part.get("settings") or {}), **stamps}}
    if former is not None and _plain(kind, {**former, "settings": old}) == _plain(kind, same):
        return dict(former)
    new = {"CreatedOn": stamps.get("CreatedOn", context.now), "ModifiedOn": context.now}
    return {**same, "settings": {**same["settings"], **new}}


def _plain(kind: str, part: dict[str, Any]) -> Any:
    """A definition without regard to what it says and what it leaves to be understood, such as where a lookup leads."""
    if kind != COLUMN:
        return part
    plain = {name: value for name, value in part.items() if name not in ("navigation", "targets")}
    return compiled.compile_column(plain, {"primaryId": ""}, {})


def _publisher(context: Context, manifest: Manifest) -> Reference:
    """The publisher, made where there is none of that name."""
    table = context.catalog.table("publisher")
    rows = context.store.find(table, {"uniquename": manifest.publisher["uniquename"]}, (table.primary_id,), limit=1)
    id = rows[0][table.primary_id] if rows else context.execute(Create(Record(table, _given(manifest.publisher))))
    return Reference("publisher", str(id))


def _given(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _solution(context: Context, manifest: Manifest, publisher: Reference) -> Solution:
    """The solution, made or brought to the version of the archive."""
    table = context.catalog.table("solution")
    given = dict(manifest.solution)
    columns = (table.primary_id, "publisherid", "ismanaged")
    rows = context.store.find(table, {"uniquename": given["uniquename"]}, columns, limit=1)
    if not rows:
        return Solution(str(context.execute(Create(Record(table, {**_given(given), "publisherid": publisher})))))
    if rows[0]["publisherid"] != publisher:
        owner = publisher_row(context, rows[0]["publisherid"])
        raise error("ImportWrongPublisher", name=given["uniquename"], publisher=owner["uniquename"])
    id = str(rows[0][table.primary_id])
    changes = {name: given[name] for name in ("version", "friendlyname", "description")}
    context.execute(Update(Reference("solution", id), Record(table, changes)))
    return Solution(id)


def _add_components(context: Context, manifest: Manifest, solution: Solution) -> None:
    """The root components that are here; those of parts that were left out are not."""
    for each in manifest.components:
        id = each.id
        if each.kind in METADATA_KINDS and each.name:
            id = definition_id(each.kind, each.name.lower() if each.kind == ENTITY else each.name)
        if id is None or not (each.kind in METADATA_KINDS or each.kind == VIEW):
            continue
        try:
            find_component(context, each.kind, id)
        except EmulatorError:
            continue
        add_component(context, solution, each.kind, id, each.behavior)


@operation("RetrieveMissingComponents", reads=True)
def retrieve_missing_components(context: Context, message: Operation) -> OperationResult:
    """The tables and option sets that an archive needs and that are neither in it nor here.

    Raises:
        EmulatorError: 0x80048060 and 0x80048033 for what is no archive of a solution.
    """
    package = read_package(message.parameters["CustomizationFile"])
    missing = [
        {
            "RequiredComponent": {"Type": kind, "SchemaName": name, "Id": definition_id(kind, name)},
            "DependentComponent": None,
        }
        for kind, name in missing_from(context.catalog, package.drafts)
    ]
    return OperationResult({"MissingComponents": missing})
