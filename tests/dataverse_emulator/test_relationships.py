"""Associate and Disassociate (contract 02 §7, 06 §3.1, rulings R3 and R22)."""

from __future__ import annotations

from typing import Any

import pytest

from dataverse_emulator.messages.base import Associate, Disassociate
from dataverse_emulator.values import Reference

NOBODY = "99999999-9999-9999-9999-999999999999"


def navigation(bench: Any, table: str, name: str) -> Any:
    return bench.table(table).navigation[name]


def link(bench: Any, row: Reference, name: str, other: Reference) -> None:
    bench.run(Associate(row, navigation(bench, row.table, name), other))


def unlink(bench: Any, row: Reference, name: str, other: Reference | None = None) -> None:
    bench.run(Disassociate(row, navigation(bench, row.table, name), other))


@pytest.fixture
def lead(bench: Any) -> Reference:
    return bench.create("lead", {"lastname": "Ruiz"})  # type: ignore[no-any-return]  # the fixture has no type


@pytest.fixture
def account(bench: Any) -> Reference:
    return bench.create("account", {"name": "Contoso"})  # type: ignore[no-any-return]  # the fixture has no type


def test_a_many_to_many_link_shows_from_both_sides(bench: Any, lead: Reference, account: Reference) -> None:
    link(bench, lead, "accountleads_association", account)
    (row,) = bench.rows("accountleads")
    assert (row["accountid"], row["leadid"]) == (account.id, lead.id)
    unlink(bench, account, "accountleads_association", lead)
    assert not bench.rows("accountleads")


def test_linking_a_pair_twice_is_refused(bench: Any, refused: Any, lead: Reference, account: Reference) -> None:
    link(bench, lead, "accountleads_association", account)
    with refused("DuplicateKey", "0x80040237", 412):
        link(bench, account, "accountleads_association", lead)
    assert len(bench.rows("accountleads")) == 1


def test_unlinking_what_is_not_linked_changes_nothing(bench: Any, lead: Reference, account: Reference) -> None:
    before = bench.read(lead)["versionnumber"]
    unlink(bench, lead, "accountleads_association", account)
    unlink(bench, account, "lead_parent_account", lead)
    unlink(bench, lead, "parentaccountid")
    assert bench.read(lead)["versionnumber"] == before


def test_many_to_many_leaves_both_versions_alone(bench: Any, lead: Reference, account: Reference) -> None:
    before = bench.read(lead)["versionnumber"], bench.read(account)["versionnumber"]
    link(bench, lead, "accountleads_association", account)
    assert (bench.read(lead)["versionnumber"], bench.read(account)["versionnumber"]) == before


def test_a_missing_row_on_either_side(bench: Any, refused: Any, lead: Reference, account: Reference) -> None:
    gone = Reference("account", NOBODY)
    with refused("ObjectDoesNotExist", "0x80040217", 404):
        link(bench, lead, "accountleads_association", gone)
    with refused("ObjectDoesNotExist", "0x80040217", 404):
        link(bench, gone, "lead_parent_account", lead)
    with refused("ObjectDoesNotExist", "0x80040217", 404):
        link(bench, Reference("lead", NOBODY), "parentaccountid", account)
    with refused("ObjectDoesNotExist", "0x80040217", 404):
        unlink(bench, Reference("lead", NOBODY), "parentaccountid")


def test_a_row_of_a_wrong_table(bench: Any, refused: Any, lead: Reference) -> None:
    contact = bench.create("contact", {"lastname": "R"})
    with refused("LookupTargetMismatch", "0x80040236", 400):
        link(bench, lead, "accountleads_association", contact)
    with refused("LookupTargetMismatch", "0x80040236", 400):
        link(bench, lead, "parentaccountid", contact)


@pytest.mark.parametrize(
    ("one", "collection", "column"),
    [
        ("account", "lead_parent_account", "parentaccountid"),
        ("contact", "lead_parent_contact", "parentcontactid"),
        ("account", "lead_customer_accounts", "customerid"),
        ("contact", "lead_customer_contacts", "customerid"),
        ("campaign", "campaign_leads", "campaignid"),
        ("opportunity", "lead_qualifying_opportunity", "qualifyingopportunityid"),
    ],
)
def test_leads_as_children(bench: Any, lead: Reference, one: str, collection: str, column: str) -> None:
    parent = bench.create(one, {"lastname": "R"} if one == "contact" else {"name": "N"})
    before = bench.read(lead)["versionnumber"]
    link(bench, parent, collection, lead)
    row = bench.read(lead)
    assert row[column] == parent
    assert row["versionnumber"] > before
    unlink(bench, parent, collection, lead)
    assert bench.read(lead)[column] is None


@pytest.mark.parametrize("table", ["account", "contact", "opportunity"])
def test_leads_as_origin(bench: Any, lead: Reference, table: str) -> None:
    row = bench.create(table, {"lastname": "R"} if table == "contact" else {"name": "N"})
    link(bench, lead, f"{table}_originating_lead", row)
    assert bench.read(row)["originatingleadid"] == lead
    unlink(bench, row, "originatingleadid")
    assert bench.read(row)["originatingleadid"] is None


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("contactleads_association", "contact"),
        ("leadproduct_association", "product"),
        ("leadcompetitors_association", "competitor"),
        ("listlead_association", "list"),
    ],
)
def test_further_many_to_many_relationships_of_leads(bench: Any, lead: Reference, name: str, other: str) -> None:
    values = {
        "contact": {"lastname": "R"},
        "product": {"name": "P", "productnumber": "1"},
        "competitor": {"name": "C"},
        "list": {"listname": "L"},
    }
    row = bench.create(other, values[other])
    link(bench, lead, name, row)
    with pytest.raises(Exception, match="duplicate key"):
        link(bench, row, name, lead)
    unlink(bench, lead, name, row)
    link(bench, lead, name, row)


def test_the_base_navigation_property_sets_the_typed_row(bench: Any, lead: Reference) -> None:
    task = bench.create("task", {"subject": "T"})
    link(bench, lead, "Lead_ActivityPointers", Reference("activitypointer", task.id))
    assert bench.read(task)["regardingobjectid"] == lead
    assert bench.read(Reference("activitypointer", task.id))["regardingobjectid"] == lead


def test_linking_a_child_that_points_here_already_changes_nothing(
    bench: Any, lead: Reference, account: Reference
) -> None:
    link(bench, lead, "parentaccountid", account)
    before = bench.read(lead)["versionnumber"]
    link(bench, account, "lead_parent_account", lead)
    assert bench.read(lead)["versionnumber"] == before


def test_one_typed_lookup_replaces_the_other(bench: Any, lead: Reference, account: Reference) -> None:
    contact = bench.create("contact", {"lastname": "R"})
    link(bench, lead, "customerid_account", account)
    link(bench, lead, "customerid_contact", contact)
    assert bench.read(lead)["customerid"] == contact


def test_a_child_that_points_elsewhere_is_left_alone(bench: Any, lead: Reference, account: Reference) -> None:
    other = bench.create("account", {"name": "Other"})
    link(bench, lead, "parentaccountid", account)
    unlink(bench, other, "lead_parent_account", lead)
    assert bench.read(lead)["parentaccountid"] == account


def test_roles_of_a_user(bench: Any) -> None:
    role, user = bench.create("role", {"name": "R"}), bench.other_user()
    link(bench, user, "systemuserroles_association", role)
    assert bench.rows("systemuserroles", systemuserid=user.id, roleid=role.id)
