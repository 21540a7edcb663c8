"""The business process flow of a lead: which instance counts, and its step to the opportunity (05 §1.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import Context, Record, Update
from dataverse_emulator.metadata.catalog import Table
from dataverse_emulator.values import Reference

FLOW_TABLE = "leadtoopportunitysalesprocess"
FLOW_PROCESS = "919e14d1-6489-4852-abd0-a63a6ecaac5d"
# Stages of the stock flow, in order, for environments without rows in ``processstage`` (05 §1.7)
FLOW_STAGES = (
    ("f99b4d48-7aad-456e-864a-8e7d543f7495", "lead"),
    ("bfc9108c-8389-406b-9166-2c3298a2e41f", "opportunity"),
    ("3a275c22-fc45-4e89-97fc-41e5ec578743", "opportunity"),
    ("7f5247fe-cfc3-42bc-aa77-b1d836d9b7c0", "opportunity"),
)
_ACTIVE = 0


@dataclass(frozen=True, slots=True)
class Process:
    """An instance of a flow."""

    table: Table
    id: str
    row: dict[str, Any]
    is_on_lead: bool


def find_process(context: Context, lead: Reference, named: Reference | None) -> Process | None:
    """The instance that goes on when the lead is qualified: the named one, else the lead's latest active one.

    Raises:
        EmulatorError: 0x80040217 when the named one does not exist, 0x80040203 when it is no instance of a flow or
            that of another lead (inferred).
    """
    if named is not None:
        table = context.catalog.table(named.table)
        if "activestageid" not in table.columns:
            raise error("InvalidArgument", message=f"A row of {named.table} is no process instance.")
        row = context.store.read(table, named.id)
        if row is None:
            raise error("EntityDoesNotExist", table=named.table, id=named.id)
        if row.get("leadid") not in (None, lead):
            raise error("InvalidArgument", message="The process instance is that of another lead.")
        return _process(context, table, row)
    flow = context.catalog.find(FLOW_TABLE)
    if flow is None:
        return None
    rows = context.store.find(flow, {"leadid": lead, "statecode": _ACTIVE})
    if not rows:
        return None
    return _process(context, flow, max(rows, key=lambda row: (row["modifiedon"] or "", row["versionnumber"] or 0)))


def advance_process(context: Context, process: Process, opportunity: Reference) -> None:
    """Move an instance to the first stage on the opportunity."""
    stage = _first_opportunity_stage(context, process)
    values: dict[str, Any] = {"opportunityid": opportunity}
    if stage is not None:
        path = process.row.get("traversedpath") or ",".join(_present_stage(process))
        values["traversedpath"] = f"{path},{stage}" if path else stage
        values["activestageid"] = Reference("processstage", stage)
        values["activestagestartedon"] = context.now
    values = {name: value for name, value in values.items() if name in process.table.columns}
    context.execute(Update(Reference(process.table.logical_name, process.id), Record(process.table, values)))


def _present_stage(process: Process) -> list[str]:
    stage = process.row.get("activestageid")
    return [stage.id] if isinstance(stage, Reference) else []


def _process(context: Context, table: Table, row: dict[str, Any]) -> Process:
    stage = row.get("activestageid")
    is_on_lead = not isinstance(stage, Reference) or _table_of_stage(context, stage.id) in ("lead", None)
    return Process(table, row[table.primary_id], row, is_on_lead)


def _table_of_stage(context: Context, stage: str) -> str | None:
    row = context.store.read(context.catalog.table("processstage"), stage, ("primaryentitytypecode",))
    if row is not None:
        found: str | None = row["primaryentitytypecode"]
        return found
    return dict(FLOW_STAGES).get(stage)


def _first_opportunity_stage(context: Context, process: Process) -> str | None:
    """The stage on the opportunity that comes first in the order of stage categories."""
    definition = process.row.get("processid")
    id = definition.id if isinstance(definition, Reference) else FLOW_PROCESS
    stages = context.store.find(
        context.catalog.table("processstage"),
        {"processid": id, "primaryentitytypecode": "opportunity"},
        ("processstageid", "stagecategory"),
    )
    if stages:
        first = min(stages, key=lambda stage: stage["stagecategory"] or 0)
        found: str = first["processstageid"]
        return found
    if id == FLOW_PROCESS:
        return next(stage for stage, table in FLOW_STAGES if table == "opportunity")
    return None
