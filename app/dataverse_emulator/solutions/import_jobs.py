"""Rows of ``importjob``: what became of an import."""

from __future__ import annotations

from lxml import etree

from dataverse_emulator.importing.solutions.members import add
from dataverse_emulator.messages.base import Context
from dataverse_emulator.messages.columns import caller_reference
from dataverse_emulator.solutions.package import Package


def write_job(context: Context, id: str, package: Package, solution_id: str | None) -> None:
    """The import job: done, with what was left out in its data."""
    table = context.catalog.table("importjob")
    user = caller_reference(context)
    stamps = {"createdon": context.now, "modifiedon": context.now, "createdby": user, "modifiedby": user}
    row = {
        table.primary_id: id,
        "name": "Customizations",
        "solutionname": package.manifest.solution["uniquename"],
        "solutionid": solution_id,
        "progress": 100.0,
        "startedon": context.now,
        "completedon": context.now,
        "data": _data(package),
        "versionnumber": context.store.next_version(),
        **stamps,
    }
    context.store.insert(table, {name: value for name, value in row.items() if name in table.columns})


def _data(package: Package) -> str:
    """The result as XML: the solution, and a warning for each part that was left out (the form is the emulator's)."""
    result = etree.Element("importexportxml", {"succeeded": "true", "status": "imported"})
    manifest = add(result, "solutionManifest")
    for name, column in (("UniqueName", "uniquename"), ("Version", "version")):
        add(manifest, name, package.manifest.solution[column])
    add(manifest, "result", result="success", errorcode="0", errortext="")
    warnings = add(result, "warnings")
    for line in package.drafts.report:
        add(warnings, "warning", line)
    return etree.tostring(result, encoding="unicode")
