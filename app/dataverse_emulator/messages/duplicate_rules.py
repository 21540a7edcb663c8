"""Messages about duplicates: which rows are some, and which rules say so (contract 02 §15, 06 §11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Operation, OperationResult, Record, operation
from dataverse_emulator.messages.duplicates import PUBLISHED, find_duplicates
from dataverse_emulator.messages.references import missing, reference_of
from dataverse_emulator.messages.state import change_state
from dataverse_emulator.messages.system_jobs import finished_job
from dataverse_emulator.values import Reference

MAX_DUPLICATES = 5000
ACTIVE, INACTIVE, UNPUBLISHED = 1, 0, 0
PUBLISHES_RULE = 7  # asyncoperation.operationtype
_RULES = "duplicaterule"


@operation("RetrieveDuplicates", reads=True)
def retrieve_duplicates(context: Context, message: Operation) -> OperationResult:
    """The rows of ``MatchingEntityName`` that published rules call duplicates of ``BusinessEntity``, one page.

    Raises:
        EmulatorError: 0x80040217 when the row is missing, 0x80041102 for an unknown table, 0x80060888 for a row without
            key and columns.
    """
    parameters = message.parameters
    entity = parameters["BusinessEntity"]
    matching = context.catalog.table(parameters["MatchingEntityName"])
    values: Mapping[str, Any]
    id: str | None = None
    if isinstance(entity, Record):
        table, values = entity.table, entity.values
        given = values.get(table.primary_id)
        if isinstance(given, str) and context.store.exists(table, given):
            id = given
    else:
        reference = reference_of(context, entity)
        if reference is None:
            raise error("EntityWithoutKey")
        table, values, id = context.catalog.table(reference.table), {}, reference.id
        if not context.store.exists(table, id):
            raise missing(reference)
    found = find_duplicates(context, table, values, id, MAX_DUPLICATES, matching)
    number, size = _page(parameters.get("PagingInfo"))
    return OperationResult(rows=found[(number - 1) * size : number * size])


def _page(paging: Any) -> tuple[int, int]:
    """Number and size of the page that ``PagingInfo`` asks for."""
    if not isinstance(paging, dict):
        return 1, MAX_DUPLICATES
    number, size = paging.get("PageNumber"), paging.get("Count")
    return (
        number if isinstance(number, int) and number > 0 else 1,
        size if isinstance(size, int) and size > 0 else MAX_DUPLICATES,
    )


@operation("PublishDuplicateRule")
def publish_rule(context: Context, message: Operation) -> OperationResult:
    """Put a rule into force; the job that did it, which is finished already.

    Raises:
        EmulatorError: 0x80040217 when the rule is missing.
    """
    rule = _rule(context, message.target)
    change_state(context, rule, ACTIVE, PUBLISHED)
    job = finished_job(context, {"name": "Publish Duplicate Rule", "operationtype": PUBLISHES_RULE})
    return OperationResult(rows=[job])


@operation("UnpublishDuplicateRule")
def unpublish_rule(context: Context, message: Operation) -> OperationResult:
    """Take a rule out of force.

    Raises:
        EmulatorError: 0x80040217 when the rule is missing.
    """
    change_state(
        context, _rule(context, Reference(_RULES, message.parameters["DuplicateRuleId"])), INACTIVE, UNPUBLISHED
    )
    return OperationResult()


def _rule(context: Context, target: Any) -> Reference:
    rule = reference_of(context, target)
    if rule is None or not context.store.exists(context.catalog.table(_RULES), rule.id):
        raise missing(rule or Reference(_RULES, ""))
    return rule
