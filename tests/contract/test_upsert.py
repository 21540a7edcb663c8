"""PATCH as upsert and its headers (contract 02 §3.2)."""

from __future__ import annotations

import pytest

from .conftest import ROOT, Api

NEW = "0f0f0f0f-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("headers", "exists", "expected"),
    [
        ({}, True, 204),
        ({}, False, 204),
        ({"If_Match": "*"}, True, 204),
        ({"If_Match": "*"}, False, 404),
        ({"If_None_Match": "*"}, True, 412),
        ({"If_None_Match": "*"}, False, 204),
        ({"If_None_Match": "null"}, True, 204),
        ({"If_None_Match": "null"}, False, 204),
        ({"If_None_Match": "null", "If_Match": "*"}, True, 204),
        ({"If_None_Match": "null", "If_Match": "*"}, False, 404),
    ],
)
def test_header_table(api: Api, headers: dict[str, str], exists: bool, expected: int) -> None:
    if exists:
        api.new("accounts", accountid=NEW, name="old")
    answer = api.patch(f"accounts({NEW})", {"name": "new"}, **headers)
    assert answer.status == expected
    if expected == 204:
        assert answer.id == NEW
        assert api.get(f"accounts({NEW})/name").json()["value"] == "new"
    elif exists:
        assert answer.error[2] == "A record with matching key values already exists."
        assert api.get(f"accounts({NEW})/name").json()["value"] == "old"
    else:
        assert answer.error[1] == "0x80040217"


def test_representation_tells_create_from_update(api: Api) -> None:
    prefer = {"Prefer": "return=representation"}
    assert api.patch(f"accounts({NEW})?$select=name", {"name": "A"}, **prefer).status == 201
    assert api.patch(f"accounts({NEW})?$select=name", {"name": "B"}, **prefer).status == 200


def test_by_alternate_key(keyed: Api) -> None:
    path = "accounts(accountnumber='K2')"
    created = keyed.patch(path, {"name": "A"})
    assert created.status == 204
    assert created.headers["odata-entityid"] == ROOT + path
    assert keyed.get(path + "?$select=accountnumber").json()["accountnumber"] == "K2"
    updated = keyed.patch(path, {"name": "B", "accountnumber": "other"})
    assert updated.headers["odata-entityid"] == ROOT + path
    body = keyed.get(path + "?$select=name").json()
    assert body["name"] == "B"
    assert keyed.get("accounts/$count").text == "\ufeff1"


def test_put_by_alternate_key_is_taken_as_patch(keyed: Api) -> None:
    assert keyed.put("accounts(accountnumber='K2')", {"name": "A"}).status == 204
    assert keyed.get("accounts(accountnumber='K2')?$select=name").json()["name"] == "A"


def test_header_table_by_alternate_key(keyed: Api) -> None:
    assert keyed.patch("accounts(accountnumber='K2')", {"name": "A"}, If_Match="*").status == 404
    keyed.new("accounts", name="A", accountnumber="K2")
    assert keyed.patch("accounts(accountnumber='K2')", {"name": "B"}, If_None_Match="*").status == 412


def test_no_row_is_made_for_a_key_of_zeros(api: Api) -> None:
    answer = api.patch("accounts(00000000-0000-0000-0000-000000000000)", {"name": "Contoso"})
    assert answer.error[:2] == (404, "0x80040217")
    assert api.get("accounts").value == []
