"""``$ref``: reading, adding and removing links (contract 02 §7)."""

from __future__ import annotations

import pytest

from .conftest import MISSING, ROOT, Api


@pytest.fixture
def pair(api: Api) -> tuple[Api, str, str]:
    """An account and a contact without a link."""
    return api, api.new("accounts", name="A"), api.new("contacts", lastname="C")


def members(api: Api, account: str) -> list[str]:
    return api.names(f"accounts({account})/contact_customer_accounts?$select=lastname", "lastname")


def test_links_of_a_collection(pair: tuple[Api, str, str]) -> None:
    api, account, contact = pair
    api.post(f"accounts({account})/contact_customer_accounts/$ref", {"@odata.id": f"contacts({contact})"})
    assert api.get(f"accounts({account})/contact_customer_accounts/$ref").json() == {
        "@odata.context": f"{ROOT}$metadata#Collection($ref)",
        "value": [{"@odata.id": f"{ROOT}contacts({contact})"}],
    }


@pytest.mark.parametrize((), [pytest.param(id="01 §4 with 02 §7")])
def test_links_of_a_collection_tell_which_preferences_were_applied(pair: tuple[Api, str, str]) -> None:
    api, account, _ = pair
    for name in ("C1", "C2"):
        api.new("contacts", lastname=name, **{"parentcustomerid_account@odata.bind": f"accounts({account})"})
    wanted = 'odata.include-annotations="*", odata.maxpagesize=1'
    answer = api.get(f"accounts({account})/contact_customer_accounts/$ref", Prefer=wanted)
    assert answer.headers["preference-applied"] == wanted
    assert len(answer.value) == 1
    assert "@Microsoft.Dynamics.CRM.globalmetadataversion" in answer.json()


def test_link_of_a_lookup(pair: tuple[Api, str, str]) -> None:
    api, account, contact = pair
    assert api.put(f"accounts({account})/primarycontactid/$ref", {"@odata.id": f"contacts({contact})"}).status == 204
    assert api.get(f"accounts({account})/primarycontactid/$ref").json() == {
        "@odata.context": f"{ROOT}$metadata#$ref",
        "@odata.id": f"{ROOT}contacts({contact})",
    }
    assert api.delete(f"accounts({account})/primarycontactid/$ref").status == 204
    assert api.get(f"accounts({account})/primarycontactid/$ref").status == 204
    assert api.delete(f"accounts({account})/primarycontactid/$ref").status == 204


@pytest.mark.parametrize(
    "start",
    [ROOT, "", "/", ROOT.replace("/api", "//api"), ROOT.replace("/api/data/v", "/Api/Data/V")],
    ids=["absolute", "relative", "with a slash", "with two slashes", "with capitals"],
)
def test_forms_of_a_link(pair: tuple[Api, str, str], start: str) -> None:
    api, account, contact = pair
    body = {"@odata.context": f"{ROOT}$metadata#$ref", "@odata.id": f"{start}contacts({contact})"}
    assert api.post(f"accounts({account})/contact_customer_accounts/$ref", body).status == 204
    assert members(api, account) == ["C"]


@pytest.mark.parametrize(
    "form",
    [
        "({contact})/$ref",
        "/$ref?$id={root}contacts({contact})",
        "/$ref?$id=contacts({contact})",
        "/$ref?$id=contacts%28{contact}%29",
    ],
)
def test_removing_a_member(pair: tuple[Api, str, str], form: str) -> None:
    api, account, contact = pair
    path = f"accounts({account})/contact_customer_accounts"
    api.post(f"{path}/$ref", {"@odata.id": f"contacts({contact})"})
    removal = path + form.format(contact=contact, root=ROOT)
    assert api.delete(removal).status == 204
    assert members(api, account) == []
    assert api.delete(removal).status == 204


def test_adding_a_child_twice_changes_nothing(pair: tuple[Api, str, str]) -> None:
    api, account, contact = pair
    for _ in range(2):
        body = {"@odata.id": f"contacts({contact})"}
        assert api.post(f"accounts({account})/contact_customer_accounts/$ref", body).status == 204
    assert members(api, account) == ["C"]


