"""ImportSolutionAsync, ExportSolutionAsync, PublishAllXmlAsync: system jobs that are finished when they are answered.

The real service runs them later; a client that asks for the job until it is completed finds it so at once. An export's
archive is kept with its job until it is downloaded (inferred: the job stands for the upload of the real service).
"""

from __future__ import annotations

from typing import Any

from dataverse_emulator.errors import EmulatorError, NotEmulated, error, not_emulated
from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.messages.system_jobs import JOB_SUCCEEDED, finished_job
from dataverse_emulator.values import Reference

_EXPORT, _IMPORT, _PUBLISH = 202, 203, 204
_FAILED = 31
_NOT_TAKEN = ("ComponentParameters", "SolutionParameters")


@operation("ImportSolutionAsync")
def import_solution_async(context: Context, message: Operation) -> OperationResult:
    """Import an archive; an import that fails leaves a failed job with the error's text, and nothing else.

    Raises:
        EmulatorError: 0x80040203 without an archive; 501 for what ImportSolution does not do.
    """
    given = dict(message.parameters)
    for name in _NOT_TAKEN:
        if given.pop(name, None):
            raise not_emulated(f"{name} of ImportSolutionAsync")
    if not given.get("CustomizationFile"):
        raise error("InvalidArgument", message="Required field 'CustomizationFile' is missing")
    import_job = context.new_id()
    problem: EmulatorError | None = None
    try:
        with context.store.transaction():
            context.execute(Operation("ImportSolution", parameters={**given, "ImportJobId": import_job}))
    except NotEmulated:
        raise
    except EmulatorError as failure:
        problem = failure
    job = _add_job(context, "Import Solution", _IMPORT, problem)
    return OperationResult({"AsyncOperationId": job.id, "ImportJobKey": import_job})


@operation("ExportSolutionAsync")
def export_solution_async(context: Context, message: Operation) -> OperationResult:
    """Export a solution; DownloadSolutionExportData gives the archive.

    Raises:
        EmulatorError: as ExportSolution.
    """
    result = context.execute(Operation("ExportSolution", parameters=dict(message.parameters)))
    job = _add_job(context, "Export Solution", _EXPORT, None, data=result.members["ExportSolutionFile"])
    return OperationResult({"AsyncOperationId": job.id, "ExportJobId": job.id})


@operation("DownloadSolutionExportData", reads=True)
def download_solution_export_data(context: Context, message: Operation) -> OperationResult:
    """The archive of an export job.

    Raises:
        EmulatorError: 0x80040217 (404) when there is no such job.
    """
    table, id = context.catalog.table("asyncoperation"), message.parameters["ExportJobId"]
    row = context.store.read(table, id, ("operationtype", "data"))
    if row is None or row["operationtype"] != _EXPORT:
        raise error("ObjectDoesNotExist", table="exportsolutionupload", id=id)
    return OperationResult({"ExportSolutionFile": row["data"]})


@operation("PublishAllXmlAsync")
def publish_all_xml_async(context: Context, message: Operation) -> OperationResult:
    """Publish everything; there is one state of definitions, so there is nothing to do."""
    del message
    return OperationResult({"AsyncOperationId": _add_job(context, "Publish All", _PUBLISH, None).id})


def _add_job(context: Context, name: str, kind: int, problem: EmulatorError | None, **values: Any) -> Reference:
    job = finished_job(context, {"name": name, "operationtype": kind}, JOB_SUCCEEDED if problem is None else _FAILED)
    told = {} if problem is None else {"message": problem.message, "friendlymessage": problem.message}
    times = {"startedon": context.now, "completedon": context.now}
    context.store.update(context.catalog.table(job.table), job.id, {**times, **told, **values})
    return job
