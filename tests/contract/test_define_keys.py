"""Alternate keys that clients define (contract 07 §9, 02 §6)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ROOT, Api
from .defining import column, label, one_to_many

PATH = "EntityDefinitions(LogicalName='account')/Keys"


def key(*columns: str, name: str = "new_NumberKey", **members: Any) -> dict[str, Any]:
    """A key as clients send it, without a type."""
    return {"SchemaName": name, "KeyAttributes": list(columns), "DisplayName": label("Number Key"), **members}


@pytest.fixture
def keyed(api: Api) -> Api:
    """The Web API with a key over the account number."""
    assert api.post(PATH, key("accountnumber")).status == 204
    return api


def test_a_key_is_made_and_described(api: Api) -> None:
    answer = api.post(PATH, key("accountnumber"))
    assert answer.status == 204
    assert answer.headers["odata-entityid"] == f"{ROOT}{PATH}({answer.id})"
    found = api.get(f"{PATH}({answer.id})").json()
    wanted = {
        "LogicalName": "new_numberkey",
        "SchemaName": "new_NumberKey",
        "EntityLogicalName": "account",
        "KeyAttributes": ["accountnumber"],
        "EntityKeyIndexStatus": "Active",
        "IsManaged": False,
    }
    assert {name: found[name] for name in wanted} == wanted
    assert found["DisplayName"]["UserLocalizedLabel"]["Label"] == "Number Key"
    assert api.get(f"{PATH}(LogicalName='new_numberkey')").status == 200
    assert "AlternateKeys" in api.get("$metadata?annotations=true").text


def test_values_are_unique_on_create_and_update(keyed: Api) -> None:
    keyed.new("accounts", name="A", accountnumber="Ä1")
    status, code, text = keyed.post("accounts", {"name": "B", "accountnumber": "ä1"}).error
    assert (status, code) == (412, "0x80060892")
    assert text.startswith("Entity Key Number Key violated.")
    other = keyed.new("accounts", name="B", accountnumber="2")
    assert keyed.patch(f"accounts({other})", {"accountnumber": "Ä1"}).status == 412
    assert keyed.patch(f"accounts({other})", {"accountnumber": "3"}).status == 204
    keyed.new("accounts", name="C")
    keyed.new("accounts", name="D")


def test_rows_are_addressed_by_the_key(keyed: Api) -> None:
    path = "accounts(accountnumber='7')"
    assert keyed.patch(path, {"name": "A"}).status == 204
    assert keyed.get(f"{path}?$select=name").json()["name"] == "A"
    assert keyed.patch(path, {"name": "B"}).status == 204
    assert keyed.names("accounts") == ["B"]
    assert keyed.new("contacts", lastname="C", **{"parentcustomerid_account@odata.bind": f"/{path}"})
    assert keyed.delete(path).status == 204
    assert keyed.get(path).error[:2] == (404, "0x80060891")


def test_a_key_of_several_columns_with_a_lookup(api: Api) -> None:
    columns = "EntityDefinitions(LogicalName='account')/Attributes"
    api.post(columns, column("Integer", "new_Size"))
    api.post("RelationshipDefinitions", one_to_many("new_c", "contact", "account", "new_ContactId"))
    assert api.post(PATH, key("new_size", "new_contactid")).status == 204
    contact = api.new("contacts", lastname="C")
    body = {"name": "A", "new_size": 1, "new_ContactId@odata.bind": f"/contacts({contact})"}
    api.new("accounts", **body)
    assert api.post("accounts", body).status == 412
    assert api.get(f"accounts(new_size=1,_new_contactid_value={contact})").status == 200
    assert api.delete(f"{columns}(LogicalName='new_size')").error[1] == "0x8004F01F"
    assert api.delete("RelationshipDefinitions(SchemaName='new_c')").error[1] == "0x8004F01F"


def test_a_key_fails_while_rows_have_equal_values(api: Api) -> None:
    for name in ("A", "B"):
        api.new("accounts", name=name, accountnumber="1")
    assert api.post(PATH, key("accountnumber")).status == 204
    path = f"{PATH}(LogicalName='new_numberkey')?$select=EntityKeyIndexStatus"
    assert api.get(path).json()["EntityKeyIndexStatus"] == "Failed"
    assert api.get("accounts(accountnumber='1')").error[1] == "0x80060888"
    third = api.new("accounts", name="C", accountnumber="1")
    api.delete(f"accounts({third})")
    one = api.get("accounts?$filter=name eq 'A'").value[0]["accountid"]
    api.delete(f"accounts({one})")
    body = {"EntityLogicalName": "account", "EntityKeyLogicalName": "new_numberkey"}
    assert api.post("ReactivateEntityKey", body).status == 204
    assert api.get(path).json()["EntityKeyIndexStatus"] == "Active"
    assert api.get("accounts(accountnumber='1')").json()["name"] == "B"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (key("nothing"), "0x80041103"),
        (key("description"), "0x8006088F"),
        (key("createdbyname"), "0x8006088F"),
        (key("accountnumber", "accountnumber"), "0x8006088F"),
        (key(), "0x80040203"),
        (key("accountnumber", name="NumberKey"), "0x80044366"),
        (key("accountnumber", KeyAttributes="accountnumber"), "0x80048d19"),
    ],
)
def test_a_wrong_key_is_refused(api: Api, body: dict[str, Any], code: str) -> None:
    answer = api.post(PATH, body)
    assert answer.error[:2] == (400, code), answer.text


def test_a_key_takes_at_most_900_bytes(api: Api) -> None:
    attributes = "EntityDefinitions(LogicalName='account')/Attributes"
    for length in (450, 451):
        assert api.post(attributes, column("String", f"new_Text{length}", MaxLength=length)).status == 204
    assert api.post(PATH, key("new_text451")).error[:2] == (400, "0x8006088F")
    assert api.post(PATH, key("new_text450", "numberofemployees")).error[:2] == (400, "0x8006088F")
    assert api.post(PATH, key("new_text450")).status == 204


def test_names_and_columns_are_taken_once(keyed: Api) -> None:
    assert keyed.post(PATH, key("name")).error[1] == "0x80060893"
    assert keyed.post(PATH, key("accountnumber", name="new_Other")).error[1] == "0x80060894"


def test_columns_of_a_key_cannot_be_secured(keyed: Api) -> None:
    path = "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='accountnumber')"
    whole = keyed.get(path).json()
    assert keyed.put(path, {**whole, "IsSecured": True}).error[1] == "0x80060896"


def test_a_key_goes(keyed: Api) -> None:
    keyed.new("accounts", name="A", accountnumber="1")
    found = keyed.get(PATH).value[0]["MetadataId"]
    assert keyed.delete(f"{PATH}({found})").status == 204
    assert keyed.get(PATH).value == []
    keyed.new("accounts", name="B", accountnumber="1")
    assert keyed.get("accounts(accountnumber='1')").status == 400
