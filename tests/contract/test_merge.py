"""Merge (contract 02 §16, 05 §8, 06 §8)."""

from __future__ import annotations

from typing import Any

import pytest

KEYS = {"accounts": "accountid", "contacts": "contactid", "leads": "leadid", "incidents": "incidentid"}


def row(entity_set: str, id: str, **members: Any) -> dict[str, Any]:
    """A row as a parameter."""
    return {KEYS[entity_set]: id, "@odata.type": f"Microsoft.Dynamics.CRM.{entity_set[:-1]}", **members}


def merge(api: Any, entity_set: str, target: str, subordinate: str, checks: bool = False, **content: Any) -> Any:
    body = {
        "Target": row(entity_set, target),
        "Subordinate": row(entity_set, subordinate),
        "PerformParentingChecks": checks,
    }
    if content:
        body["UpdateContent"] = row(entity_set, "00000000-0000-0000-0000-000000000000", **content)
    return api.post("Merge", body)


@pytest.fixture
def accounts(api: Any) -> tuple[str, str]:
    """The account that stays and the one that is folded in."""
    return api.new("accounts", name="Stays"), api.new("accounts", name="Goes", telephone1="1", fax="2")


def test_the_subordinate_becomes_inactive_and_knows_its_master(api: Any, accounts: tuple[str, str]) -> None:
    assert merge(api, "accounts", *accounts).status == 204
    gone = api.get(f"accounts({accounts[1]})?$select=merged,statecode,statuscode,_masterid_value").json()
    assert (gone["merged"], gone["statecode"], gone["statuscode"]) == (True, 1, 2)
    assert gone["_masterid_value"] == accounts[0]


def test_only_the_update_content_goes_to_the_target(api: Any, accounts: tuple[str, str]) -> None:
    assert merge(api, "accounts", *accounts, telephone1="1").status == 204
    kept = api.get(f"accounts({accounts[0]})?$select=name,telephone1,fax,merged").json()
    assert (kept["name"], kept["telephone1"], kept["fax"], kept["merged"]) == ("Stays", "1", None, False)


def test_related_rows_go_to_the_target(api: Any, accounts: tuple[str, str]) -> None:
    target, subordinate = accounts
    bind = f"/accounts({subordinate})"
    contact = api.new("contacts", lastname="C", **{"parentcustomerid_account@odata.bind": bind})
    note = api.new("annotations", subject="N", **{"objectid_account@odata.bind": bind})
    task = api.new("tasks", subject="T", **{"regardingobjectid_account_task@odata.bind": bind})
    child = api.new("accounts", name="Child", **{"parentaccountid@odata.bind": bind})
    case = api.new("incidents", title="Case", **{"customerid_account@odata.bind": bind})
    assert merge(api, "accounts", target, subordinate).status == 204
    for path, column in (
        (f"contacts({contact})", "_parentcustomerid_value"),
        (f"annotations({note})", "_objectid_value"),
        (f"tasks({task})", "_regardingobjectid_value"),
        (f"activitypointers({task})", "_regardingobjectid_value"),
        (f"accounts({child})", "_parentaccountid_value"),
        (f"incidents({case})", "_customerid_value"),
    ):
        assert api.get(f"{path}?$select={column}").json()[column] == target, path
    parties = api.get(f"tasks({task})/task_activity_parties?$filter=participationtypemask eq 8").value
    assert [party["_partyid_value"] for party in parties] == [target]


def test_the_target_does_not_become_its_own_parent(api: Any, accounts: tuple[str, str]) -> None:
    target, subordinate = accounts
    api.patch(f"accounts({target})", {"parentaccountid@odata.bind": f"/accounts({subordinate})"})
    assert merge(api, "accounts", target, subordinate).status == 204
    assert api.get(f"accounts({target})").json()["_parentaccountid_value"] is None


def test_the_addresses_of_the_target_stay_its_own(api: Any, accounts: tuple[str, str]) -> None:
    target, subordinate = accounts
    before = api.get(f"accounts({target})/Account_CustomerAddress/$count").text
    assert merge(api, "accounts", target, subordinate).status == 204
    assert api.get(f"accounts({target})/Account_CustomerAddress/$count").text == before


