"""Delete and Assign over relationships (contract 06 §2, §8, §13)."""

from __future__ import annotations

from typing import Any

import pytest

from dataverse_emulator.messages.base import Assign, Associate
from dataverse_emulator.values import Reference

NOBODY = "99999999-9999-9999-9999-999999999999"


@pytest.fixture
def lead(bench: Any) -> Reference:
    return bench.create("lead", {"lastname": "Ruiz"})  # type: ignore[no-any-return]  # the fixture has no type


# -- delete: the lead as parent (06 §8) ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "activity", ["task", "phonecall", "email", "appointment", "letter", "fax", "socialactivity", "campaignresponse"]
)
def test_activities_go_with_their_lead(bench: Any, lead: Reference, activity: str) -> None:
    row = bench.create(activity, {"subject": "S", "regardingobjectid": lead})
    bench.delete(lead)
    assert bench.find(row) is None
    assert bench.find(Reference("activitypointer", row.id)) is None
    assert not bench.rows("activityparty", activityid=row.id)


def test_notes_connections_addresses_and_flows_go_with_their_lead(bench: Any, lead: Reference) -> None:
    contact = bench.create("contact", {"lastname": "C"})
    rows = [
        bench.create("annotation", {"subject": "N", "objectid": lead}),
        bench.create("connection", {"record1id": lead, "record2id": contact}),
        bench.create("connection", {"record1id": contact, "record2id": lead}),
        bench.create("leadtoopportunitysalesprocess", {"leadid": lead}),
    ]
    bench.delete(lead)
    assert [bench.find(row) for row in rows] == [None] * 4
    assert not bench.rows("leadaddress")


@pytest.mark.parametrize("table", ["account", "contact", "opportunity"])
def test_rows_that_came_of_a_lead_stay(bench: Any, lead: Reference, table: str) -> None:
    values = {"lastname": "C"} if table == "contact" else {"name": "N"}
    row = bench.create(table, {**values, "originatingleadid": lead})
    bench.delete(lead)
    assert bench.read(row)["originatingleadid"] is None


def test_an_activity_that_is_only_unlinked_stays_in_step_with_its_base_row(bench: Any, lead: Reference) -> None:
    row = bench.create("serviceappointment", {"subject": "S", "regardingobjectid": lead})
    bench.delete(lead)
    assert bench.read(row)["regardingobjectid"] is None
    assert bench.read(Reference("activitypointer", row.id))["regardingobjectid"] is None


def test_parties_of_a_deleted_lead_stay_marked(bench: Any, lead: Reference) -> None:
    email = bench.create(
        "email",
        {"subject": "S"},
        email_activity_parties=[bench.record("activityparty", {"participationtypemask": 2, "partyid": lead})],
    )
    bench.delete(lead)
    (party,) = bench.rows("activityparty", activityid=email.id, participationtypemask=2)
    assert party["ispartydeleted"] is True


def test_links_go_with_either_end(bench: Any, lead: Reference) -> None:
    account = bench.create("account", {"name": "A"})
    navigation = bench.table("lead").navigation["accountleads_association"]
    bench.run(Associate(lead, navigation, account))
    bench.delete(account)
    assert not bench.rows("accountleads")
    assert bench.find(lead) is not None


# -- delete: the lead as child ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("table", "column"), [("account", "parentaccountid"), ("contact", "parentcontactid")])
def test_a_lead_survives_its_parents(bench: Any, table: str, column: str) -> None:
    parent = bench.create(table, {"lastname": "C"} if table == "contact" else {"name": "N"})
    other = bench.create("account", {"name": "Customer"})
    lead = bench.create("lead", {"lastname": "L", column: parent, "customerid": other})
    bench.delete(parent)
    assert bench.read(lead)[column] is None


@pytest.mark.parametrize("table", ["account", "contact"])
def test_a_lead_goes_with_its_customer(bench: Any, table: str) -> None:
    customer = bench.create(table, {"lastname": "C"} if table == "contact" else {"name": "N"})
    lead = bench.create("lead", {"lastname": "L", "customerid": customer})
    bench.delete(customer)
    assert bench.find(lead) is None


@pytest.mark.parametrize(
    ("table", "column"),
    [("opportunity", "qualifyingopportunityid"), ("campaign", "campaignid"), ("incident", "originatingcaseid")],
)
def test_a_lead_is_unlinked_from_what_is_deleted(bench: Any, table: str, column: str) -> None:
    values: dict[str, Any] = {"name": "N"}
    if table == "incident":
        values = {"title": "T", "customerid": bench.create("account", {"name": "A"})}
    parent = bench.create(table, values)
    lead = bench.create("lead", {"lastname": "L"})
    bench.write(lead, **{column: parent})
    bench.delete(parent)
    assert bench.read(lead)[column] is None


def test_a_currency_in_use_cannot_be_deleted(bench: Any, refused: Any) -> None:
    currency = bench.other_currency()
    lead = bench.create("lead", {"lastname": "L", "transactioncurrencyid": currency})
    with refused("DeleteRestricted", "0x80040227", 405):
        bench.delete(currency)
    assert bench.find(currency) is not None
    bench.delete(lead)
    bench.delete(currency)


