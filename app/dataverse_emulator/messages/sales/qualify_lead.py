"""QualifyLead: an open lead becomes an account, a contact, an opportunity, and is closed as Qualified (05 §1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dataverse_emulator.errors import error
from dataverse_emulator.messages.base import (
    Context,
    Create,
    Operation,
    OperationResult,
    Record,
    Update,
    operation,
)
from dataverse_emulator.messages.duplicates import refuse_duplicates
from dataverse_emulator.messages.facts import facts_of
from dataverse_emulator.messages.mapping import copy_columns
from dataverse_emulator.messages.references import find_by_key, reference_of
from dataverse_emulator.messages.sales.lead_process import Process, advance_process, find_process
from dataverse_emulator.messages.state import change_state, check_status, default_status
from dataverse_emulator.messages.updating import check_version
from dataverse_emulator.values import Reference

OPEN, QUALIFIED = 0, 1
DEFAULT_STATUS = -1  # "the appropriate status reason"
OWNER_OF_CREATED_ROWS = "caller"  # or "lead_owner" (ruling R14)
CUSTOMER_TABLES = ("account", "contact")
_FLAGS = ("CreateAccount", "CreateContact", "CreateOpportunity")


@dataclass(slots=True)
class Request:
    """The checked parameters."""

    lead: Reference
    row: dict[str, Any]
    wanted: frozenset[str]
    status: int
    currency: Reference | None = None
    customer: Reference | None = None
    campaign: Reference | None = None
    process: Process | None = None
    checks_duplicates: bool = False


@dataclass(slots=True)
class Made:
    """The rows that were created, by table, in order."""

    rows: dict[str, Reference] = field(default_factory=dict)

    def get(self, table: str) -> Reference | None:
        """The created row of that table."""
        return self.rows.get(table)


@operation("QualifyLead")
def qualify_lead(context: Context, message: Operation) -> OperationResult:
    """Qualify a lead; the rows that were created, account first, then contact and opportunity.

    Raises:
        EmulatorError: 0x80040217 when the lead or a row named by a parameter is missing, 0x80040519 when the lead is
            closed, 0x80040203 for a missing parameter, 0x80048408 for a wrong status, 0x80040504 and 0x80040517 for a
            wrong or inactive customer, 0x80100002 when the process has left the lead, 0x80040333 for a duplicate.
    """
    request = _read_request(context, message)
    values = {table: _values_of(context, request, table) for table in request.wanted}
    if request.checks_duplicates:
        for table in CUSTOMER_TABLES:
            if table in values:
                refuse_duplicates(context, context.catalog.table(table), values[table])
    made = Made()
    if "account" in values:
        _create(context, made, "account", values["account"])
    if "contact" in values:
        account = made.get("account") or request.row.get("parentaccountid")
        if account is not None:
            values["contact"]["parentcustomerid"] = account
        _create(context, made, "contact", values["contact"])
        if "account" in made.rows:
            _update(context, made.rows["account"], {"primarycontactid": made.rows["contact"]})
    if "opportunity" in values:
        _create(context, made, "opportunity", _opportunity_values(request, made, values["opportunity"]))
    _copy_document_locations(context, request.lead, made)
    _close_lead(context, request, made)
    if request.process is not None and "opportunity" in made.rows:
        advance_process(context, request.process, made.rows["opportunity"])
    return OperationResult(rows=list(made.rows.values()))


# -- parameters (05 §1.2) ---------------------------------------------------------------------------------------------


def _read_request(context: Context, message: Operation) -> Request:
    target = message.target
    lead = find_by_key(context, target) if target is not None and not isinstance(target, Reference) else target
    if lead is None or lead.table != "lead":
        raise error("InvalidArgument", message="QualifyLead needs a lead.")
    table = context.catalog.table("lead")
    row = context.store.read(table, lead.id)
    if row is None:
        raise error("EntityDoesNotExist", table="lead", id=lead.id)
    check_version(table, row, message.version)
    if row["statecode"] != OPEN:
        raise error("LeadClosed")
    parameters = message.parameters
    for name in (*_FLAGS, "Status"):
        if parameters.get(name) is None:
            raise error("InvalidArgument", message=f"Required field '{name}' is missing")
    wanted = frozenset(name.removeprefix("Create").lower() for name in _FLAGS if parameters[name])
    request = Request(lead, row, wanted, _status(context, lead, parameters["Status"]))
    suppressed = parameters.get("SuppressDuplicateDetection")
    request.checks_duplicates = not (message.suppress_duplicates if suppressed is None else suppressed)
    if "opportunity" in wanted:
        request.currency = _row_of(context, parameters.get("OpportunityCurrencyId"), "transactioncurrency")
        request.customer = _customer(context, parameters.get("OpportunityCustomerId"))
        request.campaign = _row_of(context, parameters.get("SourceCampaignId"), "campaign")
    named = reference_of(context, parameters.get("ProcessInstanceId"))
    request.process = find_process(context, lead, named)
    if request.process is not None and not request.process.is_on_lead:
        raise error("StageNotOnLead")
    return request


def _status(context: Context, lead: Reference, status: int) -> int:
    table = context.catalog.table("lead")
    if status == DEFAULT_STATUS:
        found = default_status(table, QUALIFIED)
        assert found is not None
        return found
    check_status(table, QUALIFIED, status, lead.id)
    return status


def _row_of(context: Context, value: Any, table: str) -> Reference | None:
    reference = reference_of(context, value)
    if reference is None:
        return None
    if reference.table != table:
        raise error(
            "InvalidArgument", message=f"A reference to a row of {table} is expected, not of {reference.table}."
        )
    if not context.store.exists(context.catalog.table(table), reference.id):
        raise error("EntityDoesNotExist", table=table, id=reference.id)
    return reference


def _customer(context: Context, value: Any) -> Reference | None:
    customer = reference_of(context, value)
    if customer is None:
        return None
    if customer.table not in CUSTOMER_TABLES:
        raise error("OpportunityParentType")
    row = context.store.read(context.catalog.table(customer.table), customer.id, ("statecode",))
    if row is None:
        raise error("EntityDoesNotExist", table=customer.table, id=customer.id)
    if row["statecode"] != 0:
        raise error("CustomerInactive")
    return customer


# -- the new rows (05 §1.4, §1.5) ------------------------------------------------------------------------------------


def _values_of(context: Context, request: Request, table: str) -> dict[str, Any]:
    lead_table, target = context.catalog.table("lead"), context.catalog.table(table)
    values = copy_columns(context, lead_table, request.row, target)
    values["originatingleadid"] = request.lead
    if OWNER_OF_CREATED_ROWS == "lead_owner":
        values["ownerid"] = request.row["ownerid"]
    return values


def _opportunity_values(request: Request, made: Made, values: dict[str, Any]) -> dict[str, Any]:
    account = made.get("account") or request.row.get("parentaccountid")
    contact = made.get("contact") or request.row.get("parentcontactid")
    customer = request.customer
    if customer is not None:
        if customer.table == "account":
            account = account or customer
        else:
            contact = contact or customer
    values["parentaccountid"], values["parentcontactid"] = account, contact
    values["customerid"] = customer or account or contact
    currency = request.currency or request.row.get("transactioncurrencyid")
    if currency is not None:
        values["transactioncurrencyid"] = currency
    if request.campaign is not None:
        values["campaignid"] = request.campaign
    return values


def _create(context: Context, made: Made, table: str, values: dict[str, Any]) -> None:
    id = context.execute(Create(Record(context.catalog.table(table), values)))
    made.rows[table] = Reference(table, id)


def _update(context: Context, target: Reference, values: dict[str, Any]) -> None:
    context.execute(Update(target, Record(context.catalog.table(target.table), values)))


def _copy_document_locations(context: Context, lead: Reference, made: Made) -> None:
    """Copy the lead's document locations to the new rows that can have some (05 §1.6)."""
    table = context.catalog.find("sharepointdocumentlocation")
    if table is None:
        return
    rows = context.store.find(table, {"regardingobjectid": lead})
    if not rows:
        return
    facts = facts_of(context, table)
    copied = [name for name in facts.create_rules if name not in (table.primary_id, "regardingobjectid", "ownerid")]
    for target in made.rows.values():
        if target.table not in table.columns["regardingobjectid"].targets:
            continue
        for row in rows:
            values = {name: row[name] for name in copied if row.get(name) is not None}
            context.execute(Create(Record(table, {**values, "regardingobjectid": target})))


# -- the lead afterwards (05 §1.6) -----------------------------------------------------------------------------------


def _close_lead(context: Context, request: Request, made: Made) -> None:
    links: dict[str, Any] = {}
    if "opportunity" in made.rows:
        links["qualifyingopportunityid"] = made.rows["opportunity"]
    if "account" in made.rows:
        links["parentaccountid"] = made.rows["account"]
    if "contact" in made.rows:
        links["parentcontactid"] = made.rows["contact"]
    account = links.get("parentaccountid") or request.row.get("parentaccountid")
    contact = links.get("parentcontactid") or request.row.get("parentcontactid")
    if "parentaccountid" in links or "parentcontactid" in links:
        links["customerid"] = account or contact
    change_state(context, request.lead, QUALIFIED, request.status, **links)
