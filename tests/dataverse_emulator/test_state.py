"""State and status reason (contract 06 §4, 05 §2 to §2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from dataverse_emulator.messages.state import change_state
from dataverse_emulator.values import Reference

CODE = "0x80048408"


def state(bench: Any, row: Reference) -> tuple[Any, Any]:
    found = bench.read(row)
    return found["statecode"], found["statuscode"]


def force(bench: Any, row: Reference, statecode: int, statuscode: int) -> None:
    """Set a state as a business message does."""
    context = bench.service.context(bench.caller)
    with bench.store.transaction():
        change_state(context, row, statecode, statuscode)


# -- create (06 §4.2) ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "values", "expected"),
    [
        ("lead", {}, (0, 1)),
        ("task", {"subject": "T"}, (0, 2)),
        ("campaign", {"name": "C"}, (0, 0)),
        ("account", {"name": "A"}, (0, 1)),
        ("duplicaterule", {"name": "D"}, (0, 0)),
    ],
)
def test_a_row_starts_in_the_default_state(
    bench: Any, table: str, values: dict[str, Any], expected: tuple[int, int]
) -> None:
    assert state(bench, bench.create(table, values)) == expected


def test_create_takes_another_reason_of_the_default_state(bench: Any) -> None:
    assert state(bench, bench.create("lead", {"statuscode": 2})) == (0, 2)


def test_create_refuses_a_reason_of_another_state(bench: Any, refused: Any) -> None:
    given = "11111111-1111-1111-1111-111111111111"
    text = f"6 is not a valid status code for state code TaskState.Open on task with Id {given}"
    with pytest.raises(Exception, match=text):
        bench.create("task", {"activityid": given, "subject": "T", "statuscode": 6})
    with refused("StatusUnknown", CODE, 400):
        bench.create("lead", {"statuscode": 999})


def test_create_ignores_a_state(bench: Any, refused: Any) -> None:
    assert state(bench, bench.create("lead", {"statecode": 2})) == (0, 1)
    with refused("StatusNotOfState", CODE, 400):
        bench.create("lead", {"statecode": 2, "statuscode": 4})


# -- update (06 §4.3 to §4.7) ----------------------------------------------------------------------------------------


def test_a_state_alone_brings_its_default_reason(bench: Any) -> None:
    lead = bench.create("lead")
    bench.update(lead, {"statecode": 2})
    assert state(bench, lead) == (2, 4)
    bench.update(lead, {"statecode": 0})
    assert state(bench, lead) == (0, 1)


def test_a_reason_alone_must_belong_to_the_present_state(bench: Any, refused: Any) -> None:
    lead = bench.create("lead")
    bench.update(lead, {"statuscode": 2})
    assert state(bench, lead) == (0, 2)
    with refused("StatusNotOfState", CODE, 400):
        bench.update(lead, {"statuscode": 4})


@pytest.mark.parametrize("reason", [4, 5, 6, 7])
def test_disqualify_with_a_pair(bench: Any, reason: int) -> None:
    lead = bench.create("lead")
    bench.update(lead, {"statecode": 2, "statuscode": reason})
    assert state(bench, lead) == (2, reason)


def test_a_pair_that_does_not_match(bench: Any, refused: Any) -> None:
    lead = bench.create("lead")
    with refused("StatusNotOfState", CODE, 400):
        bench.update(lead, {"statecode": 2, "statuscode": 3})
    with refused("StateUnknown", CODE, 400):
        bench.update(lead, {"statecode": 9})


def test_the_same_state_again_is_accepted_and_counts_as_a_change(bench: Any) -> None:
    lead = bench.create("lead")
    before = bench.read(lead)["versionnumber"]
    bench.update(lead, {"statecode": 0, "statuscode": 1})
    assert bench.read(lead)["versionnumber"] > before


def test_data_and_state_in_one_update(bench: Any) -> None:
    lead = bench.create("lead")
    bench.update(lead, {"description": "gone", "statecode": 2})
    assert bench.read(lead)["description"] == "gone"
    bench.update(lead, {"description": "inactive rows stay editable"})


def test_a_closed_lead_is_reopened(bench: Any) -> None:
    lead = bench.create("lead")
    bench.update(lead, {"statecode": 1, "statuscode": 3})
    bench.update(lead, {"statecode": 0, "statuscode": 1})
    assert state(bench, lead) == (0, 1)


def test_transitions_of_a_table(bench: Any, refused: Any) -> None:
    """Ruling R17: enforced only when the state changes."""
    table = bench.table("lead")
    flags = table.flags
    table.transitions, table.flags = {1: (4,), 2: (4, 5)}, {**flags, "enforceStateTransitions": True}
    bench.service.catalog.version += 1
    try:
        lead = bench.create("lead")
        with refused("StateTransition", "0x8004F00E", 400):
            bench.update(lead, {"statecode": 2, "statuscode": 5})
        bench.update(lead, {"statuscode": 2})
        bench.update(lead, {"statecode": 2, "statuscode": 5})
    finally:
        table.transitions, table.flags = {}, flags
        bench.service.catalog.version += 1


# -- transitions that need their own message (05 §2.1) ---------------------------------------------------------------


def case(bench: Any) -> Reference:
    found = bench.create("incident", {"title": "T", "customerid": bench.create("account", {"name": "A"})})
    assert isinstance(found, Reference)
    return found


@pytest.mark.parametrize(
    ("table", "start", "target", "name", "code"),
    [
        ("opportunity", (0, 1), 1, "OpportunityStateMessage", "0x80100005"),
        ("opportunity", (0, 1), 2, "OpportunityStateMessage", "0x80100005"),
        ("quote", (3, 5), 1, "QuoteNotDraft", "0x80100003"),
        ("quote", (1, 2), 2, "InvalidArgument", "0x80040203"),
        ("quote", (1, 2), 3, "InvalidArgument", "0x80040203"),
        ("quote", (0, 1), 3, "InvalidArgument", "0x80040203"),
        ("salesorder", (0, 1), 4, "InvalidArgument", "0x80040203"),
        ("invoice", (3, 100003), 2, "InvoiceNotActive", "0x80100000"),
        ("invoice", (1, 3), 3, "InvoiceNotActiveOrPaid", "0x80100001"),
        ("incident", (0, 1), 1, "OpportunityStateMessage", "0x80100005"),
    ],
)
def test_an_update_may_not_make_these_transitions(
    bench: Any, refused: Any, table: str, start: tuple[int, int], target: int, name: str, code: str
) -> None:
    row = case(bench) if table == "incident" else bench.create(table, {"name": "N"})
    force(bench, row, *start)
    with refused(name, code, 400):
        bench.update(row, {"statecode": target})
    assert state(bench, row) == start


def test_the_texts_name_the_message_to_use(bench: Any) -> None:
    opportunity = bench.create("opportunity", {"name": "O"})
    text = (
        "set the state of opportunity to Won. In order to set state of opportunity to Won, use the Won message instead"
    )
    with pytest.raises(Exception, match=text):
        bench.update(opportunity, {"statecode": 1, "statuscode": 3})
    with pytest.raises(Exception, match="to Resolved, use the CloseIncidentRequest message instead"):
        bench.update(case(bench), {"statecode": 1})
    quote = bench.create("quote", {"name": "Q"})
    with pytest.raises(Exception, match=r"Quote status cannot be changed to Closed. Please use the CloseQuoteRequest"):
        bench.update(quote, {"statecode": 3})


@pytest.mark.parametrize(
    ("table", "start", "target", "expected"),
    [
        ("opportunity", (1, 3), 0, (0, 1)),
        ("quote", (0, 1), 1, (1, 2)),
        ("quote", (3, 5), 0, (0, 1)),
        ("salesorder", (0, 1), 1, (1, 3)),
        ("salesorder", (0, 1), 3, (3, 100001)),
        ("salesorder", (0, 1), 2, (2, 4)),
        ("invoice", (0, 1), 2, (2, 100001)),
        ("invoice", (2, 100001), 3, (3, 100003)),
        ("incident", (1, 5), 0, (0, 1)),
        ("incident", (0, 1), 2, (2, 6)),
        ("account", (0, 1), 1, (1, 2)),
        ("task", (0, 2), 1, (1, 5)),
        ("task", (1, 5), 0, (0, 2)),
        ("email", (0, 1), 2, (2, 5)),
    ],
)
def test_an_update_may_make_these_transitions(
    bench: Any, table: str, start: tuple[int, int], target: int, expected: tuple[int, int]
) -> None:
    values = {"subject": "S"} if table in ("task", "email") else {"name": "N"}
    row = case(bench) if table == "incident" else bench.create(table, values)
    force(bench, row, *start)
    bench.update(row, {"statecode": target})
    assert state(bench, row) == expected


def test_a_case_with_open_activities_cannot_be_cancelled(bench: Any, refused: Any) -> None:
    incident = case(bench)
    task = bench.create("task", {"subject": "T", "regardingobjectid": incident})
    with refused("OpenActivities", "0x8004440E", 400):
        bench.update(incident, {"statecode": 2})
    bench.update(task, {"statecode": 1})
    bench.update(incident, {"statecode": 2})


# -- read-only after closing (05 §2.2) -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "closed", "name", "code"),
    [
        ("quote", (1, 2), "ReadOnlyEntity", "0x8004022E"),
        ("salesorder", (3, 100001), "ReadOnlyEntity", "0x8004022E"),
        ("invoice", (2, 100001), "ReadOnlyEntity", "0x8004022E"),
        ("incident", (1, 5), "ObjectInactive", "0x80040230"),
    ],
)
def test_closed_rows_are_read_only(
    bench: Any, refused: Any, table: str, closed: tuple[int, int], name: str, code: str
) -> None:
    row = case(bench) if table == "incident" else bench.create(table, {"name": "N"})
    bench.update(row, {"description": "open"})
    force(bench, row, *closed)
    with refused(name, code, 400):
        bench.update(row, {"description": "closed"})
    with refused(name, code, 400):
        bench.update(row, {"description": "reopening does not help", "statecode": 0})
    bench.update(row, {"statecode": 0})
    bench.update(row, {"description": "open again"})


@pytest.mark.parametrize(
    ("parent", "line", "closed", "name"),
    [
        ("quote", "quotedetail", (1, 2), "ReadOnlyEntity"),
        ("salesorder", "salesorderdetail", (3, 100001), "ReadOnlyEntity"),
        ("invoice", "invoicedetail", (2, 100001), "ReadOnlyEntity"),
        ("opportunity", "opportunityproduct", (1, 3), "ParentReadOnly"),
    ],
)
def test_lines_of_closed_rows_are_read_only(
    bench: Any, refused: Any, parent: str, line: str, closed: tuple[int, int], name: str
) -> None:
    owner = bench.create(parent, {"name": "N"})
    row = bench.create(line, {f"{parent}id": owner, "productdescription": "P"})
    bench.update(row, {"description": "open"})
    force(bench, owner, *closed)
    code = {"ReadOnlyEntity": "0x8004022E", "ParentReadOnly": "0x80043B09"}[name]
    with refused(name, code, 400):
        bench.update(row, {"description": "closed"})
    with refused(name, code, 400):
        bench.create(line, {f"{parent}id": owner, "productdescription": "Q"})


def test_text_of_a_sent_email_stays(bench: Any, refused: Any) -> None:
    email = bench.create("email", {"subject": "S", "description": "D"})
    bench.update(email, {"statecode": 1, "statuscode": 3})
    with refused("ObjectInactive", "0x80040230", 400):
        bench.update(email, {"description": "E"})
    bench.update(email, {"prioritycode": 2})
