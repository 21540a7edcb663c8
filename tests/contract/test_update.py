"""PATCH on rows that exist (contract 02 §3, §9)."""

from __future__ import annotations

import pytest

from .conftest import MISSING, ROOT, Api


@pytest.fixture
def account(api: Api) -> tuple[Api, str]:
    return api, api.new("accounts", name="A", telephone1="1")


def test_only_the_members_in_the_body_change(account: tuple[Api, str]) -> None:
    api, id = account
    answer = api.patch(f"accounts({id})", {"name": "B"})
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["odata-entityid"] == answer.headers["location"] == f"{ROOT}accounts({id})"
    body = api.get(f"accounts({id})?$select=name,telephone1").json()
    assert (body["name"], body["telephone1"]) == ("B", "1")


def test_null_clears(account: tuple[Api, str]) -> None:
    api, id = account
    api.patch(f"accounts({id})", {"telephone1": None})
    assert api.get(f"accounts({id})?$select=telephone1").json()["telephone1"] is None


@pytest.mark.parametrize("member", ["primarycontactid@odata.bind", "primarycontactid"])
def test_lookups_are_set_and_cleared(account: tuple[Api, str], member: str) -> None:
    api, id = account
    contact = api.new("contacts", lastname="C")
    api.patch(f"accounts({id})", {"primarycontactid@odata.bind": f"/contacts({contact})"})
    assert api.get(f"accounts({id})/_primarycontactid_value").json()["value"] == contact
    api.patch(f"accounts({id})", {member: None})
    assert api.get(f"accounts({id})/_primarycontactid_value").status == 204


def test_every_update_moves_the_version(account: tuple[Api, str]) -> None:
    api, id = account
    before = api.get(f"accounts({id})?$select=name").headers["etag"]
    api.patch(f"accounts({id})", {"name": "A"})
    assert api.get(f"accounts({id})?$select=name").headers["etag"] != before


def test_representation_takes_select_and_ignores_expand(account: tuple[Api, str]) -> None:
    api, id = account
    answer = api.patch(
        f"accounts({id})?$select=name&$expand=primarycontactid", {"name": "B"}, Prefer="return=representation"
    )
    assert answer.status == 200
    assert list(answer.json()) == ["@odata.context", "@odata.etag", "name", "accountid"]
    assert answer.json()["name"] == "B"
    assert answer.headers["preference-applied"] == "return=representation"
    assert answer.headers["etag"] == answer.json()["@odata.etag"]
    assert "odata-entityid" not in answer.headers


class TestConcurrency:
    def test_the_current_version_is_let_through(self, account: tuple[Api, str]) -> None:
        api, id = account
        tag = api.get(f"accounts({id})?$select=name").headers["etag"]
        assert api.patch(f"accounts({id})", {"name": "B"}, If_Match=tag).status == 204
        assert api.patch(f"accounts({id})", {"name": "C"}, If_Match=tag).error[:2] == (412, "0x80060882")
        assert api.get(f"accounts({id})/name").json()["value"] == "B"

    def test_a_tag_that_no_row_can_have_is_stale(self, account: tuple[Api, str]) -> None:
        api, id = account
        assert api.patch(f"accounts({id})", {"name": "B"}, If_Match='W/"x"').status == 412

    def test_a_missing_row_is_404(self, api: Api) -> None:
        assert api.patch(f"accounts({MISSING})", {"name": "B"}, If_Match='W/"1"').status == 404

    def test_rows_of_a_table_without_versions_cannot_be_guarded(self, api: Api) -> None:
        path = f"importmaps({api.new('importmaps', name='A')})"  # 04 E-81
        assert "@odata.etag" not in api.get(path).json()
        assert api.patch(path, {"name": "B"}, If_Match='W/"1"').error[:2] == (400, "0x8006088D")
        assert api.patch(path, {"name": "B"}, If_Match="*").status == 204

    @pytest.mark.parametrize("tag", ["x", 'W/"', '"1'])
    def test_what_is_no_tag_is_refused(self, account: tuple[Api, str], tag: str) -> None:
        api, id = account
        assert api.patch(f"accounts({id})", {"name": "B"}, If_Match=tag).status == 400


def test_rows_over_navigation_properties_are_not_updated(account: tuple[Api, str]) -> None:
    api, id = account
    contact = api.new("contacts", lastname="C")
    api.patch(f"accounts({id})", {"primarycontactid@odata.bind": f"contacts({contact})"})
    assert api.patch(f"accounts({id})/primarycontactid", {"lastname": "D"}).status == 405


def test_parties_of_an_activity_are_replaced(api: Api) -> None:
    contact = api.new("contacts", lastname="C")
    email = api.new("emails", subject="S")
    parties = [{"partyid_contact@odata.bind": f"contacts({contact})", "participationtypemask": 2}]
    assert api.put(f"emails({email})/email_activity_parties", {"value": parties}).status == 204
    rows = api.get(f"emails({email})/email_activity_parties?$select=_partyid_value,participationtypemask").value
    assert (contact, 2) in [(row["_partyid_value"], row["participationtypemask"]) for row in rows]
    assert api.put(f"accounts({MISSING})/contact_customer_accounts", {"value": []}).status == 405


def test_parties_of_an_activity_that_has_changed_since_are_kept(api: Api) -> None:
    email = api.new("emails", subject="S")
    body = {"value": [{"addressused": "a@example.com", "participationtypemask": 2}]}
    refused = api.put(f"emails({email})/email_activity_parties", body, If_Match='W/"1"')
    assert refused.error[:2] == (412, "0x80060882")
    to = f"emails({email})/email_activity_parties?$filter=participationtypemask eq 2"
    assert api.get(to).value == []
    tag = api.get(f"emails({email})").json()["@odata.etag"]
    assert api.put(f"emails({email})/email_activity_parties", body, If_Match=tag).status == 204
    assert len(api.get(to).value) == 1
