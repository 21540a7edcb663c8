"""BulkDelete: the job that deletes the rows of queries (contract 05 §10, 09 §3).

The platform does it later, the emulator within the message. A row that cannot be deleted stays, and the job goes on.
"""

from __future__ import annotations

from dataverse_emulator.errors import EmulatorError, error
from dataverse_emulator.messages.base import Context, Delete, Operation, OperationResult, operation
from dataverse_emulator.messages.retrieving import selected_ids
from dataverse_emulator.messages.system_jobs import JOB_COMPLETED, JOB_SUCCEEDED, finished_job, result_row
from dataverse_emulator.query.from_expression import bind_expression
from dataverse_emulator.values import Reference

DELETES_ROWS = 13  # asyncoperation.operationtype
_JOB = "bulkdeleteoperation"


@operation("BulkDelete")
def bulk_delete(context: Context, message: Operation) -> OperationResult:
    """Delete the rows of each query of ``QuerySet``; the id of the finished job, whose counts a
    ``bulkdeleteoperation`` holds.

    Nobody gets an e-mail, and a recurring job runs once, whenever it is to start.

    Raises:
        EmulatorError: 0x80040203 for no query or one over groups, and those of ``bind_expression``.
    """
    parameters = message.parameters
    queries = [bind_expression(each, context.catalog) for each in parameters.get("QuerySet") or ()]
    if not queries:
        raise error("InvalidArgument", message="Required field 'QuerySet' is missing")
    if any(query.is_grouped for query in queries):
        raise error("InvalidArgument", message="The query of a job that deletes rows must not have groups.")
    pattern = parameters.get("RecurrencePattern")
    values = {"name": parameters["JobName"], "operationtype": DELETES_ROWS, "recurrencepattern": pattern}
    job = finished_job(context, values)
    rows = [Reference(query.table.logical_name, id) for query in queries for id in selected_ids(context, query)]
    _report(context, job, parameters["JobName"], bool(pattern), [_delete(context, row) for row in dict.fromkeys(rows)])
    return OperationResult({"JobId": job.id})


def _delete(context: Context, row: Reference) -> bool:
    """Delete a row, by itself; whether it is gone: one before it may have taken it along."""
    try:
        with context.store.transaction():
            if context.store.exists(context.catalog.table(row.table), row.id):
                context.execute(Delete(row))
    except EmulatorError:
        return False
    return True


def _report(context: Context, job: Reference, name: str, is_recurring: bool, done: list[bool]) -> None:
    """Write the row that says what a job did."""
    table = context.catalog.table(_JOB)
    values = {
        "name": name,
        "isrecurring": is_recurring,
        "statecode": JOB_COMPLETED,
        "statuscode": JOB_SUCCEEDED,
        "successcount": done.count(True),
        "failurecount": done.count(False),
    }
    context.store.insert_many(table, [result_row(context, table, job, values)])