def test_leads_are_disqualified(api: Any) -> None:
    target, subordinate = api.new("leads", subject="A", lastname="A"), api.new("leads", subject="B", lastname="B")
    opportunity = api.new("opportunities", name="O", **{"originatingleadid@odata.bind": f"/leads({subordinate})"})
    assert merge(api, "leads", target, subordinate).status == 204
    gone = api.get(f"leads({subordinate})").json()
    assert (gone["statecode"], gone["statuscode"], gone["_masterid_value"]) == (2, 4, target)
    assert api.get(f"opportunities({opportunity})").json()["_originatingleadid_value"] == target


def test_incidents_become_merged_and_take_no_content(api: Any) -> None:
    bind = {"customerid_account@odata.bind": f"/accounts({api.new('accounts', name='A')})"}
    target, subordinate = api.new("incidents", title="A", **bind), api.new("incidents", title="B", **bind)
    assert merge(api, "incidents", target, subordinate, title="B").status == 204
    gone = api.get(f"incidents({subordinate})").json()
    assert (gone["statecode"], gone["statuscode"], gone["merged"]) == (2, 2000, True)
    assert api.get(f"incidents({target})").json()["title"] == "A"


def test_one_row_cannot_be_merged_with_itself(api: Any, accounts: tuple[str, str]) -> None:
    assert merge(api, "accounts", accounts[0], accounts[0]).error[:2] == (400, "0x80045305")


def test_inactive_rows_cannot_be_merged(api: Any, accounts: tuple[str, str]) -> None:
    assert merge(api, "accounts", *accounts).status == 204
    text = "Merge cannot be performed on entity that is inactive."
    assert merge(api, "accounts", *accounts).error == (400, "0x80045304", text)


def test_other_parents_are_refused_where_the_client_asks(api: Any, accounts: tuple[str, str]) -> None:
    parent = api.new("accounts", name="Parent")
    api.patch(f"accounts({accounts[1]})", {"parentaccountid@odata.bind": f"/accounts({parent})"})
    text = "Merge warning: sub-entity will be differently parented."
    assert merge(api, "accounts", *accounts, checks=True).error == (400, "0x80045316", text)
    assert merge(api, "accounts", *accounts).status == 204


def test_a_subordinate_with_an_active_quote_is_refused(api: Any, accounts: tuple[str, str]) -> None:
    quote = api.new("quotes", name="Q", **{"customerid_account@odata.bind": f"/accounts({accounts[1]})"})
    assert api.patch(f"quotes({quote})", {"statecode": 1}).status == 204
    assert merge(api, "accounts", *accounts).error[:2] == (400, "0x80045302")


def test_other_tables_missing_rows_and_missing_types(api: Any, accounts: tuple[str, str]) -> None:
    missing = "00000000-0000-0000-0000-0000000000ff"
    assert merge(api, "accounts", accounts[0], missing).status == 404
    task = {"@odata.type": "Microsoft.Dynamics.CRM.task", "activityid": api.new("tasks", subject="A")}
    body = {"Target": task, "Subordinate": task, "PerformParentingChecks": False}
    assert api.post("Merge", body).status == 400
    body = {"Target": {"accountid": accounts[0]}, "Subordinate": row("accounts", accounts[1])}
    assert api.post("Merge", {**body, "PerformParentingChecks": False}).status == 400
    mixed = {"Target": row("accounts", accounts[0]), "Subordinate": row("contacts", api.new("contacts", lastname="C"))}
    assert api.post("Merge", {**mixed, "PerformParentingChecks": False}).status == 400


def test_a_merge_that_fails_changes_nothing(api: Any, accounts: tuple[str, str]) -> None:
    long = "x" * 5000
    assert merge(api, "accounts", *accounts, name=long).status == 400
    assert api.get(f"accounts({accounts[1]})").json()["statecode"] == 0