def test_links_of_a_row_that_has_changed_since_are_kept(pair: tuple[Api, str, str]) -> None:
    # contract 01 §3, 02 §9: If-Match holds for all that changes a row
    api, account, contact = pair
    before = api.get(f"contacts({contact})").json()["@odata.etag"]
    api.patch(f"contacts({contact})", {"firstname": "F"})
    link, body = f"contacts({contact})/parentcustomerid_account/$ref", {"@odata.id": f"accounts({account})"}
    assert api.put(link, body, If_Match=before).error[:2] == (412, "0x80060882")
    assert api.get(link).status == 204
    assert api.put(link, body, If_Match=api.get(f"contacts({contact})").json()["@odata.etag"]).status == 204
    assert api.delete(link, If_Match=before).error[:2] == (412, "0x80060882")
    assert members(api, account) == ["C"]
    assert api.delete(link, If_Match="*").status == 204


def test_many_to_many(api: Api) -> None:
    lead, account = api.new("leads", lastname="L"), api.new("accounts", name="A")
    path = f"leads({lead})/accountleads_association"
    body = {"@odata.id": f"accounts({account})"}
    assert api.post(f"{path}/$ref", body).status == 204
    assert api.post(f"{path}/$ref", body).error == (412, "0x80040237", "Cannot insert duplicate key.")
    assert len(api.get(f"{path}/$ref").value) == 1
    assert api.delete(f"{path}({account})/$ref").status == 204
    assert api.get(f"{path}/$ref").value == []
    assert api.delete(f"{path}({account})/$ref").status == 204


def test_alternate_keys(keyed: Api) -> None:
    account = keyed.new("accounts", name="A", accountnumber="1")
    parent = keyed.new("accounts", name="P", accountnumber="2")
    answer = keyed.put("accounts(accountnumber='1')/parentaccountid/$ref", {"@odata.id": "accounts(accountnumber='2')"})
    assert answer.status == 204
    assert keyed.get(f"accounts({account})?$select=_parentaccountid_value").json()["_parentaccountid_value"] == parent


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "primarycontactid/$ref", {"@odata.id": "contacts({contact})"}, (405, "0x80060888")),
        ("PUT", "contact_customer_accounts/$ref", {"@odata.id": "contacts({contact})"}, (405, "0x80060888")),
        ("PATCH", "primarycontactid/$ref", {"@odata.id": "contacts({contact})"}, (405, "0x80060888")),
        ("PUT", "primarycontactid/$ref", {}, (400, "0x80060888")),
        ("PUT", "primarycontactid/$ref", {"@odata.id": "foos({contact})"}, (404, "0x8006088a")),
        ("PUT", "primarycontactid/$ref", {"@odata.id": "contacts(bad)"}, (400, "0x80060888")),
        ("PUT", "primarycontactid/$ref", {"@odata.id": "accounts({contact})"}, (400, "0x80048d19")),
        ("PUT", "primarycontactid/$ref", {"@odata.id": f"contacts({MISSING})"}, (404, "0x80040217")),
        ("PUT", "primarycontactid/$ref", {"@odata.id": 5}, (400, "0x80048d19")),
        ("DELETE", "contact_customer_accounts/$ref", None, (400, "0x80060888")),
        ("DELETE", "primarycontactid", None, (405, "0x80060888")),
        ("POST", "$ref", {"@odata.id": "contacts({contact})"}, (404, "0x8006088a")),
    ],
    ids=[
        "E-35a POST on a lookup",
        "E-35a PUT on a collection",
        "PATCH",
        "E-35a no @odata.id",
        "E-32 unknown set",
        "E-34 no key",
        "E-33 wrong table",
        "E-31 missing row",
        "no text",
        "E-35b no $id",
        "lookup without $ref",
        "no navigation property",
    ],
)
def test_wrong_links(
    pair: tuple[Api, str, str], method: str, path: str, body: object, expected: tuple[int, str]
) -> None:
    api, account, contact = pair
    if isinstance(body, dict) and isinstance(body.get("@odata.id"), str):
        body = {"@odata.id": body["@odata.id"].replace("{contact}", contact)}
    assert api.send(method, f"accounts({account})/{path}", body).error[:2] == expected