def test_a_restriction_anywhere_below_stops_everything(bench: Any, refused: Any) -> None:
    account = bench.create("account", {"name": "A"})
    contact = bench.create("contact", {"lastname": "C", "parentcustomerid": account})
    bench.create("invoice", {"name": "I", "customerid": contact})
    with refused("DeleteRestricted", "0x80040227", 405):
        bench.delete(account)
    assert bench.find(account) is not None
    assert bench.find(contact) is not None


def test_loops_of_dependent_rows_end(bench: Any) -> None:
    first = bench.create("campaignresponse", {"subject": "1"})
    second = bench.create("campaignresponse", {"subject": "2", "originatingactivityid": first})
    bench.write(first, originatingactivityid=second)
    bench.delete(first)
    assert not bench.rows("campaignresponse")


def test_a_long_chain_of_children(bench: Any) -> None:
    first = row = bench.create("campaignresponse", {"subject": "root"})
    table = bench.table("campaignresponse")
    with bench.store.transaction():
        for number in range(1200):
            child = Reference("campaignresponse", f"00000000-0000-0000-0000-{number:012}")
            bench.store.insert(table, {"activityid": child.id, "originatingactivityid": row, "ownerid": bench.user})
            row = child
    bench.delete(first)
    assert not bench.rows("campaignresponse")


def test_deleting_through_the_base_table(bench: Any) -> None:
    task = bench.create("task", {"subject": "T"})
    bench.delete(Reference("activitypointer", task.id))
    assert bench.find(task) is None


# -- assign (06 §2) --------------------------------------------------------------------------------------------------


def team(bench: Any, **values: Any) -> Reference:
    return bench.create("team", {"name": "Sales", **values})  # type: ignore[no-any-return]  # the fixture has no type


def test_assign_moves_the_owner_columns(bench: Any, lead: Reference) -> None:
    owner = team(bench)
    before = bench.read(lead)["versionnumber"]
    bench.run(Assign(lead, owner))
    row = bench.read(lead)
    assert (row["ownerid"], row["owningteam"], row["owninguser"]) == (owner, owner, None)
    assert row["versionnumber"] > before
    bench.update(lead, {"ownerid": bench.user, "description": "with data"})
    row = bench.read(lead)
    assert (row["ownerid"], row["owninguser"], row["owningteam"]) == (bench.user, bench.user, None)
    assert row["description"] == "with data"


def test_the_business_unit_is_the_owners(bench: Any, lead: Reference) -> None:
    unit = bench.create(
        "businessunit",
        {"name": "North", "parentbusinessunitid": Reference("businessunit", bench.caller.business_unit_id)},
    )
    owner = bench.create("systemuser", {"lastname": "N", "businessunitid": unit})
    bench.update(lead, {"ownerid": owner})
    assert bench.read(lead)["owningbusinessunit"] == unit
    made = bench.create("lead", {"lastname": "L", "ownerid": owner})
    assert bench.read(made)["owningbusinessunit"] == unit


def test_owners_that_are_refused(bench: Any, refused: Any, lead: Reference) -> None:
    with refused("ObjectDoesNotExist", "0x80040217", 404):
        bench.update(lead, {"ownerid": Reference("systemuser", NOBODY)})
    with refused("AccessTeamCannotOwn", "0x80048340", 400):
        bench.update(lead, {"ownerid": team(bench, teamtype=1)})
    with refused("ValueCannotBeNull", "0x8004203E", 400):
        bench.update(lead, {"ownerid": None})
    with refused("ActionNotSupported", "0x80040315", 405):
        bench.run(Assign(bench.create("pricelevel", {"name": "P"}), bench.user))


def test_assign_cascades_over_relationships_that_say_so(bench: Any) -> None:
    account = bench.create("account", {"name": "A"})
    contact = bench.create("contact", {"lastname": "C", "parentcustomerid": account})
    lead = bench.create("lead", {"lastname": "L", "parentaccountid": account})
    owner = team(bench)
    bench.update(account, {"ownerid": owner})
    assert bench.read(contact)["ownerid"] == owner
    assert bench.read(lead)["ownerid"] == bench.user


def test_no_cascade_when_the_owner_stays(bench: Any) -> None:
    account = bench.create("account", {"name": "A"})
    contact = bench.create("contact", {"lastname": "C", "parentcustomerid": account})
    bench.update(contact, {"ownerid": team(bench)})
    before = bench.read(contact)["ownerid"]
    bench.run(Assign(account, bench.user))
    assert bench.read(contact)["ownerid"] == before


def test_an_activitys_owner_party_follows(bench: Any) -> None:
    task = bench.create("task", {"subject": "T"})
    user = bench.other_user()
    bench.run(Assign(Reference("activitypointer", task.id), user))
    (party,) = bench.rows("activityparty", activityid=task.id, participationtypemask=9)
    assert party["partyid"] == user
    assert bench.read(Reference("activitypointer", task.id))["ownerid"] == user
