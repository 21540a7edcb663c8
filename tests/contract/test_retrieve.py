"""GET of one row (contract 02 §2, §9, §10)."""

from __future__ import annotations

import re

import pytest

from .conftest import MISSING, ROOT, Api


def test_a_row_comes_with_context_etag_and_all_columns(api: Api) -> None:
    id = api.new("accounts", name="Northwind", revenue=20000, creditonhold=False)
    answer = api.get(f"accounts({id})")
    body = answer.json()
    assert answer.status == 200
    assert list(body)[:2] == ["@odata.context", "@odata.etag"]
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts/$entity"
    assert body["@odata.etag"] == answer.headers["etag"] == f'W/"{body["versionnumber"]}"'
    assert body["name"] == "Northwind"
    assert body["revenue"] == 20000.0
    assert body["creditonhold"] is False
    assert body["description"] is None
    assert body["accountid"] == id
    assert "entityimage" not in body
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["createdon"])


def test_select_keeps_the_clients_order_and_adds_the_key(api: Api) -> None:
    id = api.new("accounts", name="A", telephone1="1")
    body = api.get(f"accounts({id})?$select=telephone1,name").json()
    assert list(body) == ["@odata.context", "@odata.etag", "telephone1", "name", "accountid"]
    assert body["@odata.context"] == f"{ROOT}$metadata#accounts(telephone1,name)/$entity"


def test_money_brings_its_currency_and_an_address_part_its_composite(api: Api) -> None:
    id = api.new("accounts", name="A", revenue=1, address1_line1="Street")
    body = api.get(f"accounts({id})?$select=revenue,address1_line1").json()
    assert body["_transactioncurrencyid_value"]
    assert "address1_composite" in body


def test_a_user_brings_both_keys(api: Api) -> None:
    user = api.get("WhoAmI").json()["UserId"]
    body = api.get(f"systemusers({user})?$select=fullname").json()
    assert body["systemuserid"] == body["ownerid"] == user


def test_a_lookup_is_shown_by_its_value(api: Api) -> None:
    contact = api.new("contacts", lastname="B")
    id = api.new("accounts", name="A", **{"primarycontactid@odata.bind": f"contacts({contact})"})
    assert api.get(f"accounts({id})?$select=_primarycontactid_value").json()["_primarycontactid_value"] == contact


@pytest.mark.parametrize(
    "key", ["{id}", "accountid={id}", "{upper}"], ids=["plain key", "named key", "upper-case letters"]
)
def test_forms_of_the_primary_key(api: Api, key: str) -> None:
    id = api.new("accounts", name="A")
    answer = api.get(f"accounts({key.format(id=id, upper=id.upper())})?$select=name")
    assert answer.json()["accountid"] == id


def test_a_missing_row_is_404(api: Api) -> None:
    assert api.get(f"accounts({MISSING})").error == (
        404,
        "0x80040217",
        f"account With Id = {MISSING} Does Not Exist",
    )


def test_alternate_keys(keyed: Api) -> None:
    id = keyed.new("accounts", name="A", accountnumber="K'1")
    assert keyed.get("accounts(accountnumber='K''1')?$select=name").json()["accountid"] == id
    assert keyed.get("accounts(accountnumber='none')").error[:2] == (404, "0x80060891")
    assert keyed.get("accounts(name='A')").status == 400
    person = keyed.new("contacts", firstname="J", lastname="L", emailaddress1="a@b.example")
    found = keyed.get("contacts(firstname='J',emailaddress1='a%40b.example')?$select=lastname")
    assert found.json()["contactid"] == person


class TestConditionalRead:
    def test_an_unchanged_row_is_304_without_body(self, api: Api) -> None:
        id = api.new("accounts", name="A")
        tag = api.get(f"accounts({id})?$select=name").headers["etag"]
        answer = api.get(f"accounts({id})?$select=name", If_None_Match=tag)
        assert (answer.status, answer.body) == (304, b"")
        api.patch(f"accounts({id})", {"name": "B"})
        assert api.get(f"accounts({id})?$select=name", If_None_Match=tag).status == 200

    def test_null_means_nothing(self, api: Api) -> None:
        id = api.new("accounts", name="A")
        assert api.get(f"accounts({id})?$select=name", If_None_Match="null").status == 200

    def test_annotations_and_expansions_never_give_304(self, api: Api) -> None:
        id = api.new("accounts", name="A")
        tag = api.get(f"accounts({id})?$select=name").headers["etag"]
        prefer = 'odata.include-annotations="*"'
        assert api.get(f"accounts({id})?$select=name", If_None_Match=tag, Prefer=prefer).status == 200
        expand = "$expand=primarycontactid($select=fullname)"
        assert api.get(f"accounts({id})?{expand}", If_None_Match=tag).status == 200


def test_links_repeat_scheme_host_and_version_of_the_request(api: Api) -> None:
    id = api.new("accounts", name="A")
    answer = api.get(f"http://localhost:5365/api/data/v9.0/accounts({id})?$select=name")
    assert answer.json()["@odata.context"].startswith("http://localhost:5365/api/data/v9.0/$metadata#")


def test_a_repeated_read_sees_changes(api: Api) -> None:
    id = api.new("accounts", name="A")
    for name in ("B", "C"):
        api.patch(f"accounts({id})", {"name": name})
        assert api.get(f"accounts({id})?$select=name").json()["name"] == name
