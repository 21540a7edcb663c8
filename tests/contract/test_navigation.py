"""Paths over navigation properties (contract 02 §2.2)."""

from __future__ import annotations

import pytest

from .conftest import MISSING, ROOT, Api


@pytest.fixture
def family(api: Api) -> tuple[Api, str, str]:
    """An account with a primary contact that belongs to it."""
    account = api.new("accounts", name="A")
    contact = api.new(
        "contacts", firstname="B", lastname="C", **{"parentcustomerid_account@odata.bind": f"accounts({account})"}
    )
    api.patch(f"accounts({account})", {"primarycontactid@odata.bind": f"contacts({contact})"})
    return api, account, contact


def test_single_valued(family: tuple[Api, str, str]) -> None:
    api, account, contact = family
    answer = api.get(f"accounts({account})/primarycontactid?$select=fullname")
    body = answer.json()
    assert body["@odata.context"] == f"{ROOT}$metadata#contacts(fullname)/$entity"
    assert (body["fullname"], body["contactid"]) == ("B C", contact)
    assert answer.headers["etag"] == body["@odata.etag"]


def test_an_empty_lookup_is_204(api: Api) -> None:
    account = api.new("accounts", name="A")
    answer = api.get(f"accounts({account})/primarycontactid")
    assert (answer.status, answer.body) == (204, b"")
    assert api.get(f"accounts({account})/primarycontactid/$ref").status == 204


def test_deeper_paths(family: tuple[Api, str, str]) -> None:
    api, account, _ = family
    assert api.get(f"accounts({account})/primarycontactid/createdby?$select=fullname").json()["fullname"]
    assert api.get(f"accounts({account})/primarycontactid/fullname").json()["value"] == "B C"
    names = api.names(
        f"accounts({account})/primarycontactid/parentcustomerid_account/contact_customer_accounts", "fullname"
    )
    assert names == ["B C"]


def test_branch_of_another_target_is_204(family: tuple[Api, str, str]) -> None:
    api, _, contact = family
    assert api.get(f"contacts({contact})/parentcustomerid_contact").status == 204
    assert api.get(f"contacts({contact})/parentcustomerid_account?$select=name").json()["name"] == "A"


def test_an_owner_is_shown_as_the_user_that_it_is(family: tuple[Api, str, str]) -> None:
    api, account, _ = family
    body = api.get(f"accounts({account})/ownerid").json()
    assert body["@odata.context"] == f"{ROOT}$metadata#principals/$entity"
    assert body["@odata.type"] == "#Microsoft.Dynamics.CRM.systemuser"
    assert body["systemuserid"] == body["ownerid"]
    cast = api.get(f"accounts({account})/ownerid/Microsoft.Dynamics.CRM.systemuser?$select=fullname")
    assert cast.json()["fullname"] == body["fullname"]


def test_collection_takes_the_options_of_a_collection(family: tuple[Api, str, str]) -> None:
    api, account, _ = family
    for name in ("X", "Y", "Z"):
        api.new("contacts", lastname=name, **{"parentcustomerid_account@odata.bind": f"accounts({account})"})
    api.new("contacts", lastname="stranger")
    path = f"accounts({account})/contact_customer_accounts"
    assert api.names(f"{path}?$select=lastname&$orderby=lastname desc&$top=2", "lastname") == ["Z", "Y"]
    assert api.names(f"{path}?$select=lastname&$filter=lastname eq 'X' or lastname eq 'stranger'", "lastname") == ["X"]
    assert api.get(path + "?$select=lastname").json()["@odata.context"] == f"{ROOT}$metadata#contacts(lastname)"
    assert api.get(path + "?$count=true&$top=1").json()["@odata.count"] == 4
    assert api.get(path + "/$count").text == "\ufeff4"


def test_many_to_many(api: Api) -> None:
    lead = api.new("leads", lastname="L")
    account = api.new("accounts", name="A")
    api.new("accounts", name="B")
    api.post(f"leads({lead})/accountleads_association/$ref", {"@odata.id": f"accounts({account})"})
    assert api.names(f"leads({lead})/accountleads_association?$select=name") == ["A"]
    assert api.names(f"accounts({account})/accountleads_association?$select=lastname", "lastname") == ["L"]
    assert api.get(f"leads({lead})/accountleads_association/$count").text == "\ufeff1"
    expanded = api.get(f"leads({lead})?$select=lastname&$expand=accountleads_association($select=name)").json()
    assert [row["name"] for row in expanded["accountleads_association"]] == ["A"]


def test_a_member_by_its_key(family: tuple[Api, str, str]) -> None:
    api, account, contact = family
    path = f"accounts({account})/contact_customer_accounts"
    assert api.get(f"{path}({contact})?$select=lastname").json()["lastname"] == "C"
    stranger = api.new("contacts", lastname="stranger")
    assert api.get(f"{path}({stranger})").error[:2] == (404, "0x80040217")


def test_casts(api: Api) -> None:
    account = api.new("accounts", name="A")
    task = api.new("tasks", subject="T", **{"regardingobjectid_account_task@odata.bind": f"accounts({account})"})
    api.new("phonecalls", subject="P", **{"regardingobjectid_account_phonecall@odata.bind": f"accounts({account})"})
    path = f"accounts({account})/Account_ActivityPointers"
    assert sorted(api.names(f"{path}?$select=subject", "subject")) == ["P", "T"]
    assert api.names(f"{path}/Microsoft.Dynamics.CRM.task?$select=subject", "subject") == ["T"]
    assert api.names("activitypointers/Microsoft.Dynamics.CRM.phonecall?$select=subject", "subject") == ["P"]
    cast = api.get(f"activitypointers({task})/Microsoft.Dynamics.CRM.task?$select=subject")
    assert cast.json()["subject"] == "T"
    assert api.get(f"{path}/Microsoft.Dynamics.CRM.account").status == 404


@pytest.mark.parametrize(
    "path", ["", "/primarycontactid", "/contact_customer_accounts", "/name", "/primarycontactid/$ref"]
)
def test_below_a_missing_row_everything_is_404(api: Api, path: str) -> None:
    assert api.get(f"accounts({MISSING}){path}").error[:2] == (404, "0x80040217")


def test_post_on_a_collection_makes_a_linked_row(api: Api) -> None:
    account = api.new("accounts", name="A")
    answer = api.post(f"accounts({account})/contact_customer_accounts", {"lastname": "C"})
    assert answer.status == 204
    assert answer.headers["odata-entityid"].startswith(f"{ROOT}contacts(")
    assert api.names(f"accounts({account})/contact_customer_accounts", "lastname") == ["C"]
    lead = api.new("leads", lastname="L")
    assert api.post(f"leads({lead})/accountleads_association", {"name": "N"}).status == 204
    assert api.names(f"leads({lead})/accountleads_association") == ["N"]
