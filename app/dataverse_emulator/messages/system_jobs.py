"""Rows of system jobs: the emulator does within the message what the platform does later (contract 05 §10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataverse_emulator.messages.base import Context, Create, Record
from dataverse_emulator.messages.columns import set_owner, stamp_creation
from dataverse_emulator.messages.facts import facts_of
from dataverse_emulator.messages.state import change_state
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.values import Reference

JOB_COMPLETED, JOB_SUCCEEDED = 3, 30
_JOB = "asyncoperation"


def finished_job(context: Context, values: dict[str, Any], status: int = JOB_SUCCEEDED) -> Reference:
    """The row of a system job that has ended."""
    job = Reference(_JOB, context.execute(Create(Record(context.catalog.table(_JOB), values))))
    change_state(context, job, JOB_COMPLETED, status)
    return job


def result_row(context: Context, table: Table, job: Reference, values: Mapping[str, Any]) -> dict[str, Any]:
    """A row, not yet in the store, that says what a job did: with key, stamps and the caller as its owner."""
    row = {table.primary_id: context.new_id(), "asyncoperationid": job, **values}
    facts = facts_of(context, table)
    stamp_creation(context, facts, row)
    set_owner(context, facts, row, None)
    return row
