"""BulkDetectDuplicates: the job that looks for duplicates among many rows (contract 02 §15, 05 §10).

The platform does it later, the emulator within the message. Each row is compared by what its rule's conditions make of
its columns, so that the cost grows with the rows and not with their pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Operation, OperationResult, operation
from dataverse_emulator.messages.duplicates import comparable, conditions_of, published_rules
from dataverse_emulator.messages.retrieving import selected_ids
from dataverse_emulator.messages.system_jobs import finished_job, result_row
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.query.from_expression import bind_expression
from dataverse_emulator.values import Reference

DETECTS_DUPLICATES = 8  # asyncoperation.operationtype
_FOUND = "duplicaterecord"


@operation("BulkDetectDuplicates")
def bulk_detect_duplicates(context: Context, message: Operation) -> OperationResult:
    """Write a ``duplicaterecord`` for each duplicate of a row of ``Query``; the id of the finished job.

    Nobody gets an e-mail, and a recurring job runs once: its pattern stands in the job's row.

    Raises:
        EmulatorError: 0x80040203 for no query or one over groups, and those of ``bind_expression``.
    """
    parameters = message.parameters
    query = bind_expression(parameters.get("Query"), context.catalog)
    if query.is_grouped:
        raise error("InvalidArgument", message="The query for duplicates must not have groups.")
    table = query.table
    job = finished_job(
        context,
        {
            "name": parameters["JobName"],
            "operationtype": DETECTS_DUPLICATES,
            "recurrencepattern": parameters.get("RecurrencePattern"),
        },
    )
    ids = frozenset(selected_ids(context, query))
    rows = [
        _found(context, job, base, duplicate, rule)
        for rule in published_rules(context, table)
        for base, duplicate in _duplicates(context, table, rule, ids)
    ]
    if rows:
        context.store.insert_many(context.catalog.table(_FOUND), rows)
    return OperationResult({"JobId": job.id})


def _duplicates(
    context: Context, table: Table, rule: Mapping[str, Any], ids: frozenset[str]
) -> Iterator[tuple[Reference, Reference]]:
    """Pairs of a chosen row and another row that the rule calls its duplicate."""
    other = context.catalog.find(rule["matchingentityname"] or table.logical_name)
    conditions = conditions_of(context, rule)
    if other is None or not conditions:
        return
    own = [condition["baseattributename"] for condition in conditions]
    theirs = [condition["matchingattributename"] or name for condition, name in zip(conditions, own, strict=True)]
    if any(name not in table.columns for name in own) or any(name not in other.columns for name in theirs):
        return
    where = {"statecode": 0} if rule["excludeinactiverecords"] and other.state is not None else {}
    known: dict[tuple[Any, ...], list[str]] = {}
    for row in context.store.find(other, where, (other.primary_id, *theirs)):
        known.setdefault(_key(row, theirs, conditions), []).append(row[other.primary_id])
    for row in context.store.find(table, {}, (table.primary_id, *own)):
        id, key = row[table.primary_id], _key(row, own, conditions)
        if id not in ids or _is_blank(key, conditions):
            continue
        for found in known.get(key, ()):
            if found != id or other is not table:
                yield Reference(table.logical_name, id), Reference(other.logical_name, found)


def _key(row: Mapping[str, Any], names: list[str], conditions: list[dict[str, Any]]) -> tuple[Any, ...]:
    """What the conditions compare of a row."""
    return tuple(
        comparable(row[name], condition["operatorcode"] or 0, condition["operatorparam"] or 0)
        for name, condition in zip(names, conditions, strict=True)
    )


def _is_blank(key: tuple[Any, ...], conditions: list[dict[str, Any]]) -> bool:
    """Blank values make no duplicate alone, nor where their condition ignores them."""
    blanks = [condition for value, condition in zip(key, conditions, strict=True) if value is None]
    return len(blanks) == len(key) or any(condition["ignoreblankvalues"] for condition in blanks)


def _found(context: Context, job: Reference, base: Reference, duplicate: Reference, rule: Mapping[str, Any]) -> Any:
    """The row that says that one row is a duplicate of another."""
    values = {
        "baserecordid": base,
        "duplicaterecordid": duplicate,
        "duplicateruleid": Reference("duplicaterule", rule["duplicateruleid"]),
    }
    return result_row(context, context.catalog.table(_FOUND), job, values)
